/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * swapfile.c - swap slots, the swap cache, reclaim and swap-in (mm/swapfile.c,
 * mm/swap_state.c, mm/vmscan.c, do_swap_page() of mm/memory.c).
 *
 * A slot is in use while an entry of some page table names it, or a page is in the swap
 * cache under it.  The device is a disk: a page that is read in goes through the swap
 * cache.  Writing a page out is complete when reclaim returns.
 */
#include <string.h>
#include "mm.h"

/* Entries that name SLOT: swap_count(). */
static unsigned swap_count(const struct cow_model *m, const struct cow_state *s, unsigned slot)
{
	unsigned n = 0;

	for (unsigned mm = 0; mm < m->prog->nr_procs; mm++)
		for (unsigned v = 0; v < m->prog->nr_pages; v++)
			n += (s->mm[mm].pte[v].bits & COW_PTE_SWAP) &&
			     s->mm[mm].pte[v].frame == slot;
	return n;
}

unsigned page_swapcount(const struct cow_model *m, const struct cow_state *s, unsigned frame)
{
	return s->frame[frame].swap ? swap_count(m, s, s->frame[frame].swap - 1u) : 0;
}

/* The frame in the swap cache under SLOT, or -1. */
static int swap_cache_get(const struct cow_model *m, const struct cow_state *s, unsigned slot)
{
	for (unsigned f = m->first_anon; f < m->nr_frames; f++)
		if (s->frame[f].swap == slot + 1)
			return (int)f;
	return -1;
}

const struct cow_cell *cow_swapped_contents(const struct cow_model *m, const struct cow_state *s,
					    unsigned slot)
{
	int frame = swap_cache_get(m, s, slot);

	return frame < 0 ? s->swap[slot].cell : s->frame[frame].cell;
}

static void free_slot(struct cow_state *s, unsigned slot)
{
	memset(&s->swap[slot], 0, sizeof(s->swap[slot]));
}

void delete_from_swap_cache(const struct cow_model *m, struct cow_state *s, unsigned frame)
{
	unsigned slot = s->frame[frame].swap - 1u;

	s->frame[frame].swap = 0;
	if (!swap_count(m, s, slot))
		free_slot(s, slot);
	free_unused(m, s, frame);
}

bool try_to_free_swap(struct cow_model *m, struct cow_state *s, unsigned frame)
{
	if (!s->frame[frame].swap || page_swapcount(m, s, frame))
		return false;
	note(m, "try_to_free_swap: out of the swap cache");
	delete_from_swap_cache(m, s, frame);
	return true;
}

void free_swap_and_cache(const struct cow_model *m, struct cow_state *s, unsigned slot)
{
	int frame = swap_cache_get(m, s, slot);

	if (swap_count(m, s, slot))
		return;
	if (frame < 0)
		free_slot(s, slot);
	else if (!cow_page_mapcount(m, s, (unsigned)frame))
		delete_from_swap_cache(m, s, (unsigned)frame);
}

/* ---- out ---- */

/* A slot that is free, or -1: swap is full. */
static int alloc_slot(const struct cow_model *m, const struct cow_state *s)
{
	for (unsigned slot = 0; slot < COW_MAX_SWAP; slot++)
		if (!swap_count(m, s, slot) && swap_cache_get(m, s, slot) < 0)
			return (int)slot;
	return -1;
}

/*
 * try_to_unmap(): every mapping becomes a swap entry, which takes over the exclusive mark
 * and userfaultfd's protection.
 */
static void try_to_unmap(struct cow_model *m, struct cow_state *s, unsigned frame, unsigned slot)
{
	uint8_t bits = COW_PTE_SWAP | (s->frame[frame].exclusive ? COW_PTE_SWAP_EXCLUSIVE : 0);

	for (unsigned mm = 0; mm < m->prog->nr_procs; mm++)
		for (unsigned v = 0; v < m->prog->nr_pages; v++) {
			struct cow_pte *pte = &s->mm[mm].pte[v];

			if ((pte->bits & COW_PTE_PRESENT) && pte->frame == frame)
				*pte = (struct cow_pte){
					slot, bits | (pte->bits & COW_PTE_UFFD_WP) };
		}
	s->frame[frame].exclusive = 0;
}

