#!/bin/sh
# Maps of classes: a class at each position of a sample, from a file to metrics, eval and its JSON; the same bytes for
# any number of ranks, after stops, and window by window.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/common.sh"

values_make masks

cat >"$work/masks.yaml" <<END
name: masks
data: {format: hdf5, file: masks.h5, inputs: fields, targets: targets, pad: 1}
input: {maps: 1, rows: 24, columns: 24}
output: {classes: 3, names: [low, high, wide]}
layers:
  - {type: convolution, maps: 6, kernel: 3, activation: relu}
  - {type: convolution, maps: 3, kernel: 1, activation: linear}
loss: softmax-cross-entropy
train: {epochs: 8, batch: 30, rate: 0.3, momentum: 0.5, seed: 3}
END
run() # RANKS FILE OUTPUT [OPTION…]
(
	ranks=$1 file=$2 output=$3
	shift 3
	mpi -n "$ranks" "$convoy" train "$work/masks.yaml" --data "$work/$file.h5" --output "$work/$output" "$@"
)

run 1 masks-f32 one
result $? 'trains'
awk -F, 'END { exit !($7 < 0.06) }' "$work/one/metrics.csv"
result $? 'learns' "$work/one/metrics.csv"
for ranks in 3 7; do
	run $ranks masks-f32 ranks-$ranks && same_runs one ranks-$ranks
	result $? "the same bytes on $ranks ranks"
done
run 2 masks-f32 stops --stop-at 31
[ $? -eq 75 ] && run 3 masks-f32 stops --resume --threads 2 && same_runs one stops
result $? 'stopped and resumed: the same bytes'
run 1 masks-u8 bytes && same_metrics one bytes
result $? 'the same numbers as bytes: the same run'

# Classes move with their inputs: what is learned from shifted pairs holds for the others.
run 2 masks-f32 moved --set data.distort.crop=3 --set data.distort.shift=1 &&
	awk -F, 'END { exit !($7 < 0.06) }' "$work/moved/metrics.csv"
result $? 'distorted: learns' "$work/moved/metrics.csv"
for ranks in 1 3; do
	run $ranks masks-u8 bent-$ranks --set data.distort.rotation=20 --set data.distort.erase=0.3 --epochs 2
done
same_runs bent-1 bent-3
result $? 'distorted: the same bytes on 3 ranks'

# Window by window, with a weight for each sample and class, samples held back, and second derivatives.
hard='--set data.memory=1 --set data.weights=trust --set output.weights=balanced --set data.validation=40 --epochs 3
	--set train.optimizer=sdlm --set train.rate=0.002 --set train.momentum=0 --set train.curvature=100'
for ranks in 1 3; do
	# shellcheck disable=SC2086 # words
	run $ranks masks-f32 hard-$ranks $hard
	result $? "windows and weights: trains on $ranks" "$work/log"
done
# shellcheck disable=SC2086 # words
run 1 masks-f32 hard-whole $hard --set data.memory=0
same_runs hard-1 hard-3 && ! same_metrics hard-1 hard-whole
result $? 'windows and weights: the same bytes'
# shellcheck disable=SC2086 # words
run 2 masks-f32 hard-stops $hard --stop-at 29
# shellcheck disable=SC2086 # words
[ $? -eq 75 ] && run 1 masks-f32 hard-stops $hard --resume && same_runs hard-1 hard-stops
result $? 'windows and weights: the same bytes after a stop'

"$convoy" eval "$work/one/best.h5" --data "$work/masks-f32.h5" --json --top 2 --wrong "$work/wrong.csv" >"$work/json" \
	2>"$work/log"
result $? 'eval'
# Launchers may have remarks of their own on stderr.
# shellcheck disable=SC2086,SC2154 # words
timeout -k 5 300 $MPIRUN $options -n 3 "$convoy" eval "$work/one/best.h5" --data "$work/masks-f32.h5" --json --top 2 \
	--wrong "$work/wrong-3.csv" </dev/null >"$work/json-3" 2>"$work/log" &&
	cmp "$work/json" "$work/json-3" >>"$work/log" && cmp "$work/wrong.csv" "$work/wrong-3.csv" >>"$work/log"
