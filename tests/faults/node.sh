#!/bin/sh
# What the ranks of a node share lies in /dev/shm: where that is too small, they compute the same bytes without it; ranks
# that are stopped or killed at any moment, also while others read their memory, are named, and leave nothing there.

# shellcheck source=tests/faults/mounts.sh
. "$(dirname "$0")/mounts.sh"
# shellcheck source=tests/faults/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/faults/launch.sh
. "$(dirname "$0")/launch.sh"
[ -n "$options" ] || skip_all 'only Open MPI shows here which process is which rank'
combine=$here/../train/combine.yaml
page=$(getconf PAGESIZE)

shm_mount() # PAGES
{
	mount -t tmpfs -o size=$(($1 * page)) tmpfs /dev/shm || { echo 'Bail out! /dev/shm cannot be mounted'; exit 1; }
}
trap 'umount /dev/shm 2>/dev/null; rm -rf "$work"' EXIT

# All that is left is ours: nobody else sees this /dev/shm.
shm_empty()
{
	[ -z "$(ls -A /dev/shm)" ]
}

# ---- Too small -------------------------------------------------------------------------------------------------------

train 1 straight "$combine" --epochs 1 || { cat "$work/log"; exit 1; }
# MPI's own files, too, are there by default.
for directory in "$work/shm" /dev/shm; do
	[ "$directory" = /dev/shm ] && with=with || with=without
	OMPI_MCA_btl_vader_backing_directory=$directory OMPI_MCA_osc_sm_backing_directory=$directory
	# What fails without a file of convoy's there is MPI's.
	shm_mount 1
	rm -rf "$work/run"
	CONVOY_NODE_RANKS=1 train 2 run "$combine" --epochs 1
	status=$?
	umount /dev/shm
	if [ $status -ne 0 ]; then
		skip "/dev/shm of 1 to 1024 pages, $with MPI's own files" 'this MPI itself needs more'
		continue
	fi
	group_begin
	for pages in 1 2 3 4 6 8 12 16 24 32 48 64 96 128 256 512 1024; do
		for ranks in 2 3; do
			cases=$((cases + 1))
			shm_mount $pages
			rm -rf "$work/run"
			if ! train $ranks run "$combine" --epochs 1 || [ -n "$(complaints)" ]; then
				wrong "$pages pages, $ranks ranks: failed, or complained"
			elif ! same_runs straight run; then
				wrong "$pages pages, $ranks ranks: other bytes"
			elif ! shm_empty; then
				wrong "$pages pages, $ranks ranks: left $(ls -A /dev/shm)"
			fi
			umount /dev/shm
		done
	done
	group_end "/dev/shm of 1 to 1024 pages, $with MPI's own files"
done
OMPI_MCA_btl_vader_backing_directory=$work/shm OMPI_MCA_osc_sm_backing_directory=/dev/shm

# ---- Stopped and killed ----------------------------------------------------------------------------------------------

shm_mount 4096
moments=7

group_begin
moment=0
while [ $moment -lt $moments ]; do
	cases=$((cases + 1))
	victim=$((moment % 3))
	start 3 "stop$moment" --stall-timeout 2 && await has_epochs "stop$moment" 1 && ranks_find
	sleep "0.0$moment"
	kill -STOP "$(process $victim)"
	finish
	if [ $? -ne 75 ] || ! grep -q "stalled: rank $victim on $(hostname), step " "$work/log"; then
		wrong "rank $victim was stopped, and not named"
	fi
	# shellcheck disable=SC2015,SC2086 # ids
	gone $ranks_of_it && shm_empty || wrong "rank $victim was stopped: something is left: $(ls -A /dev/shm)"
	resumes "stop$moment" 2 || wrong "rank $victim was stopped, and the run could not be continued"
	moment=$((moment + 1))
done
group_end 'a rank that is stopped at any moment is named, and nothing is left in /dev/shm'

group_begin
moment=0
while [ $moment -lt $moments ]; do
	cases=$((cases + 1))
	start 3 "kill$moment" && await has_epochs "kill$moment" 1 && ranks_find
	sleep "0.0$moment"
	# shellcheck disable=SC2086 # ids
	case $moment in
	[0-2]) kill -KILL "$(process $moment)" ;; # the launcher ends the others
	*) kill -KILL "$launcher" $ranks_of_it ;;
	esac
	finish 2>/dev/null
	# shellcheck disable=SC2015,SC2086 # ids
	ended $ranks_of_it && shm_empty || wrong "kill $moment: something is left: $(ls -A /dev/shm)"
	resumes "kill$moment" 2 || wrong "kill $moment: the run could not be continued"
	moment=$((moment + 1))
done
group_end 'one rank killed, or all: nothing is left in /dev/shm'

results_end
