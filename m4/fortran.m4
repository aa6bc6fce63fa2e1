dnl CONVOY_FORTRAN: the modules of fortran/, by the Fortran wrapper of the MPI library that CONVOY_MPI found; optional.
AC_DEFUN([CONVOY_FORTRAN],
[AC_ARG_WITH([fortran], [AS_HELP_STRING([--without-fortran], [build without the Fortran modules])], [],
  [with_fortran=check])
AC_ARG_VAR([MPIFC], [the MPI library's Fortran compiler wrapper])
AC_ARG_VAR([FCFLAGS], [Fortran compiler flags])
: ${FCFLAGS="-O2 -g"}
convoy_fortran=no
AS_IF([test "x$with_fortran" != xno],
  [dnl That of the same library: beside mpicc.mpich stands mpifort.mpich. What builds for another machine must be named.
   for convoy_word in mpifort mpif90; do
     convoy_wrapper=$(AS_ECHO(["$MPICC"]) | sed "s/mpi[[a-z]]*cc\\([[^/ ]]*\\)\$/$convoy_word\\1/")
     AS_IF([test -z "$MPIFC" && test "$cross_compiling" = no && test "$convoy_wrapper" != "$MPICC" &&
            command -v "$convoy_wrapper" >/dev/null], [MPIFC=$convoy_wrapper])
   done
   AS_IF([test -z "$MPIFC"], [convoy_fortran='no mpifort beside mpicc'],
     [AC_MSG_CHECKING([for mpi_f08 and arrays of any rank behind $MPIFC])
      cat >conftest.f90 <<'CONVOY_END'
module conftest_module
  use, intrinsic :: iso_c_binding
  use mpi_f08, only: MPI_Comm
  interface
    integer(c_size_t) function c_strlen(text) bind(c, name='strlen')
      import :: c_ptr, c_size_t
      type(c_ptr), value :: text
    end function
  end interface
contains
  integer function handle(communicator, array)
    type(MPI_Comm), intent(in) :: communicator
    real(c_float), intent(in), contiguous, target :: array(..)
    handle = communicator%MPI_VAL + rank(array) + int(c_strlen(c_loc(array)))
  end function
end module
program conftest
  use mpi_f08
  use conftest_module
  real(c_float) :: array(1, 1) = 0
  call MPI_Init()
  if (handle(MPI_COMM_WORLD, array) == 0) stop 1
end program
CONVOY_END
      AS_IF([$MPIFC $FCFLAGS -fPIC conftest.f90 -o conftest >&AS_MESSAGE_LOG_FD 2>&1], [convoy_fortran=$MPIFC],
        [convoy_fortran="$MPIFC compiles no program with mpi_f08"])
      rm -f conftest conftest.* conftest_module.mod
      AS_IF([test "$convoy_fortran" = "$MPIFC"], [AC_MSG_RESULT([yes])], [AC_MSG_RESULT([no])])])
   AS_IF([test "$convoy_fortran" != "$MPIFC"],
     [AS_IF([test "x$with_fortran" = xyes], [AC_MSG_ERROR([--with-fortran: $convoy_fortran (Debian: apt install gfortran)])])
      convoy_fortran="$convoy_fortran: no module convoy (Debian: gfortran)"])])
AM_CONDITIONAL([HAVE_FORTRAN], [test "x$MPIFC" != x && test "$convoy_fortran" = "$MPIFC"])
FORTRAN_FLAGS=-fPIC
AS_IF([test "$convoy_fortran" = "$MPIFC" && $MPIFC --version 2>/dev/null | grep 'GNU Fortran' >/dev/null],
  [FORTRAN_FLAGS="$FORTRAN_FLAGS -std=f2018 -Wall -Wextra"
   AS_IF([test "x$enable_werror" = xyes], [FORTRAN_FLAGS="$FORTRAN_FLAGS -Werror"])])
AC_SUBST([FORTRAN_FLAGS])])
