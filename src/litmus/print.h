/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * print.h - scenarios and their pieces as text of the language.
 */
#ifndef COW_LITMUS_PRINT_H
#define COW_LITMUS_PRINT_H

#include <stdio.h>
#include "test.h"

/* One operation without its semicolon: "r = dma_read(p)".  An if prints as "if (r == 1)". */
void cow_print_op(FILE *out, const struct cow_program *p, const struct cow_op *op);

/* The condition with its quantifier: "exists (A:r=1)"; nothing if there is none. */
void cow_print_condition(FILE *out, const struct cow_test *t);

#endif
