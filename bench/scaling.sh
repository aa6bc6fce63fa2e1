#!/bin/sh
# How a job scales over the ranks of this machine: strong scaling (the batch of
# a step stays) and weak scaling (the batch of a rank stays), with the split of
# each step into computing, waiting for other ranks, and the message. Nothing
# else should run meanwhile. Prints a table of medians, and writes the same as
# CSV. Needs a build and mpirun.
#
#   bench/scaling.sh [OPTION…] JOB.yaml [MAXRANKS]
#
#   MAXRANKS         ranks 1, 2, 4 … up to this number, itself too (all cores)
#   --batch N        samples of a step (strong), of a rank (weak scaling) (256)
#   --rounds N       measure each row so often, by turns (3)
#   --seconds S      for about so long each time (2)
#   --csv FILE       where to write the CSV (scaling.csv)
#   --build DIR      where convoy was built (build)
set -eu

here=$(dirname "$0")
top=$(cd "$here/.." && pwd)
job='' most='' batch=256 rounds=3 seconds=2 csv=scaling.csv build=$top/build

say() { # STATUS TEXT
	echo "scaling.sh: $2" >&2
	exit "$1"
}

number() { # NAME VALUE: a whole number from 1
	case $2 in
	'' | 0* | *[!0-9]* | ???????*) say 64 "$1: '$2' is no number from 1 to 999999" ;;
	esac
}

while [ $# -gt 0 ]; do
	case $1 in
	--help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 0 ;;
	--batch | --rounds | --seconds | --csv | --build)
		[ $# -ge 2 ] || say 64 "$1 needs a value"
		case $1 in
		--batch) number "$1" "$2"; batch=$2 ;;
		--rounds) number "$1" "$2"; rounds=$2 ;;
		--seconds) seconds=$2 ;;
		--csv) csv=$2 ;;
		--build) build=$2 ;;
		esac
		shift 2 ;;
	-*) say 64 "unknown option '$1' (bench/scaling.sh --help)" ;;
	*)
		if [ -z "$job" ]; then job=$1; elif [ -z "$most" ]; then most=$1; else say 64 "what is '$1'? (--help)"; fi
		shift ;;
	esac
done
[ -n "$job" ] || say 64 'which job file? (bench/scaling.sh --help)'
cores=$(env -u OMP_NUM_THREADS nproc)
[ -n "$most" ] || most=$cores
number MAXRANKS "$most"
convoy=$build/convoy
[ -x "$convoy" ] || say 66 "$convoy: no program there; build first, or name the folder with --build"
mpirun=${MPIRUN:-mpirun}
command -v "$mpirun" >/dev/null || say 69 "no $mpirun here; Debian has it in openmpi-bin"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
oversubscribe=''
if [ "$most" -gt "$cores" ]; then
	echo "scaling.sh: more ranks than the $cores cores here: rows beyond them say little" >&2
	"$mpirun" --version 2>/dev/null | grep -q 'Open MPI' && oversubscribe=--oversubscribe
fi

# The columns of the CSV that come from `convoy bench --json`.
keys='images_per_second step_us compute_fraction wait_fraction message_fraction'

measure() { # RANKS BATCH: a line of the keys' values to $work/RANKS-BATCH
	# shellcheck disable=SC2086 # an option or none
	"$mpirun" $oversubscribe -n "$1" "$convoy" bench "$job" --batch "$2" --seconds "$seconds" --json >"$work/json" ||
		say 70 "convoy bench failed on $1 ranks"
	for k in $keys; do
		awk -F'[:,]' -v k="\"$k\"" 'index($1, k) { print $2 + 0; found = 1; exit } END { exit !found }' "$work/json" ||
			say 70 "convoy bench says nothing of $k"
	done | paste -s -d ' ' - >>"$work/$1-$2"
}

medians() { # RANKS BATCH: the median of each column
	awk '{ for (i = 1; i <= NF; i++) v[i, NR] = $i }
	END {
		for (i = 1; i <= NF; i++) {
			for (a = 2; a <= NR; a++) # a few rows
				for (b = a; b > 1 && v[i, b - 1] > v[i, b]; b--) {
					t = v[i, b]; v[i, b] = v[i, b - 1]; v[i, b - 1] = t
				}
			printf "%s%s", v[i, int((NR + 1) / 2)], i < NF ? " " : "\n"
		}
	}' "$work/$1-$2"
}

list='' n=1
while [ "$n" -lt "$most" ]; do
	list="$list $n" n=$((n * 2))
done
list="$list $most"
for round in $(seq "$rounds"); do
	echo "round $round of $rounds" >&2
	for n in $list; do
		measure "$n" "$batch"
		[ "$n" -eq 1 ] || measure "$n" $((batch * n))
	done
done

rows() { # NAME GROWS: the table of one kind of scaling
	one=$(medians 1 "$batch" | awk '{ print $1 }')
	for n in $list; do
		b=$batch
		[ "$2" = no ] || b=$((batch * n))
		medians "$n" "$b" | awk -v kind="$1" -v n="$n" -v b="$b" -v one="$one" -v csv="$csv" '{
			printf "%-7s %5d %7d %8.3f %9.0f %8.2f %6.1f%% %6.1f%% %5.1f%% %6.1f%%\n", kind, n, b, $2 / 1000, $1,
			       $1 / one, 100 * $1 / one / n, 100 * $3, 100 * $4, 100 * $5
			printf "%s,%d,%d,%.2f,%.1f,%.4f,%.4f,%.4f,%.4f,%.4f\n", kind, n, b, $2, $1, $1 / one, $1 / one / n,
			       $3, $4, $5 >>csv
		}'
	done
}

echo "kind,ranks,batch,step_us,images_per_second,speedup,efficiency,compute,wait,message" >"$csv"
awk -F': ' '/^model name/ { print "processor: " $2; exit }' /proc/cpuinfo 2>/dev/null || true
echo "$(basename "$job"), medians of $rounds rounds of $seconds s"
printf '%-7s %5s %7s %8s %9s %8s %7s %7s %6s %7s\n' scaling ranks batch 'step ms' images/s speed-up effic. \
	compute wait message
rows strong no
rows weak yes
