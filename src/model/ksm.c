/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * ksm.c - pages of equal contents become one (mm/ksm.c).
 */
#include <string.h>
#include "mm.h"

static bool equal_contents(const struct cow_model *m, const struct cow_state *s, unsigned a,
			   unsigned b)
{
	for (unsigned i = 0; i < m->prog->nr_parts; i++)
		if (s->frame[a].cell[i].value != s->frame[b].cell[i].value)
			return false;
	return true;
}

/* A small anonymous page in a VMA that MADV_MERGEABLE was given for, not merged yet. */
static bool mergeable(const struct cow_model *m, const struct cow_state *s, unsigned mm,
		      unsigned vpn)
{
	const struct cow_pte *pte = &s->mm[mm].pte[vpn];

	return (s->mm[mm].vma[vpn] & COW_VM_MERGEABLE) && (pte->bits & COW_PTE_PRESENT) &&
	       cow_frame_is_anon(m, pte->frame) && folio_pages(m, pte->frame) == 1 &&
	       !(s->frame[pte->frame].flags & COW_FRAME_KSM);
}

/*
 * write_protect_page(): the page must have no reference but its mappings, since a device
 * could go on writing to it.
 *
 * dirty:     entries that were read-only and clean were not looked at
 * exclusive: page_try_share_anon_rmap(), 6c287605fd56
 */
static bool references_permit(struct cow_model *m, const struct cow_state *s, unsigned mm,
			      unsigned vpn)
{
	const struct cow_pte *pte = &s->mm[mm].pte[vpn];
	struct cow_refs r = cow_page_refs(m, s, pte->frame);
	bool exclusive = s->frame[pte->frame].exclusive;

	if ((pte->bits & (COW_PTE_WRITE | COW_PTE_DIRTY)) ||
	    (exclusive && cow_rule(m, COW_RULE_ksm_merge) == KSM_MERGE_EXCLUSIVE)) {
		if (r.total != r.map + r.swap) {
			note(m, "write_protect_page: somebody has a reference, not merged");
			return false;
		}
		if (exclusive && page_maybe_dma_pinned(m, s, pte->frame))
			return false;
	}
	return true;
}

static bool write_protect_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
			       bool checked)
{
	struct cow_pte *pte = &s->mm[mm].pte[vpn];

	if (!checked && !references_permit(m, s, mm, vpn))
		return false;
	s->frame[pte->frame].exclusive = 0;
	pte->bits &= ~(COW_PTE_WRITE | COW_PTE_DIRTY);
	return true;
}

static void replace_page(const struct cow_model *m, struct cow_state *s, unsigned mm,
			 unsigned vpn, unsigned kpage)
{
	unsigned old = s->mm[mm].pte[vpn].frame;

	for (unsigned i = 0; i < m->prog->nr_parts; i++)
		s->frame[kpage].cell[i].viewers |= s->frame[old].cell[i].viewers;
	s->mm[mm].pte[vpn] = (struct cow_pte){ (uint8_t)kpage, COW_PTE_PRESENT };
	free_unused(m, s, old);
}

/* stable_tree_search(): a merged page that holds the same, or -1. */
static int stable_tree_search(const struct cow_model *m, const struct cow_state *s, unsigned frame)
{
	for (unsigned f = m->first_anon; f < m->first_folio; f++)
		if ((s->frame[f].flags & COW_FRAME_KSM) && equal_contents(m, s, f, frame))
			return (int)f;
	return -1;
}

/* cmp_and_merge_page(): with a merged page, or with the first other page that may be. */
static void cmp_and_merge_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
			       bool checked)
{
	unsigned frame = s->mm[mm].pte[vpn].frame;
	int kpage = stable_tree_search(m, s, frame);

	if (kpage >= 0) {
		if (write_protect_page(m, s, mm, vpn, checked)) {
			note(m, "try_to_merge_with_ksm_page: merged");
			replace_page(m, s, mm, vpn, (unsigned)kpage);
		}
		return;
	}
	for (unsigned o = 0; o < m->prog->nr_procs; o++)
		for (unsigned v = 0; v < m->prog->nr_pages; v++) {
			unsigned other = s->mm[o].pte[v].frame;

			if (!mergeable(m, s, o, v) || other == frame ||
			    !equal_contents(m, s, frame, other))
				continue;
			if (!write_protect_page(m, s, mm, vpn, checked))
				return;
			s->frame[frame].flags |= COW_FRAME_KSM;
			if (write_protect_page(m, s, o, v, false)) {
				note(m, "try_to_merge_two_pages: merged");
				replace_page(m, s, o, v, frame);
			} else {
				note(m, "try_to_merge_two_pages: given up");
				s->frame[frame].flags &= ~COW_FRAME_KSM;
			}
			return;
		}
	note(m, "cmp_and_merge_page: nothing to merge with");
}

bool ksm_finds_no_reference(struct cow_model *m, const struct cow_state *s, unsigned mm,
			    unsigned vpn)
{
	return mergeable(m, s, mm, vpn) && references_permit(m, s, mm, vpn);
}

void ksm_merge_unchecked(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn)
{
	cmp_and_merge_page(m, s, mm, vpn, true);
}

/* ksmd comes to these pages. */
void step_KSM_SCAN(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	int mm = daemon_mm(m, s, op);

	for (unsigned v = op->vpn; mm >= 0 && v < (unsigned)op->vpn + op->npages; v++)
		if (mergeable(m, s, (unsigned)mm, v))
			cmp_and_merge_page(m, s, (unsigned)mm, v, false);
}

/* break_ksm(): a private copy, by a fault. */
int unmerge_ksm_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn)
{
	const struct cow_pte *pte = &s->mm[mm].pte[vpn];

	if (!(pte->bits & COW_PTE_PRESENT) || !(s->frame[pte->frame].flags & COW_FRAME_KSM))
		return 0;
	return handle_mm_fault(m, s, mm, vpn, FAULT_UNSHARE);
}
