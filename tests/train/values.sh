#!/bin/sh
# Values and labels instead of classes: from a file of floats to metrics, eval and predict; the same bytes for any number
# of ranks, after stops, and window by window.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/common.sh"

values_make values labels

# The last layer alone can be right: targets are linear in the inputs.
job() # NAME FILE OUTPUT LOSS TRAIN
{
	cat >"$work/$1.yaml" <<END
name: $1
data: {format: hdf5, file: $2.h5, inputs: fields, targets: targets}
input: {maps: 1, rows: 4, columns: 4}
output: {$3}
layers:
  - {type: full, units: 3, activation: linear}
loss: $4
train: {epochs: 30, batch: 30, seed: 3, $5}
END
}
run() # RANKS NAME FILE OUTPUT [OPTION…]
(
	ranks=$1 name=$2 file=$3 output=$4
	shift 4
	mpi -n "$ranks" "$convoy" train "$work/$name.yaml" --data "$work/$file.h5" --output "$work/$output" "$@"
)
# The last test measure in metrics.csv.
measured() # OUTPUT
{
	tail -n 1 "$work/$1/metrics.csv" | cut -d, -f7
}
below() # NUMBER LIMIT
{
	awk -v x="$1" -v most="$2" 'BEGIN { exit !(x != "" && x + 0 < most) }'
}

names='names: [mean, slope, heat], units: [m, 1, K]'
job squared values-f32 "values: 3, $names" squared-error 'rate: 0.03'
job absolute values-f32 'values: 3, normalize: standard' absolute-error 'rate: 0.03, schedule: cosine'
job huber values-f32 'values: 3, delta: 0.5, normalize: standard' huber 'rate: 0.05'
for name in squared absolute huber; do
	run 1 $name values-f32 $name
	result $? "$name: trains"
	[ "$(head -n 1 "$work/$name/metrics.csv")" = \
		epoch,step,rate,train_loss,train_mae,test_loss,test_mae,seconds,images_per_second ]
	result $? "$name: metrics.csv has the mean absolute error" "$work/$name/metrics.csv"
	below "$(measured $name)" 0.5
	result $? "$name: learns" "$work/$name/metrics.csv"
	run 3 $name values-f32 $name-3 && same_runs $name $name-3
	result $? "$name: the same bytes on 3 ranks"
done
run 2 squared values-f32 stops --stop-at 31
[ $? -eq 75 ] && run 3 squared values-f32 stops --resume --threads 2 && same_runs squared stops
result $? 'stopped and resumed: the same bytes'
run 1 squared values-u8 bytes && same_metrics squared bytes
result $? 'the same numbers as bytes: the same run'
for ranks in 1 2; do
	run $ranks squared values-f32 held-$ranks --set data.validation=100 --set train.patience=20
done
same_runs held-1 held-2 && head -n 1 "$work/held-1/validation.csv" | grep -q validation_mae
result $? 'a validation set'

"$convoy" eval "$work/squared/best.h5" --data "$work/values-f32.h5" --json >"$work/json" 2>"$work/log"
result $? 'eval'
# Launchers may have remarks of their own on stderr.
# shellcheck disable=SC2086,SC2154 # words
timeout -k 5 300 $MPIRUN $options -n 3 "$convoy" eval "$work/squared/best.h5" --data "$work/values-f32.h5" --json \
	</dev/null >"$work/json-3" 2>"$work/log" && cmp "$work/json" "$work/json-3" >>"$work/log"
result $? 'eval on three ranks'
best=$(awk -F, 'NR > 1 && (best == "" || $7 < best) { best = $7 } END { printf "%.5g", best }' "$work/squared/metrics.csv")
said=$(sed -n 's/^  "mae": \([0-9.e-]*\),$/\1/p' "$work/json")
[ "$(printf '%.5g' "$said")" = "$best" ]
result $? 'eval: what metrics.csv says' "$work/json"
# The mean over the values.
sed -n 's/.*"mae": \([0-9.e-]*\), "rmse": \([0-9.e-]*\), "r2": \([0-9.e-]*\),.*/\1 \2 \3/p' "$work/json" |
	awk -v all="$said" '{ sum += $1; if ($1 > $2 || $3 < 0.9 || $3 > 1) bad = 1 }
		END { exit bad || NR != 3 || (sum / 3 - all) ^ 2 > 1e-12 * all * all }'
