#!/bin/sh
# TIFF files that Pillow writes: import, train and predict, as bytes and with --bands.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh
/usr/bin/python3 -c 'import PIL.Image, numpy, h5py' 2>/dev/null || skip_all 'no python3 with Pillow, NumPy and h5py'

/usr/bin/python3 - <<'END' || exit 1
import os, numpy
from PIL import Image
draw = numpy.random.default_rng(3)
for part in "bytes", "plain", "words", "reals", "alpha":
    for name in "dark", "light":
        os.makedirs(part + "/" + name)
for name, base in ("dark", 20), ("light", 150):
    for i in range(10):
        pixels = draw.integers(base, base + 60, (9, 12, 4)).astype("u1")
        stem = "/%s/%d" % (name, i)
        packed = [None, "tiff_lzw", "tiff_adobe_deflate"][i % 3]
        Image.fromarray(pixels[..., :3]).save("bytes" + stem + ".tif", compression=packed)
        Image.fromarray(pixels[..., :3]).save("plain" + stem + ".png")
        Image.fromarray(pixels).save("alpha" + stem + ".tiff", compression=packed)
        Image.fromarray((pixels[..., 0].astype("u2") * 251 + pixels[..., 1]).astype("u2")).save("words" + stem + ".tif")
        Image.fromarray((pixels[..., 0] / 7 - 3).astype("f4")).save("reals" + stem + ".tif")
END
job() # FILE: what import has printed, and a network
{
	sed -n '3,$p' out >"$1.yaml"
	cat >>"$1.yaml" <<END
name: $1
layers: [{type: full, units: 2, activation: scaled-tanh}]
loss: squared-error
train: {epochs: 10, batch: 8, rate: 0.01}
END
}

works 'bytes' import bytes -o bytes.h5
run 0 import plain -o plain.h5 && cmp bytes.h5 plain.h5 >differ 2>&1
result $? 'the same file as of PNG' differ

for kind in words reals alpha; do
	case $kind in
	words) maps=1 type=uint16 ;;
	reals) maps=1 type=float32 ;;
	alpha) maps=4 type=uint8 ;;
	esac
	works "$kind: --bands" import $kind --bands -o $kind.h5 --test 0.3
	grep -qx "input: {maps: $maps, rows: 9, columns: 12}" out
	result $? 'the bands are maps' out
	job $kind
	/usr/bin/python3 - $kind $type >log 2>&1 <<'END'
import glob, sys, h5py, numpy
from PIL import Image
file = h5py.File(sys.argv[1] + ".h5")
both = [file[part + "/images"] for part in ("train", "test")]
assert all(a.dtype == sys.argv[2] for a in both), both
have = sorted(a.tobytes() for array in both for a in array[()])
want = []
for path in glob.glob(sys.argv[1] + "/*/*"):
    pixels = numpy.asarray(Image.open(path)).astype(sys.argv[2])
    want.append((pixels.transpose(2, 0, 1) if pixels.ndim == 3 else pixels).tobytes())
assert have == sorted(want)
assert "background" not in file.attrs
END
	result $? "$type as Pillow has them" log
	works 'train on them' train $kind.yaml -o $kind.run
	grep -q 'best test error 0.00%' out
	result $? 'they are told apart' out
	works 'predict: the files' predict $kind.run/best.h5 $kind
	[ "$(awk '{ found += index($1, "/" $2 "/") > 0 } END { print found }' out)" -eq 20 ]
	result $? 'are of their classes' out
	works 'smaller' import $kind --bands -o small.h5 --size 3 --force
done
refused 65 'bytes/dark/0.tif: 3 bands of uint8, the network was trained on 4 of uint8' predict alpha.run/best.h5 bytes/dark/0.tif
refused 65 'reals/dark/0.tif: 1 band of float32, the network was trained on 1 of uint16' \
	predict words.run/best.h5 reals/dark/0.tif
refused 64 'reals/dark/0.tif: --invert is for whole numbers, not for float32' \
	predict reals.run/best.h5 reals/dark/0.tif --invert
run 0 predict words.run/best.h5 words/dark/0.tif --invert && grep -q ' light ' out
result $? '--invert turns uint16 round' out

