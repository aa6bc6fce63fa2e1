/* Replies: pieces in memory, each a header and its bytes. */
#include "reply.h"

#include <stdlib.h>
#include <string.h>

int reply_open(struct reply *r, struct err *err)
{
	*r = (struct reply){0};
	return memory_stream_open(&r->rows, err) == 0 && memory_stream_open(&r->done, err) == 0 ? 0 : -1;
}

void reply_close(struct reply *r)
{
	struct err none = {0};
	free(memory_stream_close(&r->rows, NULL, &none));
	free(memory_stream_close(&r->done, NULL, &none));
}

static void piece_add(struct reply *r, enum reply_kind kind, int code, const void *bytes, size_t count)
{
	const struct reply_piece piece = {kind, code, count};
	fwrite(&piece, sizeof piece, 1, r->done.file);
	if (count > 0)
		fwrite(bytes, 1, count, r->done.file);
}

static void rows_end(struct reply *r)
{
	fflush(r->rows.file);
	if (r->rows.length > 0)
		piece_add(r, REPLY_ROWS, 0, r->rows.text, r->rows.length);
	r->rows.length = 0;
}

void reply_say(struct reply *r, enum reply_kind kind, int code, const char *text)
{
	rows_end(r);
	piece_add(r, kind, code, text, strlen(text) + 1);
}

void reply_end(struct reply *r)
{
	rows_end(r);
	piece_add(r, REPLY_END, 0, NULL, 0);
}

int reply_bytes(struct reply *r, const uint8_t **bytes, size_t *count, struct err *err)
{
	rows_end(r);
	fflush(r->done.file);
	*bytes = (const uint8_t *)r->done.text;
	*count = r->done.length;
	return ferror(r->rows.file) || ferror(r->done.file) ? err_memory(err, r->done.length) : 0;
}

void reply_clear(struct reply *r)
{
	r->done.length = 0;
}

const uint8_t *reply_next(const uint8_t **at, size_t *left, struct reply_piece *piece)
{
	const uint8_t *bytes = *at + sizeof *piece;
	memcpy(piece, *at, sizeof *piece);
	*at = bytes + piece->count;
	*left -= sizeof *piece + piece->count;
	return bytes;
}
