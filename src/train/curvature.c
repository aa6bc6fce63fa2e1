/* Per-weight learning rates: the mean second derivatives over some samples of each epoch (mathematics). */
#include "trainer.h"

#include <stdlib.h>

/* One measurement. Its sum finds its exponents anew: those of an earlier epoch would have to outlive a stop. */
struct measurement {
	struct trainer *trainer;
	struct sum *sum;
	struct curvature curvature;
	size_t samples, blocks;
};

/* Collective. */
static int measurement_open(struct measurement *m, struct err *err)
{
	struct trainer *t = m->trainer;
	const struct net *net = t->model->net;
	size_t *counts = memory_zeroed(net->tensors, sizeof *counts, err);
	int code = counts != NULL ? curvature_open(&m->curvature, net, err) : -1;
	if (comm_agree(t->comm, code, err) == 0) {
		for (size_t i = 0; i < net->tensors; i++)
			counts[i] = net->tensor[i].count;
		m->sum = sum_create(t->comm, t->kernels, SUM_EXACT, m->blocks, 1, net->tensors, counts, err);
	}
	free(counts);
	return m->sum != NULL ? 0 : -1;
}

/* Adds a layer's second derivatives, as soon as they are there, to the sum. */
static void layer_done(void *context, size_t layer, const float *h)
{
	struct measurement *m = context;
	const struct net *net = m->trainer->model->net;
	for (size_t i = 0; i < net->tensors; i++)
		if (net->tensor[i].layer == layer)
			sum_add(m->sum, 0, i, h + (net->tensor[i].offset - net->offset[layer]));
}

static void block_run(struct measurement *m, const uint32_t *samples, size_t count)
{
	struct trainer *t = m->trainer;
	int32_t label[LANES];
	uint32_t number[LANES];
	struct verdict verdict;
	comm_progress(t->comm);
	struct worker *worker = &t->worker[0];
	batcher_fill(&worker->batcher, samples, count, worker->pass.map[0], label);
	worker->pass.context = block_context(t, samples, count, number);
	pass_forward(&worker->pass, t->model->w);
	pass_loss(&worker->pass, label, true, &verdict);
	pass_curvature(&worker->pass, &m->curvature, t->model->w, label, t->gradient, layer_done, m);
}

static enum sum_result measurement_run(struct measurement *m, const uint32_t *sample, struct err *err)
{
	struct trainer *t = m->trainer;
	struct shard shard = shard_of(m->blocks, comm_rank(t->comm), comm_ranks(t->comm));
	enum sum_result result;
	pass_prepare(&t->worker[0].pass, t->model->w);
	do {
		sum_begin(m->sum);
		for (size_t b = shard.first; b < shard.first + shard.count; b++) {
			size_t left = m->samples - b * LANES;
			block_run(m, sample + b * LANES, left < LANES ? left : LANES);
		}
		result = sum_reduce(m->sum, m->samples, err);
	} while (result == SUM_REDO);
	return result;
}

size_t samples_measured(const struct job *job)
{
	return optimizer_measured(job->train.optimizer) < OPTIMIZER_VECTORS ? job->train.curvature : 0;
}

enum step_result curvature_measure(struct trainer *t, uint64_t epoch, struct err *err)
{
	struct model *model = t->model;
	size_t wanted = samples_measured(model->job), all = samples_training(t->samples)->count;
	size_t samples = wanted < all ? wanted : all;
	struct measurement m = {.trainer = t, .samples = samples, .blocks = (samples + LANES - 1) / LANES};
	float *curvature = model->state[optimizer_measured(model->job->train.optimizer)];
	enum step_result result = STEP_FAILED;
	const uint32_t *sample = samples_take(t->samples, epoch, 0, samples, err);
	if (sample != NULL && measurement_open(&m, err) == 0) {
		enum sum_result sum = measurement_run(&m, sample, err);
		result = sum == SUM_DONE ? STEP_DONE : sum == SUM_FAILED ? STEP_FAILED : STEP_DIVERGED;
	}
	for (size_t i = 0; result == STEP_DONE && i < model->net->tensors; i++)
		sum_mean(m.sum, i, curvature + model->net->tensor[i].offset);
	if (result == STEP_DIVERGED)
		err_set(err, EX_SOFTWARE, "diverged: a second derivative is not finite after step %llu (a lower train.rate "
		        "than %g may help)", (unsigned long long)model->step, model->job->train.rate);
	curvature_close(&m.curvature);
	sum_destroy(m.sum);
	return result;
}
