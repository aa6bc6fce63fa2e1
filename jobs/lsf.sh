#!/bin/bash
# convoy under LSF. Edit the first lines of each part, then: bsub < lsf.sh
#BSUB -J convoy
#BSUB -n 32
#BSUB -R "span[ptile=16]"
#BSUB -W 60
#BSUB -o convoy-%J.log
#
# Leave these. Two minutes before the time is up LSF sends SIGUSR1 to this script. Training then stops with a checkpoint,
# and the exit status 75 puts the job back into the queue until training is done. The job also goes back to the queue if
# a host fails. After bkill it does not come back.
#BSUB -wa USR1
#BSUB -wt 2
#BSUB -Q "75"
#BSUB -r

job=job.yaml                    # what to train
output=runs/job                 # checkpoints and metrics.csv
convoy=convoy                   # the program
stop=USR1                       # the signal before the time is up; where the site sends its own: TERM or HUP
share=/usr/local/share/convoy   # the folder that holds batch.sh

launch=(mpirun --hostfile "$LSB_DJOB_HOSTFILE")
# shellcheck source=jobs/batch.sh
. "$share/batch.sh" || exit 78
batch_train "$LSB_JOBID" "$output" "${launch[@]}" "$convoy" train "$job" --output "$output" --resume
exit $?
