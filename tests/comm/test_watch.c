/* The watchdog's eyes: from what the ranks of a node show, who is to blame and when; and its thread beside ours. */
#include "../../src/comm/watchdog.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

enum { PEERS = 3, LIMIT = 10 };

static struct slot slot[PEERS];
static struct watchdog watch;

static int watch_open(void **state)
{
	(void)state;
	struct err err = {0};
	memset(slot, 0, sizeof slot);
	memset(&watch, 0, sizeof watch);
	watch.limit = LIMIT;
	strcpy(watch.host, "n1");
	for (unsigned p = 0; p < PEERS; p++) {
		slot[p].rank = 10 + p;
		slot[p].phase = PHASE_COMPUTE;
		slot[p].step = 17;
		slot[p].calls = 4;
	}
	return watchdog_prepare(&watch, slot, PEERS, 1, &err);
}

static int watch_shut(void **state)
{
	(void)state;
	watchdog_free(&watch);
	return 0;
}

/* Looks once a second for as long as given, or until something is said; the others' hearts beat but for `dead`'s. */
static enum watchdog_verdict look(int seconds, unsigned dead, struct err *text)
{
	*text = (struct err){0};
	for (int s = 0; s < seconds; s++) {
		for (unsigned p = 0; p < PEERS; p++)
			slot[p].beats += p != dead && p != watch.own;
		enum watchdog_verdict verdict = watchdog_look(&watch, 1, text);
		if (verdict != WATCHDOG_FINE)
			return verdict;
	}
	return WATCHDOG_FINE;
}

static void blames_the_one_outside(void **state)
{
	(void)state;
	struct err text;
	slot[0].calls = slot[1].calls = 5; /* in the call that rank 12 has not come to */
	assert_int_equal(look(LIMIT - 1, PEERS, &text), WATCHDOG_FINE);
	slot[2].moves++;
	assert_int_equal(look(LIMIT, PEERS, &text), WATCHDOG_FINE); /* it moved: its time begins anew */
	assert_int_equal(look(2, PEERS, &text), WATCHDOG_STALLED);
	assert_string_equal(text.text, "stalled: rank 12 on n1, step 17, computing: no progress for 10 s");
	assert_int_equal(text.code, EX_OSERR);
}

static void blames_the_dead(void **state)
{
	(void)state;
	struct err text;
	slot[0].calls = slot[1].calls = slot[2].calls = 5; /* stopped within the call: only its silence tells */
	slot[0].phase = slot[1].phase = slot[2].phase = PHASE_SAVE;
	watch.saved = true;
	assert_int_equal(look(LIMIT, 0, &text), WATCHDOG_STALLED);
	assert_non_null(strstr(text.text, "rank 10 on n1, step 17, writing a checkpoint: stopped or dead"));
	assert_non_null(strstr(text.text, "for 10 s; --resume"));
	assert_int_equal(text.code, EX_TEMPFAIL);
}

static void blames_itself(void **state)
{
	(void)state;
	struct err text;
	slot[0].calls = slot[2].calls = 5;
	slot[1].phase = PHASE_EVALUATE;
	assert_int_equal(look(LIMIT, PEERS, &text), WATCHDOG_STALLED);
	assert_non_null(strstr(text.text, "rank 11 on n1, step 17, evaluating: no progress"));
}

static void blames_the_absent_last(void **state)
{
	(void)state;
	struct err text;
	slot[0].calls = slot[1].calls = slot[2].calls = 5;
	strcpy(watch.absent, "waits for rank 3 on n2 (stopped, dead or cut off)");
	assert_int_equal(look(LIMIT + 4, PEERS, &text), WATCHDOG_FINE); /* the guilty one speaks first, if it can */
	assert_int_equal(look(1, PEERS, &text), WATCHDOG_STALLED);
	assert_non_null(strstr(text.text, "rank 11 on n1, step 17, computing: waits for rank 3 on n2"));
}

