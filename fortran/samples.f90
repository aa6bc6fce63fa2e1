! Samples in arrays of the program.
module convoy_sets
  use, intrinsic :: iso_c_binding, only: c_f_pointer, c_float, c_int, c_int16_t, c_int32_t, c_int8_t, c_loc, &
    c_null_ptr, c_ptr, c_size_t
  use convoy_basics, only: c_error, count_of, data_wrong, refuse, settle
  use convoy_models, only: CONVOY_FLOAT32, CONVOY_INT16, CONVOY_INT8, CONVOY_UINT16, CONVOY_UINT8
  implicit none
  private
  public :: given, is_true

  ! An array of the program: where it lies, and its shape.
  type :: array
    type(c_ptr) :: place = c_null_ptr
    integer(c_size_t), allocatable :: shape(:)
  end type

  interface array_of
    procedure array_of_floats, array_of_bytes, array_of_shorts
  end interface

  ! Samples in the program's memory, which must stay there and stay as they are until the trainer is freed.
  type, public :: convoy_samples
    private
    integer :: type = 0
    type(array) :: inputs, classes, values, labels, weights
    integer(c_int32_t), allocatable :: from_zero(:) ! the classes, as C counts them
  contains
    procedure, private :: set_floats, set_bytes, set_shorts
    generic :: set => set_floats, set_bytes, set_shorts
  end type

  ! struct convoy_samples
  type, bind(c), public :: c_samples
    integer(c_size_t) :: count = 0
    integer(c_int) :: type = 0
    type(c_ptr) :: inputs = c_null_ptr, classes = c_null_ptr, values = c_null_ptr, labels = c_null_ptr, &
      weights = c_null_ptr
  end type

