#!/bin/sh
# The watchdog under mpirun: a rank that hangs or is stopped ends the job, and is named; one that works does not.

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/train/common.sh
. "$here/../train/common.sh"
hang=${CONVOY%/*}/tests/comm/hang
host=$(hostname)
killed=$(launcher_killed)

# Whether `hang WAY RANK SECONDS` on three ranks ends with STATUS, and with one line of the watchdog, or none: TEXT…
ends() # STATUS WAY RANK SECONDS [TEXT…]
{
	expected=$1
	mpi -n 3 "$hang" "$2" "$3" "$4"
	got=$?
	[ $got -eq "$expected" ] || case $expected in 0) false ;; *) echo "$killed" | grep -qw $got ;; esac || return 1
	shift 4
	[ "$(grep -c '^stalled: ' "$work/log")" -eq $(($# > 0)) ] || return 1
	for text; do
		grep '^stalled: ' "$work/log" | grep -qF -e "$text" || return 1
	done
}

ends 75 loop 1 0.5 "rank 1 on $host, step 7, computing: no progress for"
result $? 'an endless loop ends the job, with rank, host, step and phase, and 75 where there is a checkpoint'
ends 71 stop 2 0.5 "rank 2 on $host, step 7, computing: stopped or dead"
result $? 'so does a rank that is stopped, with 71 where there is none'
ends 75 disk 0 0.3 "rank 0 on $host, step 7, writing a checkpoint: no progress for 1 s"
result $? 'so does a disk that hangs'
ends 75 end 1 0.5 "rank 1 on $host, step 20, computing: no progress for"
result $? 'so does a rank that does not come to the end'
ends 0 slow 1 1
result $? 'a rank that is slow, but works, does not'
ends 0 slowdisk 0 1
result $? 'nor does a slow disk'

results_end
