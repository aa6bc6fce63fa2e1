/* A run goes on with another optimizer or batch: what training has changed so far comes into a model of the new job. */
#include "model.h"

#include <stdlib.h>
#include <string.h>

uint64_t model_clock(const struct model *model, uint64_t step, uint64_t steps)
{
	return model->changed.epochs * steps + (step - model->changed.step);
}

static int names_adopt(const struct member *to, const struct member *from, struct err *err)
{
	const struct class_names *names = from->data;
	class_names_free(to->data);
	return class_names_copy(to->data, names->count, (const char *const *)names->name, err);
}

/* Of two rows of the same name. */
static int member_adopt(struct model *model, const struct model *earlier, const struct member *to,
                        const struct member *from, struct err *err)
{
	switch (to->kind) {
	case MEMBER_HISTORY:
		for (size_t r = 0; r < earlier->records; r++)
			if (model_record(model, &earlier->record[r], err) != 0)
				return -1;
		return 0;
	case MEMBER_NAMES:
	case MEMBER_LIST:
		return names_adopt(to, from, err);
	case MEMBER_TEXT:
	case MEMBER_NUMBER:
	case MEMBER_NOTE:
	case MEMBER_TENSORS:
	case MEMBER_ARRAY:
		memcpy(to->data, from->data, to->count * to->size);
		return 0;
	}
	return -1;
}

/* Whether a row holds a vector of the optimizer. */
static bool of_optimizer(const struct model *model, const struct member *m)
{
	bool own = false;
	for (size_t s = 0; s < OPTIMIZER_VECTORS; s++)
		own = own || (m->kind == MEMBER_TENSORS && m->owned == (const void *)&model->state[s]);
	return own;
}

static int members_adopt(struct model *model, const struct model *earlier, bool rule, struct err *err)
{
	struct member to[MODEL_MEMBERS], from[MODEL_MEMBERS];
	size_t rows = model_members(model, to), others = model_members(earlier, from);
	for (size_t m = 0; m < rows; m++)
		for (size_t n = 0; n < others; n++)
			if (to[m].kind == from[n].kind && strcmp(to[m].array.path, from[n].array.path) == 0 &&
			    !(rule && of_optimizer(model, &to[m])) &&
			    member_adopt(model, earlier, &to[m], &from[n], err) != 0)
				return -1;
	return 0;
}

/* What was kept for layers that are frozen now. */
static void frozen_clear(struct model *model)
{
	const struct net *net = model->net;
	for (size_t t = 0; t < net->tensors; t++)
		for (size_t s = 0; s < OPTIMIZER_VECTORS && !net->tensor[t].learns; s++)
			if (model->state[s] != NULL)
				memset(model->state[s] + net->tensor[t].offset, 0, net->tensor[t].count * sizeof *model->state[s]);
}

int model_adopt(struct model *model, const struct model *earlier, struct err *err)
{
	const struct job *job = model->job, *old = earlier->job;
	bool rule = job->train.optimizer.kind != old->train.optimizer.kind, batch = job->train.batch != old->train.batch;
	bool measured = optimizer_measured(job->train.optimizer.kind) < OPTIMIZER_VECTORS;
	if ((batch || measured) && earlier->running.samples > 0)
		return err_set(err, EX_CONFIG, "%s can change only between epochs, and the checkpoint of step %llu is in the "
		               "middle of epoch %zu: let that end as it began first",
		               batch ? "train.batch" : "a job with second derivatives (sdlm)",
		               (unsigned long long)earlier->step, earlier->records + 1);
	if (members_adopt(model, earlier, rule, err) != 0)
		return -1;
	frozen_clear(model);
	if (batch) {
		model->changed.step = model->step;
		model->changed.epochs = model->records;
	}
	if (rule)
		model->changed.optimizer = model->step;
	return 0;
}
