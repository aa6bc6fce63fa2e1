#!/bin/sh
# The scripts of bench/ as far as they measure nothing: help, wrong usage, missing programs; and what `convoy bench`
# tells them. Prints TAP. Usage: CONVOY=PROGRAM tests/bench.sh
set -uf

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
bench=$(CDPATH='' cd "$here/../bench" && pwd) || exit 1
jobs=$(CDPATH='' cd "$here/../jobs" && pwd) || exit 1
convoy=${CONVOY:-convoy}
# shellcheck source=tests/common.sh
. "$here/common.sh"
work_make bench
explains=$work/out

says() # STATUS PATTERN NAME COMMAND…: how a command must end, and what it must say
{
	wanted=$1 pattern=$2 name=$3
	shift 3
	"$@" >"$work/out" 2>&1
	got=$?
	[ "$got" -eq "$wanted" ] && grep -q -e "$pattern" "$work/out"
	result $? "$name"
}

usage() # SCRIPT: what every script must do
{
	script=$1
	says 0 "bench/$script.sh" "$script.sh --help" "$bench/$script.sh" --help
	awk '{ gsub(/[\200-\277]/, "") } length($0) > 80 { bad = 1 } END { exit bad }' "$work/out"
	result $? "$script.sh --help: 80 columns"
	says 64 'which job file' "$script.sh without a job" "$bench/$script.sh"
	says 64 "unknown option '--what'" "$script.sh with a wrong option" "$bench/$script.sh" --what
	says 66 'no program there' "$script.sh without a build" "$bench/$script.sh" --build "$work" job.yaml
}

usage scaling
usage simulate
says 64 "MAXRANKS: '0'" 'scaling.sh over no ranks' "$bench/scaling.sh" job.yaml 0
: >"$work/convoy" && chmod +x "$work/convoy"
says 69 'openmpi-bin' 'scaling.sh without a launcher' env MPIRUN="$work/none" "$bench/scaling.sh" --build "$work" job.yaml

# A small simulation builds and runs with the comm room as it is, where SimGrid is at hand.
printf '"one_%s": %s\n' parameters 60000 tensors 10 block_us 400 update_us 100 >"$work/measured"
printf '"%s": %s\n' two_step_us 800 two_message_fraction 0.1 latency 0.5 bandwidth 8 >>"$work/measured"
printf '{"one_name": "%s", "parameters": %s, "forward_us": 50, "backward_us": %s, "gflops": 1}\n' 1 2000 200 2 58000 50 \
	>>"$work/measured"
if command -v smpicc >/dev/null && command -v smpirun >/dev/null && command -v mpicc >/dev/null &&
	command -v mpirun >/dev/null; then
	says 0 '^ *4 *1 *256 *1\.[0-9]* ' 'simulate.sh predicts 4 ranks' "$bench/simulate.sh" --build "$work" \
		--measured "$work/measured" --ranks 4 --platforms infiniband-hdr job.yaml
	awk '/^ *4 / && NF == 11 && $5 + 0 > 1 && $5 + 0 <= 100 && $10 + 0 > 1 { good = 1 } END { exit !good }' "$work/out"
	result $? 'simulate.sh: every way to sum has its column'
	says 0 '^ *128 *2 *4096 ' 'simulate.sh --strong shares out a batch' "$bench/simulate.sh" --build "$work" \
		--measured "$work/measured" --ranks 128 --platforms ethernet-25 --strong 4096 job.yaml
	awk '/^ *128 / { good = $9 > 50 && $9 < 220 && $11 > 0 } END { exit !good }' "$work/out"
	result $? 'simulate.sh: a sum that starts early hides behind the layers below'
else
	skip 'simulate.sh predicts 4 ranks' 'no SimGrid here'
fi

# The split of a step: its parts add up, on one rank nobody waits long, and a block is a share of the step.
"$convoy" bench "$jobs/small-fashion.yaml" --seconds 0.1 --json >"$work/out" 2>&1
awk -F'[:,]' '{ gsub(/[ "]/, "", $1); v[$1] = $2 + 0; seen[$1] = 1 }
	END {
		sum = v["compute_fraction"] + v["wait_fraction"] + v["message_fraction"]
		exit !(sum > 0.999 && sum < 1.001 && seen["wait_fraction"] && v["block_us"] > 0 && v["update_us"] > 0 &&
		       v["block_us"] < v["step_us"] && v["parameters"] > 1000 && v["tensors"] > 1)
	}' "$work/out"
result $? 'bench --json: the split of a step'
grep -q '"name": "01-convolution", "method": "points [68]", "parameters": 156, "forward_us"' "$work/out" && grep -q '"method": null' "$work/out"
result $? 'bench --json: the method of each layer'
results_end
