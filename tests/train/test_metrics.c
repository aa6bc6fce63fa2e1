/* metrics.csv: rows as the records are, times where an earlier file has them. */
#include <convoy/train.h>

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "store/folder.h"

#define HEADER "epoch,step,rate,train_loss,train_error,test_loss,test_error,seconds,images_per_second\n"
#define ROW1 "1,5,0.05,1.25,0.333333333,1.5,0.25,"
#define ROW2 "2,10,0.025,0.75,0.0625,0.875,0.123456789,"
#define ROW3 "3,15,1e-10,0.5,0,0.625,0,"

static struct record records[] = {
	{1, 5, 0.05, 1.25, 1.0 / 3, 1.5, 0.25, 0, 0},
	{2, 10, 0.025, 0.75, 0.0625, 0.875, 0.123456789, 0, 0},
	{3, 15, 1e-10, 0.5, 0, 0.625, 0, 0, 0},
};

static double restore_of(enum task task, size_t count)
{
	struct err err = {0};
	double seconds = -1;
	struct net net = {.task.task = task};
	struct model model = {.net = &net, .records = count, .record = records};
	metrics_restore(folder, &model, &seconds, &err);
	assert_string_equal(err.text, "");
	return seconds;
}

static double restore(size_t count)
{
	return restore_of(TASK_CLASSES, count);
}

static void append(size_t row, double seconds, double speed)
{
	struct err err = {0};
	assert_int_equal(metrics_append(folder, &records[row], seconds, speed, &err), 0);
	assert_string_equal(err.text, "");
}

static void old_file(const char *text)
{
	struct err err = {0};
	assert_int_equal(file_write(folder, "metrics.csv", text, strlen(text), &err), 0);
}

static void rows_follow_the_header(void **state)
{
	(void)state;
	assert_true(restore(0) == 0);
	assert_content("metrics.csv", HEADER);
	append(0, 1.5, 1000);
	append(1, 3.0625, 123456.78);
	assert_content("metrics.csv", HEADER ROW1 "1.500,1000.0\n" ROW2 "3.062,123456.8\n");
	append(2, 1e6, 0);
	assert_content("metrics.csv", HEADER ROW1 "1.500,1000.0\n" ROW2 "3.062,123456.8\n" ROW3 "1000000.000,0.0\n");
	assert_int_equal(entries(folder), 1);
}

/* Rows of epochs that the checkpoint does not know are dropped, those it knows keep their times. */
static void rows_that_stay_keep_their_times(void **state)
{
	(void)state;
	old_file(HEADER ROW1 "1.500,1000.0\n" ROW2 "3.062,123456.8\n" ROW3 "4.000,7.0\n");
	assert_true(restore(2) == 3.062);
	assert_content("metrics.csv", HEADER ROW1 "1.500,1000.0\n" ROW2 "3.062,123456.8\n");
	assert_true(restore(0) == 0);
	assert_content("metrics.csv", HEADER);
}

/* An absent file, or one of another run: the rows are there, their times are not known. */
static void rows_without_times(void **state)
{
	(void)state;
	assert_true(restore(2) == 0);
	assert_content("metrics.csv", HEADER ROW1 ",\n" ROW2 ",\n");
	assert_true(restore(2) == 0);
	assert_content("metrics.csv", HEADER ROW1 ",\n" ROW2 ",\n");
	old_file(HEADER "1,5,0.05,1.26,0.333333333,1.5,0.25,9.000,9.0\n" ROW2 "3.062,5.0\n");
	assert_true(restore(2) == 3.062);
	assert_content("metrics.csv", HEADER ROW1 ",\n" ROW2 "3.062,5.0\n");
}

static void damaged_files_are_made_whole(void **state)
{
	(void)state;
	static const char *const damaged[] = {
		"", "\n", "\n\n\n", HEADER, "nonsense", HEADER ROW1, HEADER ROW1 "x,y\n", ROW1 "\n" HEADER, HEADER ROW1 "1.5",
		HEADER "1,5,0.05", ROW1 ROW2, HEADER ROW1 "1.500,1000.0", HEADER ROW1 "1.500," ROW2 "\n",
	};
	for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
		old_file(damaged[i]);
		assert_true(restore(1) == 0);
		assert_content("metrics.csv", HEADER ROW1 ",\n");
	}
}

static void failures_are_told(void **state)
{
	(void)state;
	struct err err = {0};
	double seconds;
	struct net net = {.task.task = TASK_CLASSES};
	struct model model = {.net = &net};
	assert_int_equal(metrics_restore(in_folder(folder, "absent"), &model, &seconds, &err), -1);
	assert_int_equal(err.code, EX_IOERR);
	err = (struct err){0};
	assert_int_equal(metrics_append(in_folder(folder, "absent"), &records[0], 1, 1, &err), -1);
	assert_int_equal(err.code, EX_IOERR);
	assert_non_null(strstr(err.text, "absent/metrics.csv: cannot write: No such file or directory"));
	/* A link is not followed: who may write here must not lead us elsewhere. */
	err = (struct err){0};
	old_file(HEADER);
	assert_int_equal(rename(in_folder(folder, "metrics.csv"), in_folder(folder, "other.csv")), 0);
	assert_int_equal(symlink("other.csv", in_folder(folder, "metrics.csv")), 0);
	assert_int_equal(metrics_append(folder, &records[0], 1, 1, &err), -1);
	assert_int_equal(err.code, EX_IOERR);
	assert_content("other.csv", HEADER);
}

