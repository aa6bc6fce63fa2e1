/* comm: ranks. Open, agree, share, same, and the exact sum. The only room that knows MPI. Floor 2: knows base,
 * kernel (fixed point) and store (digests).
 *
 * Collective rule: a function marked *collective* is called by all ranks in the same order, also by a rank that has
 * failed; it returns the same code and text on all of them. */
#ifndef CONVOY_COMM_H
#define CONVOY_COMM_H

#include <convoy/kernel.h>
#include <convoy/store.h>

struct comm;

/* Starts MPI (works without mpirun: one rank). Errors of MPI become err texts (EX_OSERR). Collective. */
struct comm *comm_open(int *argc, char ***argv, struct err *err);

/* The same over a running MPI and a communicator of the caller's, MPI_Comm_c2f(…) of it, which is duplicated:
 * comm_close then neither ends MPI nor the ranks. Collective. */
struct comm *comm_over(int communicator, struct err *err);

/* Ends MPI; after an MPI call between ranks has failed here, ends all ranks with EX_OSERR, since the others may wait
 * for this one. Collective. NULL is accepted. */
void comm_close(struct comm *comm);

/* Ends all ranks at once with exit status `code`, for a rank that cannot reach the next collective. Local. */
void comm_abort(struct comm *comm, int code);

/* This rank, 0 … ranks−1, and their number ≥ 1. Local. */
size_t comm_rank(const struct comm *comm);
size_t comm_ranks(const struct comm *comm);

/* The rank a launcher announces in the environment before MPI is started (0 without one): who prints an error then. */
size_t comm_rank_announced(void);

/* Name and version of the MPI library, one line. Local. */
const char *comm_library(void);

/* The agreement that ends a piece of work: −1 on all ranks if any passes −1, and then `err` on every rank holds code
 * and text of the lowest failing rank; 0 otherwise. Collective. */
int comm_agree(struct comm *comm, int code, struct err *err);

/* Copies `count` bytes of rank 0 to all ranks. Collective. */
int comm_share(struct comm *comm, void *bytes, size_t count, struct err *err);

/* Shares bytes whose number only rank 0 knows: on the others *bytes is allocated (to free with free()). Collective. */
int comm_share_bytes(struct comm *comm, uint8_t **bytes, size_t *count, struct err *err);

/* Compares a digest over the ranks. Where they differ: −1 on all, "WHAT differs between ranks: 0-2,4 have 1f0a…, 3 has
 * 77c1…" with `code`. Collective. */
int comm_same(struct comm *comm, const char *what, const struct digest *digest, int code, struct err *err);

/* Sums 64-bit integers over the ranks, in place. Collective. */
int comm_sum(struct comm *comm, size_t count, int64_t *values, struct err *err);

/* ---- The watchdog --------------------------------------------------------------------------------------
 * A thread beside the work that calls no MPI. Ranks of one node see each other's phase, step and progress in shared
 * memory; whoever lags behind the others, outside a call of MPI, is to blame for a stall. */

enum phase { PHASE_OPEN, PHASE_COMPUTE, PHASE_EVALUATE, PHASE_SAVE, PHASE_REPORT, PHASE_CLOSE };

/* From now until comm_close: when nothing has moved on this node for `seconds` > 0 (four times as long where files are
 * read or written), or one of its ranks has been stopped or dead so long, stalled(text, code) is called from another
 * thread, and is to end the process. Of a node's ranks one gets the text; the others are called later, with NULL, if
 * the job has still not ended. code: EX_TEMPFAIL after comm_saved, EX_OSERR before. Collective. */
int comm_watch(struct comm *comm, double seconds, void (*stalled)(const char *text, int code), struct err *err);

/* What this rank does from now on, in which step; that it got on with it; that a checkpoint exists. Local. */
void comm_phase(struct comm *comm, enum phase phase, uint64_t step);
void comm_progress(struct comm *comm);
void comm_saved(struct comm *comm);
/* ---- Nodes ---------------------------------------------------------------------------------------------
 * Ranks that can share memory are of one node, at most as many as CONVOY_NODE_RANKS says. */

/* The number of nodes; this rank's number in its node, and how many ranks that has. Local. */
size_t comm_nodes(const struct comm *comm);
size_t comm_node_rank(const struct comm *comm);
size_t comm_node_ranks(const struct comm *comm);

/* The cores that all ranks may use. */
struct cores {
	size_t nodes;
	size_t threads; /* of all ranks */
	size_t cores;   /* that they can use */
	size_t crowded; /* nodes on which several threads must share a core */
	size_t unknown; /* nodes that do not tell */
};

/* Where this rank has `threads` threads. Collective. */
int comm_cores(struct comm *comm, size_t threads, struct cores *out, struct err *err);

