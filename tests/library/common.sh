# What tests of the installed libraries share (sourced).
# shellcheck shell=sh disable=SC2154 # variables of those who source this
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/../app/common.sh"
: "${BUILD:=$(dirname "$convoy")}"
unset MAKEFLAGS MAKELEVEL MFLAGS

# Installs them below $work/root and sets $libraries to the folder that they lie in; to nothing if there is none.
libraries_install() # [TARGET of make…]
{
	make -s -C "$BUILD" install-libLTLIBRARIES install-includeHEADERS install-pkgconfigDATA "$@" DESTDIR="$work/root" \
		>log 2>&1
	result $? 'make install' log
	find root -name convoy.pc >found
	libraries=$(sed 's|/pkgconfig/convoy.pc||' found)
	[ -n "$libraries" ] && [ -f "$libraries/pkgconfig/convoy.pc" ]
	result $? 'convoy.pc is installed' log
	libraries=$work/$libraries
	export PKG_CONFIG_PATH="$libraries/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
	export LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
	command -v pkg-config >/dev/null && [ -d "$libraries" ] || libraries=
}

flags() # PACKAGE [OPTION]: what the compiler needs, below the folder that stands for /
{
	pkg-config --define-variable=prefix="root$(pkg-config --variable=prefix "$1")" ${2:+"$2"} --cflags --libs "$1"
}