contains

  ! Says where samples lie: inputs (columns, rows, maps, samples), and of the targets the array that the job asks for:
  ! classes (samples), each 1 … K, of which a copy is made; values (K, samples); labels (K, samples), 0 or 1. Where each
  ! position has a target, they begin with (columns, rows). Weights (samples) may be missing. status 64 if an array does
  ! not lie in one piece or is not there, or a class is below 1.
  subroutine set_floats(self, inputs, classes, values, labels, weights, status, message)
    class(convoy_samples), intent(inout) :: self
    real(c_float), pointer, intent(in) :: inputs(..)
    integer(c_int32_t), intent(in), optional, contiguous, target :: classes(..)
    real(c_float), pointer, intent(in), optional :: values(..), weights(..)
    integer(c_int8_t), pointer, intent(in), optional :: labels(..)
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    type(c_error) :: error
    self%inputs = array_of(inputs, 'inputs', error)
    self%type = CONVOY_FLOAT32
    call set_targets(self, error, classes, values, labels, weights)
    call set_end(self, error, status, message)
  end subroutine

  ! Does the same for inputs of integers. If `unsigned` is true, their bits are numbers from 0 to 255, or to 65535.
  subroutine set_bytes(self, inputs, classes, values, labels, weights, unsigned, status, message)
    class(convoy_samples), intent(inout) :: self
    integer(c_int8_t), pointer, intent(in) :: inputs(..)
    integer(c_int32_t), intent(in), optional, contiguous, target :: classes(..)
    real(c_float), pointer, intent(in), optional :: values(..), weights(..)
    integer(c_int8_t), pointer, intent(in), optional :: labels(..)
    logical, intent(in), optional :: unsigned
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    type(c_error) :: error
    self%inputs = array_of(inputs, 'inputs', error)
    self%type = merge(CONVOY_UINT8, CONVOY_INT8, is_true(unsigned))
    call set_targets(self, error, classes, values, labels, weights)
    call set_end(self, error, status, message)
  end subroutine

  subroutine set_shorts(self, inputs, classes, values, labels, weights, unsigned, status, message)
    class(convoy_samples), intent(inout) :: self
    integer(c_int16_t), pointer, intent(in) :: inputs(..)
    integer(c_int32_t), intent(in), optional, contiguous, target :: classes(..)
    real(c_float), pointer, intent(in), optional :: values(..), weights(..)
    integer(c_int8_t), pointer, intent(in), optional :: labels(..)
    logical, intent(in), optional :: unsigned
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    type(c_error) :: error
    self%inputs = array_of(inputs, 'inputs', error)
    self%type = merge(CONVOY_UINT16, CONVOY_INT16, is_true(unsigned))
    call set_targets(self, error, classes, values, labels, weights)
    call set_end(self, error, status, message)
  end subroutine

  subroutine set_targets(self, error, classes, values, labels, weights)
    class(convoy_samples), intent(inout) :: self
    type(c_error), intent(inout) :: error
    integer(c_int32_t), intent(in), optional, contiguous, target :: classes(..)
    real(c_float), pointer, intent(in), optional :: values(..), weights(..)
    integer(c_int8_t), pointer, intent(in), optional :: labels(..)
    integer(c_int32_t), pointer :: from_one(:)
    type(array) :: none
    self%classes = none
    self%values = none
    self%labels = none
    self%weights = none
    if (present(values)) self%values = array_of(values, 'values', error)
    if (present(labels)) self%labels = array_of(labels, 'labels', error)
    if (present(weights)) self%weights = array_of(weights, 'weights', error)
    if (.not. present(classes)) return
    self%classes = array(c_loc(classes), shape(classes, c_size_t))
    call c_f_pointer(c_loc(classes), from_one, [size(classes, kind=c_size_t)])
    if (any(from_one < 1)) call refuse(error, 'samples: a class is below 1: here classes are 1 … K, not 0 … K−1')
    self%from_zero = from_one - 1
  end subroutine

  ! Leaves nothing of samples that were refused: a trainer must not begin with what is left.
  subroutine set_end(self, error, status, message)
    class(convoy_samples), intent(inout) :: self
    type(c_error), intent(inout) :: error
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    type(array) :: none
    if (error%code /= 0) self%inputs = none
    call settle(error, status, message)
  end subroutine

  ! Return where an array lies that must be there, in one piece.
  type(array) function array_of_floats(from, name, error) result(out)
    real(c_float), pointer, intent(in) :: from(..)
    character(*), intent(in) :: name
    type(c_error), intent(inout) :: error
    call array_check(associated(from), name, error)
    if (associated(from)) out = array_in(c_loc(from), shape(from, c_size_t), is_contiguous(from), name, error)
  end function

  type(array) function array_of_bytes(from, name, error) result(out)
    integer(c_int8_t), pointer, intent(in) :: from(..)
    character(*), intent(in) :: name
    type(c_error), intent(inout) :: error
    call array_check(associated(from), name, error)
    if (associated(from)) out = array_in(c_loc(from), shape(from, c_size_t), is_contiguous(from), name, error)
  end function

  type(array) function array_of_shorts(from, name, error) result(out)
    integer(c_int16_t), pointer, intent(in) :: from(..)
    character(*), intent(in) :: name
    type(c_error), intent(inout) :: error
    call array_check(associated(from), name, error)
    if (associated(from)) out = array_in(c_loc(from), shape(from, c_size_t), is_contiguous(from), name, error)
  end function

  subroutine array_check(there, name, error)
    logical, intent(in) :: there
    character(*), intent(in) :: name
    type(c_error), intent(inout) :: error
    if (.not. there) call refuse(error, 'samples: ' // name // ' point to nothing, or are not allocated')
  end subroutine

  type(array) function array_in(place, shape, in_one_piece, name, error)
    type(c_ptr), intent(in) :: place
    integer(c_size_t), intent(in) :: shape(:)
    logical, intent(in) :: in_one_piece
    character(*), intent(in) :: name
    type(c_error), intent(inout) :: error
    if (.not. in_one_piece) call refuse(error, 'samples: ' // name // ' do not lie in one piece, and are not copied')
    array_in = array(place, shape)
  end function

  ! C would name a class and its sample as it counts them.
  subroutine classes_check(from_zero, sizes, name, error)
    integer(c_int32_t), intent(in) :: from_zero(:)
    integer, intent(in) :: sizes(6)
    character(*), intent(in) :: name
    type(c_error), intent(inout) :: error
    character(160) :: text
    integer(c_size_t) :: at
    at = findloc(from_zero >= sizes(6), .true., 1, kind=c_size_t)
    if (at == 0) return
    write (text, '(2a, 3(i0, a))') name, ': class ', from_zero(at) + 1, ' of sample ', &
      (at - 1) / (sizes(4) * sizes(5)) + 1, ' is not 1 … ', sizes(6)
    call refuse(error, trim(text), data_wrong)
  end subroutine

  logical function is_true(flag)
    logical, intent(in), optional :: flag
    is_true = .false.
    if (present(flag)) is_true = flag
  end function

  ! Returns the samples for C. `sizes` are the columns, rows and maps of a sample, and the columns, rows and number of
  ! its outputs.
  type(c_samples) function given(samples, sizes, name, error)
    class(convoy_samples), intent(in), target :: samples
    integer, intent(in) :: sizes(6)
    character(*), intent(in) :: name
    type(c_error), intent(inout) :: error
    integer(c_size_t) :: input(3), output(3)
    if (.not. allocated(samples%inputs%shape)) then
      call refuse(error, name // ': nothing was set')
      return
    end if
    input = sizes(1:3)
    output = sizes(4:6)
    given%count = count_of(samples%inputs%shape, input, name // ': inputs', 'maps', error)
    given%type = samples%type
    given%inputs = samples%inputs%place
    given%values = place_of(samples%values, output, 'values')
    given%labels = place_of(samples%labels, output, 'labels')
    given%classes = place_of(samples%classes, [output(1:2), 1_c_size_t], 'classes')
    if (allocated(samples%from_zero) .and. allocated(samples%classes%shape)) then
      given%classes = c_loc(samples%from_zero)
      call classes_check(samples%from_zero, sizes, name, error)
    end if
    given%weights = place_of(samples%weights, [integer(c_size_t) :: 1, 1, 1], 'weights')

  contains

    type(c_ptr) function place_of(targets, wanted, what)
      type(array), intent(in) :: targets
      integer(c_size_t), intent(in) :: wanted(3)
      character(*), intent(in) :: what
      integer(c_size_t) :: count
      character(160) :: text
      place_of = targets%place
      if (.not. allocated(targets%shape)) return
      count = count_of(targets%shape, wanted, name // ': ' // what, what, error)
      if (count == given%count) return
      write (text, '(4a, i0, a, i0)') name, ': ', what, ' of ', count, ' samples, but inputs of ', given%count
      call refuse(error, trim(text))
    end function
  end function

end module
