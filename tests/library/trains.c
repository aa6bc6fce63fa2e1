/* trains JOB.yaml STEPS CKPT [FROM [START]]: what convoy train does with a job, as a program does it that holds the
 * samples: it reads them from the job's files, and trains by libconvoy-mpi, from the checkpoint FROM on if there is one;
 * with START it begins with the parameters and the normalisation of FROM. For tests/library/same.sh. */
#include <mpi.h>

#include <convoy.h>
#include <convoy/model.h>

#include <stdio.h>
#include <stdlib.h>

static char *text_of(const char *path)
{
	enum { ROOM = 1 << 16 };
	char *text = calloc(ROOM, 1);
	FILE *file = fopen(path, "r");
	if (text == NULL || file == NULL || fread(text, 1, ROOM - 1, file) == 0)
		exit(1);
	fclose(file);
	return text;
}

/* The arrays of a set, classes as a program has them. */
static struct convoy_samples samples_of(const struct dataset *set)
{
	const struct data_array *inputs = &set->array[DATA_INPUTS], *targets = &set->array[DATA_TARGETS];
	struct convoy_samples out = {.count = set->count, .type = (int)inputs->element + 1, .inputs = inputs->bytes,
	                             .weights = (const float *)(void *)set->array[DATA_WEIGHTS].bytes};
	if (targets->element == ELEMENT_F32)
		out.values = (const float *)(void *)targets->bytes;
	if (targets->element == ELEMENT_U8)
		out.labels = targets->bytes;
	if (targets->element != ELEMENT_U16)
		return out;
	int32_t *classes = calloc(set->count * targets->each, sizeof *classes);
	for (size_t i = 0; i < set->count * targets->each; i++)
		classes[i] = dataset_classes(set)[i];
	out.classes = classes;
	return out;
}

static int train(const char *text, uint64_t steps, const char *checkpoint, const char *from, bool starts)
{
	struct err err = {0};
	struct convoy_error error = {0};
	struct dataset set[DATA_PARTS] = {0};
	struct convoy_samples samples[DATA_PARTS] = {0};
	struct job *job = job_parse("job", text, &err);
	struct model *model = job != NULL ? model_create(job, &err) : NULL;
	for (size_t p = 0; model != NULL && err.code == 0 && p < DATA_PARTS; p++) {
		const struct sample_request request = job_request(model->job, model->job->data.format);
		const struct data_source source =
			job_source(model->job, model->job->data.format, model->job->data.directory, &request);
		const struct data_need need = model_need(model);
		if (dataset_read(&set[p], &source, (enum data_part)p, &need, &err) == 0)
			samples[p] = samples_of(&set[p]);
	}
	const struct convoy_samples *given = &samples[DATA_TRAIN], *test = &samples[DATA_TEST];
	struct convoy_trainer *trainer = err.code != 0 ? NULL
		: starts       ? convoy_trainer_start_comm(MPI_COMM_WORLD, text, from, NULL, 1, given, test, &error)
		: from != NULL ? convoy_trainer_continue_comm(MPI_COMM_WORLD, from, given, test, &error)
		               : convoy_trainer_create_comm(MPI_COMM_WORLD, text, given, test, &error);
	while (trainer != NULL && error.code == 0 && convoy_trainer_done(trainer) < steps)
		convoy_trainer_step(trainer, NULL, NULL, &error);
	if (trainer != NULL && error.code == 0)
		convoy_trainer_save(trainer, checkpoint, &error);
	if (err.code != 0 || error.code != 0)
		fprintf(stderr, "%s\n", err.code != 0 ? err.text : error.text);
	convoy_trainer_free(trainer);
	for (size_t p = 0; p < DATA_PARTS; p++) {
		free((void *)samples[p].classes);
		dataset_free(&set[p]);
	}
	model_destroy(model);
	return err.code != 0 || error.code != 0;
}

int main(int argc, char **argv)
{
	int status;
	if (samples_serve(argc, argv, &status))
		return status;
	if (argc < 4)
		return 64;
	MPI_Init(&argc, &argv);
	char *text = text_of(argv[1]);
	status = train(text, strtoull(argv[2], NULL, 10), argv[3], argc > 4 ? argv[4] : NULL, argc > 5);
	free(text);
	MPI_Finalize();
	return status;
}
