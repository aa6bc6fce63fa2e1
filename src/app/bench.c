/* convoy bench JOB.yaml: how fast a network trains here, and where the time goes. Needs no data. */
#include "app.h"

#include <stdlib.h>
#include <string.h>

struct arguments {
	struct err err; /* first: see app_parse */
	const char *job;
	uint64_t threads; /* 0: the job's */
	double seconds;
	bool json;
	struct edits edits;
};

static const struct argp_option options[] = {
	{"batch", 'b', "N", 0, "Samples of a step, over all ranks (train.batch)", 0},
	{"threads", 't', "N", 0, "Threads of each rank (train.threads)", 0},
	{"seconds", 's', "S", 0, "Measure for about S seconds (default 5)", 0},
	{"json", 'j', NULL, 0, "Print a JSON object instead of a table", 0},
	{"set", 'S', "KEY=VALUE", 0, "Set any scalar of the job file", 0},
	{0},
};

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'b':
		edits_add(&a->edits, "train.batch", value, &a->err);
		break;
	case 't':
		app_number("--threads", value, 1, JOB_THREADS, &a->threads, &a->err);
		break;
	case 's':
		app_real("--seconds", value, 0.1, 3600, &a->seconds, &a->err);
		break;
	case 'j':
		a->json = true;
		break;
	case 'S':
		edits_add(&a->edits, NULL, value, &a->err);
		break;
	case ARGP_KEY_ARG:
		operand_take("bench", "job file", value, &a->job, &a->err);
		break;
	case ARGP_KEY_END:
		operand_check("bench", "job file", a->job, &a->err);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->err.code == 0 ? 0 : EINVAL;
}

/* Billions of operations per second of a layer, its share of the block's sixteen samples given. */
static double layer_speed(const struct bench *b, size_t l)
{
	double seconds = b->layer[l].forward + b->layer[l].backward;
	return seconds > 0 ? b->layer_operations[l] * LANES / seconds * 1e-9 : 0;
}

static void table_print(const struct model *model, const struct bench *b, const char *isa)
{
	const struct net *net = model->net;
	char threads[32] = "";
	if (b->threads > 1)
		snprintf(threads, sizeof threads, " of %zu threads", b->threads);
	printf("%s  %zu rank%s%s  batch %zu  %s  sum %s\n\n", model->job->name, b->ranks, app_plural(b->ranks), threads,
	       b->batch, isa, job_sum_name(model->job->train.sum));
	printf("%12.0f images/s\n", b->images_per_second);
	printf("%12.1f GFLOP/s a core, %.1f%% of the core's peak of %.1f\n",
	       b->images_per_second * b->operations_per_image / (double)(b->ranks * b->threads) * 1e-9,
	       100 * b->fraction_of_peak,
	       b->peak * 1e-9);
	printf("%11.1f%% of the step in the message of the sum, waiting included\n", 100 * b->reducing);
	printf("%11.1f%% of the step in laying out the samples\n", 100 * b->reading);
	if (b->ranks > 1)
		printf("%11.1f%% computing, %.1f%% waiting for other ranks, %.1f%% communicating, mean over the ranks\n",
		       100 * b->computing, 100 * b->waiting, 100 * b->communicating);
	printf("%+11.1f%% step time of sum %s against float\n\n",
	       100 * (b->float_images_per_second / b->images_per_second - 1), job_sum_name(model->job->train.sum));
	printf("%-18s %10s %10s %10s %8s  %s\n", "layer", "forward us", "backward", "GFLOP/s", "of peak", "method");
	for (size_t l = 0; l < net->layers; l++) {
		char name[LAYER_NAME];
		const char *method = net->layer[l]->method;
		printf("%-18s %10.1f %10.1f %10.1f %7.1f%%%s%s\n", layer_name(l, net->layer[l], name),
		       1e6 * b->layer[l].forward, 1e6 * b->layer[l].backward, layer_speed(b, l),
		       100 * layer_speed(b, l) * 1e9 / b->peak, method != NULL ? "  " : "", method != NULL ? method : "");
	}
}

