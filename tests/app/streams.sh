#!/bin/sh
# Where the output goes: a bar on a terminal and only there; pipes that end early, full and closed outputs; small limits
# of file sizes; and two runs that want the same directory.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

return=$(printf '\r')
long='--epochs 1000000 --time-limit 0.02' # 1.2 seconds: a dozen bars

bars() # FILE: how many of its lines hold a bar
{
	grep -c "${return}epoch [0-9]*/[0-9]* \[[= ]*\] *[0-9]*%" "$1"
}

# Runs a command at a terminal, with what it shows in `seen`.
at_terminal() # COMMAND
{
	$limit script -qec "$1" seen </dev/null >screen 2>&1
}

# ---- The bar ---------------------------------------------------------------------------------------------------------

if script -qec true seen </dev/null >screen 2>&1; then
	at_terminal "'$convoy' train tiny.yaml $long --output run1"
	[ "$(bars seen)" -gt 0 ]
	result $? 'a bar on a terminal' seen
	grep -q "^.*epoch 1/1000000  loss " seen
	result $? 'lines on a terminal too' seen
	grep -q "${return}epoch [0-9]*/[0-9]* \[[= ]*\] *[0-9]*%  train [0-9.]*%  left [0-9:]*  test [_.~=+*#-]\{2,\}" seen
	result $? 'the errors so far as a line' seen
	for columns in 80 60 50; do
		at_terminal "stty cols $columns; '$convoy' train tiny.yaml $long --output run2-$columns"
		tr '\r' '\n' <seen | awk -v most=$columns '/^epoch [0-9]*\/[0-9]* \[/ {
			sub(/\033.*/, "")
			if (length($0) >= most) exit 1
		}'
		result $? "a bar does not wrap at $columns columns" seen
	done
	at_terminal "stty cols 60; '$convoy' train tiny.yaml --epochs 2 --output run2-lines"
	[ "$(grep -c '^.*epoch [12]/2  loss [0-9.]*  train [0-9.]*%  test [0-9.]*%  rate [0-9.]*.$' seen)" -eq 2 ]
	result $? 'a line per epoch that does not wrap' seen
	at_terminal "'$convoy' train tiny.yaml $long --output run3 | cat >piped"
	[ "$(grep -c "$return" piped)" -eq 0 ] && grep -q '^epoch 1/' piped
	result $? 'no bar in a pipe, though at a terminal' piped
	if [ -n "$ranks" ]; then
		at_terminal "$ranks 2 '$convoy' train tiny.yaml $long --output run4"
		[ "$(bars seen)" -gt 0 ]
		result $? 'a bar of ranks on a terminal' seen
		at_terminal "$ranks 2 '$convoy' train tiny.yaml $long --output run5 >piped 2>err"
		[ "$(grep -c "$return" piped)" -eq 0 ] && grep -q '^epoch 1/' piped
		result $? 'no bar of ranks in a file, though at a terminal' piped
	else
		skip 'bars of ranks' 'no mpirun'
	fi
else
	skip 'bars on a terminal' 'no script'
fi
# shellcheck disable=SC2086 # words
$limit "$convoy" train tiny.yaml $long --output run6 >piped 2>err
[ "$(grep -c "$return" piped)" -eq 0 ] && grep -q '^epoch 1/' piped
result $? 'no bar in a file' piped
if [ -n "$ranks" ]; then
	# shellcheck disable=SC2086 # words
	timeout -k 2 60 $ranks 2 "$convoy" train tiny.yaml $long --output run7 </dev/null >piped 2>err
	[ "$(grep -c "$return" piped)" -eq 0 ] && grep -q '^epoch 1/' piped
	result $? 'no bar of ranks in a file' piped
else
	skip 'no bar of ranks in a file' 'no mpirun'
fi

# ---- Outputs that end ------------------------------------------------------------------------------------------------

# Status and the whole of stderr.
ended() # STATUS TEXT NAME
{
	[ "$got" -eq "$1" ] && [ "$(cat err)" = "$2" ]
	verdict=$?
	echo "exit status $got, not $1" >>err
	result $verdict "$3" err
}
lost='convoy: standard output: cannot write'
best=run6/best.h5

