#!/bin/sh
# Several runs on one node: a run says so where another one is bound to its core, and not otherwise.
# shellcheck source=tests/train/common.sh
. "$(dirname "$0")/common.sh"

command -v taskset >/dev/null || skip_all 'no taskset'
[ "$(getconf _NPROCESSORS_ONLN)" -gt 1 ] || skip_all 'one core: nothing is bound to it'
core=$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')
job=$here/lenet.yaml
program=$convoy
printf '#!/bin/sh\nexec taskset -c %s "%s" "$@"\n' "$core" "$program" >"$work/bound"
chmod +x "$work/bound"

# Whether the second line of a short run ends with TEXT.
ends() # TEXT PROGRAM RANKS
{
	rm -rf "$work/short"
	convoy=$2 && train "$3" short "$job" --stop-at 1
	status=$?
	convoy=$program
	[ $status -eq 75 ] && sed -n 2p "$work/log" | grep -q "^$3 ranks\{0,1\} of 1 thread on .* of [12] nodes\{0,1\}$1\$"
}
another=": another run is bound to the same core, 'mpirun --bind-to none' keeps them apart"

first=
trap '[ -z "$first" ] || kill "$first"; rm -rf "$work"' EXIT
"$work/bound" train "$job" --data "$work/data" --output "$work/first" --epochs 100000 --set train.schedule=constant \
	--set checkpoint.epochs=100000 </dev/null >"$work/first.log" 2>&1 &
first=$!
await has_epochs first 1
result $? 'a run is bound to a core' "$work/first.log"
! grep -q 'another run' "$work/first.log"
result $? 'it is alone there, and says nothing' "$work/first.log"

ends "$another" "$work/bound" 1
result $? 'a second run on this core says so'
ends '' "$program" 1
result $? 'a run that is bound to no core says nothing'

kill -USR1 "$first" && wait "$first"
[ $? -eq 75 ]
result $? 'the first run ends' "$work/first.log"
first=
ends '' "$work/bound" 1
result $? 'then the core is free again'
ends ': some share a core, .*' "$work/bound" 2
result $? 'two ranks of one run are not another run'
CONVOY_NODE_RANKS=1 ends '' "$work/bound" 2
result $? '… also where each is a node of its own'
results_end
