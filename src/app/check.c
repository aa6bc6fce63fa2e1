/* convoy check JOB.yaml: analytic against numeric gradients of the user's own network. */
#include "app.h"

#include <stdlib.h>
#include <string.h>

static const double limit64 = 1e-6, limit32 = 1e-3; /* mathematics, What must hold 3 */

struct arguments {
	struct err err; /* first: see app_parse */
	const char *job;
	uint64_t entries, samples, seed; /* entries, samples: 0 where not given */
	struct edits edits;
};

static const struct argp_option options[] = {
	{"entries", 'n', "N", 0, "Compare at most N entries of each tensor (default 32, fewer for large networks)", 0},
	{"samples", 'm', "N", 0, "Random samples in the mini-batch (default 20, fewer for large networks)", 0},
	{"seed", 's', "N", 0, "Seed of all random numbers (default 1)", 0},
	{"set", 'S', "KEY=VALUE", 0, "Set any scalar of the job file", 0},
	{0},
};

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'n':
		app_number("--entries", value, 1, 1000000, &a->entries, &a->err);
		break;
	case 'm':
		app_number("--samples", value, 1, 10000, &a->samples, &a->err);
		break;
	case 's':
		app_number("--seed", value, 0, INT64_MAX, &a->seed, &a->err);
		break;
	case 'S':
		edits_add(&a->edits, NULL, value, &a->err);
		break;
	case ARGP_KEY_ARG:
		operand_take("check", "job file", value, &a->job, &a->err);
		break;
	case ARGP_KEY_END:
		operand_check("check", "job file", a->job, &a->err);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->err.code == 0 ? 0 : EINVAL;
}

/* Prints a line per tensor; returns how many are too far off. */
static size_t rows_print(const struct net *net, const struct check_row *rows)
{
	enum { WIDTH = 26 };
	size_t bad = 0;
	printf("%-26s %9s %10s %10s %10s\n", "tensor", "entries", "gradient", "float64", "float32");
	for (size_t t = 0; t < net->tensors; t++) {
		const struct check_row *row = &rows[t];
		char name[80], layer[LAYER_NAME];
		if (row->entries == 0)
			continue;
		bool good = row->error64 <= limit64 && row->error32 <= limit32;
		snprintf(name, sizeof name, "%s/%s", layer_name(row->layer, net->layer[row->layer], layer), row->tensor->name);
		if (strlen(name) > WIDTH) /* has a line of its own */
			puts(name);
		printf("%-*s %9zu %10.2e %10.1e %10.1e  %s\n", WIDTH, strlen(name) > WIDTH ? "" : name, row->entries,
		       row->norm, row->error64, row->error32, good ? "good" : "WRONG");
		bad += !good;
	}
	return bad;
}

/* How many rows were compared: those of frozen layers and of running means are not. */
static size_t rows_compared(const struct net *net, const struct check_row *rows)
{
	size_t compared = 0;
	for (size_t t = 0; t < net->tensors; t++)
		compared += rows[t].entries > 0;
	return compared;
}

static struct digest rows_digest(const struct net *net, const struct check_row *rows)
{
	/* Only the numbers: rows hold pointers, which differ between processes. */
	struct digest digest = {{0}};
	for (size_t t = 0; t < net->tensors; t++) {
		const void *parts[] = {&digest, &rows[t].error32, &rows[t].error64, &rows[t].norm};
		const size_t counts[] = {sizeof digest, sizeof(double), sizeof(double), sizeof(double)};
		digest = digest_of_parts(4, parts, counts);
	}
	return digest;
}

/* Entries and samples that were not given: 32 and 20, for a large network as few as make the work bearable. */
static void sizes_choose(struct arguments *a, const struct net *net)
{
	const double most = 2e10; /* multiply-adds of plain loops: about a minute */
	double each = 4 * (double)net->multiply_adds * (double)net->tensors;
	uint64_t samples = a->samples > 0 ? a->samples : 20, entries = a->entries > 0 ? a->entries : 32;
	while (a->entries == 0 && entries > 1 && each * (double)(samples * entries) > most)
		entries /= 2;
	while (a->samples == 0 && samples > 2 && each * (double)(samples * entries) > most)
		samples /= 2;
	a->samples = samples;
	a->entries = entries;
}

static int check(struct arguments *a, struct team *s, struct model *model, size_t *bad, struct err *err)
{
	const struct net *net = model->net;
	sizes_choose(a, net);
	struct check_row *rows = memory_zeroed(net->tensors, sizeof *rows, err);
	int code = rows == NULL ? -1 : net_check(net, s->kernels, a->seed, a->samples, a->entries, rows, err);
	if (comm_agree(s->comm, code, err) == 0) {
		struct digest digest = rows_digest(net, rows);
		code = comm_same(s->comm, "the gradient", &digest, EX_SOFTWARE, err);
		if (code == 0 && comm_rank(s->comm) == 0) {
			*bad = rows_print(net, rows);
			size_t ranks = comm_ranks(s->comm), compared = rows_compared(net, rows);
			if (ranks > 1)
				printf("%zu ranks agree\n", ranks);
			printf("%s: %zu of %zu gradients good (limits %.0e and %.0e)\n", model->job->name,
			       compared - *bad, compared, limit64, limit32);
		}
	} else {
		code = -1;
	}
	free(rows);
	return code;
}

static int run_job(struct arguments *a, struct team *s, size_t *bad, struct err *err)
{
	struct job *job = app_job_read(a->job, &a->edits, err);
	int code = job != NULL ? 0 : -1;
	if (comm_agree(s->comm, code, err) != 0 || train_agree(s->comm, s->kernels, job->text, err) != 0) {
		job_destroy(job);
		return -1;
	}
	struct model *model = model_create(job, err);
	code = comm_agree(s->comm, model != NULL ? 0 : -1, err);
	if (code == 0)
		code = check(a, s, model, bad, err);
	model_destroy(model);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {options, option_parse, "JOB.yaml",
		"Checks the gradients of a job's network: those of back-propagation, in float64 and in float32, against "
		"differences of the loss. Needs no data.\v"
		"The columns are the size of the gradient over the compared entries and the relative error of each "
		"computation. Exit status: 0 all good, 70 some wrong.", NULL, NULL, NULL};
	struct arguments a = {.seed = 1};
	struct team s = {0};
	size_t bad = 0;
	int status = 0;
	if (app_parse(&argp, argc, argv, &a, &a.err) != 0 || team_open(&s, &argc, &argv, &a.err) != 0 ||
	    run_job(&a, &s, &bad, &a.err) != 0)
		status = team_fail(&s, &a.err);
	else if (bad > 0)
		status = EX_SOFTWARE;
	team_close(&s);
	edits_free(&a.edits);
	return status;
}

const struct command check_command = {"check", "checks a network's gradients against differences", run};
