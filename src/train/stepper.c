/* Training one step after the other, for a caller who has the data in memory. */
#include "train.h"

#include <stdlib.h>

struct stepper {
	struct trainer trainer;
	bool tests; /* there is a test set */
};

struct stepper *stepper_open(struct comm *comm, const struct kernels *kernels, struct model *model,
                             const struct dataset *train, const struct dataset *test, struct err *err)
{
	struct stepper *s = memory_zeroed(1, sizeof *s, err);
	if (comm_agree(comm, s != NULL ? 0 : -1, err) != 0) {
		model_destroy(model);
		free(s);
		return NULL;
	}
	s->tests = test != NULL;
	s->trainer = (struct trainer){.comm = comm, .kernels = kernels, .model = model};
	s->trainer.samples = samples_over(comm, model, train, test, err);
	if (s->trainer.samples != NULL && trainer_open(&s->trainer, 0, err) == 0)
		return s;
	stepper_close(s);
	return NULL;
}

void stepper_close(struct stepper *stepper)
{
	if (stepper == NULL)
		return;
	trainer_close(&stepper->trainer);
	free(stepper);
}

/* Collective. */
static int epoch_end(struct stepper *stepper, struct err *err)
{
	if (stepper->tests && trainer_record(&stepper->trainer, err) != 0)
		return -1;
	return trainer_check(&stepper->trainer, err);
}

int stepper_step(struct stepper *stepper, double *loss, double *measure, struct err *err)
{
	struct trainer *t = &stepper->trainer;
	if (trainer_between(t))
		t->model->running = (struct totals){0};
	if (trainer_step(t, NULL, err) != STEP_DONE ||
	    (trainer_between(t) && epoch_end(stepper, err) != 0))
		return -1;
	*loss = totals_loss(&t->last);
	*measure = totals_measure(&t->last, &t->model->net->task);
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
	trainer_keep(&stepper->trainer);
}
