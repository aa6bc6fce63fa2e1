! trains KIND: makes samples of a kind, writes them as NumPy's files and a job KIND.yaml into the folder KIND, which
! must be there, trains on them and saves KIND/net.h5. trains errors: what is refused, with one line on all ranks. No
! side of a sample is as long as another: a wrong order of dimensions would show.
program trains
  use, intrinsic :: iso_fortran_env, only: int16, int32, int64, int8
  use mpi_f08
  use convoy
  implicit none
  integer, parameter :: c = 6, r = 4, m = 2, n = 120, tests = 40, steps = 13
  real, allocatable, target :: x(:, :, :, :), y(:, :), fields(:, :, :), weights(:)
  integer(int8), allocatable, target :: x1(:, :, :, :), labels(:, :)
  integer(int16), allocatable, target :: x2(:, :, :, :)
  integer, allocatable :: classes(:), places(:, :, :)
  type(convoy_samples) :: train, test
  type(convoy_trainer) :: trainer
  type(convoy_model) :: model
  character(:), allocatable :: job
  character(20) :: kind
  character(512) :: message
  integer :: rank, ranks, i, status
  integer(int64) :: noise = 1
  real(8) :: loss, measure

  call MPI_Init()
  call MPI_Comm_rank(MPI_COMM_WORLD, rank)
  call MPI_Comm_size(MPI_COMM_WORLD, ranks)
  call get_command_argument(1, kind)
  allocate (x(c, r, m, n), y(3, n), fields(c, r, n), weights(n), x1(c, r, m, n), x2(c, r, m, n), labels(3, n))
  x = reshape([(real(random() - 500) / 8, i = 1, size(x))], shape(x))
  x1 = int(x, int8) ! −62 … 62
  x2 = int(x * 500, int16) ! the bits of numbers 0 … 65535
  classes = [(1 + mod(i, 3) + merge(1, 0, x(2, 1, 1, i) > 30), i = 1, n)] ! 1 … 4
  y = reshape([(x(1, 2, 1, i) - x(c, r, m, i), x(3, 1, 2, i) / 7, real(classes(i)), i = 1, n)], shape(y))
  fields = x(:, :, 1, :) - 2 * x(:, :, 2, :)
  places = merge(2, 1, fields > 0)
  labels = int(merge(1, 0, y > 0), int8)
  weights = [(real(mod(i, 4)) / 2, i = 1, n)]
  job = job_of(kind)

  select case (kind)
  case ('labels') ! bytes with a sign; weights
    call train%set(x1, labels=labels, weights=weights)
    call test%set(x1(:, :, :, :tests), labels=labels(:, :tests), weights=weights(:tests))
    call write_npy('inputs', '|i1', shape(x1), transfer(x1, [0_int8]))
    call write_npy('targets', '|u1', shape(labels), transfer(labels, [0_int8]))
    call write_npy('weights', '<f4', shape(weights), transfer(weights, [0_int8]))
  case ('places') ! numbers of 16 bits; a class of each position
    call train%set(x2, classes=places, unsigned=.true.)
    call test%set(x2(:, :, :, :tests), classes=places(:, :, :tests), unsigned=.true.)
    call write_npy('inputs', '<u2', shape(x2), transfer(x2, [0_int8]))
    call write_npy('targets', '<i4', shape(places), transfer(places - 1, [0_int8]))
  case ('fields') ! a value of each position, whose dimension of 1 is left out
    call train%set(x, values=fields)
    call test%set(x(:, :, :, :tests), values=fields(:, :, :tests))
    call write_npy('inputs', '<f4', shape(x), transfer(x, [0_int8]))
    call write_npy('targets', '<f4', [shape(fields(:, :, 1)), 1, n], transfer(fields, [0_int8]))
  case ('classes')
    call train%set(x, classes=classes)
    call test%set(x(:, :, :, :tests), classes=classes(:tests))
    call write_npy('inputs', '<f4', shape(x), transfer(x, [0_int8]))
    call write_npy('targets', '<i4', shape(classes), transfer(classes - 1, [0_int8]))
  case ('errors')
    call refusals()
    call MPI_Finalize()
    stop
  end select

  ! The first two kinds have a communicator of mpi, which is an integer.
  if (kind == 'labels' .or. kind == 'places') then
    call trainer%create(MPI_COMM_WORLD%MPI_VAL, job, train, test)
  else
    call trainer%create(MPI_COMM_WORLD, job // '   ', train, test)
  end if
  call check(trainer%epoch() == 6 .and. trainer%steps() == 18 .and. trainer%done() == 0, 'numbers of steps')
  do i = 1, steps
    call trainer%step(loss, measure)
    call check(loss > 0 .and. loss < 1e9 .and. measure >= 0, 'loss and measure')
    if (i == 8 .and. ranks > 1) then ! a stop
      call trainer%save(trim(kind) // '/half.h5 ')
      call trainer%free()
      if (kind == 'labels') then
        call trainer%continue(MPI_COMM_WORLD%MPI_VAL, trim(kind) // '/half.h5  ', train, test)
      else
        call trainer%continue(MPI_COMM_WORLD, trim(kind) // '/half.h5', train, test)
      end if
    end if
  end do
  call check(trainer%done() == steps, 'steps done')
  model = trainer%model()
  call check(model%epochs() == 2 .and. all([model%columns(), model%rows(), model%maps()] == [c, r, m]), 'its model')
  call model%free() ! the trainer's stays
  call trainer%save(trim(kind) // '/net.h5')
  call trainer%free()
  call MPI_Finalize()

contains

  integer function random()
    noise = mod(noise * 16807, 2147483647_int64)
    random = int(mod(noise, 1001_int64))
  end function

  function job_of(what) result(text)
    character(*), intent(in) :: what
    character(:), allocatable :: text
    text = convoy_lines([character(120) :: &
      'input: {maps: 2, rows: 4, columns: 6}', &
      'train: {epochs: 3, batch: 20, rate: 0.03, momentum: 0.9, seed: 7}', &
      'layers:', &
      '  - {type: convolution, maps: 3, kernel: 3, padding: same, activation: tanh}'])
    text = 'name: ' // trim(what) // new_line('a') // 'data: {format: numpy, directory: ' // trim(what) // &
      trim(merge(', weights: weights', '                  ', what == 'labels' .and. kind /= 'errors')) // '}' // &
      new_line('a') // text // '  - ' // layer_of(what) // new_line('a') // 'output: ' // output_of(what) // &
      new_line('a') // 'loss: ' // loss_of(what) // new_line('a')
  end function

  function layer_of(what) result(text)
    character(*), intent(in) :: what
    character(:), allocatable :: text
    text = '{type: full, units: 4}'
    if (what == 'labels') text = '{type: full, units: 3}'
    if (what == 'places') text = '{type: convolution, maps: 2, kernel: 1}'
    if (what == 'fields') text = '{type: convolution, maps: 1, kernel: 1}'
  end function

  function output_of(what) result(text)
    character(*), intent(in) :: what
    character(:), allocatable :: text
    text = '{classes: 4}'
    if (what == 'labels') text = '{labels: 3}'
    if (what == 'places') text = '{classes: 2}'
    if (what == 'fields') text = '{values: 1, normalize: standard}'
  end function

  function loss_of(what) result(text)
    character(*), intent(in) :: what
    character(:), allocatable :: text
    text = 'softmax-cross-entropy'
    if (what == 'labels') text = 'binary-cross-entropy'
    if (what == 'fields') text = 'squared-error'
  end function

  ! Writes an array as train-NAME.npy, and its first samples as test-NAME.npy.
  subroutine write_npy(name, type, dimensions, bytes)
    character(*), intent(in) :: name, type
    integer, intent(in) :: dimensions(:)
    integer(int8), intent(in) :: bytes(:)
    if (rank > 0) return
    call write_part('train-' // name, type, dimensions, bytes)
    call write_part('test-' // name, type, [dimensions(:size(dimensions) - 1), tests], bytes(:size(bytes) / n * tests))
  end subroutine

  subroutine write_part(name, type, dimensions, bytes)
    character(*), intent(in) :: name, type
    integer, intent(in) :: dimensions(:)
    integer(int8), intent(in) :: bytes(:)
    character(118) :: head
    integer :: unit
    write (head, '(3a, *(i0, ","))') "{'descr': '", type, "', 'fortran_order': False, 'shape': (", &
      dimensions(size(dimensions):1:-1)
    head = trim(head) // ')}'
    head(118:) = new_line('a')
    open (newunit=unit, file=trim(kind) // '/' // name // '.npy', access='stream', form='unformatted', status='replace')
    write (unit) char(147) // 'NUMPY' // achar(1) // achar(0) // achar(118) // achar(0), head, bytes
    close (unit)
    open (newunit=unit, file=trim(kind) // '/' // trim(kind) // '.yaml', access='stream', form='unformatted', &
      status='replace')
    write (unit) job
    close (unit)
  end subroutine

  subroutine check(holds, what)
    logical, intent(in) :: holds
    character(*), intent(in) :: what
    if (holds) return
    print '(2a)', 'wrong: ', trim(what)
    call MPI_Abort(MPI_COMM_WORLD, 1)
  end subroutine

  ! Tries to make a trainer, which must fail with a line that has these words, the same on all ranks.
  subroutine fails(samples, code, words, text, others)
    type(convoy_samples), intent(in) :: samples
    integer, intent(in) :: code
    character(*), intent(in) :: words, text
    type(convoy_samples), intent(in), optional :: others
    character(512) :: first
    message = ''
    call trainer%create(MPI_COMM_WORLD, text, samples, others, status, message)
    call check(status == code .and. index(message, words) > 0, words // ' is not in: ' // message)
    first = message
    call MPI_Bcast(first, len(first), MPI_CHARACTER, 0, MPI_COMM_WORLD)
    call check(first == message, 'another line: ' // message)
  end subroutine

  subroutine refusals()
    type(convoy_samples) :: bad, unset
    real, allocatable, target :: order_of_c(:, :, :, :), turned(:, :, :, :)
    real, pointer :: nowhere(:, :, :, :)
    real, pointer :: nothing(:) => null()
    call train%set(x, classes=classes)
    order_of_c = reshape(x, [n, m, r, c])
    turned = reshape(x, [r, c, m, n])
    call bad%set(order_of_c, classes=classes)
    call fails(bad, 64, 'training samples: inputs: an array (120, 2, 4, 6): the network has ' // &
      '(columns, rows, maps, samples) = (6, 4, 2, samples); dimensions of 1 may be missing', job)
    call bad%set(turned, classes=classes)
    call fails(bad, 64, 'an array (4, 6, 2, 120)', job)
    call fails(train, 64, 'test samples: inputs: an array (4, 6, 2, 120)', job, bad)
    call bad%set(x, classes=classes(:n - 1))
    call fails(bad, 64, 'training samples: classes of 119 samples, but inputs of 120', job)
    call bad%set(x, classes=places)
    call fails(bad, 64, 'training samples: classes: an array (6, 4, 120)', job)
    call bad%set(x, classes=classes, weights=weights(2:))
    call fails(bad, 64, 'training samples: weights of 119 samples, but inputs of 120', job)
    call bad%set(x, values=y)
    call fails(bad, 64, 'training samples: values: an array (3, 120)', job)
    call bad%set(x, labels=labels(:, :))
    call fails(bad, 64, 'training samples: labels: an array (3, 120)', job)
    call bad%set(x, values=weights)
    call fails(bad, 64, 'training samples: values: an array (120)', job)
    call fails(unset, 64, 'training samples: nothing was set', job)
    call bad%set(x)
    call fails(bad, 64, 'the samples lack classes', job) ! the library's own
    call fails(train, 78, 'job:2:1: ', 'name: [')
    if (rank == ranks - 1) then ! one rank alone
      call bad%set(turned, classes=classes)
    else
      call bad%set(x, classes=classes)
    end if
    call fails(bad, 64, 'training samples: inputs: an array (4, 6, 2, 120)', job)
    ! What does not lie in one piece would be a copy, which is gone after the call.
    message = ''
    call bad%set(x(:, :, :, n:1:-1), classes=classes, status=status, message=message)
    call check(status == 64 .and. message == 'samples: inputs do not lie in one piece, and are not copied', message)
    call fails(bad, 64, 'training samples: nothing was set', job) ! not the array that was refused, nor the one before
    call bad%set(x, values=y(:2, :), status=status, message=message)
    call check(status == 64 .and. message == 'samples: values do not lie in one piece, and are not copied', message)
    ! Classes and samples count from 1, as the program counts them.
    classes(5) = 5
    call bad%set(x, classes=classes)
    call fails(bad, 65, 'training samples: class 5 of sample 5 is not 1 … 4', job)
    call fails(train, 65, 'test samples: class 5 of sample 5 is not 1 … 4', job, bad)
    places(2, 1, 9) = 7
    call bad%set(x, classes=places)
    call fails(bad, 65, 'training samples: class 7 of sample 9 is not 1 … 2', job_of('places'))
    labels(3, 10) = 2
    call bad%set(x1, labels=labels)
    call fails(bad, 65, 'training samples: sample 10 has the label 2; labels are 0 or 1', job_of('labels'))
    weights(120) = -1
    call bad%set(x, values=fields, weights=weights)
    call fails(bad, 65, 'training samples: sample 120 has weight -1; weights are ', job_of('fields'))
    ! Pointers to nothing.
    nowhere => null()
    call bad%set(nowhere, classes=classes, status=status, message=message)
    call check(status == 64 .and. message == 'samples: inputs point to nothing, or are not allocated', message)
    call fails(bad, 64, 'training samples: nothing was set', job)
    call bad%set(x, values=fields, weights=nothing, status=status, message=message)
    call check(status == 64 .and. message == 'samples: weights point to nothing, or are not allocated', message)
    call bad%set(x, values=nothing, status=status, message=message)
    call check(status == 64 .and. message == 'samples: values point to nothing, or are not allocated', message)
    ! A trainer that was never made.
    call trainer%step(loss, measure, status, message)
    call check(status == 64 .and. index(message, 'convoy: a trainer is used that was never made') == 1, message)
    call trainer%save('net.h5', status, message)
    call check(status == 64 .and. index(message, 'convoy: a trainer is used that was never made') == 1, message)
    classes(5) = 0
    call bad%set(x, classes=classes, status=status, message=message)
    call check(status == 64 .and. message == 'samples: a class is below 1: here classes are 1 … K, not 0 … K−1', &
      message)
    call trainer%create(MPI_COMM_NULL, job, train, status=status, message=message)
    call check(status == 70 .and. message == 'the communicator is MPI_COMM_NULL', message)
    call trainer%continue(MPI_COMM_WORLD, 'no/such.h5', train, status=status, message=message)
    call check(status == 66 .and. index(message, 'no/such.h5: ') == 1, message)
    call trainer%create(MPI_COMM_WORLD, job, train)
    call trainer%create(MPI_COMM_WORLD, job, train, status=status, message=message)
    call check(status == 64 .and. message == 'convoy: this trainer is in use: free it first', message)
    call trainer%save('no/such/folder.h5', status, message)
    call check(status /= 0 .and. index(message, 'no/such') == 1, message)
    call trainer%free()
    print '(a)', 'right'
  end subroutine
end program
