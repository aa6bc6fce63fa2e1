! Simulates the Ising model on half of its ranks, and meanwhile trains a network on the other half: it learns to tell
! the temperature of a lattice by its spins. In each round it goes on with all samples so far.
!
!   mpifort ising.f90 $(pkg-config --cflags --libs convoy-fortran) -o ising
!   mpirun -n 4 ./ising [ROUNDS]             3
!
! Writes a checkpoint of each round, ising-ROUND.h5, and what the last one was trained with: ising.yaml, NumPy files.
! From these `convoy train ising.yaml` makes the bytes of ising-1.h5 if there is one round, and `convoy train ising.yaml
! --start-from ising-2.h5` those of ising-3.h5. All files are the same for any number of ranks.
program ising
  use, intrinsic :: iso_fortran_env, only: int64
  use mpi_f08
  use convoy
  implicit none
  integer :: rank, ranks, trainers, rounds = 3, round, i
  integer, parameter :: side = 16, lattices = 26, each = 20, sweeps = 10, samples = lattices * each ! of a round
  real, parameter :: kelvin(lattices) = [(1 + 0.1 * i, i = 0, lattices - 1)] ! in units of the coupling
  real, allocatable, target :: spins(:, :, :, :), temperature(:, :) ! (columns, rows, maps, samples), (values, samples)
  real :: lattice(side, side, lattices) = 1, mine(side, side, samples)
  integer(int64) :: noise(lattices)
  integer, allocatable :: places(:)
  type(MPI_Comm) :: group
  character(20) :: argument, checkpoint
  character(:), allocatable :: job

  call MPI_Init()
  call MPI_Comm_rank(MPI_COMM_WORLD, rank)
  call MPI_Comm_size(MPI_COMM_WORLD, ranks)
  if (ranks < 2) error stop 'ising: one rank simulates, one trains: mpirun -n 2 ./ising'
  call get_command_argument(1, argument)
  if (argument /= '') read (argument, *) rounds
  trainers = ranks / 2 ! the first ranks
  call MPI_Comm_split(MPI_COMM_WORLD, merge(0, 1, rank < trainers), rank, group)

  ! Set 0 of the samples tests the network, sets 1 … rounds train it. In a set each lattice has `each` samples in a row.
  allocate (spins(side, side, 1, samples * (rounds + 1)), temperature(1, samples * (rounds + 1)), places(ranks + 1))
  temperature(1, :) = [(kelvin(mod(i, samples) / each + 1), i = 0, size(temperature) - 1)]
  places(:) = [(lattices_before(i) * each * side ** 2, i = 0, ranks)] ! of the ranks' spins in a set
  noise = [(1000 + i, i = 1, lattices)] ! a lattice is the same on any rank
  job = convoy_lines([character(100) :: &
    'name: ising', &
    'data: {format: numpy, directory: .}', &
    'input: {maps: 1, rows: 16, columns: 16}', &
    'output: {values: 1, names: [temperature], units: [J/k], normalize: standard}', &
    'layers:', &
    '  - {type: convolution, maps: 16, kernel: 2, activation: relu}', &
    '  - {type: pooling, method: mean, window: all}', &
    '  - {type: full, units: 16, activation: tanh}', &
    '  - {type: full, units: 1}', &
    'loss: squared-error', &
    'train: {epochs: 8, batch: 65, rate: 0.2, momentum: 0.9, schedule: cosine, seed: 1}'])

  if (rank >= trainers) call simulate() ! until the lattices are warm
  do round = 0, rounds + 1
    if (rank >= trainers .and. round <= rounds) call simulate()
    if (rank < trainers .and. round > 1) call learn(round - 1)
    if (round <= rounds) call MPI_Allgatherv(mine, places(rank + 2) - places(rank + 1), MPI_REAL, &
      spins(:, :, :, samples * round + 1:), places(2:) - places(:ranks), places(:ranks), MPI_REAL, MPI_COMM_WORLD)
  end do
  call MPI_Finalize()