for arguments in --help --version 'show --help' 'show tiny.yaml' "verify $best" "eval $best" 'check tiny.yaml'; do
	# shellcheck disable=SC2086 # words
	$limit "$convoy" $arguments >&- 2>err
	got=$?
	ended 74 "$lost" "$arguments, stdout closed"
	[ -c /dev/full ] || continue
	# shellcheck disable=SC2086 # words
	$limit "$convoy" $arguments >/dev/full 2>err
	got=$?
	ended 74 "$lost" "$arguments, stdout full"
done
$limit "$convoy" train tiny.yaml --output closed >&- 2>err
got=$?
ended 74 "$lost" 'train, stdout closed'
$limit "$convoy" verify closed/*.h5 >out 2>&1
result $? 'train, stdout closed: good checkpoints' out
# No other file may take the place of a closed one: what is printed would go into it.
# shellcheck disable=SC2086 # words
"$convoy" train tiny.yaml $long --output placed <&- >&- 2>&- &
process=$!
waits=0
while [ ! -f placed/best.h5 ] && [ $waits -lt 100 ]; do
	sleep 0.1
	waits=$((waits + 1))
done
if [ -e /proc/$process/fd ]; then
	for descriptor in 0 1 2; do
		[ "$(readlink /proc/$process/fd/$descriptor)" = /dev/null ]
		result $? "descriptor $descriptor, closed, is kept free"
	done
else
	skip 'descriptors' 'no /proc'
fi
wait $process
: >err
$limit "$convoy" show none.yaml 2>&-
got=$?
ended 66 '' 'an error, stderr closed'
$limit "$convoy" show tiny.yaml <&- >out 2>err
got=$?
ended 0 '' 'show, stdin closed'

# A reader that has seen enough: the filter ends as filters do, a run in good order.
{
	$limit "$convoy" train tiny.yaml --epochs 1000000 --output left 2>err
	echo $? >status
} | head -n 1 >out
got=$(cat status)
ended 75 '' 'train | head: stopped'
$limit "$convoy" verify left/*.h5 >out 2>&1
result $? 'train | head: good checkpoints' out
# Enough epochs in the table for a pipe to be full is not to be had: the pipe is closed before it is written to.
{
	sleep 1
	$limit "$convoy" show $best 2>err
	echo $? >status
} | true
got=$(cat status)
[ "$got" -eq 141 ] || [ "$got" -eq 0 ]
result $? "show | true: quiet, status $got" err
[ ! -s err ]
result $? 'show | true: no complaint' err

# ---- Limits ----------------------------------------------------------------------------------------------------------

# The shell's limit counts 512 or 1024 bytes: both are too little for a checkpoint.
(
	ulimit -f 8
	$limit "$convoy" prune $best --below 0 --output small.h5
) >out 2>err
got=$?
ended 74 'convoy: ./small.h5: cannot write: File too large' 'a checkpoint beyond the limit of file sizes'
[ -z "$(find . -maxdepth 1 -name '*small.h5*')" ]
result $? 'a checkpoint beyond the limit leaves nothing'

# ---- Two runs --------------------------------------------------------------------------------------------------------

"$convoy" train tiny.yaml --epochs 1000000 --output shared >first 2>&1 &
first=$!
waits=0
while [ ! -f shared/best.h5 ] && [ $waits -lt 100 ]; do
	sleep 0.1
	waits=$((waits + 1))
done
$limit "$convoy" train tiny.yaml --output shared --resume >out 2>err
got=$?
ended 64 'convoy: shared: another run is writing there' 'a second run in the directory'
kill -HUP $first
wait $first
[ $? -eq 75 ]
result $? 'the first stops when its terminal goes away' first
$limit "$convoy" train tiny.yaml --output shared --resume --epochs 1 >out 2>err
got=$?
ended 0 '' 'then another may follow'

echo "1..$tests"
