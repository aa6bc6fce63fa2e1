/* Good jobs: the job files that are shipped, defaults, connections, places, continuing. */
#include "layer/specs.h"
#include "text.h"

#include <unistd.h>

static struct job *parsed(const char *text)
{
	struct err err = {0};
	struct job *job = job_parse("J", text, &err);
	if (job == NULL)
		print_error("%s\n", err.text);
	assert_non_null(job);
	return job;
}

static struct job *shipped(const char *file)
{
	struct err err = {0};
	char *path = memory_format(&err, "%s%s", JOBS, file);
	assert_non_null(path);
	struct job *job = job_read(path, 0, NULL, &err);
	if (job == NULL)
		print_error("%s\n", err.text);
	assert_non_null(job);
	assert_string_equal(job->source, path);
	free(path);
	return job;
}

static void layer_is(const struct layer_spec *spec, const char *type, size_t maps, size_t kernel, size_t window,
                     size_t units, enum activation activation)
{
	assert_string_equal(spec->type->name, type);
	assert_int_equal(spec_whole(spec, "maps"), maps);
	assert_int_equal(spec_whole(spec, "kernel"), kernel);
	bool correlates = strcmp(type, "convolution") == 0 || strcmp(type, "combination") == 0;
	assert_int_equal(spec_whole(spec, "stride"), correlates);
	assert_int_equal(spec_whole(spec, "dilation"), correlates);
	assert_int_equal(spec_whole(spec, "window"), window);
	assert_int_equal(spec_whole(spec, "units"), units);
	assert_int_equal(spec->activation, activation);
}

static void fashion_is_read(const struct job *job, size_t pad)
{
	assert_int_equal(job->data.format, DATA_IDX);
	assert_string_equal(job->data.directory, "/usr/share/datasets/fashion-mnist");
	assert_int_equal(job->data.pad, pad);
	assert_int_equal(job->data.normalize, NORMALIZE_STANDARD);
	assert_int_equal(job->output.named, 10);
	assert_string_equal(job->output.names[0], "T-shirt");
	assert_string_equal(job->output.names[9], "Ankle boot");
	assert_int_equal(job->input.maps, 1);
	assert_int_equal(job->input.rows, 28);
	assert_int_equal(job->input.columns, 28);
	assert_int_equal(job->output.count, 10);
	assert_int_equal(job->loss, LOSS_SQUARED_ERROR);
	assert_int_equal(job->train.seed, 1);
	assert_true(job->train.optimizer.momentum == 0.9);
}

static void lenet5_is_read(const struct job *job, enum activation f, double rate)
{
	fashion_is_read(job, 2);
	assert_int_equal(job->layers, 7);
	layer_is(job->layer[0], "convolution", 6, 5, 0, 0, f);
	layer_is(job->layer[1], "subsampling", 0, 0, 2, 0, f);
	assert_int_equal(spec_connections(job->layer[0])->kind, CONNECT_FULL);
	layer_is(job->layer[3], "subsampling", 0, 0, 2, 0, f);
	layer_is(job->layer[4], "convolution", 120, 5, 0, 0, f);
	layer_is(job->layer[5], "full", 0, 0, 0, 84, f);
	layer_is(job->layer[6], "full", 0, 0, 0, 10, f);
	assert_int_equal(job->train.epochs, 20);
	assert_int_equal(job->train.batch, 64);
	assert_true(job->train.rate == rate);
	assert_true(job->train.optimizer.nesterov);
	assert_int_equal(job->train.schedule, SCHEDULE_COSINE);
}

static void lenet5_fashion(void **state)
{
	(void)state;
	struct job *job = shipped("lenet5-fashion.yaml");
	assert_string_equal(job->name, "lenet5-fashion");
	lenet5_is_read(job, ACTIVATION_SCALED_TANH, 0.01);
	layer_is(job->layer[2], "convolution", 16, 5, 0, 0, ACTIVATION_SCALED_TANH);
	assert_int_equal(spec_connections(job->layer[2])->kind, CONNECT_LENET5);
	job_destroy(job);

	job = shipped("lenet5-sigmoid-fashion.yaml");
	lenet5_is_read(job, ACTIVATION_SIGMOID, 0.1);
	assert_int_equal(spec_connections(job->layer[2])->kind, CONNECT_LENET5);
	job_destroy(job);
}

