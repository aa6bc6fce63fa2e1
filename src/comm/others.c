/* Other runs on the cores of this node's ranks: processes of the same program and command, as /proc shows them. */
#include "comm.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_AGAIN = 20000000 }; /* nanoseconds */

/* What tells that a process does the same as this one: its program's file, and the word behind it. */
struct likeness {
	dev_t device;
	ino_t file;
	char command[64];
};

/* Returns −1 where the process has ended, or is not ours to look at. */
static int likeness_read(int64_t process, struct likeness *out)
{
	char path[64], line[4096];
	struct stat program;
	snprintf(path, sizeof path, "/proc/%lld/exe", (long long)process);
	if (stat(path, &program) != 0)
		return -1;
	snprintf(path, sizeof path, "/proc/%lld/cmdline", (long long)process);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -1;
	ssize_t bytes = read(file, line, sizeof line - 2);
	close(file);
	if (bytes <= 0)
		return -1;
	line[bytes] = line[bytes + 1] = 0; /* each word ends with 0; there may be no second one */
	*out = (struct likeness){.device = program.st_dev, .file = program.st_ino};
	snprintf(out->command, sizeof out->command, "%s", line + strlen(line) + 1);
	return 0;
}

static bool is_alike(int64_t process, const struct likeness *own)
{
	struct likeness its;
	return likeness_read(process, &its) == 0 && its.device == own->device && its.file == own->file &&
	       strcmp(its.command, own->command) == 0;
}

/* A rank that may use the whole machine shares it with all that runs there, as the system likes. */
static bool is_bound(const struct affinity *own)
{
	size_t cores = affinity_count(own);
	return cores > 0 && (long)cores < sysconf(_SC_NPROCESSORS_ONLN);
}

/* Adds `more` at each bound rank among whose cores all those of a process are. Returns whether there is one. */
static bool process_add(const struct affinity *its, size_t ranks, struct affinity *masks, uint64_t more)
{
	bool any = false;
	for (size_t r = 0; r < ranks; r++) {
		if (!affinity_within(its, &masks[r]) || !is_bound(&masks[r]))
			continue;
		masks[r].others += more;
		any = true;
	}
	return any;
}

static bool is_own(int64_t process, size_t count, const int64_t *own)
{
	for (size_t p = 0; p < count; p++)
		if (own[p] == process)
			return true;
	return false;
}

/* Looks again after a moment: a process that starts MPI goes from core to core, to learn what they are (hwloc). */
static bool is_still_there(int64_t process, const struct affinity *its)
{
	struct affinity later = {.threads = 0};
	nanosleep(&(struct timespec){.tv_nsec = LOOK_AGAIN}, NULL);
	return affinity_read(process, &later) == 0 && affinity_within(&later, its);
}

void others_add(size_t ranks, struct affinity *masks, size_t count, const int64_t *own)
{
	struct likeness like;
	bool bound = false;
	for (size_t r = 0; r < ranks; r++)
		bound = bound || is_bound(&masks[r]);
	DIR *all = bound && likeness_read(getpid(), &like) == 0 ? opendir("/proc") : NULL;
	if (all == NULL)
		return;
	for (struct dirent *entry; (entry = readdir(all)) != NULL;) {
		int64_t process = isdigit((unsigned char)entry->d_name[0]) ? strtoll(entry->d_name, NULL, 10) : 0;
		struct affinity its = {.threads = 0};
		if (process > 0 && !is_own(process, count, own) && affinity_read(process, &its) == 0 &&
		    process_add(&its, ranks, masks, 0) && is_alike(process, &like) && is_still_there(process, &its))
			process_add(&its, ranks, masks, 1);
	}
	closedir(all);
}
