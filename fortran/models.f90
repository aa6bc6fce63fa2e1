! Models.
module convoy_models
  use, intrinsic :: iso_c_binding, only: c_char, c_double, c_int, c_null_ptr, c_ptr, c_size_t
  use convoy_basics, only: c_error, expect_free, held, refuse, settle, terminated, text_of
  implicit none
  private
  public :: convoy_lines, convoy_version, model_make

  ! What a model says of a sample: model%task().
  integer, parameter, public :: CONVOY_CLASSES = 1, CONVOY_VALUES = 2, CONVOY_LABELS = 3
  ! Types of the numbers that a model was trained on: model%type().
  integer, parameter, public :: CONVOY_UINT8 = 1, CONVOY_INT8 = 2, CONVOY_UINT16 = 3, CONVOY_INT16 = 4, &
    CONVOY_FLOAT16 = 5, CONVOY_FLOAT32 = 6
  ! Where the figures of model%epoch stand.
  integer, parameter, public :: CONVOY_TRAIN_LOSS = 1, CONVOY_TRAIN_MEASURE = 2, CONVOY_TEST_LOSS = 3, &
    CONVOY_TEST_MEASURE = 4, CONVOY_FIGURES = 4

  ! A network, which C knows by the handle. A copy refers to the same one: free it once, after its predictors.
  type, public :: convoy_model
    type(c_ptr) :: handle = c_null_ptr
    logical :: lent = .false. ! a trainer's, which frees it
  contains
    procedure :: load => model_load
    procedure :: create => model_create
    procedure :: free => model_free
    procedure :: maps => model_maps
    procedure :: rows => model_rows
    procedure :: columns => model_columns
    procedure :: type => model_type
    procedure :: task => model_task
    procedure :: outputs => model_outputs
    procedure :: output_rows => model_output_rows
    procedure :: output_columns => model_output_columns
    procedure :: name => model_name
    procedure :: unit => model_unit
    procedure :: probabilities => model_probabilities
    procedure :: epochs => model_epochs
    procedure :: epoch => model_epoch
  end type

  abstract interface
    integer(c_size_t) function size_of(model) bind(c)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: model
    end function
    integer(c_int) function word_of(model) bind(c)
      import :: c_int, c_ptr
      type(c_ptr), value :: model
    end function
    type(c_ptr) function text_at(model, number) bind(c)
      import :: c_ptr, c_size_t
      type(c_ptr), value :: model
      integer(c_size_t), value :: number
    end function
    subroutine release(handle) bind(c)
      import :: c_ptr
      type(c_ptr), value :: handle
    end subroutine
  end interface

  interface
    type(c_ptr) function c_version() bind(c, name='convoy_version')
      import :: c_ptr
    end function
    type(c_ptr) function c_model_load(path, error) bind(c, name='convoy_model_load')
      import :: c_char, c_error, c_ptr
      character(kind=c_char), intent(in) :: path(*)
      type(c_error), intent(inout) :: error
    end function
    type(c_ptr) function c_model_create(job, error) bind(c, name='convoy_model_create')
      import :: c_char, c_error, c_ptr
      character(kind=c_char), intent(in) :: job(*)
      type(c_error), intent(inout) :: error
    end function
    integer(c_int) function c_model_epoch(model, epoch, figures) bind(c, name='convoy_model_epoch')
      import :: c_double, c_int, c_ptr, c_size_t
      type(c_ptr), value :: model
      integer(c_size_t), value :: epoch
      real(c_double), intent(inout) :: figures(*)
    end function
  end interface
  procedure(size_of), bind(c, name='convoy_model_maps') :: c_model_maps
  procedure(size_of), bind(c, name='convoy_model_rows') :: c_model_rows
  procedure(size_of), bind(c, name='convoy_model_columns') :: c_model_columns
  procedure(size_of), bind(c, name='convoy_model_outputs') :: c_model_outputs
  procedure(size_of), bind(c, name='convoy_model_output_rows') :: c_model_output_rows
  procedure(size_of), bind(c, name='convoy_model_output_columns') :: c_model_output_columns
  procedure(size_of), bind(c, name='convoy_model_epochs') :: c_model_epochs
  procedure(word_of), bind(c, name='convoy_model_type') :: c_model_type
  procedure(word_of), bind(c, name='convoy_model_task') :: c_model_task
  procedure(word_of), bind(c, name='convoy_model_probabilities') :: c_model_probabilities
  procedure(text_at), bind(c, name='convoy_model_name') :: c_model_name
  procedure(text_at), bind(c, name='convoy_model_unit') :: c_model_unit
  procedure(release), bind(c, name='convoy_model_free') :: c_model_free

