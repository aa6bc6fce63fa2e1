/* The words of activations, and the targets that fit them. */
#include <convoy/kernel.h>

const struct key_word activation_words[] = {
	{"linear", ACTIVATION_LINEAR}, {"sigmoid", ACTIVATION_SIGMOID}, {"tanh", ACTIVATION_TANH},
	{"scaled-tanh", ACTIVATION_SCALED_TANH}, {"relu", ACTIVATION_RELU}, {0},
};

const char *activation_name(enum activation f)
{
	return key_word_name(activation_words, f);
}

void activation_targets(enum activation f, float *low, float *high)
{
	*high = 1;
	*low = f == ACTIVATION_TANH || f == ACTIVATION_SCALED_TANH ? -1 : 0;
}
