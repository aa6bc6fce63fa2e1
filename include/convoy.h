/* libconvoy: networks that convoy trained, inside your own program.
 *
 *   libconvoy      load a checkpoint and predict; needs no MPI          pkg-config convoy
 *   libconvoy-mpi  all of that, and train over your communicator        pkg-config convoy-mpi
 *
 * Link one of the two. The library never prints, exits or changes signals. Functions that can fail return NULL or −1
 * and set *error; `error` may be NULL. If a function returns a pointer to a structure that is not const, free it with
 * the function named; those functions accept NULL. You keep the texts and arrays that you pass, and can free them after
 * the call, unless the comment says otherwise.
 *
 * Threads: a loaded model never changes, so any number of threads can use it at the same time. A predictor or a trainer
 * serves one thread at a time. Threads that load or save wait for each other, for HDF5 keeps state of its own. So do
 * neither while another thread uses HDF5 itself, or the other one of the two libraries. Loading turns off HDF5's error
 * messages and its plugins in this process.
 *
 * Bindings: functions take and return pointers to arrays, texts and structures, size_t, int and uint64_t alone; there
 * are no callbacks. Arrays are in the order of C: the last dimension is the fastest.
 *
 * Versions: functions stay; new ones can come. The library reads the checkpoints that the convoy of the same release
 * reads. */
#ifndef CONVOY_H
#define CONVOY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __GNUC__
#define CONVOY_API __attribute__((visibility("default")))
#else
#define CONVOY_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct convoy_error {
	int code;       /* 0: none; otherwise a code of sysexits.h, convoy's exit status */
	char text[512]; /* one line: place, thing, value, limit */
};

/* What targets are: one class of K, K values (numbers), or K labels that hold or not. */
enum convoy_task { CONVOY_CLASSES = 1, CONVOY_VALUES, CONVOY_LABELS };

/* Types of inputs; a float16 has the bits of IEEE 754's binary16. */
enum convoy_type {
	CONVOY_UINT8 = 1, CONVOY_INT8, CONVOY_UINT16, CONVOY_INT16, CONVOY_FLOAT16, CONVOY_FLOAT32
};

/* What is known of an epoch. */
enum convoy_figure { CONVOY_TRAIN_LOSS, CONVOY_TRAIN_MEASURE, CONVOY_TEST_LOSS, CONVOY_TEST_MEASURE, CONVOY_FIGURES };

struct convoy_model;
struct convoy_predictor;
struct convoy_trainer;

/* Returns the version, "0.1.0". */
CONVOY_API const char *convoy_version(void);

/* ---- Models ------------------------------------------------------------------------------------------------------ */

/* Reads a checkpoint and checks every byte of it. Free its predictors first, then the model with convoy_model_free. */
CONVOY_API struct convoy_model *convoy_model_load(const char *path, struct convoy_error *error);
CONVOY_API void convoy_model_free(struct convoy_model *model);

/* Makes the network of `job`, the text of a job file, for its sizes, task and names. It is not trained. The type of the
 * inputs, which training learns from the samples, is CONVOY_UINT8. Returns NULL and code 78 if the job is wrong.
 * Free it with convoy_model_free. */
CONVOY_API struct convoy_model *convoy_model_create(const char *job, struct convoy_error *error);

/* Return the size of the samples that the model takes. */
CONVOY_API size_t convoy_model_maps(const struct convoy_model *model);
CONVOY_API size_t convoy_model_rows(const struct convoy_model *model);
CONVOY_API size_t convoy_model_columns(const struct convoy_model *model);

/* Returns the type of the numbers that the model was trained on, an enum convoy_type. */
CONVOY_API int convoy_model_type(const struct convoy_model *model);

/* Returns what the model says of a sample, an enum convoy_task. */
CONVOY_API int convoy_model_task(const struct convoy_model *model);

/* Return the number K of classes, values or labels, and the rows and columns of the positions that have K outputs each;
 * 1 and 1 if a sample has K outputs. */
CONVOY_API size_t convoy_model_outputs(const struct convoy_model *model);
CONVOY_API size_t convoy_model_output_rows(const struct convoy_model *model);
CONVOY_API size_t convoy_model_output_columns(const struct convoy_model *model);

/* Returns the name of a class, value or label, or its number as text if neither the job nor the data has a name. NULL
 * if there is none of that number. The model owns the text. */
