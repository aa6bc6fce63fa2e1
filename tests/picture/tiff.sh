#!/bin/sh
# What is read of TIFF files that Pillow, ImageMagick's convert and libtiff's tiffcp write, against what Pillow reads, where
# Debian's python3 has it: the colours are the same to the bit, and so is how a picture is turned. Its grey differs by its
# own rounding: by 1 at most.

# shellcheck source=tests/common.sh
. "$(dirname "$0")/../common.sh"
/usr/bin/python3 -c 'import PIL.Image, numpy' 2>/dev/null || skip_all 'no python3 with Pillow and NumPy'
work_make tiff
/usr/bin/python3 - "$work" <<'EOT' || exit 1
import sys, numpy
from PIL import Image
draw = numpy.random.default_rng(1)
def picture(mode, rows, columns):
    smooth = numpy.add.outer(numpy.arange(rows) * 5, numpy.arange(columns) * 3) % 256
    planes = {"1": 1, "P": 1, "L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}[mode]
    pixels = (smooth[..., None] * numpy.arange(1, planes + 1) + draw.integers(0, 64, (rows, columns, planes))) % 256
    pixels = pixels.astype("u1")
    if mode == "1":
        return Image.fromarray(pixels[..., 0]).convert("1")
    if mode == "P":
        return Image.fromarray(numpy.dstack([pixels[..., 0], pixels[::-1, :, 0], pixels[:, ::-1, 0]])).quantize(200)
    return Image.fromarray(pixels if planes > 1 else pixels[..., 0], mode)
for mode in "1", "P", "L", "LA", "RGB", "RGBA", "CMYK":
    for packed in None, "tiff_lzw", "tiff_adobe_deflate", "packbits":
        for size in (1, 1), (7, 5), (64, 48):
            picture(mode, *size).save("%s/pil-%s-%s-%dx%d.tif" % (sys.argv[1], mode, packed, *size), compression=packed)
picture("1", 64, 48).save(sys.argv[1] + "/pil-1-fax-64x48.tif", compression="group4")
for mode in "L", "RGB":
    picture(mode, 64, 48).save("%s/pil-%s-jpeg-64x48.tif" % (sys.argv[1], mode), compression="jpeg")
for turn in range(1, 9):
    image, stem = picture("RGB", 19, 30), "%s/pil-turn%d-19x30" % (sys.argv[1], turn)
    image.save(stem + ".tif", tiffinfo={274: turn})
    how = [None, None, Image.FLIP_LEFT_RIGHT, Image.ROTATE_180, Image.FLIP_TOP_BOTTOM, Image.TRANSPOSE, Image.ROTATE_270,
           Image.TRANSVERSE, Image.ROTATE_90][turn] # versions of Pillow differ in whether they turn it as they load
    (image if how is None else image.transpose(how)).save(stem + ".png")
pages = [picture("L", 5, 5) for page in range(3)]
pages[0].save(sys.argv[1] + "/bad-pages.tif", save_all=True, append_images=pages[1:])
whole = open(sys.argv[1] + "/pil-RGB-None-64x48.tif", "rb").read()
for name, damaged in ("half", whole[:len(whole) // 2]), ("head", whole[:30]):
    open("%s/bad-%s.tif" % (sys.argv[1], name), "wb").write(damaged)
EOT

# What others make of them.
if command -v convert >/dev/null && convert -version 2>/dev/null | grep -q ImageMagick; then
	for mode in 1 P L LA RGB RGBA; do
		from=$work/pil-$mode-None-64x48.tif
		for how in 'none' 'lzw' 'zip' 'rle' 'none -define tiff:tile-geometry=32x16' 'lzw -endian MSB' 'none -interlace plane' \
			'lzw -define tiff:predictor=2'; do
			name=$(echo "$how" | tr -c 'a-zA-Z0-9\n' '_')
			# shellcheck disable=SC2086 # words
			convert "$from" -compress $how "$work/convert-$mode-$name-64x48.tif" 2>/dev/null ||
				rm -f "$work/convert-$mode-$name-64x48.tif"
		done
	done
	convert "$work/pil-RGB-None-64x48.tif" -depth 16 "$work/bad-deep.tif"
else
	skip 'convert writes' 'no ImageMagick'
fi
if command -v tiffcp >/dev/null; then
	for mode in 1 P L LA RGB RGBA CMYK; do
		from=$work/pil-$mode-None-64x48.tif
		for how in '-B' '-c lzw' '-t -w 16 -l 32' '-p separate' '-B -c zip -t -w 32 -l 16' '-8' '-r 5' '-f lsb2msb'; do
			name=$(echo "$how" | tr -c 'a-zA-Z0-9\n' '_')
			# shellcheck disable=SC2086 # words
			tiffcp $how "$from" "$work/tiffcp-$mode-$name-64x48.tif" 2>/dev/null ||
				rm -f "$work/tiffcp-$mode-$name-64x48.tif"
		done
	done
	tiffcp -c jpeg -r 16 "$work/pil-RGB-None-64x48.tif" "$work/tiffcp-RGB-jpeg-64x48.tif"
else
	skip 'tiffcp writes' 'no tiffcp'
fi

"$BUILD/tests/picture/test_tiff" "$work" >"$work/log" 2>&1
result $? 'the files are read' "$work/log"
/usr/bin/python3 - "$work" >"$work/results" <<'EOT'
import glob, os, re, sys, numpy
from PIL import Image

def opened(path, mode):
    turned = path[:-4] + ".png"
    image = Image.open(turned if os.path.exists(turned) else path)
    if image.mode in ("LA", "RGBA", "PA"):
        image = image.convert("RGBA")
        pixels = numpy.asarray(image).astype(float)
        alpha = pixels[..., 3:] / 255
        image = Image.fromarray(numpy.floor(pixels[..., :3] * alpha + 0.5 + 1e-9).astype("u1")) # on black
    if image.mode == "CMYK":
        pixels = 255 - numpy.asarray(image).astype(int)
        image = Image.fromarray(((pixels[..., :3] * pixels[..., 3:] + 127) // 255).astype("u1"))
    return image.convert(mode)

def difference(path, ours, mode):
    if not os.path.exists(ours):
        return 999
    image, mine = opened(path, mode), Image.open(ours)
    if mine.size != image.size:
        return 998
    return int(abs(numpy.asarray(image).astype(int) - numpy.asarray(mine)).max())

colour, grey = {}, {}
for path in sorted(glob.glob(sys.argv[1] + "/*.tif")):
    kind, stem = re.sub(r"-\d+x\d+$", "", os.path.basename(path)[:-4]), path[:-4]
    if kind.startswith("bad"):
        print(int(not (os.path.exists(stem + ".txt") and not os.path.exists(stem + ".ppm"))), kind, "is refused")
        continue
    try:
        opened(path, "RGB")
    except (Image.UnidentifiedImageError, ValueError): # Pillow reads fewer kinds
        continue
    colour[kind] = max(colour.get(kind, 0), difference(path, stem + ".ppm", "RGB"))
    grey[kind] = max(grey.get(kind, 0), difference(path, stem + ".pgm", "L"))
for kind in colour:
    print(int(colour[kind] > 0 or grey[kind] > 1), "%s: at most %d in colour, %d in grey" % (kind, colour[kind], grey[kind]))
EOT
result $? 'Pillow reads them'
while read -r bad text; do
	result "$bad" "$text"
done <"$work/results"
results_end
