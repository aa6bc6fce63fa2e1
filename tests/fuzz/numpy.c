/* Files of NumPy: the header, and then each piece that it leads to lies within the file. */
#include "files.h"

#include <convoy/store.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	struct err err = {0};
	struct sample_pieces found = {0};
	files_clear();
	input_put("fuzz/x.npy", bytes, count);
	int code = numpy_index(open("fuzz/x.npy", O_RDONLY), count, &found, &err);
	if (code != 0 && (err.code != EX_DATAERR || strchr(err.text, '\n') != NULL || text_fault(err.text) != NULL))
		__builtin_trap();
	size_t end = 0, all = store_type_bytes(found.number.type);
	for (size_t i = 0; code == 0 && i < STORE_RANK; i++)
		all *= found.dims[i];
	for (size_t n = 0; n < found.count; n++) {
		if (n > 0 && found.piece[n].offset != end)
			__builtin_trap();
		end = found.piece[n].offset + found.piece[n].size;
	}
	if (code == 0 && (end != count || end - found.piece[0].offset != all || found.rank < 1 || found.rank > STORE_RANK))
		__builtin_trap();
	free(found.piece);
	return 0;
}
