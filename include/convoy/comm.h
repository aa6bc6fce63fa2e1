/* comm: ranks, agreement, broadcast, memory shared within a node, the watchdog, and the exact sum. The only room that
 * knows MPI. Floor 2: knows base, kernel (fixed point) and store (digests).
 *
 * The collective rule: all ranks call a function marked *Collective*, in the same order. A rank that has failed calls
 * it too. Such a function returns the same code and the same error text on all ranks, unless its comment says
 * otherwise. */
#ifndef CONVOY_COMM_H
#define CONVOY_COMM_H

#include <convoy/kernel.h>
#include <convoy/store.h>

struct comm;

/* Starts MPI. Without a launcher there is one rank. Returns NULL with MPI's text (EX_OSERR) on failure, or EX_USAGE if
 * CONVOY_NODE_RANKS is not a number. Collective. */
struct comm *comm_open(int *argc, char ***argv, struct err *err);

/* Opens ranks over a duplicate of the caller's communicator, given as MPI_Comm_c2f(…). MPI must be running. comm_close
 * then leaves MPI and the ranks running. EX_USAGE in another thread than MPI was started for. Collective. */
struct comm *comm_over(int communicator, struct err *err);

/* Ends MPI. If an MPI call between ranks has failed here, ends all ranks with EX_OSERR, since others may wait for this
 * one. Accepts NULL. Collective. */
void comm_close(struct comm *comm);

/* Ends all ranks at once with exit status `code`, for a rank that cannot reach the next collective. Local. */
void comm_abort(struct comm *comm, int code);

/* Return this rank, 0 … ranks−1, and the number of ranks ≥ 1. Local. */
size_t comm_rank(const struct comm *comm);
size_t comm_ranks(const struct comm *comm);

/* What a launcher says in the environment: how many tasks it started, and which of them this is. Programs that a task
 * starts inherit these variables too. So use them only to decide when and how often to print something, and whether
 * to start MPI. */
struct announced {
	size_t tasks;   /* ≥ 1; 1 if no variable says more */
	size_t task;    /* 0 if no variable says more */
	const char *by; /* the variable that says `tasks`, or "" */
};

/* Reads the environment. Call it before MPI starts, because MPI may change the environment. Local. */
struct announced comm_announced(void);

/* Returns name and version of the MPI library, one line. Local. */
const char *comm_library(void);

/* Agrees on the outcome of a piece of work, at its end. Returns 0 if every rank passes 0. Returns −1 on all ranks if
 * any rank passes −1; `err` then holds the code and text of the lowest rank that failed. Collective. */
int comm_agree(struct comm *comm, int code, struct err *err);

/* Copies `count` bytes from rank 0 to all ranks. Collective. */
int comm_broadcast(struct comm *comm, void *bytes, size_t count, struct err *err);

/* Copies *count bytes from rank 0 to all ranks, which need not know the count. Allocates *bytes on the other ranks;
 * free them with free(). Collective. */
int comm_broadcast_bytes(struct comm *comm, uint8_t **bytes, size_t *count, struct err *err);

/* Gives rank 0 the bytes of each rank, of any count, in the order of the ranks: calls take(context, rank, …) on rank 0
 * for each, itself included, until one fails. Rank 0 holds the bytes of one other rank at a time. Agrees as comm_agree
 * does on `code` and what `take` returned; a rank whose code is −1 gives no bytes, and then none behind it are taken.
 * Collective. */
int comm_collect(struct comm *comm, int code, const uint8_t *bytes, size_t count,
                 int (*take)(void *context, size_t rank, const uint8_t *bytes, size_t count, struct err *err),
                 void *context, struct err *err);

/* Compares a digest over the ranks. Returns −1 on all ranks if they differ, with `code` and "WHAT differs between
 * ranks: 0-2,4 have 1f0a…, 3 has 77c1…". Collective. */
int comm_same(struct comm *comm, const char *what, const struct digest *digest, int code, struct err *err);

