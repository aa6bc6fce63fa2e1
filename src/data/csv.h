/* Tables as text with commas (CSV, RFC 4180). */
#ifndef CONVOY_DATA_CSV_H
#define CONVOY_DATA_CSV_H

#include <convoy/base.h>

enum { CSV_BYTES = 1 << 28, CSV_COLUMNS = 64 };

struct csv {
	const char *path; /* the caller's */
	char *bytes;      /* fields lie here */
	char *next;       /* what is not read yet */
	size_t line;      /* of it, from 1 on */
};

/* Reads a file of at most CSV_BYTES; a byte order mark is passed over. Free it also after a failure. EX_NOINPUT,
 * EX_IOERR; EX_DATAERR, also for a NUL byte. */
int csv_open(struct csv *csv, const char *path, struct err *err);
void csv_free(struct csv *csv);

/* Gives the fields of the next line that is not empty, and its number; *count is 0 at the end. Fields stay until
 * csv_free. EX_DATAERR for more than CSV_COLUMNS, and for a quote without its end. */
int csv_line(struct csv *csv, char *field[CSV_COLUMNS], size_t *count, size_t *line, struct err *err);

/* Sets the error "PATH:LINE: …", EX_DATAERR. Always −1. */
int csv_fault(const struct csv *csv, size_t line, struct err *err, const char *format, ...) CONVOY_PRINTF(4, 5);

#endif
