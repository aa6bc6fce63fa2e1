#!/bin/sh
# Where the parts of a data set lie: a file for each; a share of the training samples for the test; no test set at all.
# The same bytes for any number of ranks and after stops, whole and window by window.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/common.sh"

make_type=${convoy%/*}/tests/train/make_type
mkdir "$work/large"
"$make_data" "$work/large" 1 3000 500 && "$convoy" import "$work/large" --output "$work/bytes.h5" >"$work/log" 2>&1 &&
	"$make_type" "$work/bytes.h5" "$work/both.h5" float32 0.0003 &&
	"$make_type" "$work/bytes.h5" "$work/1997.h5" float32 0.0003 /a/x /a/y /b/x /b/y
result $? 'a data set'
cp "$work/both.h5" "$work/1998.h5"
sed 's/format: idx/format: hdf5/; s/directory: data/file: both.h5/; /distort:/d; s/epochs: 40/epochs: 2/' \
	"$here/distort.yaml" >"$work/both.yaml"

train_in() # RANKS JOB OUTPUT [OPTION…]
(
	ranks=$1 job=$2 output=$3
	shift 3
	cd "$work" && mpi -n "$ranks" "$convoy" train "$job.yaml" --output "$work/$output" "$@"
)

# ---- A file for each part --------------------------------------------------------------------------------------------

sed 's,file: both.h5,train: {file: 1997.h5\, inputs: /a/x\, targets: /a/y}\n  test: {file: 1998.h5},' \
	"$work/both.yaml" >"$work/two.yaml"
for memory in 0 1; do
	train_in 1 both both-$memory --set data.memory=$memory && train_in 2 two two-$memory --set data.memory=$memory &&
		same_metrics both-$memory two-$memory
	result $? "two files, data.memory: $memory: the run of one"
	train_in 3 two three-$memory --set data.memory=$memory && same_runs two-$memory three-$memory
	result $? "two files, data.memory: $memory: the same bytes on three ranks"
done
train_in 2 two stops --set data.memory=0 --stop-at 31
[ $? -eq 75 ] && train_in 3 two stops --set data.memory=0 --resume && same_runs two-0 stops
result $? 'two files: stopped and resumed, the same bytes'
(cd "$work" && "$convoy" eval two-0/best.h5) >"$work/log" 2>&1 && grep -q "the run's test set" "$work/log"
result $? 'two files: eval'

mkdir "$work/moved" && mv "$work/1997.h5" "$work/1998.h5" "$work/moved"
train_in 1 two gone
complains $? 66 '1997.h5: no such file'
result $? 'a file that is not there: one line'
train_in 1 two moved-run --data "$work/moved" && same_metrics both-0 moved-run
result $? '--data: the directory of both files'
mv "$work/moved/1997.h5" "$work/1997.h5"
"$convoy" eval "$work/moved-run/best.h5" >"$work/log" 2>&1 && grep -q "the run's test set" "$work/log"
result $? 'eval where only the test set is left'
"$convoy" eval "$work/two-0/best.h5" --data "$work/both.h5" >"$work/log" 2>&1 && grep -q "the run's test set" "$work/log"
result $? 'eval --data: one file'

"$make_type" "$work/bytes.h5" "$work/1998.h5" int16
train_in 1 two types
complains $? 65 '1998.h5: /test/images is int16, 1997.h5: /a/x is float32: store both as one type'
result $? 'parts of two types are refused'

# ---- A share of the training samples is the test set -----------------------------------------------------------------

sed 's/file: both.h5/file: both.h5\n  test: 0.1/' "$work/both.yaml" >"$work/share.yaml"
for memory in 0 1; do
	for ranks in 1 2 3 7; do
		train_in $ranks share share-$memory-$ranks --set data.memory=$memory
	done
	same_runs share-$memory-1 share-$memory-2 && same_runs share-$memory-1 share-$memory-3 &&
		same_runs share-$memory-1 share-$memory-7
	result $? "data.test: 0.1, data.memory: $memory: the same bytes on 1, 2, 3 and 7 ranks"
	train_in 2 share share-$memory --set data.memory=$memory --stop-at 20
	[ $? -eq 75 ] && train_in 3 share share-$memory --set data.memory=$memory --resume --stop-at 60
	[ $? -eq 75 ] && train_in 1 share share-$memory --set data.memory=$memory --resume &&
		same_runs share-$memory share-$memory-1
	result $? "data.test: 0.1, data.memory: $memory: stopped and resumed, the same bytes"
	(cd "$work" && "$convoy" eval share-$memory-1/best.h5 --json) >"$work/log" 2>&1 &&
		grep -q '"samples": 300[,}]' "$work/log" && ! grep -q 'not the test set' "$work/log"
	result $? "data.test: 0.1, data.memory: $memory: eval finds the 300 samples again"
done
facts() # RUN: the digests of its test and training set
{
	tail -c +513 "$(newest "$1")" | tr -c '0-9a-f' '\n' | grep -x '[0-9a-f]\{64\}' | sort
}
facts share-0-1 >"$work/whole" && facts share-1-1 | cmp - "$work/whole" >"$work/log" 2>&1
result $? 'the same samples, whole and window by window'
[ "$(facts both-0 | grep -c .)" -eq 2 ] && [ "$(facts both-0 | sort - "$work/whole" | uniq -d | wc -l)" -eq 1 ]
result $? '… and the training set of the file, but not its test set'
# Other files have a test set of their own, which comes first.
"$convoy" eval "$work/share-0-1/best.h5" --data "$work/both.h5" --json >"$work/log" 2>&1 &&
	grep -q '"samples": 500[,}]' "$work/log" && grep -q "not the test set of the checkpoint's run" "$work/log"
result $? 'eval --data: the test set of the file'
"$make_type" "$work/bytes.h5" "$work/alone.h5" float32 0.0003 /train/images /train/labels /other/x /other/y
"$convoy" eval "$work/share-0-1/best.h5" --data "$work/alone.h5" --json >"$work/log" 2>&1 &&
	grep -q '"samples": 300[,}]' "$work/log" && ! grep -q 'not the test set' "$work/log"
result $? 'eval --data: moved, and without a test set, the share'
"$convoy" predict "$work/share-0-1/best.h5" "$work/alone.h5" >"$work/log" 2>&1
complains $? 65 '/test/images: no such array' 'a share of its training samples: --inputs=/train/images predicts from all of them' &&
	"$convoy" predict "$work/share-0-1/best.h5" "$work/alone.h5" --inputs /train/images --output "$work/all.npy" \
		>"$work/log" 2>&1
result $? 'predict without a test set: where the held-out samples are'
train_in 1 share alone --data "$work/alone.h5" && same_metrics share-0-1 alone
result $? 'a file without a test set: the same run'
train_in 1 share seed --set train.seed=2 && ! same_metrics share-0-1 seed && facts seed >"$work/other" &&
	[ "$(sort "$work/whole" "$work/other" | uniq -d | wc -l)" -eq 1 ]
result $? 'another seed: another share of the same training set'
(cd "$work" && sed 's/file: both.h5/directory: large/; s/hdf5/idx/' share.yaml >idx.yaml)
train_in 2 idx idx && (cd "$work" && "$convoy" eval idx/best.h5 --json) >"$work/log" 2>&1 &&
	grep -q '"samples": 300[,}]' "$work/log" && ! grep -q 'not the test set' "$work/log"
result $? 'data.test: 0.1 of IDX files'

# ---- No test set -----------------------------------------------------------------------------------------------------

for memory in 0 1; do
	for ranks in 1 3; do
		train_in $ranks both none-$memory-$ranks --data "$work/alone.h5" --set data.memory=$memory
	done
	same_runs none-$memory-1 none-$memory-3
	result $? "no test set, data.memory: $memory: the same bytes on 1 and 3 ranks"
	# Training and validation do not know.
	cut -d, -f1-5 "$work/both-$memory/metrics.csv" >"$work/with" && cut -d, -f1-5 "$work/none-$memory-1/metrics.csv" |
		cmp - "$work/with" >"$work/log" 2>&1 && cmp "$work/both-$memory/validation.csv" \
		"$work/none-$memory-1/validation.csv" >"$work/log" 2>&1
	result $? "no test set, data.memory: $memory: training and validation are as with one"
	awk -F, 'NR > 1 && ($6 != "" || $7 != "" || $8 == "") { bad = 1 } END { exit bad || NR != 3 }' \
		"$work/none-$memory-1/metrics.csv"
	result $? "no test set, data.memory: $memory: its columns are empty" "$work/none-$memory-1/metrics.csv"
done
train_in 2 both stopped --data "$work/alone.h5" --set data.memory=0 --stop-at 60
[ $? -eq 75 ] && train_in 3 both stopped --data "$work/alone.h5" --set data.memory=0 --resume &&
	same_runs none-0-1 stopped
result $? 'no test set: stopped and resumed, the same bytes'
train_in 1 both note --data "$work/alone.h5" && grep -q 'the data have no test set' "$work/log" &&
	grep -q 'test none' "$work/log"
result $? 'no test set: train says so'
"$convoy" eval "$work/note/best.h5" >"$work/log" 2>&1
[ $? -eq 66 ] && grep -q 'alone.h5: has no test set' "$work/log"
result $? 'no test set: eval says so'
"$convoy" eval "$work/note/best.h5" --data "$work/both.h5" >"$work/log" 2>&1 &&
	grep -q "the checkpoint's run had no test set" "$work/log"
result $? 'eval --data: another test set'
# The letters of a picture may spell anything.
"$convoy" report "$work/note" --output "$work/page.html" >"$work/log" 2>&1 &&
	"$convoy" show "$work/note/best.h5" >"$work/shown" 2>&1 && grep -q 'There is no test set.' "$work/page.html" &&
	grep -q 'test error none' "$work/shown" &&
	! sed 's|;base64,[A-Za-z0-9+/=]*||g' "$work/page.html" "$work/shown" | grep -i 'nan' >>"$work/log"
result $? 'no test set: report and show say so'
"$convoy" report "$work/note" "$work/both-0" --output "$work/page.html" >"$work/log" 2>&1 &&
	complaints | grep -qF "$work/note has no test set: there is no error to compare with that of $work/both-0" &&
	! grep -q 'different test sets' "$work/log" "$work/page.html"
result $? 'no test set: report of two runs says so'
train_in 1 both strict --set data.validation=0 --set train.patience=0 --epochs 1 &&
	"$convoy" eval "$work/strict/best.h5" --data "$work/alone.h5" >"$work/log" 2>&1
complains $? 65 '/test/images: no such array' && ! complaints | grep -q 'data.test: 0.1'
result $? 'eval proposes no key of a job'
train_in 1 both refused --data "$work/alone.h5" --set data.validation=0 --set train.patience=0
complains $? 65 '/test/images: no such array' 'data.test: 0.1'
result $? 'neither a test set nor a validation set: refused, with the way out'

# ---- NumPy -----------------------------------------------------------------------------------------------------------

mkdir "$work/numpy" && "$make_type" "$work/bytes.h5" "$work/numpy/" float32 0.0003
sed 's/format: hdf5/format: numpy/; s/file: both.h5/directory: numpy/' "$work/both.yaml" >"$work/numpy.yaml"
for ranks in 3 7; do
	train_in $ranks numpy numpy-$ranks
done
same_runs numpy-3 numpy-7 && same_metrics both-0 numpy-3
result $? 'NumPy: the same bytes on 3 and 7 ranks, and the run of HDF5'
train_in 2 numpy numpy --stop-at 20
[ $? -eq 75 ] && train_in 7 numpy numpy --resume --stop-at 70
[ $? -eq 75 ] && train_in 3 numpy numpy --resume && same_runs numpy-3 numpy
result $? 'NumPy: stopped and resumed, the same bytes'
"$convoy" import "$work/numpy" --output "$work/whole.h5" >"$work/log" 2>&1 && ! grep -q 'test: 0.1' "$work/log"
result $? 'NumPy: import with a test set'
rm "$work/numpy/test-inputs.npy" "$work/numpy/test-targets.npy"
"$convoy" import "$work/numpy" --output "$work/part.h5" >"$work/log" 2>&1 && grep -q '^  test: 0.1 ' "$work/log"
result $? 'NumPy: import without a test set proposes a share'
train_in 3 numpy numpy-share --set data.test=0.1 && same_metrics share-0-1 numpy-share
result $? 'NumPy: a share, the run of HDF5'
train_in 2 numpy numpy-none && same_files none-0-1 numpy-none validation.csv
result $? 'NumPy: no test set, the run of HDF5'
train_in 2 numpy numpy-weighed --set data.train.weights=train-targets.npy
result $? 'weights of the training set, without a test set'
train_in 2 both weighed --set data.train.weights=/train/labels
complains $? 65 'the test set has no weights, the other has: name them in data.test.weights'
result $? 'weights of the training set, with a test set that has none'
if [ "$(id -u)" -ne 0 ]; then
	touch "$work/numpy/test-inputs.npy" && chmod 0 "$work/numpy/test-inputs.npy"
	train_in 1 numpy forbidden
	complains $? 66 'test-inputs.npy: Permission denied'
	result $? 'NumPy: a test set that is forbidden is not one that is absent'
fi

# ---- Samples with missing numbers ------------------------------------------------------------------------------------

HOLES=20 "$make_type" "$work/bytes.h5" "$work/holes.h5" float32 0.0003 &&
	DROP=20 "$make_type" "$work/bytes.h5" "$work/clean.h5" float32 0.0003 &&
	HOLES=20 "$make_type" "$work/bytes.h5" "$work/fills.h5" int16 &&
	DROP=20 "$make_type" "$work/bytes.h5" "$work/filled.h5" int16
result $? 'data sets with holes, and without the samples that have them'
train_in 1 both holes --data "$work/holes.h5"
complains $? 65 'sample ' 'data.missing: skip'
result $? 'a missing number is refused, with the way out'
"$convoy" predict "$work/both-0/best.h5" "$work/holes.h5" --inputs /train/images >"$work/log" 2>&1
complains $? 65 'leave this sample out' && ! complaints | grep -q 'data.missing'
result $? 'predict proposes no key of a job'
# Without dropout, which knows a sample by its number in the file.
sed '/type: dropout/d' "$work/both.yaml" >"$work/sound.yaml"
sed 's/file: both.h5/file: both.h5\n  missing: skip/' "$work/sound.yaml" >"$work/skip.yaml"
for test in 0 0.1; do
	train_in 1 sound clean-$test --data "$work/clean.h5" --set data.test=$test
	train_in 2 skip skip-$test --data "$work/holes.h5" --set data.test=$test && same_metrics clean-$test skip-$test
	result $? "data.missing: skip, data.test: $test: the run of a file without these samples"
	[ $test = 0.1 ] || grep -q 'left out for missing numbers: 300 training samples, 50 test samples' "$work/log"
	result $? "data.missing: skip, data.test: $test: they are counted"
	facts clean-$test >"$work/clean" && facts skip-$test | cmp - "$work/clean" >"$work/log" 2>&1
	result $? "data.missing: skip, data.test: $test: the data are those of that file"
	"$convoy" eval "$work/skip-$test/best.h5" >"$work/log" 2>&1 && grep -q 'left out for missing numbers: ' "$work/log" &&
		! grep -q 'not the test set' "$work/log"
	result $? "data.missing: skip, data.test: $test: eval"
	for ranks in 1 3 7; do
		train_in $ranks skip skip-$test-$ranks --data "$work/holes.h5" --set data.test=$test --set data.memory=1
	done
	same_runs skip-$test-1 skip-$test-3 && same_runs skip-$test-1 skip-$test-7 &&
		facts skip-$test-1 | cmp - "$work/clean" >"$work/log" 2>&1
	result $? "data.missing: skip, data.test: $test: windows, the same bytes on 1, 3 and 7 ranks, the same data"
done
train_in 3 skip skip-stops --data "$work/holes.h5" --set data.test=0.1 --set data.memory=1 --stop-at 30
[ $? -eq 75 ] && train_in 2 skip skip-stops --data "$work/holes.h5" --set data.test=0.1 --set data.memory=1 --resume &&
	same_runs skip-0.1-1 skip-stops
result $? 'data.missing: skip: windows, stopped and resumed, the same bytes'
train_in 1 sound filled --data "$work/filled.h5" && train_in 2 skip fills --data "$work/fills.h5" &&
	same_metrics filled fills
result $? 'data.missing: skip: fill values'
mkdir "$work/numpy-holes" && HOLES=20 "$make_type" "$work/bytes.h5" "$work/numpy-holes/" float32 0.0003
sed 's/directory: numpy/directory: numpy-holes\n  missing: skip/' "$work/numpy.yaml" >"$work/numpy-skip.yaml"
train_in 2 numpy-skip numpy-skip && grep -q 'left out for missing numbers: 150 training samples' "$work/log"
result $? 'data.missing: skip: NumPy'

# ---- Physical units --------------------------------------------------------------------------------------------------

# Powers of two, so that the file can hold the very numbers.
"$make_type" "$work/bytes.h5" "$work/scaled.h5" float32 0.015625
sed 's/file: both.h5/file: both.h5\n  normalize: none/' "$work/both.yaml" >"$work/plain.yaml"
sed 's/normalize: none/normalize: none\n  scale: 0.015625/' "$work/plain.yaml" >"$work/units.yaml"
train_in 1 plain plain --data "$work/scaled.h5" && train_in 3 units units --data "$work/bytes.h5" && same_metrics plain units
result $? 'data.scale: the run of scaled numbers'
"$convoy" predict "$work/plain/best.h5" "$work/scaled.h5" --output "$work/plain.npy" 2>"$work/log" &&
	"$convoy" predict "$work/units/best.h5" "$work/bytes.h5" --output "$work/units.npy" 2>"$work/log" &&
	cmp "$work/plain.npy" "$work/units.npy" >"$work/log" 2>&1
result $? 'data.scale: predict does the same'
sed 's/normalize: none/normalize: none\n  offset: [-2.5]/' "$work/units.yaml" | sed 's/name: distort/name: moved/' >"$work/moved.yaml"
train_in 1 moved moved --data "$work/bytes.h5" --set data.memory=0 && ! same_metrics units moved &&
	"$convoy" diff "$work/units/best.h5" "$work/moved/best.h5" >"$work/log" 2>&1
grep -q '^/normalization/mean' "$work/log" && ! awk '$1 == "/normalization/deviation" && $2 != 0' "$work/log" | grep -q .
result $? 'data.offset: another mean, the same deviation'
for ranks in 2 7; do
	train_in $ranks moved moved-$ranks --data "$work/bytes.h5" --set data.memory=0
done
same_runs moved moved-2 && same_runs moved moved-7
result $? 'data.scale, data.offset: the same bytes on 1, 2 and 7 ranks'

results_end
