noinst_LIBRARIES += libjob.a
noinst_HEADERS += include/convoy/job.h
libjob_a_SOURCES = src/job/tree.c src/job/path.c src/job/tree.h src/job/schema.c src/job/schema.h src/job/check.c \
	src/job/check.h src/job/connections.c src/job/connections.h src/job/parse.c src/job/edit.c src/job/text.c
libjob_a_CPPFLAGS = $(AM_CPPFLAGS) $(YAML_CFLAGS)
