/* convoy eval CKPT: loss, error, confusion and per-class rates on the test set. */
#include "app.h"

#include <stdlib.h>
#include <string.h>

struct arguments {
	struct err err; /* first: see app_parse */
	const char *checkpoint, *data;
};

static const struct argp_option options[] = {
	{"data", 'd', "DIR", 0, "Read the data set from DIR", 0},
	{0},
};

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'd':
		a->data = value;
		return 0;
	case ARGP_KEY_ARG:
		if (a->checkpoint != NULL)
			err_set(&a->err, EX_USAGE, "eval: one checkpoint at a time, not also '%s'", value);
		a->checkpoint = value;
		return a->err.code == 0 ? 0 : EINVAL;
	case ARGP_KEY_END:
		if (a->checkpoint == NULL)
			err_set(&a->err, EX_USAGE, "eval: which checkpoint? (convoy eval --help)");
		return a->err.code == 0 ? 0 : EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void class_name(const struct job *job, size_t k, int width, char text[64])
{
	if (job->data.class_names > 0)
		snprintf(text, 64, "%-*.*s", width, width, job->data.names[k]);
	else
		snprintf(text, 64, "%-*zu", width, k);
}

/* Share of a row or column that lies on the diagonal, in percent. */
static void rates_print(const struct job *job, const int64_t *confusion)
{
	size_t classes = job->classes;
	printf("\n%-16s %9s %9s %9s\n", "class", "samples", "recall", "precision");
	for (size_t k = 0; k < classes; k++) {
		char name[64];
		int64_t row = 0, column = 0, hit = confusion[k * classes + k];
		for (size_t i = 0; i < classes; i++) {
			row += confusion[k * classes + i];
			column += confusion[i * classes + k];
		}
		class_name(job, k, 16, name);
		printf("%s %9lld %8.2f%% %8.2f%%\n", name, (long long)row, row > 0 ? 100 * (double)hit / (double)row : 0,
		       column > 0 ? 100 * (double)hit / (double)column : 0);
	}
}

static void confusion_print(const struct job *job, const int64_t *confusion)
{
	enum { MOST = 12 }; /* columns that fit a terminal */
	size_t classes = job->classes;
	if (classes > MOST)
		return;
	printf("\nconfusion (rows: true class, columns: guess)\n%-12s", "");
	for (size_t k = 0; k < classes; k++)
		printf(" %5zu", k);
	for (size_t r = 0; r < classes; r++) {
		char name[64];
		class_name(job, r, 9, name);
		printf("\n%2zu %s", r, name);
		for (size_t k = 0; k < classes; k++)
			printf(" %5lld", (long long)confusion[r * classes + k]);
	}
	putchar('\n');
}

static int model_open(struct team *s, const char *path, struct model **model, struct err *err)
{
	*model = comm_rank(s->comm) == 0 ? checkpoint_load(path, NULL, err) : NULL;
	int code = comm_rank(s->comm) == 0 && *model == NULL ? -1 : 0;
	if (comm_agree(s->comm, code, err) != 0)
		return -1;
	return model_share(s->comm, model, err);
}

static int evaluate_model(struct arguments *a, struct team *s, struct model *model, struct err *err)
{
	const struct job *job = model->job;
	struct dataset test = {0};
	const char *directory = a->data != NULL ? a->data : job->data.directory;
	int code = dataset_read(&test, job->data.format, directory, DATA_TEST, job->input, job->classes, err);
	struct evaluation result = {.confusion = model->confusion};
	code = comm_agree(s->comm, code, err);
	if (code == 0)
		code = evaluate(s->comm, s->kernels, model, &test, &result, err);
	if (code == 0 && comm_rank(s->comm) == 0) {
		char samples[THOUSANDS];
		printf("%s  step %llu  %s test samples  loss %.4f  error %.2f%% (%lld wrong)\n", job->name,
		       (unsigned long long)model->step, app_thousands(result.samples, samples), result.loss,
		       result.samples > 0 ? 100 * (double)result.errors / (double)result.samples : 0, (long long)result.errors);
		rates_print(job, result.confusion);
		confusion_print(job, result.confusion);
	}
	dataset_free(&test);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {options, option_parse, "CKPT",
		"Evaluates a checkpoint on the test set: loss, error, rates per class, confusion matrix. Alone or on many "
		"ranks.", NULL, NULL, NULL};
	struct arguments a = {0};
	struct team s = {0};
	struct model *model = NULL;
	int status = 0;
	if (app_parse(&argp, argc, argv, &a, &a.err) != 0 || team_open(&s, &argc, &argv, &a.err) != 0 ||
	    comm_watch(s.comm, STALL_SECONDS, app_drop, &a.err) != 0 ||
	    model_open(&s, a.checkpoint, &model, &a.err) != 0 || evaluate_model(&a, &s, model, &a.err) != 0)
		status = app_fail(&a.err);
	model_destroy(model);
	team_close(&s);
	return status;
}

const struct command eval_command = {"eval", "evaluates a checkpoint on the test set", run, false};
