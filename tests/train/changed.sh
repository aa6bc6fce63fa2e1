#!/bin/sh
# Runs that go on with another optimizer and batch: the same bytes on any number of ranks, and what is said of it.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/common.sh"

job=$here/start.yaml
again() # RANKS OUTPUT [OPTION…]
{
	ranks=$1 output=$2
	shift 2
	train "$ranks" "$output" "$job" --resume --epochs 4 --batch 32 --set train.optimizer=rmsprop --rate 0.002 "$@"
}

for ranks in 1 2 3; do
	train 1 $ranks "$job" && again $ranks $ranks --changed && same_runs 1 $ranks
	result $? "another optimizer and batch, ranks: $ranks"
done
grep -qF "changed: train.batch 48 → 32, train.optimizer sgd → rmsprop; the optimizer's vectors begin at 0" "$work/log"
result $? 'what has changed is said'
[ "$(wc -l <"$work/1/metrics.csv")" -eq 5 ]
result $? 'metrics.csv: an epoch a line'

train 1 parts "$job" && again 2 parts --changed --stop-at 13
[ $? -eq 75 ] && again 1 parts && same_runs 1 parts
result $? 'stopped after the change: the same bytes, and no option is needed'

train 1 no "$job"
again 1 no
complains $? 78 'train.batch is 32, the checkpoint was trained with 48 (--changed allows it)'
result $? 'without the option: refused'
train 1 no "$job" --changed
complains $? 64 '--changed needs --resume'
result $? '--changed alone: refused'
train 1 no "$job" --resume --changed --epochs 3 --batch 96
grep -qx 'rate: 0.05, as for batch 48; linear scaling to batch 96 would be --rate 0.1' "$work/log"
result $? 'a larger batch: how the rate is scaled'
for kind in lars adam; do
	train 1 $kind "$job" --set train.optimizer=$kind --rate 0.002
	train 1 $kind "$job" --set train.optimizer=$kind --rate 0.002 --resume --changed --epochs 3 --batch 24
	case $kind in
	lars) ! grep -q 'scaling to' "$work/log" ;; # knows no usual rule
	adam) grep -q 'square-root scaling to batch 24 would be --rate 0.00141$' "$work/log" ;;
	esac
	result $? "a smaller batch with $kind: what is known of the rate"
done
train 1 own "$job" && train 1 own "$job" --resume --changed --epochs 3 --batch 96 --rate 0.5 && ! grep -q 'scaling to' "$work/log"
result $? 'a larger batch with another rate: nothing to say'

# A schedule that ends with the run: other epochs make the rate jump, which a line says. At half of a cosine it is half.
train 1 cosine "$job" --set train.schedule=cosine && train 1 cosine "$job" --set train.schedule=cosine --resume --epochs 4
grep -qx 'schedule: it ends with the run: 4 epochs in the place of 2 make the rate 0.025 here, not 0; a run of 4 epochs from the start has no such jump' "$work/log"
result $? 'more epochs under a cosine: what becomes of the rate' "$work/log"
train 1 cosine "$job" --set train.schedule=cosine --resume --epochs 4 && ! grep -q '^schedule:' "$work/log"
result $? 'the same epochs: nothing to say' "$work/log"
train 1 again "$job" && train 1 again "$job" --resume --epochs 4 && ! grep -q '^schedule:' "$work/log"
result $? 'more epochs at a constant rate: nothing to say' "$work/log"

results_end
