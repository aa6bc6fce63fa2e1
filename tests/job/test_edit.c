/* Edits: the value arrives, in every style of YAML, and the rest of the text stays byte for byte. */
#include "text.h"

struct edit {
	const char *text, *key, *value, *edited; /* edited: NULL where it is refused with EX_USAGE */
};

static void all_are_edited(const struct edit *cases, size_t count,
                           char *(*edit)(const char *, const char *, const char *, const char *, struct err *))
{
	for (size_t i = 0; i < count; i++) {
		struct err err = {0};
		char *edited = edit("J", cases[i].text, cases[i].key, cases[i].value, &err);
		if (cases[i].edited == NULL) {
			if (edited != NULL)
				print_error("accepted: %s=%s: %s\n", cases[i].key, cases[i].value, edited);
			assert_null(edited);
			assert_int_equal(err.code, EX_USAGE);
		} else {
			if (edited == NULL)
				print_error("%s=%s: %s\n", cases[i].key, cases[i].value, err.text);
			assert_non_null(edited);
			assert_string_equal(edited, cases[i].edited);
		}
		free(edited);
	}
}
#define ALL_ARE_EDITED(cases, edit) all_are_edited(cases, sizeof cases / sizeof cases[0], edit)

static void values_are_replaced(void **state)
{
	(void)state;
	static const struct edit cases[] = {
		/* flow, block, nested, quoted; comments stay */
		{"train: {rate: 0.1, batch: 3} # c\n", "train.rate", "0.02", "train: {rate: 0.02, batch: 3} # c\n"},
		{"train: {batch: 3, rate: 0.1}", "train.rate", "0.02", "train: {batch: 3, rate: 0.02}"},
		{"train:\n  # a\n  rate: 0.1  # b\n  batch: 3\n", "train.rate", "2e-3",
		 "train:\n  # a\n  rate: 2e-3  # b\n  batch: 3\n"},
		{"name: 'a # b' # c\n", "name", "d", "name: d # c\n"},
		{"name: \"a\\\"b\"\n", "name", "d", "name: d\n"},
		{"layers:\n- {maps: 1}\n- maps: 2 # two\n  kernel: 5\n", "layers[1].maps", "7",
		 "layers:\n- {maps: 1}\n- maps: 7 # two\n  kernel: 5\n"},
		{"layers: [{maps: 1}, {maps: 2}]", "layers[0].maps", "7", "layers: [{maps: 7}, {maps: 2}]"},
		{"layers: [{sparsity: {lambda: 1}}]", "layers[0].sparsity.lambda", "0", "layers: [{sparsity: "
		 "{lambda: 0}}]"},
		{"output: {names: [a, b, c]}", "output.names[1]", "x y", "output: {names: [a, x y, c]}"},
		/* text before the place that is not ASCII, and other line ends */
		{"name: größer 28×28 🙂 # ü\ntrain: {rate: 0.1} # ä", "train.rate", "5", "name: größer 28×28 🙂 # "
		 "ü\ntrain: {rate: 5} # ä"},
		{"\xef\xbb\xbfname: a\n", "name", "b", "\xef\xbb\xbfname: b\n"},
		{"name: a\r\nloss: b\r\n", "loss", "c", "name: a\r\nloss: c\r\n"},
		/* several lines become one */
		{"name: |\n  a\n  b\n\n# c\nloss: d\n", "name", "e", "name: e\n\n# c\nloss: d\n"},
		{"name: >-\n  a", "name", "e", "name: e"},
		{"name: a\n  b # c\nloss: d\n", "name", "e", "name: e # c\nloss: d\n"},
		/* a value that was not there */
		{"name:\nloss: d\n", "name", "e", "name: e \nloss: d\n"},
		{"name: # c\nloss: d\n", "name", "e", "name: e  # c\nloss: d\n"},
		{"train: {rate: , batch: 3}", "train.rate", "1", "train: {rate:  1 , batch: 3}"},
		{"train: {rate: }", "train.rate", "1", "train: {rate:  1 }"},
	};
	ALL_ARE_EDITED(cases, job_edit);
	static const struct edit sources[] = {
		{"layers: [{from: [a, b]}]", "layers[0].from[1]", "c", "layers: [{from: [a, c]}]"},
		{"layers: [{from: a}]", "layers[0].from", "input", "layers: [{from: input}]"},
	};
	ALL_ARE_EDITED(sources, job_edit);
}

