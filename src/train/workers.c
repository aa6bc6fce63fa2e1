/* The threads of a rank, each with its own way through the net. */
#include "train.h"

#include <stdlib.h>

static int worker_open(struct worker *worker, const struct kernels *kernels, const struct model *model,
                       const struct dataset *set, struct err *err)
{
	const struct job *job = model->job;
	worker->gradient = memory_zeroed(model->net->parameters, sizeof *worker->gradient, err);
	if (worker->gradient == NULL || pass_open(&worker->pass, model->net, kernels, err) != 0 ||
	    batcher_open(&worker->batcher, set, &model->normalization, job->data.pad, err) != 0)
		return -1;
	return batcher_distort(&worker->batcher, &job->data.distort, job->train.seed, kernels, err);
}

int workers_open(struct workers *out, size_t count, const struct kernels *kernels, const struct model *model,
                 const struct dataset *set, struct err *err)
{
	out->count = count;
	out->worker = memory_zeroed(count, sizeof *out->worker, err);
	int code = out->worker != NULL ? 0 : -1;
	for (size_t i = 0; code == 0 && i < count; i++)
		code = worker_open(&out->worker[i], kernels, model, set, err);
	return code;
}

void workers_close(struct workers *workers)
{
	for (size_t i = 0; workers->worker != NULL && i < workers->count; i++) {
		pass_close(&workers->worker[i].pass);
		batcher_close(&workers->worker[i].batcher);
		free(workers->worker[i].gradient);
	}
	free(workers->worker);
}
