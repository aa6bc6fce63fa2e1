noinst_LIBRARIES += libcomm.a
noinst_HEADERS += include/convoy/comm.h
libcomm_a_SOURCES = src/comm/comm.c src/comm/message.c src/comm/agree.c src/comm/same.c src/comm/inside.h
libcomm_a_CPPFLAGS = $(AM_CPPFLAGS) $(MPI_CPPFLAGS)
