/* Samples that lie whole in memory, read from files: once per node where its ranks can share memory. */
#include <config.h>
#include "samples.h"

#include <stdlib.h>
#include <string.h>

enum { SETS = 3 };

/* What the ranks of a node tell each other, at the head of the memory they share. The arrays of each set follow, and
 * its numbers where it has any. */
struct notice {
	uint64_t count[SETS], numbered[SETS];
	struct data_array array[SETS][DATA_ARRAYS]; /* types and sizes; the addresses are those of the rank that has read */
	struct digest part[DATA_PARTS];
};

struct whole {
	struct samples samples;
	struct dataset test;
	struct shared *memory; /* of all sets, where the ranks of a node share it; NULL: their own */
};

static const struct dataset *whole_test(struct samples *s, uint64_t epoch, size_t piece, struct err *err)
{
	(void)epoch; /* the same behind each, */
	(void)piece; /* in one piece, */
	(void)err;   /* always there */
	return &((struct whole *)s)->test;
}

static void whole_close(struct samples *s)
{
	struct whole *self = (struct whole *)s;
	dataset_free(&s->train);
	dataset_free(&s->validation);
	dataset_free(&self->test);
	shared_destroy(self->memory);
}

static const struct samples_type whole_type = {
	.bytes = sizeof(struct whole), .take = order_take, .test = whole_test, .close = whole_close,
};

static int sets_read(struct whole *self, struct model *model, const char *place, struct err *err)
{
	const struct job *job = model->job;
	struct dataset *train = &self->samples.train;
	const struct split split = job_split(job);
	struct sample_request request = job_request(job, job->data.format);
	if (split.test > 0)
		request_leave(&request, SAMPLE_TEST);
	const struct data_source source = job_source(job, job->data.format, place, &request);
	const struct data_need need = model_need(model);
	if (dataset_read(train, &source, DATA_TRAIN, &need, err) != 0)
		return -1;
	memcpy(model->background, train->background, sizeof model->background);
	if ((split.test == 0 && dataset_read(&self->test, &source, DATA_TEST, &need, err) != 0) ||
	    model_names_adopt(model, &train->names, place, err) != 0)
		return -1;
	self->samples.left_out[DATA_TRAIN] = train->left_out;
	self->samples.left_out[DATA_TEST] = self->test.left_out;
	if (split.validation == 0 && split.test == 0)
		return 0;
	return dataset_split(train, &split, &self->samples.validation,
	                     split.test > 0 ? &self->test : NULL, err);
}

/* ---- Once per node ----------------------------------------------------------------------------------------------- */

static size_t set_bytes(const struct dataset *set)
{
	size_t numbers = set->number != NULL ? set->count : 0;
	return arrays_bytes(set, set->count) + part_bytes(numbers * sizeof *set->number);
}

/* Points a set to its place in the memory of the node, to which the rank that has read it moves it. */
static void set_place(struct dataset *set, uint8_t **at, bool numbered, bool move)
{
	const struct dataset own = *set;
	size_t numbers = numbered ? own.count * sizeof *own.number : 0;
	arrays_place(set, at, own.count);
	uint8_t *number = part_take(at, numbers);
	set->number = numbered ? (const uint32_t *)number : NULL;
	set->borrowed = true;
	if (!move)
		return;
	for (size_t a = 0; a < DATA_ARRAYS; a++) {
		if (own.array[a].bytes != NULL)
			memcpy(set->array[a].bytes, own.array[a].bytes, array_bytes(&own.array[a], own.count));
		free(own.array[a].bytes);
	}
	if (numbers > 0)
		memcpy(number, own.number, numbers);
	free((void *)own.number);
}

/* Gives the sets that the first rank of each node has read to the others. *shared: whether that could be done.
 * Collective. */
