dnl CONVOY_MPI: any MPI-3 library, through its compiler wrapper (`mpicc -show` is known to Open MPI, MPICH and their kin).
AC_DEFUN([CONVOY_MPI],
[AC_ARG_VAR([MPICC], [the MPI library's C compiler wrapper])
AC_CHECK_PROGS([MPICC], [mpicc mpicc.openmpi mpicc.mpich], [no])
AS_IF([test "x$MPICC" = xno],
  [AC_MSG_ERROR([no MPI: mpicc was not found (Debian: apt install libopenmpi-dev openmpi-bin), or set MPICC=])])
MPI_CPPFLAGS=
MPI_LIBS=
set dummy $($MPICC -show)
shift; shift
for convoy_word in "$[@]"; do
  AS_CASE([$convoy_word], [-I*|-D*], [MPI_CPPFLAGS="$MPI_CPPFLAGS $convoy_word"],
    [-L*|-l*|-Wl,*|*.so|*.a|-pthread], [MPI_LIBS="$MPI_LIBS $convoy_word"])
done
convoy_save_cpp="$CPPFLAGS"; convoy_save_libs="$LIBS"
CPPFLAGS="$CPPFLAGS $MPI_CPPFLAGS"; LIBS="$MPI_LIBS $LIBS"
AC_MSG_CHECKING([for an MPI-3 library behind $MPICC])
AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <mpi.h>
#if MPI_VERSION < 3
#error "MPI-3 needed"
#endif]], [[MPI_Request r; int a = 0, b;
MPI_Iallreduce(&a, &b, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD, &r);]])],
  [AC_MSG_RESULT([yes])],
  [AC_MSG_RESULT([no])
   AC_MSG_ERROR([$MPICC does not give an MPI-3 library (Debian: apt install libopenmpi-dev), or set MPICC=])])
CPPFLAGS="$convoy_save_cpp"; LIBS="$convoy_save_libs"
convoy_mpi="$MPICC"
AC_ARG_VAR([MPIRUN], [launcher that the tests use])
dnl The launcher of the same library: beside mpicc.mpich stands mpirun.mpich, beside /opt/x/bin/mpicc /opt/x/bin/mpirun.
convoy_launcher=$(AS_ECHO(["$MPICC"]) | sed 's/mpi[[a-z]]*cc\([[^/ ]]*\)$/mpirun\1/')
AS_CASE([$MPIRUN:$convoy_launcher], [:/*], [AS_IF([test -x "$convoy_launcher"], [MPIRUN=$convoy_launcher])])
AC_CHECK_PROGS([MPIRUN], [$convoy_launcher mpirun mpiexec])
AC_SUBST([MPI_CPPFLAGS])
AC_SUBST([MPI_LIBS])])
