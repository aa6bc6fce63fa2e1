/* The gradient check: analytic gradients, float64 and float32, against numeric ones of the float64 net. */
#include <convoy/net.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Steps of the difference: its fourth-order formula errs by about step⁴. A corner of the loss (relu, maximum) inside
 * the step spoils it, and a shorter step leaves the corner out. */
static const double step_longest = 1e-3, step_shortest = 1e-8;

/* What a difference may miss by rounding, times the loss over the step. */
static const double rounding = 0x1p-50;

/* Everything that the check holds in memory. */
struct check {
	const struct net *net;
	size_t samples, blocks;
	float *w, *sum32, *dw;          /* parameters; gradients: summed, of one block */
	double *w64, *x64, *analytic64; /* the same parameters; [samples][input]; gradient, summed */
	double loss;                    /* mean */
	struct block_targets *targets;  /* [blocks] */
	struct pass pass;
	struct pass64 *pass64;
};

static void check_free(struct check *c)
{
	free(c->w);
	free(c->sum32);
	free(c->dw);
	free(c->w64);
	free(c->x64);
	free(c->analytic64);
	for (size_t b = 0; c->targets != NULL && b < c->blocks; b++)
		block_targets_close(&c->targets[b]);
	free(c->targets);
	pass_close(&c->pass);
	pass64_destroy(c->pass64);
}

static int check_memory(struct check *c, const struct kernels *kernels, struct err *err)
{
	size_t parameters = c->net->parameters;
	c->w = memory_zeroed(parameters, sizeof *c->w, err);
	c->sum32 = memory_zeroed(parameters, sizeof *c->sum32, err);
	c->dw = memory_zeroed(parameters, sizeof *c->dw, err);
	c->w64 = memory_zeroed(parameters, sizeof *c->w64, err);
	c->analytic64 = memory_zeroed(parameters, sizeof *c->analytic64, err);
	c->x64 = memory_zeroed(c->samples * shape_size(c->net->input), sizeof *c->x64, err);
	c->targets = memory_zeroed(c->blocks, sizeof *c->targets, err);
	c->pass64 = pass64_create(c->net, err);
	if (c->w == NULL || c->sum32 == NULL || c->dw == NULL || c->w64 == NULL || c->analytic64 == NULL ||
	    c->x64 == NULL || c->targets == NULL || c->pass64 == NULL)
		return -1;
	for (size_t b = 0; b < c->blocks; b++)
		if (block_targets_open(&c->targets[b], &c->net->task, err) != 0)
			return -1;
	return pass_open(&c->pass, c->net, PASS_TRAIN, kernels, err);
}

/* A random number of a target: a class, a value of variance 1, or a label. */
static void target_draw(struct block_targets *targets, const struct task_spec *task, size_t at, uint64_t seed,
                        uint64_t index)
{
	if (task->task == TASK_CLASSES)
		targets->class[at] = (int32_t)random_below(seed, RANDOM_CHECK, 1, index, task->count);
	else if (task->task == TASK_VALUES)
		targets->value[at] = (float)(sqrt(12) * (random_uniform(seed, RANDOM_CHECK, 1, index) - 0.5));
	else
		targets->value[at] = (float)random_below(seed, RANDOM_CHECK, 1, index, 2);
}

/* Random inputs of variance 1, targets, and initial parameters, moved a little so that no tensor is 0. */
static void check_fill(struct check *c, uint64_t seed)
{
	size_t size = shape_size(c->net->input), numbers = task_numbers(&c->net->task);
	for (size_t i = 0; i < c->samples * size; i++)
		c->x64[i] = (float)(sqrt(12) * (random_uniform(seed, RANDOM_CHECK, 0, i) - 0.5));
	for (size_t n = 0; n < c->samples; n++) {
		struct block_targets *targets = &c->targets[n / LANES];
		targets->count = n % LANES + 1;
		targets->weight[n % LANES] = 1;
		for (size_t i = 0; i < numbers; i++)
			target_draw(targets, &c->net->task, i * LANES + n % LANES, seed, n * numbers + i);
	}
	net_init(c->net, seed, c->w);
	for (size_t i = 0; i < c->net->parameters; i++) {
		c->w[i] += (float)(0.02 * (random_uniform(seed, RANDOM_CHECK, 2, i) - 0.5));
		c->w64[i] = c->w[i];
	}
}

static double mean_loss64(struct check *c, double *gradient)
{
	double sum = 0;
	for (size_t n = 0; n < c->samples; n++)
		sum += pass64_loss(c->pass64, c->w64, c->x64 + n * shape_size(c->net->input), &c->targets[n / LANES],
		                   n % LANES, gradient);
	return sum / (double)c->samples;
}

