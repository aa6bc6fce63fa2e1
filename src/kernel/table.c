/* The table of fast kernels of one instruction set. Compiled once for each, with KERNEL_TABLE naming the table and the
 * compiler's flags choosing the vectors. */
#include "activation.h"
#include "apart.h"
#include "correlate.h"
#include "correlate_input.h"
#include "correlate_kernels.h"
#include "fixed.h"
#include "full.h"
#include "grid_kernels.h"
#include "loss.h"
#include "loss_numbers.h"
#include "batch_norm.h"
#include "peak.h"
#include "single.h"
#include "update.h"
#include "warp.h"
#include "window.h"
#include "winograd.h"

extern const struct kernels KERNEL_TABLE;

const struct kernels KERNEL_TABLE = {
	.isa = VECTOR_ISA,
	.correlate = correlate,
	.correlate_input = correlate_input,
	.correlate_kernels = correlate_kernels,
	.winograd_prepare = winograd_prepare,
	.winograd = winograd,
	.winograd_delta = winograd_delta,
	.winograd_input = winograd_input,
	.winograd_kernels = winograd_kernels,
	.grid_prepare = grid_prepare,
	.grid = grid,
	.grid_input = grid_input,
	.grid_kernels = grid_kernels,
	.single = single,
	.single_input = single_input,
	.single_kernels = single_kernels,
	.full = full,
	.full_input = full_input,
	.full_weights = full_weights,
	.subsample = subsample,
	.subsample_back = subsample_back,
	.pool_max = pool_max,
	.pool_max_back = pool_max_back,
	.pool_mean = pool_mean,
	.pool_mean_back = pool_mean_back,
	.moments = moments,
	.batch_norm = batch_norm,
	.batch_norm_sums = batch_norm_sums,
	.batch_norm_input = batch_norm_input,
	.batch_norm_curve = batch_norm_curve,
	.multiply = multiply,
	.add = add,
	.activate = activate,
	.activate_back = activate_back,
	.activate_apart = activate_apart,
	.activate_apart_back = activate_apart_back,
	.squared_error = squared_error,
	.cross_entropy = cross_entropy,
	.squared_numbers = squared_numbers,
	.absolute_numbers = absolute_numbers,
	.huber_numbers = huber_numbers,
	.binary_entropy = binary_entropy,
	.warp_field = warp_field,
	.warp_image = warp_image,
	.warp_floats = warp_floats,
	.warp_classes = warp_classes,
	.fixed_add = fixed_add,
	.fixed_mean = fixed_mean,
	.momentum = momentum,
	.adagrad = adagrad,
	.rmsprop = rmsprop,
	.adam = adam,
	.curved = curved,
	.norm = norm,
	.slope = slope,
	.lamb = lamb,
	.descend = descend,
	.average = average,
	.peak = peak,
};
