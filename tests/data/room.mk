# Tests of data
check_PROGRAMS += tests/data/test_idx tests/data/test_damage tests/data/test_cifar10 \
	tests/data/test_order tests/data/test_batch tests/data/test_distort tests/data/test_hdf5 \
	tests/data/test_arrays tests/data/test_refused tests/data/test_numbers tests/data/test_targets \
	tests/data/test_numpy tests/data/test_convert
data_test_libs = $(DATA_BELOW) $(CMOCKA_LIBS) -lm

data_test_files = tests/data/folder.c tests/data/folder.h tests/data/set.h
data_test_idx_files = tests/data/idx_files.c tests/data/idx_files.h $(data_test_files)

tests_data_test_idx_SOURCES = tests/data/test_idx.c $(data_test_idx_files)
tests_data_test_idx_CPPFLAGS = $(test_cppflags) $(ZLIB_CFLAGS)
tests_data_test_idx_LDADD = $(data_test_libs)

tests_data_test_damage_SOURCES = tests/data/test_damage.c $(data_test_idx_files)
tests_data_test_damage_CPPFLAGS = $(test_cppflags) $(ZLIB_CFLAGS)
tests_data_test_damage_LDADD = $(data_test_libs)

tests_data_test_cifar10_SOURCES = tests/data/test_cifar10.c $(data_test_files)
tests_data_test_cifar10_CPPFLAGS = $(test_cppflags) $(ZLIB_CFLAGS)
tests_data_test_cifar10_LDADD = $(data_test_libs)

tests_data_test_order_SOURCES = tests/data/test_order.c
tests_data_test_order_CPPFLAGS = $(test_cppflags)
tests_data_test_order_LDADD = $(data_test_libs)

tests_data_test_batch_SOURCES = tests/data/test_batch.c
tests_data_test_batch_CPPFLAGS = $(test_cppflags)
tests_data_test_batch_LDADD = $(data_test_libs)

tests_data_test_distort_SOURCES = tests/data/test_distort.c
tests_data_test_distort_CPPFLAGS = $(test_cppflags)
tests_data_test_distort_LDADD = $(data_test_libs)

tests_data_test_hdf5_SOURCES = tests/data/test_hdf5.c $(data_test_files)
tests_data_test_hdf5_CPPFLAGS = $(test_cppflags) $(HDF5_CPPFLAGS)
tests_data_test_hdf5_LDADD = $(data_test_libs)

tests_data_test_arrays_SOURCES = tests/data/test_arrays.c $(data_test_files)
tests_data_test_arrays_CPPFLAGS = $(test_cppflags) $(HDF5_CPPFLAGS)
tests_data_test_arrays_LDADD = $(data_test_libs)

tests_data_test_numbers_SOURCES = tests/data/test_numbers.c $(data_test_files)
tests_data_test_numbers_CPPFLAGS = $(test_cppflags) $(HDF5_CPPFLAGS)
tests_data_test_numbers_LDADD = $(data_test_libs)

tests_data_test_targets_SOURCES = tests/data/test_targets.c $(data_test_files)
tests_data_test_targets_CPPFLAGS = $(test_cppflags) $(HDF5_CPPFLAGS)
tests_data_test_targets_LDADD = $(data_test_libs)

tests_data_test_numpy_SOURCES = tests/data/test_numpy.c tests/data/npy.h $(data_test_files)
tests_data_test_numpy_CPPFLAGS = $(test_cppflags)
tests_data_test_numpy_LDADD = $(data_test_libs)

tests_data_test_convert_SOURCES = tests/data/test_convert.c
tests_data_test_convert_CPPFLAGS = $(test_cppflags)
tests_data_test_convert_LDADD = $(data_test_libs)

tests_data_test_refused_SOURCES = tests/data/test_refused.c $(data_test_files)
tests_data_test_refused_CPPFLAGS = $(test_cppflags) $(HDF5_CPPFLAGS)
tests_data_test_refused_LDADD = $(data_test_libs)

check_PROGRAMS += tests/data/test_stream tests/data/test_identity tests/data/test_elements
tests_data_test_elements_SOURCES = tests/data/test_elements.c
tests_data_test_elements_CPPFLAGS = $(test_cppflags)
tests_data_test_elements_LDADD = $(data_test_libs)
tests_data_test_identity_SOURCES = tests/data/test_identity.c
tests_data_test_identity_CPPFLAGS = $(test_cppflags)
tests_data_test_identity_LDADD = $(data_test_libs)
tests_data_test_stream_SOURCES = tests/data/test_stream.c $(data_test_files)
tests_data_test_stream_CPPFLAGS = $(test_cppflags)
tests_data_test_stream_LDADD = $(data_test_libs)
