#!/bin/sh
# Sets up, builds and runs all tests. The last line says how many passed and failed; exit status 0: none failed.
set -eu

usage()
{
	cat <<-END
		Usage: tests/run.sh [--no-browser] [--no-cluster] [--no-faults] [--no-onnx] [--no-sanitizers]

		Installs what is missing (apt-get, as root or through sudo), builds in build/ and runs every test, then those
		with faults and fuzzing (make check-faults, some minutes) and those of clusters (make check-cluster: a Slurm and
		two hosts in namespaces of their own), exported networks in onnxruntime (make check-onnx; npm fetches it), and
		reports in Chromium (make check-browser); then builds in build-sanitizers/ with ASan and UBSan and runs the
		tests that need no MPI once more.

		  --no-browser     leave make check-browser out, and Chromium
		  --no-cluster     leave make check-cluster out, and the packages that it needs
		  --no-faults      leave make check-faults out, and the packages that it needs
		  --no-onnx        leave make check-onnx out, and node
		  --no-sanitizers  leave the last part out
		  --help           this text

		CONVOY_PACKAGES=installed in the environment leaves the packages alone.
	END
}

top=$(CDPATH='' cd -P "$(dirname "$0")/.." && pwd)
# shellcheck source=jobs/setup.sh
. "$top/jobs/setup.sh"

sanitizers=yes faults=yes cluster=yes onnx=yes browser=yes
for argument; do
	case $argument in
	--help) usage; exit 0 ;;
	--no-browser) browser=no ;;
	--no-cluster) cluster=no ;;
	--no-sanitizers) sanitizers=no ;;
	--no-faults) faults=no ;;
	--no-onnx) onnx=no ;;
	*) complain "unknown argument $argument (see --help)"; exit 64 ;;
	esac
done
cd "$top"

passed=0 failed=0 skipped=0

# Prints the last line, whatever happened before: what stops early counts as a failure.
finish()
{
	status=$?
	trap - EXIT
	if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
		failed=1
	elif [ "$status" -eq 0 ] && [ "$failed" -ne 0 ]; then
		status=1
	fi
	line="$passed passed, $failed failed"
	[ "$skipped" -eq 0 ] || line="$line, $skipped skipped"
	echo "$line"
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs make TARGET in FOLDER, JOBS at once, and adds up what Automake's driver noted: a .trs file for each test program.
tests_run() # FOLDER TARGET [JOBS]
{
	say "make $2 in $1"
	find "$1/tests" -name '*.trs' -exec rm -f {} +
	rm -f "$1/test-suite.log"
	verdict=0
	make -C "$1" -s -j"${3:-$(nproc)}" "$2" </dev/null || verdict=$?

	# A program that fails a test also exits with an error, which the driver notes once more: that counts once.
	counts=$(find "$1/tests" -name '*.trs' -exec cat {} + | awk '
		function program_end() { failed += bad ? bad : error; bad = error = 0 }
		$1 == ":test-result:" && ($2 == "PASS" || $2 == "XFAIL") { passed++ }
		$1 == ":test-result:" && $2 == "SKIP" { skipped++ }
		$1 == ":test-result:" && ($2 == "FAIL" || $2 == "XPASS") { bad++ }
		$1 == ":test-result:" && $2 == "ERROR" { error++ }
		$1 == ":copy-in-global-log:" { program_end() } # the last line of a .trs file
		END { program_end(); print passed + 0, failed + 0, skipped + 0 }')
	# shellcheck disable=SC2086 # words
	set -- "$1" "$2" $counts
	if [ "$4" -ne 0 ] || [ "$verdict" -ne 0 ]; then
		cat "$1/test-suite.log" 2>/dev/null || complain "make $2 failed in $1 before a test was run"
	fi
	# A build that fails, or tests that were lost, must not look like success.
	if [ "$4" -eq 0 ] && { [ "$verdict" -ne 0 ] || [ $(($3 + $5)) -eq 0 ]; }; then
		set -- "$1" "$2" "$3" 1 "$5"
	fi
	passed=$((passed + $3)) failed=$((failed + $4)) skipped=$((skipped + $5))
}

# shellcheck disable=SC2086 # words
packages_install $build_packages
packages_install "$data_package" || complain "going on without $data_package: tests that read it are skipped"
# shellcheck disable=SC2086 # words
packages_install $check_packages || complain 'going on without: tests that need them are skipped'
if [ "$faults" = yes ]; then
	# shellcheck disable=SC2086 # words
	packages_install $fault_packages || complain 'going on without clang: nothing is fuzzed'
fi
if [ "$cluster" = yes ]; then
	# shellcheck disable=SC2086 # words
	packages_install $cluster_packages || complain 'going on without Slurm: tests that run it are skipped'
fi
# One that did not come as a package of that name does as well.
found() # PROGRAM…
{
	for program; do
		! command -v "$program" >/dev/null || return 0
	done
	return 1
}
if [ "$onnx" = yes ] && ! found npm; then
	packages_install nodejs npm || complain 'going on without npm: no network is run in onnxruntime'
fi
if [ "$browser" = yes ] && ! found chromium chromium-browser google-chrome chrome; then
	packages_install chromium || complain 'going on without Chromium: no report is looked at'
fi

mpi_prepare
tree_configure build
tree_build build
tests_run build check
# Some of these wait for most of their time.
case $faults,$cluster in
yes,yes) tests_run build check-faults-cluster $((2 * $(nproc))) ;;
yes,no) tests_run build check-faults $((1 + $(nproc))) ;;
no,yes) tests_run build check-cluster $((1 + $(nproc))) ;;
esac
[ "$onnx" = no ] || tests_run build check-onnx
[ "$browser" = no ] || tests_run build check-browser

if [ "$sanitizers" = yes ]; then
	# Optimised as little as is needed to be quick: what is looked for are errors, in all code paths.
	tree_configure build-sanitizers --enable-sanitizers CFLAGS='-O1 -g'
	tests_run build-sanitizers check-serial
fi
