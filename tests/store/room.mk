store_tests = tests/store/test_digest tests/store/test_store tests/store/test_tools tests/store/test_damage \
	tests/store/test_file tests/store/test_directory tests/store/test_numpy
check_PROGRAMS += $(store_tests)
store_test_cppflags = $(test_cppflags) $(HDF5_CPPFLAGS) -D_GNU_SOURCE
store_test_ldadd = $(STORE_BELOW) $(CMOCKA_LIBS)
store_test_helpers = tests/store/folder.h tests/store/content.h
tests_store_test_digest_SOURCES = tests/store/test_digest.c $(store_test_helpers)
tests_store_test_digest_CPPFLAGS = $(store_test_cppflags)
tests_store_test_digest_LDADD = $(store_test_ldadd)
tests_store_test_store_SOURCES = tests/store/test_store.c $(store_test_helpers)
tests_store_test_store_CPPFLAGS = $(store_test_cppflags)
tests_store_test_store_LDADD = $(store_test_ldadd)
tests_store_test_tools_SOURCES = tests/store/test_tools.c $(store_test_helpers)
tests_store_test_tools_CPPFLAGS = $(store_test_cppflags)
tests_store_test_tools_LDADD = $(store_test_ldadd)
tests_store_test_damage_SOURCES = tests/store/test_damage.c $(store_test_helpers)
tests_store_test_damage_CPPFLAGS = $(store_test_cppflags)
tests_store_test_damage_LDADD = $(store_test_ldadd)
tests_store_test_numpy_SOURCES = tests/store/test_numpy.c $(store_test_helpers)
tests_store_test_numpy_CPPFLAGS = $(store_test_cppflags)
tests_store_test_numpy_LDADD = $(store_test_ldadd)
tests_store_test_file_SOURCES = tests/store/test_file.c $(store_test_helpers)
tests_store_test_file_CPPFLAGS = $(store_test_cppflags)
tests_store_test_file_LDADD = $(store_test_ldadd)
tests_store_test_directory_SOURCES = tests/store/test_directory.c $(store_test_helpers)
tests_store_test_directory_CPPFLAGS = $(store_test_cppflags)
tests_store_test_directory_LDADD = $(store_test_ldadd)
# The system calls of file_write go through this test, which makes each of them fail.
tests_store_test_file_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pwrite -Wl,--wrap=fsync -Wl,--wrap=renameat \
	-Wl,--wrap=posix_fallocate -Wl,--wrap=close
