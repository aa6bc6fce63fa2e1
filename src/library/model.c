/* libconvoy: models and predictions. */
#include <config.h>
#include "library.h"

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

const char *convoy_version(void)
{
	return PACKAGE_VERSION;
}

struct convoy_model *convoy_model_load(const char *path, struct convoy_error *error)
{
	struct err err = {0};
	struct convoy_model *out = memory_zeroed(1, sizeof *out, &err);
	if (out != NULL && (out->model = checkpoint_load(path, NULL, &err)) != NULL)
		return out;
	error_give(&err, error);
	free(out);
	return NULL;
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

size_t convoy_model_classes(const struct convoy_model *model)
{
	return model->model->job->output.count;
}

const char *convoy_model_class(const struct convoy_model *model, size_t number)
{
	if (number >= model->model->names.count)
		return NULL;
	return model->model->names.name[number];
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
	if (kernels != NULL && out != NULL && model_takes_bytes(model->model, &err) == 0 &&
	    model_gives_row(model->model, "convoy_predict", &err) == 0 &&
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

void convoy_predict(struct convoy_predictor *predictor, size_t count, const uint8_t *pixels, float *scores)
{
	predictor_run(&predictor->predictor, count, pixels, scores);
}