result $? 'eval: of each value' "$work/json"
grep -q '"name": "heat", "unit": "K", ' "$work/json"
result $? 'eval: names and units' "$work/json"
"$convoy" eval "$work/squared/best.h5" --data "$work/values-f32.h5" >"$work/log" 2>&1 && grep -q '^slope  *[0-9]' "$work/log"
result $? 'eval: a table'
"$convoy" eval "$work/squared/best.h5" --data "$work/values-f32.h5" --top 2 >"$work/log" 2>&1
[ $? -eq 64 ] && grep -qF 'the network is for values, not classes' "$work/log"
result $? 'eval --top is for classes'

job labels labels-f32 'labels: 3, names: [a, b, c]' binary-cross-entropy 'rate: 0.3'
job ends labels-f32 'labels: 3' squared-error 'rate: 0.03'
for name in labels ends; do
	run 1 $name labels-f32 $name
	result $? "$name: trains"
	below "$(measured $name)" 0.15
	result $? "$name: learns" "$work/$name/metrics.csv"
	run 2 $name labels-f32 $name-2 && same_runs $name $name-2
	result $? "$name: the same bytes on 2 ranks"
	"$convoy" eval "$work/$name/best.h5" --data "$work/labels-f32.h5" --json >"$work/json" 2>"$work/log" &&
		grep -q '"exact": [0-9.]*,$' "$work/json" && [ "$(grep -c '"f1": [0-9.]*, ' "$work/json")" -eq 3 ]
	result $? "$name: eval" "$work/json"
done

# The same samples in a file whose labels have another order.
"$make_values" "$work/turned.h5" f32 turned-labels
for file in labels-f32 turned; do
	"$convoy" eval "$work/labels/best.h5" --data "$work/$file.h5" --json 2>"$work/log" | grep -v '"data' >"$work/json-$file"
done
cmp "$work/json-turned" "$work/json-labels-f32" >>"$work/log" && grep -q 'labels have another order' "$work/log"
result $? 'eval: labels are matched by their names' "$work/log"

# Weights of labels: of 1 they change nothing; those of what is rarely so raise the recall, also where they follow from the
# training set; the same bytes on any number of ranks, after a stop, and window by window.
recall() # OUTPUT
{
	"$convoy" eval "$(newest "$1")" --data "$work/labels-f32.h5" --json 2>"$work/log" |
		sed -n 's/.*"name": "a".*"recall": \([0-9.e-]*\),.*/\1/p'
}
sed 's/names: \[a, b, c\]/names: [a, b, c], weights: [[1, 1], 1, 1]/' "$work/labels.yaml" >"$work/ones.yaml"
sed 's/names: \[a, b, c\]/names: [a, b, c], weights: [[0.2, 5], 1, 2]/' "$work/labels.yaml" >"$work/rare.yaml"
sed 's/names: \[a, b, c\]/names: [a, b, c], weights: balanced/' "$work/labels.yaml" >"$work/balance.yaml"
run 1 ones labels-f32 ones && same_metrics labels ones
result $? 'labels: weights of 1 change nothing'
for ranks in 1 3; do
	run $ranks rare labels-f32 rare-$ranks --epochs 3 --set train.rate=0.03
	run $ranks balance labels-f32 balance-$ranks --epochs 3 --set data.memory=1
done
run 2 labels labels-f32 usual --epochs 3 --set train.rate=0.03
same_runs rare-1 rare-3 && awk -v rare="$(recall rare-1)" -v usual="$(recall usual)" \
	'BEGIN { exit !(usual > 0 && rare > usual + 0.02) }'
