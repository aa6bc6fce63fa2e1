#!/bin/sh
# convoy predict: what it says is what evaluation counts, wherever the images come from; bad ones do not stop it.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

# One image of the test set as a PGM file.
test_picture() # NUMBER [inverse]
{
	printf 'P5\n# a comment\n8 8\n255\n'
	bytes=$(tail -c +$((17 + 64 * $1)) data/t10k-images-idx3-ubyte | head -c 64 | od -An -v -tu1 |
		awk -v inverse="${2:-}" '{ for (i = 1; i <= NF; i++) printf "\\%03o", inverse ? 255 - $i : $i }')
	# shellcheck disable=SC2059 # the text is the format
	printf "$bytes"
}

: >input
input=input
sed 's/^loss.*/loss: softmax-cross-entropy/; s/units: 4, activation: scaled-tanh/units: 4/
	s/seed: 1/seed: 1, average: 0.9/' tiny.yaml >soft.yaml
$limit "$convoy" train tiny.yaml -o run >log 2>&1
result $? 'a network' log
$limit "$convoy" train soft.yaml -o soft >log 2>&1
result $? 'one of averages and probabilities' log
test=data/t10k-images-idx3-ubyte

# ---- The same as evaluation ------------------------------------------------------------------------------------------

for run in run soft; do
	run 0 predict $run/best.h5 $test --top 4 && [ "$(wc -l <out)" -eq 37 ] && [ ! -s err ]
	result $? "$run: a line for each image of an IDX file" out
	tail -c +9 data/t10k-labels-idx1-ubyte | od -An -v -tu1 -w1 >labels
	wrong=$(awk '{ print $2 }' out | paste labels - | awk '$1 != $2 { n++ } END { print n + 0 }')
	$limit "$convoy" eval $run/best.h5 >eval 2>&1
	grep -q "($wrong wrong)" eval
	result $? "$run: as many are wrong as in convoy eval" eval
	# The areas, from pairs of samples counted one by one.
	$limit "$convoy" predict $run/best.h5 $test --top 4 --json >scores 2>&1
	tr -d ',}]' <scores | paste labels - | awk '{
			label[NR] = $1
			for (i = 2; i <= NF; i++) {
				if ($i ~ /"class":/)
					class = $(i + 1)
				if ($i == "\"score\":")
					score[NR, class] = $(i + 1)
			}
		}
		END {
			for (k = 0; k < 4; k++) {
				right = pairs = 0
				for (i = 1; i <= NR; i++)
					for (j = 1; j <= NR; j++)
						if (label[i] == k && label[j] != k) {
							right += score[i, k] > score[j, k] ? 1 : score[i, k] == score[j, k] ? 0.5 : 0
							pairs++
						}
				printf "%.6f\n", right / pairs
			}
		}' >areas
	$limit "$convoy" eval $run/best.h5 --json 2>&1 | sed -n 's/.*"auc": \([0-9.]*\).*/\1/p' |
		awk '{ printf "%.6f\n", $1 }' | diff areas - >differ && [ "$(wc -l <areas)" -eq 4 ]
	result $? "$run: the areas that convoy eval prints are those of these scores" differ
done
awk '{ sum = $3 + $5 + $7 + $9; if (sum < 0.9997 || sum > 1.0003 || $3 < $5 || $5 < $7 || $7 < $9) print }' out >odd
[ ! -s odd ]
result $? 'probabilities add up to 1 and fall' odd
cp out idx.out

# ---- Where images come from ------------------------------------------------------------------------------------------

mkdir -p "pictures/b c" pictures/.hidden pictures/empty
for i in 0 1 2; do
	test_picture $i >pictures/$i.pgm
done
test_picture 3 >'pictures/b c/3.PGM'
test_picture 4 >pictures/.hidden/4.pgm
echo words >pictures/words.txt
ln -s .. 'pictures/b c/up.png'
run 0 predict soft/best.h5 --top 4 pictures
tr -s ' ' <out | sed 's/.*[.][pP][gG][mM] //' >ours
sed 4q idx.out | tr -s ' ' | cut -d' ' -f2- | cmp - ours >differ 2>&1 && grep -q 'b c/3.PGM' out
result $? 'a directory, in the order of names: what the IDX file has' out
echo 'convoy: pictures: 3 entries left out (.hidden, b c/up.png, words.txt): hidden, not named like PNG, JPEG, TIFF, PGM, PPM or IDX '\
'files, or links to directories' |
	cmp -s - err
result $? 'a link to a directory is not followed' err

sed -n 2p ours >second
cp pictures/1.pgm input
run 0 predict soft/best.h5 --top 4 - && tr -s ' ' <out | cut -d' ' -f3- | cmp - second >differ 2>&1
result $? 'a picture on standard input' out
gzip -c $test >input
run 0 predict soft/best.h5 --top 4 - && [ "$(wc -l <out)" -eq 37 ]
result $? 'a packed IDX file on standard input' out
: >input
input=input
test_picture 1 inverse >inverse.pgm
run 0 predict soft/best.h5 --top 4 --invert inverse.pgm && tr -s ' ' <out | cut -d' ' -f2- | cmp - second >differ 2>&1
result $? '--invert: light and dark are swapped' out
run 0 predict soft/best.h5 --top 4 inverse.pgm && ! tr -s ' ' <out | cut -d' ' -f2- | cmp -s - second
result $? 'without it the inverse is another picture' out
run 0 predict run/best.h5 pictures "$test" && awk 'length($0) > 80 { exit 1 }' out
result $? '80 columns' out

