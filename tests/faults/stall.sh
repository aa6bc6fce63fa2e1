#!/bin/sh
# Ranks that stop, disks that hang: the job ends within its limit, and says who; what it leaves can be continued.

# shellcheck source=tests/faults/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/faults/launch.sh
. "$(dirname "$0")/launch.sh"
case $options in
'') skip_all 'only Open MPI shows here which process is which rank' ;;
esac
cp "$built/slow.so" "$work"
top=$(CDPATH='' cd "$here/../.." && pwd)
host=$(hostname)

# Whether the run has ended with STATUS, one line of the watchdog with each TEXT, and nothing left.
stalled() # STATUS TEXT…
{
	finish
	[ $? -eq "$1" ] && [ "$(grep -c 'stalled: ' "$work/log")" -eq 1 ] || return 1
	shift
	for text; do
		grep 'stalled: ' "$work/log" | grep -qF -e "$text" || return 1
	done
	# shellcheck disable=SC2086 # ids
	gone $ranks_of_it
}

for victim in 0 1 2; do
	start 3 "stop$victim" --stall-timeout 2 && await has_epochs "stop$victim" 2 && ranks_find
	kill -STOP "$(process $victim)"
	stalled 75 "rank $victim on $host, step " 'stopped or dead'
	result $? "SIGSTOP of rank $victim of 3: 75, the rank is named, nothing is left"
	resumes "stop$victim" 2
	result $? '… and the run can be continued'
done

# Below the limit of a disk, four times that of a step, but long enough to find the ranks in.
saves_slowly 6 4
start 2 stopsave --stall-timeout 2 && await has_epochs stopsave 1 && await is_saving && ranks_find
kill -STOP "$(process 0)"
stalled 75 "rank 0 on $host, step " 'writing a checkpoint: stopped or dead'
result $? 'SIGSTOP of rank 0 while it writes a checkpoint'
resumes stopsave 3
result $? '… and the run can be continued'

saves_slowly 1000 5
start 2 disk --stall-timeout 1 && ranks_find
stalled 75 "rank 0 on $host, step " 'writing a checkpoint: no progress for 4 s'
result $? 'a disk that hangs for good'
resumes disk 1
result $? '… and the run can be continued'

saves_slowly 1000
start 2 first --stall-timeout 1 && ranks_find
stalled 71 "rank 0 on $host"
result $? 'a disk that hangs before the first checkpoint: 71'

saves_slowly 3
start 2 slow --stall-timeout 2 && await has_epochs slow 2 && kill -USR1 "$launcher"
finish
[ $? -eq 75 ] && ! grep -q stalled: "$work/log"
result $? 'a slow disk is no stall'

# Both at once, as a batch system suspends a job; while one waits for the disk, so that nothing moves when they go on.
saves_slowly 2
start 2 suspended --stall-timeout 1 && await has_epochs suspended 1 && await is_saving
both="$(process 0) $(process 1)"
# shellcheck disable=SC2086 # ids
kill -STOP $both
sleep 6
lines=$(wc -l <"$work/suspended/metrics.csv")
# shellcheck disable=SC2086
kill -CONT $both
await has_epochs suspended "$lines" && kill -USR1 "$launcher"
finish
[ $? -eq 75 ] && ! grep -q stalled: "$work/log"
result $? 'a job that is suspended as a whole for longer than the limit, and continued, is no stall'
slow=

# Races between the watchdog and the work.
# shellcheck disable=SC2086 # words
if ${CC:-cc} -std=gnu17 -fsanitize=thread -g -O1 -I"$top/include" ${CMOCKA_FLAGS-} -o "$work/races" \
	"$top/tests/comm/test_watch.c" "$top/src/comm/watchdog.c" "$top/src/base/"*.c -lcmocka -lpthread >"$work/log" 2>&1; then
	"$work/races" >"$work/log" 2>&1 && ! grep -q 'ThreadSanitizer' "$work/log"
	result $? 'ThreadSanitizer finds no race between the watchdog and the work'
else
	skip 'races' 'no ThreadSanitizer, or no cmocka'
fi

results_end
