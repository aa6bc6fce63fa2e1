#!/bin/sh
# convoy report --sweep: what stands in the page of a sweep whose jobs are done, failed, stopped, not begun, damaged.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

lacks() # FILE TEXT NAME
{
	! grep -qF -e "$2" "$1"
	result $? "$3"
}

# ---- None has begun ----------------------------------------------------------------------------------------------------

run 0 sweep tiny.yaml --grid train.rate=0.05,0.0001,1000000,0.02,0.03,0.04 --grid 'layers[0].maps=3,4' \
	--set train.epochs=2 --output sweep && run 0 report --sweep sweep && [ ! -s err ] &&
	grep -qx 'sweep/report.html  [0-9]* kB' out
result $? 'report --sweep: a page before any job has begun' err
page=sweep/report.html
[ "$(grep -c '<td data-title="state">not begun</td>' $page)" -eq 12 ] && grep -qF 'No epoch has ended yet' $page
result $? 'report --sweep: 12 jobs that have not begun'

# ---- All kinds -----------------------------------------------------------------------------------------------------------

# 001 … 004 are trained, the third stops, the fourth is damaged; 005 diverges.
for job in 001 002 004; do
	$limit "$convoy" train sweep/$job.yaml --output sweep/$job >>log 2>&1
done
$limit "$convoy" train sweep/003.yaml --output sweep/003 --stop-at 4 >>log 2>&1
$limit "$convoy" train sweep/007.yaml --output sweep/007 >>log 2>&1
$limit "$convoy" train sweep/008.yaml --output sweep/008 --stop-at 2 >>log 2>&1
sed 's/^/x/' sweep/004/best.h5 >bytes
for file in sweep/004/*.h5; do
	cp bytes "$file"
done
echo 'status 70: a <b>loss</b> is not finite' >sweep/005.failed
echo 'status 70: once' >sweep/001.failed # it is done since
run 0 report --sweep sweep
result $? 'report --sweep: jobs of all kinds' err
for text in '<!DOCTYPE html>' '<h1>Sweep</h1>' "default-src 'none'" '<h2>Jobs</h2>' '<h2>Values</h2>' '<h2>Curves</h2>' \
	'<b>3<small> of 12</small></b><span>jobs done</span>' '</html>' '<th>train.rate</th><th>layers[0].maps</th><th>test error</th>'; do
	holds $page "$text" "report --sweep: $text"
done
sed -n 's/^<tr data-job="\([0-9]*\)">.*data-title="test error">\([^<]*\)<.*data-title="epochs">\([^<]*\)<.*data-title="state">\(.*\)<\/td><\/tr>$/\1 \2 \3 \4/p' \
	$page >rows
[ "$(wc -l <rows)" -eq 12 ]
result $? 'report --sweep: a row for each job' rows

# By metrics.csv: the lowest test error of each, of equal errors the lowest loss.
for job in 001 002 003 007; do
	awk -F, -v job=$job 'NR > 1 && (NR == 2 || $7 < error || ($7 == error && $6 < loss)) { error = $7; loss = $6 }
		END { printf "%s %.17g %.17g\n", job, error, loss }' sweep/$job/metrics.csv
done | sort -k 2,2g -k 3,3g -k 1,1n | awk '{ printf "%s %.2f%%\n", $1, 100 * $2 }' >order
cut -d' ' -f1,2 rows | head -n 4 | diff order - >differ
result $? 'report --sweep: the best first, with the errors of metrics.csv' differ
sed -n 's/^\(00[1378]\) \([^ ]*\) \(.*\)/\1 \3/p' rows | sort >states
printf '%s\n' '001 2 of 2 done' '003 1 of 2 not finished' '007 2 of 2 done' '008 0 of 2 not finished' | diff - states >differ
result $? 'report --sweep: how far they are' differ
holds rows '005 – – <em>failed</em>' 'report --sweep: a job that failed'
holds $page '<em>005 failed</em>: status 70: a &lt;b&gt;loss&lt;/b&gt; is not finite</p>' \
	'report --sweep: … with its line as a text'
lacks $page 'status 70: once' 'report --sweep: no failure of a job that is done'
holds rows '006 – – not begun' 'report --sweep: a job that has not begun'
grep -q '^004 – – <em>cannot be read</em>' rows || grep -q '^004 – – not finished' rows
result $? 'report --sweep: a job whose checkpoints are damaged' rows
grep -q '^convoy: sweep/004/' err
result $? 'report --sweep: … is told of' err
best=$(head -n 1 order)
holds $page "<b>${best#* }</b><span>least test error</span>" 'report --sweep: the least error'
holds $page "<b>${best% *}</b><span>train.rate=" 'report --sweep: the best job, with its values'

# ---- Plots ----------------------------------------------------------------------------------------------------------------

# A part of the page: its first svg behind a heading.
plot_of() # HEADING
{
	awk -v heading="<h2>$1</h2>" 'index($0, heading) { on = 1 } on && /<svg/ { inside = 1 } inside { print }
		inside && /<\/svg>/ { exit }' $page
}
plot_of Values >parallel
[ "$(grep -c 'class="name"' parallel)" -eq 3 ]
result $? 'parallel coordinates: an axis for each key and for the measure' parallel
grep -o 'class="trial[^"]*" data-job="[0-9]*"' parallel | sort | tr -d '"' >lines
awk '{ print $NF }' lines | sort | tr '\n' ' ' >begun
[ "$(cat begun)" = 'data-job=001 data-job=002 data-job=003 data-job=004 data-job=005 data-job=007 data-job=008 ' ]
result $? 'parallel coordinates: a line for each job that has begun or failed' lines
[ "$(grep -c 'trial best' lines)" -eq 4 ] && grep -q 'trial failed data-job=005' lines
result $? 'parallel coordinates: the best and the failed ones stand out' lines
# The rates are 0.0001 … 1e6, logarithmic: 0.05 lies at log(500) / log(1e10) from below.
y=$(sed -n 's/.*data-job="001" d="M[0-9.]* \([0-9.]*\)L.*/\1/p' parallel)
awk -v y="$y" 'BEGIN { wanted = 46 + 250 * (1 - log(500) / log(1e10)); exit !(y > wanted - 0.1 && y < wanted + 0.1) }'
result $? 'parallel coordinates: a logarithmic axis' parallel
plot_of Curves >curves
[ "$(grep -o 'data-job="[0-9]*"' curves | sort | tr -dc '0-9\n' | tr '\n' ' ')" = '001 002 003 007 ' ]
result $? 'curves: a line for each job with an epoch' curves
[ "$(grep -c '<svg' $page)" -eq 3 ]
result $? 'curves: the measure and the loss'

