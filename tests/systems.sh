#!/bin/sh
# Runs both commands of the README on a bare Debian of another release, in a folder, and says what happened there.
set -eu

usage()
{
	cat <<-END
		Usage: tests/systems.sh [--mirror URL] [--root DIR] [bookworm|trixie [ARGUMENT…]]

		Makes a root of that Debian (default: trixie) with gcc and make and nothing else, by debootstrap, and copies
		into it what is committed here. Runs jobs/quickstart.sh in it, then tests/run.sh with the ARGUMENTs, and builds
		once more with Clang. The last lines say what was skipped, what compilers warned of, and how each command
		ended. Needs root, 6 GB and an hour.

		  --mirror URL  where packages come from (default: as apt is configured here; else debootstrap's own)
		  --root DIR    the folder of the root, which is kept; one that an earlier call has made is used again
		                (default: a new one in TMPDIR or /var/tmp, which is removed)
		  --help        this text

		Exit status: 0 all went well, 1 something failed, 64 usage, 69 no such root can be made here, 77 not root.
	END
}

top=$(CDPATH='' cd -P "$(dirname "$0")/.." && pwd)
# shellcheck source=jobs/setup.sh
. "$top/jobs/setup.sh"

mirror='' root=''
while [ $# -gt 0 ]; do
	case $1 in
	--help) usage; exit 0 ;;
	--mirror | --root)
		[ $# -ge 2 ] || { complain "$1 needs a value (see --help)"; exit 64; }
		case $1 in
		--mirror) mirror=$2 ;;
		--root) root=$2 ;;
		esac
		shift ;;
	bookworm | trixie) break ;;
	*) complain "unknown argument $1 (see --help)"; exit 64 ;;
	esac
	shift
done
release=${1:-trixie}
[ $# -eq 0 ] || shift

if [ "$(id -u)" -ne 0 ]; then
	complain 'a root of its own can be made by root only: start it with sudo'
	exit 77
fi
for program in debootstrap git unshare pivot_root; do
	command -v $program >/dev/null || { complain "there is no $program here (apt-get install $program)"; exit 69; }
done

# ---- In the root -----------------------------------------------------------------------------------------------------

work=$(mktemp -d) made='' inside=''
mkfifo "$work/pipe"

# Whatever ends this script ends the processes in the root, and with them its mounts. They are not gone at once.
finish()
{
	trap - EXIT
	[ -z "$inside" ] || kill -KILL "$inside" 2>/dev/null || :
	rm -rf "$work"
	[ -z "$made" ] || rm -rf "$made" 2>/dev/null || { sleep 5; rm -rf "$made"; }
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

# Runs COMMAND in namespaces that end with it or with this script; $status is how it ended, LOG what it printed.
alone() # LOG COMMAND…
{
	tee "$1" <"$work/pipe" &
	listener=$!
	shift
	unshare --mount --pid --fork --kill-child "$@" </dev/null >"$work/pipe" 2>&1 &
	inside=$! status=0
	wait "$inside" || status=$?
	inside=
	wait "$listener"
}

# The same in the checkout there. The root becomes /: within chroot no namespaces of users could be made.
within() # LOG COMMAND…
{
	log=$1
	shift
	# shellcheck disable=SC2016 # expanded there
	alone "$log" sh -euc '
		mount --bind "$0" "$0"
		cd "$0"
		mount -t proc proc proc
		mount --rbind /sys sys
		mount --rbind /dev dev
		mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts dev/pts
		mount -t tmpfs -o mode=1777 tmpfs dev/shm
		pivot_root . mnt
		umount -l mnt
		cd /srv/convoy
		exec env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"' \
		"$root" ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
		${NODE_EXTRA_CA_CERTS:+NODE_EXTRA_CA_CERTS=/etc/node.crt} "$@"
}

# ---- The root --------------------------------------------------------------------------------------------------------

# How this machine reaches the network, so does the root.
network_copy()
{
	cp -L /etc/resolv.conf /etc/hosts "$root/etc"
	apt-config dump 2>/dev/null | grep -E '^Acquire::(https?|Check-)' >"$root/etc/apt/apt.conf.d/00here" || :
	[ -z "${NODE_EXTRA_CA_CERTS:-}" ] || cp -L "$NODE_EXTRA_CA_CERTS" "$root/etc/node.crt"
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no package starts a service there
	chmod +x "$root/usr/sbin/policy-rc.d"
}

root_make()
{
	if [ -z "$mirror" ]; then
		# shellcheck disable=SC2016 # expanded by apt-get
		mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' 2>/dev/null |
			grep -m 1 '^http' || :)
	fi
	packages=gcc,libc6-dev,make
	case $mirror in
	https:*) packages=$packages,ca-certificates ;;
	esac
	# shellcheck disable=SC2086 # a word or none
	alone "$work/debootstrap.log" debootstrap --variant=minbase --include=$packages "$release" "$root" ${mirror%/}
	[ $status -eq 0 ] || { complain "debootstrap ended with status $status"; exit 69; }
}

