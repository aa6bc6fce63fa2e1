/* convoy eval CKPT: loss and measures of the task on the test set; for classes the confusion, rates of each class, and
 * the samples that were guessed wrong. */
#include "measures.h"
#include "worst.h"

#include <stdlib.h>
#include <string.h>

struct arguments {
	struct err err; /* first: see app_parse */
	const char *checkpoint, *data, *wrong, *worst;
	uint64_t top;
	bool json;
};

static const struct argp_option options[] = {
	{"data", 'd', "DIR", 0, "Read the data set from DIR", 0},
	{"top", 't', "K", 0, "Also print the share of samples whose class is not among the K largest outputs", 0},
	{"wrong", 'w', "FILE.csv", 0, "Write the samples that were guessed wrong into FILE.csv; of maps those with wrong "
	 "positions, most first", 0},
	{"worst", 'W', "FILE.csv", 0, "Write the values or labels into FILE.csv, those with the largest errors first", 0},
	{"json", 'j', NULL, 0, "Print a JSON object instead of tables", 0},
	{0},
};

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'd':
		a->data = value;
		return 0;
	case 't':
		return app_number("--top", value, 1, JOB_OUTPUTS, &a->top, &a->err) == 0 ? 0 : EINVAL;
	case 'w':
		a->wrong = value;
		return 0;
	case 'W':
		a->worst = value;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case ARGP_KEY_ARG:
		operand_take("eval", "checkpoint", value, &a->checkpoint, &a->err);
		return a->err.code == 0 ? 0 : EINVAL;
	case ARGP_KEY_END:
		operand_check("eval", "checkpoint", a->checkpoint, &a->err);
		return a->err.code == 0 ? 0 : EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The share of the samples, or of the positions of maps. */
static double share(int64_t errors, const struct evaluation *e, const struct task_spec *task)
{
	return e->samples > 0 ? (double)errors / ((double)e->samples * (double)task->positions) : 0;
}

/* The measures of a task: a table, and a list of JSON. */
static const struct {
	void (*table)(const struct model *model, const struct evaluation *e);
	void (*json)(const struct model *model, const struct evaluation *e);
} printers[TASKS] = {
	[TASK_CLASSES] = {classes_print, classes_json},
	[TASK_VALUES] = {values_print, values_json},
	[TASK_LABELS] = {labels_print, labels_json},
};

static void tables_print(const struct model *model, const struct test_set *test, const struct evaluation *e)
{
	const struct task_spec *task = &model->net->task;
	const struct measure *measure = task_measure(task->task);
	char samples[THOUSANDS], measured[MEASURE_TEXT], loss[MEASURE_TEXT];
	printf("%s  step %llu  %s test samples  loss %s  ", model->job->name, (unsigned long long)model->step,
	       text_thousands(e->samples, samples), loss_text(measure, e->loss, loss));
	if (task->task == TASK_CLASSES)
		printf("error %.2f%% (%lld wrong%s)\n", 100 * totals_measure(&e->totals, task), (long long)e->errors,
		       task->positions > 1 ? " positions" : "");
	else
		printf("%s %s\n", measure->title, measure_text(measure, totals_measure(&e->totals, task), measured));
	if (e->top > 0)
		printf("not among the %zu largest outputs: %.2f%% (%lld)\n", e->top, 100 * share(e->top_errors, e, task),
		       (long long)e->top_errors);
	app_print("data %s%s", test->place, test->own ? ", the run's test set" : "");
	printers[task->task].table(model, e);
}

static void json_print(const struct model *model, const struct test_set *test, const struct evaluation *e)
{
	const struct task_spec *task = &model->net->task;
	printf("{\n  \"step\": %llu,\n  \"task\": \"%s\",\n  \"samples\": %zu,\n  \"loss\": %.9g,\n  \"%s\": %.9g,\n",
	       (unsigned long long)model->step, task_name(task->task), e->samples, e->loss,
	       task_measure(task->task)->name, totals_measure(&e->totals, task));
	if (e->top > 0)
		printf("  \"top\": %zu,\n  \"top_error\": %.9g,\n", e->top, share(e->top_errors, e, task));
	fputs("  \"data\": ", stdout);
	json_text(stdout, test->place);
	printf(",\n  \"data_sha256\": \"%s\",\n  \"data_of_run\": %s", test->digest,
	       model->data[DATA_TEST][0] == 0 ? "null" : test->own ? "true" : "false");
	printers[task->task].json(model, e);
	printf("\n}\n");
}

