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

results_end
