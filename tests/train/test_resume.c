/* Stops and resumes, inside this process and on one rank: at every step, by step, signal and time. */
#include <convoy/train.h>

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "run.h"
#include "watch.h"

static const char job_good[] = JOB(GOOD);

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

/* All that optimizers and averages keep is there again. */
static void optimizers_are_resumed(void **state)
{
	(void)state;
	static const char *const jobs[] = {
		JOB("optimizer: adam, rate: 0.01, average: 0.9, clip: 0.5, seed: 2"),
		JOB("optimizer: rmsprop, rate: 0.01, momentum: 0.5, average: 0.5, smoothing: 0.1, mixup: 0.5, seed: 2"),
		JOB("optimizer: adagrad, rate: 0.01, seed: 2"),
		JOB("optimizer: sdlm, rate: 0.002, momentum: 0.5, decay: 0.01, curvature: 50, average: 0.9, seed: 2"),
		JOB("optimizer: lars, rate: 4, momentum: 0.9, decay: 0.01, seed: 2"),
		JOB("optimizer: lamb, rate: 0.01, decay: 0.01, seed: 2"),
	};
	for (size_t j = 0; j < sizeof jobs / sizeof *jobs; j++) {
		char whole[16], chain[16];
		snprintf(whole, sizeof whole, "whole-%zu", j);
		snprintf(chain, sizeof chain, "chain-%zu", j);
		run_ends(TRAIN_DONE, jobs[j], (struct train_options){.output = whole});
		for (uint64_t step = 2; step < ALL_STEPS; step += 3)
			run_ends(TRAIN_STOPPED, jobs[j], (struct train_options){.output = chain, .resume = true, .stop_at = step});
		run_ends(TRAIN_DONE, jobs[j], (struct train_options){.output = chain, .resume = true});
		assert_runs_equal(whole, chain);
	}
}

/* What a resumed run may change does change it: here the targets. */
static void another_smoothing_counts(void **state)
{
	(void)state;
	static const char *const jobs[] = {JOB("rate: 0.05, seed: 2"), JOB("rate: 0.05, smoothing: 0.5, seed: 2")};
	static const char *const names[][2] = {{"same", "same/checkpoint-00000006.h5"},
	                                       {"smooth", "smooth/checkpoint-00000006.h5"}};
	struct digest digest[2];
	for (size_t j = 0; j < 2; j++) {
		run_ends(TRAIN_STOPPED, jobs[0], (struct train_options){.output = names[j][0], .stop_at = 5});
		run_ends(TRAIN_STOPPED, jobs[j], (struct train_options){.output = names[j][0], .resume = true, .stop_at = 6});
		struct model *model = run_model(names[j][1]);
		digest[j] = model_digest(model);
		model_destroy(model);
	}
	assert_memory_not_equal(&digest[0], &digest[1], sizeof *digest);
}

/* The same samples in other windows, or none, would come in another order. A test set that is not known may be any. */
static void another_order_is_refused(void **state)
{
	(void)state;
	static const struct {
		uint64_t window, span;
		const char *test, *says;
	} rows[] = {
		{100, 0, NULL, ": comes in windows of 0 samples and chunks of 0, the checkpoint's run had 100 and 0: the order would "
		               "be another"},
		{0, 7, NULL, ": comes in windows of 0 samples and chunks of 0, the checkpoint's run had 0 and 7: the order would be "
		             "another"},
		{0, 0, "0123", ": not the data that the checkpoint was trained on: the test set is another"},
		{0, 0, "", NULL},
	};
	run_ends(TRAIN_STOPPED, job_good, (struct train_options){.output = "run", .stop_at = 4});
	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
		struct err err = {0};
		struct image image;
		char from[FOLDER_BYTES], output[16];
		struct model *model = run_model("run/checkpoint-00000004.h5");
		model->window = rows[r].window;
		model->span = rows[r].span;
		if (rows[r].test != NULL)
			snprintf(model->data[DATA_TEST], DIGEST_TEXT, "%s", rows[r].test);
		assert_int_equal(checkpoint_image(model, &image, &err), 0);
		assert_int_equal(file_write(folder, "other.h5", image.bytes, image.count, &err), 0);
		image_destroy(&image);
		model_destroy(model);
		snprintf(from, sizeof from, "%s", in_folder(folder, "other.h5"));
		snprintf(output, sizeof output, "row-%zu", r);
		struct train_options options = {.output = output, .resume = true, .from = from, .stop_at = 5};
		assert_int_equal(run_job(job_good, options, &err), rows[r].says != NULL ? TRAIN_FAILED : TRAIN_STOPPED);
		assert_int_equal(err.code, rows[r].says != NULL ? EX_DATAERR : 0);
		if (rows[r].says != NULL)
			assert_non_null(strstr(err.text, rows[r].says));
	}
}

