/* convoy COMMAND …: finds the command. The only room that exits or prints. */
#include <config.h>
#include "app.h"

#include <signal.h>
#include <string.h>

static const struct command *const commands[] = {
	&train_command, &eval_command, &show_command, &check_command, &verify_command, &diff_command, &prune_command,
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void help(FILE *out)
{
	fputs("Usage: convoy COMMAND [OPTION...]\n"
	      "Trains convolutional neural networks over MPI.\n\n", out);
	for (size_t c = 0; c < COMMANDS; c++)
		fprintf(out, "  %-8s %s\n", commands[c]->name, commands[c]->summary);
	fputs("\n`convoy COMMAND --help' lists a command's options. First steps:\n"
	      "  convoy show jobs/small-fashion.yaml\n"
	      "  mpirun -n 2 convoy train jobs/small-fashion.yaml --output runs/small\n", out);
}

static int version(void)
{
	struct err err = {0};
	const struct kernels *kernels = kernels_choose(&err);
	if (kernels == NULL)
		return app_fail(&err);
	printf("convoy %s\nMPI: %s\nHDF5: %s\ninstruction set: %s\n", PACKAGE_VERSION, comm_library(), store_library(),
	       kernels->isa);
	return 0;
}

int main(int argc, char **argv)
{
	struct err err = {0};
	/* Of many ranks one speaks: all of them parse the same options and come to the same end. */
	if (comm_rank_announced() > 0 && freopen("/dev/null", "w", stdout) == NULL)
		return EX_OSERR;
	/* A file that grows beyond a limit is an error to report like a full disk, not a reason to be killed. */
	signal(SIGXFSZ, SIG_IGN);
	argp_err_exit_status = EX_USAGE;
	if (argc < 2) {
		help(stderr);
		return EX_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0 || strcmp(argv[1], "help") == 0) {
		help(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		return version();
	for (size_t c = 0; c < COMMANDS; c++)
		if (strcmp(argv[1], commands[c]->name) == 0) {
			int status = commands[c]->run(argc - 1, argv + 1);
			if (fflush(stdout) != 0 && status == 0) {
				err_set(&err, EX_IOERR, "standard output: cannot write");
				status = app_fail(&err);
			}
			return status;
		}
	err_set(&err, EX_USAGE, "there is no command '%s' (convoy --help lists them)", argv[1]);
	return app_fail(&err);
}
