noinst_LIBRARIES += libcomm.a
noinst_HEADERS += include/convoy/comm.h
libcomm_a_SOURCES =
libcomm_a_CPPFLAGS = $(AM_CPPFLAGS) $(MPI_CPPFLAGS)
