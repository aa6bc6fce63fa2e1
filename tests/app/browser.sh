#!/bin/sh
# convoy report in a real browser: nothing goes wrong, nothing is wider than a phone, the pointer shows values, light and
# dark. Run by `make check-browser`; skipped without Chromium.
# shellcheck source=tests/app/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck disable=SC2154 # variables of common.sh

browser=
for name in ${CHROMIUM:-} chromium chromium-browser google-chrome chrome; do
	if command -v "$name" >/dev/null; then
		browser=$name
		break
	fi
done
if [ -z "$browser" ]; then
	skip_all 'no Chromium here (Debian: apt install chromium; nothing fetches it by itself)'
fi
HOME=$work
export HOME

# Opens a page; dom holds what it became, console what it complained about.
browse() # PAGE [OPTION…]
{
	page=$1
	shift
	timeout -k 5 120 "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --allow-file-access-from-files \
		--user-data-dir="$work/profile" --enable-logging=stderr --virtual-time-budget=5000 --window-size=1400,900 "$@" \
		--dump-dom "file://$work/$page" >dom 2>log
	grep 'CONSOLE' log >console
	[ -s dom ]
}

measure=error # of the task of the pages
# A page around a report, as wide as a device, that uses it and writes down what it saw.
around() # REPORT WIDTH
{
	cat <<-END
		<!DOCTYPE html><body><iframe id="frame" src="$1" style="width: $2px; height: 900px; border: 0"></iframe>
		<script>
		const seen = {};
		const tell = () => { for (const key in seen) document.body.dataset[key] = seen[key]; };
		onerror = text => { seen.error = text; tell(); };
		const point = (page, chart, part) => {
			const svg = page.querySelector(chart + " svg"), box = svg.getBoundingClientRect();
			svg.dispatchEvent(new PointerEvent("pointermove", {bubbles: true,
				clientX: box.left + part * box.width, clientY: box.top + 50}));
			const tip = page.querySelector(chart + " .tip"), within = tip.getBoundingClientRect();
			const card = tip.parentNode.getBoundingClientRect();
			seen.inside = within.left >= card.left && within.right <= card.right + 1;
			return tip.hidden ? "hidden" : tip.innerText.replace(/\s+/g, " ");
		};
		const press = (page, button) => page.querySelector(button).click();
		frame.onload = () => {
			const page = frame.contentDocument;
			const wide = () => page.documentElement.scrollWidth - frame.clientWidth;
			seen.wide = wide();
			seen.charts = page.querySelectorAll("#charts svg").length;
			seen.lines = page.querySelectorAll("#chart-$measure .line").length;
			seen.points = Math.max(...[...page.querySelectorAll("path.line")]
				.map(line => line.getAttribute("d").split("L").length));
			seen.text = parseFloat(getComputedStyle(page.querySelector("#chart-$measure text")).fontSize);
			seen.last = point(page, "#chart-$measure", 0.99);
			seen.first = point(page, "#chart-$measure", 0.05);
			seen.keys = page.querySelectorAll(".key.all").length;
			seen.beyond = page.querySelector("#chart-rate .beyond")?.textContent ?? "";
			seen.rates = page.querySelectorAll("#chart-rate .line").length;
			seen.worse = page.querySelector("#chart-$measure .beyond")?.textContent ?? "";
			seen.rate = point(page, "#chart-rate", 0.5);
			press(page, "[data-over=seconds]");
			seen.time = point(page, "#chart-loss", 0.99);
			press(page, "[data-scale=log]");
			seen.log = point(page, "#chart-$measure", 0.99);
			for (const part of page.querySelectorAll("details")) part.open = true;
			seen.open = wide();
			seen.broken = [...page.images].filter(i => !i.complete || i.naturalWidth === 0).length;
			const paper = () => getComputedStyle(page.body).backgroundColor;
			seen.paper = paper();
			press(page, "#theme");
			seen.turned = paper() !== seen.paper;
			tell();
		};
		</script>
	END
}

saw() # KEY PATTERN NAME: what the page around a report wrote down
{
	sed -n 's/.*<body \([^>]*\)>.*/\1/p' dom | grep -q "data-$1=\"$2\""
	result $? "$3" dom-body
}

# Whether the pages of a report work at a width.
report_works() # REPORT WIDTH NAME [OPTION…]
{
	report=$1
	width=$2
	name=$3
	shift 3
	around "$report" "$width" >around.html
	browse around.html "$@"
	result $? "$name: opens" log
	sed -n 's/.*<body \([^>]*\)>.*/\1/p' dom >dom-body
	[ ! -s console ]
	result $? "$name: no error or warning" console
	saw wide 0 "$name: nothing scrolls sideways"
	saw open 0 "$name: nor with all parts open"
	saw charts 4 "$name: four charts"
	saw text '1[1-9][.0-9]*' "$name: text of a readable size"
	saw broken 0 "$name: all pictures are there"
	saw inside true "$name: values stand within their chart"
	saw turned true "$name: the button turns light and dark"
}

LC_ALL=C "$convoy" train tiny.yaml --output run --set data.validation=16 >log 2>&1 &&
	"$convoy" train tiny.yaml --output "a run with a long name, and <b>another" --epochs 5 >log 2>&1 &&
	"$convoy" report run --output one.html >log 2>&1 &&
	"$convoy" report run a* --output two.html >log 2>&1 &&
	awk -F, -v OFS=, 'NR == 1 || $1 < 3 { print; next }
		$1 == 3 { for (e = 3; e <= 20000; e++)
			print e, 2 * e, 0.05, 1 + 1 / e, (e % 7) / 10, 2 + 1 / e, (e == 9999) / 2, e / 10, 1000 + e % 100 }' run/metrics.csv >rows && cp -R run long && mv rows long/metrics.csv &&
	"$convoy" report long --output long.html >log 2>&1
