/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* scan.h - between scanner and grammar. */
#ifndef COW_HISTORY_SCAN_H
#define COW_HISTORY_SCAN_H

#include "parse.h"
#include "history-grammar.h"

int hist_yylex(HIST_YYSTYPE *value, struct cow_loc *loc, struct hist_parse *p);

#endif
