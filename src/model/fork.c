/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * fork.c - fork(), vfork(), clone(): dup_mmap() and copy_page_range().
 */
#include "mm.h"

/* A copy of the page at once, for the child: copy_present_page(), 70e806e4e645. */
static void copy_present_page(struct cow_model *m, struct cow_state *s, unsigned child,
			      unsigned vpn, unsigned frame)
{
	unsigned copy = alloc_frame(m, s);

	note(m, "copy_present_page: the page may be pinned, the child gets a copy now");
	copy_contents(m, s, copy, frame);
	set_exclusive(m, s, copy);
	s->mm[child].pte[vpn] = (struct cow_pte){
		copy, COW_PTE_PRESENT | COW_PTE_DIRTY |
		      (s->mm[child].vma[vpn] & COW_VM_WRITE ? COW_PTE_WRITE : 0),
	};
}

/*
 * copy-pinned:           page_needs_cow_for_dma() of any page, 70e806e4e645
 * copy-pinned-anon:      the same with PageAnon(), in later 5.10.y
 * copy-pinned-exclusive: folio_try_dup_anon_rmap_pte(), fb3d824d1a46, 6c287605fd56
 */
static bool needs_early_copy(struct cow_model *m, const struct cow_state *s, unsigned mm,
		      unsigned frame)
{
	bool anon = cow_frame_is_anon(m, frame);

	/* No struct page is looked at behind a zero-page entry. */
	if (frame == COW_ZERO_FRAME)
		return false;
	switch ((enum cow_fork_small)cow_rule(m, COW_RULE_fork_small)) {
	case FORK_SHARE:
		return false;
	case FORK_COPY_PINNED:
		break;
	case FORK_COPY_PINNED_ANON:
		if (!anon)
			return false;
		break;
	case FORK_COPY_PINNED_EXCLUSIVE:
		if (!anon || !s->frame[frame].exclusive)
			return false;
		break;
	}
	return s->mm[mm].has_pinned && page_maybe_dma_pinned(m, s, frame);
}

/* copy_present_pte(), copy_nonpresent_pte() */
static void copy_small_pte(struct cow_model *m, struct cow_state *s, unsigned mm,
			   unsigned child, unsigned vpn, bool early)
{
	struct cow_pte *pte = &s->mm[mm].pte[vpn];

	/* The swap entry is shared, so exclusive in neither. */
	if (pte->bits & COW_PTE_SWAP) {
		pte->bits &= ~COW_PTE_SWAP_EXCLUSIVE;
		s->mm[child].pte[vpn] = *pte;
		s->mm[child].pte[vpn].bits &= ~COW_PTE_UFFD_WP;
	}
	if (!(pte->bits & COW_PTE_PRESENT))
		return;
	if (vma_kind(m, vpn) == COW_THP)
		s->mm[child].pte_table |= 1u << m->prog->page_region[vpn];
	if (early) {
		copy_present_page(m, s, child, vpn, pte->frame);
		return;
	}
	if (!vma_shared(m, vpn)) {
		pte->bits &= ~COW_PTE_WRITE;
		s->frame[pte->frame].exclusive = 0;
	}
	s->mm[child].pte[vpn] = *pte;
	/* Without UFFD_FEATURE_EVENT_FORK the child is not watched. */
	s->mm[child].pte[vpn].bits &= ~COW_PTE_UFFD_WP;
	if (vma_shared(m, vpn))
		s->mm[child].pte[vpn].bits &= ~COW_PTE_DIRTY;
}

bool fork_tests_pinned(struct cow_model *m, const struct cow_state *s, unsigned mm, unsigned vpn)
{
	const struct cow_pte *pte = &s->mm[mm].pte[vpn];

	return (pte->bits & COW_PTE_PRESENT) && !(pte->bits & COW_PTE_HUGE) &&
	       !vma_hugetlb(m, vpn) && !vma_shared(m, vpn) &&
	       needs_early_copy(m, s, mm, pte->frame);
}

int copy_pte(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned child,
	     unsigned vpn, bool early)
{
	if (vma_hugetlb(m, vpn))
		return copy_hugetlb_page(m, s, mm, child, vpn);
	/* The huge page was shared with its first entry: copy_huge_pmd(). */
	if (!(s->mm[mm].pte[vpn].bits & COW_PTE_HUGE))
		copy_small_pte(m, s, mm, child, vpn, early);
	return 0;
}

