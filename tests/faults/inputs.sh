#!/bin/sh
# Malformed inputs whose exact message and exit status are compared. The tests of `make check` that do so run once more
# here, so that their cases can be counted: 300 or more.
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
sources=$here/..
# shellcheck source=tests/common.sh
. "$sources/common.sh"
built=${CONVOY%/*}/tests
work_make inputs
all=0

# Runs TEST; CASES are words that print how many cases it has.
group() # NAME TEST CASES
{
	if "$2" >"$work/log" 2>&1 && ! grep -E '^(not ok|Bail out)' "$work/log" >"$work/wrong"; then
		cases=$(eval "$3")
		all=$((all + cases))
		result 0 "$1: $cases cases"
	else
		head -n 40 "$work/wrong" >"$work/told"
		result 1 "$1" "$work/told"
	fi
}

commands_run()
{
	sh "$sources/app/cases.sh"
}
# shellcheck disable=SC2016 # words that are run later
{
	group 'commands and their files' commands_run 'grep -cE "^ok .*: (6|7)[0-9] " "$work/log"'
	# Their tables are in the sources.
	group 'job texts' "$built/job/test_errors" 'awk "/^static const struct bad|^\tstatic const struct bad/ { on = 1 }
		on && /^\t\t\{/ { n++ } /^\t\};/ { on = 0 } END { print n + 0 }" "$sources/job/test_errors.c"'
	group 'checkpoints with a good hash' "$built/train/test_load" \
		'grep -cE "^	\{\.(number|job|path) = " "$sources/train/test_load.c"'
}

[ $all -ge 300 ]
result $? "malformed inputs, exact message and status: $all cases"
results_end