result $? 'eval on three ranks: the same'
# From the table of guesses in the JSON: error, recall and IoU of each class, their mean; from the file of wrong samples:
# the same number of wrong positions, most first.
sed -n 's/.*"positions": \([0-9]*\), "recall": \([0-9.e-]*\), .*"iou": \([0-9.e-]*\), "guesses": \[\([0-9, ]*\)\].*/\1 \2 \3 \4/p' \
	"$work/json" | tr -d , >"$work/classes"
awk -v said="$(sed -n 's/^  "error": \([0-9.e-]*\),$/\1/p' "$work/json")" \
	-v mean="$(sed -n 's/^  "iou": \([0-9.e-]*\),$/\1/p' "$work/json")" \
	-v wrong="$(awk -F, 'NR > 1 { sum += $2; if (NR > 2 && $2 > last) exit; last = $2 } END { print sum }' "$work/wrong.csv")" '
	function near(a, b) { return (a - b) ^ 2 < 1e-16 }
	{ for (k = 1; k <= 3; k++) { cell[NR, k] = $(3 + k); sum[NR] += $(3 + k); column[k] += $(3 + k); all += $(3 + k) }
		positions[NR] = $1; recall[NR] = $2; iou[NR] = $3 }
	END {
		good = NR == 3 && all == 150 * 24 * 24
		for (k = 1; k <= 3; k++) {
			own = cell[k, k] / (sum[k] + column[k] - cell[k, k])
			good = good && positions[k] == sum[k] && near(recall[k], cell[k, k] / sum[k]) && near(iou[k], own)
			hits += cell[k, k]
			mine += own / 3
		}
		exit !(good && near(said, 1 - hits / all) && near(mean, mine) && wrong == all - hits)
	}' "$work/classes"
result $? 'eval: error, recall, IoU and wrong positions are those of the guesses' "$work/json"
[ "$(awk -F, 'NR > 1 && (best == "" || $7 < best) { best = $7 } END { printf "%.5g", best }' "$work/one/metrics.csv")" = \
	"$(printf '%.5g' "$(sed -n 's/^  "error": \([0-9.e-]*\),$/\1/p' "$work/json")")" ]
result $? 'eval: what metrics.csv says'
"$convoy" eval "$work/one/best.h5" --data "$work/masks-f32.h5" >"$work/log" 2>&1 && grep -q '^mean IoU' "$work/log" &&
	grep -q '^class  *positions .* IoU$' "$work/log" && grep -q '([0-9]* wrong positions)$' "$work/log"
result $? 'eval: a table'

# The same samples in a file whose classes have other numbers.
"$make_values" "$work/turned.h5" f32 turned-masks && "$convoy" eval "$work/one/best.h5" --data "$work/turned.h5" --json \
	>"$work/json-turned" 2>"$work/log" && grep -v '"data' "$work/json-turned" >"$work/turned" &&
	grep -v '"data\|"top' "$work/json" | cmp - "$work/turned" >>"$work/log" && grep -q 'taken by their names' "$work/log"
result $? 'eval: classes of positions are matched by their names' "$work/log"

"$convoy" check "$work/masks.yaml" >"$work/log" 2>&1
result $? 'check: gradients are good'

