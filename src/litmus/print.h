/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* print.h - parts of a program as the language spells them. */
#ifndef COW_LITMUS_PRINT_H
#define COW_LITMUS_PRINT_H

#include <stdio.h>
#include "test.h"

/*
 * One operation of thread THREAD, without ';' and newline: "p = pin(x[0], FOLL_PIN)".
 * Of an if its head: "if (r == 1)".
 */
void cow_print_op(FILE *out, const struct cow_program *prog, unsigned thread,
		  const struct cow_op *op);

/* "A:", or of a device "nic:", and the register's name. */
void cow_print_reg(FILE *out, const struct cow_program *prog, int reg);

/*
 * "p", "p[1]"; for a device, which has no pins of its own, "A:p" if it is not clear whose
 * pin that is.
 */
void cow_print_pin(FILE *out, const struct cow_program *prog, bool device, int reg,
		   unsigned page);

/* "x[0]", "x[0].a" of the page VPN. */
void cow_print_page(FILE *out, const struct cow_program *prog, unsigned vpn, unsigned part);

/* Node ROOT of a condition, without outer parentheses. */
void cow_print_cond(FILE *out, const struct cow_program *prog, const struct cow_cond *cond,
		    unsigned root);

/* "exists", "~exists", "forall" */
const char *cow_quantifier_name(enum cow_quantifier q);

#endif
