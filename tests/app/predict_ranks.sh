#!/bin/sh
# convoy predict on many samples and many ranks: the same bytes for any number of ranks, in every form; HDF5; what is left
# out, cut, damaged, killed.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

$limit "$convoy" train tiny.yaml -o run >log 2>&1
result $? 'a network' log
net=run/best.h5

# 10,027 test images, in parts that do not divide them: those of the data over and over.
mkdir large
cp data/train-* large
for kind in images-idx3 labels-idx1; do
	file=data/t10k-$kind-ubyte head=8
	[ $kind = labels-idx1 ] || head=16
	{
		head -c 4 $file
		printf '\000\000\047\053'
		head -c $head $file | tail -c +9
		tail -c +$((head + 1)) $file >body
		i=0
		while [ $i -lt 271 ]; do
			cat body
			i=$((i + 1))
		done
	} >large/${file#data/}
done
$limit "$convoy" import large -o large.h5 >log 2>&1
result $? 'an HDF5 file of 10,027 test images' log
many=large/t10k-images-idx3-ubyte

mkdir -p pictures/more
i=0
while [ $i -lt 40 ]; do
	{ printf 'P5 8 8 255\n' && tail -c +$((17 + 64 * (i % 37))) $many | head -c 64; } >pictures/$i.pgm
	i=$((i + 1))
done
cp pictures/7.pgm pictures/more/light.pgm
head -c 20 pictures/1.pgm >pictures/short.pgm
echo P2 8 8 255 >pictures/even.pgm && yes 9 | head -n 64 >>pictures/even.pgm
for name in a b c d; do
	echo words >pictures/more/$name.txt
done
gzip -c data/t10k-images-idx3-ubyte >pictures/some-idx3-ubyte.gz

# ---- The same bytes --------------------------------------------------------------------------------------------------

# On RANKS ranks into out, err and FILE; 0: without a launcher.
on() # RANKS FORM INPUT WORD…
{
	number=$1 form=$2 from=$3
	shift 3
	case $form in
	text) set -- "$@" ;;
	json) set -- "$@" --json ;;
	class.*) set -- "$@" --guesses --output "file.$number.$form" ;;
	*) set -- "$@" --output "file.$number.$form" ;;
	esac
	if [ "$number" -eq 0 ]; then
		$limit "$convoy" predict "$@" <"$from" >out.0 2>err.0
	else
		# shellcheck disable=SC2086 # words
		$limit $ranks "$number" "$convoy" predict "$@" <"$from" >"out.$number" 2>errors
	fi
	status=$?
	[ "$number" -eq 0 ] || grep '^convoy: ' errors >"err.$number"
	return $status
}

for form in text json csv npy h5 class.npy class.h5; do
	on 0 $form $many $net large.h5 nowhere pictures $many - data/t10k-images-idx3-ubyte pictures/more
	wanted=$?
	[ $wanted -eq 66 ]
	result $? "$form: status" err.0
	[ -n "$ranks" ] || { skip "$form on many ranks" 'no mpirun' && continue; }
	case $form in
	class.*) numbers=3 ;;
	*) numbers='2 3 7' ;;
	esac
	for number in $numbers; do
		on $number $form $many $net large.h5 nowhere pictures $many - data/t10k-images-idx3-ubyte pictures/more
		got=$?
		# shellcheck disable=SC2046 # words
		case " $wanted $(launcher_killed) " in
		*" $got "*) cmp out.0 out.$number >differ 2>&1 && diff err.0 err.$number >>differ ;;
		*) echo "exit status $got" >differ && false ;;
		esac && { [ ! -e file.0.$form ] || cmp file.0.$form file.$number.$form >>differ 2>&1; }
		result $? "$form: $number ranks, the same bytes" differ
	done