void dup_vma(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned child, unsigned vpn)
{
	uint16_t vma = s->mm[mm].vma[vpn];

	s->mm[child].vma[vpn] = vma;
	if (!(vma & COW_VM_MAPPED))
		return;
	if (vma & COW_VM_DONTCOPY) {
		note(m, "dup_mmap: VM_DONTCOPY, the child gets a hole");
		s->mm[child].vma[vpn] = COW_VM_HOLE;
	} else if (vma & COW_VM_WIPEONFORK) {
		note(m, "dup_mmap: VM_WIPEONFORK, the child gets no page");
		s->mm[child].vma[vpn] &= ~COW_VM_ANON_VMA;
	}
}

/*
 * Page tables of a mapping that never had an anonymous page are not copied: the child faults
 * them in from the file, or finds zeroes.
 */
bool fork_copies(const struct cow_model *m, const struct cow_state *s, unsigned mm, unsigned vpn)
{
	uint16_t vma = s->mm[mm].vma[vpn];

	return (vma & COW_VM_MAPPED) && !(vma & (COW_VM_DONTCOPY | COW_VM_WIPEONFORK)) &&
	       ((vma & COW_VM_ANON_VMA) || vma_hugetlb(m, vpn));
}

/* dup_mmap(), at once. */
static int dup_mmap(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned child)
{
	int err = 0;

	for (unsigned v = 0; !err && v < m->prog->nr_pages; v++) {
		dup_vma(m, s, mm, child, v);
		if (!fork_copies(m, s, mm, v))
			continue;
		/* A huge page that is pinned is split before its pages are looked at. */
		copy_huge_pmd(m, s, mm, child, v);
		err = copy_pte(m, s, mm, child, v, fork_tests_pinned(m, s, mm, v));
	}
	return err;
}

/* From now on the child may know what its parent may know. */
void child_becomes_viewer(const struct cow_model *m, struct cow_state *s, unsigned mm,
			  unsigned child)
{
	for (unsigned f = 0; f < m->nr_frames; f++)
		for (unsigned i = 0; i < m->prog->nr_parts; i++)
			if (s->frame[f].cell[i].viewers & mm_bit(mm))
				s->frame[f].cell[i].viewers |= mm_bit(child);
	for (unsigned slot = 0; m->has_swap && slot < COW_MAX_SWAP; slot++)
		for (unsigned i = 0; i < m->prog->nr_parts; i++)
			if (s->swap[slot].cell[i].viewers & mm_bit(mm))
				s->swap[slot].cell[i].viewers |= mm_bit(child);
}

void fork_child(struct cow_model *m, struct cow_state *s, const struct cow_op *op, unsigned mm,
		int err)
{
	unsigned child = (unsigned)op->proc;

	s->proc[child].state = COW_RUNNING;
	s->proc[child].mm = (uint8_t)mm;
	for (unsigned r = 0; r < m->prog->nr_regs; r++)
		if (m->prog->regs[r].proc == (int)child && m->prog->regs[r].inherit >= 0)
			s->reg[r] = s->reg[m->prog->regs[r].inherit];
	set_reg(s, op->dst, 0);
	if (err) {
		note(m, "fork fails: ENOMEM");
		do_exit(m, s, child);
		set_reg(s, op->dst, err);
	}
}

static void do_fork(struct cow_model *m, struct cow_state *s, const struct cow_op *op, bool vm)
{
	unsigned child = (unsigned)op->proc, mm = s->proc[current_proc(m)].mm;
	int err = 0;

	if (vm) {
		note(m, "copy_mm: CLONE_VM, the same address space");
		child = mm;
	} else if (mm != COW_NO_MM) {
		child_becomes_viewer(m, s, mm, child);
		err = dup_mmap(m, s, mm, child);
	} else {
		child = COW_NO_MM;
	}
	fork_child(m, s, op, child, err);
}

void step_FORK(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	do_fork(m, s, op, false);
}

void step_VFORK(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	do_fork(m, s, op, true);
}

void step_CLONE(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	do_fork(m, s, op, op->flags & COW_CLONE_VM);
}
