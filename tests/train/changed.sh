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

results_end
