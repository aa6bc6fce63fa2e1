/* Builds every state in which a loss of power may leave a directory, from a journal of the calls that changed it.
 *
 *   replay JOURNAL FOLDER LIMIT PART PARTS [files|folders]
 *
 * Paths in FOLDER are built in the current directory. Of the states, only each PARTS-th is built, from PART on (0 …).
 *
 * What a crash may leave, by POSIX and by what file systems are known to do: of each file the content of its last fsync
 * and any part of what was written later (nothing, all, all of its length but zeros, the first half, a torn half); of
 * each directory its entries at the last fsync, and any of the later changes. With `files` or `folders` fsyncs of these
 * count for nothing: a test of the test.
 *
 * Prints "states COUNT", then builds one state after the other (LIMIT of them, evenly chosen, if there are more), prints
 * "ANNOUNCED", the step whose checkpoint the program had promised to hold, and waits for a line of input. */
#include "journal.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NODES = 1024, ENTRIES = 64, PENDING = 4096, SUBSET = 6, VARIED = 2, VARIANTS = 6, SEEN = 1 << 20 };

struct content {
	uint8_t *bytes;
	size_t count;
};

static struct node {
	bool folder, link, dirty; /* link: its content is where it leads to */
	struct content durable, live;
	size_t changed; /* number of the last event that changed it */
} nodes[NODES];
static size_t node_count;

struct names {
	size_t count;
	struct {
		char path[EVENT_PATH];
		struct node *node;
	} entry[ENTRIES];
};
static struct names live, durable;

static struct change {
	struct event event;
	struct node *node;
} pending[PENDING];
static size_t pending_count;

static unsigned long announced, number, states, limit, part, parts;
static const char *home; /* the paths in it begin with '.' here */
static uint64_t *seen;
static bool building;

static void fail(const char *text)
{
	fprintf(stderr, "replay: %s\n", text);
	exit(1);
}

/* ---- Names ------------------------------------------------------------------------------------------------------- */

static size_t name_find(const struct names *names, const char *path)
{
	size_t e = 0;
	while (e < names->count && strcmp(names->entry[e].path, path) != 0)
		e++;
	return e;
}

static void name_remove(struct names *names, const char *path)
{
	size_t e = name_find(names, path);
	if (e < names->count)
		names->entry[e] = names->entry[--names->count];
}

static void name_put(struct names *names, const char *path, struct node *node)
{
	name_remove(names, path);
	if (names->count == ENTRIES)
		fail("too many names");
	snprintf(names->entry[names->count].path, EVENT_PATH, "%s", path);
	names->entry[names->count++].node = node;
}

static void change_apply(struct names *names, const struct change *change)
{
	if (change->event.kind == REMOVE || change->event.kind == RENAME)
		name_remove(names, change->event.path);
	if (change->event.kind != REMOVE)
		name_put(names, change->event.kind == RENAME ? change->event.other : change->event.path, change->node);
}

/* Whether `path` stands directly in `folder`. */
static bool stands_in(const char *path, const char *folder)
{
	size_t length = strlen(folder);
	return strncmp(path, folder, length) == 0 && path[length] == '/' && strchr(path + length + 1, '/') == NULL;
}

/* ---- States ------------------------------------------------------------------------------------------------------ */

/* What variant 0 … VARIANTS−1 of a node holds, in `to`, which has room for it. */
static size_t variant_fill(const struct node *node, int variant, uint8_t *to)
{
	size_t old = node->durable.count, count = node->live.count, half = old + (count - old) / 2;
	if (variant == 0 || count < old) {
		memcpy(to, node->durable.bytes, old);
		return old;
	}
	memcpy(to, node->live.bytes, count);
	switch (variant) {
	case 2: /* its length is there, its bytes are not */
		memset(to + old, 0, count - old);
		break;
	case 3: /* the first half, and its length */
		return half;
	case 4: /* the first half of the bytes */
		memset(to + half, 0, count - half);
		break;
	case 5: /* the other half */
		memset(to + old, 0, half - old);
		break;
	default:
		break;
	}
	return count;
}

static uint64_t hash(uint64_t sum, const void *bytes, size_t count)
{
	for (const uint8_t *b = bytes; count > 0; b++, count--)
		sum = (sum ^ *b) * 0x100000001b3;
	return sum;
}

static uint8_t scratch[1 << 20];

