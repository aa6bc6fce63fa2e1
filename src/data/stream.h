/* A stream's parts, which its files share: windows (stream.c) and the first pass (scan.c). */
#ifndef CONVOY_DATA_STREAM_H
#define CONVOY_DATA_STREAM_H

#include "data.h"
#include "pieces.h"

#include <pthread.h>

struct request {
	enum data_part part;
	uint64_t epoch;
	size_t window;
	struct dataset into;
};

/* The samples of one fate of a part of the file. */
struct stream_view {
	size_t part;    /* of the file */
	enum fate fate;
	size_t count;
	uint32_t *kept; /* [rows of chunks of the part] samples of that fate */
};

struct stream {
	struct stream_plan plan;
	struct sample_reader reader;
	char *path;
	size_t each;                  /* bytes of a sample's inputs */
	size_t window;                /* S */
	struct dataset limits;        /* no samples: what they must be, and the file's names of classes */
	struct dataset beside[SAMPLE_PARTS]; /* of all samples: their targets and weights */
	uint8_t *fate[SAMPLE_PARTS];  /* of all samples */
	size_t number[FATES];         /* samples of the training part with each fate */
	struct stream_view view[DATA_PARTS];
	size_t rows;                  /* rows of chunks of the training inputs */
	uint32_t *order;              /* [rows] their order in the epoch … */
	uint64_t ordered;             /* … minus one; 0: none */
	uint8_t *room;                /* for the inputs of [span] samples */
	uint8_t *row;                 /* the inputs of … */
	size_t loaded;                /* … a row of chunks, numbered over both parts, plus one; 0: none */
	bool asked;                   /* `thread` works for `request` */
	pthread_t thread;
	struct request request;
	struct err trouble;           /* the thread's */
};

/* Returns where the inputs of a part of the file lie. */
const struct sample_pieces *stream_inputs(const struct stream *s, size_t part);

/* Returns the number of samples of a part of the file. */
size_t stream_all(const struct stream *s, size_t part);

/* Loads a row of chunks of a part into s->row, unless it is there. *count: its samples. */
int row_load(struct stream *s, size_t part, size_t row, size_t *count, struct err *err);

/* Makes sample `sample` of a part, number i of the row in s->row, number `at` of a set. */
void sample_lay(const struct stream *s, size_t part, size_t sample, size_t i, const struct dataset *to, size_t at);

#endif
