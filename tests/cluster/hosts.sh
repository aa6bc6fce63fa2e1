#!/bin/sh
# Two hosts, with networks and names of their own and a wire between them: the same bytes as on one, also through a slow
# wire, and jobs/launch.sh goes on after the wire was cut.

# shellcheck source=tests/cluster/alone.sh
. "$(dirname "$0")/alone.sh"
# shellcheck source=tests/cluster/common.sh
. "$(dirname "$0")/common.sh"
case $options in
*oversubscribe*) ;;
*) skip_all 'not Open MPI' ;;
esac
cd "$work" || exit 1

# ---- The hosts: a process each, that holds its namespaces -----------------------------------------------------------------

host_start() # NUMBER
{
	unshare --net --uts sleep 1000 >/dev/null 2>&1 &
	echo $! >"host$1"
	await enter "$1" true && enter "$1" hostname "host$1" && enter "$1" ip link set lo up
}

# Whether the process of host NUMBER has left our namespaces; then runs COMMAND there.
enter() # NUMBER COMMAND…
{
	holder=$(cat "host$1")
	shift
	[ "$(readlink "/proc/$holder/ns/uts")" != "$(readlink /proc/self/ns/uts)" ] &&
		nsenter --target "$holder" --net --uts "$@"
}

wire_start()
{
	ip link add eth0 netns "$(cat host1)" type veth peer name eth0 netns "$(cat host2)" || return 1
	for number in 1 2; do
		enter $number ip address add 10.77.0.$number/24 dev eth0 && enter $number ip link set eth0 up || return 1
	done
}

if ! trouble=$(host_start 1 2>&1 && host_start 2 2>&1 && wire_start 2>&1); then
	skip_all "no two hosts here: $trouble"
fi

# In the place of ssh: agent [OPTION…] ADDRESS COMMAND…
mkdir bin
cat >bin/agent <<'AGENT'
#!/bin/sh
while case $1 in -*) ;; *) false ;; esac; do
	shift
done
host=${1##*.}
shift
exec nsenter --target "$(cat "$CLUSTER_WORK/host$host")" --net --uts sh -c "$*"
AGENT
chmod +x bin/agent
printf '10.77.0.1 slots=2\n10.77.0.2 slots=1\n' >hosts
CLUSTER_WORK=$work PATH=$work/bin:$PATH
export CLUSTER_WORK PATH

# What follows runs on two hosts if it is said so.
single=$MPIRUN
double="nsenter --target $(cat host1) --net --uts $MPIRUN --map-by node --hostfile hosts"
on() # HOSTS COMMAND…
{
	hosts=$1
	shift
	(
		MPIRUN=$single
		if [ "$hosts" -eq 2 ]; then
			MPIRUN=$double
			export OMPI_MCA_plm_rsh_agent=agent OMPI_MCA_btl=tcp,self
			export OMPI_MCA_btl_tcp_if_include=eth0 OMPI_MCA_oob_tcp_if_include=eth0
			# The launcher of Open MPI 5 has names of its own.
			export PRTE_MCA_plm_ssh_agent=agent PRTE_MCA_prte_if_include=eth0
		fi
		"$@"
	)
}

# Bytes that the first host has put on the wire.
sent()
{
	enter 1 ip -s link show dev eth0 | awk '$1 == "TX:" { getline; print $1 }'
}

# ---- The same bytes --------------------------------------------------------------------------------------------------------

on 2 mpi -n 3 hostname
[ "$(sort log | tr '\n' ' ')" = 'host1 host1 host2 ' ]
result $? 'there are two hosts'

for job in lenet combine; do
	job_file=$here/../train/$job.yaml
	train 1 $job-1 "$job_file"
	for ranks in 2 3; do
		before=$(sent)
		on 2 train $ranks $job-$ranks "$job_file" && same_runs $job-1 $job-$ranks
		result $? "$job: $ranks ranks on two hosts give the same bytes as one"
	done
	# 15 steps of some thousand bytes each.
	[ $(($(sent) - before)) -gt 50000 ]
	result $? '… and used the wire'
done

# 2 Mbit/s: the parameters of a step take hundredths of a second.
for number in 1 2; do
	trouble=$(enter $number tc qdisc add dev eth0 root tbf rate 2mbit burst 4kb latency 100ms 2>&1) || break
done
name='a slow wire changes no byte'
if [ -n "$trouble" ]; then
	skip "$name" "no tc tbf here: $trouble"
else
	on 2 train 2 slow "$job_file" && same_runs "$job-1" slow
	result $? "$name"
	enter 1 tc qdisc del dev eth0 root
	enter 2 tc qdisc del dev eth0 root
fi

# ---- A cut wire ------------------------------------------------------------------------------------------------------------

job_write 100000
edit launch.sh job=job.yaml output=cut "convoy='$gate'" hosts=hosts pause=5 "share='$jobs'"
on 2 enter 1 bash launch.sh >launch.log 2>&1 </dev/null &
launch=$!
await under_way cut 2
status=$?
cat launch.log >log
result $status 'launch.sh trains on two hosts'

gate_close
enter 2 ip link set eth0 down
await grep -aq 'ended with status' launch.log
status=$?
cat launch.log >log
result $status "it notices that the wire is cut: $(grep -a 'ended with status' launch.log)"

# Open MPI 5's mpirun may be gone before its ranks are. Until then they train on.
unlocked()
{
	[ ! -e cut/.lock ] || flock --nonblock cut/.lock true
}
await unlocked
enter 2 ip link set eth0 up
job_write $(($(epochs_of cut) + 2)) && gate_open
wait $launch
status=$?
cat launch.log >log
[ $status -eq 0 ] && [ "$(grep -ac 'ended with status' launch.log)" -ge 2 ] && same_end cut
result $? '… and goes on by itself to the same bytes when it is mended'

# A rank that hears nothing ends itself, if its watch is set to less than the launcher takes with what batch.sh sets.
job_write 100000
# shellcheck disable=SC2016 # words of bash
on 2 enter 1 timeout -k 5 300 bash -c '. "$0" && exec "$@"' "$jobs/batch.sh" mpirun --map-by node --hostfile hosts -n 2 \
	"$convoy" train job.yaml --output stalled --stall-timeout 4 >launch.log 2>&1 </dev/null &
launch=$!
await under_way stalled 2 && enter 2 ip link set eth0 down
wait $launch
status=$?
cat launch.log >log
echo "status $status" >>log
grep -aq '^convoy: .*rank 1.*host2' log
result $? "a rank behind a cut wire is named: $(grep -a '^convoy: ' log)"
job_write $(($(epochs_of stalled) + 2))
mpi -n 1 "$convoy" train job.yaml --output stalled --resume && same_end stalled
result $? '… and another host continues to the same bytes'

results_end
