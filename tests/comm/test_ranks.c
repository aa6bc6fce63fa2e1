/* comm on any number of ranks, one included: run alone it is a TAP test; ranks.sh runs it under mpirun and compares the
 * lines "# sums …" between numbers of ranks. Every rank checks; a rank that sees a fault says so and leaves with 1.
 * With the word "abort" the last rank ends all others with status 75; with "fail" its MPI call fails, and it closes. */
#include "../../src/comm/form.h"
#include "open.h"
#include "plain.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct comm *comm;
static size_t rank, ranks, tests, faults;

#define CHECK(condition) check(condition, #condition, __LINE__)

static void check(bool good, const char *condition, int line)
{
	if (good)
		return;
	faults++;
	printf("# rank %zu of %zu, line %d: %s\n", rank, ranks, line, condition);
}

/* Ends a test; rank 0 speaks for itself, the others through their exit status. */
static void report(const char *name)
{
	static size_t before;
	if (rank == 0)
		printf("%sok %zu - %s\n", faults > before ? "not " : "", ++tests, name);
	before = faults;
}

/* ---- The same blocks, dealt to any number of ranks ---------------------------------------------------- */

enum { BLOCKS = 24, TENSORS = 6, STEPS = 4 };

static const size_t counts[TENSORS] = {16, 24, 1, 200, 700, 3000};

/* Gradient i of a tensor in one block: 30 octaves of spread, signs that cancel; tensor 2 jumps in step 2. */
static float gradient(size_t step, size_t block, size_t tensor, size_t i)
{
	uint64_t r = random_bits(step, RANDOM_CHECK, tensor << 8 | block, i);
	int octave = -(int)(r >> 58) % 30 - 10 * (int)tensor + (tensor == 2 && step >= 2 ? 40 : 0);
	return ldexpf((float)((int32_t)(r & 0xffffff) - 0x800000), octave);
}

