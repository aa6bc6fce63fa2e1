# shellcheck shell=sh disable=SC2034 # names that only those use who source it
# What the shell tests of training share: a folder of their own, the tiny data set in it, and launching. Source it.

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
convoy=${CONVOY:-$PWD/convoy}
make_data=${convoy%/*}/tests/train/make_data
drift=${convoy%/*}/tests/train/drift

# shellcheck source=tests/common.sh
. "$here/../common.sh"
has_launcher || skip_all 'no mpirun'
launcher_prepare

# The library's files between ranks go away with us, also after a crash.
work_make train
mkdir "$work/tmp" "$work/data" || exit 1
TMPDIR=$work/tmp OMPI_MCA_btl_vader_backing_directory=$work/tmp
export TMPDIR OMPI_MCA_btl_vader_backing_directory
"$make_data" "$work/data" || exit 1

explains=$work/log

# $MPIRUN with any words. The launcher must not read our input, and a hang must not outlast the patience of whoever
# waits. What it prints goes to $work/log.
mpi()
{
	# shellcheck disable=SC2086 # words
	timeout -k 5 300 $MPIRUN $options "$@" </dev/null >"$work/log" 2>&1
}

# Rank 0 runs the first words, the others the second; between words stands a |, since paths may hold spaces. mpirun's own
# way to say so, a : between commands, ends by SIGSEGV in Open MPI 5.0.7.
cat >"$work/by_rank" <<'END'
#!/bin/sh
[ "${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-$PMIX_RANK}}" = 0 ] || shift
IFS='|'
exec $1
END
chmod +x "$work/by_rank"
mpi_by_rank() # RANKS WORDS WORDS
{
	mpi -n "$1" "$work/by_rank" "$2" "$3"
}

# Trains on the tests' data with output in $work/OUTPUT.
train() # RANKS OUTPUT JOB [OPTION…]
(
	ranks=$1 output=$2 job=$3
	shift 3
	mpi -n "$ranks" "$convoy" train "$job" --data "$work/data" --output "$work/$output" "$@"
)

# convoy's own lines in the log: what it complains about, without the launcher's remarks on exit statuses.
complaints()
{
	grep '^convoy: ' "$work/log"
}

# Whether the last launch ended with STATUS and one line of complaint that holds each TEXT.
complains() # STATUS EXPECTED TEXT…
{
	[ "$1" -eq "$2" ] && [ "$(complaints | wc -l)" -eq 1 ] || return 1
	shift 2
	for text; do
		complaints | grep -qF -e "$text" || return 1
	done
}

# Waits at most a minute until the words are true.
await() # WORD…
{
	left=600
	until "$@" 2>/dev/null; do
		[ $left -gt 0 ] || return 1
		left=$((left - 1))
		sleep 0.1
	done
}

# Whether a run in $work/OUTPUT has done more than NUMBER epochs.
has_epochs() # OUTPUT NUMBER
{
	[ "$(wc -l <"$work/$1/metrics.csv")" -gt "$2" ]
}

# The files KIND-u8.h5 and KIND-f32.h5 in $work, as make_values has them.
make_values=${convoy%/*}/tests/train/make_values
values_make() # KIND…
{
	for kind; do
		for type in u8 f32; do
			"$make_values" "$work/$kind-$type.h5" $type "$kind"
			result $? "a file of $type with $kind"
		done
	done
}

# The newest checkpoint in $work/OUTPUT.
newest() # OUTPUT
{
	find "$work/$1" -name 'checkpoint-*.h5' | sort | tail -n 1
}

# The step of that checkpoint.
step_of() # OUTPUT
{
	name=$(newest "$1")
	name=${name##*/checkpoint-}
	name=${name%.h5}
	echo "${name#"${name%%[!0]*}"}"
}

# Whether latest.h5 beside a run's newest checkpoint leads to it.
leads_to() # CHECKPOINT
{
	[ "$(readlink "${1%/*}/latest.h5")" = "${1##*/}" ]
}

# Whether two runs ended alike: newest checkpoint, to which latest.h5 leads, best one, and metrics but for their last two columns.
same_runs() # OUTPUT OUTPUT
(
	one=$(newest "$1") two=$(newest "$2")
	[ -n "$one" ] && [ "${one##*/}" = "${two##*/}" ] && cmp "$one" "$two" >>"$work/log" &&
		leads_to "$one" && leads_to "$two" && same_files "$1" "$2" best.h5 && same_files "$1" "$2" validation.csv && same_metrics "$1" "$2"
)

# Whether FILE is there in both or in neither, and equal.
same_files() # OUTPUT OUTPUT FILE
{
	if [ -e "$work/$1/$3" ] || [ -e "$work/$2/$3" ]; then
		cmp "$work/$1/$3" "$work/$2/$3" >>"$work/log" 2>&1
	fi
}

same_metrics() # OUTPUT OUTPUT
{
	cut -d, -f1-7 "$work/$1/metrics.csv" >"$work/metrics" && cut -d, -f1-7 "$work/$2/metrics.csv" |
		cmp - "$work/metrics" >>"$work/log"
}
