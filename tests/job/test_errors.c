/* Bad jobs: for each the one line that the user sees, with its place. Each text is the good job, one thing changed. */
#include "text.h"

struct bad {
	const char *from, *to, *text;
};

static void all_are_refused(const struct bad *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct err err = {0};
		char *text = with(good, cases[i].from, cases[i].to);
		struct job *job = job_parse("J", text, &err);
		if (job != NULL)
			print_error("accepted: %s\n", cases[i].to);
		assert_null(job);
		assert_string_equal(err.text, cases[i].text);
		assert_int_equal(err.code, EX_CONFIG);
		free(text);
	}
}
#define ALL_ARE_REFUSED(cases) all_are_refused(cases, sizeof cases / sizeof cases[0])

static void keys(void **state)
{
	(void)state;
	static const struct bad cases[] = {
		{"name: test", "nam: test",
		 "J:1:1: unknown key 'nam'; did you mean 'name'?"},
		{"name: test", "<<: test",
		 "J:1:1: unknown key '<<', a job has: name, data, input, output, layers, loss, train, checkpoint"},
		{"name: test", "[a]: test",
		 "J:1:1: unknown key '…', a job has: name, data, input, output, layers, loss, train, checkpoint"},
		{"pad", "padding",
		 "J:2:39: unknown key 'padding', data has: format, directory, file, inputs, targets, weights, train, test, layout, missing, memory, pad, normalize, scale, offset, validation, distort"},
		{"rate", "rat\xc3\xa9",
		 "J:15:32: unknown key 'raté'; did you mean 'rate'?"},
		{"kernel: 5, ", "kernle: 5, ",
		 "J:5:34: layer type 'convolution' has no key 'kernle'; did you mean 'kernel'?"},
		{"units: 10", "units: 10, kernel: 3",
		 "J:13:29: layer type 'full' has no key 'kernel', only: type, units, activation, slope, frozen, rate, name, from"},
		{"window: 2}", "window: 2, method: max}",
		 "J:6:36: layer type 'subsampling' has no key 'method', only: type, window, ragged, activation, slope, "
		 "frozen, rate, name, from"},
		{"method: max", "method: max, units: 2",
		 "J:12:34: layer type 'pooling' has no key 'units', only: type, method, "
		 "window, stride, ragged, padding, activation, slope, name, from"},
		{"kernel: 5\n", "kernel: 5\n    groups: 2\n",
		 "J:10:5: layer type 'combination' has no key 'groups', only: type, maps, kernel, stride, dilation, padding, "
		 "kernels, sparsity, activation, slope, frozen, rate, name, from"},
		{"window: 2}", "window: 2, frm: a}", "J:6:36: layer type 'subsampling' has no key 'frm'; did you mean 'from'?"},
		{"window: 2}", "window: 2, from: a, from: b}", "J:6:45: key 'from' stands here a second time"},
		{"window: 2}", "window: 2, from: {a: b}}", "J:6:42: layers[1].from must be a list"},
		{"window: 2}", "window: 2, from: []}", "J:6:42: layers[1].from has 0 entries, it must have 1 to 16"},
		{"window: 2}", "window: 2, from: [a, [b]]}", "J:6:46: layers[1].from[1] must be a single value"},
		{"window: 2}", "window: [2]}", "J:6:33: layers[1].window must be a number, or two in a list, [rows, columns]"},
		{"window: 2}", "window: [2, 3, 4]}",
		 "J:6:33: layers[1].window must be a number, or two in a list, [rows, columns]"},
		{"window: 2}", "window: [2, 0]}", "J:6:37: layers[1].window[1] is 0, it must be at least 1 and at most 1024"},
		{"window: 2}", "window: [2, [3]]}", "J:6:37: layers[1].window[1] must be a single value"},
		{"window: 2}", "window: al}", "J:6:33: layers[1].window: 'al' is not a whole number below 2^63, or all"},
		{"window: 2}", "window: 2, name: [a]}", "J:6:42: layers[1].name must be a single value"},
		{"window: 2}", "window: 2, name: ''}", "J:6:42: layers[1].name is empty"},
		{"lambda: 0.1", "lamda: 0.1",
		 "J:10:34: unknown key 'lamda'; did you mean 'lambda'?"},
		{", rate: 0.01", ", lr: 0.01", "J:15:32: unknown key 'lr'; did you mean 'rate'?"},
		{", rate: 0.01", ", learning_rate: 0.01", "J:15:32: unknown key 'learning_rate'; did you mean 'rate'?"},
		{"rate: 0.01", "rate: 0.01, rate: 0.02", "J:15:44: key 'rate' stands here a second time"},
		{"loss:", "name: again\nloss:", "J:14:1: key 'name' stands here a second time"},
		{"name: test\n", "", "J:1:1: the job lacks the key 'name'"},
		{"loss: squared-error\n", "", "J:1:1: the job lacks the key 'loss'"},
		{", rate: 0.01", "", "J:15:8: train lacks the key 'rate'"},
		{", directory: /data", "", "J:2:7: data lacks the key 'directory'"},
		{", kernel: 5", "", "J:5:5: layers[0] lacks the key 'kernel'"},
		{"type: convolution, ", "", "J:5:5: layers[0] lacks the key 'type'"},
		{"method: max, ", "", "J:12:5: layers[3] lacks the key 'method'"},
		{", lambda: 0.1", "", "J:10:15: layers[2].sparsity lacks the key 'lambda'"},
		{"rate: 0.01", "rate: 0.01, schedule: step",
		 "J:15:8: train lacks the key 'every', which schedule: step needs"},
	};
	ALL_ARE_REFUSED(cases);
}

