#!/bin/sh
# The batch scripts of jobs/ against stubs of the batch systems: their directives, what they launch, which ends they
# start again after, when they give up, and signals.

# shellcheck source=tests/cluster/common.sh
. "$(dirname "$0")/common.sh"

STUBS=$work/stubs
export STUBS
mkdir "$STUBS" "$STUBS/bin" || exit 1
for name in mpirun scontrol qsub; do
	{ echo '#!/bin/sh' && sed 1d "$here/stub.sh"; } >"$STUBS/bin/$name" && chmod +x "$STUBS/bin/$name" || exit 1
done
PATH=$STUBS/bin:$PATH
: >"$work/log"

# ---- What batch systems read: the lines they know, above the first command ---------------------------------------------

directives() # MARK FILE
{
	awk -v mark="$1 " 'index($0, mark) == 1 { print substr($0, length(mark) + 1) } !/^(#|$)/ { exit }' "$jobs/$2"
}

# Whether FILE has all DIRECTIVES (a line each) where they are read, and no other than those that a pattern allows.
directs() # MARK FILE DIRECTIVES ALLOWED
{
	directives "$1" "$2" >"$work/log"
	[ "$(grep -c "^$1 " "$jobs/$2")" -eq "$(wc -l <"$work/log")" ] || return 1
	printf '%s\n' "$3" | while read -r line; do
		grep -qxF -e "$line" "$work/log" || exit 1
	done && ! grep -qvxE -e "$4" "$work/log"
}

directs '#SBATCH' slurm.sbatch '--signal=B:USR1@120
--requeue
--open-mode=append' '--(job-name|nodes|ntasks-per-node|time|output|signal)=[^ ]+|--requeue|--open-mode=append'
result $? 'slurm.sbatch: its directives'
directs '#SBATCH' slurm-array.sbatch '--signal=B:USR1@120
--requeue
--open-mode=append' '--(job-name|nodes|ntasks-per-node|time|output|signal)=[^ ]+|--requeue|--open-mode=append' &&
	grep -q -e '--output=.*%A_%a' "$work/log"
result $? 'slurm-array.sbatch: its directives, and a log for each task'
directs '#PBS' pbs.sh '-r y
-S /bin/bash' '-N [a-z]+|-l select=[0-9]+:ncpus=[0-9]+:mpiprocs=[0-9]+|-l walltime=[0-9]{2}:[0-9]{2}:[0-9]{2}|-j oe|-r y|-S /bin/bash'
result $? 'pbs.sh: its directives'
directs '#BSUB' lsf.sh '-wa USR1
-wt 2
-Q "75"
-r' '-J [a-z]+|-n [0-9]+|-R "span\[ptile=[0-9]+\]"|-W [0-9]+|-o [^ ]+%J[^ ]*|-wa USR1|-wt [0-9]+|-Q "75"|-r'
result $? 'lsf.sh: its directives'

walltime=$(sed -n 's/^#PBS -l walltime=//p' "$jobs/pbs.sh" | awk -F: '{ print $1 * 60 + $2 }')
minutes=$(sed -n 's/^minutes=\([0-9]*\).*/\1/p' "$jobs/pbs.sh")
[ "$minutes" -lt "$walltime" ] && [ $((walltime - minutes)) -le 5 ]
result $? 'pbs.sh: its clock stops before the walltime'

# ---- Each batch system, as far as it starts a script again --------------------------------------------------------------

# Whoever started the tests may ignore SIGHUP, which a script cannot change.
hears=
env --default-signal=HUP true 2>/dev/null && hears='env --default-signal=HUP'

# Runs bash in the place of a batch system, in FOLDER; the process is noted for those who send signals.
batch() # FOLDER SCRIPT [WORD…]
{
	# shellcheck disable=SC2086 # words
	(cd "$1" && shift && exec $hears bash "$@") >>"$work/log" 2>&1 </dev/null &
	echo $! >"$STUBS/batch"
	wait $!
}

