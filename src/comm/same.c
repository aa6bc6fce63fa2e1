/* Compares digests over the ranks, and names the ranks that differ. */
#include "comm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	GROUPS = 4,      /* groups of equal digests that a message shows */
	LIST_BYTES = 72, /* of a group's list of ranks; GROUPS such lists fit into an error text */
};

static bool digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->byte, b->byte, DIGEST_BYTES) == 0;
}

static CONVOY_PRINTF(3, 4) void append(size_t bytes, char *text, const char *format, ...)
{
	size_t length = strlen(text);
	va_list args;
	va_start(args, format);
	vsnprintf(text + length, bytes - length, format, args);
	va_end(args);
}

/* Writes the ranks that hold `leader`'s digest as "0-2,4" (a long list ends in "…") and returns their number. */
static size_t list_ranks(size_t ranks, const struct digest *digests, size_t leader, char text[LIST_BYTES])
{
	size_t number = 0, room = LIST_BYTES - sizeof ",…";
	bool full = false;
	text[0] = 0;
	for (size_t first = leader, end; first < ranks; first = end + 1) {
		for (end = first; end < ranks && digest_equal(&digests[end], &digests[leader]); end++)
			;
		if (end == first)
			continue;
		number += end - first;

		char run[2 * 20 + 3] = "";
		append(sizeof run, run, end - first > 1 ? "%s%zu-%zu" : "%s%zu", *text ? "," : "", first, end - 1);
		full = full || strlen(text) + strlen(run) > room;
		if (!full)
			strcat(text, run);
	}
	if (full)
		strcat(text, ",…");
	return number;
}

int digests_compare(const char *what, size_t ranks, const struct digest *digests, int code, struct err *err)
{
	size_t leader[GROUPS], groups = 0, others = 0;
	for (size_t r = 0; r < ranks; r++) {
		size_t g = 0;
		while (g < groups && !digest_equal(&digests[r], &digests[leader[g]]))
			g++;
		if (g < groups)
			continue;
		if (groups < GROUPS)
			leader[groups++] = r;
		else
			others++;
	}
	if (groups <= 1)
		return 0;

	char text[sizeof err->text] = "";
	for (size_t g = 0; g < groups; g++) {
		char list[LIST_BYTES];
		size_t number = list_ranks(ranks, digests, leader[g], list);
		const uint8_t *b = digests[leader[g]].byte;
		append(sizeof text, text, "%s%s %s %02x%02x%02x%02x…", g > 0 ? ", " : "", list,
		       number > 1 ? "have" : "has", b[0], b[1], b[2], b[3]);
	}
	if (others > 0)
		append(sizeof text, text, ", %zu more %s", others, others > 1 ? "have others" : "has another");
	return err_set(err, code, "%s differs between ranks: %s", what, text);
}

int comm_same(struct comm *comm, const char *what, const struct digest *digest, int code, struct err *err)
{
	struct digest *digests = memory_zeroed(comm->ranks, sizeof *digests, err);
	int result = comm_agree(comm, digests == NULL ? -1 : 0, err);
	if (result != 0)
		goto out;
	comm_enter(comm);
	result = MPI_Allgather(digest->byte, DIGEST_BYTES, MPI_BYTE, digests, DIGEST_BYTES, MPI_BYTE, comm->all);
	result = comm_check(comm, result, "MPI_Allgather", err);
	if (result == 0)
		result = digests_compare(what, comm->ranks, digests, code, err);
	result = comm_agree(comm, result, err);
out:
	free(digests);
	return result;
}