static void files_have_more_time(void **state)
{
	(void)state;
	struct err text;
	slot[1].calls = slot[2].calls = 5;
	slot[0].phase = slot[1].phase = slot[2].phase = PHASE_SAVE;
	assert_int_equal(look(4 * LIMIT - 1, PEERS, &text), WATCHDOG_FINE);
	assert_int_equal(look(1, PEERS, &text), WATCHDOG_STALLED);
	assert_non_null(strstr(text.text, "rank 10 on n1, step 17, writing a checkpoint: no progress for 40 s"));
}

/* All here wait. Where rank 0 is elsewhere it may be writing still; where it is here it is not. */
static void the_writer_shows_that_it_writes(void **state)
{
	(void)state;
	struct err text;
	slot[0].calls = slot[1].calls = slot[2].calls = 5;
	slot[0].phase = slot[1].phase = slot[2].phase = PHASE_SAVE;
	assert_int_equal(look(4 * LIMIT + 4, PEERS, &text), WATCHDOG_FINE);
	slot[0].rank = 0;
	slot[1].moves++;
	assert_int_equal(look(LIMIT + 5, PEERS, &text), WATCHDOG_FINE);
	assert_int_equal(look(1, PEERS, &text), WATCHDOG_STALLED);
	assert_non_null(strstr(text.text, "rank 11 on n1, step 17, writing a checkpoint: waits for other ranks for 15 s"));
}

static void one_speaks(void **state)
{
	(void)state;
	struct err text;
	slot[0].claimed = 1;
	assert_int_equal(look(9, PEERS, &text), WATCHDOG_FINE);
	assert_int_equal(look(1, PEERS, &text), WATCHDOG_END); /* who claimed it did not bring it about */
	assert_string_equal(text.text, "");
}

static void alone(void **state)
{
	(void)state;
	struct err text;
	struct slot own = {.rank = 11, .phase = PHASE_CLOSE, .calls = 1};
	assert_int_equal(pthread_mutex_init(&watch.lock, NULL), 0);
	watchdog_alone(&watch, &own);
	assert_int_equal(look(LIMIT + 4, PEERS, &text), WATCHDOG_FINE);
	assert_int_equal(look(1, PEERS, &text), WATCHDOG_STALLED);
	assert_non_null(strstr(text.text, "rank 11 on n1, step 0, ending: waits for other ranks"));
	pthread_mutex_destroy(&watch.lock);
}

/* ---- The thread, as ranks without MPI: for a checker of races ---------------------------------------------------- */

static _Atomic int told;

static void stalled(const char *text, int code)
{
	(void)code;
	told += text != NULL;
}

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

static void beside_the_work(void **state)
{
	(void)state;
	struct err err = {0};
	struct slot own = {.rank = 0};
	told = 0;
	watch.limit = 1e6;
	watch.stalled = stalled;
	assert_int_equal(watchdog_start(&watch, &err), 0);
	for (int i = 0; i < 10; i++, nap())
		atomic_fetch_add_explicit(&slot[1].moves, 1, memory_order_relaxed);
	watchdog_alone(&watch, &own);
	nap();
	watchdog_stop(&watch);
	assert_int_equal(told, 0);
}

static void speaks_up(void **state)
{
	(void)state;
	struct err err = {0};
	told = 0;
	watch.limit = 0.1;
	watch.stalled = stalled;
	assert_int_equal(watchdog_start(&watch, &err), 0);
	for (int i = 0; i < 6000 && told == 0; i++)
		nap();
	watchdog_stop(&watch);
	assert_int_equal(told, 1);
}

int main(void)
{
#define WATCH(test) cmocka_unit_test_setup_teardown(test, watch_open, watch_shut)
	const struct CMUnitTest tests[] = {
		WATCH(blames_the_one_outside), WATCH(blames_the_dead), WATCH(blames_itself), WATCH(blames_the_absent_last),
		WATCH(files_have_more_time), WATCH(the_writer_shows_that_it_writes), WATCH(one_speaks), WATCH(alone),
		WATCH(beside_the_work), WATCH(speaks_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
