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

AC_DEFUN([CONVOY_COMPILER],
[BASE_CFLAGS=
CONVOY_FLAG([-std=gnu17], [BASE_CFLAGS])
AS_IF([test -z "$BASE_CFLAGS"], [AC_MSG_ERROR([convoy needs a C17 compiler; $CC is none])])
AC_COMPILE_IFELSE([AC_LANG_SOURCE([[typedef float v __attribute__((vector_size(64)));
  v f(v a, v b) { return a * b; } _Static_assert(sizeof(void *) == 8, "64 bits");]])], [],
  [AC_MSG_ERROR([convoy needs GCC or Clang on a 64-bit machine (vector extensions)])])
dnl The same bits on every rank: no contraction the source does not write, no relaxed arithmetic.
CONVOY_FLAG([-ffp-contract=off], [BASE_CFLAGS])
CONVOY_FLAG([-fno-math-errno], [BASE_CFLAGS])
CONVOY_FLAG([-fno-trapping-math], [BASE_CFLAGS])
CONVOY_FLAG([-fstack-protector-strong], [BASE_CFLAGS])
for convoy_flag in -ffast-math -Ofast -funsafe-math-optimizations; do
  AS_CASE([" $CFLAGS "], [*" $convoy_flag "*],
    [AC_MSG_ERROR([CFLAGS has $convoy_flag: results would depend on the ranks; leave it out])])
done
WARNING_CFLAGS=
m4_foreach_w([flag], [-Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes
  -Wwrite-strings -Wpointer-arith -Wvla -Wno-psabi -Wno-format-truncation], [CONVOY_FLAG(flag, [WARNING_CFLAGS])])
AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [warnings are errors (for maintainers)])],
  [AS_IF([test "x$enableval" = xyes], [WARNING_CFLAGS="$WARNING_CFLAGS -Werror"])])
AC_SUBST([BASE_CFLAGS])
AC_SUBST([WARNING_CFLAGS])])
