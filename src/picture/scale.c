/* Colours for numbers. */
#include <convoy/picture.h>

#include <math.h>

enum { STOPS = 5 };

/* Colours at equal distances, low to high; between them they are mixed. */
static const struct colour stops[][STOPS] = {
	[PALETTE_GREY] = {{0, 0, 0}, {64, 64, 64}, {128, 128, 128}, {191, 191, 191}, {255, 255, 255}},
	[PALETTE_SIGNED] = {{20, 60, 140}, {110, 160, 215}, {250, 250, 250}, {225, 130, 100}, {150, 15, 40}},
	[PALETTE_HEAT] = {{10, 5, 40}, {90, 20, 110}, {190, 50, 90}, {245, 130, 40}, {255, 245, 170}},
};

static uint8_t mix(uint8_t from, uint8_t to, float share)
{
	return (uint8_t)lrintf((float)from + ((float)to - (float)from) * share);
}

struct colour scale_colour(const struct scale *scale, float value)
{
	if (isnan(value))
		return (struct colour){0, 160, 60};
	float range = scale->high - scale->low;
	float at = range > 0 ? (value - scale->low) / range * (STOPS - 1) : (STOPS - 1) / 2.0f;
	at = at > 0 ? (at < STOPS - 1 ? at : STOPS - 1) : 0;
	size_t stop = at < STOPS - 1 ? (size_t)at : STOPS - 2;
	const struct colour *a = &stops[scale->palette][stop], *b = a + 1;
	float share = at - (float)stop;
	return (struct colour){mix(a->red, b->red, share), mix(a->green, b->green, share), mix(a->blue, b->blue, share)};
}

float values_largest(size_t count, const float *value)
{
	float most = 0;
	for (size_t i = 0; i < count; i++)
		most = fmaxf(most, fabsf(value[i]));
	return most;
}
