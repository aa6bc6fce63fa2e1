#!/bin/sh
# Every changed byte and every truncation of a checkpoint is refused: see flips.c.
# shellcheck source=tests/common.sh
. "$(dirname "$0")/../common.sh"
work_make flips
"${CONVOY%/*}/tests/faults/flips" "$work"
