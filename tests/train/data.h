/* A tiny data set that can be learned, for tests of training. */
#ifndef TESTS_TRAIN_DATA_H
#define TESTS_TRAIN_DATA_H

#include <convoy/base.h>

enum { DATA_SIDE = 12, DATA_CLASSES = 4, DATA_TRAIN_COUNT = 203, DATA_TEST_COUNT = 57 };

/* Writes `directory`'s four IDX files: images of 12×12 pixels with a line that lies, stands, falls or rises
 * (class 0 … 3) somewhere on a noisy ground. The same bytes for the same seed and counts. EX_IOERR. */
int data_write(const char *directory, uint64_t seed, size_t train, size_t test, struct err *err);

/* One image, sample `index` of the seed's stream, and its class. Pure. */
uint8_t data_image(uint64_t seed, size_t index, uint8_t pixels[DATA_SIDE * DATA_SIDE]);

#endif
