/* Axes of a sweep's plots: their limits, which a few bad runs do not stretch, and their round numbers. */
#include "span.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *one, const void *other)
{
	double a = *(const double *)one, b = *(const double *)other;
	return (a > b) - (a < b);
}

struct span span_of(size_t count, double *value, bool robust)
{
	enum { FAR = 4 }; /* times as far above the median as that is above the least */
	struct span span = {.low = 0, .high = 1};
	qsort(value, count, sizeof *value, ascending);
	if (count == 0)
		return span;
	span.low = value[0];
	span.high = value[count - 1];
	if (robust) {
		double median = value[(count - 1) / 2], upper = value[(count - 1) * 3 / 4];
		double far = fmax(upper, median + FAR * (median - span.low));
		span.high = far > span.low ? fmin(far, span.high) : span.high;
	}
	span.log = span.low > 0 && span.high >= 10 * span.low;
	if (!(span.high > span.low)) {
		double more = span.low != 0 ? fabs(span.low) / 2 : 0.5;
		span.low -= more;
		span.high += more;
	}
	return span;
}

double span_share(const struct span *span, double value)
{
	double share = span->log ? value > 0 ? (scalar_log(value) - scalar_log(span->low)) /
	                                       (scalar_log(span->high) - scalar_log(span->low)) : 0
	                         : (value / 2 - span->low / 2) / (span->high / 2 - span->low / 2);
	return share > 1 ? 1 : share >= 0 ? share : 0;
}

/* The largest power of ten that is not above a finite number; of denormals, for which it would come to 0, one near
 * DBL_MIN. */
static double power_below(double number)
{
	double unit = 1;
	while (unit > number && unit > DBL_MIN)
		unit /= 10;
	while (unit * 10 <= number)
		unit *= 10;
	return unit;
}

static size_t steps_find(const struct span *span, double tick[SPAN_TICKS])
{
	double wanted = span->high / 5 - span->low / 5, unit = power_below(wanted);
	double step = 2 * unit >= wanted ? 2 * unit : 5 * unit >= wanted ? 5 * unit : 10 * unit;
	size_t count = 0;
	for (double i = ceil(span->low / step); i * step <= span->high * (1 + 1e-9) && count < SPAN_TICKS; i++)
		tick[count++] = i * step + 0.0;
	return count;
}

size_t span_ticks(const struct span *span, double tick[SPAN_TICKS])
{
	static const double factor[] = {1, 2, 5};
	size_t count = 0;
	if (!span->log)
		return steps_find(span, tick);
	/* Up to two decades 1, 2, 5; of more the powers alone. */
	size_t factors = span->high > 100 * span->low ? 1 : 3;
	for (double unit = power_below(span->low); unit <= span->high; unit *= 10)
		for (size_t f = 0; f < factors && count < SPAN_TICKS; f++) {
			double at = factor[f] * unit;
			if (at >= span->low * (1 - 1e-9) && at <= span->high * (1 + 1e-9))
				tick[count++] = at;
		}
	return count;
}