/* Memory that the ranks of a node share: a part of `bytes` zeroed bytes for each rank, which may ask for different
 * sizes. NULL on all ranks where one of them could not have it (EX_OSERR): private memory must then do. */
struct shared;

/* Collective. */
struct shared *shared_create(struct comm *comm, size_t bytes, struct err *err);
void shared_destroy(struct shared *shared);

/* The part of a rank of this node, aligned to 64 bytes. Local. */
void *shared_part(const struct shared *shared, size_t node_rank);

/* Waits for all ranks of the node: what they wrote before is there afterwards. Collective. */
int shared_wait(struct shared *shared, struct err *err);

/* ---- The exact sum -------------------------------------------------------------------------------------
 * Adds float gradients of blocks so that neither the number of ranks nor the order of additions can be seen in the
 * result: each tensor t has an exponent E_t; a block's gradient becomes integers rint(g · 2^(51−E_t)); integers are
 * summed over blocks, threads and ranks. A block with |g| ≥ 2^E_t raises a flag: the reduction then returns SUM_REDO
 * with larger exponents on every rank, and the caller repeats the step.
 *
 * Within a node the sums lie in memory that its ranks share. Each rank adds up a slice of them over the node, then in a
 * message over the nodes, and divides; so a node sends and receives each number once, whatever the number of ranks. */

enum sum_mode {
	SUM_EXACT,   /* int64 on the wire (default) */
	SUM_EXACT32, /* int32 on the wire: half the bytes, coarser, as independent of the ranks */
	SUM_FLOAT,   /* plain float32 MPI_SUM: the baseline for measurements; depends on the ranks */
};

enum { SUM_COUNTERS = 8 }; /* integers that ride in the message: loss, errors, flags … */

enum {
	SUM_HEADROOM = 8,           /* bits between a step's largest value and the next step's limit 2^E */
	SUM_EXPONENT_LOWEST = -148, /* 2^E just above the smallest denormal float */
	SUM_EXPONENT_HIGHEST = 136, /* the largest float, and headroom */
};

enum sum_result { SUM_FAILED = -1, SUM_DONE = 0, SUM_REDO = 1, SUM_NOT_FINITE = 2 };

struct sum;

/* A sum over `tensors` tensors of counts[t] values each, of up to `blocks` blocks per step (≥ 1) over all ranks, which
 * `threads` threads (≥ 1) of this rank add; beyond 2048 blocks (exact32: always) more blocks leave fewer bits to each,
 * and results depend on it. Exponents start at their lowest, so that the first step is done twice. EX_CONFIG beyond
 * 2^50 blocks (exact32: 2^18) or 32767 (exact32) or 4096 (float) ranks. NULL on failure, on all ranks. Collective. */
struct sum *sum_create(struct comm *comm, const struct kernels *kernels, enum sum_mode mode, size_t blocks,
                       size_t threads, size_t tensors, const size_t *counts, struct err *err);
void sum_destroy(struct sum *sum);

/* Begins a new step (or its repetition) with sums of 0. Local. */
void sum_begin(struct sum *sum);

/* Adds one block's gradient of tensor t (counts[t] floats). Threads, each with a number of its own below `threads`, may
 * do so at the same time. Local. */
void sum_add(struct sum *sum, size_t thread, size_t tensor, const float *g);

/* Adds to counter i (0 … SUM_COUNTERS−1); the caller's sums must fit 62 bits. Threads as above. Local. */
void sum_count(struct sum *sum, size_t thread, size_t i, int64_t value);

/* The message, and division by `count` ≥ 1. SUM_DONE: sums and counters are those of all ranks, and the exponents for
 * the next step are set from this step's largest values (a tensor of zeros keeps its own). SUM_REDO: a value did not
 * fit; the exponents are set likewise, so that the repetition fits. SUM_NOT_FINITE: some gradient was NaN or infinite;
 * exponents stay. Counters are valid after each of the three, and the verdict is the same on all ranks. SUM_FAILED: MPI
 * failed (`err`), maybe only here: no further collective can be relied on. SUM_FLOAT never asks for a repetition.
 * Collective. */
enum sum_result sum_reduce(struct sum *sum, uint64_t count, struct err *err);

/* After SUM_DONE: g[i] = sum over all blocks and ranks of tensor t, divided by sum_reduce's `count`, rounded to float.
 * Local. */
void sum_mean(const struct sum *sum, size_t tensor, float *g);

/* Counter i over all ranks, after sum_reduce. Local. */
int64_t sum_counter(const struct sum *sum, size_t i);

/* The exponents for the next sum_begin, part of a checkpoint: int32 [tensors]. Set ones are held within LOWEST …
 * HIGHEST. Local. */
const int32_t *sum_exponents(const struct sum *sum);
void sum_set_exponents(struct sum *sum, const int32_t *exponents);

#endif