static void missing_keys_are_inserted(void **state)
{
	(void)state;
	static const struct edit cases[] = {
		{"train: {rate: 0.1} # c\n", "train.batch", "3", "train: {rate: 0.1, batch: 3} # c\n"},
		{"train: {rate: 0.1, } # c\n", "train.batch", "3", "train: {rate: 0.1, batch: 3, } # c\n"},
		{"train: {rate: 0.1 # c\n  }\n", "train.batch", "3", "train: {rate: 0.1, batch: 3 # c\n  }\n"},
		{"train: {}\n", "train.batch", "3", "train: {batch: 3}\n"},
		{"train:\n  # a\n  rate: 0.1 # b\n  # c\nloss: d\n", "train.batch", "3",
		 "train:\n  # a\n  rate: 0.1 # b\n  batch: 3\n  # c\nloss: d\n"},
		{"train:\n  rate: 0.1", "train.batch", "3", "train:\n  rate: 0.1\n  batch: 3"},
		{"train:\r\n  rate: 0.1 # ü\r\n", "train.batch", "3", "train:\r\n  rate: 0.1 # ü\n  batch: 3\r\n"},
		{"layers:\n  - maps: 1\n    sparsity:\n       lambda: 2\n  - {}\n", "layers[0].kernel", "3",
		 "layers:\n  - maps: 1\n    sparsity:\n       lambda: 2\n    kernel: 3\n  - {}\n"},
		{"layers: [{}, {maps: 3}]", "layers[1].stride", "2", "layers: [{}, {maps: 3, stride: 2}]"},
		{"layers: [{}, {maps: 3}]", "layers[0].stride", "2", "layers: [{stride: 2}, {maps: 3}]"},
		{"output:\n  names:\n  - a\n  - b # c\n", "output.classes", "2", "output:\n  names:\n  - a\n  - b # c\n  "
		 "classes: 2\n"},
		{"name: |\n  a\n  b\n\n# c\n", "loss", "d", "name: |\n  a\n  b\nloss: d\n\n# c\n"},
		{"layers: [{maps: 3}]", "layers[0].from", "-2", "layers: [{maps: 3, from: -2}]"},
		{"layers: [{maps: 3}]", "layers[0].name", "stem", "layers: [{maps: 3, name: stem}]"},
		{"{name: a}", "loss", "d", "{name: a, loss: d}"},
		{"--- # c\nname: a\n...\n", "loss", "d", "--- # c\nname: a\nloss: d\n...\n"},
		{"train: {rate}", "train.batch", "3", "train: {rate, batch: 3}"},
		{"train:\n  rate:\n", "train.batch", "3", "train:\n  rate:\n  batch: 3\n"},
		/* missing parents */
		{"name: a # c\n", "train.rate", "0.1", "name: a # c\ntrain: {rate: 0.1}\n"},
		{"{name: a}", "train.rate", "0.1", "{name: a, train: {rate: 0.1}}"},
		{"layers: [{maps: 3}]", "layers[0].sparsity.lambda", "2", "layers: [{maps: 3, sparsity: {lambda: 2}}]"},
		{"layers:\n  - maps: 3\n", "layers[0].sparsity.lambda", "2",
		 "layers:\n  - maps: 3\n    sparsity: {lambda: 2}\n"},
	};
	ALL_ARE_EDITED(cases, job_edit);
}

/* Whatever the value holds, it stays one value; what is YAML as it stands is left so. */
static void values_are_quoted_where_they_must_be(void **state)
{
	(void)state;
	static const struct {
		const char *value, *written;
	} cases[] = {
		{"0.02", "0.02"}, {"my run", "my run"}, {"a:b", "a:b"}, {"'a, b'", "'a, b'"}, {"\"a\\u00e9\"", "\"a\\u00e9\""},
		{"größe 🙂", "größe 🙂"}, {"/a/b-c", "/a/b-c"},
		{"", "''"}, {" ", "' '"}, {"a ", "'a '"}, {"a, b", "'a, b'"}, {"a: b", "'a: b'"}, {"a #b", "'a #b'"},
		{"#b", "'#b'"}, {"it's", "it's"}, {"'it's", "'''it''s'"}, {"{a: b}", "'{a: b}'"},
		{"[a]", "'[a]'"}, {"]", "']'"},
		{"1} #", "'1} #'"}, {"1, batch: 5", "'1, batch: 5'"}, {"1}, loss: {a: b", "'1}, loss: {a: b'"}, {"*a", "'*a'"},
		{"&a b", "'&a b'"}, {"!t b", "'!t b'"}, {"- a", "'- a'"}, {"? a", "'? a'"}, {"%a", "'%a'"}, {"@a", "'@a'"},
		{"|", "'|'"}, {">", "'>'"}, {"\"a", "'\"a'"}, {"a\\", "a\\"}, {"`", "'`'"}, {"'a' b", "'''a'' b'"},
	};
	static const char *const styles[] = {"train: {rate: X, batch: 3} # c\n", "train:\n  rate: X # c\n  batch: 3\n"};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (size_t j = 0; j < 2; j++) {
			struct err err = {0};
			char *edited = job_edit("J", styles[j], "train.rate", cases[i].value, &err);
			char *expected = with(styles[j], "X", cases[i].written);
			assert_non_null(edited);
			assert_string_equal(edited, expected);
			free(expected);
			free(edited);
		}
	}
}

