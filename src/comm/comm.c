/* Starts and ends MPI; this rank and the number of ranks. */
#include "comm.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	CHUNK = 1 << 30, /* below INT_MAX, and a multiple of every vector length */
	CROWD = 64 << 10, /* from here on fewer bytes are worth more messages, as bench/simulate.sh predicts */
	EARLY = 64 << 10, /* from here on bytes take longer than the messages that they need */
};

/* A communicator of our own, in which errors come back instead of ending the program. */
static int comm_begin(struct comm *comm, MPI_Comm of, struct err *err)
{
	int rank, ranks;
	comm->all = comm->near.inside = comm->near.across = MPI_COMM_NULL;
	if (mpi_check(MPI_Comm_dup(of, &comm->all), "MPI_Comm_dup", err) != 0 ||
	    mpi_check(MPI_Comm_set_errhandler(comm->all, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler", err) != 0 ||
	    mpi_check(MPI_Comm_rank(comm->all, &rank), "MPI_Comm_rank", err) != 0 ||
	    mpi_check(MPI_Comm_size(comm->all, &ranks), "MPI_Comm_size", err) != 0)
		return -1;
	comm->rank = (size_t)rank;
	comm->ranks = (size_t)ranks;
	comm->chunk = CHUNK;
	comm->crowd = CROWD;
	comm->early = EARLY;
	comm->slot = &comm->own;
	return 0;
}

struct comm *comm_open(int *argc, char ***argv, struct err *err)
{
	int started = 0, threads;
	struct comm *comm = memory_zeroed(1, sizeof *comm, err);
	if (comm == NULL)
		return NULL;
	MPI_Initialized(&started);
	if (started) {
		err_set(err, EX_SOFTWARE, "MPI was started before, and a process can start it only once");
		goto out;
	}

	/* FUNNELED: only this thread calls MPI, whatever others may do beside it. */
	if (mpi_check(MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &threads), "MPI_Init_thread", err) != 0)
		goto out;
	if (mpi_check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler", err) != 0 ||
	    comm_begin(comm, MPI_COMM_WORLD, err) != 0) {
		MPI_Finalize();
		goto out;
	}
	if (groups_open(comm, err) != 0) {
		comm_close(comm);
		return NULL;
	}
	return comm;
out:
	free(comm);
	return NULL;
}

struct comm *comm_over(int communicator, struct err *err)
{
	int started = 0, ended = 0, level = MPI_THREAD_MULTIPLE, first = 1;
	MPI_Initialized(&started);
	MPI_Finalized(&ended);
	if (!started || ended || MPI_Comm_f2c(communicator) == MPI_COMM_NULL) {
		err_set(err, EX_SOFTWARE, !started || ended ? "MPI is not running" : "the communicator is MPI_COMM_NULL");
		return NULL;
	}
	MPI_Query_thread(&level);
	MPI_Is_thread_main(&first);
	if (level < MPI_THREAD_SERIALIZED && !first) {
		err_set(err, EX_USAGE, "MPI was started for one thread, which this one is not: start it with "
		        "MPI_THREAD_SERIALIZED, or if several threads train at once with MPI_THREAD_MULTIPLE");
		return NULL;
	}
	struct comm *comm = memory_zeroed(1, sizeof *comm, err);
	if (comm == NULL)
		return NULL;
	comm->guest = true;
	if (comm_begin(comm, MPI_Comm_f2c(communicator), err) == 0 && groups_open(comm, err) == 0)
		return comm;
	comm_close(comm);
	return NULL;
}

void comm_close(struct comm *comm)
{
	if (comm == NULL)
		return;
	board_close(comm);
	if (comm->failed && !comm->guest)
		comm_abort(comm, EX_OSERR);
	/* After a failure the others may never come to free theirs. */
	if (!comm->failed) {
		groups_close(comm);
		if (comm->all != MPI_COMM_NULL)
			MPI_Comm_free(&comm->all);
	}
	if (!comm->guest)
		MPI_Finalize();
	watchdog_destroy(comm);
	free(comm);
}

void comm_abort(struct comm *comm, int code)
{
	/* MPICH's launcher passes the code on only if all that it started are to end: else it ends with 9, or with 0. */
	MPI_Abort(comm->guest ? comm->all : MPI_COMM_WORLD, code);
}

size_t comm_rank(const struct comm *comm)
{
	return comm->rank;
}

size_t comm_ranks(const struct comm *comm)
{
	return comm->ranks;
}

/* A variable of a launcher; without only_with, where that is named, it means something else. */
struct launcher_variable {
	const char *name, *only_with;
};

/* The first of `count` variables that holds a number ≥ `least`; `otherwise` where none does. */
static size_t variable_read(const struct launcher_variable *variable, size_t count, size_t least, size_t otherwise,
                            const char **name)
{
	for (size_t i = 0; i < count; i++) {
		const char *text = getenv(variable[i].name);
		if (text == NULL || !isdigit((unsigned char)*text))
			continue;
		if (variable[i].only_with != NULL && getenv(variable[i].only_with) == NULL)
			continue;
		char *end;
		unsigned long number = strtoul(text, &end, 10);
		if (*end == 0 && number >= least) {
			*name = variable[i].name;
			return number;
		}
	}
	return otherwise;
}

struct announced comm_announced(void)
{
	/* Slurm sets its own in batch scripts too, where srun launched nothing. */
	static const struct launcher_variable tasks[] = {
		{"OMPI_COMM_WORLD_SIZE", NULL},
		{"PMI_SIZE", NULL},
		{"MV2_COMM_WORLD_SIZE", NULL},
		{"FLUX_JOB_SIZE", NULL},
		{"SLURM_STEP_NUM_TASKS", "SLURM_STEP_ID"},
		{"SLURM_NTASKS", "SLURM_STEP_ID"},
	};
	static const struct launcher_variable task[] = {
		{"OMPI_COMM_WORLD_RANK", NULL},
		{"PMIX_RANK", NULL},
		{"PMI_RANK", NULL},
		{"MV2_COMM_WORLD_RANK", NULL},
		{"FLUX_TASK_RANK", NULL},
		{"SLURM_PROCID", "SLURM_STEP_ID"},
	};
	struct announced a = {.by = ""};
	const char *unused;
	a.tasks = variable_read(tasks, sizeof tasks / sizeof *tasks, 1, 1, &a.by);
	a.task = variable_read(task, sizeof task / sizeof *task, 0, 0, &unused);
	return a;
}

void library_trim(const char *raw, size_t bytes, char *text)
{
	/* "Open MPI v4.1.4, package: …", "MPICH Version:      4.0.2\nMPICH Release date: …": the words of the first
	 * line up to a comma, without "Version" and the v of "v4.1.4". */
	size_t line = strcspn(raw, ",\n"), length = 0;
	const char *word = raw;
	while (word < raw + line) {
		size_t letters = strcspn(word, " \t\r:,\n");
		bool keep = letters > 0 && !(letters == 7 && strncmp(word, "Version", 7) == 0);
		size_t skip = letters > 1 && word[0] == 'v' && isdigit((unsigned char)word[1]) ? 1 : 0;
		if (keep && length + 1 + letters - skip < bytes) {
			if (length > 0)
				text[length++] = ' ';
			memcpy(text + length, word + skip, letters - skip);
			length += letters - skip;
		}
		word += letters + 1;
	}
	text[length] = 0;
}

const char *comm_library(void)
{
	/* Not state: every call writes the same text, which the library keeps for as long as the program runs. */
	static char text[MPI_MAX_LIBRARY_VERSION_STRING];
	char raw[MPI_MAX_LIBRARY_VERSION_STRING] = "";
	int length;
	MPI_Get_library_version(raw, &length);
	library_trim(raw, sizeof text, text);
	return text;
}
