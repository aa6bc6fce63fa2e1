/* convoy COMMAND …: finds the command. The only room that exits or prints. */
#include <config.h>
#include "app.h"

#include <convoy/onnx.h>

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct command *const commands[] = {
	&train_command, &eval_command, &show_command, &check_command, &verify_command, &diff_command, &prune_command,
	&bench_command, &pictures_command, &report_command, &watch_command, &sweep_command,
	&predict_command, &export_command,
	&import_command, &import_onnx_command,
};
enum { COMMANDS = sizeof commands / sizeof *commands };

/* Where the job files are: beside an installed program in share/convoy, whatever the prefix, otherwise in the
 * sources. */
static const char *jobs_folder(char path[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - sizeof "/share/convoy/small-fashion.yaml");
	for (int up = 0; up < 2 && length > 0; up++)
		while (length > 0 && path[--length] != '/')
			;
	if (length < 0)
		return "jobs";
	strcpy(path + length, "/share/convoy/small-fashion.yaml");
	if (access(path, R_OK) != 0)
		return "jobs";
	path[length + (ssize_t)strlen("/share/convoy")] = 0;
	return path;
}

static void help(void)
{
	char path[PATH_MAX];
	const char *jobs = jobs_folder(path);
	puts("Usage: convoy COMMAND [OPTION...]\n"
	     "Trains convolutional neural networks over MPI.\n");
	for (size_t c = 0; c < COMMANDS; c++)
		printf("  %-12s %s\n", commands[c]->name, commands[c]->summary);
	puts("\n`convoy help COMMAND' lists a command's options, `convoy help keys' the keys\n"
	     "of job files. First steps:");
	printf("  convoy show %s/small-fashion.yaml\n"
	       "  mpirun -n 2 convoy train %s/small-fashion.yaml --output runs/small\n", jobs, jobs);
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

static int help_keys(void)
{
	struct err err = {0};
	char *text = job_keys_text(&err);
	if (text == NULL)
		return app_fail(&err);
	fputs(text, stdout);
	free(text);
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

/* The command of a name, or NULL and `err`. */
static const struct command *command_find(const char *word, struct err *err)
{
	struct suggestion suggestion = {.typed = word, .length = strlen(word)};
	char meant[MEANT];
	for (size_t c = 0; c < COMMANDS; c++) {
		if (strcmp(word, commands[c]->name) == 0)
			return commands[c];
		suggestion_offer(&suggestion, commands[c]->name);
	}
	if (*word == 0)
		err_set(err, EX_USAGE, "which command? (convoy --help lists them)");
	else
		err_set(err, EX_USAGE, "there is no %s '%s'%s (convoy --help)", *word == '-' ? "option" : "command", word,
		        *word == '-' ? "" : app_meant(&suggestion, "", meant));
	return NULL;
}

int main(int argc, char **argv)
{
	struct err err = {0};
	static char asked[] = "--help";
	int status;
	if (samples_serve(argc, argv, &status) || photos_serve(argc, argv, &status) ||
	    onnx_serve(argc, argv, &status))
		return status;
	signal(SIGXFSZ, SIG_IGN); /* a file beyond the limit: an error of write, not the end */
	if (!descriptors_hold())
		return EX_OSERR;
	const char *word = argc < 2 ? "" : argv[1];
	bool of_command = strcmp(word, "help") == 0 && argc > 2; /* help COMMAND is COMMAND --help */
	static const char *const helps[] = {"--help", "-h", "-?", "help"};
	for (size_t h = 0; h < sizeof helps / sizeof *helps; h++)
		if (strcmp(of_command ? argv[2] : word, helps[h]) == 0) {
			help();
			return app_flush(0);
		}
	if (of_command && strcmp(argv[2], "keys") == 0 && argc == 3)
		return app_flush(help_keys());
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
		return app_flush(app_version());
	if (of_command) {
		word = argv[1] = argv[2];
		argv[2] = asked;
	}
	const struct command *command = NULL;
	if (of_command && argc > 3)
		err_set(&err, EX_USAGE, "help: one command at a time, not also '%s'", argv[3]);
	else
		command = command_find(word, &err);
	return command == NULL ? app_fail_early(&err) : app_flush(command->run(argc - 1, argv + 1));
}
