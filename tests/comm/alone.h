/* A rank alone, which a test's groups set up and tear down. */
#ifndef TESTS_COMM_ALONE_H
#define TESTS_COMM_ALONE_H

#include "open.h"

#include <stdio.h>

static struct comm *comm;

static int open_comm(void **state)
{
	(void)state;
	struct err err = {0};
	comm = test_open(NULL, NULL, &err);
	if (comm == NULL)
		fprintf(stderr, "# %s\n", err.text);
	return comm == NULL ? -1 : 0;
}

static int close_comm(void **state)
{
	(void)state;
	test_close(comm);
	comm_close(NULL);
	return 0;
}

#endif
