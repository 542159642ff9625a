/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * hugetlb.c - private hugetlb memory (mm/hugetlb.c): a pool of pages of its own, reuse by
 * map count to this day, and an owner who may take pages back from its children.
 */
#include "mm.h"

/* Huge pages that an allocation without a reservation can have. */
static bool pool_is_empty(const struct cow_model *m, const struct cow_state *s)
{
	unsigned used = 0, reserved = 0;

	if (!m->prog->hugetlb_pool)
		return false;
	for (unsigned f = m->first_anon; f < m->nr_frames; f++)
		used += (s->frame[f].flags & COW_FRAME_HUGETLB) != 0;
	/* The first process reserved its pages at mmap(); an absent one is still reserved. */
	for (unsigned v = 0; v < m->prog->nr_pages; v++)
		reserved += vma_hugetlb(m, v) && (s->mm[0].vma[v] & COW_VM_MAPPED) &&
			    !(s->mm[0].pte[v].bits & COW_PTE_PRESENT);
	return used + reserved >= m->prog->hugetlb_pool;
}

static unsigned alloc_hugetlb(struct cow_model *m, struct cow_state *s)
{
	unsigned frame = alloc_frame(m, s);

	/* Never in an LRU batch. */
	s->frame[frame].lru_batch = 0;
	s->frame[frame].flags = COW_FRAME_HUGETLB;
	return frame;
}

/* PG_anon_exclusive of a huge page, on kernels that have it. */
static void set_hugetlb_exclusive(struct cow_model *m, struct cow_state *s, unsigned frame)
{
	s->frame[frame].exclusive =
		cow_rule(m, COW_RULE_wp_hugetlb) == WP_HUGETLB_MAPCOUNT_EXCLUSIVE;
}

/* set_huge_ptep_writable(), set_huge_ptep_maybe_writable() */
static uint8_t huge_mkwrite(struct cow_model *m, const struct cow_state *s, unsigned mm,
			    unsigned vpn)
{
	uint8_t bits = maybe_mkwrite(s, mm, vpn);

	if (!(bits & COW_PTE_WRITE) &&
	    cow_rule(m, COW_RULE_hugetlb_mkwrite) == HUGETLB_MKWRITE_ALWAYS) {
		note(m, "hugetlb_wp: writable, though the mapping is not");
		bits |= COW_PTE_WRITE;
	}
	return bits;
}

/* unmap_ref_private(): the owner takes the page from all others, who die if they touch it. */
static void unmap_ref_private(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn)
{
	unsigned frame = s->mm[mm].pte[vpn].frame;

	note(m, "hugetlb_wp: no huge page left; the owner takes it from its children");
	for (unsigned o = 0; o < m->prog->nr_procs; o++) {
		struct cow_pte *pte = &s->mm[o].pte[vpn];

		if (o == mm || !(pte->bits & COW_PTE_PRESENT) || pte->frame != frame)
			continue;
		*pte = (struct cow_pte){ 0 };
		s->mm[o].vma[vpn] |= COW_VM_STOLEN;
	}
}

/*
 * hugetlb_wp(): reuse is decided by the map count alone; how many references there are has
 * never mattered.
 */
static int hugetlb_wp(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		      enum fault fault)
{
	struct cow_pte *pte = &s->mm[mm].pte[vpn];
	unsigned old = pte->frame, map, copy;

	for (;;) {
		map = cow_page_mapcount(m, s, old);
		note(m, "hugetlb_wp: mapped %u times, references do not count", map);
		if (map == 1) {
			note(m, "hugetlb_wp: the same page");
			set_hugetlb_exclusive(m, s, old);
			if (fault == FAULT_WRITE)
				pte->bits = huge_mkwrite(m, s, mm, vpn);
			return 0;
		}
		if (!pool_is_empty(m, s))
			break;
		if (mm != 0) {
			note(m, "hugetlb_wp: no huge page left");
			return -EFAULT;
		}
		unmap_ref_private(m, s, mm, vpn);
	}
	note(m, "hugetlb_wp: a copy replaces it; pins stay on the old page");
	copy = alloc_hugetlb(m, s);
	copy_contents(m, s, copy, old);
	set_hugetlb_exclusive(m, s, copy);
	pte->frame = copy;
	pte->bits = fault == FAULT_WRITE ? huge_mkwrite(m, s, mm, vpn)
					 : COW_PTE_PRESENT | (pte->bits & COW_PTE_UFFD_WP);
	free_unused(m, s, old);
	return 0;
}

/* hugetlb_no_page(): there is no zero page; a read gets its own page too. */
static int hugetlb_no_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn)
{
	unsigned frame;

	if (s->mm[mm].vma[vpn] & COW_VM_STOLEN) {
		note(m, "hugetlb_no_page: the owner took the page back");
		return -EFAULT;
	}
	/* The owner's page is reserved. */
	if (mm != 0 && pool_is_empty(m, s)) {
		note(m, "hugetlb_no_page: no huge page left");
		return -EFAULT;
	}
	note(m, "hugetlb_no_page: nothing mapped, a new zeroed huge page");
	frame = alloc_hugetlb(m, s);
	set_hugetlb_exclusive(m, s, frame);
	s->mm[mm].pte[vpn] = (struct cow_pte){ frame, COW_PTE_PRESENT };
	return 0;
}

int hugetlb_fault(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		  enum fault fault)
{
	struct cow_pte *pte = &s->mm[mm].pte[vpn];
	int err = 0;

	if (!(pte->bits & COW_PTE_PRESENT))
		err = hugetlb_no_page(m, s, mm, vpn);
	if (!err && fault != FAULT_READ && !(pte->bits & COW_PTE_WRITE))
		err = hugetlb_wp(m, s, mm, vpn, fault);
	return err;
}

/*
 * copy-pinned:           4eae4efa2c29
 * copy-pinned-exclusive: page_try_dup_anon_rmap(), 6c287605fd56
 */
static bool needs_early_copy(struct cow_model *m, const struct cow_state *s, unsigned mm,
			     unsigned frame)
{
	unsigned rule = cow_rule(m, COW_RULE_fork_hugetlb);

	if (rule == FORK_HUGETLB_SHARE ||
	    (rule == FORK_HUGETLB_COPY_PINNED_EXCLUSIVE && !s->frame[frame].exclusive))
		return false;
	return s->mm[mm].has_pinned && cow_page_refs(m, s, frame).pin > 0;
}

int copy_hugetlb_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned child,
		      unsigned vpn)
{
	struct cow_pte *pte = &s->mm[mm].pte[vpn];
	unsigned copy;

	if (!(pte->bits & COW_PTE_PRESENT))
		return 0;
	if (!needs_early_copy(m, s, mm, pte->frame)) {
		pte->bits &= ~COW_PTE_WRITE;
		s->frame[pte->frame].exclusive = 0;
		s->mm[child].pte[vpn] = *pte;
		s->mm[child].pte[vpn].bits &= ~COW_PTE_UFFD_WP;
		return 0;
	}
	if (pool_is_empty(m, s)) {
		note(m, "copy_hugetlb_page_range: the page is pinned, and the pool has none for a copy");
		return -ENOMEM;
	}
	note(m, "copy_hugetlb_page_range: the page is pinned, the child gets a copy now");
	copy = alloc_hugetlb(m, s);
	copy_contents(m, s, copy, pte->frame);
	set_hugetlb_exclusive(m, s, copy);
	s->mm[child].pte[vpn] = (struct cow_pte){
		copy, COW_PTE_PRESENT | COW_PTE_DIRTY | COW_PTE_WRITE };
	return 0;
}
