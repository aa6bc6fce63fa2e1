/* The model of rank 0 on every rank. */
#include <convoy/train.h>

#include <stdlib.h>
#include <string.h>

/* On every rank but 0: a model of the job text that rank 0 sends. */
static struct model *model_receive(uint8_t *text, size_t count, struct err *err)
{
	(void)count; /* comm_broadcast_bytes carries the text with its final NUL */
	struct job *job = job_parse("checkpoint: job", (const char *)text, err);
	return job != NULL ? model_create(job, err) : NULL;
}

static int job_broadcast(struct comm *comm, struct model **model, struct err *err)
{
	bool root = comm_rank(comm) == 0;
	uint8_t *text = root ? (uint8_t *)(*model)->job->text : NULL;
	size_t count = root ? strlen((*model)->job->text) + 1 : 0;
	if (comm_broadcast_bytes(comm, &text, &count, err) != 0)
		return -1;
	int code = 0;
	if (!root) {
		*model = model_receive(text, count, err);
		free(text);
		code = *model != NULL ? 0 : -1;
	}
	return comm_agree(comm, code, err);
}

static int records_broadcast(struct comm *comm, struct model *model, struct err *err)
{
	size_t records = model->records;
	if (comm_broadcast(comm, &records, sizeof records, err) != 0)
		return -1;
	int code = 0;
	while (code == 0 && model->records < records)
		code = model_record(model, &(struct record){0}, err);
	if (comm_agree(comm, code, err) != 0)
		return -1;
	return comm_broadcast(comm, model->record, records * sizeof *model->record, err);
}

int model_broadcast(struct comm *comm, struct model **out, struct err *err)
{
	if (comm_ranks(comm) == 1)
		return 0;
	if (job_broadcast(comm, out, err) != 0)
		return -1;
	struct model *model = *out;
	size_t bytes = model->net->parameters * sizeof *model->w, classes = model->job->classes;
	struct {
		void *bytes;
		size_t count;
	} field[] = {
		{&model->normalization, sizeof model->normalization},
		{model->data, sizeof model->data},
		{&model->step, sizeof model->step},
		{&model->seen, sizeof model->seen},
		{model->w, bytes},
		{model->state[0], model->state[0] != NULL ? bytes : 0},
		{model->state[1], model->state[1] != NULL ? bytes : 0},
		{model->average, model->average != NULL ? bytes : 0},
		{model->exponents, model->net->tensors * sizeof *model->exponents},
		{&model->running, sizeof model->running},
		{model->confusion, classes * classes * sizeof *model->confusion},
	};
	for (size_t f = 0; f < sizeof field / sizeof *field; f++)
		if (comm_broadcast(comm, field[f].bytes, field[f].count, err) != 0)
			return -1;
	return records_broadcast(comm, model, err);
}
