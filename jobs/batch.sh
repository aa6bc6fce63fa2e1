# What slurm.sbatch, slurm-array.sbatch, pbs.sh, lsf.sh and launch.sh share; bash sources it. Nothing to edit.
# shellcheck shell=bash

attempts=3 # starts from the same checkpoint before giving up

# Open MPI's launcher notices a cut link or a dead host after about 10 + 3·2 seconds, not after minutes.
export OMPI_MCA_oob_tcp_keepalive_time=${OMPI_MCA_oob_tcp_keepalive_time:-10}
export OMPI_MCA_oob_tcp_keepalive_intvl=${OMPI_MCA_oob_tcp_keepalive_intvl:-2}
export OMPI_MCA_oob_tcp_keepalive_probes=${OMPI_MCA_oob_tcp_keepalive_probes:-3}
# That of Open MPI 5 reads them under another name.
export PRTE_MCA_oob_tcp_keepalive_time=${PRTE_MCA_oob_tcp_keepalive_time:-$OMPI_MCA_oob_tcp_keepalive_time}
export PRTE_MCA_oob_tcp_keepalive_intvl=${PRTE_MCA_oob_tcp_keepalive_intvl:-$OMPI_MCA_oob_tcp_keepalive_intvl}
export PRTE_MCA_oob_tcp_keepalive_probes=${PRTE_MCA_oob_tcp_keepalive_probes:-$OMPI_MCA_oob_tcp_keepalive_probes}

batch_say()
{
	printf 'batch: %s\n' "$*" >&2
}

# Prints the step of the newest checkpoint, 0 where there is none.
newest_step() # OUTPUT
{
	local file step newest=0
	for file in "$1"/checkpoint-*.h5; do
		step=${file##*/checkpoint-}
		step=${step%.h5}
		if [[ $step =~ ^[0-9]+$ ]] && ((10#$step > newest)); then
			newest=$((10#$step))
		fi
	done
	echo "$newest"
}

# Runs COMMAND with the signals of the batch system; its status. SIGUSR1, and the signal that $stop names, stop it with a
# checkpoint, SIGUSR2 only writes one. SIGTERM and SIGINT stop it as well, and set $cancelled.
run_signalled() # COMMAND…
{
	local run='' status=127 code early='' signalled
	cancelled=
	if ! kill -l "${stop:=USR1}" >/dev/null 2>&1 || [[ $stop =~ ^(SIG)?(KILL|STOP)$ ]]; then
		batch_say "stop=$stop names no signal that a script can wait for: USR1, TERM or HUP"
		return 78
	fi
	trap 'signalled=yes; ${run:+kill -USR2 "$run"} 2>/dev/null' USR2
	trap 'signalled=yes early=yes cancelled=yes; ${run:+kill -USR1 "$run"} 2>/dev/null' TERM INT
	trap 'signalled=yes early=yes; ${run:+kill -USR1 "$run"} 2>/dev/null' USR1 "$stop"
	"$@" &
	run=$!
	[ -z "$early" ] || kill -USR1 "$run"

	# A signal ends the wait with a status of its own. 127: COMMAND was over, its status is known from the last wait.
	while signalled=''; wait "$run"; code=$?; [ -n "$signalled" ]; do
		[ "$code" -eq 127 ] || status=$code
	done
	[ "$code" -eq 127 ] || status=$code
	trap - USR1 USR2 TERM INT "$stop"
	return "$status"
}

# Returns 0 if the run in OUTPUT, which COMMAND trains, is not complete. Its files have the number of epochs of its last
# start. A start without a launcher that stops at once shows whether the job still has so many.
unfinished() # OUTPUT COMMAND…
{
	local output=$1 program='' state
	shift
	while [ $# -gt 0 ] && [ "$1" != train ]; do
		program=$1
		shift
	done
	state=$("$program" watch --once "$output" 2>/dev/null) && ! grep -q '^done: ' <<<"$state" &&
		! "$program" "$@" --stop-at 1 >/dev/null 2>&1
}

# Runs COMMAND, which trains into OUTPUT, once. Returns 75 if the batch job must start again with the same ID; 69 if that
# was tried without a new checkpoint; 143 if it was cancelled; otherwise COMMAND's status: 0 done, others need a person.
# OUTPUT/attempts holds the ID, the step of the checkpoint that its last start began with, and how many did so.
batch_train() # ID OUTPUT COMMAND…
{
	local id=$1 output=$2 step reached status last_id='' last_step='' last_attempt='' attempt=1
	shift 2
	mkdir -p "$output" || return 74
	step=$(newest_step "$output")
	[ ! -r "$output/attempts" ] || read -r last_id last_step last_attempt <"$output/attempts"
	if [ "$last_id" = "$id" ] && [ "$last_step" = "$step" ]; then
		attempt=$((last_attempt + 1))
	fi
	if [ "$attempt" -gt "$attempts" ]; then
		batch_say "$attempts starts from step $step brought no new checkpoint: giving up"
		return 69
	fi
	if ! echo "$id $step $attempt" >"$output/attempts"; then
		batch_say "$output cannot be written: starts without progress would not be noticed"
		return 74
	fi

	batch_say "from step $step (attempt $attempt of $attempts): $*"
	run_signalled "$@"
	status=$?
	reached=$(newest_step "$output")
	batch_say "ended with status $status at step $reached"

	# With 0 too the mpirun of Open MPI 5 ends when it loses a host.
	if [ "$status" -eq 0 ] && unfinished "$output" "$@"; then
		batch_say 'the run is not complete: mpirun has lost ranks'
		status=1
	fi
	# 75 says: again. Above 128 something outside ended the ranks: a signal, or a host that was lost. With 1 mpirun ends
	# when a link is cut or a host does not answer, but also when its options are wrong; a checkpoint speaks for those.
	# 9 is what MPICH's mpirun makes of ranks that were killed, also by itself because one of them had ended with 75.
	case $status in
	9 | 75 | 129 | 1[3-9]? | 2??) ;;
	1) [ "$reached" -gt 0 ] || return 1 ;;
	*) return "$status" ;;
	esac
	if [ -n "$cancelled" ]; then
		return 143
	elif [ "$reached" = "$step" ] && [ "$attempt" -ge "$attempts" ]; then
		batch_say "$attempts starts from step $step brought no new checkpoint: giving up"
		return 69
	fi
	return 75
}

# Puts a job of Slurm back into the queue and returns 75, or 143 if it was cancelled: scancel may end the ranks before it
# tells this script.
batch_requeue() # ID
{
	local resume="To continue: scontrol requeue $1 on a login node, or sbatch this script again"
	if ! command -v scontrol >/dev/null; then
		batch_say "scontrol is not in the PATH (inside a container it often is not), so the job cannot go back to the queue" \
			"by itself. $resume"
		return 75
	fi
	case $(scontrol show job "$1") in *JobState=CANCELLED*) return 143 ;; esac
	scontrol requeue "$1" || batch_say "scontrol could not put the job back into the queue. $resume"
	return 75
}
