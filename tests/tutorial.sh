#!/bin/sh
# The commands of doc/tutorial.md, as they stand there, one after the other in an empty folder: each does what the page
# shows, numbers and blanks aside. Prints TAP. Usage: CONVOY=PROGRAM tests/tutorial.sh
set -u

LC_ALL=C
export LC_ALL
unset ARGP_HELP_FMT COLUMNS
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
page=$here/../doc/tutorial.md
convoy=${CONVOY:-$PWD/convoy}
# shellcheck source=tests/common.sh
. "$here/common.sh"
work_make tutorial
cd "$work" || exit 1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
export OMPI_MCA_ess_singleton_isolated=1 # one rank needs no server for more
export ASAN_OPTIONS="detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"

# N.sh holds the Nth block of commands, N.shown what the page shows below it.
mkdir bin blocks empty tmp
ln -s "$convoy" bin/convoy
PATH=$work/bin:$PATH TMPDIR=$work/tmp
export PATH TMPDIR
awk '/^```sh$/ { file = sprintf("blocks/%02d.sh", ++block); next }
	/^```$/ && file == "" { file = sprintf("blocks/%02d.shown", block); next }
	/^```$/ { close(file); file = ""; next }
	file != "" { print >file }' "$page"

# Without what differs between machines, and from release to release.
alike()
{
	sed -e 's/convoy [0-9.]* /convoy N /; s/avx512\|avx2\|portable/ISA/g; s/cores/core/g; s/\([0-9]\),\([0-9]\)/\1\2/g' \
		-e 's/: another run .*//' \
		-e 's/[0-9][0-9]*\(\.[0-9][0-9]*\)\{0,1\}/N/g; s/[kM]B/B/; s/  */ /g; s/ $//' "$1"
}

cd empty || exit 1
for commands in ../blocks/*.sh; do
	number=${commands##*/}
	number=${number%.sh}
	name="block $number, $(grep -o 'convoy [a-z]*' "$commands" | tail -n 1)"
	sh "$commands" </dev/null >../got 2>&1
	status=$?
	if [ $status -eq 69 ]; then
		skip "$name" "$(head -n 1 ../got)"
		continue
	fi
	alike ../got >../got.alike
	alike "../blocks/$number.shown" | diff - ../got.alike >../differences
	result $? "$name: as the page shows" ../differences
done

# What the page says of it in words.
[ -s report.html ] && [ -s pictures/01-convolution-kernels.png ]
result $? 'the report and the pictures are there'
convoy eval --json runs/moved/best.h5 >../got 2>&1
awk 'match($0, /"error": *[0-9.e-]+/) { split(substr($0, RSTART, RLENGTH), part, ":"); found = part[2] < 0.1 }
	END { exit !found }' ../got
result $? 'it learned: fewer than one in ten wrong' ../got
convoy predict --top 1 runs/moved/best.h5 shapes/ring/001.pgm shapes/square/002.pgm >../got 2>&1
awk '{ print $2 }' ../got | tr '\n' ' ' | grep -qx 'ring square '
result $? 'it tells rings from squares' ../got
[ "$tests" -ge 14 ]
result $? 'the page has its commands'
results_end
