# What jobs/quickstart.sh and tests/run.sh share: packages, build folders, MPI. Sourced in the checkout's top folder.
# shellcheck shell=sh disable=SC2034 # variables are used where this is sourced

# The names of Debian and Ubuntu.
build_packages='autoconf automake libtool pkg-config make gcc libc6-dev openmpi-bin libopenmpi-dev libhdf5-dev hdf5-tools
	libyaml-dev nettle-dev zlib1g-dev libpng-dev libjpeg-dev libtiff-dev librandom123-dev libcmocka-dev'
# convoy export
build_packages="$build_packages protobuf-c-compiler libprotobuf-c-dev libonnx-dev"
# What tests look at what is built with, where it is there.
check_packages='man-db zsh graphviz gfortran python3-h5py python3-pil python3-yaml libtiff-tools python3-numpy python3-mpi4py python3-pytest'
# What tests with faults use: libFuzzer, and a look at system calls.
fault_packages='clang libclang-rt-dev strace'
# What the tests of clusters run on: a Slurm and networks of their own.
cluster_packages='slurmctld slurmd slurm-client iproute2 shellcheck'
data_package=dataset-fashion-mnist
data_folder=/usr/share/datasets/fashion-mnist

export HOME="${HOME:-/}" # Open MPI's tools refuse to work without one

say()
{
	printf '== %s\n' "$*"
}

complain()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# Runs a command without its output, which goes to LOG and is shown if the command fails.
quietly() # LOG COMMAND…
{
	log=$1
	shift
	"$@" >"$log" 2>&1 </dev/null && return
	tail -n 40 "$log" >&2
	complain "failed: $* (all of its output: $PWD/$log)"
	return 1
}

# ---- Packages ----------------------------------------------------------------------------------------------------

packages_missing() # NAME…
{
	# shellcheck disable=SC2016 # dpkg-query expands these
	known=" $(dpkg-query -W -f '${Package}=${db:Status-Status} ' "$@" 2>/dev/null || :)"
	for package in "$@"; do
		case $known in
		*" $package=installed "*) ;;
		*) printf '%s ' "$package" ;;
		esac
	done
}

packages_refuse() # REASON MISSING
{
	complain "$1; these packages are missing: ${2% }"
	complain "install them (apt-get install ${2% }), or set CONVOY_PACKAGES=installed if the system has them" \
		"under other names, and start again"
	return 69
}

# Installs those that are missing; 69 where that cannot be done. Asks the network only if something is missing.
packages_install() # NAME…
{
	case ${CONVOY_PACKAGES:-} in
	installed)
		return 0
		;;
	?*)
		complain "CONVOY_PACKAGES=$CONVOY_PACKAGES: it may be 'installed', or not set"
		return 64
		;;
	esac
	missing=$(packages_missing "$@")
	[ -n "$missing" ] || return 0

	if ! command -v apt-get >/dev/null; then
		packages_refuse 'there is no apt-get here' "$missing"
		return
	elif [ "$(id -u)" -eq 0 ]; then
		apt='env'
	elif ! command -v sudo >/dev/null; then
		packages_refuse 'this user is not root and there is no sudo' "$missing"
		return
	elif sudo -n true 2>/dev/null; then
		apt='sudo -n env'
	elif [ -t 0 ] && [ -t 2 ]; then
		apt='sudo env'
	else
		packages_refuse 'this user is not root, sudo needs a password and nobody is there to type it' "$missing"
		return
	fi
	apt="$apt DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300"

	say "installing ${missing% }"
	# The lists of a mirror that is down may still do: whether they do, the installation says.
	# shellcheck disable=SC2086 # words
	[ -n "${packages_updated:-}" ] || $apt update </dev/null || complain 'apt-get update failed; trying all the same'
	packages_updated=yes
	# shellcheck disable=SC2086 # words
	$apt install -y --no-install-recommends $missing </dev/null || :
	missing=$(packages_missing "$@")
	[ -z "$missing" ] || packages_refuse 'apt-get could not install everything' "$missing"
}

# ---- Build folders -----------------------------------------------------------------------------------------------

tree_bootstrap()
{
	if [ -x configure ] && [ -f Makefile.in ] &&
		[ -z "$(find configure.ac Makefile.am m4 src python tests jobs doc \( -name '*.m4' -o -name '*.mk' \
			-o -name configure.ac -o -name Makefile.am \) -newer configure)" ]; then
		return
	fi
	say 'making ./configure'
	mkdir -p build-aux && quietly build-aux/bootstrap.log ./bootstrap
}

# Configures FOLDER unless that was done, in this very place: a build folder that was moved knows its old one.
tree_configure() # FOLDER OPTION…
{
	folder=$1
	shift
	tree_bootstrap || return
	if ! grep -qxF "abs_top_builddir = $PWD/$folder" "$folder/Makefile" 2>/dev/null; then
		say "configuring $folder"
		mkdir -p "$folder" && (cd "$folder" && quietly configure.log ../configure "$@")
	fi
}

tree_build() # FOLDER
{
	say "building in $1"
	make -C "$1" -s -j"$(nproc)"
}

# ---- MPI ---------------------------------------------------------------------------------------------------------

# Processes that run at full speed side by side: cores, not hardware threads, and no more than this process may use.
cores_count()
{
	{
		nproc
		lscpu -p=CORE,SOCKET 2>/dev/null | grep -v '^#' | sort -u | wc -l
		# What a container is given: "200000 100000" are two processors, "max 100000" are all.
		awk '$1 > 0 { print int(($1 + $2 - 1) / $2) }' /sys/fs/cgroup/cpu.max 2>/dev/null
	} | awk '$1 > 0 && (!n || $1 < n) { n = $1 } END { print n ? n : 1 }'
}

# Lets Open MPI start as root, as containers do, and more ranks than it finds cores.
mpi_prepare()
{
	if [ "$(id -u)" -eq 0 ]; then
		export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
	fi
	export OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
}
