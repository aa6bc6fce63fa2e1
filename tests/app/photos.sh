#!/bin/sh
# Pictures that people bring, in convoy import and predict: what transparent pixels stand on, pictures that show nothing,
# other formats, files that are left out, and a test set that is drawn among good files.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

said() # NAME: that err holds the lines of standard input
{
	sed 's/^/convoy: /' >wanted
	diff wanted err >differ
	result $? "$1" differ
}

# A PGM file of 8×8: INK in the upper left quarter, PAPER elsewhere.
quarter() # INK PAPER
{
	awk -v ink="$1" -v paper="$2" 'BEGIN {
		print "P2 8 8 255"
		for (i = 0; i < 64; i++)
			print i % 8 < 4 && i < 32 ? ink : paper
	}'
}

way_out="ImageMagick's mogrify -auto-orient -format png FILE... converts"
# PNG, grey with alpha: opaque black in the upper left quarter, nothing elsewhere; nothing at all; 2×2 of white 128 / 255.
base64 -d >ink.png <<'END'
iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAQAAABuBnYAAAAAEklEQVR42mNg+A+FcECGAOUAAJJKD/EF6KPZAAAAAElFTkSuQmCC
END
base64 -d >blank.png <<'END'
iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAQAAABuBnYAAAAADElEQVR42mNgGBwAAACIAAF0uDlnAAAAAElFTkSuQmCC
END
base64 -d >half.png <<'END'
iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAQAAADYv8WvAAAAEElEQVR42mP43/C/gQFEAAAe9AX92NKWXgAAAABJRU5ErkJggg==
END
quarter 0 255 >paper.pgm
quarter 0 0 >night.pgm
quarter 255 0 >light.pgm
printf 'GIF89a' >photo.gif
$limit "$convoy" train tiny.yaml -o run >log 2>&1
result $? 'a network' log

# ---- What transparent pixels stand on, in predict --------------------------------------------------------------------

answer() # ARGUMENT…: what is printed for an image, but for its name
{
	run 0 predict run/best.h5 --json --top 4 "$@" && sed 's/"image": "[^"]*"//' out
}
answer paper.pgm >on-white
answer night.pgm >on-black
answer light.pgm >light
answer ink.png >got
cmp got on-white >differ 2>&1
result $? 'transparent pixels stand on white' differ
grep -qx 'convoy: ink.png: has transparent pixels; the colour behind them is white (--background)' err
result $? 'and that is said' err
# Where nothing else must be long: the end of a line says what is wrong.
long=$(awk 'BEGIN { for (i = 0; i < 100; i++) printf "é" }')
mkdir -p "$long/$long/$long" && cp ink.png "$long/$long/$long"
run 0 predict run/best.h5 "$long/$long/$long/ink.png" &&
	[ "$(grep -c '^convoy: é.*…é.*/ink\.png: has transparent pixels; the colour .* (--background)$' err)" -eq 1 ] &&
	iconv -f UTF-8 -t UTF-8 err >/dev/null
result $? 'a long path keeps its end' err
for white in white '#fff' '#FFFFFF'; do
	answer ink.png --background "$white" >got
	cmp got on-white >differ 2>&1 && ! grep -q transparent err
	result $? "--background $white" differ
done
answer --background black ink.png >got
cmp got on-black >differ 2>&1
result $? '--background black' differ
said 'a picture that shows nothing is told' <<'END'
ink.png: is even (all pixels are alike), so the answer means nothing
END
grep -q '"even": true' got && ! grep -q even on-white
result $? 'in JSON too' got
answer --invert ink.png >got
cmp got light >differ 2>&1
result $? '--invert: after the background has come in' differ
answer --background '#0f0' ink.png >got
quarter 0 150 >green.pgm # its luma
answer green.pgm | cmp - got >differ 2>&1
result $? 'a colour, in grey' differ
run 64 predict run/best.h5 --background grey ink.png
said 'a colour that is none' <<'END'
--background: 'grey' is not white, black, #rgb or #rrggbb in hexadecimal digits
END
run 0 predict run/best.h5 blank.png paper.pgm blank.png && [ "$(grep -c 'is even' err)" -eq 2 ] &&
	[ "$(grep -c transparent err)" -eq 1 ]
