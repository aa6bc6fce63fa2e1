/* Parameters from a checkpoint of another job: what has the name and the shape comes over, and nothing else. */
#include <convoy/model.h>

#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "store/folder.h"
#include "train/jobs.h"

#define HEAD "name: tiny\ndata: {format: idx, directory: data}\ninput: {maps: 1, rows: 12, columns: 12}\n"
#define TRAIN "loss: softmax-cross-entropy\ntrain: {epochs: 3, batch: 48, rate: 0.05, seed: "

static const char old_text[] = HEAD "output: {classes: 4}\nlayers:\n"
	"  - {type: convolution, maps: 6, kernel: 3}\n"
	"  - {type: batch-norm, activation: relu}\n"
	"  - {type: convolution, maps: 3, kernel: 3, name: body}\n"
	"  - {type: full, units: 4, name: head}\n" TRAIN "1, average: 0.5}\n";

/* Another head, seed and optimizer; `body` stands elsewhere; a layer more. */
static const char new_text[] = HEAD "output: {classes: 7}\nlayers:\n"
	"  - {type: convolution, maps: 6, kernel: 3, frozen: true}\n"
	"  - {type: batch-norm, activation: relu}\n"
	"  - {type: scale}\n"
	"  - {type: convolution, maps: 3, kernel: 3, name: body}\n"
	"  - {type: full, units: 7, name: head}\n" TRAIN "2, optimizer: adam, average: 0.9}\n";

/* A checkpoint whose averaged parameters are others than its parameters. */
static struct model *old_write(const char *text)
{
	struct err err = {0};
	struct image image;
	struct model *model = model_of(text);
	model_scramble(model, 11);
	for (size_t i = 0; model->average != NULL && i < model->net->parameters; i++)
		model->average[i] = model->w[i] + 1;
	assert_int_equal(checkpoint_image(model, &image, &err), 0);
	assert_int_equal(file_write(folder, "old.h5", image.bytes, image.count, &err), 0);
	image_destroy(&image);
	return model;
}

static struct start_options options_of(const char *layers, bool normalization)
{
	static char path[2 * FOLDER_BYTES];
	snprintf(path, sizeof path, "%s/old.h5", folder);
	return (struct start_options){path, layers, normalization};
}

static size_t layer_at(const struct net *net, const char *wanted)
{
	char name[LAYER_NAME];
	size_t l = 0;
	while (strcmp(layer_name(l, net->layer[l], name), wanted) != 0)
		l++;
	return l;
}

static void expect_layer(const char *name, const struct model *a, const float *one, const struct model *b,
                         const float *other, bool same)
{
	size_t l = layer_at(a->net, name), k = layer_at(b->net, name);
	size_t count = a->net->layer[l]->parameters;
	assert_int_equal(count, b->net->layer[k]->parameters);
	assert_int_equal(memcmp(one + a->net->offset[l], other + b->net->offset[k], count * sizeof *one) == 0, same);
}

static struct model *started(const char *text, const char *layers, bool normalization, struct start_report *report)
{
	struct err err = {0};
	struct model *model = model_of(text);
	const struct start_options options = options_of(layers, normalization);
	model_start(model, &options, report, &err);
	assert_string_equal(err.text, "");
	return model;
}

static void expect_refused(const char *text, const char *layers, bool normalization, int code, const char *said)
{
	struct err err = {0};
	struct start_report report;
	struct model *model = model_of(text);
	const struct start_options options = options_of(layers, normalization);
	assert_int_equal(model_start(model, &options, &report, &err), -1);
	if (strstr(err.text, said) == NULL)
		fail_msg("'%s' lacks '%s'", err.text, said);
	assert_int_equal(err.code, code);
	assert_int_equal(model->start.count, 0);
	model_destroy(model);
}

static void what_matches_comes_over(void **state)
{
	(void)state;
	struct start_report report;
	struct model *old = old_write(old_text), *fresh = model_of(new_text);
	struct model *new = started(new_text, NULL, false, &report);
	static const char *const taken[] = {"01-convolution", "02-batch-norm", "body"}, *const drawn[] = {"03-scale", "head"};
	for (size_t i = 0; i < 3; i++) {
		expect_layer(taken[i], new, new->w, old, old->average, true);
		expect_layer(taken[i], new, new->average, old, old->average, true);
	}
	for (size_t i = 0; i < 2; i++)
		expect_layer(drawn[i], new, new->w, fresh, fresh->w, true);
	assert_memory_equal(new->average, new->w, new->net->parameters * sizeof *new->w);
	assert_true(new->step == 0 && new->records == 0 && new->normalization.mean[0] == fresh->normalization.mean[0]);
	assert_non_null(strstr(report.line[0], "start: 8 arrays taken from "));
	assert_non_null(strstr(report.line[0], "old.h5, 2 drawn anew: 03-scale/gamma, 03-scale/biases"));
	assert_string_equal(report.line[1], "start: 2 drawn anew, as they differ: head/weights is 4×192 there, 7×192 "
	                    "here, head/biases is 4 there, 7 here");
	assert_int_equal(new->start.count, 9);
	char text[DIGEST_TEXT];
	struct digest digest;
	struct err err = {0};
	assert_int_equal(digest_of_file(in_folder(folder, "old.h5"), &digest, &err), 0);
	digest_text(&digest, text);
	assert_string_equal(new->start.name[0], text);
	assert_true(model_started_with(new, "/layers/body/kernels") && !model_started_with(new, "/layers/head/biases"));
	assert_false(model_started_with(new, text));
	model_destroy(old);
	model_destroy(new);
	model_destroy(fresh);
}