static size_t entry_fill(const struct names *names, size_t e, const int *variant)
{
	const struct node *node = names->entry[e].node;
	if (node->live.count > sizeof scratch || node->durable.count > sizeof scratch)
		fail("a file is too large");
	return variant_fill(node, node->dirty ? variant[e] : 1, scratch);
}

/* The order of entries means nothing: their hashes are added. */
static uint64_t state_hash(const struct names *names, const int *variant)
{
	uint64_t sum = 1 + announced;
	for (size_t e = 0; e < names->count; e++) {
		uint64_t one = hash(0xcbf29ce484222325, names->entry[e].path, strlen(names->entry[e].path) + 1);
		sum += names->entry[e].node->folder ? one : hash(one, scratch, entry_fill(names, e, variant));
	}
	return sum;
}

static void state_build(const struct names *names, const int *variant)
{
	for (size_t e = 0; e < names->count; e++)
		if (names->entry[e].node->folder && mkdir(names->entry[e].path, 0777) != 0)
			fail("cannot make a directory");
	for (size_t e = 0; e < names->count; e++) {
		if (names->entry[e].node->folder)
			continue;
		size_t count = entry_fill(names, e, variant);
		if (names->entry[e].node->link) {
			char to[EVENT_PATH];
			snprintf(to, sizeof to, "%.*s", (int)count, (const char *)scratch);
			if (symlink(to, names->entry[e].path) != 0)
				fail("cannot make a link");
			continue;
		}
		FILE *file = fopen(names->entry[e].path, "wb");
		if (file == NULL || fwrite(scratch, 1, count, file) != count || fclose(file) != 0)
			fail("cannot write a file");
	}
	printf("%lu\n", announced);
	fflush(stdout);
	char line[64];
	if (fgets(line, sizeof line, stdin) == NULL)
		exit(0); /* the reader has seen enough */
}

static void state_visit(const struct names *names, const int *variant)
{
	uint64_t sum = state_hash(names, variant);
	size_t at = sum % SEEN;
	while (seen[at] != 0 && seen[at] != sum)
		at = (at + 1) % SEEN;
	if (seen[at] == sum)
		return;
	seen[at] = sum;
	unsigned long n = number++;
	if (!building)
		return;
	unsigned long chosen = states <= limit ? n : n * limit / states; /* its number among those to be built */
	if ((states <= limit || chosen != (n + 1) * limit / states) && chosen % parts == part)
		state_build(names, variant);
}

/* All variants of the files that changed last; the others hold what was written. */
static void contents_visit(const struct names *names)
{
	size_t varied[VARIED], count = 0;
	int variant[ENTRIES];
	for (size_t e = 0; e < names->count; e++) {
		variant[e] = 1;
		if (!names->entry[e].node->dirty)
			continue;
		if (count < VARIED) {
			varied[count++] = e;
			continue;
		}
		for (size_t v = 0; v < VARIED; v++)
			if (names->entry[varied[v]].node->changed < names->entry[e].node->changed) {
				varied[v] = e;
				break;
			}
	}
	size_t all = 1;
	for (size_t v = 0; v < count; v++)
		all *= VARIANTS;
	for (size_t i = 0; i < all; i++) {
		size_t rest = i;
		for (size_t v = 0; v < count; v++, rest /= VARIANTS)
			variant[varied[v]] = (int)(rest % VARIANTS);
		state_visit(names, variant);
	}
}

/* All states of a crash at this moment: any of the last changes of directories, where there are many, after all others. */
static void crash(void)
{
	size_t first = pending_count > SUBSET ? pending_count - SUBSET : 0;
	for (size_t mask = 0; mask < (size_t)1 << (pending_count - first); mask++) {
		static struct names names;
		names = durable;
		for (size_t c = 0; c < pending_count; c++)
			if (c < first || (mask >> (c - first) & 1) != 0)
				change_apply(&names, &pending[c]);
		/* Without its directory a file is nowhere. */
		for (size_t e = names.count; e-- > 0;) {
			char folder[EVENT_PATH];
			snprintf(folder, sizeof folder, "%s", names.entry[e].path);
			*strrchr(folder, '/') = 0;
			if (!names.entry[e].node->folder && name_find(&names, folder) == names.count)
				name_remove(&names, names.entry[e].path);
		}
		contents_visit(&names);
	}
}

/* ---- The journal ------------------------------------------------------------------------------------------------- */

static void content_grow(struct content *content, size_t count)
{
	if (count > content->count) {
		content->bytes = realloc(content->bytes, count);
		if (content->bytes == NULL)
			fail("no memory");
		memset(content->bytes + content->count, 0, count - content->count);
	}
	content->count = count;
}

