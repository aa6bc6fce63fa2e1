#!/bin/sh
# Neither does the answer know how many threads computed it, nor how many ranks shared memory.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/common.sh"

for job in lenet combine; do
	train 1 $job-1-1 "$here/$job.yaml" --batch 100 --epochs 2
	for case in '1 2' '1 3' '2 1' '2 2' '2 3' '1 40'; do
		ranks=${case% *} threads=${case#* }
		run=$job-$ranks-$threads
		train "$ranks" "$run" "$here/$job.yaml" --batch 100 --epochs 2 --threads "$threads" &&
			same_runs $job-1-1 "$run"
		result $? "$job, ranks: $ranks, threads: $threads"
	done
done

for case in '2 1' '3 2'; do
	run=node-${case% *}
	CONVOY_NODE_RANKS=${case#* } train "${case% *}" "$run" "$here/lenet.yaml" --batch 100 --epochs 2 --threads 2 &&
		same_runs lenet-1-1 "$run"
	result $? "ranks: ${case% *}, at most ${case#* } in a node"
done

# The key of the job file stands in the job's text, and is all that differs.
train 1 key "$here/lenet.yaml" --batch 100 --epochs 2 --set train.threads=3
result $? 'train.threads'
cmp -s "$(newest lenet-1-1)" "$(newest key)"
[ $? -eq 1 ] && "$convoy" diff "$(newest lenet-1-1)" "$(newest key)" >"$work/log" 2>&1
[ $? -eq 1 ] && [ "$(awk '$2 != 0 { print $1, $2 }' "$work/log")" = 'job differs' ] && same_metrics lenet-1-1 key
result $? 'train.threads gives the same arrays'

# Plain sums depend on the number of threads, but not on their haste.
train 1 float-1 "$here/lenet.yaml" --batch 100 --set train.sum=float --threads 3 &&
	train 1 float-2 "$here/lenet.yaml" --batch 100 --set train.sum=float --threads 3 && same_runs float-1 float-2
result $? 'float sums are the same in every run'

results_end
