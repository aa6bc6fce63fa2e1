#!/bin/sh
# convoy export: the file is there whole or not at all, and the same for the same network.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

$limit "$convoy" train tiny.yaml -o run >log 2>&1
result $? 'a network' log
run 0 export run/best.h5 --onnx net.onnx
if grep -q 'built without ONNX' err; then
	run 69 export run/best.h5 --onnx net.onnx && [ ! -e net.onnx ]
	result $? 'without ONNX: the status says so' out
	results_end
fi
[ ! -s err ] && head -n 1 out | grep -q '^net.onnx: [0-9]* nodes, [0-9,]* parameters, [0-9,]* bytes$' &&
	[ "$(wc -l <out)" -eq 3 ]
result $? 'tells what it wrote' out
LC_ALL=C grep -q 'inputs' net.onnx && grep -q '03-combination/alpha' net.onnx && grep -q 'convoy' net.onnx
result $? 'names of layers and values are in the file' out
cp net.onnx first.onnx
printf old >net.onnx
run 0 export --onnx=net.onnx run/best.h5 && cmp net.onnx first.onnx >differ 2>&1
result $? 'an older file is replaced; the same network gives the same bytes' out
set -- run/checkpoint-*.h5
run 0 export "$1" --onnx other.onnx && ! cmp -s other.onnx first.onnx
result $? 'another network gives others' out
mkdir folder
run 74 export run/best.h5 --onnx nowhere/net.onnx && run 64 export run/best.h5 --onnx folder/ && [ -z "$(ls folder)" ]
result $? 'where nothing can be written' out
run 64 export run/best.h5 && run 64 export --onnx net.onnx && run 66 export nowhere --onnx new.onnx && [ ! -e new.onnx ]
result $? 'what is missing' out
run 65 export first.onnx --onnx new.onnx && [ ! -e new.onnx ]
result $? 'no checkpoint' out
[ -z "$(find . -path ./tmp -prune -o -name '*.tmp' -print)" ]
result $? 'nothing is left behind' out

results_end
