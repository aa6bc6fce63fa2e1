dnl CONVOY_ISA: the instruction sets the kernels are built for besides the portable one.
AC_DEFUN([CONVOY_ISA],
[convoy_isas=portable
AVX2_CFLAGS=
AVX512_CFLAGS=
AS_CASE([$host_cpu], [*x86_64*|*amd64*],
  [CONVOY_FLAG([-mavx2 -mfma], [AVX2_CFLAGS])
   CONVOY_FLAG([-mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mprefer-vector-width=512], [AVX512_CFLAGS])])
convoy_neon=no
AS_CASE([$host_cpu], [aarch64*|arm64*],
  [convoy_neon=yes; convoy_isas="$convoy_isas neon"; AC_DEFINE([HAVE_NEON], [1], [kernels are built for NEON and FMA])])
AS_IF([test -n "$AVX2_CFLAGS"],
  [convoy_isas="$convoy_isas avx2"; AC_DEFINE([HAVE_AVX2], [1], [kernels are built for AVX2 and FMA])])
AS_IF([test -n "$AVX512_CFLAGS"],
  [convoy_isas="$convoy_isas avx512"; AC_DEFINE([HAVE_AVX512], [1], [kernels are built for AVX-512])])
AM_CONDITIONAL([HAVE_AVX2], [test -n "$AVX2_CFLAGS"])
AM_CONDITIONAL([HAVE_AVX512], [test -n "$AVX512_CFLAGS"])
AM_CONDITIONAL([HAVE_NEON], [test $convoy_neon = yes])
AC_SUBST([AVX2_CFLAGS])
AC_SUBST([AVX512_CFLAGS])])
