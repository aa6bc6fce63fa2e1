#!/bin/sh
# Fuzzing with libFuzzer, ASan and UBSan: each reader of files that others may have made gets FUZZ_SECONDS (30) of
# mutated input. FUZZ_TARGETS names some of them; FUZZ_CORPUS is a folder that keeps what was found worth keeping.
# A finding's input goes there; without it, it is printed, the first 100 lines in base64.

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
built=${CONVOY%/*}/tests/fuzz
# shellcheck source=tests/common.sh
. "$here/../common.sh"
[ -x "$built/fuzz_idx" ] || skip_all 'no clang with libFuzzer'
work_make fuzz
corpus=${FUZZ_CORPUS:-$work/corpus}
mkdir -p "$corpus/job" && "$built/seeds" "$corpus" || exit 1
cp "$here"/../train/*.yaml "$here"/../../jobs/*.yaml "$corpus/job" || exit 1
cd "$work" && mkdir fuzz || exit 1 # where targets have their files
# HDF5 and its like keep memory for later. A library without our code must not end the search.
export ASAN_OPTIONS="detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"

for target in ${FUZZ_TARGETS:-idx gzip job header checkpoint picture jpeg tiff metrics hdf5 numpy onnx}; do
	case $target in
	gzip) program=idx length=4096 ;;
	header) program=header length=600 ;;
	onnx) program=onnx length=8192 ;;
	*) program=$target length=4096 ;;
	esac
	"$built/fuzz_$program" "$corpus/$target" -max_total_time="${FUZZ_SECONDS:-30}" -max_len=$length -timeout=30 \
		-rss_limit_mb=4096 -print_final_stats=1 -artifact_prefix="$work/finding-" </dev/null >"$work/log" 2>&1
	status=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
	if [ $status -eq 0 ]; then
		result 0 "$target: $runs inputs"
	else
		grep -E -A 30 '^==[0-9]+==|runtime error|libFuzzer:' "$work/log" | head -n 60 >"$work/told"
		result 1 "$target: after $runs inputs" "$work/told"
		if [ -n "${FUZZ_CORPUS-}" ]; then
			cp "$work"/finding-* "$FUZZ_CORPUS"
		else
			base64 "$work"/finding-* | head -n 100 | sed 's/^/# /'
		fi
		rm -f "$work"/finding-*
	fi
done
results_end
