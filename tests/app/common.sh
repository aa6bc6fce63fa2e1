# What the tests of the commands share (sourced): TAP, a tiny data set, job files, ranks.
# shellcheck shell=sh disable=SC2034 # variables for those who source this

LC_ALL=C
export LC_ALL
unset COLUMNS ARGP_HELP_FMT POSIXLY_CORRECT
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
top=$(CDPATH='' cd "$here/../.." && pwd)
# shellcheck source=tests/common.sh
. "$top/tests/common.sh"
convoy=${CONVOY:-$PWD/convoy}
limit='timeout -k 2 60' # no command here may take longer

work_make app
cd "$work" || exit 1

# More ranks than cores.
ranks=
if has_launcher; then
	launcher_prepare
	ranks="$MPIRUN $options -n"
fi
# A single rank of Open MPI need not start a server for ranks to come.
export OMPI_MCA_ess_singleton_isolated=1
mkdir tmp # what MPI leaves behind goes away with us
TMPDIR=$work/tmp
export TMPDIR

# ---- Commands --------------------------------------------------------------------------------------------------------

# Runs convoy; out and err hold what it printed. Standard input is the file that $input names.
input=/dev/null
run() # STATUS ARGUMENT…
{
	wanted=$1
	shift
	$limit "$convoy" "$@" <"$input" >out 2>err
	got=$?
	[ "$got" -eq "$wanted" ] && return
	echo "exit status $got, not $wanted" >>err
	cat err >>out
	return 1
}

works() # NAME ARGUMENT…: says something, and nothing on stderr
{
	title=$1
	shift
	run 0 "$@" && [ -s out ] && [ ! -s err ]
	result $? "$title" out
}

refused() # STATUS TEXT ARGUMENT…: in one line, before anything is printed but the head of a training
{
	wanted=$1 line="convoy: $2"
	shift 2
	run "$wanted" "$@" && printf '%s\n' "$line" | cmp -s - err && { [ "$1" = train ] || [ ! -s out ]; }
	got=$?
	cat err >>out
	result $got "refused: $line" out
}

line() # PATTERN NAME: a line of out is exactly that
{
	grep -qx -e "$1" out
	result $? "$2" out
}

holds() # FILE TEXT NAME: the text stands there
{
	grep -qF -e "$2" "$1"
	got=$?
	cut -c 1-120 "$1" | head -n 40 >told
	result $got "$3" told
}

# ---- Files -----------------------------------------------------------------------------------------------------------

# printf's escapes of a number in four bytes, the most significant first.
escape32()
{
	printf '\\%03o\\%03o\\%03o\\%03o' $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255))
}

# An IDX file of images: class i % 4 has a bright quadrant, the rest is noise.
images() # COUNT ROWS COLUMNS
{
	# shellcheck disable=SC2059 # the text is the format
	printf "\\000\\000\\010\\003$(escape32 "$1")$(escape32 "$2")$(escape32 "$3")$(
		awk -v count="$1" -v rows="$2" -v columns="$3" 'BEGIN {
			noise = count
			for (i = 0; i < count; i++)
				for (r = 0; r < rows; r++)
					for (c = 0; c < columns; c++) {
						noise = (noise * 1103 + 12345) % 65536
						bright = int(r * 2 / rows) * 2 + int(c * 2 / columns) == i % 4
						printf "\\%03o", int(noise / 512) + (bright ? 90 : 20)
					}
		}')"
}

# An IDX file of labels: that class, but for every WRONG-th image, which nobody can learn.
labels() # COUNT [WRONG]
{
	# shellcheck disable=SC2059
	printf "\\000\\000\\010\\001$(escape32 "$1")$(awk -v count="$1" -v wrong="${2:-7}" 'BEGIN {
		for (i = 0; i < count; i++)
			printf "\\%03o", (i + (i % wrong == wrong - 1)) % 4
	}')"
}

# Plain PGM and PPM, so that a shell can write them: a grey square of a class's brightness in noise.
picture() # BRIGHTNESS NUMBER SIDE [COLOUR]
{
	awk -v bright="$1" -v noise="$2" -v side="$3" -v colour="${4:-}" 'BEGIN {
		printf "P%d %d %d 255\n", colour == "" ? 2 : 3, side, side
		for (i = 0; i < side * side * (colour == "" ? 1 : 3); i++) {
			noise = (noise * 1103 + 12345) % 65536
			print bright + int(noise / 2048)
		}
	}'
}

mkdir data
images 80 8 8 >data/train-images-idx3-ubyte
labels 80 >data/train-labels-idx1-ubyte
images 37 8 8 >data/t10k-images-idx3-ubyte
labels 37 >data/t10k-labels-idx1-ubyte

cat >tiny.yaml <<'END'
# A job for tests.
name: tiny
data: {format: idx, directory: data, normalize: standard}
input: {maps: 1, rows: 8, columns: 8}
layers:
  - {type: convolution, maps: 3, kernel: 3, activation: scaled-tanh}
  - {type: subsampling, window: 2, activation: scaled-tanh}
  - {type: combination, maps: 4, kernel: 2, activation: scaled-tanh}
  - {type: full, units: 4, activation: scaled-tanh}
loss: squared-error
train: {epochs: 3, batch: 32, rate: 0.05, momentum: 0.5, seed: 1}
output: {classes: 4}
END
