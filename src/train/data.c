/* The data of a run: read once per node where its ranks can share memory, and the same on all. */
#include <config.h>
#include "trainer.h"

#include <stdlib.h>
#include <string.h>

enum { SETS = 3, LINE = 64 };

/* What the ranks of a node tell each other, at the head of the memory they share. The pixels and labels of each set
 * follow. */
struct notice {
	uint64_t count[SETS];
	struct digest digest;
};

const char *data_place(const struct trainer *t)
{
	return t->options->data != NULL ? t->options->data : t->model->job->data.directory;
}

static int data_read(struct trainer *t, struct err *err)
{
	const struct job *job = t->model->job;
	const char *directory = data_place(t);
	if (dataset_read(&t->train, job->data.format, directory, DATA_TRAIN, job->input, job->classes, err) != 0)
		return -1;
	memcpy(t->model->background, t->train.background, sizeof t->model->background);
	if (dataset_read(&t->test, job->data.format, directory, DATA_TEST, job->input, job->classes, err) != 0)
		return -1;
	if (job->data.validation == 0)
		return 0;
	return dataset_split(&t->train, job->train.seed, job->data.validation, &t->validation, err);
}

static struct digest data_digest(const struct trainer *t)
{
	size_t size = shape_size(t->train.shape);
	const void *parts[] = {t->train.pixels, t->train.labels, t->test.pixels, t->test.labels, t->validation.pixels,
	                       t->validation.labels};
	const size_t counts[] = {t->train.count * size, t->train.count, t->test.count * size, t->test.count,
	                         t->validation.count * size, t->validation.count};
	return digest_of_parts(t->validation.count > 0 ? 6 : 4, parts, counts);
}

/* ---- Once per node ----------------------------------------------------------------------------------------------- */

static size_t lines(size_t bytes)
{
	return (bytes + LINE - 1) / LINE * LINE;
}

static size_t set_bytes(const struct dataset *set)
{
	return lines(set->count * shape_size(set->shape)) + lines(set->count);
}

bool data_is_common(const struct trainer *t)
{
	struct err different = {0};
	char *real = realpath(data_place(t), NULL);
	const char *text = real != NULL ? real : data_place(t);
	struct digest digest = digest_of(text, strlen(text));
	free(real);
	return comm_same(t->comm, "the directory", &digest, EX_DATAERR, &different) == 0;
}

/* Points a set to its place in the memory of the node, to which the rank that has read it moves it. The place behind it
 * is returned. */
static uint8_t *set_place(struct dataset *set, uint8_t *at, bool move)
{
	size_t pixels = set->count * shape_size(set->shape);
	uint8_t *labels = at + lines(pixels);
	if (move && set->count > 0) {
		memcpy(at, set->pixels, pixels);
		memcpy(labels, set->labels, set->count);
		free(set->pixels);
		free(set->labels);
	}
	set->pixels = at;
	set->labels = labels;
	set->borrowed = true;
	return labels + lines(set->count);
}

/* Gives the sets that the first rank of each node has read to the others. *shared: whether that could be done.
 * Collective. */
static int sets_share(struct trainer *t, bool *shared, struct err *err)
{
	const struct job *job = t->model->job;
	struct dataset *set[SETS] = {&t->train, &t->test, &t->validation};
	bool leader = comm_node_rank(t->comm) == 0;
	size_t bytes = lines(sizeof(struct notice));
	for (size_t i = 0; i < SETS; i++)
		bytes += leader ? set_bytes(set[i]) : 0;
	struct err trouble = {0};
	t->memory = shared_create(t->comm, leader ? bytes : 0, &trouble);
	*shared = t->memory != NULL;
	if (!*shared)
		return 0;
	struct notice *notice = shared_part(t->memory, 0);
	for (size_t i = 0; leader && i < SETS; i++)
		notice->count[i] = set[i]->count;
	int code = leader ? 0 : shared_wait(t->memory, err);
	uint8_t *at = (uint8_t *)notice + lines(sizeof *notice);
	for (size_t i = 0; i < SETS; i++) {
		if (!leader)
			*set[i] = (struct dataset){.shape = job->input, .classes = job->classes, .count = notice->count[i]};
		at = set_place(set[i], at, leader);
	}
	return leader ? shared_wait(t->memory, err) : code;
}

/* Reads on one rank of each node, or on all where they cannot share. Collective. */
static int data_get(struct trainer *t, struct err *err)
{
	bool share = comm_ranks(t->comm) > comm_nodes(t->comm) && data_is_common(t);
	bool reads = !share || comm_node_rank(t->comm) == 0;
	if (comm_agree(t->comm, reads ? data_read(t, err) : 0, err) != 0)
		return -1;
	if (!share)
		return 0;
	int code = sets_share(t, &share, err);
	if (!share && !reads)
		code = data_read(t, err);
	return comm_agree(t->comm, code, err);
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* What is measured of the data; the digest once per node, by its last rank. */
static int data_measure(struct trainer *t, struct digest *digest, struct err *err)
{
	const struct job *job = t->model->job;
	bool last = comm_node_rank(t->comm) + 1 == comm_node_ranks(t->comm);
	struct notice *notice = t->memory != NULL ? shared_part(t->memory, 0) : NULL;
	if (notice == NULL || last)
		*digest = data_digest(t);
	if (notice != NULL && last)
		notice->digest = *digest;
	int code = normalization_measure(&t->model->normalization, job->data.normalize, &t->train, err);
	if (notice != NULL && shared_wait(t->memory, err) != 0)
		return -1;
	if (notice != NULL)
		*digest = notice->digest;
	return code;
}

/* That a checkpoint's run had the same data. */
static int data_continues(struct trainer *t, const struct digest *digest, struct err *err)
{
	struct model *model = t->model;
	char text[sizeof model->data];
	digest_text(digest, text);
	if (model->step > 0 && strcmp(text, model->data) != 0)
		return err_set(err, EX_DATAERR, "%s: not the data that the checkpoint was trained on", data_place(t));
	memcpy(model->data, text, sizeof text);
	return 0;
}

int data_open(struct trainer *t, struct err *err)
{
	struct digest digest = {0};
	if (feed_open(t, &digest, err) != 0)
		return -1;
	if (t->feed == NULL &&
	    (data_get(t, err) != 0 || comm_agree(t->comm, data_measure(t, &digest, err), err) != 0))
		return -1;
	if (comm_same(t->comm, "the data", &digest, EX_DATAERR, err) != 0)
		return -1;
	return data_continues(t, &digest, err);
}

void data_close(struct trainer *t)
{
	feed_close(t); /* its thread writes to the memory that goes below */
	dataset_free(&t->train);
	dataset_free(&t->test);
	dataset_free(&t->validation);
	shared_destroy(t->memory);
}