/* Sum of the float32 gradients over all samples, block by block, into sum32. */
static void gradient32(struct check *c)
{
	size_t size = shape_size(c->net->input);
	pass_prepare(&c->pass, c->w);
	for (size_t b = 0; b < c->blocks; b++) {
		const struct block_targets *targets = &c->targets[b], own = c->pass.targets;
		c->pass.targets = *targets;
		for (size_t lane = 0; lane < LANES; lane++)
			for (size_t i = 0; i < size; i++)
				c->pass.map[0][i * LANES + lane] =
					lane < targets->count ? (float)c->x64[(b * LANES + lane) * size + i] : 0;
		struct verdict verdict;
		pass_forward(&c->pass, c->w);
		pass_loss(&c->pass, true, &verdict);
		c->pass.targets = own;
		pass_backward(&c->pass, c->w, c->dw, NULL, NULL);
		for (size_t i = 0; i < c->net->parameters; i++)
			c->sum32[i] += c->dw[i];
	}
}

/* ∂E/∂w_i by the fourth-order central difference. */
static double difference(struct check *c, size_t i, double step)
{
	static const double at[4] = {-2, -1, 1, 2}, factor[4] = {1, -8, 8, -1};
	double original = c->w64[i], sum = 0;
	for (size_t s = 0; s < 4; s++) {
		c->w64[i] = original + at[s] * step;
		sum += factor[s] * mean_loss64(c, NULL);
	}
	c->w64[i] = original;
	return sum / (12 * step);
}

/* The same by the longest step that agrees with the analytic gradient, or else by the one that comes closest, rounding
 * counted against it: all of them tend to the derivative, so a wrong gradient agrees with none. *noise: what rounding
 * may have added. */
static double numeric(struct check *c, size_t i, double analytic, double *noise)
{
	double best = NAN, least = INFINITY;
	for (double step = step_longest; step > 0.5 * step_shortest; step /= 10) {
		double n = difference(c, i, step), own_noise = rounding * (1 + fabs(c->loss)) / step;
		double away = fabs(n - analytic) + own_noise;
		if (away < least) {
			best = n;
			least = away;
			*noise = own_noise;
		}
		if (away <= 1e-8 * fabs(analytic) + 2 * own_noise)
			break;
	}
	return best;
}

/* The square of a − b, as far as rounding does not explain it. */
static double miss(double a, double b, double noise)
{
	double beyond = fabs(a - b) - noise;
	return beyond <= 0 ? 0 : beyond * beyond;
}

static void check_tensor(struct check *c, uint64_t seed, size_t t, size_t entries, struct check_row *row)
{
	const struct net_tensor *tensor = &c->net->tensor[t];
	bool all = tensor->count <= entries;
	double miss64 = 0, miss32 = 0, size64 = 0, size = 0;
	*row = (struct check_row){.layer = tensor->layer, .tensor = tensor->own, .entries = all ? tensor->count : entries};
	if (tensor->own->statistic || !tensor->learns) {
		row->entries = 0; /* nothing that is learned by its gradient */
		return;
	}
	for (size_t e = 0; e < row->entries; e++) {
		size_t i = tensor->offset + (all ? e : (size_t)random_below(seed, RANDOM_CHECK, 3 + t, e, tensor->count));
		double a = c->analytic64[i] / (double)c->samples, b = c->sum32[i] / (double)c->samples, noise = 0;
		double n = numeric(c, i, a, &noise);
		miss64 += miss(a, n, noise);
		miss32 += miss(b, n, noise);
		size64 += a * a;
		size += n * n;
	}
	double scale = sqrt(fmax(size, size64));
	row->norm = sqrt(size);
	/* A NaN anywhere makes the errors NaN, which is below no limit. */
	row->error64 = scale == 0 ? sqrt(miss64) : sqrt(miss64) / scale;
	row->error32 = scale == 0 ? sqrt(miss32) : sqrt(miss32) / scale;
}

int net_check(const struct net *net, const struct kernels *kernels, uint64_t seed, size_t samples, size_t entries,
              struct check_row *rows, struct err *err)
{
	struct check c = {.net = net, .samples = samples, .blocks = (samples + LANES - 1) / LANES};
	int code = check_memory(&c, kernels, err);
	if (code == 0) {
		check_fill(&c, seed);
		c.loss = mean_loss64(&c, c.analytic64);
		gradient32(&c);
		for (size_t t = 0; t < net->tensors; t++)
			check_tensor(&c, seed, t, entries, &rows[t]);
	}
	check_free(&c);
	return code;
}
