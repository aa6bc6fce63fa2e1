#!/bin/sh
# Whatever way MPI adds up the ranks' integers and whatever carries them: the same bytes.

# shellcheck source=tests/faults/common.sh
. "$(dirname "$0")/common.sh"

[ -n "$options" ] || skip_all 'only for Open MPI, whose algorithms have numbers'
combine=$here/../train/combine.yaml
train 1 straight "$combine" --epochs 1 || { cat "$work/log"; exit 1; }

export OMPI_MCA_pml=ob1 OMPI_MCA_coll_tuned_use_dynamic_rules=1 OMPI_MCA_coll_tuned_allreduce_algorithm
export OMPI_MCA_btl OMPI_MCA_btl_tcp_if_include=lo
for transport in vader tcp; do
	OMPI_MCA_btl=self,$transport
	group_begin
	for ranks in 1 2 3 4 5 6 7 8; do
		for OMPI_MCA_coll_tuned_allreduce_algorithm in 1 2 3 4 5 6; do
			cases=$((cases + 1))
			rm -rf "$work/run"
			train $ranks run "$combine" --epochs 1 && same_runs straight run ||
				wrong "$ranks ranks, allreduce algorithm $OMPI_MCA_coll_tuned_allreduce_algorithm, $transport"
		done
	done
	group_end "allreduce algorithms 1 to 6, 1 to 8 ranks, $transport"
done

results_end
