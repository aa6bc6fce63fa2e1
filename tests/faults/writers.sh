#!/bin/sh
# Every call by which a command writes its file fails once, in every way, and the memory for it: one line and a status
# that says so, or the whole file; never half of one, nothing temporary, and an older file stays as it was.

# shellcheck source=tests/faults/common.sh
. "$(dirname "$0")/common.sh"
LC_ALL=C
export LC_ALL
cp "$built/memory.so" "$work" || exit 1
for net in lenet combine; do
	train 1 $net "$here/../train/$net.yaml" --epochs 1 --set data.validation=50 || { cat "$work/log"; exit 1; }
done
lenet=$work/lenet/best.h5 combine=$work/combine/best.h5

# The words of a writer's command; it writes to $work/disk.
command_of() # WRITER
{
	case $1 in
	import) echo import "$shared/data" --force -o "$work/disk/data.h5" ;;
	deflate) echo import "$shared/data" --force --deflate 1 -o "$work/disk/data.h5" ;;
	pictures) echo pictures "$lenet" --data "$shared/data" --output "$work/disk" ;;
	report) echo report "$shared/lenet" --data "$shared/data" --output "$work/disk/report.html" ;;
	wrong) echo eval "$lenet" --data "$shared/data" --wrong "$work/disk/wrong.csv" ;;
	onnx) echo export "$lenet" --onnx "$work/disk/net.onnx" ;;
	csv | npy | h5) echo predict "$lenet" data/t10k-images-idx3-ubyte --output "$work/disk/scores.$1" ;;
	prune) echo prune "$combine" --keep 1 --output "$work/disk/pruned.h5" ;;
	esac
}
writers='import deflate pictures report wrong csv npy h5 prune'
"$convoy" export "$lenet" --onnx "$work/tmp/net.onnx" >"$work/log" 2>&1
[ $? -eq 69 ] || writers="$writers onnx" # built without

# What it prints goes to $work/out and $work/log.
write() # WRITER LIBRARY NAME=VALUE…
(
	cd "$work" || exit 1
	writer=$1
	export LD_PRELOAD="./$2"
	shift 2
	# shellcheck disable=SC2163 # names and values
	export "$@"
	# shellcheck disable=SC2046 # words
	timeout -k 5 300 "$convoy" $(command_of "$writer") </dev/null >"$work/out" 2>"$work/log"
)

# $work/disk as it is before: empty, or with older files of the same names.
prepare() # WRITER empty|older
{
	rm -rf "$work/disk"
	mkdir "$work/disk"
	[ "$2" = empty ] || for file in "$shared/whole.$1"/*; do
		echo older >"$work/disk/${file##*/}"
	done
}

# Whether $work/disk holds what it may: whole files, and after a failure also those of before, or none.
left_good() # STATUS WRITER empty|older
{
	[ -n "$on" ] || [ -z "$(find "$work/disk" -name '.?*')" ] || return
	for whole in "$shared/whole.$2"/*; do
		file=$work/disk/${whole##*/}
		if [ "$1" -ne 0 ] && [ "$3" = empty ] && [ ! -e "$file" ]; then
			continue
		elif [ "$1" -ne 0 ] && [ "$3" = older ] && [ "$(head -c 6 "$file")" = older ]; then
			continue
		fi
		cmp "$file" "$whole" >>"$work/log" 2>&1 || return
	done
}

# What is true of every end: 0 and nothing said, or FAILURE and one line with a text.
ended_well() # STATUS FAILURE TEXT WRITER empty|older
{
	lines=$(wc -l <"$work/log")
	if [ "$1" -eq 0 ]; then
		[ "$lines" -eq 0 ]
	else
		[ "$1" -eq "$2" ] && [ "$lines" -eq 1 ] && grep -q "^convoy: .*$3" "$work/log"
	fi || { wrong "$name: ended with $1 and these words:"; return; }
	left_good "$1" "$4" "$5" || wrong "$name: ended with $1, and left $(ls -A "$work/disk"):"
}

# ---- Calls -----------------------------------------------------------------------------------------------------------

text_of() # KIND
{
	case $1 in
	ENOSPC | full | short) echo 'No space left on device' ;;
	EIO) echo 'Input/output error' ;;
	EINTR) echo 'Interrupted system call' ;;
	EMFILE) echo 'Too many open files' ;;
	esac
}

case_call() # WRITER empty|older KIND CALL
{
	cases=$((cases + 1))
	name="$1, $2, $3 at $4"
	prepare "$1" "$2"
	kind=$3 on=
	[ "$3" != full ] || kind=ENOSPC on=FAULT_ON=1 # and what is temporary cannot be removed either
	# shellcheck disable=SC2086 # a word, or none
	write "$1" calls.so "FAULT_DIRECTORY=$work/disk" "FAULT_KIND=$kind" "FAULT_AT=$4" $on
	ended_well $? 74 "$(text_of "$3")" "$1" "$2"
}

