/* Whole runs on one rank, inside this process: stops and resumes at every step, requests, failing disks, other data. */
#include <convoy/train.h>

#include <setjmp.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "run.h"

/* 5 steps per epoch, 15 in all; the last of each epoch has 11 samples. */
#define JOB(words) \
	JOB_HEAD("data") \
	"layers:\n" \
	"  - {type: convolution, maps: 4, kernel: 5, activation: scaled-tanh}\n" \
	"  - {type: subsampling, window: 2, activation: scaled-tanh}\n" \
	"  - {type: combination, maps: 3, kernel: 3, sparsity: {penalty: entropy, lambda: 0.01, warmup: 2}, " \
	"activation: tanh}\n" \
	"  - {type: full, units: 4, activation: scaled-tanh}\n" \
	"loss: squared-error\n" \
	"train: {epochs: 3, batch: 48, " words "}\n"
#define GOOD "rate: 0.03, momentum: 0.9, nesterov: true, decay: 0.001, schedule: cosine, warmup: 0.5, seed: 2"

enum { STEPS = 5, ALL_STEPS = 15 };

static const char job_good[] = JOB(GOOD);

/* ---- Comparing what runs leave ------------------------------------------------------------------------------------- */

static uint8_t *file_bytes(const char *name, size_t *count)
{
	struct err err = {0};
	uint8_t *bytes;
	file_read(in_folder(folder, name), 1 << 26, &bytes, count, &err);
	assert_string_equal(err.text, "");
	return bytes;
}

static void assert_files_equal(const char *a, const char *b)
{
	size_t counts[2];
	uint8_t *bytes[2] = {file_bytes(a, &counts[0]), file_bytes(b, &counts[1])};
	assert_int_equal(counts[0], counts[1]);
	assert_memory_equal(bytes[0], bytes[1], counts[0]);
	free(bytes[0]);
	free(bytes[1]);
}

/* The columns of metrics.csv that may not differ: each line up to its last but one comma. */
static char *metrics_of(const char *name)
{
	size_t count;
	char *text = (char *)file_bytes(name, &count), *to = text;
	for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		char *stop = end;
		for (int commas = 0; commas < 2; commas += *stop == ',')
			stop--;
		memmove(to, line, (size_t)(stop - line));
		to += stop - line;
		*to++ = '\n';
	}
	*to = 0;
	return text;
}

static void assert_metrics_equal(const char *a, const char *b)
{
	char *left = metrics_of(a), *right = metrics_of(b);
	assert_string_equal(left, right);
	free(left);
	free(right);
}

static bool there(const char *name)
{
	return access(in_folder(folder, name), F_OK) == 0;
}

/* ---- Stops and resumes --------------------------------------------------------------------------------------------- */

static void straight(const char *output)
{
	run_ends(TRAIN_DONE, job_good, (struct train_options){.output = output});
}

/* What two finished runs of the job left must be equal. */
static void assert_runs_equal(const char *a, const char *b)
{
	static const char *const files[] = {"checkpoint-00000015.h5", "best.h5"};
	char left[64], right[64];
	for (size_t f = 0; f < 2; f++) {
		snprintf(left, sizeof left, "%s/%s", a, files[f]);
		snprintf(right, sizeof right, "%s/%s", b, files[f]);
		assert_files_equal(left, right);
	}
	snprintf(left, sizeof left, "%s/metrics.csv", a);
	snprintf(right, sizeof right, "%s/metrics.csv", b);
	assert_metrics_equal(left, right);
}

static void a_stop_at_any_step_leaves_no_trace(void **state)
{
	(void)state;
	straight("straight");
	for (uint64_t step = 1; step <= ALL_STEPS; step++) {
		char output[32], name[64];
		snprintf(output, sizeof output, "stop-%02d", (int)step);
		struct train_options options = {.output = output, .stop_at = step};
		run_ends(step < ALL_STEPS ? TRAIN_STOPPED : TRAIN_DONE, job_good, options);
		snprintf(name, sizeof name, "%s/checkpoint-%08d.h5", output, (int)step);
		struct model *model = run_model(name);
		assert_int_equal(model->step, step);
		assert_int_equal(model->records, step / STEPS);
		assert_int_equal(model->seen, step / STEPS * DATA_TRAIN_COUNT + step % STEPS * 48);
		model_destroy(model);
		run_ends(TRAIN_DONE, job_good, (struct train_options){.output = output, .resume = true});
		assert_runs_equal("straight", output);
	}
}

