/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include "suggest.h"

#include <string.h>

/* Longer words are never compared: nobody mistypes them by a letter or two. */
enum { MAX_WORD = 63 };

static unsigned min2(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Not tolower(): names are ASCII, whatever the locale says. */
static unsigned char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

unsigned cow_word_distance(const char *a, const char *b, unsigned limit)
{
	/* Rows i - 2, i - 1 and i of the table of prefix distances. */
	unsigned char rows[3][MAX_WORD + 1];
	unsigned char *before = rows[0], *last = rows[1], *row = rows[2];
	size_t na = strnlen(a, MAX_WORD + 1), nb = strnlen(b, MAX_WORD + 1);
	size_t i, j;

	if (na > MAX_WORD || nb > MAX_WORD)
		return limit + 1;
	if ((na > nb ? na - nb : nb - na) > limit)
		return limit + 1;

	for (j = 0; j <= nb; j++)
		last[j] = j;
	for (i = 1; i <= na; i++) {
		unsigned char *oldest = before;

		row[0] = i;
		for (j = 1; j <= nb; j++) {
			unsigned char x = fold(a[i - 1]), y = fold(b[j - 1]);
			unsigned d = min2(last[j], row[j - 1]) + 1;

			d = min2(d, last[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == fold(b[j - 2]) && fold(a[i - 2]) == y)
				d = min2(d, before[j - 2] + 1u);
			row[j] = d;
		}
		before = last;
		last = row;
		row = oldest;
	}
	return min2(last[nb], limit + 1);
}

unsigned cow_suggest_limit(const char *word)
{
	size_t n = strnlen(word, MAX_WORD);

	return n < 6 ? 1 : n / 3;
}

const char *cow_suggest(const char *word, cow_nth_word *nth, const void *arg)
{
	unsigned limit = cow_suggest_limit(word);
	const char *best = NULL, *known;
	size_t i;

	for (i = 0; (known = nth(arg, i)); i++) {
		unsigned d = cow_word_distance(word, known, limit);

		/* A word of one letter is one edit away from any other. */
		if (d > limit || d >= strlen(known))
			continue;
		best = known;
		if (!d)
			break;
		limit = d - 1;
	}
	return best;
}
