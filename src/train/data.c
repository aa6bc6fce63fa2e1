/* The data of a run: read once per node where its ranks can share memory, and the same on all. */
#include <config.h>
#include "trainer.h"

#include <stdlib.h>
#include <string.h>

enum { SETS = 3, LINE = 64 };

/* What the ranks of a node tell each other, at the head of the memory they share. The pixels and labels of each set
 * follow, and its numbers where it has any. */
struct notice {
	uint64_t count[SETS], numbered[SETS];
	struct digest part[DATA_PARTS];
};

const char *data_place(const struct trainer *t)
{
	return t->options->data != NULL ? t->options->data : t->model->job->data.directory;
}

static int data_read(struct trainer *t, struct err *err)
{
	const struct job *job = t->model->job;
	const char *directory = data_place(t);
	if (dataset_read(&t->train, job->data.format, directory, DATA_TRAIN, job->input, job->output.classes, err) != 0)
		return -1;
	memcpy(t->model->background, t->train.background, sizeof t->model->background);
	if (dataset_read(&t->test, job->data.format, directory, DATA_TEST, job->input, job->output.classes, err) != 0)
		return -1;
	if (model_names_adopt(t->model, &t->train.names, directory, err) != 0)
		return -1;
	if (job->data.validation == 0)
		return 0;
	return dataset_split(&t->train, job->train.seed, job->data.validation, &t->validation, err);
}

/* ---- Once per node ----------------------------------------------------------------------------------------------- */

static size_t lines(size_t bytes)
{
	return (bytes + LINE - 1) / LINE * LINE;
}

static size_t set_bytes(const struct dataset *set)
{
	size_t numbers = set->number != NULL ? set->count : 0;
	return lines(set->count * shape_size(set->shape)) + lines(set->count) + lines(numbers * sizeof *set->number);
}

bool data_is_common(const struct trainer *t)
{
	struct err different = {0};
	const char *place = data_place(t) != NULL ? data_place(t) : ""; /* DATA_MEMORY, which reading refuses */
	char *real = realpath(place, NULL);
	const char *text = real != NULL ? real : place;
	struct digest digest = digest_of(text, strlen(text));
	free(real);
	return comm_same(t->comm, "the directory", &digest, EX_DATAERR, &different) == 0;
}

/* Points a set to its place in the memory of the node, to which the rank that has read it moves it. The place behind it
 * is returned. */
