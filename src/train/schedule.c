/* Learning rates and penalty weights over the steps; no libm, so that every rank has the same bits. */
#include <convoy/train.h>

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
	if (at < warm)
		return rate * (at + 1) / (warm + 1);
	switch (job->train.schedule) {
	case SCHEDULE_STEP: {
		double falls = at / (job->train.every * (double)steps), most = 0x1p63;
		return rate * schedule_power(job->train.factor, (uint64_t)(falls < most ? falls : most));
	}
	case SCHEDULE_EXPONENTIAL:
		return rate * schedule_power(job->train.factor, step / steps);
	case SCHEDULE_COSINE: {
		double done = total > warm ? (at - warm) / (total - warm) : 1;
		double low = job->train.minimum;
		return rate * (low + (1 - low) * 0.5 * (1 + scalar_cospi(done < 1 ? done : 1)));
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
