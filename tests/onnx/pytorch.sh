#!/bin/sh
# Networks that PyTorch exports: imported, they predict what PyTorch computes.
# shellcheck source=tests/common.sh
. "$(dirname "$0")/../common.sh"
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
convoy=${CONVOY:-$PWD/convoy}
work_make pytorch
/usr/bin/python3 -c 'import torch, numpy' 2>"$work/log" || skip_all 'no python3 with torch'
OMP_NUM_THREADS=1 /usr/bin/python3 "$here/pytorch.py" "$work" >"$work/log" 2>&1
result $? 'PyTorch writes its networks' "$work/log"
cd "$work" || exit 1
for file in *.onnx; do
	name=${file%.onnx}
	{
		"$convoy" import-onnx "$file" -o "$name.h5" -j "$name.yaml" && "$convoy" show "$name.yaml" &&
			"$convoy" predict "$name.h5" "$name.npy" --output "$name-got.npy" &&
			/usr/bin/python3 - "$name" <<-'END'
				import sys, numpy as np
				want, got = np.load(sys.argv[1] + "-want.npy"), np.load(sys.argv[1] + "-got.npy")
				assert want.shape == got.shape, (want.shape, got.shape)
				worst = np.abs(want - got).max()
				print("largest difference", worst, "of", np.abs(want).max())
				assert worst <= 1e-5
				assert want.std(0).max() > 1e-3
			END
	} >log 2>&1
	result $? "$name: outputs agree to 1e-5" log
done
results_end
