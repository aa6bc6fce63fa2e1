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
#   --strong BATCH   the ranks share out so many samples of a step instead
#   --platforms LIST names in bench/platforms/
#                    ("ethernet-10 ethernet-25 infiniband-hdr")
#   --measured FILE  keep what was measured there; where FILE exists, measure
#                    nothing
#   --seconds S      for about so long each time (2)
#   --build DIR      where convoy was built (build)
set -eu

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
top=$(CDPATH='' cd "$here/.." && pwd)
job='' ranks='16 64 256 1024 4096' samples=64 strong='' platforms='ethernet-10 ethernet-25 infiniband-hdr' measured='' seconds=2
build=$top/build

say() { # STATUS TEXT
	echo "simulate.sh: $2" >&2
	exit "$1"
}

while [ $# -gt 0 ]; do
	case $1 in
	--help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 0 ;;
	--ranks | --samples | --strong | --platforms | --measured | --seconds | --build)
		[ $# -ge 2 ] || say 64 "$1 needs a value"
		case $1 in
		--ranks) ranks=$2 ;;
		--samples) samples=$2 ;;
		--strong) strong=$2 ;;
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
# Measured without shared memory, as the simulation begins; simulate.c then makes nodes of 64 ranks.
export CONVOY_NODE_RANKS=1 OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# convoy's comm room and what lies below it, against SMPI's mpi.h.
sources=$(ls "$top"/src/comm/*.c "$top"/src/base/*.c | grep -v /shared.c)
# shellcheck disable=SC2086 # words
smpicc -std=gnu17 -O2 -pthread -include "$here/simulate.h" -I"$top/include" -I"$top/src/comm" "$here/simulate.c" \
	$sources -o "$work/simulate" || say 70 'the simulated program does not build'

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

parameters=$(value one_parameters)
latency=$(value latency) bandwidth=$(value bandwidth)
block=$(value one_block_us) update=$(value one_update_us)
# PARAMETERS:BACKWARD_US of each layer; where that was not measured, all is done at the end.
layers=$(awk -F'"parameters": |, "forward_us"|"backward_us": |, "gflops"' '/"one_name".*"parameters"/ { print $2 ":" $4 }' \
	"$work/measured")
: "${layers:=$parameters:0}"

# What each of so many ranks computes in a step: sets all_blocks, compute (of the slowest rank) and batch.
share_out() { # RANKS
	batch=${strong:-$(($1 * samples))}
	all_blocks=$(((batch + 15) / 16))
	[ -n "$strong" ] || all_blocks=$(($1 * ((samples + 15) / 16)))
	compute=$(awk -v b="$block" -v n=$(((all_blocks + $1 - 1) / $1)) -v u="$update" 'BEGIN { print b * n + u }')
}

# ---- Simulate ----------------------------------------------------------------

simulate() { # apart|nodes PLATFORM RANKS: simulate's lines; see share_out
	sed -E "s/loopback_bw=\"[^\"]*\"/loopback_bw=\"${bandwidth}GBps\"/
		s/loopback_lat=\"[^\"]*\"/loopback_lat=\"${latency}us\"/" "$here/platforms/$2.xml" >"$work/platform.xml"
	i=0
	while [ $i -lt $((($3 + 63) / 64)) ]; do
		echo "node-$i:64"
		i=$((i + 1))
	done >"$work/hosts"
	# Nothing but the platform's own figures: no factors of other networks, no time for SimGrid's own computing. No
	# rank needs global variables of its own. The broadcast of small sums would cost a message per pair of ranks. To ask
	# whether messages have come takes 1 us, not SimGrid's 100.
	# shellcheck disable=SC2086 # words
	(cd "$work" && smpirun -np "$3" -platform "$work/platform.xml" -hostfile "$work/hosts" -no-privatize \
		--cfg=smpi/coll-selector:ompi --cfg=smpi/bcast:binomial_tree --cfg=smpi/simulate-computation:no \
		--cfg=smpi/test:1e-6 --cfg=smpi/grow-injected-times:no --cfg=smpi/host-speed:1Gf --cfg=smpi/bw-factor:0:1 --cfg=smpi/lat-factor:0:1 --cfg=network/crosstraffic:0 \
		--log=root.thres:critical \
		"$work/simulate" "$1" "$compute" "$bandwidth" "$all_blocks" $layers) ||
		say 70 "the simulation of $3 ranks on $2 failed"
}

share_out 2
of='a rank and step'
[ -z "$strong" ] || of='a step of all ranks'
echo "$(basename "$job"), $parameters parameters, ${strong:-$samples} samples $of"
echo "measured: $block us a block, $update us an update; in a node $latency us, $bandwidth GB/s"
[ -n "$strong" ] || simulate apart ethernet-10 2 | awk -v step="$(value two_step_us)" -v share="$(value two_message_fraction)" '
	{
		printf "2 ranks: step predicted %.0f us, measured %.0f us: %+.1f%%; message %.0f us, %.0f us\n",
		       1e6 * $2, step, 100 * (1e6 * $2 / step - 1), 1e6 * $3, step * share
	}'
for platform in $platforms; do
	[ -f "$here/platforms/$platform.xml" ] || say 66 "no platform $platform in $here/platforms"
	printf '\n%s: predicted\n' "$platform"
	printf '%5s %5s %6s %7s %6s %7s %6s %7s %6s %6s %6s\n' ranks nodes batch 'step ms' effic. kimg/s comm. best \
		hides ex32 hides
	for n in $ranks; do
		share_out "$n"
		simulate nodes "$platform" "$n" >"$work/lines"
		awk -v n="$n" -v batch="$batch" -v compute="$compute" -v block="$block" -v update="$update" -v strong="$strong" '
		{ step[$1] = 1e6 * $2 }
		END {
			s = step["exact"]
			alone = strong ? (block * int((batch + 15) / 16) + update) / n : compute
			b = (4 * (s - compute) - update) / block # computing is 80 % of the step from here on
			b = b > 1 ? int(b) + (b > int(b)) : 1
			printf "%5d %5d %6d %7.3f %5.1f%% %7.1f %5.1f%% %7d %6.0f %5.1f%% %6.0f\n", n, int((n + 63) / 64),
			       batch, s / 1000, 100 * alone / s, batch / s * 1e3, 100 * (1 - compute / s), 16 * b * n,
			       step["late"] - s, 100 * alone / step["exact32"], step["late32"] - step["exact32"]
		}' "$work/lines"
	done
done
cat <<'END'

kimg/s: thousands of images a second. effic.: of a rank, against one alone.
comm.: the share of the step in which a rank does not compute. best: the
smallest batch with 80 % of the step spent computing. hides: how many
microseconds longer a step would be if no sum were on its way before the last
layer is done: backward of the last block goes layer by layer as it was
measured, and between two layers the messages move on. ex32, hides: effic. and
hides with sum: exact32.
END
