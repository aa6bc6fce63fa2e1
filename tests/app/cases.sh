#!/bin/sh
# What a user sees when something is wrong: one line on stderr, the right exit status, no new files, and no waiting.
# The cases stand in the .cases files beside this script; each is run in a folder of its own. A line there is
#   + COMMAND          of the shell, before the command (the functions below, and those of common.sh)
#   $ ARGUMENT…        of convoy, as the shell reads them
#   % ARGUMENT…        the same on three ranks
#   @ ARGUMENT…        the same as a user who is not root
#   > TEXT             a line that stdout shall hold, besides the first two of a run
#   ~ FILE             a file that may be new
#   ? PROGRAM          without which the case is left out
#   STATUS TEXT        what shall come of it; this ends the case
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"

# Edits a copy of the job file.
job() # SED-SCRIPT
{
	sed "$1" tiny.yaml >job.yaml
}

# Puts bytes (printf's escapes) at an offset of a file.
patch() # FILE OFFSET ESCAPES
{
	# shellcheck disable=SC2059
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

shorten() # FILE BYTES
{
	head -c "$2" "$1" >shorter && mv shorter "$1"
}

mkdir template
$limit "$convoy" train tiny.yaml --output run >run.log 2>&1 || { cat run.log; exit 1; }
mv run/best.h5 template/good.h5
mv data tiny.yaml template

# Root may read and write everything; what is forbidden is tried as nobody, where that works.
user=
if [ "$(id -u)" = 0 ]; then
	user='setpriv --reuid 65534 --regid 65534 --clear-groups'
	chmod 755 "$work"
	$user test -x "$convoy" 2>/dev/null || user=none
fi

# MPICH's launcher does not end tasks that have not started MPI: each of them says that the command line is wrong.
hydra=
[ -z "$ranks" ] || hydra=$($MPIRUN --version 2>&1 | grep -m 1 HYDRA)

files_list()
{
	find . ! -type d ! -name 'got.*' | sort
}

# Turns what differs between machines into what is written in the cases.
normalise()
{
	sed -e 's/[0-9a-f]\{16\}…/HASH/g' \
		-e 's/[0-9]* bytes behind the header, which says [0-9]*$/N bytes behind the header, which says N/'
}

case_run() # PREFIX STATUS TEXT
{
	rm -rf case
	cp -r template case
	cd case || exit 1
	eval "$before"
	files_list >../files
	printf %s "$allowed" >>../files
	eval "set -- \"\$1\" \"\$2\" \"\$3\" $arguments"
	prefix=$1 status=$2 text=$3
	shift 3
	# shellcheck disable=SC2086 # words
	case $prefix in
	'$') $limit "$convoy" "$@" ;;
	%) timeout -k 2 60 $ranks 3 "$convoy" "$@" ;;
	@) $user $limit "$convoy" "$@" ;;
	esac </dev/null >../got.out 2>../got.raw
	got=$?
	files_list >../files.new
	cd .. || exit 1

	# The launcher has words of its own; one line is ours.
	if [ "$prefix" = % ] && [ -n "$hydra" ] && [ "$status ${table##*/}" = '64 usage.cases' ]; then
		grep '^convoy: ' got.raw | uniq >got.err
	elif [ "$prefix" = % ]; then
		grep '^convoy: ' got.raw >got.err
	else
		cp got.raw got.err
	fi
	{
		echo "$status convoy: $text"
		printf %s "$shown"
	} >wanted
	{
		echo "$got $(normalise <got.err)"
		grep -v -e '^convoy [0-9.]*  ' -e '^[0-9]* ranks* of [0-9]* thread' got.out
	} >got
	sort -u files -o files
	{
		diff wanted got
		comm -13 files files.new | sed 's/^/new file: /'
	} >differences
	[ ! -s differences ]
	result $? "$prefix $arguments: $status $text" differences
}

for table in "$here"/*.cases; do
	before='' arguments='' shown='' allowed='' prefix='' needed=true
	while IFS= read -r line <&3; do
		rest=${line#??}
		case $line in
		'' | '#'*) ;;
		'+ '*) before="$before$rest
" ;;
		'> '*) shown="$shown$rest
" ;;
		'~ '*) allowed="$allowed./$rest
" ;;
		'? '*) needed=$rest ;;
		['$%']) prefix=$line arguments='' ;;
		['$%@']*) prefix=${line%"${line#?}"} arguments=$rest ;;
		[0-9]*)
			if ! command -v "$needed" >/dev/null; then
				skip "$prefix $arguments" "no $needed"
			elif [ "$prefix" = % ] && [ -z "$ranks" ]; then
				skip "$prefix $arguments" 'no mpirun'
			elif [ "$prefix" = @ ] && [ "$user" = none ]; then
				skip "$prefix $arguments" 'root may do everything'
			else
				case_run "$prefix" "${line%% *}" "${line#* }"
			fi
			before='' arguments='' shown='' allowed='' prefix='' needed=true
			;;
		*)
			echo "Bail out! $table: '$line'"
			exit 1
			;;
		esac
	done 3<"$table"
done
results_end
