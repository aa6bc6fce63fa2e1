/* The 512 bytes of text before the HDF5 image. */
#include "store.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char magic[] = "convoy-checkpoint ";

enum { FORMAT = 1 };

void header_format(const struct header *header, uint8_t *bytes)
{
	char sum[2 * DIGEST_BYTES + 1], text[HEADER_BYTES + 1];
	digest_text(&header->digest, sum);
	int length = snprintf(text, sizeof text,
	                      "%s%d\nstep=%" PRIu64 "\nlength=%" PRIu64 "\nsha256=%s\n"
	                      "# From byte %d on this is an HDF5 file of that length and SHA-256: try h5ls -r.\n",
	                      magic, FORMAT, header->step, header->length, sum, HEADER_BYTES);
	/* Blank lines of 64 bytes read better in a terminal than one long line. */
	for (int i = length; i < HEADER_BYTES; i++)
		text[i] = (i + 1) % 64 == 0 ? '\n' : ' ';
	memcpy(bytes, text, HEADER_BYTES);
}

bool store_begins(const char *path)
{
	char start[sizeof magic - 1] = {0};
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		return false;
	bool begins = read(file, start, sizeof start) == (ssize_t)sizeof start && memcmp(start, magic, sizeof start) == 0;
	close(file);
	return begins;
}

static bool digest_read(struct digest *out, const char *text)
{
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		unsigned byte;
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return false;
		out->byte[i] = (uint8_t)byte;
	}
	return true;
}

int header_parse(struct header *out, const uint8_t *bytes, size_t count, struct err *err)
{
	size_t known = sizeof magic - 1;
	if (count < known || memcmp(bytes, magic, known) != 0)
		return err_set(err, EX_DATAERR, "not a convoy checkpoint");
	if (count < HEADER_BYTES)
		return err_set(err, EX_DATAERR, "cut short: %zu bytes, less than the header's %d", count, HEADER_BYTES);

	char text[HEADER_BYTES + 1], sum[2 * DIGEST_BYTES + 1];
	memcpy(text, bytes, HEADER_BYTES);
	text[HEADER_BYTES] = 0;
	int format, taken = 0;
	if (sscanf(text + known, "%4d%n", &format, &taken) == 1 && text[known + (size_t)taken] == '\n' && format > FORMAT)
		return err_set(err, EX_DATAERR, "has format %d, and this program reads format %d", format, FORMAT);

	/* Reading may be lenient, since what was read is then formatted again and must give these very bytes. 19 digits
	 * always fit into 64 bits. */
	*out = (struct header){0};
	uint8_t again[HEADER_BYTES];
	bool read = sscanf(text + known, "%4d step=%19" SCNu64 " length=%19" SCNu64 " sha256=%64[0-9a-f]", &format,
	                   &out->step, &out->length, sum) == 4 &&
	            strlen(sum) == 2 * DIGEST_BYTES && digest_read(&out->digest, sum);
	if (read)
		header_format(out, again);
	if (!read || memcmp(again, bytes, HEADER_BYTES) != 0)
		return err_set(err, EX_DATAERR, "damaged: the %d bytes of its header are not as convoy writes them",
		               HEADER_BYTES);
	return 0;
}
