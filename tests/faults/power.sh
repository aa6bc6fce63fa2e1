#!/bin/sh
# Loss of power: three runs, one continuing the other, are written down call by call, and every state is built in which a
# crash could have left their directory (replay.c). In each, checkpoints are whole, the promised ones are there, and the
# run goes on from the newest to the same bytes.

# shellcheck source=tests/faults/common.sh
. "$(dirname "$0")/common.sh"
cp "$built/journal.so" "$work" || exit 1

references || { cat "$work/log"; exit 1; }
mkdir "$work/disk"

recorded() # [OPTION…]
(
	FAULT_DIRECTORY=$work/disk FAULT_JOURNAL=$work/journal LD_PRELOAD=./journal.so
	export FAULT_DIRECTORY FAULT_JOURNAL LD_PRELOAD
	alone disk/run --resume "$@"
)
for step in 1 3; do
	recorded --stop-at $step
	[ $? -eq 75 ] || { cat "$work/log"; exit 1; }
done
recorded || { cat "$work/log"; exit 1; }
rm -r "$work/disk/run"

state_good()
{
	checkpoints_good disk/run && [ "$last" -ge "$announced" ] &&
		{ [ "$found" -ge $KEEP ] || [ "$found" -ge "$announced" ]; } && resumes_quietly disk/run
}

# Goes through the states; what was found stands in $work/verdict: cases, and those that failed.
states() # LIMIT CASES-THAT-MAY-FAIL [IGNORED]
{
	most=$2
	rm -rf "$work/answers" "$work/disk/run"
	mkfifo "$work/answers"
	# shellcheck disable=SC2086 # nothing or a word
	"$built/replay" "$work/journal" "$1" $3 <"$work/answers" | {
		exec 3>"$work/answers"
		group_begin
		read -r _ all
		while [ "$failed" -le "$most" ] && read -r announced; do
			cases=$((cases + 1))
			state_good || wrong "state $cases, checkpoint $announced promised: $(ls -A "$work/disk/run" 2>&1)"
			rm -rf "$work/disk/run"
			echo >&3
		done
		echo "$all $cases $failed" >"$work/verdict"
	}
	read -r all cases failed <"$work/verdict"
}

states 1000 20
group_end "loss of power ($all states)"
[ "$cases" -ge 500 ]
result $? 'these are 500 states or more'

# Would all this be seen to fail?
for ignored in files folders; do
	states 600 0 $ignored
	[ "$failed" -gt 0 ]
	result $? "fsync of $ignored is needed: without it, state $cases of $all is a loss"
done

echo "1..$tests"
