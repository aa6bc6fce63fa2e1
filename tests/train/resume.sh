#!/bin/sh
# Stops of every kind under mpirun leave no trace in the result, and what must not be continued is refused.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/common.sh"

combine=$here/combine.yaml

# ---- Stops after a given step: 15 steps, 5 an epoch; the short sum would show a lost exponent -------------------------

train 2 straight "$combine" --set train.sum=exact32
result $? 'a straight run ends with 0'

status=0 step=1
while [ $step -lt 15 ]; do
	train $((step % 3 + 1)) chain "$combine" --set train.sum=exact32 --resume --stop-at $step
	[ $? -eq 75 ] || { status=1 && break; }
	step=$((step + 1))
done
result $status 'a stop at each step, on 1, 2 and 3 ranks by turns, ends with 75'
train 3 chain "$combine" --set train.sum=exact32 --resume && same_runs straight chain
result $? '… and leaves no trace'

for job in branch running; do
	train 1 $job "$here/$job.yaml"
	result $? "$job: a straight run ends with 0"
	status=0
	for step in 1 5 8 13; do
		train $((step % 3 + 1)) $job-chain "$here/$job.yaml" --resume --stop-at $step
		[ $? -eq 75 ] || { status=1 && break; }
	done
	[ $status -eq 0 ] && train 2 $job-chain "$here/$job.yaml" --resume && same_runs $job $job-chain
	result $? '… and stops leave no trace'
done
train 1 running "$here/running.yaml" --set 'layers[1].statistics=block' --resume --set train.epochs=4
complains $? 78 'layers[1].statistics is block'
result $? '… but other statistics are another network'

# ---- A validation set chooses the best epoch and, when patience is over, the last ------------------------------------

distort=$here/distort.yaml
train 2 early "$distort"
awk -F, 'NR > 1 { rows = NR - 1; if (rows == 1 || $4 < error) { lowest = rows; error = $4 } }
	END { exit !(rows < 40 && rows == lowest + 2) }' "$work/early/validation.csv"
result $? 'a run ends two epochs after the lowest validation error'
step=$(awk -F, 'NR > 1 && (NR == 2 || $4 < error || ($4 == error && $3 < loss)) { step = $2; error = $4; loss = $3 }
	END { print step }' "$work/early/validation.csv")
head -n 2 "$work/early/best.h5" | grep -qx "step=$step"
result $? '… and best.h5 is of the epoch that had it'

# Two samples are held back: their error has three values, their loss falls on.
train 1 tied "$distort" --set data.validation=2 --set train.patience=4
awk -F, 'NR > 1 { rows = NR - 1; if (rows == 1 || $4 < error) { lowest = rows; error = $4; loss = $3 }
	falls = falls || (rows > lowest && $4 == error && $3 < loss) } END { exit !(rows < 40 && falls && rows == lowest + 4) }' \
	"$work/tied/validation.csv"
result $? 'an equal error with a lower loss does not count as lower'

status=0
for step in 1 4 5 9 17; do
	train $((step % 3 + 1)) early-chain "$distort" --resume --stop-at $step
	[ $? -eq 75 ] || { status=1 && break; }
done
[ $status -eq 0 ] && train 1 early-chain "$distort" --resume && same_runs early early-chain
result $? '… and stops leave no trace, in distortion and patience neither'

train 1 seen "$distort" --epochs 1
train 1 seen "$distort" --set data.validation=40 --resume
complains $? 78 'data.validation is 40' && ! train 1 unseen "$distort" --set data.validation=0 &&
	complains 78 78 'train.patience needs data.validation'
result $? 'another validation set is refused, and patience without one'

# ---- Nothing to do, more to do -----------------------------------------------------------------------------------------

