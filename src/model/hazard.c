/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * hazard.c - the standing properties against which every state of every run is judged.
 */
#include "mm.h"

/* Another address space than MM maps FRAME privately. */
static bool mapped_privately_elsewhere(const struct cow_model *m, const struct cow_state *s,
				       unsigned mm, unsigned frame)
{
	for (unsigned o = 0; o < m->prog->nr_procs; o++)
		for (unsigned v = 0; o != mm && v < m->prog->nr_pages; v++)
			if ((s->mm[o].pte[v].bits & COW_PTE_PRESENT) &&
			    s->mm[o].pte[v].frame == frame && !vma_shared(m, v))
				return true;
	return false;
}

void store_hazards(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		   unsigned frame)
{
	if (vma_shared(m, vpn))
		return;
	if (!cow_frame_is_anon(m, frame)) {
		note(m, "hazard W: stored into %s through a private mapping",
		     frame == COW_ZERO_FRAME ? "the zero page" : "the page cache");
		s->hazards |= COW_W;
	} else if (mapped_privately_elsewhere(m, s, mm, frame)) {
		note(m, "hazard W: another process maps the page that is written");
		s->hazards |= COW_W;
	}
}

void hole_hazard(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn)
{
	if (!(s->mm[mm].vma[vpn] & COW_VM_HOLE))
		return;
	note(m, "hazard H: MADV_DONTFORK took this page away at fork");
	s->hazards |= COW_H;
}

/* The operation that takes the pin has not returned yet: it may still give it back. */
static bool pin_is_pending(const struct cow_model *m, const struct cow_state *s, unsigned slot)
{
	unsigned t = m->prog->pins[slot].thread;

	return s->micro[t].sub && s->pc[t] == m->prog->pins[slot].op;
}

/* The process that pinned no longer uses the page that the device uses. */
static bool diverged(const struct cow_model *m, const struct cow_state *s,
		     const struct cow_pin *pin)
{
	const struct cow_mm *mm = &s->mm[pin->mm];

	return pin->state == COW_PIN_LIVE && mm_alive(m, s, pin->mm) &&
	       (mm->vma[pin->vpn] & COW_VM_MAPPED) &&
	       (mm->pte[pin->vpn].bits & COW_PTE_PRESENT) &&
	       mm->pte[pin->vpn].frame != pin->frame;
}

/* FRAME holds something that address space MM must not know. */
static bool forbidden(const struct cow_model *m, const struct cow_state *s, unsigned mm,
		      unsigned frame)
{
	for (unsigned i = 0; i < m->prog->nr_parts; i++)
		if (!(s->frame[frame].cell[i].viewers & mm_bit(mm)))
			return cow_frame_is_anon(m, frame);
	return false;
}

static bool leaked(const struct cow_model *m, const struct cow_state *s)
{
	/*
	 * While a fork is under way its child sees nothing yet; what other threads store
	 * meanwhile is as good as stored before.
	 */
	for (unsigned mm = 0; mm < m->prog->nr_procs; mm++)
		for (unsigned v = 0; s->proc[mm].state != COW_UNBORN && v < m->prog->nr_pages; v++)
			if ((s->mm[mm].pte[v].bits & COW_PTE_PRESENT) &&
			    forbidden(m, s, mm, s->mm[mm].pte[v].frame))
				return true;
	for (unsigned i = 0; i < m->prog->nr_pins; i++)
		if (s->pin[i].state == COW_PIN_LIVE && !pin_is_pending(m, s, i) &&
		    forbidden(m, s, s->pin[i].mm, s->pin[i].frame))
			return true;
	return false;
}

void state_hazards(struct cow_model *m, struct cow_state *s)
{
	for (unsigned i = 0; i < m->prog->nr_pins && !(s->hazards & COW_D); i++)
		if (diverged(m, s, &s->pin[i]) && !pin_is_pending(m, s, i)) {
			note(m, "hazard D: the device and the process use different pages now");
			s->hazards |= COW_D;
		}
	if (!(s->hazards & COW_L) && leaked(m, s)) {
		note(m, "hazard L: what one process stored privately, another can read now");
		s->hazards |= COW_L;
	}
}
