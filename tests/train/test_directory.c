/* A run's directory: which checkpoints there are, which of them go, which is the newest good one. */
#include "../../src/train/train.h"

#include <fcntl.h>
#include <errno.h>
#include <setjmp.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "jobs.h"
#include "store/folder.h"

/* The system's flock(2), or one that fails, or one during which the file goes. */
static enum { LOCKS, LOCKS_NONE, LOCKS_GONE } locks;
static size_t lock_calls;

int flock(int file, int operation)
{
	lock_calls++;
	if (locks == LOCKS_NONE) {
		errno = ENOLCK;
		return -1;
	}
	if (locks == LOCKS_GONE)
		unlink(in_folder(folder, ".lock"));
	return (int)syscall(SYS_flock, file, operation);
}

static void put(const char *name)
{
	struct err err = {0};
	assert_int_equal(file_write(folder, name, name, strlen(name), &err), 0);
}

static void put_step(uint64_t step)
{
	char name[CHECKPOINT_NAME];
	checkpoint_name(step, name);
	put(name);
}

static void assert_steps(size_t expected, const uint64_t *expected_steps)
{
	struct err err = {0};
	size_t count;
	uint64_t *steps;
	assert_int_equal(checkpoint_list(folder, &count, &steps, &err), 0);
	assert_int_equal(count, expected);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(steps[i], expected_steps[i]);
	free(steps);
}

static void names_hold_the_step(void **state)
{
	(void)state;
	char name[CHECKPOINT_NAME];
	checkpoint_name(0, name);
	assert_string_equal(name, "checkpoint-00000000.h5");
	checkpoint_name(1234, name);
	assert_string_equal(name, "checkpoint-00001234.h5");
	checkpoint_name(123456789012, name);
	assert_string_equal(name, "checkpoint-123456789012.h5");
	checkpoint_name(UINT64_MAX, name);
	assert_string_equal(name, "checkpoint-18446744073709551615.h5");
}

/* Names that are almost those of checkpoints. */
static const char *const strangers[] = {
	"best.h5", "metrics.csv", "checkpoint-1.h5", "checkpoint-000000001.h5", "checkpoint-00000001.h5.bak",
	"checkpoint-00000001", "checkpoint-00000001.hdf5", "checkpoint-+0000001.h5", "checkpoint--0000001.h5",
	"checkpoint- 0000001.h5", "checkpoint-0000001x.h5", "my-checkpoint-00000001.h5", "Checkpoint-00000001.h5",
	"checkpoint-99999999999999999999999.h5", ".checkpoint-00000001.h5.0123456789abcdef.tmp",
};
enum { STRANGERS = sizeof strangers / sizeof *strangers };

static void lists_are_ascending_and_know_strangers(void **state)
{
	(void)state;
	static const uint64_t steps[] = {5, 100000000, 1, 99999999, 40, 0, 123456789012};
	for (size_t i = 0; i < STRANGERS; i++)
		put(strangers[i]);
	assert_steps(0, NULL);
	for (size_t i = 0; i < 7; i++)
		put_step(steps[i]);
	assert_steps(7, (const uint64_t[]){0, 1, 5, 40, 99999999, 100000000, 123456789012});
}

static void absent_directory_is_empty_and_a_file_is_none(void **state)
{
	(void)state;
	struct err err = {0};
	size_t count = 9;
	uint64_t *steps;
	assert_int_equal(checkpoint_list(in_folder(folder, "absent"), &count, &steps, &err), 0);
	assert_int_equal(count, 0);
	free(steps);
	put("file");
	assert_int_equal(checkpoint_list(in_folder(folder, "file"), &count, &steps, &err), -1);
	assert_int_equal(err.code, EX_IOERR);
	free(steps);
}

/* The last K up to the one just written stay; later ones (of a longer run that this one goes back behind), and all
 * that is no checkpoint, are not touched. */
