dnl CONVOY_PYTHON: the Python that the package python/convoy is installed for; optional. It is not run by the build.
AC_DEFUN([CONVOY_PYTHON],
[AC_ARG_VAR([pythondir], [folder for Python packages])
convoy_pythondir=$pythondir
AM_PATH_PYTHON([3.9], [], [:])
AM_CONDITIONAL([HAVE_PYTHON], [test "$PYTHON" != :])
convoy_python='none from 3.9 on: its package is not installed'
AS_IF([test "$PYTHON" != :],
  [dnl Debian's own Python looks for what is installed beside its packages in dist-packages.
   convoy_site=$($PYTHON -c 'import sysconfig
print("dist-packages" if "posix_local" in sysconfig.get_scheme_names() else "site-packages")')
   pythondir=${convoy_pythondir:-'${prefix}/lib/python'$PYTHON_VERSION/$convoy_site}
   convoy_python="$PYTHON $PYTHON_VERSION"])])
