/* The words of activations and losses, and the targets that fit them. */
#include <convoy/kernel.h>

const char *activation_name(enum activation f)
{
	static const char *const name[ACTIVATIONS] = {"linear", "sigmoid", "tanh", "scaled-tanh", "relu"};
	return name[f];
}

const char *loss_name(enum loss loss)
{
	static const char *const name[LOSSES] = {"squared-error", "softmax-cross-entropy"};
	return name[loss];
}

void activation_targets(enum activation f, float *low, float *high)
{
	*high = 1;
	*low = f == ACTIVATION_TANH || f == ACTIVATION_SCALED_TANH ? -1 : 0;
}

void loss_targets(enum loss loss, enum activation f, size_t classes, double smoothing, double *low, double *high)
{
	float least = 0, most = 1;
	if (loss == LOSS_SQUARED_ERROR)
		activation_targets(f, &least, &most);
	double spread = smoothing * (double)(most - least) / (double)classes;
	*low = (double)least + spread;
	*high = (double)most - smoothing * (double)(most - least) + spread;
}
