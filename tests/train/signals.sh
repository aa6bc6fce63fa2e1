#!/bin/sh
# Signals, limits of time and of file sizes: a run ends or goes on as asked, and what it leaves can be continued to the
# same end.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/train/launch.sh
. "$here/launch.sh"

job=$here/lenet.yaml
hydra=$($MPIRUN --version 2>&1 | grep -m 1 HYDRA) # MPICH's launcher
endless='--epochs 100000 --set train.schedule=constant --set checkpoint.epochs=100000'

# Starts a run, and waits until it trains.
start_training() # RANKS OUTPUT [OPTION…]
{
	start "$@" && await has_epochs "$2" 2
}

# A rank of the launcher: a child of its, or (MPICH) of what it started for a host. Nothing where the system shows none.
rank_of() # PROCESS
{
	for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
		if [ "$(cat "/proc/$child/comm")" = "${convoy##*/}" ]; then
			echo "$child"
			return
		fi
		! rank_of "$child" || return 0
	done
	return 1
}

start_training 3 one && kill -USR1 "$launcher"
finish
[ $? -eq 75 ] && [ -z "$(complaints)" ]
result $? 'SIGUSR1: all ranks stop, with 75'
resumes one 2
result $? '… and the run can be continued as if nothing had been'

# Nothing is learned, so that only the first epoch has a checkpoint: another one must be that which was asked for.
saved()
{
	[ "$(find "$work/two" -name 'checkpoint-*.h5' | wc -l)" -ge 2 ]
}
# MPICH's launcher does not hand this signal on, but ends by it.
start_training 2 two --rate 2e-38 && kill -USR2 "$([ -z "$hydra" ] && echo "$launcher" || rank_of "$launcher")" && await saved
result $? 'SIGUSR2: a checkpoint is written'
lines=$(wc -l <"$work/two/metrics.csv")
await has_epochs two $((lines + 1)) && kill -USR1 "$launcher"
finish
[ $? -eq 75 ]
result $? '… and training goes on, until SIGUSR1'

# The launcher must give them the time to save. MPICH's now and then says 0 of ranks that ended with 75.
export OMPI_MCA_odls_base_sigkill_timeout=1
start_training 2 term && { rank=$(rank_of "$launcher"); kill -TERM "$launcher"; }
{ ! finish || [ -n "$hydra" ]; } && { [ -z "$rank" ] || await eval '! kill -0 $rank'; }
result $? 'SIGTERM to the launcher: all ranks end'
export OMPI_MCA_odls_base_sigkill_timeout=0
# On a busy machine the time is not enough, and the launcher kills them: see SIGKILL.
resumes term 3 13
result $? '… and the run can be continued'

start_training 2 kill
if child=$(rank_of "$launcher") && kill -KILL "$child"; then
	! finish
	result $? 'SIGKILL to a rank: the others end'
	# best.h5 is written before its checkpoint: it may be an epoch ahead, and is written again when the run gets there.
	resumes kill 1 13
	result $? '… and the run can be continued'
else
	kill -USR1 "$launcher"
	finish
	skip 'SIGKILL to a rank' 'the launcher shows no children'
fi

# shellcheck disable=SC2086 # words
train 2 time "$job" $endless --time-limit 0.001
[ $? -eq 75 ] && [ -n "$(newest time)" ]
result $? 'a limit of time ends with 75'
resumes time 1
result $? '… and the run can be continued'

# Slurm's end of the job is a limit too; ten seconds before it the batch script gets its turn.
# A busy machine may start a run too late for that: then it says so, and gets more time.
for seconds in 12 100; do
	rm -rf "$work/slurm"
	SLURM_JOB_END_TIME=$(($(date +%s) + seconds))
	export SLURM_JOB_END_TIME
	start_training 2 slurm
	unset SLURM_JOB_END_TIME
	[ -n "$(complaints)" ] || break
	kill -USR1 "$launcher" && finish
done
finish
[ $? -eq 75 ] && [ -n "$(newest slurm)" ]
result $? "the end of Slurm's job ends the run with 75"
SLURM_JOB_END_TIME=$(($(date +%s) + 100000)) train 2 far "$job" --stop-at 2
[ $? -eq 75 ] && [ -z "$(complaints)" ]
result $? '… and not before it'
for time in $(($(date +%s) - 5)) tomorrow; do
	SLURM_JOB_END_TIME=$time train 2 "slurm-$time" "$job" --epochs 1
	complains $? 0 SLURM_JOB_END_TIME
	result $? "an end that cannot be is named and ignored: ${time%%[0-9]*}"
done

# Files of at most 8 MiB, and a checkpoint of 21: training goes on, but the end cannot be saved.
cat >"$work/large.yaml" <<'END'
name: large
data: {format: idx, directory: data}
input: {maps: 1, rows: 12, columns: 12}
output: {classes: 4}
layers:
  - {type: full, units: 18000, activation: tanh}
  - {type: full, units: 4}
loss: softmax-cross-entropy
train: {epochs: 2, batch: 203, rate: 1e-4}
END
(ulimit -f 16384 && train 1 large "$work/large.yaml")
[ $? -eq 74 ] && complaints | tail -n 1 | grep -q 'cannot write: File too large' &&
	[ "$(complaints | wc -l)" -eq 2 ] && [ "$(ls -A "$work/large")" = metrics.csv ]
result $? 'a limit of file sizes is noted, and ends with 74'

results_end