/*
 * A page that MADV_FREE gave up: thrown away unless it was written since.  What a device
 * writes does not show in the entries.
 *
 * madv-free: 6c8e2a256915
 */
static void discard_lazyfree(struct cow_model *m, struct cow_state *s, unsigned frame)
{
	struct cow_refs r = cow_page_refs(m, s, frame);
	bool dirty = false;

	for (unsigned mm = 0; mm < m->prog->nr_procs; mm++)
		for (unsigned v = 0; v < m->prog->nr_pages; v++)
			dirty |= (s->mm[mm].pte[v].bits & COW_PTE_PRESENT) &&
				 s->mm[mm].pte[v].frame == frame &&
				 (s->mm[mm].pte[v].bits & COW_PTE_DIRTY);
	if (dirty || (r.total != r.map &&
		      cow_rule(m, COW_RULE_madv_free) == MADV_FREE_KEEP_REFERENCED)) {
		note(m, "try_to_unmap: written since MADV_FREE, or in use: kept");
		s->frame[frame].flags &= ~COW_FRAME_LAZYFREE;
		return;
	}
	note(m, "try_to_unmap: nobody has written since MADV_FREE: thrown away");
	for (unsigned mm = 0; mm < m->prog->nr_procs; mm++)
		for (unsigned v = 0; v < m->prog->nr_pages; v++)
			if ((s->mm[mm].pte[v].bits & COW_PTE_PRESENT) &&
			    s->mm[mm].pte[v].frame == frame)
				s->mm[mm].pte[v] = (struct cow_pte){ 0 };
	free_unused(m, s, frame);
}

/*
 * shrink_folio_list() before it unmaps the page at VPN.
 *
 * reclaim-pinned: feb889fb40fa
 */
bool reclaim_permits(struct cow_model *m, const struct cow_state *s, unsigned mm, unsigned vpn)
{
	const struct cow_pte *pte = &s->mm[mm].pte[vpn];
	unsigned frame = pte->frame;

	if (!(pte->bits & COW_PTE_PRESENT) || (pte->bits & COW_PTE_HUGE) ||
	    !cow_frame_is_anon(m, frame) || folio_pages(m, frame) > 1 ||
	    (s->frame[frame].flags & (COW_FRAME_HUGETLB | COW_FRAME_KSM))) {
		note(m, "shrink_folio_list: nothing here that goes to swap");
		return false;
	}
	if (s->frame[frame].lru_batch) {
		note(m, "shrink_folio_list: the page is not on the LRU");
		return false;
	}
	if (page_maybe_dma_pinned(m, s, frame) &&
	    cow_rule(m, COW_RULE_reclaim_pinned) == RECLAIM_PINNED_REFUSE) {
		note(m, "shrink_folio_list: the page may be pinned, it stays");
		return false;
	}
	return true;
}

void reclaim_unmap(struct cow_model *m, struct cow_state *s, unsigned frame)
{
	int slot;

	if (s->frame[frame].flags & COW_FRAME_LAZYFREE) {
		discard_lazyfree(m, s, frame);
		return;
	}
	/* page_try_share_anon_rmap(): the second look at an exclusive page. */
	if (s->frame[frame].exclusive && page_maybe_dma_pinned(m, s, frame)) {
		note(m, "try_to_unmap: pinned meanwhile, it stays");
		return;
	}
	slot = s->frame[frame].swap ? s->frame[frame].swap - 1 : alloc_slot(m, s);
	if (slot < 0) {
		note(m, "add_to_swap: swap is full");
		return;
	}
	s->frame[frame].swap = (uint8_t)(slot + 1);
	try_to_unmap(m, s, frame, (unsigned)slot);
	if (cow_page_refs(m, s, frame).total > 1) {
		note(m, "pageout: unmapped, but somebody has a reference: "
			"the page stays in the swap cache");
		return;
	}
	note(m, "pageout: unmapped, written to swap, freed");
	memcpy(s->swap[slot].cell, s->frame[frame].cell, sizeof(s->swap[slot].cell));
	s->frame[frame].swap = 0;
	free_unused(m, s, frame);
}

