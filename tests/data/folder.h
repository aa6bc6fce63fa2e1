/* A temporary folder of data files for a test. */
#ifndef TESTS_DATA_FOLDER_H
#define TESTS_DATA_FOLDER_H

#include <stddef.h>
#include <stdint.h>

struct folder {
	char path[256];
};

/* cmocka setup and teardown: *state is a struct folder; teardown removes it with the files in it. */
int folder_setup(void **state);
int folder_teardown(void **state);
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)

void folder_write(const struct folder *folder, const char *name, const void *bytes, size_t count);
void folder_remove(const struct folder *folder, const char *name);

/* One gzip member with `count` bytes of content; returns its size (at most `room`). */
size_t gzip(const void *bytes, size_t count, uint8_t *packed, size_t room);

/* `count` seeded random bytes below `limit` (1 … 256). */
void random_fill(uint64_t stream, uint8_t *bytes, size_t count, unsigned limit);

#endif
