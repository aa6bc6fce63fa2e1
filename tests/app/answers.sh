#!/bin/sh
# Reports and pictures of networks of values, labels and fields: their numbers are those of convoy eval and of the data.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

make_values=${convoy%/*}/tests/train/make_values

job() # NAME FILE OUTPUT LOSS RATE
{
	cat >"$1.yaml" <<-END
		name: $1
		data: {format: hdf5, file: $2.h5, inputs: fields, targets: targets}
		input: {maps: 1, rows: 4, columns: 4}
		output: {$3}
		layers:
		  - {type: full, units: 3, activation: linear}
		loss: $4
		train: {epochs: 5, batch: 30, rate: $5, seed: 3}
	END
	$limit "$make_values" "$2.h5" f32 "$2" && $limit "$convoy" train "$1.yaml" --output "$1" >log 2>&1
	result $? "$1: a run" log
}

# Numbers of a JSON list of convoy eval, as the page writes them: a line each.
numbers() # FORMAT KEY…
{
	format=$1
	shift
	for key; do
		sed -n "s/^    {\"name\".*\"$key\": \([-0-9.e]*\)[,}].*/\1/p" json >"key.$key"
	done
	# shellcheck disable=SC2046 # words
	paste -d' ' $(printf 'key.%s ' "$@") | awk -v format="$format" '{ for (i = 1; i <= NF; i++) printf(format "%s", $i, i < NF ? " " : "\n") }'
}

# The cells of the page's table with that class, a row in a line, without those of its first column.
cells() # PAGE CLASS
{
	sed -n "/<table class=\"$2\"/,/<\/table>/p" "$1" | grep '^<tr>' |
		sed 's/^<tr><th>.*<\/th>//; s/<b [^>]*><\/b>//g; s/<td[^>]*>/ /g; s/<[^>]*>//g; s/^ *//'
}

# ---- Values ----------------------------------------------------------------------------------------------------------