done
[ "$(wc -l <file.0.csv)" -eq $((1 + 10027 + 1 + 40 + 1 + 1 + 37 + 1 + 10027 + 10027 + 37 + 1)) ]
result $? 'a row for each' err.0
cat >wanted <<'END'
convoy: nowhere: No such file or directory
convoy: pictures/even.pgm: is even (all pixels are alike), so the answer means nothing
END
sed 2q err.0 | diff wanted - >differ && grep -q '^convoy: pictures/short.pgm: ' err.0
result $? 'every remark once, in their order' differ
grep -qx 'convoy: pictures: 4 entries left out (more/a.txt, more/b.txt, more/c.txt, …): hidden, not named like .*' err.0 &&
	grep -qx 'convoy: pictures/more: 4 entries left out (a.txt, b.txt, c.txt, …): hidden, not named like .*' err.0
result $? 'what is left out is named' err.0

# ---- What stands in the files ----------------------------------------------------------------------------------------

sed 1d file.0.csv | cut -d, -f3 | sed 's/^$/-1/' >guess
# The header of 18 tens of thousands of int16 fits 128 bytes.
tail -c +129 file.0.class.npy | od -An -v -td2 -w2 | tr -d ' ' | diff guess - >differ
result $? '--guesses: the guess of the CSV file, -1 for none' differ
if /usr/bin/python3 -c 'import h5py, numpy' 2>/dev/null; then
	cat >check.py <<'END'
import csv, h5py, numpy
rows = list(csv.DictReader(open("file.0.csv")))
f = h5py.File("file.0.h5")
assert sorted(f) == ["class", "file", "files", "names", "number", "scores"], sorted(f)
assert f.attrs["task"].decode() == "classes"
assert f["scores"].dtype == "float32" and f["class"].dtype == "int16"
assert numpy.array_equal(f["scores"][...], numpy.load("file.0.npy"), equal_nan=True)
assert [n.decode() for n in f["names"]] == ["0", "1", "2", "3"]
files = [n.decode() for n in f["files"]]
for i, r in enumerate(rows):
    assert files[f["file"][i]] == r["image"] if i % 997 == 0 else True
assert [files[n] for n in f["file"][...]] == [r["image"] for r in rows]
assert ["" if n < 0 else str(n) for n in f["number"][...]] == [r["number"] for r in rows]
assert ["" if n < 0 else str(n) for n in f["class"][...]] == [r["guess"] for r in rows]
g = h5py.File("file.0.class.h5")
assert sorted(g) == ["class", "file", "files", "names", "number"]
assert numpy.array_equal(g["class"][...], f["class"][...])
END
	/usr/bin/python3 check.py 2>error
	result $? 'HDF5: the rows of the CSV file' error
else
	skip 'HDF5: the rows of the CSV file' 'no h5py'
fi
long=$(awk 'BEGIN { for (i = 0; i < 200; i++) printf "x" }')
mkdir "$long" && cp pictures/1.pgm "$long" && run 0 predict $net "$long/1.pgm" && grep -q "^$long/1.pgm  " out
result $? 'a long name is whole in a pipe' out
run 64 predict $net --guesses pictures/1.pgm && run 64 predict $net --guesses -o x.csv pictures/1.pgm && [ ! -e x.csv ]
result $? '--guesses needs an array' err

# ---- Damage ----------------------------------------------------------------------------------------------------------

# The place of a byte of image 9,000 is where two files differ first whose images differ there.
cp -r large other
{ head -c $((16 + 64 * 9000)) $many && printf '\377' && tail -c +$((16 + 64 * 9000 + 2)) $many; } >other/t10k-images-idx3-ubyte
$limit "$convoy" import other -o other.h5 >log 2>&1
at=$(cmp -l large.h5 other.h5 | awk 'NR == 1 { print $1 }')
{ head -c $((at - 1)) large.h5 && tail -c "+$at" other.h5 | head -c 1 && tail -c "+$((at + 1))" large.h5; } >damaged.h5
for number in 0 ${ranks:+2 3}; do
	on $number csv /dev/null $net damaged.h5 pictures/1.pgm
	lines=$(wc -l <"file.$number.csv")
	# The rows of the chunks before it, one for the file, the picture.
	[ "$lines" -eq $((1 + 8192 + 1 + 1)) ] && [ "$(wc -l <err.$number)" -eq 1 ] && grep -q 'damaged: checksum' err.$number
	result $? "a damaged chunk on $number ranks: what is before it, a line, what comes then" err.$number
	cmp file.0.csv file.$number.csv >differ 2>&1
	result $? '… the same bytes' differ