static void old_checkpoints_retire(void **state)
{
	(void)state;
	struct err err = {0};
	struct model *model = model_of(JOB_HEAD("data") LAYERS_ALL TRAIN_ALL);
	struct image image = {(uint8_t[]){1, 2, 3}, 3};
	for (size_t i = 0; i < STRANGERS; i++)
		put(strangers[i]);
	for (uint64_t step = 1; step <= 9; step++)
		put_step(step);
	model->step = 7;
	assert_int_equal(checkpoint_write(model, folder, &image, &err), 0);
	assert_int_equal(checkpoint_retire(folder, 7, 3, &err), 0);
	assert_steps(5, (const uint64_t[]){5, 6, 7, 8, 9});
	model->step = 10;
	assert_int_equal(checkpoint_write(model, folder, &image, &err), 0);
	assert_int_equal(checkpoint_retire(folder, 10, 2, &err), 0);
	assert_steps(2, (const uint64_t[]){9, 10});
	assert_content("checkpoint-00000010.h5", "\1\2\3");
	assert_content("checkpoint-00000009.h5", "checkpoint-00000009.h5");
	assert_int_equal(checkpoint_write(model, folder, &image, &err), 0);
	assert_int_equal(checkpoint_retire(folder, 10, 100, &err), 0);
	assert_steps(2, (const uint64_t[]){9, 10});
	for (size_t i = 0; i < STRANGERS; i++)
		assert_content(strangers[i], strangers[i]);
	model_destroy(model);
}

/* Nothing is deleted before the new one stands. */
static void failed_write_deletes_nothing(void **state)
{
	(void)state;
	struct err err = {0};
	struct model *model = model_of(JOB_HEAD("data") LAYERS_ALL TRAIN_ALL);
	struct image image = {(uint8_t[]){1}, 1};
	for (uint64_t step = 1; step <= 4; step++)
		put_step(step);
	model->step = 5;
	assert_int_equal(mkdir(in_folder(folder, "checkpoint-00000005.h5"), 0777), 0);
	assert_int_equal(checkpoint_write(model, folder, &image, &err), -1);
	assert_int_equal(err.code, EX_IOERR);
	assert_steps(5, (const uint64_t[]){1, 2, 3, 4, 5});
	model_destroy(model);
}

/* What checkpoint_newest tells of the files it skips. */
struct told {
	size_t count;
	char text[4][512];
};

static void told_add(void *context, const char *text)
{
	struct told *told = context;
	assert_true(told->count < 4);
	snprintf(told->text[told->count++], sizeof told->text[0], "%s", text);
}

static void newest_good_one_is_found(void **state)
{
	(void)state;
	struct err err = {0};
	struct told told = {0};
	struct model *found = NULL;
	struct image image;
	struct model *model = model_of(JOB_HEAD("data") LAYERS_ALL TRAIN_ALL);
	model_scramble(model, 3);
	for (model->step = 10; model->step <= 12; model->step++) {
		assert_int_equal(checkpoint_image(model, &image, &err), 0);
		assert_int_equal(checkpoint_write(model, folder, &image, &err), 0);
		if (model->step == 12) { /* cut short under a later name */
			assert_int_equal(file_write(folder, "checkpoint-00000013.h5", image.bytes, image.count - 1, &err), 0);
			image.bytes[image.count / 2] ^= 4;
			assert_int_equal(file_write(folder, "checkpoint-00000012.h5", image.bytes, image.count, &err), 0);
		}
		image_destroy(&image);
	}
	put_step(14);
	assert_int_equal(checkpoint_newest(folder, told_add, &told, &found, &err), 0);
	assert_non_null(found);
	assert_int_equal(found->step, 11);
	assert_int_equal(told.count, 3);
	assert_non_null(strstr(told.text[0], "checkpoint-00000014.h5: not a convoy checkpoint"));
	assert_non_null(strstr(told.text[1], "checkpoint-00000013.h5: cut short"));
	assert_non_null(strstr(told.text[2], "checkpoint-00000012.h5: damaged"));
	model_destroy(found);
	/* Nobody needs to listen. */
	assert_int_equal(checkpoint_newest(folder, NULL, NULL, &found, &err), 0);
	model_destroy(found);
	model_destroy(model);
}

static void no_good_one_is_no_error(void **state)
{
	(void)state;
	struct err err = {0};
	struct told told = {0};
	struct model *found = (struct model *)&told;
	assert_int_equal(checkpoint_newest(folder, told_add, &told, &found, &err), 0);
	assert_null(found);
	put_step(1);
	put_step(2);
	assert_int_equal(checkpoint_newest(folder, told_add, &told, &found, &err), 0);
	assert_null(found);
	assert_int_equal(told.count, 2);
	assert_int_equal(err.code, 0);
}

static void one_run_holds_the_directory(void **state)
{
	(void)state;
	struct err err = {0}, refusal = {0};
	int first, second;
	assert_int_equal(directory_lock(folder, true, &first, &err), 0);
	assert_int_equal(directory_lock(folder, false, &second, &refusal), -1);
	assert_error(&refusal, EX_USAGE, "", "another run is writing there");
	assert_int_equal(second, -1);
	directory_unlock(folder, first);
	assert_int_equal(entries(folder), 0);
	assert_int_equal(directory_lock(folder, false, &second, &err), 0);
	directory_unlock(folder, second);
}

