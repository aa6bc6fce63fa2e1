# shellcheck shell=sh
# Starts the script that sources this once more, as root of namespaces of its own: no port, host name or shared memory is
# anybody else's, and with the script end all processes and networks that it started. Source it first.

if [ "${CLUSTER_ALONE-}" != yes ]; then
	set -- --mount --net --uts --pid --fork --kill-child
	[ "$(id -u)" -eq 0 ] || set -- --user --map-root-user "$@"
	if ! trouble=$(unshare "$@" mount -t tmpfs none /dev/shm 2>&1); then
		echo "1..0 # SKIP no namespaces here: $trouble"
		exit 0
	fi
	CLUSTER_ALONE=yes
	export CLUSTER_ALONE
	exec unshare "$@" sh "$0"
fi
if ! { mount -t proc proc /proc && mount -t tmpfs none /dev/shm; }; then
	echo '1..0 # SKIP no mounts here'
	exit 0
fi
if ! trouble=$(ip link set lo up 2>&1); then
	echo "1..0 # SKIP no network of its own here: $trouble"
	exit 0
fi