static void words(void **state)
{
	(void)state;
	static const struct bad cases[] = {
		{"format: idx", "format: hdf6", "J:2:16: data.format: unknown word 'hdf6'; did you mean 'hdf5'?"},
		{"format: idx", "format: 0", "J:2:16: data.format: unknown word '0', one of: idx, cifar10, hdf5, numpy, memory"},
		{"pad: 2", "normalize: Standard",
		 "J:2:50: data.normalize: unknown word 'Standard'; did you mean 'standard'?"},
		{"type: convolution", "type: convolute",
		 "J:5:12: layers[0].type: unknown word 'convolute', one of: convolution, "
		 "subsampling, combination, full, pooling, dropout, batch-norm, scale, add, concatenate, "
		 "upsampling"},
		{"type: convolution", "type: conv", "J:5:12: layers[0].type: unknown word 'conv'; did you mean 'convolution'?"},
		{"type: full", "type: Dense", "J:13:12: layers[4].type: unknown word 'Dense'; did you mean 'full'?"},
		{"type: pooling, method: max", "type: maxpool",
		 "J:12:12: layers[3].type: unknown word 'maxpool'; did you mean 'pooling', with method: max?"},
		{"tanh", "silu", "J:5:57: layers[0].activation: unknown word 'silu'; did you mean 'swish'?"},
		{"tanh", "tanh, slope: 0.1", "J:5:70: layers[0].slope is not used by activation: tanh"},
		{"tanh", "leaky-relu, slope: -0.1", "J:5:76: layers[0].slope is -0.1, it must be at least 0 and at most 1"},
		{"tanh", "softmax", "J:5:57: layers[0].activation: unknown word 'softmax'; did you mean 'linear', with loss: "
		 "softmax-cross-entropy?"},
		{"type: convolution", "type: [full]", "J:5:12: layers[0].type must be a single value"},
		{"tanh", "maxout", "J:5:57: layers[0].activation: unknown word 'maxout', one of: linear, sigmoid, tanh, "
		 "scaled-tanh, relu, leaky-relu, elu, gelu, swish, softplus"},
		{"tanh", "tanh, padding: zero", "J:5:72: layers[0].padding: unknown word 'zero', one of: valid, same, centred"},
		{"method: max", "method: maximum",
		 "J:12:29: layers[3].method: unknown word 'maximum', one of: max, mean"},
		{"penalty: entropy", "penalty: l2",
		 "J:10:25: layers[2].sparsity.penalty: unknown word 'l2'; did you mean 'l1'?"},
		{"16  # sixteen", "16\n    kernels: shared",
		 "J:9:14: layers[2].kernels: unknown word 'shared', one of: "
		 "per-input, per-pair"},
		{"squared-error", "mse",
		 "J:14:7: loss: unknown word 'mse', one of: squared-error, softmax-cross-entropy, "
		 "absolute-error, huber, binary-cross-entropy"},
		{"squared-error", "\"a\\nb\"",
		 "J:14:7: loss: unknown word 'a?b', one of: squared-error, softmax-cross-entropy, "
		 "absolute-error, huber, binary-cross-entropy"},
		{"0.01", "0.01, schedule: linear",
		 "J:15:54: train.schedule: unknown word 'linear', one of: constant, step, "
		 "exponential, cosine"},
		{"0.01", "0.01, sum: double",
		 "J:15:49: train.sum: unknown word 'double', one of: exact, exact32, float"},
		{"0.01", "0.01, nesterov: yes", "J:15:54: train.nesterov: 'yes' is neither true nor false"},
		{"0.01", "0.01, nesterov: flase", "J:15:54: train.nesterov: 'flase' is neither true nor false"},
		{"name: test", "name: ''", "J:1:7: name is empty"},
		{"name: test", "name:", "J:1:6: name is empty"},
		{"name: test", "name: \"a\\tb\"", "J:1:7: name holds a control character"},
		{"name: test", "name: \"a\\x85b\"", "J:1:7: name holds a control character"},
		{"name: test", "name: \"a\\u2028b\"", "J:1:7: name holds a control character"},
		{"name: test", "name: \"a\\0b\"", "J:1:7: a NUL in a text"},
	};
	ALL_ARE_REFUSED(cases);
}

