#!/bin/sh
# convoy import: what it makes of IDX files and of folders of pictures, what it refuses, and that such files train.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

nothing_left() # NAME FILE: neither it nor a temporary one
{
	[ ! -e "$2" ] && [ -z "$(find . -maxdepth 1 -name ".${2##*/}*")" ]
	result $? "$1"
}

# ---- IDX -------------------------------------------------------------------------------------------------------------

works 'IDX files' import data --output tiny.h5
cat >wanted <<'END'
tiny.h5: 80 training and 37 test images, 4 classes
For the job file:
data:
  format: hdf5
  file: tiny.h5
input: {maps: 1, rows: 8, columns: 8}
output: {classes: 4}
END
diff wanted out >differ
result $? 'what it says of them' differ
gzip data/t10k-*
works 'IDX files, some packed' import data --output packed.h5 --deflate=0
cmp tiny.h5 packed.h5 >differ 2>&1
result $? 'the same bytes' differ
sed 's/format: idx, directory: data/format: hdf5, file: tiny.h5/' tiny.yaml >hdf5.yaml
works 'train from IDX' train tiny.yaml --output from-idx
works 'train from HDF5' train hdf5.yaml --output from-hdf5
cut -d, -f1-7 from-idx/metrics.csv >one
cut -d, -f1-7 from-hdf5/metrics.csv | diff one - >differ
result $? 'the same numbers from both' differ
works 'eval from HDF5' eval from-hdf5/best.h5
works 'eval: --data names a file' eval from-hdf5/best.h5 --data packed.h5
if [ -n "$ranks" ]; then
	# shellcheck disable=SC2086 # words
	$limit $ranks 2 "$convoy" train hdf5.yaml --output two >out 2>&1 && cmp two/best.h5 from-hdf5/best.h5 >>out 2>&1
	result $? 'two ranks: the same bytes' out
else
	skip 'two ranks: the same bytes' 'no MPI launcher'
fi

# ---- Folders of pictures ---------------------------------------------------------------------------------------------

grey='grey ones' # a name with a blank, and one beyond ASCII
for i in 1 2 3 4 5 6 7 8 9 10; do
	mkdir -p "pictures/$grey" pictures/dünn
	picture 150 "$i" 12 >"pictures/$grey/$i.pgm"
	picture 20 "$i" 9 colour >"pictures/dünn/p $i.ppm"
done
works 'pictures' import pictures --output p.h5 --size 8x6 --test 0.3
head -n 1 out | grep -qx 'p.h5: 14 training and 6 test images, 2 classes' &&
	grep -qx 'input: {maps: 3, rows: 8, columns: 6}' out
result $? 'what it says of them' out
cat >wanted <<'END'
data:
  format: hdf5
  file: p.h5
input: {maps: 3, rows: 8, columns: 6}
output: {classes: 2, names: ["dünn", "grey ones"]}
END
sed -n '3,$p' out | diff wanted - >differ
result $? 'it names the classes as a job file does' differ
works 'pictures again' import pictures --output again.h5 --size 8x6 --test 0.3
cmp p.h5 again.h5 >differ 2>&1
result $? 'the same bytes' differ
for threads in 1 2 7; do
	works "--threads $threads" import pictures --output again.h5 --size 8x6 --test 0.3 --force --threads $threads
	cmp p.h5 again.h5 >differ 2>&1
	result $? 'the same bytes' differ
done
works 'another seed' import pictures --output other.h5 --size 8x6 --test 0.3 --seed 2
! cmp -s p.h5 other.h5
result $? 'another choice'
mkdir split
cp -R pictures split/train
cp -R pictures split/test
rm "split/test/$grey"/[4-9].pgm
mkdir split/train/__MACOSX && touch split/Thumbs.db split/test/desktop.ini "split/test/$grey/Thumbs.db"
cp "split/test/$grey/1.pgm" split/train/__MACOSX/._1.pgm
works 'folders train and test' import split --output split.h5 --size 8 --grey
head -n 1 out | grep -qx 'split.h5: 20 training and 14 test images, 2 classes'
result $? 'what it says of them' out
for parts in 'Training Testing' 'TRAIN val' 'train Validation'; do
	mkdir named
	mv split/train "named/${parts% *}" && mv split/test "named/${parts#* }"
	run 0 import named --output named.h5 --size 8 --grey --force && cmp split.h5 named.h5 >differ 2>&1
	result $? "folders $parts: the same bytes" differ
	mv "named/${parts% *}" split/train && mv "named/${parts#* }" split/test && rmdir named
done
grep -qx 'convoy: named/Validation is the test set' err
result $? 'a line says what stands for the test set' err
cp -R split three && mv three/train three/Train && mkdir three/valid
cp -R "split/test/$grey" three/valid
run 0 import three --output three.h5 --size 8 --grey &&
	head -n 1 out | grep -qx 'three.h5: 24 training and 14 test images, 2 classes' && [ "$(cat err)" = \
	'convoy: three/valid: its 4 pictures are training samples; data.validation: 4 in the job holds as many back' ]
result $? 'folders of three parts: the third joins the training, with a line' err
mv three/valid three/Val && mkdir three/validation
refused 65 'three: has folders Val and validation, which mean the same' import three -o x.h5 --size 8
works 'folders train and test again' import split --output split.h5 --size 8 --grey --force
sed -n '3,$p' out >pictures.yaml
cat >>pictures.yaml <<'END'
name: pictures
layers: [{type: full, units: 2, activation: scaled-tanh}]
loss: squared-error
train: {epochs: 10, batch: 8, rate: 0.01}
END
works 'train on pictures' train pictures.yaml --output brightness
grep -q 'best test error 0.00%' out
result $? 'they are told apart' out
run 0 eval brightness/best.h5 && grep -q '^grey ones ' out
result $? 'eval names their classes' out

# More classes than a byte tells apart; those of the test are found by their names.
for kind in $(seq 1000 1299); do
	mkdir -p "many/train/kind$kind" "many/test/kind$kind"
	picture $((kind % 7)) $((kind % 5)) 4 >"many/train/kind$kind/1.pgm"
	cp "many/train/kind$kind/1.pgm" "many/test/kind$kind/1.pgm"
done
works '300 classes' import many --output many.h5 --size 4 --grey
grep -qx 'many.h5: 300 training and 300 test images, 300 classes' out
result $? 'what it says of them' out
sed -n '3,$p' out >many.yaml
cat >>many.yaml <<'END'
name: many
layers: [{type: full, units: 300}]
loss: softmax-cross-entropy
train: {epochs: 1, batch: 32, rate: 0.01}
END
works 'train on 300 classes' train many.yaml --output kinds
run 0 eval kinds/best.h5 --json && awk '/"name": "kind/ { names += /"samples": 1[,}]/ } END { exit names != 300 }' out
result $? 'one test sample of each class, under its name' out
mkdir many/test/kind1
cp many/train/kind1000/1.pgm many/test/kind1/1.pgm
refused 65 'many/test/kind1: a class for the test, but not for the training' import many -o x.h5 --size 4

# ---- What is refused -------------------------------------------------------------------------------------------------

refused 64 'split.h5 exists: --force replaces it, --output names another file' import split -o split.h5 --size 8
works '--force' import split -o split.h5 --size 8 --force
refused 64 'import: --size, --grey, --colour, --bands, --pages, --background, --test, --limit, --balance and --skip-bad are for pictures, data holds IDX '\
'files' import data -o x.h5 --grey
refused 64 'import: --test: split has folders train and test of its own' import split -o x.h5 --size 8 --test 0.1
refused 64 'import: either --grey or --colour' import split -o x.h5 --grey --colour
refused 64 "import: --size: '8x' is not RxC, rows and columns from 1 to 16384" import split -o x.h5 --size 8x
refused 64 'import: --output says which file to write' import split
refused 66 'none: no such directory' import none -o x.h5
refused 65 'split/train/grey ones/4.pgm: 12×12 pixels, the first picture has 9×9 (--size=RxC scales) '\
'(--skip-bad passes over it)' import split -o x.h5
mkdir pictures/empty
refused 65 'pictures/empty: no picture for this class' import pictures -o x.h5 --size 8
rmdir pictures/empty
latin=$(printf 'pictures/\351') # what Windows once wrote for é
mkdir "$latin"
refused 65 "$latin: the class's name is not UTF-8" import pictures -o x.h5 --size 8
rmdir "$latin"
mkdir void
# The same files under the names that others give them.
named() # FOLDER SED-SCRIPT
{
	mkdir "$1"
	for file in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
		name=$(echo "$file-ubyte" | sed "$2")
		gunzip -c data/$file-ubyte.gz >"$1/$name" 2>/dev/null || cp data/$file-ubyte "$1/$name"
	done
}
works 'IDX files' import data -o usual.h5
for change in 's/-idx/.idx/' 's/^/emnist-letters-/; s/t10k/test/' 's/t10k/test/'; do
	named renamed "$change"
	touch renamed/train-images # ends where the others go on
	works "IDX files, $change" import renamed -o renamed.h5
	cmp usual.h5 renamed.h5 >differ 2>&1
	result $? 'the same bytes' differ
	run 0 train tiny.yaml --data renamed -o named.run && cut -d, -f1-7 named.run/metrics.csv | cmp - one >differ 2>&1
	result $? 'and the same training' differ
	gzip renamed/* && run 0 import renamed -o packed.h5 --force && cmp usual.h5 packed.h5 >differ 2>&1
	result $? 'packed too' differ
	rm -r renamed renamed.h5 named.run packed.h5
done
named renamed 's/^/emnist-letters-/' && named more 's/^/emnist-digits-/' && mv more/* renamed
refused 65 "renamed: holds emnist-digits-train-images-idx3-ubyte and emnist-letters-train-images-idx3-ubyte: put the \
files of one data set into a directory of their own (links will do)" import renamed -o x.h5
refused 65 'void: neither folders of pictures (one for each class), nor IDX files, nor '"CIFAR-10's" import void -o x.h5
mkdir void/one
picture 1 1 4 >void/one/1.pgm
refused 65 'void: 1 class, there must be 2 to 65536 (a folder for each)' import void -o x.h5
refused 65 'pictures: --test=0 leaves 20 pictures for the training and 0 for the test' \
	import pictures -o x.h5 --size 8 --test 0
refused 74 'nowhere/x.h5: cannot open the directory: No such file or directory' import pictures -o nowhere/x.h5 --size 8

# ---- Bad files -------------------------------------------------------------------------------------------------------

echo 'no picture' >pictures/dünn/0.txt
refused 65 'pictures/dünn/0.txt: is no PNG, JPEG, TIFF, PGM or PPM file (--skip-bad passes over it)' \
	import pictures -o x.h5 --size 8
nothing_left 'a bad file: nothing is left' x.h5
picture 1 1 12 | head -c 100 >pictures/dünn/cut.pgm
mkfifo pictures/dünn/pipe
mkdir pictures/dünn/more
echo readme >pictures/README
run 0 import pictures -o x.h5 --size 8 --skip-bad && sort err >sorted
cat >wanted <<'END'
convoy: skipped pictures/README: a file beside the folders of the classes
convoy: skipped pictures/dünn/0.txt: is no PNG, JPEG, TIFF, PGM or PPM file
convoy: skipped pictures/dünn/cut.pgm: cut short: 32 of 144 samples
convoy: skipped pictures/dünn/more: a folder inside the folder of a class
convoy: skipped pictures/dünn/pipe: is not a regular file
END
diff wanted sorted >differ
result $? '--skip-bad names them' differ
grep -q 'images, 2 classes, 5 files skipped$' out
result $? '--skip-bad counts them' out
cp err told
for threads in 1 2 7; do
	run 0 import pictures -o again.h5 --size 8 --skip-bad --force --threads $threads && cmp told err >differ 2>&1 &&
		cmp x.h5 again.h5 >>differ 2>&1
	result $? "--threads $threads: the same lines, in their order, and the same bytes" differ
done
# Without --size all have the size of the first good one, which is no matter of who is faster.
mkdir -p sides/a sides/b
for i in 11 12 13 14 15 16 17 18; do
	picture 9 "$i" $((i == 11 ? 60 : i == 16 ? 2 : 5)) >sides/a/$i.pgm
	picture 9 "$i" 5 >sides/b/$i.pgm
done
echo 'no picture' >sides/a/10.pgm
cat >wanted <<'END'
convoy: skipped sides/a/10.pgm: is no PNG, JPEG, TIFF, PGM or PPM file
END
for i in 12 13 14 15 16 17 18; do
	side=$((i == 16 ? 2 : 5))
	echo "convoy: skipped sides/a/$i.pgm: $side×$side pixels, the first picture has 60×60 (--size=RxC scales)" >>wanted
done
echo "convoy: sides: class b has no good picture" >last
for i in 11 12 13 14 15 16 17 18; do
	echo "convoy: skipped sides/b/$i.pgm: 5×5 pixels, the first picture has 60×60 (--size=RxC scales)"
done | cat wanted - last >all
for threads in 1 7; do
	run 65 import sides -o sides.h5 --skip-bad --threads $threads && diff all err >differ
	result $? "--threads $threads: the first good picture has the size of all" differ
done

rm -f x.h5
head -c 1100 data/train-images-idx3-ubyte >cut && mv cut data/train-images-idx3-ubyte
refused 65 'data/train-images-idx3-ubyte: cut short: 5136 bytes announced, 1100 there' import data -o x.h5
nothing_left 'a short file: nothing is left' x.h5
(
	ulimit -f 1
	run 74 import split -o x.h5 --size 200
)
grep -qx 'convoy: ./x.h5: cannot write: File too large' err
result $? 'a limit of file sizes: one line' err
nothing_left 'a limit of file sizes: nothing is left' x.h5

# HDF5 writes what it holds when it closes an array or the file, which then fails in another place.
run 0 import split -o whole.h5 --size 64
size=$(wc -c <whole.h5) eighth=0
while [ $eighth -lt 8 ]; do
	(
		limit="prlimit --fsize=$((1024 + size * eighth / 8)) $limit" # a kilobyte for what is printed
		run 74 import split -o x.h5 --size 64
	) && grep -qx 'convoy: ./x.h5: cannot write: File too large' err && [ "$(wc -l <err)" -eq 1 ] &&
		[ -z "$(find . -maxdepth 1 -name '*x.h5*')" ] || break
	eighth=$((eighth + 1))
done
[ $eighth -eq 8 ]
result $? 'room for 0 to 7 eighths of the file: one line, and nothing is left' err

# ---- Files that are no good ------------------------------------------------------------------------------------------

cp tiny.h5 bad.h5
printf 'X' | dd of=bad.h5 bs=1 seek=5000 conv=notrunc 2>/dev/null
sed 's/tiny.h5/bad.h5/' hdf5.yaml >bad.yaml
run 65 train bad.yaml --output bad-run && false
grep -q '^convoy: bad.h5: /t[a-z]*/[a-z]*: chunk [0-9]* (byte [0-9]*): damaged: checksum' err && [ "$(wc -l <err)" -eq 1 ]
result $? 'a byte that changed: one line' err
echo text >bad.h5
run 65 train bad.yaml --output bad-run
grep -q '^convoy: bad.h5: cannot open it as HDF5' err && [ "$(wc -l <err)" -eq 1 ]
result $? 'no HDF5 file: one line' err

results_end
