# shellcheck shell=sh disable=SC2034,SC2154 # names that only those use who source it, or that common.sh has
# Runs on several ranks that do not end by themselves. Source it behind common.sh, and set $job and $endless.

# Starts an endless run on some ranks; $launcher is mpirun's process, and $slow words for env.
slow=
start() # RANKS OUTPUT [OPTION…]
{
	number=$1 output=$2
	shift 2
	rm -f "$work/pid"
	# shellcheck disable=SC2016,SC2086 # words
	(cd "$work" && exec timeout -k 5 300 sh -c 'echo $$ >"$0" && exec "$@"' "$work/pid" $MPIRUN $options -n "$number" \
		env $slow "$convoy" train "$job" $endless --data "$work/data" --output "$work/$output" "$@" \
		</dev/null >"$work/log" 2>&1) &
	timer=$!
	await test -s "$work/pid" && launcher=$(cat "$work/pid")
}

# Waits for the run's end; the status is mpirun's.
finish()
{
	wait "$timer"
}

# Whether the run, resumed for seven steps (or as many as given), comes to where a run without a stop comes, and leaves no
# other files.
resumes() # OUTPUT RANKS [STEPS]
{
	goal=$(($(step_of "$1") + ${3:-7}))
	# shellcheck disable=SC2086 # words
	train "$2" "$1" "$job" $endless --resume --stop-at $goal
	[ $? -eq 75 ] || return 1
	# shellcheck disable=SC2086
	train 1 "$1-straight" "$job" $endless --stop-at $goal
	[ $? -eq 75 ] && same_runs "$1" "$1-straight" && [ -z "$(find "$work/$1" -name '.*.tmp')" ]
}
