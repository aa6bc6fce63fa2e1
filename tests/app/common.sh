# What the tests of the commands share (sourced): TAP, a tiny data set, job files, ranks.
# shellcheck shell=sh disable=SC2034 # variables for those who source this

LC_ALL=C
export LC_ALL
unset COLUMNS ARGP_HELP_FMT POSIXLY_CORRECT
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
top=$(CDPATH='' cd "$here/../.." && pwd)
convoy=${CONVOY:-$PWD/convoy}
limit='timeout -k 2 60' # no command here may take longer

work=$(mktemp -d "${TMPDIR:-/tmp}/convoy-app.XXXXXX") || exit 1
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1

# ---- TAP -------------------------------------------------------------------------------------------------------------

tests=0

result() # STATUS NAME [FILE that explains a failure]
{
	tests=$((tests + 1))
	label=$(printf '%s' "$2" | tr '#\n' '. ')
	if [ "$1" -eq 0 ]; then
		printf '%s\n' "ok $tests - $label"
	else
		printf '%s\n' "not ok $tests - $label"
		[ $# -lt 3 ] || sed 's/^/# /' "$3"
	fi
}

skip() # NAME REASON
{
	tests=$((tests + 1))
	printf '%s\n' "ok $tests - $1 # SKIP $2"
}

# ---- Ranks -----------------------------------------------------------------------------------------------------------

# More ranks than cores, as root too, and side by side with other tests: no binding, and waiting ranks yield.
ranks=
if [ -n "${MPIRUN:-}" ] && command -v "${MPIRUN%% *}" >/dev/null; then
	ranks="$MPIRUN -n"
	case $($MPIRUN --version 2>&1) in
	*'Open MPI'* | *OpenRTE*)
		ranks="$MPIRUN --oversubscribe --bind-to none -n"
		export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
		export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_mpi_yield_when_idle=1
		# Where a rank ends with a status, the launcher waits a second for the others, which have ended as well.
		export OMPI_MCA_odls_base_sigkill_timeout=0
		;;
	esac
fi
# A single rank of Open MPI need not start a server for ranks to come.
export OMPI_MCA_ess_singleton_isolated=1
mkdir tmp # what MPI leaves behind goes away with us
TMPDIR=$work/tmp
export TMPDIR
export ASAN_OPTIONS="detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}" # MPI's own

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

mkdir data
images 80 8 8 >data/train-images-idx3-ubyte
labels 80 >data/train-labels-idx1-ubyte
images 37 8 8 >data/t10k-images-idx3-ubyte
labels 37 >data/t10k-labels-idx1-ubyte

cat >tiny.yaml <<'END'
# A job for tests.
name: tiny
data: {format: idx, directory: data, normalize: standard}
input: {maps: 1, rows: 8, columns: 8, classes: 4}
layers:
  - {type: convolution, maps: 3, kernel: 3, activation: scaled-tanh}
  - {type: subsampling, window: 2, activation: scaled-tanh}
  - {type: combination, maps: 4, kernel: 2, activation: scaled-tanh}
  - {type: full, units: 4, activation: scaled-tanh}
loss: squared-error
train: {epochs: 3, batch: 32, rate: 0.05, momentum: 0.5, seed: 1}
END
