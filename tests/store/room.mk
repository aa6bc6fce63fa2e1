check_PROGRAMS += tests/store/test_digest tests/store/test_store tests/store/test_damage tests/store/test_file
store_test_cppflags = $(test_cppflags) $(HDF5_CPPFLAGS) -D_GNU_SOURCE
store_test_ldadd = $(STORE_BELOW) $(CMOCKA_LIBS)
tests_store_test_digest_SOURCES = tests/store/test_digest.c tests/store/folder.h
tests_store_test_digest_CPPFLAGS = $(store_test_cppflags)
tests_store_test_digest_LDADD = $(store_test_ldadd)
tests_store_test_store_SOURCES = tests/store/test_store.c tests/store/folder.h
tests_store_test_store_CPPFLAGS = $(store_test_cppflags)
tests_store_test_store_LDADD = $(store_test_ldadd)
tests_store_test_damage_SOURCES = tests/store/test_damage.c tests/store/folder.h
tests_store_test_damage_CPPFLAGS = $(store_test_cppflags)
tests_store_test_damage_LDADD = $(store_test_ldadd)
# The system calls of file_write go through this test, which makes each of them fail.
tests_store_test_file_SOURCES = tests/store/test_file.c tests/store/folder.h
tests_store_test_file_CPPFLAGS = $(store_test_cppflags)
tests_store_test_file_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=write -Wl,--wrap=fsync -Wl,--wrap=renameat \
	-Wl,--wrap=posix_fallocate -Wl,--wrap=close
tests_store_test_file_LDADD = $(store_test_ldadd)