result $? "labels: a weight of what is 1 raises the recall, $(recall usual) to $(recall rare-1)"
run 2 balance labels-f32 balance-2 --epochs 3 --set data.memory=1 --stop-at 31
[ $? -eq 75 ] && run 1 balance labels-f32 balance-2 --epochs 3 --set data.memory=1 --resume &&
	same_runs balance-1 balance-3 && same_runs balance-1 balance-2 && ! same_metrics balance-1 usual
result $? 'labels: balanced weights, the same bytes on 3 ranks and after a stop'
"$convoy" check "$work/rare.yaml" >"$work/log" 2>&1
result $? 'labels: the gradients of weighted losses are good'

# What predict says: eval's error again, from predict's numbers and the targets in the file.
"$convoy" predict "$work/squared/best.h5" "$work/values-f32.h5" --inputs /test/fields --output "$work/said.csv" >"$work/log" 2>&1 &&
	[ "$(head -n 1 "$work/said.csv")" = image,number,mean,slope,heat ]
result $? 'predict --output: a column for each value' "$work/said.csv"
"$convoy" predict "$work/squared/best.h5" "$work/values-f32.h5" >"$work/log" 2>&1 &&
	awk -F, 'NR > 1 { printf "mean %.6g slope %.6g heat %.6g\n", $3, $4, $5 }' "$work/said.csv" >"$work/wanted" &&
	tr -s ' ' <"$work/log" | cut -d' ' -f2- | cmp - "$work/wanted"
result $? 'predict: every value, in their order, from the test inputs of the job' "$work/log"
"$convoy" predict "$work/squared/best.h5" "$work/values-f32.h5" --json >"$work/log" 2>&1 &&
	[ "$(grep -c '"values": \[{"name": "mean", "unit": "m", "value": [-0-9.e]*}, {"name": "slope", ' "$work/log")" -eq \
		"$(wc -l <"$work/log")" ]
result $? 'predict --json: values with their units' "$work/log"
"$convoy" predict "$work/labels/best.h5" "$work/labels-f32.h5" --json >"$work/log" 2>&1 &&
	grep -q '"labels": \[{"name": "a", "score": [0-9.e-]*}, {"name": "b", ' "$work/log"
result $? 'predict --json: labels' "$work/log"
"$convoy" predict "$work/squared/best.h5" "$work/values-f32.h5" --inputs /test/fields --output "$work/said.h5" >"$work/log" 2>&1 &&
	"$convoy" predict "$work/labels/best.h5" "$work/labels-f32.h5" --output "$work/labels.h5" >"$work/log" 2>&1
result $? 'predict --output: HDF5' "$work/log"
if /usr/bin/python3 -c 'import h5py, numpy' 2>/dev/null; then
	cat >"$work/check.py" <<'END'
import csv, h5py, numpy, sys
f = h5py.File(sys.argv[1] + "/said.h5")
rows = list(csv.DictReader(open(sys.argv[1] + "/said.csv")))
assert sorted(f) == ["file", "files", "names", "number", "values"], sorted(f)
assert [u.decode() for u in f["values"].attrs["units"]] == ["m", "1", "K"]
names = [n.decode() for n in f["names"]]
assert f["values"].shape == (len(rows), 3) and f.attrs["task"].decode() == "values"
assert numpy.array_equal(f["values"][...], numpy.array([[r[n] for n in names] for r in rows], "float32"))
g = h5py.File(sys.argv[1] + "/labels.h5")
assert g["scores"].shape[1] == 3 and sorted(g) == ["file", "files", "names", "number", "scores"]
END
	/usr/bin/python3 "$work/check.py" "$work" 2>"$work/log"
	result $? 'predict --output: HDF5 has the values of the CSV file, and units' "$work/log"
else
	skip 'predict --output: HDF5 has the values of the CSV file, and units' 'no h5py'
