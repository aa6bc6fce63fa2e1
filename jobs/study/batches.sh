#!/bin/sh
# Repeats the study of doc/large-batches.md: trains each arm with two seeds, and prints its errors.
#
#   sh jobs/study/batches.sh DIR [ARM…]        an arm: sgd-128-0.1, or lars-4096-3.2-0.02 (batch, rate, trust)
#
# What stands in DIR already is not trained again. CONVOY names the program (default: convoy), ranks included if
# wanted: CONVOY='mpirun -n 2 convoy'. ARGUMENTS are passed on to each training, such as '--data DIR'.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || { sed -n '2,7s/^# *//p' "$0" >&2 && exit 64; }
mkdir -p "$1"
cd "$1"
shift
[ $# -gt 0 ] || set -- sgd-128-0.1 sgd-1024-0.4 sgd-4096-0.4 lars-1024-0.4-0.08 lars-4096-3.2-0.02
printf '%-22s %4s %12s %8s\n' arm seed 'validation %' 'test %'
for arm; do
	IFS=- read -r optimizer batch rate trust <<-END
		$arm
	END
	for seed in 1 2; do
		run=$arm-$seed
		# shellcheck disable=SC2086 # words
		[ -e "$run.done" ] || ${CONVOY:-convoy} train "$here/batches.yaml" --output "$run" --resume --seed $seed \
			--batch "$batch" --rate "$rate" --set train.optimizer="$optimizer" \
			${trust:+--set "train.trust=$trust"} ${ARGUMENTS:-} >"$run.log" 2>&1
		touch "$run.done"
		awk -v arm="$arm" -v seed=$seed '/^epoch / { for (i = 1; i < NF; i++) v[$i] = $(i + 1) }
			END { printf "%-22s %4d %12s %8s\n", arm, seed, v["validation"], v["test"] }' "$run.log"
	done
done
