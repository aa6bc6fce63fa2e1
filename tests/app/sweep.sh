#!/bin/sh
# convoy sweep: the jobs that it writes, what it refuses, and training them one after another.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

same() # FILE NAME: its text is that of the standard input
{
	cat >wanted
	diff wanted "$1" >differ
	result $? "$2" differ
}

# ---- The jobs --------------------------------------------------------------------------------------------------------

works 'sweep: all combinations' sweep tiny.yaml --grid train.rate=0.01,0.03 --grid train.batch=16,32 --output some
same out 'sweep: what it prints' <<'END'
4 jobs: some/001.yaml … 004.yaml; sweep.csv lists them
under Slurm: sbatch --array=1-4 slurm-array.sbatch some
here:        convoy sweep some --run
END
same some/sweep.csv 'sweep: the table' <<'END'
job,train.rate,train.batch
001,0.01,16
002,0.01,32
003,0.03,16
004,0.03,32
END
[ "$(find some -type f | wc -l)" -eq 5 ]
result $? 'sweep: a file for each job, and the table'
for job in 001:0.01:16 004:0.03:32; do
	rest=${job#*:}
	"$convoy" show --job tiny.yaml --set "train.rate=${rest%:*}" --set "train.batch=${rest#*:}" >edited &&
		cmp edited "some/${job%%:*}.yaml" >differ 2>&1
	result $? "sweep: job ${job%%:*} is the job file as --set edits it" differ
done
works 'sweep: the same again' sweep tiny.yaml --grid train.rate=0.01,0.03 --grid train.batch=16,32 --output some
rm some/003.yaml
works 'sweep: … writes what is missing' sweep tiny.yaml --grid train.rate=0.01,0.03 --grid train.batch=16,32 \
	--output some/
line '4 jobs: some/001.yaml … 004.yaml; sweep.csv lists them' 'sweep: … with one slash'
"$convoy" show --job some/003.yaml | cmp - some/003.yaml >differ 2>&1
result $? 'sweep: … and that is whole' differ

works 'sweep: one job, and a value for all' sweep tiny.yaml -g 'layers[0].maps=5' -S name=five -o "it's here"
same out 'sweep: a directory as a shell reads it back' <<'END'
1 job: 'it'\''s here'/001.yaml; sweep.csv lists them
under Slurm: sbatch --array=1-1 slurm-array.sbatch 'it'\''s here'
here:        convoy sweep 'it'\''s here' --run
END
grep -qx 'name: five' "it's here/001.yaml" && grep -q 'maps: 5, kernel: 3' "it's here/001.yaml"
result $? 'sweep: --set holds in it' "it's here/001.yaml"

works 'sweep: draws' sweep tiny.yaml --grid train.rate=0.001..0.1 --grid train.batch=16,32 --random 5 --output drawn
works 'sweep: the same draws' sweep tiny.yaml --grid train.rate=0.001..0.1 --grid train.batch=16,32 --random 5 \
	--seed 1 --output again
cmp drawn/sweep.csv again/sweep.csv >differ 2>&1
result $? 'sweep: the seed is 1 by default' differ
works 'sweep: other draws' sweep tiny.yaml --grid train.rate=0.001..0.1 --grid train.batch=16,32 --random 5 \
	--seed 2 --output other
! cmp -s drawn/sweep.csv other/sweep.csv
result $? 'sweep: another seed'
awk -F, 'NR > 1 && !($2 >= 0.001 && $2 <= 0.1 && length($2) <= 9) { exit 1 }' drawn/sweep.csv
result $? 'sweep: draws lie in the range' drawn/sweep.csv

# ---- What is refused, before anything is written -----------------------------------------------------------------------

grids='--grid train.rate=0.01,0.03 --grid train.batch=16,32'
# shellcheck disable=SC2086 # words
{
	refused 64 'some/sweep.csv exists and is of another sweep: --output names another directory' \
		sweep tiny.yaml $grids --grid train.seed=1,2 --output some
	refused 64 'some/001.yaml exists and is of another sweep: --output names another directory' \
		sweep tiny.yaml $grids --set name=other --output some
	refused 64 'data exists and is no sweep: --output names another directory' sweep tiny.yaml $grids --output data
	refused 64 'tiny.yaml is a file: --output names a directory' sweep tiny.yaml $grids --output tiny.yaml
}
refused 78 'job 002 (train.batch=0): tiny.yaml:11:27: train.batch is 0, it must be at least 1 and at most 16777216 (with --set applied)' \
	sweep tiny.yaml --grid train.batch=16,0 --output bad
refused 64 "job 001 (train.rtae=1): unknown key 'train.rtae'; did you mean 'rate'?" \
	sweep tiny.yaml --grid train.rtae=1,2 --output bad
run 78 sweep tiny.yaml --grid 'layers[0].kernel=3,9' --output bad && grep -q 'job 002 (layers\[0\]\.kernel=9): tiny.yaml:' err
result $? 'refused: a kernel that is larger than the map' err
[ ! -e bad ]
result $? 'refused: nothing was written'
refused 64 'sweep: which job file, or directory of a sweep? (convoy sweep --help)' sweep
refused 64 'sweep: which values? --grid KEY=VALUE,VALUE… (convoy sweep --help)' sweep tiny.yaml --output bad
refused 64 'sweep: where to? --output DIR is needed (convoy sweep --help)' sweep tiny.yaml --grid train.rate=1,2
refused 64 'sweep: --launch needs --run' sweep tiny.yaml --grid train.rate=1,2 --output bad --launch mpirun
refused 64 'sweep: --seed needs --random N' sweep tiny.yaml --grid train.rate=1,2 --output bad --seed 2
refused 64 'sweep: some is a directory: --run trains the jobs in it, and convoy report --sweep compares them' sweep some
refused 64 'sweep: some is a directory: give the job file, or --run alone, which trains the jobs of a sweep' \
	sweep some --run --grid train.rate=1,2
refused 66 'data/sweep.csv: cannot open: No such file or directory' sweep data --run
refused 64 "--random: '1001' is not a whole number from 1 to 1000" sweep tiny.yaml --grid train.rate=1..2 --random 1001
refused 64 "--grid: train.rate: the value '1.0' stands there twice, also as '1'" \
	sweep tiny.yaml --grid train.rate=1,1.0 --output bad
refused 64 '--grid: train.rate: a range needs --random N, which draws N jobs' \
	sweep tiny.yaml --grid train.rate=1..2 --output bad

# ---- One after another -------------------------------------------------------------------------------------------------

# The second diverges, the third ends.
linear='--set layers[0].activation=linear --set layers[2].activation=linear --set layers[3].activation=linear'
# shellcheck disable=SC2086 # words
run 70 sweep tiny.yaml --grid train.rate=0.05,1000,0.02 --set train.epochs=1 $linear --output here --run
result $? 'sweep --run: the status of the job that failed' err
grep -x 'job .*' out >told
same told 'sweep --run: all jobs are begun' <<'END'
job 001 of 3: train.rate=0.05
job 002 of 3: train.rate=1000
job 003 of 3: train.rate=0.02
END
line 'here: 2 of 3 jobs done' 'sweep --run: how many are done'
[ "$(grep -c '^convoy: ' err)" -eq 2 ] && sed -n 's/^convoy: //p' err | head -n 1 >first &&
	[ "$(sed -n 's/^convoy: //p' err | tail -n 1)" = "here/002 (train.rate=1000): status 70: $(cat first)" ]
result $? 'sweep --run: a job that failed is told of at the end, with its line' err
[ "$(cat here/002.failed)" = "status 70: $(cat first)" ] && [ ! -e here/001.failed ]
result $? 'sweep --run: … and leaves a note' here/002.failed
for job in 001 003; do
	"$convoy" train "here/$job.yaml" --output straight >log 2>&1 && cmp here/$job/best.h5 straight/best.h5 >differ 2>&1
	result $? "sweep --run: job $job is the run of its job file" differ
	rm -rf straight
done
cp here/001/metrics.csv before
run 70 sweep here --run && line 'job 001 of 3: train.rate=0.05: done' 'sweep --run: what is done is passed over'
cmp before here/001/metrics.csv >differ 2>&1
result $? 'sweep --run: … and left alone' differ
line 'job 002 of 3: train.rate=1000' 'sweep --run: what failed is tried again'
mv here/001 kept
mkdir here/001
: >here/001.failed
run 70 sweep here --run && [ ! -e here/001.failed ] && cmp kept/best.h5 here/001/best.h5 >differ 2>&1
result $? 'sweep --run: no note of a job that is done' differ

# ---- What was edited since -----------------------------------------------------------------------------------------------

cp here/003.yaml third
cp here/sweep.csv table
edited() # FILE EDIT TEXT: the sweep is refused before it trains
{
	sed "$2" "$1" >edit && ! cmp -s edit "$1" && mv edit "$1"
	refused 78 "$3" sweep here --run
	cp third here/003.yaml
	cp table here/sweep.csv
}
edited here/003.yaml 's/rate: 0.02/rate: 0.04/' \
	'here/003.yaml: train.rate is 0.04 here and 0.02 in sweep.csv: correct one of them'
edited here/sweep.csv 's/^003,0.02/003,0.04/' \
	'here/003.yaml: train.rate is 0.02 here and 0.04 in sweep.csv: correct one of them'
edited here/sweep.csv 's/rate/momentum/' \
	'here/001.yaml: train.momentum is 0.5 here and 0.05 in sweep.csv: correct one of them'
edited here/003.yaml 's/epochs: 1/epochs: 2/' \
	'here/003.yaml: train.epochs is 2 here and 1 in job 001: make it the same in all, or a column of sweep.csv'
edited here/003.yaml 's/, seed: [0-9]*//' \
	'here/003.yaml: train.seed is missing here and 1 in job 001: make it the same in all, or a column of sweep.csv'
# What says the same is no edit.
sed 's/rate: 0.02/rate: 0.020/; $ a # a comment' third >here/003.yaml
sed 's/^003,0.02/003,2e-2/' table >here/sweep.csv
run 70 sweep here --run && line 'job 003 of 3: train.rate=2e-2' 'sweep --run: 0.020 is 2e-2'
cp third here/003.yaml
cp table here/sweep.csv

# ---- A launcher ----------------------------------------------------------------------------------------------------------

cat >launcher <<'END'
#!/bin/sh
echo "$*" >>launched
shift
exec "$@"
END
chmod +x launcher
run 0 sweep tiny.yaml --grid train.rate=0.05,0.02 --set train.epochs=1 --output launched.d --run --launch './launcher  -n'
result $? 'sweep --launch' err
[ "$(cat launched)" = "-n $(readlink -f "$convoy") train launched.d/001.yaml --output launched.d/001 --resume
-n $(readlink -f "$convoy") train launched.d/002.yaml --output launched.d/002 --resume" ]
result $? 'sweep --launch: its words, then the training' launched
refused_launch() # STATUS TEXT WORDS
{
	run "$1" sweep tiny.yaml --grid train.rate=0.04 --output none --run --launch "$3" && grep -qxF -e "convoy: $2" err
	result $? "refused: $2" err
}
refused_launch 69 './nowhere: cannot be started: No such file or directory' './nowhere -n 2'
refused_launch 70 'none/001 (train.rate=0.04): status 70: the launcher ended with 0, but the run is not complete' true
refused_launch 1 'none/001 (train.rate=0.04): status 1' false
if [ -n "$ranks" ]; then
	run 0 sweep tiny.yaml --grid train.rate=0.05,0.02 --set train.epochs=1 --output two --run --launch "$ranks 2" &&
		cmp two/002/best.h5 launched.d/002/best.h5 >>err 2>&1
	result $? 'sweep --launch: the same bytes on two ranks' err
	# shellcheck disable=SC2086 # words
	$limit $ranks 2 "$convoy" sweep two --run >out 2>err
	[ $? -eq 64 ] && grep -qF 'sweep: --run starts the trainings itself' err
	result $? 'refused: a sweep that is launched itself' err
else
	skip 'sweep --launch: two ranks' 'no mpirun'
	skip 'refused: a sweep that is launched itself' 'no mpirun'
fi

# ---- Signals -------------------------------------------------------------------------------------------------------------

# A sweep of two long trainings in `long`, whose first has written an epoch; $sweep is its process.
launch=
"$convoy" sweep tiny.yaml --grid train.rate=0.05,0.02 --set train.epochs=100000 --output long >log 2>&1
sweep_begin()
{
	begun=$([ -e long/001/metrics.csv ] && wc -l <long/001/metrics.csv || echo 0)
	"$@" "$convoy" sweep long --run ${launch:+--launch "$launch"} >out 2>err </dev/null &
	sweep=$!
	left=600
	until [ -e long/001/metrics.csv ] && [ "$(wc -l <long/001/metrics.csv)" -gt $((begun + 1)) ]; do
		left=$((left - 1))
		[ $left -gt 0 ] && kill -0 $sweep 2>/dev/null || return 1
		sleep 0.1
	done
}
for name in TERM INT HUP USR1; do
	rm -f long/001/checkpoint-*
	rm -f long/001/metrics.csv long/001/best.h5
	# A shell starts what runs beside it with SIGINT ignored.
	sweep_begin env --default-signal=INT,HUP && kill -s $name $sweep
	wait $sweep
	got=$?
	[ $got -eq 75 ] && [ ! -e long/002 ] && grep -q '^stopped at step ' out && [ ! -s err ]
	result $? "sweep --run: SIG$name stops it with a checkpoint, status 75" out
	line 'long: 0 of 2 jobs done, stopped: the same command goes on' "sweep --run: SIG$name: it says so"
	step=$(sed -n 's/^stopped at step \([0-9]*\).*/\1/p' out)
	[ -n "$step" ] && [ -e "$(printf 'long/001/checkpoint-%08d.h5' "$step")" ]
	result $? "sweep --run: SIG$name: the checkpoint is that of the last step" out
done
sweep_begin env && { "$convoy" sweep long --run >log 2>&1; [ $? -eq 64 ]; } &&
	grep -qxF 'convoy: long: another run is writing there' log && [ ! -e long/001.failed ]
result $? 'sweep --run: one at a time in a directory' log
kill -s TERM $sweep
wait $sweep
[ $? -eq 75 ] && [ "$(sed -n 's/^stopped at step \([0-9]*\).*/\1/p' out)" -gt "$step" ]
result $? 'sweep --run: what was stopped goes on' out
if [ -n "$ranks" ]; then
	# mpirun itself would end its ranks within a second of SIGTERM.
	launch="$ranks 2"
	before=$(sed -n 's/^stopped at step \([0-9]*\).*/\1/p' out)
	sweep_begin env && kill -s TERM $sweep
	wait $sweep
	[ $? -eq 75 ] && step=$(sed -n 's/^stopped at step \([0-9]*\).*/\1/p' out) && [ "$step" -gt "$before" ] &&
		[ -e "$(printf 'long/001/checkpoint-%08d.h5' "$step")" ]
	result $? 'sweep --launch: SIGTERM stops two ranks with a checkpoint' out
	launch=
else
	skip 'sweep --launch: SIGTERM stops two ranks with a checkpoint' 'no mpirun'
fi
sweep_begin nohup && kill -s HUP $sweep && sleep 0.5 && kill -0 $sweep
result $? 'sweep --run: nohup holds'
kill -s TERM $sweep
wait $sweep
[ $? -eq 75 ]
result $? '… until another signal' out
results_end
