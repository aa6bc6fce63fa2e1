/* The inside of the watchdog: what the ranks of a node show each other, and how a stall differs from slow work. */
#ifndef CONVOY_COMM_WATCHDOG_H
#define CONVOY_COMM_WATCHDOG_H

#include <convoy/comm.h>

#include <pthread.h>
#include <stdatomic.h>

/* A rank's slot in the memory that the ranks of a node share. Only this rank writes to it. */
struct slot {
	_Atomic uint64_t moves; /* grows with each sign of progress: a block, a phase, the start or end of an MPI call */
	_Atomic uint64_t calls; /* odd within a call between ranks; a rank that lags behind has the lowest */
	_Atomic uint64_t step;
	_Atomic uint64_t beats; /* looks of its own watchdog; they stop if the whole process is stopped or dead */
	_Atomic uint32_t phase, rank;
	_Atomic uint32_t claimed; /* in the node's first slot: a rank is already ending the job */
	char apart[64];           /* own cache lines */
};

enum { HOST_BYTES = 64, ABSENT_BYTES = 2 * HOST_BYTES };

struct watchdog {
	double limit;        /* seconds without progress */
	struct slot *slot;   /* [peers] of the node's ranks */
	size_t peers, own;   /* own: this rank's place among them */
	char host[HOST_BYTES];
	char absent[ABSENT_BYTES]; /* "waits for" the ranks on other hosts; "" if there are none */
	_Atomic bool saved;  /* a checkpoint exists */
	void (*stalled)(const char *text, int code);

	double still;        /* seconds without any progress on this node */
	double claimed;      /* seconds since a rank began to end the job */
	uint64_t *moves;     /* [peers] last seen */
	uint64_t *beats;     /* [peers] last seen */
	double *silent;      /* [peers] seconds without a beat */

	pthread_t thread;
	pthread_mutex_t lock; /* over slot, peers, own and `ending` */
	pthread_cond_t wake;
	bool ending;
};

enum watchdog_verdict { WATCHDOG_FINE, WATCHDOG_STALLED, WATCHDOG_END };

/* Looks at the slots, `passed` seconds after the last look. WATCHDOG_STALLED: this rank must end the job, and `text`
 * says why. WATCHDOG_END: another rank should have ended it by now. Local. */
enum watchdog_verdict watchdog_look(struct watchdog *watch, double passed, struct err *text);

/* Prepares a watchdog for `peers` slots. Local. */
int watchdog_prepare(struct watchdog *watch, struct slot *slot, size_t peers, size_t own, struct err *err);
void watchdog_free(struct watchdog *watch);

/* Start and end the thread that looks. Local. */
int watchdog_start(struct watchdog *watch, struct err *err);
void watchdog_stop(struct watchdog *watch);

/* Watches `slot` alone from now on. Call it before the node's memory is freed. Local. */
void watchdog_alone(struct watchdog *watch, struct slot *slot);

#endif