/* The short integers of exact32 round so much that a lost exponent would show. */
static void a_stop_at_every_step_leaves_no_trace(void **state)
{
	(void)state;
	static const char short_sum[] = JOB(GOOD ", sum: exact32");
	run_ends(TRAIN_DONE, short_sum, (struct train_options){.output = "straight"});
	for (uint64_t step = 1; step < ALL_STEPS; step++)
		run_ends(TRAIN_STOPPED, short_sum, (struct train_options){.output = "chain", .resume = true, .stop_at = step});
	run_ends(TRAIN_DONE, short_sum, (struct train_options){.output = "chain", .resume = true});
	assert_runs_equal("straight", "chain");
}

/* A finished run is done at once, and one that is to stop where it stands stops there. */
static void nothing_left_to_do_changes_nothing(void **state)
{
	(void)state;
	straight("run");
	straight("other");
	run_ends(TRAIN_DONE, job_good, (struct train_options){.output = "run", .resume = true});
	run_ends(TRAIN_DONE, job_good, (struct train_options){.output = "run", .resume = true, .stop_at = 3});
	assert_runs_equal("run", "other");
	run_ends(TRAIN_STOPPED, job_good, (struct train_options){.output = "short", .stop_at = 4});
	size_t count = entries(in_folder(folder, "short"));
	run_ends(TRAIN_STOPPED, job_good, (struct train_options){.output = "short", .resume = true, .stop_at = 2});
	assert_int_equal(entries(in_folder(folder, "short")), count);
}

/* ---- Requests of signals ------------------------------------------------------------------------------------------- */

/* Raises a flag behind a given step, as a signal would, and gathers what the run tells. */
struct watch {
	uint64_t step;
	volatile sig_atomic_t *flag;
	size_t notes;
	char note[4][640];
};

static void on_progress(void *context, const struct model *model, size_t steps)
{
	struct watch *watch = context;
	assert_int_equal(steps, STEPS);
	if (watch->flag != NULL && model->step == watch->step)
		*watch->flag = 1;
}

static void on_note(void *context, const char *text)
{
	struct watch *watch = context;
	assert_true(watch->notes < 4);
	snprintf(watch->note[watch->notes++], sizeof watch->note[0], "%s", text);
}

static struct train_listener listener_of(struct watch *watch)
{
	return (struct train_listener){.context = watch, .progress = on_progress, .note = on_note};
}

/* No epoch is better than the first (the rate is 0 in float), and none but the last has a checkpoint by itself. */
#define STILL JOB("rate: 1e-300") "checkpoint: {epochs: 3, keep: 99}\n"

static void a_save_is_written_at_any_step(void **state)
{
	(void)state;
	for (uint64_t step = 1; step < ALL_STEPS; step++) {
		volatile sig_atomic_t save = 0;
		struct watch watch = {step - 1, &save, 0, {""}};
		char output[32], name[64];
		save = step == 1; /* a signal before the first step */
		snprintf(output, sizeof output, "save-%02d", (int)step);
		struct train_options options = {.output = output, .save = &save, .listener = listener_of(&watch)};
		run_ends(TRAIN_DONE, STILL, options);
		assert_int_equal(save, 0);
		snprintf(name, sizeof name, "%s/checkpoint-%08d.h5", output, (int)step);
		assert_true(there(name));
		/* That one, those of the first epoch and the last, best.h5 and metrics.csv. */
		assert_int_equal(entries(in_folder(folder, output)), step == STEPS ? 4 : 5);
	}
}

static void a_stop_is_heeded_at_any_step(void **state)
{
	(void)state;
	for (uint64_t step = 1; step < ALL_STEPS; step++) {
		volatile sig_atomic_t stop = 0;
		struct watch watch = {step - 1, &stop, 0, {""}};
		char output[32], name[64];
		stop = step == 1;
		snprintf(output, sizeof output, "stop-%02d", (int)step);
		struct train_options options = {.output = output, .stop = &stop, .listener = listener_of(&watch)};
		run_ends(TRAIN_STOPPED, STILL, options);
		snprintf(name, sizeof name, "%s/checkpoint-%08d.h5", output, (int)step);
		assert_true(there(name));
	}
}