/* Sums 64-bit integers over the ranks, in place. Collective. */
int comm_sum(struct comm *comm, size_t count, int64_t *values, struct err *err);

/* ---- The watchdog --------------------------------------------------------------------------------------
 * A thread beside those that compute. It does not call MPI. The ranks of a node show each other their phase, step and
 * progress in shared memory. If a rank lags behind the others while it is not inside a call of MPI, it is named as the
 * cause of a stall. */

enum phase { PHASE_OPEN, PHASE_COMPUTE, PHASE_EVALUATE, PHASE_SAVE, PHASE_REPORT, PHASE_CLOSE };

/* Watches over this node until comm_close. A stall: no rank has made progress for `seconds` > 0 (four times as long
 * while files are read or written), or a rank has been stopped or dead for that time. The watchdog then calls
 * stalled(text, code) from its own thread, and that function must end the process. One rank of the node is called with
 * the text. The others are called later, with NULL, if the job has not ended by then. code: EX_TEMPFAIL after
 * comm_saved, EX_OSERR before it. Collective. */
int comm_watch(struct comm *comm, double seconds, void (*stalled)(const char *text, int code), struct err *err);

/* Tells the watchdog what this rank does from now on, and in which step. Local. */
void comm_phase(struct comm *comm, enum phase phase, uint64_t step);

/* Tells it that this rank has moved on. Local. */
void comm_progress(struct comm *comm);

/* Tells it that a checkpoint exists. Local. */
void comm_saved(struct comm *comm);

/* ---- Nodes ---------------------------------------------------------------------------------------------
 * Ranks that can share memory form a node; a node has at most CONVOY_NODE_RANKS ranks. */

/* Return the number of nodes, this rank's number in its node, and the number of ranks of that node. Local. */
size_t comm_nodes(const struct comm *comm);
size_t comm_node_rank(const struct comm *comm);
size_t comm_node_ranks(const struct comm *comm);

/* The cores that all ranks may use. */
struct cores {
	size_t nodes;
	size_t threads; /* of all ranks */
	size_t cores;   /* that they can use */
	size_t crowded; /* nodes on which several threads must share a core */
	size_t beset;   /* nodes on which another run of the same program and command is bound to a core of ours */
	size_t unknown; /* nodes whose cores are not known */
};

/* Counts them; this rank has `threads` threads. Collective. */
int comm_cores(struct comm *comm, size_t threads, struct cores *out, struct err *err);

/* Memory that the ranks of a node share. */
struct shared;

/* Makes a part of `bytes` zeroed bytes for this rank; each rank may have another size. Returns NULL on all ranks
 * (EX_OSERR) if one of them cannot have its part: the caller can then use private memory. Collective. */
struct shared *shared_create(struct comm *comm, size_t bytes, struct err *err);

/* Frees it. Accepts NULL. Collective. */
void shared_destroy(struct shared *shared);

/* Returns the part of a rank of this node, aligned to 64 bytes. Local. */
void *shared_part(const struct shared *shared, size_t node_rank);

/* Waits for all ranks of the node. What they wrote before the call can be read after it. Collective. */
int shared_wait(struct shared *shared, struct err *err);

/* ---- The exact sum -------------------------------------------------------------------------------------
 * Adds the float gradients of blocks. The result depends neither on the number of ranks nor on the order of additions
 * (except with SUM_FLOAT). Each tensor t has an exponent E_t. A block's gradient becomes integers rint(g · 2^(B−E_t))
 * of B bits, which are summed over blocks, threads and ranks. B is at most 51 (mathematics, The exact sum). If |g| ≥
 * 2^E_t in any block, the reduction returns SUM_REDO with larger exponents on every rank, and the caller repeats the
 * step.
 *
 * Within a node the sums lie in shared memory. Each rank adds up one slice of them over its node, then over the nodes
 * by messages, and divides it. So a node sends and receives each number once, whatever the number of its ranks. */

