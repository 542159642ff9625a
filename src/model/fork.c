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

/* copy_present_pte() */
static void copy_present_pte(struct cow_model *m, struct cow_state *s, unsigned mm,
			     unsigned child, unsigned vpn)
{
	struct cow_pte *pte = &s->mm[mm].pte[vpn];

	if (!(pte->bits & COW_PTE_PRESENT))
		return;
	if (!vma_shared(m, vpn)) {
		if (needs_early_copy(m, s, mm, pte->frame)) {
			copy_present_page(m, s, child, vpn, pte->frame);
			return;
		}
		pte->bits &= ~COW_PTE_WRITE;
		s->frame[pte->frame].exclusive = 0;
	}
	s->mm[child].pte[vpn] = *pte;
	if (vma_shared(m, vpn))
		s->mm[child].pte[vpn].bits &= ~COW_PTE_DIRTY;
}

/*
 * dup_mmap(): which mappings the child gets, and which of them are copied.  Page tables
 * of a mapping that never had an anonymous page are not copied: the child
 * faults them in from the file, or finds zeroes.
 */
static void dup_mmap(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned child)
{
	for (unsigned v = 0; v < m->prog->nr_pages; v++) {
		uint8_t vma = s->mm[mm].vma[v];

		if (!(vma & COW_VM_MAPPED)) {
			s->mm[child].vma[v] = vma;
			continue;
		}
		if (vma & COW_VM_DONTCOPY) {
			note(m, "dup_mmap: VM_DONTCOPY, the child gets a hole");
			s->mm[child].vma[v] = COW_VM_HOLE;
			continue;
		}
		s->mm[child].vma[v] = vma;
		if (vma & COW_VM_WIPEONFORK) {
			note(m, "dup_mmap: VM_WIPEONFORK, the child gets no page");
			s->mm[child].vma[v] &= ~COW_VM_ANON_VMA;
		} else if (vma & COW_VM_ANON_VMA) {
			copy_present_pte(m, s, mm, child, v);
		}
	}
}

/* From now on the child may know what its parent may know. */
static void child_becomes_viewer(const struct cow_model *m, struct cow_state *s, unsigned mm,
				 unsigned child)
{
	for (unsigned f = 0; f < m->nr_frames; f++)
		for (unsigned i = 0; i < m->prog->nr_parts; i++)
			if (s->frame[f].cell[i].viewers & mm_bit(mm))
				s->frame[f].cell[i].viewers |= mm_bit(child);
}

static void do_fork(struct cow_model *m, struct cow_state *s, const struct cow_op *op, bool vm)
{
	unsigned parent = current_proc(m), child = op->proc, mm = s->proc[parent].mm;

	s->proc[child].state = COW_RUNNING;
	s->proc[child].mm = vm ? mm : child;
	for (unsigned r = 0; r < m->prog->nr_regs; r++)
		if (m->prog->regs[r].proc == (int)child && m->prog->regs[r].inherit >= 0)
			s->reg[r] = s->reg[m->prog->regs[r].inherit];
	set_reg(s, op->dst, 0);
	if (vm) {
		note(m, "copy_mm: CLONE_VM, the same address space");
	} else if (mm != COW_NO_MM) {
		child_becomes_viewer(m, s, mm, child);
		dup_mmap(m, s, mm, child);
	} else {
		s->proc[child].mm = COW_NO_MM;
	}
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
