/* A fresh directory for a test, what stands in it, and its removal with all that is in it. Include after cmocka.h. */
#ifndef TESTS_STORE_FOLDER_H
#define TESTS_STORE_FOLDER_H

#include <convoy/store.h>

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_BYTES = 256 };

static char folder[FOLDER_BYTES];

static inline int folder_remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	(void)info, (void)kind, (void)place;
	return remove(path);
}

static inline int folder_open(char path[FOLDER_BYTES])
{
	const char *base = getenv("TMPDIR");
	snprintf(path, FOLDER_BYTES, "%s/convoy-store.XXXXXX", base == NULL || base[0] == 0 ? "/tmp" : base);
	return mkdtemp(path) == NULL ? -1 : 0;
}

static inline void folder_close(const char *path)
{
	chmod(path, 0700);
	nftw(path, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Setup and teardown, of a group or of one test: an empty `folder`, and none any more. */
static inline int folder_setup(void **state)
{
	(void)state;
	return folder_open(folder);
}

static inline int folder_teardown(void **state)
{
	(void)state;
	folder_close(folder);
	return 0;
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)

/* "FOLDER/NAME", good until the next but one call. */
static inline const char *in_folder(const char *parent, const char *name)
{
	static char path[2][2 * FOLDER_BYTES];
	static int turn;
	turn = !turn;
	snprintf(path[turn], sizeof path[turn], "%s/%s", parent, name);
	return path[turn];
}

/* Entries of a directory. */
static inline size_t entries(const char *path)
{
	size_t count = 0;
	DIR *open_folder = opendir(path);
	assert_non_null(open_folder);
	for (struct dirent *entry; (entry = readdir(open_folder)) != NULL;)
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(open_folder);
	return count;
}

static inline void assert_content(const char *name, const char *content)
{
	struct err err = {0};
	uint8_t *bytes;
	size_t count;
	assert_int_equal(file_read(in_folder(folder, name), 1000, &bytes, &count, &err), 0);
	assert_string_equal((char *)bytes, content);
	assert_int_equal(count, strlen(content));
	free(bytes);
}

/* Fails unless `err` holds that code and "FOLDER/NAME: rest". */
static inline void assert_error(const struct err *err, int code, const char *name, const char *rest)
{
	char text[1024];
	snprintf(text, sizeof text, "%s%s%s: %s", folder, name[0] == 0 ? "" : "/", name, rest);
	assert_string_equal(err->text, text);
	assert_int_equal(err->code, code);
}

#endif
