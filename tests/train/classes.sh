#!/bin/sh
# More classes than 256: a run and all that looks at its checkpoints; the same bytes for any number of ranks.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/common.sh"

# Labels are bytes here, so many classes are of no sample; the guesses are spread over all.
for classes in 256 300 1000; do
	sed "s/classes: 4/classes: $classes/; s/units: 4/units: $classes/" "$here/lenet.yaml" \
		>"$work/$classes.yaml"
	for ranks in 1 2 3; do
		train $ranks $classes-$ranks "$work/$classes.yaml" --epochs 2
	done
	same_runs $classes-1 $classes-2 && same_runs $classes-1 $classes-3
	result $? "$classes classes: the same bytes on 1, 2 and 3 ranks"
	train 2 $classes-stop "$work/$classes.yaml" --epochs 2 --stop-at 3
	[ $? -eq 75 ] && train 3 $classes-stop "$work/$classes.yaml" --epochs 2 --resume && same_runs $classes-1 $classes-stop
	result $? "$classes classes: the same after a stop"
done

# The sums of what eval and the checkpoint say.
for classes in 256 300; do
	last=$(newest $classes-1)
	"$convoy" eval "$last" --data "$work/data" --json --wrong "$work/wrong.csv" >"$work/json" 2>"$work/log"
	result $? "$classes classes: eval"
	mpi -n 2 "$convoy" eval "$last" --data "$work/data" --json && cmp "$work/json" "$work/log"
	result $? "$classes classes: eval on two ranks"
	tail -n +2 "$work/wrong.csv" | cut -d, -f2,3 | sort | uniq -c | sort -k1,1nr >"$work/pairs"
	wrong=$(awk '{ sum += $1 } END { print sum + 0 }' "$work/pairs")
	samples=$(sed -n 's/^  "samples": \([0-9]*\),$/\1/p' "$work/json")
	awk -F'"samples": ' -v all="$samples" '/"name"/ { sum += $2 + 0 } END { exit sum != all }' "$work/json"
	result $? "$classes classes: their samples add up" "$work/json"
	grep -q "\"error\": $(awk -v w="$wrong" -v n="$samples" 'BEGIN { printf "%.9g", w / n }'),\$" "$work/json"
	result $? "$classes classes: the error counts the wrong samples" "$work/json"
done
grep '"class": ' "$work/json" | sed 's/[^0-9,]//g; s/,$//' | awk -F, '{ print $3, $1 "," $2 }' | sort >"$work/said"
head -n 64 "$work/pairs" | awk '{ print $1, $2 }' | sort >"$work/counted"
[ "$(wc -l <"$work/pairs")" -le 64 ] && diff "$work/counted" "$work/said" >"$work/log"
result $? '300 classes: the confused pairs are those of --wrong'
"$convoy" eval "$last" --data "$work/data" >"$work/log" && grep -q '^what is  *is taken for  *samples$' "$work/log"
result $? '300 classes: eval prints the pairs'

"$convoy" verify "$last" >"$work/log" 2>&1 && "$convoy" diff "$last" "$(newest 300-2)" >"$work/log" 2>&1 &&
	"$convoy" show "$last" >"$work/log" 2>&1 && "$convoy" predict "$last" --top 300 "$work/data" >"$work/log" 2>&1
result $? '300 classes: verify, diff, show, predict'
for file in s.npy g.npy s.h5 s.csv; do
	guesses=
	[ $file != g.npy ] || guesses=--guesses
	"$convoy" predict "$last" $guesses --output "$work/$file" "$work/data/t10k-images-idx3-ubyte" >"$work/log" 2>&1
	result $? "300 classes: predict --output $file"
done
awk -F, 'NR == 1 { if (NF != 303) exit 1; next }
	{ best = 4; for (k = 5; k <= NF; k++) if ($k > $best) best = k; print best - 4 }' "$work/s.csv" >"$work/best" &&
	tail -c +129 "$work/g.npy" | od -An -v -td2 -w2 | tr -d ' ' | diff "$work/best" - >"$work/log" && [ -s "$work/best" ]
result $? '300 classes: the guesses are the largest scores of the CSV file'
"$convoy" report "$work/300-1" --data "$work/data" >"$work/log" 2>&1 && grep -q 'is taken for' "$work/300-1/report.html" &&
	! grep -q '<figure class="confusion"' "$work/300-1/report.html" &&
	"$convoy" report "$work/256-1" --data "$work/data" >"$work/log" 2>&1 &&
	grep -q '<figure class="confusion"' "$work/256-1/report.html"
result $? 'report: a matrix of 256 classes, the pairs of 300'
"$convoy" pictures "$last" --data "$work/data" --output "$work/pictures" --sample 0 >"$work/log" 2>&1
result $? '300 classes: pictures'

# Names: the job's, and a file's, which has fewer.
names=$(awk 'BEGIN { for (k = 0; k < 300; k++) printf "%skind-%d", (k > 0 ? ", " : ""), k }')
sed "s/classes: 300/classes: 300, names: [$names]/" "$work/300.yaml" >"$work/named.yaml"
train 2 named "$work/named.yaml" --epochs 1
result $? '300 names'
"$convoy" eval "$(newest named)" --data "$work/data" >"$work/log" 2>&1 && grep -q '^kind-299 ' "$work/log"
result $? '300 names: eval prints them'

# Read by windows, where the test set comes in pieces: the checkpoint, which the report shows, and eval have the same pairs.
mkdir "$work/large"
"$make_data" "$work/large" 1 6000 6000 && "$convoy" import "$work/large" --output "$work/large.h5" >"$work/log" 2>&1
for memory in 0 1; do
	sed "s/format: idx/format: hdf5/; s/directory: data/file: large.h5, memory: $memory/" "$work/300.yaml" \
		>"$work/windows.yaml"
	mpi -n 2 "$convoy" train "$work/windows.yaml" --data "$work/large.h5" --output "$work/windows-$memory" --epochs 1 \
		--batch 100
	result $? "300 classes, data.memory: $memory"
	"$convoy" eval "$work/windows-$memory/best.h5" --data "$work/large.h5" >"$work/out" 2>"$work/log" &&
		"$convoy" report "$work/windows-$memory" --data "$work/large.h5" >"$work/log" 2>&1
	sed '1,/^what is/d' "$work/out" | awk '{ print $1, $2, $3 }' >"$work/counted"
	sed '1,/class="pairs"/d; /<.table>/,$d' "$work/windows-$memory/report.html" |
		sed 's,</t[hd]>, ,g; s/<[^>]*>//g' | awk 'NF > 3 { print $1, $2, $3 }' >"$work/said"
	[ -s "$work/said" ] && diff "$work/counted" "$work/said" >"$work/log"
	result $? "300 classes, data.memory: $memory: the same pairs in eval and report"
done

"$convoy" train "$work/300.yaml" --data "$work/data" --output "$work/too" --set output.classes=65537 >"$work/log" 2>&1
complains $? 78 'output.classes is 65537, it must be at least 2 and at most 65536'
result $? 'no more than 65,536 classes'

results_end