contains

  ! ---- Models ------------------------------------------------------------------------------------------------------

  ! Returns the version of the library.
  function convoy_version() result(version)
    character(:), allocatable :: version
    version = text_of(c_version())
  end function

  ! Returns the text of lines, without the blanks at their ends: [character(80) :: 'name: ising', …]. gfortran 12 cuts
  ! such lines to the first one's length if that is no constant.
  pure function convoy_lines(lines) result(text)
    character(*), intent(in) :: lines(:)
    character(:), allocatable :: text
    integer :: i
    text = ''
    do i = 1, size(lines)
      text = text // trim(lines(i)) // new_line('a')
    end do
  end function

  ! Makes the model of a job, or of a checkpoint if there is no job.
  subroutine model_make(model, error, job, path)
    class(convoy_model), intent(inout) :: model
    type(c_error), intent(inout) :: error
    character(*), intent(in), optional :: job, path
    call expect_free(model%handle, 'model', error)
    if (error%code /= 0) return
    if (present(job)) then
      model%handle = c_model_create(terminated(job), error)
    else
      model%handle = c_model_load(terminated(path), error)
    end if
  end subroutine

  ! Reads a checkpoint and checks every byte of it.
  subroutine model_load(self, path, status, message)
    class(convoy_model), intent(inout) :: self
    character(*), intent(in) :: path
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    type(c_error) :: error
    call model_make(self, error, path=path)
    call settle(error, status, message)
  end subroutine

  ! Makes the network of `job`, the text of a job file, for its sizes, task and names. It is not trained.
  subroutine model_create(self, job, status, message)
    class(convoy_model), intent(inout) :: self
    character(*), intent(in) :: job
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    type(c_error) :: error
    call model_make(self, error, job)
    call settle(error, status, message)
  end subroutine

  subroutine model_free(self)
    class(convoy_model), intent(inout) :: self
    if (.not. self%lent) call c_model_free(self%handle)
    self%handle = c_null_ptr
    self%lent = .false.
  end subroutine

  ! Return the size of a sample.
  integer function model_maps(self)
    class(convoy_model), intent(in) :: self
    model_maps = int(c_model_maps(held(self%handle, 'model')))
  end function

  integer function model_rows(self)
    class(convoy_model), intent(in) :: self
    model_rows = int(c_model_rows(held(self%handle, 'model')))
  end function

  integer function model_columns(self)
    class(convoy_model), intent(in) :: self
    model_columns = int(c_model_columns(held(self%handle, 'model')))
  end function

  ! Returns the type of the numbers that the model was trained on, CONVOY_UINT8 … CONVOY_FLOAT32.
  integer function model_type(self)
    class(convoy_model), intent(in) :: self
    model_type = c_model_type(held(self%handle, 'model'))
  end function

  ! Returns CONVOY_CLASSES, CONVOY_VALUES or CONVOY_LABELS.
  integer function model_task(self)
    class(convoy_model), intent(in) :: self
    model_task = c_model_task(held(self%handle, 'model'))
  end function

  ! Return the number of classes, values or labels, and the size of the positions that have so many each (1, 1: none).
  integer function model_outputs(self)
    class(convoy_model), intent(in) :: self
    model_outputs = int(c_model_outputs(held(self%handle, 'model')))
  end function

  integer function model_output_rows(self)
    class(convoy_model), intent(in) :: self
    model_output_rows = int(c_model_output_rows(held(self%handle, 'model')))
  end function

  integer function model_output_columns(self)
    class(convoy_model), intent(in) :: self
    model_output_columns = int(c_model_output_columns(held(self%handle, 'model')))
  end function

  ! Return the name, and the unit, of output `number` from 1 on; an empty text if there is none.
  function model_name(self, number) result(name)
    class(convoy_model), intent(in) :: self
    integer, intent(in) :: number
    character(:), allocatable :: name
    name = ''
    if (number > 0) name = text_of(c_model_name(held(self%handle, 'model'), int(number - 1, c_size_t)))
  end function

  function model_unit(self, number) result(unit)
    class(convoy_model), intent(in) :: self
    integer, intent(in) :: number
    character(:), allocatable :: unit
    unit = ''
    if (number > 0) unit = text_of(c_model_unit(held(self%handle, 'model'), int(number - 1, c_size_t)))
  end function

  ! Returns whether scores are probabilities.
  logical function model_probabilities(self)
    class(convoy_model), intent(in) :: self
    model_probabilities = c_model_probabilities(held(self%handle, 'model')) /= 0
  end function

  ! Returns how many epochs the model was tested after.
  integer function model_epochs(self)
    class(convoy_model), intent(in) :: self
    model_epochs = int(c_model_epochs(held(self%handle, 'model')))
  end function

  ! Gives the figures of an epoch, 1 … model%epochs(): figures(CONVOY_TEST_LOSS) and so on, CONVOY_FIGURES of them.
  subroutine model_epoch(self, number, figures, status, message)
    class(convoy_model), intent(in) :: self
    integer, intent(in) :: number
    real(c_double), intent(inout) :: figures(:)
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    type(c_error) :: error
    type(c_ptr) :: model
    character(80) :: text
    real(c_double) :: all(CONVOY_FIGURES)
    all = 0
    model = held(self%handle, 'model', error)
    if (size(figures) < CONVOY_FIGURES) then
      write (text, '(a, i0, a, i0)') 'figures: room for ', size(figures), ', an epoch has ', CONVOY_FIGURES
      call refuse(error, trim(text))
    else if (error%code == 0) then
      if (c_model_epoch(model, int(number - 1, c_size_t), all) /= 0) then
        write (text, '(a, i0, a, i0)') 'epoch ', number, ': the model has 1 … ', self%epochs()
        call refuse(error, trim(text))
      end if
    end if
    figures = 0
    if (size(figures) >= CONVOY_FIGURES) figures(:CONVOY_FIGURES) = all
    call settle(error, status, message)
  end subroutine

end module
