#!/bin/bash
# convoy under PBS Professional or OpenPBS. Edit the first lines of each part, then: qsub pbs.sh (without options: they
# would not reach the next job of the chain). Torque wants -l nodes=2:ppn=16 in the place of -l select.
#PBS -N convoy
#PBS -l select=2:ncpus=16:mpiprocs=16
#PBS -l walltime=01:00:00
#PBS -j oe
#
# Leave these. PBS gives no warning before the time is up, so training itself stops in time, with a checkpoint. Then this
# script submits itself again, until training is done. If a node fails, PBS runs the job again. After qdel it does not
# come back.
#PBS -S /bin/bash
#PBS -r y

job=job.yaml                    # what to train
output=runs/job                 # checkpoints and metrics.csv
convoy=convoy                   # the program
minutes=57                      # stop with a checkpoint after these: the walltime less a margin
script=pbs.sh                   # this file, as you submit it
share=/usr/local/share/convoy   # the folder that holds batch.sh

cd "$PBS_O_WORKDIR" || exit 66
launch=(mpirun --hostfile "$PBS_NODEFILE")
chain=${CONVOY_CHAIN:-$PBS_JOBID} # the first job's name stands for all
# shellcheck source=jobs/batch.sh
. "$share/batch.sh" || exit 78
batch_train "$chain" "$output" "${launch[@]}" "$convoy" train "$job" --output "$output" --resume --time-limit "$minutes"
status=$?
[ $status -ne 75 ] || qsub -v CONVOY_CHAIN="$chain" "$script" ||
	batch_say "qsub could not submit the job again. To continue: qsub -v CONVOY_CHAIN=$chain $script on a login node"
exit $status
