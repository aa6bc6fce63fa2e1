#!/bin/sh
# Predicts how a job would scale on clusters that nobody has to pay for: the
# messages of convoy's own sum run in SimGrid (SMPI, with Open MPI's choice of
# algorithms) on the clusters of bench/platforms/; computing takes the time that
# `convoy bench` measures on one rank here. First it measures, and compares its
# prediction for two ranks with two ranks measured: let nothing else run then.
# Needs a build, mpirun, mpicc and SimGrid (Debian: libsimgrid-dev).
#
#   bench/simulate.sh [OPTION…] JOB.yaml
#
#   --ranks LIST     "16 64 256 1024 4096", 64 of them on a node
#   --samples N      samples of a step on each rank (64)
#   --platforms LIST names in bench/platforms/
#                    ("ethernet-10 ethernet-25 infiniband-hdr")
#   --measured FILE  keep what was measured there; where FILE exists, measure
#                    nothing
#   --seconds S      for about so long each time (2)
#   --build DIR      where convoy was built (build)
set -eu

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
top=$(CDPATH='' cd "$here/.." && pwd)
job='' ranks='16 64 256 1024 4096' samples=64 platforms='ethernet-10 ethernet-25 infiniband-hdr' measured='' seconds=2
build=$top/build

say() { # STATUS TEXT
	echo "simulate.sh: $2" >&2
	exit "$1"
}

while [ $# -gt 0 ]; do
	case $1 in
	--help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 0 ;;
	--ranks | --samples | --platforms | --measured | --seconds | --build)
		[ $# -ge 2 ] || say 64 "$1 needs a value"
		case $1 in
		--ranks) ranks=$2 ;;
		--samples) samples=$2 ;;
		--platforms) platforms=$2 ;;
		--measured) measured=$2 ;;
		--seconds) seconds=$2 ;;
		--build) build=$2 ;;
		esac
		shift 2 ;;
	-*) say 64 "unknown option '$1' (bench/simulate.sh --help)" ;;
	*)
		[ -z "$job" ] || say 64 "what is '$1'? (--help)"
		job=$1
		shift ;;
	esac
done
[ -n "$job" ] || say 64 'which job file? (bench/simulate.sh --help)'
convoy=$build/convoy
[ -x "$convoy" ] || say 66 "$convoy: no program there; build first, or name the folder with --build"
for tool in smpicc:libsimgrid-dev smpirun:libsimgrid-dev mpicc:libopenmpi-dev mpirun:openmpi-bin; do
	command -v "${tool%:*}" >/dev/null || say 69 "no ${tool%:*} here; Debian has it in ${tool#*:}"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
