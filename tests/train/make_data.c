/* make_data DIRECTORY [SEED [TRAIN [TEST]]]: writes the tests' tiny data set, for the shell tests. */
#include "data.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	unsigned long number[] = {1, DATA_TRAIN_COUNT, DATA_TEST_COUNT};
	struct err err = {0};
	if (argc < 2 || argc > 5) {
		fputs("make_data DIRECTORY [SEED [TRAIN [TEST]]]\n", stderr);
		return EX_USAGE;
	}
	for (int a = 2; a < argc; a++)
		number[a - 2] = strtoul(argv[a], NULL, 10);
	if (data_write(argv[1], number[0], number[1], number[2], &err) != 0) {
		fprintf(stderr, "make_data: %s\n", err.text);
		return err.code;
	}
	return 0;
}