/* flock(2): over NFS a lock is seen by other hosts where it is a byte-range lock; an exclusive one needs a regular file
 * that is open for writing. */
static void other_hosts_see_the_lock(void **state)
{
	(void)state;
	struct err err = {0};
	struct stat file;
	int lock;
	assert_int_equal(directory_lock(folder, false, &lock, &err), 0);
	assert_int_equal(fstat(lock, &file), 0);
	assert_true(S_ISREG(file.st_mode));
	assert_int_not_equal(fcntl(lock, F_GETFL) & O_ACCMODE, O_RDONLY);
	directory_unlock(folder, lock);
}

/* Where locks fail here, the file may be that of a run on another host. */
static void a_file_that_was_there_stays(void **state)
{
	(void)state;
	struct err err = {0}, refusal = {0};
	int first, second;
	assert_int_equal(directory_lock(folder, true, &first, &err), 0);
	locks = LOCKS_NONE;
	assert_int_equal(directory_lock(folder, true, &second, &refusal), -1);
	assert_int_equal(refusal.code, EX_USAGE);
	assert_non_null(strstr(refusal.text, ".lock: cannot keep out other tasks"));
	assert_int_equal(entries(folder), 1);
	assert_int_equal(directory_lock(folder, false, &second, &err), 0);
	locks = LOCKS;
	directory_unlock(folder, second);
	assert_int_equal(entries(folder), 1);
	refusal = (struct err){0};
	assert_int_equal(directory_lock(folder, true, &second, &refusal), -1);
	assert_error(&refusal, EX_USAGE, "", "another run is writing there");
	directory_unlock(folder, first);
	assert_int_equal(entries(folder), 0);

	locks = LOCKS_NONE;
	refusal = (struct err){0};
	assert_int_equal(directory_lock(folder, true, &second, &refusal), -1);
	assert_int_equal(entries(folder), 0);
	locks = LOCKS;
}

static void a_file_that_is_never_there_ends_it(void **state)
{
	(void)state;
	struct err err = {0};
	int lock;
	locks = LOCKS_GONE;
	lock_calls = 0;
	assert_int_equal(directory_lock(folder, false, &lock, &err), -1);
	locks = LOCKS;
	assert_int_equal(lock, -1);
	assert_int_equal(err.code, EX_IOERR);
	assert_non_null(strstr(err.text, ".lock: cannot be kept"));
	assert_int_equal(lock_calls, 100);
}

/* Holds the lock often, each time with a file that nobody else may find. */
static int lock_often(void)
{
	enum { TIMES = 1000 };
	for (int held = 0; held < TIMES;) {
		struct err err = {0};
		int lock;
		if (directory_lock(folder, false, &lock, &err) != 0) {
			if (err.code != EX_USAGE)
				return 1;
			continue;
		}
		int mine = open(in_folder(folder, "mine"), O_WRONLY | O_CREAT | O_EXCL, 0666);
		if (mine < 0 || close(mine) != 0 || unlink(in_folder(folder, "mine")) != 0)
			return 2;
		directory_unlock(folder, lock);
		held++;
	}
	return 0;
}

/* Also while the lock's file comes and goes. */
static void never_two_at_once(void **state)
{
	(void)state;
	enum { RUNS = 3 };
	pid_t run[RUNS];
	int status;
	for (int i = 0; i < RUNS; i++) {
		run[i] = fork();
		assert_int_not_equal(run[i], -1);
		if (run[i] == 0)
			_exit(lock_often());
	}
	for (int i = 0; i < RUNS; i++) {
		assert_int_equal(waitpid(run[i], &status, 0), run[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(entries(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_hold_the_step),
		IN_FOLDER(lists_are_ascending_and_know_strangers),
		IN_FOLDER(absent_directory_is_empty_and_a_file_is_none),
		IN_FOLDER(old_checkpoints_retire),
		IN_FOLDER(failed_write_deletes_nothing),
		IN_FOLDER(newest_good_one_is_found),
		IN_FOLDER(no_good_one_is_no_error),
		IN_FOLDER(one_run_holds_the_directory),
		IN_FOLDER(other_hosts_see_the_lock),
		IN_FOLDER(a_file_that_was_there_stays),
		IN_FOLDER(a_file_that_is_never_there_ends_it),
		IN_FOLDER(never_two_at_once),
	};
	return cmocka_run_group_tests_name("directory", tests, NULL, NULL);
}
