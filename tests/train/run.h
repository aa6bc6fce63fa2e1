/* Training runs inside a test: on one rank, in a folder of their own, on the tests' tiny data. Include after
 * cmocka.h. */
#ifndef TESTS_TRAIN_RUN_H
#define TESTS_TRAIN_RUN_H

#include "comm/open.h"
#include "data.h"
#include "jobs.h"
#include "store/folder.h"

static struct comm *comm;
static const struct kernels *kernels;
static char data[FOLDER_BYTES]; /* the data set's folder */

/* Group setup and teardown: MPI and the data set. */
static inline int runs_open(void **state)
{
	(void)state;
	struct err err = {0};
	comm = test_open(NULL, NULL, &err);
	kernels = comm != NULL ? kernels_choose(&err) : NULL;
	if (kernels == NULL || folder_open(data) != 0)
		return -1;
	return data_write(data, 1, DATA_TRAIN_COUNT, DATA_TEST_COUNT, &err);
}

static inline int runs_close(void **state)
{
	(void)state;
	folder_close(data);
	test_close(comm);
	return 0;
}

/* Trains the job of `text` with `options`, whose output is a name within the folder; data is the tests' own unless
 * options say otherwise. */
static inline enum train_result run_job(const char *text, struct train_options options, struct err *err)
{
	char output[2 * FOLDER_BYTES];
	snprintf(output, sizeof output, "%s/%s", folder, options.output);
	options.output = output;
	if (options.data == NULL)
		options.data = data;
	return train_run(comm, kernels, job_of(text), &options, err);
}

/* … and expects that result, without an error. */
static inline void run_ends(enum train_result result, const char *text, struct train_options options)
{
	struct err err = {0};
	enum train_result got = run_job(text, options, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(got, result);
}

/* The checkpoint NAME in the folder ("run/best.h5"). */
static inline struct model *run_model(const char *name)
{
	struct err err = {0};
	struct model *model = checkpoint_load(in_folder(folder, name), NULL, &err);
	assert_string_equal(err.text, "");
	return model;
}

#endif
