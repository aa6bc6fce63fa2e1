/* store: whole files are read within a limit, directories are made and swept. */
#include <convoy/store.h>

#include <setjmp.h>
#include <cmocka.h>

#include "store/folder.h"

static void reading_knows_its_limit(void **state)
{
	(void)state;
	struct err err = {0}, large = {0}, directory = {0}, missing = {0};
	uint8_t *bytes;
	size_t count;
	assert_int_equal(file_write(folder, "f", "12345", 5, &err), 0);
	assert_int_equal(file_read(in_folder(folder, "f"), 5, &bytes, &count, &err), 0);
	assert_int_equal(count, 5);
	assert_int_equal(bytes[5], 0);
	free(bytes);
	assert_int_equal(file_read(in_folder(folder, "f"), 4, &bytes, &count, &large), -1);
	assert_error(&large, EX_DATAERR, "f", "has 5 bytes, more than the limit of 4");
	assert_int_equal(file_read(folder, 4, &bytes, &count, &directory), -1);
	assert_error(&directory, EX_DATAERR, "", "is not a regular file");
	assert_int_equal(file_read(in_folder(folder, "g"), 4, &bytes, &count, &missing), -1);
	assert_error(&missing, EX_NOINPUT, "g", "cannot open: No such file or directory");
	/* Here a link is followed: it is the user's own file. */
	assert_int_equal(symlink("f", in_folder(folder, "l")), 0);
	assert_content("l", "12345");
}

static void directories_are_made_with_parents(void **state)
{
	(void)state;
	struct err err = {0}, file = {0}, below = {0}, empty = {0};
	struct stat info;
	assert_int_equal(directory_make(in_folder(folder, "a//b/c/"), &err), 0);
	assert_int_equal(stat(in_folder(folder, "a/b/c"), &info), 0);
	assert_true(S_ISDIR(info.st_mode));
	assert_int_equal(directory_make(in_folder(folder, "a/b/c"), &err), 0);
	assert_int_equal(directory_make("/", &err), 0);
	assert_int_equal(directory_make(".", &err), 0);
	assert_int_equal(file_write(folder, "f", "", 0, &err), 0);
	assert_int_equal(directory_make(in_folder(folder, "f"), &file), -1);
	assert_error(&file, EX_IOERR, "f", "cannot make the directory: Not a directory");
	assert_int_equal(directory_make(in_folder(folder, "f/g"), &below), -1);
	assert_error(&below, EX_IOERR, "f", "cannot make the directory: Not a directory");
	assert_int_equal(directory_make("", &empty), -1);
}

static void a_sweep_takes_only_its_own(void **state)
{
	(void)state;
	static const char *const mine[] = {".f.0123456789abcdef.tmp", ".a.b.h5.ffffffffffffffff.tmp"};
	static const char *const others[] = {
		".f.tmp", ".f.0123456789abcde.tmp", ".f.0123456789abcdeg.tmp", "f.0123456789abcdef.tmp",
		"..0123456789abcdef.tmp", ".f.0123456789abcdef.tmp~", ".f.0123456789ABCDEF.tmp", "checkpoint-00000001.h5",
		".f-0123456789abcdef.tmp",
	};
	enum { MINE = sizeof mine / sizeof mine[0], OTHERS = sizeof others / sizeof others[0] };
	struct err err = {0}, missing = {0};
	for (size_t i = 0; i < MINE; i++)
		assert_int_equal(file_write(folder, mine[i], "x", 1, &err), 0);
	for (size_t i = 0; i < OTHERS; i++)
		assert_int_equal(file_write(folder, others[i], "x", 1, &err), 0);
	assert_int_equal(mkdir(in_folder(folder, ".d.0123456789abcdef.tmp"), 0777), 0);
	assert_int_equal(symlink(others[0], in_folder(folder, ".l.0123456789abcdef.tmp")), 0);
	assert_int_equal(directory_sweep(folder, &err), 0);
	assert_int_equal(entries(folder), OTHERS + 1);
	for (size_t i = 0; i < OTHERS; i++)
		assert_content(others[i], "x");
	assert_int_equal(directory_sweep(in_folder(folder, "none"), &missing), -1);
	assert_error(&missing, EX_IOERR, "none", "cannot open the directory: No such file or directory");
}

static void assert_leads(const char *name, const char *to)
{
	char text[100] = "";
	assert_int_equal(readlink(in_folder(folder, name), text, sizeof text - 1), strlen(to));
	assert_string_equal(text, to);
}

static void links_replace_links_alone(void **state)
{
	(void)state;
	static const char *const to[] = {"one", "two", "two", "nowhere", "three"};
	struct err err = {0}, file = {0}, made = {0}, none = {0};
	for (size_t i = 0; i < sizeof to / sizeof *to; i++) {
		assert_int_equal(link_write(folder, "l", to[i], &err), 0);
		assert_leads("l", to[i]);
		assert_int_equal(entries(folder), 1);
	}
	assert_int_equal(file_write(folder, "f", "mine", 4, &err), 0);
	assert_int_equal(link_write(folder, "f", "l", &file), -1);
	assert_error(&file, EX_IOERR, "f", "cannot make the link: File exists");
	assert_content("f", "mine");
	assert_int_equal(mkdir(in_folder(folder, "d"), 0777), 0);
	assert_int_equal(link_write(folder, "d", "l", &made), -1);
	assert_int_equal(link_write(in_folder(folder, "f"), "l", "x", &none), -1);
	assert_int_equal(none.code, EX_IOERR);
	assert_int_equal(entries(folder), 3);
}

static void paths_are_split_and_put_together(void **state)
{
	(void)state;
	static const char *const cases[][4] = {
		{"x.h5", ".", "x.h5", "./x.h5"},
		{"/x.h5", "/", "x.h5", "/x.h5"},
		{"a/b/x.h5", "a/b", "x.h5", "a/b/x.h5"},
		{"a//x.h5", "a/", "x.h5", "a/x.h5"},
	};
	struct err err = {0};
	char *directory, *name;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(path_split(cases[i][0], &directory, &name, &err), 0);
		assert_string_equal(directory, cases[i][1]);
		assert_string_equal(name, cases[i][2]);
		char *path = memory_format(&err, "%s%s%s", directory, path_gap(directory), name);
		assert_string_equal(path, cases[i][3]);
		free(path);
		free(directory);
		free(name);
	}
	assert_int_equal(path_split("a/", &directory, &name, &err), -1);
	assert_int_equal(err.code, EX_USAGE);
	assert_null(directory);
	assert_null(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(reading_knows_its_limit),
		IN_FOLDER(directories_are_made_with_parents),
		IN_FOLDER(a_sweep_takes_only_its_own),
		IN_FOLDER(links_replace_links_alone),
		cmocka_unit_test(paths_are_split_and_put_together),
	};
	return cmocka_run_group_tests_name("store: directories", tests, NULL, NULL);
}
