/* The step: this rank's blocks of the mini-batch through the net, shared out over its threads, one exact sum over all
 * ranks, the same update on each. */
#include "train.h"

/* A thread's share of this rank's blocks. */
struct share {
	struct trainer *trainer;
	size_t thread;
};

/* Adds the gradients of a layer, as soon as it is done, to the sum. */
static void layer_done(void *context, size_t layer, const float *dw)
{
	const struct share *share = context;
	const struct trainer *t = share->trainer;
	tensors_add(t->sum, t->model->net, share->thread, layer, dw);
}

struct layer_context block_context(const struct trainer *t, const uint32_t *samples, size_t count,
                                   uint32_t number[LANES])
{
	const uint32_t *numbers = samples_training(t->samples)->number;
	for (size_t l = 0; numbers != NULL && l < count; l++)
		number[l] = numbers[samples[l]];
	if (numbers != NULL)
		samples = number;
	return (struct layer_context){.training = true, .seed = t->model->job->train.seed, .step = t->model->step,
	                              .sample = samples, .count = count};
}

/* One block: samples order[first … first+count−1]. */
static void block_run(struct share *share, const uint32_t *samples, size_t count)
{
	struct trainer *t = share->trainer;
	struct worker *worker = &t->workers.worker[share->thread];
	int32_t label[LANES];
	uint32_t number[LANES];
	struct verdict verdict;
	double began = clock_seconds();
	comm_progress(t->comm);
	batcher_fill(&worker->batcher, samples, count, worker->pass.map[0], label);
	worker->reading += clock_seconds() - began;
	worker->pass.context = block_context(t, samples, count, number);
	pass_forward(&worker->pass, t->model->w);
	pass_loss(&worker->pass, label, true, &verdict);
	pass_backward(&worker->pass, t->model->w, worker->gradient, layer_done, share);

	int64_t loss = 0, errors = 0;
	bool good = loss_fixed(verdict.loss, &loss);
	for (size_t l = 0; l < count; l++)
		errors += verdict.guess[l] != label[l];
	sum_count(t->sum, share->thread, COUNT_LOSS, loss);
	sum_count(t->sum, share->thread, COUNT_ERRORS, errors);
	sum_count(t->sum, share->thread, COUNT_BAD, !good);
}

/* This rank's share of the mini-batch. */
struct part {
	struct trainer *trainer;
	const uint32_t *sample;
	size_t count;
};

static void part_run(void *context, size_t thread)
{
	const struct part *part = context;
	struct trainer *t = part->trainer;
	struct share share = {t, thread};
	size_t blocks = (part->count + LANES - 1) / LANES;
	struct shard rank = shard_of(blocks, comm_rank(t->comm), comm_ranks(t->comm));
	struct shard own = shard_of(rank.count, thread, t->workers.count);
	if (own.count > 0)
		pass_prepare(&t->workers.worker[thread].pass, t->model->w);
	for (size_t n = 0; n < own.count; n++) {
		size_t done = (rank.first + own.first + n) * LANES, left = part->count - done;
		block_run(&share, part->sample + done, left < LANES ? left : LANES);
	}
}

/* The mean gradient of all tensors, with the penalties' own. */
static void gradient_finish(const struct trainer *t, float *gradient)
{
	const struct model *model = t->model;
	const struct net *net = model->net;
	tensors_mean(t->sum, net, gradient);
	for (size_t l = 0; l < net->layers; l++) {
		const struct layer *layer = net->layer[l];
		if (layer->type->regularize != NULL)
			layer->type->regularize(layer, schedule_lambda(layer, model->step, t->steps), model->w + net->offset[l],
			                        gradient + net->offset[l]);
	}
}

/* Until every rank has done its blocks. */
static int ranks_gather(struct trainer *t, struct err *err)
{
	double began = clock_seconds();
	int code = comm_agree(t->comm, 0, err);
	t->timing.waiting += clock_seconds() - began;
	return code;
}

/* Does this rank's blocks and adds up over the ranks, until all fits into the sum. Collective. */
static enum sum_result batch_sum(struct trainer *t, const struct part *part, struct wish own, struct err *err)
{
	enum sum_result result;
	do {
		sum_begin(t->sum);
		sum_count(t->sum, 0, COUNT_STOP, own.stop);
		sum_count(t->sum, 0, COUNT_SAVE, own.save);
		sum_count(t->sum, 0, COUNT_QUIT, own.quit);
		double began = clock_seconds();
		threads_run(t->workers.count, part_run, (void *)part);
		t->timing.passing += clock_seconds() - began;
		if (t->timing.apart && ranks_gather(t, err) != 0)
			return SUM_FAILED;
		began = clock_seconds();
		result = sum_reduce(t->sum, part->count, err);
		t->timing.reducing += clock_seconds() - began;
	} while (result == SUM_REDO);
	return result;
}

/* The update by the sum of `count` samples. */
static void batch_learn(struct trainer *t, size_t count)
{
	struct model *model = t->model;
	float *gradient = t->workers.worker[0].gradient; /* no block is under way */
	gradient_finish(t, gradient);
	model_update(model, t->kernels, t->steps, gradient);
	model->step++;
	model->seen += count;
	model->running.loss += sum_counter(t->sum, COUNT_LOSS);
	model->running.errors += sum_counter(t->sum, COUNT_ERRORS);
	model->running.samples += (int64_t)count;
}

enum step_result trainer_step(struct trainer *t, struct wishes *wishes, struct err *err)
{
	struct model *model = t->model;
	uint64_t epoch = model->step / t->steps;
	size_t batch = model->job->train.batch, first = (size_t)(model->step % t->steps) * batch;
	size_t left = samples_training(t->samples)->count - first, count = left < batch ? left : batch;
	comm_phase(t->comm, PHASE_COMPUTE, model->step + 1);
	for (size_t i = 0; i < t->workers.count; i++)
		t->workers.worker[i].batcher.epoch = epoch;
	if (first == 0 && curvature_samples(model->job) > 0) {
		enum step_result measured = curvature_measure(t, epoch, err);
		if (measured != STEP_DONE)
			return measured;
	}
	const uint32_t *samples = samples_take(t->samples, epoch, first, count, err);
	if (samples == NULL)
		return STEP_FAILED;
	enum sum_result result = batch_sum(t, &(struct part){t, samples, count}, wishes_read(wishes), err);
	if (result == SUM_FAILED)
		return STEP_FAILED;
	if (result == SUM_NOT_FINITE || sum_counter(t->sum, COUNT_BAD) > 0) {
		const char *what = result == SUM_NOT_FINITE ? "the loss or a gradient is not finite"
		                                            : "a sample's loss is 65536 or more, or not finite";
		err_set(err, EX_SOFTWARE, "diverged: %s in step %llu of epoch %llu (a lower train.rate than %g may help)",
		        what, (unsigned long long)model->step + 1, (unsigned long long)epoch + 1, model->job->train.rate);
		return STEP_DIVERGED;
	}
	batch_learn(t, count);
	if (wishes != NULL)
		wishes->all = (struct wish){.stop = sum_counter(t->sum, COUNT_STOP) > 0,
		                            .quit = sum_counter(t->sum, COUNT_QUIT) > 0,
		                            .save = sum_counter(t->sum, COUNT_SAVE) > 0};
	return STEP_DONE;
}
