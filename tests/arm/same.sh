#!/bin/sh
# The same bytes on AArch64: builds with Debian's cross compiler, runs the tests of kernels and layers under qemu, trains
# each job of tests/train/ and those of jobs/ for a few steps there and here, and compares the checkpoints.
# Not part of make check: make check-arm. ARM names a folder that keeps packages and build for the next time.
set -u

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
top=$(CDPATH='' cd "$here/../.." && pwd)
convoy=${CONVOY:-$PWD/convoy}
make_data=${convoy%/*}/tests/train/make_data
fashion=/usr/share/datasets/fashion-mnist
# shellcheck source=tests/common.sh
. "$here/../common.sh"
work_make arm
explains=$work/log
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1

cross=aarch64-linux-gnu
for program in $cross-gcc qemu-aarch64-static; do
	command -v "$program" >/dev/null || skip_all "no $program (gcc-aarch64-linux-gnu, libc6-dev-arm64-cross, qemu-user-static)"
done
case $("$convoy" --version) in
*'instruction set: portable'*) skip_all 'this processor has no fused multiply-add to compare with' ;;
esac

# ---- Another build ---------------------------------------------------------------------------------------------------

arm=${ARM:-$work/arm}
mkdir -p "$arm/build" || exit 1
arm=$(CDPATH='' cd "$arm" && pwd) root=$arm/root
if [ ! -x "$root/mpicc" ]; then
	sh "$here/packages.sh" "$root" >"$work/log" 2>&1 || skip_all "no packages for AArch64: $(tail -n 1 "$work/log")"
fi
libraries=$root/usr/lib/$cross
(
	# A build of another checkout knows only that one, which may be gone.
	grep -qxF "abs_top_srcdir = $top" "$arm/build/Makefile" 2>/dev/null || rm -rf "$arm/build"
	mkdir -p "$arm/build" && cd "$arm/build" || exit
	export PKG_CONFIG_LIBDIR="$libraries/pkgconfig:$root/usr/share/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
	[ -f Makefile ] || "$top/configure" -q --host=$cross CC="$cross-gcc --sysroot=$root" MPICC="$root/mpicc" \
		MPIRUN=true >configure.log 2>&1 || exit
	make -s -j"$(nproc)" convoy
) >"$work/log" 2>&1
result $? 'AArch64: it builds'
[ $tests_failed -eq 0 ] || results_end
! grep -i warning "$work/log" >"$work/warnings"
result $? 'AArch64: without a warning' "$work/warnings"

there()
{
	OMPI_MCA_ess_singleton_isolated=1 timeout -k 5 3600 qemu-aarch64-static -L "$root" "$@" </dev/null
}

there "$arm/build/convoy" --version >"$work/log" 2>&1 && grep -q 'instruction set: neon' "$work/log"
result $? 'AArch64: it takes the kernels for NEON'

# ---- Kernels and layers ----------------------------------------------------------------------------------------------

# What is built for tests: every set of kernels that a processor has is compared with the reference.
programs='activation apart batch_norm exact grid math products scalar sums update windows winograd'
for program in $programs; do
	make -s -C "$arm/build" "tests/kernel/test_$program" >"$work/log" 2>&1 &&
		there "$arm/build/tests/kernel/test_$program" >>"$work/log" 2>&1
	result $? "AArch64: tests/kernel/test_$program"
done

# ---- Checkpoints -----------------------------------------------------------------------------------------------------

compare() # NAME JOB STEPS [OPTION…]
{
	name=$1 job=$2 steps=$3
	shift 3
	rm -rf "$work/here" "$work/there"
	"$convoy" train "$job" --output "$work/here" --stop-at "$steps" "$@" >"$work/log" 2>&1 </dev/null
	[ $? -eq 75 ] && there "$arm/build/convoy" train "$job" --output "$work/there" --stop-at "$steps" "$@" \
		>"$work/log" 2>&1
	[ $? -eq 75 ] && (cd "$work/here" && sha256sum checkpoint-*.h5) >"$work/sums" &&
		(cd "$work/there" && sha256sum -c "$work/sums") >"$work/log" 2>&1
	result $? "$name: the bytes of x86-64 after $steps steps: $(cut -c 1-16 "$work/sums" 2>/dev/null)"
}

# The whole job: what README publishes.
published() # JOB
{
	wanted=$(sed -n 's/^  SHA-256 `\([0-9a-f]\{64\}\)`.*/\1/p' "$top/README.md")
	there "$arm/build/convoy" train "$1" --output "$work/whole" >"$work/log" 2>&1
	got=$(sha256sum "$work"/whole/checkpoint-*.h5 | tail -n 1 | cut -d ' ' -f 1)
	[ -n "$wanted" ] && [ "$got" = "$wanted" ]
	result $? "small-fashion: the last checkpoint that README names: $got"
}

mkdir "$work/data"
"$make_data" "$work/data" || exit 1
for job in "$here"/../train/*.yaml; do
	compare "$(basename "$job" .yaml)" "$job" 8 --data "$work/data"
done

# Both in one job.
if has_launcher; then
	launcher_prepare
	job="$here/../train/lenet.yaml --data $work/data --stop-at 8"
	# shellcheck disable=SC2086 # words
	"$convoy" train $job --output "$work/one" >"$work/log" 2>&1 </dev/null
	# shellcheck disable=SC2086 # words
	timeout -k 5 300 $MPIRUN $options -n 1 "$convoy" train $job --output "$work/both" : \
		-n 1 qemu-aarch64-static -L "$root" "$arm/build/convoy" train $job --output "$work/both" >"$work/log" 2>&1 </dev/null
	(cd "$work/one" && sha256sum -- *.h5) >"$work/sums" && (cd "$work/both" && sha256sum -c "$work/sums") >>"$work/log" 2>&1
	result $? 'a rank of x86-64 and one of AArch64: the bytes of one rank'
else
	skip 'a rank of x86-64 and one of AArch64' 'no mpirun'
fi

for job in "$top"/jobs/*-fashion*.yaml; do
	name=$(basename "$job" .yaml)
	if [ ! -d $fashion ]; then
		skip "$name" 'no Fashion-MNIST'
	elif [ "$name" = small-fashion ]; then
		compare "$name" "$job" 20
		published "$job"
	else
		compare "$name" "$job" 3
	fi
done
results_end
