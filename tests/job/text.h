/* What the tests of jobs share: a small good job, and texts made from it. */
#ifndef TESTS_JOB_TEXT_H
#define TESTS_JOB_TEXT_H

#include <convoy/job.h>

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char good[] =
	"name: test\n"                                                       /*  1 */
	"data: {format: idx, directory: /data, pad: 2}  # größer als 28×28\n" /*  2 */
	"input: {maps: 1, rows: 28, columns: 28}\n"                          /*  3 */
	"layers:\n"                                                          /*  4 */
	"  - {type: convolution, maps: 3, kernel: 5, activation: tanh}\n"    /*  5 */
	"  - {type: subsampling, window: 2}\n"                               /*  6 */
	"  - type: combination\n"                                            /*  7 */
	"    maps: 16  # sixteen\n"                                          /*  8 */
	"    kernel: 5\n"                                                    /*  9 */
	"    sparsity: {penalty: entropy, lambda: 0.1}\n"                    /* 10 */
	"  # maxima\n"                                                       /* 11 */
	"  - {type: pooling, method: max, window: 2}\n"                      /* 12 */
	"  - {type: full, units: 10}\n"                                      /* 13 */
	"loss: squared-error\n"                                              /* 14 */
	"train: {epochs: 20, batch: 64, rate: 0.01}\n"                       /* 15 */
	"output: {classes: 10}  # the end\n";                                /* 16 */

/* `text` with its first `from` replaced by `to` (NULL: none); fails the test where there is no `from`. free(). */
static inline char *with(const char *text, const char *from, const char *to)
{
	const char *at = from == NULL ? text + strlen(text) : strstr(text, from);
	assert_non_null(at);
	struct err err = {0};
	char *out = memory_format(&err, "%.*s%s%s", (int)(at - text), text, to == NULL ? "" : to,
	                          from == NULL ? "" : at + strlen(from));
	assert_non_null(out);
	return out;
}

#endif