# These run the script of a system until it is not started again; the status is that of the last start.
start_slurm()
{
	while SLURM_JOB_ID=17 batch "$work" slurm.sbatch; status=$?; again 'scontrol requeue 17'; do :; done
	return $status
}

# The second task of an array, whose SLURM_JOB_ID is that of the whole array. The sweep is $work, its second job 'out put'.
start_array()
{
	while SLURM_JOB_ID=17 SLURM_ARRAY_JOB_ID=17 SLURM_ARRAY_TASK_ID=2 batch "$work" slurm-array.sbatch "$work"
		status=$?
		again 'scontrol requeue 17_2'; do :; done
	return $status
}

start_pbs()
{
	chain='' number=1
	while PBS_JOBID=$number.server PBS_NODEFILE=$work/nodes PBS_O_WORKDIR=$work CONVOY_CHAIN=$chain \
		batch / "$work/pbs.sh"; status=$?; again 'qsub -v CONVOY_CHAIN=1.server pbs.sh'; do
		chain=1.server number=$((number + 1))
	done
	return $status
}

start_lsf()
{
	while LSB_JOBID=17 LSB_DJOB_HOSTFILE=$work/nodes batch "$work" lsf.sh; status=$?; [ $status -eq 75 ]; do :; done
	return $status
}

start_launch()
{
	batch "$work" launch.sh
}

# Whether the last line of the calls is this.
again() # CALL
{
	[ "$(tail -n 1 "$STUBS/calls")" = "$1" ]
}

# Whether SYSTEM's script, with launches that follow PLAN, ends with STATUS after as many launches.
ends() # SYSTEM STATUS LAUNCHES PLAN
{
	system=$1 expected=$2 launches=$3
	rm -rf "$work/out put"
	: >"$work/log"
	: >"$STUBS/calls"
	printf '%s\n' "$4" >"$STUBS/plan"
	"start_$system"
	status=$?
	cat "$STUBS/calls" >>"$work/log"
	[ $status -eq "$expected" ] && [ "$(launched)" -eq "$launches" ]
}

launched()
{
	grep -c '^mpirun ' "$STUBS/calls"
}

# The same with SIGNALS sent meanwhile.
signalled() # SIGNALS SYSTEM STATUS LAUNCHES PLAN
{
	rm -f "$STUBS/waiting"
	signal "$1" &
	shift
	ends "$@"
}

# Sends each of SIGNALS to the batch script when the launch waits for it.
signal() # SIGNALS
{
	await test -e "$STUBS/waiting" || return 1
	for name in $1; do
		kill -s "$name" "$(cat "$STUBS/batch")"
		[ "$name" != USR2 ] || await grep -q USR2 "$STUBS/calls"
	done
}

prepare() # FILE [NAME=VALUE]
{
	edit "$@" job=job.yaml "output='out put'" convoy=/opt/convoy "share='$jobs'"
}
printf 'job,train.rate\n001,0.1\nout put,0.2\n' >"$work/sweep.csv"
edit slurm-array.sbatch convoy=/opt/convoy "share='$jobs'" && prepare slurm.sbatch && prepare pbs.sh && prepare lsf.sh && prepare launch.sh 'pause=0'
result $? 'the heads can be edited'

for system in slurm array pbs lsf launch; do
	train='train job.yaml --output out put'
	case $system in
	slurm) words='mpirun' ;;
	array) words='mpirun --bind-to none' train="train $work/out put.yaml --output $work/out put" ;;
	launch) words='mpirun --hostfile hosts' ;;
	*) words="mpirun --hostfile $work/nodes" ;;
	esac
	words="$words /opt/convoy $train --resume"
	[ $system != pbs ] || words="$words --time-limit $minutes"

	ends "$system" 0 1 '0 30' && [ "$(cat "$STUBS/calls")" = "$words" ] &&
		[ "$(cut -d= -f2 "$STUBS/environment" | tr '\n' ' ')" = '2 3 10 ' ]
	result $? "$system: what is launched, with --resume and keepalive"
	ends "$system" 0 6 '75 10