refused 65 "words/dark/0.tif: unsigned samples of 16 bits, and bytes are wanted: import --bands keeps them as they are; \
ImageMagick's mogrify -depth 8 rounds them (--skip-bad passes over it)" import words -o x.h5
refused 64 'import: --bands keeps what is in the files: no --grey, --colour or --background' import words --bands -g -o x.h5
cp bytes/light/0.tif words/light/x.tif
refused 65 'words/light/x.tif: 3 bands of uint8, the first picture has 1 of uint16 (--skip-bad passes over it)' \
	import words --bands -o x.h5
run 0 import words --bands --test 0.3 -o x.h5 --skip-bad && cmp x.h5 words.h5 >differ 2>&1
result $? '--skip-bad: the others' differ

/usr/bin/python3 - <<'END' || exit 1
import os, shutil, numpy
from PIL import Image
shutil.copytree("reals", "gaps")
pixels = numpy.ones((9, 12), "f4")
for bad, name in (numpy.nan, "nan"), (-numpy.inf, "inf"):
    pixels[3, 7] = bad
    Image.fromarray(pixels).save("%s.tif" % name)
pages = [Image.open("reals/dark/%d.tif" % n) for n in range(2)] + [Image.open("nan.tif")]
pages[0].save("paged.tif", save_all=True, append_images=pages[1:])
END
refused 65 'nan.tif: band 0, row 3, column 7: a sample that is not finite' predict reals.run/best.h5 nan.tif
for bad in nan inf; do
	cp $bad.tif gaps/light/x.tif
	refused 65 "gaps/light/x.tif: band 0, row 3, column 7: a sample that is not finite (--skip-bad passes over it)" \
		import gaps --bands -o x.h5 --force
	rm gaps/light/x.tif
done
mv paged.tif gaps/dark
run 65 import gaps --bands --pages -o x.h5 --force && grep -qx 'convoy: gaps/dark/paged.tif, page 2: band 0, row 3, '\
'column 7: a sample that is not finite (--skip-bad passes over it)' err
result $? 'a number that is not finite, on a page' err
run 0 import gaps --bands --pages -o x.h5 --force --skip-bad && grep -qx 'convoy: skipped gaps/dark/paged.tif, page 2: .*' err
result $? '--skip-bad leaves the page out' err
run 0 predict words.run/best.h5 words/dark/0.tif --background black && grep -qx \
	'convoy: --background means nothing: the network takes bands as they are, not grey or coloured bytes' err
result $? 'predict: --background means nothing to bands, and that is said' err
refused 65 'plain/dark/0.png: 3 bands of uint8, the network was trained on 1 of uint16' \
	predict words.run/best.h5 plain/dark/0.png

# ---- Pages -----------------------------------------------------------------------------------------------------------

/usr/bin/python3 - <<'END' || exit 1
import os
from PIL import Image
for name in "dark", "light":
    os.makedirs("paged/" + name)
    os.makedirs("apart/" + name)
    for i in range(0, 10, 5):
        pages = [Image.open("plain/%s/%d.png" % (name, n)) for n in range(i, i + 5)]
        pages[0].save("paged/%s/%d.tif" % (name, i), save_all=True, append_images=pages[1:])
END
refused 65 "paged/dark/0.tif: has 5 pages, and a picture is one: import --pages takes each; ImageMagick's convert FILE \
PAGE-%d.tif parts them (--skip-bad passes over it)" import paged -o paged.h5
run 0 import paged --pages -o paged.h5 && run 0 import plain -o plain.h5 --force && cmp paged.h5 plain.h5 >differ 2>&1
result $? 'pages as pictures: the same file as of PNG' differ
for threads in 1 3; do
	run 0 import paged --pages -o paged.h5 --force --threads $threads && cmp paged.h5 plain.h5 >differ 2>&1
	result $? "--threads $threads: the same" differ