job values values 'values: 3, names: ["<b>mean</b>", slope, heat], units: [m, 1, K], normalize: standard' squared-error 0.03
run 0 report values && [ ! -s err ]
result $? 'report of values' err
page=values/report.html
$limit "$convoy" eval values/best.h5 --json --worst worst.csv >json 2>err
numbers %.4g mae rmse r2 largest_error sample >wanted
cells $page 'stack values' | diff wanted - >differ
result $? 'MAE, RMSE, R², largest error and its sample are those of eval' differ
holds $page '&lt;b&gt;mean&lt;/b&gt;' 'a name is a text'
[ "$(grep -c '<figure class="card plot">' $page)" -eq 6 ] && [ "$(grep -c 'aria-label="predictions of' $page)" -eq 3 ]
result $? 'two plots of each value'

# Samples by the mean of their errors, each a share of the targets' deviation; that of a value is the same for all.
h5dump -y -m %.17g -d /targets/deviation -o deviation values/best.h5 >log 2>&1
tr -cs '0-9.e+-' '\n' <deviation | awk 'NF' >units
awk -F, 'NR == FNR { unit[n++] = $1; next } FNR > 1 { sum[$1] += ($5 < 0 ? -$5 : $5) / unit[$2] }
	END { for (i in sum) printf "%.12f %d\n", sum[i], i }' units worst.csv | sort -k 1,1gr | head -n 24 | cut -d' ' -f2 >wanted
sed -n '/<div class="wrong broad">/,/<\/div>/p' $page | sed -n 's/.*<small>\([0-9]*\)<\/small>.*/\1/p' | diff wanted - >differ
result $? 'the samples with the largest mean errors, in their order' differ
first=$(head -n 1 wanted)
awk -F, -v first="$first" '$1 == first { printf "%.4g<em>%.4g\n", $3, $4 }' worst.csv | sort >wanted
sed -n "/<div class=\"wrong broad\">/,/<small>$first</p" $page | sed 's/ \(m\|1\|K\)<\(\/*em\)>/<\2>/g' |
	grep -oE -- '-?[0-9.]+<em>-?[0-9.]+' | sort | diff wanted - >differ
result $? 'truth and prediction of the worst, with units' differ

# The bars of the first value: as many in the highest as its errors say; all bars together are all samples.
awk -F, '$2 == 0 && NR > 1 { e[n++] = $5; square += $5 * $5; size = $5 < 0 ? -$5 : $5; most = size > most ? size : most }
	END {
		end = 4 * sqrt(square / n) < most ? 4 * sqrt(square / n) : most
		for (i = 0; i < n; i++) {
			b = int((e[i] + end) / (2 * end) * 41)
			bar[b < 0 ? 0 : b > 40 ? 40 : b]++
		}
		for (b in bar) high = bar[b] > high ? bar[b] : high
		printf "%d of %d\n", high, n
	}' worst.csv >wanted
sed -n '/aria-label="errors of/,/<\/svg>/p' $page | grep -m 1 'class="shade s4"' | grep -oE 'v-[0-9.]+' |
	awk '{ h = substr($0, 3) + 0; sum += h; high = h > high ? h : high } END { printf "%.0f of 150\n", 150 * high / sum }' |
	diff wanted - >differ
result $? 'the histogram is that of the errors' differ
# Cells of the scatter plot: of a network that is nearly right they lie at the diagonal.
sed -n '/aria-label="predictions of/,/<\/svg>/p' $page | grep 'class="shade' | grep -oE 'M[0-9]+ [0-9]+h' | tr -d 'Mh' |
	awk '{ miss = ($1 - 58) - (22 + 288 - 3 - $2); n++; far += miss > 60 || miss < -60 } END { print n, far; exit n < 100 || far > n / 50 }' >log
result $? 'predictions lie at the diagonal' log
cp $page first.html
run 0 report values --output second.html && cmp first.html second.html >differ 2>&1
result $? 'the same bytes again' differ
mv values.h5 hidden.h5
run 0 report values && [ "$(cat err)" = 'convoy: no pictures of samples (--data DIR): values.h5: no such file' ] &&
	grep -q 'no pictures of samples' $page && ! grep -q '<h2>Values' $page
result $? 'without the data the rest of the page' err
run 0 report values --data hidden.h5 && cmp first.html $page >differ 2>&1
result $? 'report --data' err
run 0 pictures values/best.h5 --output pictures --data hidden.h5 --sample 3 && grep -q '^pictures/worst.png ' out &&
	grep -q '^pictures/sample-00003-maps.png ' out && [ ! -s err ]
result $? 'pictures of values' out
mv hidden.h5 values.h5

# ---- Labels ----------------------------------------------------------------------------------------------------------

job labels labels 'labels: 3, names: [a, b, c]' binary-cross-entropy 0.3
run 0 report labels && [ ! -s err ]
result $? 'report of labels' err
$limit "$convoy" eval labels/best.h5 --json >json 2>err
numbers %.4f auc f1 >wanted
cells labels/report.html labels | awk '{ print $3, $4 }' | diff wanted - >differ
result $? 'AUC and F1 are those of eval' differ
[ "$(sed -n '/<div class="wrong broad">/,/<\/div>/p' labels/report.html | grep -c '^<figure>')" -eq 24 ]
result $? 'the worst samples'
run 0 pictures labels/best.h5 --output pictures && grep -q '^pictures/worst.png ' out && [ ! -s err ]
result $? 'pictures of labels' out

# ---- Fields ----------------------------------------------------------------------------------------------------------

# An array of NumPy of bytes that repeat after a long time.
array() # FILE SHAPE COUNT
{
	printf '\223NUMPY\001\000\166\000%-117s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': ($2), }" >"$1"
	# shellcheck disable=SC2059 # the numbers are the format
	printf "$(awk -v n="$3" 'BEGIN { for (x = 1; i++ < n;) { x = x * 16807 % 2147483647; printf "\\%03o", x % 256 } }')" >>"$1"
}
fields() # NAME ROWS COLUMNS
{
	mkdir "$1.data"
	array "$1.data/some.npy" "40, 2, $2, $3" $((80 * $2 * $3))
	cat >"$1.yaml" <<-END
		name: $1
		data:
		  format: numpy
		  directory: $1.data
		  train: {inputs: some.npy, targets: some.npy}
		  test: {inputs: some.npy, targets: some.npy}
		input: {maps: 2, rows: $2, columns: $3}
		output: {values: 2, names: [first, second], normalize: standard}
		layers:
		  - {type: convolution, maps: 2, kernel: 1}
		loss: squared-error
		train: {epochs: 2, batch: 20, rate: 0.03, seed: 1}
	END
	$limit "$convoy" train "$1.yaml" --output "$1" >log 2>&1
	result $? "$1: a run" log
	run 0 report "$1" && [ ! -s err ] && [ "$(grep -c '<div class="card fields">' "$1/report.html")" -eq 2 ]
	result $? "report of $1: both values" err
	run 0 pictures "$1/best.h5" --output pictures --sample 0 && grep -q '^pictures/worst-00.png ' out &&
		grep -q '^pictures/worst-01.png ' out && grep -q '^pictures/sample-00000-maps.png ' out
	result $? "pictures of $1: both values" out
}
fields fields 4 2
[ "$(grep -c '<small>difference</small>' fields/report.html)" -eq 12 ] &&
	[ "$(grep -c '<small>input</small>' fields/report.html)" -eq 12 ]
