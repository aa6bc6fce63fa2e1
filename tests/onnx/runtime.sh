#!/bin/sh
# Exported networks in onnxruntime: the same classes and scores as convoy predict on 1,000 test images of Fashion-MNIST.
# npm brings onnxruntime (some 300 MB for the moment), unless ONNXRUNTIME names a folder that holds onnxruntime-node.
set -u

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
convoy=${CONVOY:-$PWD/convoy}
images=/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz
jobs='every outputs' steps=200 used=1000
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
results_end
