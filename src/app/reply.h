/* What a rank has to say of its samples, in order, as bytes for rank 0. */
#ifndef CONVOY_APP_REPLY_H
#define CONVOY_APP_REPLY_H

#include <convoy/base.h>

enum reply_kind {
	REPLY_ROWS,   /* bytes for the output: lines of text, rows of an array */
	REPLY_SAY,    /* a line for the user, at this place of the output … */
	REPLY_HINT,   /* … only if it is the first of its kind: on --invert … */
	REPLY_GROUND, /* … on transparent pixels */
	REPLY_BAD,    /* a line that says why a given cannot be read */
	REPLY_END,    /* the end of a unit: no bytes */
};

/* A piece. */
struct reply_piece {
	enum reply_kind kind;
	int code; /* of REPLY_BAD: the exit status */
	size_t count; /* of bytes; texts end with a NUL */
};

struct reply {
	struct memory_stream rows; /* to print to: the piece of rows that grows */
	struct memory_stream done; /* pieces, each before its bytes */
};

/* Opens an empty reply. Close it also after a failure. */
int reply_open(struct reply *reply, struct err *err);
void reply_close(struct reply *reply);

/* Ends the rows printed so far and adds a line behind them. */
void reply_say(struct reply *reply, enum reply_kind kind, int code, const char *text);

/* Ends the rows printed so far, and the unit. */
void reply_end(struct reply *reply);

/* Gives all pieces since the last call of reply_clear: bytes of the reply. EX_OSERR if there was no memory for some. */
int reply_bytes(struct reply *reply, const uint8_t **bytes, size_t *count, struct err *err);

/* Empties it. */
void reply_clear(struct reply *reply);

/* Reads the piece at *at, where *left bytes are left, and moves on: *at is then the next piece. Returns the piece's
 * bytes. */
const uint8_t *reply_next(const uint8_t **at, size_t *left, struct reply_piece *piece);

#endif
