#!/bin/sh
# SIGKILL before every call that touches the run's directory, and in the middle of every write: what is left is whole, and
# a resumed run goes on from the newest checkpoint that was there and ends in the same bytes.

# shellcheck source=tests/faults/common.sh
. "$(dirname "$0")/common.sh"

references || { cat "$work/log"; exit 1; }
calls "$work/calls" counted || exit 1

# ---- Are these all the calls? ----------------------------------------------------------------------------------------

# As many as the kernel sees. What opens a directory also asks what it is, by one call or another; nobody counts that as
# a call of its own.
name='the calls that can fail here are all that the kernel sees'
if strace -o /dev/null true 2>/dev/null; then
	mkdir "$work/seen"
	(cd "$work" && strace -qq -f -y -o trace -e trace=%file,%desc "$convoy" train "$job" $short --data "$work/data" \
		--output "$work/seen/run" </dev/null >log 2>&1)
	grep -F -e "$work/seen/run" "$work/trace" | grep -v -e ' execve(' -e ' mmap(' -e ' fstat([^,]*, {st_mode=S_IFDIR' \
		-e ' newfstatat([^,]*, "", {st_mode=S_IFDIR' >"$work/kernel"
	seen=$(wc -l <"$work/kernel")
	{
		echo 'calls that the kernel sees, and those that can fail here:'
		sed 's/^[0-9 ]*//; s/(.*//' "$work/kernel" | sort | uniq -c
		cut -d ' ' -f 2 "$work/calls" | sort | uniq -c
	} >"$work/log"
	[ "$seen" -eq "$(wc -l <"$work/calls")" ]
	result $? "$name: $seen"
else
	skip "$name" 'strace may not look at processes here'
fi

# ---- SIGKILL ----------------------------------------------------------------------------------------------------------

# The calls before the run's first checkpoint, then those of each checkpoint and of what follows up to the next.
of_checkpoint() # NUMBER [FUNCTION]
{
	awk -v wanted="$1" -v called="${2:-.*}" '
		$2 == "open" && $3 ~ /^\.checkpoint-/ { at++ }
		at == wanted && $2 ~ "^" called "$" { print $1 }' "$work/calls"
}

case_run() # KIND CALL
{
	cases=$((cases + 1))
	rm -rf "$work/run"
	{ faulty "$1" "$2" run; } 2>/dev/null # the shell tells of a killed child
	status=$? named=$(named_before "$2" "$work/calls")
	[ "$status" -eq 137 ] || { wrong "$1 at $2: ended with $status"; return; }
	checkpoints_good run && [ "$last" -eq "$named" ] && { [ "$found" -ge $KEEP ] || [ "$found" -eq "$named" ]; } ||
		{ wrong "$1 at $2: checkpoints are not as they must be: $(ls -A "$work/run")"; return; }
	latest_good run || { wrong "$1 at $2: latest.h5 leads to nothing"; return; }
	resumes_quietly run || wrong "$1 at $2: could not be continued"
}

number=0
while [ $number -le $EPOCHS ]; do
	case $number in
	0) name='before the first checkpoint' ;;
	$((KEEP + 1))) name="checkpoint $number, the first that deletes one" ;;
	*) name="checkpoint $number" ;;
	esac
	group_begin
	each case_run "$(of_checkpoint $number | sed 's/^/kill /'; of_checkpoint $number write | sed 's/^/torn /')"
	group_end "SIGKILL at each call, $name"
	number=$((number + 1))
done

results_end