static size_t rows_of(const char *metrics, const char *validation, struct metric **row)
{
	struct err err = {0};
	size_t count = 99;
	const struct measure *measure = NULL;
	old_file(metrics);
	if (validation != NULL)
		assert_int_equal(file_write(folder, "validation.csv", validation, strlen(validation), &err), 0);
	assert_int_equal(metrics_read(folder, &count, row, &measure, &err), 0);
	assert_string_equal(err.text, "");
	assert_ptr_equal(measure, task_measure(TASK_CLASSES));
	return count;
}

/* The columns have the names of the task's measure, and come back by them. */
static void measures_have_the_name_of_their_task(void **state)
{
	(void)state;
	static const char *const names[TASKS] = {"error", "mae", "error"};
	for (size_t task = 0; task < TASKS; task++) {
		struct err err = {0};
		struct metric *row;
		const struct measure *measure = NULL;
		size_t count = 99;
		char text[512];
		restore_of((enum task)task, 1);
		snprintf(text, sizeof text, "epoch,step,rate,train_loss,train_%s,test_loss,test_%s,seconds,images_per_second\n"
		         ROW1 ",\n", names[task], names[task]);
		assert_content("metrics.csv", text);
		assert_int_equal(metrics_read(folder, &count, &row, &measure, &err), 0);
		assert_int_equal(count, 1);
		assert_ptr_equal(measure, task_measure((enum task)task));
		assert_true(row[0].record.test_measure == records[0].test_measure);
		free(row);
	}
}

static void measures_are_written_for_people(void **state)
{
	(void)state;
	char text[MEASURE_TEXT];
	assert_string_equal(measure_text(task_measure(TASK_CLASSES), 0.123456, text), "12.35%");
	assert_string_equal(measure_text(task_measure(TASK_LABELS), 1, text), "100.00%");
	assert_string_equal(measure_text(task_measure(TASK_VALUES), 0.0521234, text), "0.05212");
	assert_string_equal(measure_text(task_measure(TASK_VALUES), 12345.6, text), "1.235e+04");
}

/* What was written is read; what is empty is NaN. */
static void rows_are_read(void **state)
{
	(void)state;
	static const char validation[] =
		"epoch,step,validation_loss,validation_error\n1,5,0.5,0.125\n3,15,0.25,0.0625\n";
	struct err err = {0};
	struct metric *row;
	size_t count = 99;
	const struct measure *measure;
	assert_int_equal(metrics_read(folder, &count, &row, &measure, &err), 0);
	assert_int_equal(count, 0);
	free(row);

	assert_int_equal(rows_of(HEADER ROW1 "1.500,1000.0\n" ROW2 ",\n" ROW3 "4.000,7.0\n", validation, &row), 3);
	for (size_t r = 0; r < 3; r++) {
		assert_int_equal(row[r].record.epoch, records[r].epoch);
		assert_int_equal(row[r].record.step, records[r].step);
		assert_true(row[r].record.rate == records[r].rate);
		assert_true(row[r].record.train_loss == records[r].train_loss);
		assert_true(fabs(row[r].record.train_measure - records[r].train_measure) < 1e-9);
		assert_true(row[r].record.test_loss == records[r].test_loss);
		assert_true(row[r].record.test_measure == records[r].test_measure);
	}
	assert_true(row[0].seconds == 1.5 && row[0].images_per_second == 1000);
	assert_true(isnan(row[1].seconds) && isnan(row[1].images_per_second));
	assert_true(row[0].record.validation_loss == 0.5 && row[0].record.validation_measure == 0.125);
	assert_true(isnan(row[1].record.validation_loss));
	assert_true(row[2].record.validation_measure == 0.0625);
	free(row);
}

/* A run writes while others read, and files get damaged: whole lines count, in the order of epochs. */
static void other_lines_are_passed_over(void **state)
{
	(void)state;
	static const char *const bad[] = {"3,15,1e-10,0.5,0,0.625,0,4.0", "3,15,1e-10,0.5,0,0.625,0,4.0,7.0", "3,15\n",
		"-3,15,0,0,0,0,0,0,0\n", "3,15,word,0,0,0,0,0,0\n", ",15,0,0,0,0,0,0,0\n", "2,10,0,0,0,0,0,0,0\n",
		"3,15,0,0,0,0,0,0,0,0\n", "\n", "0,0,0,0,0,0,0,0,0\n"};
	struct metric *row;
	for (size_t b = 0; b < sizeof bad / sizeof *bad; b++) {
		char text[1024];
		snprintf(text, sizeof text, "%s%s", HEADER ROW1 "1.500,1000.0\n" ROW2 "3,4\n", bad[b]);
		assert_int_equal(rows_of(text, NULL, &row), 2);
		assert_true(row[1].record.epoch == 2 && row[1].seconds == 3);
		free(row);
	}
	assert_int_equal(rows_of("", NULL, &row), 0);
	free(row);
	assert_int_equal(rows_of("nonsense\n1,2,3\n", NULL, &row), 0);
	free(row);
	/* Columns may come. */
	assert_int_equal(rows_of("epoch,new,seconds,step\n1,word,2.5,7\n", NULL, &row), 1);
	assert_true(row->record.epoch == 1 && row->record.step == 7 && row->seconds == 2.5 && isnan(row->record.rate));
	free(row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(rows_are_read),
		IN_FOLDER(measures_have_the_name_of_their_task),
		IN_FOLDER(measures_are_written_for_people),
		IN_FOLDER(other_lines_are_passed_over),
		IN_FOLDER(rows_follow_the_header),
		IN_FOLDER(rows_that_stay_keep_their_times),
		IN_FOLDER(rows_without_times),
		IN_FOLDER(damaged_files_are_made_whole),
		IN_FOLDER(failures_are_told),
	};
	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
