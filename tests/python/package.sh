#!/bin/sh
# The Python package, installed with the libraries: its predictions, trainings and runs are those of the commands. Each test
# of pytest is one of ours.
# shellcheck source=tests/common.sh
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
python=/usr/bin/python3
$python -c 'import numpy, pytest' 2>/dev/null || skip_all 'no python3 with NumPy and pytest'
unset MAKEFLAGS MAKELEVEL MFLAGS CONVOY_LIBRARY_PATH
export LC_ALL=C.UTF-8
convoy=${CONVOY:-$PWD/convoy}
: "${BUILD:=$(dirname "$convoy")}"
work_make python
mkdir "$work/tmp"

prefix=$work/root/p
"${MAKE:-make}" -s -C "$BUILD" install-libLTLIBRARIES install-convoypackageDATA DESTDIR="$work/root" libdir=/p/lib \
	pythondir=/p/lib/python3/site-packages >"$work/log" 2>&1
[ -e "$prefix/lib/libconvoy.so.0" ]
result $? 'make install' "$work/log"
if [ ! -e "$prefix/lib/python3/site-packages/convoy" ]; then
	skip 'the package' 'no Python from 3.9 on when this was configured'
	results_end
fi
# The package is found by Python's path, and finds the libraries beside itself.
export PYTHONPATH="$prefix/lib/python3/site-packages" PYTHONDONTWRITEBYTECODE=1 TMPDIR="$work/tmp"
export CONVOY="$convoy" HEADER="$here/../../include/convoy.h"
export OMPI_MCA_ess_singleton_isolated=1 # one rank needs no server for more

# Trainings, if Python's MPI is that of the library.
mpi_of() # LIBRARY
{
	ldd "$1" 2>/dev/null | sed -n 's/.*=> \(.*libmpi[a-z]*\.so[^ ]*\) .*/\1/p' | head -n 1
}
bindings=$($python -c 'import importlib.util; print(importlib.util.find_spec("mpi4py.MPI").origin)' 2>/dev/null)
if has_launcher && [ -n "$bindings" ] && [ "$(mpi_of "$bindings")" = "$(mpi_of "$prefix/lib/libconvoy-mpi.so.0")" ]; then
	launcher_prepare
	export LAUNCH="$MPIRUN $options -n"
fi

cd "$work" || exit 1
timeout -k 5 900 $python -m pytest -v --tb=short -p no:cacheprovider --basetemp="$work/pytest" "$here" >log 2>&1 </dev/null
sed -n 's/^.*\(test_[a-z]*\.py::[^ ]*\) \(PASSED\|SKIPPED\).*/\2 \1/p' log >passed
while read -r verdict name; do
	if [ "$verdict" = SKIPPED ]; then
		skip "$name" 'something that it needs is not here'
	else
		result 0 "$name"
	fi
done <passed
tail -n 1 log | grep -q ' passed' && ! tail -n 1 log | grep -q 'failed\|error'
result $? 'pytest: nothing failed' log

# ---- The page --------------------------------------------------------------------------------------------------------

# Its programs, as they stand there, beside a run of a few pictures.
awk '/^```python$/ { code = ++block; next } /^```$/ { code = 0 } code { print >("page" code ".py") }' "$here/../../doc/python.md"
mkdir data
$python - <<'END'
import numpy as np
random = np.random.default_rng(1)
for part, count in ("train", 64), ("t10k", 20):
    with open(f"data/{part}-images-idx3-ubyte", "wb") as file:
        file.write(np.array([0x803, count, 28, 28], ">i4").tobytes() + random.bytes(count * 28 * 28))
    with open(f"data/{part}-labels-idx1-ubyte", "wb") as file:
        file.write(np.array([0x801, count], ">i4").tobytes() + bytes(k % 10 for k in range(count)))
END
ln -s data/t10k-images-idx3-ubyte .
"$convoy" train "$here/../../jobs/small-fashion.yaml" --data data --epochs 2 --output runs/small-fashion >log 2>&1
result $? 'a run of small-fashion' log
$python page1.py >said 2>log && "$convoy" predict runs/small-fashion/best.h5 t10k-images-idx3-ubyte --top 1 2>>log |
	sed "4,\$ d; s/^[^ ]* *//; s/ *[^ ]*\$//; s/.*/'&'/" | paste -s -d , | sed 's/,/, /g; s/.*/[&]/' | cmp - said >>log 2>&1
result $? 'the page: predicts the names that convoy predict prints' log
if [ -n "${LAUNCH:-}" ]; then
	for count in 1 2; do
		# shellcheck disable=SC2086 # words
		timeout -k 5 300 $LAUNCH $count $python -m mpi4py page2.py >log 2>&1 </dev/null && mv mean.h5 mean$count.h5
		result $? "the page: trains on $count ranks" log
	done
	cmp mean1.h5 mean2.h5 >log 2>&1 && $python - <<'END' 2>log
import convoy
error = convoy.load("mean2.h5").history["test_measure"]
assert len(error) == 10 and error[-1] < 0.02, error     # the mean of 64 normal numbers has a deviation of 0.125
END
	result $? 'the page: the same bytes, which have learned' log
else
	skip 'the page: trains' "no mpi4py of the library's MPI, or no launcher"
fi
if $python -c 'import matplotlib, h5py' 2>/dev/null; then
	{ cat page3.py && echo 'assert kernels.shape[1:] == (1, 5, 5) and len(run.history["epoch"]) == 2'; } >page.py
	MPLBACKEND=agg MPLCONFIGDIR=$work $python page.py >log 2>&1 && [ -s errors.png ]
	result $? 'the page: reads and plots a run' log
else
	skip 'the page: reads and plots a run' 'no matplotlib or no h5py'
fi
results_end
