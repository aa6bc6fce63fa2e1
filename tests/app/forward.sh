#!/bin/sh
# doc/examples/forward.py, the forward pass in NumPy, gives the scores of convoy predict. Needs Debian's python3 with h5py.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh
/usr/bin/python3 -c 'import h5py, numpy, yaml' 2>/dev/null || skip_all 'no python3 with h5py and PyYAML'

job() # NAME LOSS LAYERS [TRAIN]
{
	cat >"$1.yaml" <<-END
		name: $1
		data: {format: idx, directory: data, normalize: standard, pad: 2}
		input: {maps: 1, rows: 8, columns: 8}
		output: {classes: 4}
		layers: [$3]
		loss: $2
		train: {epochs: 2, batch: 16, rate: 0.05, momentum: 0.5, seed: 1$4}
	END
}
job classic squared-error '{type: convolution, maps: 3, kernel: 3, activation: scaled-tanh},
  {type: subsampling, window: 2, activation: scaled-tanh},
  {type: convolution, maps: 4, kernel: [1, 3], connections: [[0], [1, 2], [0, 2], [0, 1, 2]], activation: sigmoid},
  {type: full, units: 4, activation: tanh}'
job modern softmax-cross-entropy '{type: convolution, maps: 6, kernel: 3}, {type: batch-norm, name: norm, activation: relu},
  {type: pooling, method: max, window: [2, 5]}, {type: full, units: 4}' ', average: 0.9'
for name in classic modern; do
	$limit "$convoy" train $name.yaml --output $name >log 2>&1
	result $? "$name: a run" log
	run 0 predict $name/best.h5 data/t10k-images-idx3-ubyte --output $name.npy
	result $? "$name: scores of convoy" err
	/usr/bin/python3 - "$top/doc/examples" $name <<-'END' >out 2>&1
		import sys
		sys.dont_write_bytecode = True
		sys.path.insert(0, sys.argv[1])
		import numpy, forward
		name = sys.argv[2]
		x = numpy.fromfile("data/t10k-images-idx3-ubyte", numpy.uint8)[16:].reshape(37, 1, 8, 8)
		numpy.save("x.npy", x)
		y, z = numpy.load(name + ".npy"), forward.forward(name + "/best.h5", x)
		far = abs(y - z).max()
		print("largest difference:", far, "of", abs(y).max())
		sys.exit(not (y.shape == z.shape == (37, 4) and far < 1e-5))
	END
	result $? "$name: those of NumPy, to 1e-5" out
done
# Without the averaged parameters they are others.
/usr/bin/python3 - <<'END' >out 2>&1
import h5py, numpy, sys
with h5py.File("modern/best.h5") as f:
	for name in "mean", "variance":
		a, b = f["average/norm/" + name][:], f["layers/norm/" + name][:]
		print(name, abs(a - b).max())
		if (a == b).all(): sys.exit("the same")
END
result $? 'averaged parameters have a mean and variance of their own' out
/usr/bin/python3 "$top/doc/examples/forward.py" modern/best.h5 x.npy >out 2>err && [ "$(wc -l <out)" -eq 37 ] &&
	awk '{ sum = $1 + $2 + $3 + $4 } NF != 4 || sum < 0.999 || sum > 1.001 { exit 1 }' out
result $? 'as a program it prints a line for each sample' err
/usr/bin/python3 - "$top/doc/examples" <<'END' >out 2>&1
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import numpy, forward
x = numpy.ones((1, 1, 8, 8))
for spec in ({"type": "pooling", "method": "mean", "window": 2}, {"type": "pooling", "method": "max", "window": 2,
	"stride": 1}, {"type": "dropout", "rate": 0.5}, {"type": "pooling", "method": "max", "window": 2, "from": ["input"]}):
	try:
		forward.layer_forward(spec, None, x)
	except SystemExit as refusal:
		assert str(refusal).endswith(f"this: {spec}"), refusal
	else:
		sys.exit(f"not refused: {spec}")
END
result $? 'it refuses layers that it does not compute' out
results_end