fi
"$convoy" predict "$work/squared/best.h5" "$work/values-f32.h5" --top 2 >"$work/log" 2>&1
[ $? -eq 64 ] && grep -qF 'the network is for values, not classes' "$work/log"
result $? 'predict --top is for classes' "$work/log"
for option in --invert --background=black; do
	"$convoy" predict "$work/squared/best.h5" "$work/values-f32.h5" $option >"$work/log" 2>&1
	[ $? -eq 64 ] && grep -qF -e '--invert and --background are for pictures' "$work/log"
	result $? "predict $option is for pictures" "$work/log"
done

# A network that learns to give its input back, at each position: what it says has the form of the targets.
mkdir "$work/maps"
numbers=$(awk 'BEGIN { for (x = 1; i++ < 640;) { x = x * 16807 % 2147483647; printf "\\%03o", x % 256 } }')
for shape in '40, 2, 4, 2' '40, 4, 2, 2'; do
	{
		printf '\223NUMPY\001\000\166\000%-117s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': ($shape), }"
		# shellcheck disable=SC2059 # the numbers are the format
		printf "$numbers"
	} >"$work/maps/some.npy"
	layout=first
	[ "$shape" = '40, 2, 4, 2' ] || layout=last
	cat >"$work/maps.yaml" <<END
name: maps
data:
  format: numpy
  directory: $work/maps
  layout: channels-$layout
  train: {inputs: some.npy, targets: some.npy}
  test: {inputs: some.npy, targets: some.npy}
input: {maps: 2, rows: 4, columns: 2}
output: {values: 2, normalize: standard}
layers:
  - {type: convolution, maps: 2, kernel: 1}
loss: squared-error
train: {epochs: 40, batch: 20, rate: 0.03, seed: 1}
END
	"$convoy" train "$work/maps.yaml" --output "$work/maps-$layout" >"$work/log" 2>&1 &&
		"$convoy" predict "$work/maps-$layout/best.h5" "$work/maps/some.npy" --output "$work/back.npy" >"$work/log" 2>&1 &&
		head -c 128 "$work/back.npy" | grep -aqF "'shape': ($shape), " &&
		tail -c +129 "$work/back.npy" | od -An -v -tf4 -w4 >"$work/back" &&
		tail -c +129 "$work/maps/some.npy" | od -An -v -tu1 -w1 | paste "$work/back" - |
		awk '{ if (($1 - $2) ^ 2 > 1) bad = 1 } END { exit bad || NR != 640 }'
	result $? "predict: positions, channels-$layout" "$work/log"
done
# eval --worst: what predict says and the file holds, in the order of the errors; of a field the position that is worst.
"$convoy" eval "$work/squared/best.h5" --data "$work/values-f32.h5" --worst "$work/worst.csv" >"$work/log" 2>&1
result $? 'eval --worst'
timeout -k 5 300 $MPIRUN $options -n 3 "$convoy" eval "$work/squared/best.h5" --data "$work/values-f32.h5" \
	--worst "$work/worst-3.csv" </dev/null >"$work/log" 2>&1 && cmp "$work/worst.csv" "$work/worst-3.csv" >>"$work/log"
result $? 'eval --worst: the same on three ranks'
awk -F, 'NR == FNR { for (k = 0; FNR > 1 && k < 3; k++) said[FNR - 2, k] = $(3 + k); next }
	FNR == 1 { bad = $0 != "index,value,target,prediction,error"; next }
	{ size = $5 < 0 ? -$5 : $5; miss = $4 - $3 - $5 }
	said[$1, $2] != $4 || ($1, $2) in seen || miss * miss > 1e-12 * $4 * $4 || (FNR > 2 && size > last) { bad = 1 }
	{ last = size; seen[$1, $2]; sum += size }
	END { printf "%d rows, mean %.5g\n", FNR - 1, sum / (FNR - 1); exit bad || FNR != 451 }' \
	"$work/said.csv" "$work/worst.csv" >"$work/log" && grep -qx "450 rows, mean $(printf '%.5g' "$said")" "$work/log"
