#!/bin/sh
# Inputs of other types than bytes: the parameters of the same numbers as bytes, and the same bytes for any number of
# ranks, whole and window by window.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/common.sh"

make_type=${convoy%/*}/tests/train/make_type
mkdir "$work/large"
"$make_data" "$work/large" 1 3000 500 && "$convoy" import "$work/large" --output "$work/uint8.h5" >"$work/log" 2>&1
result $? 'a data set of bytes'
# A border, dropout and statistics of blocks, and a validation set.
sed 's/format: idx/format: hdf5/; s/directory: data/file: uint8.h5/; /distort:/d; s/epochs: 40/epochs: 2/' \
	"$here/distort.yaml" >"$work/job.yaml"

train_on() # RANKS TYPE OUTPUT [OPTION…]
(
	ranks=$1 type=$2 output=$3
	shift 3
	mpi -n "$ranks" "$convoy" train "$work/job.yaml" --data "$work/$type.h5" --output "$work/$output" "$@"
)

train_on 1 uint8 uint8
result $? 'bytes'
for type in int16 uint16 float32 float64; do
	"$make_type" "$work/uint8.h5" "$work/$type.h5" $type && train_on 2 $type $type && same_metrics uint8 $type && {
		"$convoy" diff "$work/uint8/best.h5" "$work/$type/best.h5" >"$work/log"
		grep -q '^/layers' "$work/log" && ! awk '$1 ~ /^\// && $1 != "/inputs" && $2 != 0' "$work/log" | grep .
	}
	result $? "$type: the parameters of bytes"
done

# What bytes cannot hold.
"$make_type" "$work/uint8.h5" "$work/small.h5" float32 0.0003
train_on 1 small one
result $? 'numbers below 0.1'
for ranks in 2 3; do
	train_on $ranks small ranks-$ranks && same_runs one ranks-$ranks
	result $? "$ranks ranks: the same bytes"
done
train_on 2 small stops --stop-at 31
[ $? -eq 75 ] && train_on 3 small stops --resume && same_runs one stops
result $? 'stopped and resumed: the same bytes'

for ranks in 1 2 3; do
	train_on $ranks small window-$ranks --set data.memory=1
done
same_runs window-1 window-2 && same_runs window-1 window-3 && ! same_metrics window-1 one
result $? 'windows: the same bytes for any number of ranks'
CONVOY_NODE_RANKS=1 train_on 2 small apart --set data.memory=1 && same_runs window-1 apart
result $? 'two ranks that share no memory: the same bytes'
# Ranks that are ahead read the next window while others are still about to divide by this one's weights.
for ranks in 1 7; do
	train_on $ranks small weighted-$ranks --set data.memory=1 --set output.weights=balanced --epochs 6
done
same_runs weighted-1 weighted-7 && ! same_metrics window-1 weighted-1
result $? 'windows and weights of classes: the same bytes for any number of ranks'

# The same numbers in files of NumPy.
mkdir "$work/numpy"
"$make_type" "$work/uint8.h5" "$work/numpy/" float32 0.0003
sed 's/format: hdf5/format: numpy/; s/file: uint8.h5/directory: numpy/' "$work/job.yaml" >"$work/numpy.yaml"
numpy_on() # RANKS OUTPUT [OPTION…]
(
	ranks=$1 output=$2
	shift 2
	cd "$work" && mpi -n "$ranks" "$convoy" train numpy.yaml --output "$work/$output" "$@"
)
numpy_on 2 numpy-2 && same_metrics one numpy-2 && {
	"$convoy" diff "$work/one/best.h5" "$work/numpy-2/best.h5" >"$work/log"
	grep -q '^/layers' "$work/log" && ! awk '$1 ~ /^\// && $2 != 0' "$work/log" | grep .
}
result $? 'NumPy: the parameters of HDF5'
numpy_on 1 numpy-1 && same_runs numpy-1 numpy-2
result $? 'NumPy: the same bytes for any number of ranks'
for ranks in 1 2; do
	numpy_on $ranks part-$ranks --set data.memory=1
done
same_runs part-1 part-2 && ! same_metrics part-1 numpy-1
result $? 'NumPy: windows, the same bytes for any number of ranks'
# One file of them: the same numbers in the same types, compressed.
(cd "$work" && "$convoy" import numpy --deflate 1 --output arrays.h5) >"$work/said" 2>"$work/log"
result $? 'import of NumPy'
cat >"$work/wanted" <<END
arrays.h5: 3,000 training and 500 test samples, 4 classes
For the job file:
data:
  format: hdf5
  file: arrays.h5
  inputs: inputs
  targets: targets
END
head -n 7 "$work/said" | diff "$work/wanted" - >"$work/log"
result $? 'import of NumPy: what the job says'
train_on 1 arrays imported --set data.inputs=inputs --set data.targets=targets && same_metrics numpy-1 imported && {
	"$convoy" diff "$work/numpy-1/best.h5" "$work/imported/best.h5" >"$work/log"
	grep -q '^/layers' "$work/log" && ! awk '$1 ~ /^\// && $2 != 0' "$work/log" | grep .
}
result $? 'import of NumPy: it trains to the same parameters'
"$convoy" predict "$work/one/best.h5" "$work/numpy/test-inputs.npy" --output "$work/of-npy.npy" 2>"$work/log" &&
	"$convoy" predict "$work/one/best.h5" "$work/arrays.h5" --inputs test/inputs --output "$work/of-h5.npy" 2>"$work/log" &&
	cmp "$work/of-npy.npy" "$work/of-h5.npy" >"$work/log"
result $? 'import of NumPy: predict has the same scores from it'
if command -v h5ls >/dev/null; then
	h5ls -rv "$work/arrays.h5" >"$work/log" && [ "$(grep -c 'Filter-0: *deflate' "$work/log")" -eq 4 ] &&
		[ "$(grep -c 'Filter-1: *fletcher32' "$work/log")" -eq 4 ] && grep -q 'Type: *native float' "$work/log"
	result $? 'import of NumPy: deflated, with checksums'
else
	skip 'import of NumPy: deflated, with checksums' 'no h5ls'
fi
mkdir "$work/damaged" && cp "$work/numpy"/*.npy "$work/damaged" &&
	head -c 2000 "$work/numpy/test-inputs.npy" >"$work/damaged/test-inputs.npy"
"$convoy" import "$work/damaged" --output "$work/x.h5" >"$work/said" 2>"$work/log"
[ $? -eq 65 ] && [ "$(wc -l <"$work/log")" -eq 1 ] && grep -q 'damaged/test-inputs.npy: ' "$work/log" &&
	[ -z "$(find "$work" -name '*x.h5*')" ]
result $? 'import of NumPy: a short file, one line, and nothing is left'
for part in train test; do
	mv "$work/numpy/$part-inputs.npy" "$work/numpy/$part-fields.npy"
done
mv "$work/numpy/test-targets.npy" "$work/numpy/kinds.npy"
numpy_on 1 named --set data.inputs=fields --set data.test.targets=kinds.npy && same_metrics numpy-1 named
result $? 'NumPy: files of other names'
(cd "$work" && "$convoy" eval named/best.h5) >"$work/log" 2>&1 && grep -q 'error' "$work/log"
result $? 'NumPy: eval'
"$convoy" eval "$work/one/best.h5" --data "$work/small.h5" >"$work/log" 2>&1 && grep -q 'error' "$work/log"
result $? 'eval reads such data'
"$convoy" predict "$work/one/best.h5" "$work/large/t10k-images-idx3-ubyte" >"$work/log" 2>&1
[ $? -eq 65 ] && grep -q 'was trained on float32 inputs' "$work/log"
result $? 'predict refuses bytes'
# Whole steps and the mirror round nothing.
for type in uint8 uint16 float32; do
	train_on 2 $type crop-$type --set data.distort.crop=2 --set data.distort.flip=true
done
same_metrics crop-uint8 crop-uint16 && same_metrics crop-uint8 crop-float32 && ! same_metrics uint8 crop-uint8
result $? 'cut out and mirrored: the run of bytes'
for ranks in 1 3; do
	train_on $ranks small bent-$ranks --threads 2 --set data.distort.rotation=20 --set data.distort.erase=0.5 \
		--set data.distort.elastic.alpha=8 --set data.distort.elastic.sigma=2
done
same_runs bent-1 bent-3 && ! same_metrics bent-1 one
result $? 'distorted floats: the same bytes for any number of ranks'

# Arrays with other names and in other places: the same data, so the same run.
"$make_type" "$work/uint8.h5" "$work/named.h5" uint8 1 /train/fields /train/kinds /test/fields /test/kinds &&
	"$make_type" "$work/uint8.h5" "$work/placed.h5" uint8 1 /a/b/x /y /a/tx /a/ty
result $? 'arrays with other names'
sed 's/validation: 51/validation: 51\n  inputs: fields\n  targets: kinds/' "$work/job.yaml" >"$work/named.yaml"
sed 's,validation: 51,validation: 51\n  train: {inputs: /a/b/x\, targets: /y}\n  test: {inputs: /a/tx\, targets: /a/ty},' \
	"$work/job.yaml" >"$work/placed.yaml"
for names in named placed; do
	for memory in 0 1; do
		train_on 1 uint8 uint8-$memory --set data.memory=$memory
		mpi -n 2 "$convoy" train "$work/$names.yaml" --data "$work/$names.h5" --output "$work/$names-$memory" \
			--set data.memory=$memory && same_metrics uint8-$memory $names-$memory
		result $? "$names arrays, data.memory: $memory: the same run"
	done
	"$convoy" eval "$work/$names-0/best.h5" >"$work/log" 2>&1 && grep -q "the run's test set" "$work/log"
	result $? "$names arrays: eval finds them"
done
mpi -n 1 "$convoy" train "$work/named.yaml" --data "$work/uint8.h5" --output "$work/lacking"
complains $? 65 "uint8.h5: /train/fields: "
result $? 'a name that is not there: one line'

# ---- Predictions -----------------------------------------------------------------------------------------------------

for type in uint8 int16 float32; do
	"$convoy" predict "$work/$type/best.h5" "$work/$type.h5" --output "$work/$type.npy" 2>"$work/log" &&
		cmp "$work/uint8.npy" "$work/$type.npy" >"$work/log" 2>&1
	result $? "predict: $type, the scores of bytes"
done
"$convoy" predict "$work/one/best.h5" "$work/small.h5" --output "$work/scores-1.npy" 2>"$work/log" &&
	"$convoy" predict "$work/one/best.h5" "$work/numpy/test-fields.npy" --output "$work/scores-2.npy" 2>"$work/log" &&
	cmp "$work/scores-1.npy" "$work/scores-2.npy" >"$work/log" 2>&1
result $? 'predict: NumPy, the scores of HDF5'
"$convoy" predict "$work/one/best.h5" "$work/numpy/kinds.npy" >"$work/out" 2>"$work/log"
[ $? -eq 65 ] && [ "$(wc -l <"$work/log")" -eq 1 ] && grep -q 'kinds.npy: its array: samples are single numbers' "$work/log"
result $? 'predict: an array of another shape is refused'
"$convoy" predict "$work/one/best.h5" "$work/uint8.h5" >"$work/out" 2>"$work/log"
[ $? -eq 65 ] && grep -q '/test/images: is uint8, the network was trained on float32: convert the numbers' "$work/log"
result $? 'predict: numbers of another type are refused'
"$convoy" predict "$work/one/best.h5" "$work/small.h5" --inputs /none >"$work/out" 2>"$work/log"
[ $? -eq 65 ] && [ "$(wc -l <"$work/log")" -eq 1 ] && grep -q '/none' "$work/log"
result $? 'predict: an array that is not there'
printf 'P5 12 12 255\n%0144d' 0 >"$work/picture.pgm"
"$convoy" predict "$work/one/best.h5" "$work/picture.pgm" >"$work/out" 2>"$work/log"
[ $? -eq 65 ] && grep -q 'picture.pgm: 1 band of uint8, the network was trained on 1 of float32$' "$work/log"
result $? 'predict: a picture means nothing to it'
"$convoy" predict "$work/one/best.h5" "$work/missing.h5" >"$work/out" 2>"$work/log"
[ $? -eq 66 ] && grep -q 'missing.h5: No such file' "$work/log"
result $? 'predict: a file of numbers that is not there is said to be missing'

results_end
