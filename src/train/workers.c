/* The threads of a rank, each with its own way through the net: the walk over the blocks of a batch. */
#include "train.h"

#include <stdlib.h>

static int worker_open(struct worker *worker, const struct kernels *kernels, const struct model *model,
                       const struct dataset *set, struct err *err)
{
	const struct job *job = model->job;
	worker->gradient = memory_zeroed(model->net->parameters, sizeof *worker->gradient, err);
	if (worker->gradient == NULL || pass_open(&worker->pass, model->net, PASS_TRAIN, kernels, err) != 0 ||
	    model_batcher(&worker->batcher, model, set, err) != 0)
		return -1;
	if (job->train.mixup > 0) {
		worker->partner = memory_zeroed(shape_size(model->net->input), LANES * sizeof *worker->partner, err);
		if (worker->partner == NULL || block_targets_mix(&worker->pass.targets, &model->net->task, err) != 0)
			return -1;
	}
	return batcher_distort(&worker->batcher, &job->data.distort, job->train.seed, kernels, err);
}

int workers_open(struct workers *out, size_t count, const struct kernels *kernels, const struct model *model,
                 const struct dataset *set, struct err *err)
{
	*out = (struct workers){.count = count};
	if (threads_open(&out->threads, count, err) != 0)
		return -1;
	out->worker = memory_zeroed(count, sizeof *out->worker, err);
	int code = out->worker != NULL ? 0 : -1;
	for (size_t i = 0; code == 0 && i < count; i++)
		code = worker_open(&out->worker[i], kernels, model, set, err);
	return code;
}

void workers_close(struct workers *workers)
{
	for (size_t i = 0; workers->worker != NULL && i < workers->count; i++) {
		pass_close(&workers->worker[i].pass);
		batcher_close(&workers->worker[i].batcher);
		free(workers->worker[i].gradient);
		free(workers->worker[i].partner);
	}
	free(workers->worker);
	threads_close(workers->threads);
}

/* ---- The walk over blocks ---------------------------------------------------------------------------------------- */

struct walk {
	const struct workers *workers;
	struct comm *comm;
	const struct model *model;
	const struct batch *batch;
	void (*each)(void *context, const struct batch_block *block);
	void *context;
};

/* Returns a block's context for its layers, with its samples' numbers in the whole set. `number` is memory for these
 * numbers. */
static struct layer_context block_context(const struct model *model, const struct dataset *set,
                                          const uint32_t *sample, size_t count, uint32_t number[LANES])
{
	for (size_t l = 0; set->number != NULL && l < count; l++)
		number[l] = set->number[sample[l]];
	return (struct layer_context){.training = true, .seed = model->job->train.seed, .step = model->step,
	                              .sample = set->number != NULL ? number : sample, .count = count};
}

/* The block of a batch's samples from `first` on. */
static void block_run(const struct walk *walk, size_t thread, size_t first, bool last)
{
	const struct model *model = walk->model;
	const uint32_t *sample = walk->batch->sample + first;
	size_t left = walk->batch->count - first, count = left < LANES ? left : LANES;
	struct worker *worker = &walk->workers->worker[thread];
	struct pass *pass = &worker->pass;
	struct batch_block block = {.worker = worker, .thread = thread, .last = last};
	uint32_t number[LANES];
	double began = clock_seconds();
	comm_progress(walk->comm);
	batcher_fill(&worker->batcher, sample, count, pass->map[0], &pass->targets);
	if (walk->batch->partner != NULL)
		mixup_block(worker, walk->batch->partner + first, walk->batch->share + first);
	worker->reading += clock_seconds() - began;
	pass->context = block_context(model, worker->batcher.set, sample, count, number);
	pass_forward(pass, model->w);
	pass_loss(pass, true, &block.verdict);
	walk->each(walk->context, &block);
}

static void blocks_run(void *context, size_t thread)
{
	const struct walk *walk = context;
	struct worker *worker = &walk->workers->worker[thread];
	size_t blocks = (walk->batch->count + LANES - 1) / LANES;
	struct shard rank = shard_of(blocks, comm_rank(walk->comm), comm_ranks(walk->comm));
	struct shard own = shard_of(rank.count, thread, walk->workers->count);
	worker->batcher.epoch = walk->batch->epoch;
	if (own.count > 0)
		pass_prepare(&worker->pass, walk->model->w);
	for (size_t n = 0; n < own.count; n++)
		block_run(walk, thread, (rank.first + own.first + n) * LANES, n + 1 == own.count);
}

void workers_run(const struct workers *workers, struct comm *comm, const struct model *model,
                 const struct batch *batch, void (*each)(void *context, const struct batch_block *block),
                 void *context)
{
	threads_run(workers->threads, blocks_run, &(struct walk){workers, comm, model, batch, each, context});
}
