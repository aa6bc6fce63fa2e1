/* convoy verify CKPT…: checksum and content of checkpoints. */
#include "app.h"

struct arguments {
	struct err err; /* first: see app_parse */
	int status;     /* of the first file that is not good */
};

static int verify(const char *path)
{
	struct err err = {0};
	struct model *model = checkpoint_load(path, NULL, &err);
	if (model == NULL)
		return app_fail(&err);
	if (model_counts_epochs(model))
		app_print("%s: good, %s, epoch %zu, step %llu", path, model->job->name, model->records,
		          (unsigned long long)model->step);
	else
		app_print("%s: good, %s, step %llu", path, model->job->name, (unsigned long long)model->step);
	model_destroy(model);
	return 0;
}

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	int status;
	switch (key) {
	case ARGP_KEY_ARG:
		status = verify(value);
		a->status = a->status != 0 ? a->status : status;
		return 0;
	case ARGP_KEY_NO_ARGS:
		err_set(&a->err, EX_USAGE, "verify: which checkpoints? (convoy verify --help)");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {NULL, option_parse, "CKPT...",
		"Checks checkpoints: header, SHA-256 of every byte, and that all arrays are there with the right shapes.\v"
		"Exit status: 0 all good, 65 damaged, 66 missing.", NULL, NULL, NULL};
	struct arguments a = {0};
	return app_parse(&argp, argc, argv, &a, &a.err) != 0 ? app_fail(&a.err) : a.status;
}

const struct command verify_command = {"verify", "checks a checkpoint's checksum and content", run};
