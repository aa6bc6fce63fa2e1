/* Training one step after the other, for a caller who has the data in memory. */
#include "trainer.h"

#include <stdlib.h>
#include <string.h>

struct stepper {
	struct trainer trainer;
	struct train_options options;
};

static int set_check(const struct dataset *set, struct err *err)
{
	if (set->count == 0 || set->count > UINT32_MAX)
		return err_set(err, EX_DATAERR, "%zu images: 1 to %u can be trained on", set->count, UINT32_MAX);
	for (size_t i = 0; i < set->count; i++)
		if (set->labels[i] >= set->classes)
			return err_set(err, EX_DATAERR, "label %u of image %zu is not below classes: %zu", set->labels[i], i,
			               set->classes);
	return 0;
}

/* What the checkpoint of a network that goes on was measured on counts. Collective. */
static int data_take(struct trainer *t, struct err *err)
{
	struct model *model = t->model;
	const struct dataset *set = &t->train;
	int code = set_check(set, err);
	if (code == 0 && model->job->data.validation > 0)
		code = err_set(err, EX_CONFIG, "data.validation is for convoy train: hold images back yourself");
	if (code == 0 && model->step == 0)
		code = normalization_measure(&model->normalization, model->job->data.normalize, set, err);
	if (comm_agree(t->comm, code, err) != 0)
		return -1;
	struct digest digest = {0};
	if (comm_agree(t->comm, dataset_digest(set, NULL, 0, &digest, err), err) != 0 ||
	    comm_same(t->comm, "the data", &digest, EX_DATAERR, err) != 0)
		return -1;
	digest_text(&digest, model->data[DATA_TRAIN]);
	model->window = model->span = 0;
	return 0;
}

struct stepper *stepper_open(struct comm *comm, const struct kernels *kernels, struct model *model,
                             const struct dataset *set, struct err *err)
{
	struct stepper *s = memory_zeroed(1, sizeof *s, err);
	if (comm_agree(comm, s != NULL ? 0 : -1, err) != 0) {
		model_destroy(model);
		free(s);
		return NULL;
	}
	s->trainer = (struct trainer){.comm = comm, .kernels = kernels, .options = &s->options, .model = model,
	                              .train = *set, .started = clock_seconds(), .lock = -1};
	if (data_take(&s->trainer, err) == 0 && comm_agree(comm, trainer_prepare(&s->trainer, err), err) == 0)
		return s;
	stepper_close(s);
	return NULL;
}

void stepper_close(struct stepper *stepper)
{
	if (stepper == NULL)
		return;
	stepper->trainer.train.borrowed = true; /* the caller's */
	trainer_close(&stepper->trainer);
	free(stepper);
}

int stepper_step(struct stepper *stepper, double *loss, double *wrong, struct err *err)
{
	struct trainer *t = &stepper->trainer;
	struct wishes wishes;
	if (t->model->step % t->steps == 0)
		t->model->running = (struct running){0};
	struct running before = t->model->running;
	if (trainer_step(t, &wishes, err) != STEP_DONE ||
	    (t->model->step % t->steps == 0 && trainer_check(t, err) != 0))
		return -1;
	const struct running *now = &t->model->running;
	*loss = loss_mean(now->loss - before.loss, now->samples - before.samples);
	*wrong = (double)(now->errors - before.errors) / (double)(now->samples - before.samples);
	return 0;
}

uint64_t stepper_epoch(const struct stepper *stepper)
{
	return stepper->trainer.steps;
}

const struct model *stepper_model(const struct stepper *stepper)
{
	return stepper->trainer.model;
}

void stepper_keep(struct stepper *stepper)
{
	const struct trainer *t = &stepper->trainer;
	memcpy(t->model->exponents, sum_exponents(t->sum), t->model->net->tensors * sizeof *t->model->exponents);
}
