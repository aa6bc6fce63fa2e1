#!/bin/sh
# Every call that touches the run's directory fails once, in every way: checkpoints that were there stay as they are, one
# line says what failed, the exit status is 0 or 74 as promised, and the run can be continued to the same bytes.

# shellcheck source=tests/faults/common.sh
. "$(dirname "$0")/common.sh"
LC_ALL=C
export LC_ALL

references || { cat "$work/log"; exit 1; }
# errors_resumed.sh has a run to continue.
case $0 in
*_resumed.sh) start=2 ;;
*) start=0 ;;
esac

# $work/OUTPUT as it is before the run that shall fail.
prepare() # OUTPUT
{
	rm -rf "${work:?}/$1"
	[ $start -eq 0 ] || cp -r "$work/begun" "$work/$1"
}
[ $start -eq 0 ] || alone begun --stop-at $start
prepare counted
calls "$work/calls" counted --resume || exit 1

text_of() # KIND
{
	case $1 in
	ENOSPC | short) echo 'No space left on device' ;;
	EIO) echo 'Input/output error' ;;
	EDQUOT) echo 'Disk quota exceeded' ;;
	EROFS) echo 'Read-only file system' ;;
	EINTR) echo 'Interrupted system call' ;;
	EMFILE) echo 'Too many open files' ;;
	esac
}

# Whether the last run complained with at most LINES lines, each with the place and the reason, at least one if it failed.
complained() # STATUS LINES TEXT
{
	lines=$(wc -l <"$work/log")
	[ "$lines" -le "$2" ] && { [ "$1" -eq 0 ] || [ "$lines" -ge 1 ]; } &&
		[ "$(grep -F -e "convoy: $work/run" "$work/log" | grep -cF -e "$3")" -eq "$lines" ]
}

# Whether the directory holds what it must after STATUS: everything, or at least what was there before call CALL.
left_good() # STATUS CALL
{
	checkpoints_good run || return
	if [ "$1" -eq 0 ]; then
		[ "$found" -ge $KEEP ] && [ "$last" -eq $EPOCHS ] && began_after $start
	else
		named=$((start + $(named_before "$2" "$work/calls")))
		[ "$last" -ge $named ] && { [ "$found" -ge $KEEP ] || [ "$found" -ge $named ]; }
	fi
}

case_run() # KIND LINES CALL
{
	cases=$((cases + 1))
	prepare run
	faulty "$1" "$3" run --resume
	status=$?
	cp "$work/log" "$work/log.fault"
	if [ $status -ne 0 ] && [ $status -ne 74 ]; then
		wrong "$1 at $3: ended with $status"
	elif ! complained $status "$2" "$(text_of "$1")"; then
		wrong "$1 at $3: ended with $status, and these words:"
	elif ! left_good $status "$3"; then
		wrong "$1 at $3: ended with $status, and left $(ls -A "$work/run" 2>/dev/null)"
	elif [ $status -eq 0 ] && [ "$lines" -eq 0 ]; then
		same_runs straight run || wrong "$1 at $3: went unnoticed, and left other files"
	elif ! resumes_quietly run; then
		cat "$work/log.fault" >>"$work/log"
		wrong "$1 at $3: ended with $status and could not be continued:"
	fi
}

of_function() # FUNCTION
{
	awk -v called="$1" '$2 ~ "^(" called ")$" { print $1 }' "$work/calls"
}

for kind in ENOSPC EIO EDQUOT EROFS EINTR EMFILE short; do
	functions='.*' name='each call'
	case $kind in
	EMFILE) functions=open name='each opening' ;;
	short) functions='read|write' name='each read and write' ;;
	esac
	group_begin
	each case_run "$(of_function "$functions" | sed "s/^/$kind 1 /")"
	group_end "$kind at $name"
done

# The disk stays full, or broken: a line for each checkpoint and each row of metrics that could not be written.
export FAULT_ON=1
for kind in ENOSPC EIO; do
	group_begin
	each case_run "$(of_function '.*' | sed "s/^/$kind $((3 * EPOCHS)) /")"
	group_end "$kind from each call on"
done

results_end
