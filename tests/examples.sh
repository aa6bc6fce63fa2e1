#!/bin/sh
# The programs that make the data of examples: their files are what physics says. Prints TAP; needs HDF5's h5dump.
# Usage: BUILD=FOLDER tests/examples.sh, after `make examples` there
set -u

LC_ALL=C
export LC_ALL
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
programs=${BUILD:-$here/../build}/doc/examples
# shellcheck source=tests/common.sh
. "$here/common.sh"
command -v h5dump >/dev/null || skip_all 'no h5dump'
work_make examples
cd "$work" || exit 1
explains=said

numbers() # FILE ARRAY [OPTION of h5dump…]: its numbers, one a line
{
	numbers_file=$1 numbers_array=$2
	shift 2
	h5dump -y -m %.9g -d "$numbers_array" "$@" -o numbers "$numbers_file" >h5dump.log 2>&1 || cat h5dump.log >&2
	tr -cs '0-9.e+-' '\n' <numbers | grep .
}

# ---- Ising -----------------------------------------------------------------------------------------------------------

"$programs/ising" ising.h5 400 >said 2>&1 && [ "$(grep -c '\.' said)" -eq 26 ]
result $? 'ising: a line for each of 26 temperatures'

# On an infinite lattice: not where a lattice of 32 × 32 differs. Four deviations of a mean of 400 samples are 0.017.
awk '/\./ && ($1 < 2.15 || $1 > 2.45) {
		rows++
		if (($2 - $3) ^ 2 > 0.017 ^ 2 || $1 < 2.15 && ($4 - $5) ^ 2 > 0.017 ^ 2)
			bad++
	}
	END { exit bad || rows != 23 }' said
result $? 'ising: energy and magnetisation are those of Onsager'

# The same formulas another way: the elliptic integral by Simpson's rule, hyperbolic functions by exponentials.
awk '/\./ {
		x = exp(2 / $1)
		sinh = (x - 1 / x) / 2
		cosh = (x + 1 / x) / 2
		k = 2 * sinh / cosh ^ 2
		integral = 0
		for (i = 0; i <= 20000; i++) {
			value = 1 / sqrt(1 - (k * sin(i * atan2(0, -1) / 40000)) ^ 2)
			integral += value * (i == 0 || i == 20000 ? 1 : i % 2 ? 4 : 2) * atan2(0, -1) / 120000
		}
		energy = -cosh / sinh * (1 + 2 / atan2(0, -1) * (2 * (sinh / cosh) ^ 2 - 1) * integral)
		magnetisation = sinh > 1 ? exp(log(1 - sinh ^ -4) / 8) : 0
		if ((energy - $3) ^ 2 > 6e-5 ^ 2 || (magnetisation - $5) ^ 2 > 6e-5 ^ 2)
			bad++
	}
	END { exit bad }' said
result $? 'ising: the exact energy and magnetisation are exact'

"$programs/ising" first.h5 5 >said 2>&1 && "$programs/ising" second.h5 5 2 >said 2>&1
sleep 1.1 # a time in the file would differ
"$programs/ising" again.h5 5 >said 2>&1 && cmp first.h5 again.h5 && ! cmp -s first.h5 second.h5
result $? 'ising: the same file for the same seed, another one for another'

for part in train test away; do
	numbers first.h5 /$part/temperature >temperature
	numbers first.h5 /$part/phase >phase
	numbers first.h5 /$part/spins | awk '$1 != 1 && $1 != -1 { bad++ }
		{ up += $1 == 1 }
		END { print NR / 1024, bad + 0, (up > 0 && up < NR) }' >spins
	paste temperature phase | awk -v part=$part -v spins="$(cat spins)" '
		$2 != ($1 > 2.2692) { bad++ }
		part == "away" && $1 > 1.85 && $1 < 2.75 { bad++ }
		!seen[$1]++ { kinds++ }
		END {
			want = part == "test" ? 26 : part == "away" ? 17 * 5 : 26 * 5
			exit bad || NR != want || kinds != (part == "away" ? 17 : 26) || spins != NR " 0 1"
		}'
	result $? "ising: /$part has spins of both signs, its temperatures, their phases" spins
done

# The whole way of doc/ising.md with fewer samples, whose mean scores vary by 1 %.
convoy=${CONVOY:-${BUILD:-$here/../build}/convoy}
"$programs/ising" ising.h5 250 >said 2>&1 &&
	"$convoy" train "$here/../jobs/ising-phase.yaml" --output phases --epochs 24 >said 2>&1 &&
	"$convoy" predict "$(find phases -name 'checkpoint-*.h5' | sort | tail -n 1)" ising.h5 --output phase.csv >said 2>&1
result $? 'ising: a network learns the phases, away from the transition'
sed -n "/^awk/,/phase.csv$/p" "$here/../doc/ising.md" >crossing && sh crossing >said 2>&1 &&
	awk 'NR > 1 || $1 < 0.97 * 2.2692 || $1 > 1.03 * 2.2692 { bad++ } END { exit NR != 1 || bad }' said
result $? 'ising: its mean score crosses one half near the transition'

# On 6,500 samples; a guess of the mean temperature misses by 0.65.
"$convoy" train "$here/../jobs/ising-temperature.yaml" --output temperatures >said 2>&1 &&
	"$convoy" eval temperatures/best.h5 --json >said 2>&1 && awk -F'"mae": ' 'NF == 2 { mae = $2 + 0 }
		END { exit !(mae > 0.05 && mae < 0.15) }' said
result $? 'ising: a network learns the temperature'

# ---- Heat ------------------------------------------------------------------------------------------------------------

