#!/bin/sh
# Weights of classes in the loss: from the job or by the training set; the same bytes for any number of ranks.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/common.sh"

job() # NAME WEIGHTS
{
	sed "s/classes: 4/classes: 4, weights: $2/; s/^name: .*/name: lenet/" "$here/lenet.yaml" >"$work/$1.yaml"
}
job ones '[1, 1, 1, 1]'
job balanced balanced
job none-of-0 '[0, 1, 1, 1]'
# n / (K n_k) of the 203 training samples, as many digits as tell floats apart.
job counted "[$(tail -c +9 "$work/data/train-labels-idx1-ubyte" | od -An -v -tu1 -w1 | sort -n | uniq -c |
	awk '{ n[$2] = $1; all += $1 }
		END { for (k = 0; k < 4; k++) printf "%s%.9g", (k > 0 ? ", " : ""), all / (4 * n[k]) }')]"

train 1 plain "$here/lenet.yaml" && train 1 ones "$work/ones.yaml" && same_metrics plain ones
result $? 'weights of 1 change nothing'
train 1 balanced "$work/balanced.yaml" && train 1 counted "$work/counted.yaml" && same_metrics balanced counted &&
	! same_metrics balanced plain
result $? 'balanced: the weights that follow from the training set'
for ranks in 2 3; do
	train $ranks balanced-$ranks "$work/balanced.yaml" && same_runs balanced balanced-$ranks
	result $? "balanced: the same bytes on $ranks ranks"
done
train 2 stops "$work/balanced.yaml" --stop-at 7
[ $? -eq 75 ] && train 3 stops "$work/balanced.yaml" --resume && same_runs balanced stops
result $? 'balanced: the same bytes after a stop'

# Weights that are all doubled are no other weights: means divide by them.
job twice '[2, 0.5, 4, 1]'
job four '[8, 2, 16, 4]'
train 1 twice "$work/twice.yaml" && train 2 four "$work/four.yaml" && same_metrics twice four
result $? 'means divide by the weights of the classes'

train 1 none-of-0 "$work/none-of-0.yaml" && "$convoy" eval "$(newest none-of-0)" --data "$work/data" >"$work/log" 2>&1 &&
	awk '/^class/ { getline; exit $3 != "0.00%" }' "$work/log"
result $? 'a class of weight 0 is not learned'
"$convoy" eval "$work/balanced/best.h5" --data "$work/data" --json >"$work/json" 2>"$work/log" && awk -F, '
	FILENAME ~ /csv$/ && FNR > 1 && (!best || $7 < error || ($7 == error && $6 < loss)) { best = 1; error = $7; loss = $6 }
	FILENAME !~ /csv$/ && /"loss"/ { split($1, part, ": "); exit !(part[2] / loss - 1 < 1e-6 && part[2] / loss - 1 > -1e-6) }
	' "$work/balanced/metrics.csv" "$work/json"
result $? 'eval: the loss of metrics.csv' "$work/json"

train 1 stops "$work/counted.yaml" --resume --epochs 9
complains $? 78 'output.weights is [' 'the checkpoint was trained with balanced'
result $? 'other weights do not continue a run'

results_end
