#!/bin/sh
# convoy watch: what it shows of a run that is not there yet, grows, waits, is done; on terminals of several widths.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

at_terminal() # COLUMNS LOCALE COMMAND: what it shows stands in `seen`, without colours and returns
{
	LC_ALL=$2 $limit script -qec "stty cols $1 rows 30; $3" screen </dev/null >seen 2>&1
}

# Ends convoy watch when it has drawn part for the third time; to be run at a terminal, whose output grows in `seen`.
cat >thrice <<-END
	'$convoy' watch --interval 0.1 part &
	until [ "\$(grep -c 'part: tiny' seen)" -ge 3 ]; do
		sleep 0.1
	done
	kill \$!
END

$limit "$convoy" train tiny.yaml --output run --set data.validation=16 >log 2>&1
result $? 'a run to watch' log
error=$(awk -F, 'END { printf "%.2f%%", 100 * $4 }' run/validation.csv)

# ---- Done ------------------------------------------------------------------------------------------------------------

run 0 watch --once run && [ ! -s err ]
result $? 'watch --once of a run that is done' out
line 'run: tiny, epoch 3 of 3' 'watch --once: the epoch'
line '\[=\{40\}\] 100%' 'watch --once: the bar is full'
line "validation error $error, best [0-9.]*% after epoch [123]  [_.~=+*#-]\{3\}" 'watch --once: the error and its line'
awk -F, 'NR > 1 { printf "%6d %10.6f %10.4f %7.2f%%\n", $1, $3, $4, 100 * $5 }' run/metrics.csv >rows
grep -x ' *[0-9]* .*%.*' out | cut -c 1-37 | diff - rows >differ
result $? 'watch --once: the rows of metrics.csv' differ
line 'done: 3 epochs' 'watch --once: that it is done'
awk 'length($0) > 80 { exit 1 }' out
result $? 'watch --once: 80 columns' out
run 0 watch run
result $? 'watch of a run that is done ends' out
[ "$(grep -c '^epoch [123]  loss [0-9.]*  train [0-9.]*%  validation [0-9.]*%  test [0-9.]*%  rate 0\.0500$' out)" \
	-eq 3 ]
result $? 'watch: a line per epoch in a file' out
line 'done: 3 epochs' 'watch: the end in a file'

mv run/validation.csv kept
awk -F, -v OFS=, 'NR > 1 { $3 = 1 / NR; $4 = 0.5 } 1' kept >run/validation.csv
run 0 watch --once run
line 'validation error 50\.00%, best 50\.00% after epoch 3 .*' 'watch: of equal errors the lowest loss is the best'
mv kept run/validation.csv

mv run/metrics.csv kept
run 0 watch --once run
line 'run: tiny: metrics.csv has no rows' 'watch: without metrics.csv'
line 'done: 3 epochs' 'watch: it is done all the same'
mv kept run/metrics.csv

# The longest name of a job: 255 bytes, an odd number of them before characters of two.
name=a$(awk 'BEGIN { for (i = 0; i < 127; i++) printf "é" }')
run 0 train tiny.yaml --epochs 1 --set "name=$name" --output long && run 0 watch --once long
line "long: $name, epoch 1 of 1" 'watch --once: a long name is whole'

# ---- Not done --------------------------------------------------------------------------------------------------------

