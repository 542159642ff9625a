/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * explore.h - every state that a program can reach on one kernel.
 *
 * Breadth-first, so that what is met first is met in the fewest steps; exact: states
 * are compared whole.  Kept are the packed states in order of discovery, and
 * for each the state it was found from and the thread that stepped, which
 * makes the way there.
 */
#ifndef COW_EXPLORE_EXPLORE_H
#define COW_EXPLORE_EXPLORE_H

#include "../litmus/test.h"
#include "../model/model.h"

enum { COW_NO_STATE = 0xffffffff };

struct cow_exploration {
	struct cow_model model;		/* of one kernel; .consulted is complete afterwards */
	size_t size;			/* bytes of a packed state */
	unsigned char *key;		/* packed states, in order of discovery */
	struct cow_origin {
		uint32_t from;		/* state it was found from */
		uint8_t thread;		/* that stepped */
	} *origin;
	uint64_t nr;			/* states */
	uint64_t transitions;
	bool complete;
	/* First state, in order of discovery, that … ; COW_NO_STATE: none. */
	uint32_t hazard[COW_NR_HAZARDS];	/* has hazard bit i */
	uint32_t positive, negative;	/* is final, and the condition holds, does not */
	uint32_t final;			/* is final */
	uint64_t nr_positive, nr_negative, nr_stuck;
};

/*
 * Explores T under RULES.  -ENOMEM: *X is freed.  A limit or a stop asked for gives 0
 * with x->complete unset.
 */
int cow_explore(const struct cow_test *t, const struct cow_rules *rules,
		const struct cow_options *options, struct cow_exploration *x);
void cow_exploration_free(struct cow_exploration *x);

/* Steps from the start to state I. */
unsigned cow_exploration_depth(const struct cow_exploration *x, uint32_t i);
/* The threads that step on the way to state I; THREADS has room for its depth. */
void cow_exploration_path(const struct cow_exploration *x, uint32_t i, uint8_t *threads);

/* The verdict of an exploration, but for its kernel and confidence. */
struct cow_verdict cow_exploration_verdict(const struct cow_test *t,
					   const struct cow_exploration *x);

/*
 * Verdicts of one scenario that are known already.  Two kernels that agree on every rule
 * that an exploration asked for cannot differ in its result.
 */
struct cow_memo {
	const struct cow_test *test;
	const struct cow_options *options;
	struct cow_memo_entry {
		struct cow_rules rules;
		struct cow_verdict verdict;
	} *entry;
	size_t nr;
};

int cow_memo_check(struct cow_memo *memo, const struct cow_kernel *k, struct cow_verdict *out);
void cow_memo_free(struct cow_memo *memo);

#endif