static void combination_fashion(void **state)
{
	(void)state;
	struct job *job = shipped("combination-fashion.yaml");
	lenet5_is_read(job, ACTIVATION_SCALED_TANH, 0.01);
	const struct layer_spec *spec = job->layer[2];
	layer_is(spec, "combination", 16, 5, 0, 0, ACTIVATION_SCALED_TANH);
	assert_string_equal(spec_word(spec, "kernels"), "per-input");
	assert_string_equal(spec_word(spec, "penalty"), "entropy");
	assert_true(spec_real(spec, "lambda") == 0.03 && spec_real(spec, "warmup") == 5);
	job_destroy(job);
}

static void small_fashion(void **state)
{
	(void)state;
	struct job *job = shipped("small-fashion.yaml");
	fashion_is_read(job, 0);
	assert_int_equal(job->layers, 5);
	layer_is(job->layer[2], "convolution", 12, 5, 0, 0, ACTIVATION_SCALED_TANH);
	layer_is(job->layer[4], "full", 0, 0, 0, 10, ACTIVATION_SCALED_TANH);
	assert_int_equal(job->train.epochs, 3);
	assert_false(job->train.optimizer.nesterov);
	job_destroy(job);
}

static void vgg_small(void **state)
{
	(void)state;
	struct job *job = shipped("vgg-small.yaml");
	assert_int_equal(job->data.format, DATA_CIFAR10);
	assert_string_equal(job->output.names[8], "ship");
	assert_int_equal(job->input.maps, 3);
	static const size_t maps[] = {64, 64, 0, 128, 128, 0, 256, 256, 0};
	assert_int_equal(job->layers, 11);
	for (size_t i = 0; i < 9; i++) {
		const struct layer_spec *spec = job->layer[i];
		if (maps[i] == 0) {
			layer_is(spec, "pooling", 0, 0, 2, 0, ACTIVATION_LINEAR);
			assert_string_equal(spec_word(spec, "method"), "max");
		} else {
			layer_is(spec, "convolution", maps[i], 3, 0, 0, ACTIVATION_RELU);
			assert_string_equal(spec_word(spec, "padding"), "same");
		}
	}
	layer_is(job->layer[9], "full", 0, 0, 0, 256, ACTIVATION_RELU);
	layer_is(job->layer[10], "full", 0, 0, 0, 10, ACTIVATION_LINEAR);
	assert_int_equal(job->loss, LOSS_SOFTMAX_CROSS_ENTROPY);
	assert_true(job->train.decay == 5e-4 && job->train.warmup == 1 && job->train.optimizer.nesterov);
	job_destroy(job);
}

static void absent_keys_have_defaults(void **state)
{
	(void)state;
	struct job *job = parsed(good);
	assert_string_equal(job->text, good);
	assert_string_equal(job->source, "J");
	assert_int_equal(job->data.normalize, NORMALIZE_STANDARD);
	assert_int_equal(job->output.named, 0);
	assert_null(job->output.names);
	layer_is(job->layer[0], "convolution", 3, 5, 0, 0, ACTIVATION_TANH);
	assert_string_equal(spec_word(job->layer[0], "padding"), "valid");
	assert_int_equal(spec_connections(job->layer[0])->kind, CONNECT_FULL);
	assert_int_equal(job->layer[1]->activation, ACTIVATION_LINEAR);
	assert_false(spec_truth(job->layer[1], "ragged"));
	assert_string_equal(spec_word(job->layer[2], "kernels"), "per-input");
	assert_true(spec_real(job->layer[2], "lambda") == 0.1 && spec_real(job->layer[2], "warmup") == 0);
	assert_true(job->train.optimizer.momentum == 0 && job->train.decay == 0 && !job->train.optimizer.nesterov);
	assert_int_equal(job->train.schedule, SCHEDULE_CONSTANT);
	assert_true(job->train.warmup == 0 && job->train.factor == 0.1 && job->train.every == 1);
	assert_true(job->train.minimum == 0);
	assert_true(job->train.seed == 1);
	assert_int_equal(job->train.sum, SUM_EXACT);
	assert_int_equal(job->train.threads, 1);
	assert_int_equal(job->train.optimizer.kind, OPTIMIZER_SGD);
	assert_true(job->train.optimizer.damping == 0.02 && job->train.optimizer.curvature == 500);
	assert_true(job->train.clip == 0 && job->train.smoothing == 0 && job->train.average == 0);
	assert_int_equal(job->checkpoint.epochs, 1);
	assert_int_equal(job->checkpoint.keep, 3);
	job_destroy(job);
}

