/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * test.h - a scenario as read from text: a program, what to judge it by, and what
 * its author expects on which kernels.
 */
#ifndef COW_LITMUS_TEST_H
#define COW_LITMUS_TEST_H

#include <cowherd/cowherd.h>
#include "../model/program.h"

enum cow_quantifier { COW_NO_CONDITION, COW_EXISTS, COW_NOT_EXISTS, COW_FORALL };

/* expect … on …: each names a set of kernels in the syntax of cow_kernels_select(). */
struct cow_expect {
	enum { COW_EXPECT_NEVER, COW_EXPECT_SOMETIMES, COW_EXPECT_ALWAYS,
	       COW_EXPECT_SAFE, COW_EXPECT_HAZARD } what;
	unsigned hazards;	/* HAZARD: exactly these bits */
	char *kernels;		/* "v5.7, v5.8, v5.19.." */
	struct cow_loc loc, kernels_loc;
};

struct cow_test {
	char *name, *doc;	/* doc may be NULL */
	char *file;		/* for messages */
	char *text;		/* source text, for messages; NULL if not from text */
	struct cow_program prog;
	enum cow_quantifier quantifier;
	struct cow_cond *cond;	/* cond[0] is the root */
	unsigned nr_cond;
	struct cow_expect *expect;
	unsigned nr_expect;
	struct cow_loc cond_loc;
};

#endif
