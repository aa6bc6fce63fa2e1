/* The watchdog from inside: what ranks of one node show each other, and how a stall is told from slow work. */
#ifndef CONVOY_COMM_WATCHDOG_H
#define CONVOY_COMM_WATCHDOG_H

#include <convoy/comm.h>

#include <pthread.h>
#include <stdatomic.h>

/* A rank's place in the memory that the ranks of a node share. Written by its own rank alone. */
struct slot {
	_Atomic uint64_t moves; /* grows with all that shows progress: a block, a phase, a call of MPI begun or ended */
	_Atomic uint64_t calls; /* odd within a call between ranks; who lags behind the others has the lowest */
	_Atomic uint64_t step;
	_Atomic uint64_t beats; /* the looks of its own watchdog: they end where the whole process is stopped or dead */
	_Atomic uint32_t phase, rank;
	_Atomic uint32_t claimed; /* of the node's first slot: somebody ends the job already */
	char apart[64];           /* own cache lines */
};

enum { HOST_BYTES = 64, ABSENT_BYTES = 2 * HOST_BYTES };

struct watchdog {
	double limit;        /* seconds without progress */
	struct slot *slot;   /* [peers] of the node's ranks */
	size_t peers, own;   /* own: this rank's place among them */
	char host[HOST_BYTES];
	char absent[ABSENT_BYTES]; /* "waits for" who is on other hosts; "" where nobody is */
	_Atomic bool saved;  /* a checkpoint exists */
	void (*stalled)(const char *text, int code);

	double still;        /* seconds without any progress on this node */
	double claimed;      /* seconds since somebody claimed to end the job */
	uint64_t *moves;     /* [peers] last seen */
	uint64_t *beats;     /* [peers] last seen */
	double *silent;      /* [peers] seconds without a beat */

	pthread_t thread;
	pthread_mutex_t lock; /* over slot, peers, own and `ending` */
	pthread_cond_t wake;
	bool ending;
};

enum watchdog_verdict { WATCHDOG_FINE, WATCHDOG_STALLED, WATCHDOG_END };

/* One look, `passed` seconds after the last. WATCHDOG_STALLED: this rank is the one to end the job, and `text` says
 * why; WATCHDOG_END: another one should have ended it long ago. Local. */
enum watchdog_verdict watchdog_look(struct watchdog *watch, double passed, struct err *text);

/* Allocates what looks at `peers` slots. Local. */
int watchdog_prepare(struct watchdog *watch, struct slot *slot, size_t peers, size_t own, struct err *err);
void watchdog_free(struct watchdog *watch);

/* Starts and ends the thread that looks. Local. */
int watchdog_start(struct watchdog *watch, struct err *err);
void watchdog_stop(struct watchdog *watch);

/* From now on looks at `slot` alone: before the node's memory goes. Local. */
void watchdog_alone(struct watchdog *watch, struct slot *slot);

#endif
