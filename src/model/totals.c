/* Sums over samples: loss, first measure, weight. */
#include <convoy/model.h>

#include <math.h>

static const double weight_unit = 0x1p-20;

/* Whether the loss of a lane means that training diverged. That of classes depends on no unit: beyond 65,536 it never
 * comes back, long before it is infinite. */
static bool diverged(const struct pass *pass, float loss, size_t lane)
{
	const struct task_spec *task = &pass->net->task;
	bool unit = task->task != TASK_CLASSES || task->weight != NULL;
	return !isfinite(loss) || (!unit && loss != 0 && loss >= 65536 * pass->targets.weight[lane]);
}

bool totals_block(struct totals *out, const struct pass *pass, const struct verdict *verdict)
{
	const struct net *net = pass->net;
	const struct stop *last = &net->stop[net->layers - 1];
	double measure[LANES];
	*out = (struct totals){.samples = (int64_t)pass->targets.count};
	block_measure(&net->task, last->layer->activation, pass->map[last->out], &pass->targets, measure);
	for (size_t lane = 0; lane < LANES; lane++) {
		if (diverged(pass, verdict->loss[lane], lane) || !isfinite((float)measure[lane]))
			return false;
		exact_add(EXACT_LIMBS, out->loss, (double)verdict->loss[lane]);
		exact_add(EXACT_LIMBS, out->measure, measure[lane]);
		out->weight += (int64_t)((double)pass->targets.weight[lane] / weight_unit);
	}
	out->divisor = block_divisor(&net->task, &pass->targets);
	/* Limbs of 32 bits: those of 2^30 blocks can be added. */
	exact_carry(EXACT_LIMBS, out->loss);
	exact_carry(EXACT_LIMBS, out->measure);
	return true;
}

void totals_add(struct totals *to, const struct totals *from)
{
	for (size_t i = 0; i < EXACT_LIMBS; i++) {
		to->loss[i] += from->loss[i];
		to->measure[i] += from->measure[i];
	}
	exact_carry(EXACT_LIMBS, to->loss);
	exact_carry(EXACT_LIMBS, to->measure);
	to->weight += from->weight;
	to->divisor += from->divisor;
	to->samples += from->samples;
}

double totals_loss(const struct totals *totals)
{
	double divisor = (double)totals->divisor * weight_unit;
	return divisor > 0 ? exact_value(EXACT_LIMBS, totals->loss) / divisor : 0;
}

double totals_measure(const struct totals *totals, const struct task_spec *task)
{
	double weight = (double)totals->weight * weight_unit * (double)task_numbers(task);
	return weight > 0 ? exact_value(EXACT_LIMBS, totals->measure) / weight : 0;
}