205 20
1 30
137 30
9 40
0 40'
	result $? "$system: a stop, a lost host, a cut link and a killed rank are started again"
	ends "$system" 70 2 '75 10
70 10'
	result $? "$system: what needs a person is not, and its status is passed on"
	ends "$system" 1 1 '1 0
0 20'
	result $? "$system: neither is a launcher that fails before the first checkpoint"
	ends "$system" 69 4 '75 10
1 10
137 10
75 10
0 20'
	result $? "$system: three starts without a new checkpoint are enough"
	ends "$system" 69 3 '139 0
139 0
139 0
0 20'
	result $? "$system: … also without any checkpoint"
	ends "$system" 0 7 '75 10
75 10
75 10
75 12
75 12
75 12
0 20'
	result $? "$system: … and each new one starts the count afresh"

	signalled 'USR2 USR1' "$system" 0 2 'wait 10
0 20' && grep -q USR2 "$STUBS/calls" && [ -e "$work/out put/checkpoint-00000010.h5" ]
	result $? "$system: SIGUSR1 and SIGUSR2 reach the launcher, and the job goes on"
	signalled TERM "$system" 143 1 'wait 10
0 20' && [ -e "$work/out put/checkpoint-00000010.h5" ]
	result $? "$system: SIGTERM leaves a checkpoint and ends it for good"
done

# The signal of a site that sends another than SIGUSR1, set in one line. Slurm knows of a job that is cancelled.
for name in TERM HUP; do
	prepare slurm.sbatch stop=$name && prepare lsf.sh stop=$name
	for system in slurm lsf; do
		signalled $name "$system" 0 2 'wait 10
0 20' && [ -e "$work/out put/checkpoint-00000010.h5" ]
		result $? "$system: stop=$name makes SIG$name a stop after which the job goes on"
	done
done
for name in STOPS KILL; do
	prepare slurm.sbatch stop=$name && prepare lsf.sh
	ends slurm 78 0 '0 20' && grep -q "stop=$name names no signal that" "$work/log"
	result $? "slurm: a signal that does not exist, or cannot be waited for: $name"
done

