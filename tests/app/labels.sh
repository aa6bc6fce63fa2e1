#!/bin/sh
# convoy import: classes from a table beside one folder of pictures, fewer pictures of a class, JPEG up to scores.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

# ---- Labels ----------------------------------------------------------------------------------------------------------

mkdir -p all folders/cat folders/dog
for i in 1 2 3 4 5 6 7 8 9 10; do
	picture 150 "$i" 12 | tee "all/$i.pgm" >"folders/cat/$i.pgm"
	picture 20 "$i" 9 | tee "all/2$i.pgm" >"folders/dog/2$i.pgm"
done
{
	echo file,label
	for i in 10 9 8 7 6 5 4 3 2 1; do
		echo "2$i.pgm,dog"
		echo "$i.pgm,cat"
	done
} >labels.csv
works 'a folder for each class' import folders --output folders.h5 --grey --size 8
works 'a table of labels' import all --labels labels.csv --output all.h5 --grey --size 8
cmp folders.h5 all.h5 >differ 2>&1
result $? 'the same bytes' differ
grep -qx 'output: {classes: 2, names: \[cat, dog\]}' out
result $? 'its labels are the names of the classes' out

same() # NAME: what import makes of other.csv
{
	run 0 import all --labels other.csv --output other.h5 --grey --size 8 --force && [ ! -s err ] &&
		cmp other.h5 all.h5 >differ 2>&1
	result $? "$1: the same bytes" differ
}
printf '\357\273\277' | cat - labels.csv | sed 's/$/\r/; s/file,label/Filename,CLASS/' >other.csv
same 'a byte order mark, ends of lines of another system, other words'
sed 's/^\([^,]*\),\(.*\)$/"","\2",0,"\1"/; 1s/.*/note,label,"a ""b"", c",path/' labels.csv >other.csv
same 'quotes, columns of no meaning'
printf '%s' "$(cat labels.csv)" | sed 's/,/,/' >other.csv
same 'no end of the last line'
sed 's/dog/10/; s/cat/2/' labels.csv >other.csv
run 0 import all --labels other.csv --output numbers.h5 --grey --size 8 && grep -qx 'output: {classes: 11}' out &&
	[ "$(cat err)" = 'convoy: 9 classes have no training picture, the first: 0
convoy: 9 classes have no test picture, the first: 0' ]
result $? 'labels that are numbers are the numbers of the classes' err

sed '/^3.pgm/d' labels.csv >other.csv
run 0 import all --labels other.csv --output x.h5 --grey --size 8 && grep -qx \
	'convoy: 1 picture has no label in other.csv, left out; the first: 3.pgm' err
result $? 'a picture without a label is left out, with a line' err
rm x.h5

# What is wrong in a table, and what is said of it: SED-SCRIPT of the table, TEXT behind "other.csv".
bad() # SED-SCRIPT TEXT
{
	sed "$1" labels.csv >other.csv
	refused 65 "other.csv$2" import all --labels other.csv -o x.h5 --grey --size 8
}
columns='the first line must name the columns: file (or filename, path, image, id) and label '
columns="$columns(or class, category, target), or numbers"
bad 1d ":1: $columns"
bad 's/,.*//' ":1: $columns"
bad 's/label/x/' ":2: column x: 'dog' is no number that float32 holds; a column of classes is called label"
bad d ":1: $columns"
bad '2,$d' ':2: no line behind the header'
bad '5s/$/,x/' ':5: 3 columns, the header has 2'
bad '5s/,.*//' ':5: 1 columns, the header has 2'
bad '5s/,.*/,/' ':5: no label'
bad '5s/.*,/,/' ':5: no file'
bad '5s/.*/"a,b/' ':5: a quote without its end'
bad '5s/.*/a\nb.pgm,cat/' ':5: 1 columns, the header has 2'
bad '$p' ':22: 1.pgm stands in line 21 too'
bad '$a ./1.pgm,cat' ':22: ./1.pgm stands in line 21 too'
bad '5s,.*\,,../all/2.pgm\,,' ':5: ../all/2.pgm leads out of all'
bad '5s/.*/none.pgm,cat/' ':5: all/none.pgm: no such file (--skip-bad passes over it)'
sed 's/dog/cat/' labels.csv >other.csv
refused 65 'all: 1 class, there must be 2 to 65536 (a folder for each)' \
	import all --labels other.csv -o x.h5 --grey --size 8
sed 's/cat/c\x07t/' labels.csv >other.csv
refused 65 "other.csv: the class's name holds a control character" import all --labels other.csv -o x.h5 --grey --size 8
refused 66 'none.csv: cannot open: No such file or directory' import all --labels none.csv -o x.h5

# ---- Values ----------------------------------------------------------------------------------------------------------

{
	echo 'speed, kt,file,"mean ""x"""'
	for i in 1 2 3 4 5 6 7 8 9 10; do
		echo "-$i.5,$i.pgm,${i}e2"
		echo "$i,2$i.pgm, 0.25"
	done
} | sed '1s/^speed, kt/"speed, kt"/' >values.csv
works 'a table of values' import all --labels values.csv --output values.h5 --grey --size 8 --test 0.3
cat >wanted <<'END'
values.h5: 14 training and 6 test images, 2 values
For the job file:
data:
  format: hdf5
  file: values.h5
  inputs: images
  targets: targets
input: {maps: 1, rows: 8, columns: 8}
output: {values: 2, names: ["speed, kt", "mean \"x\""]}
END
diff wanted out >differ
result $? 'what it says of them' differ
{
	sed -n '3,$p' out
	echo 'name: values'
	echo 'layers: [{type: full, units: 2, activation: linear}]'
	echo 'loss: squared-error'
	echo 'train: {epochs: 2, batch: 4, rate: 0.001}'
} >values.yaml
works 'train on them' train values.yaml --output values.run
if /usr/bin/python3 -c 'import h5py' 2>/dev/null; then
	/usr/bin/python3 - <<'END' >log 2>&1
import h5py, numpy
values, classes = h5py.File("values.h5"), h5py.File("all.h5")
assert "classes" not in values
found = {}
for part in "train", "test":
    targets = values[part]["targets"]
    assert targets.dtype == "f4" and targets.shape == (len(values[part]["images"]), 2)
    for image, target in zip(values[part]["images"][()], targets[()]):
        found[image.tobytes()] = tuple(target)
wanted = sorted([(-i - 0.5, i * 100.0) for i in range(1, 11)] + [(float(i), 0.25) for i in range(1, 11)])
assert sorted(found.values()) == wanted, found
label = {}
for part in "train", "test":
    for image, target in zip(classes[part]["images"][()], classes[part]["labels"][()]):
        label[image.tobytes()] = target
assert all((target[0] > 0) == label[image] for image, target in found.items())  # dogs
END
	result $? 'each picture has the values of its line' log
else
	skip 'each picture has the values of its line' 'no python3 with h5py'
fi
wrong() # SED-SCRIPT TEXT
{
	sed "$1" values.csv >other.csv
	refused 65 "other.csv$2" import all --labels other.csv -o x.h5 --grey --size 8
}
for text in nan 1e39 '' 1,5 1x; do
	text=$(echo "$text" | sed 's/.*,.*/"&"/')
	wrong "3s/^[^,]*/$text/" ":3: column speed, kt: '$(echo "$text" | tr -d \")' is no number that float32 holds; a column of \
classes is called label"
done
wrong '1s/.*/file,a/' ':2: 3 columns, the header has 2'
refused 64 'import: --balance is for classes, values.csv holds values' \
	import all --labels values.csv -o x.h5 --grey --size 8 --balance

# ---- Fewer pictures --------------------------------------------------------------------------------------------------

rm folders/dog/2[6-9].pgm # 6 are left, and 10 cats
counted() # NAME TRAINING TEST ARGUMENT…
{
	name=$1 line="x.h5: $2 training and $3 test images, 2 classes"
	shift 3
	run 0 import folders -o x.h5 --grey --size 8 --force "$@" && head -n 1 out | grep -qx "$line"
	result $? "$name: $line" out
}
counted 'all' 14 2 --test 0.1
counted '--limit' 6 2 --limit 4 --test 0.25
counted '--limit above what there is' 14 2 --limit 100 --test 0.1
counted '--balance' 10 2 --balance --test 0.1
counted 'both' 8 2 --balance --limit 5 --test 0.2
cp x.h5 first.h5
counted 'both again' 8 2 --balance --limit 5 --test 0.2
cmp x.h5 first.h5 >differ 2>&1
result $? 'the same bytes' differ
counted 'another seed' 8 2 --balance --limit 5 --test 0.2 --seed 2
! cmp -s x.h5 first.h5
result $? 'another choice'
refused 64 "import: --size, --grey, --colour, --bands, --pages, --background, --test, --limit, --balance and --skip-bad are for pictures, \
data holds IDX files" import data -o y.h5 --limit 3
refused 64 "--limit: '0' is not a whole number from 1 to 4294967295" import folders -o y.h5 --limit 0

# ---- CIFAR-100 -------------------------------------------------------------------------------------------------------

# COUNT records: a coarse label, a fine one, 3×32×32 bytes.
cifar() # COUNT FIRST
{
	awk -v count="$1" -v first="$2" 'BEGIN {
		for (i = 0; i < count; i++) {
			printf "%c%c", 1 + (i + first) % 19, 1 + (i * 7 + first) % 99
			for (j = 0; j < 3072; j++)
				printf "%c", 1 + (i + first + j) % 100
		}
	}'
}
mkdir cifar
LC_ALL=C
export LC_ALL
cifar 12 0 >cifar/train.bin
cifar 5 3 >cifar/test.bin
seq 100 199 | sed 's/^/fine /' >cifar/fine_label_names.txt
seq 10 29 | sed 's/^/coarse /' >cifar/coarse_label_names.txt
run 0 import cifar -o fine.h5 && grep -qx 'fine.h5: 12 training and 5 test images, 100 classes' out &&
	grep -q 'names: \["fine 100", "fine 101",' out
