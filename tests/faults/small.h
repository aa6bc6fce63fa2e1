/* A small checkpoint, as it is before training. */
#ifndef TESTS_FAULTS_SMALL_H
#define TESTS_FAULTS_SMALL_H

#include <convoy/train.h>

static const char small_job[] =
	"name: small\n"
	"data: {format: idx, directory: data}\n"
	"input: {maps: 1, rows: 4, columns: 4}\noutput: {classes: 2}\n"
	"layers:\n"
	"  - {type: convolution, maps: 2, kernel: 3, activation: tanh}\n"
	"  - {type: full, units: 2}\n"
	"loss: softmax-cross-entropy\n"
	"train: {epochs: 1, batch: 16, rate: 0.1}\n";

static inline int small_image(struct image *image, struct err *err)
{
	struct job *job = job_parse("test", small_job, err);
	struct model *model = job != NULL ? model_create(job, err) : NULL;
	int code = model != NULL ? checkpoint_image(model, image, err) : -1;
	model_destroy(model);
	return code;
}

#endif
