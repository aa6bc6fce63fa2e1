#!/bin/sh
# The answer does not know how many ranks computed it: the same bytes for any number of ranks, of the checkpoint, the best
# model and the metrics; nor does it know the instruction set.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/common.sh"

# JOB at one batch with each number of ranks; the first is what the others must equal.
compare() # JOB BATCH RANKS…
{
	job=$1 batch=$2 first=$1-$2-$3 epochs=2
	shift 2
	[ "$batch" -gt 7 ] || epochs=1
	for ranks; do
		run=$job-$batch-$ranks
		train "$ranks" "$run" "$here/$job.yaml" --batch "$batch" --epochs $epochs && same_runs "$first" "$run"
		result $? "$job, batch $batch, ranks: $ranks"
	done
}

# 203 samples: 13 blocks at most, so that 8 ranks have one or two each, or most of them none.
compare lenet 1 1 2 8
compare lenet 7 1 3
compare lenet 16 1 2 5
compare lenet 100 1 2 3 5 8
compare lenet 1000 1 2 3 5 8
compare combine 7 1 5
compare combine 100 1 2 3 8
compare pool 16 1 2
compare distort 48 1 2 3
compare scale 48 1 3
compare running 48 1 2 3 7
compare frozen 48 1 2 3
compare lars 48 1 2 3
compare lamb 48 1 3
compare pool 1000 1 3 8
compare branch 48 1 2 3
compare activate 48 1 2 3 7
compare mixup 48 1 2 3 7
compare geometry 48 1 2 3
compare wide 48 1 2 3

# Between nodes of one or two ranks, sums of layers travel while the layers below compute; one rank may have no block.
for ranks in 1 2 3; do
	export CONVOY_NODE_RANKS=$((ranks > 2 ? 2 : 1))
	run=wide-apart-$ranks
	train "$ranks" "$run" "$here/wide.yaml" --batch 48 --epochs 2 && same_runs wide-48-1 "$run"
	result $? "wide, batch 48, ranks: $ranks, at most $CONVOY_NODE_RANKS in a node"
	train "$ranks" "$run-32" "$here/wide.yaml" --batch 32 --epochs 1 --set train.sum=exact32 &&
		same_runs wide-apart-1-32 "$run-32"
	result $? "wide, batch 32, exact32, ranks: $ranks, at most $CONVOY_NODE_RANKS in a node"
done
unset CONVOY_NODE_RANKS

# Of what is frozen no byte changed between the epochs, of all else some did.
"$convoy" diff "$work/frozen-48-1/checkpoint-00000005.h5" "$work/frozen-48-1/checkpoint-00000010.h5" >"$work/log"
awk '/^\/(layers|average|optimizer|optimizer\/curvature)\/0[1-7]-/ {
		frozen = $1 ~ /0[125]-[^\/]*\/[^\/]*$/
		seen[frozen]++
		if (frozen ? NF != 2 || $2 != 0 : $2 == 0) bad = 1
	}
	END { exit bad || seen[0] != 29 || seen[1] != 33 }' "$work/log"
result $? 'frozen: the same bytes in each epoch'

# Batches differ: otherwise nothing above would mean anything.
cmp -s "$(newest lenet-100-1)" "$(newest lenet-1000-1)"
[ $? -eq 1 ]
result $? 'another batch gives another net'

# Among the instruction sets with fused multiply-add results are the same, also where they sit at one table.
has()
{
	CONVOY_ISA=$1 "$convoy" --version >"$work/log" 2>&1
}
for job in lenet combine pool distort scale branch activate mixup geometry wide lars lamb; do
	name="$job, avx2 and avx512"
	if ! has avx2 || ! has avx512; then
		skip "$name" 'not both run here'
		continue
	fi
	for isa in avx2 avx512; do
		CONVOY_ISA=$isa train 1 $job-$isa "$here/$job.yaml" --epochs 1
	done
	words="$convoy|train|$here/$job.yaml|--epochs|1|--data|$work/data|--output|$work/$job-both"
	mpi_by_rank 2 "env|CONVOY_ISA=avx2|$words" "env|CONVOY_ISA=avx512|$words" && same_runs $job-avx2 $job-avx512 &&
		same_runs $job-avx2 $job-both
	result $? "$name"
done

results_end
