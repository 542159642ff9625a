/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * memory.c - page faults (mm/memory.c), loads and stores.
 */
#include "mm.h"

void find_vma(const struct cow_model *m, const struct cow_state *s, unsigned mm, unsigned vpn,
	      unsigned *first, unsigned *end)
{
	const struct cow_region *r = &m->prog->regions[m->prog->page_region[vpn]];
	const uint16_t *vma = s->mm[mm].vma;
	unsigned same = ~(unsigned)COW_VM_ANON_VMA;

	*first = *end = vpn;
	while (*first > r->vpn && (vma[*first - 1] & same) == (vma[vpn] & same))
		--*first;
	while (*end < r->vpn + r->npages && (vma[*end] & same) == (vma[vpn] & same))
		++*end;
}

void anon_vma_prepare(const struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn)
{
	unsigned first, end;

	find_vma(m, s, mm, vpn, &first, &end);
	for (unsigned v = first; v < end; v++)
		s->mm[mm].vma[v] |= COW_VM_ANON_VMA;
}

void zap_pte(const struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn)
{
	struct cow_pte *pte = &s->mm[mm].pte[vpn];
	unsigned frame = pte->frame;

	if (pte->bits & COW_PTE_SWAP) {
		*pte = (struct cow_pte){ 0 };
		free_swap_and_cache(m, s, frame);
	}
	if (!(pte->bits & COW_PTE_PRESENT))
		return;
	*pte = (struct cow_pte){ 0 };
	/* free_swap_cache(): nobody will come back for it. */
	if (s->frame[frame].swap && !cow_page_mapcount(m, s, frame) &&
	    !page_swapcount(m, s, frame))
		delete_from_swap_cache(m, s, frame);
	free_unused(m, s, frame);
}

uint8_t maybe_mkwrite(const struct cow_state *s, unsigned mm, unsigned vpn)
{
	return COW_PTE_PRESENT | COW_PTE_DIRTY |
	       (s->mm[mm].vma[vpn] & COW_VM_WRITE ? COW_PTE_WRITE : 0);
}

/* A page of one's own, holding what FROM holds, replaces whatever is mapped at VPN. */
static void map_private_copy(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
			     unsigned from, uint8_t bits)
{
	unsigned frame = alloc_frame(m, s);

	copy_contents(m, s, frame, from);
	zap_pte(m, s, mm, vpn);
	s->mm[mm].pte[vpn] = (struct cow_pte){ frame, bits };
	set_exclusive(m, s, frame);
	anon_vma_prepare(m, s, mm, vpn);
}

/* do_anonymous_page() */
static void do_anonymous_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
			      enum fault fault)
{
	if (fault == FAULT_WRITE) {
		note(m, "do_anonymous_page: nothing mapped, a new zeroed page");
		map_private_copy(m, s, mm, vpn, COW_ZERO_FRAME, maybe_mkwrite(s, mm, vpn));
	} else if (cow_rule(m, COW_RULE_zero_page) == ZERO_PAGE_NEVER) {
		note(m, "do_anonymous_page: nothing mapped, the read gets a new zeroed page");
		map_private_copy(m, s, mm, vpn, COW_ZERO_FRAME,
				 s->mm[mm].vma[vpn] & COW_VM_WRITE ? maybe_mkwrite(s, mm, vpn)
								   : COW_PTE_PRESENT);
	} else {
		note(m, "do_anonymous_page: nothing mapped, the read gets the shared zero page");
		s->mm[mm].pte[vpn] = (struct cow_pte){ COW_ZERO_FRAME, COW_PTE_PRESENT };
	}
}

/*
 * do_fault(): do_read_fault() with its fault-around, do_cow_fault(), do_shared_fault().
 * A shared mapping of shmem needs no notice of the first write, so that its
 * entries are writable from the start; a filesystem's wants to see it.
 */
