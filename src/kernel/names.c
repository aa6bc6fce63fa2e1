/* The words of activations, and the targets that fit them. */
#include <convoy/kernel.h>

const char *activation_name(enum activation f)
{
	static const char *const name[ACTIVATIONS] = {"linear", "sigmoid", "tanh", "scaled-tanh", "relu"};
	return name[f];
}

void activation_targets(enum activation f, float *low, float *high)
{
	*high = 1;
	*low = f == ACTIVATION_TANH || f == ACTIVATION_SCALED_TANH ? -1 : 0;
}
