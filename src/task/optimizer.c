/* The optimizers, a row each: their words, what they keep and take, their rules. */
#include <convoy/task.h>

#include <string.h>

static void sgd_update(const struct kernels *kernels, size_t count, float *w, float *const kept[], float *g,
                       const struct update *u)
{
	kernels->momentum(count, w, kept[0], g, u);
}

static void adagrad_update(const struct kernels *kernels, size_t count, float *w, float *const kept[], float *g,
                           const struct update *u)
{
	kernels->adagrad(count, w, kept[0], g, u);
}

static void rmsprop_update(const struct kernels *kernels, size_t count, float *w, float *const kept[], float *g,
                           const struct update *u)
{
	kernels->rmsprop(count, w, kept[0], kept[1], g, u);
}

static void adam_update(const struct kernels *kernels, size_t count, float *w, float *const kept[], float *g,
                        const struct update *u)
{
	kernels->adam(count, w, kept[0], kept[1], g, u);
}

static void sdlm_update(const struct kernels *kernels, size_t count, float *w, float *const kept[], float *g,
                        const struct update *u)
{
	kernels->curved(count, w, kept[0], kept[1], g, u);
}

/* A trust ratio is 1 where either norm is 0: a tensor of zeros would never move, and a slope of zeros has no length. */
static void lars_update(const struct kernels *kernels, size_t count, float *w, float *const kept[], float *g,
                        const struct update *u)
{
	if (u->trusted) {
		double own = kernels->norm(count, w), slope = kernels->norm(count, g), decay = (double)u->decay;
		double ratio = own > 0 && slope > 0 ? u->trust * own / (slope + decay * own + (double)u->epsilon) : 1;
		kernels->slope(count, g, w, ratio, decay);
	}
	kernels->momentum(count, w, kept[0], g, u);
}

static void lamb_update(const struct kernels *kernels, size_t count, float *w, float *const kept[], float *g,
                        const struct update *u)
{
	if (!u->trusted) {
		adam_update(kernels, count, w, kept, g, u);
		return;
	}
	kernels->lamb(count, w, kept[0], kept[1], g, u);
	double own = kernels->norm(count, w), step = kernels->norm(count, g);
	kernels->descend(count, w, g, (double)u->rate * (own > 0 && step > 0 ? own / step : 1));
}

const struct key_word optimizer_words[] = {
	{"sgd", OPTIMIZER_SGD}, {"adagrad", OPTIMIZER_ADAGRAD}, {"rmsprop", OPTIMIZER_RMSPROP}, {"adam", OPTIMIZER_ADAM},
	{"adamw", OPTIMIZER_ADAMW}, {"sdlm", OPTIMIZER_SDLM},
	{"lars", OPTIMIZER_LARS}, {"lamb", OPTIMIZER_LAMB}, {0},
};

const char *optimizer_name(enum optimizer optimizer)
{
	return key_word_name(optimizer_words, optimizer);
}

const struct optimizer_type *optimizer_type(enum optimizer optimizer)
{
	/* The velocity stands at the top: checkpoints of sgd came first and had nothing else. */
	static const struct optimizer_type types[OPTIMIZERS] = {
		[OPTIMIZER_SGD] = {
			.vector = {{.group = "optimizer"}}, .keys = {"momentum", "nesterov"}, .scaling = 1, .update = sgd_update,
		},
		[OPTIMIZER_ADAGRAD] = {
			.vector = {{.group = "optimizer/squares", .squares = true}}, .keys = {"epsilon"}, .update = adagrad_update,
		},
		[OPTIMIZER_RMSPROP] = {
			.vector = {{.group = "optimizer"}, {.group = "optimizer/squares", .squares = true}},
			.keys = {"momentum", "beta2", "epsilon"}, .beta2 = 0.99, .scaling = 0.5,
			.update = rmsprop_update,
		},
		[OPTIMIZER_ADAM] = {
			.vector = {{.group = "optimizer/first_moment"}, {.group = "optimizer/second_moment", .squares = true}},
			.keys = {"beta1", "beta2", "epsilon"}, .scaling = 0.5, .coupled = true, .unbiased = true,
			.update = adam_update,
		},
		[OPTIMIZER_ADAMW] = {
			.vector = {{.group = "optimizer/first_moment"}, {.group = "optimizer/second_moment", .squares = true}},
			.keys = {"beta1", "beta2", "epsilon"}, .scaling = 0.5, .unbiased = true, .update = adam_update,
		},
		[OPTIMIZER_SDLM] = {
			.vector = {{.group = "optimizer"}, {.group = "optimizer/curvature", .squares = true, .measured = true}},
			.keys = {"momentum", "damping", "curvature"}, .coupled = true, .update = sdlm_update,
		},
		[OPTIMIZER_LARS] = {
			.vector = {{.group = "optimizer"}}, .keys = {"momentum", "nesterov", "trust", "epsilon"},
			.coupled = true, .trusts = true, .update = lars_update,
		},
		[OPTIMIZER_LAMB] = {
			.vector = {{.group = "optimizer/first_moment"}, {.group = "optimizer/second_moment", .squares = true}},
			.keys = {"beta1", "beta2", "epsilon"}, .epsilon = 1e-6, .scaling = 0.5, .coupled = true, .trusts = true,
			.unbiased = true, .update = lamb_update,
		},
	};
	return &types[optimizer];
}

bool optimizer_takes(enum optimizer optimizer, const char *key)
{
	const char *const *keys = optimizer_type(optimizer)->keys;
	for (size_t k = 0; k < OPTIMIZER_KEYS && keys[k] != NULL; k++)
		if (strcmp(keys[k], key) == 0)
			return true;
	return false;
}

size_t optimizer_measured(enum optimizer optimizer)
{
	size_t s = 0;
	while (s < OPTIMIZER_VECTORS && !optimizer_type(optimizer)->vector[s].measured)
		s++;
	return s;
}
