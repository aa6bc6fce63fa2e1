/* How fast a job trains: the step on random samples, with the job's sum and with plain float sums by turns, beside the
 * core's measured peak. */
#include "train.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 5 };

/* One round's figures. */
struct round {
	double seconds, reducing, reading, passing, waiting; /* per step */
};

static int doubles_compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

static double median(const struct round *rounds, size_t offset)
{
	double value[ROUNDS];
	for (size_t r = 0; r < ROUNDS; r++)
		memcpy(&value[r], (const char *)&rounds[r] + offset, sizeof value[r]);
	qsort(value, ROUNDS, sizeof *value, doubles_compare);
	return value[ROUNDS / 2];
}

/* Random inputs and targets, enough for a whole mini-batch. */
static int samples_make(struct dataset *set, const struct model *model, struct err *err)
{
	const struct data_need need = model_need(model);
	*set = dataset_of(&need);
	if (dataset_allocate(set, model->job->train.batch, err) != 0)
		return -1;
	for (size_t i = 0; i < array_bytes(&set->array[DATA_INPUTS], set->count); i++)
		set->array[DATA_INPUTS].bytes[i] = (uint8_t)random_bits(1, RANDOM_CHECK, 0, i);
	const struct data_array *targets = &set->array[DATA_TARGETS];
	for (size_t i = 0; i < set->count * targets->each; i++) {
		float value = (float)random_uniform(1, RANDOM_CHECK, 1, i);
		if (targets->element == ELEMENT_U16)
			dataset_classes(set)[i] = (uint16_t)random_below(1, RANDOM_CHECK, 1, i, set->classes);
		else if (targets->element == ELEMENT_U8)
			targets->bytes[i] = value < 0.5f;
		else
			memcpy(targets->bytes + i * sizeof value, &value, sizeof value);
	}
	return 0;
}

/* The model of the same job, with that sum. */
static struct model *model_make(const struct model *model, enum sum_mode sum, struct err *err)
{
	struct job *job = job_parse(model->job->source, model->job->text, err);
	if (job == NULL)
		return NULL;
	job->train.sum = sum;
	job->data.validation = 0;
	job->data.share = 0; /* there is nothing to hold back */
	job->train.optimizer.curvature = 0; /* an epoch is one step here: sdlm would measure at every step */
	job->train.rate = 1e-9; /* random targets teach nothing: stay where the job begins */
	return model_create(job, err);
}

/* Collective. */
static int trainer_make(struct trainer *t, const struct dataset *set, size_t threads, struct err *err)
{
	t->samples = samples_over(t->comm, t->model, set, NULL, err);
	return t->samples != NULL ? trainer_open(t, threads, err) : -1;
}

static int steps_run(struct trainer *t, size_t steps, struct round *round, struct err *err)
{
	struct timing *timing = &t->timing;
	double *reading = &t->workers.worker[0].reading;
	timing->reducing = timing->passing = timing->waiting = *reading = 0;
	double began = clock_seconds();
	for (size_t s = 0; s < steps; s++)
		if (trainer_step(t, NULL, err) != STEP_DONE)
			return -1;
	double each = 1.0 / (double)steps;
	*round = (struct round){(clock_seconds() - began) * each, timing->reducing * each, *reading * each,
	                        timing->passing * each, timing->waiting * each};
	return 0;
}

/* Operations per second of this core, the best of several tries, all ranks trying at the same time. */
static double peak_measure(const struct kernels *kernels)
{
	double best = 0;
	for (size_t i = 0; i < 10; i++) {
		double began = clock_seconds(), operations = kernels->peak(1000000);
		double speed = operations / (clock_seconds() - began);
		best = speed > best ? speed : best;
	}
	return best;
}

/* A layer's adjoint to its input is needed if layers below learn, that to its parameters if it learns. */
static int operations_count(const struct net *net, struct bench *out, struct err *err)
{
	out->layer_operations = memory_zeroed(net->layers, sizeof *out->layer_operations, err);
	if (out->layer_operations == NULL)
		return -1;
	for (size_t l = 0; l < net->layers; l++) {
		const struct stop *s = &net->stop[l];
		int passes = s->layer->inputs > 1 ? 1 : 1 + s->learns_below + s->learns; /* a join has no products */
		out->layer_operations[s->number] = 2.0 * (double)s->layer->multiply_adds * passes;
		out->operations_per_image += out->layer_operations[s->number];
	}
	return 0;
}

