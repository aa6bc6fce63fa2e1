# shellcheck shell=sh disable=SC2034,SC2154 # names that only those use who source it, or that common.sh has
# Runs on several ranks that do not end by themselves, and signals to each of them. Source it behind common.sh.

# shellcheck source=tests/train/launch.sh
. "$here/../train/launch.sh"
endless='--epochs 100000 --set train.schedule=constant --set checkpoint.epochs=1 --set checkpoint.keep=3'

# Lets the next run save slowly: its files are flushed in so many seconds, from the FROM-th on.
saves_slowly() # SECONDS [FROM]
{
	rm -f "$work/flushing"
	slow="LD_PRELOAD=./slow.so SLOW_MARK=flushing SLOW_SECONDS=$1 SLOW_FROM=${2:-1}"
}

is_saving()
{
	[ -e "$work/flushing" ]
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

has_process() # RANK
{
	[ -n "$(process "$1")" ]
}

# Remembers the processes of the run's ranks, as soon as the launcher has started them.
ranks_find()
{
	ranks_of_it=
	for rank in $(seq 0 $((number - 1))); do
		await has_process "$rank"
		ranks_of_it="$ranks_of_it $(process "$rank")"
	done
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
