#!/bin/sh
# Where the output goes: a bar on a terminal and only there; pipes that end early, full and closed outputs; small limits
# of file sizes; and two runs that want the same directory.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

return=$(printf '\r')
line='^.*epoch 1/1000000  loss '
bar="${return}epoch [0-9]*/[0-9]* \\[[= ]*\\] *[0-9]*%"

# Runs a command at a terminal, with what it shows in `seen`.
at_terminal() # COMMAND
{
	$limit script -qec "$1" seen </dev/null >screen 2>&1
}

# Runs COMMAND until FILE shows PATTERN: $long is 1.2 seconds, a dozen bars. On a busy machine more, and yet more.
patiently() # FILE PATTERN COMMAND…
{
	file=$1 pattern=$2
	shift 2
	for minutes in 0.02 0.1 0.5; do
		long="--epochs 1000000 --time-limit $minutes"
		export long
		rm -rf run
		"$@"
		! grep -q "$pattern" "$file" || return 0
	done
	return 1
}

# ---- The bar ---------------------------------------------------------------------------------------------------------

if script -qec true seen </dev/null >screen 2>&1; then
	patiently seen "$bar  train [0-9.]*%  left [0-9:]*  test [_.~=+*#-]\{2,\}" \
		at_terminal "'$convoy' train tiny.yaml \$long --output run"
	result $? 'a bar on a terminal, and the errors so far as a line' seen
	grep -q "$line" seen
	result $? 'lines on a terminal too' seen
	for columns in 80 60 50; do
		patiently seen "$bar" at_terminal "stty cols $columns; '$convoy' train tiny.yaml \$long --output run"
		tr '\r' '\n' <seen | awk -v most=$columns '/^epoch [0-9]*\/[0-9]* \[/ {
			sub(/\033.*/, "")
			if (length($0) >= most) exit 1
		}'
		result $? "a bar does not wrap at $columns columns" seen
	done
	for columns in 66 60; do # with room for the rate, and without
		rate=$([ $columns -eq 60 ] || echo '  rate [0-9.]*')
		at_terminal "stty cols $columns; '$convoy' train tiny.yaml --epochs 2 --output run2-lines-$columns"
		[ "$(grep -c "^.*epoch [12]/2  loss [0-9.]*  train [0-9.]*%  test [0-9.]*%$rate.\$" seen)" -eq 2 ]
		result $? "a line per epoch that does not wrap at $columns columns" seen
	done
	patiently piped "$line" at_terminal "'$convoy' train tiny.yaml \$long --output run | cat >piped" &&
		! grep -q "$return" piped
	result $? 'no bar in a pipe, though at a terminal' piped
	if [ -n "$ranks" ] && $MPIRUN --version 2>&1 | grep -q HYDRA; then
		skip 'a bar of ranks on a terminal' 'the launcher of MPICH hands the output on through pipes'
	elif [ -n "$ranks" ]; then
		patiently seen "$bar" at_terminal "$ranks 2 '$convoy' train tiny.yaml \$long --output run"
		result $? 'a bar of ranks on a terminal' seen
	else
		skip 'a bar of ranks on a terminal' 'no mpirun'
	fi
	if [ -n "$ranks" ]; then
		patiently piped "$line" at_terminal "$ranks 2 '$convoy' train tiny.yaml \$long --output run >piped 2>err" &&
			! grep -q "$return" piped
		result $? 'no bar of ranks in a file, though at a terminal' piped
	else
		skip 'no bar of ranks in a file, though at a terminal' 'no mpirun'
	fi
else
	skip 'bars on a terminal' 'no script'
fi
# shellcheck disable=SC2086 # words
into_file() # [LAUNCHER]
{
	$limit "$@" "$convoy" train tiny.yaml $long --output run </dev/null >piped 2>err
}
if [ -n "$ranks" ]; then
	# shellcheck disable=SC2086 # words
	patiently piped "$line" into_file $ranks 2 && ! grep -q "$return" piped
	result $? 'no bar of ranks in a file' piped
else
	skip 'no bar of ranks in a file' 'no mpirun'
fi
patiently piped "$line" into_file && ! grep -q "$return" piped
result $? 'no bar in a file' piped

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
best=run/best.h5

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
"$convoy" train tiny.yaml --epochs 1000000 --output placed <&- >&- 2>&- &
process=$!
waits=0
while [ ! -f placed/best.h5 ] && [ $waits -lt 600 ]; do
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
kill -TERM $process
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

# Where these tests themselves run under nohup, a run would live on as well.
hangs_up=
env --default-signal=HUP true 2>/dev/null && hangs_up='env --default-signal=HUP'
# shellcheck disable=SC2086 # words
$hangs_up $limit "$convoy" train tiny.yaml --epochs 1000000 --output shared >first 2>&1 &
first=$!
waits=0
while [ ! -f shared/best.h5 ] && [ $waits -lt 600 ]; do
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

results_end