/* A row for each sample that was guessed wrong. */
static int wrong_classes(FILE *file, const struct dataset *test, const struct evaluation *e, struct err *err)
{
	(void)err; /* nothing can fail */
	fputs("index,class,guess,score\n", file);
	for (size_t i = 0; i < e->samples; i++) {
		float score;
		size_t guess = evaluation_guess(e, i, &score);
		if (guess != dataset_class(test, i))
			fprintf(file, "%zu,%zu,%zu,%.9g\n", i, dataset_class(test, i), guess, (double)score);
	}
	return 0;
}

struct wrong_map {
	size_t sample, wrong;
};

/* More wrong positions first, of as many the lower number. */
static int wrong_compare(const void *a, const void *b)
{
	const struct wrong_map *x = a, *y = b;
	return x->wrong != y->wrong ? (x->wrong < y->wrong) - (x->wrong > y->wrong)
	                            : (x->sample > y->sample) - (x->sample < y->sample);
}

/* A row for each map with wrong positions, those with most of them first. */
static int wrong_maps(FILE *file, const struct dataset *test, const struct evaluation *e, struct err *err)
{
	size_t count = 0, positions = test->array[DATA_TARGETS].each;
	struct wrong_map *map = memory_zeroed(e->samples, sizeof *map, err);
	if (map == NULL)
		return -1;
	for (size_t i = 0; i < e->samples; i++) {
		map[count] = (struct wrong_map){i, evaluation_wrong(e, i)};
		count += map[count].wrong > 0;
	}
	qsort(map, count, sizeof *map, wrong_compare);
	fputs("index,wrong,error\n", file);
	for (size_t i = 0; i < count; i++)
		fprintf(file, "%zu,%zu,%.9g\n", map[i].sample, map[i].wrong, (double)map[i].wrong / (double)positions);
	free(map);
	return 0;
}

static int wrong_write(const char *path, const struct dataset *test, const struct evaluation *e, struct err *err)
{
	struct memory_stream out;
	size_t length;
	if (memory_stream_open(&out, err) != 0)
		return -1;
	int rows = (dataset_has_classes(test) ? wrong_classes : wrong_maps)(out.file, test, e, err);
	char *text = memory_stream_close(&out, &length, err);
	int code = text != NULL && rows == 0 ? app_write(path, text, length, err) : -1;
	free(text);
	return code;
}

/* Checks the options that not every task takes. */
static int options_check(const struct arguments *a, const struct model *model, struct err *err)
{
	const char *file = a->wrong != NULL ? a->wrong : a->worst;
	bool classes = model->net->task.task == TASK_CLASSES;
	const char *task = task_name(model->net->task.task);
	if (!classes && a->top > 0)
		return err_set(err, EX_USAGE, "--top: the network is for %s, not classes", task);
	if (!classes && a->wrong != NULL)
		return err_set(err, EX_USAGE, "--wrong: the network is for %s, not classes: write --worst=FILE.csv, which has "
		               "their largest errors first", task);
	if (classes && a->worst != NULL)
		return err_set(err, EX_USAGE, "--worst: the network is for classes: write --wrong=FILE.csv, which has the "
		               "samples that are guessed wrong");
	if (a->top > model->job->output.count)
		return err_set(err, EX_USAGE, "--top: %llu is more than the network's %zu classes", (unsigned long long)a->top,
		               model->job->output.count);
	return file != NULL ? app_may_write(file, false, err) : 0;
}

