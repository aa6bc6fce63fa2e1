dnl CONVOY_LIBRARIES: nettle (SHA-256), zlib, libpng, libjpeg, libtiff, libyaml, Random123 (headers), argp, and cmocka for the tests.
AC_DEFUN([CONVOY_NEED],
[AC_MSG_ERROR([$1 was not found (Debian: apt install $2)])])

AC_DEFUN([CONVOY_LIBRARIES],
[PKG_CHECK_MODULES([NETTLE], [nettle], [], [CONVOY_NEED([nettle], [nettle-dev])])
PKG_CHECK_MODULES([ZLIB], [zlib], [], [CONVOY_NEED([zlib], [zlib1g-dev])])
PKG_CHECK_MODULES([PNG], [libpng], [], [CONVOY_NEED([libpng], [libpng-dev])])
PKG_CHECK_MODULES([JPEG], [libjpeg], [], [CONVOY_NEED([libjpeg-turbo], [libjpeg-dev])])
PKG_CHECK_MODULES([TIFF], [libtiff-4], [], [CONVOY_NEED([libtiff], [libtiff-dev])])
PKG_CHECK_MODULES([YAML], [yaml-0.1], [], [CONVOY_NEED([libyaml], [libyaml-dev])])
AC_CHECK_HEADER([Random123/philox.h], [], [CONVOY_NEED([Random123], [librandom123-dev])])
AC_SEARCH_LIBS([pthread_create], [pthread])
AC_SEARCH_LIBS([argp_parse], [argp], [], [CONVOY_NEED([argp], [libc6-dev])])
PKG_CHECK_MODULES([CMOCKA], [cmocka], [convoy_tests="cmocka"],
  [convoy_tests="no cmocka: make check is off (Debian: apt install libcmocka-dev)"])
AM_CONDITIONAL([HAVE_CMOCKA], [test "x$convoy_tests" = xcmocka])])
