/* Broadcasts from rank 0. */
#include "comm.h"

#include <stdlib.h>

int comm_broadcast(struct comm *comm, void *bytes, size_t count, struct err *err)
{
	return message_broadcast(comm, 0, count, bytes, err);
}

int comm_broadcast_bytes(struct comm *comm, uint8_t **bytes, size_t *count, struct err *err)
{
	bool owner = comm->rank == 0;
	uint64_t size = owner ? *count : 0;
	if (!owner)
		*bytes = NULL;

	int code = message_broadcast(comm, 0, sizeof size, &size, err);
	if (code == 0 && !owner) {
		*count = size;
		*bytes = memory_zeroed(size, 1, err);
		code = *bytes == NULL ? -1 : 0;
	}
	code = comm_agree(comm, code, err);
	if (code == 0)
		code = message_broadcast(comm, 0, size, *bytes, err);
	if (code != 0 && !owner) {
		free(*bytes);
		*bytes = NULL;
		*count = 0;
	}
	return code;
}