result $? 'CIFAR-100: its fine labels' out
run 0 import cifar -o coarse.h5 --coarse && grep -qx 'coarse.h5: 12 training and 5 test images, 20 classes' out &&
	grep -q 'names: \["coarse 10", "coarse 11",' out
result $? 'and its coarse ones' out
if /usr/bin/python3 -c 'import h5py' 2>/dev/null; then
	/usr/bin/python3 - <<'END' >log 2>&1
import h5py, numpy
for part, count in ("train", 12), ("test", 5):
    record = numpy.fromfile("cifar/%s.bin" % part, "u1").reshape(count, 3074)
    for kind, column in ("fine", 1), ("coarse", 0):
        file = h5py.File(kind + ".h5")
        assert (file[part]["images"][()] == record[:, 2:].reshape(count, 3, 32, 32)).all()
        assert (file[part]["labels"][()] == record[:, column]).all()
END
	result $? 'labels and pixels as NumPy reads them' log
else
	skip 'labels and pixels as NumPy reads them' 'no python3 with h5py'
fi
refused 64 "import: --coarse is for CIFAR-100's files, which data does not hold" import data -o y.h5 --coarse
printf x >>cifar/test.bin
refused 65 'cifar/test.bin: 15371 bytes are no whole number of records of 3074 bytes' import cifar -o y.h5
{ printf '\3\144'; tail -c +3 cifar/train.bin; } >bad.bin && mv bad.bin cifar/train.bin
cifar 5 3 >cifar/test.bin
run 65 import cifar -o y.h5 && grep -q '^convoy: cifar/train.bin: .* 100' err
result $? 'a label out of range is refused' err
sed 1d cifar/fine_label_names.txt >names && mv names cifar/fine_label_names.txt
refused 65 "cifar/fine_label_names.txt: the class's name is empty" import cifar -o y.h5

