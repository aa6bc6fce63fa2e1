#!/bin/sh
# Every allocation of a run fails once, and every one from there on: a clear line and 71, or the same bytes; no crash, and
# checkpoints stay whole.
# What libraries ask for fails here and there: no crash.

# shellcheck source=tests/faults/common.sh
. "$(dirname "$0")/common.sh"
cp "$built/memory.so" "$work" || exit 1

references && alone begun --stop-at 2
[ $? -eq 75 ] || { cat "$work/log"; exit 1; }

# A run whose allocation CALL of convoy's own, or of a library, fails.
without_memory() # convoy|LIBRARY CALL [OPTION…]
(
	FAULT_MEMORY=$1 FAULT_AT=$2 FAULT_LOG=$work/count LD_PRELOAD=./memory.so
	export FAULT_MEMORY FAULT_AT FAULT_LOG LD_PRELOAD
	alone run --resume
)

# $work/run as it is before the run that shall fail.
prepare() # fresh|resumed
{
	rm -rf "$work/run"
	[ "$1" = fresh ] || cp -r "$work/begun" "$work/run"
}

# How many allocations there are, in $count.
counted() # fresh|resumed convoy|LIBRARY
{
	prepare "$1"
	without_memory "$2" 0
	count=$(cat "$work/count")
}

case_run() # fresh|resumed CALL
{
	cases=$((cases + 1))
	prepare "$1"
	without_memory convoy "$2"
	status=$?
	lines=$(wc -l <"$work/log") said=$(grep -c '^convoy: .*not enough memory' "$work/log")
	if [ $status -ne 71 ] && [ $status -ne 0 ]; then
		wrong "allocation $2: ended with $status"
	elif [ "$lines" -gt $most ] || [ "$said" -ne "$lines" ] || { [ $status -eq 71 ] && [ "$lines" -eq 0 ]; }; then
		wrong "allocation $2: ended with $status and these words:"
	elif [ $status -eq 0 ] && [ "$lines" -gt 0 ]; then # a row of metrics.csv, which the next run writes
		alone run --resume && same_runs straight run || wrong "allocation $2: could not be mended"
	elif [ $status -eq 0 ]; then
		same_runs straight run || wrong "allocation $2: ended with 0 and other files:"
	fi
	checkpoints_good run || wrong "allocation $2: damaged a checkpoint"
	[ "$1" = fresh ] || [ "$found" -ge 2 ] || wrong "allocation $2: lost a checkpoint"
}

# What could not be done in passing has a line of its own.
most=1
for how in once on; do
	[ $how = once ] || { most=2 && export FAULT_ON=1; }
	for start in fresh resumed; do
		counted $start convoy
		group_begin
		each case_run "$(seq "$count" | sed "s/^/$start /")"
		group_end "no memory for each of convoy's own allocations ($how), a $start run"
	done
done
unset FAULT_ON

# A library's own way to fail is not ours to choose; that the process lives on, or ends by itself, is asked for. HDF5 is
# left out: it dies of some itself.
library_run() # LIBRARY CALL
{
	cases=$((cases + 1))
	prepare resumed
	without_memory "$1" "$2"
	status=$?
	[ $status -lt 124 ] || wrong "$1, allocation $2: ended with $status"
	checkpoints_good run || wrong "$1, allocation $2: damaged a checkpoint"
}
for library in libyaml libz; do
	group_begin
	counted resumed $library
	each library_run "$(seq 1 $((1 + count / 80)) "$count" | sed "s/^/$library /")"
	[ "$count" -gt 0 ] || wrong "$library asks for nothing"
	group_end "no memory for $library"
done

results_end
