#!/bin/sh
# convoy export: the file is there whole or not at all, and the same for the same network.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

# Runs convoy export; out and err hold what it printed.
export_to() # STATUS ARGUMENT…
{
	wanted=$1
	shift
	$limit "$convoy" export "$@" >out 2>err </dev/null
	got=$?
	[ "$got" -eq "$wanted" ] && return
	cat err >>out
	echo "exit status $got, not $wanted" >>out
	return 1
}

$limit "$convoy" train tiny.yaml -o run >log 2>&1
result $? 'a network' log
export_to 0 run/best.h5 --onnx net.onnx
if grep -q 'built without ONNX' err; then
	export_to 69 run/best.h5 --onnx net.onnx && [ ! -e net.onnx ]
	result $? 'without ONNX: the status says so' out
	echo "1..$tests"
	exit
fi
[ ! -s err ] && head -n 1 out | grep -q '^net.onnx: [0-9]* nodes, [0-9,]* parameters, [0-9,]* bytes$' &&
	[ "$(wc -l <out)" -eq 3 ]
result $? 'tells what it wrote' out
LC_ALL=C grep -q 'pixels' net.onnx && grep -q '03-combination/alpha' net.onnx && grep -q 'convoy' net.onnx
result $? 'names of layers and values are in the file' out
cp net.onnx first.onnx
printf old >net.onnx
export_to 0 --onnx=net.onnx run/best.h5 && cmp net.onnx first.onnx >differ 2>&1
result $? 'an older file is replaced; the same network gives the same bytes' out
set -- run/checkpoint-*.h5
export_to 0 "$1" --onnx other.onnx && ! cmp -s other.onnx first.onnx
result $? 'another network gives others' out
mkdir folder
export_to 74 run/best.h5 --onnx nowhere/net.onnx && export_to 64 run/best.h5 --onnx folder/ && [ -z "$(ls folder)" ]
result $? 'where nothing can be written' out
export_to 64 run/best.h5 && export_to 64 --onnx net.onnx && export_to 66 nowhere --onnx new.onnx && [ ! -e new.onnx ]
result $? 'what is missing' out
export_to 65 first.onnx --onnx new.onnx && [ ! -e new.onnx ]
result $? 'no checkpoint' out
[ -z "$(find . -path ./tmp -prune -o -name '*.tmp' -print)" ]
result $? 'nothing is left behind' out

echo "1..$tests"
