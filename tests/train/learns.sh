#!/bin/sh
# Nets learn: lines in four directions, and Fashion-MNIST; evaluation says what training said; pruning changes no answer.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/common.sh"

# The last epoch's test error in percent, as training printed it.
trained_error()
{
	sed -n 's/^epoch .* test \([0-9.]*\)%.*/\1/p' "$work/log" | tail -n 1
}

# convoy eval on RANKS; what it prints stays in $work/log.
evaluate() # RANKS CHECKPOINT [OPTION…]
(
	ranks=$1 checkpoint=$2
	shift 2
	mpi -n "$ranks" "$convoy" eval "$checkpoint" "$@"
)

# Error in percent, wrong samples and loss of the last evaluation.
evaluated()
{
	sed -n 's/.*  loss \([0-9.]*\)  error \([0-9.]*\)% (\([0-9]*\) wrong)$/\2 \3 \1/p' "$work/log"
}

below() # NUMBER LIMIT
{
	awk -v number="$1" -v limit="$2" 'BEGIN { exit !(number != "" && number + 0 < limit) }'
}

# ---- Lines: of 57 samples of four classes, three quarters would be wrong by chance --------------------------------------

for job in lenet pool; do
	train 2 $job "$here/$job.yaml" --epochs 40 --batch 16 --set checkpoint.epochs=1000
	error=$(trained_error)
	below "$error" 10
	result $? "$job learns lines in four directions: $error % wrong"
	evaluate 1 "$(newest $job)" --data "$work/data"
	one=$(evaluated)
	[ "${one%% *}" = "$error" ]
	result $? "… and its evaluation says so: $one"
	evaluate 3 "$(newest $job)" --data "$work/data"
	[ "$one" = "$(evaluated)" ]
	result $? '… on three ranks too'
done

"$convoy" show "$(newest pool)" >"$work/log" 2>&1 && grep -q ' steps of adam, averaged parameters$' "$work/log" &&
	grep -q '^learned, averaged ' "$work/log" && "$convoy" verify "$(newest pool)" >>"$work/log" 2>&1
result $? '… show and verify know its moments and averages'
"$convoy" diff "$(newest pool)" "$work/pool/best.h5" >"$work/log" 2>&1
grep -q '^/optimizer/second_moment/01-convolution/kernels ' "$work/log" &&
	grep -q '^/average/01-convolution/kernels ' "$work/log"
result $? '… and diff too'

# ---- Pruning -------------------------------------------------------------------------------------------------------------

train 1 combine "$here/combine.yaml" --epochs 10
learned=$(newest combine)
evaluate 1 "$learned" --data "$work/data"
before=$(evaluated)
prune() # BELOW
{
	"$convoy" prune "$learned" --below "$1" --output "$work/pruned.h5" >"$work/log" 2>&1
}
prune 0 && grep -q '^layer 3: 20 of 20 connections stay' "$work/log" && evaluate 1 "$work/pruned.h5" --data "$work/data"
after=$(evaluated)
[ -n "$before" ] && [ "$before" = "$after" ]
result $? "combinations folded into convolutions answer as before: $before, $after"

combinations()
{
	"$convoy" show "$1" >"$work/log" 2>&1
	grep -c '^ *[0-9]* *combination ' "$work/log"
}
[ "$(combinations "$learned")" -eq 2 ] && [ "$(combinations "$work/pruned.h5")" -eq 0 ]
result $? '… and no combination is left'

prune 1 && grep -q '^layer 3: 4 of 20 connections stay' "$work/log" && evaluate 2 "$work/pruned.h5" --data "$work/data" &&
	[ -n "$(evaluated)" ]
result $? 'the largest connection of each map stays in any case'

# ---- Fashion-MNIST --------------------------------------------------------------------------------------------------------

fashion=${FASHION_MNIST:-/usr/share/datasets/fashion-mnist}
name='small-fashion learns Fashion-MNIST in one epoch'
if ! ls "$fashion"/train-images-idx3-ubyte* >/dev/null 2>&1; then
	skip "$name" "no data set in $fashion (Debian: dataset-fashion-mnist)"
else
	# Measured: 17.87 %.
	mpi -n 2 "$convoy" train "$here/../../jobs/small-fashion.yaml" --epochs 1 --data "$fashion" --output "$work/fashion"
	error=$(trained_error)
	below "$error" 19
	result $? "$name: $error % wrong"
	evaluate 2 "$work/fashion/best.h5" --data "$fashion"
	said=$(evaluated)
	[ "${said%% *}" = "$error" ]
	result $? "… and its evaluation says so: $said"
fi

# ---- Training goes on after pruning: the optimizer does not begin anew with long steps -----------------------------------

for optimizer in rmsprop adam adagrad lamb; do
	sed '/^train:/,$d' "$here/combine.yaml" >"$work/go.yaml"
	echo "train: {epochs: 30, batch: 48, optimizer: $optimizer, rate: 0.002}" >>"$work/go.yaml"
	train 1 "go-$optimizer" "$work/go.yaml"
	"$convoy" prune "$(newest "go-$optimizer")" --below 0 --output "$work/go.h5" >"$work/log" 2>&1 &&
		"$convoy" show --job "$work/go.h5" >"$work/on.yaml" && train 1 "on-$optimizer" "$work/on.yaml" \
		--resume="$work/go.h5" --epochs 31 &&
		awk -F, 'NR > 1 { before = error; error = $5 } END { exit !(NR == 32 && error <= before + 0.01) }' \
			"$work/on-$optimizer/metrics.csv"
	result $? "$optimizer: the error does not jump after pruning"
done

results_end
