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
"$convoy" report "$work/note" --output "$work/page.html" >"$work/log" 2>&1 && "$convoy" show "$work/note/best.h5" \
	>"$work/shown" 2>&1 && grep -q 'There is no test set.' "$work/page.html" && grep -q 'test error none' "$work/shown" && ! grep -qi 'nan' "$work/page.html" "$work/shown"
result $? 'no test set: report and show say so'
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
rm "$work/numpy/test-inputs.npy" "$work/numpy/test-targets.npy"
train_in 3 numpy numpy-share --set data.test=0.1 && same_metrics share-0-1 numpy-share
result $? 'NumPy: a share, the run of HDF5'
train_in 2 numpy numpy-none && same_files none-0-1 numpy-none validation.csv
result $? 'NumPy: no test set, the run of HDF5'
if [ "$(id -u)" -ne 0 ]; then
	touch "$work/numpy/test-inputs.npy" && chmod 0 "$work/numpy/test-inputs.npy"
	train_in 1 numpy forbidden
	complains $? 66 'test-inputs.npy: Permission denied'
	result $? 'NumPy: a test set that is forbidden is not one that is absent'
fi

results_end