static void json_print(const struct model *model, const struct bench *b, const char *isa)
{
	const struct net *net = model->net;
	printf("{\n  \"images_per_second\": %.1f,\n  \"ranks\": %zu,\n  \"threads\": %zu,\n  \"batch\": %zu,\n",
	       b->images_per_second, b->ranks, b->threads, b->batch);
	printf("  \"flops_per_image\": %.0f,\n  \"peak_gflops_per_rank\": %.3f,\n  \"fraction_of_peak\": %.4f,\n",
	       b->operations_per_image, b->peak * 1e-9, b->fraction_of_peak);
	printf("  \"communication_fraction\": %.4f,\n  \"reading_fraction\": %.4f,\n", b->reducing, b->reading);
	printf("  \"compute_fraction\": %.4f,\n  \"wait_fraction\": %.4f,\n  \"message_fraction\": %.4f,\n", b->computing,
	       b->waiting, b->communicating);
	printf("  \"step_us\": %.2f,\n  \"block_us\": %.2f,\n  \"update_us\": %.2f,\n", 1e6 * b->step_seconds,
	       1e6 * b->block_seconds, 1e6 * b->update_seconds);
	printf("  \"parameters\": %zu,\n  \"tensors\": %zu,\n", net->parameters, net->tensors);
	printf("  \"sum\": \"%s\",\n  \"float_images_per_second\": %.1f,\n  \"isa\": \"%s\",\n  \"layers\": [",
	       job_sum_name(model->job->train.sum), b->float_images_per_second, isa);
	for (size_t l = 0; l < net->layers; l++) {
		char name[LAYER_NAME];
		const char *method = net->layer[l]->method, *quote = method != NULL ? "\"" : "";
		printf("%s\n    {\"name\": \"%s\", \"method\": %s%s%s, \"parameters\": %zu, \"forward_us\": %.2f, "
		       "\"backward_us\": %.2f, \"gflops\": %.2f}", l > 0 ? "," : "", layer_name(l, net->layer[l], name), quote,
		       method != NULL ? method : "null", quote, net->offset[l + 1] - net->offset[l], 1e6 * b->layer[l].forward,
		       1e6 * b->layer[l].backward, layer_speed(b, l));
	}
	printf("\n  ]\n}\n");
}

static int bench(struct arguments *a, struct team *s, struct err *err)
{
	struct job *job = app_job_read(a->job, &a->edits, err);
	if (comm_agree(s->comm, job != NULL ? 0 : -1, err) != 0 || train_agree(s->comm, s->kernels, job->text, err) != 0) {
		job_destroy(job);
		return -1;
	}
	struct model *model = model_create(job, err);
	struct bench result = {0};
	int code = comm_agree(s->comm, model != NULL ? 0 : -1, err);
	if (code == 0)
		code = bench_run(s->comm, s->kernels, model, a->threads, a->seconds, &result, err);
	if (code == 0 && comm_rank(s->comm) == 0)
		(a->json ? json_print : table_print)(model, &result, s->kernels->isa);
	free(result.layer);
	free(result.layer_operations);
	model_destroy(model);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {options, option_parse, "JOB.yaml",
		"Measures how fast a job's network trains: images a second, the share of the core's peak, communication, the "
		"cost of the exact sum, and the time of each layer for a block of sixteen samples. Alone or on many ranks.",
		NULL, NULL, NULL};
	struct arguments a = {.seconds = 5};
	struct team s = {0};
	int status = 0;
	if (app_parse(&argp, argc, argv, &a, &a.err) != 0 || team_open(&s, &argc, &argv, &a.err) != 0 ||
	    bench(&a, &s, &a.err) != 0)
		status = team_fail(&s, &a.err);
	team_close(&s);
	edits_free(&a.edits);
	return status;
}

const struct command bench_command = {"bench", "measures how fast a network trains here", run};
