/* A trainer: what makes updates of a model, for a run, for a program that calls step by step, for the benchmark. */
#include <config.h>
#include "train.h"

#include <math.h>
#include <string.h>

int trainer_open(struct trainer *t, size_t threads, struct err *err)
{
	const struct job *job = t->model->job;
	const struct dataset *set = samples_training(t->samples);
	size_t batch = job->train.batch < set->count ? job->train.batch : set->count;
	size_t blocks = (batch + LANES - 1) / LANES;
	threads = threads > 0 ? threads : job->train.threads;
	t->steps = (set->count + job->train.batch - 1) / job->train.batch;
	int code = workers_open(&t->workers, threads, t->kernels, t->model, set, err);
	if (code == 0)
		code = mixup_open(&t->mixup, job, set, err);
	if (comm_agree(t->comm, code, err) != 0)
		return -1;
	t->sum = tensors_sum(t->comm, t->kernels, t->model->net, job->train.sum, blocks, t->workers.threads, err);
	if (t->sum == NULL)
		return -1;
	if (t->model->step > 0)
		sum_set_exponents(t->sum, t->model->exponents);
	return 0;
}

void trainer_close(struct trainer *t)
{
	sum_destroy(t->sum); /* before its threads */
	workers_close(&t->workers);
	mixup_close(&t->mixup);
	samples_close(t->samples);
	model_destroy(t->model);
}

int trainer_check(struct trainer *t, struct err *err)
{
	struct digest digest = model_digest(t->model);
	if (comm_same(t->comm, "the digest of the parameters", &digest, EX_SOFTWARE, err) != 0)
		return -1;
	return comm_agree(t->comm, model_finite(t->model, err), err);
}

bool trainer_between(const struct trainer *t)
{
	return model_clock(t->model, t->model->step, t->steps) % t->steps == 0;
}

int trainer_record(struct trainer *t, struct err *err)
{
	struct model *model = t->model;
	const struct task_spec *task = &model->net->task;
	struct evaluation validation = {0}, test = {0};
	struct threads *threads = t->workers.threads;
	bool tested = samples_tested(t->samples);
	if (model->job->output.task == TASK_CLASSES)
		test.confusion = &model->confusion;
	if (samples_evaluate(t->samples, SAMPLES_VALIDATION, t->kernels, threads, model, &validation, err) != 0 ||
	    samples_evaluate(t->samples, SAMPLES_TEST, t->kernels, threads, model, &test, err) != 0)
		return -1;
	struct record record = {
		.epoch = model->records + 1,
		.step = model->step,
		.rate = schedule_rate(model->job, model_clock(model, model->step - 1, t->steps), t->steps),
		.train_loss = totals_loss(&model->running),
		.train_measure = totals_measure(&model->running, task),
		.test_loss = tested ? test.loss : NAN,
		.test_measure = tested ? totals_measure(&test.totals, task) : NAN,
		.validation_loss = validation.loss,
		.validation_measure = totals_measure(&validation.totals, task),
	};
	model->running = (struct totals){0};
	return comm_agree(t->comm, model_record(model, &record, err), err);
}

void trainer_keep(struct trainer *t)
{
	memcpy(t->model->exponents, sum_exponents(t->sum), t->model->net->tensors * sizeof *t->model->exponents);
}

int train_agree(struct comm *comm, const struct kernels *kernels, const char *job_text, struct err *err)
{
	/* Files of programs may differ, as those for unlike processors do. */
	struct digest program = digest_of(sources_digest, strlen(sources_digest));
	bool fused = strcmp(kernels->isa, "portable") != 0;
	struct digest rounding = digest_of(&fused, sizeof fused), job = digest_of(job_text, strlen(job_text));
	if (comm_same(comm, "the sources of the program", &program, EX_OSERR, err) != 0 ||
	    comm_same(comm, "the rounding of the instruction sets (portable or not)", &rounding, EX_OSERR, err) != 0)
		return -1;
	return comm_same(comm, "the job", &job, EX_CONFIG, err);
}