/* The same on all ranks. Collective. */
static int test_open(struct test_set *test, const struct arguments *a, struct team *s, const struct model *model,
                     struct err *err)
{
	int code = options_check(a, model, err);
	if (code == 0)
		code = test_set_read(test, model, a->data, err);
	if (comm_agree(s->comm, code, err) != 0)
		return -1;
	const struct digest digest = digest_of(test->digest, sizeof test->digest);
	if (comm_same(s->comm, "the test set", &digest, EX_DATAERR, err) != 0)
		return -1;
	if (comm_rank(s->comm) == 0 && test->remark[0] != 0)
		app_say(test->remark);
	if (comm_rank(s->comm) == 0 && test->set.left_out > 0) {
		char text[512];
		text_fit(text, sizeof text, "%s: left out for missing numbers: %zu samples", test->place, test->set.left_out);
		app_say(text);
	}
	return 0;
}

/* Memory for the sums of values or labels. */
static int sums_open(struct evaluation *e, const struct task_spec *task, struct err *err)
{
	if (task->task == TASK_VALUES) {
		e->value = memory_zeroed(task->count, sizeof *e->value, err);
		e->largest = memory_zeroed(task->count, sizeof *e->largest, err);
		return e->value != NULL && e->largest != NULL ? 0 : -1;
	}
	if (task->task == TASK_LABELS)
		e->label = memory_zeroed(task->count, sizeof *e->label, err);
	return task->task != TASK_LABELS || e->label != NULL ? 0 : -1;
}

/* Whether areas under curves are computed. The scores of all classes are kept for them: of as many classes as have a
 * matrix, and of so many positions of maps as leave memory for the rest. */
static bool areas_wanted(const struct team *s, const struct model *model, size_t samples)
{
	const struct task_spec *task = &model->net->task;
	double scores = (double)samples * (double)task->count * (double)task->positions;
	char text[192];
	if (task->task == TASK_VALUES || task->count > CONFUSION_CLASSES)
		return false;
	if (task->positions == 1 || scores <= EVALUATION_SCORES)
		return true;
	snprintf(text, sizeof text, "no AUC: it would need the scores of %zu classes at %zu positions of %zu samples, more "
	         "than %d", task->count, task->positions, samples, EVALUATION_SCORES);
	if (comm_rank(s->comm) == 0)
		app_say(text);
	return false;
}

static int evaluate_model(struct arguments *a, struct team *s, struct model *model, struct err *err)
{
	struct test_set test = {0};
	struct evaluation result = {.confusion = &model->confusion, .set = "test", .top = a->top};
	struct threads *threads = NULL;
	int code = test_open(&test, a, s, model, err);
	if (code == 0)
		code = sums_open(&result, &model->net->task, err);
	if (code == 0 && areas_wanted(s, model, test.set.count)) {
		result.auc = memory_zeroed(model->names.count, sizeof *result.auc, err);
		code = result.auc != NULL ? 0 : -1;
	}
	if (code == 0 && (a->wrong != NULL || a->worst != NULL)) {
		size_t each = a->worst != NULL ? model->names.count : 1;
		result.guess = memory_zeroed(test.set.count, each * sizeof *result.guess, err);
		code = result.guess != NULL ? 0 : -1;
	}
	confusion_clear(&model->confusion);
	if (code == 0)
		code = threads_open(&threads, model->job->train.threads, err);
	code = comm_agree(s->comm, code, err);
	if (code == 0)
		code = evaluate(s->comm, s->kernels, threads, model, &test.set, &result, err);
	if (code == 0 && comm_rank(s->comm) == 0) {
		(a->json ? json_print : tables_print)(model, &test, &result);
		if (a->wrong != NULL)
			code = wrong_write(a->wrong, &test.set, &result, err);
		if (a->worst != NULL)
			code = worst_write(a->worst, model, &test.set, &result, err);
	}
	code = comm_agree(s->comm, code, err);
	threads_close(threads);
	free(result.guess);
	free(result.auc);
	free(result.value);
	free(result.largest);
	free(result.label);
	test_set_free(&test);
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
	    team_model(&s, a.checkpoint, &model, &a.err) != 0 || evaluate_model(&a, &s, model, &a.err) != 0)
		status = team_fail(&s, &a.err);
	model_destroy(model);
	team_close(&s);
	return status;
}

const struct command eval_command = {"eval", "evaluates a checkpoint on the test set", run};
