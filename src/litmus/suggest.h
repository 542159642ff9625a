/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * suggest.h - "did you mean …?": the known word nearest to a mistyped one.
 *
 * Distance is counted in inserted, deleted, changed and exchanged neighbouring
 * characters (Damerau and Levenshtein, restricted: nothing is edited twice).  A
 * difference of case only costs nothing, so that madv_dontfork finds MADV_DONTFORK.
 */
#ifndef COW_LITMUS_SUGGEST_H
#define COW_LITMUS_SUGGEST_H

#include <stddef.h>

/*
 * The known words, one a call: the word of number I, NULL after the last one.  ARG is
 * what the caller of cow_suggest() gave.
 */
typedef const char *cow_nth_word(const void *arg, size_t i);

/*
 * The nearest of the known words, or NULL if none is near enough to be meant: one
 * edit for each three characters of WORD, at least one.  Of equally near words the
 * first.
 */
const char *cow_suggest(const char *word, cow_nth_word *nth, const void *arg);

/*
 * For a choice of one's own: the distance of two words, or LIMIT + 1 if it is more
 * than LIMIT or a word is longer than 63 bytes.
 */
unsigned cow_word_distance(const char *a, const char *b, unsigned limit);

/* How far a word may be away from WORD and still be meant. */
unsigned cow_suggest_limit(const char *word);

#endif
