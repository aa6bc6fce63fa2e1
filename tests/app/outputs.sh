#!/bin/sh
# What a user sees when all is well: texts, tables, lines and files as doc/formats.md has them.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

# Whether no line of out is wider than a terminal: in characters, of which UTF-8 marks all bytes but the first.
narrow() # NAME
{
	awk '{ line = $0; gsub(/[\200-\277]/, "") }
		length($0) > 80 { print length($0) " columns: " line; bad = 1 }
		END { exit bad }' out >wide
	result $? "$1: 80 columns" wide
}

# ---- Texts -----------------------------------------------------------------------------------------------------------

# All that --help lists is looked at.
run 0 --help
commands=$(awk '/^  [a-z-]+  / { print $1 }' out)
[ "$(echo "$commands" | wc -l)" -ge 7 ]
result $? '--help lists the commands' out
for option in --help -h help --version -V; do
	works "convoy $option" $option
	narrow "convoy $option"
done
works 'convoy help keys' help keys
narrow 'convoy help keys'
for command in $commands; do
	for option in --help -h --version; do
		works "convoy $command $option" "$command" $option
		narrow "convoy $command $option"
	done
	run 0 help "$command" && mv out helped && run 0 "$command" --help && cmp helped out >differ 2>&1
	result $? "convoy help $command: as --help" differ
	line "Usage: convoy $command \[OPTION...\] .*" "convoy $command --help says how it is used"
done
run 0 --version
line 'convoy [0-9.]*' '--version: convoy'
line 'MPI: .* [0-9.]*' '--version: MPI'
line 'HDF5: .* [0-9.]*' '--version: HDF5'
line 'instruction set: [a-z0-9]*' '--version: instruction set'

# ---- Jobs ------------------------------------------------------------------------------------------------------------

# The parameters of each, added up by hand.
for pair in lenet5-fashion:60,850 lenet5-full-fashion:61,750 lenet5-sigmoid-fashion:60,850 \
	combination-fashion:59,596 small-fashion:3,934 vgg-small:2,196,810 resnet20-fashion:274,154; do
	name=${pair%%:*}
	works "show $name" show "$top/jobs/$name.yaml"
	narrow "$name"
	line "  *${pair#*:}  *[0-9,]*\( M\)*" "show $name: ${pair#*:} parameters"
done
for file in "$top"/jobs/*.yaml; do
	name=${file##*/}
	run 0 show "$file" && [ "$(grep -c '^ *[0-9]* [a-z]' out)" -eq "$(grep -c ' type:\|{type:' "$file")" ]
	result $? "show $name: a line per layer" out
	narrow "show $name"
	run 0 show --job "$file" && cmp out "$file" >differ 2>&1
	result $? "show --job $name: the file" differ
done
run 0 show "$top/jobs/lenet5-fashion.yaml"
line ' 3 convolution 16×10×10   5×5 scaled-tanh              60      1,516    150,000' 'show: a line of the third layer'

for name in small-fashion lenet5-fashion combination-fashion; do
	works "check $name" check "$top/jobs/$name.yaml" --entries 2 --samples 2
	narrow "$name checked"
done
works 'check frozen' check "$top/tests/train/frozen.yaml"
line 'frozen: 7 of 7 gradients good (limits 1e-06 and 1e-03)' 'check frozen: what learns is checked'
run 0 show "$top/tests/train/frozen.yaml"
line ' 2 batch-norm  6×10×10  *relu frozen  *24  *600' 'show frozen: a frozen layer'
line ' 6 full  *8  *tanh rate 2  *512  *520  *512' 'show frozen: a rate of its own'
line '608 of 700 parameters learn' 'show frozen: what learns'
works 'check scale' check "$top/tests/train/scale.yaml"
works 'check branch' check "$top/tests/train/branch.yaml"
works 'check wide' check --samples 2 --entries 2 "$top/tests/train/wide.yaml"
sed 's/name: block}/name: one-name-of-40-letters-which-is-the-most}/; s/from: block}/from: one-name-of-40-letters-which-is-the-most}/
	s/\[block, /[one-name-of-40-letters-which-is-the-most, /; s/name: stem}/name: the-stem-of-the-net-in-forty-letters-too}/
	s/stem\(.*\)\]/the-stem-of-the-net-in-forty-letters-too\1]/' "$top/tests/train/branch.yaml" >names.yaml
