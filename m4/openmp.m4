dnl CONVOY_OPENMP: threads within a rank (train.threads); without OpenMP they run one after the other.
AC_DEFUN([CONVOY_OPENMP],
[AC_OPENMP
convoy_openmp=$ac_cv_prog_c_openmp
AS_CASE(["$convoy_openmp"], [''|unsupported], [convoy_openmp=no], ['none needed'], [convoy_openmp=yes])])
