#!/bin/sh
# What is read of each kind of PNG against Pillow, a decoder that others have written, where Debian's python3 has it. It reads
# 16 bits of colour and alpha by their upper half: up to 2 levels beside ours. It compares a transparent grey of fewer than
# 8 bits, and a transparent colour of 16, with samples that it has already scaled: these are left to test_png.

# shellcheck source=tests/common.sh
. "$(dirname "$0")/../common.sh"
/usr/bin/python3 -c 'import PIL.Image' 2>/dev/null || skip_all 'no python3 with Pillow'
work_make pil
"$BUILD/tests/picture/test_png" "$work" >"$work/log" 2>&1 || {
	result 1 'the files are made' "$work/log"
	results_end
}
/usr/bin/python3 - "$work" <<'EOF'
import glob, os, re, sys
from PIL import Image

def seen(path, ground):
    """The pixels that Pillow sees, red, green and blue over the background."""
    image = Image.open(path)
    clear = image.info.get("transparency")
    if image.mode.startswith("I"):  # 16 bits of grey
        return [ground if v == clear else ((v + 128) // 257,) * 3 for v in image.getdata()]
    rgba = image.convert("RGBA")
    over = Image.new("RGB", image.size, ground)
    over.paste(rgba.convert("RGB"), mask=rgba.getchannel("A"))
    return list(over.getdata())

worst = {}
for ppm in sorted(glob.glob(sys.argv[1] + "/*.ppm")):
    png, colour = re.match(r"(.*)\.([^.]*)\.ppm$", ppm).groups()
    kind = os.path.basename(png).split("-", 1)[1]
    ground = {"white": (255,) * 3, "black": (0,) * 3}.get(colour) or tuple(bytes.fromhex(colour))
    if re.match(r"type0-depth[124](-interlaced)?-transparent|type2-depth16(-interlaced)?-transparent", kind):
        continue
    pairs = zip(seen(png + ".png", ground), Image.open(ppm).getdata())
    worst[kind] = max(worst.get(kind, 0), max(abs(a - b) for p, q in pairs for a, b in zip(p, q)))
print("1..%d" % len(worst))
for number, kind in enumerate(sorted(worst), 1):
    most = 2 if re.match("type[246]-depth16", kind) else 0
    print("%s %d - %s: at most %d" % ("ok" if worst[kind] <= most else "not ok", number, kind, worst[kind]))
EOF
