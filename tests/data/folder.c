/* A temporary folder, gzip and random bytes for tests of data. */
#include "folder.h"

#include <convoy/base.h>

#include <dirent.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

int folder_setup(void **state)
{
	struct folder *folder = calloc(1, sizeof *folder);
	const char *where = getenv("TMPDIR");
	if (folder == NULL)
		return -1;
	snprintf(folder->path, sizeof folder->path, "%s/convoy-data-XXXXXX", where != NULL ? where : "/tmp");
	*state = folder;
	return mkdtemp(folder->path) == NULL ? -1 : 0;
}

int folder_teardown(void **state)
{
	struct folder *folder = *state;
	DIR *directory = opendir(folder->path);
	if (directory != NULL) {
		for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
			if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
				folder_remove(folder, entry->d_name);
		closedir(directory);
	}
	int result = rmdir(folder->path);
	free(folder);
	return result;
}

static void path_of(const struct folder *folder, const char *name, char *path, size_t room)
{
	assert_true((size_t)snprintf(path, room, "%s/%s", folder->path, name) < room);
}

void folder_write(const struct folder *folder, const char *name, const void *bytes, size_t count)
{
	char path[512];
	path_of(folder, name, path, sizeof path);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, count, file), count);
	assert_int_equal(fclose(file), 0);
}

void folder_remove(const struct folder *folder, const char *name)
{
	char path[512];
	path_of(folder, name, path, sizeof path);
	remove(path);
}

size_t gzip(const void *bytes, size_t count, uint8_t *packed, size_t room)
{
	z_stream z = {0};
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)bytes;
	z.avail_in = (uInt)count;
	z.next_out = packed;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	size_t size = z.total_out;
	deflateEnd(&z);
	return size;
}

void random_fill(uint64_t stream, uint8_t *bytes, size_t count, unsigned limit)
{
	for (size_t i = 0; i < count; i++)
		bytes[i] = (uint8_t)random_below(11, RANDOM_CHECK, stream, i, limit);
}
