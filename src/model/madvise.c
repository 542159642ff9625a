/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * madvise.c - madvise() (mm/madvise.c).
 */
#include "mm.h"

/* madvise_free_pte_range(): a page of one's own alone, its entry clean from now on. */
static void madvise_free(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn)
{
	struct cow_pte *pte = &s->mm[mm].pte[vpn];

	if (pte->bits & COW_PTE_SWAP) {
		zap_pte(m, s, mm, vpn);
		return;
	}
	if (!(pte->bits & COW_PTE_PRESENT) || !cow_frame_is_anon(m, pte->frame) ||
	    folio_pages(m, pte->frame) > 1 || cow_page_mapcount(m, s, pte->frame) != 1) {
		note(m, "madvise_free_pte_range: passed over");
		return;
	}
	if (s->frame[pte->frame].swap && !try_to_free_swap(m, s, pte->frame))
		return;
	pte->bits &= ~COW_PTE_DIRTY;
	s->frame[pte->frame].flags |= COW_FRAME_LAZYFREE;
}

/* madvise_vma_behavior() of one page; 0 or -EINVAL. */
static int madvise_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
			enum cow_advice advice)
{
	uint16_t *vma = &s->mm[mm].vma[vpn];

	switch (advice) {
	case COW_MADV_DONTFORK:
		*vma |= COW_VM_DONTCOPY;
		return 0;
	case COW_MADV_DOFORK:
		*vma &= ~COW_VM_DONTCOPY;
		return 0;
	case COW_MADV_WIPEONFORK:
		if (cow_rule(m, COW_RULE_wipeonfork) == WIPEONFORK_NONE || m->page_frame[vpn] ||
		    vma_hugetlb(m, vpn))
			return -EINVAL;
		*vma |= COW_VM_WIPEONFORK;
		return 0;
	case COW_MADV_KEEPONFORK:
		if (cow_rule(m, COW_RULE_wipeonfork) == WIPEONFORK_NONE)
			return -EINVAL;
		*vma &= ~COW_VM_WIPEONFORK;
		return 0;
	case COW_MADV_DONTNEED:
		if (vma_hugetlb(m, vpn) &&
		    cow_rule(m, COW_RULE_hugetlb_dontneed) == HUGETLB_DONTNEED_REFUSE)
			return -EINVAL;
		zap_pte(m, s, mm, vpn);
		return 0;
	case COW_MADV_MERGEABLE:
		/* Shared, special or hugetlb memory: silently not merged. */
		if (!vma_shared(m, vpn) && !vma_hugetlb(m, vpn))
			*vma |= COW_VM_MERGEABLE;
		return 0;
	case COW_MADV_UNMERGEABLE:
		*vma &= ~COW_VM_MERGEABLE;
		return unmerge_ksm_page(m, s, mm, vpn);
	case COW_MADV_FREE:
		if (vma_shared(m, vpn) || m->page_frame[vpn] || vma_hugetlb(m, vpn) ||
		    cow_rule(m, COW_RULE_madv_free) == MADV_FREE_NONE)
			return -EINVAL;
		madvise_free(m, s, mm, vpn);
		return 0;
	case COW_MADV_PAGEOUT:
		if (vma_hugetlb(m, vpn) ||
		    cow_rule(m, COW_RULE_madv_pageout) == MADV_PAGEOUT_NONE)
			return -EINVAL;
		if ((s->mm[mm].pte[vpn].bits & COW_PTE_PRESENT) &&
		    cow_page_mapcount(m, s, s->mm[mm].pte[vpn].frame) == 1)
			reclaim_page(m, s, mm, vpn);
		return 0;
	case COW_NR_ADVICE:
		break;
	}
	return -EINVAL;
}

/*
 * zap_pte_range() with reclaim_pt: the empty page table of a range that one VMA covers is
 * freed.  As configured on x86-64 (CONFIG_PT_RECLAIM).
 */
static void reclaim_table(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
			  unsigned npages)
{
	const struct cow_region *r = &m->prog->regions[m->prog->page_region[vpn]];
	unsigned bit = 1u << m->prog->page_region[vpn], first, end;

	if (r->kind != COW_THP || r->moved_from >= 0 || npages != r->npages ||
	    !(s->mm[mm].pte_table & bit))
		return;
	find_vma(m, s, mm, vpn, &first, &end);
	if (end - first != npages || cow_rule(m, COW_RULE_empty_table) == EMPTY_TABLE_KEEP)
		return;
	note(m, "zap_pte_range: the page table is empty, and freed");
	s->mm[mm].pte_table &= ~bit;
}

/* Goes on behind a gap, and says ENOMEM in the end. */
void step_MADVISE(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	unsigned mm = current_mm(m, s);
	int err = 0;

	if (op->flags == COW_MADV_DONTNEED)
		zap_drain(m, s);
	if (op->flags == COW_MADV_FREE || op->flags == COW_MADV_PAGEOUT)
		lru_add_drain_cpu(m, s, m->cpu);
	split_huge_pmd_range(m, s, mm, op->vpn, op->npages);
	for (unsigned v = op->vpn; v < op->vpn + op->npages; v++) {
		int e;

		if (!(s->mm[mm].vma[v] & COW_VM_MAPPED)) {
			err = -ENOMEM;
			continue;
		}
		e = madvise_page(m, s, mm, v, op->flags);
		if (e) {
			set_reg(s, op->dst, e);
			return;
		}
	}
	if (op->flags == COW_MADV_DONTNEED)
		reclaim_table(m, s, mm, op->vpn, op->npages);
	merge_vmas(m, s, mm, op->vpn);
	set_reg(s, op->dst, err);
}
