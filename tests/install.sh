#!/bin/sh
# `make install` puts everything where it belongs, what is installed works, and `make uninstall` leaves nothing. Prints
# TAP. Usage: CONVOY=BUILD/convoy tests/install.sh
set -u

LC_ALL=C
export LC_ALL
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES DESTDIR
convoy=${CONVOY:-$PWD/convoy}
build=${convoy%/*}
# shellcheck source=tests/common.sh
. "$here/common.sh"
work_make install

# A blank, which libtool cannot.
for word in "prefix=$work/a b" "bindir=$work/a b" "DESTDIR=$work/a b"; do
	! "${MAKE:-make}" -s -C "$build" prefix="$work/c" DESTDIR= "$word" install >"$work/log" 2>"$work/out" &&
		[ "$(grep -vc '^make' "$work/out")" -eq 0 ] && [ ! -e "$work/a b" ] && [ ! -e "$work/c" ] &&
		grep -qxF "make install: '$work/a b': libtool installs into no folder with a blank in its name" "$work/out"
	result $? "make install: a blank in ${word%%=*} is refused in a line" "$work/out"
done

# One folder for each kind of file: whatever configure was told.
tree=$work/tree
set -- "DESTDIR=$tree" prefix=/p exec_prefix=/p bindir=/p/bin datarootdir=/p/share datadir=/p/share mandir=/p/share/man \
	docdir=/p/share/doc/convoy libdir=/p/lib includedir=/p/include pythondir=/p/lib/python3
"${MAKE:-make}" -C "$build" "$@" install >"$work/log" 2>&1
result $? 'make install' "$work/log"
(cd "$tree/p" && find . ! -type d | sort) >"$work/files"

for file in bin/convoy share/man/man1/convoy.1 share/man/man1/convoy-train.1 share/man/man5/convoy-job.5 \
	share/man/man5/convoy-checkpoint.5 share/bash-completion/completions/convoy share/zsh/site-functions/_convoy \
	share/doc/convoy/formats.md lib/convoy/convoy.f90 share/convoy/small-fashion.yaml share/convoy/slurm.sbatch \
	share/convoy/slurm-array.sbatch; do
	grep -qxF "./$file" "$work/files"
	result $? "installed: $file" "$work/files"
done
for command in $("$convoy" --help | awk '/^  [a-z-]+  / { print $1 }'); do
	[ -s "$tree/p/share/man/man1/convoy-$command.1" ]
	result $? "installed: the manual page of $command" "$work/files"
done
"$tree/p/bin/convoy" --version >"$work/out" 2>&1
result $? 'the installed program runs' "$work/out"
if [ -e "$tree/p/lib/python3/convoy" ] && /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
	PYTHONPATH=$tree/p/lib/python3 CONVOY_LIBRARY_PATH=$tree/p/lib \
		/usr/bin/python3 -c "import convoy; print(convoy.version())" \
		>"$work/out" 2>&1
	result $? 'the installed package runs' "$work/out"
else
	skip 'the installed package runs' 'no python3 with NumPy'
fi
(cd "$tree" && find . -type f -perm /go=w) >"$work/out"
[ ! -s "$work/out" ]
result $? 'others may not write what is installed' "$work/out"
grep -rlIF -e "$build" "$tree/p/share" >"$work/out"
[ ! -s "$work/out" ]
result $? 'no file names the folder it was built in' "$work/out"

grep -qF "share=\"/p/share/convoy\" " "$tree/p/share/convoy/slurm.sbatch" && bash -n "$tree/p/share/convoy/slurm.sbatch"
result $? 'the scripts know their folder' "$tree/p/share/convoy/slurm.sbatch"
grep -c '^\(prefix=/p\|exec_prefix=/p\|libdir=/p/lib\|includedir=/p/include\)$' "$tree/p/lib/pkgconfig/convoy.pc" \
	"$tree/p/lib/pkgconfig/convoy-mpi.pc" | grep -qv ':4$'
[ $? -ne 0 ]
result $? 'pkg-config finds the folders that were named' "$tree/p/lib/pkgconfig/convoy.pc"
"$tree/p/bin/convoy" --help | sed -n 's/^  convoy show //p' >"$work/out"
[ "$(cat "$work/out")" = "$tree/p/share/convoy/small-fashion.yaml" ] && "$tree/p/bin/convoy" show "$(cat "$work/out")" >"$work/log" 2>&1
result $? 'the first steps of the help are there' "$work/out"
"$convoy" --help | grep -qx '  convoy show jobs/small-fashion.yaml'
result $? 'a program that is not installed names the folder jobs'

# Each link of an installed page leads to a file.
find "$tree/p/share" -name '*.md' >"$work/pages"
while read -r page; do
	sed -n 's/](/\n](/g; s/="images/\n](images/g; p' "$page" | sed -n 's/^](\([^)"#]*\).*/\1/p' | grep -v '^\(https*:.*\|\)$' | sort -u |
		while read -r link; do
			[ -e "${page%/*}/$link" ] || echo "${page#"$tree"}: $link"
		done
done <"$work/pages" >"$work/out"
[ -s "$work/pages" ] && [ ! -s "$work/out" ]
result $? 'links of installed pages lead to files' "$work/out"

"${MAKE:-make}" -C "$build" "$@" uninstall >"$work/log" 2>&1
result $? 'make uninstall' "$work/log"
find "$tree" ! -type d >"$work/out"
[ ! -s "$work/out" ]
result $? 'make uninstall leaves no file' "$work/out"
find "$tree" -type d -name 'convoy*' >"$work/out"
[ ! -s "$work/out" ]
result $? 'and no folder of its own' "$work/out"
results_end
