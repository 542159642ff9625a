/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * trace.h - one run of a scenario on one kernel: which thread steps when.
 *
 * The states between the steps are not kept; they follow: start a model with
 * cow_trace_start() and step it with cow_model_step(…, trace->thread[i]).
 */
#ifndef COW_EXPLORE_TRACE_H
#define COW_EXPLORE_TRACE_H

#include "explore.h"

struct cow_trace {
	const struct cow_test *test;
	const struct cow_kernel *kernel;
	enum cow_outcome what;
	unsigned hazard;	/* which this run leads to; 0: none */
	bool bad;		/* it ends in a bad condition or a hazard */
	size_t nr;
	uint8_t *thread;
};

void cow_trace_start(const struct cow_trace *t, struct cow_model *m, struct cow_state *s);

#endif
