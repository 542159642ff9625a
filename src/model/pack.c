/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * pack.c - a state as the shortest run of whole bytes that this program needs.
 *
 * One walk over the fields serves for size, packing and unpacking, so that they
 * cannot disagree.
 */
#include <string.h>
#include "mm.h"

enum walk { SIZE, PACK, UNPACK };

struct cursor {
	enum walk walk;
	unsigned char *at;
	size_t size;
};

static inline void bytes(struct cursor *c, void *field, size_t n)
{
	if (c->walk == PACK)
		memcpy(c->at, field, n);
	else if (c->walk == UNPACK)
		memcpy(field, c->at, n);
	if (c->walk != SIZE)
		c->at += n;
	c->size += n;
}

static void walk(const struct cow_model *m, struct cow_state *s, struct cursor *c)
{
	const struct cow_program *p = m->prog;

	bytes(c, s->pc, p->nr_threads * sizeof(s->pc[0]));
	if (p->step_grain)
		bytes(c, s->micro, p->nr_threads * sizeof(s->micro[0]));
	bytes(c, s->proc, p->nr_procs * sizeof(s->proc[0]));
	for (unsigned mm = 0; mm < p->nr_procs; mm++) {
		bytes(c, s->mm[mm].pte, p->nr_pages * sizeof(s->mm[mm].pte[0]));
		bytes(c, s->mm[mm].vma, p->nr_pages * sizeof(s->mm[mm].vma[0]));
		bytes(c, &s->mm[mm].has_pinned, 1);
		if (p->step_grain) {
			bytes(c, &s->mm[mm].lock_readers, sizeof(s->mm[mm].lock_readers));
			bytes(c, &s->mm[mm].lock_writer, 1);
			bytes(c, &s->mm[mm].seq, 1);
		}
		if (m->folio_size)
			bytes(c, &s->mm[mm].pte_table, sizeof(s->mm[mm].pte_table));
	}
	/* The zero page never changes. */
	for (unsigned f = COW_ZERO_FRAME + 1; f < m->nr_frames; f++) {
		bytes(c, s->frame[f].cell, p->nr_parts * sizeof(s->frame[f].cell[0]));
		bytes(c, &s->frame[f].exclusive, 1);
		bytes(c, &s->frame[f].flags, 1);
		if (m->has_swap)
			bytes(c, &s->frame[f].swap, 1);
		if (p->lru_batch)
			bytes(c, &s->frame[f].lru_batch, 1);
	}
	bytes(c, s->pin, p->nr_pins * sizeof(s->pin[0]));
	for (unsigned slot = 0; m->has_swap && slot < COW_MAX_SWAP; slot++)
		bytes(c, s->swap[slot].cell, p->nr_parts * sizeof(s->swap[slot].cell[0]));
	bytes(c, s->reg, p->nr_regs * sizeof(s->reg[0]));
	bytes(c, &s->dma_error, sizeof(s->dma_error));
	bytes(c, &s->hazards, 1);
}

size_t cow_state_size(const struct cow_model *m)
{
	struct cursor c = { .walk = SIZE };
	struct cow_state s;

	walk(m, &s, &c);
	return c.size;
}

void cow_state_pack(const struct cow_model *m, const struct cow_state *s, void *key)
{
	struct cursor c = { .walk = PACK, .at = key };

	/* Packing only reads the state. */
	walk(m, (struct cow_state *)s, &c);
}

void cow_state_unpack(const struct cow_model *m, const void *key, struct cow_state *s)
{
	struct cursor c = { .walk = UNPACK, .at = (unsigned char *)key };

	memset(s, 0, sizeof(*s));
	for (unsigned i = 0; i < m->prog->nr_parts; i++)
		s->frame[COW_ZERO_FRAME].cell[i].viewers = COW_VIEWERS_ALL;
	walk(m, s, &c);
}
