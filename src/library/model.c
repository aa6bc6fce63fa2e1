/* libconvoy: models and predictions. */
#include <config.h>
#include "library.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

_Static_assert(sizeof((struct err *)0)->text == sizeof((struct convoy_error *)0)->text, "errors fit");

struct convoy_predictor {
	struct predictor predictor;
};

int error_give(const struct err *err, struct convoy_error *error)
{
	if (error != NULL) {
		error->code = err->code != 0 ? err->code : EX_SOFTWARE;
		snprintf(error->text, sizeof error->text, "%s", err->text);
	}
	return -1;
}

static pthread_mutex_t hdf5_used = PTHREAD_MUTEX_INITIALIZER;

void hdf5_begin(void)
{
	pthread_mutex_lock(&hdf5_used);
}

void hdf5_end(void)
{
	pthread_mutex_unlock(&hdf5_used);
}

const char *convoy_version(void)
{
	return PACKAGE_VERSION;
}

struct model *job_model(const char *text, struct err *err)
{
	struct job *job = job_parse("job", text, err);
	return job != NULL ? model_create(job, err) : NULL;
}

/* Owns the model, also on failure; NULL stands for one that could not be made. */
static struct convoy_model *model_give(struct model *model, struct err *err, struct convoy_error *error)
{
	struct convoy_model *out = model != NULL ? memory_zeroed(1, sizeof *out, err) : NULL;
	if (out == NULL) {
		model_destroy(model);
		error_give(err, error);
		return NULL;
	}
	out->model = model;
	return out;
}

struct convoy_model *convoy_model_load(const char *path, struct convoy_error *error)
{
	struct err err = {0};
	hdf5_begin();
	struct model *model = checkpoint_load(path, NULL, &err);
	hdf5_end();
	return model_give(model, &err, error);
}

struct convoy_model *convoy_model_create(const char *job, struct convoy_error *error)
{
	struct err err = {0};
	return model_give(job_model(job, &err), &err, error);
}

void convoy_model_free(struct convoy_model *model)
{
	if (model == NULL)
		return;
	model_destroy(model->model);
	free(model);
}

size_t convoy_model_maps(const struct convoy_model *model)
{
	return model->model->job->input.maps;
}

size_t convoy_model_rows(const struct convoy_model *model)
{
	return model->model->job->input.rows;
}

size_t convoy_model_columns(const struct convoy_model *model)
{
	return model->model->job->input.columns;
}

_Static_assert((int)CONVOY_UINT8 == (int)ELEMENT_U8 + 1 && (int)CONVOY_INT8 == (int)ELEMENT_I8 + 1 &&
               (int)CONVOY_UINT16 == (int)ELEMENT_U16 + 1 && (int)CONVOY_INT16 == (int)ELEMENT_I16 + 1 &&
               (int)CONVOY_FLOAT16 == (int)ELEMENT_F16 + 1 && (int)CONVOY_FLOAT32 == (int)ELEMENT_F32 + 1,
               "types in the order of enum element");
_Static_assert((int)CONVOY_CLASSES == (int)TASK_CLASSES + 1 && (int)CONVOY_VALUES == (int)TASK_VALUES + 1 &&
               (int)CONVOY_LABELS == (int)TASK_LABELS + 1, "tasks in the order of enum task");

int convoy_model_type(const struct convoy_model *model)
{
	return (int)model->model->inputs + 1;
}

int convoy_model_task(const struct convoy_model *model)
{
	return (int)model->model->job->output.task + 1;
}

size_t convoy_model_outputs(const struct convoy_model *model)
{
	return model->model->job->output.count;
}

size_t convoy_model_output_rows(const struct convoy_model *model)
{
	const struct data_need need = model_need(model->model);
	return need.rows > 0 ? need.rows : 1;
}

size_t convoy_model_output_columns(const struct convoy_model *model)
{
	const struct data_need need = model_need(model->model);
	return need.columns > 0 ? need.columns : 1;
}

const char *convoy_model_name(const struct convoy_model *model, size_t number)
{
	if (number >= model->model->names.count)
		return NULL;
	return model->model->names.name[number];
}

const char *convoy_model_unit(const struct convoy_model *model, size_t number)
{
	if (number >= model->model->job->output.united)
		return NULL;
	return model->model->job->output.units[number];
}

size_t convoy_model_epochs(const struct convoy_model *model)
{
	return model->model->records;
}

int convoy_model_epoch(const struct convoy_model *model, size_t epoch, double figures[CONVOY_FIGURES])
{
	const struct record *record = epoch < model->model->records ? &model->model->record[epoch] : NULL;
	if (record == NULL)
		return -1;
	figures[CONVOY_TRAIN_LOSS] = record->train_loss;
	figures[CONVOY_TRAIN_MEASURE] = record->train_measure;
	figures[CONVOY_TEST_LOSS] = record->test_loss;
	figures[CONVOY_TEST_MEASURE] = record->test_measure;
	return 0;
}

int convoy_model_probabilities(const struct convoy_model *model)
{
	return loss_type(model->model->job->loss)->probabilities;
}

struct convoy_predictor *convoy_predictor_create(const struct convoy_model *model, struct convoy_error *error)
{
	struct err err = {0};
	const struct kernels *kernels = kernels_choose(&err);
	struct convoy_predictor *out = memory_zeroed(1, sizeof *out, &err);
	if (kernels != NULL && out != NULL &&
	    predictor_open(&out->predictor, kernels, model->model, &err) == 0)
		return out;
	error_give(&err, error);
	free(out);
	return NULL;
}

void convoy_predictor_free(struct convoy_predictor *predictor)
{
	if (predictor == NULL)
		return;
	predictor_close(&predictor->predictor);
	free(predictor);
}

int convoy_predict_floats(struct convoy_predictor *predictor, size_t count, const float *inputs, float *outputs,
                          struct convoy_error *error)
{
	struct err err = {0};
	const struct data_array *block = &predictor->predictor.block.array[DATA_INPUTS];
	const struct data_array array = {ELEMENT_F32, block->each, (uint8_t *)inputs}; /* it is only read */
	size_t finite = array_finite(&array, count);
	if (finite < count)
		err_set(&err, EX_DATAERR, "inputs: sample %zu holds a number that is not finite", finite);
	else
		predictor_run_as(&predictor->predictor, ELEMENT_F32, count, inputs, outputs);
	return err.code == 0 ? 0 : error_give(&err, error);
}

int convoy_predict(struct convoy_predictor *predictor, size_t count, const uint8_t *inputs, float *outputs,
                   struct convoy_error *error)
{
	struct err err = {0};
	if (model_takes_bytes(predictor->predictor.model, &err) != 0)
		return error_give(&err, error);
	predictor_run_as(&predictor->predictor, ELEMENT_U8, count, inputs, outputs);
	return 0;
}
