/* From text to struct job: the rows fill it, what keys say together is checked; reading files; freeing. */
#include "job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- What keys say together ------------------------------------------------------------------------------------- */

static bool given(const struct tree *tree, const char *key)
{
	return tree_find(tree, key) != NULL;
}

/* Returns whether some optimizer takes the key and this one does not. */
static bool key_foreign(enum optimizer optimizer, const char *key)
{
	bool taken = false;
	for (size_t o = 0; o < OPTIMIZERS; o++)
		taken |= optimizer_takes((enum optimizer)o, key);
	return taken && !optimizer_takes(optimizer, key);
}

/* Returns whether the key says 0 or false, so that it changes nothing for any optimizer. */
static bool key_off(const struct job *job, const struct key *row)
{
	const char *member = (const char *)job + row->at;
	if (row->type == KEY_REAL)
		return *(const double *)member == 0;
	for (size_t i = 0; i < row->size; i++)
		if (member[i] != 0)
			return false;
	return true;
}

/* A key that the optimizer does not know would be left aside without a word. */
static int optimizer_check(struct job *job, const struct tree *tree, struct err *err)
{
	enum optimizer optimizer = job->train.optimizer.kind;
	const yaml_node_t *train = tree_find(tree, "train");
	for (const struct key *row = key_named(job_keys, "train", strlen("train"))->rows; row->name != NULL; row++) {
		const yaml_node_t *node = tree_value(tree, train, row->name, strlen(row->name));
		if (node != NULL && key_foreign(optimizer, row->name) && !key_off(job, row))
			return tree_error(tree, node, err, "train.%s is not used by optimizer: %s", row->name,
			                  optimizer_name(optimizer));
	}
	if (optimizer_type(optimizer)->beta2 > 0 && !given(tree, "train.beta2"))
		job->train.optimizer.beta2 = optimizer_type(optimizer)->beta2;
	if (optimizer_type(optimizer)->epsilon > 0 && !given(tree, "train.epsilon"))
		job->train.optimizer.epsilon = optimizer_type(optimizer)->epsilon;
	return 0;
}

static int slopes_check(const struct job *job, const struct tree *tree, struct err *err)
{
	for (size_t l = 0; l < job->layers; l++) {
		char path[64];
		snprintf(path, sizeof path, "layers[%zu].slope", l);
		enum activation f = job->layer[l]->activation;
		if (f != ACTIVATION_LEAKY_RELU && given(tree, path))
			return tree_error(tree, tree_find(tree, path), err, "%s is not used by activation: %s", path,
			                  activation_name(f));
	}
	return 0;
}

/* A sample that is a mixture of two needs a class, and another one to mix it with. */
static int mixup_check(const struct job *job, const struct tree *tree, struct err *err)
{
	const yaml_node_t *node = tree_find(tree, "train.mixup");
	if (job->train.mixup == 0)
		return 0;
	if (job->output.task != TASK_CLASSES)
		return tree_error(tree, node, err, "train.mixup is for output.classes, the job has output.%s",
		                  task_name(job->output.task));
	if (job->train.batch < 2)
		return tree_error(tree, node, err, "train.mixup mixes the samples of a batch: train.batch must be 2 or more");
	if (given(tree, "data.weights") || given(tree, "data.train.weights"))
		return tree_error(tree, node, err, "train.mixup is not for samples with weights (data.weights)");
	return 0;
}

/* What two keys say together. */
static int agreement_check(struct job *job, const struct tree *tree, struct err *err)
{
	if (data_check(job, tree, err) != 0 || output_check(job, tree, err) != 0 || slopes_check(job, tree, err) != 0)
		return -1;
	if (job->train.schedule == SCHEDULE_STEP && !given(tree, "train.every"))
		return tree_error(tree, tree_find(tree, "train"), err,
		                  "train lacks the key 'every', which schedule: step needs");
	if (job->train.patience > 0 && job->data.validation == 0)
		return tree_error(tree, tree_find(tree, "train.patience"), err,
		                  "train.patience needs data.validation: the test set must not choose when to stop");
	return mixup_check(job, tree, err) == 0 ? optimizer_check(job, tree, err) : -1;
}

/* Notes the line of each layer, for messages about two of them. */
static void layers_place(const struct tree *tree, struct job *job)
{
	const yaml_node_t *list = tree_find(tree, "layers");
	for (size_t l = 0; list != NULL && l < job->layers; l++) {
		const yaml_node_t *node = tree_child(tree, list, &(struct step){.index = l});
		job->layer[l]->line = node != NULL ? node->start_mark.line + 1 : 0;
	}
}

struct job *job_parse(const char *source, const char *text, struct err *err)
{
	struct tree tree;
	text = text_behind_mark(text);
	if (tree_load(&tree, source, text, err) != 0)
		return NULL;

	int status = -1;
	struct job *job = memory_zeroed(1, sizeof *job, err);
	if (job == NULL || keys_read(&tree, job, err) != 0)
		goto out;
	job->source = memory_text(source, err);
	job->text = memory_text(text, err);
	if (job->source == NULL || job->text == NULL)
		goto out;
	layers_place(&tree, job);
	status = agreement_check(job, &tree, err);
out:
	tree_free(&tree);
	if (status != 0) {
		job_destroy(job);
		job = NULL;
	}
	return job;
}

