/* store: a file is written whole or not at all, whatever call of the system fails. The linker sends the calls of
 * file_write through the functions below (-Wl,--wrap). */
#include <convoy/store.h>

#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "store/folder.h"

/* ---- Calls that fail on demand ------------------------------------------------------------------------------- */

enum call { WRITE, FSYNC, RENAME, RESERVE, CLOSE, CALLS };

static struct {
	enum call call;
	int number;    /* errno to fail with; 0: none fails */
	unsigned from; /* the first call of its kind that fails, from 1 … */
	unsigned times; /* … and how many do */
	size_t most;   /* a write takes no more bytes than that; 0: no limit */
	unsigned made[CALLS];
} fault;

static bool fails(enum call call)
{
	unsigned now = ++fault.made[call];
	return fault.number != 0 && call == fault.call && now >= fault.from && now < fault.from + fault.times;
}

ssize_t __real_pwrite(int file, const void *bytes, size_t count, off_t offset);
int __real_fsync(int file);
int __real_renameat(int from, const char *old, int to, const char *new);
int __real_posix_fallocate(int file, off_t offset, off_t length);
int __real_close(int file);
ssize_t __wrap_pwrite(int file, const void *bytes, size_t count, off_t offset);
int __wrap_fsync(int file);
int __wrap_renameat(int from, const char *old, int to, const char *new);
int __wrap_posix_fallocate(int file, off_t offset, off_t length);
int __wrap_close(int file);

ssize_t __wrap_pwrite(int file, const void *bytes, size_t count, off_t offset)
{
	if (fails(WRITE)) {
		errno = fault.number;
		return -1;
	}
	return __real_pwrite(file, bytes, fault.most != 0 && count > fault.most ? fault.most : count, offset);
}

int __wrap_fsync(int file)
{
	if (!fails(FSYNC))
		return __real_fsync(file);
	errno = fault.number;
	return -1;
}

int __wrap_renameat(int from, const char *old, int to, const char *new)
{
	if (!fails(RENAME))
		return __real_renameat(from, old, to, new);
	errno = fault.number;
	return -1;
}

int __wrap_posix_fallocate(int file, off_t offset, off_t length)
{
	return fails(RESERVE) ? fault.number : __real_posix_fallocate(file, offset, length);
}

int __wrap_close(int file)
{
	int status = __real_close(file);
	if (!fails(CLOSE))
		return status;
	errno = fault.number;
	return -1;
}

static void fault_set(enum call call, int number, unsigned from, unsigned times)
{
	memset(&fault, 0, sizeof fault);
	fault.call = call;
	fault.number = number;
	fault.from = from;
	fault.times = times;
}

static void fault_clear(void)
{
	memset(&fault, 0, sizeof fault);
}

static int folder_fresh(void **state)
{
	fault_clear();
	return folder_setup(state);
}

static int folder_gone(void **state)
{
	fault_clear();
	return folder_teardown(state);
}

/* ---- Tests ------------------------------------------------------------------------------------------------------ */

static void files_come_back(void **state)
{
	(void)state;
	struct err err = {0};
	mode_t old = umask(0027);
	assert_int_equal(file_write(folder, "f", "old", 3, &err), 0);
	umask(old);
	struct stat info;
	assert_int_equal(stat(in_folder(folder, "f"), &info), 0);
	assert_int_equal(info.st_mode & 0777, 0640);
	assert_content("f", "old");
	assert_int_equal(file_write(folder, "f", "new content", 11, &err), 0);
	assert_content("f", "new content");
	assert_int_equal(file_write(folder, "f", "", 0, &err), 0);
	assert_content("f", "");
	assert_int_equal(entries(folder), 1);
}

static void a_link_is_replaced_not_followed(void **state)
{
	(void)state;
	struct err err = {0};
	struct stat info;
	assert_int_equal(file_write(folder, "real", "old", 3, &err), 0);
	assert_int_equal(symlink("real", in_folder(folder, "link")), 0);
	assert_int_equal(file_write(folder, "link", "new", 3, &err), 0);
	assert_content("real", "old");
	assert_content("link", "new");
	assert_int_equal(lstat(in_folder(folder, "link"), &info), 0);
	assert_true(S_ISREG(info.st_mode));
}

