/* Every byte of a whole checkpoint changed, and every length it can be cut to: each is refused, as damaged, and nothing
 * but that. In one process: a launch for each would take hours. Prints TAP. */
#include "small.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct trial {
	char path[512];
	struct image image;
	size_t cases, accepted, misnamed;
};

/* The file must be refused with EX_DATAERR and its name. */
static void try(struct trial *trial, const char *what, size_t at, unsigned mask)
{
	struct err err = {0};
	bool foreign = false;
	struct model *model = checkpoint_load(trial->path, &foreign, &err);
	trial->cases++;
	if (model != NULL) {
		trial->accepted++;
		printf("# accepted: %s at %zu, mask %u\n", what, at, mask);
	} else if (err.code != EX_DATAERR || foreign || strstr(err.text, trial->path) == NULL) {
		trial->misnamed++;
		printf("# %s at %zu, mask %u: %d, %s%s\n", what, at, mask, err.code, err.text, foreign ? ", foreign" : "");
	}
	model_destroy(model);
}

static void put(int file, size_t at, uint8_t byte)
{
	if (pwrite(file, &byte, 1, (off_t)at) != 1) {
		printf("Bail out! cannot write: %s\n", strerror(errno));
		exit(1);
	}
}

static void conclude(struct trial *trial, int number, const char *what)
{
	printf("%sok %d - %s: %zu cases, %zu accepted\n", trial->accepted + trial->misnamed == 0 ? "" : "not ", number,
	       what, trial->cases, trial->accepted);
	fflush(stdout);
	trial->cases = trial->accepted = trial->misnamed = 0;
}

/* flips DIRECTORY */
int main(int argc, char **argv)
{
	struct trial trial = {0};
	struct err err = {0};
	if (argc != 2 || small_image(&trial.image, &err) != 0 ||
	    file_write(argv[1], "small.h5", trial.image.bytes, trial.image.count, &err) != 0) {
		printf("Bail out! %s\n", err.text);
		return 1;
	}
	snprintf(trial.path, sizeof trial.path, "%s/small.h5", argv[1]);
	struct model *model = checkpoint_load(trial.path, NULL, &err);
	printf("1..5\n%sok 1 - the checkpoint itself is read: %zu bytes\n", model != NULL ? "" : "not ", trial.image.count);
	model_destroy(model);

	const uint8_t *bytes = trial.image.bytes;
	int file = open(trial.path, O_WRONLY);
	for (size_t i = 0; i < trial.image.count; i++) {
		/* One bit of each place, all bits, and whatever else. */
		uint8_t masks[] = {(uint8_t)(1u << i % 8), 0xff, (uint8_t)(1 + random_below(1, RANDOM_CHECK, 0, i, 255))};
		for (size_t m = 0; m < sizeof masks; m++) {
			put(file, i, bytes[i] ^ masks[m]);
			try(&trial, "a changed byte", i, masks[m]);
		}
		put(file, i, bytes[i]);
	}
	conclude(&trial, 2, "each byte changed in three ways");
	for (size_t i = 0; i + 1 < trial.image.count; i++) {
		put(file, i, bytes[i + 1]);
		put(file, i + 1, bytes[i]);
		if (bytes[i] != bytes[i + 1])
			try(&trial, "neighbours exchanged", i, 0);
		put(file, i, bytes[i]);
		put(file, i + 1, bytes[i + 1]);
	}
	conclude(&trial, 3, "unequal neighbours exchanged");
	for (size_t more = 1; more <= 64; more++) {
		put(file, trial.image.count + more - 1, 0);
		try(&trial, "longer", more, 0);
	}
	conclude(&trial, 4, "longer by up to 64 bytes");
	for (size_t count = trial.image.count; count-- > 0;) {
		if (ftruncate(file, (off_t)count) == 0)
			try(&trial, "cut", count, 0);
	}
	conclude(&trial, 5, "each truncation");
	close(file);
	image_destroy(&trial.image);
	return 0;
}
