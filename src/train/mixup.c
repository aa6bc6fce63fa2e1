/* Mixup (mathematics, Mixup): each sample of a batch has another one of it as its partner, and takes a share of it. */
#include "train.h"

#include <math.h>
#include <stdlib.h>

/* ---- Of a batch -------------------------------------------------------------------------------------------------- */

float mixup_share(double alpha, uint64_t seed, uint64_t epoch, uint32_t number)
{
	/* Of λ, drawn from Beta(α, α), 2λ − 1 is t / √(2α + t²), t of Student's distribution with 2α degrees of freedom.
	 * Bailey (1994) draws it from two uniform numbers: t²/2α = (u^(−1/α) − 1) cos² πv. */
	double u = 1 - random_uniform(seed, RANDOM_MIXUP, epoch, (uint64_t)number << 1 | 1);
	double cosine = scalar_cospi(random_uniform(seed, RANDOM_MIXUP, epoch, (uint64_t)number << 1));
	double ratio = cosine != 0 ? (scalar_exp(-scalar_log(u) / alpha) - 1) * cosine * cosine : 0;
	double away = ratio > 0 ? sqrt(1 / (1 + 1 / ratio)) : 0; /* 2λ − 1 */
	return (float)ldexp(floor(ldexp(0.5 * (1 - away), DATA_WEIGHT_BITS) + 0.5), -DATA_WEIGHT_BITS);
}

void mixup_partners(uint64_t seed, uint64_t epoch, size_t first, size_t count, const uint32_t *sample,
                    uint32_t *partner)
{
	for (size_t i = 0; i < count; i++)
		partner[i] = sample[i];
	for (size_t i = count; i-- > 1;) {
		size_t j = (size_t)random_below(seed, RANDOM_PARTNER, epoch, first + i, i + 1);
		uint32_t swap = partner[i];
		partner[i] = partner[j];
		partner[j] = swap;
	}
}

int mixup_open(struct mixup *out, const struct job *job, const struct dataset *set, struct err *err)
{
	*out = (struct mixup){.alpha = job->train.mixup, .seed = job->train.seed};
	if (out->alpha == 0)
		return 0;
	if (set->array[DATA_WEIGHTS].bytes != NULL)
		return err_set(err, EX_CONFIG, "train.mixup is not for samples with weights");
	out->partner = memory_zeroed(job->train.batch, sizeof *out->partner, err);
	out->share = memory_zeroed(job->train.batch, sizeof *out->share, err);
	return out->partner != NULL && out->share != NULL ? 0 : -1;
}

void mixup_close(struct mixup *mixup)
{
	free(mixup->partner);
	free(mixup->share);
	*mixup = (struct mixup){0};
}

void mixup_draw(const struct mixup *mixup, const struct dataset *set, size_t first, struct batch *batch)
{
	if (mixup->alpha == 0)
		return;
	mixup_partners(mixup->seed, batch->epoch, first, batch->count, batch->sample, mixup->partner);
	for (size_t i = 0; i < batch->count; i++) {
		uint32_t sample = batch->sample[i], number = set->number != NULL ? set->number[sample] : sample;
		mixup->share[i] = mixup_share(mixup->alpha, mixup->seed, batch->epoch, number);
	}
	batch->partner = mixup->partner;
	batch->share = mixup->share;
}

/* ---- Of a block -------------------------------------------------------------------------------------------------- */

void mixup_block(struct worker *worker, const uint32_t *partner, const float *share)
{
	struct pass *pass = &worker->pass;
	struct block_targets *targets = &pass->targets;
	float *x = pass->map[0], of_partner[LANES] = {0}, own[LANES] = {0};
	batcher_fill(&worker->batcher, partner, targets->count, worker->partner, NULL);
	for (size_t lane = 0; lane < targets->count; lane++) {
		of_partner[lane] = share[lane];
		own[lane] = 1 - share[lane];
		targets->share[lane] = share[lane];
		targets->other[lane] = (int32_t)dataset_class(worker->batcher.set, partner[lane]);
	}
	for (size_t i = 0; i < shape_size(pass->net->input) * LANES; i += LANES)
		for (size_t lane = 0; lane < LANES; lane++)
			x[i + lane] = own[lane] * x[i + lane] + of_partner[lane] * worker->partner[i + lane];
}
