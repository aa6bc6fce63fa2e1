/* SHA-256, by nettle. */
#include <convoy/store.h>

#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store.h"

_Static_assert((int)DIGEST_BYTES == SHA256_DIGEST_SIZE, "a digest is a SHA-256");

struct digest digest_of(const void *bytes, size_t count)
{
	struct sha256_ctx sha;
	struct digest digest;
	sha256_init(&sha);
	sha256_update(&sha, count, bytes);
	sha256_digest(&sha, DIGEST_BYTES, digest.byte);
	return digest;
}

struct digester {
	struct sha256_ctx sha;
};

struct digester *digester_create(struct err *err)
{
	struct digester *digester = memory_zeroed(1, sizeof *digester, err);
	if (digester != NULL)
		sha256_init(&digester->sha);
	return digester;
}

void digester_part(struct digester *digester, size_t count)
{
	uint8_t length[8];
	for (unsigned i = 0; i < 8; i++)
		length[i] = (uint8_t)((uint64_t)count >> 8 * i);
	sha256_update(&digester->sha, sizeof length, length);
}

void digester_add(struct digester *digester, const void *bytes, size_t count)
{
	sha256_update(&digester->sha, count, bytes);
}

struct digest digester_end(struct digester *digester)
{
	struct digest digest;
	sha256_digest(&digester->sha, DIGEST_BYTES, digest.byte);
	return digest;
}

void digester_destroy(struct digester *digester)
{
	free(digester);
}

struct digest digest_of_parts(size_t parts, const void *const *bytes, const size_t *counts)
{
	struct digester digester;
	sha256_init(&digester.sha);
	for (size_t part = 0; part < parts; part++) {
		digester_part(&digester, counts[part]);
		digester_add(&digester, bytes[part], counts[part]);
	}
	return digester_end(&digester);
}

int digest_of_file(const char *path, struct digest *out, struct err *err)
{
	enum { PIECE = 1 << 16 };
	int status = -1;
	size_t size, done = 0;
	int file = regular_open(path, &size, err);
	uint8_t *piece = file < 0 ? NULL : memory_zeroed(PIECE, 1, err);
	if (piece == NULL)
		goto out;

	struct sha256_ctx sha;
	sha256_init(&sha);
	while (done < size) {
		size_t count = size - done < PIECE ? size - done : PIECE;
		if (regular_read(file, path, piece, count, err) != 0)
			goto out;
		sha256_update(&sha, count, piece);
		done += count;
	}
	sha256_digest(&sha, DIGEST_BYTES, out->byte);
	status = 0;
out:
	free(piece);
	if (file >= 0)
		close(file);
	return status;
}

void digest_text(const struct digest *digest, char text[DIGEST_TEXT])
{
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		snprintf(text + 2 * i, 3, "%02x", digest->byte[i]);
}
