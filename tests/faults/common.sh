# shellcheck shell=sh disable=SC2034 # names that only those use who source it
# What the fault tests share, beside what they share with the tests of training: a run of some 60 milliseconds, and calls
# of it that fail. Source it.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/../train/common.sh"

job=$here/../train/lenet.yaml
built=${convoy%/*}/tests/faults
# A preloaded library's path must not hold a space: it is named from within $work.
cp "$built/calls.so" "$work" || exit 1
# One rank without a launcher, which need not wait for others.
export OMPI_MCA_ess_singleton_isolated=1

# Four epochs of one step each: a checkpoint after each step, and the third is the first that deletes one.
EPOCHS=4 KEEP=2
short="--batch 1000 --epochs $EPOCHS --set checkpoint.keep=$KEEP"

# Trains on one rank, with output in $work/OUTPUT. What it prints goes to $work/out and $work/log.
alone() # OUTPUT [OPTION…]
(
	output=$1
	shift
	cd "$work" || exit 1
	# shellcheck disable=SC2086 # words
	timeout -k 5 300 "$convoy" train "$job" $short --data "$work/data" --output "$work/$output" "$@" </dev/null \
		>"$work/out" 2>"$work/log"
)

# The same with a fault; KIND and CALL as in calls.c.
faulty() # KIND CALL OUTPUT [OPTION…]
(
	FAULT_KIND=$1 FAULT_AT=$2 FAULT_DIRECTORY=$work/$3
	shift 2
	export FAULT_KIND FAULT_AT FAULT_DIRECTORY LD_PRELOAD=./calls.so
	alone "$@"
)

# The calls of a run without a fault, one a line: number, function, name.
calls() # FILE OUTPUT [OPTION…]
(
	FAULT_LOG=$1
	export FAULT_LOG
	shift
	faulty kill 0 "$@"
)

# What every checkpoint must be, in $work/reference; and a whole run in $work/straight.
references()
{
	mkdir "$work/reference"
	step=1
	while [ $step -le $EPOCHS ]; do
		alone stop --stop-at $step
		mv "$work/stop/checkpoint-0000000$step.h5" "$work/reference" || return
		rm -r "$work/stop"
		step=$((step + 1))
	done
	alone straight
}

# Whether each checkpoint in $work/OUTPUT is what it must be. $found is their number, $last the step of the newest or 0.
checkpoints_good() # OUTPUT
{
	found=0 last=0
	for file in "$work/$1"/checkpoint-*.h5; do
		[ -e "$file" ] || continue
		cmp "$file" "$work/reference/${file##*/}" >>"$work/log" 2>&1 || return
		found=$((found + 1))
		last=${file%.h5}
		last=${last##*0}
	done
}

# Whether $work/OUTPUT/latest.h5, if it is there, leads to a checkpoint.
latest_good() # OUTPUT
{
	[ ! -L "$work/$1/latest.h5" ] || [ -e "$work/$1/latest.h5" ]
}

# Whether the last run's first step was the one after STEP.
began_after() # STEP
{
	grep -m 1 '^epoch' "$work/out" | grep -q "^epoch $(($1 + 1))/"
}

# Whether a resumed run goes on from step $last, without a word of complaint, and ends as a run without a fault.
resumes_quietly() # OUTPUT
{
	alone "$1" --resume && [ ! -s "$work/log" ] && same_runs straight "$1" || return
	[ "$last" -eq $EPOCHS ] || began_after "$last" || return
	[ -z "$(find "$work/$1" -name '.*.tmp')" ]
}

# How many checkpoints have got their name before a call, in a file of `calls`.
named_before() # CALL FILE
{
	awk -v call="$1" '$1 < call && $2 == "rename" && $3 ~ /^checkpoint-/ { n++ } END { print n + 0 }' "$2"
}

# ---- Cases -----------------------------------------------------------------------------------------------------------

# A case that went wrong: kept for `group_end` to tell.
wrong() # TEXT
{
	failed=$((failed + 1))
	{
		echo "$1"
		sed 's/^/  /' "$work/log"
	} >>"$work/wrong"
}

# A group of cases is one result, which names their number.
group_begin()
{
	cases=0 failed=0
	: >"$work/wrong"
}

group_end() # NAME
{
	if [ "$failed" -eq 0 ] && [ "$cases" -gt 0 ]; then
		result 0 "$1: $cases cases"
	else
		head -n 40 "$work/wrong" >"$work/told"
		result 1 "$1: $failed of $cases cases failed" "$work/told"
	fi
}

# Calls FUNCTION with the words of each line of LINES, in as many workers as there are processors, and adds up what they
# count. A worker's $work is a folder of its own, with what is needed from $shared.
shared=$work workers=$(nproc 2>/dev/null) || workers=1
each() # FUNCTION LINES
{
	echo "$2" >"$work/lines"
	seat=0
	while [ $seat -lt "$workers" ]; do
		worker $seat "$1" &
		seat=$((seat + 1))
	done
	wait
	while [ $seat -gt 0 ]; do
		seat=$((seat - 1))
		cat "$work/worker$seat/wrong" >>"$work/wrong"
		read -r more bad <"$work/worker$seat/counts" || { more=1 bad=1 && echo 'a worker died' >>"$work/wrong"; }
		cases=$((cases + more)) failed=$((failed + bad))
	done
}

worker() # SEAT FUNCTION: in a shell of its own
{
	work=$shared/worker$1 TMPDIR=$shared/worker$1/tmp OMPI_MCA_btl_vader_backing_directory=$shared/worker$1/tmp
	rm -rf "$work"
	mkdir -p "$TMPDIR" && : >"$work/log" || exit
	# Checkpoints name the place of the data: it must be the same for all.
	ln -s "$shared/data" "$work/data" || exit
	for name in reference straight begun calls calls.so memory.so; do
		[ ! -e "$shared/$name" ] || cp -r "$shared/$name" "$work" || exit
	done
	group_begin
	awk -v seat="$1" -v workers="$workers" 'NF > 0 && NR % workers == seat' "$shared/lines" >"$work/lines"
	# shellcheck disable=SC2086 # words
	while read -r line <&4; do
		"$2" $line
	done 4<"$work/lines"
	echo "$cases $failed" >"$work/counts"
}