case_memory() # WRITER empty|older ALLOCATION
{
	cases=$((cases + 1))
	name="$1, $2, allocation $3" on=
	prepare "$1" "$2"
	write "$1" memory.so FAULT_MEMORY=convoy "FAULT_AT=$3"
	ended_well $? 71 'not enough memory' "$1" "$2"
}

for writer in $writers; do
	prepare "$writer" empty
	rm -f "$work/calls"
	write "$writer" calls.so "FAULT_DIRECTORY=$work/disk" "FAULT_LOG=$work/calls" || { cat "$work/log"; exit 1; }
	mv "$work/disk" "$work/whole.$writer"
	group_begin
	for kind in ENOSPC full EIO EINTR EMFILE short; do
		functions='.*' before=older
		case $kind in
		EIO) before=empty ;;
		EMFILE) functions=open ;;
		short) functions='read|write' before=empty ;;
		esac
		# Of many files the first two and the last: all are written in one way.
		awk -v called="$functions" -v words="$writer $before $kind" '
			{ call[NR] = $2 }
			END {
				for (c = 1; c <= NR; c++)
					if (call[c] ~ "^(" called ")$" && (c <= 25 || c > NR - 10))
						print words, c
			}' "$work/calls"
	done >"$work/cases"
	each case_call "$(cat "$work/cases")"
	group_end "each call of $writer fails"
done

for writer in $writers; do
	prepare "$writer" empty
	write "$writer" memory.so FAULT_MEMORY=convoy "FAULT_LOG=$work/count" || { cat "$work/log"; exit 1; }
	count=$(cat "$work/count")
	group_begin
	each case_memory "$(seq 1 $((1 + count / 20)) "$count" | sed "s/^/$writer older /")"
	group_end "no memory for $writer, of $count allocations"
done

# What stdio and libpng ask for while a page is made: from the fifth of stdio's on it is the page's text that grows.
case_page() # LIBRARY ALLOCATION
{
	cases=$((cases + 1)) on=
	name="report, $1, allocation $2"
	prepare report older
	write report memory.so "FAULT_MEMORY=$1" "FAULT_AT=$2"
	ended_well $? 71 'emory' report older
}
group_begin
each case_page "$(printf '%s\n' 'libc.so 4' 'libc.so 5' 'libc.so 6' 'libpng 1' 'libpng 50' 'libpng 301')"
group_end 'no memory for what libraries do for a report'

# ---- Standard output -------------------------------------------------------------------------------------------------

# What stdio writes fails on /dev/full, and behind a limit of file sizes when it has written for a while. What MPI says of
# that limit, which holds for its own files too, is left aside.
stdout_fails() # STATUS NAME
{
	lost='convoy: standard output: cannot write'
	[ "$1" -eq 74 ] && [ "$(grep '^convoy: ' "$work/log")" = "$lost" ] || wrong "$2: ended with $1 and these words:"
}
# Closes standard output with a fault: CALL of all closings (MPI may close its own copies), 0: none.
closing() # CALL WORD…
{
	call=$1
	shift
	rm -f "$work/closings"
	LD_PRELOAD="$work/calls.so" FAULT_DIRECTORY="$work/none" FAULT_OUTPUT=1 FAULT_KIND=EIO FAULT_AT="$call" \
		FAULT_LOG="$work/closings" timeout -k 5 300 "$convoy" "$@" >/dev/null 2>"$work/log"
}
case_output() # WORD…
{
	cases=$((cases + 3))
	timeout -k 5 300 "$convoy" "$@" >/dev/full 2>"$work/log"
	stdout_fails $? "$* >/dev/full"
	{
		prlimit --fsize=50 timeout -k 5 300 "$convoy" "$@" 2>&1 >"$work/limited"
		echo $? >"$work/status"
	} | cat >"$work/log"
	stdout_fails "$(cat "$work/status")" "$* >limited"
	closing 0 "$@"
	closing "$(wc -l <"$work/closings")" "$@"
	stdout_fails $? "$*, closing fails"
}
group_begin
each case_output "--help
--version
help train
show $here/../train/lenet.yaml
show $lenet
show --job $lenet
show --dot $lenet
eval $lenet --data $work/data
eval $lenet --data $work/data --json
predict $lenet $work/data/t10k-images-idx3-ubyte
predict $lenet $work/data/t10k-images-idx3-ubyte --json
verify $lenet $lenet
watch --once $work/lenet
check $here/../train/lenet.yaml"
group_end 'standard output takes nothing, or not all, or is lost when it is closed'

results_end
