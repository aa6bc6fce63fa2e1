/* Files in memory, for fuzz targets: the program opens, looks at and reads those whose names begin with "fuzz/". Link
 * with --wrap for open, fstat, read, pread, close and access. */
#ifndef TESTS_FUZZ_FILES_H
#define TESTS_FUZZ_FILES_H

#include <stddef.h>
#include <stdint.h>

/* Takes the place of all earlier files. The bytes stay the caller's. */
void files_clear(void);
void input_put(const char *path, const uint8_t *bytes, size_t count);

enum { FILES_FIRST = 1 << 20 }; /* their descriptors: the system gives none so large */

/* The next process that is started is none: it says what "fuzz/answer" holds (process.c). */
void process_expect(void);

#endif