result $? 'six samples of each value: worst and ordinary ones'
# The ends of the scale of differences are the largest error of the samples that are shown.
$limit "$convoy" eval fields/best.h5 --worst worst.csv >out 2>err
sed -n 's/.*<figcaption>sample \([0-9]*\), MAE .*/\1/p' fields/report.html | sort -u >shown
awk -F, 'NR == FNR { shown[$1] = 1; next }
	FNR > 1 && $1 in shown { size = $7 < 0 ? -$7 : $7; most[$2] = size > most[$2] ? size : most[$2] }
	END { for (k = 0; k < 2; k++) printf "-%.4g %.4g\n", most[k], most[k] }' shown worst.csv >wanted
grep -o '<span>prediction − truth .*' fields/report.html | sed 's/<[^>]*>/ /g' | awk '{ print $(NF - 1), $NF }' |
	diff wanted - >differ
result $? 'differences have one scale, with 0 in its middle' differ
fields signals 1 8
grep -q 'class="panels broad"' signals/report.html && grep -q 'width="528" height="192"' signals/report.html &&
	[ "$(grep -c '<small>truth and prediction</small>' signals/report.html)" -eq 12 ]
result $? 'signals are curves'

# No numbers but 0 have a place and a scale too.
mkdir zero.data
for each in 'inputs 40, 1, 4, 2' 'targets 40, 1'; do
	array "zero.data/${each%% *}.npy" "${each#* }" 0
	head -c $(($(echo "${each#* }" | sed 's/, /*/g'))) /dev/zero >>"zero.data/${each%% *}.npy"
done
sed 's/fields/zero/g; s/{inputs: some.npy, targets: some.npy}/{inputs: inputs.npy, targets: targets.npy}/; s/maps: 2, rows/maps: 1, rows/
	s/values: 2, names.*/values: 1}/; s/{type: convolution.*/{type: full, units: 1}/' fields.yaml >zero.yaml
$limit "$convoy" train zero.yaml --output zero >log 2>&1
run 0 report zero && [ ! -s err ] && grep -q '<td data-title="MAE">0</td>' zero/report.html &&
	grep -q 'aria-label="errors of' zero/report.html
result $? 'report of nothing but 0' err
results_end
