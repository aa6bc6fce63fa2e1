/* Learning rates and penalty weights over the steps; no libm, so that every rank has the same bits. */
#include <convoy/train.h>

#include <stdio.h>
#include <stdlib.h>

__extension__ typedef unsigned __int128 wide;

/* The shortest decimal that reads back as x > 0, digits · 10^exponent: what the job file says, where x is only near. */
static uint64_t decimal_of(double x, int *exponent)
{
	enum { MOST = 17 };
	char text[MOST + 16];
	int places = 0;
	do
		snprintf(text, sizeof text, "%.*e", places, x);
	while (strtod(text, NULL) != x && ++places < MOST);
	uint64_t digits = 0;
	const char *p = text;
	for (; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			digits = 10 * digits + (uint64_t)(*p - '0');
	*exponent = (int)strtol(p + 1, NULL, 10) - places;
	return digits;
}

uint64_t schedule_spans(double span, uint64_t step, uint64_t steps)
{
	int exponent;
	const wide most = UINT64_MAX;
	wide over = (wide)decimal_of(span, &exponent) * steps;
	for (; exponent > 0; exponent--) {
		if (over > step)
			return 0;
		over *= 10;
	}
	wide whole = step / over, rest = step % over;
	for (; exponent < 0 && whole <= most; exponent++) { /* long division: each digit after the point is one to come */
		rest *= 10;
		whole = 10 * whole + rest / over;
		rest %= over;
	}
	return (uint64_t)(whole <= most ? whole : most);
}

double schedule_power(double base, uint64_t exponent)
{
	double result = 1;
	for (; exponent > 0; exponent >>= 1, base *= base)
		if (exponent & 1)
			result *= base;
	return result;
}

double schedule_rate(const struct job *job, uint64_t step, uint64_t steps)
{
	double warm = job->train.warmup * (double)steps, total = (double)job->train.epochs * (double)steps;
	double rate = job->train.rate, at = (double)step;
	if (job->train.warmup > 0 && schedule_spans(job->train.warmup, step, steps) == 0)
		return rate * (at + 1) / (warm + 1);
	switch (job->train.schedule) {
	case SCHEDULE_STEP:
		return rate * schedule_power(job->train.factor, schedule_spans(job->train.every, step, steps));
	case SCHEDULE_EXPONENTIAL:
		return rate * schedule_power(job->train.factor, step / steps);
	case SCHEDULE_COSINE: {
		double done = total > warm ? (at - warm) / (total - warm) : 1;
		double low = job->train.minimum;
		done = done < 0 ? 0 : done < 1 ? done : 1; /* `warm` may be rounded up beyond a whole step */
		return rate * (low + (1 - low) * 0.5 * (1 + scalar_cospi(done)));
	}
	default:
		return rate;
	}
}

double schedule_lambda(const struct layer *layer, uint64_t step, uint64_t steps)
{
	double warm = layer->warmup * (double)steps;
	return (double)step < warm ? layer->lambda * (double)step / warm : layer->lambda;
}
