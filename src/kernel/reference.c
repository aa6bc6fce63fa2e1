/* The plain reference: float64, one sample, loops like the formulas (mathematics, sections 2, 3, 3.2). It may use libm,
 * because a training run never uses it. */
#include <convoy/kernel.h>

#include <math.h>

static const double scaled_a = 1.7159, scaled_s = 2 / 3.0;

/* Where number (a, b) of a kernel at output (u, v) meets map i. */
static size_t x_at(const struct correlation *c, size_t i, size_t u, size_t v, size_t a, size_t b)
{
	size_t row = u * c->stride.rows + a * c->dilation.rows, column = v * c->stride.columns + b * c->dilation.columns;
	return (i * c->rows + row) * c->columns + column;
}

void reference_correlate(const struct correlation *c, const double *k, const double *b, const double *x, double *y)
{
	const struct connections *t = c->table;
	for (size_t j = 0; j < t->out_maps; j++)
		for (size_t u = 0; u < c->out_rows; u++)
			for (size_t v = 0; v < c->out_columns; v++) {
				double sum = b != NULL ? b[j] : 0;
				for (size_t e = t->first[j]; e < t->first[j + 1]; e++)
					for (size_t a = 0; a < c->kernel.rows; a++)
						for (size_t d = 0; d < c->kernel.columns; d++)
							sum += k[(e * c->kernel.rows + a) * c->kernel.columns + d] *
							       x[x_at(c, t->input[e], u, v, a, d)];
				y[(j * c->out_rows + u) * c->out_columns + v] = sum;
			}
}

void reference_correlate_input(const struct correlation *c, const double *k, const double *dy, double *dx)
{
	const struct connections *t = c->table;
	for (size_t i = 0; i < t->in_maps * c->in_rows * c->in_columns; i++)
		dx[i] = 0;
	for (size_t j = 0; j < t->out_maps; j++)
		for (size_t u = 0; u < c->out_rows; u++)
			for (size_t v = 0; v < c->out_columns; v++)
				for (size_t e = t->first[j]; e < t->first[j + 1]; e++)
					for (size_t a = 0; a < c->kernel.rows; a++)
						for (size_t d = 0; d < c->kernel.columns; d++) {
							/* Positions in front of the input wrap around and are not below its size either. */
							size_t row = u * c->stride.rows + a * c->dilation.rows - c->top;
							size_t column = v * c->stride.columns + d * c->dilation.columns - c->left;
							if (row < c->in_rows && column < c->in_columns)
								dx[(t->input[e] * c->in_rows + row) * c->in_columns + column] +=
									k[(e * c->kernel.rows + a) * c->kernel.columns + d] *
									dy[(j * c->out_rows + u) * c->out_columns + v];
						}
}

void reference_correlate_kernels(const struct correlation *c, const double *x, const double *dy, double *dk, double *db)
{
	const struct connections *t = c->table;
	for (size_t j = 0; j < t->out_maps; j++) {
		const double *g = dy + j * c->out_rows * c->out_columns;
		for (size_t e = t->first[j]; e < t->first[j + 1]; e++)
			for (size_t a = 0; a < c->kernel.rows; a++)
				for (size_t d = 0; d < c->kernel.columns; d++) {
					double sum = 0;
					for (size_t u = 0; u < c->out_rows; u++)
						for (size_t v = 0; v < c->out_columns; v++)
							sum += g[u * c->out_columns + v] *
							       x[x_at(c, t->input[e], u, v, a, d)];
					dk[(e * c->kernel.rows + a) * c->kernel.columns + d] = sum;
				}
		if (db == NULL)
			continue;
		db[j] = 0;
		for (size_t i = 0; i < c->out_rows * c->out_columns; i++)
			db[j] += g[i];
	}
}

void reference_full(size_t units, size_t inputs, size_t positions, const double *w, const double *b, const double *x,
                    double *y)
{
	for (size_t m = 0; m < units; m++)
		for (size_t p = 0; p < positions; p++) {
			y[m * positions + p] = b != NULL ? b[m] : 0;
			for (size_t k = 0; k < inputs; k++)
				y[m * positions + p] += w[m * inputs + k] * x[k * positions + p];
		}
}

void reference_full_input(size_t units, size_t inputs, size_t positions, const double *w, const double *dy, double *dx)
{
	for (size_t k = 0; k < inputs; k++)
		for (size_t p = 0; p < positions; p++) {
			dx[k * positions + p] = 0;
			for (size_t m = 0; m < units; m++)
				dx[k * positions + p] += w[m * inputs + k] * dy[m * positions + p];
		}
}

