#!/bin/sh
# comm under mpirun: every number of ranks passes test_ranks and gives the same bits; an abort ends all ranks.
program=tests/comm/test_ranks
# shellcheck source=tests/common.sh
. "$(dirname "$0")/../common.sh"
has_launcher || skip_all 'no mpirun'
launcher_prepare

# The library's files between ranks go away with us, also after a crash.
TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/ranks.XXXXXX") || exit 1
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 1' HUP INT TERM

# The launcher must not read our input, and a hang must not outlast the patience of whoever waits.
launch() { # RANKS [WORD…]
	ranks=$1
	shift
	timeout -k 5 300 $MPIRUN $options -n "$ranks" "$program" "$@" </dev/null 2>&1
}

first=
compare() { # RANKS NAME
	output=$(launch "$1")
	status=$?
	case $output in *'not ok'*) status=1 ;; esac
	[ "$status" -eq 0 ] || printf '%s\n' "$output" | sed 's/^/# /'
	result "$status" "$2, passes"

	sums=$(printf '%s\n' "$output" | sed -n 's/^# sums //p')
	: "${first:=$sums}"
	[ -n "$sums" ] && [ "$sums" = "$first" ]
	result $? "$2, sums $sums"
}

for ranks in 1 2 3 5 8; do
	compare "$ranks" "ranks: $ranks"
done

# Other ways to add must give the same bits (Open MPI's choices; other libraries ignore these words).
export OMPI_MCA_coll_tuned_use_dynamic_rules=1
for algorithm in 2 4 6; do
	export OMPI_MCA_coll_tuned_allreduce_algorithm=$algorithm
	compare 3 "ranks: 3, algorithm: $algorithm"
done
unset OMPI_MCA_coll_tuned_use_dynamic_rules OMPI_MCA_coll_tuned_allreduce_algorithm

# Nodes of fewer ranks, not all of the same number: the sums also go from node to node.
for case in '2 1' '3 2' '8 3' '5 1' '9 2'; do
	export CONVOY_NODE_RANKS="${case#* }"
	compare "${case% *}" "ranks: ${case% *}, at most $CONVOY_NODE_RANKS in a node"
done
unset CONVOY_NODE_RANKS

refused() { # RANKS VALUE
	CONVOY_NODE_RANKS=$2 launch "$1" >"$TMPDIR/said"
	[ $? -ne 0 ] && grep -qF "CONVOY_NODE_RANKS=$2: not a whole number of ranks from 1 on" "$TMPDIR/said"
	result $? "ranks: $1, CONVOY_NODE_RANKS=$2 is refused"
}
for value in x 2x 0 -1 ' 1' 1.5; do
	refused 1 "$value"
done
refused 2 two
CONVOY_NODE_RANKS='' compare 2 'an empty CONVOY_NODE_RANKS is none: 2 ranks'

# A variable that only one rank has, as where a launcher does not hand it on.
cat >"$TMPDIR/one" <<end
#!/bin/sh
[ "\${OMPI_COMM_WORLD_RANK:-\$PMI_RANK}" != 0 ] || export CONVOY_NODE_RANKS=1
exec $program "\$@"
end
chmod +x "$TMPDIR/one"
whole=$program
program=$TMPDIR/one
compare 3 'ranks: 3, one of them at most 1 in a node'
program=$whole

ended_with() { # STATUS WORD
	launch 3 "$2" >/dev/null
	[ $? -eq "$1" ]
}
ended_with 75 abort
result $? 'an abort ends all ranks with its status'
ended_with 71 fail
result $? 'a rank whose MPI failed does not leave the others waiting'

results_end
