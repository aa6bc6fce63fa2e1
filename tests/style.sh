#!/bin/sh
# What the house rules ask of src/, include/, Python, test scripts and tests' headers, and no compiler sees. Prints TAP; needs a shell and awk.
# Usage: tests/style.sh [TOP] (default: the tree this script stands in)
set -euf

LC_ALL=C
export LC_ALL
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
cd "${1:-$here/..}"
IFS='
'
# What make writes into src/ where the tree is built in itself nobody has written.
# shellcheck disable=SC2046 # a word per line
exec awk -f "$here/style.awk" $(find src include -type f -name '*.[chS]' ! -name '*.pb-c.[ch]' ! -name report_page.h \
	! -path src/train/sources.c |
	sort) $(find python tests -type f -name '*.py' 2>/dev/null | sort) \
	$(find fortran tests doc/examples -type f -name '*.f90' 2>/dev/null | sort) $(find tests -type f -name '*.sh' -o -type f -name '*.h' | sort) /dev/null