void reference_full_weights(size_t units, size_t inputs, size_t positions, const double *x, const double *dy,
                            double *dw, double *db)
{
	for (size_t m = 0; m < units; m++) {
		for (size_t k = 0; k < inputs; k++) {
			dw[m * inputs + k] = 0;
			for (size_t p = 0; p < positions; p++)
				dw[m * inputs + k] += dy[m * positions + p] * x[k * positions + p];
		}
		if (db == NULL)
			continue;
		db[m] = 0;
		for (size_t p = 0; p < positions; p++)
			db[m] += dy[m * positions + p];
	}
}

/* Steps through the positions of window number o that lie in its map, by rows. k is 0 at first; false: no more. */
static bool window_next(const struct windows *w, size_t o, size_t *k, size_t *at)
{
	size_t map = o / (w->out_rows * w->out_columns), u = o / w->out_columns % w->out_rows, v = o % w->out_columns;
	while (*k < w->side.rows * w->side.columns) {
		/* Positions in front of the map wrap around and are not below its size either. */
		size_t row = u * w->step.rows + *k / w->side.columns - w->top;
		size_t column = v * w->step.columns + *k % w->side.columns - w->left;
		++*k;
		if (row < w->rows && column < w->columns) {
			*at = (map * w->rows + row) * w->columns + column;
			return true;
		}
	}
	return false;
}

static double window_size(const struct windows *w, size_t o)
{
	size_t count = 0;
	for (size_t k = 0, at; window_next(w, o, &k, &at);)
		count++;
	return (double)count;
}

static size_t windows_count(const struct windows *w)
{
	return w->maps * w->out_rows * w->out_columns;
}

static void zeros(const struct windows *w, double *dx)
{
	for (size_t at = 0; at < w->maps * w->rows * w->columns; at++)
		dx[at] = 0;
}

void reference_subsample(const struct windows *w, const double *beta, const double *b, const double *x, double *d,
                         double *y)
{
	for (size_t o = 0; o < windows_count(w); o++) {
		size_t j = o / (w->out_rows * w->out_columns);
		d[o] = 0;
		for (size_t k = 0, at; window_next(w, o, &k, &at);)
			d[o] += x[at];
		y[o] = beta[j] * d[o] + b[j];
	}
}

void reference_subsample_back(const struct windows *w, const double *beta, const double *d, const double *dy,
                              double *dx, double *dbeta, double *db)
{
	for (size_t j = 0; j < w->maps; j++)
		dbeta[j] = db[j] = 0;
	if (dx != NULL)
		zeros(w, dx);
	for (size_t o = 0; o < windows_count(w); o++) {
		size_t j = o / (w->out_rows * w->out_columns);
		db[j] += dy[o];
		dbeta[j] += dy[o] * d[o];
		for (size_t k = 0, at; dx != NULL && window_next(w, o, &k, &at);)
			dx[at] += beta[j] * dy[o];
	}
}

void reference_pool_max(const struct windows *w, const double *x, double *y)
{
	for (size_t o = 0; o < windows_count(w); o++) {
		y[o] = -INFINITY;
		for (size_t k = 0, at; window_next(w, o, &k, &at);)
			if (x[at] > y[o] || isnan(x[at]))
				y[o] = x[at];
	}
}

void reference_pool_max_back(const struct windows *w, const double *x, const double *dy, double *dx)
{
	zeros(w, dx);
	for (size_t o = 0; o < windows_count(w); o++) {
		size_t best = SIZE_MAX;
		for (size_t k = 0, at; window_next(w, o, &k, &at);)
			if (best == SIZE_MAX || x[at] > x[best])
				best = at;
		dx[best] += dy[o];
	}
}

void reference_pool_mean(const struct windows *w, const double *x, double *y)
{
	for (size_t o = 0; o < windows_count(w); o++) {
		double size = window_size(w, o);
		y[o] = 0;
		for (size_t k = 0, at; window_next(w, o, &k, &at);)
			y[o] += x[at] / size;
	}
}

void reference_pool_mean_back(const struct windows *w, const double *dy, double *dx)
{
	zeros(w, dx);
	for (size_t o = 0; o < windows_count(w); o++) {
		double size = window_size(w, o);
		for (size_t k = 0, at; window_next(w, o, &k, &at);)
			dx[at] += dy[o] / size;
	}
}

