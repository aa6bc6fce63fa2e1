/* convoy eval --worst: the largest errors of values and labels. */
#include "worst.h"

#include <math.h>
#include <stdlib.h>

/* What a value or label is, and what the net says. */
struct answer {
	size_t number;   /* sample · K + value or label */
	size_t position; /* of a field: where it is most wrong */
	float is, says;
	double error, size; /* says − is; its magnitude, as a share of the value's deviation */
};

static int answer_order(const void *one, const void *other)
{
	const struct answer *a = one, *b = other;
	if (a->size != b->size)
		return a->size < b->size ? 1 : -1;
	return a->number < b->number ? -1 : 1;
}

static struct answer answer_of(const struct model *model, const struct dataset *set, const struct evaluation *e,
                               size_t i)
{
	const struct task_spec *task = &model->net->task;
	struct answer a = {.number = i};
	a.says = evaluation_answer(e, i, &a.position);
	const uint8_t *target = array_sample(&set->array[DATA_TARGETS], i / task->count);
	if (task->task == TASK_VALUES) {
		a.is = ((const float *)target)[i % task->count * task->positions + a.position];
		a.error = (double)a.says - (double)a.is;
		a.size = fabs(a.error) / model->targets.deviation[i % task->count];
	} else {
		struct targets wanted = model_label_scores(model);
		a.is = target[i % task->count];
		a.error = (double)a.says - (a.is > 0 ? wanted.high : wanted.low);
		a.size = fabs(a.error);
	}
	return a;
}

static void answer_print(FILE *file, const struct model *model, const struct answer *a)
{
	const struct task_spec *task = &model->net->task;
	size_t columns = model_need(model).columns;
	fprintf(file, "%zu,%zu,", a->number / task->count, a->number % task->count);
	if (task->positions > 1)
		fprintf(file, "%zu,%zu,", a->position / columns, a->position % columns);
	fprintf(file, "%.9g,%.9g,%.9g\n", (double)a->is, (double)a->says, a->error);
}

int worst_write(const char *path, const struct model *model, const struct dataset *set, const struct evaluation *e,
                struct err *err)
{
	const struct task_spec *task = &model->net->task;
	struct memory_stream out;
	size_t length, count = e->samples * task->count;
	struct answer *answer = memory_zeroed(count, sizeof *answer, err);
	if (answer == NULL || memory_stream_open(&out, err) != 0) {
		free(answer);
		return -1;
	}
	for (size_t i = 0; i < count; i++)
		answer[i] = answer_of(model, set, e, i);
	qsort(answer, count, sizeof *answer, answer_order);
	fputs(task->task == TASK_LABELS ? "index,label,target,score,error\n" : task->positions > 1 ?
	      "index,value,row,column,target,prediction,error\n" : "index,value,target,prediction,error\n", out.file);
	for (size_t i = 0; i < count; i++)
		answer_print(out.file, model, &answer[i]);
	free(answer);
	char *text = memory_stream_close(&out, &length, err);
	int code = text != NULL ? app_write(path, text, length, err) : -1;
	free(text);
	return code;
}
