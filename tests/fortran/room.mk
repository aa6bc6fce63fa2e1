# The installed module, used by programs of their own.
if HAVE_LIBRARIES
dist_check_SCRIPTS += tests/fortran/installed.sh
endif
EXTRA_DIST += tests/fortran/installed.sh tests/fortran/predicts.f90 tests/fortran/trains.f90