void reference_moments(size_t count, const double *x, double *mean, double *variance)
{
	*mean = *variance = 0;
	for (size_t i = 0; i < count; i++)
		*mean += x[i] / (double)count;
	for (size_t i = 0; i < count; i++)
		*variance += (x[i] - *mean) * (x[i] - *mean) / (double)count;
}

void reference_batch_norm(size_t count, double mean, double factor, double b, const double *x, double *y)
{
	for (size_t i = 0; i < count; i++)
		y[i] = (x[i] - mean) * factor + b;
}

void reference_batch_norm_sums(size_t count, double mean, const double *x, const double *dy, double *plain,
                               double *product)
{
	*plain = *product = 0;
	for (size_t i = 0; i < count; i++) {
		*plain += dy[i];
		*product += dy[i] * (x[i] - mean);
	}
}

void reference_batch_norm_input(size_t count, double mean, double scale, double level, double slope, const double *x,
                                const double *dy, double *dx)
{
	for (size_t i = 0; i < count; i++)
		dx[i] = scale * (dy[i] - level - (x[i] - mean) * slope);
}

void reference_batch_norm_curve(size_t count, double mean, double factor, double gamma, const double *x,
                                const double *hy, double *hx, double *plain, double *squares)
{
	*plain = *squares = 0;
	for (size_t i = 0; i < count; i++) {
		*plain += hy[i];
		*squares += hy[i] * (x[i] - mean) * factor * (x[i] - mean) * factor;
		hx[i] = gamma * factor * gamma * factor * hy[i];
	}
}

void reference_multiply(size_t count, const double *x, const double *factor, double *y)
{
	for (size_t i = 0; i < count; i++)
		y[i] = x[i] * factor[i];
}

void reference_add(size_t count, const double *x, double *y)
{
	for (size_t i = 0; i < count; i++)
		y[i] += x[i];
}

void reference_activate(enum activation f, double slope, size_t count, const double *u, double *y)
{
	for (size_t i = 0; i < count; i++)
		switch (f) {
		case ACTIVATION_SIGMOID:
			y[i] = 1 / (1 + exp(-u[i]));
			break;
		case ACTIVATION_TANH:
			y[i] = tanh(u[i]);
			break;
		case ACTIVATION_SCALED_TANH:
			y[i] = scaled_a * tanh(scaled_s * u[i]);
			break;
		case ACTIVATION_RELU:
			y[i] = fmax(u[i], 0);
			break;
		case ACTIVATION_LEAKY_RELU:
			y[i] = u[i] > 0 ? u[i] : slope * u[i];
			break;
		case ACTIVATION_ELU:
			y[i] = u[i] > 0 ? u[i] : expm1(u[i]);
			break;
		case ACTIVATION_SOFTPLUS:
			y[i] = fmax(u[i], 0) + log1p(exp(-fabs(u[i])));
			break;
		case ACTIVATION_GELU:
			y[i] = 0.5 * u[i] * erfc(-u[i] / sqrt(2));
			break;
		case ACTIVATION_SWISH:
			y[i] = u[i] / (1 + exp(-u[i]));
			break;
		default:
			y[i] = u[i];
			break;
		}
}

static double swish_slope(double u)
{
	double share = 1 / (1 + exp(-u));
	return share * (1 + u * (1 - share));
}

void reference_activate_back(enum activation f, double slope, size_t count, const double *from, double *dy)
{
	for (size_t i = 0; i < count; i++) {
		double u = from[i], y = from[i];
		switch (f) {
		case ACTIVATION_SIGMOID:
			dy[i] *= y * (1 - y);
			break;
		case ACTIVATION_TANH:
			dy[i] *= 1 - y * y;
			break;
		case ACTIVATION_SCALED_TANH:
			dy[i] *= scaled_s * (scaled_a - y * y / scaled_a);
			break;
		case ACTIVATION_RELU:
			dy[i] *= y > 0;
			break;
		case ACTIVATION_LEAKY_RELU:
			dy[i] *= y > 0 ? 1 : slope;
			break;
		case ACTIVATION_ELU:
			dy[i] *= y > 0 ? 1 : y + 1;
			break;
		case ACTIVATION_SOFTPLUS:
			dy[i] *= -expm1(-y);
			break;
		case ACTIVATION_GELU:
			dy[i] *= 0.5 * erfc(-u / sqrt(2)) + u * exp(-u * u / 2) / sqrt(2 * acos(-1));
			break;
		case ACTIVATION_SWISH:
			dy[i] *= swish_slope(u);
			break;
		default:
			break;
		}
	}
}