/* A program holds its data, and its checkpoints name no place. */
static void a_programs_checkpoint_is_continued(void **state)
{
	(void)state;
	static const char placed[] = "data: {format: idx, directory: 'data'}\n";
	char text[sizeof job_good], output[2 * FOLDER_BYTES];
	const char *at = strstr(job_good, placed);
	assert_non_null(at);
	snprintf(text, sizeof text, "%.*s%s", (int)(at - job_good), job_good, at + strlen(placed));
	run_ends(TRAIN_STOPPED, job_good, (struct train_options){.output = "run", .stop_at = 4});
	struct err err = {0};
	struct image image;
	struct model *model = run_model("run/checkpoint-00000004.h5");
	job_destroy(model->job);
	model->job = job_of(text);
	assert_int_equal(checkpoint_image(model, &image, &err), 0);
	assert_int_equal(file_write(folder, "program.h5", image.bytes, image.count, &err), 0);
	image_destroy(&image);
	model_destroy(model);
	snprintf(output, sizeof output, "%s", in_folder(folder, "program.h5"));
	struct train_options options = {.output = "later", .resume = true, .from = output};
	run_ends(TRAIN_DONE, job_good, options);
	straight("straight");
	assert_runs_equal("straight", "later");

	/* Nor can a job without data be trained from files. */
	options.output = "none";
	assert_int_equal(run_job(text, options, &err), TRAIN_FAILED);
	assert_int_equal(err.code, EX_CONFIG);
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
		/* That one, those of the first epoch and the last, best.h5, latest.h5 and metrics.csv. */
		assert_int_equal(entries(in_folder(folder, output)), step == STEPS ? 5 : 6);
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

/* A run one step ahead of an epoch's end, the first bias of which the next step makes infinite. */
static struct model *model_on_the_brink(void)
{
	run_ends(TRAIN_STOPPED, job_good, (struct train_options){.output = "run", .stop_at = 2 * STEPS - 1});
	struct model *model = run_model("run/checkpoint-00000009.h5");
	size_t bias = model->net->tensor[1].offset;
	assert_string_equal(model->net->tensor[1].own->name, "biases");
	model->w[bias] = -FLT_MAX;
	model->state[0][bias] = FLT_MAX;
	return model;
}

/* A bias below a tanh that becomes infinite leaves loss and gradients finite: the epoch's end finds it. */
static void an_infinite_parameter_ends_the_run(void **state)
{
	(void)state;
	const char name[] = "checkpoint-00000009.h5"; /* one step ahead of an epoch's end */
	char directory[2 * FOLDER_BYTES];
	struct err err = {0};
	struct image image;
	snprintf(directory, sizeof directory, "%s/run", folder);
	struct model *model = model_on_the_brink();
	size_t bias = model->net->tensor[1].offset;
	assert_int_equal(checkpoint_image(model, &image, &err), 0);
	assert_int_equal(file_write(directory, name, image.bytes, image.count, &err), 0);
	image_destroy(&image);

	assert_int_equal(run_job(job_good, (struct train_options){.output = "run", .resume = true}, &err), TRAIN_FAILED);
	assert_int_equal(err.code, EX_SOFTWARE);
	if (strstr(err.text, "after step 10, number 0 of /layers/01-convolution/biases is -inf") == NULL)
		fail_msg("not that: %s", err.text);
	assert_int_not_equal(access(in_folder(folder, "run/checkpoint-00000010.h5"), F_OK), 0);
	model_destroy(run_model("run/checkpoint-00000009.h5"));

	/* Nor does anybody else write such a model, whichever vector it is in. */
	for (int v = 0; v < 2; v++) {
		err = (struct err){0};
		model->w[bias] = model->state[0][bias] = 1;
		assert_int_equal(model_finite(model, &err), 0);
		*(v == 0 ? &model->w[bias] : &model->state[0][bias]) = NAN;
		assert_int_equal(checkpoint_image(model, &image, &err), -1);
		assert_int_equal(err.code, EX_SOFTWARE);
	}
	model_destroy(model);
}

/* … also of a program that trains step by step. */
static void an_infinite_parameter_ends_the_steps(void **state)
{
	(void)state;
	struct err err = {0};
	struct model *model = model_on_the_brink();
	struct dataset set;
	double loss, wrong;
	const struct data_need need = model_need(model);
	assert_int_equal(dataset_read(&set, &(struct data_source){.format = DATA_IDX, .place = data}, DATA_TRAIN, &need, &err), 0);
	struct stepper *stepper = stepper_open(comm, kernels, model, &set, NULL, &err);
	assert_non_null(stepper);
	assert_int_equal(stepper_step(stepper, &loss, &wrong, &err), -1);
	assert_int_equal(err.code, EX_SOFTWARE);
	assert_non_null(strstr(err.text, "after step 10, number 0 of /layers/01-convolution/biases is -inf"));
	stepper_close(stepper);
	dataset_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_stop_at_any_step_leaves_no_trace),
		IN_FOLDER(a_stop_at_every_step_leaves_no_trace),
		IN_FOLDER(optimizers_are_resumed),
		IN_FOLDER(an_infinite_parameter_ends_the_run),
		IN_FOLDER(an_infinite_parameter_ends_the_steps),
		IN_FOLDER(another_smoothing_counts),
		IN_FOLDER(another_order_is_refused),
		IN_FOLDER(a_programs_checkpoint_is_continued),
		IN_FOLDER(nothing_left_to_do_changes_nothing),
		IN_FOLDER(a_save_is_written_at_any_step),
		IN_FOLDER(a_stop_is_heeded_at_any_step),
		IN_FOLDER(time_is_limited),
	};
	return cmocka_run_group_tests_name("resume", tests, runs_open, runs_close);
}
