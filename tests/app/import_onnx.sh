#!/bin/sh
# convoy import-onnx: what was exported predicts the same, can be evaluated, shown and trained on; refusals.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

$limit "$convoy" train tiny.yaml -o run >log 2>&1
result $? 'a network' log
run 0 export run/best.h5 --onnx net.onnx
if grep -q 'built without ONNX' err; then
	skip_all 'built without ONNX'
fi
works 'import' import-onnx net.onnx --output net.h5 --job net.yaml --data data
line 'net.h5: [0-9]* layers, [0-9,]* parameters' 'tells what it wrote'
works 'the job can be shown' show net.yaml
works 'the checkpoint can be shown' show net.h5
works 'the checkpoint is whole' verify net.h5
run 0 predict run/best.h5 data/t10k-images-idx3-ubyte --output first.npy
run 0 predict net.h5 data/t10k-images-idx3-ubyte --output second.npy && cmp first.npy second.npy >out 2>&1
result $? 'predicts the same bytes' out
run 0 eval run/best.h5 --json && sed 's/^  "step".*//' out >first.json
run 0 eval net.h5 --data data --json && sed 's/^  "step".*//' out | diff first.json - >differences
[ "$(grep -c '^[<>].*\(loss\|"error\)' differences)" -eq 0 ]
result $? 'eval finds the same loss and error' differences
run 0 train net.yaml --start-from net.h5 --output on --epochs 1
result $? 'trains on' out
run 0 import-onnx net.onnx --output net2.h5 --job net2.yaml --data data && cmp net.h5 net2.h5 >out 2>&1
result $? 'the same file gives the same bytes' out
refused 64 'net.h5 exists: --force replaces it, --output names another file' import-onnx net.onnx -o net.h5 -j net3.yaml
refused 64 'net.yaml exists: --force replaces it, --job names another file' import-onnx net.onnx -o net3.h5 -j net.yaml
[ ! -e net3.h5 ] && [ ! -e net3.yaml ] && cmp net.h5 net2.h5 >out 2>&1
result $? 'and nothing is written' out
echo other >net2.yaml
run 0 import-onnx net.onnx --output net2.h5 --job net2.yaml --data data --force && cmp net.yaml net2.yaml >out 2>&1
result $? '--force replaces both' out
run 0 import-onnx net.onnx --output bare.h5 --job bare.yaml && run 0 show bare.yaml && run 0 eval bare.h5 --data data
result $? 'without data' out

refused 64 'import-onnx: --output=CKPT and --job=JOB.yaml say where the network goes' import-onnx net.onnx --output x.h5
refused 64 "--task is 'class', it must be classes, values or labels" import-onnx net.onnx -o x.h5 -j x.yaml -t class
refused 64 "--inputs is 'byte', it must be uint8, int8, uint16, int16, float16 or float32" \
	import-onnx net.onnx -o x.h5 -j x.yaml -i byte
run 66 import-onnx nowhere.onnx -o x.h5 -j x.yaml
result $? 'no file' out
run 65 import-onnx tiny.yaml -o x.h5 -j x.yaml
result $? 'no ONNX file' out
head -c 400 net.onnx >cut.onnx
run 65 import-onnx cut.onnx -o x.h5 -j x.yaml && [ ! -e x.h5 ] && [ ! -e x.yaml ]
result $? 'cut short: nothing is written' out
run 64 import-onnx net.onnx -o new.h5 -j net.h5 && run 0 verify net.h5
result $? 'a job file replaces no checkpoint' out
run 64 import-onnx net.onnx -o both.h5 -j both.h5 && run 0 verify both.h5
result $? 'nor the one that it comes with' out
[ -z "$(find . -path ./tmp -prune -o -name '*.tmp' -print)" ]
result $? 'nothing is left behind' out

results_end
