#!/bin/sh
# Runs that begin with the parameters of a file: the same bytes on any number of ranks and after a stop, the outputs of the
# network that the file holds, and files of other programs, PyTorch's among them as doc/fine-tuning.md says.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/common.sh"

job=$here/start.yaml
images=$work/data/t10k-images-idx3-ubyte
scores() # CKPT: those of the test set
{
	"$convoy" predict "$1" --top 4 "$images" >>"$work/log" 2>&1 && "$convoy" predict "$1" --top 4 "$images" | tr -s ' '
}

train 1 old "$job" --epochs 2
old=$work/old/best.h5

# ---- A run of its own checkpoint -------------------------------------------------------------------------------------

# A rate that changes nothing: what is predicted is what the file's network predicts, averaged parameters included.
train 1 again "$job" --start-from "$old" --take-normalization --rate 1e-30 --stop-at 1
[ $? -eq 75 ] && scores "$old" >"$work/scores" && scores "$(newest again)" | cmp - "$work/scores" >>"$work/log"
result $? 'its own checkpoint: the same outputs'
train 1 other "$job" --start-from "$old" --seed 9 --set 'train.optimizer=adam' --rate 1e-30 --stop-at 1
[ $? -eq 75 ] && scores "$(newest other)" | cmp - "$work/scores" >>"$work/log"
result $? 'with another seed and optimizer: the same outputs'

# ---- Another head ----------------------------------------------------------------------------------------------------

# The training set is smaller, so that its normalization is another.
new() # RANKS OUTPUT [OPTION…]
{
	ranks=$1 output=$2
	shift 2
	train "$ranks" "$output" "$job" --set 'layers[3].units=9' --set data.validation=60 "$@"
}
new 1 one --start-from "$old" --take-normalization
grep -qF "start: 6 arrays taken from $old, 0 drawn anew" "$work/log" && grep -qF \
	'start: 3 drawn anew, as they differ: 04-full/weights is 6×75 there, 9×75 here, 04-full/biases is 6 there, 9 here' "$work/log"
result $? 'another head: said in two lines'
for ranks in 2 3; do
	new $ranks $ranks --start-from "$old" --take-normalization && same_runs one $ranks
	result $? "the same bytes, ranks: $ranks"
done
new 1 drawn
! cmp -s "$(newest one)" "$(newest drawn)"
result $? 'without the file: another run'
new 1 measured --start-from "$old"
"$convoy" diff "$old" "$work/one/best.h5" | grep -q '^/normalization/mean  *0$' &&
	"$convoy" diff "$old" "$work/measured/best.h5" | grep -q '^/normalization/mean  *[0-9]* ulp'
result $? '--take-normalization: the mean of the file, otherwise that of the samples'

# A stop and a resume, without the file; given again, it is not read.
cp "$old" "$work/moved.h5"
new 1 parts --start-from "$work/moved.h5" --take-normalization --stop-at 3
[ $? -eq 75 ] && mv "$work/moved.h5" "$work/gone.h5" && new 1 parts --resume --stop-at 5
[ $? -eq 75 ] && new 2 parts --resume --start-from "$work/moved.h5" && grep -q '^start: the run continues' "$work/log" &&
	same_runs one parts
result $? 'stopped twice and continued without the file: the same bytes'
sum=$(sha256sum <"$old")
"$convoy" show "$work/parts/best.h5" >"$work/log" && grep -qF "  ${sum%% *}" "$work/log" &&
	grep -qF 'started with 8 arrays' "$work/log"
result $? 'show: what the run began with'
"$convoy" diff "$work/one/best.h5" "$work/drawn/best.h5" >"$work/log"
grep -q '^/start ' "$work/log"
result $? 'diff: another beginning'

# --resume alone, where there is nothing to continue, begins with the file.
new 1 batch --resume --start-from "$old" --take-normalization && same_runs one batch
result $? '--resume without a checkpoint: begins with the file'

new 1 no --start-from "$old" --resume="$old"
complains $? 64 'give one of them'
result $? '--start-from and --resume=CKPT: refused'
new 1 no --layers 04-full
complains $? 64 '--layers needs --start-from FILE'
result $? '--layers alone: refused'
train 1 no "$job" --start-from "$old" --layers 04-full --set 'layers[3].units=9'
complains $? 65 'layer 04-full, which --layers names, cannot be taken: 04-full/weights is 6×75 there, 9×75 here'
result $? '--layers: all of a layer must match'
train 1 no "$job" --start-from "$job"
complains $? 65 'start.yaml: cannot open it as HDF5'
result $? 'a job file is no file to begin with'

# What stays frozen at random is said.
train 1 cold "$job" --set 'layers[0].frozen=true' --stop-at 1
grep -qF 'convoy: layer 01-convolution is frozen with the parameters that were drawn for it' "$work/log" &&
	train 1 warm "$job" --set 'layers[0].frozen=true' --stop-at 1 --start-from "$old"
[ $? -eq 75 ] && [ -z "$(complaints)" ]
result $? 'layers that are frozen as they were drawn: said'
"$convoy" report "$work/warm" >"$work/log" 2>&1 && sed -n '/class="soft start"/p; /class="soft frozen"/,/<\/p>/p' "$work/warm/report.html" |
	tr -d '\n' | grep -qF "The run began with 9 arrays of a file with the SHA-256 <code>$(sha256sum <"$old" | cut -d' ' -f1)</code>: \
/layers/01-convolution/kernels, /layers/01-convolution/biases, /layers/03-combination/kernels, \
/layers/03-combination/biases, /layers/03-combination/logits, /layers/04-full/weights, /layers/04-full/biases, \
/layers/05-full/weights and 1 more.</p><p class=\"soft frozen\">Frozen: 01-convolution.</p>"
result $? 'report: what the run began with, and what is frozen' "$work/warm/report.html"
"$convoy" report "$work/old" >"$work/log" 2>&1 && ! grep -q 'The run began with\|Frozen: ' "$work/old/report.html"
result $? 'report: nothing of it where there is nothing'

