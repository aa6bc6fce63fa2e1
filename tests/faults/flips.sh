#!/bin/sh
# Every changed byte and every truncation of a checkpoint is refused: see flips.c.
work=$(mktemp -d "${TMPDIR:-/tmp}/flips.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
"${CONVOY%/*}/tests/faults/flips" "$work"
