/* Pictures that libraries for large formats read, in a process of its own (confined.c, serve.c). */
#ifndef CONVOY_PICTURE_DECODE_H
#define CONVOY_PICTURE_DECODE_H

#include "picture.h"

#include <sys/socket.h>

/* The word after the program's name, and the descriptors: a socket, on which a byte asks and a byte answers, and the
 * memory that both share. With the byte that asks may come a file. */
#define DECODE_WORD "serve-pictures"
enum { DECODE_ARGUMENTS = 2, DECODE_SOCKET = 0, DECODE_MEMORY = 1, DECODE_OTHERS = 3, DECODE_SECONDS = 60 };

enum { DECODE_NAME = 4096, DECODE_SAMPLES = PHOTO_BYTES };

/* What they share. The samples follow the file's bytes. */
struct decode {
	/* The question: `count` bytes of a file, which came by itself or lies here; a picture of it, or where its pages
	 * begin. */
	char name[DECODE_NAME];
	uint64_t count, maps, place;
	uint8_t by_itself, pages_only;
	struct colour background;
	/* The answer. code 0: a photo, or the places of pages in the place of its samples. */
	int32_t code;
	char text[sizeof((struct err *)0)->text];
	uint64_t bands, rows, columns, pages;
	int32_t number;
	uint8_t transparent;
};
enum { DECODE_FILE = 1 << 14, DECODE_PHOTO = DECODE_FILE + PHOTO_FILE };
#define DECODE_SIZE ((size_t)DECODE_PHOTO + DECODE_SAMPLES)

/* Room for a descriptor beside the byte that asks. */
union decode_control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

/* Returns the reader of a file that is to be read so, or NULL. */
typedef int (*photo_decoder)(const struct photo_reader *reader, struct err *err);
photo_decoder decoder_of(const uint8_t *bytes, size_t count);

/* Reads such a file by another process, which it starts first, if none is idle. Local; threads may call it at the same
 * time. EX_DATAERR, also if the process dies or takes too long; EX_OSERR if it cannot be started. */
int confined_decode(const struct photo_reader *reader, struct err *err);

/* The same with a file that the other process maps itself: reader->bytes is NULL, `file` holds reader->count bytes.
 * confined_pages gives places [*count] of its pages, to free with free(). */
int confined_decode_file(const struct photo_reader *reader, int file, struct err *err);
int confined_pages(const struct photo_reader *reader, int file, uint64_t **place, size_t *count, struct err *err);

#endif
