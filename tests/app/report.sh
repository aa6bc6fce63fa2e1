#!/bin/sh
# convoy report: what stands in the page, for runs that are done, in progress, damaged, strangely named.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

lacks() # FILE TEXT NAME
{
	! grep -qF -e "$2" "$1"
	result $? "$3"
}

count() # FILE TEXT: how often
{
	grep -oF -e "$2" "$1" | wc -l
}

# A class and a name that would be code, if the page let them.
sed 's/^name: .*/name: "<b>tiny<\/b> \& \\"co\\""/
	s/^output: .*/output: {classes: 4, names: ["<\/script><script>alert(1)<\/script>", "a\&b", c, d]}/
	s/type: combination,/type: combination, kernels: per-pair,/' \
	tiny.yaml >strange.yaml
$limit "$convoy" train tiny.yaml --output run >log 2>&1
$limit "$convoy" train strange.yaml --output 'odd </script> & "run"' --epochs 2 --set data.validation=16 >log 2>&1
result $? 'two runs to report of' log

# ---- One run ---------------------------------------------------------------------------------------------------------

run 0 report run && [ ! -s err ] && grep -qx 'run/report.html  [0-9]* kB' out
result $? 'report: writes report.html into the directory' err
page=run/report.html
for text in '<!DOCTYPE html>' '<h1>tiny</h1>' "default-src 'none'" '<b>3<small> of 3</small></b><span>epochs, all done</span>' \
	'<h2>Curves</h2>' '<h2>Confusion</h2>' '<h2>Wrong samples</h2>' '<h2>Parameters</h2>' '<h2>Layers</h2>' '<h2>Job</h2>' \
	'data-name="01-convolution-kernels"' 'data-name="03-combination-alpha"' 'data-name="04-full-weights"' \
	'# A job for tests.' '</html>'; do
	holds $page "$text" "report: $text"
done
# The numbers are those of metrics.csv.
for column in 3:rate 4:train_loss 5:train_error 6:test_loss 7:test_error 8:seconds 9:images_per_second; do
	values=$(awk -F, -v c="${column%%:*}" 'NR > 1 { printf "%s%s", (NR > 2 ? "," : ""), $c + 0 == $c ? $c : "" }' run/metrics.csv |
		sed 's/\.0*\(,\|$\)/\1/g; s/\(\.[0-9]*[1-9]\)0*\(,\|$\)/\1\2/g')
	grep -o "\"${column#*:}\":\[[^]]*\]" $page | sed 's/.*\[//; s/\]//' >numbers
	[ "$(cat numbers)" = "$values" ] || echo "wanted $values" >>numbers
	[ "$(wc -l <numbers)" -eq 1 ]
	result $? "report: the column ${column#*:} of metrics.csv" numbers
done
holds $page '"validation_error":[null,null,null]' 'report: no validation set, no values'
best=$(awk -F, 'NR > 1 && (NR == 2 || $7 < least) { least = $7 } END { printf "%.2f%%", 100 * least }' run/metrics.csv)
holds $page "<b>$best</b><span>test error after epoch " "report: the best error, $best"
# Nothing is loaded from anywhere.
! grep -oE '(src|href)="[^"]*"' $page | grep -vE '^(src="data:image/png;base64,|href="data:,")' >links
result $? 'report: all pictures stand in the page' links
lacks $page '@import' 'report: no other style sheet'
[ "$(grep -o 'https\{0,1\}:[^"]*' $page | sort -u)" = http://www.w3.org/2000/svg ]
result $? 'report: no address but the name of SVG'
$limit "$convoy" eval run/best.h5 | sed -n 's/.*(\([0-9]*\) wrong).*/\1/p' >wrong
holds $page "$(cat wrong) of 37 test samples are guessed wrong" 'report: as many wrong samples as eval counts'
[ "$(sed -n '/<div class="wrong">/,/<\/div>/p' $page | grep -c '^<figure>')" -eq "$(cat wrong)" ]
result $? 'report: a picture of each'
cp $page first.html
run 0 report run --output "$work/second.html" && cmp first.html second.html >differ 2>&1
result $? 'report: the same bytes again, also elsewhere' differ

# ---- A net with branches: a drawing of which layer reads which -------------------------------------------------------

