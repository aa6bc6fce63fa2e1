#!/bin/sh
# Runs killed at random times and continued on a random number of ranks, and random schedules of stops: the same bytes.
# FAULTS_SEED repeats the choices of an earlier time, though not where in the program a kill falls.

# shellcheck source=tests/faults/common.sh
. "$(dirname "$0")/common.sh"

KILLS=50 SCHEDULES=20
seed=${FAULTS_SEED:-$(($(date +%s) % 100000))}
echo "# FAULTS_SEED=$seed"

# ---- Kills -------------------------------------------------------------------------------------------------------------

long='--epochs 60 --set checkpoint.keep=3'

# Kills what stands in $1 and waits until it is gone, so that the next run finds the directory unlocked.
kill_all() # PIDS
{
	# shellcheck disable=SC2086 # words
	kill -KILL $1 2>/dev/null
	for pid in $1; do
		while kill -0 "$pid" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null; do
			sleep 0.01
		done
	done
}

# A run that is killed after SECONDS: all of it, or one of its processes, upon which the launcher ends the others.
# Status 0: it was done before.
killed() # RANKS SECONDS all|one
{
	rm -f "$work/pid"
	# shellcheck disable=SC2016,SC2086 # words
	timeout -k 5 300 sh -c 'echo $$ >"$0" && exec "$@"' "$work/pid" $MPIRUN $options -n "$1" "$convoy" train "$job" \
		$long --data "$work/data" --output "$work/run" --resume </dev/null >"$work/log" 2>&1 &
	timer=$!
	await test -s "$work/pid" || return
	launcher=$(cat "$work/pid")
	sleep "$2"
	# A launcher that goes on could start a rank behind our back.
	[ "$3" = one ] || kill -STOP "$launcher"
	children=$(cat "/proc/$launcher/task/"*/children 2>/dev/null)
	case $3 in
	all) kill_all "$launcher $children" ;;
	one) kill_all "${children%% *}" ;;
	esac
	wait "$timer" 2>/dev/null
}

# As often as asked for, and once more as often, since some runs are done before their time.
choices()
{
	awk -v seed="$seed" -v n=$((3 * KILLS)) 'BEGIN {
		srand(seed)
		for (i = 0; i < n; i++)
			printf "%d %.3f %s\n", 1 + int(3 * rand()), 1.5 * rand(), rand() < 0.7 ? "all" : "one"
	}'
}

# shellcheck disable=SC2086 # words
train 1 undisturbed "$job" $long || { cat "$work/log"; exit 1; }
group_begin
ends=0
choices >"$work/choices"
while [ $cases -lt $KILLS ] && read -r ranks seconds victims <&3; do
	{ killed "$ranks" "$seconds" "$victims"; } 2>/dev/null
	status=$?
	if grep -q '^convoy: ' "$work/log"; then
		wrong "after kill $cases, on $ranks ranks: a word of complaint"
	fi
	if [ $status -eq 0 ]; then
		ends=$((ends + 1))
		same_runs undisturbed run || wrong "after $cases kills: other bytes"
		rm -r "$work/run"
	else
		cases=$((cases + 1))
	fi
done 3<"$work/choices"
# shellcheck disable=SC2086 # words
train 2 run "$job" $long --resume && same_runs undisturbed run || wrong "at the end: other bytes"
[ $cases -ge $KILLS ] || wrong 'too many runs were done before they were killed'
group_end "killed at random times, on 1 to 3 ranks, $((ends + 1)) runs came to their end"

# ---- Schedules ---------------------------------------------------------------------------------------------------------

combine=$here/../train/combine.yaml
train 1 straight "$combine" --set train.sum=exact32 || { cat "$work/log"; exit 1; }

# A line of RANKS:STEP, three stops at rising steps of 15 and the end.
schedules()
{
	awk -v seed="$seed" -v n=$SCHEDULES 'BEGIN {
		srand(seed + 1)
		for (i = 0; i < n; i++) {
			step = 0
			line = ""
			for (stops = 0; stops < 3; stops++) {
				step += 1 + int((15 - step - (3 - stops)) * rand())
				line = line (1 + int(4 * rand())) ":" step " "
			}
			print line (1 + int(4 * rand())) ":0"
		}
	}'
}

# shellcheck disable=SC2046 # words
schedule_run() # RANKS:STEP…
{
	rm -rf "$work/scheduled"
	for stop; do
		step=${stop#*:}
		train "${stop%:*}" scheduled "$combine" --set train.sum=exact32 --resume \
			$([ "$step" -eq 0 ] || echo "--stop-at $step")
		status=$?
		[ $status -eq $((step == 0 ? 0 : 75)) ] || return
	done
	same_runs straight scheduled
}

group_begin
schedules >"$work/schedules"
while read -r schedule <&3; do
	cases=$((cases + 1))
	# shellcheck disable=SC2086 # words
	schedule_run $schedule || wrong "ranks:stop $schedule"
done 3<"$work/schedules"
group_end 'random schedules of ranks and stops'

results_end