static void flush(const char *path, const char *ignored)
{
	size_t e = name_find(&live, path), kept = 0;
	bool folder = e == live.count || live.entry[e].node->folder; /* or one that was there before */
	if (strcmp(ignored, folder ? "folders" : "files") == 0)
		return;
	if (!folder) {
		struct node *node = live.entry[e].node;
		content_grow(&node->durable, node->live.count);
		memcpy(node->durable.bytes, node->live.bytes, node->live.count);
		node->dirty = false;
		return;
	}
	for (size_t c = 0; c < pending_count; c++)
		if (stands_in(pending[c].event.path, path))
			change_apply(&durable, &pending[c]);
		else
			pending[kept++] = pending[c];
	pending_count = kept;
}

static void say(const uint8_t *bytes, size_t count)
{
	char text[4096];
	snprintf(text, sizeof text, "%.*s", (int)count, (const char *)bytes);
	const char *found = strstr(text, "stopped at step ");
	if (found != NULL || (found = strstr(text, "done: ")) != NULL)
		announced = strtoul(found + strcspn(found, "0123456789"), NULL, 10);
}

static void event_apply(const struct event *event, const uint8_t *bytes, size_t when, const char *ignored)
{
	size_t e = name_find(&live, event->path);
	struct node *node = e < live.count ? live.entry[e].node : NULL;
	switch (event->kind) {
	case MAKE:
	case FOLDER:
	case LINK:
		if (node_count == NODES)
			fail("too many files");
		node = &nodes[node_count++];
		*node = (struct node){.folder = event->kind == FOLDER, .link = event->kind == LINK};
		content_grow(&node->live, node->link ? strlen(event->other) : 0);
		if (node->link)
			memcpy(node->live.bytes, event->other, node->live.count);
		break;
	case WRITE:
	case LENGTH:
		if (node == NULL)
			fail("a file nobody made");
		node->dirty = true;
		node->changed = when;
		if (event->kind == LENGTH)
			content_grow(&node->live, (size_t)event->at);
		else if ((size_t)event->at + event->count > node->live.count)
			content_grow(&node->live, (size_t)event->at + event->count);
		if (event->kind == WRITE)
			memcpy(node->live.bytes + event->at, bytes, event->count);
		return;
	case FLUSH:
		flush(event->path, ignored);
		return;
	case SAY:
		say(bytes, event->count);
		return;
	default:
		break;
	}
	if (node == NULL)
		fail("a name nobody made");
	if (pending_count == PENDING)
		fail("too many changes");
	pending[pending_count] = (struct change){*event, node};
	change_apply(&live, &pending[pending_count++]);
}

static void path_shorten(char path[EVENT_PATH])
{
	size_t length = strlen(home);
	if (strncmp(path, home, length) != 0 || (path[length] != '/' && path[length] != 0))
		return;
	path[0] = '.';
	memmove(path + 1, path + length, strlen(path + length) + 1);
}

static void replay(const char *path, const char *ignored)
{
	struct event event;
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		fail("cannot open the journal");
	number = announced = 0;
	live.count = durable.count = pending_count = node_count = 0;
	memset(seen, 0, SEEN * sizeof *seen);
	crash();
	for (size_t when = 1; fread(&event, sizeof event, 1, file) == 1; when++) {
		uint8_t *bytes = NULL;
		if (event.kind == WRITE || event.kind == SAY) {
			bytes = malloc(event.count + 1);
			if (bytes == NULL || fread(bytes, 1, event.count, file) != event.count)
				fail("the journal is cut short");
		}
		path_shorten(event.path);
		path_shorten(event.other);
		event_apply(&event, bytes, when, ignored);
		free(bytes);
		crash();
	}
	fclose(file);
}

int main(int argc, char **argv)
{
	if (argc < 6)
		fail("replay JOURNAL FOLDER LIMIT PART PARTS [files|folders]");
	const char *ignored = argc > 6 ? argv[6] : "";
	home = argv[2];
	limit = strtoul(argv[3], NULL, 10);
	part = strtoul(argv[4], NULL, 10);
	parts = strtoul(argv[5], NULL, 10);
	seen = calloc(SEEN, sizeof *seen);
	if (seen == NULL)
		fail("no memory");
	replay(argv[1], ignored);
	states = number;
	printf("states %lu\n", states);
	fflush(stdout);
	building = true;
	replay(argv[1], ignored);
	free(seen);
	return 0;
}
