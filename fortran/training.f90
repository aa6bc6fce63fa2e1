! Training over a communicator.
module convoy_training
  use, intrinsic :: iso_c_binding, only: c_char, c_double, c_int, c_int64_t, c_loc, c_null_ptr, c_ptr
  use mpi_f08, only: MPI_Allreduce, MPI_Bcast, MPI_CHARACTER, MPI_Comm, MPI_Comm_rank, MPI_COMM_NULL, MPI_Comm_size, &
    MPI_Finalized, MPI_Initialized, MPI_INTEGER, MPI_MIN
  use convoy_basics, only: c_error, count_samples, expect_free, held, settle, terminated
  use convoy_models, only: convoy_model, model_make
  use convoy_sets, only: c_samples, convoy_samples, given, is_true
  implicit none
  private

  ! What trains a network. A copy refers to the same one: free it once.
  type, public :: convoy_trainer
    private
    type(c_ptr) :: handle = c_null_ptr
  contains
    procedure, private :: create_integer, create_f08, start_integer, start_f08, continue_integer, continue_f08
    generic :: create => create_integer, create_f08
    generic :: start => start_integer, start_f08
    generic :: continue => continue_integer, continue_f08
    procedure :: free => trainer_free
    procedure :: step => trainer_step
    procedure :: done => trainer_done
    procedure :: epoch => trainer_epoch
    procedure :: steps => trainer_steps
    procedure :: model => trainer_model
    procedure :: save => trainer_save
  end type

  abstract interface
    integer(c_int64_t) function number_of(trainer) bind(c)
      import :: c_int64_t, c_ptr
      type(c_ptr), value :: trainer
    end function
  end interface

  interface
    type(c_ptr) function c_create(communicator, job, train, test, error) bind(c, name='convoy_trainer_create')
      import :: c_char, c_error, c_int, c_ptr, c_samples
      integer(c_int), value :: communicator
      character(kind=c_char), intent(in) :: job(*)
      type(c_samples), intent(in) :: train
      type(c_ptr), value :: test
      type(c_error), intent(inout) :: error
    end function
    type(c_ptr) function c_start(communicator, job, path, layers, normalization, train, test, error) &
        bind(c, name='convoy_trainer_start')
      import :: c_char, c_error, c_int, c_ptr, c_samples
      integer(c_int), value :: communicator, normalization
      character(kind=c_char), intent(in) :: job(*), path(*)
      character(kind=c_char), intent(in), optional :: layers(*)
      type(c_samples), intent(in) :: train
      type(c_ptr), value :: test
      type(c_error), intent(inout) :: error
    end function
    type(c_ptr) function c_continue(communicator, path, train, test, error) bind(c, name='convoy_trainer_continue')
      import :: c_char, c_error, c_int, c_ptr, c_samples
      integer(c_int), value :: communicator
      character(kind=c_char), intent(in) :: path(*)
      type(c_samples), intent(in) :: train
      type(c_ptr), value :: test
      type(c_error), intent(inout) :: error
    end function
    subroutine c_free(trainer) bind(c, name='convoy_trainer_free')
      import :: c_ptr
      type(c_ptr), value :: trainer
    end subroutine
    integer(c_int) function c_step(trainer, loss, measure, error) bind(c, name='convoy_trainer_step')
      import :: c_double, c_error, c_int, c_ptr
      type(c_ptr), value :: trainer
      real(c_double), intent(inout) :: loss, measure
      type(c_error), intent(inout) :: error
    end function
    type(c_ptr) function c_model(trainer) bind(c, name='convoy_trainer_model')
      import :: c_ptr
      type(c_ptr), value :: trainer
    end function
    integer(c_int) function c_save(trainer, path, error) bind(c, name='convoy_trainer_save')
      import :: c_char, c_error, c_int, c_ptr
      type(c_ptr), value :: trainer
      character(kind=c_char), intent(in) :: path(*)
      type(c_error), intent(inout) :: error
    end function
  end interface
  procedure(number_of), bind(c, name='convoy_trainer_done') :: c_done
  procedure(number_of), bind(c, name='convoy_trainer_epoch') :: c_epoch
  procedure(number_of), bind(c, name='convoy_trainer_steps') :: c_steps