static void optimizers_have_their_defaults(void **state)
{
	(void)state;
	static const struct {
		const char *keys;
		enum optimizer optimizer;
		double beta1, beta2, epsilon;
	} cases[] = {
		{"optimizer: sgd", OPTIMIZER_SGD, 0.9, 0.999, 1e-8},
		{"optimizer: adagrad, epsilon: 0.5", OPTIMIZER_ADAGRAD, 0.9, 0.999, 0.5},
		{"optimizer: rmsprop", OPTIMIZER_RMSPROP, 0.9, 0.99, 1e-8},
		{"optimizer: adam", OPTIMIZER_ADAM, 0.9, 0.999, 1e-8},
		{"optimizer: adamw, beta1: 0.25, beta2: 0.75, clip: 3, smoothing: 0.1, average: 0.99", OPTIMIZER_ADAMW,
		 0.25, 0.75, 1e-8},
		{"optimizer: lars, trust: 0.02", OPTIMIZER_LARS, 0.9, 0.999, 1e-8},
		{"optimizer: lamb", OPTIMIZER_LAMB, 0.9, 0.999, 1e-6},
		{"optimizer: lamb, epsilon: 0.25", OPTIMIZER_LAMB, 0.9, 0.999, 0.25},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char line[128];
		snprintf(line, sizeof line, "rate: 0.01, %s", cases[i].keys);
		char *text = with(good, "rate: 0.01", line);
		struct job *job = parsed(text);
		assert_int_equal(job->train.optimizer.kind, cases[i].optimizer);
		assert_true(job->train.optimizer.beta1 == cases[i].beta1 && job->train.optimizer.beta2 == cases[i].beta2);
		assert_true(job->train.optimizer.epsilon == cases[i].epsilon);
		assert_true(job->train.optimizer.trust == (cases[i].optimizer == OPTIMIZER_LARS ? 0.02 : 0.001));
		if (cases[i].optimizer == OPTIMIZER_ADAMW)
			assert_true(job->train.clip == 3 && job->train.smoothing == 0.1 && job->train.average == 0.99);
		job_destroy(job);
		free(text);
	}
}

static void given_keys_are_read(void **state)
{
	(void)state;
	char *text = with(good, "rate: 0.01}",
	                  "rate: .5, momentum: 9e-1, nesterov: true, decay: 1e-3, schedule: step, warmup: 0.5, factor: "
	                  "0.25,\n  every: 2.5, minimum: 0.125, seed: 9223372036854775807, sum: exact32, threads: 1024}\n"
	                  "checkpoint: {epochs: 2, keep: 4}");
	char *more = with(text, "{type: subsampling, window: 2}", "{type: subsampling, window: 3, ragged: true}");
	char *most = with(more, "pad: 2", "normalize: unit");
	struct job *job = parsed(most);
	assert_true(job->train.rate == 0.5 && job->train.optimizer.momentum == 0.9 && job->train.optimizer.nesterov);
	assert_true(job->train.decay == 1e-3 && job->train.warmup == 0.5 && job->train.factor == 0.25);
	assert_int_equal(job->train.schedule, SCHEDULE_STEP);
	assert_true(job->train.every == 2.5 && job->train.minimum == 0.125);
	assert_true(job->train.seed == INT64_MAX);
	assert_int_equal(job->train.sum, SUM_EXACT32);
	assert_int_equal(job->train.threads, 1024);
	assert_int_equal(job->checkpoint.epochs, 2);
	assert_int_equal(job->checkpoint.keep, 4);
	assert_true(spec_truth(job->layer[1], "ragged"));
	assert_int_equal(spec_whole(job->layer[1], "window"), 3);
	assert_int_equal(job->data.normalize, NORMALIZE_UNIT);
	assert_int_equal(job->data.pad, 0);
	job_destroy(job);
	free(most);
	free(more);
	free(text);

	text = with(good, "rate: 0.01", "rate: 0.01, seed: 0");
	job = parsed(text);
	assert_true(job->train.seed == 0);
	job_destroy(job);
	free(text);
}

