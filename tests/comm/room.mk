check_PROGRAMS += tests/comm/test_comm
comm_test_cppflags = $(test_cppflags) $(MPI_CPPFLAGS)
comm_test_ldadd = libcomm.a libbase.a $(MPI_LIBS) $(CMOCKA_LIBS) -lm
tests_comm_test_comm_SOURCES = tests/comm/test_comm.c tests/comm/open.h
tests_comm_test_comm_CPPFLAGS = $(comm_test_cppflags)
tests_comm_test_comm_LDADD = $(comm_test_ldadd)