static void a_pipe_is_not_replaced(void **state)
{
	(void)state;
	struct err straight = {0}, through = {0};
	struct stat info;
	assert_int_equal(mkfifo(in_folder(folder, "pipe"), 0600), 0);
	assert_int_equal(symlink("pipe", in_folder(folder, "link")), 0);
	assert_int_equal(file_write(folder, "pipe", "new", 3, &straight), -1);
	assert_error(&straight, EX_IOERR, "pipe", "cannot replace: is not a regular file");
	assert_int_equal(file_write(folder, "link", "new", 3, &through), -1);
	assert_error(&through, EX_IOERR, "link", "cannot replace: is not a regular file");
	assert_int_equal(lstat(in_folder(folder, "pipe"), &info), 0);
	assert_true(S_ISFIFO(info.st_mode));
	assert_int_equal(lstat(in_folder(folder, "link"), &info), 0);
	assert_true(S_ISLNK(info.st_mode));
	assert_int_equal(entries(folder), 2);
}

/* Each call fails, at its first and later turns, with each error it may have: the old file stands and nothing else. */
static void every_failure_leaves_the_old_file(void **state)
{
	(void)state;
	static const int numbers[] = {EIO, ENOSPC, EDQUOT, EROFS, EACCES, EFBIG, ENOMEM};
	static const struct {
		enum call call;
		unsigned from, times;
		const char *action;
	} cases[] = {
		{RESERVE, 1, 1, "write"}, {WRITE, 1, 1, "write"}, {WRITE, 2, 1, "write"}, {FSYNC, 1, 2, "flush"},
		{CLOSE, 1, 1, "close"},   {RENAME, 1, 1, "rename"},
	};
	struct err none = {0};
	assert_int_equal(file_write(folder, "f", "old", 3, &none), 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (size_t n = 0; n < sizeof numbers / sizeof numbers[0]; n++) {
			struct err err = {0};
			char text[256];
			fault_set(cases[i].call, numbers[n], cases[i].from, cases[i].times);
			fault.most = 2;
			assert_int_equal(file_write(folder, "f", "brand new", 9, &err), -1);
			assert_true(fault.made[cases[i].call] >= cases[i].from);
			fault_clear();
			snprintf(text, sizeof text, "cannot %s: %s", cases[i].action, strerror(numbers[n]));
			assert_error(&err, EX_IOERR, "f", text);
			assert_content("f", "old");
			assert_int_equal(entries(folder), 1);
		}
}

static void interruptions_and_short_writes_are_no_failures(void **state)
{
	(void)state;
	struct err err = {0};
	fault_set(WRITE, EINTR, 2, 3);
	fault.most = 2;
	assert_int_equal(file_write(folder, "a", "brand new", 9, &err), 0);
	assert_int_equal(fault.made[WRITE], 8); /* five pieces and three interruptions */
	fault_set(RESERVE, EINTR, 1, 3);
	assert_int_equal(file_write(folder, "b", "brand new", 9, &err), 0);
	fault_set(RESERVE, EOPNOTSUPP, 1, 1);
	assert_int_equal(file_write(folder, "c", "brand new", 9, &err), 0);
	fault_set(RESERVE, EINVAL, 1, 1);
	assert_int_equal(file_write(folder, "d", "brand new", 9, &err), 0);
	fault_set(CLOSE, EINTR, 1, 1);
	assert_int_equal(file_write(folder, "e", "brand new", 9, &err), 0);
	fault_clear();
	for (char name[] = "a"; name[0] <= 'e'; name[0]++)
		assert_content(name, "brand new");
	assert_int_equal(entries(folder), 5);
}

/* After a failed fsync: not another fsync of that file, but the whole content in a new one, once. */
static void a_failed_flush_is_written_anew(void **state)
{
	(void)state;
	struct err err = {0};
	fault_set(FSYNC, EIO, 1, 1);
	assert_int_equal(file_write(folder, "f", "brand new", 9, &err), 0);
	assert_int_equal(fault.made[WRITE], 2);
	assert_int_equal(fault.made[FSYNC], 3); /* failed, second file, directory */
	assert_int_equal(fault.made[RENAME], 1);
	fault_clear();
	assert_content("f", "brand new");
	assert_int_equal(entries(folder), 1);

	fault_set(FSYNC, EIO, 1, 9);
	assert_int_equal(file_write(folder, "f", "newer", 5, &err), -1);
	assert_int_equal(fault.made[FSYNC], 2);
	fault_clear();
	assert_content("f", "brand new");
	assert_int_equal(entries(folder), 1);
}

static void the_directory_is_flushed(void **state)
{
	(void)state;
	struct err err = {0}, tolerated = {0};
	fault_set(FSYNC, EIO, 2, 1);
	assert_int_equal(file_write(folder, "f", "new", 3, &err), -1);
	fault_set(FSYNC, EINVAL, 2, 1);
	assert_int_equal(file_write(folder, "f", "new", 3, &tolerated), 0);
	fault_clear();
	assert_error(&err, EX_IOERR, "f", "cannot flush the directory: Input/output error");
}

/* A limit on the size of files works as any user and is as good as a full disk. */
static void a_full_disk_leaves_the_old_file(void **state)
{
	(void)state;
	struct err err = {0}, full = {0};
	static char content[100000];
	assert_int_equal(file_write(folder, "f", "old", 3, &err), 0);
	struct rlimit old, small;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 50000;
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	int reserved = file_write(folder, "f", content, sizeof content, &full);
	fault_set(RESERVE, EOPNOTSUPP, 1, 1); /* now it is write that finds no room, in the middle */
	int written = file_write(folder, "f", content, sizeof content, &err);
	unsigned writes = fault.made[WRITE];
	fault_clear();
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, handler);
	assert_int_equal(reserved, -1);
	assert_int_equal(written, -1);
	assert_int_equal(writes, 2);
	assert_error(&full, EX_IOERR, "f", "cannot write: File too large");
	assert_error(&err, EX_IOERR, "f", "cannot write: File too large");
	assert_content("f", "old");
	assert_int_equal(entries(folder), 1);
}