static void numbers(void **state)
{
	(void)state;
	static const struct bad cases[] = {
		{"batch: 64", "batch: 4.5", "J:15:28: train.batch: '4.5' is not a whole number below 2^63"},
		{"batch: 64", "batch: 0x40", "J:15:28: train.batch: '0x40' is not a whole number below 2^63"},
		{"batch: 64", "batch: 064", "J:15:28: train.batch: '064' is not a whole number below 2^63"},
		{"batch: 64", "batch: +64", "J:15:28: train.batch: '+64' is not a whole number below 2^63"},
		{"batch: 64", "batch: -64", "J:15:28: train.batch: '-64' is not a whole number below 2^63"},
		{"batch: 64", "batch: 64k", "J:15:28: train.batch: '64k' is not a whole number below 2^63"},
		{"batch: 64", "batch: 1_000", "J:15:28: train.batch: '1_000' is not a whole number below 2^63"},
		{"batch: 64", "batch: ", "J:15:28: train.batch: '' is not a whole number below 2^63"},
		{"batch: 64", "batch: 0", "J:15:28: train.batch is 0, it must be at least 1 and at most 16777216"},
		{"batch: 64", "batch: 16777217",
		 "J:15:28: train.batch is 16777217, it must be at least 1 and at most 16777216"},
		{"epochs: 20", "epochs: 1000001",
		 "J:15:17: train.epochs is 1000001, it must be at least 1 and at most 1000000"},
		{"0.01", "0.01, seed: 9223372036854775808",
		 "J:15:50: train.seed: '9223372036854775808' is not a whole number below 2^63"},
		{"0.01", "0.01, seed: 18446744073709551617",
		 "J:15:50: train.seed: '18446744073709551617' is not a whole number below 2^63"},
		{"0.01", "nan", "J:15:38: train.rate: 'nan' is not a finite number"},
		{"0.01", ".inf", "J:15:38: train.rate: '.inf' is not a finite number"},
		{"0.01", "1e999", "J:15:38: train.rate is 1e999, it must be above 0 and at most 1000000"},
		{"0.01", "-1e999", "J:15:38: train.rate is -1e999, it must be above 0 and at most 1000000"},
		{"0.01", "1e-999", "J:15:38: train.rate is 1e-999, too close to 0 for float64: take at least 1.2e-38"},
		{"0.01", "1e-320", "J:15:38: train.rate is 1e-320, too close to 0 for float64: take at least 1.2e-38"},
		{"0.01", "0.01, clip: 1e-320",
		 "J:15:50: train.clip is 1e-320, too close to 0 for float64: take 0 or at least 2.3e-308"},
		{"0.01", "0.01, clip: 1e400", "J:15:50: train.clip is 1e400, it must be at least 0 and at most 1000000"},
		{"0.01", "0.01, factor: 1e-320",
		 "J:15:52: train.factor is 1e-320, too close to 0 for float64: take at least 2.3e-308"},
		{"0.01", "0.01, optimizer: adam, epsilon: 1e-320",
		 "J:15:70: train.epsilon is 1e-320, too close to 0 for float64: take at least 1.2e-38"},
		{"0.01", "0x1p-3", "J:15:38: train.rate: '0x1p-3' is not a finite number"},
		{"0.01", "1,5", "J:15:40: unknown key '5', train has: epochs, batch, rate, optimizer, momentum, "
		 "nesterov, beta1, beta2, epsilon, trust, damping, curvature, clip, smoothing, mixup, average, decay, schedule, warmup, "
		 "factor, every, minimum, seed, patience, threads, sum"},
		{"0.01", "1.2.3", "J:15:38: train.rate: '1.2.3' is not a finite number"},
		{"0.01", "1e", "J:15:38: train.rate: '1e' is not a finite number"},
		{"0.01", ".", "J:15:38: train.rate: '.' is not a finite number"},
		{"0.01", "0", "J:15:38: train.rate is 0, it must be above 0 and at most 1000000"},
		{"0.01", "-0.1", "J:15:38: train.rate is -0.1, it must be above 0 and at most 1000000"},
		{"0.01", "1000001", "J:15:38: train.rate is 1000001, it must be above 0 and at most 1000000"},
		{"0.01", "0.01, optimizer: adma",
		 "J:15:55: train.optimizer: unknown word 'adma'; did you mean 'adam'?"},
		{"0.01", "0.01, optimizer: adam, momentum: 0.9",
		 "J:15:71: train.momentum is not used by optimizer: adam"},
		{"0.01", "0.01, optimizer: rmsprop, nesterov: true",
		 "J:15:74: train.nesterov is not used by optimizer: rmsprop"},
		{"0.01", "0.01, beta1: 0.9", "J:15:51: train.beta1 is not used by optimizer: sgd"},
		{"0.01", "0.01, optimizer: adagrad, beta2: 0.9", "J:15:71: train.beta2 is not used by optimizer: adagrad"},
		{"0.01", "0.01, epsilon: 1e-8", "J:15:53: train.epsilon is not used by optimizer: sgd"},
		{"0.01", "0.01, curvature: 100", "J:15:55: train.curvature is not used by optimizer: sgd"},
		{"0.01", "0.01, damping: 1", "J:15:53: train.damping is not used by optimizer: sgd"},
		{"0.01", "0.01, optimizer: sdlm, curvature: 0",
		 "J:15:72: train.curvature is 0, it must be at least 1 and at most 1000000000"},
		{"0.01", "0.01, optimizer: adam, beta2: 1",
		 "J:15:68: train.beta2 is 1, it must be above 0 and below 1"},
		{"0.01", "0.01, average: 1", "J:15:53: train.average is 1, it must be at least 0 and below 1"},
		{"0.01", "0.01, mixup: -1", "J:15:51: train.mixup is -1, it must be at least 0 and at most 100"},
		{"batch: 64, rate: 0.01", "batch: 1, rate: 0.01, mixup: 0.2",
		 "J:15:50: train.mixup mixes the samples of a batch: train.batch must be 2 or more"},
		{"0.01", "0.01, smoothing: 1", "J:15:55: train.smoothing is 1, it must be at least 0 and below 1"},
		{"0.01", "0.01, optimizer: adam, beta2: 0.99999999",
		 "J:15:68: train.beta2 is 0.99999999, which float32 rounds to 1: take at most 0.99999997"},
		{"0.01", "0.01, optimizer: adamw, beta1: 0.9999999999",
		 "J:15:69: train.beta1 is 0.9999999999, which float32 rounds to 1: take at most 0.99999997"},
		{"0.01", "0.01, momentum: 0.99999998",
		 "J:15:54: train.momentum is 0.99999998, which float32 rounds to 1: take at most 0.99999997"},
		{"0.01", "0.01, average: 0.99999999",
		 "J:15:53: train.average is 0.99999999, which float32 rounds to 1: take at most 0.99999997"},
		{"0.01", "0.01, smoothing: 0.99999999",
		 "J:15:55: train.smoothing is 0.99999999, which float32 rounds to 1: take at most 0.99999997"},
		{"0.01", "1e-46", "J:15:38: train.rate is 1e-46, which float32 rounds to 0: take at least 1.2e-38"},
		{"0.01", "0.01, optimizer: adam, epsilon: 1e-39",
		 "J:15:70: train.epsilon is 1e-39, which float32 rounds to 0: take at least 1.2e-38"},
		{"0.01", "0.01, optimizer: sdlm, damping: 1e-300",
		 "J:15:70: train.damping is 1e-300, which float32 rounds to 0: take at least 1.2e-38"},
		{"0.01", "0.01, clip: -1", "J:15:50: train.clip is -1, it must be at least 0 and at most 1000000"},
		{"0.01", "0.01, momentum: 1", "J:15:54: train.momentum is 1, it must be at least 0 and below 1"},
		{"0.01", "0.01, decay: -1e-9", "J:15:51: train.decay is -1e-9, it must be at least 0 and at most 1"},
		{"0.01", "0.01, factor: 0", "J:15:52: train.factor is 0, it must be above 0 and at most 1"},
		{"0.01", "0.01, every: 0", "J:15:51: train.every is 0, it must be above 0 and at most 1000000"},
		{"0.01", "0.01, minimum: 2", "J:15:53: train.minimum is 2, it must be at least 0 and at most 1"},
		{"pad: 2", "pad: 1025", "J:2:44: data.pad is 1025, it must be at least 0 and at most 1024"},
		{"maps: 3", "maps: 65537", "J:5:31: layers[0].maps is 65537, it must be at least 1 and at most 65536"},
		{"units: 10", "units: 0", "J:13:25: layers[4].units is 0, it must be at least 1 and at most 65536"},
		{"kernel: 5\n", "kernel: 1025\n",
		 "J:9:13: layers[2].kernel is 1025, it must be at least 1 and at most 1024"},
		{"window: 2", "window: 0", "J:6:33: layers[1].window is 0, it must be at least 1 and at most 1024"},
		{"tanh", "tanh, stride: 0", "J:5:71: layers[0].stride is 0, it must be at least 1 and at most 1024"},
		{"tanh", "tanh, dilation: [1, 1025]",
		 "J:5:77: layers[0].dilation[1] is 1025, it must be at least 1 and at most 1024"},
		{"kernel: 5\n", "kernel: [5]\n", "J:9:13: layers[2].kernel must be a number, or two in a list, [rows, columns]"},
		{"tanh", "tanh, groups: 0", "J:5:71: layers[0].groups is 0, it must be at least 1 and at most 65536"},
		{"tanh", "tanh, groups: all", "J:5:71: layers[0].groups: 'all' is not a whole number below 2^63, or each"},
		{"lambda: 0.1", "lambda: -1",
		 "J:10:42: layers[2].sparsity.lambda is -1, it must be at least 0 and at most 1000000"},
		{"classes: 10", "classes: 1", "J:16:19: output.classes is 1, it must be at least 2 and at most 65536"},
		{"classes: 10", "classes: 65537", "J:16:19: output.classes is 65537, it must be at least 2 and at most 65536"},
		{"# the end\n", "\ncheckpoint: {keep: 1}",
		 "J:17:20: checkpoint.keep is 1, it must be at least 2 and at most 1000000"},
	};
	ALL_ARE_REFUSED(cases);
}

