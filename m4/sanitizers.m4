dnl CONVOY_SANITIZERS: --enable-sanitizers builds everything with ASan and UBSan.
AC_DEFUN([CONVOY_SANITIZERS],
[SANITIZER_CFLAGS=
AC_ARG_ENABLE([sanitizers], [AS_HELP_STRING([--enable-sanitizers], [build with ASan and UBSan])],
  [AS_IF([test "x$enableval" = xyes],
    [HARDENING_CFLAGS= HARDENING_LDFLAGS=
     SANITIZER_CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"])])
AM_CONDITIONAL([SANITIZERS], [test -n "$SANITIZER_CFLAGS"])
AC_SUBST([SANITIZER_CFLAGS])])