# ---- Files of other programs -----------------------------------------------------------------------------------------

if /usr/bin/python3 -c 'import h5py' 2>"$work/log"; then
	/usr/bin/python3 - "$old" "$work" <<'END' 2>"$work/log"
import sys, h5py, numpy
old, work = sys.argv[1:]
def write(name, change):
    with h5py.File(old, "r") as source, h5py.File(f"{work}/{name}.h5", "w") as file:
        def copy(path, item):
            if isinstance(item, h5py.Dataset):
                change(file, "layers/" + path, item[...])
        source["average"].visititems(copy)
def wide(file, path, value):
    file.create_dataset(path, data=value.astype(">f8"), chunks=True, compression="gzip", shuffle=True)
def fewer(file, path, value):
    if not path.endswith("biases"):
        file[path] = value
def broken(file, path, value):
    value.flat[0] = numpy.nan
    file[path] = value
def large(file, path, value):
    value = value.astype("f8")
    value.flat[0] = 1e300
    file[path] = value
for name in "wide", "fewer", "broken", "large":
    write(name, globals()[name])
with h5py.File(f"{work}/negative.h5", "w") as file:
    file["layers/02-batch-norm/variance"] = [1, 1, -1, 1]
END
	train 1 wide "$job" --start-from "$work/wide.h5" --rate 1e-30 --stop-at 1
	[ $? -eq 75 ] && scores "$(newest wide)" | cmp - "$work/scores" >>"$work/log"
	result $? 'an HDF5 file of h5py, float64 the other way round, in chunks: the same outputs'
	train 1 fewer "$job" --start-from "$work/fewer.h5" --stop-at 1
	grep -qF ', 4 drawn anew: 01-convolution/biases, 03-combination/biases, 04-full/biases, 05-' "$work/log"
	result $? 'arrays that are not there are drawn'
	train 1 no "$job" --start-from "$work/broken.h5"
	complains $? 65 'broken.h5: /layers/01-convolution/kernels: number 0 is not finite'
	result $? 'a number that is not finite: refused'
	train 1 no "$job" --start-from "$work/large.h5"
	complains $? 65 'number 0 is 1e+300, which float32 cannot hold'
	result $? 'a number that float32 cannot hold: refused'
	sed '/type: pooling/i\  - {type: batch-norm}' "$job" >"$work/norm.yaml"
	train 1 no "$work/norm.yaml" --start-from "$work/negative.h5"
	complains $? 65 '/layers/02-batch-norm/variance: number 2 is -1, and a variance is not negative'
	result $? 'a negative variance: refused'
	train 1 no "$job" --start-from "$work/wide.h5" --take-normalization
	complains $? 65 'has no /normalization/mean, which --take-normalization needs'
	result $? 'no normalization to take: refused'
else
	skip 'HDF5 files of h5py' 'no python3 with h5py'
fi

# The words of the page, block by block, and what PyTorch itself computes.
page=$here/../../doc/fine-tuning.md
block() # NUMBER LANGUAGE
{
	awk -v wanted="$1" -v fence="^[\`][\`][\`]$2\$" '$0 ~ /^```$/ { inside = 0 } inside { print }
		$0 ~ fence && ++seen == wanted { inside = 1 }' "$page"
}
if /usr/bin/python3 -c 'import torch, h5py' 2>"$work/log"; then
	block 1 python >"$work/net.py" && cat >>"$work/net.py" <<'END'
for tensor in net[1].running_mean, net[1].running_var, net[1].weight.data, net[1].bias.data:
    tensor.uniform_(0.5, 2)
net.eval()
END
	block 2 python >"$work/bring.py" && block 2 yaml >"$work/torch.yaml"
	(cd "$work" && /usr/bin/python3 bring.py) >"$work/log" 2>&1 &&
		train 1 torch "$work/torch.yaml" --start-from "$work/net.h5" --rate 1e-30 --stop-at 1
	[ $? -eq 75 ] && grep -qF "start: 10 arrays taken from $work/net.h5, 0 drawn anew" "$work/log" &&
		"$convoy" predict "$(newest torch)" "$images" --output "$work/scores.npy" >"$work/log" 2>&1 &&
		(cd "$work" && /usr/bin/python3 - "$images" <<'END'
import sys, numpy, torch
from net import net
image = numpy.fromfile(sys.argv[1], "u1", offset=16).reshape(-1, 1, 12, 12)
with torch.no_grad():
    want = net(torch.tensor(image / 255, dtype=torch.float32)).numpy()
found = numpy.load("scores.npy")
assert found.shape == want.shape and numpy.abs(want).max() > 0.1
print("largest difference", numpy.abs(found - want).max())
assert numpy.abs(found - want).max() < 1e-5
END
		) >"$work/log" 2>&1
	result $? "PyTorch's state_dict as the page says: its outputs to 1e-5"
else
	skip "PyTorch's state_dict" 'no python3 with torch and h5py'
fi

results_end