# ---- JPEG ------------------------------------------------------------------------------------------------------------

if /usr/bin/python3 -c 'import PIL.Image' 2>/dev/null; then
	mkdir -p photos/cat photos/dog plain/cat plain/dog
	/usr/bin/python3 - <<'END'
import glob
from PIL import Image
for path in glob.glob("folders/*/*.pgm"):
    name = path.split("/", 1)[1][:-4]
    image = Image.open(path).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held by its side: turned back, it is as the picture was
    image.transpose(Image.ROTATE_90).save("photos/" + name + ".JPG", quality=90, exif=exif, subsampling=0)
    turned = Image.open("photos/" + name + ".JPG")
    turned.load()
    turned.transpose(Image.ROTATE_270).save("plain/" + name + ".ppm")
END
	works 'JPEG' import photos --output photos.h5 --size 8
	run 0 import plain --output plain.h5 --size 8 && cmp photos.h5 plain.h5 >differ 2>&1
	result $? 'the same bytes as of what Pillow reads' differ
	sed -n '3,$p' out | sed s/plain/photos/ >photos.yaml
	cat >>photos.yaml <<'END'
name: photos
layers: [{type: full, units: 2, activation: scaled-tanh}]
loss: squared-error
train: {epochs: 10, batch: 8, rate: 0.01}
END
	works 'train on them' train photos.yaml --output photos.run
	run 0 predict photos.run/best.h5 photos && sed 's/photos/plain/; s/\.JPG//; s/  */ /g' out >one
	run 0 predict photos.run/best.h5 plain && sed 's/\.ppm//; s/  */ /g' out | cmp - one >differ 2>&1
	result $? 'predict: a directory of them, as of what Pillow reads' differ
	head -c 300 photos/cat/1.JPG >photos/cat/cut.jpg
	refused 65 "photos/cat/cut.jpg: no good JPEG: Premature end of JPEG file (--skip-bad passes over it)" \
		import photos -o y.h5 --size 8
	run 0 import photos --skip-bad --output y.h5 --size 8 && cmp y.h5 photos.h5 >differ 2>&1
	result $? '--skip-bad: the others' differ
else
	skip 'JPEG' 'no python3 with Pillow'
fi
results_end
