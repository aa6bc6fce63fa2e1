#!/bin/sh
# The installed module convoy: programs of Fortran, built outside the tree by the line of doc/fortran.md, do what those of C
# do. Usage: as tests/library/installed.sh, with MPIFC.
# shellcheck source=tests/library/common.sh
. "$(dirname "$0")/../library/common.sh"
# shellcheck disable=SC2154 # variables of common.sh
sources=$top/tests/fortran
[ -n "${MPIFC:-}" ] || skip_all 'configured without Fortran'
libraries_install install-libLIBRARIES install-dist_fortranDATA install-nodist_fortranDATA
[ -n "$libraries" ] || skip_all 'no pkg-config'

builds() # SOURCE PROGRAM
{
	# shellcheck disable=SC2046 # words
	$MPIFC -g -fcheck=all,no-array-temps -Wall -Wextra -Werror -fimplicit-none "$1" $(flags convoy-fortran) -o "$2" >log 2>&1
	result $? "${1##*/} is built" log
}

# ---- Predictions -----------------------------------------------------------------------------------------------------

$limit "$convoy" train tiny.yaml -o run >log 2>&1 &&
	$limit "$convoy" predict run/best.h5 data/t10k-images-idx3-ubyte --output scores.npy >>log 2>&1
result $? 'convoy predict' log
builds "$sources/predicts.f90" predicts
./predicts run/best.h5 data/t10k-images-idx3-ubyte scores >said 2>err
status=$?
grep -qx right said
result $? 'a program asks, predicts, and is refused' said
[ $status -eq 64 ] && echo 'convoy: a predictor is used that was never made, or is freed' | cmp -s - err
result $? 'what fails without a status says its line and stops' err
tail -c "$(wc -c <scores)" scores.npy | cmp - scores >differ 2>&1 && [ "$(wc -c <scores)" -eq $((37 * 4 * 4)) ]
result $? 'its predictions are those of convoy predict, byte by byte' differ
./predicts data/t10k-images-idx3-ubyte x y >said 2>err
[ $? -eq 65 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q 'not a convoy checkpoint' err
result $? 'an error of the library is its line and its code' err

# The sources make the same modules in another folder: for another compiler, or where none was found.
mkdir by-hand
(cd by-hand && for source in basics models convoy; do
	$MPIFC -c "$libraries/convoy/$source.f90" || exit 1
done) >log 2>&1
result $? 'the installed sources can be compiled' log

results_end