"$programs/heat" heat.h5 40 >said 2>&1
result $? 'heat: makes its file'
numbers heat.h5 /test/before -s 1,0,0 -c 1,44,44 >before
numbers heat.h5 /test/after -s 1,0,0 -c 1,32,32 >after
awk '{ x[NR - 1] = $1; square += $1 ^ 2 }
	END {
		for (r = 0; r < 44; r++)
			for (c = 0; c < 44; c++)
				if (x[r * 44 + c] != x[(r < 32 ? r : r - 32) * 44 + (c < 32 ? c : c - 32)])
					bad++
		exit bad || NR != 1936 || square < 300
	}' before
result $? 'heat: the border repeats the other side'

# The program adds up waves. The heat kernel, cut off where it is 10^-5 of its peak, must give the same.
awk 'FNR == NR { x[NR - 1] = $1; next }
	FNR == 1 {
		pi = atan2(0, -1)
		for (a = -6; a <= 6; a++)
			for (b = -6; b <= 6; b++)
				k[a, b] = exp(-(a * a + b * b) / 4) / (4 * pi)
	}
	{
		r = int((FNR - 1) / 32)
		c = (FNR - 1) % 32
		sum = 0
		for (a = 0; a < 13; a++)
			for (b = 0; b < 13; b++)
				sum += k[a - 6, b - 6] * x[(r + a) * 44 + c + b]
		if ((sum - $1) ^ 2 > 3e-5 ^ 2)
			bad++
	}
	END { exit bad || FNR != 1024 }' before after
result $? 'heat: the heat kernel makes the later field of the earlier one'
"$programs/heat" again.h5 40 >said 2>&1 && cmp heat.h5 again.h5
result $? 'heat: the same file for the same seed'
"$programs/heat" heat.h5 300 >said 2>&1 &&
	"$convoy" train "$here/../jobs/heat.yaml" --output runs/heat --epochs 100 >said 2>&1
result $? 'heat: a network learns the later field'
sed -n '/^h5dump/,/^\tEND/p' "$here/../doc/heat.md" >compare && sh compare >said 2>&1 &&
	awk '$1 != 169 || $NF > 1e-5 { bad++ } END { exit NR != 1 || bad }' said
result $? 'heat: its kernel is the heat kernel'

# Bodies: a temperature for each; what is measured after the time t is the exact solution, whose integrals Simpson's rule
# finds here, and noise of deviation 0.02. Four deviations of its mean square over 1,024 points are 18 %.
numbers heat.h5 /test/hot -s 2,0,0 -c 1,32,32 >hot
numbers heat.h5 /test/cooled -s 2,0,0 -c 1,32,32 >cooled
awk '{
		r = int((NR - 1) / 32)
		c = (NR - 1) % 32
		if ($1 != 0 && !seen[$1]++)
			kinds++
		if ($1 != 0 && ($1 < 0.5 || $1 > 1 || r < 4 || r > 27 || c < 4 || c > 27))
			bad++
	}
	END { exit bad || NR != 1024 || kinds < 1 || kinds > 4 }' hot
result $? 'heat: bodies lie on a cold plate' hot
awk 'FNR == NR { x[NR - 1] = $1; next }
	FNR == 1 {
		for (d = -31; d <= 31; d++)
			for (i = 0; i <= 100; i++)
				share[d] += exp(-(d - 0.5 + i / 100) ^ 2 / 4) / sqrt(4 * atan2(0, -1)) * (i % 100 == 0 ? 1 : i % 2 ? 4 : 2) / 300
		for (r = 0; r < 32; r++)
			for (c = 0; c < 32; c++)
				for (a = 0; a < 32; a++)
					half[r, c] += share[c - a] * x[r * 32 + a]
	}
	{
		r = int((FNR - 1) / 32)
		c = (FNR - 1) % 32
		sum = 0
		for (a = 0; a < 32; a++)
			sum += share[r - a] * half[a, c]
		square += ($1 - sum) ^ 2
		mean += $1 - sum
		most = most < ($1 - sum) ^ 2 ? ($1 - sum) ^ 2 : most
	}
	END { print square / 1024 / 0.0004, mean / 1024, sqrt(most)
		exit FNR != 1024 || (square / 1024 / 0.0004 - 1) ^ 2 > 0.18 ^ 2 || (mean / 1024) ^ 2 > 0.0025 ^ 2 || most > 0.1 ^ 2 }' \
	hot cooled >said
result $? 'heat: what is measured is the exact solution and noise'
"$convoy" train "$here/../jobs/unet-heat.yaml" --output unet --epochs 12 >said 2>&1 &&
	"$convoy" train "$here/../jobs/heat.yaml" --output back --epochs 60 --set data.inputs=cooled --set data.targets=hot \
		--set input.rows=32 --set input.columns=32 --set 'layers[0].padding=same' >said 2>&1 &&
	"$convoy" eval unet/best.h5 --json >unet.json 2>said && "$convoy" eval back/best.h5 --json >back.json 2>said &&
	awk -F'"mae": ' 'NF == 2 { mae[FILENAME] = $2 + 0 } END { print mae["unet.json"], mae["back.json"]
		exit !(mae["unet.json"] > 0 && mae["unet.json"] < 0.8 * mae["back.json"]) }' unet.json back.json >said
result $? 'heat: a U-Net goes back in time, better than a kernel'

# Numbers that are not meant as they stand must not be taken for others.
refuses() { # PROGRAM ARGUMENT…
	refused=$1
	shift
	"$programs/$refused" no.h5 "$@" >said 2>&1
	[ $? -eq 64 ] && grep -q '^usage: ' said && [ ! -e no.h5 ]
}
for program in ising heat; do
	refuses $program 40x && refuses $program abc && refuses $program -40 && refuses $program 40 x &&
		refuses $program 40 4294967296 && refuses $program 40 1 1
	result $? "$program: numbers and arguments that are wrong are refused"
done

results_end
