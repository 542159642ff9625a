/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * page.c - frames: what refers to them, and their life from allocation to free.
 */
#include <assert.h>
#include <string.h>
#include "mm.h"

unsigned cow_page_mapcount(const struct cow_model *m, const struct cow_state *s, unsigned frame)
{
	unsigned n = 0;

	for (unsigned mm = 0; mm < m->prog->nr_procs; mm++)
		for (unsigned v = 0; v < m->prog->nr_pages; v++)
			n += (s->mm[mm].pte[v].bits & COW_PTE_PRESENT) &&
			     s->mm[mm].pte[v].frame == frame;
	return n;
}

struct cow_refs cow_page_refs(struct cow_model *m, const struct cow_state *s, unsigned frame)
{
	struct cow_refs r = {
		.map = cow_page_mapcount(m, s, frame),
		.lru = s->frame[frame].lru_batch != 0,
	};

	for (unsigned i = 0; i < m->prog->nr_pins; i++) {
		if (s->pin[i].state != COW_PIN_LIVE || s->pin[i].frame != frame)
			continue;
		if ((cow_pin_flags(m, i) & COW_FOLL_PIN) &&
		    cow_rule(m, COW_RULE_foll_pin) == PIN_COUNTED)
			r.pin++;
		else
			r.get++;
	}
	r.total = r.map + r.lru + r.get + COW_PIN_BIAS * r.pin;
	return r;
}

bool page_maybe_dma_pinned(struct cow_model *m, const struct cow_state *s, unsigned frame)
{
	return cow_page_refs(m, s, frame).total >= COW_PIN_BIAS;
}

static bool frame_in_use(const struct cow_model *m, const struct cow_state *s, unsigned frame)
{
	if (s->frame[frame].lru_batch || cow_page_mapcount(m, s, frame))
		return true;
	for (unsigned i = 0; i < m->prog->nr_pins; i++)
		if (s->pin[i].state == COW_PIN_LIVE && s->pin[i].frame == frame)
			return true;
	return false;
}

unsigned alloc_frame(struct cow_model *m, struct cow_state *s)
{
	unsigned f = m->first_anon;

	while (frame_in_use(m, s, f))
		f++;
	assert(f < m->nr_frames);
	for (unsigned i = 0; i < m->prog->nr_parts; i++)
		s->frame[f].cell[i] = (struct cow_cell){ 0, COW_VIEWERS_ALL };
	if (m->prog->lru_batch)
		s->frame[f].lru_batch = 1 + m->cpu;
	return f;
}

void free_unused(const struct cow_model *m, struct cow_state *s, unsigned frame)
{
	if (cow_frame_is_anon(m, frame) && !frame_in_use(m, s, frame))
		memset(&s->frame[frame], 0, sizeof(s->frame[frame]));
}

void copy_contents(const struct cow_model *m, struct cow_state *s, unsigned to, unsigned from)
{
	for (unsigned i = 0; i < m->prog->nr_parts; i++)
		s->frame[to].cell[i] = s->frame[from].cell[i];
}

void set_exclusive(struct cow_model *m, struct cow_state *s, unsigned frame)
{
	s->frame[frame].exclusive = cow_rule(m, COW_RULE_wp_small) >= WP_EXCLUSIVE;
}
