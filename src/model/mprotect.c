/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * mprotect.c - mprotect() (mm/mprotect.c), and other ways in which entries lose W.
 */
#include "mm.h"

/*
 * change_pte_range(): an entry loses W with PROT_READ.  Whether it gets it back with
 * PROT_WRITE: can_change_pte_writable(), 64fe24a3e05e.
 */
static void change_pte(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn)
{
	struct cow_pte *pte = &s->mm[mm].pte[vpn];
	bool ok = false;

	if (!(pte->bits & COW_PTE_PRESENT))
		return;
	if (!(s->mm[mm].vma[vpn] & COW_VM_WRITE)) {
		pte->bits &= ~COW_PTE_WRITE;
		return;
	}
	if (pte->bits & (COW_PTE_WRITE | COW_PTE_UFFD_WP))
		return;
	if (vma_shared(m, vpn)) {
		if (vma_kind(m, vpn) != COW_FILE)
			pte->bits |= COW_PTE_WRITE;
		return;
	}
	if (!cow_frame_is_anon(m, pte->frame) || vma_hugetlb(m, vpn))
		return;
	if (pte->bits & COW_PTE_HUGE) {
		ok = cow_rule(m, COW_RULE_mprotect_write_thp) == MPROTECT_THP_EXCLUSIVE &&
		     page_exclusive(m, s, mm, vpn);
		if (ok)
			pte->bits |= COW_PTE_WRITE;
		note(m, "mprotect: writable %s", ok ? "at once" : "after the next write fault");
		return;
	}
	switch ((enum cow_mprotect_write)cow_rule(m, COW_RULE_mprotect_write)) {
	case MPROTECT_FAULT:
		break;
	case MPROTECT_EXCLUSIVE_DIRTY:
		ok = s->frame[pte->frame].exclusive && (pte->bits & COW_PTE_DIRTY);
		break;
	case MPROTECT_EXCLUSIVE:
		ok = s->frame[pte->frame].exclusive;
		break;
	}
	if (ok)
		pte->bits |= COW_PTE_WRITE;
	note(m, "mprotect: writable %s", ok ? "at once" : "after the next write fault");
}

/* Stops at the first gap. */
void step_MPROTECT(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	unsigned mm = current_mm(m, s);
	int err = 0;

	split_huge_pmd_range(m, s, mm, op->vpn, op->npages);
	for (unsigned v = op->vpn; v < op->vpn + op->npages; v++) {
		uint16_t *vma = &s->mm[mm].vma[v];
		uint16_t new = *vma & ~(COW_VM_READ | COW_VM_WRITE);

		if (!(*vma & COW_VM_MAPPED)) {
			err = -ENOMEM;
			break;
		}
		if (op->flags & COW_PROT_READ)
			new |= COW_VM_READ;
		if (op->flags & COW_PROT_WRITE)
			new |= COW_VM_READ | COW_VM_WRITE;
		/* No change of the VMA is none of its entries. */
		if (new == *vma)
			continue;
		*vma = new;
		change_pte(m, s, mm, v);
	}
	merge_vmas(m, s, mm, op->vpn);
	set_reg(s, op->dst, err);
}

/*
 * clear_refs_write() with CLEAR_REFS_SOFT_DIRTY: every entry is write-protected, so that the
 * next write is noticed.
 *
 * clear-refs: pte_is_pinned(), 9348b73c2e1b
 */
void step_CLEAR_REFS(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	unsigned mm = current_mm(m, s);

	for (unsigned v = 0; v < m->prog->nr_pages; v++) {
		struct cow_pte *pte = &s->mm[mm].pte[v];

		if (!(pte->bits & COW_PTE_PRESENT) || vma_hugetlb(m, v))
			continue;
		if ((pte->bits & COW_PTE_WRITE) && !(pte->bits & COW_PTE_HUGE) &&
		    !vma_shared(m, v) && s->mm[mm].has_pinned &&
		    page_maybe_dma_pinned(m, s, pte->frame) &&
		    cow_rule(m, COW_RULE_clear_refs) == CLEAR_REFS_SKIP_PINNED) {
			note(m, "clear_soft_dirty: the page may be pinned, its entry stays writable");
			continue;
		}
		pte->bits &= ~COW_PTE_WRITE;
	}
	set_reg(s, op->dst, 0);
}