static void time_is_limited(void **state)
{
	(void)state;
	run_ends(TRAIN_STOPPED, job_good, (struct train_options){.output = "run", .time_limit = 1e-9});
	assert_true(there("run/checkpoint-00000001.h5"));
	run_ends(TRAIN_DONE, job_good, (struct train_options){.output = "run", .time_limit = 1e6, .resume = true});
}

/* ---- What can go wrong --------------------------------------------------------------------------------------------- */

/* Each sample once per epoch, seen from outside: where nothing is learned, an epoch's loss on the training set is the
 * loss of an evaluation on it, to the last bit, for any batch. */
static void an_epoch_is_the_whole_set(void **state)
{
	(void)state;
	static const size_t batches[] = {1, 7, 16, 17, 48, 100, 203, 5000};
	struct err err = {0};
	char same[FOLDER_BYTES];
	assert_int_equal(folder_open(same), 0);
	assert_int_equal(data_write(same, 1, DATA_TRAIN_COUNT, 0, &err), 0);
	for (size_t f = 0; f < 2; f++) {
		char from[2 * FOLDER_BYTES], to[2 * FOLDER_BYTES];
		const char *kind = f == 0 ? "images-idx3" : "labels-idx1";
		snprintf(from, sizeof from, "%s/train-%s-ubyte", same, kind);
		snprintf(to, sizeof to, "%s/t10k-%s-ubyte", same, kind);
		assert_int_equal(remove(to), 0);
		assert_int_equal(link(from, to), 0);
	}
	for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
		char text[4096], output[32];
		snprintf(text, sizeof text, JOB_HEAD("data") LAYERS_ALL "train: {epochs: 1, batch: %zu, rate: 1e-300}\n",
		         batches[b]);
		snprintf(output, sizeof output, "batch-%zu", batches[b]);
		run_ends(TRAIN_DONE, text, (struct train_options){.output = output, .data = same});
		snprintf(text, sizeof text, "%s/best.h5", output);
		struct model *model = run_model(text);
		const struct record *r = &model->record[0];
		assert_true(r->train_loss == r->test_loss && r->train_loss > 0);
		assert_true(r->train_error == r->test_error && r->train_error > 0);
		assert_int_equal(model->seen, DATA_TRAIN_COUNT);
		int64_t samples = 0;
		for (size_t k = 0; k < DATA_CLASSES * DATA_CLASSES; k++)
			samples += model->confusion[k];
		assert_int_equal(samples, DATA_TRAIN_COUNT);
		model_destroy(model);
	}
	folder_close(same);
}

static void divergence_leaves_older_checkpoints(void **state)
{
	(void)state;
	static const char before[] = JOB_HEAD("data") LAYERS_ALL "train: {epochs: 1, batch: 48, rate: 0.01}\n";
	static const char after[] = JOB_HEAD("data") LAYERS_ALL "train: {epochs: 9, batch: 48, rate: 1e6, decay: 1}\n";
	struct err err = {0};
	run_ends(TRAIN_DONE, before, (struct train_options){.output = "run"});
	run_ends(TRAIN_DONE, before, (struct train_options){.output = "same"});
	size_t count = entries(in_folder(folder, "run"));
	assert_int_equal(run_job(after, (struct train_options){.output = "run", .resume = true}, &err), TRAIN_FAILED);
	assert_int_equal(err.code, EX_SOFTWARE);
	assert_non_null(strstr(err.text, "diverged: "));
	assert_non_null(strstr(err.text, "train.rate"));
	assert_int_equal(entries(in_folder(folder, "run")), count);
	assert_files_equal("run/checkpoint-00000005.h5", "same/checkpoint-00000005.h5");
	assert_files_equal("run/best.h5", "same/best.h5");
	assert_metrics_equal("run/metrics.csv", "same/metrics.csv");
}

