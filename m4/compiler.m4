dnl CONVOY_COMPILER: C17, the warnings and the floating-point rules that all rooms are built with.
AC_DEFUN([CONVOY_FLAG],
[AS_VAR_PUSHDEF([cache], [convoy_cv_flag_$1])dnl
AC_CACHE_CHECK([whether $CC takes $1], [cache],
  [convoy_save="$CFLAGS"
   CFLAGS="$CFLAGS -Werror $1"
   AC_COMPILE_IFELSE([AC_LANG_PROGRAM], [AS_VAR_SET([cache], [yes])], [AS_VAR_SET([cache], [no])])
   CFLAGS="$convoy_save"])
AS_VAR_IF([cache], [yes], [$2="$$2 $1"])
AS_VAR_POPDEF([cache])])

dnl CONVOY_REFUSE_UNLESS(CONDITION, MESSAGE): what the compiler must find true of the machine that it builds for.
AC_DEFUN([CONVOY_REFUSE_UNLESS],
[AC_COMPILE_IFELSE([AC_LANG_SOURCE([[_Static_assert($1, "");]])], [], [AC_MSG_ERROR([$2])])])

AC_DEFUN([CONVOY_COMPILER],
[BASE_CFLAGS=
CONVOY_FLAG([-std=gnu17], [BASE_CFLAGS])
AS_IF([test -z "$BASE_CFLAGS"], [AC_MSG_ERROR([convoy needs a C17 compiler; $CC is none])])
CONVOY_REFUSE_UNLESS([sizeof(void *) == 8 && sizeof(long) == 8],
  [convoy needs a 64-bit system, which $CC does not build for: networks and data sets are counted in 64 bits])
CONVOY_REFUSE_UNLESS([__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__],
  [convoy needs a little-endian machine, which $CC does not build for: the same job must give the same bytes anywhere])
AC_COMPILE_IFELSE([AC_LANG_SOURCE([[typedef float v __attribute__((vector_size(64)));
  v f(v a, v b) { return a * b; }]])], [],
  [AC_MSG_ERROR([convoy needs GCC or Clang (vector extensions); $CC is neither])])
dnl The same bits on every rank: no contraction the source does not write, no relaxed arithmetic.
CONVOY_FLAG([-ffp-contract=off], [BASE_CFLAGS])
dnl GCC 12 leaves out the rounding of two neighbouring doubles to float and back where it vectorises straight-line code.
CONVOY_FLAG([-fno-tree-slp-vectorize], [BASE_CFLAGS])
CONVOY_FLAG([-fno-math-errno], [BASE_CFLAGS])
CONVOY_FLAG([-fno-trapping-math], [BASE_CFLAGS])
dnl For the libraries, which are made of the same objects as the program and show only their own functions.
CONVOY_FLAG([-fPIC], [BASE_CFLAGS])
CONVOY_FLAG([-fvisibility=hidden], [BASE_CFLAGS])
for convoy_flag in -ffast-math -Ofast -funsafe-math-optimizations; do
  AS_CASE([" $CFLAGS "], [*" $convoy_flag "*],
    [AC_MSG_ERROR([CFLAGS has $convoy_flag: results would depend on the ranks; leave it out])])
done
WARNING_CFLAGS=
m4_foreach_w([flag], [-Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes
  -Wwrite-strings -Wpointer-arith -Wvla -Wno-psabi -Wno-format-truncation], [CONVOY_FLAG(flag, [WARNING_CFLAGS])])
dnl Constants are enumerators here, of type int by the language; Clang 19 warns of each beside a float. GCC would take the
dnl -Wno- and speak of it with its next warning: so it is asked for the flag itself.
convoy_enum=
CONVOY_FLAG([-Wenum-float-conversion], [convoy_enum])
AS_IF([test -n "$convoy_enum"], [WARNING_CFLAGS="$WARNING_CFLAGS -Wno-enum-float-conversion"])
AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [warnings are errors (for maintainers)])],
  [AS_IF([test "x$enableval" = xyes], [WARNING_CFLAGS="$WARNING_CFLAGS -Werror"])])
CONVOY_HARDENING
AC_SUBST([BASE_CFLAGS])
AC_SUBST([WARNING_CFLAGS])])

dnl CONVOY_HARDENING: what makes a bug harder to abuse: checked buffers, addresses that cannot be known, tables that
dnl cannot be written. Nothing of it is in a kernel's inner loop.
AC_DEFUN([CONVOY_LINK_FLAG],
[AS_VAR_PUSHDEF([cache], [convoy_cv_link_flag_$1])dnl
AC_CACHE_CHECK([whether $CC links with $1], [cache],
  [convoy_save="$LDFLAGS"; convoy_save_cflags="$CFLAGS"
   LDFLAGS="$LDFLAGS $1"; CFLAGS="$CFLAGS $HARDENING_CFLAGS -Werror"
   AC_LINK_IFELSE([AC_LANG_PROGRAM], [AS_VAR_SET([cache], [yes])], [AS_VAR_SET([cache], [no])])
   LDFLAGS="$convoy_save"; CFLAGS="$convoy_save_cflags"])
AS_VAR_IF([cache], [yes], [$2="$$2 $1"])
AS_VAR_POPDEF([cache])])

AC_DEFUN([CONVOY_HARDENING],
[HARDENING_CFLAGS=
HARDENING_LDFLAGS=
AC_ARG_ENABLE([hardening], [AS_HELP_STRING([--disable-hardening], [build without the compiler's protections])],
  [], [enable_hardening=yes])
AS_IF([test "x$enable_hardening" != xno],
  [CONVOY_FLAG([-fstack-protector-strong], [HARDENING_CFLAGS])
   AC_CACHE_CHECK([whether _FORTIFY_SOURCE can be set], [convoy_cv_fortify],
     [convoy_save="$CFLAGS"
      CFLAGS="$CFLAGS -Werror"
      AC_COMPILE_IFELSE([AC_LANG_SOURCE([[#ifdef _FORTIFY_SOURCE
#error is set
#endif
#define _FORTIFY_SOURCE 2
#include <stdio.h>
int main(void) { return puts("") < 0; }]])], [convoy_cv_fortify=yes], [convoy_cv_fortify=no])
      CFLAGS="$convoy_save"])
   AS_IF([test $convoy_cv_fortify = yes], [HARDENING_CFLAGS="$HARDENING_CFLAGS -D_FORTIFY_SOURCE=2"])
   CONVOY_LINK_FLAG([-pie], [HARDENING_LDFLAGS])
   CONVOY_LINK_FLAG([[-Wl,-z,relro,-z,now]], [HARDENING_LDFLAGS])])
AC_SUBST([HARDENING_CFLAGS])
AC_SUBST([HARDENING_LDFLAGS])])
