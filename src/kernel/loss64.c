/* The plain reference of the losses. */
#include <convoy/kernel.h>

#include <math.h>

double reference_squared_error(size_t classes, size_t stride, const double *y, size_t label, double low, double high,
                               double *dy)
{
	double loss = 0;
	for (size_t k = 0; k < classes; k++) {
		double miss = y[k * stride] - (k == label ? high : low);
		loss += 0.5 * miss * miss;
		if (dy != NULL)
			dy[k * stride] = miss;
	}
	return loss;
}

double reference_cross_entropy(size_t classes, size_t stride, const double *y, size_t label, double low, double high,
                               double *dy)
{
	double largest = y[0], sum = 0, loss = 0;
	for (size_t k = 1; k < classes; k++)
		largest = fmax(largest, y[k * stride]);
	for (size_t k = 0; k < classes; k++)
		sum += exp(y[k * stride] - largest);
	for (size_t k = 0; k < classes; k++) {
		double target = k == label ? high : low;
		loss -= target * (y[k * stride] - largest - log(sum));
		if (dy != NULL)
			dy[k * stride] = exp(y[k * stride] - largest) / sum - target;
	}
	return loss;
}

double reference_squared_number(double y, double t, double delta, double *dy)
{
	(void)delta;
	*dy = y - t;
	return 0.5 * (y - t) * (y - t);
}

double reference_absolute_number(double y, double t, double delta, double *dy)
{
	(void)delta;
	*dy = y > t ? 1 : y < t ? -1 : 0;
	return fabs(y - t);
}

double reference_huber_number(double y, double t, double delta, double *dy)
{
	double miss = fabs(y - t);
	*dy = miss < delta ? y - t : y > t ? delta : -delta;
	return miss < delta ? 0.5 * miss * miss : delta * (miss - 0.5 * delta);
}

double reference_binary_entropy(double y, double t, double delta, double *dy)
{
	(void)delta;
	double p = 1 / (1 + exp(-y)), none = 1 / (1 + exp(y)); /* of the label, and of none */
	*dy = p - t;
	return (y > 0 ? -t * log(p) + (1 - t) * (y - log(p)) : t * (-y - log(none)) - (1 - t) * log(none));
}