# Inside a container there may be no scontrol: the log says how to go on.
prepare slurm.sbatch
mkdir "$work/few" && ln -s /bin/* /usr/bin/* "$work/few/" 2>/dev/null
rm -f "$work/few/scontrol" && mv "$STUBS/bin/scontrol" "$STUBS/scontrol"
everywhere=$PATH PATH=$STUBS/bin:$work/few
ends slurm 75 1 '75 10' && grep -q 'scontrol is not in the PATH.*scontrol requeue 17 on a login node' "$work/log"
result $? 'slurm: without scontrol the log says how to go on'
PATH=$everywhere
mv "$STUBS/scontrol" "$STUBS/bin/scontrol"

# It may also be there and reach no Slurm.
refused() # NAME TEXT WORD…
{
	name=$1 text=$2
	shift 2
	rm -rf "$work/out put" && : >"$work/log" && echo '75 10' >"$STUBS/plan"
	(
		for variable; do
			export "${variable?}"
		done
		batch "$work" "$name"
	)
	[ $? -eq 75 ] && grep -qF -e "$text" "$work/log"
	result $? "$name: where the batch system does not take the job back, the log says how to go on"
}
: >"$STUBS/refuses"
prepare slurm.sbatch && refused slurm.sbatch 'To continue: scontrol requeue 17 on a login node' SLURM_JOB_ID=17
prepare pbs.sh && refused pbs.sh 'To continue: qsub -v CONVOY_CHAIN=1.server pbs.sh on a login node' PBS_JOBID=1.server \
	"PBS_NODEFILE=$work/nodes" "PBS_O_WORKDIR=$work"
rm "$STUBS/refuses"

# The launcher of Open MPI 5 ends with 0 when a host is lost: what the run says of itself counts then.
cat >"$STUBS/bin/half" <<'END'
#!/bin/sh
case "$*" in
'watch --once out put') echo 'epoch 1 of 3' ;;
'train job.yaml --output out put --resume --stop-at 1') [ -e 'out put/checkpoint-00000020.h5' ] || exit 75 ;;
*) exit 64 ;;
esac
END
chmod +x "$STUBS/bin/half"
edit launch.sh job=job.yaml "output='out put'" "convoy='$STUBS/bin/half'" "share='$jobs'" pause=0
ends launch 0 2 '0 10
0 20'
result $? 'a launcher that ends with 0 before the run is complete is started again'

# Its last checkpoint still knows of the epochs that the job has been cut down from.
job_write 3
"$convoy" train "$work/job.yaml" --output "$work/cut down" --stop-at 5 >"$work/log" 2>&1
job_write 1
edit launch.sh job=job.yaml "output='cut down'" "convoy='$convoy'" "share='$jobs'" pause=0
echo '0 0' >"$STUBS/plan"
: >"$STUBS/calls"
: >"$work/log"
start_launch && [ "$(launched)" -eq 1 ]
result $? '… and a run is complete that has the epochs of its job'
job_write 2
printf '0 0\n0 0\n0 0\n' >"$STUBS/plan"
: >"$STUBS/calls"
start_launch
[ $? -eq 69 ] && [ "$(launched)" -eq 3 ]
result $? '… but not before'
prepare launch.sh 'pause=0'

# What Slurm has cancelled does not come back, though the ranks were lost before the script was told.
echo 'JobState=CANCELLED Reason=None' >"$STUBS/state"
for system in slurm array; do
	ends $system 143 1 '205 10
0 20'
	result $? "$system: a cancelled job is not started again"
done
rm "$STUBS/state"

# Reports of sweeps show what failed.
SLURM_JOB_NAME=sweep
export SLURM_JOB_NAME
ends array 70 1 '70 10' && [ "$(cat "$work/out put.failed")" = 'status 70, see sweep-17_2.log' ] &&
	ends array 0 1 '0 20' && [ ! -e "$work/out put.failed" ]
result $? 'array: a job that failed leaves a note, and one that is done none'

# A task of an array without a job.
for task in 0 3; do
	SLURM_JOB_ID=17 SLURM_ARRAY_JOB_ID=17 SLURM_ARRAY_TASK_ID=$task batch "$work" slurm-array.sbatch "$work"
	[ $? -eq 66 ] && grep -qxF -e "batch: $work/sweep.csv has no job number $task" "$work/log"
	result $? "array: a task without a job says so: $task"
done
! SLURM_JOB_ID=17 batch "$work" slurm-array.sbatch "$work" && grep -q 'sbatch --array=1-JOBS' "$work/log"
result $? 'array: so does the script without an array'

# A batch system may start a killed job by itself: that counts too.
ends slurm 0 1 '0 10'
echo '17 10 3' >"$work/out put/attempts"
printf '0 20\n' >"$STUBS/plan"
start_slurm
[ $? -eq 69 ] && [ "$(launched)" -eq 1 ]
result $? 'starts by the batch system count'
echo '16 10 3' >"$work/out put/attempts"
start_slurm && [ "$(launched)" -eq 2 ]
result $? '… and another job has its own count'

if command -v shellcheck >/dev/null; then
	(cd "$jobs/.." && shellcheck -x jobs/batch.sh jobs/slurm.sbatch jobs/slurm-array.sbatch jobs/pbs.sh jobs/lsf.sh jobs/launch.sh) >"$work/log" 2>&1
	result $? 'shellcheck has no remarks'
else
	skip 'shellcheck has no remarks' 'no shellcheck'
fi

results_end