static void arrays_have_paths(void **state)
{
	(void)state;
	static const struct {
		const char *keys, *path[SAMPLE_PARTS][2];
	} cases[] = {
		{"memory: 1", {{"/train/images", "/train/labels"}, {"/test/images", "/test/labels"}}},
		{"inputs: x", {{"/train/x", "/train/labels"}, {"/test/x", "/test/labels"}}},
		{"inputs: x, targets: y, test: {inputs: /a/b}", {{"/train/x", "/train/y"}, {"/a/b", "/test/y"}}},
		{"train: {inputs: /a, targets: /b}", {{"/a", "/b"}, {"/test/images", "/test/labels"}}},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *file = with(good, "idx, directory: /data", "hdf5, file: f, KEYS"), *text = with(file, "KEYS", cases[i].keys);
		struct job *job = parsed(text);
		struct sample_request request = job_request(job, job->data.format);
		for (size_t p = 0; p < SAMPLE_PARTS; p++) {
			assert_string_equal(request.path[p][SAMPLE_INPUTS], cases[i].path[p][0]);
			assert_string_equal(request.path[p][SAMPLE_TARGETS], cases[i].path[p][1]);
		}
		job_destroy(job);
		free(text);
		free(file);
	}
}

/* Each part has a file: its own, or that of both. */
static void parts_have_files(void **state)
{
	(void)state;
	const struct {
		const char *keys, *place, *file[SAMPLE_PARTS];
	} cases[] = {
		{"file: a", "a", {NULL, NULL}},
		{"file: a, test: {file: b}", ".", {"a", "b"}},
		{"directory: d, train: {file: a}, test: {file: /b}", "d", {"a", "/b"}},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *file = with(good, "idx, directory: /data", "hdf5, KEYS"), *text = with(file, "KEYS", cases[i].keys);
		struct job *job = parsed(text);
		struct data_source source = job_source(job, job->data.format, job->data.directory, NULL);
		assert_string_equal(source.place, cases[i].place);
		for (size_t p = 0; p < SAMPLE_PARTS; p++) {
			assert_int_equal(source.file[p] != NULL, cases[i].file[p] != NULL);
			if (source.file[p] != NULL)
				assert_string_equal(source.file[p], cases[i].file[p]);
		}
		job_destroy(job);
		free(text);
		free(file);
	}
}

static void outputs_have_a_task(void **state)
{
	(void)state;
	char *text = with(good, "classes: 10", "values: 10, names: [a, b, c, d, e, f, g, h, i, j], units: [K, m, s, A, g, Pa, "
	                  "N, J, W, V],\n  normalize: standard, delta: 0.25");
	char *more = with(text, "squared-error", "huber");
	struct job *job = parsed(more);
	struct task_spec task = job_task(job);
	assert_int_equal(task.task, TASK_VALUES);
	assert_int_equal(task.count, 10);
	assert_int_equal(task.loss, LOSS_HUBER);
	assert_true(task.delta == 0.25);
	assert_int_equal(job->output.normalize, NORMALIZE_STANDARD);
	assert_string_equal(job->output.names[9], "j");
	assert_string_equal(job->output.units[5], "Pa");
	job_destroy(job);
	free(more);
	free(text);

	job = parsed(good);
	task = job_task(job);
	assert_int_equal(task.task, TASK_CLASSES);
	assert_int_equal(task.count, 10);
	assert_int_equal(job->output.normalize, NORMALIZE_NONE);
	struct job *other;
	struct err err = {0};
	text = with(good, "classes: 10", "labels: 10");
	other = parsed(text);
	assert_int_equal(job_task(other).task, TASK_LABELS);
	assert_int_equal(job_continues(other, job, NULL, &err), -1);
	assert_string_equal(err.text, "J:16:9: the job has output.labels, the checkpoint was trained with output.classes");
	job_destroy(other);
	job_destroy(job);
	free(text);
}

static void connections_are_lists_or_words(void **state)
{
	(void)state;
	char *text = with(good, "activation: tanh}", "connections: [[0,1,2],[1], [0, 65535]]}");
	struct job *job = parsed(text);
	const struct connection_spec *spec = spec_connections(job->layer[0]);
	static const uint32_t first[] = {0, 3, 4, 6}, input[] = {0, 1, 2, 1, 0, 65535};
	assert_int_equal(spec->kind, CONNECT_LIST);
	assert_int_equal(spec->list.out_maps, 3);
	assert_memory_equal(spec->list.first, first, sizeof first);
	assert_memory_equal(spec->list.input, input, sizeof input);
	job_destroy(job);
	free(text);

	static const char *const words[] = {"full", "lenet5", "pairs", "triples"};
	for (size_t i = 0; i < 4; i++) {
		text = with(good, "tanh}", "tanh, connections: W}");
		char *worded = with(text, "W", words[i]);
		job = parsed(worded);
		assert_int_equal(spec_connections(job->layer[0])->kind, i);
		assert_null(spec_connections(job->layer[0])->list.first);
		job_destroy(job);
		free(worded);
		free(text);
	}
}

