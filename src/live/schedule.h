/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * schedule.h - the interleavings of a program: which thread takes the next step, from the
 * start to a state in which no thread has to run any more.
 *
 * Counted exactly by walking the graph of states once, since a program cannot come back
 * to a state.  The counts also make a sample fair: each interleaving is as likely as any
 * other, however unequal the branches are.
 */
#ifndef COW_LIVE_SCHEDULE_H
#define COW_LIVE_SCHEDULE_H

#include "../model/model.h"

struct live_schedules {
	unsigned nr;
	struct live_schedule {
		uint8_t *thread;
		unsigned steps;
	} *schedule;
	uint64_t total;		/* that there are; UINT64_MAX: more than can be counted */
};

/* All of them if there are no more than MAX, else MAX different ones, drawn by SEED. */
int live_schedules(struct cow_model *m, unsigned max, uint64_t seed, struct live_schedules *out);
void live_schedules_free(struct live_schedules *s);

#endif
