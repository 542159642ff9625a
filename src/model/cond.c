/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * cond.c - conditions over a state.
 */
#include "mm.h"

/* What a place of a process's memory is mapped to, or -1. */
static int frame_at(const struct cow_state *s, int proc, unsigned vpn)
{
	unsigned mm = s->proc[proc].mm;

	if (s->proc[proc].state != COW_RUNNING || mm == COW_NO_MM ||
	    !(s->mm[mm].pte[vpn].bits & COW_PTE_PRESENT))
		return -1;
	return s->mm[mm].pte[vpn].frame;
}

/* What a load would give, were it made now. */
static int memory_at(struct cow_model *m, const struct cow_state *s, int proc, unsigned vpn,
		     unsigned part, bool *ok)
{
	unsigned mm = s->proc[proc].mm;
	int frame = frame_at(s, proc, vpn);

	if (s->proc[proc].state != COW_RUNNING || mm == COW_NO_MM) {
		*ok = false;
		return 0;
	}
	if (!(s->mm[mm].vma[vpn] & COW_VM_MAPPED) || !(s->mm[mm].vma[vpn] & COW_VM_READ))
		return -EFAULT;
	if (s->mm[mm].pte[vpn].bits & COW_PTE_SWAP)
		return cow_swapped_contents(m, s, s->mm[mm].pte[vpn].frame)[part].value;
	if (frame < 0)
		frame = m->page_frame[vpn];	/* the file's page, or zeroes */
	return s->frame[frame].cell[part].value;
}

/* The frame of a live pin, or -1. */
static int pin_frame(const struct cow_state *s, int reg, unsigned page)
{
	int slot = s->reg[reg] - 1 + (int)page;

	return s->reg[reg] > 0 && s->pin[slot].state == COW_PIN_LIVE ? s->pin[slot].frame : -1;
}

int cow_term_value(struct cow_model *m, const struct cow_state *s, const struct cow_term *t,
		   bool *ok)
{
	int a, b;

	*ok = true;
	switch ((enum cow_term_kind)t->kind) {
	case COW_TERM_CONST:
		return t->value;
	case COW_TERM_REG:
		*ok = s->reg[t->reg] != COW_REG_UNSET;
		return s->reg[t->reg];
	case COW_TERM_MEM:
		return memory_at(m, s, t->proc, t->vpn, t->part, ok);
	case COW_TERM_MAPCOUNT:
		a = frame_at(s, t->proc, t->vpn);
		return a < 0 ? 0 : (int)cow_page_mapcount(m, s, a);
	case COW_TERM_EXCLUSIVE:
		a = frame_at(s, t->proc, t->vpn);
		return a >= 0 && page_exclusive(m, s, s->proc[t->proc].mm, t->vpn);
	case COW_TERM_WRITABLE:
		a = frame_at(s, t->proc, t->vpn);
		return a >= 0 &&
		       (s->mm[s->proc[t->proc].mm].pte[t->vpn].bits & COW_PTE_WRITE) != 0;
	case COW_TERM_SAME_FRAME:
		a = t->reg >= 0 ? pin_frame(s, t->reg, t->pin_page) : frame_at(s, t->proc, t->vpn);
		b = t->reg2 >= 0 ? pin_frame(s, t->reg2, t->pin_page2)
				 : frame_at(s, t->proc2, t->vpn2);
		return a >= 0 && a == b;
	case COW_TERM_FAULTED:
		return s->proc[t->proc].faulted;
	case COW_TERM_ERRNO:
		return s->reg[t->reg] < 0 && s->reg[t->reg] != COW_REG_UNSET ? -s->reg[t->reg] : 0;
	case COW_TERM_HAZARD:
		return (s->hazards & t->hazard) != 0;
	case COW_TERM_DMA_DONE:
		return s->pc[t->thread] == m->prog->threads[t->thread].nops &&
		       !(s->dma_error & (1u << t->thread));
	}
	*ok = false;
	return 0;
}

bool cow_cond_holds(struct cow_model *m, const struct cow_state *s, const struct cow_cond *cond,
		    unsigned root)
{
	const struct cow_cond *c = &cond[root];
	bool ok_a, ok_b;
	int a, b;

	switch ((enum cow_cond_kind)c->kind) {
	case COW_COND_AND:
		return cow_cond_holds(m, s, cond, c->left) && cow_cond_holds(m, s, cond, c->right);
	case COW_COND_OR:
		return cow_cond_holds(m, s, cond, c->left) || cow_cond_holds(m, s, cond, c->right);
	case COW_COND_NOT:
		return !cow_cond_holds(m, s, cond, c->left);
	case COW_COND_COMPARE:
		break;
	}
	a = cow_term_value(m, s, &c->a, &ok_a);
	b = cow_term_value(m, s, &c->b, &ok_b);
	/* What does not exist is neither equal nor unequal to anything. */
	return ok_a && ok_b && (a == b) != c->negate;
}
