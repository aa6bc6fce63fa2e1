#!/bin/sh
# jobs/slurm.sbatch under a real Slurm, with two node daemons on this machine: what the end of its time, scancel and a node
# that fails do to a job.

# shellcheck source=tests/cluster/alone.sh
. "$(dirname "$0")/alone.sh"
PATH=$PATH:/usr/sbin:/sbin
for program in slurmctld slurmd sbatch scontrol squeue scancel; do
	command -v $program >/dev/null || skip_all "no $program"
done
# shellcheck source=tests/cluster/common.sh
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1
hostname cluster
ip address add 10.77.0.1/32 dev lo # the resolver wants an address that is not only loopback's

# ---- Slurm ---------------------------------------------------------------------------------------------------------------

state=/dev/shm/slurm # ours alone, and Slurm reads no path with a blank
mkdir "$state" "$state/state" "$state/spool.n1" "$state/spool.n2"
sed "s|@HOST@|cluster|; s|@STATE@|$state|" "$here/slurm.conf.in" >"$state/slurm.conf"
SLURM_CONF=$state/slurm.conf
export SLURM_CONF
slurmctld -D -i >"$state/controller" 2>&1 </dev/null &
for node in n1 n2; do
	slurmd -D -N $node >"$state/$node" 2>&1 </dev/null &
done

# Whether nothing is left of any job: what ends late would be taken for the end of the next start.
both_idle()
{
	[ "$(sinfo -h -t idle -o %D)" = 2 ] && ! grep -qx slurmstepd /proc/[0-9]*/comm
}
if ! await both_idle; then
	cat "$state"/*.log "$state/controller" "$state"/n? | sed 's/^/# /'
	skip_all "Slurm does not start here"
fi
# Submits slurm.sbatch with output in $work/NAME and its log; $id is the job.
submit() # NAME [OPTION…]
{
	output=$1
	shift
	edit slurm.sbatch job=job.yaml "output=$output" "convoy='$gate'" "share='$jobs'" "launch=($launch)" &&
		id=$(sbatch --parsable --nodes 2 --ntasks-per-node 1 --time 30 --output "$output.log" "$@" slurm.sbatch)
}

# A member of the job as Slurm shows it.
member() # NAME
{
	scontrol -o show job "$id" | tr ' ' '\n' | sed -n "s/^$1=//p"
}

in_state() # STATE RESTARTS
{
	[ "$(member JobState)" = "$1" ] && [ "$(member Restarts)" = "$2" ]
}

# Two epochs more, and the job that waits in the queue does them, to the end that a job without stops comes to.
goes_on() # NAME
{
	job_write $(($(epochs_of "$1") + 2)) && gate_open
	# Slurm holds a requeued job back for two minutes. In the second of its end it would refuse the next start.
	sleep 2
	await both_idle && scontrol update JobId="$id" StartTime=now TimeLimit=30 && await in_state COMPLETED 1
	status=$?
	show "$1"
	[ $status -eq 0 ] && same_end "$1"
}

# Notes what is known of a job for the case that its test fails.
show() # NAME
{
	{ scontrol show job "$id" && grep -v '^epoch' "$1.log"; } >log 2>&1
}

launch="$MPIRUN $options"
# The two nodes are one host, and the kernel's loopback is their only wire.
export OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo
# The mpirun of Open MPI 5.0.7 dies of SIGSEGV on such nodes, whatever the program.
sbatch --wait --nodes 2 --ntasks-per-node 1 --output probe.log --wrap "$launch true; echo status \$?" >log 2>&1
if grep -qx 'status 139' probe.log && srun --mpi=list 2>&1 | grep -qw pmix; then
	launch='srun --mpi=pmix'
fi
await both_idle

# ---- The end of its time ---------------------------------------------------------------------------------------------------

# Slurm's limits are whole minutes; the signal comes 55 seconds before the end, or earlier.
job_write 100000
submit time --time 1 --signal B:USR1@55
await in_state PENDING 1
status=$?
gate_close
show time
[ $status -eq 0 ] && [ -n "$(newest time)" ] && grep -q 'ended with status 75' time.log
result $? 'before its time is up a job stops with a checkpoint and goes back to the queue'
goes_on time
result $? '… and on two nodes to the same bytes as a job that had the time'

# ---- A node that fails -----------------------------------------------------------------------------------------------------

job_write 100000
submit node && await under_way node 2
gate_close
scontrol update NodeName=n2 State=DOWN Reason=test && await in_state PENDING 1
status=$?
show node
result $status 'a job goes back to the queue when a node fails'
scontrol update NodeName=n2 State=RESUME >log 2>&1 # it may have come back already
await both_idle
goes_on node
result $? '… and on to the same bytes'

# ---- scancel -----------------------------------------------------------------------------------------------------------------

job_write 100000
submit cancelled && await under_way cancelled 2
scancel "$id" && await in_state CANCELLED 0 && await both_idle
status=$?
show cancelled
result $status 'a cancelled job ends, and does not come back'
job_write $(($(epochs_of cancelled) + 2))
train 1 cancelled job.yaml --resume && same_end cancelled
result $? '… and what it left can be continued'

# ---- srun ----------------------------------------------------------------------------------------------------------------------

srun='srun with PMIx in the place of mpirun'
if srun --mpi=list 2>&1 | grep -qw pmix; then
	job_write 3
	launch='srun --mpi=pmix'
	submit pmix --nodes 1 --ntasks-per-node 2 && await in_state COMPLETED 0
	status=$?
	show pmix
	[ $status -eq 0 ] && grep -q '^convoy .* 2 ranks' pmix.log && same_end pmix
	result $? "$srun"
else
	skip "$srun" 'this srun has no PMIx'
fi

# ---- An array --------------------------------------------------------------------------------------------------------------------

# Submits slurm-array.sbatch for the sweep $work/NAME of two jobs; $id is the array.
submit_array() # NAME
{
	edit slurm-array.sbatch "convoy='$gate'" "share='$jobs'" "launch=($launch)" &&
		"$convoy" sweep job.yaml --grid train.rate=0.05,0.02 --output "$1" >log 2>&1 &&
		id=$(sbatch --parsable --array=1-2 --nodes 1 --ntasks-per-node 1 --time 30 --output "$1-%a.log" slurm-array.sbatch "$1")
}

# Whether a task of the array is in STATE after so many RESTARTS.
task_in_state() # TASK STATE RESTARTS
{
	scontrol -o show job "${id}_$1" | tr ' ' '\n' | grep -c -x -e "JobState=$2" -e "Restarts=$3" | grep -qx 2
}

launch="$MPIRUN $options"
job_write 3
submit_array array && await task_in_state 1 COMPLETED 0 && await task_in_state 2 COMPLETED 0
status=$?
cat array-?.log >log
for task in 1 2; do
	cp array/00$task.yaml job.yaml
	[ $status -eq 0 ] && same_end array/00$task
	result $? "a task of an array trains its job: $task"
done

# The second task has the SLURM_JOB_ID of the whole array: to start again it must not name that.
job_write 100000
submit_array again && await under_way again/001 2 && await under_way again/002 2
gate_close
scancel --batch --signal USR1 "${id}_2" && await task_in_state 2 PENDING 1 && task_in_state 1 RUNNING 0
status=$?
{ scontrol show job "$id" && grep -v '^epoch' again-?.log; } >log 2>&1
result $status 'a task of an array goes back to the queue, and the others run on'
scancel "$id"
gate_open
await both_idle

results_end
