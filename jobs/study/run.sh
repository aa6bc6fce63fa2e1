#!/bin/sh
# Repeats the study of doc/combinations.md: trains its arms, each with three seeds, and prints the table.
#
#   sh jobs/study/run.sh DIR [ARM…]        arms: table full random shared pairs afresh (which needs shared and pairs)
#   sh jobs/study/run.sh DIR count         how many connections each penalty leaves
#
# What stands in DIR already is not trained again. CONVOY names the program (default: convoy), ranks included if
# wanted: CONVOY='mpirun -n 2 convoy'. ARGUMENTS are passed on to each training, such as '--data DIR'.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || { sed -n '2,9s/^# *//p' "$0" >&2 && exit 64; }
mkdir -p "$1"
cd "$1"
shift
[ $# -gt 0 ] || set -- table full random shared pairs afresh
epochs=10 connections=60
learned=6876 # steps: four epochs

train() # OUTPUT JOB SEED OPTION…
{
	output=$1 job=$2 seed=$3
	shift 3
	[ ! -e "$output.done" ] || return 0
	rm -rf "$output"
	# shellcheck disable=SC2086 # words
	${CONVOY:-convoy} train "$job" --output "$output" --seed "$seed" --epochs $epochs --set checkpoint.epochs=1000 \
		${ARGUMENTS:-} "$@" >"$output.log" 2>&1 || return
	touch "$output.done"
}

# Learns the connections, cuts them down to the number of LeCun's table, trains on with those.
learn() # NAME SEED
{
	[ ! -e "$1-$2.done" ] || return 0
	train "$1-$2-first" "$here/$1.yaml" "$2" --stop-at $learned || [ $? -eq 75 ]
	${CONVOY:-convoy} prune --keep $connections --output "$1-$2.h5" \
		"$1-$2-first/$(printf 'checkpoint-%08d.h5' $learned)" >"$1-$2.pruned"
	${CONVOY:-convoy} show --job "$1-$2.h5" >"$1-$2.yaml"
	train "$1-$2" "$1-$2.yaml" "$2" "--resume=$1-$2.h5"
}

# How many connections have α of at least 0.02, 0.05, 0.1 and 0.2 after the learning.
count() # NAME PENALTY LAMBDA
{
	of=$1-$2-$3
	train "$of" "$here/$1.yaml" 1 --stop-at $learned --set "layers[2].sparsity.penalty=$2" \
		--set "layers[2].sparsity.lambda=$3" || [ $? -eq 75 ]
	printf '%-8s %-8s %-6s' "$1" "$2" "$3"
	for below in 0.02 0.05 0.1 0.2; do
		${CONVOY:-convoy} prune --below $below --output count.h5 \
			"$of/$(printf 'checkpoint-%08d.h5' $learned)" | awk '/ stay$/ { printf " %5d", $3 }'
	done
	echo
}

if [ "$*" = count ]; then
	echo 'kernels  penalty  lambda  0.02  0.05   0.1   0.2'
	for kernels in shared pairs; do
		count $kernels l1 0.03
		for lambda in 0 0.003 0.01 0.03; do
			count $kernels entropy $lambda
		done
	done
	exit
fi

for arm; do
	for seed in 1 2 3; do
		case $arm in
		random) train "$arm-$seed" "$here/random-$seed.yaml" "$seed" ;;
		shared | pairs) learn "$arm" "$seed" ;;
		afresh) # the learned tables, from new parameters
			for from in shared pairs; do
				train "$arm-$from-$seed" "$from-$seed.yaml" "$seed"
			done ;;
		*) train "$arm-$seed" "$here/$arm.yaml" "$seed" ;;
		esac
	done
done

# Mean and standard deviation over the seeds of the last epoch's errors, in percent.
printf '%-16s %10s %6s %10s %6s\n' arm validation '' test ''
for name in table full random shared pairs afresh-shared afresh-pairs; do
	for seed in 1 2 3; do
		[ -e "$name-$seed.done" ] || continue
		paste -d, "$name-$seed/validation.csv" "$name-$seed/metrics.csv" | tail -n 1
	done | awk -F, -v name="$name" '
		function spread(sum, squares)
		{
			if (n < 2 || squares * n <= sum * sum)
				return 0
			return sqrt((squares - sum * sum / n) / (n - 1))
		}
		{ v += $4; vv += $4 * $4; t += $11; tt += $11 * $11; n++ }
		END {
			if (n > 0)
				printf "%-16s %10.2f ±%5.2f %10.2f ±%5.2f  %d seeds\n", name, 100 * v / n, 100 * spread(v, vv),
					100 * t / n, 100 * spread(t, tt), n
		}'
done
