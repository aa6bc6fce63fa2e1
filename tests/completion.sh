#!/bin/sh
# The completions for bash and zsh offer every command, every option, and files of the right kind. Prints TAP.
# Usage: CONVOY=PROGRAM tests/completion.sh
set -u

LC_ALL=C
export LC_ALL
unset ARGP_HELP_FMT COLUMNS
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
top=$(CDPATH='' cd "$here/.." && pwd)
convoy=${CONVOY:-$PWD/convoy}
# shellcheck source=tests/common.sh
. "$here/common.sh"
work_make completion
cd "$work" || exit 1

mkdir bin runs
touch job.yaml other.yml best.h5 notes.txt runs/last.h5 'my job.yaml'
ln -s "$convoy" bin/convoy
PATH=$work/bin:$PATH
convoy --help >help
commands=$(awk '/^  [a-z-]+  / { print $1 }' help)
[ "$(printf '%s\n' "$commands" | wc -l)" -ge 9 ]
result $? 'convoy --help lists the commands' help

options_of() # COMMAND: those its help text has, each with = where it takes a value
{
	convoy "$1" --help | grep '^ \{2,6\}-' | grep -o -e '--[a-z-]*=\{0,1\}' | sort
}

# ---- bash ------------------------------------------------------------------------------------------------------------

# What is offered behind the words of a command line, the last of which is begun. = is a word of its own.
bash_offers() # WORD…
{
	bash --norc --noprofile -c '
		. "$0"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_convoy convoy "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' "$top/completion/bash/convoy" "$@" 2>errors | sort
	sed 's/^/bash: /' errors >&2
}

offers() # NAME WANTED WORD…: exactly that is offered
{
	name=$1
	printf '%s\n' "$2" | sort >wanted
	shift 2
	bash_offers "$@" >got 2>>got
	diff wanted got >differences
	result $? "bash: $name" differences
}

if command -v bash >/dev/null; then
	offers 'all commands' "$(printf '%s\n' "$commands" help --help --version)" convoy ''
	offers 'help offers all commands' "$commands" convoy help ''
	offers 'one command' train convoy tra
	for command in $commands; do
		offers "$command: all options" "$(options_of "$command")" convoy "$command" --
	done
	offers 'the job files, and where there may be more' 'job.yaml
my job.yaml
other.yml
bin
runs' convoy train ''
	offers 'the checkpoints' 'best.h5
bin
runs' convoy verify ''
	offers 'both' 'job.yaml
my job.yaml
other.yml
best.h5
bin
runs' convoy show ''
	offers 'files in a directory' runs/last.h5 convoy eval runs/
	offers 'directories' 'bin
runs' convoy train --output = ''
	offers 'directories, in a word of their own' runs convoy train -o ru
	offers 'checkpoints behind an option' 'best.h5
bin' convoy train --resume = b
	offers 'nothing for a number' '' convoy train --epochs = ''
	offers 'nothing for a mistyped command' '' convoy trian --
else
	skip bash 'no bash'
fi

# ---- zsh -------------------------------------------------------------------------------------------------------------

# The functions of zsh's completion are stood in for: what they get is looked at.
zsh_offers() # WORD…
{
	zsh -f -c '
		_call_program() { shift; "$@" }
		_describe() { print -l -- ${(P)${@[-1]}} }
		_arguments() { print -l -- "$@" }
		script=$1
		shift
		words=("$@") CURRENT=$#
		. $script' zsh "$top/completion/zsh/_convoy" "$@"
}

if command -v zsh >/dev/null; then
	zsh_offers convoy '' 2>errors | sed 's/:.*//' | sort >got
	printf '%s\n' "$commands" help | sort | diff - got >differences && [ ! -s errors ]
	result $? 'zsh: all commands' differences
	for command in $commands; do
		zsh_offers convoy "$command" '' >specs 2>errors
		sed -n 's/^\(--[a-z-]*=\{0,1\}\)-\{0,1\}\[.*/\1/p' specs | sed 's/^\(--resume\)=$/\1/' | sort >got
		options_of "$command" | diff - got >differences && [ ! -s errors ]
		result $? "zsh: $command: all options" differences
	done
	zsh_offers convoy train '' | grep -qxF -e '*:JOB.yaml:_files -g "*.(yaml|yml)"'
	result $? 'zsh: the job files'
	zsh_offers convoy train '' | grep -qxF -e '--output=[Where checkpoints and metrics.csv go (default runs/NAME)]:DIR:_files -/'
	result $? 'zsh: directories'
else
	skip zsh 'no zsh'
fi
results_end
