#!/bin/sh
# The pages against the house: links, files, the commands' options, the job file's keys. Prints TAP.
# Usage: CONVOY=PROGRAM tests/docs.sh [TOP] (default: the tree this script stands in)
set -uf

LC_ALL=C
export LC_ALL
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
top=$(CDPATH='' cd "${1:-$here/..}" && pwd) || exit 1
convoy=${CONVOY:-convoy}
formats=$top/doc/formats.md
# shellcheck source=tests/common.sh
. "$here/common.sh"
work_make docs

# ---- Links and files ---------------------------------------------------------------------------------------------

links_of() # PAGE
{
	awk '/^ *```/ { code = !code; next }
		code { next }
		{ gsub(/`[^`]*`/, "") }
		/^\[[^]]*\]: / { print $2 }
		{
			line = $0
			while (match(line, /(src|srcset)="[^" ]*"/)) {
				link = substr(line, RSTART, RLENGTH - 1)
				sub(/.*"/, "", link)
				print link
				line = substr(line, RSTART + RLENGTH)
			}
		}
		{
			while (match($0, /\]\([^) ]*\)/)) {
				print substr($0, RSTART + 2, RLENGTH - 3)
				$0 = substr($0, RSTART + RLENGTH)
			}
		}' "$1"
}

# The names that headings have in links: lower case, no punctuation, a dash for each blank.
anchors_of() # PAGE
{
	awk '/^ *```/ { code = !code; next }
		!code && /^#+ / {
			sub(/^#+ +/, "")
			$0 = tolower($0)
			gsub(/[!-,.\/:-@\[-^`{-~]/, "")
			gsub(/ /, "-")
			print
		}' "$1"
}

links_check() # PAGE
{
	for link in $(links_of "$1"); do
		case $link in
		http:* | https:* | mailto:*) continue ;;
		'#'*) file=$1 ;;
		*) file=${1%/*}/${link%%#*} ;;
		esac
		if ! [ -e "$file" ]; then
			offend "$link: no such file"
		elif [ "$link" != "${link#*#}" ] && ! anchors_of "$file" | grep -qxF -e "${link#*#}"; then
			offend "$link: no such heading"
		fi
	done
}

# All words between backticks and in code blocks that begin like a file of the tree.
files_of() # PAGE
{
	awk '/^ *```/ { code = !code; next }
		code { print; next }
		{
			parts = split($0, part, "`")
			for (i = 2; i <= parts; i += 2)
				print part[i]
		}' "$1" | tr -s ' \t,;()"'"'" '\n' | sed 's|^\./||; s|[.:]*$||' |
		grep -E '^(src|include|tests|jobs|doc|m4)/[A-Za-z0-9_./*-]*$' | sort -u
}

# ROOM, NAME and the like stand for any name.
files_check() # PAGE
{
	for name in $(files_of "$1"); do
		[ -e "$top/$name" ] && continue
		pattern=$(printf '%s' "$name" | sed 's/[A-Z][A-Z][A-Z]*/*/g')
		set +f
		set -- "$1" "$top"/$pattern
		set -f
		[ -e "$2" ] || offend "$name: no such file"
	done
}

set +f
for page in "$top/README.md" "$top/CONTRIBUTING.md" "$top"/doc/*.md "$top"/jobs/README.md; do
	[ -r "$page" ] || offend 'cannot be read'
	links_check "$page"
	grep -nE '```.*[^a-z]' "$page" >>"$work/offences"
	report "${page#"$top"/}: links lead to files and headings, fences stand alone"
	files_check "$page"
	report "${page#"$top"/}: files that are named exist"
done
set -f
[ "$(wc -l <"$top/README.md")" -le 150 ] || offend 'README.md is longer than 150 lines: a page of doc/ can hold it'
report 'README.md can be read at one go'

# ---- Places and numbers that stand twice ---------------------------------------------------------------------------

# "| `src/net/pass.c`, `pass_backward` | …": the file is where the function stands.
sed -n 's/^| `\(src[^`]*\)`, `\([a-z0-9_]*\)`.*/\1 \2/p' "$top/doc/architecture.md" >"$work/functions"
[ -s "$work/functions" ] || offend 'no functions were found'
while read -r file function; do
	grep -qE "^[^/ *].*[ *]$function\(" "$top/$file" || offend "$function does not stand in $file"
done <"$work/functions"
report 'doc/architecture.md: functions stand in the files that it names'

# A function's bounds in math.h are those of the table.
bounds_of() # WORD: the numbers of "… below N ulp, portable M" in the comment that names it
{
	awk -v word="$1" '/^\/\*/ { text = "" }
		{ text = text " " $0 }
		/\*\// && index(text, word) && match(text, /rror[a-z ]* below .*ulp/) {
			text = substr(text, RSTART)
			gsub(/portable/, " ", text)
			if (match(text, /[0-9.]+ ulp[^.;(]*/)) {
				text = substr(text, RSTART, RLENGTH)
				gsub(/[^0-9.]+/, " ", text)
				print text
				exit
			}
		}' "$top/src/kernel/math.h"
}
for pair in 'e^x:e^x' 'ln x:ln x' 'tanh u:a tanh(s u)' 'sigmoid u:1 / (1 + e^'; do
	row=$(grep -F "| ${pair%%:*} |" "$top/doc/mathematics.md" | cut -d'|' -f3 | tr -cs '0-9.' ' ')
	[ -n "$row" ] || offend "no row of ${pair%%:*}"
	said=$(bounds_of "${pair#*:}")
	[ "$(echo $row)" = "$(echo $said)" ] || offend "${pair%%:*}: $(echo $row) ulp, math.h says $(echo $said)"
done
report 'doc/mathematics.md: bounds of elementary functions are those of math.h'

# Numbers of versions in formats are those of the program.
for pair in format_version:CHECKPOINT_FORMAT numerics:NUMERICS; do
	said=$(sed -n "s/^| \`${pair%%:*}\` | uint64 | \([0-9]*\);.*/\1/p" "$formats")
	own=$(sed -n "s/.*[ {]${pair##*:} = \([0-9]*\).*/\1/p" "$top/include/convoy/model.h")
	[ -n "$own" ] && [ "$said" = "$own" ] || offend "${pair%%:*} is '$said' there, '$own' in include/convoy/model.h"
done
report 'doc/formats.md: versions are those of include/convoy/model.h'

# Every exit status that the code has stands in the table, and no other.
sed -n 's/^#define[ \t]*\(EX_[A-Z]*\)[ \t]*\([0-9]*\).*/\1 \2/p' /usr/include/sysexits.h 2>/dev/null >"$work/sysexits"
[ -s "$work/sysexits" ] || printf '%s\n' 'EX_USAGE 64' 'EX_DATAERR 65' 'EX_NOINPUT 66' 'EX_UNAVAILABLE 69' \
	'EX_SOFTWARE 70' 'EX_OSERR 71' 'EX_IOERR 74' 'EX_TEMPFAIL 75' 'EX_CONFIG 78' >"$work/sysexits"
grep -rhowE 'EX_[A-Z]+' "$top/src" | sort -u | while read -r name; do
	sed -n "s/^$name //p" "$work/sysexits"
done | sort -n >"$work/own"
awk '/^## Exit statuses/ { inside = 1; next } /^## / { inside = 0 } inside && /^\| [*]*[0-9]/' "$formats" |
	tr -dc '0-9|\n' | cut -d'|' -f2 | awk '$1 > 1' | sort -n | diff - "$work/own" >>"$work/offences"
report 'doc/formats.md: exit statuses (<: page, >: code) are the same'

# ---- Rooms ---------------------------------------------------------------------------------------------------------

# Rooms of doc/architecture.md: "ROOM FLOOR", the roof as it stands there.
awk -F' *[|] *' '/^\| [0-9a-z]+ \| `[a-z]+` \|/ { gsub(/`/, "", $3); print $3, $2 }' "$top/doc/architecture.md" |
	sort >"$work/rooms"
find "$top/src" -mindepth 1 -maxdepth 1 -type d | sed 's|.*/||' | sort >"$work/folders"
cut -d' ' -f1 "$work/rooms" | diff - "$work/folders" >>"$work/offences"
find "$top/src" -mindepth 1 -maxdepth 1 -type f -name '*.[chS]' | sed 's|^|in no room: |' >>"$work/offences"
report 'doc/architecture.md: rooms (<: page, >: folders of src) are the same'

while read -r room floor; do
	header=$top/include/convoy/$room.h
	[ -e "$header" ] || continue
	said=$(awk '{ sub(/^ \*/, ""); text = text $0 } /\*\// { exit } END { if (match(text, /Floor [0-9]/)) print substr(text, RSTART + 6, 1) }' \
		"$header")
	[ "$said" = "$floor" ] || offend "$room: floor '$said' in its header, '$floor' in the table"
done <"$work/rooms"
report 'doc/architecture.md: floors are those of the headers'

# What a room may include is what tests/style.awk lets it: a list, "all above", or all, "but" some.
awk -F' *[|] *' '/^\| [0-9a-z]+ \| `[a-z]+` \|/ {
		gsub(/[`,–]/, "")
		gsub(/  */, " ")
		n = split($5, word, " ")
		all = 0
		for (i = 1; i <= n; i++)
			if (word[i] == "all")
				all = word[i + 1] == "above" ? 1 : 2
			else if (word[i] != "above" && word[i] != "but")
				without[$3, word[i]] = 1
		list[$3] = all == 0 ? " " $5 " " : ""
		kind[$3] = all
		rooms[++count] = $3
	}
	END {
		for (i = 1; i <= count; i++)
			for (k = 1; k <= count; k++) {
				room = rooms[i]
				other = rooms[k]
				may = k != i && (k < i || kind[room] == 2) && !((room SUBSEP other) in without)
				if (kind[room] == 0)
					may = index(list[room], " " other " ")
				if (may)
					print room, other
			}
	}' "$top/doc/architecture.md" | sort >"$work/page"
awk "BEGIN { $(grep '^.below\[' "$here/style.awk" | tr '\n' ';') for (r in below) { n = split(below[r], w, \" \");
	for (i = 1; i <= n; i++) print r, w[i] } }" | sort | diff "$work/page" - >>"$work/offences"
report 'doc/architecture.md: what a room may include (<: page, >: tests/style.awk) is the same'

find "$top/tests" -mindepth 1 -maxdepth 1 -type d | sed 's|.*/||' | sort >"$work/folders"
for folder in $(cat "$work/folders"); do
	sed -n '/^## The tests/,/^## /p' "$top/doc/architecture.md" | grep -qF -e "\`tests/$folder/\`" ||
		offend "tests/$folder/ does not stand in the tests' map"
done
report "doc/architecture.md: the tests' map has every folder of tests"

# Shared memory is where the page says.
file=$(tr '\n' ' ' <"$top/doc/architecture.md" | sed -n 's/.*MPI shared-memory window (`\([^`]*\)`).*/\1/p')
[ -n "$file" ] && grep -q MPI_Win_allocate_shared "$top/$file" || offend "'$file' makes no window of shared memory"
report 'doc/architecture.md: the file of shared memory is the one that makes it'

# ---- Sentences -----------------------------------------------------------------------------------------------------

# Sentences that readers had to read twice, or that are no longer true: in no document, header or message again.
words_of() # FILE: its text in one line, marks of comments left out, in lower case
{
	sed 's|^[ \t]*/\{0,1\}\*\{1,2\} | |' "$1" | tr -s ' \t\n' ' ' | tr 'A-Z' 'a-z'
}
set +f
for page in "$top/README.md" "$top/CONTRIBUTING.md" "$top/NEWS" "$top"/doc/*.md "$top/jobs/README.md" \
	"$top/bench/README.md" "$top"/include/*.h "$top"/include/convoy/*.h "$top"/src/*/*.c "$top"/src/*/*.h; do
	words_of "$page" | grep -oF -f "$here/hard_sentences" | sed "s|^|${page#"$top"/}: |" >>"$work/offences"
done
set -f
report 'no sentence is back that was hard to read'

# A function's comment in a public header begins with a verb or a name: not with what it returns, or with a condition.
set +f
for header in "$top"/include/convoy/*.h "$top"/include/convoy.h; do
	grep -nE '^/\* (Whether|How many|The same|That|If|Where|To be|What) ' "$header" |
		while IFS=: read -r line text; do
			awk -v line="$line" 'NR >= line && /\*\// { end = NR } end && NR == end + 1 {
				if (/^[a-z].*[ *][a-z0-9_]+\(/ && !/^(struct|enum|typedef)[^(]*[{;]/) exit 1; exit 0 }' "$header" ||
				offend "${header#"$top"/}:$line: $text"
		done
done
set -f
report "functions' comments in public headers begin with the verb"

awk '/^[A-Z]/ && !/^This / && !/^(New|Changed|Fixed)(: [a-z, ]+)?$/ { print FILENAME ":" FNR ": " $0 }
	/^(New|Changed|Fixed)/ { seen = 1 }
	/^- / && !seen { print FILENAME ":" FNR ": a point below no heading" }' "$top/NEWS" >>"$work/offences"
report 'NEWS is grouped by what is new, changed and fixed'

# ---- Job files ---------------------------------------------------------------------------------------------------

set +f
for job in "$top"/jobs/*.yaml; do
	name=${job##*/}
	grep -qF -e "| [${name%.yaml}]($name) |" "$top/jobs/README.md" || offend "jobs/README.md has no row of $name"
	awk '!/^#/ { exit } NR > 1 && /^# *(mpirun .*)?convoy train / && index($0, name) { found = 1 } END { exit !found }' \
		name="$name" "$job" || offend "jobs/$name: the comment at its head does not tell how to start it"
	error=$(sed -n "s/^| \[${name%.yaml}\]($name) .*| \([0-9.]*\) %.*/\1/p" "$top/jobs/README.md")
	[ -z "$error" ] || awk '!/^#/ { exit } 1' "$job" | grep -qwF -e "$error" ||
		offend "jobs/README.md: $error % does not stand in the head of jobs/$name"
	grep -qF -e "jobs/$name" "$top/jobs/room.mk" || offend "jobs/$name is not installed (jobs/room.mk)"
done
set -f
report 'jobs/README.md lists the job files, with the errors of their heads, each of which says how to start it'

sed 's/ *#.*//' "$top/jobs/lenet5-fashion.yaml" | grep . >"$work/job"
awk '/^```yaml/ { code = 1; next } /^```/ { code = 0 } code' "$top/README.md" | diff - "$work/job" >>"$work/offences"
report 'README.md shows jobs/lenet5-fashion.yaml (<: page, >: file)'

# ---- Commands ----------------------------------------------------------------------------------------------------

section() # HEADING: the lines below it, up to the next heading of its level or above
{
	awk -v heading="$1" '/^ *```/ { code = !code }
		!code && /^#+ / { inside = $0 == heading || (inside && length($1) > level); if ($0 == heading) level = length($1) }
		inside' "$formats"
}

options_in() # long options in the text that is read
{
	tr -c 'a-z-' '\n' | grep -E '^--[a-z][a-z-]*$' | sort -u
}

"$convoy" --help >"$work/help" 2>&1
commands=$(awk '/^  [a-z-]+  / { print $1 }' "$work/help")
[ -n "$commands" ] || offend 'convoy --help lists no commands'
report 'convoy --help lists commands'
printf '%s\n' "$commands" | sort >"$work/own"
sed -n 's/^| `convoy \([a-z-]*\)[ `].*/\1/p' "$top/README.md" | sort | diff - "$work/own" >>"$work/offences"
report "README.md's table has every command (<: page, >: program)"

for command in $commands; do
	section "### \`convoy $command\`" >"$work/section"
	"$convoy" "$command" --help 2>"$work/error" | options_in >"$work/options"
	[ -s "$work/section" ] || offend "no section in ${formats#"$top"/}"
	grep -q . "$work/options" || offend "convoy $command --help prints no options: $(cat "$work/error")"
	for option in $(cat "$work/options"); do
		case $option in
		--help | --version | --usage) grep -qF -e "\`$option\`" "$formats" || offend "$option does not stand there" ;;
		*) options_in <"$work/section" | grep -qxF -e "$option" || offend "$option does not stand there" ;;
		esac
	done
	report "convoy $command: options that --help prints stand in the page"
	for option in $(sed -n 's/^| `\(--[^`]*\)`.*/\1/p' "$work/section" | options_in); do
		grep -qxF -e "$option" "$work/options" || offend "$option is unknown to the program"
	done
	report "convoy $command: options of the page are known"
	awk '/^#### Examples/ { inside = 1 } inside && /^```/ { code = !code; next } inside && code' "$work/section" |
		sed 's/  *#.*//' >"$work/examples"
	grep -qE -e "(^|[| ])convoy $command " "$work/examples" || offend "no example of it below its #### Examples"
	grep -E -e "(^|[| ])convoy $command " "$work/examples" | options_in >"$work/shown"
	for option in $(cat "$work/shown"); do
		grep -qxF -e "$option" "$work/options" || offend "an example has $option, which is unknown to the program"
	done
	report "convoy $command: examples, with options that are known"
done

for command in $(sed -n 's/^### `convoy \([a-z-]*\)`$/\1/p' "$formats"); do
	printf '%s\n' "$commands" | grep -qxF -e "$command" || offend "convoy $command is unknown to the program"
done
report 'commands of the page are known'

# ---- Keys of the job file ----------------------------------------------------------------------------------------

# The table of a place, as `convoy help keys` would print it.
keys_of_page() # PLACE
{
	section "#### \`$1\`" | awk -v place="$1" '/^\| `/ {
		gsub(/\]\([^)]*\)/, "")
		gsub(/[[`]|[*][*]/, "")
		gsub(/^\| | *\|$/, "")
		split($0, cell, / *\| */)
		if (index(cell[1], place ".") == 1)
			cell[1] = substr(cell[1], length(place) + 2)
		printf "  %-12s %s, %s%s%s\n      %s\n", cell[1], cell[2], cell[3] ~ /^needed/ ? "" : "default ", cell[3],
			cell[4] == "" ? "" : ": " cell[4], cell[5]
	}'
}

keys_of_program() # HEADING
{
	awk -v heading="$1" 'BEGIN { RS = ""; FS = "\n" } {
		if ($1 != heading)
			next
		for (i = 2; i <= NF; i++) {
			if (i < NF && sub(/^               /, " ", $(i + 1))) # words that go on
				$(i + 1) = $i $(i + 1)
			else
				print $i
		}
	}' "$work/keys"
}

"$convoy" help keys >"$work/keys" 2>&1
awk 'BEGIN { RS = ""; FS = "\n" } !/^The same/ { print $1 }' "$work/keys" >"$work/places"
[ "$(wc -l <"$work/places")" -gt 10 ] || offend "convoy help keys lists few: $(cat "$work/places")"
# A section has the last part of a place as its heading, or all of it where the part alone is that of another.
while IFS= read -r heading; do
	place=$heading
	grep -qF "#### \`$heading\`" "$formats" || place=${heading##*[. ]}
	keys_of_page "$place" >"$work/page"
	keys_of_program "$heading" | diff "$work/page" - >>"$work/offences"
	report "keys of $heading: the page's table and the program (<: page, >: program) say the same"
done <"$work/places"

# Where the notes have a rate for each weight, every optimizer is told.
row=$(grep -F 'each weight has its own rate' "$top/doc/mathematics.md" | tail -n 1)
for word in $(sed -n 's/^  optimizer .*: //p' "$work/keys" | tr -d ,); do
	printf '%s' "$row" | grep -qF -e "\`$word\`" || offend "doc/mathematics.md: $word is not in the row of rates"
done
for type in $(sed -n 's/^layers.* of type \(.*\)/\1/p' "$work/keys"); do
	section '### Layers' | awk 'BEGIN { RS = "" } /Each layer has a `type`/' | grep -qF -e "\`$type\`" ||
		offend "doc/formats.md: $type is not in the list of types"
done
report 'doc: every optimizer and layer type is in the lists of the text'

sed -n '/^The same/,$ { /^  / p }' "$work/keys" | tr -d ' ' | tr , '\n' | sort >"$work/same"
[ -s "$work/same" ] || offend 'the program names none'
section '### Resuming' | awk 'BEGIN { RS = "" } /must be the same in both/' | grep -o '`[^`]*`' | tr -d '`' | sort |
	diff - "$work/same" >>"$work/offences"
report 'keys that a resumed run must not change: the page (<) and the program (>) name the same'

results_end