static void what_cannot_be_edited_is_a_usage_error(void **state)
{
	(void)state;
	static const struct edit cases[] = {
		{"name: a", "train.rat", "1", NULL}, {"name: a", "", "1", NULL}, {"name: a", "train", "1", NULL},
		{"name: a", "layers", "1", NULL}, {"name: a", "layers[0]", "1", NULL}, {"name: a", "train..rate", "1", NULL},
		{"name: a", "train.rate.", "1", NULL}, {"name: a", ".name", "1", NULL}, {"name: a", "name[0]", "1", NULL},
		{"name: a", "layers.maps", "1", NULL}, {"name: a", "layers[x].maps", "1", NULL},
		{"name: a", "layers[].maps", "1", NULL}, {"name: a", "layers[0", "1", NULL}, {"name: a", "na me", "1", NULL},
		{"layers: [{maps: 1}]", "layers[1].maps", "1", NULL}, {"name: a", "layers[0].maps", "1", NULL},
		{"layers: [{maps: 1}]", "layers[99999999999999999999].maps", "1", NULL},
		{"train: 3", "train.rate", "1", NULL}, {"layers: [{maps: [1]}]", "layers[0].maps", "1", NULL},
		{"name: a", "name", "b\nloss: c", NULL}, {"name: a", "name", "b\tc", NULL},
		{"name: a", "name", "b\xc2\x85 c", NULL},
		{"name: a", "name", "b\xe2\x80\xa8 c", NULL}, {"name: a", "name", "b\x7f", NULL},
		{"name: a", "name", "\xff", NULL},
		{"train: {rate}", "train.rate", "1", NULL}, {"layers: [maps: 1]", "layers[0].kernel", "3", NULL},
	};
	ALL_ARE_EDITED(cases, job_edit);

	struct err err = {0};
	assert_null(job_edit("J", "name: [", "name", "a", &err));
	assert_int_equal(err.code, EX_CONFIG);
	err = (struct err){0};
	assert_null(job_edit("J", "name: a", "train.rat", "1", &err));
	assert_string_equal(err.text, "unknown key 'train.rat'; did you mean 'rate'?");
}

static void nodes_are_replaced(void **state)
{
	(void)state;
	static const struct edit cases[] = {
		{"layers:\n  - {maps: 1} # a\n  - maps: 2\n    kernel: 5  # b\n  # c\n  - {maps: 3}\n", "layers[1]",
		 "{type: full, units: 3}",
		 "layers:\n  - {maps: 1} # a\n  - {type: full, units: 3}  # b\n  # c\n  - {maps: 3}\n"},
		{"layers: [{maps: 1}, {maps: 2}]", "layers[0]", "{maps: [[1], [2]]}", "layers: [{maps: [[1], "
		 "[2]]}, {maps: 2}]"},
		{"layers:\n- maps: ü\n  sparsity:\n    lambda: 2", "layers[0]", "{a: b}", "layers:\n- {a: b}"},
		{"layers: [{maps: 1}]", "layers[0].connections", "full", NULL},
		{"layers: [{connections: full}]", "layers[0].connections", "[[0]]", "layers: [{connections: [[0]]}]"},
		{"layers: [{maps: 1}]", "layers[1]", "{a: b}", NULL},
		{"layers: [{maps: 1}]", "layers[0]", "{a: b", NULL},
		{"layers: [{maps: 1}]", "layers[0]", "a: b", NULL},
		{"layers: [{maps: 1}]", "layers[0]", "{a: b}, {c: d}", NULL},
		{"layers: [{maps: 1}]", "layers[0]", "{a: b} # c", NULL},
		{"layers: [{maps: 1}]", "layers[0]", "{a:\n b}", NULL},
		{"layers: [{maps: 1}]", "layers[0]", "", NULL},
		{"layers: [{maps: 1}]", "layers[0].foo", "1", NULL},
	};
	ALL_ARE_EDITED(cases, job_replace);
}

