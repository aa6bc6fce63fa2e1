#!/bin/sh
# Fills a folder with what a build for AArch64 links against: Debian's packages of the release of this machine, unpacked.
# Nothing of them runs here, and apt's own state stays as it is. Usage: tests/arm/packages.sh FOLDER
set -eu

root=$1
packages='libc6-dev libopenmpi-dev libhdf5-dev libyaml-dev nettle-dev zlib1g-dev libpng-dev libjpeg62-turbo-dev libtiff-dev
	librandom123-dev libcmocka-dev libprotobuf-c-dev libonnx-dev'
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
# shellcheck disable=SC2016 # expanded by apt-get
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' 2>/dev/null |
	grep -m 1 '^http') || mirror=http://deb.debian.org/debian
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt/etc/apt.conf.d" "$apt/state/lists/partial" "$apt/cache/archives/partial" "$root"
: >"$apt/status"
apt-config dump 2>/dev/null | grep -E '^Acquire::(https?|Check-)' >"$apt/etc/apt.conf.d/00here" || :
echo "deb [arch=arm64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" >"$apt/etc/sources.list"

own_apt()
{
	apt-get -q -o Dir::Etc="$apt/etc" -o Dir::Etc::sourcelist="$apt/etc/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State="$apt/state" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt/cache" \
		-o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User=root "$@"
}
own_apt update
# shellcheck disable=SC2086 # words
own_apt install -y --download-only --no-install-recommends $packages
for package in "$apt"/cache/archives/*.deb; do
	dpkg -x "$package" "$root"
done

# Links from / lead into this folder; what stands in /lib is looked for in /usr/lib.
cd "$root"
find . -type l -lname '/*' | while read -r link; do
	up=$(dirname "$link" | sed 's,^\.,,; s,/[^/]*,../,g')
	ln -sfn "$up$(readlink "$link" | cut -c 2-)" "$link"
done
for library in lib/aarch64-linux-gnu/*; do
	[ -L lib ] || [ -e "usr/$library" ] || ln -s "../../../$library" "usr/$library"
done

# The compiler wrapper is a program for AArch64: this one says what it would.
cat >mpicc <<-END
	#!/bin/sh
	echo aarch64-linux-gnu-gcc -I$root/usr/lib/aarch64-linux-gnu/openmpi/include \
		-L$root/usr/lib/aarch64-linux-gnu/openmpi/lib -lmpi
END
chmod +x mpicc
