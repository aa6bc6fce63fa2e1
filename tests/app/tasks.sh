#!/bin/sh
# Tasks that a launcher started, and that no MPI joins: what the environment says of them changes nothing. Commands that
# need no MPI work, speak and return their status in each; trainings say so once, and never share a directory.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"

unset OMPI_COMM_WORLD_RANK OMPI_COMM_WORLD_SIZE PMIX_RANK PMI_RANK PMI_SIZE MV2_COMM_WORLD_RANK MV2_COMM_WORLD_SIZE \
	FLUX_TASK_RANK FLUX_JOB_SIZE SLURM_STEP_ID SLURM_PROCID SLURM_STEP_NUM_TASKS SLURM_NTASKS
$limit "$convoy" train tiny.yaml --output run >log 2>&1 || { cat log; exit 1; }
head -c 3000 run/best.h5 >damaged.h5
mkdir template
cp -r run damaged.h5 tiny.yaml data template

# ---- What the environment says of a task -----------------------------------------------------------------------------

# Runs the command in a fresh folder, where the words of $environment are set; `got` tells output, status and files.
observe() # WORD…
{
	rm -rf case
	cp -r template case
	(
		cd case || exit 1
		# shellcheck disable=SC2086 # words
		env $environment $limit "$convoy" "$@" </dev/null >../got.out 2>../got.err
		echo "exit $?" >../got.status
		find . -type f ! -path './data/*' ! -path './run/*' -exec cksum {} + | sort -k 3 >../got.files
	)
	cat got.out got.err got.status got.files >got
}

slurm='SLURM_STEP_ID=0 SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2 SLURM_NTASKS=2'
while read -r words; do
	# shellcheck disable=SC2086 # words
	environment='' observe $words
	cp got expected
	for environment in "$slurm" 'OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2' 'PMI_RANK=1 PMI_SIZE=2' PMIX_RANK=1; do
		# shellcheck disable=SC2086 # words
		observe $words
		diff expected got >differ
		result $? "$environment convoy $words" differ
	done
done <<'END'
--version
--help
train --help
predict run/best.h5 data/t10k-images-idx3-ubyte
predict run/best.h5 missing.png
verify run/best.h5
verify damaged.h5
import data -o p.h5
export run/best.h5 --onnx n.onnx
show run/best.h5
diff run/best.h5 damaged.h5
prune run/best.h5 --below 0 --output small.h5
pictures run/best.h5 --output pictures
report run -o page.html
show --nosuch
END

# Nor does it silence what needs MPI.
environment='' observe eval run/best.h5
cp got expected
for environment in "$slurm" OMPI_COMM_WORLD_RANK=1; do
	observe eval run/best.h5
	diff expected got >differ
	result $? "$environment convoy eval run/best.h5" differ
	for words in 'eval run/best.h5 --nosuch' train frob; do
		# shellcheck disable=SC2086 # words
		observe $words
		[ "$(grep -c '^convoy: ' got.err)" -eq 1 ] && grep -qx 'exit 64' got.status
		result $? "$environment convoy $words" got
	done
done

# ---- Commands of a script that a launcher runs -----------------------------------------------------------------------

rm -rf case
cp -r template case
cat >each <<'END'
rank=${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-$PMIX_RANK}}
"$CONVOY" import data -o "p.$rank.h5" >"said.$rank" && "$CONVOY" verify run/best.h5 >>"said.$rank"
[ -s "p.$rank.h5" ] && grep -q 'step 9' "said.$rank"
END
if [ -n "$ranks" ]; then
	# shellcheck disable=SC2086 # words
	(cd case && CONVOY=$convoy timeout -k 2 60 $ranks 2 sh ../each </dev/null >../log 2>&1)
	result $? 'two tasks of a launcher: each does its work' log
	# shellcheck disable=SC2086
	(cd case && timeout -k 2 60 $ranks 3 "$convoy" import data --force -o all.h5 </dev/null >../log 2>&1)
	result $? 'three that write one file' log
	cmp case/all.h5 case/p.0.h5 >differ 2>&1 && [ -z "$(find case -name '*.tmp')" ]
	result $? '… make it whole' differ
else
	skip 'tasks of a launcher' 'no mpirun'
fi

# ---- Trainings that each are a run by itself -------------------------------------------------------------------------

# Starts four of them as Slurm would, each with N in OUTPUT its number, and waits. Task i's output is in task.i.
train_apart() # OUTPUT [OPTION…]
{
	output=$1
	shift
	for task in 0 1 2 3; do
		env SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=4 SLURM_NTASKS=4 SLURM_PROCID=$task sh -c '"$@"; echo "exit $?"' train \
			$limit "$convoy" train tiny.yaml --output "$(echo "$output" | sed "s/N/$task/")" "$@" </dev/null >task.$task 2>&1 &
	done
	wait
	cat task.? >seen
}

statuses()
{
	sed -n 's/^exit //p' seen | sort | xargs
}

said='^convoy: SLURM_STEP_NUM_TASKS is 4, but MPI ('
# Until all four want the directory while one has it.
for minutes in 0.05 0.2 0.8; do
	rm -rf shared
	train_apart shared --epochs 1000000 --set checkpoint.epochs=1000 --time-limit $minutes
	[ "$(statuses)" != '64 64 64 75' ] || break
done
[ "$(statuses)" = '64 64 64 75' ]
result $? 'four tasks in one directory: one trains' seen
[ "$(grep -c "$said" seen)" -eq 1 ] && grep -q "$said" task.0
result $? '… the first says that they are apart' seen
[ "$(grep -c '^convoy: shared: another run is writing there$' seen)" -eq 3 ]
result $? '… three leave the directory alone' seen
awk -F, 'NR > 1 && $1 != NR - 1 { exit 1 }' shared/metrics.csv && $limit "$convoy" verify shared/*.h5 >log 2>&1 &&
	[ -z "$(find shared -name '.*')" ]
result $? '… and it holds one run' log

train_apart runs-N --epochs 2
[ "$(statuses)" = '0 0 0 0' ] && cmp runs-0/best.h5 runs-3/best.h5 >>seen
result $? 'four tasks, each in a directory of its own: all train' seen
[ "$(grep -c "$said" seen)" -eq 1 ]
result $? '… with one remark' seen

# A file system without locks cannot keep tasks apart; a single run needs none.
cat >none.c <<'END'
#include <errno.h>
int flock(int file, int operation);
int flock(int file, int operation) { return (void)file, (void)operation, errno = ENOLCK, -1; }
END
if [ -n "${CC:-}" ] && $CC -shared -fPIC none.c -o none.so 2>log && ! ldd "$convoy" 2>&1 | grep -q libasan; then
	$limit env LD_PRELOAD="$work/none.so" "$convoy" train tiny.yaml --epochs 1 --output single >log 2>&1
	result $? 'no locks: one run trains' log
	$limit env LD_PRELOAD="$work/none.so" SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=4 SLURM_PROCID=1 \
		"$convoy" train tiny.yaml --epochs 1 --output apart >log 2>&1
	[ $? -eq 64 ] && grep -q '^convoy: apart/.lock: cannot keep out other tasks' log && [ -z "$(find apart -type f)" ]
	result $? 'no locks: one of four tasks does not' log
else
	skip 'no locks' 'no compiler for a library to preload, or sanitizers'
fi

results_end