void reclaim_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn)
{
	if (reclaim_permits(m, s, mm, vpn))
		reclaim_unmap(m, s, s->mm[mm].pte[vpn].frame);
}

void step_RECLAIM(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	int mm = daemon_mm(m, s, op);

	for (unsigned v = op->vpn; mm >= 0 && v < (unsigned)op->vpn + op->npages; v++)
		reclaim_page(m, s, (unsigned)mm, v);
}

/* ---- in ---- */

/* The page of SLOT, in the swap cache: found there, or read. */
static unsigned swapin(struct cow_model *m, struct cow_state *s, unsigned slot)
{
	int found = swap_cache_get(m, s, slot);
	unsigned frame;

	if (found >= 0) {
		note(m, "do_swap_page: found in the swap cache");
		return (unsigned)found;
	}
	note(m, "do_swap_page: read from swap into a new page");
	frame = alloc_frame(m, s);
	memcpy(s->frame[frame].cell, s->swap[slot].cell, sizeof(s->frame[frame].cell));
	s->frame[frame].swap = (uint8_t)(slot + 1);
	return frame;
}

/*
 * do_swap_page().  The caller goes on with do_wp_page() if it wants to write and the entry is
 * not writable.
 *
 * mapcount:  reuse_swap_page()
 * refcount:  c145e0b47c77
 * exclusive: 1493a1913e34
 * exclusive-writable, exclusive-only: see the data
 */
void do_swap_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		  enum fault fault)
{
	struct cow_pte *pte = &s->mm[mm].pte[vpn];
	bool write = fault == FAULT_WRITE, exclusive = pte->bits & COW_PTE_SWAP_EXCLUSIVE;
	unsigned frame = swapin(m, s, pte->frame), rule = cow_rule(m, COW_RULE_swap_in);
	uint8_t uffd_wp = pte->bits & COW_PTE_UFFD_WP;
	bool own;

	if (rule == SWAP_IN_MAPCOUNT) {
		own = write && cow_page_mapcount(m, s, frame) + page_swapcount(m, s, frame) == 1;
		*pte = (struct cow_pte){ (uint8_t)frame, COW_PTE_PRESENT | uffd_wp };
		if (own) {
			note(m, "do_swap_page: nobody else has it, mapped writable");
			delete_from_swap_cache(m, s, frame);
			pte->bits = maybe_mkwrite(s, mm, vpn);
		}
		return;
	}
	/* From here on this mapping stands for the reference that the kernel holds meanwhile. */
	*pte = (struct cow_pte){ (uint8_t)frame, COW_PTE_PRESENT | uffd_wp };
	if (write && cow_page_refs(m, s, frame).total == 2)
		try_to_free_swap(m, s, frame);
	if (s->frame[frame].lru_batch && rule < SWAP_IN_EXCLUSIVE_ONLY)
		lru_add_drain_cpu(m, s, m->cpu);
	own = rule != SWAP_IN_EXCLUSIVE_ONLY && cow_page_refs(m, s, frame).total == 1;
	if (rule == SWAP_IN_REFCOUNT)
		exclusive = false;
	if (!own && !exclusive)
		return;
	note(m, "do_swap_page: %s", exclusive ? "the entry was exclusive" : "nobody else has it");
	if (write || (rule >= SWAP_IN_EXCLUSIVE_WRITABLE && exclusive && !uffd_wp))
		pte->bits = maybe_mkwrite(s, mm, vpn);
	if (rule >= SWAP_IN_EXCLUSIVE)
		set_exclusive(m, s, frame);
}