# ---- Bytes, and what is refused ---------------------------------------------------------------------------------------------

! grep -oE '(src|href)="[^"]*"' $page | grep -vE '^(src="data:image/png;base64,|href="data:,")' >links
result $? 'report --sweep: nothing is loaded from anywhere' links
cp $page first.html
run 0 report --sweep sweep/ --output second.html && sed 's|sweep/|sweep|g' second.html >one &&
	sed 's|sweep/|sweep|g' first.html | cmp - one >differ 2>&1
result $? 'report --sweep: the same bytes again, also elsewhere' differ
run 66 report --sweep data && grep -qF 'convoy: data/sweep.csv: ' err
result $? 'report --sweep: no sweep' err
run 64 report --sweep sweep sweep/001 && grep -qF 'report: --sweep DIR compares the jobs of a sweep alone' err
result $? 'report --sweep: not beside other runs' err
printf 'job,a\n001\n' >data/sweep.csv
run 65 report --sweep data && grep -qxF 'convoy: data/sweep.csv:2: 1 field, line 1 has 2' err
result $? 'report --sweep: a damaged table' err

# ---- Runs of other jobs -----------------------------------------------------------------------------------------------------

run 0 sweep tiny.yaml --grid train.rate=0.05,0.02,0.03 --set train.epochs=1 --output swapped
for job in 001:name=tiny 002:train.rate=0.07 003:train.epochs=2; do
	$limit "$convoy" train swapped/${job%%:*}.yaml --set ${job#*:} --output swapped/${job%%:*} >>log 2>&1
done
run 0 report --sweep swapped
result $? 'report --sweep: runs that were trained by hand' err
grep -qxF 'convoy: swapped/002: train.rate is 0.07 here and 0.02 in sweep.csv: correct one of them' err
result $? 'report --sweep: a run of other values is told of' err
for job in 001 003; do
	grep -q "<tr data-job=\"$job\">.*<td data-title=\"test error\">[0-9.]*%" swapped/report.html
	result $? "report --sweep: … job $job has its error"
done
grep '<tr data-job="002">' swapped/report.html | grep -F '<td data-title="test error">–</td>' |
	grep -qF '<em>has other values</em>' && ! grep -q '<path class="trial[^>]* data-job="002"' swapped/report.html
result $? 'report --sweep: … and does not compare'
holds err 'swapped/003: train.epochs is 2 here and 1 in job 001: make it the same in all, or a column of sweep.csv' \
	'report --sweep: a run that differs in another key is told of'

# ---- A validation set, values ------------------------------------------------------------------------------------------------

run 0 sweep tiny.yaml --grid train.rate=0.05,0.01 --set train.epochs=2 --set data.validation=16 --output held --run &&
	run 0 report --sweep held && [ ! -s err ] && grep -qF '<span>least validation error</span>' held/report.html &&
	grep -qF '<th>validation error</th><th>test error</th>' held/report.html
result $? 'report --sweep: by the validation set' err
run 0 sweep tiny.yaml --grid 'layers[0].activation=tanh,relu' --set train.epochs=1 --output words --run &&
	run 0 report --sweep words && grep -qF '>relu</text>' words/report.html
result $? 'report --sweep: words on an axis' err
lacks words/report.html 'class="soft cut"' 'report --sweep: nothing is cut off'
awk -F, -v OFS=, '{ print } END { $1++; $2 *= 2; $4 = 1000; print }' words/001/metrics.csv >rows && mv rows words/001/metrics.csv
run 0 report --sweep words &&
	sed -n '/<h3>Loss/,$p' words/report.html | grep -qF '<p class="soft cut">Above the axis, drawn at its top: 001.</p>'
result $? 'report --sweep: whose curve is cut off at the top' err
# A table may come from elsewhere: its numbers are any.
awk 'BEGIN { print "job,train.rate\n001,0.05\n002,0.01\n003,-1.7e308\n004,1.7e308"
	for (i = 5; i < 12; i++) printf "%03d,%de-323\n", i, i }' >held/sweep.csv
run 0 report --sweep held --output axis.html && ! sed -n '/<svg/,/<\/svg>/p' axis.html | grep 'nan\|inf' >>err
result $? 'report --sweep: an axis of extreme numbers' err
results_end
