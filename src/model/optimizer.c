/* What each optimizer keeps from step to step. */
#include <convoy/model.h>

const struct optimizer_rule *optimizer_rule(enum optimizer optimizer)
{
	/* The velocity stands at the top: checkpoints of sgd came first and had nothing else. */
	static const struct optimizer_rule rules[OPTIMIZERS] = {
		[OPTIMIZER_SGD] = {1, {"optimizer"}},
		[OPTIMIZER_ADAGRAD] = {1, {"optimizer/squares"}, {true}},
		[OPTIMIZER_RMSPROP] = {2, {"optimizer", "optimizer/squares"}, {false, true}},
		[OPTIMIZER_ADAM] = {2, {"optimizer/first_moment", "optimizer/second_moment"}, {false, true}},
		[OPTIMIZER_SDLM] = {2, {"optimizer", "optimizer/curvature"}, {false, true}},
		[OPTIMIZER_ADAMW] = {2, {"optimizer/first_moment", "optimizer/second_moment"}, {false, true}},
	};
	return &rules[optimizer];
}
