# shellcheck shell=sh
# Starts the script that sources this once more, as root of namespaces of its own: no port, host name or shared memory is
# anybody else's, and with the script end all processes and networks that it started. Source it first.

# shellcheck source=tests/common.sh
. "$(dirname "$0")/../common.sh"
if [ "${CLUSTER_ALONE-}" != yes ]; then
	set -- --mount --net --uts --pid --fork --kill-child
	[ "$(id -u)" -eq 0 ] || set -- --user --map-root-user "$@"
	if ! trouble=$(unshare "$@" mount -t tmpfs none /dev/shm 2>&1); then
		skip_all "no namespaces here: $trouble"
	fi
	CLUSTER_ALONE=yes
	export CLUSTER_ALONE
	exec unshare "$@" sh "$0"
fi
if ! { mount -t proc proc /proc && mount -t tmpfs none /dev/shm; }; then
	skip_all 'no mounts here'
fi
if ! trouble=$(ip link set lo up 2>&1); then
	skip_all "no network of its own here: $trouble"
fi