mkdir part
run 0 watch --once part
[ "$(cat out)" = 'part: no files of a run in it yet' ]
result $? 'watch: an empty directory' out
sed 1q run/metrics.csv >part/metrics.csv
run 0 watch --once part
line 'part: no epoch has ended yet' 'watch: a run in its first epoch'
sed '3s/,[^,]*$//; 4,$d' run/metrics.csv | awk 'NR < 3 { print; next } { printf "%s", $0 }' >part/metrics.csv
run 0 watch --once part
line 'part: epoch 1 (the first checkpoint will tell the number of epochs)' 'watch: no checkpoint yet, half a row'
line 'test error .*% after epoch 1  _' 'watch: without a checkpoint the test error'
cp run/metrics.csv part
cp run/checkpoint-00000002.h5 part # of the first epoch
run 0 watch --once part
line 'part: tiny, epoch 3 of 3' 'watch: rows beyond the checkpoint'
# One epoch, of five seconds, and half a minute ago: but for the last second of the next one, two are left.
awk -F, -v OFS=, 'NR == 2 { $8 = "5.000" } NR <= 2' run/metrics.csv >part/metrics.csv
touch -d '30 seconds ago' part/metrics.csv part
run 0 watch --once part
line '\[=*  *\]  66%  left about 0:05' 'watch: a bar that is not full'
line 'last written 0:[345][0-9] ago' 'watch: when something was written'
touch -d '2000-01-01 00:00:00' part/metrics.csv part
run 0 watch --once part
grep -q '^nothing was written for [0-9]*:[0-9][0-9]:[0-9][0-9], an epoch takes 0:05: stopped, or stalled?$' out
result $? 'watch: a run that is stalled' out
line '\[=*  *\]  33%' 'watch: no time is left where nothing moves'
cp run/checkpoint-00000006.h5 part
printf '\252\125' | dd of=part/checkpoint-00000006.h5 bs=1 seek=20000 conv=notrunc 2>log
run 0 watch --once part
line 'part: tiny, epoch 1 of 3' 'watch: a damaged checkpoint is passed over'

# A run that begins behind its watcher's back.
$limit "$convoy" watch --interval 0.1 later </dev/null >out 2>err &
watcher=$!
left=600
until [ -s out ] || [ $left -eq 0 ]; do
	left=$((left - 1))
	sleep 0.1
done
$limit "$convoy" train tiny.yaml --output later >log 2>&1
wait $watcher && [ "$(sed -n 1p out)" = 'later: not there yet' ] && [ "$(grep -c '^epoch ' out)" -eq 3 ] &&
	[ "$(sed -n '$p' out)" = 'done: 3 epochs' ] && [ "$(wc -l <out)" -eq 5 ]
result $? 'watch: from before the beginning to the end' out

# ---- On a terminal ---------------------------------------------------------------------------------------------------

if script -qec true screen </dev/null >seen 2>&1; then
	cp run/checkpoint-00000002.h5 run/metrics.csv run/validation.csv part
	rm part/checkpoint-00000006.h5
	for columns in 80 60 40; do
		at_terminal $columns C 'sh thrice'
		tr -d '\r' <seen | sed 's/^\(\x1b\[[0-9]*[AJ]\)*//' |
			awk -v most=$columns 'length($0) >= most { print; bad = 1 } END { exit bad }' >wide
		result $? "watch: $columns columns" wide
	done
	[ "$(tr -d '\r' <seen | grep -c "^$(printf '\033')\[8A$(printf '\033')\[Jpart: tiny, epoch 3 of 3$")" -ge 2 ]
	result $? 'watch: is drawn over itself' seen
	utf8=$(locale -a 2>/dev/null | grep -ix -m 1 'C.UTF-*8')
	if [ -n "$utf8" ]; then
		at_terminal 80 "$utf8" 'sh thrice'
		grep -q '% after epoch [123]  [▁▂▃▄▅▆▇█]*█[▁▂▃▄▅▆▇█]*' seen
		result $? 'watch: blocks where texts are UTF-8' seen
	else
		skip 'watch: blocks' 'no UTF-8 locale'
	fi
	at_terminal 80 C "'$convoy' watch run"
	result $? 'watch: ends on a terminal' seen
else
	skip 'watch on a terminal' 'no script'
fi

# ---- Errors ----------------------------------------------------------------------------------------------------------

run 64 watch && grep -q "^convoy: watch: which run's directory" err
result $? 'watch: of nothing' err
run 64 watch --interval 0 run && grep -q '^convoy: --interval' err
result $? 'watch --interval: too small' err
run 66 watch --once nowhere && [ "$(cat err)" = 'convoy: nowhere: no such directory' ]
result $? 'watch --once: no such directory' err
run 66 watch tiny.yaml && [ "$(cat err)" = "convoy: tiny.yaml: is not a directory; give the directory of a run" ]
result $? 'watch: no directory' err
results_end
