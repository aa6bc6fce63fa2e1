! Predictions.
module convoy_predictions
  use, intrinsic :: iso_c_binding, only: c_float, c_int, c_int8_t, c_loc, c_null_ptr, c_ptr, c_size_t
  use convoy_basics, only: c_error, count_of, count_samples, expect_free, held, refuse, settle
  use convoy_models, only: convoy_model
  implicit none
  private

  ! What a thread needs to predict with a model.
  type, public :: convoy_predictor
    private
    type(c_ptr) :: handle = c_null_ptr
    type(convoy_model) :: model
  contains
    procedure :: create => predictor_create
    procedure :: free => predictor_free
    procedure, private :: predict_floats, predict_bytes
    generic :: predict => predict_floats, predict_bytes
  end type

  abstract interface
    subroutine release(handle) bind(c)
      import :: c_ptr
      type(c_ptr), value :: handle
    end subroutine
    integer(c_int) function predict(predictor, count, inputs, outputs, error) bind(c)
      import :: c_error, c_int, c_ptr, c_size_t
      type(c_ptr), value :: predictor, inputs, outputs
      integer(c_size_t), value :: count
      type(c_error), intent(inout) :: error
    end function
  end interface

  interface
    type(c_ptr) function c_predictor_create(model, error) bind(c, name='convoy_predictor_create')
      import :: c_error, c_ptr
      type(c_ptr), value :: model
      type(c_error), intent(inout) :: error
    end function
  end interface
  procedure(release), bind(c, name='convoy_predictor_free') :: c_predictor_free
  procedure(predict), bind(c, name='convoy_predict_floats') :: c_predict_floats
  procedure(predict), bind(c, name='convoy_predict') :: c_predict

contains

  ! Makes a predictor for a model, which must outlive it.
  subroutine predictor_create(self, model, status, message)
    class(convoy_predictor), intent(inout) :: self
    class(convoy_model), intent(in) :: model
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    type(c_error) :: error
    type(c_ptr) :: network
    call expect_free(self%handle, 'predictor', error)
    network = held(model%handle, 'model', error)
    if (error%code == 0) self%handle = c_predictor_create(network, error)
    if (error%code == 0) self%model%handle = network
    call settle(error, status, message)
  end subroutine

  subroutine predictor_free(self)
    class(convoy_predictor), intent(inout) :: self
    call c_predictor_free(self%handle)
    self%handle = c_null_ptr
  end subroutine

  ! Returns how many samples both arrays have.
  integer(c_size_t) function shared_count(self, inputs, outputs, error)
    class(convoy_predictor), intent(in) :: self
    integer(c_size_t), intent(in) :: inputs(:), outputs(:)
    type(c_error), intent(inout) :: error
    character(120) :: text
    integer(c_size_t) :: others
    shared_count = count_of(inputs, int([self%model%columns(), self%model%rows(), self%model%maps()], c_size_t), &
      'inputs', 'maps', error)
    others = count_of(outputs, int([self%model%output_columns(), self%model%output_rows(), self%model%outputs()], &
      c_size_t), 'outputs', 'outputs', error)
    if (shared_count == others) return
    write (text, '(2(a, i0))') 'outputs: there is room for ', others, ' samples, the inputs have ', shared_count
    call refuse(error, trim(text))
  end function

  ! Checks the arrays' shapes, and predicts by one of C's functions.
  subroutine predict_by(run, self, inputs, input_shape, outputs, output_shape, status, message)
    procedure(predict) :: run
    class(convoy_predictor), intent(in) :: self
    type(c_ptr), intent(in) :: inputs, outputs
    integer(c_size_t), intent(in) :: input_shape(:), output_shape(:)
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    type(c_error) :: error
    type(c_ptr) :: predictor
    integer(c_size_t) :: samples
    integer(c_int) :: answer
    predictor = held(self%handle, 'predictor', error)
    if (error%code == 0) samples = shared_count(self, input_shape, output_shape, error)
    if (error%code == 0) answer = run(predictor, samples, inputs, outputs, error) ! error has a code if it fails
    call count_samples(error)
    call settle(error, status, message)
  end subroutine

  ! Gives outputs (columns, rows, outputs, samples) of inputs (columns, rows, maps, samples): numbers as they are in the
  ! data that the model was trained on.
  subroutine predict_floats(self, inputs, outputs, status, message)
    class(convoy_predictor), intent(inout) :: self
    real(c_float), intent(in), contiguous, target :: inputs(..)
    real(c_float), intent(inout), contiguous, target :: outputs(..)
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    call predict_by(c_predict_floats, self, c_loc(inputs), shape(inputs, c_size_t), c_loc(outputs), &
      shape(outputs, c_size_t), status, message)
  end subroutine

  ! Does the same for bytes 0 … 255, whose bits the integers hold: as they are read from a file.
  subroutine predict_bytes(self, inputs, outputs, status, message)
    class(convoy_predictor), intent(inout) :: self
    integer(c_int8_t), intent(in), contiguous, target :: inputs(..)
    real(c_float), intent(inout), contiguous, target :: outputs(..)
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    call predict_by(c_predict, self, c_loc(inputs), shape(inputs, c_size_t), c_loc(outputs), shape(outputs, c_size_t), &
      status, message)
  end subroutine

end module
