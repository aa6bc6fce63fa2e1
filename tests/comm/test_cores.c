/* comm: cores that several threads share, of one run or of two. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_setaffinity */
#endif
#include "../../src/comm/comm.h"
#include "alone.h"

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* Ranks with `mask` (of the first 64 cores), `threads` and `others` each: what is counted of their node. */
static struct cores cores_of(size_t ranks, const uint64_t *mask, const uint64_t *threads, const uint64_t *others)
{
	struct affinity places[4] = {0};
	struct cores cores = {0};
	for (size_t r = 0; r < ranks; r++) {
		places[r].core[0] = mask[r];
		places[r].threads = threads[r];
		places[r].others = others[r];
	}
	cores_add(ranks, places, &cores);
	return cores;
}

static void cores_used_twice_are_seen(void **state)
{
	(void)state;
	static const struct {
		uint64_t mask[4], threads[4];
		size_t ranks, cores, crowded, unknown;
	} cases[] = {
		{{1}, {1}, 1, 1, 0, 0},
		{{0xf}, {1}, 1, 1, 0, 0},
		{{0xf}, {4}, 1, 4, 0, 0},
		{{0xf}, {5}, 1, 4, 1, 0},                         /* more threads than cores */
		{{1, 2}, {1, 1}, 2, 2, 0, 0},
		{{3, 3}, {1, 1}, 2, 2, 0, 0},
		{{1, 1}, {1, 1}, 2, 1, 1, 0},                     /* bound to the same core */
		{{1, 1, 0xff}, {1, 1, 1}, 3, 3, 1, 0},            /* … though there are others */
		{{0xf, 3, 3}, {2, 1, 1}, 3, 4, 0, 0},
		{{0xf, 3, 3}, {3, 1, 1}, 3, 4, 1, 0},
		{{3, 6, 5}, {1, 1, 2}, 3, 3, 1, 0},               /* each mask alone would do */
		{{1, 2}, {2, 1}, 2, 2, 1, 0},                     /* a rank bound to one core, with two threads */
		{{0, 2}, {2, 1}, 2, 1, 0, 1},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cores cores = cores_of(cases[i].ranks, cases[i].mask, cases[i].threads, (const uint64_t[4]){0});
		assert_int_equal(cores.cores, cases[i].cores);
		assert_int_equal(cores.crowded, cases[i].crowded);
		assert_int_equal(cores.beset, 0);
		assert_int_equal(cores.unknown, cases[i].unknown);
	}
	struct cores here;
	struct err err = {0};
	assert_int_equal(comm_cores(comm, 3, &here, &err), 0);
	assert_true(here.nodes == 1 && here.threads == 3 && here.cores <= 3);
	assert_int_equal(comm_cores(comm, CORE_WORDS * 64 + 1, &here, &err), 0);
	assert_int_equal(here.crowded + here.unknown, 1);
}

static void other_runs_matter_where_cores_are_short(void **state)
{
	(void)state;
	static const struct {
		uint64_t mask[4], threads[4], others[4];
		size_t ranks, crowded, beset;
	} cases[] = {
		{{1}, {1}, {1}, 1, 0, 1},
		{{3}, {1}, {1}, 1, 0, 0},                 /* a core for each */
		{{3}, {1}, {2}, 1, 0, 1},
		{{3}, {2}, {1}, 1, 0, 1},
		{{1, 2}, {1, 1}, {0, 1}, 2, 0, 1},
		{{3, 3}, {1, 1}, {1, 1}, 2, 0, 1},        /* ours have taken both */
		{{7, 7}, {1, 1}, {1, 1}, 2, 0, 0},
		{{1, 1}, {1, 1}, {0, 0}, 2, 1, 0},        /* ours are in each other's way */
		{{0}, {1}, {0}, 1, 0, 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cores cores = cores_of(cases[i].ranks, cases[i].mask, cases[i].threads, cases[i].others);
		assert_int_equal(cores.crowded, cases[i].crowded);
		assert_int_equal(cores.beset, cases[i].beset);
	}
}

/* Binds a process, 0 for this one, to a core of `all`: the first, or the one behind. Returns that core's mask. */
static struct affinity bind_to(pid_t process, const struct affinity *all, size_t which)
{
	struct affinity one = {.threads = 1};
	for (size_t core = 0; core < (size_t)CORE_WORDS * 64; core++)
		if ((all->core[core / 64] >> core % 64 & 1) != 0 && which-- == 0)
			one.core[core / 64] = (uint64_t)1 << core % 64;
	assert_int_equal(sched_setaffinity(process, sizeof one.core, (const cpu_set_t *)(const void *)one.core), 0);
	return one;
}

/* How many others there are on the cores of `mask`, if `own` is one of ours. */
static uint64_t others_on(const struct affinity *mask, pid_t own)
{
	struct affinity place = *mask;
	place.others = 0;
	others_add(1, &place, 2, (const int64_t[]){getpid(), own});
	return place.others;
}

static void another_process_on_the_core_is_found(void **state)
{
	(void)state;
	struct affinity all = {.threads = 0};
	struct cores cores;
	struct err err = {0};
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2 || affinity_read(0, &all) != 0 || affinity_count(&all) < 2)
		skip();
	pid_t child = fork(); /* of the same program, with the same words */
	assert_true(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* also where an assertion ends the test */
		pause();
		_exit(0);
	}
	struct affinity first = bind_to(child, &all, 0), second = bind_to(0, &all, 1);
	assert_int_equal(others_on(&first, child), 0);  /* a rank of ours */
	assert_int_equal(others_on(&first, 0), 1);
	assert_int_equal(others_on(&second, 0), 0);     /* on another core */
	assert_int_equal(others_on(&all, 0), 0);        /* bound to no core */
	assert_int_equal(comm_cores(comm, 1, &cores, &err), 0);
	assert_int_equal(cores.beset, 0);

	bind_to(child, &all, 1);
	assert_int_equal(comm_cores(comm, 1, &cores, &err), 0);
	assert_int_equal(cores.beset, 1);
	assert_int_equal(cores.crowded, 0);
	assert_int_equal(sched_setaffinity(child, sizeof all.core, (const cpu_set_t *)(const void *)all.core), 0);
	assert_int_equal(others_on(&second, 0), 0);     /* the other one can go elsewhere */

	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(others_on(&second, 0), 0);
	assert_int_equal(sched_setaffinity(0, sizeof all.core, (const cpu_set_t *)(const void *)all.core), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cores_used_twice_are_seen),
		cmocka_unit_test(other_runs_matter_where_cores_are_short),
		cmocka_unit_test(another_process_on_the_core_is_found),
	};
	return cmocka_run_group_tests_name("comm/cores", tests, open_comm, close_comm);
}
