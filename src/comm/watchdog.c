/* The watchdog: a thread without MPI calls that ends a job without progress.
 *
 * The watchdog counts only the time in which it runs itself. So a node that was suspended as a whole, or a job that was
 * stopped and continued, is not stalled. */
#include "watchdog.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	FILE_FACTOR = 4,    /* phases that wait for disks and terminals may take so many times longer */
	GRACE_SECONDS = 5,  /* for the guilty on another host to speak first */
	CLAIM_SECONDS = 10, /* for who claimed to end the job to end it */
};

static const struct {
	const char *text;
	bool files;
} phases[] = {
	[PHASE_OPEN] = {"reading its files", true},
	[PHASE_COMPUTE] = {"computing", false},
	[PHASE_EVALUATE] = {"evaluating", false},
	[PHASE_SAVE] = {"writing a checkpoint", true},
	[PHASE_REPORT] = {"writing metrics and reports", true},
	[PHASE_CLOSE] = {"ending", false},
};

static uint64_t load(const _Atomic uint64_t *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

static unsigned phase_of(const struct slot *slot)
{
	unsigned phase = atomic_load_explicit(&slot->phase, memory_order_relaxed);
	return phase < sizeof phases / sizeof *phases ? phase : PHASE_OPEN;
}

/* Notes what moved since the last look. */
static void notice(struct watchdog *w, double passed)
{
	w->still += passed;
	for (size_t p = 0; p < w->peers; p++) {
		uint64_t moves = load(&w->slot[p].moves), beats = load(&w->slot[p].beats);
		if (moves != w->moves[p])
			w->still = 0;
		w->silent[p] = beats == w->beats[p] && p != w->own ? w->silent[p] + passed : 0;
		w->moves[p] = moves;
		w->beats[p] = beats;
	}
}

/* Says who stalled, and how for so many seconds; always WATCHDOG_STALLED. */
static enum watchdog_verdict accuse(const struct watchdog *w, size_t peer, const char *how, double seconds,
                                    struct err *text)
{
	const struct slot *slot = &w->slot[peer];
	bool saved = atomic_load(&w->saved);
	err_set(text, saved ? EX_TEMPFAIL : EX_OSERR, "stalled: rank %u on %s, step %llu, %s: %s for %.0f s%s",
	        (unsigned)atomic_load_explicit(&slot->rank, memory_order_relaxed), w->host,
	        (unsigned long long)load(&slot->step), phases[phase_of(slot)].text, how, seconds,
	        saved ? "; --resume continues from the last checkpoint" : "");
	return WATCHDOG_STALLED;
}

/* Of the node's ranks the one that is furthest behind; `peers` where all wait in the same call. */
static size_t laggard(const struct watchdog *w)
{
	size_t lowest = 0;
	bool equal = true;
	for (size_t p = 1; p < w->peers; p++) {
		uint64_t a = load(&w->slot[p].calls), b = load(&w->slot[lowest].calls);
		equal = equal && a == b;
		lowest = a < b ? p : lowest;
	}
	return equal && load(&w->slot[lowest].calls) % 2 == 1 ? w->peers : lowest;
}

/* Returns whether the node may be waiting for a disk. All ranks read. Only rank 0 writes, and this node
 * sees it if rank 0 is on it. */
static bool files_awaited(const struct watchdog *w)
{
	bool writer = atomic_load_explicit(&w->slot[0].rank, memory_order_relaxed) == 0; /* they are in order */
	for (size_t p = 0; p < w->peers; p++) {
		unsigned phase = phase_of(&w->slot[p]);
		bool outside = load(&w->slot[p].calls) % 2 == 0;
		if (phases[phase].files && (outside || phase == PHASE_OPEN || !writer))
			return true;
	}
	return false;
}

static enum watchdog_verdict judge(const struct watchdog *w, struct err *text)
{
	double limit = files_awaited(w) ? FILE_FACTOR * w->limit : w->limit;
	double grace = w->limit < GRACE_SECONDS ? w->limit : GRACE_SECONDS;
	for (size_t p = 0; p < w->peers; p++)
		if (w->silent[p] >= w->limit)
			return accuse(w, p, "stopped or dead, no sign of life", w->silent[p], text);
	if (w->still < limit)
		return WATCHDOG_FINE;
	size_t guilty = laggard(w);
	if (guilty < w->peers)
		return accuse(w, guilty, "no progress", w->still, text);
	if (w->still < limit + grace)
		return WATCHDOG_FINE;
	return accuse(w, w->own, w->absent[0] != 0 ? w->absent : "waits for other ranks", w->still, text);
}

enum watchdog_verdict watchdog_look(struct watchdog *w, double passed, struct err *text)
{
	atomic_fetch_add_explicit(&w->slot[w->own].beats, 1, memory_order_relaxed);
	notice(w, passed);
	if (atomic_load(&w->slot[0].claimed)) {
		w->claimed += passed;
		return w->claimed >= CLAIM_SECONDS ? WATCHDOG_END : WATCHDOG_FINE;
	}
	if (judge(w, text) == WATCHDOG_FINE)
		return WATCHDOG_FINE;
	return atomic_exchange(&w->slot[0].claimed, 1) ? WATCHDOG_FINE : WATCHDOG_STALLED;
}

int watchdog_prepare(struct watchdog *w, struct slot *slot, size_t peers, size_t own, struct err *err)
{
	w->slot = slot;
	w->peers = peers;
	w->own = own;
	w->moves = memory_zeroed(peers, sizeof *w->moves, err);
	w->beats = memory_zeroed(peers, sizeof *w->beats, err);
	w->silent = memory_zeroed(peers, sizeof *w->silent, err);
	return w->moves != NULL && w->beats != NULL && w->silent != NULL ? 0 : -1;
}

void watchdog_free(struct watchdog *w)
{
	free(w->moves);
	free(w->beats);
	free(w->silent);
}

/* ---- The thread -------------------------------------------------------------------------------------------------- */

/* Seconds between two looks. */
static double tick_of(const struct watchdog *w)
{
	double tick = w->limit / 20;
	return tick < 0.05 ? 0.05 : tick > 1 ? 1 : tick;
}

static struct timespec later(double seconds)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec += (time_t)seconds;
	time.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
	if (time.tv_nsec >= 1000000000) {
		time.tv_nsec -= 1000000000;
		time.tv_sec++;
	}
	return time;
}

