# shellcheck shell=sh disable=SC2034,SC2154 # names that only those use who source it, or that common.sh has
# Runs on several ranks that do not end by themselves, and signals to each of them. Source it behind common.sh.

endless='--epochs 100000 --set train.schedule=constant --set checkpoint.epochs=1 --set checkpoint.keep=3'

is_saving() # OUTPUT
{
	[ -n "$(find "$work/$1" -name '.checkpoint-*.tmp')" ]
}

# Starts an endless run on some ranks; $launcher is mpirun's process, and $slow words for env.
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

# The process of a rank of the last run.
process() # RANK
{
	for child in $(cat "/proc/$launcher/task/"*/children); do
		if tr '\0' '\n' <"/proc/$child/environ" | grep -qx "OMPI_COMM_WORLD_RANK=$1"; then
			echo "$child"
		fi
	done
}

# Remembers the processes of the run, three ranks at most.
ranks_find()
{
	ranks_of_it=
	for rank in 0 1 2; do
		ranks_of_it="$ranks_of_it $(process $rank)"
	done
}

# Waits for the run's end; the status is mpirun's.
finish()
{
	wait "$timer"
}

# Whether the run, resumed for seven steps more, comes to where a run without a stop comes, and leaves no other files.
resumes() # OUTPUT RANKS
{
	goal=$(($(step_of "$1") + 7))
	# shellcheck disable=SC2086 # words
	mpi -n "$2" "$convoy" train "$job" $endless --data "$work/data" --output "$work/$1" --resume --stop-at $goal
	[ $? -eq 75 ] || return 1
	# shellcheck disable=SC2086
	mpi -n 1 "$convoy" train "$job" $endless --data "$work/data" --output "$work/$1-straight" --stop-at $goal
	[ $? -eq 75 ] && same_runs "$1" "$1-straight" && [ -z "$(find "$work/$1" -name '.*.tmp')" ]
}

# Whether these processes have ended.
ended() # PROCESS…
{
	for process; do
		await test ! -d "/proc/$process" || return 1
	done
}

# Whether nothing of the run is left: processes of these ids, and files between ranks.
gone() # PROCESS…
{
	ended "$@" && [ -z "$(find "$OMPI_MCA_btl_vader_backing_directory" -type f)" ]
}
mkdir "$work/shm"
export OMPI_MCA_btl_vader_backing_directory="$work/shm" OMPI_MCA_osc_sm_backing_directory="$work/shm"