result $? 'each even one is named, the background once' err

# ---- In import -------------------------------------------------------------------------------------------------------

for set in ink paper; do
	mkdir -p $set/a $set/b
	for i in 1 2 3 4 5 6; do
		cp light.pgm $set/a/$i.p
		quarter "$i" 200 >$set/b/$i.p
	done
done
cp ink.png ink/a/3.p
cp ink.png ink/b/5.p
cp paper.pgm paper/a/3.p
cp paper.pgm paper/b/5.p
run 0 import ink --grey -o ink.h5
sed 's/first: ink.*/first: one/' err >told && mv told err # in the order of training
said 'import: transparent pixels are told' <<'END'
2 pictures have transparent pixels; the colour behind them is white (--background); the first: one
END
run 0 import ink --grey -o ink-white.h5 --background '#ffffff' && [ ! -s err ]
result $? 'but not where the background was asked for' err
run 0 import paper --grey -o paper.h5 && cmp ink.h5 paper.h5 >differ 2>&1 && cmp ink.h5 ink-white.h5 >>differ 2>&1
result $? 'the same bytes as of opaque pictures' differ
grep -qa background ink.h5 && grep -qa white ink.h5
result $? 'the file names the background'
cp night.pgm paper/a/3.p
cp night.pgm paper/b/5.p
run 0 import ink --grey -o ink-black.h5 --background black
sed 's/first: ink.*/first: one/' err >told && mv told err
said 'even pictures are counted' <<'END'
2 images are even, all pixels alike, the first: one
END
run 0 import paper --grey -o paper-black.h5 --background '#000' && cmp ink-black.h5 paper-black.h5 >differ 2>&1
result $? 'black: the same bytes' differ

# A network knows what its pictures stood on.
cat >ink.yaml <<'END'
name: ink
data: {format: hdf5, file: ink-black.h5, memory: 1}
input: {maps: 1, rows: 8, columns: 8}
output: {classes: 2}
layers: [{type: full, units: 2, activation: scaled-tanh}]
loss: squared-error
train: {epochs: 1, batch: 4, rate: 0.01}
END
answer_of() # CKPT ARGUMENT…
{
	run 0 predict "$@" --json && sed 's/"image": "[^"]*"//' out
}
$limit "$convoy" train ink.yaml -o inked >log 2>&1
result $? 'train on them' log
answer_of inked/best.h5 night.pgm >on-black
answer_of inked/best.h5 ink.png >got
cmp got on-black >differ 2>&1 && ! grep -q transparent err
result $? 'predict: on what the training pictures stood on' differ
answer_of inked/best.h5 paper.pgm >on-white
answer_of inked/best.h5 ink.png --background white >got
cmp got on-white >differ 2>&1
result $? '--background: another one' differ
grep -v invert err >told && mv told err
said 'and that is said' <<'END'
--background: transparent pixels of the training pictures have black behind them, not white
END
if [ -n "$ranks" ]; then
	# shellcheck disable=SC2086 # words
	$limit $ranks 2 "$convoy" train ink.yaml -o inked-twice >log 2>&1 && cmp inked/best.h5 inked-twice/best.h5 >>log 2>&1
	result $? 'two ranks: the same' log
else
	skip 'two ranks: the same' 'no MPI launcher'
fi

mkdir -p half/a half/b grey/a grey/b
for i in 1 2; do
	cp half.png half/a/$i.png
	cp half.png half/b/$i.png
	echo P2 2 2 255 128 128 128 128 | tee grey/a/$i.pgm >grey/b/$i.pgm
done
run 0 import half --grey --test 0.5 --background black -o half.h5 &&
	run 0 import grey --grey --test 0.5 --background black -o grey.h5 && cmp half.h5 grey.h5 >differ 2>&1
result $? 'half opaque white on black is 128' differ
run 64 import data -o x.h5 --background white
said 'no pictures, no background' <<'END'
import: --size, --grey, --colour, --bands, --pages, --background, --test, --limit, --balance and --skip-bad are for pictures, data holds IDX files
END