static void do_fault(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		     enum fault fault)
{
	bool shared = vma_shared(m, vpn);
	uint8_t bits = COW_PTE_PRESENT;
	unsigned first, end;

	if (fault == FAULT_WRITE && !shared) {
		note(m, "do_cow_fault: a private copy of the file's page");
		map_private_copy(m, s, mm, vpn, m->page_frame[vpn], maybe_mkwrite(s, mm, vpn));
		return;
	}
	if (fault == FAULT_WRITE) {
		note(m, "do_shared_fault: the file's page, writable");
		s->mm[mm].pte[vpn] = (struct cow_pte){ m->page_frame[vpn],
						       maybe_mkwrite(s, mm, vpn) };
		return;
	}
	note(m, "do_read_fault: the file's page, read-only");
	if (shared && vma_kind(m, vpn) != COW_FILE && (s->mm[mm].vma[vpn] & COW_VM_WRITE))
		bits |= COW_PTE_WRITE;
	find_vma(m, s, mm, vpn, &first, &end);
	for (unsigned v = first; v < end; v++)
		if (!(s->mm[mm].pte[v].bits & COW_PTE_PRESENT))
			s->mm[mm].pte[v] = (struct cow_pte){ m->page_frame[v], bits };
}

/* wp_can_reuse_anon_folio() of v5.18 on, without the exclusive bit. */
static bool reuse_by_refcount_drain(struct cow_model *m, struct cow_state *s, unsigned frame)
{
	if (cow_page_refs(m, s, frame).total > 3)
		return false;
	if (s->frame[frame].lru_batch)
		lru_add_drain_cpu(m, s, m->cpu);
	if (cow_page_refs(m, s, frame).total > 1u + (s->frame[frame].swap != 0))
		return false;
	try_to_free_swap(m, s, frame);
	return cow_page_refs(m, s, frame).total == 1;
}

/* reuse_ksm_page(): from 52d1e606ee73 to 1a0cf26323c8. */
static bool can_reuse_ksm(struct cow_model *m, struct cow_state *s, unsigned frame)
{
	if (cow_rule(m, COW_RULE_ksm_reuse) == KSM_REUSE_NEVER ||
	    cow_page_refs(m, s, frame).total != 1) {
		note(m, "do_wp_page: a merged page");
		return false;
	}
	note(m, "reuse_ksm_page: nobody else has the merged page");
	s->frame[frame].flags &= ~COW_FRAME_KSM;
	return true;
}

/*
 * Whether the write (or unshare) fault may keep anonymous page FRAME.  On kernels with
 * PG_anon_exclusive the page is marked when it is kept.
 *
 * mapcount:       reuse_swap_page(), until 09854ba94c6a
 * refcount:       do_wp_page(), 09854ba94c6a
 * refcount-drain: d4c470970d45, 53a05ad9f21d
 * exclusive:      wp_can_reuse_anon_folio(), 6c287605fd56
 */
static bool can_reuse(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned frame)
{
	struct cow_refs refs = cow_page_refs(m, s, frame);
	bool reuse = false;
	unsigned map;

	if (s->frame[frame].flags & COW_FRAME_KSM)
		return can_reuse_ksm(m, s, frame);
	if (folio_pages(m, frame) > 1 && !s->frame[frame].exclusive &&
	    cow_rule(m, COW_RULE_wp_large) != WP_LARGE_AS_SMALL) {
		s->frame[frame].exclusive = can_reuse_large(m, s, mm, frame);
		return s->frame[frame].exclusive;
	}

	switch ((enum cow_wp_small)cow_rule(m, COW_RULE_wp_small)) {
	case WP_MAPCOUNT:
		map = max_mapcount(m, s, frame) + page_swapcount(m, s, frame);
		note(m, "do_wp_page: mapped %u times, references do not count", map);
		if (map == 1 && s->frame[frame].swap)
			delete_from_swap_cache(m, s, frame);
		return map == 1;
	case WP_REFCOUNT:
		note(m, "do_wp_page: %u references", refs.total);
		return refs.total == 1;
	case WP_REFCOUNT_DRAIN:
		note(m, "do_wp_page: %u references", refs.total);
		return reuse_by_refcount_drain(m, s, frame);
	case WP_EXCLUSIVE:
		if (s->frame[frame].exclusive)
			break;
		note(m, "do_wp_page: not exclusive, %u references", refs.total);
		reuse = reuse_by_refcount_drain(m, s, frame);
		s->frame[frame].exclusive = reuse;
		return reuse;
	case WP_EXCLUSIVE_LRU:
		if (s->frame[frame].exclusive)
			break;
		note(m, "do_wp_page: not exclusive, %u references", refs.total);
		reuse = refs.total <= 1 + refs.lru + refs.swap && reuse_by_refcount_drain(m, s, frame);
		s->frame[frame].exclusive = reuse;
		return reuse;
	}
	note(m, "do_wp_page: the page is exclusive");
	return true;
}