CONVOY_API const char *convoy_model_name(const struct convoy_model *model, size_t number);

/* Returns the unit of a value in the same way; NULL if the job has no units. */
CONVOY_API const char *convoy_model_unit(const struct convoy_model *model, size_t number);

/* Returns 1 if scores are probabilities (softmax-cross-entropy, binary-cross-entropy), 0 if they are outputs. */
CONVOY_API int convoy_model_probabilities(const struct convoy_model *model);

/* Returns how many epochs the model was tested after. convoy_model_epoch gives the figures of one of them, from 0:
 * loss and measure, of the training samples as they were met and of the test samples behind the epoch. The measure is
 * the share of wrong guesses of classes or labels; of values the mean absolute error, in the units of the targets.
 * Returns −1 if there is no such epoch. */
CONVOY_API size_t convoy_model_epochs(const struct convoy_model *model);
CONVOY_API int convoy_model_epoch(const struct convoy_model *model, size_t epoch, double figures[CONVOY_FIGURES]);

/* ---- Predictions ------------------------------------------------------------------------------------------------- */

/* Makes a predictor for a model, which must outlive it. Free with convoy_predictor_free. */
CONVOY_API struct convoy_predictor *convoy_predictor_create(const struct convoy_model *model,
                                                            struct convoy_error *error);
CONVOY_API void convoy_predictor_free(struct convoy_predictor *predictor);

/* Gives the outputs [count][K][rows][columns] of inputs [count][maps][rows][columns]: scores of classes and labels;
 * values in the units of the targets that the model was trained on. Pads and normalises the inputs as in training.
 * Sixteen samples take little more time than one. The outputs of a sample do not depend on the other samples.
 *
 * convoy_predict_floats takes the numbers as they are in the data that the model was trained on, whatever their type
 * there: of bytes 0 … 255. Returns −1 and code 65 if one is not finite, and then gives no outputs. */
CONVOY_API int convoy_predict_floats(struct convoy_predictor *predictor, size_t count, const float *inputs,
                                     float *outputs, struct convoy_error *error);

/* Does the same for bytes from 0 to 255. Returns −1 and code 65 if the model was trained on numbers of another type. */
CONVOY_API int convoy_predict(struct convoy_predictor *predictor, size_t count, const uint8_t *inputs, float *outputs,
                              struct convoy_error *error);

/* ---- Training (libconvoy-mpi) ------------------------------------------------------------------------------------ */

/* Samples in your own memory. Of the targets give the array that the job's `output` asks for, and NULL for the others.
 * Where each position has a target, the numbers of a sample go on with [rows][columns]. */
struct convoy_samples {
	size_t count;
	int type;               /* of the inputs: an enum convoy_type */
	const void *inputs;     /* [count][maps][rows][columns] */
	const int32_t *classes; /* [count], each 0 … K−1 */
	const float *values;    /* [count][K] */
	const uint8_t *labels;  /* [count][K], 0 or 1 */
	const float *weights;   /* [count], 0 … 1024, not all 0; rounded to multiples of 2^-20. NULL: all 1 */
};

/* Makes the network of `job`, the text of a job file, and prepares to train it on the samples of `train`. Those of
 * `test`, which may be NULL, evaluate it after each epoch. Samples must be the same on all ranks. You keep the arrays:
 * they must outlive the trainer and stay as they are; the structures can go after the call. Of the job's `data` only
 * pad, normalize and distort have an effect, and weights, which then must be there; a job with data.validation is
 * refused. Error 64 if the job asks for other arrays, 65 if a number is not finite or out of range.
 *
 * `communicator` is MPI_Comm_c2f(comm) of your communicator, the integer of Fortran's mpi, which is duplicated. MPI
 * must be running, with MPI_THREAD_FUNNELED if train.threads is above 1, with MPI_THREAD_SERIALIZED if another thread
 * than the one that started MPI trains (64), with MPI_THREAD_MULTIPLE if several threads train at once, each over a
 * communicator of its own. Free with convoy_trainer_free.
 *
 * This function and those below are collective, unless they only return a value: all ranks must call them in the same
 * order, and they have the same outcome on all ranks. */
CONVOY_API struct convoy_trainer *convoy_trainer_create(int communicator, const char *job,
                                                        const struct convoy_samples *train,
                                                        const struct convoy_samples *test, struct convoy_error *error);

