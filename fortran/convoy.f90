! Networks that convoy trained, in a program of Fortran: what convoy.h has, by its names.
!
!   mpifort program.f90 $(pkg-config --cflags --libs convoy-fortran)
!
! Arrays are those of C without a copy, for Fortran's first dimension is C's last: samples are (columns, rows, maps,
! samples) here, [samples][maps][rows][columns] there. Dimensions of 1 may be missing. What is counted begins with 1
! here: the class k = maxloc(scores) has the name model%name(k). Messages about your arrays count so too; files begin
! with 0.
!
! Procedures that can fail end with `status` and `message`, which may be missing. status becomes 0, or a code of
! sysexits.h; then message becomes the line that says why, and otherwise stays. If there is no status, a failure prints
! the line and stops the program with the code. Blanks at the end of texts do not count.
!
! convoy.h says what the functions do, and which threads may call them. doc/fortran.md has whole programs.
module convoy
  use convoy_models, only: CONVOY_CLASSES, CONVOY_FIGURES, CONVOY_FLOAT16, CONVOY_FLOAT32, CONVOY_INT16, CONVOY_INT8, &
    CONVOY_LABELS, convoy_lines, convoy_model, CONVOY_TEST_LOSS, CONVOY_TEST_MEASURE, CONVOY_TRAIN_LOSS, &
    CONVOY_TRAIN_MEASURE, CONVOY_UINT16, CONVOY_UINT8, CONVOY_VALUES, convoy_version
  use convoy_predictions, only: convoy_predictor
  use convoy_sets, only: convoy_samples
  use convoy_training, only: convoy_trainer
  implicit none
  public
end module