[ "$(count $page 'class="graph"')" -eq 0 ]
result $? 'report: no drawing of a chain'
awk '{ print } /type: convolution/ {
	print "  - {type: convolution, maps: 3, kernel: 3, padding: same}"
	print "  - {type: add, from: [-2, -1], activation: tanh, name: block}"
	print "  - {type: concatenate, from: [block, -3]}"
}' tiny.yaml | sed 's/type: combination,/type: combination, name: mix, from: -1,/' >branches.yaml
$limit "$convoy" train branches.yaml --output branches --epochs 1 >log 2>&1
run 0 report branches && [ ! -s err ] && [ "$(count branches/report.html '<svg class="graph"')" -eq 1 ]
result $? 'report: a drawing of a net with branches' err
sed -n '/<svg class="graph"/,/<\/svg>/p' branches/report.html >graph
[ "$(count graph '<rect')" -eq 8 ] && [ "$(count graph 'class="head"')" -eq 9 ]
result $? 'report: a box for the input and each layer, an arrow for each source' graph
[ "$(grep -c '<path d="M[0-9]* [0-9]*H[0-9]*V' graph)" -eq 2 ] && grep -qF 'block  3×6×6  tanh' graph
result $? 'report: lines around the layers between, names beside the boxes' graph
run 0 prune branches/best.h5 --output pruned.h5 --keep 12 && run 0 show --job pruned.h5 &&
	grep -qF '{type: convolution, name: mix, from: -1, maps: ' out
result $? 'prune: a layer keeps its name and what it reads' out

# ---- Names that would be code ----------------------------------------------------------------------------------------

odd='odd </script> & "run"'
run 0 report "$odd" --output odd.html && [ ! -s err ]
result $? 'report: odd names' err
lacks odd.html 'alert(1)</script>' 'report: a class is no script'
holds odd.html '&lt;/script&gt;&lt;script&gt;alert(1)' 'report: it is a text'
holds odd.html '<h1>&lt;b&gt;tiny&lt;/b&gt; &amp; &quot;co&quot;</h1>' 'report: the name is a text'
holds odd.html '{"name":"odd \u003c/script> & \"run\""' 'report: so is the directory, for the script'
[ "$(count odd.html '<script')" -eq 2 ] && [ "$(count odd.html '</script')" -eq 2 ]
result $? 'report: two scripts'
grep -qE '"validation_error":\[[0-9.]+,[0-9.]+\]' odd.html
result $? 'report: validation columns'
holds odd.html '<th>3 combination<small>2×2 per-pair scaled-tanh</small></th><td>4×2×2</td>' \
	'report: a layer in the words of show'
holds odd.html 'best validation error' 'report: the validation error'

# ---- Several runs ----------------------------------------------------------------------------------------------------

run 0 report run "$odd" --output both.html && [ "$(count both.html '<details>')" -eq 2 ] &&
	[ "$(count both.html '"test_error":[')" -eq 2 ]
result $? 'report: two runs' err
holds both.html '<h1>Runs compared</h1>' 'report: compared'
sed -n '/What the jobs do not share/,/What each run learned/p' both.html >jobs
printf '%s\n' '&lt;b&gt;tiny&lt;/b&gt; &amp; &quot;co&quot;' tiny >names
cells() # KEY: its values, a run in a line
{
	grep -F "<tr><th>$1</th>" jobs | sed 's/<\/td>/\n/g' | sed -n 's/.*<td[^>]*>//p'
}
cells name | sort | diff - names >differ 2>&1
result $? 'report: what differs in the jobs' differ
[ "$(cells 'layers[2].kernels' | sort | tr '\n' ' ')" = 'per-pair – ' ] && [ "$(cells data.validation | sort | tr '\n' ' ')" = '16 – ' ]
result $? 'report: a key that one job alone has' jobs
lacks jobs 'layers[0]' 'report: not what is the same'
lacks jobs 'train.rate' 'report: nor a rate'
[ "$(grep -c '<tr><th>' jobs)" -eq 6 ]
result $? 'report: a row for each key' jobs

# The best run comes first, whatever the order of the command; the same test set and no validation set.
for rate in 0.0001 0.05 0.2; do
	$limit "$convoy" train tiny.yaml --output "rate $rate" --rate $rate --set 'train.momentum=0.50' >log 2>&1
done
run 0 report 'rate 0.0001' 'rate 0.2' run 'rate 0.05' --output sorted.html && [ ! -s err ]
result $? 'report: four runs' err
for each in 'rate 0.0001' 'rate 0.2' run 'rate 0.05'; do
	awk -F, -v name="$each" 'NR > 1 && (NR == 2 || $7 < least) { least = $7 } END { printf "%.2f%% %s\n", 100 * least, name }' "$each/metrics.csv"
done | sort -n -s -k 1,1 | sed 's/[^ ]* //' >wanted
sed -n '/<table class="stack runs">/,/<\/table>/p' sorted.html | sed -n 's/^<tr><th><i[^>]*><\/i>\(.*\)<\/th><td data-title="job">.*/\1/p' |
	diff wanted - >differ
result $? 'report: the best run comes first' differ
holds sorted.html 'The best first, by the test set.' 'report: and says so'
sed -n '/What the jobs do not share/,/What each run learned/p' sorted.html >jobs
[ "$(cells train.rate | sort | tr '\n' ' ')" = '0.0001 0.05 0.05 0.2 ' ] && [ "$(grep -c '<tr><th>' jobs)" -eq 2 ]
result $? 'report: numbers that are equal are the same, however they are written' jobs

# ---- What may be missing ---------------------------------------------------------------------------------------------

mv data hidden
run 0 report run --output nodata.html && [ "$(cat err)" = \
	'convoy: no pictures of samples (--data DIR): data: no such directory' ]
result $? 'report: without the data set' err
holds nodata.html 'no pictures of samples (--data DIR): data: no such directory' 'report: it says so'
holds nodata.html 'data-name="04-full-weights"' 'report: and shows the parameters'
run 0 report run --output there.html --data hidden && cmp first.html there.html >differ 2>&1
result $? 'report --data: the data set elsewhere' differ
run 66 report run --data nowhere && grep -qx 'convoy: nowhere: no such directory' err
result $? 'report --data: not there' err
mv hidden data

$limit "$convoy" train tiny.yaml --output stopped --stop-at 5 >log 2>&1
run 0 report stopped && [ ! -s err ] && grep -qF '<b>1<small> of 3</small></b><span>epochs, not finished</span>' stopped/report.html
result $? 'report: a run that is not finished' err
$limit "$convoy" train tiny.yaml --output early --stop-at 2 >log 2>&1
run 0 report early && [ ! -s err ] && grep -qF 'No epoch has ended yet.' early/report.html
result $? 'report: a run without an epoch' err
# A run writes metrics before its checkpoint, and a row may be written in part.
mkdir grows
cp run/checkpoint-00000006.h5 grows
sed '$s/,[^,]*$//' run/metrics.csv | tr -d '\r' >grows/metrics.csv
run 0 report grows && grep -q '"epoch":\[1,2\]' grows/report.html
result $? 'report: half a row is none' err
cp run/metrics.csv grows
run 0 report grows && grep -q '"epoch":\[1,2,3\]' grows/report.html
result $? 'report: rows beyond the checkpoint count' err
rm grows/metrics.csv
run 0 report grows && grep -q '"seconds":\[null,null\]' grows/report.html
result $? 'report: without metrics.csv no times' err

cp -R run bad
printf '\252\125' | dd of=bad/checkpoint-00000009.h5 bs=1 seek=20000 conv=notrunc 2>log
printf '\252\125' | dd of=bad/best.h5 bs=1 seek=20000 conv=notrunc 2>log
run 0 report bad && [ "$(grep -c '^convoy: bad/.*: damaged: SHA-256' err)" -eq 2 ] &&
	grep -qF 'after epoch 2, step 6 (the newest checkpoint)' bad/report.html
result $? 'report: damaged checkpoints are told of' err
holds bad/report.html 'bad/checkpoint-00000009.h5: damaged: SHA-256' 'report: in the page too'
rm bad/checkpoint-*
run 66 report bad && grep -q '^convoy: bad: holds no good checkpoint' err
result $? 'report: none is left' err
mkdir lone
cp run/best.h5 lone
run 0 report lone && grep -qF '<h2>Confusion</h2>' lone/report.html
result $? 'report: best.h5 alone' err

# best.h5 of another job, of other data, and of a run that went another way from the first epoch on.
foreign() # NAME: of the run in other/
{
	rm -rf mixed
	cp -R run mixed
	cp other/best.h5 mixed
	run 0 report mixed && [ "$(cat err)" = "convoy: mixed/best.h5: is not shown, it is of another run than the newest checkpoint \
(job, data or history are others)" ] && grep -qF 'mixed/best.h5: is not shown' mixed/report.html &&
		grep -qF 'after epoch 3, step 9 (the newest checkpoint)' mixed/report.html
	result $? "report: best.h5 of $1" err
	rm -rf other mixed
}
$limit "$convoy" train tiny.yaml --output other --seed 2 >log 2>&1
foreign 'another job'
cp -R data same
tr '\001' '\002' <data/t10k-labels-idx1-ubyte | tail -c +9 >rest
{ head -c 8 data/t10k-labels-idx1-ubyte && cat rest; } >same/t10k-labels-idx1-ubyte
$limit "$convoy" train tiny.yaml --output other --data same >log 2>&1
foreign 'other data'
$limit "$convoy" train tiny.yaml --output begun --epochs 1 >log 2>&1
$limit "$convoy" train tiny.yaml --output other --resume=begun/best.h5 --rate 0.06 >log 2>&1
foreign 'another branch'
$limit "$convoy" train tiny.yaml --output other --epochs 2 >log 2>&1
cp -R run mixed
cp other/best.h5 mixed
run 0 report mixed && [ ! -s err ] && grep -qF '(best.h5)' mixed/report.html
result $? 'report: an earlier best.h5 of the run is its own' err

# ---- Errors ----------------------------------------------------------------------------------------------------------

run 64 report && grep -q "^convoy: report: which run's directory" err
result $? 'report: of nothing' err
run 66 report nowhere && [ "$(cat err)" = 'convoy: nowhere: no such directory' ]
result $? 'report: no such directory' err
run 66 report run/best.h5 && grep -q '^convoy: run/best.h5: is not a directory' err
result $? 'report: a checkpoint, not a directory' err
mkdir empty
run 66 report empty && grep -q '^convoy: empty: holds no good checkpoint' err
result $? 'report: an empty directory' err
run 74 report run --output nowhere/page.html && grep -q '^convoy: nowhere/page.html: cannot ' err
result $? 'report: nowhere to write' err
results_end
