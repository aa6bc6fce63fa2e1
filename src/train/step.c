/* The step: this rank's blocks of the mini-batch through the net, shared out over its threads, one exact sum over all
 * ranks, the same update on each. */
#include "train.h"

#include <string.h>

/* The rest of a block: its gradient, added to the sum layer by layer, its loss and measure. */
static void block_learn(void *context, const struct batch_block *block)
{
	const struct trainer *t = context;
	struct tensors_entry entry = {t->sum, t->model->net, block->thread, block->last};
	struct totals totals;
	int64_t number[sizeof totals / sizeof(int64_t)];
	pass_backward(&block->worker->pass, t->model->w, block->worker->gradient, tensors_add, &entry);
	bool good = totals_block(&totals, &block->worker->pass, &block->verdict);
	memcpy(number, &totals, sizeof totals);
	for (size_t i = 0; i < sizeof number / sizeof *number; i++)
		sum_count(t->sum, block->thread, COUNT_TOTALS + i, number[i]);
	sum_count(t->sum, block->thread, COUNT_BAD, !good);
}

/* The mean gradient of all tensors, with the penalties' own. */
static void gradient_finish(const struct trainer *t, const struct batch *batch, float *gradient)
{
	double weight = batch->weight, samples = (double)batch->count;
	const struct model *model = t->model;
	const struct net *net = model->net;
	uint64_t clock = model_clock(model, model->step, t->steps);
	tensors_mean(t->sum, net, gradient);
	/* Statistics of blocks are means over samples, whatever their weights. */
	for (size_t n = 0; n < net->tensors && weight != samples; n++)
		for (size_t i = 0; net->tensor[n].own->statistic && i < net->tensor[n].count; i++) { /* 0 if frozen */
			float *mean = &gradient[net->tensor[n].offset + i];
			*mean = (float)((double)*mean * weight / samples);
		}
	for (size_t l = 0; l < net->layers; l++) {
		const struct layer *layer = net->layer[l];
		if (layer->type->regularize != NULL && !layer->frozen)
			layer->type->regularize(layer, schedule_lambda(layer, clock, t->steps), model->w + net->offset[l],
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
static enum sum_result batch_sum(struct trainer *t, const struct batch *batch, struct wish own, struct err *err)
{
	enum sum_result result;
	do {
		sum_begin(t->sum);
		sum_count(t->sum, 0, COUNT_STOP, own.stop);
		sum_count(t->sum, 0, COUNT_SAVE, own.save);
		sum_count(t->sum, 0, COUNT_QUIT, own.quit);
		double began = clock_seconds();
		workers_run(&t->workers, t->comm, t->model, batch, block_learn, t);
		t->timing.passing += clock_seconds() - began;
		if (t->timing.apart && ranks_gather(t, err) != 0)
			return SUM_FAILED;
		began = clock_seconds();
		result = sum_reduce(t->sum, batch->weight, err);
		t->timing.reducing += clock_seconds() - began;
	} while (result == SUM_REDO);
	return result;
}

/* The update by the sum of a batch's samples. */
static void batch_learn(struct trainer *t, const struct batch *batch)
{
	struct model *model = t->model;
	float *gradient = t->workers.worker[0].gradient; /* no block is under way */
	gradient_finish(t, batch, gradient);
	model_update(model, t->kernels, t->steps, gradient);
	model->step++;
	model->seen += batch->count;
	int64_t number[sizeof t->last / sizeof(int64_t)];
	for (size_t i = 0; i < sizeof number / sizeof *number; i++)
		number[i] = sum_counter(t->sum, COUNT_TOTALS + i);
	memcpy(&t->last, number, sizeof t->last);
	totals_add(&model->running, &t->last);
}

enum step_result trainer_step(struct trainer *t, struct wishes *wishes, struct err *err)
{
	struct model *model = t->model;
	uint64_t clock = model_clock(model, model->step, t->steps), epoch = clock / t->steps;
	size_t most = model->job->train.batch, first = (size_t)(clock % t->steps) * most;
	size_t left = samples_training(t->samples)->count - first;
	struct batch batch = {.epoch = epoch, .count = left < most ? left : most};
	comm_phase(t->comm, PHASE_COMPUTE, model->step + 1);
	if (first == 0 && curvature_samples(model->job) > 0) {
		enum step_result measured = curvature_measure(t, epoch, err);
		if (measured != STEP_DONE)
			return measured;
	}
	batch.sample = samples_take(t->samples, epoch, first, batch.count, err);
	if (batch.sample == NULL)
		return STEP_FAILED;
	mixup_draw(&t->mixup, samples_training(t->samples), first, &batch);
	batch.weight = batch_weight(t->samples, &model->net->task, &batch);
	enum sum_result result = batch_sum(t, &batch, wishes_read(wishes), err);
	if (result == SUM_FAILED)
		return STEP_FAILED;
	if (result == SUM_NOT_FINITE || sum_counter(t->sum, COUNT_BAD) > 0) {
		const char *what = result == SUM_NOT_FINITE ? "the loss or a gradient is not finite"
		                                            : model->net->task.task == TASK_CLASSES
		                                            ? "a sample's loss is 65536 or more, or not finite"
		                                            : "a sample's loss is not finite";
		err_set(err, EX_SOFTWARE, "diverged: %s in step %llu of epoch %llu (a lower train.rate than %g may help)",
		        what, (unsigned long long)model->step + 1, (unsigned long long)epoch + 1, model->job->train.rate);
		return STEP_DIVERGED;
	}
	batch_learn(t, &batch);
	if (wishes != NULL)
		wishes->all = (struct wish){.stop = sum_counter(t->sum, COUNT_STOP) > 0,
		                            .quit = sum_counter(t->sum, COUNT_QUIT) > 0,
		                            .save = sum_counter(t->sum, COUNT_SAVE) > 0};
	return STEP_DONE;
}
