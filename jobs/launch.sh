#!/bin/bash
# convoy on hosts without a batch system, through ssh. Edit the lines below, then: ./launch.sh
# (to go on after you have left: nohup ./launch.sh >train.log 2>&1 &)

job=job.yaml                    # what to train
output=runs/job                 # checkpoints and metrics.csv, in a folder that all hosts see
convoy=convoy                   # the program, in the same place on all hosts
hosts=hosts                     # a line for each host: NAME slots=RANKS
share=/usr/local/share/convoy   # the folder that holds batch.sh

# You need not edit the rest. If a host is lost or a link is cut, the run ends, and this script starts it again from its
# newest checkpoint. Ctrl-C, or SIGTERM to this script, stops the run with a checkpoint and ends the script.
pause=10 # seconds before the next start

launch=(setsid mpirun --hostfile "$hosts") # setsid: Ctrl-C reaches this script only, which tells mpirun to stop
# shellcheck source=jobs/batch.sh
. "$share/batch.sh" || exit 78
while batch_train $$ "$output" "${launch[@]}" "$convoy" train "$job" --output "$output" --resume; status=$?
	[ $status -eq 75 ]; do
	sleep "$pause"
done
exit $status
