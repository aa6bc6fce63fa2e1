/* What the net says of the samples of a set of values or labels. */
#include "view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double target_number(const struct dataset *set, size_t sample, size_t i)
{
	const struct data_array *array = &set->array[DATA_TARGETS];
	const uint8_t *target = array_sample(array, sample);
	return array->element == ELEMENT_F32 ? (double)((const float *)target)[i] : target[i];
}

double answers_error(const struct viewer *v, const struct answers *a, size_t sample, size_t i)
{
	double says = (double)a->says[sample * a->numbers + i], is = target_number(v->set, sample, i);
	if (v->model->net->task.task == TASK_VALUES)
		return says - is;
	return says - (is > 0 ? a->wanted.high : a->wanted.low);
}

double answers_size(const struct viewer *v, const struct answers *a, size_t sample, size_t i)
{
	double size = fabs(answers_error(v, a, sample, i));
	const struct normalization *targets = &v->model->targets;
	return targets->maps > 0 ? size / targets->deviation[i / v->model->net->task.positions] : size;
}

/* Keeps the answers of a lane. */
static void lane_keep(const struct viewer *v, struct answers *out, size_t lane, size_t sample)
{
	const struct task_spec *task = &v->model->net->task;
	float *says = out->says + sample * out->numbers;
	pass_scores(&v->pass, lane, says);
	double sum = 0;
	for (size_t i = 0; i < out->numbers; i++) {
		if (task->task == TASK_VALUES)
			says[i] = model_value(v->model, i / task->positions, says[i]);
		sum += answers_size(v, out, sample, i);
	}
	out->order[sample] = (struct ranked){sample, sum / (double)out->numbers};
}

int ranked_order(const void *one, const void *other)
{
	const struct ranked *a = one, *b = other;
	if (a->error != b->error)
		return a->error < b->error ? 1 : -1;
	return a->sample < b->sample ? -1 : 1;
}

/* Adds the answers of a block. */
static int answers_add(void *context, struct viewer *v, const struct passed *block, struct err *err)
{
	struct answers *out = context;
	const struct stop *last = &v->model->net->stop[v->model->net->layers - 1];
	const struct task_spec *task = &v->pass.net->task;
	struct totals totals;
	if (!totals_block(&totals, &v->pass, &block->verdict))
		return err_set(err, EX_SOFTWARE, "the loss of test samples %zu to %zu is not finite", block->first,
		               block->first + block->used - 1);
	if (task->task == TASK_VALUES)
		values_add(task, v->pass.map[last->out], &v->pass.targets, block->sample, out->value, out->largest);
	else
		labels_add(task, last->layer->activation, v->pass.map[last->out], &v->pass.targets, out->label, &out->exact);
	for (size_t lane = 0; lane < block->used; lane++)
		lane_keep(v, out, lane, block->first + lane);
	return 0;
}

/* Areas of as many labels as convoy eval computes. */
static int areas_make(const struct viewer *v, struct answers *out, struct err *err)
{
	size_t labels = v->model->net->task.count;
	uint64_t *key = memory_zeroed(out->count, sizeof *key, err);
	for (size_t k = 0; key != NULL && k < labels; k++) {
		out->auc[k] = NAN;
		for (size_t i = 0; labels <= CONFUSION_CLASSES && i < out->count; i++)
			key[i] = auc_key(out->says[i * labels + k], target_number(v->set, i, k) > 0);
		if (labels <= CONFUSION_CLASSES)
			out->auc[k] = auc(out->count, key);
	}
	free(key);
	return key != NULL ? 0 : -1;
}

int answers_open(struct answers *out, struct viewer *v, struct err *err)
{
	const struct task_spec *task = &v->model->net->task;
	size_t numbers = task_numbers(task);
	*out = (struct answers){.count = v->set->count, .numbers = numbers};
	if (task->task == TASK_LABELS)
		out->wanted = model_label_scores(v->model);
	int code = -1;
	if ((out->says = memory_zeroed(out->count, numbers * sizeof *out->says, err)) != NULL &&
	    (out->order = memory_zeroed(out->count, sizeof *out->order, err)) != NULL &&
	    (out->value = memory_zeroed(task->count, sizeof *out->value, err)) != NULL &&
	    (out->largest = memory_zeroed(task->count, sizeof *out->largest, err)) != NULL &&
	    (out->label = memory_zeroed(task->count, sizeof *out->label, err)) != NULL &&
	    (out->auc = memory_zeroed(task->count, sizeof *out->auc, err)) != NULL)
		code = 0;
	for (size_t k = 0; code == 0 && k < task->count; k++)
		out->largest[k].error = -1;
	if (code == 0)
		code = viewer_walk(v, answers_add, out, err);
	if (code == 0 && task->task == TASK_LABELS)
		code = areas_make(v, out, err);
	if (code == 0)
		qsort(out->order, out->count, sizeof *out->order, ranked_order);
	return code;
}

void answers_close(struct answers *answers)
{
	free(answers->says);
	free(answers->order);
	free(answers->value);
	free(answers->largest);
	free(answers->label);
	free(answers->auc);
	*answers = (struct answers){0};
}
