#!/bin/sh
# Exported networks in onnxruntime: the same classes and scores as convoy predict on 1,000 test images of Fashion-MNIST,
# and for each task and loss the same scores or values of floats.
# npm brings onnxruntime (some 300 MB for the moment), unless ONNXRUNTIME names a folder that holds onnxruntime-node.
set -u

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
convoy=${CONVOY:-$PWD/convoy}
images=/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz
jobs='activations every outputs branches' steps=200 used=1000
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# shellcheck source=tests/common.sh
. "$here/../common.sh"
work_make onnx
cd "$work" || exit 1

command -v node >/dev/null || skip_all 'no node'
[ -r "$images" ] || skip_all 'no Fashion-MNIST'
if [ -z "${ONNXRUNTIME:-}" ]; then
	command -v npm >/dev/null || skip_all 'no npm'
	timeout 300 npm install --prefix "$work" --ignore-scripts --no-audit --no-fund onnxruntime-node@1 >npm.log 2>&1 ||
		skip_all "npm: $(grep -m1 'npm error' npm.log | tr '#' ' ')"
	ONNXRUNTIME=$work/node_modules/onnxruntime-node
fi
export ONNXRUNTIME
node -e 'require(process.env.ONNXRUNTIME)' >node.log 2>&1 || skip_all "onnxruntime does not load: $(head -n 1 node.log)"

# The first images of the test set: the number in the header is theirs.
gzip -dc "$images" | head -c $((16 + 784 * used)) >whole
{ printf '\000\000\010\003\000\000\003\350'; tail -c +9 whole; } >images-idx3-ubyte

for job in $jobs; do
	"$convoy" train "$here/$job.yaml" --output $job --stop-at $steps >log 2>&1
	[ $? -eq 75 ]
	result $? "$job: trained for $steps steps" log
	checkpoint=$(echo $job/checkpoint-*.h5)
	"$convoy" export "$checkpoint" --onnx $job.onnx >log 2>&1
	result $? "$job: exported" log
	"$convoy" predict --json --top 256 "$checkpoint" images-idx3-ubyte >$job.json 2>log
	result $? "$job: predicted by convoy" log
	node "$here/compare.js" $job.onnx images-idx3-ubyte $job.json >log 2>&1
	result $? "$job in onnxruntime: $(tail -n 1 log)" log
done
[ "$("$convoy" predict "$checkpoint" images-idx3-ubyte --top 1 | awk '{ print $2 }' | sort -u | wc -l)" -ge 5 ]
result $? 'what was trained tells classes apart'

# ---- Each task and loss, on floats -----------------------------------------------------------------------------------

node "$here/tasks.js" . >log 2>&1
result $? 'data of each task' log
task() # NAME DIRECTORY OUTPUT LOSS [LAYER]
{
	cat >"$1.yaml" <<END
name: $1
data: {format: numpy, directory: $2, pad: 1}
input: {maps: 2, rows: 6, columns: 5}
output: {$3}
layers:
  - {type: convolution, maps: 4, kernel: 3, activation: tanh}
  - ${5:-"{type: full, units: 3}"}
loss: $4
train: {epochs: 4, batch: 20, rate: 0.02, momentum: 0.5, seed: 2}
END
	"$convoy" train "$1.yaml" --output "$1" >log 2>&1 && "$convoy" export "$1/best.h5" --onnx "$1.onnx" >log 2>&1 &&
		"$convoy" predict "$1/best.h5" "$2/test-inputs.npy" --output "$1.npy" >log 2>&1 &&
		node "$here/arrays.js" "$1.onnx" "$2/test-inputs.npy" "$1.npy" >log 2>&1
	result $? "$1 in onnxruntime: $(tail -n 1 log)" log
}
task classes-squared classes 'classes: 3' squared-error
task classes-entropy classes 'classes: 3' softmax-cross-entropy
task values-squared values 'values: 3, normalize: standard, units: [K, m, 1]' squared-error
task values-absolute values 'values: 3, normalize: standard' absolute-error
task values-huber values 'values: 3, normalize: standard, delta: 0.5' huber
task labels-squared labels 'labels: 3' squared-error
task labels-entropy labels 'labels: 3' binary-cross-entropy
task maps-squared maps 'classes: 3' squared-error '{type: convolution, maps: 3, kernel: 1}'
task maps-entropy maps 'classes: 3' softmax-cross-entropy '{type: convolution, maps: 3, kernel: 1}'
task fields fields 'values: 3, normalize: standard' squared-error '{type: convolution, maps: 3, kernel: 1}'
sed 's/normalize: standard, units: .*}/normalize: none}/; s/rate: 0.02/rate: 0.0001/' values-squared.yaml >plain.yaml
"$convoy" train plain.yaml --output plain >log 2>&1 && "$convoy" export plain/best.h5 --onnx plain.onnx >log 2>&1 &&
	"$convoy" predict plain/best.h5 values/test-inputs.npy --output plain.npy >log 2>&1 &&
	node "$here/arrays.js" plain.onnx values/test-inputs.npy plain.npy >log 2>&1
result $? "values as they are in onnxruntime: $(tail -n 1 log)" log
results_end
