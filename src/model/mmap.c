/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * mmap.c - VMAs: munmap(), mremap(), and neighbours that merge.
 */
#include "mm.h"

unsigned current_mm(const struct cow_model *m, const struct cow_state *s)
{
	return s->proc[current_proc(m)].mm;
}

int daemon_mm(const struct cow_model *m, const struct cow_state *s, const struct cow_op *op)
{
	unsigned proc = op->proc >= 0 ? (unsigned)op->proc : current_proc(m);

	if (s->proc[proc].state != COW_RUNNING || s->proc[proc].mm == COW_NO_MM)
		return -ESRCH;
	return s->proc[proc].mm;
}

void merge_vmas(const struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn)
{
	const struct cow_region *r = &m->prog->regions[m->prog->page_region[vpn]];

	for (unsigned v = r->vpn; v < r->vpn + r->npages; v++)
		if (s->mm[mm].vma[v] & COW_VM_ANON_VMA)
			anon_vma_prepare(m, s, mm, v);
}

void step_MUNMAP(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	unsigned mm = current_mm(m, s);

	zap_drain(m, s);
	split_huge_pmd_range(m, s, mm, op->vpn, op->npages);
	if (op->whole)
		s->mm[mm].pte_table &= ~(1u << m->prog->page_region[op->vpn]);
	for (unsigned v = op->vpn; v < op->vpn + op->npages; v++) {
		zap_pte(m, s, mm, v);
		s->mm[mm].vma[v] = 0;
	}
	set_reg(s, op->dst, 0);
}

/*
 * move_page_tables(): the entry moves and the page stays, and with it who pinned it: a
 * pin of the old address is one of the new address.  The process dies where it
 * would go on with a mapping that it does not get (EFAULT).
 */
void step_MREMAP(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	unsigned mm = current_mm(m, s), to = m->prog->regions[op->region].vpn;

	if (!(s->mm[mm].vma[op->vpn] & COW_VM_MAPPED)) {
		hole_hazard(m, s, mm, op->vpn);
		segfault(m, s, current_proc(m));
		return;
	}
	if (vma_hugetlb(m, op->vpn) &&
	    cow_rule(m, COW_RULE_hugetlb_mremap) == HUGETLB_MREMAP_REFUSE) {
		note(m, "mremap: not of hugetlb: EINVAL");
		return;
	}
	split_huge_pmd_range(m, s, mm, op->vpn, 1);
	/* A part of a huge page has no room for another one where it goes. */
	if (vma_kind(m, to) == COW_THP)
		s->mm[mm].pte_table |= 1u << m->prog->page_region[to];
	s->mm[mm].pte[to] = s->mm[mm].pte[op->vpn];
	/* mremap_userfaultfd_prep(): without UFFD_FEATURE_EVENT_REMAP nobody watches there. */
	s->mm[mm].pte[to].bits &= ~COW_PTE_UFFD_WP;
	s->mm[mm].vma[to] = s->mm[mm].vma[op->vpn];
	s->mm[mm].pte[op->vpn] = (struct cow_pte){ 0 };
	s->mm[mm].vma[op->vpn] = 0;
	for (unsigned i = 0; i < m->prog->nr_pins; i++)
		if (s->pin[i].state == COW_PIN_LIVE && s->pin[i].mm == mm &&
		    s->pin[i].vpn == op->vpn)
			s->pin[i].vpn = to;
}
