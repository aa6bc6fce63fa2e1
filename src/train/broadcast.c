/* The model of rank 0 on every rank. */
#include "train.h"

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

/* The texts behind each other, each with its NUL. */
static uint8_t *names_pack(const struct class_names *names, size_t *bytes, struct err *err)
{
	*bytes = 0;
	for (size_t k = 0; k < names->count; k++)
		*bytes += strlen(names->name[k]) + 1;
	uint8_t *packed = memory_zeroed(*bytes, 1, err), *at = packed;
	for (size_t k = 0; packed != NULL && k < names->count; k++) {
		size_t length = strlen(names->name[k]) + 1;
		memcpy(at, names->name[k], length);
		at += length;
	}
	return packed;
}

static int names_unpack(struct class_names *names, size_t count, const uint8_t *packed, struct err *err)
{
	const char *at = (const char *)packed;
	struct class_names old = *names;
	const char **name = memory_zeroed(count, sizeof *name, err);
	for (size_t k = 0; name != NULL && k < count; k++) {
		name[k] = at;
		at += strlen(at) + 1;
	}
	int code = name != NULL ? class_names_copy(names, count, name, err) : -1;
	if (code == 0)
		class_names_free(&old);
	free(name);
	return code;
}

int names_broadcast(struct comm *comm, struct class_names *names, struct err *err)
{
	bool root = comm_rank(comm) == 0;
	size_t bytes = 0, count = names->count;
	uint8_t *packed = root ? names_pack(names, &bytes, err) : NULL;
	if (comm_agree(comm, root && packed == NULL ? -1 : 0, err) != 0)
		return -1;
	int code = comm_broadcast_bytes(comm, &packed, &bytes, err);
	if (code == 0)
		code = comm_broadcast(comm, &count, sizeof count, err);
	if (code == 0)
		code = comm_agree(comm, root ? 0 : names_unpack(names, count, packed, err), err);
	free(packed);
	return code;
}

static int member_broadcast(struct comm *comm, struct model *model, const struct member *m, struct err *err)
{
	switch (m->kind) {
	case MEMBER_HISTORY:
		return records_broadcast(comm, model, err);
	case MEMBER_NAMES:
	case MEMBER_LIST:
		return names_broadcast(comm, m->data, err);
	case MEMBER_TEXT:
	case MEMBER_NUMBER:
	case MEMBER_NOTE:
	case MEMBER_TENSORS:
	case MEMBER_ARRAY:
		return comm_broadcast(comm, m->data, m->count * m->size, err);
	}
	return -1;
}

int model_broadcast(struct comm *comm, struct model **out, struct err *err)
{
	if (comm_ranks(comm) == 1)
		return 0;
	if (job_broadcast(comm, out, err) != 0)
		return -1;
	struct model *model = *out;
	struct member member[MODEL_MEMBERS];
	size_t members = model_members(model, member);
	for (size_t m = 0; m < members; m++)
		if (member_broadcast(comm, model, &member[m], err) != 0)
			return -1;
	return 0;
}
