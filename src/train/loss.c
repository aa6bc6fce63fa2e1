/* Loss sums in fixed point: the same for any order of the samples. */
#include <convoy/train.h>

static const double unit = 0x1p-26, limit = 65536;

bool loss_fixed(const float loss[LANES], int64_t *sum)
{
	for (size_t l = 0; l < LANES; l++) {
		if (!(loss[l] > -limit && loss[l] < limit))
			return false;
		*sum += (int64_t)((double)loss[l] / unit);
	}
	return true;
}

double loss_mean(int64_t sum, int64_t samples)
{
	return samples > 0 ? (double)sum * unit / (double)samples : 0;
}