/* Rounds with the job's sum and with float sums by turns: t[0], t[1]. */
static int rounds_run(struct trainer t[2], double seconds, struct bench *out, struct err *err)
{
	struct round trial[2], round[2][ROUNDS];
	for (size_t k = 0; k < 2; k++) /* the first steps find exponents and fill caches */
		if (steps_run(&t[k], 2, &trial[k], err) != 0 || steps_run(&t[k], 2, &trial[k], err) != 0)
			return -1;
	double wanted = seconds / (2 * ROUNDS) / (trial[0].seconds + 1e-9);
	out->steps = wanted > 1 ? (size_t)wanted : 1;
	if (comm_broadcast(t[0].comm, &out->steps, sizeof out->steps, err) != 0)
		return -1;
	for (size_t r = 0; r < ROUNDS; r++)
		for (size_t k = 0; k < 2; k++)
			if (steps_run(&t[k], out->steps, &round[k][r], err) != 0)
				return -1;
	double step = median(round[0], offsetof(struct round, seconds)), batch = (double)out->batch;
	out->images_per_second = batch / step;
	out->float_images_per_second = batch / median(round[1], offsetof(struct round, seconds));
	out->reducing = median(round[0], offsetof(struct round, reducing)) / step;
	out->reading = median(round[0], offsetof(struct round, reading)) / step;
	double cores = (double)(out->ranks * out->threads);
	out->fraction_of_peak = out->images_per_second * out->operations_per_image / (out->peak * cores);
	out->steps *= ROUNDS;
	return 0;
}

/* Seconds per block of each layer, over some steps of their own: the clock in every layer would slow the others. */
static int layers_time(struct trainer *t, struct bench *out, struct err *err)
{
	size_t layers = t->model->net->layers, blocks = (out->batch + LANES - 1) / LANES;
	size_t rank = shard_of(blocks, comm_rank(t->comm), comm_ranks(t->comm)).count;
	size_t own = shard_of(rank, 0, t->workers.count).count, steps = 2000 / blocks + 1;
	struct round round;
	out->layer = memory_zeroed(layers, sizeof *out->layer, err);
	if (comm_agree(t->comm, out->layer != NULL ? 0 : -1, err) != 0)
		return -1;
	steps = steps < out->steps ? steps : out->steps;
	t->workers.worker[0].pass.time = out->layer;
	int code = steps_run(t, steps, &round, err);
	t->workers.worker[0].pass.time = NULL;
	for (size_t l = 0; own > 0 && l < layers; l++) {
		out->layer[l].forward /= (double)(steps * own);
		out->layer[l].backward /= (double)(steps * own);
	}
	return code;
}

/* Measures where a step's time goes on all ranks. To separate waiting from the message it makes further steps with a
 * barrier, half as many as were measured, because the barrier takes time itself. */
static int parts_time(struct trainer *t, struct bench *out, struct err *err)
{
	struct round round[ROUNDS];
	size_t steps = out->steps / ROUNDS / 2 + 1, blocks = (out->batch + LANES - 1) / LANES;
	int code = 0;
	t->timing.apart = true;
	for (size_t r = 0; r < ROUNDS && code == 0; r++)
		code = steps_run(t, steps, &round[r], err);
	t->timing.apart = false;
	if (code != 0)
		return -1;
	double step = median(round, offsetof(struct round, seconds));
	double passing = median(round, offsetof(struct round, passing));
	double reducing = median(round, offsetof(struct round, reducing));
	double waiting = median(round, offsetof(struct round, waiting));
	int64_t sum[4] = {(int64_t)(1e9 * step), (int64_t)(1e9 * passing), (int64_t)(1e9 * reducing),
	                  (int64_t)(1e9 * waiting)};
	if (comm_sum(t->comm, 4, sum, err) != 0)
		return -1;
	double all = (double)sum[0], ranks = (double)out->ranks;
	out->step_seconds = 1e-9 * all / ranks;
	out->communicating = (double)sum[2] / all;
	out->waiting = (double)sum[3] / all;
	out->computing = 1 - out->communicating - out->waiting;
	out->block_seconds = 1e-9 * (double)sum[1] * (double)out->threads / (double)blocks;
	out->update_seconds = 1e-9 * (double)(sum[0] - sum[1] - sum[2] - sum[3]) / ranks;
	return 0;
}

int bench_run(struct comm *comm, const struct kernels *kernels, const struct model *model, size_t threads,
              double seconds, struct bench *out, struct err *err)
{
	struct dataset set = {0};
	struct trainer t[2];
	for (size_t k = 0; k < 2; k++)
		t[k] = (struct trainer){.comm = comm, .kernels = kernels};
	*out = (struct bench){.ranks = comm_ranks(comm), .batch = model->job->train.batch,
	                      .threads = threads > 0 ? threads : model->job->train.threads};
	int code = samples_make(&set, model, err);
	for (size_t k = 0; code == 0 && k < 2; k++) {
		t[k].model = model_make(model, k == 0 ? model->job->train.sum : SUM_FLOAT, err);
		code = t[k].model != NULL ? 0 : -1;
	}
	if (code == 0)
		code = operations_count(model->net, out, err);
	code = comm_agree(comm, code, err);
	for (size_t k = 0; code == 0 && k < 2; k++)
		code = trainer_make(&t[k], &set, threads, err);
	if (code == 0) {
		int64_t peak = (int64_t)peak_measure(kernels);
		code = comm_sum(comm, 1, &peak, err);
		out->peak = (double)peak / (double)out->ranks;
	}
	if (code == 0)
		code = rounds_run(t, seconds, out, err);
	if (code == 0)
		code = parts_time(&t[0], out, err);
	if (code == 0)
		code = layers_time(&t[0], out, err);
	trainer_close(&t[0]);
	trainer_close(&t[1]);
	dataset_free(&set);
	return code;
}