result $? 'eval --worst: each value of each sample once, the largest errors first' "$work/log"
"$convoy" eval "$work/labels/best.h5" --data "$work/labels-f32.h5" --worst "$work/worst.csv" >"$work/log" 2>&1 &&
	"$convoy" predict "$work/labels/best.h5" "$work/labels-f32.h5" --output "$work/said.csv" >"$work/log" 2>&1 &&
	awk -F, 'NR == FNR { for (k = 0; FNR > 1 && k < 3; k++) said[FNR - 2, k] = $(3 + k); next }
	FNR == 1 { bad = $0 != "index,label,target,score,error"; next }
	{ size = $5 < 0 ? -$5 : $5; miss = $4 - $3 - $5 }
	said[$1, $2] != $4 || ($3 != 0 && $3 != 1) || miss * miss > 1e-12 || (FNR > 2 && size > last) { bad = 1 }
	{ last = size }
	END { exit bad || FNR != 451 }' "$work/said.csv" "$work/worst.csv"
result $? 'eval --worst: labels' "$work/worst.csv"
"$convoy" train "$work/maps.yaml" --output "$work/rough" --epochs 3 >"$work/log" 2>&1 &&
	"$convoy" eval "$work/rough/best.h5" --worst "$work/worst.csv" >"$work/log" 2>&1 &&
	"$convoy" predict "$work/rough/best.h5" "$work/maps/some.npy" --output "$work/back.npy" >"$work/log" 2>&1 &&
	tail -c +129 "$work/back.npy" | od -An -v -tf4 -w4 >"$work/back" &&
	tail -c +129 "$work/maps/some.npy" | od -An -v -tu1 -w1 | paste -d, "$work/back" - >"$work/pairs" &&
	awk -F, 'NR == FNR { field = 2 * int((NR - 1) / 16) + (NR - 1) % 2; says[NR - 1] = $1; is[NR - 1] = $2; size = ($1 - $2) ^ 2
			most[field] = size > most[field] ? size : most[field]; next }
		FNR == 1 { bad = $0 != "index,value,row,column,target,prediction,error"; next }
		{ field = 2 * $1 + $2; at = 16 * $1 + 4 * $3 + 2 * $4 + $2; miss = $6 - says[at]; less = most[field] - $7 ^ 2 }
		is[at] != $5 || miss * miss > 1e-8 || less > 1e-4 * most[field] || less < -1e-4 * most[field] { bad = 1 }
		END { exit bad || FNR != 81 }' "$work/pairs" "$work/worst.csv"
result $? 'eval --worst: fields where they are most wrong' "$work/worst.csv"
for task in 'labels --wrong' 'squared --wrong'; do
	"$convoy" eval "$work/${task% *}/best.h5" "${task#* }" "$work/worst.csv" >"$work/log" 2>&1
	[ $? -eq 64 ] && grep -qF 'write --worst=FILE.csv' "$work/log"
	result $? "eval ${task#* } is for classes"
done

for form in '' --json '--output said.csv'; do
	# shellcheck disable=SC2086 # words
	"$convoy" predict "$work/maps-last/best.h5" "$work/maps/some.npy" $form >"$work/log" 2>&1
	[ $? -eq 64 ] && grep -qF 'write them with --output FILE.npy' "$work/log"
	result $? "predict of positions needs an array${form:+, not $form}" "$work/log"
done

# Fields move with their inputs: the network of the identity learns it from distorted pairs too.
distort='--set data.distort.rotation=30 --set data.distort.crop=1 --set data.distort.flip=true'
for ranks in 1 3; do
	# shellcheck disable=SC2086 # words
	mpi -n $ranks "$convoy" train "$work/maps.yaml" --output "$work/moved-$ranks" $distort
