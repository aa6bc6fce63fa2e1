#!/bin/sh
# The installed module convoy: programs of Fortran, built outside the tree by the line of doc/fortran.md, predict and train
# what convoy does. Usage: as tests/library/installed.sh, with MPIFC.
# shellcheck source=tests/library/common.sh
. "$(dirname "$0")/../library/common.sh"
# shellcheck disable=SC2154 # variables of common.sh
sources=$top/tests/fortran
[ -n "${MPIFC:-}" ] || skip_all 'configured without Fortran'
libraries_install install-libLIBRARIES install-dist_fortranDATA install-nodist_fortranDATA
[ -n "$libraries" ] || skip_all 'no pkg-config'

strict=-g
case $($MPIFC --version 2>&1) in
*'GNU Fortran'*)
	strict='-g -fcheck=all,no-array-temps -Wall -Wextra -Wno-function-elimination -Werror -fimplicit-none'
	;;
esac
builds() # SOURCE PROGRAM
{
	# shellcheck disable=SC2046,SC2086 # words
	$MPIFC $strict "$1" $(flags convoy-fortran) -o "$2" >log 2>&1
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

# ---- Training --------------------------------------------------------------------------------------------------------

if [ -z "$ranks" ]; then
	skip 'trains.f90' 'no mpirun'
	results_end
fi
builds "$sources/trains.f90" trains
# One rank trains at one go, three save and continue on the way.
for kind in classes labels places fields; do
	mkdir $kind
	for count in 1 3; do
		$limit $ranks $count ./trains $kind >log 2>&1 </dev/null && mv $kind/net.h5 $kind/net$count.h5
		result $? "$kind: a program trains on $count ranks" log
	done
	$limit "$convoy" train $kind/$kind.yaml --output $kind/run --stop-at 13 >log 2>&1
	[ $? -eq 75 ] && cmp $kind/net1.h5 $kind/run/latest.h5 >>log 2>&1 &&
		cmp $kind/net3.h5 $kind/run/latest.h5 >>log 2>&1
	result $? "$kind: it writes the checkpoint of convoy train, byte by byte" log
done
for count in 1 2; do
	$limit $ranks $count ./trains errors >said 2>&1 </dev/null && [ "$(grep -cx right said)" -eq $count ]
	result $? "what is refused is one line, the same on all of $count ranks" said
done

# ---- The example -----------------------------------------------------------------------------------------------------

builds "$top/doc/examples/ising.f90" ising
limit='timeout -k 2 300' # four ranks, on two cores that others use too
for count in 2 4; do
	mkdir ising$count
	(cd ising$count && $limit $ranks $count ../ising $((count / 2)) >log 2>&1 </dev/null) &&
		[ "$(grep -c '^ising-[12].h5 .* samples, mean error  *0.[123]' ising$count/log)" -eq $((count / 2)) ]
	result $? "ising.f90 on $count ranks learns the temperature" ising$count/log
done
(cd ising2 && $limit "$convoy" train ising.yaml --output run >log 2>&1) &&
	cmp ising2/ising-1.h5 ising2/run/latest.h5 >log 2>&1
result $? 'its first checkpoint is that of convoy train on its samples, byte by byte' log
cmp ising2/ising-1.h5 ising4/ising-1.h5 >log 2>&1
result $? 'on both numbers of ranks' log
(cd ising4 && $limit "$convoy" train ising.yaml --start-from ising-1.h5 --output run >log 2>&1) &&
	cmp ising4/ising-2.h5 ising4/run/latest.h5 >log 2>&1
result $? 'the second one is that of convoy train from the first one on' log
# 20 samples of each temperature in a row, of 256 spins, two rounds: cold lattices are magnets, hot ones are none.
od -An -v -tf4 -w1024 -j128 ising4/train-inputs.npy | awk '{
		sum = 0
		for (i = 1; i <= NF; i++) {
			sum += $i
			bad += $i != 1 && $i != -1
		}
		magnet[int((NR - 1) / 20) % 26] += (sum < 0 ? -sum : sum) / 256 / 40
		up += sum > 0
	}
	END { exit bad || NR != 1040 || up < 300 || up > 740 || magnet[0] < 0.99 || magnet[9] < 0.8 || magnet[25] > 0.4 }'
result $? 'its samples are magnets below the transition, and none above'

# ---- The page --------------------------------------------------------------------------------------------------------

awk '/^```fortran/ { n++; code = 1; next }
	/^```/ { code = 0 }
	code { print >("page" n ".f90") }' "$top/doc/fortran.md"
builds page1.f90 page1
./page1 ising2/ising-1.h5 >said 2>&1 && grep -qE '^temperature J/k +[12]\.[0-9]{3}$' said
result $? 'doc/fortran.md: its first program predicts' said
builds page2.f90 page2
for count in 1 2; do
	$limit $ranks $count ./page2 >said 2>log </dev/null && awk '$NF + 0 < 1e-3 { good++ } END { exit good != 1 }' said &&
		mv difference.h5 difference$count.h5
	result $? "doc/fortran.md: its second program learns on $count ranks" said
done
cmp difference1.h5 difference2.h5 >said 2>&1
result $? 'doc/fortran.md: the same bytes on both' said

# Of a training without a test set nobody counted the epochs.
run 0 verify difference1.h5 && line 'difference1.h5: good, difference, step 80' 'verify: steps alone without a test set'
run 0 show difference1.h5 && line 'trained without a test set, 80 steps' 'show: so it says'
mkdir different && mv difference1.h5 different/checkpoint-00000080.h5
run 0 report different && grep -q 'after step 80 (' different/report.html && ! grep -q 'after epoch 0' different/report.html
result $? 'report: … and the page' err

# ---- By hand ---------------------------------------------------------------------------------------------------------

# shellcheck disable=SC2046 # words
$MPIFC "$sources/predicts.f90" $(flags convoy-fortran | sed 's/-lconvoy-mpi/-lconvoy/') -o alone >log 2>&1 &&
	! ldd alone | grep convoy-mpi >>log
result $? 'a program that only predicts needs no libconvoy-mpi' log
./alone run/best.h5 data/t10k-images-idx3-ubyte again >said 2>err
cmp scores again >said 2>&1
result $? 'it predicts the same' said

# The sources make the same modules in another folder: for another compiler, or where none was found.
mkdir by-hand
(cd by-hand && for source in basics models samples training convoy; do
	$MPIFC -c "$libraries/convoy/$source.f90" || exit 1
done) >log 2>&1
result $? 'the installed sources can be compiled' log

results_end