static void layers_have_places(void **state)
{
	(void)state;
	static const struct {
		size_t layer;
		const char *key, *text;
	} cases[] = {
		{0, "kernel",
		 "J:5:42: bad"}, {0, "stride", "J:5:5: bad"}, {0, NULL, "J:5:5: bad"}, {2, "kernel", "J:9:13: bad"},
		{2, "sparsity.lambda", "J:10:42: bad"}, {4, "units", "J:13:25: bad"}, {9, "units", "J: bad"},
	};
	struct job *job = parsed(good);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err err = {0};
		err_set(&err, EX_CONFIG, "bad");
		assert_int_equal(job_place(job, cases[i].layer, cases[i].key, &err), -1);
		assert_string_equal(err.text, cases[i].text);
		assert_int_equal(err.code, EX_CONFIG);
	}
	job_destroy(job);
}

static void a_job_continues_its_own_kind_only(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to, *text;
	} cases[] = {
		{"test", "other", NULL},
		{"epochs: 20", "epochs: 30", NULL},
		{"rate: 0.01", "rate: 0.5, momentum: 0.5, schedule: cosine", NULL},
		{"/data", "/elsewhere", NULL},
		{"rate: 0.01", "rate: 0.01, seed: 1, sum: exact", NULL},
		{"5, activation", "5, stride: 1, padding: valid, connections: full, activation", NULL},
		{"batch: 64", "batch: 128", "train.batch is 128, the checkpoint was trained with 64 (--changed allows it)"},
		{"rate: 0.01", "rate: 0.01, seed: 2", "train.seed is 2, the checkpoint was trained with 1"},
		{"rate: 0.01", "rate: 0.01, clip: 1, smoothing: 0.1", NULL},
		{"rate: 0.01", "rate: 0.01, optimizer: adam", 
		 "train.optimizer is adam, the checkpoint was trained with sgd (--changed allows it)"},
		{"rate: 0.01", "rate: 0.01, average: 0.5", "train.average is 0.5, the checkpoint was trained with 0"},
		{"rate: 0.01", "rate: 0.01, sum: float", "train.sum is float, the checkpoint was trained with exact"},
		{"rows: 28", "rows: 27", "input.rows is 27, the checkpoint was trained with 28"},
		{"classes: 10", "classes: 9", "output.classes is 9, the checkpoint was trained with 10"},
		{"classes: 10", "classes: 10, weights: balanced",
		 "output.weights is balanced, the checkpoint was trained with absent"},
		{"classes: 10", "classes: 10, weights: [1, 1, 1, 1, 1, 1, 1, 1, 1, 0.5]",
		 "output.weights is [1, 1, 1, 1, 1, 1, 1, 1, 1, 0.5], the checkpoint was trained with absent"},
		{"pad: 2", "pad: 0", "data.pad is 0, the checkpoint was trained with 2"},
		{"pad: 2", "pad: 2, normalize: none", "data.normalize is none, the checkpoint was trained with "
		 "standard"},
		{"squared-error", "softmax-cross-entropy",
		 "loss is softmax-cross-entropy, the checkpoint was trained with squared-error"},
		{"  - {type: full, units: 10}\n", "", "there are 4 layers, the checkpoint was trained with 5"},
		{"kernel: 5, ac", "kernel: 3, ac", "layers[0].kernel is 3, the checkpoint was trained with 5"},
		{"5, ac", "5, stride: 2, ac", "layers[0].stride is 2, the checkpoint was trained with 1"},
		{"tanh", "relu", "layers[0].activation is relu, the checkpoint was trained with tanh"},
		{"tanh}", "tanh, connections: [[0], [0], [0]]}",
		 "layers[0].connections is [[0], [0], [0]], the checkpoint was trained with full"},
		{"type: subsampling, window", "type: pooling, method: max, window",
		 "layers[1].type is pooling, the checkpoint was trained with subsampling"},
		{"0.1}", "0.1, warmup: 2}", "layers[2].sparsity is {penalty: entropy, lambda: 0.1, warmup: 2}, the "
		 "checkpoint "
		 "was trained with {penalty: entropy, lambda: 0.1}"},
		{"    sparsity: {penalty: entropy, lambda: 0.1}\n", "",
		 "layers[2].sparsity is none, the checkpoint was trained with {penalty: entropy, lambda: 0.1}"},
	};
	struct job *earlier = parsed(good);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err err = {0};
		char *text = with(good, cases[i].from, cases[i].to);
		struct job *job = parsed(text);
		assert_int_equal(job_continues(job, earlier, NULL, &err), cases[i].text == NULL ? 0 : -1);
		size_t line, column;
		int place = 0;
		if (cases[i].text != NULL)
			assert_int_equal(sscanf(err.text, "J:%zu:%zu: %n", &line, &column, &place), 2);
		assert_string_equal(err.text + place, cases[i].text == NULL ? "" : cases[i].text);
		assert_int_equal(err.code, cases[i].text == NULL ? 0 : EX_CONFIG);
		job_destroy(job);
		free(text);
	}
	job_destroy(earlier);
}

