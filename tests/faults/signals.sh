#!/bin/sh
# Signals to each rank, in pairs, and in the middle of a checkpoint: a run stops or goes on as asked, and can be continued.

# shellcheck source=tests/faults/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/faults/launch.sh
. "$(dirname "$0")/launch.sh"
case $options in
'') skip_all 'only Open MPI shows here which process is which rank' ;;
esac
cp "$built/slow.so" "$work"

for rank in 0 1 2; do
	start 3 "one$rank" && await has_epochs "one$rank" 2 && kill -USR1 "$(process $rank)"
	finish
	[ $? -eq 75 ] && [ -z "$(complaints)" ] && resumes "one$rank" 2
	result $? "SIGUSR1 to rank $rank alone: all stop with 75, and the run can be continued"
done

# A checkpoint in mid-epoch: its step is no multiple of an epoch's five.
has_extra() # OUTPUT
{
	for file in "$work/$1"/checkpoint-*.h5; do
		case $file in
		*[05].h5) ;;
		*) return 0 ;;
		esac
	done
	return 1
}
asks_until_extra() # RANK OUTPUT
{
	kill -USR2 "$(process "$1")" && sleep 0.05 && has_extra "$2"
}
for rank in 0 2; do
	start 3 "two$rank" --set checkpoint.keep=1000 && await has_epochs "two$rank" 2 &&
		await asks_until_extra $rank "two$rank" && kill -USR1 "$launcher"
	finish
	[ $? -eq 75 ] && has_extra "two$rank"
	result $? "SIGUSR2 to rank $rank alone: a checkpoint, and training goes on until SIGUSR1"
done

# Pairs at once, to the launcher. TERM and INT end the job by the launcher's will: only the files count then.
for pair in 'USR1 USR2' 'USR2 USR1' 'USR1 USR1' 'USR1 TERM' 'USR2 TERM' 'TERM INT'; do
	name=$(echo "$pair" | tr -d ' ')
	start 3 "$name" && await has_epochs "$name" 2 && ranks_find
	kill "-${pair% *}" "$launcher"
	kill "-${pair#* }" "$launcher"
	finish
	status=$?
	# shellcheck disable=SC2086 # ids; a launcher that is told twice goes before its ranks do
	case $pair in
	*USR*USR*) [ $status -eq 75 ] ;;
	*) [ $status -ne 0 ] ;;
	esac && ended $ranks_of_it && resumes "$name" 2
	result $? "$pair at once to the launcher, and the run can be continued"
done

# In the middle of a checkpoint, which takes a second here.
for signal in USR1 USR2 TERM KILL; do
	saves_slowly 1 4
	start 2 "save$signal" && await has_epochs "save$signal" 1 && await is_saving
	if [ $signal = KILL ]; then
		kill -KILL "$(process 0)"
	else
		kill -$signal "$launcher"
	fi
	[ $signal != USR2 ] || { await has_epochs "save$signal" 4 && kill -USR1 "$launcher"; }
	finish
	status=$?
	case $signal in
	USR*) [ $status -eq 75 ] ;;
	*) [ $status -ne 0 ] ;;
	esac && slow='' && resumes "save$signal" 2
	result $? "SIG$signal while a checkpoint is written, and the run can be continued"
done

# Without a launcher, SIGTERM has all the time: a slow checkpoint is not begun, a quick one is.
lone() # SIGNAL OUTPUT SLOW: sets $status
{
	slow=$3
	# shellcheck disable=SC2086 # words
	(cd "$work" && exec env $slow "$convoy" train "$job" $endless --data "$work/data" --output "$work/$2" \
		</dev/null >"$work/out" 2>"$work/log") &
	lone=$!
	await has_epochs "$2" 2
	kill "-$1" $lone
	wait $lone
	status=$?
	slow=
}
for signal in TERM INT; do
	# A busy disk can make a checkpoint slow: then the run says so, and there is another chance.
	for _ in 1 2 3 4 5; do
		rm -rf "$work/quick$signal"
		lone $signal "quick$signal" ''
		complaints | grep -q took || break
	done
	[ $status -eq 75 ] && [ -z "$(complaints)" ] && resumes "quick$signal" 2
	result $? "SIG$signal, where a checkpoint is quick: 75 with one"
	lone $signal "slow$signal" 'LD_PRELOAD=./slow.so SLOW_SECONDS=0.6'
	complains $status 75 'ended by a signal after step' 'took' --resume && ! has_extra "slow$signal" &&
		resumes "slow$signal" 2
	result $? "SIG$signal, where it is slow: 75 without another, and one line"
done

results_end