works 'check names' check names.yaml
narrow 'a net with long names checked'
grep -qx 'the-stem-of-the-net-in-forty-letters-too/kernels' out
result $? 'check: long names are whole' out
works 'show branch' show "$top/tests/train/branch.yaml"
narrow 'a net with branches shown'
line ' 5 concatenate 4, input, 1 9×12×12                                  0          0' 'show: the sources of a join'
sed 's/from: \[block, input, stem]/from: [block, input, stem, -2, -3, -4, input]/' "$top/tests/train/branch.yaml" >wide.yaml
works 'show wide' show wide.yaml
narrow 'a join of many maps shown'
line ' 5 concatenate 4, input, … 22×12×12 .*' 'show: the sources of a join of many maps, as many as fit'
run 0 show "$top/jobs/resnet20-fashion.yaml"
awk '/^MiB of a thread/ { maps = $8 + 0; needed = $12 + 0 } END { exit !(needed > 1 && maps <= 1.15 * needed) }' out
result $? 'show: a residual net needs little more memory than what backward reads' out
run 0 show --set 'layers[0].maps=9' "$top/jobs/small-fashion.yaml"
line ' 1 convolution 9×24×24   .*' 'show --set: the job with this value' out
run 0 show --job -S train.rate=0.02 "$top/jobs/small-fashion.yaml"
line 'train: {epochs: 3, batch: 48, rate: 0.02, momentum: 0.9, seed: 1}' 'show --job --set: its text'
works 'check tiny' check tiny.yaml
line 'tiny: 9 of 9 gradients good (limits 1e-06 and 1e-03)' 'check tiny: all good'
[ "$(grep -c '  good$' out)" -eq 9 ]
result $? 'check tiny: a line per tensor' out

# ---- A run -----------------------------------------------------------------------------------------------------------

works train train tiny.yaml --output run
cp out log
number='[0-9]*\.[0-9]'
sed -n 1p log >out
line 'convoy [0-9.]*  tiny  1 rank  [a-z0-9]*  sum exact' 'train: its first line'
sed -n 2p log >out
line '1 rank of 1 thread on 1 core of 1 node\(: another run .*\)\{0,1\}' 'train: its second line'
sed -n '3,5p' log >out
for epoch in 1 2 3; do
	line "epoch $epoch/3  loss $number\{4\}  train $number\{2\}%  test $number\{2\}%  rate 0\.0500  [0-9]* images/s" \
		"train: the line of epoch $epoch"
done
sed '1,5d' log >out
line "done: 3 epochs, best test error $number\{2\}% after epoch [123] (best\.h5)" 'train: its last line'
[ "$(wc -l <log)" -eq 6 ]
result $? 'train: no other line' log

csv=run/metrics.csv
[ "$(head -n 1 $csv)" = epoch,step,rate,train_loss,train_error,test_loss,test_error,seconds,images_per_second ]
result $? 'metrics.csv: header' $csv
# Both are rounded from the same numbers, those of metrics.csv less.
awk -F, 'NR > 1 { printf "epoch %d/3  loss %.4f  train %.2f%%  test %.2f%%  rate %.4f\n", $1, $4, 100*$5, 100*$7, $3 }' \
	$csv >wanted
sed -n '3,5s,  [0-9]* images/s$,,p' log | diff wanted - >differ
result $? 'metrics.csv and the lines agree' differ
awk -F, 'NR > 1 && (NF != 9 || $2 != 3 * $1 || $8 <= 0 || $9 <= 0) { bad = 1 } END { exit bad || NR != 4 }' $csv
result $? 'metrics.csv: three rows of nine columns' $csv
echo 'best.h5 checkpoint-00000003.h5 checkpoint-00000006.h5 checkpoint-00000009.h5 latest.h5 metrics.csv' >wanted
find run ! -name run | sed 's,.*/,,' | sort | xargs | diff wanted - >differ
result $? 'train: its files' differ

