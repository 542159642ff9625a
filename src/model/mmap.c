/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * mmap.c - calls that change mappings: madvise(), mprotect(), munmap(), mremap().
 */
#include "mm.h"

static unsigned current_mm(const struct cow_model *m, const struct cow_state *s)
{
	return s->proc[current_proc(m)].mm;
}

/*
 * vma_merge(): neighbours that are equal now are one VMA, which has an anon_vma if one of
 * them had.
 */
static void merge_vmas(const struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn)
{
	const struct cow_region *r = &m->prog->regions[m->prog->page_region[vpn]];

	for (unsigned v = r->vpn; v < r->vpn + r->npages; v++)
		if (s->mm[mm].vma[v] & COW_VM_ANON_VMA)
			anon_vma_prepare(m, s, mm, v);
}

/* madvise_vma_behavior() of one page; 0 or -EINVAL. */
static int madvise_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
			enum cow_advice advice)
{
	uint8_t *vma = &s->mm[mm].vma[vpn];

	switch (advice) {
	case COW_MADV_DONTFORK:
		*vma |= COW_VM_DONTCOPY;
		return 0;
	case COW_MADV_DOFORK:
		*vma &= ~COW_VM_DONTCOPY;
		return 0;
	case COW_MADV_WIPEONFORK:
		if (cow_rule(m, COW_RULE_wipeonfork) == WIPEONFORK_NONE || m->page_frame[vpn])
			return -EINVAL;
		*vma |= COW_VM_WIPEONFORK;
		return 0;
	case COW_MADV_KEEPONFORK:
		if (cow_rule(m, COW_RULE_wipeonfork) == WIPEONFORK_NONE)
			return -EINVAL;
		*vma &= ~COW_VM_WIPEONFORK;
		return 0;
	case COW_MADV_DONTNEED:
		zap_pte(m, s, mm, vpn);
		return 0;
	case COW_NR_ADVICE:
		break;
	}
	return -EINVAL;
}

/* Goes on behind a gap, and says ENOMEM in the end. */
void step_MADVISE(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	unsigned mm = current_mm(m, s);
	int err = 0;

	if (op->flags == COW_MADV_DONTNEED)
		zap_drain(m, s);
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
	merge_vmas(m, s, mm, op->vpn);
	set_reg(s, op->dst, err);
}

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
	if (pte->bits & COW_PTE_WRITE)
		return;
	if (vma_shared(m, vpn)) {
		if (vma_kind(m, vpn) != COW_FILE)
			pte->bits |= COW_PTE_WRITE;
		return;
	}
	if (!cow_frame_is_anon(m, pte->frame))
		return;
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

	for (unsigned v = op->vpn; v < op->vpn + op->npages; v++) {
		uint8_t *vma = &s->mm[mm].vma[v];
		uint8_t new = *vma & ~(COW_VM_READ | COW_VM_WRITE);

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

void step_MUNMAP(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	unsigned mm = current_mm(m, s);

	zap_drain(m, s);
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
	s->mm[mm].pte[to] = s->mm[mm].pte[op->vpn];
	s->mm[mm].vma[to] = s->mm[mm].vma[op->vpn];
	s->mm[mm].pte[op->vpn] = (struct cow_pte){ 0 };
	s->mm[mm].vma[op->vpn] = 0;
	for (unsigned i = 0; i < m->prog->nr_pins; i++)
		if (s->pin[i].state == COW_PIN_LIVE && s->pin[i].mm == mm &&
		    s->pin[i].vpn == op->vpn)
			s->pin[i].vpn = to;
}
