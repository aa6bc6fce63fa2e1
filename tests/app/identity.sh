#!/bin/sh
# What a network was trained on is what it is looked at with, or the user is told: names of classes, training and test
# set, where they lie. Classes without samples have no rates.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

told() # NAME TEXT ARGUMENT…: works, with just that line on stderr
{
	title=$1 line="convoy: $2"
	shift 2
	run 0 "$@" && [ "$(cat err)" = "$line" ]
	got=$?
	cat err >>out
	result $got "$title" out
}

# A folder of ten pictures for each class, and the HDF5 file of it.
classes() # FILE CLASS BRIGHTNESS…
{
	file=$1
	shift
	rm -rf folder
	while [ $# -gt 0 ]; do
		mkdir -p "folder/$1"
		for n in 1 2 3 4 5 6 7 8 9 10; do
			picture "$2" "$n$2" 8 >"folder/$1/$n.pgm"
		done
		shift 2
	done
	$limit "$convoy" import folder --grey --test 0.3 --output "$file" --force >log 2>&1 || cat log
}

job() # FILE DATA CLASSES [KEYS of output]
{
	cat >"$1" <<-END
		name: named
		data: {format: hdf5, file: $2, normalize: unit}
		input: {maps: 1, rows: 8, columns: 8}
		output: {classes: $3${4:-}}
		layers:
		  - {type: full, units: $3}
		loss: softmax-cross-entropy
		train: {epochs: 30, batch: 8, rate: 0.1, momentum: 0.9, seed: 1}
	END
}

names() # of the last --json, in the order of their numbers
{
	sed -n 's/.*{"name": "\([^"]*\)".*/\1/p' out | tr '\n' ' '
}

# ---- Names of classes ------------------------------------------------------------------------------------------------

classes numbers.h5 0 10 1 30 2 50 3 70 4 90 5 110 6 130 7 150 8 170 9 190 10 210 11 220
job numbers.yaml numbers.h5 12
run 0 train numbers.yaml --epochs 1 --output numbers
result $? 'folders called 0 to 11' err
works 'eval' eval numbers/best.h5 --json
[ "$(names)" = '0 1 10 11 2 3 4 5 6 7 8 9 ' ]
result $? 'the folders are the names' out
run 0 predict numbers/best.h5 folder/10/1.pgm --json --top 12 &&
	[ "$(grep -o '"class": [0-9]*, "name": "[0-9]*"' out | sort -t' ' -n -k2 | sed 's/.*"name": "\(.*\)"/\1/' | tr '\n' ' ')" = \
		'0 1 10 11 2 3 4 5 6 7 8 9 ' ]
result $? 'predict knows them' out
run 0 report numbers && grep -q '<i>2</i> 10<' numbers/report.html && grep -q '<i>11</i> 9<' numbers/report.html
result $? 'so does the report' out
run 0 export numbers/best.h5 --onnx numbers.onnx
if [ "$got" -eq 69 ]; then
	skip 'and the ONNX file' 'built without'
else
	grep -aq '^10$' numbers.onnx && [ "$(grep -an '^10$' numbers.onnx | cut -d: -f1)" -lt \
		"$(grep -an '^2$' numbers.onnx | cut -d: -f1)" ]
	result $? 'and the ONNX file'
fi

classes first.h5 cat 10 dog 100 eel 200
job first.yaml first.h5 3 ', names: [cat, dog, eel]'
run 0 train first.yaml --output first
result $? 'cat, dog and eel' err
works 'eval' eval first/best.h5
sed -n 2p out | grep -qx "data first.h5, the run's test set"
result $? 'eval names the data' out
grep -q '(0 wrong)' out
result $? 'all are found' out

classes later.h5 cat 10 eel 200
told 'a test set without dogs' \
	"later.h5: not the test set of the checkpoint's run; its classes have other numbers, and were taken by their names" \
	eval first/best.h5 --data later.h5
holds out '(0 wrong)' 'its eels are eels'
grep -qx 'dog                      0         –         –       –       –' out
result $? 'dogs have no rates' out
run 0 eval first/best.h5 --data later.h5 --json && [ "$(grep -c '"samples": 0, "recall": null, "precision": null, "f1": null, "auc": null' out)" -eq 1 ]
result $? 'nor in JSON' out
holds out '"data": "later.h5"' 'JSON names the data'
holds out '"data_of_run": false' 'and that they are others'

if /usr/bin/python3 -c 'import h5py' 2>/dev/null; then
	classes twice.h5 cat 10 dog 100 eel 200
	/usr/bin/python3 -c "
import h5py, numpy
with h5py.File('twice.h5', 'r+') as f:
    del f['classes']
    f['classes'] = numpy.array([b'cat', b'cat', b'eel'])"
	job twice.yaml twice.h5 3
	refused 65 "twice.h5: class 1 is called 'cat', as another class is" train twice.yaml --output twice
else
	skip 'two classes of one name' 'no python3 with h5py'
fi

classes other.h5 ant 220 cat 10 dog 100
refused 65 "first.yaml:4:30: class 0 is 'cat' in the job file, 'ant' in other.h5: leave output.names out, and the data's names count" \
	train first.yaml --data other.h5 --output other
refused 65 "other.h5: class 0 is 'ant', which the checkpoint does not know: it cannot be counted" \
	eval first/best.h5 --data other.h5
refused 65 "other.h5: class 0 is 'ant', which the checkpoint does not know: it cannot be counted" \
	pictures first/best.h5 --data other.h5 --output p

job plain.yaml first.h5 3
run 0 train plain.yaml --output plain --epochs 2
result $? 'names of the file alone' err
sed 's/classes: 3/classes: 3, names: [cat, dig, eel]/' plain.yaml >typo.yaml
refused 78 "typo.yaml:4:35: class 1 is 'dig', in the checkpoint 'dog'" train typo.yaml --resume --output plain
classes fish.h5 cat 10 dog 100 fish 200
refused 65 "class 2 is 'eel' in the checkpoint, 'fish' in fish.h5" train plain.yaml --resume --data fish.h5 --output plain
run 0 train plain.yaml --resume --output plain --epochs 3 && run 0 eval plain/best.h5 --json && [ "$(names)" = 'cat dog eel ' ]
result $? 'a continued run keeps them' out

$limit "$convoy" import data --output tiny.h5 >log 2>&1
sed 's/format: idx, directory: data/format: hdf5, file: tiny.h5/' tiny.yaml >unnamed.yaml
run 0 train unnamed.yaml --output unnamed --epochs 1
result $? 'a file that says numbers' err
works 'names nothing' eval unnamed/best.h5
classes four.h5 a 10 b 80 c 150 d 200
told 'a checkpoint without names' \
	"four.h5: not the test set of the checkpoint's run; the checkpoint has no names for its classes, which were taken by their numbers" \
	eval unnamed/best.h5 --data four.h5

# Numbers are names like others where they are not those of the classes: digits without the noughts.
classes from0.h5 0 10 1 100 2 200
job from0.yaml from0.h5 3
run 0 train from0.yaml --output from0
result $? 'folders called 0, 1 and 2' err
classes from1.h5 1 100 2 200 3 10
refused 65 "from1.h5: class 2 is '3', which the checkpoint does not know: it cannot be counted" \
	eval from0/best.h5 --data from1.h5
job from1.yaml from1.h5 3 ', names: ["1", "2", "3"]'
run 0 train from1.yaml --output from1
result $? 'folders called 1, 2 and 3' err
refused 65 "from0.h5: class 0 is '0', which the checkpoint does not know: it cannot be counted" \
	eval from1/best.h5 --data from0.h5
refused 65 "from1.yaml:4:30: class 0 is '1' in the job file, '0' in from0.h5: leave output.names out, and the data's names count" \
	train from1.yaml --data from0.h5 --output other
classes some.h5 1 100 2 200
told 'folders 1 and 2 of 0, 1 and 2' \
	"some.h5: not the test set of the checkpoint's run; its classes have other numbers, and were taken by their names" \
	eval from0/best.h5 --data some.h5
holds out '(0 wrong)' 'its ones are ones'
told 'and of 1, 2 and 3' "some.h5: not the test set of the checkpoint's run" eval from1/best.h5 --data some.h5
holds out '(0 wrong)' 'are ones too'
works 'numbers say nothing of cats' eval first/best.h5 --data from0.h5

# ---- Other data ------------------------------------------------------------------------------------------------------

mkdir B swapped
images 81 8 8 >B/train-images-idx3-ubyte
labels 81 5 >B/train-labels-idx1-ubyte
images 38 8 8 >B/t10k-images-idx3-ubyte
labels 38 5 >B/t10k-labels-idx1-ubyte
run 0 train tiny.yaml --data B --output run
result $? 'train --data' err
works 'eval reads what trained' eval run/best.h5
sed -n 2p out | grep -qx "data $work/B, the run's test set"
result $? 'and says so' out
cp out first.txt
(cd data && run 0 eval ../run/best.h5) && cmp first.txt data/out >differ 2>&1
result $? 'from anywhere' differ
run 0 train tiny.yaml --epochs 1 --set "data.directory='$PWD/data'" --output without &&
	run 0 train tiny.yaml --epochs 1 --set "data.directory='$PWD/data'" --data ./data --output with &&
	cmp without/best.h5 with/best.h5 >differ 2>&1
result $? '--data that is the place of the job leaves no trace' differ
other="data: not the test set of the checkpoint's run"
told 'eval tells of other data' "$other" eval run/best.h5 --data data
told 'pictures too' "$other" pictures run/best.h5 --data data --output pictures
told 'and the report' "$other" report run --data data
holds run/report.html "$other" 'in the page'
works 'the report reads what trained' report run
! grep -qF 'not the test set' run/report.html
result $? 'and has nothing to tell'
wrong=$(sed -n 's/.*(\([0-9]*\) wrong).*/\1/p' first.txt)
holds run/report.html "$wrong of 38 test samples are guessed wrong" 'it agrees with itself'

run 0 train tiny.yaml --output home --epochs 1
told 'runs of different test sets, side by side' \
	'home and run were tested on different test sets: their errors do not compare' report home run --output two.html
holds two.html 'home and run were tested on different test sets' 'in the page too'
works 'runs of one' report home home --output one.html

for part in images-idx3 labels-idx1; do
	cp "B/train-$part-ubyte" "swapped/t10k-$part-ubyte"
	cp "B/t10k-$part-ubyte" "swapped/train-$part-ubyte"
done
told 'the training set in place of the test set' \
	"swapped: its test set is what the checkpoint's run was trained on" eval run/best.h5 --data swapped
run 65 train tiny.yaml --data swapped --resume --output run --epochs 4 && [ "$(cat err)" = "convoy: swapped: not the data \
that the checkpoint was trained on: the training set is another; its run had $work/B" ]
result $? 'refused: the run is continued with its sets swapped' err
for part in images-idx3 labels-idx1; do
	cp "B/train-$part-ubyte" "swapped/train-$part-ubyte"
done
told 'one set in place of both' 'the test set is the training set: its error says nothing about new images' \
	train tiny.yaml --data swapped --output both --epochs 1

cp -r B C
mv B moved
refused 66 "$work/B: no such directory" eval run/best.h5
works 'data that moved' eval run/best.h5 --data moved
sed -n 2p out | grep -qx "data moved, the run's test set"
result $? 'are the same' out
images 38 8 8 | tr '\052' '\053' >moved/t10k-images-idx3-ubyte
told 'data made anew' "moved: not the test set of the checkpoint's run" eval run/best.h5 --data moved
run 0 train tiny.yaml --data C --resume --output run --epochs 4 && run 0 eval run/best.h5 &&
	sed -n 2p out | grep -qx "data $work/C, the run's test set"
result $? 'a run that goes on elsewhere' err

classes p.h5 cat 10 dog 100 eel 200
job p.yaml p.h5 3
run 0 train p.yaml --output p --epochs 1
classes p.h5 cat 12 dog 100 eel 200
told 'a file made anew' "p.h5: not the test set of the checkpoint's run" eval p/best.h5

# ---- Classes without samples -----------------------------------------------------------------------------------------

cp -r C absent
# Class 3 becomes class 2.
tr '\003' '\002' <C/t10k-labels-idx1-ubyte >absent/t10k-labels-idx1-ubyte
run 0 eval run/best.h5 --data absent && grep -qE '^3 +0 +–' out
result $? 'a class without samples has no recall' out
run 0 eval run/best.h5 --data absent --json && grep -qF '{"name": "3", "samples": 0, "recall": null' out
result $? 'nor in JSON' out

cp -r C untrained
for part in train t10k; do
	tr '\003' '\002' <C/$part-labels-idx1-ubyte >untrained/$part-labels-idx1-ubyte
done
tail -c +9 C/train-labels-idx1-ubyte | tr '\003\001' '\002\000' >few
{ head -c 8 C/train-labels-idx1-ubyte && cat few; } >few-labels
told 'a class without training samples' 'no training sample is of class 3: it cannot be learned' \
	train tiny.yaml --data untrained --epochs 1 --output untrained-run
mv few-labels untrained/train-labels-idx1-ubyte
sed 's/classes: 4/classes: 4, names: [a, b, c, d]/' tiny.yaml >abcd.yaml
told 'two, by their names' "no training sample is of classes 1 'b', 3 'd': they cannot be learned" \
	train abcd.yaml --data untrained --epochs 1 --output named-run

# ---- Ranks -----------------------------------------------------------------------------------------------------------

if [ -n "$ranks" ]; then
	# shellcheck disable=SC2016,SC2086 # another shell's variables; words
	$limit $ranks 2 sh -c 'case ${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-0}} in 0) set -- "$@" C ;; *) set -- "$@" data ;; esac
		exec "$@"' sh "$convoy" eval run/best.h5 --data >out 2>err
	grep -q '^convoy: the test set differs between ranks: 0 has' err
	result $? 'ranks with other test sets are refused' err
else
	skip 'ranks with other test sets' 'no mpirun'
fi

results_end