static void *watchdog_run(void *context)
{
	struct watchdog *w = context;
	double tick = tick_of(w), last = clock_seconds();
	pthread_mutex_lock(&w->lock);
	while (!w->ending) {
		struct timespec until = later(tick);
		while (!w->ending && pthread_cond_timedwait(&w->wake, &w->lock, &until) == 0)
			;
		double now = clock_seconds(), passed = now - last < 2 * tick ? now - last : 2 * tick;
		struct err text = {0};
		last = now;
		if (w->ending)
			break;
		enum watchdog_verdict verdict = watchdog_look(w, passed, &text);
		if (verdict != WATCHDOG_FINE)
			w->stalled(verdict == WATCHDOG_STALLED ? text.text : NULL, atomic_load(&w->saved) ? EX_TEMPFAIL : EX_OSERR);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

int watchdog_start(struct watchdog *w, struct err *err)
{
	pthread_condattr_t monotonic;
	sigset_t all, before;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	/* Signals are for the thread that works. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int number = pthread_create(&w->thread, NULL, watchdog_run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return number == 0 ? 0 : err_set(err, EX_OSERR, "cannot start the watchdog's thread: %s", strerror(number));
}

void watchdog_stop(struct watchdog *w)
{
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
}

void watchdog_alone(struct watchdog *w, struct slot *slot)
{
	pthread_mutex_lock(&w->lock);
	w->slot = slot;
	w->peers = 1;
	w->own = 0;
	w->absent[0] = 0;
	pthread_mutex_unlock(&w->lock);
}
