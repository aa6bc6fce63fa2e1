/* Trains as `convoy train` does, but rank 0 flips one bit of a parameter after a step, as bad memory would. resume.sh
 * runs it. Usage: drift JOB.yaml DATA OUTPUT STEP; the exit status is the error's. */
#include <convoy/train.h>

#include <stdio.h>
#include <stdlib.h>

static void flip(void *context, const struct model *model, size_t steps)
{
	(void)steps;
	if (model->step == *(const uint64_t *)context)
		*(uint32_t *)(void *)&model->w[model->net->parameters / 2] ^= 1;
}

int main(int argc, char **argv)
{
	struct err err = {0};
	struct comm *comm = comm_open(&argc, &argv, &err);
	if (comm == NULL || argc != 5)
		return EX_USAGE;
	uint64_t step = strtoull(argv[4], NULL, 10);
	struct train_options options = {.output = argv[3], .data = argv[2], .listener = {&step, flip, NULL, NULL, NULL}};
	const struct kernels *kernels = kernels_choose(&err);
	struct job *job = job_read(argv[1], 0, NULL, &err);
	if (kernels == NULL || job == NULL)
		return EX_CONFIG;
	if (train_run(comm, kernels, job, &options, &err) == TRAIN_FAILED && comm_rank(comm) == 0)
		fprintf(stderr, "convoy: %s\n", err.text);
	comm_close(comm);
	return err.code;
}
