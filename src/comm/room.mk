noinst_LIBRARIES += libcomm.a
noinst_HEADERS += include/convoy/comm.h
libcomm_a_SOURCES = src/comm/comm.c src/comm/message.c src/comm/agree.c src/comm/same.c src/comm/watch.c \
	src/comm/node.c src/comm/group.c src/comm/cores.c src/comm/sum.c src/comm/reduce.c src/comm/form.c \
	src/comm/exponent.c src/comm/inside.h src/comm/watch.h src/comm/form.h src/comm/exponent.h
libcomm_a_CPPFLAGS = $(AM_CPPFLAGS) $(MPI_CPPFLAGS)
