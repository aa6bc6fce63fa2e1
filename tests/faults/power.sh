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
	checkpoints_good disk/run && latest_good disk/run && [ "$last" -ge "$announced" ] &&
		{ [ "$found" -ge $KEEP ] || [ "$found" -ge "$announced" ]; } && resumes_quietly disk/run
}

# Goes through a part of the states, until there are more than BAD failures; $shared/all is the number of all of them.
states() # LIMIT BAD PART PARTS [IGNORED]
{
	most=$2
	rm -rf "$work/disk" "$work/answers"
	mkdir "$work/disk" && mkfifo "$work/answers" || exit 1
	# shellcheck disable=SC2086 # nothing or a word
	(cd "$work/disk" && "$built/replay" "$shared/journal" "$shared/disk" "$1" "$3" "$4" $5 <../answers) | {
		exec 3>"$work/answers"
		read -r _ all
		echo "$all" >"$shared/all"
		while [ "$failed" -le "$most" ] && read -r announced; do
			cases=$((cases + 1))
			state_good || wrong "state $cases, checkpoint $announced promised: $(ls -A "$work/disk/run" 2>&1)"
			rm -rf "$work/disk/run"
			echo >&3
		done
		echo "$cases $failed" >"$work/verdict"
	}
	read -r cases failed <"$work/verdict"
}

group_begin
each states "$(seq 0 $((workers - 1)) | sed "s/.*/1000 20 & $workers/")"
group_end "loss of power ($(cat "$shared/all") states)"
[ "$cases" -ge 500 ]
result $? 'these are 500 states or more'

# Would all this be seen to fail?
for ignored in files folders; do
	group_begin
	states 600 0 0 1 $ignored
	[ "$failed" -gt 0 ]
	result $? "fsync of $ignored is needed: without it, state $cases of $(cat "$shared/all") is a loss"
done

results_end
