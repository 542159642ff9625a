/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * migrate.c - a page's contents move to another frame (mm/migrate.c), small pages become a
 * huge one (mm/khugepaged.c), a huge page becomes small ones (split_huge_page()).
 *
 * At call grain each happens in one step; a reference that is not a mapping prevents it.
 */
#include <string.h>
#include "mm.h"

/* Every mapping of OLD, and its place in the swap cache, goes over to NEW. */
static void move_mappings(const struct cow_model *m, struct cow_state *s, unsigned old,
			  unsigned new)
{
	for (unsigned mm = 0; mm < m->prog->nr_procs; mm++)
		for (unsigned v = 0; v < m->prog->nr_pages; v++)
			if ((s->mm[mm].pte[v].bits & COW_PTE_PRESENT) &&
			    s->mm[mm].pte[v].frame == old)
				s->mm[mm].pte[v].frame = (uint8_t)new;
	s->frame[new] = s->frame[old];
	memset(&s->frame[old], 0, sizeof(s->frame[old]));
}

/* unmap_and_move(): folio_expected_ref_count() */
static void migrate_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn)
{
	const struct cow_pte *pte = &s->mm[mm].pte[vpn];
	unsigned old = pte->frame, new;
	struct cow_refs r;

	if (!(pte->bits & COW_PTE_PRESENT) || !cow_frame_is_anon(m, old) ||
	    folio_pages(m, old) > 1 || vma_hugetlb(m, vpn)) {
		note(m, "migrate_pages: nothing here that the model moves");
		return;
	}
	r = cow_page_refs(m, s, old);
	if (r.total != r.map + r.swap) {
		note(m, "migrate_pages: somebody has a reference, the page stays");
		return;
	}
	new = alloc_frame(m, s);
	move_mappings(m, s, old, new);
	note(m, "migrate_pages: moved to another page");
}

void step_MIGRATE(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	int mm = daemon_mm(m, s, op);

	/* lru_cache_disable() */
	for (unsigned cpu = 0; cpu < COW_MAX_THREADS; cpu++)
		lru_add_drain_cpu(m, s, cpu);
	for (unsigned v = op->vpn; mm >= 0 && v < (unsigned)op->vpn + op->npages; v++)
		migrate_page(m, s, (unsigned)mm, v);
}

/* ---- a huge page becomes small ones ---- */

/* split_huge_page_to_list(): the same memory, in frames of their own from now on. */
static void split_folio(struct cow_model *m, struct cow_state *s, unsigned head)
{
	struct cow_refs r = cow_page_refs(m, s, head);

	if (r.total != r.map) {
		note(m, "split_huge_page: somebody has a reference, it stays one");
		return;
	}
	for (unsigned mm = 0; mm < m->prog->nr_procs; mm++)
		for (unsigned v = 0; v < m->prog->nr_pages; v++)
			if ((s->mm[mm].pte[v].bits & COW_PTE_HUGE) && s->mm[mm].pte[v].frame == head)
				split_huge_pmd(m, s, mm, v);
	note(m, "split_huge_page: small pages from now on");
	for (unsigned i = 0; i < m->folio_size; i++)
		if (cow_page_mapcount(m, s, head + i))
			move_mappings(m, s, head + i, alloc_frame(m, s));
	memset(&s->frame[head], 0, m->folio_size * sizeof(s->frame[0]));
}

void step_SPLIT(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	int mm = daemon_mm(m, s, op);
	const struct cow_pte *pte = mm < 0 ? NULL : &s->mm[mm].pte[op->vpn];

	if (pte && (pte->bits & COW_PTE_PRESENT) && folio_pages(m, pte->frame) > 1)
		split_folio(m, s, folio_head(m, pte->frame));
	else
		note(m, "split_huge_page: no huge page here");
}

/* ---- small pages become a huge one ---- */

/* __collapse_huge_page_isolate(): every page there, and referred to by mappings only. */
static bool can_collapse(struct cow_model *m, const struct cow_state *s, unsigned mm,
			 const struct cow_region *r)
{
	unsigned first, end;
	bool writable = false;

	find_vma(m, s, mm, r->vpn, &first, &end);
	if (r->kind != COW_THP || end - first != r->npages)
		return false;
	for (unsigned v = r->vpn; v < (unsigned)r->vpn + r->npages; v++) {
		const struct cow_pte *pte = &s->mm[mm].pte[v];
		struct cow_refs refs;

		if (pte->bits & (COW_PTE_HUGE | COW_PTE_SWAP | COW_PTE_UFFD_WP))
			return false;
		if (!(pte->bits & COW_PTE_PRESENT) || pte->frame == COW_ZERO_FRAME)
			continue;
		refs = cow_page_refs(m, s, pte->frame);
		if (refs.total != refs.map + refs.swap ||
		    (s->frame[pte->frame].flags & COW_FRAME_KSM))
			return false;
		writable |= (pte->bits & COW_PTE_WRITE) != 0;
	}
	return writable;
}

void step_COLLAPSE(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	int mm = daemon_mm(m, s, op);
	const struct cow_region *r = &m->prog->regions[m->prog->page_region[op->vpn]];

	for (unsigned cpu = 0; cpu < COW_MAX_THREADS; cpu++)
		lru_add_drain_cpu(m, s, cpu);
	if (mm < 0 || !can_collapse(m, s, (unsigned)mm, r)) {
		note(m, "collapse_huge_page: not these pages");
		return;
	}
	note(m, "collapse_huge_page: copied into one huge page");
	collapse_region(m, s, (unsigned)mm, r->vpn);
}