contains

  ! Returns how many lattices the simulators before a rank have.
  integer function lattices_before(rank)
    integer, intent(in) :: rank
    lattices_before = max(0, rank - trainers) * lattices / (ranks - trainers)
  end function

  ! Takes `each` samples of each lattice of this rank.
  subroutine simulate()
    integer :: l, n, sweep
    do l = lattices_before(rank) + 1, lattices_before(rank + 1)
      do n = 1, each
        do sweep = 1, sweeps
          call lattice_sweep(lattice(:, :, l), kelvin(l), noise(l))
        end do
        mine(:, :, (l - lattices_before(rank) - 1) * each + n) = lattice(:, :, l) * sign(1., uniform(noise(l)) - 0.5)
      end do
    end do
  end subroutine

  ! Metropolis: turns each spin with the probability min(1, exp(-change of the energy / temperature)).
  subroutine lattice_sweep(s, temperature, noise)
    real, intent(inout) :: s(0:side - 1, 0:side - 1)
    real, intent(in) :: temperature
    integer(int64), intent(inout) :: noise
    integer :: x, y
    real :: around
    do y = 0, side - 1
      do x = 0, side - 1
        around = s(modulo(x + 1, side), y) + s(modulo(x - 1, side), y) &
          + s(x, modulo(y + 1, side)) + s(x, modulo(y - 1, side))
        if (uniform(noise) < exp(-2 * s(x, y) * around / temperature)) s(x, y) = -s(x, y)
      end do
    end do
  end subroutine

  ! Returns a number between 0 and 1 (Park and Miller 1988).
  real function uniform(noise)
    integer(int64), intent(inout) :: noise
    noise = mod(noise * 16807, 2147483647_int64)
    uniform = real(noise) / real(2147483647_int64)
  end function

  ! Trains on the samples of rounds 1 … round, from the network of the round before on. An error stops the program.
  subroutine learn(round)
    integer, intent(in) :: round
    type(convoy_samples) :: train, test
    type(convoy_trainer) :: trainer
    type(convoy_model) :: model
    real(8) :: figures(CONVOY_FIGURES)
    integer :: n
    n = samples * round
    call test%set(spins(:, :, :, :samples), values=temperature(:, :samples))
    call train%set(spins(:, :, :, samples + 1:samples + n), values=temperature(:, samples + 1:samples + n))
    if (round == 1) then
      call trainer%create(group, job, train, test)
    else
      call trainer%start(group, job, checkpoint, train, test)
    end if
    do while (trainer%done() < trainer%steps())
      call trainer%step()
    end do
    write (checkpoint, '(a, i0, a)') 'ising-', round, '.h5'
    call trainer%save(checkpoint)
    model = trainer%model()
    call model%epoch(model%epochs(), figures)
    if (rank == 0) print '(a, i6, a, f7.4)', trim(checkpoint), n, ' samples, mean error', figures(CONVOY_TEST_MEASURE)
    call trainer%free()
    if (rank > 0 .or. round < rounds) return
    call npy_write('train-inputs', [n, 1, side, side], spins(:, :, :, samples + 1:))
    call npy_write('train-targets', [n, 1], temperature(:, samples + 1:))
    call npy_write('test-inputs', [samples, 1, side, side], spins)
    call npy_write('test-targets', [samples, 1], temperature)
    open (newunit=i, file='ising.yaml', access='stream', form='unformatted', status='replace')
    write (i) job
    close (i)
  end subroutine

  ! Writes an array of NumPy: its shape is in the order of C, in which the numbers lie here too.
  subroutine npy_write(name, dimensions, numbers)
    character(*), intent(in) :: name
    integer, intent(in) :: dimensions(:)
    real, intent(in) :: numbers(*)
    character(118) :: head
    write (head, '(a, *(i0, ","))') "{'descr': '<f4', 'fortran_order': False, 'shape': (", dimensions
    head = trim(head) // ')}'
    head(118:) = new_line('a')
    open (newunit=i, file=name // '.npy', access='stream', form='unformatted', status='replace')
    write (i) char(147), 'NUMPY', char(1), char(0), char(118), char(0), head, numbers(:product(dimensions))
    close (i)
  end subroutine
end program