# A small U-Net. The input and the first two convolutions are read by two layers each.
cat >"$work/unet.yaml" <<END
name: unet
data: {format: hdf5, file: masks.h5, inputs: fields, targets: targets}
input: {maps: 1, rows: 24, columns: 24}
output: {classes: 3, names: [low, high, wide]}
layers:
  - {type: convolution, maps: 4, kernel: 3, padding: same, activation: relu, name: fine}
  - {type: pooling, method: max, window: 2}
  - {type: convolution, maps: 6, kernel: 3, padding: same, activation: relu, name: middle}
  - {type: pooling, method: mean, window: [2, 3]}
  - {type: convolution, maps: 8, kernel: 3, padding: same, activation: tanh}
  - {type: upsampling, factor: [2, 3]}
  - {type: concatenate, from: [middle, -1]}
  - {type: convolution, maps: 6, kernel: 3, padding: same, activation: relu}
  - {type: upsampling, factor: 2}
  - {type: concatenate, from: [fine, -1, input]}
  - {type: convolution, maps: 3, kernel: 3, padding: same}
loss: softmax-cross-entropy
train: {epochs: 2, batch: 50, rate: 0.01, optimizer: adam, average: 0.9, seed: 3}
END
unet() # RANKS OUTPUT [OPTION…]
(
	ranks=$1 output=$2
	shift 2
	mpi -n "$ranks" "$convoy" train "$work/unet.yaml" --data "$work/masks-f32.h5" --output "$work/$output" "$@"
)
unet 1 unet
result $? 'U-Net: trains'
for ranks in 2 3; do
	unet $ranks unet-$ranks && same_runs unet unet-$ranks
	result $? "U-Net: the same bytes on $ranks ranks"
done
unet 2 unet-stops --stop-at 5
[ $? -eq 75 ] && unet 3 unet-stops --resume --stop-at 14
[ $? -eq 75 ] && unet 1 unet-stops --resume --threads 2 && same_runs unet unet-stops
result $? 'U-Net: stopped and resumed: the same bytes'
awk -F, 'NR == 2 { first = $6 } END { exit !($6 < first) }' "$work/unet/metrics.csv"
result $? 'U-Net: learns' "$work/unet/metrics.csv"
"$convoy" check "$work/unet.yaml" >"$work/log" 2>&1
result $? 'U-Net: gradients are good'
last=$(newest one)
"$convoy" verify "$last" >"$work/log" 2>&1 && "$convoy" diff "$last" "$last" >"$work/log" 2>&1 &&
	"$convoy" show "$last" >"$work/log" 2>&1 && "$convoy" watch --once "$work/one" >"$work/log" 2>&1
result $? 'verify, diff, show, watch'
"$convoy" report "$work/one" --data "$work/masks-f32.h5" >"$work/log" 2>&1 &&
	grep -q 'positions of test samples' "$work/one/report.html" &&
	[ "$(grep -c '<small>wrong</small>' "$work/one/report.html")" -eq 6 ]
result $? 'report'
awk -F, 'NR > 1 && NR < 5 { printf "sample %d, %.2f%%\n", $1, 100 * $3 }' "$work/wrong.csv" >"$work/wanted"
grep -o '<figcaption>sample [0-9]*, [0-9.]*%' "$work/one/report.html" | sed -n '1,3s/<figcaption>//p' |
	diff "$work/wanted" - >"$work/log"
result $? 'report: the worst samples are those of eval --wrong' "$work/log"
"$convoy" pictures "$last" --data "$work/masks-f32.h5" --sample 3 --output "$work/pictures" >"$work/log" 2>&1 &&
	grep -q 'worst.png' "$work/log" && grep -q 'sample-00003-maps.png' "$work/log"
result $? 'pictures'

# What predict says of maps: the wrong positions of eval, from the guesses; their shares; scores and guesses agree.
predict() # RANKS OUT WORD…
{
	ranks=$1 out=$2
	shift 2
	# shellcheck disable=SC2086 # words
	timeout -k 5 300 $MPIRUN $options -n "$ranks" "$convoy" predict "$work/one/best.h5" "$work/masks-f32.h5" "$@" \
		</dev/null >"$out" 2>"$work/log"
}
for ranks in 1 3; do
	predict $ranks "$work/json-$ranks" --json --top 3 && predict $ranks "$work/text-$ranks" &&
		predict $ranks "$work/out" --guesses --output "$work/guess-$ranks.npy" &&
		predict $ranks "$work/out" --output "$work/scores-$ranks.npy" &&
		predict $ranks "$work/out" --output "$work/scores-$ranks.h5"
	result $? "predict on $ranks ranks"