static uint8_t *set_place(struct dataset *set, uint8_t *at, bool numbered, bool move)
{
	size_t pixels = set->count * shape_size(set->shape), numbers = numbered ? set->count * sizeof *set->number : 0;
	uint8_t *labels = at + lines(pixels), *number = labels + lines(set->count);
	if (move && set->count > 0) {
		memcpy(at, set->pixels, pixels);
		memcpy(labels, set->labels, set->count);
		if (numbered)
			memcpy(number, set->number, numbers);
		free(set->pixels);
		free(set->labels);
		free((void *)set->number);
	}
	set->pixels = at;
	set->labels = labels;
	set->number = numbered ? (const uint32_t *)number : NULL;
	set->borrowed = true;
	return number + lines(numbers);
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
	for (size_t i = 0; leader && i < SETS; i++) {
		notice->count[i] = set[i]->count;
		notice->numbered[i] = set[i]->number != NULL;
	}
	int code = leader ? 0 : shared_wait(t->memory, err);
	uint8_t *at = (uint8_t *)notice + lines(sizeof *notice);
	for (size_t i = 0; i < SETS; i++) {
		if (!leader)
			*set[i] = (struct dataset){.shape = job->input, .classes = job->output.classes, .count = notice->count[i]};
		at = set_place(set[i], at, notice->numbered[i] != 0, leader);
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

static int data_digest(const struct trainer *t, struct digest part[DATA_PARTS], struct err *err)
{
	int code = dataset_digest(&t->train, &t->validation, t->model->job->train.seed, &part[DATA_TRAIN], err);
	return code == 0 ? dataset_digest(&t->test, NULL, 0, &part[DATA_TEST], err) : -1;
}

/* What is measured of the data; the digests once per node, by its last rank. */
static int data_measure(struct trainer *t, struct digest part[DATA_PARTS], struct err *err)
{
	const struct job *job = t->model->job;
	bool last = comm_node_rank(t->comm) + 1 == comm_node_ranks(t->comm);
	struct notice *notice = t->memory != NULL ? shared_part(t->memory, 0) : NULL;
	int code = 0;
	if (notice == NULL || last)
		code = data_digest(t, part, err);
	if (notice != NULL && last)
		memcpy(notice->part, part, sizeof notice->part);
	if (normalization_measure(&t->model->normalization, job->data.normalize, &t->train, err) != 0)
		code = -1;
	if (notice != NULL && shared_wait(t->memory, err) != 0)
		return -1;
	if (notice != NULL)
		memcpy(part, notice->part, sizeof notice->part);
	return code;
}

/* That a checkpoint's run had the same data, in the same order. */
static int data_continues(struct trainer *t, const struct data_facts *facts, struct err *err)
{
	static const char *const names[DATA_PARTS] = {"training", "test"};
	struct model *model = t->model;
	for (size_t p = 0; p < DATA_PARTS; p++) {
		char text[DIGEST_TEXT];
		digest_text(&facts->part[p], text);
		/* A program that has no test set leaves none in its checkpoints. */
		if (model->step > 0 && model->data[p][0] != 0 && strcmp(text, model->data[p]) != 0)
			return err_set(err, EX_DATAERR, "%s: not the data that the checkpoint was trained on: the %s set is "
			               "another%s%s", data_place(t), names[p], t->earlier_place != NULL ? "; its run had " : "",
			               t->earlier_place != NULL ? t->earlier_place : "");
		memcpy(model->data[p], text, sizeof text);
	}
	if (model->step > 0 && (model->window != facts->window || model->span != facts->span))
		return err_set(err, EX_DATAERR, "%s: comes in windows of %llu samples and chunks of %llu, the checkpoint's run "
		               "had %llu and %llu: the order would be another", data_place(t),
		               (unsigned long long)facts->window, (unsigned long long)facts->span,
		               (unsigned long long)model->window, (unsigned long long)model->span);
	model->window = facts->window;
	model->span = facts->span;
	return 0;
}

/* Puts another place of the data into the job. */
static int place_change(struct trainer *t, const char *place, struct err *err)
{
	struct job *job = t->model->job;
	char *text = job_edit(job->source, job->text, job->data.format == DATA_HDF5 ? "data.file" : "data.directory", place,
	                      err);
	struct job *placed = text != NULL ? job_parse(job->source, text, err) : NULL;
	free(text);
	if (placed == NULL)
		return -1;
	placed->edited = job->edited;
	job_destroy(job);
	t->model->job = placed;
	return 0;
}

/* The job in checkpoints tells where the data were, as an absolute path. One that the job has already stays as it is
 * written there, so that the bytes are those of a run without --data. */
static int place_remember(struct trainer *t, struct err *err)
{
	const char *given = t->options->data, *own = t->model->job->data.directory;
	char *real = given != NULL ? realpath(given, NULL) : NULL;
	const char *place = real != NULL ? real : given;
	int code = place == NULL || (own != NULL && strcmp(place, own) == 0) ? 0 : place_change(t, place, err);
	free(real);
	return code;
}

static void test_set_compare(const struct trainer *t, const struct data_facts *facts)
{
	const struct train_listener *listener = &t->options->listener;
	if (memcmp(&facts->part[DATA_TRAIN], &facts->part[DATA_TEST], sizeof *facts->part) == 0 &&
	    comm_rank(t->comm) == 0 && listener->note != NULL)
		listener->note(listener->context, "the test set is the training set: its error tells nothing of other images");
}

int data_open(struct trainer *t, struct err *err)
{
	struct data_facts facts = {0};
	if (feed_open(t, &facts, err) != 0)
		return -1;
	if (t->feed == NULL &&
	    (data_get(t, err) != 0 || comm_agree(t->comm, data_measure(t, facts.part, err), err) != 0))
		return -1;
	struct digest both = digest_of(&facts, sizeof facts);
	if (comm_same(t->comm, "the data", &both, EX_DATAERR, err) != 0 ||
	    names_broadcast(t->comm, &t->model->names, err) != 0 ||
	    comm_agree(t->comm, data_continues(t, &facts, err), err) != 0)
		return -1;
	test_set_compare(t, &facts);
	return comm_agree(t->comm, place_remember(t, err), err);
}

void data_close(struct trainer *t)
{
	feed_close(t); /* its thread writes to the memory that goes below */
	dataset_free(&t->train);
	dataset_free(&t->test);
	dataset_free(&t->validation);
	shared_destroy(t->memory);
}
