#!/bin/sh
# The manual pages: one for each command, with the options that its --help has, and nothing that man complains about.
# Prints TAP. Usage: CONVOY=PROGRAM tests/man.sh [FOLDER] (default: man beside the program)
set -uf

LC_ALL=C
export LC_ALL
unset ARGP_HELP_FMT COLUMNS
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
convoy=${CONVOY:-$PWD/convoy}
pages=${1:-${convoy%/*}/man}
# shellcheck source=tests/common.sh
. "$here/common.sh"
work_make man

# A page as text, and what is wrong with it.
render() # PAGE
{
	env LC_ALL=C.UTF-8 MANROFFSEQ= MANWIDTH=80 man -l --warnings "$1" 2>"$work/warnings" | sed 's/.\x08//g'
	sed 's/^/man: /' "$work/warnings" >>"$work/offences"
}

options_of_help() # COMMAND
{
	"$convoy" "$1" --help | awk 'match($0, /[^ ]/) < 8 && /^  +-/' | grep -o -e '--[a-z][a-z-]*' |
		grep -vx -e --help -e --version | sort
}

options_of_page() # those that have a paragraph of their own
{
	awk '/^\.TP/ { getline; gsub(/\\f[BRI]/, ""); gsub(/\\-/, "-"); if (/^(-., )?--/) print }' "$1" |
		grep -o -e '--[a-z][a-z-]*' | sort
}

man=yes
command -v man >/dev/null && [ -n "$(man -w man 2>/dev/null || command -v groff)" ] || man=
"$convoy" --help >"$work/help"
commands=$(awk '/^  [a-z-]+  / { print $1 }' "$work/help")
[ -n "$commands" ] || offend 'convoy --help lists no commands'
report 'convoy --help lists commands'

for command in $commands; do
	page=$pages/convoy-$command.1
	if ! [ -s "$page" ]; then
		offend "convoy $command has no manual page: doc/man.awk makes one where doc/formats.md has a section" \
			"### \`convoy $command\` that begins with its usage between backticks"
		report "convoy-$command(1) is there"
		continue
	fi
	options_of_help "$command" >"$work/known"
	options_of_page "$page" >"$work/told"
	diff "$work/known" "$work/told" >>"$work/offences"
	report "convoy-$command(1): the options of --help"
	grep -qF -e "$(sed -n "s/^  $command  *//p" "$work/help" | sed 's/-/\\-/g')" "$page" || grep -qF -e \
		"$(sed -n "s/^  $command  *//p" "$work/help")" "$page" || offend 'not the summary that convoy --help has'
	report "convoy-$command(1): the summary of --help"
	grep -qF -e "convoy\\-$command" "$pages/convoy.1" || offend 'is not named there'
	report "convoy(1) names convoy-$command"
done

set +f
for page in "$pages"/*.[15]; do
	name=$(basename "$page")
	if [ -z "$man" ]; then
		skip "$name" 'no man'
		continue
	fi
	render "$page" >"$work/text"
	[ "$(wc -l <"$work/text")" -gt 15 ] || offend 'hardly a line'
	for heading in NAME SYNOPSIS DESCRIPTION EXAMPLES 'SEE ALSO'; do
		case $name:$heading in
		*.5:SYNOPSIS | *.5:EXAMPLES | convoy.1:EXAMPLES) ;;
		*) grep -qx -e "$heading" "$work/text" || offend "no $heading" ;;
		esac
	done
	grep -nE '\*\*|`|\]\(|\\\||\| .* \|' "$work/text" >"$work/marks"
	sed 's/^/left over of the page it was made of: /' "$work/marks" >>"$work/offences"
	report "$name: man is content"
done
for name in convoy.1 convoy-job.5 convoy-checkpoint.5; do
	[ -s "$pages/$name" ] || offend 'is missing'
	report "$name is there"
done
for key in data.format data.directory train.rate checkpoint.keep; do
	grep -qxF -e "\\fB$key\\fR" "$pages/convoy-job.5" || offend "$key does not stand there"
done
report 'convoy-job(5) has keys'
for array in /layers/NN '/history/epoch' '/confusion' format_version; do
	sed 's/\\-/-/g' "$pages/convoy-checkpoint.5" | grep -qF -e "\\fB$array" || offend "$array does not stand there"
done
report 'convoy-checkpoint(5) has arrays and attributes'
results_end
