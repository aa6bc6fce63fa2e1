#!/bin/sh
# Stands for MPI's launchers and for the batch systems' programs: which one, says the name it is called by. $STUBS is the
# folder of its notes: `calls`, the words of each call. The first line of `plan` says what the next launch does: "75 10"
# writes a checkpoint of step 10 and ends with status 75; "wait 10" does so when SIGUSR1 comes. Where there is a file
# `refuses`, jobs do not come back to the queue.
name=${0##*/}
printf '%s\n' "$name $*" >>"$STUBS/calls"
case $name in
mpirun) ;;
scontrol)
	[ "$1" != show ] || cat "$STUBS/state" 2>/dev/null
	[ "$1" = show ] || [ ! -e "$STUBS/refuses" ]
	exit
	;;
*)
	[ ! -e "$STUBS/refuses" ]
	exit
	;;
esac

env | grep '^OMPI_MCA_oob_tcp_keepalive_' | sort >"$STUBS/environment"
read -r status step <"$STUBS/plan"
sed 1d "$STUBS/plan" >"$STUBS/rest" && mv "$STUBS/rest" "$STUBS/plan"

output=
while [ $# -gt 0 ]; do
	[ "$1" != --output ] || output=$2
	shift
done

checkpoint()
{
	: >"$output/checkpoint-$(printf '%08d' "$step").h5"
}

if [ "$status" = wait ]; then
	trap 'checkpoint; exit 75' USR1
	trap 'echo "USR2" >>"$STUBS/calls"' USR2
	: >"$STUBS/waiting"
	for _ in $(seq 600); do
		sleep 0.1
	done
	exit 1
fi
[ "$step" -eq 0 ] || checkpoint
exit "$status"