/* Does the same, and begins with the parameters of a checkpoint of any job, which rank 0 reads: those whose layer has
 * the name, and whose array the shape, of one in `job`. All others begin as they were drawn. `layers` names layers with
 * commas between, which must fit as a whole; NULL: all that fit. If `normalization` is not 0, that of the inputs comes
 * along. So does `convoy train` with --start-from, --layers and --take-normalization, which messages mention; it also
 * takes HDF5 files of other programs. Error 65 if nothing fits, or `path` is no checkpoint. */
CONVOY_API struct convoy_trainer *convoy_trainer_start(int communicator, const char *job, const char *path,
                                                       const char *layers, int normalization,
                                                       const struct convoy_samples *train,
                                                       const struct convoy_samples *test, struct convoy_error *error);

/* Continues from a checkpoint that rank 0 reads, with the checkpoint's job and normalisation. Inputs must have the type
 * that the network was trained on (65). With the samples that it was trained on, the results are those of a training
 * without interruption; they may be others, as those of a simulation that has gone on. Otherwise as
 * convoy_trainer_create. */
CONVOY_API struct convoy_trainer *convoy_trainer_continue(int communicator, const char *path,
                                                          const struct convoy_samples *train,
                                                          const struct convoy_samples *test,
                                                          struct convoy_error *error);
CONVOY_API void convoy_trainer_free(struct convoy_trainer *trainer);

/* Trains on one mini-batch, whose blocks of sixteen samples the ranks share. *loss becomes its mean loss before the
 * update, *measure its measure (convoy_model_epoch); both pointers may be NULL. Each epoch has another order of the
 * samples. The results are the same bytes for any number of ranks, and those of convoy train with the same job,
 * training and test samples. Returns −1 if training diverged (code 70) or MPI failed. A parameter that is not finite is
 * found at the end of an epoch. */
CONVOY_API int convoy_trainer_step(struct convoy_trainer *trainer, double *loss, double *measure,
                                   struct convoy_error *error);

/* Return the number of steps made so far, of steps in an epoch, and of steps in all epochs of the job. Schedules end at
 * the last of these steps; you can make more steps. */
CONVOY_API uint64_t convoy_trainer_done(const struct convoy_trainer *trainer);
CONVOY_API uint64_t convoy_trainer_epoch(const struct convoy_trainer *trainer);
CONVOY_API uint64_t convoy_trainer_steps(const struct convoy_trainer *trainer);

/* Returns the network as it is now, on every rank. The trainer owns it. Do not use a predictor of it after a step: make
 * a new one. */
CONVOY_API const struct convoy_model *convoy_trainer_model(const struct convoy_trainer *trainer);

/* Writes a checkpoint on rank 0, atomically and durably. convoy's commands can read it. Replaces an existing file. A
 * limit on file sizes kills the program, unless it ignores SIGXFSZ. */
CONVOY_API int convoy_trainer_save(struct convoy_trainer *trainer, const char *path, struct convoy_error *error);

#ifdef MPI_VERSION /* mpi.h has been included before this header */
/* Do the same with a communicator of C. */
static inline struct convoy_trainer *convoy_trainer_create_comm(MPI_Comm communicator, const char *job,
                                                                const struct convoy_samples *train,
                                                                const struct convoy_samples *test,
                                                                struct convoy_error *error)
{
	return convoy_trainer_create((int)MPI_Comm_c2f(communicator), job, train, test, error);
}
static inline struct convoy_trainer *convoy_trainer_start_comm(MPI_Comm communicator, const char *job,
                                                               const char *path, const char *layers, int normalization,
                                                               const struct convoy_samples *train,
                                                               const struct convoy_samples *test,
                                                               struct convoy_error *error)
{
	return convoy_trainer_start((int)MPI_Comm_c2f(communicator), job, path, layers, normalization, train, test, error);
}
static inline struct convoy_trainer *convoy_trainer_continue_comm(MPI_Comm communicator, const char *path,
                                                                  const struct convoy_samples *train,
                                                                  const struct convoy_samples *test,
                                                                  struct convoy_error *error)
{
	return convoy_trainer_continue((int)MPI_Comm_c2f(communicator), path, train, test, error);
}
#endif

#ifdef __cplusplus
}
#endif

#endif