static void files_are_read(void **state)
{
	(void)state;
	const char *folder = getenv("TMPDIR");
	struct err err = {0};
	char *directory = memory_format(&err, "%s/convoy-job-XXXXXX", folder != NULL ? folder : "/tmp");
	assert_non_null(mkdtemp(directory));
	char *path = memory_format(&err, "%s/j.yaml", directory);

	static const char *const edits[] = {"train.rate=0.25", "checkpoint.keep=7", "train.rate=0.5"};
	assert_null(job_read(path, 0, NULL, &err));
	assert_int_equal(err.code, EX_NOINPUT);

	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(good, file);
	fclose(file);
	err = (struct err){0};
	struct job *job = job_read(path, 3, edits, &err);
	assert_non_null(job);
	assert_true(job->train.rate == 0.5);
	assert_int_equal(job->checkpoint.keep, 7);
	assert_non_null(strstr(job->text, "rate: 0.5}\noutput: {classes: 10}  # the end\ncheckpoint: {keep: 7}\n"));
	job_destroy(job);

	assert_null(job_read(path, 1, (const char *const[]){"train.rate=fast"}, &err));
	assert_int_equal(err.code, EX_CONFIG);
	assert_string_equal(err.text + strlen(path),
	                    ":15:38: train.rate: 'fast' is not a finite number (with --set applied)");
	err = (struct err){0};
	assert_null(job_read(path, 1, (const char *const[]){"train.rate"}, &err));
	assert_int_equal(err.code, EX_USAGE);

	/* What an editor puts before a text is no part of it, nor of what checkpoints hold. */
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "\xef\xbb\xbf---\n%s", good);
	fclose(file);
	err = (struct err){0};
	job = job_read(path, 3, edits, &err);
	assert_non_null(job);
	assert_int_equal(strncmp(job->text, "---\n", 4), 0);
	assert_true(job->train.rate == 0.5);
	job_destroy(job);

	file = fopen(path, "a");
	assert_non_null(file);
	fputc(0, file);
	fclose(file);
	err = (struct err){0};
	assert_null(job_read(path, 0, NULL, &err));
	assert_int_equal(err.code, EX_CONFIG);
	assert_non_null(strstr(err.text, "a NUL byte at offset"));

	err = (struct err){0};
	assert_int_equal(truncate(path, JOB_BYTES + 1), 0);
	assert_null(job_read(path, 0, NULL, &err));
	assert_int_equal(err.code, EX_CONFIG);
	assert_non_null(strstr(err.text, "larger than 1048576 bytes"));

	err = (struct err){0};
	assert_null(job_read(directory, 0, NULL, &err));
	assert_int_equal(err.code, EX_IOERR);
	unlink(path);
	rmdir(directory);
	free(path);
	free(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lenet5_fashion), cmocka_unit_test(combination_fashion),
		cmocka_unit_test(small_fashion), cmocka_unit_test(vgg_small),
		cmocka_unit_test(absent_keys_have_defaults), cmocka_unit_test(given_keys_are_read),
		cmocka_unit_test(arrays_have_paths),
		cmocka_unit_test(parts_have_files), cmocka_unit_test(outputs_have_a_task),
		cmocka_unit_test(optimizers_have_their_defaults),
		cmocka_unit_test(connections_are_lists_or_words), cmocka_unit_test(layers_have_places),
		cmocka_unit_test(a_job_continues_its_own_kind_only), cmocka_unit_test(files_are_read),
	};
	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
