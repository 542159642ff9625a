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
			n += (s->mm[mm].pte[v].bits & (COW_PTE_PRESENT | COW_PTE_UNCOUNTED)) ==
				     COW_PTE_PRESENT && s->mm[mm].pte[v].frame == frame;
	return n;
}

/* Mappings of a folio that hold a reference each: entries, and PMDs. */
static unsigned folio_mappings(const struct cow_model *m, const struct cow_state *s, unsigned head)
{
	unsigned n = 0;

	for (unsigned mm = 0; mm < m->prog->nr_procs; mm++)
		for (unsigned v = 0; v < m->prog->nr_pages; v++) {
			const struct cow_pte *pte = &s->mm[mm].pte[v];

			if ((pte->bits & COW_PTE_PRESENT) && folio_head(m, pte->frame) == head)
				n += !(pte->bits & COW_PTE_HUGE) || pte->frame == head;
		}
	return n;
}

/* Pins of any part of a large folio are pins of the folio; FOLL_PIN is then counted exactly. */
struct cow_refs cow_page_refs(struct cow_model *m, const struct cow_state *s, unsigned frame)
{
	unsigned head = folio_head(m, frame);
	bool large = folio_pages(m, frame) > 1;
	struct cow_refs r = {
		.map = large ? folio_mappings(m, s, head) : cow_page_mapcount(m, s, frame),
		.lru = s->frame[frame].lru_batch != 0,
		.swap = s->frame[frame].swap != 0,
	};

	for (unsigned i = 0; i < m->prog->nr_pins; i++) {
		if (s->pin[i].state != COW_PIN_LIVE || folio_head(m, s->pin[i].frame) != head)
			continue;
		if ((cow_pin_flags(m, i) & COW_FOLL_PIN) &&
		    cow_rule(m, COW_RULE_foll_pin) == PIN_COUNTED)
			r.pin++;
		else
			r.get++;
	}
	r.total = r.map + r.lru + r.swap + r.get + (large ? 1 : COW_PIN_BIAS) * r.pin;
	return r;
}

bool page_maybe_dma_pinned(struct cow_model *m, const struct cow_state *s, unsigned frame)
{
	if (folio_pages(m, frame) > 1)
		return cow_page_refs(m, s, frame).pin > 0;
	return cow_page_refs(m, s, frame).total >= COW_PIN_BIAS;
}

static bool frame_in_use(const struct cow_model *m, const struct cow_state *s, unsigned frame)
{
	unsigned head = folio_head(m, frame);

	if (s->frame[frame].lru_batch || s->frame[frame].swap || folio_mappings(m, s, head))
		return true;
	for (unsigned i = 0; i < m->prog->nr_pins; i++)
		if (s->pin[i].state == COW_PIN_LIVE && folio_head(m, s->pin[i].frame) == head)
			return true;
	return false;
}

static unsigned lowest_free(const struct cow_model *m, const struct cow_state *s)
{
	unsigned f = m->first_anon;

	while (f < m->first_folio && frame_in_use(m, s, f))
		f++;
	return f;
}

/* A batch that is full is drained (PAGEVEC_SIZE; 31 from v6.9 on, which no program fills). */
static void drain_full_batch(struct cow_model *m, struct cow_state *s)
{
	enum { PAGEVEC_SIZE = 15 };
	unsigned n = 1;

	for (unsigned f = m->first_anon; f < m->first_folio; f++)
		n += s->frame[f].lru_batch == 1 + m->cpu;
	if (n >= PAGEVEC_SIZE)
		lru_add_drain_cpu(m, s, m->cpu);
}

unsigned alloc_frame(struct cow_model *m, struct cow_state *s)
{
	unsigned f;

	if (m->prog->lru_batch)
		drain_full_batch(m, s);
	f = lowest_free(m, s);
	/* Pages that are in batches only: memory is short, as the kernel would find too. */
	for (unsigned cpu = 0; m->prog->lru_batch && f == m->first_folio && cpu < COW_MAX_THREADS;
	     cpu++) {
		lru_add_drain_cpu(m, s, cpu);
		f = lowest_free(m, s);
	}
	assert(f < m->first_folio);
	for (unsigned i = 0; i < m->prog->nr_parts; i++)
		s->frame[f].cell[i] = (struct cow_cell){ 0, COW_VIEWERS_ALL };
	if (m->prog->lru_batch)
		s->frame[f].lru_batch = 1 + m->cpu;
	return f;
}

void free_unused(const struct cow_model *m, struct cow_state *s, unsigned frame)
{
	if (cow_frame_is_anon(m, frame) && !frame_in_use(m, s, frame))
		memset(&s->frame[folio_head(m, frame)], 0,
		       folio_pages(m, frame) * sizeof(s->frame[0]));
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