/* FNV-1a over what a training run would see. */
static void mix(uint64_t *hash, const void *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		*hash = (*hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
}

enum deal { DEAL_RUNS, DEAL_TURNS, DEAL_LAST }; /* contiguous runs; in turns, backwards; all to the last rank */

static bool is_mine(enum deal deal, size_t block)
{
	switch (deal) {
	case DEAL_RUNS:
		return block * ranks / BLOCKS == rank;
	case DEAL_TURNS:
		return block % ranks == rank;
	case DEAL_LAST:
		break;
	}
	return rank == ranks - 1;
}

/* A block of this rank, its last tensors first, as backward gives them. After the last block they are done. */
static void block_add(struct sum *sum, size_t step, size_t block, size_t thread, bool last)
{
	static float g[3000];
	for (size_t t = TENSORS; t-- > 0;) {
		for (size_t i = 0; i < counts[t]; i++)
			g[i] = gradient(step, block, t, i);
		sum_add(sum, thread, t, g);
		if (last)
			sum_done(sum, t);
	}
	sum_count(sum, thread, 3, (int64_t)block - 30);
}

/* Checks that what can travel has started: a rank that is a node waits for no other. */
static void early_check(const struct sum *sum, bool added)
{
	bool may = sum->form != &form_float && sum->single && comm->early == 0 && comm_nodes(comm) > 1;
	may = may && comm->chunk > 3941 + SUM_WIRE_HEAD;
	CHECK(sum->pieces == (may ? 4 : 1));
	if (may && added && comm_nodes(comm) == ranks)
		CHECK(sum->gone == 3);
}

/* STEPS steps; the hash of means, exponents, counters and verdicts of all of them, on this rank. */
static uint64_t train(enum sum_mode mode, enum deal deal, size_t count)
{
	float g[3000];
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	struct err err = {0};
	struct threads *threads = NULL;
	CHECK(threads_open(&threads, count, &err) == 0);
	struct sum *sum = sum_create(comm, &plain_kernels, mode, BLOCKS, threads, TENSORS, counts, &err);
	CHECK(sum != NULL);
	if (sum == NULL)
		exit(EXIT_FAILURE);
	for (size_t step = 0; step < STEPS; step++) {
		enum sum_result result = SUM_REDO;
		for (int tries = 0; result == SUM_REDO; tries++) {
			CHECK(tries < 2);
			sum_begin(sum);
			size_t mine = 0, added = 0;
			for (size_t n = 0; n < BLOCKS; n++)
				mine += is_mine(deal, n);
			for (size_t n = 0; n < BLOCKS; n++) {
				size_t block = deal == DEAL_TURNS ? BLOCKS - 1 - n : n;
				if (is_mine(deal, block))
					block_add(sum, step, block, n % count, ++added == mine);
			}
			early_check(sum, mine > 0);
			result = sum_reduce(sum, 16 * BLOCKS - 3, &err);
			if (mode != SUM_FLOAT) /* the first step, and the jump */
				CHECK(result == ((step == 0 || step == 2) && tries == 0 ? SUM_REDO : SUM_DONE));
			mix(&hash, &result, sizeof result);
		}
		for (size_t t = 0; t < TENSORS; t++) {
			sum_mean(sum, t, g);
			mix(&hash, g, counts[t] * sizeof *g);
		}
		mix(&hash, sum_exponents(sum), TENSORS * sizeof(int32_t));
		CHECK(sum_counter(sum, 3) == BLOCKS * (BLOCKS - 1) / 2 - 30 * BLOCKS);
	}
	CHECK(err.code == 0);
	sum_destroy(sum);
	threads_close(threads);
	return hash;
}

static void sums(void)
{
	uint64_t hash[2] = {0};
	size_t usual = comm->chunk, crowd = comm->crowd, early = comm->early;
	for (int mode = SUM_EXACT; mode <= SUM_EXACT32; mode++) {
		hash[mode] = train((enum sum_mode)mode, DEAL_RUNS, 1);
		CHECK(hash[mode] == train((enum sum_mode)mode, DEAL_TURNS, 3));
		CHECK(hash[mode] == train((enum sum_mode)mode, DEAL_LAST, 30));
		CHECK(hash[mode] == train((enum sum_mode)mode, DEAL_RUNS, rank + 1));
		comm->chunk = 1000; /* more values than one call takes */
		CHECK(hash[mode] == train((enum sum_mode)mode, DEAL_RUNS, 1));
		comm->crowd = 0; /* each call in parts */
		CHECK(hash[mode] == train((enum sum_mode)mode, DEAL_RUNS, 1));
		comm->crowd = crowd;
		comm->chunk = usual;
		comm->early = 0; /* in as many pieces as can be */
		CHECK(hash[mode] == train((enum sum_mode)mode, DEAL_RUNS, 1));
		CHECK(hash[mode] == train((enum sum_mode)mode, DEAL_TURNS, 1));
		CHECK(hash[mode] == train((enum sum_mode)mode, DEAL_LAST, 1));
		CHECK(hash[mode] == train((enum sum_mode)mode, DEAL_RUNS, rank + 1));
		comm->early = early;

		/* The same on every rank: what rank 0 has, they all have. */
		uint64_t first = hash[mode];
		struct err err = {0};
		CHECK(comm_broadcast(comm, &first, sizeof first, &err) == 0);
		CHECK(first == hash[mode]);
	}
	comm->early = 0;
	train(SUM_FLOAT, DEAL_RUNS, 1);
	train(SUM_FLOAT, DEAL_RUNS, 2);
	comm->early = early;
	if (rank == 0)
		printf("# sums %016" PRIx64 " %016" PRIx64 "\n", hash[0], hash[1]);
	report("the dealing of blocks leaves no trace");
}

/* Sums that go on at the same time, of few numbers and many, one begun late on some ranks. */
static void exchanges(void)
{
	static const size_t lengths[] = {0, 1, 3, 64, 1001};
	enum { LENGTHS = sizeof lengths / sizeof *lengths };
	static int32_t narrow[LENGTHS][1001];
	static int64_t wide[LENGTHS][1001];
	struct exchange exchange[2 * LENGTHS];
	MPI_Request request[2 * LENGTHS][EXCHANGE_REQUESTS];
	struct err err = {0};
	bool ended;
	for (int turn = 0; turn < 3; turn++) {
		for (size_t l = 0; l < LENGTHS; l++) {
			for (size_t i = 0; i < lengths[l]; i++) {
				wide[l][i] = ((int64_t)i << 40) - (int64_t)(rank * l) - turn;
				narrow[l][i] = (int32_t)(i * 1000003) + (int32_t)rank;
			}
			for (size_t w = 0; turn == 0 && w < 2; w++)
				CHECK(exchange_open(&exchange[2 * l + w], comm, comm->all, lengths[l], w ? sizeof(int32_t) : sizeof(int64_t),
				                    100 + (int)(2 * l + w), request[2 * l + w], &err) == 0);
			CHECK(exchange_start(&exchange[2 * l], wide[l], &err) == 0);
			CHECK(exchange_start(&exchange[2 * l + 1], narrow[l], &err) == 0);
			if (l == 2 && rank % 2 == 1)
				CHECK(exchange_move(&exchange[0], &ended, &err) == 0);
		}
		for (size_t left = 2 * LENGTHS; left > 0;) {
			left = 0;
			for (size_t e = 0; e < 2 * LENGTHS; e++)
				left += exchange_move(&exchange[e], &ended, &err) == 0 && !ended;
		}
		bool good = true;
		for (size_t l = 0; l < LENGTHS; l++)
			for (size_t i = 0; i < lengths[l]; i++) {
				int64_t all = (int64_t)ranks, pairs = all * (all - 1) / 2;
				good = good && wide[l][i] == all * ((int64_t)i << 40) - (int64_t)l * pairs - all * turn;
				good = good && narrow[l][i] == (int32_t)((uint32_t)all * (uint32_t)(i * 1000003) + (uint32_t)pairs);
			}
		CHECK(good);
	}
	for (size_t e = 0; e < 2 * LENGTHS; e++)
		exchange_close(&exchange[e]);
	CHECK(err.code == 0);
	for (size_t n = 1; n < 37; n++)
		CHECK(exchange_can(n));
	CHECK(exchange_can(4096) && exchange_can(62) && !exchange_can(37) && !exchange_can(74) && !exchange_can(0));
	report("sums go on beside each other, and reach all ranks whole");
}

static void counters(void)
{
	for (int mode = SUM_EXACT; mode <= SUM_FLOAT; mode++) {
		struct err err = {0};
		struct sum *sum = sum_create(comm, &plain_kernels, (enum sum_mode)mode, ranks, NULL, 1, (size_t[]){1}, &err);
		CHECK(sum != NULL);
		int64_t n = (int64_t)ranks, r = (int64_t)rank, pairs = n * (n - 1) / 2;
		sum_begin(sum);
		sum_count(sum, 0, 0, -1);
		sum_count(sum, 0, 1, (INT64_C(1) << 62) / n - r);
		sum_count(sum, 0, 2, -(INT64_C(1) << 62) / n + r);
		sum_count(sum, 0, 3, r % 2 ? -0x123456789abcdef : 0xffffffffffff);
		sum_count(sum, 0, 7, r * 1000003);
		CHECK(sum_reduce(sum, 1, &err) == SUM_DONE);
		CHECK(sum_counter(sum, 0) == -n);
		CHECK(sum_counter(sum, 1) == (INT64_C(1) << 62) / n * n - pairs);
		CHECK(sum_counter(sum, 2) == -(INT64_C(1) << 62) / n * n + pairs);
		CHECK(sum_counter(sum, 3) == (n + 1) / 2 * 0xffffffffffff - n / 2 * 0x123456789abcdef);
		CHECK(sum_counter(sum, 6) == 0);
		CHECK(sum_counter(sum, 7) == pairs * 1000003);
		sum_destroy(sum);
	}
	int64_t values[3] = {(int64_t)rank, -1, INT64_C(1) << 55};
	struct err err = {0};
	CHECK(comm_sum(comm, 3, values, &err) == 0);
	CHECK(values[0] == (int64_t)(ranks * (ranks - 1) / 2) && values[1] == -(int64_t)ranks);
	CHECK(values[2] == (int64_t)ranks << 55);
	report("negative and huge counters add up");
}

/* One step in which only rank `odd` adds something else than 1. */
static enum sum_result odd_step(struct sum *sum, size_t odd, float value)
{
	struct err err = {0};
	sum_begin(sum);
	sum_add(sum, 0, 0, rank == odd ? &value : &(float){1});
	sum_count(sum, 0, 0, 1);
	enum sum_result result = sum_reduce(sum, (double)ranks, &err);
	CHECK(sum_counter(sum, 0) == (int64_t)ranks);
	return result;
}

static void verdicts(void)
{
	for (int mode = SUM_EXACT; mode <= SUM_FLOAT; mode++) {
		struct err err = {0};
		struct sum *sum = sum_create(comm, &plain_kernels, (enum sum_mode)mode, ranks, NULL, 1, (size_t[]){1}, &err);
		enum sum_result redo = mode == SUM_FLOAT ? SUM_DONE : SUM_REDO;
		CHECK(odd_step(sum, ranks, 1) == redo);
		for (size_t odd = 0; odd < ranks; odd++) {
			float mean;
			CHECK(odd_step(sum, odd, 1) == SUM_DONE);
			CHECK(odd_step(sum, odd, NAN) == SUM_NOT_FINITE);
			CHECK(odd_step(sum, odd, -INFINITY) == SUM_NOT_FINITE);
			CHECK(odd_step(sum, odd, 511) == SUM_DONE);
			CHECK(odd_step(sum, odd, 1) == SUM_DONE);
			CHECK(odd_step(sum, odd, 512) == redo);
			CHECK(mode == SUM_FLOAT || *sum_exponents(sum) == 10 + SUM_HEADROOM);
			CHECK(odd_step(sum, odd, 512) == SUM_DONE);
			sum_mean(sum, 0, &mean);
			CHECK(mean == (float)((double)(511 + ranks) / (double)ranks));
		}
		sum_destroy(sum);
	}
	report("one rank's NaN and overflow are everybody's");
}

static void agreement(void)
{
	for (size_t lowest = 0; lowest <= ranks; lowest++) {
		struct err err = {0}, *e = &err;
		/* The highest rank fails too, and rank `lowest` is the one to be heard. */
		bool fails = rank == lowest || (lowest < ranks && rank == ranks - 1);
		int code = comm_agree(comm, fails ? err_set(e, EX_DATAERR, "file %zu is damaged", rank) : 0, e);
		char text[64];
		snprintf(text, sizeof text, "file %zu is damaged", lowest);
		CHECK(code == (lowest < ranks ? -1 : 0));
		CHECK(err.code == (lowest < ranks ? EX_DATAERR : 0));
		CHECK(strcmp(err.text, lowest < ranks ? text : "") == 0);
	}
	report("the lowest failing rank is heard everywhere");
}

static void sameness(void)
{
	struct digest digest = {{0x1f, 0x0a, 0xbb, 0xcc, 0xdd}};
	struct err err = {0};
	CHECK(comm_same(comm, "job file", &digest, EX_CONFIG, &err) == 0);
	CHECK(err.code == 0);
	if (rank == 1)
		digest.byte[0] = 0x77;
	int code = comm_same(comm, "job file", &digest, EX_CONFIG, &err);
	CHECK(code == (ranks > 1 ? -1 : 0));
	CHECK(err.code == (ranks > 1 ? EX_CONFIG : 0));
	static const char *const texts[] = {
		[1] = "", [2] = "job file differs between ranks: 0 has 1f0abbcc…, 1 has 770abbcc…",
		[3] = "job file differs between ranks: 0,2 have 1f0abbcc…, 1 has 770abbcc…",
		[5] = "job file differs between ranks: 0,2-4 have 1f0abbcc…, 1 has 770abbcc…",
		[8] = "job file differs between ranks: 0,2-7 have 1f0abbcc…, 1 has 770abbcc…",
	};
	if (ranks < sizeof texts / sizeof *texts && texts[ranks] != NULL)
		CHECK(strcmp(err.text, texts[ranks]) == 0);
	report("ranks that differ are named");
}

static void sharing(void)
{
	struct err err = {0};
	size_t usual = comm->chunk;
	comm->chunk = 1000;
	for (size_t size = 0; size < 200000; size = 3 * size + 1) {
		size_t count = rank == 0 ? size : 77;
		uint8_t *bytes = rank == 0 ? memory_zeroed(size, 1, &err) : (uint8_t *)&count;
		for (size_t i = 0; rank == 0 && i < size; i++)
			bytes[i] = (uint8_t)(i * 31 + size);
		CHECK(comm_broadcast_bytes(comm, &bytes, &count, &err) == 0);
		CHECK(count == size);
		bool good = true;
		for (size_t i = 0; i < size; i++)
			good = good && bytes[i] == (uint8_t)(i * 31 + size);
		CHECK(good);
		free(bytes);
	}
	comm->chunk = usual;
	CHECK(err.code == 0);
	report("rank 0's bytes reach all");
}

/* The sizes that rank 0 announces cannot be had anywhere: every rank learns it, and none waits for the bytes. */
static void sharing_too_much(void)
{
	struct err err = {0};
	uint8_t byte = 0, *bytes = &byte;
	size_t count = SIZE_MAX - 1;
	if (ranks > 1) {
		CHECK(comm_broadcast_bytes(comm, &bytes, &count, &err) == -1);
		CHECK(err.code == EX_OSERR && strstr(err.text, "not enough memory") != NULL);
		CHECK(rank == 0 || (bytes == NULL && count == 0));
	}
	report("bytes too many for a rank fail on all");
}

/* What the ranks of a node write is there for all of them after a wait; a part is as large as its rank asked for. */
/* What rank 0 was given. */
struct collected {
	size_t calls, fails_at;
};

static size_t collected_bytes(size_t from)
{
	return from % 3 == 1 ? 200000 + from : from * 100; /* rank 0 has none; more than a message holds */
}

static int collected_take(void *context, size_t from, const uint8_t *bytes, size_t count, struct err *err)
{
	struct collected *c = context;
	CHECK(rank == 0 && from == c->calls && count == collected_bytes(from));
	for (size_t i = 0; i < count; i++)
		if (bytes[i] != (uint8_t)(i * 7 + from)) {
			CHECK(false);
			break;
		}
	return c->calls++ == c->fails_at ? err_set(err, EX_IOERR, "no room for rank %zu", from) : 0;
}

static void collecting(void)
{
	size_t count = collected_bytes(rank);
	struct err err = {0}, failure = {0};
	uint8_t *bytes = memory_zeroed(count, 1, &err);
	CHECK(bytes != NULL);
	for (size_t i = 0; bytes != NULL && i < count; i++)
		bytes[i] = (uint8_t)(i * 7 + rank);
	struct collected all = {.fails_at = SIZE_MAX}, some = {.fails_at = ranks / 2};
	CHECK(comm_collect(comm, 0, bytes, count, collected_take, &all, &err) == 0);
	CHECK(all.calls == (rank == 0 ? ranks : 0));
	CHECK(comm_collect(comm, 0, bytes, count, collected_take, &some, &failure) == -1);
	CHECK(some.calls == (rank == 0 ? ranks / 2 + 1 : 0) && failure.code == EX_IOERR);
	char text[64];
	snprintf(text, sizeof text, "no room for rank %zu", ranks / 2);
	CHECK(strcmp(failure.text, text) == 0);
	struct collected until = {.fails_at = SIZE_MAX}, again = until;
	struct err last = {0};
	bool fails = rank == ranks - 1;
	int code = fails ? err_set(&last, EX_DATAERR, "rank %zu is lost", rank) : 0;
	CHECK(comm_collect(comm, code, bytes, count, collected_take, &until, &last) == -1);
	snprintf(text, sizeof text, "rank %zu is lost", ranks - 1);
	CHECK(until.calls == (rank == 0 ? ranks - 1 : 0) && last.code == EX_DATAERR && strcmp(last.text, text) == 0);
	CHECK(comm_collect(comm, 0, bytes, count, collected_take, &again, &err) == 0 && again.calls == all.calls);
	free(bytes);
	report("rank 0 gets the bytes of all in their order, and a failure reaches all");
}

static void shared_memory(void)
{
	struct err err = {0};
	size_t place = comm_node_rank(comm), number = comm_node_ranks(comm);
	CHECK(place < number && number <= ranks && comm_nodes(comm) <= ranks);
	int64_t leaders = place == 0;
	CHECK(comm_sum(comm, 1, &leaders, &err) == 0 && leaders == (int64_t)comm_nodes(comm));
	struct shared *shared = shared_create(comm, 5000 * place, &err);
	CHECK(shared != NULL);
	for (int turn = 0; shared != NULL && turn < 3; turn++) {
		uint8_t *own = shared_part(shared, place);
		CHECK((uintptr_t)own % 64 == 0);
		for (size_t i = 0; i < 5000 * place; i++) {
			CHECK(own[i] == (turn == 0 ? 0 : (uint8_t)(i * place + (size_t)turn - 1)));
			own[i] = (uint8_t)(i * place + (size_t)turn);
		}
		CHECK(shared_wait(shared, &err) == 0);
		for (size_t r = 0; r < number; r++) {
			const uint8_t *part = shared_part(shared, r);
			bool good = true;
			for (size_t i = 0; i < 5000 * r; i++)
				good = good && part[i] == (uint8_t)(i * r + (size_t)turn);
			CHECK(good);
		}
		CHECK(shared_wait(shared, &err) == 0);
	}
	shared_destroy(shared);
	CHECK(shared_create(comm, rank == ranks - 1 ? SIZE_MAX - 1 : 1, &err) == NULL && err.code == EX_OSERR);
	report("memory of a node is seen by all its ranks");
}

int main(int argc, char **argv)
{
	struct err err = {0};
	struct announced announced = comm_announced();
	comm = test_open(&argc, &argv, &err);
	if (comm == NULL) {
		printf("Bail out! %s\n", err.text);
		return EXIT_FAILURE;
	}
	rank = comm_rank(comm);
	ranks = comm_ranks(comm);
	if (argc > 1 && strcmp(argv[1], "abort") == 0) {
		if (rank == ranks - 1)
			comm_abort(comm, EX_TEMPFAIL);
		comm_agree(comm, 0, &err); /* for ever, without the abort */
		return EXIT_SUCCESS;
	}
	if (argc > 1 && strcmp(argv[1], "fail") == 0) {
		int number = 0;
		if (rank == ranks - 1 && message_broadcast(comm, ranks, sizeof number, &number, &err) == 0) /* there is no such root */
			return EXIT_FAILURE;
		if (rank < ranks - 1)
			comm_agree(comm, 0, &err); /* for ever, unless the failed rank ends it */
		comm_close(comm);
		return EXIT_SUCCESS;
	}

	CHECK(rank < ranks && announced.task == rank && announced.tasks == ranks);
	report("the rank is the one announced");
	sums();
	exchanges();
	counters();
	verdicts();
	agreement();
	sameness();
	sharing();
	sharing_too_much();
	collecting();
	shared_memory();
	if (rank == 0)
		printf("1..%zu\n", tests);
	test_close(comm);
	return faults > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
