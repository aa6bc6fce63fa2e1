! predicts CKPT IMAGES SCORES: writes the scores of the images of an IDX file as they lie in memory, and compares what a
! program can ask in other ways. predicts error: lets a call fail that has no status.
program predicts
  use, intrinsic :: iso_fortran_env, only: int8
  use, intrinsic :: ieee_arithmetic, only: ieee_positive_inf, ieee_value
  use convoy
  implicit none
  type(convoy_model) :: model, other
  type(convoy_predictor) :: predictor, idle
  integer(int8) :: header(16)
  integer(int8), allocatable :: bytes(:, :, :), twice(:, :, :)
  real, allocatable :: images(:, :, :, :), scores(:, :), again(:, :), wide(:, :)
  character(512) :: path, message
  integer :: unit, images_count, status, k
  real(8) :: figures(CONVOY_FIGURES)

  call get_command_argument(1, path)
  call model%load(path)

  ! ---- What the model says of itself
  call check(model%task() == CONVOY_CLASSES .and. model%type() == CONVOY_UINT8, 'task and type')
  call check(all([model%columns(), model%rows(), model%maps(), model%outputs()] == [8, 8, 1, 4]), 'sizes')
  call check(all([model%output_columns(), model%output_rows()] == 1), 'sizes of outputs')
  call check(model%name(1) == '0' .and. model%name(4) == '3' .and. len(model%name(4)) == 1, 'names')
  call check(len(model%name(0)) == 0 .and. len(model%name(5)) == 0 .and. len(model%unit(1)) == 0, 'no name, no unit')
  call check(.not. model%probabilities() .and. model%epochs() >= 1, 'probabilities and epochs')
  call model%epoch(model%epochs(), figures)
  call check(figures(CONVOY_TEST_LOSS) > 0 .and. figures(CONVOY_TEST_MEASURE) < 0.75, 'figures')
  call model%epoch(0, figures, status)
  call check(status == 64, 'no epoch 0')
  call model%epoch(model%epochs() + 1, figures, status)
  call check(status == 64, 'no epoch behind the last')
  call model%epoch(model%epochs(), figures(:2), status)
  call check(status == 64, 'no room for the figures')
  call check(convoy_version() /= '', 'version')

  ! ---- Predictions
  call get_command_argument(2, path)
  open (newunit=unit, file=path, access='stream', form='unformatted', status='old')
  read (unit) header
  images_count = iand(int(header(8)), 255)
  allocate (bytes(8, 8, images_count), images(8, 8, 1, images_count), scores(4, images_count), wide(8, images_count))
  read (unit) bytes
  close (unit)
  images(:, :, 1, :) = real(iand(int(bytes), 255))
  call predictor%create(model)
  call predictor%predict(images, scores)
  again = scores
  again = -1
  call predictor%predict(bytes, again)
  call check(same(again, scores), 'bytes')
  again = -1
  do k = 1, images_count
    call predictor%predict(images(:, :, 1, k), again(:, k))
  end do
  call check(same(again, scores), 'one by one, of rank 2 and 1')
  ! Every other row of a larger array: what does not lie in one piece.
  twice = reshape([spread(bytes, 4, 2)], [8, 8, 2 * images_count])
  wide = -1
  call predictor%predict(twice(:, :, 2 * images_count:images_count + 1:-1), wide(1:8:2, images_count:1:-1))
  again = -1
  call check(same(wide(1:8:2, :), scores) .and. same(wide(2:8:2, :), again), 'arrays in pieces')

  ! ---- What is refused
  message = 'nothing'
  call predictor%predict(reshape(images, [images_count, 1, 8, 8]), again, status, message)
  call check(status == 64 .and. message == 'inputs: an array (' // number(images_count) // ', 1, 8, 8): ' &
    // 'the network has (columns, rows, maps, samples) = (8, 8, 1, samples); dimensions of 1 may be missing', &
    'order of C: ' // message)
  call predictor%predict(images, again(:3, :), status, message)
  call check(status == 64 .and. message(:19) == 'outputs: an array (', 'too few outputs: ' // message)
  call predictor%predict(images, again(:, 2:), status, message)
  call check(status == 64 .and. message(:38) == 'outputs: there is room for ' // number(images_count - 1) &
    // ' samples,', 'too few samples: ' // message)
  call predictor%predict(1., again, status)
  call check(status == 64, 'a number is no array')
  images(1, 1, 1, 2) = ieee_value(1., ieee_positive_inf)
  message = ''
  call predictor%predict(images, again, status, message)
  call check(status == 65 .and. message == 'inputs: sample 2 holds a number that is not finite', &
    'infinity: ' // message)
  call other%load('no such file', status, message)
  call check(status == 66 .and. index(message, 'no such file: ') == 1, 'a file that is missing: ' // message)
  call idle%create(other, status, message)
  call check(status == 64 .and. message == unmade('model'), 'a predictor of no model: ' // message)
  call idle%predict(bytes, again, status, message)
  call check(status == 64 .and. message == unmade('predictor'), 'no predictor: ' // message)
  call other%epoch(1, figures, status, message)
  call check(status == 64 .and. message == unmade('model') .and. all(abs(figures) <= 0), 'no model: ' // message)
  call predictor%create(model, status)
  call check(status == 64, 'a predictor in use is not lost')
  call model%load(path, status)
  call check(status == 64, 'a model in use is not lost')
  message = 'nothing'
  call predictor%predict(bytes, again, message=message)
  call check(message == 'nothing', 'the message stays where nothing fails')

  call get_command_argument(3, path)
  open (newunit=unit, file=path, access='stream', form='unformatted', status='replace')
  write (unit) scores
  close (unit)
  call predictor%free()
  call model%free()
  call model%free()
  call get_command_argument(1, path)
  call model%load(path)
  call model%free()
  print '(a)', 'right'
  call predictor%predict(bytes, scores)
  call check(.false., 'a predictor that is freed')

contains

  function number(value) result(text)
    integer, intent(in) :: value
    character(:), allocatable :: text
    character(12) :: buffer
    write (buffer, '(i0)') value
    text = trim(buffer)
  end function

  function unmade(what) result(text)
    character(*), intent(in) :: what
    character(:), allocatable :: text
    text = 'convoy: a ' // what // ' is used that was never made, or is freed'
  end function

  ! Whether numbers have the same bits.
  logical function same(a, b)
    real, intent(in) :: a(:, :), b(:, :)
    same = all(shape(a) == shape(b)) .and. all(transfer(a, [1]) == transfer(b, [1]))
  end function

  subroutine check(holds, what)
    logical, intent(in) :: holds
    character(*), intent(in) :: what
    if (holds) return
    print '(2a)', 'wrong: ', trim(what)
    stop 1
  end subroutine
end program