/* Every key of a single value, set in the good job and read back. */
static void every_scalar_is_reached(void **state)
{
	(void)state;
	static const char *const keys[][2] = {
		{"name", "n"}, {"data.format", "cifar10"}, {"data.directory", "/x"}, {"data.pad", "1"},
		{"data.normalize", "unit"}, {"input.maps", "3"}, {"input.rows", "9"}, {"input.columns", "8"},
		{"output.classes", "7"}, {"layers[0].maps", "9"}, {"layers[0].kernel", "3"}, {"layers[0].stride", "2"},
		{"layers[0].padding", "same"}, {"layers[0].connections", "pairs"}, {"layers[0].activation", "relu"},
		{"layers[1].window", "3"}, {"layers[1].ragged", "true"}, {"layers[2].kernels", "per-pair"},
		{"layers[2].sparsity.penalty", "l1"}, {"layers[2].sparsity.lambda", "2"}, {"layers[2].sparsity.warmup", "3"},
		{"layers[3].method", "mean"}, {"layers[4].units", "7"}, {"loss", "softmax-cross-entropy"},
		{"train.epochs", "2"}, {"train.batch", "16"}, {"train.rate", "0.5"}, {"train.momentum", "0.5"},
		{"train.nesterov", "true"}, {"train.decay", "0.5"}, {"train.warmup", "2"}, {"train.factor", "0.5"},
		{"train.every", "4"}, {"train.schedule", "step"}, {"train.minimum", "0.5"}, {"train.seed", "5"},
		{"train.sum", "float"}, {"train.nesterov", "false"}, {"train.optimizer", "rmsprop"}, {"train.beta2", "0.5"},
		{"train.epsilon", "0.5"}, {"train.clip", "2"}, {"train.smoothing", "0.5"}, {"train.mixup", "0.5"}, {"train.average", "0.5"},
		{"train.threads", "6"},
		{"checkpoint.epochs", "2"}, {"checkpoint.keep", "5"},
	};
	struct err err = {0};
	char *text = memory_text(good, &err);
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		char *edited = job_edit("J", text, keys[i][0], keys[i][1], &err);
		if (edited == NULL)
			print_error("%s: %s\n", keys[i][0], err.text);
		assert_non_null(edited);
		free(text);
		text = edited;
		struct job *job = job_parse("J", text, &err);
		if (job == NULL)
			print_error("%s\n", err.text);
		assert_non_null(job);
		job_destroy(job);
	}
	static const char expected[] =
		"name: n\n"
		"data: {format: cifar10, directory: /x, pad: 1, normalize: unit}  # größer als 28×28\n"
		"input: {maps: 3, rows: 9, columns: 8}\n"
		"layers:\n"
		"  - {type: convolution, maps: 9, kernel: 3, activation: relu, stride: 2, padding: same, "
		 "connections: pairs}\n"
		"  - {type: subsampling, window: 3, ragged: true}\n"
		"  - type: combination\n"
		"    maps: 16  # sixteen\n"
		"    kernel: 5\n"
		"    sparsity: {penalty: l1, lambda: 2, warmup: 3}\n"
		"    kernels: per-pair\n"
		"  # maxima\n"
		"  - {type: pooling, method: mean, window: 2}\n"
		"  - {type: full, units: 7}\n"
		"loss: softmax-cross-entropy\n"
		"train: {epochs: 2, batch: 16, rate: 0.5, momentum: 0.5, nesterov: false, decay: 0.5, warmup: 2, "
		 "factor: 0.5, "
		"every: 4, schedule: step, minimum: 0.5, seed: 5, sum: float, "
		 "optimizer: rmsprop, beta2: 0.5, epsilon: 0.5, clip: 2, smoothing: 0.5, mixup: 0.5, average: 0.5, "
		 "threads: 6}\n"
		"output: {classes: 7}  # the end\n"
		"checkpoint: {epochs: 2, keep: 5}\n";
	assert_string_equal(text, expected);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_replaced),
		cmocka_unit_test(missing_keys_are_inserted),
		cmocka_unit_test(values_are_quoted_where_they_must_be),
		cmocka_unit_test(what_cannot_be_edited_is_a_usage_error),
		cmocka_unit_test(nodes_are_replaced),
		cmocka_unit_test(every_scalar_is_reached),
	};
	return cmocka_run_group_tests_name("edit", tests, NULL, NULL);
}