static void kinds(void **state)
{
	(void)state;
	static const struct bad cases[] = {
		{"{maps: 1, rows: 28, columns: 28}", "28",
		 "J:3:8: input must be a mapping, {key: value, …}"},
		{"{epochs: 20, batch: 64, rate: 0.01}", "", "J:15:7: train must be a mapping, {key: value, …}"},
		{"{type: full, units: 10}", "full", "J:13:5: layers[4] must be a mapping, {key: value, …}"},
		{"name: test", "name: [a, b]", "J:1:7: name must be a single value"},
		{"batch: 64", "batch: {a: 1}", "J:15:28: train.batch must be a single value"},
		{"layers:\n", "layers: all\n#", "J:6:3: did not find expected key (while parsing a block mapping)"},
		{"classes: 10", "classes: 10, names: a", "J:16:30: output.names must be a list"},
		{"classes: 10", "classes: 10, names: []", "J:16:30: output.names has 0 entries, it must have 1 to 65536"},
		{"classes: 10", "classes: 10, names: [a, b, '']", "J:16:37: output.names[2] is empty"},
		{"classes: 10", "classes: 10, names: [a, b, c, d, e, f, g, b, i, j]",
		 "J:16:52: output.names[7] is 'b', the name of another class"},
		{"classes: 10", "classes: 10, names: [a, b, c]", "J:16:30: output.names has 3 names, output.classes is 10"},
		{"classes: 10", "classes: 10, weights: [1, 2]", "J:16:32: output.weights has 2 weights, output.classes is 10"},
		{"classes: 10", "classes: 2, weights: [1, 1e-7]",
		 "J:16:31: output.weights: class 1 has 1e-07: a weight is 0 or at least 1e-6"},
		{"classes: 10", "classes: 2, weights: [0, 0]", "J:16:31: output.weights are all 0: nothing would be learned"},
		{"classes: 10", "classes: 2, weights: [1, -1]",
		 "J:16:35: output.weights[1] is -1, it must be at least 0 and at most 1024"},
		{"classes: 10", "classes: 2, weights: [1, 1025]",
		 "J:16:35: output.weights[1] is 1025, it must be at least 0 and at most 1024"},
		{"classes: 10", "classes: 2, weights: [1, x]", "J:16:35: output.weights[1]: 'x' is not a finite number"},
		{"classes: 10", "classes: 2, weights: even", "J:16:31: output.weights: unknown word 'even', one of: balanced"},
		{"classes: 10", "classes: 2, weights: {}", "J:16:31: output.weights must be a word or a list of numbers"},
		{"classes: 10", "classes: 2, weights: []", "J:16:31: output.weights has no entries"},
		{"classes: 10", "classes: 2, weights: [1, [1, 2]]",
		 "J:16:35: output.weights[1] is a pair of numbers; a class has one weight"},
		{"classes: 10", "labels: 2, weights: [1, [1, 2, 3]]",
		 "J:16:34: output.weights[1]: one number or two"},
		{"classes: 10", "labels: 2, weights: [1, [1, -2]]",
		 "J:16:38: output.weights[1][1] is -2, it must be at least 0 and at most 1024"},
		{"classes: 10", "labels: 2, weights: [[0, 0], [0, 0]]",
		 "J:16:30: output.weights are all 0: nothing would be learned"},
		{"classes: 10", "labels: 2, weights: [[1, 1e-7], 1]",
		 "J:16:30: output.weights: label 0 has 1e-07: a weight is 0 or at least 1e-6"},
		{"classes: 10", "values: 2, weights: [1, 1]",
		 "J:16:30: output.weights is for output.classes and output.labels, the job has output.values"},
		{"classes: 10", "classes: 10, values: 10", "J:16:31: output.classes and output.values: a job has one of "
		 "output.classes, output.values, output.labels"},
		{"{classes: 10}", "{labels: 10, values: 10}", "J:16:18: output.values and output.labels: a job has one of "
		 "output.classes, output.values, output.labels"},
		{"{classes: 10}", "{}", "J:16:9: output lacks the key 'classes' (or 'values', or 'labels')"},
		{"classes: 10", "values: 10, names: [a, b]", "J:16:29: output.names has 2 names, output.values is 10"},
		{"classes: 10", "values: 10, units: [K]", "J:16:29: output.units has 1 units, output.values is 10"},
		{"classes: 10", "values: 2, names: [a, a]", "J:16:32: output.names[1] is 'a', the name of another output"},
		{"classes: 10", "labels: 1, units: [K]", "J:16:28: output.units is for output.values, the job has "
		 "output.labels"},
		{"classes: 10", "classes: 10, normalize: none", "J:16:34: output.normalize is for output.values, the job has "
		 "output.classes"},
		{"classes: 10", "values: 10, delta: 2", "J:16:29: output.delta is not used by loss: squared-error"},
		{"loss: squared-error", "loss: huber", "J:14:7: loss: huber is not for output.classes"},
		{"loss: squared-error", "loss: binary-cross-entropy", "J:14:7: loss: binary-cross-entropy is not for "
		 "output.classes"},
		{"columns: 28", "columns: 28, classes: 10",
		 "J:3:50: input.classes has moved: write output: {classes: 10}"},
		{"pad: 2", "inputs: x", "J:2:47: data.inputs needs format: hdf5 or numpy"},
		{"pad: 2", "test: {inputs: /x}", "J:2:45: data.test needs format: hdf5 or numpy"},
		{"idx, directory: /data", "hdf5, file: x, inputs: a/b", "J:2:39: data.inputs is a name below /train and /test, "
		 "without a /; whole paths go into data.train.inputs and data.test.inputs"},
		{"idx, directory", "numpy, inputs: a/b, directory", "J:2:31: data.inputs is the NAME in train-NAME.npy and "
		 "test-NAME.npy, without a /; whole names go into data.train.inputs and data.test.inputs"},
		{"idx, directory: /data", "hdf5, file: x, test: {targets: t}", "J:2:47: data.test.targets is a whole path in the "
		 "file, which begins with a /"},
		{"pad: 2", "train: {file: x}", "J:2:53: data.train.file needs format: hdf5; of NumPy each array is a file, "
		 "data.train.inputs"},
		{"idx, directory: /data", "hdf5, train: {file: x}", "J:2:7: data lacks the key 'file', or data.test.file"},
		{"idx", "hdf5, file: x", "J:2:42: data.directory is not for this data.format, which has data.file"},
		{"pad: 2", "scale: 2", "J:2:46: data.scale needs data.normalize: none; the other words measure the inputs, and so "
		 "undo it"},
		{"pad: 2", "normalize: none, offset: [1, 2]", "J:2:64: data.offset has 2 numbers, there must be 1, or one for each "
		 "of input.maps: 1"},
		{"pad: 2", "normalize: none, scale: 0", "J:2:63: data.scale is 0, it must be above 0 and at most 1e+30"},
		{"pad: 2", "normalize: none, scale: {a: 1}", "J:2:63: data.scale must be a number or a list of numbers"},
		{"pad: 2", "test: 1", "J:2:45: data.test is 1, it must be at least 0 and below 1"},
		{"pad: 2", "test: x", "J:2:45: data.test: 'x' is not a finite number"},
		{"idx, directory: /data", "hdf5, file: x, test: {share: 0.1, inputs: /x}", "J:2:37: data.test: with a share of the "
		 "training samples there is no other test set: leave out the share or the other keys"},
		{"pad: 2", "classes: [a, 'b c']", "J:2:48: data.classes has moved: write output: {names: [a, 'b c']}"},
		{"idx, directory: /data", "memory, directory: /data",
		 "J:2:7: with format: memory a program holds the data: directory, file, validation and test are not allowed"},
		{"classes: 10", "classes: 10, names: [0123456789012345678901234567890123456789012345678901234567890123]",
		 "J:16:31: output.names[0] has 64 bytes, at most 63 are allowed"},
	};
	ALL_ARE_REFUSED(cases);
}

