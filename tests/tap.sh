#!/bin/sh
# Runs a cmocka test. Its "not ok N # SKIP" for a skipped test reads as a failure elsewhere: TAP wants "ok N # SKIP".
exec 4>&1
status=$({ { "$@" 3>&- 4>&-; echo $? >&3; } | sed 's/^not ok \([0-9]*\) # SKIP/ok \1 # SKIP/' >&4 3>&-; } 3>&1)
exit "$status"