static int sets_share(struct whole *self, const struct model *model, bool *shared, struct err *err)
{
	struct comm *comm = self->samples.comm;
	struct dataset *set[SETS] = {&self->samples.train, &self->test, &self->samples.validation};
	const struct data_need need = model_need(model);
	bool leader = comm_node_rank(comm) == 0;
	size_t bytes = part_bytes(sizeof(struct notice));
	for (size_t i = 0; i < SETS; i++)
		bytes += leader ? set_bytes(set[i]) : 0;
	struct err trouble = {0};
	self->memory = shared_create(comm, leader ? bytes : 0, &trouble);
	*shared = self->memory != NULL;
	if (!*shared)
		return 0;
	uint8_t *at = shared_part(self->memory, 0);
	struct notice *notice = (struct notice *)part_take(&at, sizeof *notice);
	for (size_t i = 0; leader && i < SETS; i++) {
		notice->count[i] = set[i]->count;
		notice->numbered[i] = set[i]->number != NULL;
		memcpy(notice->array[i], set[i]->array, sizeof notice->array[i]);
	}
	int code = leader ? 0 : shared_wait(self->memory, err);
	for (size_t i = 0; i < SETS; i++) {
		if (!leader) {
			*set[i] = dataset_of(&need);
			set[i]->count = notice->count[i];
			memcpy(set[i]->array, notice->array[i], sizeof set[i]->array);
		}
		set_place(set[i], &at, notice->numbered[i] != 0, leader);
	}
	return leader ? shared_wait(self->memory, err) : code;
}

/* Reads on one rank of each node, or on all where they cannot share. Collective. */
static int sets_get(struct whole *self, struct model *model, const char *place, struct err *err)
{
	struct comm *comm = self->samples.comm;
	struct readers readers = readers_of(comm, place);
	if (comm_agree(comm, readers.own ? sets_read(self, model, place, err) : 0, err) != 0)
		return -1;
	if (!readers.share)
		return 0;
	bool shared;
	int code = sets_share(self, model, &shared, err);
	if (!shared && !readers.own)
		code = sets_read(self, model, place, err);
	return comm_agree(comm, code, err);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static int sets_digest(const struct whole *self, bool shares, struct digest part[DATA_PARTS], struct err *err)
{
	const struct samples *s = &self->samples;
	const struct dataset *held[] = {&s->validation, shares ? &self->test : NULL, NULL};
	int code = dataset_digest(&s->train, held, &part[DATA_TRAIN], err);
	return code == 0 ? dataset_digest(&self->test, NULL, &part[DATA_TEST], err) : -1;
}

/* What is measured of the data; the digests once per node, by its last rank. Collective. */
static int sets_measure(struct whole *self, struct model *model, struct digest part[DATA_PARTS], struct err *err)
{
	struct comm *comm = self->samples.comm;
	bool last = comm_node_rank(comm) + 1 == comm_node_ranks(comm);
	struct notice *notice = self->memory != NULL ? shared_part(self->memory, 0) : NULL;
	int code = order_open(&self->samples, err);
	if (code == 0 && (notice == NULL || last))
		code = sets_digest(self, model->job->data.share > 0, part, err);
	if (notice != NULL && last)
		memcpy(notice->part, part, sizeof notice->part);
	if (normalization_measure(&model->normalization, model->job->data.normalize, &self->samples.train, err) != 0 ||
	    targets_measure(&model->targets, model->job->output.normalize, &self->samples.train, err) != 0)
		code = -1;
	if (notice != NULL && shared_wait(self->memory, err) != 0)
		return -1;
	if (notice != NULL)
		memcpy(part, notice->part, sizeof notice->part);
	return code;
}

struct samples *whole_open(struct comm *comm, struct model *model, const char *place, struct samples_facts *facts,
                           struct err *err)
{
	struct samples *s = samples_alloc(&whole_type, comm, model->job, err);
	struct whole *self = (struct whole *)s;
	if (s == NULL)
		return NULL;
	if (sets_get(self, model, place, err) == 0 &&
	    comm_agree(comm, sets_measure(self, model, facts->part, err), err) == 0) {
		s->pieces = self->test.count > 0;
		return s;
	}
	samples_close(s);
	return NULL;
}