done
# Pages of a file that is larger than a picture may be: nobody reads all of it for a page.
cp -R paged large && truncate -s 1G large/dark/0.tif
run 0 import large --pages -o paged.h5 --force && cmp paged.h5 plain.h5 >differ 2>&1
result $? 'pages of a large file' differ
said='convoy: 20 pages of 4 files: pages of one file may be training and test samples, unless folders train and test part them'
run 0 import paged --pages -o paged.h5 --force && [ "$(cat err)" = "$said" ]
result $? 'a line says that a file may be in both parts' err
echo words >paged/dark/bad.tif
run 0 import paged --pages -o paged.h5 --force --skip-bad && cmp paged.h5 plain.h5 >differ 2>&1
result $? 'a bad file is passed over' differ

# ---- The contact sheet -----------------------------------------------------------------------------------------------

run 0 import bytes -o bytes.h5 --force && job bytes
works 'pictures of a job' pictures bytes.yaml -o look
line 'look/training.png  [0-9]*×[0-9]*' 'the sheet is named'
works 'with a distortion' pictures bytes.yaml -o mirrored -S data.distort.shift=2
run 0 pictures bytes.yaml -o again -S data.distort.shift=2 && cmp mirrored/training.png again/training.png >differ 2>&1
result $? 'the same bytes again' differ
cat >find.py <<'END'
import sys, h5py, numpy
from PIL import Image

def found(sheet, tile):
    rows, columns = tile.shape[:2]
    first = (sheet[:-rows, :-columns] == tile[0, 0]).all(axis=2)
    return [(y, x) for y, x in numpy.argwhere(first) if (sheet[y:y + rows, x:x + columns] == tile).all()]

def moved(image, down, right):
    out = numpy.zeros_like(image)
    rows, columns = image.shape[:2]
    out[max(down, 0):rows + min(down, 0), max(right, 0):columns + min(right, 0)] = \
        image[max(-down, 0):rows - max(down, 0), max(-right, 0):columns - max(right, 0)]
    return out

file = h5py.File("bytes.h5")
images, labels = file["train/images"][()].transpose(0, 2, 3, 1), file["train/labels"][()]
plain, distorted = (numpy.asarray(Image.open(name + "/training.png").convert("RGB")) for name in ("look", "mirrored"))
zoom = 64 // 12
for k in range(2):
    last = None
    for n in numpy.flatnonzero(labels == k)[:8]:
        tile = images[n].repeat(zoom, 0).repeat(zoom, 1)
        at = found(plain, tile)
        assert len(at) == 1, (k, n, at)
        assert last is None or (at[0][0] == last[0] and at[0][1] > last[1]), "in one row, in the order of the file"
        last = at[0]
        places = {(down, right): found(distorted, moved(images[n], down, right).repeat(zoom, 0).repeat(zoom, 1))
                  for down in range(-2, 3) for right in range(-2, 3)}
        assert sum(map(len, places.values())) == 2, (k, n, places)
        assert places[0, 0], "as it is"
END
/usr/bin/python3 find.py >log 2>&1
result $? 'a row for each class: samples in colour, and shifted beside them' log
refused 64 'pictures: bytes.h5 is a data set: name the job file that reads it, and its samples are drawn as it trains on them' \
	pictures bytes.h5 -o look
refused 64 'pictures: --sample is for a checkpoint, and bytes.yaml is a job file' pictures bytes.yaml -o look --sample 1
refused 64 'pictures: --set is for a job file, and words.run/best.h5 is a checkpoint' \
	pictures words.run/best.h5 -o look --set name=x

# Values stand under their samples.
/usr/bin/python3 - <<'END'
import h5py, numpy
with h5py.File("values.h5", "w") as f:
    for part in "train", "test":
        f[part + "/inputs"] = numpy.arange(20 * 64, dtype="u1").reshape(20, 1, 8, 8)
        f[part + "/targets"] = (numpy.arange(20, dtype="f4") / 3).reshape(20, 1)
END
cat >values.yaml <<'END'
name: values
data: {format: hdf5, file: values.h5, distort: {flip: true}}
input: {maps: 1, rows: 8, columns: 8}
output: {values: 1}
layers: [{type: full, units: 1}]
loss: squared-error
train: {epochs: 1, batch: 8, rate: 0.01}
END
works 'pictures of a job for values' pictures values.yaml -o values
results_end
