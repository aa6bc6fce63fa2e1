/* The measure of each task by which epochs and runs are compared. */
#include <convoy/task.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct measure share = {"error", "error", true, "share of ", " guessed wrong"};
static const struct measure absolute = {"mae", "MAE", false, "mean absolute error of ", ""};

const struct measure *task_measure(enum task task)
{
	return task == TASK_VALUES ? &absolute : &share;
}

const struct measure *measure_at(size_t index)
{
	static const struct measure *const all[] = {&share, &absolute};
	return index < sizeof all / sizeof *all ? all[index] : NULL;
}

const char *measure_text(const struct measure *measure, double value, char text[MEASURE_TEXT])
{
	if (isnan(value))
		strcpy(text, "none");
	else
		snprintf(text, MEASURE_TEXT, measure->share ? "%.2f%%" : "%.4g", measure->share ? 100 * value : value);
	return text;
}

const char *loss_text(const struct measure *measure, double loss, char text[MEASURE_TEXT])
{
	if (isnan(loss))
		strcpy(text, "none");
	else
		snprintf(text, MEASURE_TEXT, measure->share ? "%.4f" : "%.4g", loss);
	return text;
}

/* Lane by lane in the innermost loop, which becomes vectors. */
void class_guesses(const struct task_spec *task, const float *y, size_t position, int32_t guess[LANES])
{
	float most[LANES];
	for (size_t lane = 0; lane < LANES; lane++) {
		most[lane] = y[position * LANES + lane];
		guess[lane] = 0;
	}
	for (size_t k = 1; k < task->count; k++) {
		const float *own = y + (k * task->positions + position) * LANES;
		for (size_t lane = 0; lane < LANES; lane++) {
			guess[lane] = own[lane] > most[lane] ? (int32_t)k : guess[lane];
			most[lane] = own[lane] > most[lane] ? own[lane] : most[lane];
		}
	}
}

/* Returns the output above which a label is guessed to hold. */
static double threshold_of(const struct task_spec *task, enum activation f)
{
	struct task_spec plain = *task;
	plain.smoothing = 0;
	const struct targets ends = loss_targets(&plain, f);
	return task->loss == LOSS_BINARY_CROSS_ENTROPY ? 0 : (ends.low + ends.high) / 2;
}

/* Returns what one value or label of a target adds to its sample's measure. */
static double number_measure(const struct task_spec *task, double threshold, const float *y,
                             const struct block_targets *targets, size_t i, size_t lane)
{
	size_t at = i * LANES + lane;
	double unit = task->unit != NULL ? task->unit[i / task->positions] : 1;
	if (task->task == TASK_VALUES)
		return unit * fabs((double)y[at] - (double)targets->value[at]);
	return (y[at] > threshold) != (targets->value[at] > 0.5f);
}

void block_measure(const struct task_spec *task, enum activation f, const float *y,
                   const struct block_targets *targets, double measure[LANES])
{
	double threshold = threshold_of(task, f);
	for (size_t lane = 0; lane < LANES; lane++)
		measure[lane] = 0;
	for (size_t i = 0; i < task_numbers(task); i++) {
		int32_t guess[LANES];
		bool classes = task->task == TASK_CLASSES;
		if (classes)
			class_guesses(task, y, i, guess);
		for (size_t lane = 0; lane < LANES; lane++)
			if (targets->weight[lane] > 0)
				measure[lane] += classes ? guess[lane] != targets->class[i * LANES + lane]
				                         : number_measure(task, threshold, y, targets, i, lane);
	}
	for (size_t lane = 0; lane < LANES; lane++)
		measure[lane] *= (double)targets->weight[lane];
}

/* ---- Values ------------------------------------------------------------------------------------------------------ */

static const double weight_units = 0x1p20;

void largest_add(struct value_largest *largest, const struct value_largest *other)
{
	if (other->error > largest->error || (other->error == largest->error && other->sample < largest->sample))
		*largest = *other;
}

/* Limbs of 32 bits, so that very many blocks can be added. */
static void sums_carry(struct value_sums *sums)
{
	exact_carry(EXACT_LIMBS, sums->error);
	exact_carry(EXACT_WIDE, sums->squares);
	exact_carry(EXACT_LIMBS, sums->target);
	exact_carry(EXACT_WIDE, sums->target_squares);
}

void values_add(const struct task_spec *task, const float *y, const struct block_targets *targets,
                const uint32_t *sample, struct value_sums *sums, struct value_largest *largest)
{
	for (size_t i = 0; i < task_numbers(task); i++) {
		struct value_sums *own = &sums[i / task->positions];
		for (size_t lane = 0; lane < LANES; lane++) {
			if (targets->weight[lane] == 0)
				continue;
			double t = targets->value[i * LANES + lane], miss = (double)y[i * LANES + lane] - t;
			double units = (double)targets->weight[lane] * weight_units;
			struct value_largest here = {fabs(miss), sample[lane]};
			largest_add(&largest[i / task->positions], &here);
			exact_add(EXACT_LIMBS, own->error, units * fabs(miss));
			exact_add(EXACT_WIDE, own->squares, units * miss * miss);
			exact_add(EXACT_LIMBS, own->target, units * t);
			exact_add(EXACT_WIDE, own->target_squares, units * t * t);
			own->weight += (int64_t)units;
		}
		if ((i + 1) % task->positions == 0)
			sums_carry(own);
	}
}

struct value_measures value_measures(const struct value_sums *sums, double unit)
{
	double weight = (double)sums->weight, squares = exact_value(EXACT_WIDE, sums->squares);
	struct value_measures out = {NAN, NAN, NAN};
	if (sums->weight <= 0)
		return out;
	out.mae = unit * exact_value(EXACT_LIMBS, sums->error) / weight;
	out.rmse = unit * sqrt(squares / weight);
	double spread = exact_spread((uint64_t)sums->weight, sums->target, sums->target_squares);
	out.r2 = spread > 0 ? 1 - squares * weight / spread : squares == 0;
	return out;
}

/* ---- Labels ------------------------------------------------------------------------------------------------------ */

void labels_add(const struct task_spec *task, enum activation f, const float *y, const struct block_targets *targets,
                struct label_sums *sums, int64_t *exact)
{
	double threshold = threshold_of(task, f);
	for (size_t lane = 0; lane < targets->count; lane++) {
		int64_t units = (int64_t)((double)targets->weight[lane] * weight_units);
		bool right = true;
		for (size_t k = 0; k < task->count; k++) {
			bool guess = y[k * LANES + lane] > threshold, is = targets->value[k * LANES + lane] > 0.5f;
			sums[k].true_positive += guess && is ? units : 0;
			sums[k].false_positive += guess && !is ? units : 0;
			sums[k].true_negative += !guess && !is ? units : 0;
			sums[k].false_negative += !guess && is ? units : 0;
			right = right && guess == is;
		}
		*exact += right ? units : 0;
	}
}

static double quotient(double part, double whole)
{
	return whole > 0 ? part / whole : NAN;
}

struct label_measures label_measures(const struct label_sums *sums)
{
	double hits = (double)sums->true_positive, wrong = (double)sums->false_positive + (double)sums->false_negative;
	return (struct label_measures){
		.error = quotient(wrong, wrong + hits + (double)sums->true_negative),
		.precision = quotient(hits, hits + (double)sums->false_positive),
		.recall = quotient(hits, hits + (double)sums->false_negative),
		.f1 = quotient(2 * hits, 2 * hits + wrong),
		.iou = quotient(hits, hits + wrong),
	};
}
