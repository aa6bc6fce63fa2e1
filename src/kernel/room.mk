# The plain code, and the fast kernels: one source (table.c), compiled once for each instruction set.
noinst_LIBRARIES += libkernel.a libkernel_portable.a
noinst_HEADERS += include/convoy/kernel.h
libkernel_a_SOURCES = src/kernel/choose.c src/kernel/grid_shape.h src/kernel/spread_shape.h src/kernel/reference.c src/kernel/loss64.c src/kernel/scalar.c \
	src/kernel/exact.c src/kernel/names.c
kernel_table = src/kernel/table.c src/kernel/vector.h src/kernel/activation.h src/kernel/apart.h src/kernel/blocks.h \
	src/kernel/correlate.h src/kernel/correlate_input.h src/kernel/correlate_kernels.h src/kernel/fixed.h src/kernel/full.h \
	src/kernel/grid.h src/kernel/grid_kernels.h src/kernel/grid_shape.h src/kernel/grid_squares.h src/kernel/spread_shape.h \
	src/kernel/lanes.h src/kernel/loss.h src/kernel/loss_numbers.h src/kernel/math.h src/kernel/batch_norm.h src/kernel/peak.h \
	src/kernel/planes.h src/kernel/points.h src/kernel/single.h src/kernel/tile.h src/kernel/update.h src/kernel/warp.h src/kernel/window.h src/kernel/winograd.h
kernel_cppflags = $(AM_CPPFLAGS) -DKERNEL_TABLE
libkernel_portable_a_SOURCES = $(kernel_table)
libkernel_portable_a_CPPFLAGS = $(kernel_cppflags)=kernels_portable
KERNEL_ARCHIVES = libkernel.a libkernel_portable.a
if HAVE_AVX2
noinst_LIBRARIES += libkernel_avx2.a
libkernel_avx2_a_SOURCES = $(kernel_table)
libkernel_avx2_a_CPPFLAGS = $(kernel_cppflags)=kernels_avx2
libkernel_avx2_a_CFLAGS = $(AM_CFLAGS) $(AVX2_CFLAGS)
KERNEL_ARCHIVES += libkernel_avx2.a
endif
if HAVE_AVX512
noinst_LIBRARIES += libkernel_avx512.a
libkernel_avx512_a_SOURCES = $(kernel_table)
libkernel_avx512_a_CPPFLAGS = $(kernel_cppflags)=kernels_avx512
libkernel_avx512_a_CFLAGS = $(AM_CFLAGS) $(AVX512_CFLAGS)
KERNEL_ARCHIVES += libkernel_avx512.a
endif
if HAVE_NEON
noinst_LIBRARIES += libkernel_neon.a
libkernel_neon_a_SOURCES = $(kernel_table)
libkernel_neon_a_CPPFLAGS = $(kernel_cppflags)=kernels_neon -DKERNEL_NEON
KERNEL_ARCHIVES += libkernel_neon.a
endif
