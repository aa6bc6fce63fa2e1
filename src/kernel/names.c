/* The words of activations, what they need, and the targets that fit them. */
#include <convoy/kernel.h>

const struct key_word activation_words[] = {
	{"linear", ACTIVATION_LINEAR}, {"sigmoid", ACTIVATION_SIGMOID}, {"tanh", ACTIVATION_TANH},
	{"scaled-tanh", ACTIVATION_SCALED_TANH}, {"relu", ACTIVATION_RELU}, {"leaky-relu", ACTIVATION_LEAKY_RELU},
	{"elu", ACTIVATION_ELU}, {"gelu", ACTIVATION_GELU}, {"swish", ACTIVATION_SWISH},
	{"softplus", ACTIVATION_SOFTPLUS}, {0},
};

const char *activation_name(enum activation f)
{
	return key_word_name(activation_words, f);
}

bool activation_apart(enum activation f)
{
	return f > ACTIVATION_RELU;
}

bool activation_keeps_u(enum activation f)
{
	return f == ACTIVATION_GELU || f == ACTIVATION_SWISH;
}

void activation_targets(enum activation f, float *low, float *high)
{
	*high = 1;
	*low = f == ACTIVATION_TANH || f == ACTIVATION_SCALED_TANH ? -1 : 0;
}
