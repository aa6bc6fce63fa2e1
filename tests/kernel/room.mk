# Tests of kernel
check_PROGRAMS += tests/kernel/test_products tests/kernel/test_winograd tests/kernel/test_grid tests/kernel/test_windows \
	tests/kernel/test_batch_norm tests/kernel/test_math tests/kernel/test_activation tests/kernel/test_apart tests/kernel/test_update \
	tests/kernel/test_scalar tests/kernel/test_sums tests/kernel/test_exact
kernel_test_files = tests/kernel/lanes.c tests/kernel/lanes.h
kernel_test_libs = $(KERNEL_BELOW) $(CMOCKA_LIBS) -lm

tests_kernel_test_products_SOURCES = tests/kernel/test_products.c tests/kernel/bilinear.c tests/kernel/bilinear.h \
	$(kernel_test_files)
tests_kernel_test_products_CPPFLAGS = $(test_cppflags)
tests_kernel_test_products_LDADD = $(kernel_test_libs)

tests_kernel_test_winograd_SOURCES = tests/kernel/test_winograd.c tests/kernel/bilinear.c tests/kernel/bilinear.h \
	$(kernel_test_files)
tests_kernel_test_winograd_CPPFLAGS = $(test_cppflags)
tests_kernel_test_winograd_LDADD = $(kernel_test_libs)

tests_kernel_test_grid_SOURCES = tests/kernel/test_grid.c tests/kernel/bilinear.c tests/kernel/bilinear.h \
	$(kernel_test_files)
tests_kernel_test_grid_CPPFLAGS = $(test_cppflags)
tests_kernel_test_grid_LDADD = $(kernel_test_libs)

tests_kernel_test_windows_SOURCES = tests/kernel/test_windows.c $(kernel_test_files)
tests_kernel_test_windows_CPPFLAGS = $(test_cppflags)
tests_kernel_test_windows_LDADD = $(kernel_test_libs)

tests_kernel_test_batch_norm_SOURCES = tests/kernel/test_batch_norm.c $(kernel_test_files)
tests_kernel_test_batch_norm_CPPFLAGS = $(test_cppflags)
tests_kernel_test_batch_norm_LDADD = $(kernel_test_libs)

tests_kernel_test_sums_SOURCES = tests/kernel/test_sums.c $(kernel_test_files)
tests_kernel_test_sums_CPPFLAGS = $(test_cppflags)
tests_kernel_test_sums_LDADD = $(kernel_test_libs)

tests_kernel_test_exact_SOURCES = tests/kernel/test_exact.c $(kernel_test_files)
tests_kernel_test_exact_CPPFLAGS = $(test_cppflags)
tests_kernel_test_exact_LDADD = $(kernel_test_libs)

tests_kernel_test_activation_SOURCES = tests/kernel/test_activation.c $(kernel_test_files)
tests_kernel_test_activation_CPPFLAGS = $(test_cppflags)
tests_kernel_test_activation_LDADD = $(kernel_test_libs)

tests_kernel_test_apart_SOURCES = tests/kernel/test_apart.c $(kernel_test_files)
tests_kernel_test_apart_CPPFLAGS = $(test_cppflags)
tests_kernel_test_apart_LDADD = $(kernel_test_libs)

tests_kernel_test_update_SOURCES = tests/kernel/test_update.c $(kernel_test_files)
tests_kernel_test_update_CPPFLAGS = $(test_cppflags)
tests_kernel_test_update_LDADD = $(kernel_test_libs)

tests_kernel_test_scalar_SOURCES = tests/kernel/test_scalar.c $(kernel_test_files)
tests_kernel_test_scalar_CPPFLAGS = $(test_cppflags)
tests_kernel_test_scalar_LDADD = $(kernel_test_libs)

# src/kernel/math.h, compiled once for each instruction set like the kernels themselves.
vectors_files = tests/kernel/vectors.c tests/kernel/vectors.h
vectors_cppflags = $(test_cppflags) -I$(top_srcdir)/src -DVECTORS
check_LIBRARIES = tests/kernel/libvectors_portable.a
tests_kernel_libvectors_portable_a_SOURCES = $(vectors_files)
tests_kernel_libvectors_portable_a_CPPFLAGS = $(vectors_cppflags)=vectors_portable
vectors_libs = tests/kernel/libvectors_portable.a
if HAVE_AVX2
check_LIBRARIES += tests/kernel/libvectors_avx2.a
tests_kernel_libvectors_avx2_a_SOURCES = $(vectors_files)
tests_kernel_libvectors_avx2_a_CPPFLAGS = $(vectors_cppflags)=vectors_avx2
tests_kernel_libvectors_avx2_a_CFLAGS = $(AM_CFLAGS) $(AVX2_CFLAGS)
vectors_libs += tests/kernel/libvectors_avx2.a
endif
if HAVE_AVX512
check_LIBRARIES += tests/kernel/libvectors_avx512.a
tests_kernel_libvectors_avx512_a_SOURCES = $(vectors_files)
tests_kernel_libvectors_avx512_a_CPPFLAGS = $(vectors_cppflags)=vectors_avx512
tests_kernel_libvectors_avx512_a_CFLAGS = $(AM_CFLAGS) $(AVX512_CFLAGS)
vectors_libs += tests/kernel/libvectors_avx512.a
endif
if HAVE_NEON
check_LIBRARIES += tests/kernel/libvectors_neon.a
tests_kernel_libvectors_neon_a_SOURCES = $(vectors_files)
tests_kernel_libvectors_neon_a_CPPFLAGS = $(vectors_cppflags)=vectors_neon -DKERNEL_NEON
vectors_libs += tests/kernel/libvectors_neon.a
endif
tests_kernel_test_math_SOURCES = tests/kernel/test_math.c tests/kernel/vectors.h $(kernel_test_files)
tests_kernel_test_math_CPPFLAGS = $(test_cppflags)
tests_kernel_test_math_LDADD = $(vectors_libs) $(kernel_test_libs)
