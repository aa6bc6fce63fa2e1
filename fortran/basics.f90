! What the other modules share: errors and texts of C, shapes of arrays.
module convoy_basics
  use, intrinsic :: iso_c_binding, only: c_associated, c_char, c_f_pointer, c_int, c_null_char, c_ptr, c_size_t
  use, intrinsic :: iso_fortran_env, only: error_unit, int64
  implicit none
  private
  public :: c_error, count_of, count_samples, expect_free, held, refuse, settle, terminated, text_of

  integer, parameter :: usage = 64 ! EX_USAGE of sysexits.h
  integer, parameter, public :: data_wrong = 65 ! EX_DATAERR
  integer, parameter :: dimensions = 15

  ! struct convoy_error
  type, bind(c) :: c_error
    integer(c_int) :: code = 0
    character(kind=c_char) :: text(512) = c_null_char
  end type

  interface
    integer(c_size_t) function c_strlen(text) bind(c, name='strlen')
      import :: c_ptr, c_size_t
      type(c_ptr), value :: text
    end function
    subroutine c_exit(code) bind(c, name='exit')
      import :: c_int
      integer(c_int), value :: code
    end subroutine
  end interface

contains

  ! ---- Errors and texts --------------------------------------------------------------------------------------------

  ! Gives the caller what became of a call, or stops.
  subroutine settle(error, status, message)
    type(c_error), intent(in) :: error
    integer, intent(out), optional :: status
    character(*), intent(inout), optional :: message
    if (present(status)) status = error%code
    if (error%code == 0) return
    if (present(message)) message = line_of(error)
    if (present(status)) return
    write (error_unit, '(a)') line_of(error)
    call c_exit(error%code)
  end subroutine

  function line_of(error) result(line)
    type(c_error), intent(in) :: error
    character(:), allocatable :: line
    integer :: length
    length = findloc(error%text, c_null_char, 1) - 1
    allocate (character(length) :: line)
    line(:) = transfer(error%text(:length), line)
  end function

  ! Sets an error, unless there is one. Without `code` it is one of usage.
  subroutine refuse(error, text, code)
    type(c_error), intent(inout) :: error
    character(*), intent(in) :: text
    integer, intent(in), optional :: code
    if (error%code /= 0) return
    error%code = usage
    if (present(code)) error%code = code
    call text_set(error, text)
  end subroutine

  subroutine text_set(error, text)
    type(c_error), intent(inout) :: error
    character(*), intent(in) :: text
    integer :: i
    error%text = c_null_char
    do i = 1, min(len(text), size(error%text) - 1)
      error%text(i) = text(i:i)
    end do
  end subroutine

  ! Counts from 1 in a line of C about the samples of arrays, where the first is sample 0. The data are refused by such
  ! lines alone that begin with these words.
  subroutine count_samples(error)
    type(c_error), intent(inout) :: error
    character(*), parameter :: word = ' sample '
    character(:), allocatable :: line
    character(20) :: number
    integer :: at, digits
    integer(int64) :: sample
    if (error%code /= data_wrong) return
    line = line_of(error)
    if (index(line, 'training samples: ') /= 1 .and. index(line, 'test samples: ') /= 1 .and. &
      index(line, 'inputs: ') /= 1) return
    at = index(line, word) + len(word)
    digits = verify(line(at:), '0123456789') - 1
    if (at == len(word) .or. digits < 1 .or. digits > 18) return
    read (line(at:at + digits - 1), *) sample
    write (number, '(i0)') sample + 1
    call text_set(error, line(:at - 1) // trim(number) // line(at + digits:))
  end subroutine

  function terminated(text) result(copy)
    character(*), intent(in) :: text
    character(:), allocatable :: copy
    copy = trim(text) // c_null_char
  end function

  ! Returns a text of C; an empty one if there is none.
  function text_of(pointer) result(text)
    type(c_ptr), intent(in) :: pointer
    character(:), allocatable :: text
    character(kind=c_char), pointer :: bytes(:)
    text = ''
    if (.not. c_associated(pointer)) return
    call c_f_pointer(pointer, bytes, [c_strlen(pointer)])
    deallocate (text)
    allocate (character(size(bytes)) :: text)
    text(:) = transfer(bytes, text)
  end function

  ! Returns what a type holds. If nothing was created or loaded, it sets the error, or stops if there is none.
  type(c_ptr) function held(handle, what, error)
    type(c_ptr), intent(in) :: handle
    character(*), intent(in) :: what
    type(c_error), intent(inout), optional :: error
    type(c_error) :: own
    held = handle
    if (c_associated(handle)) return
    call refuse(own, 'convoy: a ' // what // ' is used that was never made, or is freed')
    if (.not. present(error)) then
      call settle(own)
    else if (error%code == 0) then
      error = own
    end if
  end function

  ! A handle in use would be lost.
  subroutine expect_free(handle, what, error)
    type(c_ptr), intent(in) :: handle
    character(*), intent(in) :: what
    type(c_error), intent(inout) :: error
    if (c_associated(handle)) call refuse(error, 'convoy: this ' // what // ' is in use: free it first')
  end subroutine

  ! ---- Shapes ------------------------------------------------------------------------------------------------------

  ! Returns whether two shapes are the same but for dimensions of 1.
  logical function same_shape(a, b)
    integer(c_size_t), intent(in) :: a(:), b(:)
    same_shape = .false.
    if (count(a /= 1) == count(b /= 1)) same_shape = all(pack(a, a /= 1) == pack(b, b /= 1))
  end function

  ! Returns how many samples of `sizes` (columns, rows, `numbers`) an array has: as its last dimension says, or one.
  integer(c_size_t) function count_of(shape, sizes, name, numbers, error)
    integer(c_size_t), intent(in) :: shape(:), sizes(3)
    character(*), intent(in) :: name, numbers
    type(c_error), intent(inout) :: error
    character(512) :: text
    count_of = 1
    if (size(shape) > 0) then
      if (same_shape(shape(:size(shape) - 1), sizes)) then
        count_of = shape(size(shape))
        return
      end if
    end if
    if (same_shape(shape, sizes)) return
    write (text, '(5a, 3(i0, a))') name, ': an array (', list_of(shape), '): the network has ', &
      '(columns, rows, ' // numbers // ', samples) = (', sizes(1), ', ', sizes(2), ', ', sizes(3), &
      ', samples); dimensions of 1 may be missing'
    call refuse(error, trim(text))
  end function

  function list_of(shape) result(text)
    integer(c_size_t), intent(in) :: shape(:)
    character(:), allocatable :: text
    character(21 * dimensions) :: buffer
    write (buffer, '(*(i0, :, ", "))') shape
    text = trim(buffer)
  end function

end module
