/* What journal.c writes down and replay.c reads: one of these for each call, followed by the bytes of a WRITE or SAY. */
#ifndef TESTS_FAULTS_JOURNAL_H
#define TESTS_FAULTS_JOURNAL_H

#include <stdint.h>

enum { EVENT_PATH = 256 };

enum event_kind {
	MAKE = 1, /* a new file `path` */
	FOLDER,   /* a new directory `path` */
	WRITE,    /* `count` bytes at offset `at` of `path` */
	LENGTH,   /* `path` reaches to `at` (where it grows, with zeros) */
	FLUSH,    /* fsync of `path`, a file or a directory */
	RENAME,   /* `path` becomes `other` */
	REMOVE,   /* `path` is deleted */
	LINK,     /* a new link `path` to `other` */
	SAY,      /* `count` bytes on standard output */
};

struct event {
	int32_t kind;
	int64_t at;
	uint64_t count;
	char path[EVENT_PATH], other[EVENT_PATH];
};

#endif
