# shellcheck shell=sh
# What the tests of the cluster scripts share beyond what those of training do. Source it.

# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/../train/common.sh"
jobs=$(CDPATH='' cd "$here/../../jobs" && pwd)

command -v bash >/dev/null || skip_all 'no bash'

# A batch script of jobs/ as a user would edit it: $work/FILE with each NAME=VALUE in its head.
edit() # FILE NAME=VALUE…
(
	file=$1
	cp "$jobs/$file" "$work/$file" || return 1
	shift
	for line; do
		name=${line%%=*}
		grep -q "^$name=" "$work/$file" || return 1
		awk -v name="$name" -v line="$line" 'index($0, name "=") == 1 { print line; next } { print }' \
			"$work/$file" >"$work/edited" && cat "$work/edited" >"$work/$file" || return 1
	done
)

# A job in $work/job.yaml of EPOCHS; nothing but its end depends on how many. A checkpoint every tenth epoch.
job_write() # EPOCHS
{
	sed "s|directory: data|directory: '$work/data'|; s/epochs: [0-9]*/epochs: $1/
		s/schedule: step, factor: 0.5, every: 1/schedule: constant/" "$here/../train/combine.yaml" >"$work/job.new" &&
		echo 'checkpoint: {epochs: 10}' >>"$work/job.new" && mv "$work/job.new" "$work/job.yaml"
}

# Whether $work/OUTPUT holds more than NUMBER epochs, and a checkpoint to go on from.
under_way() # OUTPUT NUMBER
{
	has_epochs "$1" "$2" && [ -n "$(newest "$1")" ]
}

epochs_of() # OUTPUT
{
	echo $(($(wc -l <"$work/$1/metrics.csv") - 1))
}

# Whether a run that ended in $work/OUTPUT came where $work/job.yaml comes at one go.
same_end() # OUTPUT
{
	mpi -n 1 "$convoy" train "$work/job.yaml" --output "$work/$1-straight" || return 1
	one=$(newest "$1") two=$(newest "$1-straight")
	[ "${one##*/}" = "${two##*/}" ] && cmp "$one" "$two" >>"$work/log" 2>&1 && same_metrics "$1" "$1-straight"
}

# The program as the scripts start it: it waits while the gate is closed, so that a test can look in between.
gate=$work/gate
cat >"$gate" <<GATE
#!/bin/sh
while [ -e '$gate.closed' ]; do
	sleep 0.1
done
exec '$convoy' "\$@"
GATE
chmod +x "$gate"

gate_close()
{
	: >"$gate.closed"
}

gate_open()
{
	rm "$gate.closed"
}
