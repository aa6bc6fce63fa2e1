noinst_LIBRARIES += libjob.a
noinst_HEADERS += include/convoy/job.h
libjob_a_SOURCES =
libjob_a_CPPFLAGS = $(AM_CPPFLAGS) $(YAML_CFLAGS)
