/* The update: clipping, the optimizer's rule, the averaged parameters (mathematics, Updates). No libm but the square
 * root, which IEEE 754 rounds correctly: every rank and every machine has the same bits. */
#include <convoy/train.h>

#include <math.h>

/* Scales g down to the norm `limit` where its own is larger. */
static void gradient_clip(const struct kernels *kernels, size_t count, float *g, double limit)
{
	double norm = kernels->norm(count, g);
	if (!(norm > limit))
		return;
	float factor = (float)(limit / norm);
	for (size_t i = 0; i < count; i++)
		g[i] *= factor;
}

/* The constants of step t (from 1) for tensors that decay, or do not. */
static struct update update_plan(const struct job *job, double rate, bool decays, uint64_t t)
{
	const struct optimizer_spec *o = &job->train.optimizer;
	const struct optimizer_type *type = optimizer_type(o->kind);
	double decay = decays ? job->train.decay : 0;
	struct update u = {.rate = (float)rate, .fade = (float)(type->coupled ? 0 : rate * decay),
	                   .decay = (float)(type->coupled ? decay : 0), .momentum = (float)o->momentum,
	                   .beta1 = o->beta1, .beta2 = o->beta2, .epsilon = (float)o->epsilon,
	                   .damping = (float)o->damping, .trust = o->trust, .trusted = type->trusts && decays,
	                   .nesterov = o->nesterov};
	if (type->unbiased) {
		double bias = 1 - schedule_power(o->beta1, t);
		u.lift = (float)(1 / bias);
		u.root = (float)(1 / sqrt(1 - schedule_power(o->beta2, t)));
		if (!u.trusted)
			u.rate = (float)(rate / bias);
	}
	return u;
}

/* One tensor, whose numbers begin at `at` in every vector. */
static void tensor_update(struct model *model, const struct kernels *k, const struct update *u, size_t at, size_t count,
                          float *g)
{
	float *kept[OPTIMIZER_VECTORS];
	for (size_t s = 0; s < OPTIMIZER_VECTORS; s++)
		kept[s] = model->state[s] != NULL ? model->state[s] + at : NULL;
	optimizer_type(model->job->train.optimizer.kind)->update(k, count, model->w + at, kept, g, u);
}

/* How much of a new step's parameters comes into the mean of t steps: more at first, when it has seen little. */
static float average_come(double memory, uint64_t t)
{
	double early = (double)(t + 1) / (double)(t + 10);
	return (float)(1 - (early < memory ? early : memory));
}

/* How much of a step comes into a running mean: a mean over the last 6,400 samples, whatever the batch; in the
 * beginning over all steps, so that nothing is left of the 0 or 1 that stood there. */
static double statistic_come(const struct model *model, const struct net_tensor *tensor)
{
	double share = fmin((double)model->job->train.batch / 6400, 1), early = 1 / ((double)model->step + 1);
	return early > share && !model_tensor_started(model, tensor) ? early : share;
}

/* Running means are no gradients, so nothing else may see them as such. */
static void statistics_update(struct model *model, float *gradient)
{
	for (size_t i = 0; i < model->net->tensors; i++) {
		const struct net_tensor *tensor = &model->net->tensor[i];
		if (!tensor->own->statistic || !tensor->learns)
			continue;
		float *w = model->w + tensor->offset, *g = gradient + tensor->offset;
		double come = statistic_come(model, tensor);
		for (size_t k = 0; k < tensor->count; k++) {
			w[k] = (float)((1 - come) * (double)w[k] + come * (double)g[k]);
			g[k] = 0;
		}
	}
}

void model_update(struct model *model, const struct kernels *kernels, size_t steps, float *gradient)
{
	const struct job *job = model->job;
	const struct net *net = model->net;
	double rate = schedule_rate(job, model_clock(model, model->step, steps), steps);
	uint64_t number = model->step + 1 - model->changed.optimizer;
	statistics_update(model, gradient);
	if (job->train.clip > 0)
		gradient_clip(kernels, net->parameters, gradient, job->train.clip);
	for (size_t i = 0; i < net->tensors; i++) {
		const struct net_tensor *tensor = &net->tensor[i];
		if (tensor->own->statistic || !tensor->learns)
			continue;
		double own = rate * net->layer[tensor->layer]->rate;
		struct update u = update_plan(job, own, tensor->own->decays, number);
		tensor_update(model, kernels, &u, tensor->offset, tensor->count, gradient + tensor->offset);
	}
	if (model->average != NULL)
		kernels->average(net->parameters, model->average, model->w, average_come(job->train.average, model->step + 1));
}