# Every rank sends its sum, also within a node: the node column tells what shared memory is worth.
export CONVOY_NODE_RANKS=1 OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# convoy's comm room and what lies below it, against SMPI's mpi.h.
smpicc -std=gnu17 -O2 -pthread -include "$here/simulate.h" -I"$top/include" -I"$top/src/comm" "$here/simulate.c" \
	"$top"/src/comm/*.c "$top"/src/base/*.c -o "$work/simulate" || say 70 'the simulated program does not build'

# ---- Measure -----------------------------------------------------------------

# bench RANKS BATCH NAME: the fastest so far is $work/NAME: what disturbs a measurement makes it slower.
bench() {
	mpirun -n "$1" "$convoy" bench "$job" --batch "$2" --seconds "$seconds" --json >"$work/json" ||
		say 70 "convoy bench failed on $1 ranks"
	if [ ! -s "$work/$3" ] || [ "$(awk '/"step_us"/ { print int($2) }' "$work/json")" -lt \
		"$(awk '/"step_us"/ { print int($2) }' "$work/$3")" ]; then
		cp "$work/json" "$work/$3"
	fi
}

if [ -z "$measured" ] || [ ! -s "$measured" ]; then
	mpicc -O2 "$here/exchange.c" -o "$work/exchange"
	for round in 1 2 3; do
		echo "measuring: round $round of 3" >&2
		bench 1 "$samples" one
		bench 2 $((2 * samples)) two
		mpirun -n 2 "$work/exchange" >>"$work/exchanged"
	done
	{
		sed 's/"/"one_/' "$work/one"
		sed 's/"/"two_/' "$work/two"
		sort -k2nr "$work/exchanged" | awk 'NR == 1 { printf "\"latency\": %s\n\"bandwidth\": %s\n", $1, $2 }'
	} >"$work/measured"
	[ -z "$measured" ] || cp "$work/measured" "$measured"
else
	cp "$measured" "$work/measured"
fi

value() { # KEY
	awk -F'[:,]' -v k="\"$1\"" 'index($1, k) { print $2 + 0; found = 1; exit } END { exit !found }' "$work/measured" ||
		say 65 "what was measured says nothing of $1"
}

parameters=$(value one_parameters) tensors=$(value one_tensors)
latency=$(value latency) bandwidth=$(value bandwidth)
blocks=$(((samples + 15) / 16))
compute=$(awk -v b="$(value one_block_us)" -v n=$blocks -v u="$(value one_update_us)" 'BEGIN { print b * n + u }')

# ---- Simulate ----------------------------------------------------------------

simulate() { # PLATFORM RANKS: simulate's lines
	sed -E "s/loopback_bw=\"[^\"]*\"/loopback_bw=\"${bandwidth}GBps\"/
		s/loopback_lat=\"[^\"]*\"/loopback_lat=\"${latency}us\"/" "$here/platforms/$1.xml" >"$work/platform.xml"
	i=0
	while [ $i -lt $((($2 + 63) / 64)) ]; do
		echo "node-$i:64"
		i=$((i + 1))
	done >"$work/hosts"
	# Nothing but the platform's own figures: no factors of other networks, no time for SimGrid's own computing. No
	# rank needs global variables of its own. The broadcast of small sums would cost a message per pair of ranks.
	(cd "$work" && smpirun -np "$2" -platform "$work/platform.xml" -hostfile "$work/hosts" -no-privatize \
		--cfg=smpi/coll-selector:ompi --cfg=smpi/bcast:binomial_tree --cfg=smpi/simulate-computation:no \
		--cfg=smpi/host-speed:1Gf --cfg=smpi/bw-factor:0:1 --cfg=smpi/lat-factor:0:1 --cfg=network/crosstraffic:0 \
		--log=root.thres:critical \
		"$work/simulate" "$tensors" "$parameters" "$compute" "$bandwidth" $((blocks * $2))) ||
		say 70 "the simulation of $2 ranks on $1 failed"
}

echo "$(basename "$job"), $parameters parameters, $samples samples a rank and step"
echo "measured: $compute us of computing, $(value one_block_us) us a block; in a node $latency us, $bandwidth GB/s"
simulate ethernet-10 2 | awk -v step="$(value two_step_us)" -v share="$(value two_message_fraction)" '$1 == "exact" {
		printf "2 ranks: step predicted %.0f us, measured %.0f us: %+.1f%%; message %.0f us, %.0f us\n",
		       1e6 * $2, step, 100 * (1e6 * $2 / step - 1), 1e6 * $3, step * share
	}'
for platform in $platforms; do
	[ -f "$here/platforms/$platform.xml" ] || say 66 "no platform $platform in $here/platforms"
	printf '\n%s: predicted\n' "$platform"
	printf '%5s %5s %6s %7s %6s %7s %6s %7s %5s %5s %5s %5s\n' ranks nodes batch 'step ms' effic. kimg/s comm. best \
		ex32 node few both
	for n in $ranks; do
		simulate "$platform" "$n" >"$work/lines"
		awk -v n="$n" -v samples="$samples" -v compute="$compute" -v block="$(value one_block_us)" \
			-v update="$(value one_update_us)" '
		{ step[$1] = 1e6 * $2; message[$1] = 1e6 * $3 }
		END {
			s = step["exact"]
			b = (4 * message["exact"] - update) / block # computing is 80 % of the step from here on
			b = b > 1 ? int(b) + (b > int(b)) : 1
			printf "%5d %5d %6d %7.3f %5.1f%% %7.0f %5.1f%% %7d %5.2f %5.2f %5.2f %5.2f\n", n,
			       int((n + 63) / 64), n * samples, s / 1000, 100 * compute / s, n * samples / s * 1e3, 100 * message["exact"] / s, 16 * b * n,
			       s / step["exact32"], s / step["node-exact"], s / step["few-exact"],
			       s / step["few-exact32"]
		}' "$work/lines"
	done
done
cat <<'END'

kimg/s: thousands of images a second. effic.: of a rank, against one alone.
comm.: the message's share of the step. best: the smallest batch with 80 % of
the step spent computing. Then how many times faster the step would be: ex32,
with sum: exact32; node, with sums added up in shared memory within a node first
(a model); few, likewise, but of each node only so many ranks send that a
message has 32 KiB or more; both, few and exact32.
END