sums()
{
	(cd "$work/$1" && sha256sum ./* && ls -A)
}
before=$(sums straight)
train 2 straight "$combine" --set train.sum=exact32 --resume && [ "$before" = "$(sums straight)" ]
result $? 'a finished run is done at once, and nothing changes'

train 1 longer "$combine" --epochs 1 && train 2 longer "$combine" --epochs 3 --resume && train 1 long "$combine" &&
	same_runs longer long
result $? 'more epochs later are as good as at once'

# ---- Damage ------------------------------------------------------------------------------------------------------------

train 1 damaged "$combine" --stop-at 7
train 1 damaged "$combine" --resume --stop-at 11
printf X | dd of="$work/damaged/checkpoint-00000011.h5" bs=1 seek=2000 conv=notrunc 2>/dev/null
: >"$work/damaged/.checkpoint-00000012.h5.0123456789abcdef.tmp"
: >"$work/damaged/.notes.tmp"
train 2 damaged "$combine" --resume
complains $? 0 'skipped ' checkpoint-00000011.h5 'SHA-256' && same_runs damaged long
result $? 'a damaged checkpoint is skipped with one line, and the one before it gives the same end'

[ ! -e "$work/damaged/.checkpoint-00000012.h5.0123456789abcdef.tmp" ] && [ -e "$work/damaged/.notes.tmp" ]
result $? 'temporary files that a killed writer left are swept, other files are not'

# ---- Refusals ----------------------------------------------------------------------------------------------------------

refused() # STATUS NAME TEXT…: of the last launch, status in $?
{
	status=$?
	expected=$1 name=$2
	shift 2
	complains $status "$expected" "$@"
	result $? "$name"
}

before=$(sums damaged)
train 2 damaged "$combine" --resume --batch 47
refused 78 'another batch is refused' batch 47 48
train 2 damaged "$combine" --resume --seed 8
refused 78 'another seed is refused' seed 7 8
train 2 damaged "$combine" --resume --set 'layers[2].maps=3'
refused 78 'other layers are refused' layers
train 2 damaged "$combine" --resume --set train.sum=exact32
refused 78 'another sum is refused' sum exact32
train 2 damaged "$combine"
refused 64 'a fresh start beside checkpoints is refused' "$work/damaged" --resume
train 2 damaged "$combine" "--resume=$work/absent.h5"
refused 66 'a checkpoint that is not there is refused' absent.h5
mkdir "$work/other"
"$make_data" "$work/other" 2
set -- "$convoy" train "$combine" --resume --output "$work/damaged"
mpi -n 2 "$@" --epochs 4 --data "$work/other"
refused 65 'other data is refused' "$work/other" 'not the data that the checkpoint was trained on'
[ "$before" = "$(sums damaged)" ]
result $? '… and none of them changed anything'

# ---- Ranks that do not agree -------------------------------------------------------------------------------------------

# Options of a training run, for rank 0 and for ranks 1 and 2.
together() # WORDS WORDS
{
	mpi_by_rank 3 "$convoy|train|--output|$work/apart|$1" "$convoy|train|--output|$work/apart|$2"
}
together "$combine|--data|$work/data" "$here/lenet.yaml|--data|$work/data"
refused 78 'ranks with different jobs are refused' 'the job differs between ranks: 0 has' '1-2 have'
together "$combine|--data|$work/data|--rate|0.2" "$combine|--data|$work/data"
refused 78 'ranks with different rates are refused' 'the job differs between ranks: 0 has' '1-2 have'
together "$combine|--data|$work/data" "$combine|--data|$work/other"
refused 65 'ranks with different data are refused' 'the data differs between ranks: 0 has' '1-2 have'
together "$combine|--data|$work/data" "$combine|--data|$work/absent"
refused 66 'data that only some ranks find is refused' "$work/absent"
sed '/^data:/d' "$here/lenet.yaml" >"$work/held.yaml"
together "$work/held.yaml|--data|$work/data" "$work/held.yaml"
refused 78 'a job without data is refused, also where one rank is told of some' 'the job has no data'
words="$convoy|train|$combine|--data|$work/data|--output|$work/apart"
if CONVOY_ISA=avx2 "$convoy" --version >"$work/log" 2>&1; then
	mpi_by_rank 3 "env|CONVOY_ISA=avx2|$words" "env|CONVOY_ISA=portable|$words"
	refused 71 'ranks that round differently are refused' 'differs between ranks: 0 has' '1-2 have'
fi
[ -z "$(find "$work/apart" -type f 2>/dev/null)" ]
result $? '… and none of them wrote anything'
together "$combine|--data|$work/data|--stop-at|3" "$combine|--data|$work/data|--stop-at|2"
[ $? -eq 75 ] && [ "$(newest apart)" = "$work/apart/checkpoint-00000003.h5" ]
result $? 'all ranks stop where rank 0 is told to'

# ---- Bad memory --------------------------------------------------------------------------------------------------------

# 203 samples in batches of 48: an epoch has 5 steps. Also where the epoch's end brings no checkpoint, since nothing is
# learned behind the first.
for words in '' 'checkpoint: {epochs: 3}'; do
	rate=0.03
	[ -z "$words" ] || rate=2e-38
	{ sed "s/rate: 0.03/rate: $rate/" "$here/lenet.yaml" && echo "$words"; } >"$work/drift.yaml"
	rm -rf "$work/drift"
	mpi -n 3 "$drift" "$work/drift.yaml" "$work/data" "$work/drift" 7
	refused 70 "one bit that flips on one rank ends all at the epoch's end ${words:+too} $words" \
		'the digest of the parameters differs between ranks: 0 has' '1-2 have'
	[ "$(newest drift)" = "$work/drift/checkpoint-00000005.h5" ] && "$convoy" verify "$(newest drift)" >"$work/log"
	result $? '… and no checkpoint has it'
	[ "$(wc -l <"$work/drift/metrics.csv")" -eq 3 ]
	result $? '… nor was another epoch begun'
done

# ---- Divergence, and places that cannot be written -----------------------------------------------------------------------

train 2 diverged "$here/pool.yaml" --epochs 1
before=$(sums diverged)
train 3 diverged "$here/pool.yaml" --epochs 9 --rate 1e6 --resume
refused 70 'divergence ends all ranks with 70 and one line' diverged train.rate
[ "$before" = "$(sums diverged)" ]
result $? '… and leaves what was there'

: >"$work/file"
train 2 file "$combine"
refused 74 'a file in the place of the directory is an error' "$work/file"
train 2 file/below "$combine"
refused 74 'a file in the place of its parent too' "$work/file"

results_end