done

# A packed file is read image by image: what is before the damage is predicted.
gzip -nc $many >packed && head -c $(($(wc -c <packed) / 2)) packed >half-idx3-ubyte.gz
for number in 0 ${ranks:+3}; do
	on $number json /dev/null $net half-idx3-ubyte.gz pictures/1.pgm
	[ "$(wc -l <out.$number)" -gt 100 ] && [ "$(grep -c '"error"' out.$number)" -eq 1 ] &&
		[ "$(wc -l <err.$number)" -eq 1 ] && grep -q 'half-idx3-ubyte.gz: .*cut short' err.$number &&
		tail -n 1 out.$number | grep -q '"image": "pictures/1.pgm"' && cmp out.0 out.$number >>err.$number
	result $? "half of a packed IDX file on $number ranks" err.$number
done

# ---- Ends ------------------------------------------------------------------------------------------------------------

for form in csv npy h5; do
	rm -f full.$form
	(ulimit -f 64 && $limit "$convoy" predict $net large.h5 --output full.$form >out 2>err)
	[ $? -eq 74 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q "^convoy: .*full.$form: cannot write: File too large" err &&
		[ -z "$(find . -name 'full*' -o -name '.*tmp')" ]
	result $? "no room for FILE.$form: one line, and nothing is left" err
done
# More work than there is time for.
set --
while [ $# -lt 4000 ]; do
	set -- "$@" $many
done
"$convoy" predict $net "$@" --output stopped.h5 </dev/null >out 2>err &
started=$!
while [ -z "$(find . -name '.stopped.h5.*.tmp')" ] && kill -0 $started; do
	sleep 0.1
done
kill -TERM $started
wait $started
[ $? -eq 143 ] && echo 'convoy: stopped.h5: stopped, nothing was written' | cmp -s - err &&
	[ -z "$(find . -name '*stopped.h5*')" ]
result $? 'a signal: one line, and nothing is left' err
if [ -n "$ranks" ]; then
	# shellcheck disable=SC2086 # words
	$limit $ranks 1 "$convoy" predict $net $many -o two.csv : -n 1 "$convoy" predict $net large.h5 -o two.csv >out 2>errors
	grep '^convoy: ' errors >err
	[ "$(wc -l <err)" -eq 1 ] && grep -q '^convoy: the command line differs between ranks: ' err && [ ! -e two.csv ]
	result $? 'ranks that were told different things' errors
	# shellcheck disable=SC2086
	$limit $ranks 3 "$convoy" predict $net large.h5 --output none/scores.h5 >out 2>errors
	grep '^convoy: ' errors >err
	[ "$(wc -l <err)" -eq 1 ] && grep -q '^convoy: none/scores.h5: cannot open the directory: ' err
	result $? 'rank 0 cannot write: one line, all end' errors
	# A rank dies while rank 0 waits for standard input, which never ends.
	mkfifo never
	cat >one <<'END'
echo $$ >"pid.${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-$PMIX_RANK}}"
exec "$@"
END
	# shellcheck disable=SC2086
	$limit $ranks 3 sh one "$convoy" predict $net - --output killed.h5 <never >out 2>err &
	launched=$!
	exec 9>never
	while [ ! -s pid.0 ] || [ ! -s pid.1 ] || [ ! -s pid.2 ]; do
		sleep 0.1
	done
	while [ "$(readlink "/proc/$(cat pid.2)/exe")" != "$(readlink -f "$convoy")" ]; do
		sleep 0.1
	done
	kill -9 "$(cat pid.2)"
	wait $launched
	got=$?
	exec 9>&-
	[ $got -ne 0 ] && [ $got -ne 124 ] && [ ! -e killed.h5 ] && [ -z "$(find . -name '.*tmp')" ]
	result $? 'a rank is killed: all end, and nothing is written' err
else
	skip 'ends of ranks' 'no mpirun'
fi

results_end