enum { SUM_COUNTERS = 27 }; /* integers that ride in the message: sums of losses, flags … */

enum {
	SUM_HEADROOM = 8,           /* bits between a step's largest value and the next step's limit 2^E */
	SUM_EXPONENT_LOWEST = -148, /* 2^E just above the smallest denormal float */
	SUM_EXPONENT_HIGHEST = 136, /* the largest float, and headroom */
};

enum sum_result { SUM_FAILED = -1, SUM_DONE = 0, SUM_REDO = 1, SUM_NOT_FINITE = 2 };

struct sum;

/* Plans a sum of `tensors` tensors with counts[t] values each. All ranks together add up to `blocks` ≥ 1 blocks per
 * step; on this rank `threads` add, which stay the caller's. With more than 2048 blocks (exact32: with any number), the
 * bits of each block become fewer as blocks become more, so results depend on `blocks`. Exponents start at their
 * lowest, so that the first step is done twice. Returns NULL on all ranks on failure: EX_CONFIG beyond 2^50 blocks
 * (exact32: 2^18), or beyond 32767 (exact32) or 4096 (float) ranks. Collective. */
struct sum *sum_create(struct comm *comm, const struct kernels *kernels, enum sum_mode mode, size_t blocks,
                       struct threads *threads, size_t tensors, const size_t *counts, struct err *err);

/* Frees a sum. Accepts NULL. Collective. */
void sum_destroy(struct sum *sum);

/* Begins a new step, or its repetition, with sums of 0. Local. */
void sum_begin(struct sum *sum);

/* Adds one block's gradient of tensor t, counts[t] floats. Threads may do so at the same time if each passes a number
 * of its own below `threads`. Local. */
void sum_add(struct sum *sum, size_t thread, size_t tensor, const float *g);

/* Says that this rank adds no more to tensors ≥ `tensor` before the next sum_reduce, which must follow. If there are
 * several nodes and each rank has one thread, the sums of such tensors then start on their way to the other nodes while
 * the caller computes on; each call also moves on what is on its way. Otherwise, and with SUM_FLOAT, it does nothing.
 * Only the thread that opened the sum may call it. Local: waits for no rank. */
void sum_done(struct sum *sum, size_t tensor);

/* Adds to counter i, 0 … SUM_COUNTERS−1. The sum over all ranks must fit 62 bits. Threads as above. Local. */
void sum_count(struct sum *sum, size_t thread, size_t i, int64_t value);

/* Adds up over all ranks and divides by `divisor` > 0, which is the same on all ranks. Returns the same on all ranks,
 * except SUM_FAILED. Collective.
 *
 * SUM_DONE: sums and counters are those of all ranks. The exponents for the next step are set from this step's largest
 * values; a tensor of zeros keeps its own.
 * SUM_REDO: a value did not fit. The exponents are set likewise, so that the repetition fits. Never with SUM_FLOAT.
 * SUM_NOT_FINITE: some gradient was NaN or infinite. The exponents stay.
 * SUM_FAILED: MPI failed (`err`), perhaps on this rank only. Do not rely on a further collective. The counters are
 * valid only after the other three results. */
enum sum_result sum_reduce(struct sum *sum, double divisor, struct err *err);

/* Gives the mean of tensor t after SUM_DONE: g[i] is the sum over all blocks and ranks, divided by sum_reduce's
 * `divisor` and rounded to float. Local. */
void sum_mean(const struct sum *sum, size_t tensor, float *g);

/* Returns counter i over all ranks, after sum_reduce. Local. */
int64_t sum_counter(const struct sum *sum, size_t i);

/* Get and set the exponents [tensors] of the next sum_begin, which are part of a checkpoint. sum_set_exponents clamps
 * them to SUM_EXPONENT_LOWEST … SUM_EXPONENT_HIGHEST. Local. */
const int32_t *sum_exponents(const struct sum *sum);
void sum_set_exponents(struct sum *sum, const int32_t *exponents);

#endif
