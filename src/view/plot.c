/* Plots of a report's page, as SVG: predictions against truth, and errors. */
#include "view.h"

#include <math.h>
#include <stdlib.h>

/* A plot is WIDTH × HEIGHT; between the margins lie CELLS × CELLS cells of CELL each. */
enum { CELL = 3, CELLS = 96, SIDE = CELL * CELLS, LEFT = 58, TOP = 22, RIGHT = 14, BOTTOM = 38,
       WIDTH = LEFT + SIDE + RIGHT, HEIGHT = TOP + SIDE + BOTTOM, BINS = 41, SHADES = 5 };

/* An axis from low to high. */
struct axis {
	double low, high, step;
};

/* Makes an axis of the least and the largest number that it shows: with about five round steps, ends a little apart. */
static struct axis axis_of(double low, double high)
{
	if (!(high - low > 1e-9 * fmax(fabs(low), fabs(high)))) {
		double more = low != 0 ? fabs(low) / 2 : 1;
		low -= more;
		high += more;
	}
	double unit = 1, wanted = (high - low) / 5;
	while (unit > wanted)
		unit /= 10;
	while (unit * 10 <= wanted)
		unit *= 10;
	double step = unit >= wanted ? unit : 2 * unit >= wanted ? 2 * unit : 5 * unit >= wanted ? 5 * unit : 10 * unit;
	double gap = (high - low) / 50;
	return (struct axis){low - gap, high + gap, step};
}

static double axis_share(const struct axis *a, double number)
{
	return (number - a->low) / (a->high - a->low);
}

/* The round numbers of an axis: lines across the plot, and what they are. down: of the axis at the left side. */
static void axis_print(FILE *file, const struct axis *a, bool down)
{
	for (double i = ceil(a->low / a->step); i * a->step <= a->high; i++) {
		double at = axis_share(a, i * a->step) * SIDE;
		double x = LEFT + at, y = TOP + SIDE - at;
		if (down)
			fprintf(file, "<path class=\"grid\" d=\"M%d %.1fh%d\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.9g"
			        "</text>", LEFT, y, SIDE, LEFT - 6, y + 4, i * a->step + 0.0);
		else
			fprintf(file, "<path class=\"grid\" d=\"M%.1f %dv%d\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">"
			        "%.9g</text>", x, TOP, SIDE, x, TOP + SIDE + 16, i * a->step + 0.0);
	}
	fputc('\n', file);
}

static void plot_begin(FILE *file, const char *about)
{
	fprintf(file, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH, HEIGHT);
	html_text(file, about);
	fputs("\">\n", file);
}

/* The words at both axes. */
static void plot_end(FILE *file, const char *across, const char *down)
{
	fprintf(file, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LEFT + SIDE, HEIGHT - 6);
	html_text(file, across);
	fprintf(file, "</text><text x=\"%d\" y=\"%d\">", 4, TOP - 9);
	html_text(file, down);
	fputs("</text></svg>\n", file);
}

static size_t cell_of(const struct axis *a, double number, size_t cells)
{
	double at = axis_share(a, number) * (double)cells;
	return at > 0 ? at < (double)cells ? (size_t)at : cells - 1 : 0;
}

/* The cells, darker where more pairs lie. */
static void cells_print(FILE *file, const uint64_t *cell)
{
	uint64_t most = 1;
	for (size_t i = 0; i < CELLS * CELLS; i++)
		most = cell[i] > most ? cell[i] : most;
	for (size_t shade = 0; shade < SHADES; shade++) {
		fprintf(file, "<path class=\"shade s%zu\" d=\"", shade);
		for (size_t i = 0; i < CELLS * CELLS; i++) {
			size_t own = (size_t)(SHADES * sqrt((double)cell[i] / (double)most));
			if (cell[i] > 0 && (own < SHADES ? own : SHADES - 1) == shade)
				fprintf(file, "M%zu %zuh%dv%dh-%dz", LEFT + CELL * (i % CELLS), TOP + CELL * (CELLS - 1 - i / CELLS),
				        CELL, CELL, CELL);
		}
		fputs("\"/>\n", file);
	}
}

int scatter_print(FILE *file, const struct pairs *p, const char *about, const char *across, const char *down,
                  struct err *err)
{
	uint64_t *cell = memory_zeroed(CELLS * CELLS, sizeof *cell, err);
	if (cell == NULL)
		return -1;
	double low = INFINITY, high = -INFINITY;
	for (size_t i = 0; i < p->count; i++) {
		struct pair one = p->get(p->context, i);
		low = fmin(low, fmin(one.is, one.says));
		high = fmax(high, fmax(one.is, one.says));
	}
	struct axis axis = axis_of(low, high);
	for (size_t i = 0; i < p->count; i++) {
		struct pair one = p->get(p->context, i);
		cell[cell_of(&axis, one.says, CELLS) * CELLS + cell_of(&axis, one.is, CELLS)]++;
	}
	plot_begin(file, about);
	axis_print(file, &axis, true);
	axis_print(file, &axis, false);
	fprintf(file, "<path class=\"diagonal\" d=\"M%d %dL%d %d\"/>\n", LEFT, TOP + SIDE, LEFT + SIDE, TOP);
	cells_print(file, cell);
	plot_end(file, across, down);
	free(cell);
	return 0;
}

size_t histogram_print(FILE *file, const struct pairs *p, double most, const char *about, const char *across,
                    const char *down)
{
	uint64_t bin[BINS] = {0}, highest = 1;
	size_t beyond = 0;
	most = most > 0 ? most : 1;
	for (size_t i = 0; i < p->count; i++) {
		struct pair one = p->get(p->context, i);
		double error = one.says - one.is;
		beyond += fabs(error) > most;
		bin[cell_of(&(struct axis){-most, most, 0}, error, BINS)]++;
	}
	for (size_t b = 0; b < BINS; b++)
		highest = bin[b] > highest ? bin[b] : highest;
	struct axis x = axis_of(-most, most), y = axis_of(0, (double)highest);
	y.low = 0;
	y.step = y.step >= 1 ? y.step : 1;
	plot_begin(file, about);
	axis_print(file, &y, true);
	axis_print(file, &x, false);
	double left = axis_share(&x, -most) * SIDE, width = (axis_share(&x, most) * SIDE - left) / BINS;
	fputs("<path class=\"shade s4\" d=\"", file);
	for (size_t b = 0; b < BINS; b++) {
		double high = axis_share(&y, (double)bin[b]) * SIDE;
		if (bin[b] > 0)
			fprintf(file, "M%.2f %dv-%.2fh%.2fv%.2fz", LEFT + left + width * (double)b, TOP + SIDE, high,
			        width - 0.5, high);
	}
	fputs("\"/>\n", file);
	double zero = LEFT + axis_share(&x, 0) * SIDE;
	fprintf(file, "<path class=\"diagonal\" d=\"M%.1f %dv%d\"/>\n", zero, TOP, SIDE);
	plot_end(file, across, down);
	return beyond;
}
