#!/bin/sh
# A real file system of 1 to 64 pages: a run ends with 0, or with 74 and lines that say why; checkpoints are whole; and once
# there is space, it can be continued to the same bytes.

# shellcheck source=tests/faults/mounts.sh
. "$(dirname "$0")/mounts.sh"
# shellcheck source=tests/faults/common.sh
. "$(dirname "$0")/common.sh"
LC_ALL=C
export LC_ALL
trap 'umount "$work"/worker*/disk 2>/dev/null; rm -rf "$work"' EXIT

references || { cat "$work/log"; exit 1; }

case_run() # PAGES
{
	cases=$((cases + 1))
	mkdir -p "$work/disk"
	mount -t tmpfs -o size=$(($1 * page)) tmpfs "$work/disk" || exit 1
	alone disk/run --resume
	status=$? lines=$(wc -l <"$work/log")
	if [ $status -ne 0 ] && [ $status -ne 74 ]; then
		wrong "$1 pages: ended with $status"
	elif [ $status -eq 74 ] && [ "$lines" -eq 0 ]; then
		wrong "$1 pages: nothing was said"
	elif [ "$(grep "^convoy: $work/disk/run" "$work/log" | grep -c 'No space left on device')" -ne "$lines" ]; then
		wrong "$1 pages: these words:"
	elif ! checkpoints_good disk/run; then
		wrong "$1 pages: a checkpoint is not whole"
	elif [ $status -eq 0 ] && [ "$last" -ne $EPOCHS ]; then
		wrong "$1 pages: ended with 0 at step $last"
	else
		[ $status -ne 0 ] || : >"$shared/finished.$1"
		# shellcheck disable=SC2015
		mount -o remount,size=4m "$work/disk" && resumes_quietly disk/run || wrong "$1 pages: could not be continued:"
	fi
	umount "$work/disk"
}

page=$(getconf PAGESIZE)
group_begin
each case_run "$(seq 64)"
finished=$(find "$work" -name 'finished.*' | wc -l)
group_end "a disk of 1 to 64 pages, $finished of which held the run"
[ "$finished" -gt 0 ] && [ "$finished" -lt 64 ]
result $? 'some were too small, some were not'

results_end
