/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* scan.h - the scanner, made by re2c from scan.re. */
#ifndef COW_LITMUS_SCAN_H
#define COW_LITMUS_SCAN_H

#include "parse.h"

void cow_scan_start(struct parse *p);
/*
 * Reads the next token into p->token; its kind is one of the grammar's.  What is no
 * token at all is reported and skipped.
 */
int cow_scan(struct parse *p);

#endif
