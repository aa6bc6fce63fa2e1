(() => {
	"use strict";
	const root = document.documentElement;
	document.getElementById("theme").addEventListener("click", () => {
		const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
		root.dataset.theme = dark ? "light" : "dark";
	});
	for (const image of document.querySelectorAll(".parameters img"))
		image.addEventListener("click", () => image.parentNode.classList.toggle("full"));
	const data = document.getElementById("runs");
	if (!data) return;
	const runs = JSON.parse(data.textContent);
	const several = runs.length > 1;
	const view = {over: "epoch", scale: "linear"};
	const make = (name, fields, ...children) => {
		const element = Object.assign(document.createElement(name), fields);
		element.append(...children);
		return element;
	};
	const svg = (name, attributes, text) => {
		const element = document.createElementNS("http://www.w3.org/2000/svg", name);
		for (const key in attributes) element.setAttribute(key, attributes[key]);
		if (text !== undefined) element.textContent = text;
		return element;
	};
	const colour = number => `var(--c${number % 8})`;

	/* ---- Numbers ---- */
	const trim = (v, digits) => String(+v.toPrecision(digits));
	const short = v => {
		const size = Math.abs(v);
		if (size >= 1e6) return trim(v / 1e6, 3) + " M";
		if (size >= 1e4) return trim(v / 1e3, 3) + " k";
		return size > 0 && size < 1e-4 ? v.toExponential(1) : trim(v, 3);
	};
	const exact = v => Math.abs(v) >= 1e3 ? Math.round(v).toLocaleString("en") : trim(v, 5);
	const percent = v => trim(100 * v, 3) + "%";
	const percents = v => (100 * v).toFixed(2) + "%";
	const time = s => {
		const whole = Math.round(s), two = n => String(n).padStart(2, "0");
		if (s < 60) return trim(s, 3) + " s";
		if (whole < 3600) return Math.floor(whole / 60) + ":" + two(whole % 60) + " min";
		return Math.floor(whole / 3600) + ":" + two(Math.floor(whole / 60) % 60) + ":" + two(whole % 60) + " h";
	};
	/* Round numbers from low to high, about `wanted` of them; steps of time are those of clocks. */
	const ticks = (low, high, wanted, steps) => {
		const raw = (high - low) / wanted || 1, unit = 10 ** Math.floor(Math.log10(raw));
		const step = (steps || []).find(s => s >= raw) || [1, 2, 5, 10].map(f => f * unit).find(s => s >= raw);
		const list = [];
		for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) list.push(i * step);
		return list;
	};
	const clock = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 21600, 43200, 86400];
	const powers = (low, high) => {
		const list = [];
		for (let p = Math.floor(Math.log10(low)); p <= Math.log10(high); p++)
			for (const f of [1, 2, 5]) if (f * 10 ** p >= low && f * 10 ** p <= high) list.push(f * 10 ** p);
		return list.length > 8 ? list.filter(v => Number.isInteger(Math.log10(v))) : list;
	};

	/* ---- Charts ---- */
	/* A line for each column of each run that has values. */
	const lines_of = chart => runs.flatMap((run, r) => chart.columns.flatMap((column, c) => {
		const points = run[column.key].map((y, i) => ({x: run[view.over][i], y, epoch: run.epoch[i]}))
			.filter(p => p.x !== null && p.y !== null && (view.scale === "linear" || !chart.log || p.y > 0));
		return points.length ? [{points, run, name: (several ? run.name + (column.name ? " " : "") : "") + column.name,
			best: column.best, colour: colour(several ? r : column.colour),
			dash: several && column.dash || ""}] : [];
	}));
	/* Runs so far above the others that one axis for all would squash those: their lowest value is above the median of the
	   runs' lowest by more than eight median deviations, and above twice the median; and the highest one is above four
	   times what the others reach, so that they do not fit on the axis of those. The logarithmic scale shows all. */
	const beyond = (chart, lines) => {
		const low = new Map(), high = new Map();
		const fold = (ends, run, pick, points) => ends.set(run, points.reduce((end, p) => pick(end, p.y),
			ends.has(run) ? ends.get(run) : points[0].y));
		for (const line of lines) {
			fold(low, line.run, Math.min, line.points);
			fold(high, line.run, Math.max, line.points);
		}
		if (low.size < 3 || !chart.log || view.scale !== "linear") return new Set();
		const middle = list => list.sort((p, q) => p - q)[Math.floor((list.length - 1) / 2)];
		const median = middle([...low.values()]), spread = middle([...low.values()].map(v => Math.abs(v - median)));
		const above = run => low.get(run) > median + 8 * spread && low.get(run) > 2 * Math.abs(median);
		const top = Math.max(...[...high].map(([run, v]) => above(run) ? -Infinity : v));
		return new Set([...low.keys()].filter(run => above(run) && high.get(run) > 4 * top));
	};
	const axes = (chart, lines, W) => {
		const H = 240, L = 50, R = 10, T = 8, B = 24, all = lines.flatMap(line => line.points);
		const fold = (pick, key) => all.reduce((a, p) => pick(a, p[key]), all[0][key]);
		let [x0, x1, y0, y1] = [fold(Math.min, "x"), fold(Math.max, "x"), fold(Math.min, "y"), fold(Math.max, "y")];
		const log = chart.log && view.scale === "log";
		if (view.over === "seconds") x0 = 0;
		if (x1 === x0) { x0 -= 1; x1 += 1; }
		if (log) { y0 /= 1.05; y1 *= 1.05; } else {
			if (y0 > 0 && (chart.zero || y0 < 0.5 * y1)) y0 = 0;
			if (y1 === y0) y1 = y0 + (Math.abs(y0) || 1);
			y1 += 0.04 * (y1 - y0);
			if (y0 !== 0) y0 -= 0.04 * (y1 - y0);
		}
		const f = log ? Math.log : v => v;
		return {W, H, L, R, T, B, x0, x1, y0, y1, log,
			X: x => L + (x - x0) / (x1 - x0) * (W - L - R),
			Y: y => H - B - (f(y) - f(y0)) / (f(y1) - f(y0)) * (H - B - T)};
	};
	const grid_draw = (picture, chart, a) => {
		for (const y of a.log ? powers(a.y0, a.y1) : ticks(a.y0, a.y1, 5)) {
			picture.append(svg("line", {class: "grid", x1: a.L, x2: a.W - a.R, y1: a.Y(y), y2: a.Y(y)}));
			picture.append(svg("text", {x: a.L - 8, y: a.Y(y) + 4, "text-anchor": "end"}, chart.tick(y)));
		}
		const seconds = view.over === "seconds";
		for (const x of ticks(a.x0, a.x1, a.W / 90, seconds ? clock : [1])) {
			if (!seconds && x !== Math.round(x)) continue;
			const anchor = seconds && a.X(x) > a.W - 24 ? "end" : "middle";
			picture.append(svg("text", {x: a.X(x), y: a.H - 6, "text-anchor": anchor}, seconds ? time(x) : short(x)));
		}
	};
	const best_draw = (picture, line, a) => {
		const at = line.points.find(p => p.epoch === line.run.best);
		if (line.best && at) {
			const ring = svg("circle", {class: "best", cx: a.X(at.x), cy: a.Y(at.y), r: 4.5, style: `stroke:${line.colour}`});
			ring.append(svg("title", {}, `best: epoch ${at.epoch}`));
			picture.append(ring);
		}
	};
	/* What a screen can show of a line: in every other column of pixels its first, lowest, highest and last point. */
	const thin = (points, a) => {
		const column = p => Math.floor(a.X(p.x) / 2), kept = [];
		for (let from = 0, to = 0; from < points.length; from = to) {
			while (to < points.length && column(points[to]) === column(points[from])) to++;
			let low = from, high = from;
			for (let i = from; i < to; i++) {
				if (points[i].y < points[low].y) low = i;
				if (points[i].y > points[high].y) high = i;
			}
			const few = new Set([from, low, high, to - 1].sort((p, q) => p - q));
			for (const i of few) kept.push(points[i]);
		}
		return kept;
	};
	const draw = chart => {
		const box = chart.box;
		let lines = lines_of(chart);
		box.querySelectorAll("svg, .tip, p").forEach(old => old.remove());
		if (!lines.length) {
			box.append(make("p", {className: "soft", textContent: "no values"}));
			return;
		}
		const far = beyond(chart, lines);
		lines = lines.filter(line => !far.has(line.run));
		const a = axes(chart, lines, Math.max(240, box.clientWidth - 32));
		const picture = svg("svg", {viewBox: `0 0 ${a.W} ${a.H}`, role: "img", tabindex: 0, "aria-label": chart.title});
		grid_draw(picture, chart, a);
		for (const line of lines) {
			const d = thin(line.points, a)
				.map((p, i) => (i ? "L" : "M") + a.X(p.x).toFixed(1) + " " + a.Y(p.y).toFixed(1)).join("");
			picture.append(svg("path", {class: "line", d, style: `stroke:${line.colour}`, "stroke-dasharray": line.dash}));
			if (line.points.length === 1)
				picture.append(svg("circle", {cx: a.X(line.points[0].x), cy: a.Y(line.points[0].y), r: 3.5,
					style: `fill:${line.colour}`}));
		}
		for (const line of lines) best_draw(picture, line, a);
		const tip = make("div", {className: "tip", hidden: true});
		box.append(picture, tip);
		if (far.size > 0)
			box.append(make("p", {className: "soft beyond",
				textContent: `far above, seen with “log”: ${[...far].map(run => run.name).join(", ")}`}));
		hover(chart, lines, a, picture, tip);
	};
	const hover = (chart, lines, a, picture, tip) => {
		const stops = [...new Set(lines.flatMap(line => line.points.map(p => p.x)))].sort((p, q) => p - q);
		const cursor = svg("line", {class: "cursor", y1: a.T, y2: a.H - a.B, visibility: "hidden"});
		const marks = lines.map(line => svg("circle", {r: 3.5, visibility: "hidden", style: `fill:${line.colour}`}));
		let now = stops.length - 1;
		picture.append(cursor, ...marks);
		const near = (list, x, key) => list.reduce((p, q) => Math.abs(key(q) - x) < Math.abs(key(p) - x) ? q : p);
		const hide = () => {
			tip.hidden = true;
			for (const part of [cursor, ...marks]) part.setAttribute("visibility", "hidden");
		};
		const show = () => {
			const x = stops[now];
			cursor.setAttribute("x1", a.X(x));
			cursor.setAttribute("x2", a.X(x));
			cursor.setAttribute("visibility", "visible");
			tip.replaceChildren(make("b", {textContent: view.over === "seconds" ? time(x) : `epoch ${x}`}));
			lines.forEach((line, i) => {
				const p = near(line.points, x, q => q.x);
				const there = view.over === "seconds" || p.x === x;
				marks[i].setAttribute("visibility", there ? "visible" : "hidden");
				if (!there) return;
				marks[i].setAttribute("cx", a.X(p.x));
				marks[i].setAttribute("cy", a.Y(p.y));
				const dot = make("i", {className: "dot"});
				dot.style.color = line.colour;
				tip.append(make("span", {}, dot, line.name || chart.title), make("span", {textContent: chart.value(p.y)}));
			});
			tip.hidden = false;
			const left = picture.offsetLeft || 16, at = a.X(x) / a.W * picture.getBoundingClientRect().width + left;
			const wanted = at > tip.parentNode.clientWidth / 2 ? at - tip.offsetWidth - 14 : at + 14;
			tip.style.left = Math.max(8, Math.min(tip.parentNode.clientWidth - tip.offsetWidth - 8, wanted)) + "px";
		};
		picture.addEventListener("pointerleave", hide);
		picture.addEventListener("blur", hide);
		picture.addEventListener("pointermove", event => {
			const frame = picture.getBoundingClientRect();
			const x = a.x0 + ((event.clientX - frame.left) / frame.width * a.W - a.L) / (a.W - a.L - a.R) * (a.x1 - a.x0);
			now = stops.indexOf(near(stops, x, s => s));
			show();
		});
		picture.addEventListener("keydown", event => {
			const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
			if (!step) return;
			now = Math.max(0, Math.min(stops.length - 1, tip.hidden ? now : now + step));
			event.preventDefault();
			show();
		});
	};

	const parts = (of, best) => [{key: "train_" + of, name: "train", colour: 0, dash: "5 5"},
		{key: "validation_" + of, name: "validation", colour: 2, best, dash: "0 5"},
		{key: "test_" + of, name: "test", colour: 1, best}];
	const charts = [
		...[...new Map(runs.map(run => [run.measure, run])).values()].map(run => ({id: run.measure,
			title: run.title[0].toUpperCase() + run.title.slice(1), columns: parts(run.measure, true),
			tick: run.share ? percent : short, value: run.share ? percents : exact, zero: true, log: true})),
		{id: "loss", title: "Loss", columns: parts("loss", false), tick: short, value: exact, log: true},
		{id: "rate", title: "Learning rate", columns: [{key: "rate", name: "", colour: 3}], tick: short, value: exact,
			zero: true, log: true},
		{id: "speed", title: "Images per second", columns: [{key: "images_per_second", name: "", colour: 4}], tick: short,
			value: exact, zero: true},
	];
	/* A run of another task has no such measure. */
	for (const run of runs)
		for (const chart of charts)
			for (const column of chart.columns) run[column.key] ||= run.epoch.map(() => null);
	const key_entry = (key, name, tone, kind) => {
		const mark = make("i", {className: kind || ""});
		mark.style.color = tone;
		key.append(make("span", {}, mark, name));
	};
	/* Several runs have one key for all charts: a colour for each run, a kind of line for each set. */
	if (several) {
		const key = make("div", {className: "card key all"});
		runs.forEach((run, r) => key_entry(key, run.name, colour(r)));
		key_entry(key, "train", "var(--soft)", "dashed");
		if (charts.some(chart => runs.some(run => (run["validation_" + chart.id] || []).some(v => v !== null))))
			key_entry(key, "validation", "var(--soft)", "dotted");
		key_entry(key, "test", "var(--soft)");
		document.getElementById("charts").before(key);
	}
	for (const chart of charts) {
		const key = make("div", {className: "key"});
		if (!several && chart.columns.length > 1)
			for (const column of chart.columns)
				if (runs[0][column.key].some(v => v !== null)) key_entry(key, column.name, colour(column.colour));
		chart.box = make("div", {className: "card chart", id: "chart-" + chart.id},
			make("div", {className: "head"}, make("h3", {textContent: chart.title}), key));
		document.getElementById("charts").append(chart.box);
	}
	const show = () => {
		for (const chart of charts) draw(chart);
		for (const kind of ["over", "scale"])
			for (const button of document.querySelectorAll(`[data-${kind}]`))
				button.setAttribute("aria-pressed", String(button.dataset[kind] === view[kind]));
	};
	for (const kind of ["over", "scale"])
		for (const button of document.querySelectorAll(`[data-${kind}]`))
			button.addEventListener("click", () => { view[kind] = button.dataset[kind]; show(); });
	let width = innerWidth;
	addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; show(); } });
	show();
})();
