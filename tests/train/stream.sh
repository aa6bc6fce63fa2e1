#!/bin/sh
# A data set that is read window by window: the same bytes for any number of ranks and after any stop; another order than
# in memory, and that of memory where it fits.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/common.sh"

mkdir "$work/large"
"$make_data" "$work/large" 1 6000 2500 || exit 1
"$convoy" import "$work/large" --output "$work/large.h5" --deflate 1 >"$work/log" 2>&1
result $? 'a data set of more than a MiB'
# Distortion, dropout, statistics of blocks and a validation set: all that could see where a sample lies.
sed 's/format: idx/format: hdf5/; s/directory: data/file: large.h5\n  memory: 1/' "$here/distort.yaml" >"$work/stream.yaml"

stream() # RANKS OUTPUT [OPTION…]
(
	ranks=$1 output=$2
	shift 2
	mpi -n "$ranks" "$convoy" train "$work/stream.yaml" --data "$work/large.h5" --output "$work/$output" --epochs 2 \
		--batch 100 "$@"
)

stream 1 one
result $? 'one rank'
for case in '2 1' '3 2'; do
	stream "${case% *}" "ranks-${case% *}" --threads "${case#* }" && same_runs one "ranks-${case% *}"
	result $? "ranks: ${case% *}, threads: ${case#* }: the same bytes"
done
CONVOY_NODE_RANKS=1 stream 2 apart && same_runs one apart
result $? 'two ranks that share no memory: the same bytes'

# Within a window, at the end of the first epoch (60 steps), and within another window.
stream 2 stops --stop-at 31
[ $? -eq 75 ] && stream 1 stops --resume --stop-at 60
[ $? -eq 75 ] && stream 3 stops --resume --stop-at 97
[ $? -eq 75 ] && stream 2 stops --resume && same_runs one stops
result $? 'stopped three times: the same bytes'

sed 's/optimizer: .*//; s/patience: 2}/patience: 2, optimizer: sdlm, curvature: 200}/' "$work/stream.yaml" \
	>"$work/sdlm.yaml"
for ranks in 1 2; do
	mpi -n $ranks "$convoy" train "$work/sdlm.yaml" --data "$work/large.h5" --output "$work/sdlm-$ranks" --epochs 1
done
same_runs sdlm-1 sdlm-2
result $? 'sdlm: the same bytes'

# The partner of a sample is one of its batch, so it stands in the same window.
for ranks in 1 3; do
	stream $ranks "mixed-$ranks" --set train.mixup=0.4
done
same_runs mixed-1 mixed-3 && ! same_metrics one mixed-1
result $? 'mixup: the same bytes'

# What fits is trained on as if there were no limit; only the job's text tells the two apart.
stream 2 fits --set data.memory=100 && stream 1 memory --set data.memory=0 && same_metrics fits memory &&
	! same_metrics one memory
result $? 'what fits into memory has the order of memory, what does not has another'

# Where one sample is left the order is the same too, and only what is keyed by its number could tell the two apart.
mkdir "$work/one-left"
"$make_data" "$work/one-left" 1 10 12000 &&
	"$convoy" import "$work/one-left" --output "$work/one-left.h5" >"$work/log" 2>&1
sed 's/large.h5/one-left.h5/; s/validation: 51/validation: 9/' "$work/stream.yaml" >"$work/one-left.yaml"
for ranks in 1 2; do
	for memory in 0 1; do
		mpi -n $ranks "$convoy" train "$work/one-left.yaml" --data "$work/one-left.h5" --epochs 5 \
			--set data.memory=$memory --output "$work/one-left-$memory-$ranks"
	done
done
same_metrics one-left-0-1 one-left-1-1 && same_files one-left-0-1 one-left-1-1 validation.csv &&
	same_runs one-left-0-1 one-left-0-2 && same_runs one-left-1-1 one-left-1-2
result $? 'dropout and distortion know a sample by its number in the file, in windows and in memory'

sed 's/classes: 4/classes: 6/; s/units: 4/units: 6/' "$work/stream.yaml" >"$work/six.yaml"
mpi -n 2 "$convoy" train "$work/six.yaml" --data "$work/large.h5" --output "$work/six" --epochs 1 --batch 100
complains $? 0 'no training sample is of classes 4' ', 5' ': they cannot be learned'
result $? 'classes without training samples are told of windows too'

stream 1 fits --resume --epochs 3
complains $? 78 'data.memory is 1, the checkpoint was trained with 100'
result $? 'another data.memory does not continue a run'
stream 1 small --batch 2000
complains $? 78 'data.memory is too small for' 'two windows of 2000 images, 51 held back'
result $? 'a window holds a batch'
mpi -n 1 "$convoy" train "$here/lenet.yaml" --data "$work/data" --output "$work/idx" --set data.memory=1
complains $? 78 'data.memory needs format: hdf5 or numpy'
result $? 'only HDF5 is read by windows'

# The last byte of an image is in the last chunk that is read: it is found in the first pass.
cp "$work/large.h5" "$work/good.h5"
printf 'XXXX' | dd of="$work/large.h5" bs=1 seek=600000 conv=notrunc 2>"$work/log"
stream 2 damaged
complains $? 65 'damaged'
result $? 'a damaged file: one line'
cp "$work/good.h5" "$work/large.h5"
"$convoy" import "$work/large" --output "$work/large.h5" --deflate 9 --force >"$work/log" 2>&1
stream 2 repacked && stream 1 one --resume --epochs 3
result $? 'the same samples packed otherwise continue a run'

results_end
