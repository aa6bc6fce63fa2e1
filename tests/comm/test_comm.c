/* comm on one rank: opening, names, agreement, sharing, and who differs from whom. */
#include "../../src/comm/comm.h"
#include "alone.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void one_rank_without_mpirun(void **state)
{
	(void)state;
	struct err err = {0};
	assert_int_equal(comm_rank(comm), 0);
	assert_int_equal(comm_ranks(comm), 1);
	assert_null(comm_open(NULL, NULL, &err));
	assert_int_equal(err.code, EX_SOFTWARE);
}

static void library_is_named_in_one_line(void **state)
{
	(void)state;
	static const struct {
		const char *raw, *name;
	} cases[] = {
		{"Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4", "Open MPI 4.1.4"},
		{"MPICH Version:      4.0.2\nMPICH Release date: Thu Apr  7\n", "MPICH 4.0.2"},
		{"MVAPICH2 Version      :\t2.3.7\nMVAPICH2 Release date :\t1999\n", "MVAPICH2 2.3.7"},
		{"Intel(R) MPI Library 2021.8 for Linux* OS\n", "Intel(R) MPI Library 2021.8 for Linux* OS"},
		{"vendor v\r\n", "vendor v"},
		{"", ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[64];
		library_trim(cases[i].raw, sizeof text, text);
		assert_string_equal(text, cases[i].name);
	}
	char small[8];
	library_trim("MPICH Version: 4.0.2", sizeof small, small);
	assert_string_equal(small, "MPICH");

	const char *name = comm_library();
	assert_true(strlen(name) > 3);
	assert_null(strpbrk(name, "\n,"));
	assert_ptr_equal(name, comm_library());
}

static const char *const launcher_variables[] = {
	"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE", "MV2_COMM_WORLD_RANK",
	"MV2_COMM_WORLD_SIZE", "FLUX_TASK_RANK", "FLUX_JOB_SIZE", "SLURM_STEP_ID", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS",
	"SLURM_NTASKS",
};
enum { VARIABLES = sizeof launcher_variables / sizeof *launcher_variables };

static void assert_announced(size_t tasks, size_t task, const char *by)
{
	struct announced a = comm_announced();
	assert_int_equal(a.tasks, tasks);
	assert_int_equal(a.task, task);
	assert_string_equal(a.by, by);
}

static void launchers_announce_tasks(void **state)
{
	(void)state;
	char *before[VARIABLES] = {NULL};
	struct err err = {0};
	for (size_t i = 0; i < VARIABLES; i++) {
		const char *value = getenv(launcher_variables[i]);
		before[i] = value == NULL ? NULL : memory_text(value, &err);
		unsetenv(launcher_variables[i]);
	}

	assert_announced(1, 0, "");
	setenv("SLURM_PROCID", "3", 1);
	setenv("SLURM_NTASKS", "8", 1);
	assert_announced(1, 0, ""); /* a batch script, not a step */
	setenv("SLURM_STEP_ID", "0", 1);
	assert_announced(8, 3, "SLURM_NTASKS");
	setenv("SLURM_STEP_NUM_TASKS", "4", 1);
	assert_announced(4, 3, "SLURM_STEP_NUM_TASKS");
	setenv("MV2_COMM_WORLD_RANK", "4", 1);
	setenv("MV2_COMM_WORLD_SIZE", "5", 1);
	assert_announced(5, 4, "MV2_COMM_WORLD_SIZE");
	setenv("PMI_RANK", "5", 1);
	setenv("PMI_SIZE", "6", 1);
	assert_announced(6, 5, "PMI_SIZE");
	setenv("PMIX_RANK", "6", 1);
	assert_announced(6, 6, "PMI_SIZE");
	setenv("OMPI_COMM_WORLD_RANK", "17", 1);
	setenv("OMPI_COMM_WORLD_SIZE", "18", 1);
	assert_announced(18, 17, "OMPI_COMM_WORLD_SIZE");
	setenv("OMPI_COMM_WORLD_RANK", "17x", 1); /* no number: the next one speaks */
	setenv("OMPI_COMM_WORLD_SIZE", "0", 1);
	assert_announced(6, 6, "PMI_SIZE");
	setenv("PMIX_RANK", "-1", 1);
	setenv("PMI_SIZE", "", 1);
	assert_announced(5, 5, "MV2_COMM_WORLD_SIZE");

	for (size_t i = 0; i < VARIABLES; i++) {
		if (before[i] != NULL)
			setenv(launcher_variables[i], before[i], 1);
		else
			unsetenv(launcher_variables[i]);
		free(before[i]);
	}
}

static void agreement_keeps_code_and_text(void **state)
{
	(void)state;
	struct err err = {0};
	assert_int_equal(comm_agree(comm, 0, &err), 0);
	assert_int_equal(err.code, 0);
	assert_int_equal(comm_agree(comm, err_set(&err, EX_DATAERR, "label 12"), &err), -1);
	assert_int_equal(err.code, EX_DATAERR);
	assert_string_equal(err.text, "label 12");

	struct err silent = {0};
	assert_int_equal(comm_agree(comm, -1, &silent), -1);
	assert_int_equal(silent.code, EX_SOFTWARE);
}

static void errors_of_mpi_become_texts(void **state)
{
	(void)state;
	struct err err = {0};
	assert_int_equal(mpi_check(MPI_SUCCESS, "MPI_Bcast", &err), 0);
	assert_int_equal(err.code, 0);
	/* A real failure, which must come back and not end the program. */
	assert_false(comm->failed);
	assert_int_equal(message_broadcast(comm, 7, 1, (char[1]){0}, &err), -1);
	assert_int_equal(err.code, EX_OSERR);
	assert_int_equal(strncmp(err.text, "MPI_Bcast: ", 11), 0);
	assert_true(comm->failed);
	comm->failed = false; /* or closing would end this program, as it should */
	assert_true(strlen(err.text) > 15);
	assert_null(strchr(err.text, '\n'));
}

static void shared_bytes_stay_the_owners(void **state)
{
	(void)state;
	struct err err = {0};
	uint8_t content[5] = "abcd", *bytes = content;
	size_t count = sizeof content;
	assert_int_equal(comm_broadcast_bytes(comm, &bytes, &count, &err), 0);
	assert_ptr_equal(bytes, content);
	assert_int_equal(count, 5);
	assert_int_equal(comm_broadcast(comm, content, sizeof content, &err), 0);
	assert_string_equal((char *)content, "abcd");

	int64_t values[2] = {INT64_MIN + 1, 5};
	assert_int_equal(comm_sum(comm, 2, values, &err), 0);
	assert_true(values[0] == INT64_MIN + 1 && values[1] == 5);
}

/* Compares digests that begin with the letters of `kinds`, one rank each, and expects `text` ("": no difference). */
static void expect_difference(const char *kinds, const char *text)
{
	struct digest digests[600] = {0};
	size_t ranks = strlen(kinds);
	assert_true(ranks <= 600);
	for (size_t r = 0; r < ranks; r++)
		digests[r].byte[0] = (uint8_t)kinds[r];
	struct err err = {0};
	assert_int_equal(digests_compare("job", ranks, digests, EX_CONFIG, &err), *text ? -1 : 0);
	assert_int_equal(err.code, *text ? EX_CONFIG : 0);
	assert_string_equal(err.text, text);
}

static void differing_ranks_are_named(void **state)
{
	(void)state;
	expect_difference("a", "");
	expect_difference("aaaa", "");
	expect_difference("ab", "job differs between ranks: 0 has 61000000…, 1 has 62000000…");
	expect_difference("aaaba", "job differs between ranks: 0-2,4 have 61000000…, 3 has 62000000…");
	expect_difference("abbaab", "job differs between ranks: 0,3-4 have 61000000…, 1-2,5 have 62000000…");
	expect_difference("abcde", "job differs between ranks: 0 has 61000000…, 1 has 62000000…, 2 has 63000000…, "
	                           "3 has 64000000…, 1 more has another");
	expect_difference("abcdefe", "job differs between ranks: 0 has 61000000…, 1 has 62000000…, 2 has 63000000…, "
	                             "3 has 64000000…, 3 more have others");

	/* A difference in the last byte is one too. */
	struct digest digests[2] = {0};
	digests[1].byte[DIGEST_BYTES - 1] = 1;
	struct err err = {0};
	assert_int_equal(digests_compare("data", 2, digests, EX_DATAERR, &err), -1);
	assert_int_equal(err.code, EX_DATAERR);
}

static void long_lists_of_ranks_are_cut(void **state)
{
	(void)state;
	char kinds[601];
	for (size_t i = 0; i < 600; i++)
		kinds[i] = "abcdabef"[i % 8];
	kinds[600] = 0;
	struct digest digests[600] = {0};
	for (size_t r = 0; r < 600; r++)
		digests[r].byte[0] = (uint8_t)kinds[r];
	struct err err = {0};
	assert_int_equal(digests_compare("program", 600, digests, EX_CONFIG, &err), -1);
	assert_non_null(strstr(err.text, "0,4,8,12,16,"));
	assert_non_null(strstr(err.text, ",… have 61000000…, 1,5,9,"));
	assert_non_null(strstr(err.text, ", 150 more have others"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_rank_without_mpirun),
		cmocka_unit_test(library_is_named_in_one_line),
		cmocka_unit_test(launchers_announce_tasks),
		cmocka_unit_test(agreement_keeps_code_and_text),
		cmocka_unit_test(errors_of_mpi_become_texts),
		cmocka_unit_test(shared_bytes_stay_the_owners),
		cmocka_unit_test(differing_ranks_are_named),
		cmocka_unit_test(long_lists_of_ranks_are_cut),
	};
	/* The library's name is known before MPI is started. */
	if (strlen(comm_library()) < 4)
		return EXIT_FAILURE;
	return cmocka_run_group_tests_name("comm", tests, open_comm, close_comm);
}