static void layers_can_be_chosen(void **state)
{
	(void)state;
	struct start_report report;
	struct model *old = old_write(old_text), *fresh = model_of(new_text);
	struct model *new = started(new_text, "body,02-batch-norm", true, &report);
	expect_layer("body", new, new->w, old, old->average, true);
	expect_layer("02-batch-norm", new, new->w, old, old->average, true);
	expect_layer("01-convolution", new, new->w, fresh, fresh->w, true);
	assert_true(new->normalization.mean[0] == old->normalization.mean[0]);
	assert_true(new->normalization.deviation[0] == old->normalization.deviation[0]);
	assert_true(model_started_with(new, "/normalization/mean"));
	assert_non_null(strstr(report.line[0], "start: 6 arrays taken"));
	assert_string_equal(report.line[1], "");
	expect_refused(new_text, "body,tail", false, EX_USAGE, "the job has no layer 'tail'; with parameters it has 01-");
	expect_refused(new_text, "", false, EX_USAGE, "the job has no layer ''");
	expect_refused(new_text, "body,head", false, EX_DATAERR,
	               "layer head, which --layers names, cannot be taken: head/weights is 4×192 there, 7×192 here");
	expect_refused(new_text, "03-scale", false, EX_DATAERR, "cannot be taken: it has no 03-scale/gamma");
	model_destroy(old);
	model_destroy(new);
	model_destroy(fresh);
}

#define TABLE(list) \
	HEAD "output: {classes: 4}\nlayers:\n" \
	"  - {type: convolution, maps: 2, kernel: 3}\n" \
	"  - {type: convolution, maps: 2, kernel: 3, connections: " list "}\n" \
	"  - {type: full, units: 4}\n" TRAIN "3}\n"

/* Zeros stand for pairs that are not connected: these can become connected, but no number may be lost. */
static void connections_lose_nothing(void **state)
{
	(void)state;
	struct start_report report;
	struct model *old = old_write(TABLE("[[0], [0, 1]]")), *wide = started(TABLE("full"), NULL, false, &report);
	const float *w = wide->w + wide->net->offset[1];
	assert_true(w[9] == 0 && w[17] == 0 && w[0] == old->w[old->net->offset[1]]);
	assert_string_equal(report.line[1], "");
	model_destroy(wide);
	struct model *narrow = started(TABLE("[[0], [1]]"), NULL, false, &report);
	assert_string_equal(report.line[1],
	                    "start: 1 drawn anew, as they differ: 02-convolution/kernels connects other maps there");
	model_destroy(narrow);
	model_destroy(old);
}

static void nothing_in_common_is_an_error(void **state)
{
	(void)state;
	model_destroy(old_write(old_text));
	const char other[] = HEAD "output: {classes: 5}\nlayers:\n  - {type: full, units: 9}\n  - {type: full, units: 5}\n"
		TRAIN "1}\n";
	const char three[] = "name: rgb\ndata: {format: idx, directory: data}\ninput: {maps: 3, rows: 12, columns: 12}\n"
		"output: {classes: 4}\nlayers:\n  - {type: convolution, maps: 6, kernel: 3}\n  - {type: full, units: 4}\n"
		TRAIN "1}\n";
	expect_refused(other, NULL, false, EX_DATAERR, "none of its arrays fits the job's, such as /layers/01-full/weights");
	expect_refused(three, NULL, true, EX_DATAERR,
	               "/normalization/mean has 1 numbers, the job's inputs have 3 maps");
	assert_int_equal(remove(in_folder(folder, "old.h5")), 0);
	expect_refused(other, NULL, false, EX_NOINPUT, "old.h5: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(what_matches_comes_over),
		IN_FOLDER(layers_can_be_chosen),
		IN_FOLDER(connections_lose_nothing),
		IN_FOLDER(nothing_in_common_is_an_error),
	};
	return cmocka_run_group_tests_name("start", tests, NULL, NULL);
}