static void impossible_targets_are_named(void **state)
{
	(void)state;
	struct err target = {0}, missing = {0}, slash = {0}, empty = {0}, long_name = {0}, forbidden = {0};
	assert_int_equal(mkdir(in_folder(folder, "d"), 0777), 0);
	assert_int_equal(file_write(folder, "d", "new", 3, &target), -1);
	assert_error(&target, EX_IOERR, "d", "cannot rename: Is a directory");
	assert_int_equal(entries(folder), 1);

	assert_int_equal(file_write(in_folder(folder, "none"), "f", "new", 3, &missing), -1);
	assert_error(&missing, EX_IOERR, "none/f", "cannot open the directory: No such file or directory");
	assert_int_equal(file_write(folder, "d/f", "new", 3, &slash), -1);
	assert_error(&slash, EX_IOERR, "d/f", "cannot create: Invalid argument");
	assert_int_equal(file_write(folder, "", "new", 3, &empty), -1);
	char name[256];
	memset(name, 'n', sizeof name);
	name[255] = 0;
	assert_int_equal(file_write(folder, name, "new", 3, &long_name), -1);
	assert_error(&long_name, EX_IOERR, name, "cannot create: File name too long");

	if (geteuid() != 0) { /* root may write everywhere */
		assert_int_equal(chmod(in_folder(folder, "d"), 0500), 0);
		assert_int_equal(file_write(in_folder(folder, "d"), "f", "new", 3, &forbidden), -1);
		assert_error(&forbidden, EX_IOERR, "d/f", "cannot create: Permission denied");
	}
	assert_int_equal(entries(in_folder(folder, "d")), 0);
}

/* The names that file_write makes are the names that a sweep takes: a writer that dies before its rename leaves one. */
static void a_sweep_takes_what_a_killed_writer_left(void **state)
{
	(void)state;
	struct err err = {0};
	int status;
	pid_t child = fork();
	if (child == 0) {
		struct rlimit none = {0, 0};
		signal(SIGXFSZ, SIG_DFL); /* kills it at its first byte */
		setrlimit(RLIMIT_CORE, &none);
		setrlimit(RLIMIT_FSIZE, &none);
		fault_set(RESERVE, EOPNOTSUPP, 1, 1);
		file_write(folder, "checkpoint-00000001.h5", "content", 7, &err);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(entries(folder), 1);
	assert_int_equal(directory_sweep(folder, &err), 0);
	assert_int_equal(entries(folder), 0);
}

#define in_fresh_folder(test) cmocka_unit_test_setup_teardown(test, folder_fresh, folder_gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_fresh_folder(files_come_back),
		in_fresh_folder(a_link_is_replaced_not_followed),
		in_fresh_folder(a_pipe_is_not_replaced),
		in_fresh_folder(every_failure_leaves_the_old_file),
		in_fresh_folder(interruptions_and_short_writes_are_no_failures),
		in_fresh_folder(a_failed_flush_is_written_anew),
		in_fresh_folder(the_directory_is_flushed),
		in_fresh_folder(a_full_disk_leaves_the_old_file),
		in_fresh_folder(impossible_targets_are_named),
		in_fresh_folder(a_sweep_takes_what_a_killed_writer_left),
	};
	return cmocka_run_group_tests_name("store: files", tests, NULL, NULL);
}
