noinst_LIBRARIES += libjob.a
noinst_HEADERS += include/convoy/job.h
libjob_a_SOURCES = src/job/tree.c src/job/path.c src/job/tree.h src/job/schema.c src/job/hint.c src/job/listing.c \
	src/job/read.c src/job/job.h src/job/connections.c src/job/sides.c \
	src/job/data.c src/job/space.c src/job/output.c src/job/sweep.c src/job/parse.c src/job/edit.c src/job/entries.c src/job/text.c
libjob_a_CPPFLAGS = $(AM_CPPFLAGS) $(YAML_CFLAGS)
