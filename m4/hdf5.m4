dnl CONVOY_HDF5: the serial HDF5 library, or the one built on MPI (its headers then need MPI's).
AC_DEFUN([CONVOY_HDF5],
[convoy_hdf5=
for convoy_name in hdf5-serial hdf5 hdf5-openmpi hdf5-mpich; do
  AS_IF([test -z "$convoy_hdf5"],
    [PKG_CHECK_EXISTS([$convoy_name],
      [convoy_hdf5=$convoy_name
       HDF5_CPPFLAGS=$($PKG_CONFIG --cflags $convoy_name)
       HDF5_LIBS=$($PKG_CONFIG --libs $convoy_name)], [:])])
done
AS_IF([test -z "$convoy_hdf5"],
  [AC_CHECK_PROGS([H5CC], [h5cc h5pcc])
   AS_IF([test -n "$H5CC"],
     [convoy_hdf5=$H5CC
      for convoy_word in $($H5CC -show); do
        AS_CASE([$convoy_word], [-I*|-D*], [HDF5_CPPFLAGS="$HDF5_CPPFLAGS $convoy_word"],
          [-L*|-l*|-Wl,*|*.so|*.a], [HDF5_LIBS="$HDF5_LIBS $convoy_word"])
      done])])
convoy_save_cpp="$CPPFLAGS"; convoy_save_libs="$LIBS"
CPPFLAGS="$CPPFLAGS $HDF5_CPPFLAGS $MPI_CPPFLAGS"; LIBS="$HDF5_LIBS $MPI_LIBS $LIBS"
AC_MSG_CHECKING([for HDF5])
AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <hdf5.h>]], [[return H5Fget_file_image(0, 0, 0) == 0;]])],
  [AC_MSG_RESULT([$convoy_hdf5])],
  [AC_MSG_RESULT([no])
   AC_MSG_ERROR([no HDF5 library of version 1.8.9 or later (Debian: apt install libhdf5-dev)])])
AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <hdf5.h>
#ifndef H5_HAVE_PARALLEL
#error serial
#endif]])], [HDF5_CPPFLAGS="$HDF5_CPPFLAGS $MPI_CPPFLAGS"; convoy_hdf5="$convoy_hdf5 (parallel build)"])
CPPFLAGS="$convoy_save_cpp"; LIBS="$convoy_save_libs"
AC_SUBST([HDF5_CPPFLAGS])
AC_SUBST([HDF5_LIBS])])
