#!/bin/sh
# The installed libraries: doc/examples are built against them with pkg-config, outside the tree, and do what convoy does.
# shellcheck source=tests/library/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh
examples=$top/doc/examples
: "${CC:=cc}" "${MPICC:=mpicc}" "${CXX:=c++}"
libraries_install
if [ -z "$libraries" ]; then
	skip 'programs' 'no pkg-config, or nothing installed'
	results_end
fi

# ---- What can be seen ------------------------------------------------------------------------------------------------

for library in "$libraries"/*.so; do
	nm -D --defined-only "$library" | awk 'NF == 3 && $3 !~ /^convoy_/' >other 2>&1
	[ ! -s other ] && nm -D --defined-only "$library" | grep -q convoy_predict
	result $? "${library##*/} shows only functions of convoy.h" other
done
! ldd "$libraries/libconvoy.so" 2>&1 | grep -i 'libmpi' >other
result $? 'libconvoy needs no MPI' other
printf '#include <convoy.h>\nint main() { return convoy_version() == 0; }\n' >plus.cc
if command -v "$CXX" >/dev/null; then
	# shellcheck disable=SC2046 # words
	$CXX -Wall -Werror -pedantic plus.cc $(flags convoy) -o plus >log 2>&1 && ./plus
	result $? 'convoy.h is C++ too' log
fi

# ---- Predictions -----------------------------------------------------------------------------------------------------

$limit "$convoy" train tiny.yaml -o run >log 2>&1
$limit "$convoy" predict run/best.h5 data/t10k-images-idx3-ubyte --top 1 2>>log |
	awk '{ sub(/.*:/, "", $1); print $1, $2, $3 }' >expected
[ "$(wc -l <expected)" -eq 37 ]
result $? 'convoy predict' log
# shellcheck disable=SC2046
$CC -std=c99 -Wall -Wextra -pedantic -Werror "$examples/predict.c" $(flags convoy) -o predict >log 2>&1
result $? 'predict.c is built' log
./predict run/best.h5 data/t10k-images-idx3-ubyte >said 2>&1 && cmp said expected >differ 2>&1
result $? 'it predicts what convoy predicts' said
./predict data/t10k-images-idx3-ubyte x >said 2>&1
[ $? -eq 1 ] && grep -q 'not a convoy checkpoint' said
result $? 'an error is a text' said
if [ -f "$libraries/libconvoy.a" ]; then
	# The library's archive by its name; the others as they come.
	# shellcheck disable=SC2046
	$CC "$examples/predict.c" $(flags convoy --static | sed 's/-lconvoy/-l:libconvoy.a/') -o static >log 2>&1
	result $? 'predict.c with the static library' log
	LD_LIBRARY_PATH='' ./static run/best.h5 data/t10k-images-idx3-ubyte >said 2>&1 && cmp said expected >differ 2>&1
	result $? 'it predicts the same' said
fi

# ---- Training --------------------------------------------------------------------------------------------------------

if [ -z "$ranks" ] || ! command -v "$MPICC" >/dev/null; then
	skip 'train.c' 'no mpicc or mpirun'
	results_end
fi
# shellcheck disable=SC2046
$MPICC -std=c99 -Wall -Wextra -pedantic -Werror "$examples/train.c" $(flags convoy-mpi) -o trains >log 2>&1
result $? 'train.c is built' log
for count in 1 2 3; do
	# What the launcher remarks on stderr is not the program's.
	$limit $ranks $count ./trains net$count.h5 >said$count 2>log </dev/null
	result $? "train.c on $count ranks" log
done
grep -q '^step 40 of 40: ' said1 && tail -n 1 said1 | awk '{ exit !($6 + 0 < 1 && $7 + 0 < 30) }'
result $? 'it learns' said1
cmp said1 said2 >differ 2>&1 && cmp net1.h5 net2.h5 >>differ 2>&1 && cmp net1.h5 net3.h5 >>differ 2>&1
result $? 'the same bytes on all numbers of ranks' differ
$limit "$convoy" verify net2.h5 >said 2>&1 && grep -qx 'net2.h5: good, halves, step 40' said
result $? 'convoy reads the checkpoint' said

# Values from floats.
# shellcheck disable=SC2046
$MPICC -std=c99 -Wall -Wextra -pedantic -Werror "$examples/values.c" $(flags convoy-mpi) -o values >log 2>&1
result $? 'values.c is built' log
for count in 1 2; do
	$limit $ranks $count ./values falls$count.h5 >said$count 2>log </dev/null
	result $? "values.c on $count ranks" log
done
awk '/^mean absolute error/ { mean = $NF } / truth / { near += ($2 - $5) ^ 2 < 0.25 }
	END { exit !(mean > 0 && mean < 0.2 && near == 2) }' said1
result $? 'it learns speed and acceleration' said1
cmp said1 said2 >differ 2>&1 && cmp falls1.h5 falls2.h5 >>differ 2>&1
result $? 'the same bytes on both' differ
$limit "$convoy" verify falls2.h5 >said 2>&1 && grep -q 'falls, epoch 40, step 2000' said
result $? 'convoy reads its epochs' said

# Its own data lie in no file: any that suit the network are named, in whatever format.
$limit "$convoy" eval net2.h5 >said 2>&1
[ $? -eq 64 ] && [ "$(wc -l <said)" -eq 1 ] && grep -q "names no data set (it was imported, or trained on a program's own data): --data names" said
result $? 'convoy eval asks for data' said
$limit "$convoy" import data --output data.h5 >log 2>&1
$limit "$convoy" eval net2.h5 --data data --json >idx 2>log && $limit "$convoy" eval net2.h5 --data data.h5 --json >hdf5 2>>log &&
	sed 's/"data": "data.h5"/"data": "data"/' hdf5 | cmp - idx >>log 2>&1 && grep -q '"samples": 37,' idx
result $? 'convoy eval --data, of either format' log
grep -q 'whether its test set is that of the run is not known' log
result $? 'and says that it may be any' log
$limit "$convoy" pictures net2.h5 --data data --output shown >log 2>&1 && [ -e shown/sample-00000-maps.png ]
result $? 'convoy pictures --data' log

results_end
