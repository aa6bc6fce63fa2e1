/* Warnings about a run at its start, its data above all: possible mistakes that do not prevent training. */
#include "train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST = 512, NOTE = 640, PATH = 128 };

/* The classes of the job that no training sample is of, and no position of one. Returns how many there are; `list`
 * shows the first of them. */
static size_t absent_list(const struct trainer *t, char list[LIST])
{
	enum { SHOWN = 5, NAME = LIST / SHOWN - 16 };
	char name[NAME];
	const struct class_names *names = &t->model->names;
	struct err ignored = {0};
	size_t *count = memory_zeroed(samples_training(t->samples)->classes, sizeof *count, &ignored);
	size_t absent = 0, used = 0;
	if (count == NULL)
		return 0;
	samples_tally(t->samples, count);
	for (size_t k = 0; k < names->count; k++) {
		if (count[k] > 0)
			continue;
		if (absent < SHOWN)
			used += (size_t)snprintf(list + used, LIST - used, "%s%zu", absent > 0 ? ", " : "", k);
		if (absent < SHOWN && !class_names_are_numbers(names))
			used += (size_t)snprintf(list + used, LIST - used, " '%s'",
			                         class_names_cut(names, k, NAME, name, NAME));
		absent++;
	}
	if (absent > SHOWN)
		snprintf(list + used, LIST - used, " …");
	free(count);
	return absent;
}

/* Of numbers that differ little from a large mean, float32 keeps too few digits: under seven bits of a deviation. */
static void digits_doubt(const struct train_listener *listener, const char *what, const char *one,
                         const struct normalization *of)
{
	char note[NOTE];
	for (size_t m = 0; m < of->maps; m++)
		if (of->deviation[m] < ldexp(fabs(of->mean[m]), -17)) {
			snprintf(note, sizeof note, "%s: %s %zu has numbers near %g that differ too little for float32, which "
			         "keeps seven digits; subtract an offset in the file", what, one, m, of->mean[m]);
			listener_note(listener, note);
			return;
		}
}

/* Layers that are frozen with random numbers: of what use they are is for the user to say. */
static void frozen_doubt(const struct train_listener *listener, const struct model *model)
{
	const struct net *net = model->net;
	char note[NOTE], layer[LAYER_NAME];
	for (size_t t = 0; t < net->tensors; t++) {
		const struct net_tensor *tensor = &net->tensor[t];
		if (tensor->learns || model->step > 0 || model_tensor_started(model, tensor))
			continue;
		layer_name(tensor->layer, net->layer[tensor->layer], layer);
		snprintf(note, sizeof note, "layer %s is frozen with the parameters that were drawn for it; --start-from takes "
		         "trained ones", layer);
		listener_note(listener, note);
		return;
	}
}

void doubts_tell(const struct train_listener *listener, const struct trainer *t)
{
	const struct model *model = t->model;
	char list[LIST], note[NOTE], name[LIST];
	size_t one, other;
	if (model->job->data.missing == MISSING_SKIP) {
		snprintf(note, sizeof note, "left out for missing numbers: %zu training samples, %zu test samples",
		         samples_left_out(t->samples, DATA_TRAIN), samples_left_out(t->samples, DATA_TEST));
		listener_note(listener, note);
	}
	if (!samples_tested(t->samples))
		listener_note(listener, "the data have no test set: data.validation chooses best.h5, and nothing tells its "
		              "error on new samples (data.test: 0.1 takes a share of the training samples)");
	if (strcmp(model->data[DATA_TRAIN], model->data[DATA_TEST]) == 0)
		listener_note(listener, "the test set is the training set: its error says nothing about new images");
	frozen_doubt(listener, model);
	if (model->inputs == ELEMENT_F32 && model->job->data.normalize != NORMALIZE_NONE)
		digits_doubt(listener, "inputs", "map", &model->normalization);
	if (model->job->output.task == TASK_VALUES)
		digits_doubt(listener, "targets", "value", &model->targets);
	size_t absent = model->job->output.task == TASK_CLASSES ? absent_list(t, list) : 0;
	if (absent > 0) {
		snprintf(note, sizeof note, "no %straining sample is of class%s %s: %s cannot be learned",
		         model->net->task.positions > 1 ? "position of a " : "", absent > 1 ? "es" : "", list,
		         absent > 1 ? "they" : "it");
		listener_note(listener, note);
	}
	if (model->job->output.task == TASK_CLASSES && class_names_alike(&model->names, &one, &other)) {
		snprintf(note, sizeof note, "classes %zu and %zu, '%s', may look alike: their names differ in bytes only "
		         "(Unicode NFC, NFD)", one, other, class_names_cut(&model->names, one, 80, name, sizeof name));
		listener_note(listener, note);
	}
}

void scaling_tell(const struct train_listener *listener, const struct trainer *t, size_t before)
{
	const struct job *job = t->model->job;
	size_t count = samples_training(t->samples)->count, batch = job->train.batch;
	double power = optimizer_type(job->train.optimizer.kind)->scaling;
	/* A step has no more samples than an epoch. */
	size_t from = before < count ? before : count, to = batch < count ? batch : count;
	char note[NOTE];
	if (power == 0 || from == to)
		return;
	double factor = (double)to / (double)from;
	snprintf(note, sizeof note, "rate: %g, as for batch %zu; %s scaling to batch %zu would be --rate %.3g",
	         job->train.rate, before, power < 1 ? "square-root" : "linear", batch,
	         job->train.rate * (power < 1 ? sqrt(factor) : factor));
	listener_say(listener, note);
}

void schedule_tell(const struct train_listener *listener, const struct trainer *t, size_t before)
{
	const struct job *job = t->model->job;
	struct job old = *job; /* its texts are the job's */
	size_t count = samples_training(t->samples)->count, steps = (count + job->train.batch - 1) / job->train.batch;
	uint64_t step = model_clock(t->model, t->model->step, steps);
	char note[NOTE];
	old.train.epochs = before;
	double rate = schedule_rate(job, step, steps), was = schedule_rate(&old, step, steps);
	if (rate == was)
		return;
	snprintf(note, sizeof note, "schedule: it ends with the run: %zu epochs in the place of %zu make the rate %.3g "
	         "here, not %.3g; a run of %zu epochs from the start has no such jump",
	         job->train.epochs, before, rate, was, job->train.epochs);
	listener_say(listener, note);
}
