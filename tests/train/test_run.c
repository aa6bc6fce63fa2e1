/* What whole runs must not do: lose a sample, spoil what stands, continue on other data, hide a failing disk. */
#include <convoy/train.h>

#include <setjmp.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "run.h"
#include "watch.h"

static const char job_good[] = JOB(GOOD);

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
		snprintf(text, sizeof text, JOB_HEAD("data") LAYERS_ALL "train: {epochs: 1, batch: %zu, rate: 2e-38}\n",
		         batches[b]);
		snprintf(output, sizeof output, "batch-%zu", batches[b]);
		run_ends(TRAIN_DONE, text, (struct train_options){.output = output, .data = same});
		snprintf(text, sizeof text, "%s/best.h5", output);
		struct model *model = run_model(text);
		const struct record *r = &model->record[0];
		assert_true(r->train_loss == r->test_loss && r->train_loss > 0);
		assert_true(r->train_measure == r->test_measure && r->train_measure > 0);
		assert_int_equal(model->seen, DATA_TRAIN_COUNT);
		int64_t samples = 0;
		for (size_t k = 0; k < DATA_CLASSES * DATA_CLASSES; k++)
			samples += model->confusion.cell[k];
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
	                          "input: {maps: 1, rows: 12, columns: 12}\noutput: {classes: 4}\n"
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
	assert_non_null(strstr(err.text, "not the data that the checkpoint was trained on"));

	static const size_t counts[] = {DATA_TRAIN_COUNT - 1, DATA_TRAIN_COUNT + 1, 48, 1000};
	for (size_t c = 0; c < 4; c++) {
		err = (struct err){0};
		assert_int_equal(data_write(other, 1, counts[c], DATA_TEST_COUNT, &err), 0);
		options.output = "raw";
		assert_int_equal(run_job(raw, options, &err), TRAIN_FAILED);
		assert_int_equal(err.code, EX_DATAERR);
		assert_non_null(strstr(err.text, "not the data that the checkpoint was trained on"));
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
	assert_non_null(strstr(watch.note[0], "checkpoint-00000005.h5: cannot write"));
	assert_int_equal(entries(in_folder(folder, "run")), 1); /* metrics.csv, and nothing half written */
}

/* A run that died between a checkpoint and its best.h5 makes up for it when it is resumed. */
static void best_is_made_up_for(void **state)
{
	(void)state;
	struct err err = {0};
	struct train_options options = {.output = "run", .resume = true, .stop_at = 5};
	assert_int_equal(run_job(job_good, options, &err), TRAIN_STOPPED);
	assert_true(there("run/best.h5"));
	assert_int_equal(unlink(in_folder(folder, "run/best.h5")), 0);
	assert_int_equal(run_job(job_good, options, &err), TRAIN_STOPPED);
	assert_files_equal("run/best.h5", "run/checkpoint-00000005.h5");
}

/* best.h5 that was kept alone is not lost to a run that finds nothing to continue. */
static void best_alone_stays(void **state)
{
	(void)state;
	struct err err = {0};
	struct train_options options = {.output = "run", .resume = true, .stop_at = 5};
	run_ends(TRAIN_STOPPED, job_good, options);
	assert_int_equal(file_write(in_folder(folder, "run"), "checkpoint-00000005.h5", "damaged", 7, &err), 0);
	for (int damaged = 1; damaged >= 0; damaged--) {
		assert_int_equal(run_job(job_good, options, &err), TRAIN_FAILED);
		assert_int_equal(err.code, EX_USAGE);
		assert_non_null(strstr(err.text, "run holds best.h5 of an earlier run, and no good checkpoint to continue"));
		assert_true(there("run/best.h5"));
		assert_int_equal(damaged ? unlink(in_folder(folder, "run/checkpoint-00000005.h5")) : 0, 0);
	}
}

/* A named checkpoint stands in the new directory before the first step, also where no step is made. */
static void named_checkpoint_moves_in(void **state)
{
	(void)state;
	struct err err = {0};
	run_ends(TRAIN_STOPPED, job_good, (struct train_options){.output = "run", .stop_at = 5});
	char from[PATH_MAX];
	snprintf(from, sizeof from, "%s", in_folder(folder, "run/checkpoint-00000005.h5"));
	struct train_options options = {.output = "other", .resume = true, .from = from, .stop_at = 3};
	assert_int_equal(run_job(job_good, options, &err), TRAIN_STOPPED);
	assert_files_equal("other/best.h5", "run/best.h5");
	assert_files_equal("other/checkpoint-00000005.h5", "run/checkpoint-00000005.h5");

	/* … but not beside newer ones, which a later --resume would continue instead. */
	run_ends(TRAIN_STOPPED, job_good, (struct train_options){.output = "run", .resume = true, .stop_at = 7});
	options.output = "run";
	assert_int_equal(run_job(job_good, options, &err), TRAIN_FAILED);
	assert_int_equal(err.code, EX_USAGE);
	assert_non_null(strstr(err.text, "holds checkpoint-00000007.h5, newer than step 5"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(an_epoch_is_the_whole_set),
		IN_FOLDER(divergence_leaves_older_checkpoints),
		IN_FOLDER(other_data_is_refused),
		IN_FOLDER(full_disk_is_noted_until_the_end),
		IN_FOLDER(best_is_made_up_for),
		IN_FOLDER(best_alone_stays),
		IN_FOLDER(named_checkpoint_moves_in),
	};
	return cmocka_run_group_tests_name("run", tests, runs_open, runs_close);
}