if [ -z "$root" ]; then
	made=$(mktemp -d "${TMPDIR:-/var/tmp}/convoy-$release.XXXXXX")
	root=$made
fi
mkdir -p "$root"
root=$(CDPATH='' cd -P "$root" && pwd)
if [ -z "$(find "$root" -mindepth 1 -maxdepth 1)" ]; then
	say "making a bare $release in $root"
	root_make
elif ! grep -qx "VERSION_CODENAME=$release" "$root/etc/os-release" 2>/dev/null; then
	complain "$root is neither empty nor a root of $release"
	exit 64
fi
network_copy

checkout() # ARGUMENT of git…
{
	git -C "$top" -c safe.directory='*' "$@"
}
[ -z "$(checkout status --porcelain)" ] || complain 'what is not committed stays behind'
checkout archive --output "$work/checkout.tar" HEAD || exit 69
rm -rf "$root/srv/convoy"
mkdir "$root/srv/convoy"
tar -x -f "$work/checkout.tar" -C "$root/srv/convoy"

# ---- Both commands, and the other compiler ---------------------------------------------------------------------------

say "jobs/quickstart.sh in $release"
within "$work/quickstart.log" jobs/quickstart.sh
quickstart=$status

say "tests/run.sh $* in $release"
within "$work/tests.log" tests/run.sh "$@"
tests=$status

say "building with Clang in $release"
within "$work/clang.log" sh -c '. jobs/setup.sh && packages_install clang && tree_configure build-clang CC=clang &&
	tree_build build-clang && make -C build-clang -s check TESTS='
clang=$status

# ---- What happened ---------------------------------------------------------------------------------------------------

warnings() # LOG…
{
	grep -ahE '^(\.\./|[^ ]*ld: ).*warning: ' "$@" | sort -u
}

# Versions of Debian's packages, without what Debian adds.
versions()
{
	for package in libopenmpi-dev libhdf5-dev; do
		dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Package} ${Version}\n' $package 2>/dev/null
	done | sed 's/^lib//; s/-dev / /; s/ [0-9]*:/ /; s/[-+][^ ]*$//' | paste -s -d , | sed 's/,/, /g'
}

sed -n 's/^SKIP: /skipped: /p' "$work/tests.log"
warnings "$work/quickstart.log" "$work/tests.log" "$work/clang.log" || :
say "Debian $(cat "$root/etc/debian_version") ($release): $(versions)"
echo "GCC $(chroot "$root" gcc -dumpfullversion): $(warnings "$work/quickstart.log" "$work/tests.log" | wc -l) warnings"
echo "Clang $(chroot "$root" clang -dumpversion): $(warnings "$work/clang.log" | wc -l) warnings, exit status $clang"
echo "jobs/quickstart.sh: exit status $quickstart"
echo "tests/run.sh: exit status $tests"
tail -n 1 "$work/tests.log"
[ "$quickstart$tests$clang" = 000 ] && [ -z "$(warnings "$work"/*.log)" ]
