# What shell tests share (sourced): results as TAP, a folder, and the launcher's options.
# shellcheck shell=sh disable=SC2034,SC2154 # variables for, and of, those who source this

# ---- TAP -------------------------------------------------------------------------------------------------------------

tests=0 tests_failed=0
explains= # the file that explains a failure where result is given none

result() # STATUS NAME [FILE that explains a failure]
{
	tests=$((tests + 1))
	label=$(printf '%s' "$2" | tr '#\n' '. ')
	if [ "$1" -eq 0 ]; then
		printf '%s\n' "ok $tests - $label"
		return
	fi
	tests_failed=1
	printf '%s\n' "not ok $tests - $label"
	set -- "${3:-$explains}"
	[ -z "$1" ] || sed 's/^/# /' "$1"
}

skip() # NAME REASON
{
	tests=$((tests + 1))
	printf '%s\n' "ok $tests - $1 # SKIP $2"
}

skip_all() # REASON
{
	echo "1..0 # SKIP $1"
	exit 0
}

# What is wrong, noted for the next report.
offend() # WORD…
{
	printf '%s\n' "$*" >>"$work/offences"
}

report() # NAME: whether offences were noted since the last report
{
	[ ! -s "$work/offences" ]
	result $? "$1" "$work/offences"
	: >"$work/offences"
}

# The plan, behind the last result.
results_end()
{
	echo "1..$tests"
	exit $tests_failed
}

# ---- Files -----------------------------------------------------------------------------------------------------------

# Sets $work to a folder of our own, which is gone when we are.
work_make() # NAME
{
	work=$(mktemp -d "${TMPDIR:-/tmp}/convoy-$1.XXXXXX") || exit 1
	trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
	trap 'exit 1' HUP INT TERM
}

# ---- Ranks -----------------------------------------------------------------------------------------------------------

# Sets $options to what lets $MPIRUN start more ranks than cores, as root too, side by side with other tests: no binding,
# and waiting ranks yield.
launcher_prepare()
{
	options=
	case $($MPIRUN --version 2>&1) in
	*'Open MPI'* | *OpenRTE*)
		options='--oversubscribe --bind-to none'
		export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
		export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_mpi_yield_when_idle=1
		# Where a rank ends with a status, the launcher waits a second for the others, which have ended as well.
		export OMPI_MCA_odls_base_sigkill_timeout=0
		;;
	esac
	# MPI's own leaks hide ours; built with sanitizers, the tests without MPI look for those.
	export ASAN_OPTIONS="detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
}

# Prints the statuses with which the launcher may end besides that of a rank that exits and so ends the job. MPICH's
# kills the other ranks and ends with their 9, at times with 0. After MPI_Abort it ends with the right status.
launcher_killed()
{
	case $($MPIRUN --version 2>&1) in
	*HYDRA*) echo 0 9 ;;
	esac
}

has_launcher()
{
	[ -n "${MPIRUN:-}" ] && command -v "${MPIRUN%% *}" >/dev/null
}
