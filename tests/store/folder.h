/* A fresh directory for a test, and its removal with all that is in it. */
#ifndef TEST_STORE_FOLDER_H
#define TEST_STORE_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_BYTES = 256 };

static inline int folder_remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	(void)info, (void)kind, (void)place;
	return remove(path);
}

static inline int folder_open(char folder[FOLDER_BYTES])
{
	const char *base = getenv("TMPDIR");
	snprintf(folder, FOLDER_BYTES, "%s/convoy-store.XXXXXX", base == NULL || base[0] == 0 ? "/tmp" : base);
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static inline void folder_close(const char *folder)
{
	chmod(folder, 0700);
	nftw(folder, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* "FOLDER/NAME", good until the next but one call. */
static inline const char *in_folder(const char *folder, const char *name)
{
	static char path[2][2 * FOLDER_BYTES];
	static int turn;
	turn = !turn;
	snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
	return path[turn];
}

#endif
