/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* expected.h - syntax errors in the reader's words. */
#ifndef COW_LITMUS_EXPECTED_H
#define COW_LITMUS_EXPECTED_H

#include "parse.h"

/*
 * Reports that the scanner's current token cannot stand where it does.  EXPECTED are
 * the names, as the grammar spells them, of the N tokens that could.
 */
void cow_syntax_error(struct parse *p, const char *const *expected, unsigned n);

/* The keyword that may have been meant by WORD, or NULL. */
const char *cow_keyword_suggest(const char *word);

#endif
