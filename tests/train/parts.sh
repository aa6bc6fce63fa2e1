#!/bin/sh
# Where the parts of a data set lie: a file for each. The run is that of one file, whole and window by window.

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

results_end
