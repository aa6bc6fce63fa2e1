/* convoy COMMAND …: finds the command. The only room that exits or prints. */
#include <config.h>
#include "app.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct command *const commands[] = {
	&train_command, &eval_command, &show_command, &check_command, &verify_command, &diff_command, &prune_command,
	&bench_command, &pictures_command, &report_command,
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void help(void)
{
	puts("Usage: convoy COMMAND [OPTION...]\n"
	     "Trains convolutional neural networks over MPI.\n");
	for (size_t c = 0; c < COMMANDS; c++)
		printf("  %-9s %s\n", commands[c]->name, commands[c]->summary);
	puts("\n`convoy COMMAND --help' lists a command's options. First steps:\n"
	     "  convoy show jobs/small-fashion.yaml\n"
	     "  mpirun -n 2 convoy train jobs/small-fashion.yaml --output runs/small");
}

int app_version(void)
{
	struct err err = {0};
	const struct kernels *kernels = kernels_choose(&err);
	if (kernels == NULL)
		return app_fail(&err);
	printf("convoy %s\nMPI: %s\nHDF5: %s\ninstruction set: %s\n", PACKAGE_VERSION, comm_library(), store_library(),
	       kernels->isa);
	return 0;
}

/* Where a standard descriptor is closed, the next file opened would get its number, and what is printed. Opened the
 * wrong way round, it keeps that place and still fails. */
static bool descriptors_hold(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	struct err err = {0};
	signal(SIGXFSZ, SIG_IGN); /* a file beyond the limit: an error of write, not the end */
	if (!descriptors_hold())
		return EX_OSERR;
	/* Of many ranks one speaks. */
	if (comm_rank_announced() > 0 && freopen("/dev/null", "w", stdout) == NULL)
		return EX_OSERR;
	const char *word = argc < 2 ? "" : argv[1];
	static const char *const helps[] = {"--help", "-h", "-?", "help"};
	for (size_t h = 0; h < sizeof helps / sizeof *helps; h++)
		if (strcmp(word, helps[h]) == 0) {
			help();
			return app_flush(0);
		}
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
		return app_flush(app_version());
	for (size_t c = 0; c < COMMANDS; c++)
		if (strcmp(word, commands[c]->name) == 0) {
			if (commands[c]->alone)
				app_part();
			return app_flush(commands[c]->run(argc - 1, argv + 1));
		}
	app_part();
	if (*word == 0)
		err_set(&err, EX_USAGE, "which command? (convoy --help lists them)");
	else
		err_set(&err, EX_USAGE, "there is no %s '%s' (convoy --help)", *word == '-' ? "option" : "command", word);
	return app_fail(&err);
}