/* vma_can_userfault(): 63b2d4174c4a, b1f9e876862d */
static bool can_userfault(struct cow_model *m, unsigned vpn)
{
	bool anon = !m->page_frame[vpn] && !vma_hugetlb(m, vpn);

	if (vma_kind(m, vpn) != COW_FILE &&
	    cow_rule(m, COW_RULE_uffd_wp) >= (anon ? UFFD_WP_ANON : UFFD_WP_SHMEM))
		return true;
	note(m, "userfaultfd: not of this memory: EINVAL");
	return false;
}

/*
 * change_pte_range() with MM_CP_UFFD_WP: an entry that is not there is not marked, one in swap
 * is.
 */
static void uffd_protect(struct cow_pte *pte)
{
	if (pte->bits & (COW_PTE_PRESENT | COW_PTE_SWAP))
		pte->bits = (pte->bits | COW_PTE_UFFD_WP) & ~COW_PTE_WRITE;
}

/* With MM_CP_UFFD_WP_RESOLVE: those who wait for the page may go on. */
static void uffd_unprotect(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn)
{
	struct cow_pte *pte = &s->mm[mm].pte[vpn];

	if (!(pte->bits & COW_PTE_UFFD_WP))
		return;
	pte->bits &= ~COW_PTE_UFFD_WP;
	if ((pte->bits & COW_PTE_PRESENT) && cow_frame_is_anon(m, pte->frame) &&
	    (s->mm[mm].vma[vpn] & COW_VM_WRITE) &&
	    cow_rule(m, COW_RULE_uffd_unprotect) == UFFD_UNPROTECT_EXCLUSIVE &&
	    page_exclusive(m, s, mm, vpn))
		pte->bits |= COW_PTE_WRITE;
}

/* UFFDIO_WRITEPROTECT */
static void mwriteprotect_range(struct cow_model *m, struct cow_state *s, const struct cow_op *op,
				bool protect)
{
	unsigned mm = current_mm(m, s);

	if (!can_userfault(m, op->vpn)) {
		set_reg(s, op->dst, -EINVAL);
		return;
	}
	split_huge_pmd_range(m, s, mm, op->vpn, op->npages);
	for (unsigned v = op->vpn; v < (unsigned)op->vpn + op->npages; v++) {
		if (protect)
			uffd_protect(&s->mm[mm].pte[v]);
		else
			uffd_unprotect(m, s, mm, v);
	}
	set_reg(s, op->dst, 0);
}

void step_UFFD_WP(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	mwriteprotect_range(m, s, op, true);
}

void step_UFFD_UNPROTECT(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	mwriteprotect_range(m, s, op, false);
}

/* shmem_mfill_atomic_pte() with UFFDIO_CONTINUE: shmem only, and nothing mapped there yet. */
void step_UFFD_CONTINUE(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	unsigned mm = current_mm(m, s);
	struct cow_pte *pte = &s->mm[mm].pte[op->vpn];
	bool shared = vma_shared(m, op->vpn);

	if (vma_kind(m, op->vpn) != COW_MEMFD || !(s->mm[mm].vma[op->vpn] & COW_VM_MAPPED)) {
		set_reg(s, op->dst, -EINVAL);
		return;
	}
	if (pte->bits) {
		set_reg(s, op->dst, -EEXIST);
		return;
	}
	*pte = (struct cow_pte){ m->page_frame[op->vpn],
				 shared ? maybe_mkwrite(s, mm, op->vpn) : COW_PTE_PRESENT };
	if (!shared && cow_rule(m, COW_RULE_uffd_continue) == UFFD_CONTINUE_DIRTY)
		pte->bits |= COW_PTE_DIRTY;
	set_reg(s, op->dst, 0);
}