void job_destroy(struct job *job)
{
	if (job == NULL)
		return;
	for (size_t i = 0; i < job->layers; i++)
		layer_spec_destroy(job->layer[i]);
	for (size_t i = 0; i < job->output.named; i++)
		free(job->output.names[i]);
	for (size_t i = 0; i < job->output.united; i++)
		free(job->output.units[i]);
	free(job->layer);
	free(job->output.names);
	free(job->output.units);
	free(job->output.weights.entry);
	free(job->data.scale.entry);
	free(job->data.offset.entry);
	free(job->data.directory);
	free(job->data.file);
	free(job->data.inputs);
	free(job->data.targets);
	free(job->data.weights);
	for (size_t p = 0; p < DATA_PARTS; p++) {
		free(job->data.part[p].inputs);
		free(job->data.part[p].targets);
		free(job->data.part[p].weights);
		free(job->data.part[p].file);
	}
	free(job->name);
	free(job->text);
	free(job->source);
	free(job);
}

/* ---- Files ------------------------------------------------------------------------------------------------------ */

static char *text_read(const char *path, struct err *err)
{
	int status = -1;
	size_t count = 0;
	FILE *file = fopen(path, "r");
	char *text = file == NULL ? NULL : memory_zeroed(JOB_BYTES + 2, 1, err);
	if (file == NULL)
		err_set(err, EX_NOINPUT, "%s: %s", path, strerror(errno));
	if (text == NULL)
		goto out;

	count = fread(text, 1, JOB_BYTES + 1, file);
	if (ferror(file)) {
		err_set(err, EX_IOERR, "%s: %s", path, strerror(errno));
		goto out;
	}
	if (count > JOB_BYTES) {
		err_set(err, EX_CONFIG, "%s: larger than %d bytes, which no job file is", path, JOB_BYTES);
		goto out;
	}
	if (strlen(text) != count) {
		err_set(err, EX_CONFIG, "%s: a NUL byte at offset %zu, a job file is text", path, strlen(text));
		goto out;
	}
	const char *behind = text_behind_mark(text); /* places and edits begin there too */
	memmove(text, behind, strlen(behind) + 1);
	status = 0;
out:
	if (file != NULL)
		fclose(file);
	if (status != 0) {
		free(text);
		text = NULL;
	}
	return text;
}

/* Replaces *text by the text with "KEY=VALUE" applied. */
static int edit_apply(const char *path, char **text, const char *edit, struct err *err)
{
	const char *equals = strchr(edit, '=');
	if (equals == NULL || equals == edit)
		return err_set(err, EX_USAGE, "'%s' is not KEY=VALUE", edit);
	char *key = memory_text(edit, err);
	if (key == NULL)
		return -1;
	key[equals - edit] = 0;
	char *edited = job_edit(path, *text, key, equals + 1, err);
	free(key);
	if (edited == NULL)
		return -1;
	free(*text);
	*text = edited;
	return 0;
}

/* The place of the error may stand in no line of the file. */
static void edited_say(struct err *err)
{
	struct err old = *err;
	err->code = 0;
	err_set(err, old.code, "%s (with --set applied)", old.text);
}

struct job *job_read(const char *path, size_t edits, const char *const *edit, struct err *err)
{
	struct job *job = NULL;
	char *text = text_read(path, err);
	if (text == NULL)
		return NULL;
	for (size_t i = 0; i < edits; i++) {
		if (edit_apply(path, &text, edit[i], err) != 0)
			goto out;
	}
	job = job_parse(path, text, err);
	if (job == NULL && edits > 0)
		edited_say(err);
	else if (job != NULL)
		job->edited = edits > 0;
out:
	free(text);
	return job;
}

/* ---- Places ----------------------------------------------------------------------------------------------------- */

int place_prefix(const struct job *job, const char *path, const char *above, struct err *err)
{
	struct tree tree;
	struct err unheard = {0}; /* the text has been parsed before: only memory can be short */
	if (job->edited)
		edited_say(err);
	if (tree_load(&tree, job->source, job->text, &unheard) != 0)
		return err_prefix(err, "%s", job->source);
	const yaml_node_t *node = tree_find(&tree, path);
	if (node == NULL)
		node = tree_find(&tree, above);
	if (node == NULL)
		err_prefix(err, "%s", job->source);
	else
		err_prefix(err, "%s:%zu:%zu", job->source, node->start_mark.line + 1, node->start_mark.column + 1);
	tree_free(&tree);
	return -1;
}

int job_place(const struct job *job, size_t layer, const char *key, struct err *err)
{
	char path[128], above[64];
	snprintf(above, sizeof above, "layers[%zu]", layer);
	snprintf(path, sizeof path, "%s%s%s", above, key == NULL ? "" : ".", key == NULL ? "" : key);
	return place_prefix(job, path, above, err);
}

int job_place_key(const struct job *job, const char *key, struct err *err)
{
	return place_prefix(job, key, "name", err);
}

int job_place_class(const struct job *job, size_t class, struct err *err)
{
	char path[64];
	snprintf(path, sizeof path, "output.names[%zu]", class);
	return place_prefix(job, path, "output.names", err);
}
