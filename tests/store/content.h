/* A store like a checkpoint, to test with, and its way into a file. Include after cmocka.h. */
#ifndef TESTS_STORE_CONTENT_H
#define TESTS_STORE_CONTENT_H

#include "store/folder.h"

/* Writes a store to FOLDER/NAME and destroys it. */
static inline void store_save(struct store *store, const char *name, uint64_t step)
{
	struct err err = {0};
	struct image image;
	assert_int_equal(store_image(store, step, &image, &err), 0);
	assert_int_equal(file_write(folder, name, image.bytes, image.count, &err), 0);
	image_destroy(&image);
	store_destroy(store);
}

/* A store much like a checkpoint. */
static inline struct store *store_filled(float first)
{
	struct err err = {0};
	float kernels[2 * 1 * 3 * 3];
	uint8_t pixels[4 * 4] = {0, 255};
	for (size_t i = 0; i < 18; i++)
		kernels[i] = first + (float)i / 16;
	struct store_array array = {"/layers/01-convolution/kernels", STORE_F32, 4, {2, 1, 3, 3},
	                            {"output map", "input map", "row", "column"}, "kernels in correlation form", false};
	struct store_array empty = {.path = "/layers/02-pooling/beta", .type = STORE_F64, .rank = 1,
	                            .labels = {"map"}, .description = "none"};
	struct store_array picture = {.path = "/pictures/kernels", .rank = 2, .dims = {4, 4}, .labels = {NULL, "column"},
	                              .picture = true};
	struct store *store = store_create(&err);
	assert_non_null(store);
	assert_int_equal(store_set_text(store, "format", "convoy", &err), 0);
	assert_int_equal(store_put(store, &array, kernels, &err), 0);
	assert_int_equal(store_put(store, &empty, NULL, &err), 0);
	assert_int_equal(store_put(store, &picture, pixels, &err), 0);
	assert_int_equal(store_put_names(store, "/classes", NULL, 2, (const char *const[]){"odd", "even"}, &err), 0);
	return store;
}

#endif
