/* libconvoy-mpi: training over the caller's communicator and data. */
#include "library.h"

#include <convoy/train.h>

#include <stdlib.h>
#include <string.h>

struct convoy_trainer {
	struct comm *comm;
	struct stepper *stepper;
	struct dataset set[DATA_PARTS]; /* samples_take_over */
	struct convoy_model model;
};

/* What a trainer is made of: a job, and what it starts from, or else a checkpoint. */
struct origin {
	const char *job;
	struct start_options start;
	const char *checkpoint;
};

/* HDF5 files of other programs need a process of the caller's program (samples_serve), which is not ours to start. */
static struct model *origin_start(struct model *model, const struct start_options *start, struct err *err)
{
	struct start_report report;
	bool checkpoint = store_begins(start->file);
	struct store *store = checkpoint ? NULL : store_open(start->file, err); /* says what is wrong */
	store_destroy(store);
	if (checkpoint && model_start(model, start, &report, err) == 0)
		return model;
	model_destroy(model);
	return NULL;
}

static struct model *origin_model(const struct origin *origin, struct err *err)
{
	if (origin->checkpoint != NULL)
		return checkpoint_load(origin->checkpoint, NULL, err);
	struct model *model = job_model(origin->job, err);
	return model != NULL && origin->start.file != NULL ? origin_start(model, &origin->start, err) : model;
}

/* Opens the ranks, and on each the model of rank 0. */
static int trainer_begin(struct convoy_trainer *t, int communicator, const struct origin *origin,
                         struct model **model, const struct kernels **kernels, struct err *err)
{
	t->comm = comm_over(communicator, err);
	if (t->comm == NULL)
		return -1;
	*kernels = kernels_choose(err);
	bool root = comm_rank(t->comm) == 0;
	if (root && *kernels != NULL) {
		hdf5_begin();
		*model = origin_model(origin, err);
		hdf5_end();
	}
	if (comm_agree(t->comm, *kernels == NULL || (root && *model == NULL) ? -1 : 0, err) != 0 ||
	    model_broadcast(t->comm, model, err) != 0)
		return -1;
	return train_agree(t->comm, *kernels, (*model)->job->text, err);
}

/* Collective. */
static int sets_make(struct convoy_trainer *t, const struct model *model, const struct convoy_samples *train,
                     const struct convoy_samples *test, struct err *err)
{
	int code = -1;
	if (train == NULL)
		err_set(err, EX_USAGE, "training samples: there are none");
	else if (test != NULL && (train->weights == NULL) != (test->weights == NULL))
		err_set(err, EX_USAGE, "training and test samples: both have weights, or none has");
	else
		code = samples_take_over(&t->set[DATA_TRAIN], model, train, "training samples", err);
	if (code == 0 && test != NULL)
		code = samples_take_over(&t->set[DATA_TEST], model, test, "test samples", err);
	return comm_agree(t->comm, code, err);
}

static struct convoy_trainer *trainer_make(int communicator, const struct origin *origin,
                                           const struct convoy_samples *train, const struct convoy_samples *test,
                                           struct convoy_error *error)
{
	struct err err = {0};
	const struct kernels *kernels = NULL;
	struct model *model = NULL;
	struct convoy_trainer *t = memory_zeroed(1, sizeof *t, &err);
	if (t != NULL && trainer_begin(t, communicator, origin, &model, &kernels, &err) == 0 &&
	    sets_make(t, model, train, test, &err) == 0) {
		t->stepper = stepper_open(t->comm, kernels, model, &t->set[DATA_TRAIN],
		                          test != NULL ? &t->set[DATA_TEST] : NULL, &err);
		model = NULL; /* the stepper's, also where it failed */
		if (t->stepper != NULL) {
			t->model.model = (struct model *)stepper_model(t->stepper);
			return t;
		}
	}
	model_destroy(model);
	error_give(&err, error);
	convoy_trainer_free(t);
	return NULL;
}

struct convoy_trainer *convoy_trainer_create(int communicator, const char *job, const struct convoy_samples *train,
                                             const struct convoy_samples *test, struct convoy_error *error)
{
	return trainer_make(communicator, &(struct origin){.job = job}, train, test, error);
}

struct convoy_trainer *convoy_trainer_start(int communicator, const char *job, const char *path, const char *layers,
                                            int normalization, const struct convoy_samples *train,
                                            const struct convoy_samples *test, struct convoy_error *error)
{
	/* Without a path nothing can be read: it must not begin anew. */
	const struct origin origin = {.job = job, .start = {path != NULL ? path : "", layers, normalization != 0}};
	return trainer_make(communicator, &origin, train, test, error);
}

struct convoy_trainer *convoy_trainer_continue(int communicator, const char *path, const struct convoy_samples *train,
                                               const struct convoy_samples *test, struct convoy_error *error)
{
	return trainer_make(communicator, &(struct origin){.checkpoint = path != NULL ? path : ""}, train, test, error);
}

void convoy_trainer_free(struct convoy_trainer *trainer)
{
	if (trainer == NULL)
		return;
	stepper_close(trainer->stepper);
	comm_close(trainer->comm);
	for (size_t p = 0; p < DATA_PARTS; p++)
		samples_forget(&trainer->set[p]);
	free(trainer);
}

int convoy_trainer_step(struct convoy_trainer *trainer, double *loss, double *measure, struct convoy_error *error)
{
	struct err err = {0};
	double ignored;
	if (stepper_step(trainer->stepper, loss != NULL ? loss : &ignored, measure != NULL ? measure : &ignored, &err) != 0)
		return error_give(&err, error);
	return 0;
}

uint64_t convoy_trainer_done(const struct convoy_trainer *trainer)
{
	return trainer->model.model->step;
}

uint64_t convoy_trainer_epoch(const struct convoy_trainer *trainer)
{
	return stepper_epoch(trainer->stepper);
}

uint64_t convoy_trainer_steps(const struct convoy_trainer *trainer)
{
	return stepper_epoch(trainer->stepper) * trainer->model.model->job->train.epochs;
}

const struct convoy_model *convoy_trainer_model(const struct convoy_trainer *trainer)
{
	return &trainer->model;
}

static int checkpoint_save(const struct model *model, const char *path, struct err *err)
{
	struct image image = {0};
	char *directory = NULL, *name = NULL;
	int code = path_split(path, &directory, &name, err);
	hdf5_begin();
	if (code == 0)
		code = checkpoint_image(model, &image, err);
	hdf5_end();
	if (code == 0)
		code = file_write(directory, name, image.bytes, image.count, err);
	image_destroy(&image);
	free(directory);
	free(name);
	return code;
}

int convoy_trainer_save(struct convoy_trainer *trainer, const char *path, struct convoy_error *error)
{
	struct err err = {0};
	stepper_keep(trainer->stepper);
	int code = comm_rank(trainer->comm) == 0 ? checkpoint_save(trainer->model.model, path, &err) : 0;
	if (comm_agree(trainer->comm, code, &err) != 0)
		return error_give(&err, error);
	return 0;
}
