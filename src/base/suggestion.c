#include <convoy/base.h>

#include <ctype.h>
#include <string.h>

enum { LONGEST = 40, FAR = 2 }; /* letters of a word; the distance at which a guess is still one */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Row i of the table holds the distances of the first i letters typed to all beginnings of the word. */
static size_t distance(const char *typed, size_t length, const char *word, size_t letters)
{
	size_t table[3][LONGEST + 1];
	for (size_t k = 0; k <= letters; k++)
		table[0][k] = k;
	for (size_t i = 1; i <= length; i++) {
		size_t *row = table[i % 3], *above = table[(i - 1) % 3], *second = table[(i + 1) % 3];
		row[0] = i;
		for (size_t k = 1; k <= letters; k++) {
			int a = tolower((unsigned char)typed[i - 1]), b = tolower((unsigned char)word[k - 1]);
			row[k] = least(least(above[k], row[k - 1]) + 1, above[k - 1] + (a != b));
			if (i > 1 && k > 1 && a == tolower((unsigned char)word[k - 2]) &&
			    b == tolower((unsigned char)typed[i - 2]))
				row[k] = least(row[k], second[k - 2] + 1);
		}
	}
	return table[length % 3][letters];
}

void suggestion_offer(struct suggestion *suggestion, const char *word)
{
	size_t letters = strlen(word);
	if (suggestion->length > LONGEST || letters > LONGEST)
		return;
	size_t apart = distance(suggestion->typed, suggestion->length, word, letters);
	if (apart > least(FAR, suggestion->length / 2) || (suggestion->word != NULL && apart >= suggestion->distance))
		return;
	suggestion->word = word;
	suggestion->distance = apart;
}