done
for file in json- text- guess-.npy scores-.npy scores-.h5; do
	cmp "$work/${file%%-*}-1${file#*-}" "$work/${file%%-*}-3${file#*-}"
done >"$work/log" 2>&1
[ ! -s "$work/log" ]
result $? 'predict: the same bytes on three ranks'
head -c 128 "$work/guess-1.npy" | grep -aqF "{'descr': '<i2', 'fortran_order': False, 'shape': (150, 24, 24), }" &&
	head -c 128 "$work/scores-1.npy" | grep -aqF "{'descr': '<f4', 'fortran_order': False, 'shape': (150, 3, 24, 24), }"
result $? 'predict: the shapes of guesses and scores'
tail -c +129 "$work/guess-1.npy" | od -An -v -td2 -w2 >"$work/guess"
tail -c +129 "$work/scores-1.npy" | od -An -v -tf4 -w4 | awk -v p=576 '{
		at = (NR - 1) % p; k = int((NR - 1) / p) % 3
		if (k == 0 || $1 > best[at]) { best[at] = $1; guess[at] = k }
		if (k == 2 && at == p - 1) for (i = 0; i < p; i++) print guess[i]
	}' | paste "$work/guess" - | awk '$1 != $2 { bad = 1 } END { exit bad || NR != 86400 }'
result $? 'predict: a guess is the class with the largest score'
awk -v p=576 '{ n[$1]++ } NR % p == 0 { printf "%.9g %.9g %.9g\n", n[0] / p, n[1] / p, n[2] / p; delete n }' "$work/guess" >"$work/shares"
tr -d '[]{},"' <"$work/json-1" | awk '{
		last = 2
		for (i = 1; i <= NF; i++) {
			if ($i == "class:") class = $(i + 1)
			if ($i == "share:") { share[class] = $(i + 1); bad = bad || $(i + 1) > last; last = $(i + 1) }
		}
		print share[0], share[1], share[2]
	}
	END { exit bad }' | paste -d ' ' "$work/shares" - | awk '{ for (k = 1; k <= 3; k++) bad = bad || ($k - $(k + 3)) ^ 2 > 1e-12 }
		END { exit bad || NR != 150 }'
result $? 'predict --json: the shares of the guesses, most first'
"$convoy" predict "$work/one/best.h5" "$work/masks-f32.h5" --output "$work/x.csv" >"$work/log" 2>&1
complains $? 64 'write them with --output FILE.npy or FILE.h5'
result $? 'predict: no CSV of maps'

# What maps cannot have, and what says so.
refused() # STATUS TEXT [OPTION…]
(
	status=$1 text=$2
	shift 2
	run 1 masks-u8 refused "$@"
	complains $? "$status" "$text"
)
refused 78 'the targets have 22×22, the inputs 24×24' --set data.pad=0 --set data.distort.shift=1
result $? 'distortions of targets that have other rows and columns are refused'
sed 's/classes: 3, names: \[low, high, wide\]/labels: 3/; s/softmax-cross-entropy/binary-cross-entropy/' "$work/masks.yaml" \
	>"$work/labels.yaml"
"$convoy" train "$work/labels.yaml" --data "$work/masks-u8.h5" --output "$work/refused" >"$work/log" 2>&1
complains $? 78 'at positions there can be classes'
result $? 'labels are refused'
sed 's/classes: 3, names: \[low, high, wide\]/classes: 257/; s/maps: 3/maps: 257/' "$work/masks.yaml" >"$work/many.yaml"
"$convoy" train "$work/many.yaml" --data "$work/masks-u8.h5" --output "$work/refused" >"$work/log" 2>&1
complains $? 78 'only of up to 256 classes can each position have one'
result $? 'more than 256 classes are refused'

results_end
