/* Scalar functions that give the same bits on every machine: additions, multiplications and divisions only. */
#include <convoy/kernel.h>

#include <math.h>
#include <string.h>

static double power_of_two(int exponent)
{
	uint64_t bits = (uint64_t)(exponent + 1023) << 52;
	double power;
	memcpy(&power, &bits, sizeof power);
	return power;
}

double scalar_exp(double x)
{
	if (!(x > -745.2))
		return x != x ? x : 0;
	if (x > 710)
		return HUGE_VAL; /* just below it, the last product overflows */
	double shifted = x * 0x1.71547652b82fep+0 + 0x1.8p52;
	double n = shifted - 0x1.8p52;
	double r = (x - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33;
	double sum = 1;
	/* |r| ≤ 0.347: the term after r^17 / 17! is below 2^-80. Added from the smallest. */
	for (int i = 17; i >= 1; i--)
		sum = 1 + r / i * sum;
	int whole = (int)n, half = whole / 2;
	return sum * power_of_two(half) * power_of_two(whole - half);
}

double scalar_log(double x)
{
	int n = 0;
	if (!(x > 0 && x < HUGE_VAL))
		return x == 0 ? -HUGE_VAL : x > 0 ? x : NAN;
	for (; x < 0x1.6a09e667f3bcdp-1 * 0x1p-20; x *= 0x1p20)
		n -= 20;
	for (; x < 0x1.6a09e667f3bcdp-1; x *= 2)
		n--;
	for (; x > 0x1.6a09e667f3bcdp+0 * 0x1p20; x *= 0x1p-20)
		n += 20;
	for (; x > 0x1.6a09e667f3bcdp+0; x *= 0.5)
		n++;
	double s = (x - 1) / (x + 1), square = s * s, sum = 0;
	/* s ≤ 0.172: s^25 / 25 is below 2^-68 of s. */
	for (int i = 25; i >= 3; i -= 2)
		sum = (sum + 1.0 / i) * square;
	return n * 0x1.62e42feep-1 + (n * 0x1.a39ef35793c76p-33 + (2 * s * sum + 2 * s));
}

double scalar_cospi(double x)
{
	/* Around its zero the cosine is a sine: 1 − … would lose all but the first digits. */
	bool sine = x > 0.25 && x < 0.75, mirrored = x >= 0.75;
	double angle = (sine ? 0.5 - x : mirrored ? 1 - x : x) * 0x1.921fb54442d18p+1, square = angle * angle, sum = 1;
	for (int i = sine ? 21 : 20; i >= 2; i -= 2)
		sum = 1 - square / (i * (i - 1)) * sum;
	return sine ? angle * sum : mirrored ? -sum : sum;
}

void softmax_rows(size_t rows, size_t columns, const float *c, float *alpha)
{
	for (size_t j = 0; j < rows; j++, c += columns, alpha += columns) {
		double largest = c[0], sum = 0;
		for (size_t i = 1; i < columns; i++)
			largest = c[i] > largest ? c[i] : largest;
		for (size_t i = 0; i < columns; i++)
			sum += scalar_exp(c[i] - largest);
		for (size_t i = 0; i < columns; i++)
			alpha[i] = (float)(scalar_exp(c[i] - largest) / sum);
	}
}

void softmax_rows_back(size_t rows, size_t columns, const float *alpha, const float *dalpha, float *dc)
{
	for (size_t j = 0; j < rows; j++, alpha += columns, dalpha += columns, dc += columns) {
		double mean = 0;
		for (size_t i = 0; i < columns; i++)
			mean += (double)alpha[i] * dalpha[i];
		for (size_t i = 0; i < columns; i++)
			dc[i] = (float)(alpha[i] * (dalpha[i] - mean));
	}
}
