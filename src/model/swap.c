/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * swap.c - LRU batches (mm/swap.c): a new page waits in its CPU's batch, which holds a
 * reference, until the batch is drained.  Only with option lru=batch.
 */
#include "mm.h"

void lru_add_drain_cpu(struct cow_model *m, struct cow_state *s, unsigned cpu)
{
	if (!m->prog->lru_batch)
		return;
	note(m, "lru_add_drain: the batch of CPU %u is drained", cpu);
	for (unsigned f = m->first_anon; f < m->nr_frames; f++)
		if (s->frame[f].lru_batch == 1 + cpu) {
			s->frame[f].lru_batch = 0;
			free_unused(m, s, f);
		}
}

void zap_drain(struct cow_model *m, struct cow_state *s)
{
	if (m->prog->lru_batch && cow_rule(m, COW_RULE_zap_drain) == ZAP_DRAIN_YES)
		lru_add_drain_cpu(m, s, m->cpu);
}

void step_LRU_ADD_DRAIN(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	(void)op;
	lru_add_drain_cpu(m, s, m->cpu);
}

void step_LRU_ADD_DRAIN_ALL(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	(void)op;
	for (unsigned cpu = 0; cpu < COW_MAX_THREADS; cpu++)
		lru_add_drain_cpu(m, s, cpu);
}