# ---- Bad ones --------------------------------------------------------------------------------------------------------

head -c 30 pictures/0.pgm >short.pgm
: >empty.png
printf '\211PNG\r\n\032\nnothing' >bad.png
run 65 predict soft/best.h5 pictures/0.pgm short.pgm bad.png empty.png nowhere pictures/words.txt pictures/1.pgm
[ "$(wc -l <out)" -eq 2 ] && [ "$(wc -l <err)" -eq 5 ] && ! grep -qv '^convoy: ' err
result $? 'bad images are named, the others done' err
run 66 predict soft/best.h5 nowhere short.pgm
result $? 'the status is that of the first' out
run 66 predict soft/best.h5 pictures/empty && grep -q 'holds no PNG' err
result $? 'a directory without images' err
images 3 9 9 >larger-idx3-ubyte
run 65 predict soft/best.h5 larger-idx3-ubyte && grep -q '9×9' err
result $? 'an IDX file of another size' err
run 64 predict soft/best.h5 && run 64 predict && run 64 predict soft/best.h5 --top 0 x
result $? 'what is missing' err
run 65 predict pictures/0.pgm pictures/0.pgm
result $? 'no checkpoint' err

# ---- Files -----------------------------------------------------------------------------------------------------------

run 0 predict soft/best.h5 --output scores.csv pictures/1.pgm "$test" && [ ! -s out ]
result $? '--output prints nothing' out
run 0 predict soft/best.h5 --json --top 4 pictures/1.pgm "$test"
sed 's/.*"image": "\([^"]*\)"/\1,/; s/, "number": \([0-9]*\)/\1/; s/"top": .*//; s/, $//' out |
	awk -F, '{ printf "%s,%s,\n", $1, $2 }' >wanted
sed 1d scores.csv | cut -d, -f1,2 | sed 's/$/,/' | diff wanted - >differ &&
	[ "$(head -n 1 scores.csv)" = image,number,guess,0,1,2,3 ]
result $? '--output .csv: a row for each image, in their order' differ
sed 's/.*"top": //' out | tr -d '[]{},"' | awk '{
		for (i = 1; i <= NF; i++) {
			if ($i == "class:")
				class = $(i + 1)
			if ($i == "score:")
				score[class] = $(i + 1)
		}
		print $2 "," score[0] "," score[1] "," score[2] "," score[3]
	}' >wanted
sed 1d scores.csv | cut -d, -f3- | diff wanted - >differ
result $? '--output .csv: the guess and the scores that --json prints' differ
run 0 predict soft/best.h5 --output scores.npy pictures/1.pgm "$test" &&
	head -c 128 scores.npy | tail -c +11 | tr -d ' ' >header
echo "{'descr':'<f4','fortran_order':False,'shape':(38,4),}" | diff - header >differ
result $? '--output .npy: the header' differ
tail -c $((38 * 4 * 4)) scores.npy | od -An -v -tf4 -w16 >wanted
sed 1d scores.csv | cut -d, -f4- | tr , ' ' | paste -d' ' wanted - | awk '{
		for (k = 1; k <= 4; k++)
			if (($k - $(k + 4)) ^ 2 > 1e-12)
				print
	}
	NF != 8' >differ
[ ! -s differ ] && [ "$(wc -l <wanted)" -eq 38 ]
result $? '--output .npy: the same scores' differ
if /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
	/usr/bin/python3 -c "import numpy; a = numpy.load('scores.npy'); assert a.shape == (38, 4) and a.dtype == 'float32'" 2>error
	result $? '… NumPy reads it' error
else
	skip '… NumPy reads it' 'no NumPy'
fi
run 65 predict soft/best.h5 --output scores.csv bad.png pictures/1.pgm && [ "$(sed -n 2p scores.csv)" = bad.png,,,,,, ] &&
	[ "$(wc -l <scores.csv)" -eq 3 ]
result $? '--output: the row of a bad image has no scores' scores.csv
run 64 predict soft/best.h5 --output scores.txt pictures/1.pgm &&
	echo 'convoy: --output: scores.txt: a name that ends in .csv, .npy or .h5 is needed' | cmp -s - err
result $? '--output: a name of neither kind' err

# ---- JSON ------------------------------------------------------------------------------------------------------------

quoted=$(printf 'a "b\\\033\351.pgm')
cp pictures/1.pgm "$quoted"
run 65 predict soft/best.h5 --json --top 1 "$quoted" bad.png "$test"
[ "$(sed -n 1p out | sed 's/"score".*//')" = '{"image": "a \"b\\\u001b\ufffd.pgm", "top": [{"class": 1, "name": "1", ' ] &&
	sed -n 2p out | grep -q '^{"image": "bad.png", "error": "bad.png: ' &&
	sed -n 20p out | grep -q '^{"image": "data/t10k-images-idx3-ubyte", "number": 17, "top": \[{' &&
	[ "$(wc -l <out)" -eq 39 ]
result $? 'an object for each' out
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys; [json.loads(line) for line in open("out", encoding="utf-8")]' 2>error
	result $? 'that a JSON reader reads' error
else
	skip 'that a JSON reader reads' 'no python3'
fi

results_end