# Another batch than the file's, and no other rate.
advice='rate: 0\.05, as for batch 32; linear scaling to batch 16 would be --rate 0\.025'
run 75 train tiny.yaml --output advised --batch 16 --stop-at 1
line "$advice" 'train --batch: what the rate would be'
run 75 train tiny.yaml --output advised --batch 16 --resume --stop-at 2
! grep -q '^rate: ' out
result $? 'train --batch --resume: said once' out
run 75 train tiny.yaml --output advised2 --batch 16 --rate 0.01 --stop-at 1
! grep -q '^rate: ' out
result $? 'train --batch --rate: the rate is chosen' out

[ "$(readlink run/latest.h5)" = checkpoint-00000009.h5 ]
result $? 'train: latest.h5 leads to the newest checkpoint'
works 'verify: what a link leads to' verify run/latest.h5
run 0 eval run/checkpoint-00000009.h5 && mv out wanted && run 0 eval run/latest.h5 && cmp out wanted >differ 2>&1
result $? 'eval: what a link leads to' differ
run 0 train tiny.yaml --output copied --resume=run/latest.h5 && cmp run/latest.h5 copied/latest.h5 >differ 2>&1
result $? 'train --resume=DIR/latest.h5' differ
run 0 prune --below 0.05 --output copied/latest.h5 run/best.h5 && [ ! -L copied/latest.h5 ] &&
	cmp run/latest.h5 copied/checkpoint-00000009.h5 >differ 2>&1
