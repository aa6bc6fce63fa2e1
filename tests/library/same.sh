#!/bin/sh
# libconvoy-mpi writes the checkpoints of convoy train, byte by byte: for each task, from floats and bytes, with weights,
# of chains and branches, on any number of ranks with two threads each, within an epoch and behind several.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/../train/common.sh"
trains=${convoy%/*}/tests/library/trains
values_make values labels

job() # NAME FILE OUTPUT LOSS DATA [LAYER [TRAIN]]
{
	cat >"$work/$1.yaml" <<END
name: $1
data: {format: hdf5, file: $work/$2.h5, inputs: fields, $5}
input: {maps: 1, rows: 4, columns: 4}
output: {$3}
layers:
  - {type: convolution, maps: 4, kernel: 3, padding: same, activation: tanh}
  - {type: dropout, rate: 0.2}
  - ${6:-"{type: full, units: 3}"}
loss: $4
train: {epochs: 3, batch: 40, rate: 0.03, momentum: 0.9, average: 0.9, seed: 5, threads: 2${7:+, $7}}
checkpoint: {epochs: 1, keep: 100}
END
}
# 15 steps in an epoch: the first checkpoint is within one, the last behind two and within the third.
same() # NAME
{
	for steps in 7 30 38; do
		mpi -n 1 "$convoy" train "$work/$1.yaml" --output "$work/$1" --stop-at $steps --resume
		[ $? -eq 75 ] || [ $? -eq 0 ]
		result $? "$1: convoy train to step $steps"
		cp "$(newest "$1")" "$work/$1-$steps.h5"
	done
	for ranks in 1 3; do
		mpi -n $ranks "$trains" "$work/$1.yaml" 7 "$work/early.h5" && cmp "$work/early.h5" "$work/$1-7.h5" >>"$work/log" &&
			mpi -n $ranks "$trains" "$work/$1.yaml" 38 "$work/late.h5" && cmp "$work/late.h5" "$work/$1-38.h5" >>"$work/log"
		result $? "$1: the library on $ranks ranks writes the same bytes"
	done
	mpi -n 2 "$trains" "$work/$1.yaml" 30 "$work/half.h5" "$work/early.h5" &&
		cmp "$work/half.h5" "$work/$1-30.h5" >>"$work/log"
	result $? "$1: and so it does when it continues"
}

job values values-f32 'values: 3, normalize: standard, names: [a, b, c], units: [m, K, 1]' squared-error \
	'targets: targets'
job weighted values-f32 'values: 3' huber 'targets: targets, weights: trust, normalize: range'
job labels labels-f32 'labels: 3' binary-cross-entropy 'targets: targets'
job classes values-f32 'classes: 2, weights: balanced' softmax-cross-entropy 'targets: kinds, weights: trust' \
	'{type: batch-norm, statistics: running}
  - {type: full, units: 2}'
job bytes values-u8 'classes: 2' squared-error 'targets: kinds, pad: 1' '{type: full, units: 2, activation: tanh}'
job fields values-f32 'values: 1, normalize: standard' absolute-error 'targets: fields' \
	'{type: convolution, maps: 1, kernel: 1}'
job maps values-u8 'classes: 256' softmax-cross-entropy 'targets: fields' '{type: convolution, maps: 256, kernel: 1}'
job masks values-f32 'classes: 2, weights: balanced' softmax-cross-entropy 'targets: large, weights: trust' \
	'{type: convolution, maps: 2, kernel: 1}'
job mixed values-u8 'classes: 2, weights: [1, 2]' softmax-cross-entropy 'targets: kinds' '{type: full, units: 2}' \
	'mixup: 0.3'
# A U-Net whose input is read twice.
job branches values-f32 'values: 1, normalize: standard' squared-error 'targets: fields' '{type: pooling, method: max, window: 2}
  - {type: convolution, maps: 5, kernel: 3, padding: same, activation: relu}
  - {type: upsampling, factor: 2}
  - {type: concatenate, from: [-4, -1, input]}
  - {type: convolution, maps: 1, kernel: 3, padding: same, name: last}
  - {type: add, from: [last, input]}'
job scaled values-f32 'values: 3' huber 'targets: targets, normalize: none, scale: 0.01, offset: [-1.5]'
for name in mixed values weighted labels classes bytes fields maps masks branches scaled; do
	same $name
done

# With the parameters, and the normalisation, of another job's network.
sed 's/^name: .*/name: begun/; s/seed: 5/seed: 6/' "$work/branches.yaml" >"$work/begun.yaml"
mpi -n 2 "$convoy" train "$work/begun.yaml" --output "$work/begun" --stop-at 20 --take-normalization \
	--start-from "$work/scaled-38.h5"
[ $? -eq 75 ] && cp "$(newest begun)" "$work/begun-20.h5" && "$convoy" show "$work/begun-20.h5" >"$work/log" 2>&1
result $? 'convoy train with the first layer of another network'
for ranks in 1 3; do
	mpi -n $ranks "$trains" "$work/begun.yaml" 20 "$work/start.h5" "$work/scaled-38.h5" start &&
		cmp "$work/start.h5" "$work/begun-20.h5" >>"$work/log"
	result $? "the library on $ranks ranks begins with it too"
done
mpi -n 1 "$trains" "$work/begun.yaml" 20 "$work/plain.h5" && ! cmp -s "$work/plain.h5" "$work/begun-20.h5"
result $? '… and without it is another network'
mpi -n 2 "$trains" "$work/begun.yaml" 20 "$work/no.h5" "$work/values-f32.h5" start
[ $? -ne 0 ] && [ ! -e "$work/no.h5" ] && grep -qF 'values-f32.h5: not a convoy checkpoint' "$work/log"
result $? 'the library: a file of another program is refused'

# Samples without those that numbers are missing of. Dropout would know them by their numbers in the file.
"$convoy" import "$work/data" --output "$work/bytes.h5" >"$work/log" 2>&1 &&
	HOLES=20 "${convoy%/*}/tests/train/make_type" "$work/bytes.h5" "$work/holes.h5" float32
result $? 'a file with missing numbers'
cat >"$work/skip.yaml" <<END
name: skip
data: {format: hdf5, file: $work/holes.h5, missing: skip}
input: {maps: 1, rows: 12, columns: 12}
output: {classes: 4}
layers:
  - {type: convolution, maps: 3, kernel: 3, activation: relu}
  - {type: full, units: 4}
loss: softmax-cross-entropy
train: {epochs: 3, batch: 12, rate: 0.03, momentum: 0.9, seed: 5}
checkpoint: {epochs: 1, keep: 100}
END
same skip

results_end
