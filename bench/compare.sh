#!/bin/sh
# Speed of convoy beside PyTorch on this machine, one core each, in one run: several rounds by turns, medians, ratios.
# Nothing else should run meanwhile. Needs a build (build/convoy) and, for PyTorch's rows, Debian's python3-torch.
#
#   bench/compare.sh [--rounds N] [--seconds S] [--build DIR] [--python PYTHON]
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
rounds=5 seconds=3 build=$top/build python=/usr/bin/python3
while [ $# -gt 0 ]; do
	case $1 in
	--rounds) rounds=$2; shift 2 ;;
	--seconds) seconds=$2; shift 2 ;;
	--build) build=$2; shift 2 ;;
	--python) python=$2; shift 2 ;;
	*) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 64 ;;
	esac
done
convoy=$build/convoy
[ -x "$convoy" ] || { echo "compare.sh: $convoy: no program there; build first" >&2; exit 66; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# A network whose shapes suit no tile.
cat >"$work/odd.yaml" <<'YAML'
name: odd
data: {format: idx, directory: none}
input: {maps: 1, rows: 29, columns: 17}
output: {classes: 10}
layers:
  - {type: convolution, maps: 7, kernel: 7, activation: scaled-tanh}
  - {type: convolution, maps: 13, kernel: 4, activation: scaled-tanh}
  - {type: subsampling, window: 2, activation: scaled-tanh}
  - {type: convolution, maps: 50, kernel: 3, activation: scaled-tanh}
  - {type: full, units: 10, activation: scaled-tanh}
loss: squared-error
train: {epochs: 1, batch: 256, rate: 0.01}
YAML

# bench NAME KEY RANKS ISA ARGUMENT…: appends what `convoy bench --json` says of KEY to $work/NAME.
bench() {
	name=$1 key=$2 ranks=$3 isa=$4
	shift 4
	if [ "$ranks" -gt 1 ]; then
		CONVOY_ISA=$isa mpirun -n "$ranks" "$convoy" bench "$@" --seconds "$seconds" --json >"$work/json"
	else
		CONVOY_ISA=$isa "$convoy" bench "$@" --seconds "$seconds" --json >"$work/json"
	fi
	for k in $key; do
		awk -F'[:,]' -v k="\"$k\"" '$1 ~ k { print $2 + 0; exit }' "$work/json" >>"$work/$name.$k"
	done
}

torch() { # NAME NETWORK BATCH LAYOUT
	"$python" "$top/bench/pytorch.py" "$2" "$3" "$4" "$seconds" >>"$work/$1"
}

median() {
	sort -n "$work/$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

ratio() { # TEXT A B AT-LEAST
	awk -v t="$1" -v a="$2" -v b="$3" -v bar="$4" 'BEGIN { printf "%-58s %8.2f   %s\n", t, a / b, bar }'
}

# The median of the ratios A : B of pairs that were measured one right after the other.
pairs() { # TEXT A B AT-LEAST
	paste "$work/$2" "$work/$3" | awk '{ print $1 / $2 }' >"$work/pairs"
	ratio "$1" "$(median pairs)" 1 "$4"
}

with_torch=no
"$python" -c 'import torch' 2>/dev/null && with_torch=yes
figures='images_per_second fraction_of_peak float_images_per_second communication_fraction reading_fraction'
jobs=$top/jobs
for round in $(seq "$rounds"); do
	echo "round $round of $rounds" >&2
	bench full "$figures" 1 '' "$jobs/lenet5-full-fashion.yaml" --batch 256
	if [ $with_torch = yes ]; then
		for batch in 64 256 1024; do
			for layout in rows channels; do
				torch "torch-lenet.$batch.$layout" lenet5-full $batch $layout
			done
		done
		torch torch-vgg.64.rows vgg-small 64 rows
		torch torch-vgg.64.channels vgg-small 64 channels
	fi
	bench table "$figures" 1 '' "$jobs/lenet5-fashion.yaml" --batch 256
	bench combination "$figures" 1 '' "$jobs/combination-fashion.yaml" --batch 256
	bench vgg "$figures" 1 '' "$jobs/vgg-small.yaml" --batch 64
	bench odd "$figures" 1 '' "$work/odd.yaml"
	bench avx2 "$figures" 1 avx2 "$jobs/lenet5-full-fashion.yaml" --batch 256
	# A neighbour's work on a shared machine slows one half of a pair or the other: twice as many of them, side by side.
	for pair in 1 2; do
		bench one "$figures" 1 '' "$jobs/lenet5-full-fashion.yaml" --batch 256
		bench two "$figures" 2 '' "$jobs/lenet5-full-fashion.yaml" --batch 256
		bench one64 "$figures" 1 '' "$jobs/lenet5-full-fashion.yaml" --batch 64
		bench two64 "$figures" 2 '' "$jobs/lenet5-full-fashion.yaml" --batch 64
	done
done

# A run of one step, from the command to its end (it writes a checkpoint), and a rank's memory beyond the data set, in MB,
# while it trains. Both need Fashion-MNIST, the memory Linux.
fashion=/usr/share/datasets/fashion-mnist
if [ -d $fashion ]; then
	export OMPI_MCA_odls_base_sigkill_timeout=0
	for round in $(seq "$rounds"); do
		rm -rf "$work/run"
		began=$(date +%s%N)
		mpirun -n 2 "$convoy" train "$jobs/lenet5-fashion.yaml" --stop-at 1 --output "$work/run" >"$work/log" 2>&1 || true
		echo $((($(date +%s%N) - began) / 1000000)) | awk '{ print $1 / 1000 }' >>"$work/start"
	done
	rm -rf "$work/run"
	mpirun -n 2 "$convoy" train "$jobs/lenet5-fashion.yaml" --epochs 3 --output "$work/run" >"$work/log" 2>&1 &
	launcher=$!
	sleep 2
	for rank in $(cat /proc/$launcher/task/*/children 2>/dev/null); do
		awk '$1 == "Rss:" { print $2 * 1.024 / 1000 - 70000 * 785 / 1e6 }' "/proc/$rank/smaps_rollup" >>"$work/memory"
	done
	wait $launcher || true
fi

best_torch() { # NAME: the fastest of its variants
	for f in "$work/$1".*; do median "$(basename "$f")"; done | sort -n | tail -n 1
}

awk -F': ' '/^model name/ { print "processor: " $2; exit }' /proc/cpuinfo 2>/dev/null || true
full=$(median full.images_per_second)
echo "lenet5-full, one rank, batch 256: $full images/s (median of $rounds rounds of $seconds s)"
printf '%-58s %8s   %s\n' 'what' 'ratio' 'wanted: at least (aim)'
if [ $with_torch = yes ]; then
	ratio 'lenet5-full against PyTorch at its best' "$full" "$(best_torch torch-lenet)" '7 (9)'
	ratio 'vgg-small, batch 64, against PyTorch at its best' "$(median vgg.images_per_second)" "$(best_torch torch-vgg)" '1 (1.2)'
fi
ratio 'lenet5-full, share of peak' "$(median full.fraction_of_peak)" 1 '0.65 (0.80)'
ratio 'lenet5-fashion (table) against lenet5-full' "$(median table.images_per_second)" "$full" '1.1 (1.25)'
ratio 'combination-fashion, share of peak' "$(median combination.fraction_of_peak)" 1 '0.55 (0.70)'
ratio 'vgg-small, share of peak' "$(median vgg.fraction_of_peak)" 1 ''
ratio 'odd shapes, share of peak' "$(median odd.fraction_of_peak)" 1 '0.55 (0.70)'
ratio 'lenet5-full with AVX2, share of its peak' "$(median avx2.fraction_of_peak)" 1 '0.60 (0.75)'
pairs 'two ranks against one, batch 256' two.images_per_second one.images_per_second '1.85 (1.95)'
pairs 'two ranks against one, batch 64' two64.images_per_second one64.images_per_second '1.6 (1.85)'
pairs 'step time, exact sum against float, two ranks, batch 256' two.float_images_per_second two.images_per_second \
	'at most 1.06 (1.02)'
ratio 'laying out the samples, share of the step' "$(median full.reading_fraction)" 1 'at most 0.05'
if [ -s "$work/start" ]; then
	ratio 'two ranks, from start to the end of the first step, s' "$(median start)" 1 'at most 0.8 (0.4)'
fi
if [ -s "$work/memory" ]; then
	ratio 'memory of a rank beyond the data set, MB' "$(sort -n "$work/memory" | tail -n 1)" 1 'at most 60 (30)'
fi
