#!/bin/sh
# The same as errors.sh, in a run that continues another.
# shellcheck source=tests/faults/errors.sh
. "$(dirname "$0")/errors.sh"
