/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * words.h - the words of the language that are data: kinds of memory, flags, other
 * names for operations, errors.  Operations themselves are in model/ops.def.
 */
#ifndef COW_LITMUS_WORDS_H
#define COW_LITMUS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* A name and what it stands for.  Arrays of them end with a NULL name. */
struct word {
	const char *name;
	unsigned value;
	bool later;	/* known, but not supported yet */
};

extern const struct word cow_kind_words[];	/* enum cow_kind */
extern const struct word cow_errno_words[];
extern const struct word cow_later_ops[];	/* operations that are not supported yet */

/* The flags that an argument of letter F, M, T, A, D or C (ops.def) takes. */
const struct word *cow_flag_words(char letter);

/* The word called NAME, or NULL. */
const struct word *cow_word(const struct word *words, const char *name);
/* The nearest one, or NULL. */
const char *cow_word_suggest(const struct word *words, const char *name);

/* Another name of an operation, with flags added. */
struct alias {
	const char *name;
	unsigned char code;	/* enum cow_opcode */
	unsigned char flags;	/* stand for the flags argument, which is left out; 0: none */
};

extern const struct alias cow_aliases[];	/* ends with a NULL name */

#endif