/* do_wp_page(): a write or unshare fault on an entry that is present and not writable. */
static void do_wp_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		       enum fault fault)
{
	struct cow_pte *pte = &s->mm[mm].pte[vpn];

	if (vma_shared(m, vpn)) {
		note(m, "do_wp_page: shared mapping, made writable");
		pte->bits = maybe_mkwrite(s, mm, vpn);
		return;
	}
	if (cow_frame_is_anon(m, pte->frame)) {
		if (can_reuse(m, s, mm, pte->frame)) {
			note(m, "wp_page_reuse: the same page%s",
			     fault == FAULT_UNSHARE ? ", now exclusive" : "");
			if (fault == FAULT_WRITE)
				pte->bits = maybe_mkwrite(s, mm, vpn);
			return;
		}
	} else {
		note(m, "do_wp_page: %s in a private mapping",
		     pte->frame == COW_ZERO_FRAME ? "the zero page" : "a page of the page cache");
	}
	note(m, "wp_page_copy: a copy replaces it; pins stay on the old page");
	map_private_copy(m, s, mm, vpn, pte->frame,
			 fault == FAULT_WRITE ? maybe_mkwrite(s, mm, vpn)
					      : COW_PTE_PRESENT | (pte->bits & COW_PTE_UFFD_WP));
}

int handle_mm_fault(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		    enum fault fault)
{
	const struct cow_pte *pte = &s->mm[mm].pte[vpn];

	if (vma_hugetlb(m, vpn))
		return hugetlb_fault(m, s, mm, vpn, fault);
	if (pte->bits & COW_PTE_SWAP)
		do_swap_page(m, s, mm, vpn, fault);
	if (pte->bits & COW_PTE_PRESENT) {
		if (fault == FAULT_READ || (pte->bits & COW_PTE_WRITE))
			return 0;
		if ((pte->bits & COW_PTE_HUGE) && do_huge_pmd_wp_page(m, s, mm, vpn, fault))
			return 0;
		do_wp_page(m, s, mm, vpn, fault);
	} else if (vma_kind(m, vpn) == COW_THP &&
		   do_huge_pmd_anonymous_page(m, s, mm, vpn, fault)) {
		return 0;
	} else if (m->page_frame[vpn]) {
		do_fault(m, s, mm, vpn, fault);
	} else {
		do_anonymous_page(m, s, mm, vpn, fault);
	}
	return 0;
}

void store_value(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		 unsigned frame, unsigned part, int value)
{
	store_hazards(m, s, mm, vpn, frame);
	s->frame[frame].cell[part] = (struct cow_cell){
		.value = (uint8_t)value,
		.viewers = vma_shared(m, vpn) ? COW_VIEWERS_ALL : mm_bit(mm),
	};
}

/*
 * The access that the running process makes to VPN is permitted; else it dies.  An entry
 * that is writable is not asked about its mapping (see hugetlb-mkwrite).
 */
static bool access_ok(struct cow_model *m, struct cow_state *s, unsigned vpn, unsigned need)
{
	unsigned proc = current_proc(m), mm = s->proc[proc].mm;

	if (mm != COW_NO_MM && need == COW_VM_WRITE &&
	    (s->mm[mm].pte[vpn].bits & COW_PTE_WRITE))
		return true;
	if (mm != COW_NO_MM && (s->mm[mm].vma[vpn] & COW_VM_MAPPED) &&
	    (s->mm[mm].vma[vpn] & need))
		return true;
	if (mm != COW_NO_MM)
		hole_hazard(m, s, mm, vpn);
	segfault(m, s, proc);
	return false;
}

void step_LOAD(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	unsigned mm = s->proc[current_proc(m)].mm;

	if (!access_ok(m, s, op->vpn, COW_VM_READ))
		return;
	if (handle_mm_fault(m, s, mm, op->vpn, FAULT_READ)) {
		bus_error(m, s, current_proc(m));
		return;
	}
	set_reg(s, op->dst, s->frame[s->mm[mm].pte[op->vpn].frame].cell[op->part].value);
}

void step_STORE(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	unsigned mm = s->proc[current_proc(m)].mm;

	if (!access_ok(m, s, op->vpn, COW_VM_WRITE))
		return;
	if (handle_mm_fault(m, s, mm, op->vpn, FAULT_WRITE)) {
		bus_error(m, s, current_proc(m));
		return;
	}
	s->mm[mm].pte[op->vpn].bits |= COW_PTE_DIRTY;
	store_value(m, s, mm, op->vpn, s->mm[mm].pte[op->vpn].frame, op->part,
		    value_of(s, &op->value));
}