/* Other data of the same shape: told by its mean or, where nothing is normalised, by the number of samples. */
static void other_data_is_refused(void **state)
{
	(void)state;
	static const char raw[] = "name: raw\ndata: {format: idx, directory: data, normalize: unit}\n"
	                          "input: {maps: 1, rows: 12, columns: 12, classes: 4}\n"
	                          "layers:\n  - {type: full, units: 4}\nloss: softmax-cross-entropy\n"
	                          "train: {epochs: 3, batch: 48, rate: 0.1}\n";
	struct err err = {0};
	char other[FOLDER_BYTES];
	assert_int_equal(folder_open(other), 0);
	assert_int_equal(data_write(other, 2, DATA_TRAIN_COUNT, DATA_TEST_COUNT, &err), 0);
	run_ends(TRAIN_STOPPED, job_good, (struct train_options){.output = "good", .stop_at = 7});
	run_ends(TRAIN_STOPPED, raw, (struct train_options){.output = "raw", .stop_at = 7});
	struct train_options options = {.output = "good", .resume = true, .data = other};
	assert_int_equal(run_job(job_good, options, &err), TRAIN_FAILED);
	assert_int_equal(err.code, EX_DATAERR);
	assert_non_null(strstr(err.text, "not the training data of the checkpoint"));

	static const size_t counts[] = {DATA_TRAIN_COUNT - 1, DATA_TRAIN_COUNT + 1, 48, 1000};
	for (size_t c = 0; c < 4; c++) {
		err = (struct err){0};
		assert_int_equal(data_write(other, 1, counts[c], DATA_TEST_COUNT, &err), 0);
		options.output = "raw";
		assert_int_equal(run_job(raw, options, &err), TRAIN_FAILED);
		assert_int_equal(err.code, EX_DATAERR);
		assert_non_null(strstr(err.text, "not the training data of the checkpoint"));
	}
	folder_close(other);
}

/* A disk that takes no file as large as a checkpoint: training goes on with a note each time, and ends in failure. */
static void full_disk_is_noted_until_the_end(void **state)
{
	(void)state;
	struct err err = {0};
	struct watch watch = {0};
	struct rlimit limit, small;
	getrlimit(RLIMIT_FSIZE, &limit);
	small = (struct rlimit){4096, limit.rlim_max};
	void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	struct train_options options = {.output = "run", .listener = listener_of(&watch)};
	enum train_result result = run_job(STILL, options, &err);
	setrlimit(RLIMIT_FSIZE, &limit);
	signal(SIGXFSZ, before);

	assert_int_equal(result, TRAIN_FAILED);
	assert_int_equal(err.code, EX_IOERR);
	assert_non_null(strstr(err.text, "checkpoint-00000015.h5: cannot write"));
	assert_int_equal(watch.notes, 1); /* after the first epoch, the best one */
	assert_non_null(strstr(watch.note[0], "best.h5: cannot write"));
	assert_int_equal(entries(in_folder(folder, "run")), 1); /* metrics.csv, and nothing half written */
}

/* best.h5 stands before its checkpoint does: a crash between the two is made good by the epoch that is done again. */
static void best_is_written_first(void **state)
{
	(void)state;
	struct err err = {0};
	straight("straight");
	assert_int_equal(mkdir(in_folder(folder, "run"), 0777), 0);
	assert_int_equal(mkdir(in_folder(folder, "run/checkpoint-00000005.h5"), 0777), 0);
	struct watch watch = {0};
	struct train_options options = {.output = "run", .resume = true, .stop_at = 6, .listener = listener_of(&watch)};
	assert_int_equal(run_job(job_good, options, &err), TRAIN_STOPPED);
	assert_true(there("run/best.h5"));
	assert_int_equal(watch.notes, 2); /* it could not be read, nor written */
	assert_non_null(strstr(watch.note[0], "skipped "));
	assert_non_null(strstr(watch.note[1], "checkpoint-00000005.h5: cannot rename"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_stop_at_any_step_leaves_no_trace),
		RUN(a_stop_at_every_step_leaves_no_trace),
		RUN(nothing_left_to_do_changes_nothing),
		RUN(a_save_is_written_at_any_step),
		RUN(a_stop_is_heeded_at_any_step),
		RUN(time_is_limited),
		RUN(an_epoch_is_the_whole_set),
		RUN(divergence_leaves_older_checkpoints),
		RUN(other_data_is_refused),
		RUN(full_disk_is_noted_until_the_end),
		RUN(best_is_written_first),
	};
	return cmocka_run_group_tests_name("run", tests, runs_open, runs_close);
}