result $? 'prune: what is written replaces a link, and not what it leads to' differ
run 75 train tiny.yaml --output kept --stop-at 2 && rm kept/latest.h5 && echo mine >kept/latest.h5 &&
	run 0 train tiny.yaml --output kept --resume && [ "$(cat kept/latest.h5 err)" = "mine
convoy: kept/latest.h5: cannot make the link: File exists" ]
result $? 'train: another file named latest.h5 stays, with one line' err

works 'train --resume: nothing left to do' train tiny.yaml --output run --resume
run 75 train tiny.yaml --output stopped --stop-at 4 && [ -s out ] && [ ! -s err ]
result $? 'train --stop-at' out
line 'stopped at step 4 with a checkpoint: --resume continues' 'train --stop-at: its last line'

# ---- Its checkpoint --------------------------------------------------------------------------------------------------

last=run/checkpoint-00000009.h5
works eval eval $last
narrow eval
cp out eval
error=$(awk -F, 'END { printf "%.2f%% (%d wrong)", 100 * $7, 37 * $7 + 0.5 }' $csv)
loss=$(awk -F, 'END { printf "%.4f", $6 }' $csv)
line "tiny  step 9  37 test samples  loss $loss  error $error" "eval: what metrics.csv says"
# The matrix stands behind its title and the numbers of the classes.
sed '1,/^confusion/d' eval | awk -v error="$error" 'NR > 1 {
		rows++
		for (c = 1; c <= 4; c++) {
			sum += $(NF - 4 + c)
			wrong += c == rows ? 0 : $(NF - 4 + c)
		}
	}
	END { sub(/.*\(/, "", error); print rows " rows, sum " sum ", wrong " wrong; exit rows != 4 || sum != 37 || wrong != error + 0 }' >sums
result $? 'eval: the confusion adds up' sums
awk '/^class/ { table = 1; next } /^$/ { table = 0 } table { sum += $2 } END { exit sum != 37 }' eval
result $? 'eval: so do the samples of the classes' eval
if [ -n "$ranks" ]; then
	# shellcheck disable=SC2086 # words
	timeout -k 2 60 $ranks 3 "$convoy" eval $last </dev/null 2>err | diff eval - >differ
	result $? 'eval: the same on three ranks' differ
	"$convoy" eval $last --json >json
	# shellcheck disable=SC2086 # words
	timeout -k 2 60 $ranks 3 "$convoy" eval $last --json </dev/null 2>err | diff json - >differ
	result $? 'eval --json: the same on three ranks' differ
	# shellcheck disable=SC2086 # words
	timeout -k 2 60 $ranks 3 "$convoy" eval $last --wrong wrong3.csv </dev/null >out 2>err
	"$convoy" eval $last --wrong wrong1.csv >out 2>err
	cmp wrong1.csv wrong3.csv >differ 2>&1
	result $? 'eval --wrong: the same on three ranks' differ
else
	skip 'eval: the same on three ranks' 'no mpirun'
	skip 'eval --json: the same on three ranks' 'no mpirun'
	skip 'eval --wrong: the same on three ranks' 'no mpirun'
fi

works 'eval --top --wrong' eval $last --top 1 --wrong wrong.csv
narrow 'eval --top'
line "not among the 1 largest outputs: ${error%% *} ([0-9]*)" 'eval --top 1: the error once more'
awk -F, -v error="$error" 'NR == 1 { exit_bad = $0 != "index,class,guess,score"; next }
	NF != 4 || $1 < last || $2 == $3 || $3 > 3 { exit_bad = 1 } { last = $1 + 1 }
	END { sub(/.*\(/, "", error); exit exit_bad || NR - 1 != error + 0 }' wrong.csv
result $? 'eval --wrong: a row for each wrong sample' wrong.csv
works 'eval --top 4' eval $last --top 4
line 'not among the 4 largest outputs: 0.00% (0)' 'eval --top 4: every class is among four'
works 'eval --json' eval $last --json --top 2
if command -v python3 >/dev/null; then
	python3 - out eval >differ 2>&1 <<'END'
import json, sys
e = json.load(open(sys.argv[1]))
assert e["samples"] == 37 and e["top"] == 2 and e["top_error"] <= e["error"]
rows = [c["guesses"] for c in e["classes"]]
assert all(c["name"] for c in e["classes"])
assert sum(map(sum, rows)) == 37 and [c["samples"] for c in e["classes"]] == [sum(r) for r in rows]
f1s = [2 * r[k] / (sum(r) + sum(q[k] for q in rows)) for k, r in enumerate(rows)]
assert all(abs(c["f1"] - f1) < 1e-8 for c, f1 in zip(e["classes"], f1s))
assert all(0 <= c["auc"] <= 1 for c in e["classes"])
assert abs(e["error"] - sum(sum(r) - r[k] for k, r in enumerate(rows)) / 37) < 1e-8
END
	result $? 'eval --json: adds up' differ
else
	skip 'eval --json: adds up' 'no python3'
fi

works 'show CKPT' show $last
narrow 'show CKPT'
line 'trained 3 of 3 epochs, 9 steps' 'show CKPT: epochs and steps'
run 0 show --job $last && cmp out tiny.yaml >differ 2>&1
result $? 'show --job CKPT: the job file, byte by byte' differ
run 0 show --job stopped/checkpoint-00000004.h5 && cmp out tiny.yaml >differ 2>&1
result $? 'show --job CKPT: without what is no part of the job' differ
run 0 train tiny.yaml --output two --epochs 2 --set name=second
sed 's/epochs: 3/epochs: 2/; s/^name: tiny/name: second/' tiny.yaml >wanted
run 0 show --job two/best.h5 && diff wanted out >differ
result $? 'show --job CKPT: with what --set changed' differ

for file in tiny.yaml $last "$top/jobs/lenet5-fashion.yaml" "$top/jobs/vgg-small.yaml"; do
	works "show --dot ${file##*/}" show --dot "$file"
	layers=$("$convoy" show --job "$file" | grep -c '^  - *{type:')
	[ "$layers" -ge 4 ] && [ "$(grep -c ' -> ' out)" -eq $((layers + 1)) ] &&
		[ "$(grep -c '\[fillcolor=' out)" -eq $((layers + 2)) ]
	result $? "show --dot ${file##*/}: a node for each of $layers layers" out
	if command -v dot >/dev/null; then
		dot -Tsvg out >svg 2>err && [ ! -s err ] && [ "$(grep -c '<g id="node' svg)" -eq $((layers + 2)) ]
		result $? "show --dot ${file##*/}: dot draws it" err
	else
		skip "show --dot ${file##*/}: dot draws it" 'no dot'
	fi
done
run 0 show --dot "$top/jobs/lenet5-fashion.yaml" && grep -qF '60 of 96 pairs of maps' out
result $? 'show --dot: connection tables' out
sed 's/name: tiny/name: "a\\"b\\\\"/' tiny.yaml >quotes.yaml
run 0 show --dot quotes.yaml && grep -qF 'digraph "a\"b\\" {' out
result $? 'show --dot: names with quotes' out

works verify verify $last run/best.h5
line "$last: good, tiny, epoch 3, step 9" 'verify: its line'
named=$(printf 'a\033[31m\302\233b.h5')
cp $last "$named"
works 'verify: a name that talks to the terminal' verify "$named"
line 'a?\[31m??b.h5: good, tiny, epoch 3, step 9' 'verify: … is shown without control characters'
cp $last bad.h5
printf '\252\125' | dd of=bad.h5 bs=1 seek=20000 conv=notrunc 2>err
run 65 verify bad.h5
result $? 'verify: a bad one' out

cp $last same.h5
works 'diff of equal checkpoints' diff $last same.h5
awk '$2 != 0 { exit 1 }' out
result $? 'diff of equal checkpoints: 0 everywhere' out
run 1 diff $last run/checkpoint-00000006.h5 && [ -s out ] && [ ! -s err ]
result $? 'diff of two steps' out
line '/layers/01-convolution/kernels  *[0-9]* ulp  27 of 27 differ' 'diff of two steps: kernels'
run 1 diff $last two/best.h5 && [ -s out ] && [ ! -s err ]
result $? 'diff of two jobs' out
line 'job  *differs' 'diff of two jobs: the job'

# ---- Pruning ---------------------------------------------------------------------------------------------------------

# ---- pictures --------------------------------------------------------------------------------------------------------

works 'pictures' pictures $last --output seen --sample 3
narrow 'pictures'
line 'seen/01-convolution-kernels.png  .*' 'pictures: kernels'
line 'seen/02-subsampling-channels.png  .*' 'pictures: beta and biases'
line 'seen/03-combination-alpha.png  .*' 'pictures: alpha'
line 'seen/04-full-weights.png  .*' 'pictures: weights'
line 'seen/sample-00003-maps.png  .*' 'pictures: maps'
# shellcheck disable=SC2012 # no strange names here
[ "$(ls seen | wc -l)" -eq "$(wc -l <out)" ] && ! grep -v -q '\.png  [0-9]*×[0-9]*$' out
result $? 'pictures: all files are named' out
run 0 pictures $last --output again --sample 3 && diff -r seen again >differences
result $? 'pictures: the same bytes again' differences
mv data hidden
run 0 pictures $last --output fewer && [ "$(cat err)" = \
	'convoy: no pictures of samples (--data DIR): data: no such directory' ] &&
	[ -f fewer/04-full-weights.png ]
result $? 'pictures: without data the parameters alone' err
mv hidden data

works 'prune --below 0' prune $last --below 0 --output whole.h5
run 0 eval whole.h5 && [ "$(sed 's/.*error //; q' out)" = "$(sed 's/.*error //; q' eval)" ]
result $? 'prune --below 0: the same errors' out
works 'prune' prune $last --below 0.33 --output pruned.h5
line 'layer 3: [4-9] of 12 connections stay' 'prune: what stays'
works 'prune --keep' prune $last --keep 7 --output kept.h5
line 'layer 3: 7 of 12 connections stay' 'prune --keep: so many stay'
works 'prune --keep 1' prune $last --keep 1 --output kept.h5
line 'layer 3: 4 of 12 connections stay' 'prune --keep 1: one of each output map stays'
works 'prune, verify' verify pruned.h5
works 'prune, diff' diff pruned.h5 pruned.h5
works 'prune, show' show pruned.h5
narrow 'prune, show'
line ' 3 convolution 4×2×2      2×2 scaled-tanh  *[4-9] .*' 'prune, show: a convolution'
works 'prune, eval' eval pruned.h5
run 0 show --job pruned.h5
cp out pruned.yaml
works 'prune, check' check pruned.yaml
works 'prune, train' train pruned.yaml --resume=pruned.h5 --epochs 4 --output further
tail -n 1 out | grep -q '^done: 4 epochs, best test error [0-9.]*% after epoch 4 (best.h5)$'
result $? 'prune, train: the errors of before are not its own' out
[ "$(grep -c '^epoch ' out)" -eq 1 ] && [ "$(wc -l <further/metrics.csv)" -eq 5 ]
result $? 'prune, train: one epoch more' out
works 'prune, train: the best is of epoch 4' show further/best.h5
line 'best: epoch 4, test error .*' 'prune, show: so it is told'
works 'prune, show: the errors of before' show pruned.h5
line 'these errors are from before the network was pruned' 'prune, show: are told to be so'
works 'prune, train: nothing to do' train pruned.yaml --resume=pruned.h5 --epochs 3 --output nothing
line 'done: 3 epochs, none since the net was pruned' 'prune, train: no best'
[ ! -e nothing/best.h5 ]
result $? 'prune, train: no best.h5'
works 'prune, report' report nothing
works 'prune, watch' watch --once nothing
line 'these errors are from before the network was pruned' 'prune, watch: the errors are told to be another net'

# ---- best.h5 ---------------------------------------------------------------------------------------------------------

# At such a rate nothing is learned: of equal epochs the first is the best.
works 'still, train' train tiny.yaml --rate 2e-38 --output still
line 'done: 3 epochs, best test error [0-9.]*% after epoch 1 (best.h5)' 'still, train: the first is the best'
works 'moved, train' train tiny.yaml --rate 2e-38 --epochs 4 --resume=still/checkpoint-00000009.h5 --output moved
line 'done: 4 epochs, best test error [0-9.]*% after epoch 1 (its best.h5 is not here)' 'moved, train: best.h5 stayed behind'
[ ! -e moved/best.h5 ]
result $? 'moved, train: it did'
cp run/best.h5 moved
works 'moved, train again' train tiny.yaml --rate 2e-38 --epochs 4 --resume --output moved
line 'done: 4 epochs, .* (its best.h5 is not here)' 'moved, train: that of another run is none'
cp still/best.h5 moved
works 'moved, train at last' train tiny.yaml --rate 2e-38 --epochs 4 --resume --output moved
line 'done: 4 epochs, .* (best.h5)' 'moved, train: its own is'
sed 's/format: idx,/format: idx, validation: 8,/' tiny.yaml >held.yaml
works 'held, train' train held.yaml --rate 2e-38 --output held
line 'done: 3 epochs, best.h5 after epoch 1: validation error .*' 'held, train: best.h5'
works 'held, train elsewhere' train held.yaml --rate 2e-38 --epochs 4 --resume=held/checkpoint-00000009.h5 --output gone
line 'done: 4 epochs, best (its best.h5 is not here) after epoch 1: validation error .*' 'held, train: none'
# One that a run died before it wrote is written when it goes on, whatever stands in its place.
works 'died, train' train tiny.yaml --output died --epochs 1
run 0 train tiny.yaml --output alien --seed 9
cp alien/best.h5 died
works 'died, train again' train tiny.yaml --output died --epochs 1 --resume
cmp died/best.h5 died/checkpoint-00000003.h5 >differ 2>&1
result $? 'died, train: best.h5 is its own' differ

# ---- For other programs ----------------------------------------------------------------------------------------------

if command -v h5ls >/dev/null; then
	h5ls -r $last | awk '{ print $1 }' >listed
	for array in layers/01-convolution/kernels layers/01-convolution/biases layers/01-convolution/connections \
		layers/02-subsampling/beta layers/02-subsampling/biases layers/03-combination/kernels \
		layers/03-combination/biases layers/03-combination/logits layers/03-combination/alpha \
		layers/04-full/weights layers/04-full/biases optimizer/01-convolution/kernels optimizer/04-full/weights \
		sum/exponents normalization/mean normalization/deviation history/epoch history/step history/rate \
		history/train_loss history/train_error history/test_loss history/test_error confusion classes; do
		grep -qx "/$array" listed
		result $? "h5ls: /$array" listed
	done
	h5ls -r pruned.h5 | grep -q '^/layers/03-convolution/connections  *Dataset {4, 3}$'
	result $? 'h5ls: the learned connections'
else
	skip h5ls 'no h5ls'
fi
results_end