contains

  ! ---- Trainers ----------------------------------------------------------------------------------------------------

  ! Gives all ranks the error of the lowest rank that has one. Collective.
  subroutine agree(communicator, error)
    type(MPI_Comm), intent(in) :: communicator
    type(c_error), intent(inout) :: error
    integer :: rank, ranks, first
    call MPI_Comm_rank(communicator, rank)
    call MPI_Comm_size(communicator, ranks)
    call MPI_Allreduce(merge(ranks, rank, error%code == 0), first, 1, MPI_INTEGER, MPI_MIN, communicator)
    if (first == ranks) return
    call MPI_Bcast(error%code, 1, MPI_INTEGER, first, communicator)
    call MPI_Bcast(error%text, size(error%text), MPI_CHARACTER, first, communicator)
  end subroutine

  ! Gives the sizes of samples and outputs that the network of rank 0 has. Collective.
  subroutine sizes_get(communicator, sizes, error, job, path)
    type(MPI_Comm), intent(in) :: communicator
    integer, intent(out) :: sizes(6)
    type(c_error), intent(inout) :: error
    character(*), intent(in), optional :: job, path
    type(convoy_model) :: model
    integer :: rank
    sizes = 0
    call MPI_Comm_rank(communicator, rank)
    if (rank == 0 .and. error%code == 0) then
      call model_make(model, error, job, path)
      if (error%code == 0) sizes = [model%columns(), model%rows(), model%maps(), model%output_columns(), &
        model%output_rows(), model%outputs()]
      call model%free()
    end if
    call agree(communicator, error)
    call MPI_Bcast(sizes, size(sizes), MPI_INTEGER, 0, communicator)
  end subroutine

  logical function is_running(communicator)
    type(MPI_Comm), intent(in) :: communicator
    logical :: started, ended
    call MPI_Initialized(started)
    call MPI_Finalized(ended)
    is_running = started .and. .not. ended .and. communicator%MPI_VAL /= MPI_COMM_NULL%MPI_VAL
  end function

  ! Makes a trainer of a job, of a job that begins with parameters of the checkpoint at `path`, or of a checkpoint
  ! alone. Collective.
  subroutine trainer_open(self, communicator, train, test, status, message, job, path, layers, normalization)
    class(convoy_trainer), intent(inout) :: self
    type(MPI_Comm), intent(in) :: communicator
    type(convoy_samples), intent(in) :: train
    type(convoy_samples), intent(in), optional :: test
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    character(*), intent(in), optional :: job, path, layers
    logical, intent(in), optional :: normalization
    type(c_samples) :: first
    type(c_samples), target :: second
    type(c_error) :: error
    type(c_ptr) :: others
    integer :: sizes(6), inputs
    others = c_null_ptr
    call expect_free(self%handle, 'trainer', error)
    if (is_running(communicator)) then ! otherwise C says what is wrong
      call sizes_get(communicator, sizes, error, job, path)
      if (error%code == 0) then
        first = given(train, sizes, 'training samples', error)
        if (present(test)) second = given(test, sizes, 'test samples', error)
        call agree(communicator, error)
      end if
    end if
    if (error%code == 0) then
      if (present(test)) others = c_loc(second)
      if (.not. present(job)) then
        self%handle = c_continue(communicator%MPI_VAL, terminated(path), first, others, error)
      else if (.not. present(path)) then
        self%handle = c_create(communicator%MPI_VAL, terminated(job), first, others, error)
      else
        inputs = merge(1, 0, is_true(normalization))
        if (present(layers)) then
          self%handle = c_start(communicator%MPI_VAL, terminated(job), terminated(path), terminated(layers), inputs, &
            first, others, error)
        else
          self%handle = c_start(communicator%MPI_VAL, terminated(job), terminated(path), normalization=inputs, &
            train=first, test=others, error=error)
        end if
      end if
      call count_samples(error)
    end if
    call settle(error, status, message)
  end subroutine

  ! Makes the network of `job`, the text of a job file, and prepares to train it on samples that are the same on all
  ! ranks; those of `test` evaluate it after each epoch. The communicator is one of mpi_f08 or an integer of mpi.
  ! All procedures of a trainer are collective, unless they only return a value.
  subroutine create_f08(self, communicator, job, train, test, status, message)
    class(convoy_trainer), intent(inout) :: self
    type(MPI_Comm), intent(in) :: communicator
    character(*), intent(in) :: job
    type(convoy_samples), intent(in) :: train
    type(convoy_samples), intent(in), optional :: test
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    call trainer_open(self, communicator, train, test, status, message, job=job)
  end subroutine

  subroutine create_integer(self, communicator, job, train, test, status, message)
    class(convoy_trainer), intent(inout) :: self
    integer, intent(in) :: communicator
    character(*), intent(in) :: job
    type(convoy_samples), intent(in) :: train
    type(convoy_samples), intent(in), optional :: test
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    call trainer_open(self, MPI_Comm(communicator), train, test, status, message, job=job)
  end subroutine

  ! Does the same, and begins with the parameters of a checkpoint where layers have the same name and arrays the same
  ! shape. `layers` names some layers, with commas between; `normalization` takes that of the inputs along.
  subroutine start_f08(self, communicator, job, path, train, test, layers, normalization, status, message)
    class(convoy_trainer), intent(inout) :: self
    type(MPI_Comm), intent(in) :: communicator
    character(*), intent(in) :: job, path
    type(convoy_samples), intent(in) :: train
    type(convoy_samples), intent(in), optional :: test
    character(*), intent(in), optional :: layers
    logical, intent(in), optional :: normalization
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    call trainer_open(self, communicator, train, test, status, message, job, path, layers, normalization)
  end subroutine

  subroutine start_integer(self, communicator, job, path, train, test, layers, normalization, status, message)
    class(convoy_trainer), intent(inout) :: self
    integer, intent(in) :: communicator
    character(*), intent(in) :: job, path
    type(convoy_samples), intent(in) :: train
    type(convoy_samples), intent(in), optional :: test
    character(*), intent(in), optional :: layers
    logical, intent(in), optional :: normalization
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    call trainer_open(self, MPI_Comm(communicator), train, test, status, message, job, path, layers, normalization)
  end subroutine

  ! Continues from a checkpoint, with its job and its normalisation.
  subroutine continue_f08(self, communicator, path, train, test, status, message)
    class(convoy_trainer), intent(inout) :: self
    type(MPI_Comm), intent(in) :: communicator
    character(*), intent(in) :: path
    type(convoy_samples), intent(in) :: train
    type(convoy_samples), intent(in), optional :: test
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    call trainer_open(self, communicator, train, test, status, message, path=path)
  end subroutine

  subroutine continue_integer(self, communicator, path, train, test, status, message)
    class(convoy_trainer), intent(inout) :: self
    integer, intent(in) :: communicator
    character(*), intent(in) :: path
    type(convoy_samples), intent(in) :: train
    type(convoy_samples), intent(in), optional :: test
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    call trainer_open(self, MPI_Comm(communicator), train, test, status, message, path=path)
  end subroutine

  subroutine trainer_free(self)
    class(convoy_trainer), intent(inout) :: self
    call c_free(self%handle)
    self%handle = c_null_ptr
  end subroutine

  ! Trains on one mini-batch. Gives its mean loss before the update, and its measure: the share of wrong guesses, or of
  ! values the mean absolute error.
  subroutine trainer_step(self, loss, measure, status, message)
    class(convoy_trainer), intent(inout) :: self
    real(c_double), intent(out), optional :: loss, measure
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    type(c_error) :: error
    real(c_double) :: figures(2)
    type(c_ptr) :: trainer
    integer(c_int) :: answer
    figures = 0
    trainer = held(self%handle, 'trainer', error)
    if (error%code == 0) answer = c_step(trainer, figures(1), figures(2), error) ! error has a code if it fails
    if (present(loss)) loss = figures(1)
    if (present(measure)) measure = figures(2)
    call settle(error, status, message)
  end subroutine

  ! Return the steps made so far, those of an epoch, and those of all epochs of the job.
  integer(c_int64_t) function trainer_done(self)
    class(convoy_trainer), intent(in) :: self
    trainer_done = c_done(held(self%handle, 'trainer'))
  end function

  integer(c_int64_t) function trainer_epoch(self)
    class(convoy_trainer), intent(in) :: self
    trainer_epoch = c_epoch(held(self%handle, 'trainer'))
  end function

  integer(c_int64_t) function trainer_steps(self)
    class(convoy_trainer), intent(in) :: self
    trainer_steps = c_steps(held(self%handle, 'trainer'))
  end function

  ! Returns the network as it is now, on every rank; it is the trainer's. Make a new predictor of it after a step.
  type(convoy_model) function trainer_model(self)
    class(convoy_trainer), intent(in) :: self
    trainer_model%handle = c_model(held(self%handle, 'trainer'))
    trainer_model%lent = .true.
  end function

  ! Writes a checkpoint on rank 0, atomically and durably.
  subroutine trainer_save(self, path, status, message)
    class(convoy_trainer), intent(inout) :: self
    character(*), intent(in) :: path
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    type(c_error) :: error
    type(c_ptr) :: trainer
    integer(c_int) :: answer
    trainer = held(self%handle, 'trainer', error)
    if (error%code == 0) answer = c_save(trainer, terminated(path), error) ! error has a code if it fails
    call settle(error, status, message)
  end subroutine

end module