# ---- Other formats, and what is left out -----------------------------------------------------------------------------

mkdir -p bag/more bag/.git
cp paper.pgm bag/1.pgm
cp light.pgm bag/more/2.PGM
cp photo.gif bag/3.gif
cp photo.gif bag/more/4.GIF
echo words >bag/words.txt
ln -s .. bag/more/up
run 0 predict run/best.h5 bag light.pgm && [ "$(wc -l <out)" -eq 3 ]
result $? 'a directory of this and that' out
grep -v invert err >told && mv told err
said 'what is left out is told' <<END
bag: 5 entries left out (.git, 3.gif, more/4.GIF, …): hidden, not named like PNG, JPEG, TIFF, PGM, PPM or IDX files, or links to \
directories, 2 of them GIF and the like: $way_out
END
rm bag/1.pgm bag/more/2.PGM
run 66 predict run/best.h5 bag
said 'a directory of photographs' <<END
bag: holds no PNG, JPEG, TIFF, PGM, PPM or IDX files: 5 entries left out (.git, 3.gif, more/4.GIF, …): hidden, not named like PNG, JPEG, TIFF, PGM, \
PPM or IDX files, or links to directories, 2 of them GIF and the like: $way_out
END
run 65 predict run/best.h5 photo.gif
said 'predict refuses GIF by name' <<END
photo.gif: is a GIF picture; PNG, JPEG, TIFF, PGM, PPM and IDX are read: $way_out
END
printf '\0\0\0\030ftypheic....' >photo.png
run 65 predict run/best.h5 photo.png
said 'and what is called something else' <<END
photo.png: is a HEIF picture; PNG, JPEG, TIFF, PGM, PPM and IDX are read: $way_out
END
cp photo.gif grey/a/3.gif
run 65 import grey --grey -o x.h5 --test 0.5 --size 2
said 'import refuses it' <<END
grey/a/3.gif: is a GIF picture; PNG, JPEG, TIFF, PGM and PPM are read: $way_out (--skip-bad passes over it)
END
rm grey/a/*.pgm
run 65 import grey --grey -o x.h5 --test 0.5
said 'as the first picture, too' <<END
grey/a/3.gif: is a GIF picture; PNG, JPEG, TIFF, PGM and PPM are read: $way_out (--skip-bad passes over it)
END
run 65 import grey --grey -o x.h5 --test 0.5 --skip-bad
said 'a class that has no good picture' <<END
skipped grey/a/3.gif: is a GIF picture; PNG, JPEG, TIFF, PGM and PPM are read: $way_out
grey: class a has no good picture
END

# ---- Bad files, and the test set -------------------------------------------------------------------------------------

mkdir -p bad/cat bad/dog
for i in 1 2 3 4 5 6 7 8 9 10; do
	quarter "$i" 90 | tee "bad/cat/$i.pgm" >"bad/dog/$i.pgm"
done
for seed in 1 2 3 4 5 6; do
	run 0 import bad --grey --seed $seed -o good.$seed.h5
done
for i in 1 2 3 4 5 6 7; do
	quarter "$i" 90 | head -c $((20 * i)) | tee "bad/cat/0$i.pgm" >"bad/dog/$i.5.pgm"
done
for seed in 1 2 3 4 5 6; do
	run 0 import bad --grey --seed $seed --skip-bad -o bad.h5 --force && [ "$(wc -l <err)" -eq 14 ] &&
		grep -qx 'bad.h5: 18 training and 2 test images, 2 classes, 14 files skipped' out &&
		cmp bad.h5 good.$seed.h5 >>out 2>&1
	result $? "seed $seed: bad files move no good one" out
done
rm bad/dog/*
for i in 1 2 3 4; do
	quarter "$i" 90 >bad/dog/$i.pgm
done
touch bad/dog/.hidden bad/.DS_Store
run 0 import bad --grey --skip-bad -o x.h5
grep -v ': skipped' err >told && mv told err
said 'a class without a test picture, and names with a dot' <<'END'
1 class has no test picture, the first: dog
2 names that begin with a dot, left out
END

results_end