result $? 'runs to report of' log
train=$(awk -F, 'NR == 4 { printf "%.2f%%", 100 * $5 }' run/metrics.csv)
test=$(awk -F, 'NR == 4 { printf "%.2f%%", 100 * $7 }' run/metrics.csv)
valid=$(awk -F, 'NR == 4 { printf "%.2f%%", 100 * $4 }' run/validation.csv)
loss=$(awk -F, 'NR == 4 { printf "%.3f", $4 }' run/metrics.csv)

# What is looked for is found.
echo '<!DOCTYPE html><script>console.error("planted"); nothing.at.all;</script>' >bad.html
browse bad.html
[ "$(wc -l <console)" -eq 2 ]
result $? 'errors of a page are seen' log

for width in 390 1280; do
	report_works one.html $width "$width pixels"
	saw lines 3 "$width pixels: train, validation, test"
	saw last "epoch 3 train $train validation $valid test $test" "$width pixels: the pointer shows the last errors"
	saw first 'epoch 1 train .* test .*' "$width pixels: … and the first"
	saw rate 'epoch [12] Learning rate 0\.05' "$width pixels: … and the rate"
	saw time "[0-9.]* s train $loss[0-9]* .*" "$width pixels: over wall time"
	saw log "[0-9.]* s train $train .*" "$width pixels: on a logarithmic scale"
	saw paper 'rgb(246, 247, 249)' "$width pixels: light"
done
report_works one.html 390 'dark phone' --force-dark-mode
saw paper 'rgb(16, 20, 27)' 'dark phone: dark'
report_works long.html 1280 'long run'
saw points '[1-9][0-9]\{2,3\}' 'long run: no more points than a screen can show'
saw last 'epoch 20000 .*' 'long run: the pointer finds the last epoch'
# Other tasks have plots and pictures of their own.
make_values=${convoy%/*}/tests/train/make_values
for task in values labels fields signals; do
	measure=mae
	[ $task != labels ] || measure=error
	case $task in
	fields | signals)
		rows=4
		[ $task = fields ] || rows=1
		mkdir $task.data
		{
			printf '\223NUMPY\001\000\166\000%-117s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': (40, 2, $rows, 8), }"
			head -c $((640 * rows)) "$convoy"
		} >$task.data/some.npy
		data="{format: numpy, directory: $task.data, train: {inputs: some.npy, targets: some.npy}, test: {inputs: some.npy, targets: some.npy}}"
		input="{maps: 2, rows: $rows, columns: 8}" output='values: 2' layer='{type: convolution, maps: 2, kernel: 1}'
		;;
	*)
		"$make_values" $task.h5 f32 $task
		data="{format: hdf5, file: $task.h5, inputs: fields, targets: targets}" input='{maps: 1, rows: 4, columns: 4}'
		output="$task: 3, names: [a, b, 'a name that is long, but not too long for a phone']" layer='{type: full, units: 3}'
		;;
	esac
	cat >$task.yaml <<-END
		name: $task
		data: $data
		input: $input
		output: {$output}
		layers: [$layer]
		loss: squared-error
		train: {epochs: 3, batch: 30, rate: 0.01, seed: 1}
	END
	"$convoy" train $task.yaml --output $task >log 2>&1 && "$convoy" report $task --output $task.html >log 2>&1
	result $? "$task: a report" log
	report_works $task.html 390 "$task on a phone"
	report_works $task.html 1280 "$task" --force-dark-mode
done
measure=error
report_works two.html 390 'two runs'
saw lines 5 'two runs: train and test of each, validation of one'
saw keys 1 'two runs: one key for all charts'
saw beyond '' 'two runs: both are on the axis'

# What is far above the others does not squash them: of these numbers the rates are known.
for rate in 0.05 0.06 0.07 5; do
	"$convoy" train tiny.yaml --output rate-$rate --rate $rate --epochs 1 >log 2>&1
done
"$convoy" report rate-* --output four.html >log 2>&1
result $? 'four runs' log
report_works four.html 1280 'four runs'
saw beyond 'far above, [^:]*: rate-5' 'four runs: one is left out of the axis, and named'
saw rates 3 'four runs: the others are drawn'
# The others begin with errors of 90 % and come to 1 %, one to 5 %, which is on their axis; one stays at 400 %.
for ends in 1:0.01 2:0.01 3:0.011 4:0.05 5:4; do
	cp -R rate-0.05 to-${ends%%:*}
	awk -F, -v OFS=, -v end="${ends#*:}" 'NR == 1 { print; next }
		{ for (e = 1; e <= 5; e++) print e, 2 * e, 0.05, 1, e < 5 && end < 1 ? 0.9 : end, 1, e < 5 && end < 1 ? 0.9 : end, e, 1000; exit }' \
		rate-0.05/metrics.csv >to-${ends%%:*}/metrics.csv
done
"$convoy" report to-* --output five.html >log 2>&1
result $? 'five runs' log
report_works five.html 1280 'five runs'
saw worse 'far above, [^:]*: to-5' 'five runs: one that fits is no exception'
results_end
