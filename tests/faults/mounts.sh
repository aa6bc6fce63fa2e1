# shellcheck shell=sh
# Starts the script that sources this once more, where it can mount file systems that nobody else sees. Source it first.

if [ -z "${FAULT_MOUNTS-}" ]; then
	# Mounts need a name space of their own, which root has, and users where the system lets them.
	for user in '' -r; do
		# shellcheck disable=SC2016,SC2086 # expanded there; nothing or a word
		if unshare -m $user sh -c 'mount -t tmpfs tmpfs "${TMPDIR:-/tmp}"' 2>/dev/null; then
			FAULT_MOUNTS=yes exec unshare -m $user sh "$0"
		fi
	done
	# shellcheck source=tests/common.sh
	. "$(dirname "$0")/../common.sh"
	skip_all 'no file system can be mounted here'
fi
