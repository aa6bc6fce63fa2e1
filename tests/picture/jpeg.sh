#!/bin/sh
# What is read of each kind of JPEG against Pillow, where Debian's python3 has it: the colours are the same to the bit,
# and so is how a picture is turned. Its grey differs by its own rounding: by 1 at most.

# shellcheck source=tests/common.sh
. "$(dirname "$0")/../common.sh"
/usr/bin/python3 -c 'import PIL.Image, numpy' 2>/dev/null || skip_all 'no python3 with Pillow and NumPy'
work_make jpeg
/usr/bin/python3 - "$work" <<'EOT' || exit 1
import sys, numpy
from PIL import Image
draw = numpy.random.default_rng(1)
def picture(mode, rows, columns):
    smooth = numpy.add.outer(numpy.arange(rows) * 5, numpy.arange(columns) * 3) % 256
    planes = {"L": 1, "RGB": 3, "CMYK": 4}[mode]
    noise = draw.integers(0, 256, (rows, columns, planes))
    pixels = (smooth[..., None] * numpy.arange(1, planes + 1) + noise // 4) % 256
    pixels[: rows // 2] = noise[: rows // 2]
    return Image.fromarray(pixels.astype("u1") if planes > 1 else pixels[..., 0].astype("u1"), mode)
for mode in "L", "RGB", "CMYK":
    for size in (1, 1), (7, 5), (17, 33), (64, 48):
        for name, how in (("plain", {}), ("best", dict(quality=100, subsampling=0)), ("half", dict(subsampling=1)),
                          ("rough", dict(quality=5, subsampling=2)), ("progressive", dict(progressive=True)),
                          ("optimized", dict(optimize=True, quality=90)), ("profile", dict(icc_profile=b"x" * 70000))):
            picture(mode, *size).save("%s/%s-%s-%dx%d.jpg" % (sys.argv[1], mode, name, *size), **how)
for turn in range(1, 9):
    exif = Image.Exif()
    exif[0x010f], exif[0x0112] = "maker", turn
    picture("RGB", 19, 30).save("%s/RGB-turn%d-19x30.jpg" % (sys.argv[1], turn), exif=exif)
whole = open(sys.argv[1] + "/RGB-plain-64x48.jpg", "rb").read()
open(sys.argv[1] + "/padded.jpg", "wb").write(whole[:-2] + b"\0\0\0" + whole[-2:] + b"behind the end")
half = len(whole) - 1000
for name, damaged in (("half", whole[:half]), ("hole", whole[:half] + whole[half + 300:]), ("head", whole[:30]),
                      ("zeros", whole[:half] + bytes(1000)), ("end", whole[:-2])):
    open("%s/bad-%s.jpg" % (sys.argv[1], name), "wb").write(damaged)
EOT
"$BUILD/tests/picture/test_jpeg" "$work" >"$work/log" 2>&1 || {
	result 1 'the files are read' "$work/log"
	results_end
}
/usr/bin/python3 - "$work" <<'EOT'
import glob, os, re, sys, numpy
from PIL import Image, ImageOps

def difference(path, ours, mode):
    image = ImageOps.exif_transpose(Image.open(path)).convert(mode)
    if not os.path.exists(ours):
        return 999
    mine = Image.open(ours)
    if mine.size != image.size:
        return 998
    return int(abs(numpy.asarray(image).astype(int) - numpy.asarray(mine)).max())

colour, grey, bad = {}, {}, {}
for path in sorted(glob.glob(sys.argv[1] + "/*.jpg")):
    kind = re.sub(r"-\d+x\d+$", "", os.path.basename(path)[:-4])
    stem = path[:-4]
    if kind.startswith("bad"):
        bad[kind] = os.path.exists(stem + ".txt") and not os.path.exists(stem + ".ppm")
        continue
    colour[kind] = max(colour.get(kind, 0), difference(path, stem + ".ppm", "RGB"))
    grey[kind] = max(grey.get(kind, 0), difference(path, stem + ".pgm", "L"))
results = [("%s: at most %d in colour, %d in grey" % (k, colour[k], grey[k]), colour[k] == 0 and grey[k] <= 1)
           for k in colour] + [("%s is refused" % k, bad[k]) for k in bad]
print("1..%d" % len(results))
for number, (text, good) in enumerate(results, 1):
    print("%s %d - %s" % ("ok" if good else "not ok", number, text))
EOT
