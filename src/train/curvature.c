/* Per-weight learning rates: the mean second derivatives over some samples of each epoch (mathematics). */
#include "train.h"

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
	if (comm_agree(t->comm, curvature_open(&m->curvature, net, err), err) == 0)
		m->sum = tensors_sum(t->comm, t->kernels, net, SUM_EXACT, m->blocks, 1, err);
	return m->sum != NULL ? 0 : -1;
}

/* Adds a layer's second derivatives, as soon as they are there, to the sum. */
static void layer_done(void *context, size_t layer, const float *h)
{
	const struct measurement *m = context;
	tensors_add(m->sum, m->trainer->model->net, 0, layer, h);
}

static void block_run(struct measurement *m, const uint32_t *samples, size_t count)
{
	struct trainer *t = m->trainer;
	int32_t label[LANES];
	uint32_t number[LANES];
	struct verdict verdict;
	comm_progress(t->comm);
	struct worker *worker = &t->workers.worker[0];
	batcher_fill(&worker->batcher, samples, count, worker->pass.map[0], label);
	worker->pass.context = block_context(t, samples, count, number);
	pass_forward(&worker->pass, t->model->w);
	pass_loss(&worker->pass, label, true, &verdict);
	pass_curvature(&worker->pass, &m->curvature, t->model->w, label, worker->gradient, layer_done, m);
}

static enum sum_result measurement_run(struct measurement *m, const uint32_t *sample, struct err *err)
{
	struct trainer *t = m->trainer;
	struct shard shard = shard_of(m->blocks, comm_rank(t->comm), comm_ranks(t->comm));
	enum sum_result result;
	pass_prepare(&t->workers.worker[0].pass, t->model->w);
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

size_t curvature_samples(const struct job *job)
{
	return optimizer_measured(job->train.optimizer) < OPTIMIZER_VECTORS ? job->train.curvature : 0;
}

enum step_result curvature_measure(struct trainer *t, uint64_t epoch, struct err *err)
{
	struct model *model = t->model;
	size_t wanted = curvature_samples(model->job), all = samples_training(t->samples)->count;
	size_t samples = wanted < all ? wanted : all;
	struct measurement m = {.trainer = t, .samples = samples, .blocks = (samples + LANES - 1) / LANES};
	float *curvature = model->state[optimizer_measured(model->job->train.optimizer)];
	enum step_result result = STEP_FAILED;
	const uint32_t *sample = samples_take(t->samples, epoch, 0, samples, err);
	if (sample != NULL && measurement_open(&m, err) == 0) {
		enum sum_result sum = measurement_run(&m, sample, err);
		result = sum == SUM_DONE ? STEP_DONE : sum == SUM_FAILED ? STEP_FAILED : STEP_DIVERGED;
	}
	if (result == STEP_DONE)
		tensors_mean(m.sum, model->net, curvature);
	if (result == STEP_DIVERGED)
		err_set(err, EX_SOFTWARE, "diverged: a second derivative is not finite after step %llu (a lower train.rate "
		        "than %g may help)", (unsigned long long)model->step, model->job->train.rate);
	curvature_close(&m.curvature);
	sum_destroy(m.sum);
	return result;
}