done
same_runs moved-1 moved-3 && awk -F, 'END { exit !($5 < 3) }' "$work/moved-1/metrics.csv"
result $? 'fields are distorted with their inputs: the same bytes on 3 ranks' "$work/moved-1/metrics.csv"
mpi -n 2 "$convoy" train "$work/maps.yaml" --output "$work/erased" --set data.distort.erase=0.5
complains $? 78 'data.distort.erase is not for values of each position'
result $? 'fields are not erased: one line'
sed 's/maps: 2, kernel: 1/maps: 2, kernel: 2/' "$work/maps.yaml" >"$work/smaller.yaml"
mpi -n 2 "$convoy" train "$work/smaller.yaml" --output "$work/smaller" --set data.distort.shift=1
complains $? 78 'the targets have 3×1, the inputs 4×2'
result $? 'fields of another size are not distorted: one line'

for name in squared labels; do
	last=$(newest $name)
	"$convoy" verify "$last" >"$work/log" 2>&1 && "$convoy" diff "$last" "$last" >"$work/log" 2>&1 &&
		"$convoy" show "$last" >"$work/log" 2>&1 && "$convoy" watch --once "$work/$name" >"$work/log" 2>&1 &&
		"$convoy" check "$work/$name.yaml" >"$work/log" 2>&1
	result $? "$name: verify, diff, show, watch, check"
	"$convoy" report "$work/$name" >"$work/log" 2>&1 && "$convoy" pictures "$last" --output "$work/pictures" >"$work/log" 2>&1
	result $? "$name: report, pictures"
done
run 1 squared values-f32 normal --set output.normalize=standard --epochs 1
"$convoy" export --onnx "$work/net.onnx" "$(newest normal)" >"$work/log" 2>&1
status=$?
if [ $status -ne 69 ]; then
	[ $status -eq 0 ] && grep -q '^values  \[N\]\[3\]  in the units of the targets' "$work/log" &&
		grep -q '^inputs  \[N\]\[1\]\[4\]\[4\]  float, as in the training data' "$work/log"
	result $? 'export of values from floats'
	"$convoy" export --onnx "$work/net.onnx" "$work/maps-last/best.h5" >"$work/log" 2>&1 &&
		grep -q '^values  \[N\]\[2\]\[4\]\[2\]  ' "$work/log"
	result $? 'export of a field of values'
fi
grep -q 'MAE' "$work/squared/report.html"
result $? 'the report has the mean absolute error'

# A weight for each sample.
sed 's/targets: targets/targets: targets, weights: trust/' "$work/squared.yaml" >"$work/weighted.yaml"
for ranks in 1 3; do
	run $ranks weighted values-f32 weighted-$ranks
done
same_runs weighted-1 weighted-3 && ! same_metrics weighted-1 squared
result $? 'weights of samples: the same bytes on 3 ranks'
mpi -n 2 "$convoy" eval "$work/weighted-1/best.h5" --data "$work/values-f32.h5" --json && grep -q '"mae"' "$work/log"
result $? 'weights of samples: eval'
run 2 weighted values-f32 unheld --set data.validation=1 --seed 1
complains $? 65 'data.validation: all samples held back (1) have weight 0'
result $? 'a validation set without weight: one line'

sed 's/targets: targets/targets: kinds, weights: trust/; s/values: 3, .*/classes: 2}/; s/units: 3/units: 2/; s/epochs: 30/epochs: 3/' \
	"$work/squared.yaml" >"$work/kinds.yaml"
run 2 kinds values-u8 kinds &&
	"$convoy" eval "$(newest kinds)" --data "$work/values-u8.h5" --json >"$work/json" 2>"$work/log" &&
	[ "$(sed -n 's/^  "error": \([0-9.e-]*\),$/\1/p' "$work/json")" = "$(measured kinds)" ]
result $? 'weights of samples: eval has the error of metrics.csv' "$work/json"

# Other data than the job says.
run 1 squared labels-f32 wrong --set output.values=2
complains $? 78 'output.names has 3 names, output.values is 2'
result $? 'other values than names: one line'
run 1 absolute values-f32 wrong --set output.values=2
[ $? -ne 0 ] && [ "$(complaints | wc -l)" -eq 1 ]
result $? 'other values than outputs: one line'

results_end
