/* Opening and closing MPI in a test, without its own leaks in the way of finding ours. */
#ifndef TESTS_COMM_OPEN_H
#define TESTS_COMM_OPEN_H

#include <convoy/comm.h>

/* LeakSanitizer's switches, present where the program is built with it: what is allocated between them may leak. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static struct comm *test_open(int *argc, char ***argv, struct err *err)
{
	if (__lsan_disable)
		__lsan_disable();
	struct comm *comm = comm_open(argc, argv, err);
	if (__lsan_enable)
		__lsan_enable();
	return comm;
}

static void test_close(struct comm *comm)
{
	if (__lsan_disable)
		__lsan_disable();
	comm_close(comm);
	if (__lsan_enable)
		__lsan_enable();
}

#endif
