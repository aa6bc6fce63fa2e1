/* Per-weight learning rates: the mean second derivatives over some samples of each epoch (mathematics). */
#include "train.h"

#include <stdlib.h>

/* One measurement. Its sum finds its exponents anew: those of an earlier epoch would have to outlive a stop. */
struct measurement {
	struct trainer *trainer;
	struct sum *sum;
	struct curvature *curvature; /* [workers] */
};

/* Collective. */
static int measurement_open(struct measurement *m, size_t samples, struct err *err)
{
	const struct trainer *t = m->trainer;
	const struct net *net = t->model->net;
	size_t threads = t->workers.count, blocks = (samples + LANES - 1) / LANES;
	m->curvature = memory_zeroed(threads, sizeof *m->curvature, err);
	int code = m->curvature != NULL ? 0 : -1;
	for (size_t i = 0; code == 0 && i < threads; i++)
		code = curvature_open(&m->curvature[i], net, err);
	if (comm_agree(t->comm, code, err) == 0)
		m->sum = tensors_sum(t->comm, t->kernels, net, SUM_EXACT, blocks, t->workers.threads, err);
	return m->sum != NULL ? 0 : -1;
}

static void measurement_close(struct measurement *m)
{
	for (size_t i = 0; m->curvature != NULL && i < m->trainer->workers.count; i++)
		curvature_close(&m->curvature[i]);
	free(m->curvature);
	sum_destroy(m->sum);
}

/* The rest of a block: its second derivatives, added to the sum layer by layer. */
static void block_curve(void *context, const struct batch_block *block)
{
	const struct measurement *m = context;
	const struct model *model = m->trainer->model;
	struct tensors_entry entry = {m->sum, model->net, block->thread, false};
	pass_curvature(&block->worker->pass, &m->curvature[block->thread], model->w, block->worker->gradient, tensors_add,
	               &entry);
}

static enum sum_result measurement_run(struct measurement *m, const struct batch *batch, struct err *err)
{
	const struct trainer *t = m->trainer;
	enum sum_result result;
	do {
		sum_begin(m->sum);
		workers_run(&t->workers, t->comm, t->model, batch, block_curve, m);
		result = sum_reduce(m->sum, batch->weight, err);
	} while (result == SUM_REDO);
	return result;
}

size_t curvature_samples(const struct job *job)
{
	return optimizer_measured(job->train.optimizer.kind) < OPTIMIZER_VECTORS ? job->train.optimizer.curvature : 0;
}

enum step_result curvature_measure(struct trainer *t, uint64_t epoch, struct err *err)
{
	struct model *model = t->model;
	size_t wanted = curvature_samples(model->job), all = samples_training(t->samples)->count;
	struct batch batch = {.epoch = epoch, .count = wanted < all ? wanted : all};
	struct measurement m = {.trainer = t};
	enum step_result result = STEP_FAILED;
	batch.sample = samples_take(t->samples, epoch, 0, batch.count, err);
	if (batch.sample != NULL && measurement_open(&m, batch.count, err) == 0) {
		batch.weight = batch_weight(t->samples, &model->net->task, &batch);
		enum sum_result sum = measurement_run(&m, &batch, err);
		result = sum == SUM_DONE ? STEP_DONE : sum == SUM_FAILED ? STEP_FAILED : STEP_DIVERGED;
	}
	if (result == STEP_DONE)
		tensors_mean(m.sum, model->net, model->state[optimizer_measured(model->job->train.optimizer.kind)]);
	if (result == STEP_DIVERGED)
		err_set(err, EX_SOFTWARE, "diverged: a second derivative is not finite after step %llu (a lower train.rate "
		        "than %g may help)", (unsigned long long)model->step, model->job->train.rate);
	measurement_close(&m);
	return result;
}