/* Two keys far from each other. */
static void keys_of_a_task(void **state)
{
	(void)state;
	static const struct {
		const char *output, *loss, *train, *text;
	} cases[] = {
		{"values: 10", "softmax-cross-entropy", "rate: 1", "J:14:7: loss: softmax-cross-entropy is not for output.values"},
		{"labels: 10", "absolute-error", "rate: 1", "J:14:7: loss: absolute-error is not for output.labels"},
		{"values: 10", "huber", "rate: 1, mixup: 0.1",
		 "J:15:48: train.mixup is for output.classes, the job has output.values"},
		{"values: 10", "huber", "rate: 1, smoothing: 0.1", "J:15:52: train.smoothing is not used by output.values"},
		{"values: 10", "absolute-error", "rate: 1, optimizer: sdlm", "J:15:52: optimizer: sdlm needs second "
		 "derivatives; those of loss: absolute-error are 0 (huber has some)"},
		{"values: 10, units: [a, b, c, d, e, f, g, h, i, j], normalize: standard, delta: 0.5", "huber", "rate: 1", NULL},
		{"labels: 10, names: [a, b, c, d, e, f, g, h, i, j]", "binary-cross-entropy", "rate: 1, smoothing: 0.1", NULL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err err = {0};
		char *output = with(good, "classes: 10", cases[i].output), *loss = with(output, "squared-error", cases[i].loss);
		char *text = with(loss, "rate: 0.01", cases[i].train);
		struct job *job = job_parse("J", text, &err);
		assert_string_equal(err.text, cases[i].text != NULL ? cases[i].text : "");
		assert_int_equal(job != NULL, cases[i].text == NULL);
		job_destroy(job);
		free(text);
		free(loss);
		free(output);
	}
}

static void connections(void **state)
{
	(void)state;
	static const struct bad cases[] = {
		{"tanh", "tanh, connections: some",
		 "J:5:76: layers[0].connections: unknown word 'some', one of: full, lenet5, pairs, "
		 "triples; or lists, [[0, 1], [1, 2], …]"},
		{"tanh", "tanh, connections: {a: b}",
		 "J:5:76: layers[0].connections must be a word or a list of lists"},
		{"tanh", "tanh, connections: [[0], [1]]",
		 "J:5:76: layers[0].connections has 2 lists, the layer has 3 maps"},
		{"tanh", "tanh, connections: [[0], [1], 2]",
		 "J:5:87: layers[0].connections[2] must be a list of input maps"},
		{"tanh", "tanh, connections: [[0], [], [2]]", "J:5:82: layers[0].connections[1] has no input map"},
		{"tanh", "tanh, connections: [[0], [1, 1], [2]]",
		 "J:5:86: layers[0].connections[1]: input map 1 after 1, they must ascend"},
		{"tanh", "tanh, connections: [[3, 1], [1], [2]]",
		 "J:5:81: layers[0].connections[0]: input map 1 after 3, they must ascend"},
		{"tanh", "tanh, connections: [[0], [-1], [2]]",
		 "J:5:83: layers[0].connections[1]: '-1' is no input map, 0 … 65535"},
		{"tanh", "tanh, connections: [[0], [65536], [2]]",
		 "J:5:83: layers[0].connections[1]: '65536' is no input map, 0 … 65535"},
		{"tanh", "tanh, connections: [[0], [[1]], [2]]",
		 "J:5:83: layers[0].connections[1]: '…' is no input map, 0 … 65535"},
	};
	ALL_ARE_REFUSED(cases);
}

static void yaml(void **state)
{
	(void)state;
	static const struct bad cases[] = {
		{"rate: 0.01}", "rate: 0.01",
		 "J:16:7: did not find expected ',' or '}' (while parsing a flow mapping)"},
		{"name: test", "name: 'test",
		 "J:17:1: found unexpected end of stream (while scanning a quoted scalar)"},
		{"name: test", "\tname: test",
		 "J:1:1: found character that cannot start any token (while scanning for the next token)"},
		{"name: test", "name: &a test", "J:1:7: a job file has no anchors (&name)"},
		{"data: {", "data: &a {", "J:2:7: a job file has no anchors (&name)"},
		{"name: test", "name: *a", "J:1:7: a job file has no aliases (*name)"},
		{"name: test", "name: !x test", "J:1:7: a job file has no tags (!name)"},
		{"layers:\n", "layers: !x\n", "J:4:9: a job file has no tags (!name)"},
		{"loss:", "---\nloss:", "J:14:1: a job file holds one document, a second begins here"},
		{"name: test", "name: [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", "J:1:22: nested deeper than 16"},
		{"name: test", "name: \xc3(", "J:1:8: invalid trailing UTF-8 octet"},
		{"größer", "gr\xff", "J:2:52: invalid leading UTF-8 octet"},
		{"name: test", "name: \x01", "J:1:7: control characters are not allowed"},
	};
	ALL_ARE_REFUSED(cases);
}

static void whole_texts(void **state)
{
	(void)state;
	static const struct {
		const char *whole, *text;
	} cases[] = {
		{"", "J:1:1: an empty file is no job"},
		{"# only a comment\n", "J:1:1: an empty file is no job"},
		{"---\n", "J:2:1: a job file must be a mapping, key: value"},
		{"- a\n- b\n", "J:1:1: a job file must be a mapping, key: value"},
		{"{}", "J:1:1: the job lacks the key 'name'"},
		{"\xef\xbb\xbf- a\n", "J:1:1: a job file must be a mapping, key: value"},
		{"\xef\xbb\xbf{}", "J:1:1: the job lacks the key 'name'"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err err = {0};
		assert_null(job_parse("J", cases[i].whole, &err));
		assert_string_equal(err.text, cases[i].text);
		assert_int_equal(err.code, EX_CONFIG);
	}
}

/* 256 layers are read, 257 are refused; so is a text of more than JOB_BYTES. */
static void sizes(void **state)
{
	(void)state;
	static const char line[] = "  - {type: full, units: 1}\n";
	for (size_t extra = JOB_LAYERS - 5; extra <= JOB_LAYERS - 4; extra++) {
		char *lines = calloc(extra + 1, sizeof line);
		assert_non_null(lines);
		for (size_t i = 0; i < extra; i++)
			memcpy(lines + i * (sizeof line - 1), line, sizeof line);
		char *text = with(good, "  # maxima\n", lines);
		struct err err = {0};
		struct job *job = job_parse("J", text, &err);
		assert_true((job != NULL) == (extra == JOB_LAYERS - 5));
		assert_string_equal(err.text, job != NULL ? "" : "J:5:3: layers has 257 entries, it must have 1 to 256");
		job_destroy(job);
		free(text);
		free(lines);
	}
	for (size_t bytes = JOB_BYTES; bytes <= JOB_BYTES + 1; bytes++) {
		char *text = malloc(bytes + 1);
		assert_non_null(text);
		memset(text, '\n', bytes);
		memcpy(text, good, sizeof good - 1);
		text[bytes] = 0;
		struct err err = {0};
		struct job *job = job_parse("J", text, &err);
		assert_true((job != NULL) == (bytes == JOB_BYTES));
		assert_string_equal(err.text, job != NULL ? "" : "J: larger than 1048576 bytes, which no job file is");
		job_destroy(job);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys), cmocka_unit_test(words), cmocka_unit_test(numbers), cmocka_unit_test(kinds), cmocka_unit_test(keys_of_a_task),
		cmocka_unit_test(connections), cmocka_unit_test(yaml), cmocka_unit_test(whole_texts),
		cmocka_unit_test(sizes),
	};
	return cmocka_run_group_tests_name("errors", tests, NULL, NULL);
}
