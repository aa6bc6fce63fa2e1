#!/bin/sh
# From a fresh Debian or Ubuntu machine to a trained LeNet-5, in a few minutes.
set -eu

usage()
{
	cat <<-END
		Usage: jobs/quickstart.sh [--data DIR] [--ranks N] [EPOCHS]

		Installs what is missing (apt-get, as root or through sudo), builds in build/, trains LeNet-5 on
		Fashion-MNIST into runs/lenet5-fashion on all cores, and shows the checkpoint. A second run goes on
		from the first one's checkpoint, and has nothing to do if that has as many epochs.

		  EPOCHS      epochs to train (default 3)
		  --data DIR  the folder of Fashion-MNIST's four files (default: Debian's package $data_package)
		  --ranks N   processes (default: a process per core)
		  --help      this text

		CONVOY_PACKAGES=installed in the environment leaves the packages alone.
	END
}

top=$(CDPATH='' cd -P "$(dirname "$0")/.." && pwd)
# shellcheck source=jobs/setup.sh
. "$top/jobs/setup.sh"

whole_number() # TEXT WHAT
{
	case $1 in
	'' | *[!0-9]* | 0* | ??????*) complain "$2 must be a whole number from 1 to 99999, not '$1' (see --help)"; exit 64 ;;
	esac
}

epochs=3
ranks=
data=
while [ $# -gt 0 ]; do
	case $1 in
	--help) usage; exit 0 ;;
	--data=* | --ranks=*) option=${1%%=*}; value=${1#*=}; shift; set -- "$option" "$value" "$@"; continue ;;
	--data | --ranks)
		[ $# -ge 2 ] || { complain "$1 needs a value (see --help)"; exit 64; }
		case $1 in
		--data) data=$(CDPATH='' cd -- "$2" 2>/dev/null && pwd) || { complain "--data: no folder '$2'"; exit 66; } ;;
		--ranks) whole_number "$2" --ranks; ranks=$2 ;;
		esac
		shift ;;
	-*) complain "unknown option $1 (see --help)"; exit 64 ;;
	*) whole_number "$1" EPOCHS; epochs=$1 ;;
	esac
	shift
done
cd "$top"

# shellcheck disable=SC2086 # words
packages_install $build_packages
if [ -z "$data" ] && ! [ -r "$data_folder/train-images-idx3-ubyte.gz" ] && ! packages_install "$data_package"; then
	complain "without $data_package there is no Fashion-MNIST here: fetch its four files ({train,t10k}-images-idx3-ubyte.gz," \
		"{train,t10k}-labels-idx1-ubyte.gz) into a folder and start again with --data FOLDER"
	exit 69
fi

tree_configure build
tree_build build

mpi_prepare
mpirun=${MPIRUN:-$(sed -n 's/^MPIRUN = //p' build/Makefile)}
mpirun=${mpirun:-mpirun}
ranks=${ranks:-$(cores_count)}
output=runs/lenet5-fashion
set -- build/convoy train jobs/lenet5-fashion.yaml --output "$output" ${data:+--data "$data"} --resume

say "training: $mpirun -n $ranks $* --epochs $epochs"
mkdir -p runs
# shellcheck disable=SC2086 # MPIRUN may bring options
$mpirun -n "$ranks" "$@" --epochs "$epochs" </dev/null

checkpoint=
for file in "$output"/checkpoint-*.h5; do
	checkpoint=$file # the last in order is the newest
done
say "h5ls -r $checkpoint"
h5ls -r "$checkpoint"
say "build/convoy show $checkpoint"
build/convoy show "$checkpoint"

# Not --resume of these epochs: their rate has gone down to 0 already, and would jump up again.
say "done; to train all epochs of the job file, anew:"
[ "$(id -u)" -ne 0 ] || echo '  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1'
echo "  cd '$top'"
[ -z "$data" ] || data=" --data '$data'"
echo "  $mpirun -n $ranks build/convoy train jobs/lenet5-fashion.yaml --output $output-whole$data --resume"
