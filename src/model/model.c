/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * model.c - who may take a step, and the step.
 */
#include <stdio.h>
#include <string.h>
#include "mm.h"

void note(struct cow_model *m, const char *fmt, ...)
{
	va_list ap;

	if (!m->note)
		return;
	va_start(ap, fmt);
	m->note(m->note_arg, fmt, ap);
	va_end(ap);
}

bool mm_alive(const struct cow_model *m, const struct cow_state *s, unsigned mm)
{
	for (unsigned p = 0; p < m->prog->nr_procs; p++)
		if (s->proc[p].state == COW_RUNNING && s->proc[p].mm == mm)
			return true;
	return false;
}

unsigned current_proc(const struct cow_model *m)
{
	return (unsigned)m->prog->threads[m->thread].proc;
}

/* A register that was never set reads as 0. */
static int reg_value(const struct cow_state *s, int reg)
{
	return s->reg[reg] == COW_REG_UNSET ? 0 : s->reg[reg];
}

int value_of(const struct cow_state *s, const struct cow_value *v)
{
	return v->reg < 0 ? v->add : reg_value(s, v->reg) + v->add;
}

void set_reg(struct cow_state *s, int reg, int value)
{
	if (reg >= 0)
		s->reg[reg] = (int16_t)value;
}

/* ---- start ---- */

/*
 * Folios that P can use at once: one for each process that maps a region of transparent
 * huge pages, one more while it is collapsed, and one left behind by each pin.
 */
static unsigned folios(const struct cow_program *p, unsigned *pages)
{
	unsigned n = 0;

	*pages = 0;
	for (unsigned i = 0; i < p->nr_regions; i++) {
		if (p->regions[i].kind != COW_THP || p->regions[i].moved_from >= 0)
			continue;
		n += p->nr_procs + 1;
		if (p->regions[i].npages > *pages)
			*pages = p->regions[i].npages;
	}
	return n ? n + p->nr_pins : 0;
}

/* Small pages: one for each page of each process, or left behind by a pin; one on the way. */
static unsigned small_pages(const struct cow_program *p)
{
	return p->nr_procs * p->nr_pages + p->nr_pins + 1;
}

static bool in_page_cache(const struct cow_region *r)
{
	return r->moved_from < 0 && (r->shared || r->kind == COW_FILE || r->kind == COW_MEMFD);
}

unsigned cow_program_frames(const struct cow_program *p)
{
	unsigned cache = 0, pages, n = folios(p, &pages);

	for (unsigned i = 0; i < p->nr_regions; i++)
		if (in_page_cache(&p->regions[i]))
			cache += p->regions[i].npages;
	return 1 + cache + small_pages(p) + n * pages;
}

/* Pages of files and of shared memory have a frame of the page cache each. */
static void number_frames(struct cow_model *m)
{
	const struct cow_program *p = m->prog;
	unsigned next = COW_ZERO_FRAME + 1, huge;

	memset(m->page_frame, 0, sizeof(m->page_frame));
	for (unsigned i = 0; i < p->nr_regions; i++) {
		const struct cow_region *r = &p->regions[i];

		for (unsigned k = 0; k < r->npages; k++) {
			if (r->moved_from >= 0)
				m->page_frame[r->vpn + k] = m->page_frame[r->moved_from];
			else if (in_page_cache(r))
				m->page_frame[r->vpn + k] = next++;
		}
	}
	huge = folios(p, &m->folio_size);
	huge *= m->folio_size;
	m->first_anon = next;
	m->first_folio = next + small_pages(p);
	/* A page that is in an LRU batch and nowhere else is still a page. */
	if (p->lru_batch)
		m->first_folio = COW_MAX_FRAMES - huge;
	m->nr_frames = m->first_folio + huge;
}

void cow_model_init(struct cow_model *m, const struct cow_program *p, const struct cow_rules *r)
{
	*m = (struct cow_model){ .prog = p, .rules = *r };
	for (unsigned t = 0; t < p->nr_threads; t++)
		for (unsigned i = 0; i < p->threads[t].nops; i++)
			m->has_swap |= p->threads[t].ops[i].code == COW_OP_RECLAIM ||
				       (p->threads[t].ops[i].code == COW_OP_MADVISE &&
					p->threads[t].ops[i].flags == COW_MADV_PAGEOUT);
	number_frames(m);
}

void cow_model_start(struct cow_model *m, struct cow_state *s)
{
	const struct cow_program *p = m->prog;

	memset(s, 0, sizeof(*s));
	for (unsigned i = 0; i < p->nr_procs; i++)
		s->proc[i].mm = COW_NO_MM;
	s->proc[0].state = COW_RUNNING;
	s->proc[0].mm = 0;
	for (unsigned r = 0; r < p->nr_regs; r++)
		s->reg[r] = COW_REG_UNSET;
	for (unsigned i = 0; i < p->nr_parts; i++)
		s->frame[COW_ZERO_FRAME].cell[i].viewers = COW_VIEWERS_ALL;
	for (unsigned v = 0; v < p->nr_pages; v++) {
		const struct cow_region *r = &p->regions[p->page_region[v]];
		unsigned frame = m->page_frame[v];

		if (r->moved_from >= 0)
			continue;
		s->mm[0].vma[v] = COW_VM_MAPPED | COW_VM_READ | COW_VM_WRITE;
		if ((r->kind == COW_ANON || r->kind == COW_HUGETLB) && !r->shared) {
			frame = alloc_frame(m, s);
			if (r->kind == COW_HUGETLB)
				s->frame[frame].flags = COW_FRAME_HUGETLB;
			s->frame[frame].lru_batch = 0;
			s->mm[0].pte[v] = (struct cow_pte){
				frame, COW_PTE_PRESENT | COW_PTE_WRITE | COW_PTE_DIRTY };
			set_exclusive(m, s, frame);
			anon_vma_prepare(m, s, 0, v);
		}
		if (r->kind == COW_THP && v == (unsigned)r->vpn + r->npages - 1)
			map_thp_at_start(m, s, r->vpn, r->init);
		for (unsigned i = 0; frame && i < p->nr_parts; i++)
			s->frame[frame].cell[i] =
				(struct cow_cell){ r->init, COW_VIEWERS_ALL };
	}
}

/* ---- who may step ---- */

/* Some thread may still assign register REG. */
static bool reg_pending(const struct cow_model *m, const struct cow_state *s, unsigned t, int reg)
{
	const struct cow_program *p = m->prog;
	int proc = p->regs[reg].proc;

	if (s->reg[reg] != COW_REG_UNSET)
		return false;
	/* Not born yet: it will inherit the register. */
	if (proc >= 0 && s->proc[proc].state == COW_UNBORN)
		return true;
	for (unsigned u = 0; u < p->nr_threads; u++) {
		if (u == t || (p->threads[u].proc >= 0 &&
			       s->proc[p->threads[u].proc].state == COW_DEAD))
			continue;
		for (unsigned i = s->pc[u]; i < p->threads[u].nops; i++)
			if (p->threads[u].ops[i].dst == reg)
				return true;
	}
	return false;
}

/* Operation index that T takes next, past ifs whose condition is false. */
static unsigned next_index(const struct cow_model *m, const struct cow_state *s, unsigned t)
{
	const struct cow_thread *th = &m->prog->threads[t];
	unsigned i = s->pc[t];

	while (i < th->nops && th->ops[i].code == COW_OP_IF) {
		const struct cow_op *op = &th->ops[i];
		bool equal;

		if (reg_pending(m, s, t, op->cond_reg) ||
		    (op->value.reg >= 0 && reg_pending(m, s, t, op->value.reg)))
			return i;
		equal = reg_value(s, op->cond_reg) == value_of(s, &op->value);
		i += 1 + (equal == op->negate ? op->number : 0);
	}
	return i;
}

const struct cow_op *cow_model_next(const struct cow_model *m, const struct cow_state *s, unsigned t)
{
	const struct cow_thread *th = &m->prog->threads[t];
	unsigned i = next_index(m, s, t);

	return i < th->nops ? &th->ops[i] : NULL;
}

/* The process's vfork() child has neither exited nor left for another program. */
static bool vfork_waits(const struct cow_model *m, const struct cow_state *s, unsigned t)
{
	const struct cow_thread *th = &m->prog->threads[t];
	const struct cow_op *last = s->pc[t] ? &th->ops[s->pc[t] - 1] : NULL;

	return last && (last->code == COW_OP_VFORK ||
			(last->code == COW_OP_CLONE && (last->flags & COW_CLONE_VFORK))) &&
	       s->proc[last->proc].state == COW_RUNNING &&
	       s->proc[last->proc].mm != COW_NO_MM;
}

/* Occurrences of barrier N in the first END operations of TH. */
static unsigned barriers_before(const struct cow_thread *th, unsigned n, unsigned end)
{
	unsigned k = 0;

	for (unsigned i = 0; i < end; i++)
		k += th->ops[i].code == COW_OP_BARRIER && th->ops[i].number == n;
	return k;
}

/* Every thread that names this barrier has come to it, for the same time, or is gone. */
static bool barrier_open(const struct cow_model *m, const struct cow_state *s, unsigned t,
			 unsigned at)
{
	const struct cow_program *p = m->prog;
	unsigned n = p->threads[t].ops[at].number;
	unsigned k = 1 + barriers_before(&p->threads[t], n, at);

	for (unsigned u = 0; u < p->nr_threads; u++) {
		const struct cow_thread *th = &p->threads[u];
		unsigned here;

		if (u == t || barriers_before(th, n, th->nops) < k ||
		    (th->proc >= 0 && s->proc[th->proc].state == COW_DEAD))
			continue;
		if (th->proc >= 0 && s->proc[th->proc].state == COW_UNBORN)
			return false;
		here = next_index(m, s, u);
		if (here < th->nops && th->ops[here].code == COW_OP_BARRIER &&
		    th->ops[here].number == n)
			here++;
		if (barriers_before(th, n, here) < k)
			return false;
	}
	return true;
}

/*
 * handle_userfault(): OP would write to a page that userfaultfd write-protects, so that it
 * waits for uffd_unprotect().  Reads that break copy-on-write do so too.
 */
static bool uffd_waits(struct cow_model *m, const struct cow_state *s, unsigned t,
		       const struct cow_op *op)
{
	int proc = op->proc >= 0 ? op->proc : m->prog->threads[t].proc;
	char letter = *cow_op_info[op->code].args;
	unsigned mm;

	if (!cow_arg_memory(letter) || proc < 0 || s->proc[proc].mm == COW_NO_MM ||
	    s->proc[proc].state != COW_RUNNING)
		return false;
	mm = s->proc[proc].mm;
	for (unsigned v = op->vpn; v < (unsigned)op->vpn + op->npages; v++)
		if ((s->mm[mm].pte[v].bits & COW_PTE_UFFD_WP) &&
		    !(s->mm[mm].pte[v].bits & COW_PTE_WRITE) && op_writes(m, op))
			return true;
	return false;
}

/* Thread T, whose next operation is number AT, can take it now. */
static bool enabled(struct cow_model *m, const struct cow_state *s, unsigned t, unsigned at)
{
	const struct cow_thread *th = &m->prog->threads[t];
	const struct cow_op *op = &th->ops[at];

	if (at >= th->nops || op->code == COW_OP_IF)
		return false;
	if (th->proc >= 0 && (s->proc[th->proc].state != COW_RUNNING || vfork_waits(m, s, t)))
		return false;
	if (th->kind == COW_DEVICE) {
		/* A device cannot use what no one has made. */
		if ((th->after >= 0 && s->reg[th->after] == COW_REG_UNSET) ||
		    (op->pin >= 0 && s->reg[op->pin] == COW_REG_UNSET))
			return false;
	}
	if ((op->pin >= 0 && reg_pending(m, s, t, op->pin)) ||
	    (op->value.reg >= 0 && reg_pending(m, s, t, op->value.reg)))
		return false;
	if (m->prog->step_grain) {
		if (!locks_permit(m, s, t, op))
			return false;
		/* What it waited for was there when it began. */
		if (s->micro[t].sub)
			return true;
	}
	if (uffd_waits(m, s, t, op))
		return false;
	switch (op->code) {
	case COW_OP_WAIT:
		return s->proc[op->proc].state == COW_DEAD;
	case COW_OP_SEND:
		return !s->proc[op->proc].has_mail;
	case COW_OP_RECV:
		return s->proc[th->proc].has_mail;
	case COW_OP_BARRIER:
		return barrier_open(m, s, t, at);
	default:
		return true;
	}
}

bool cow_model_final(struct cow_model *m, const struct cow_state *s, bool *stuck)
{
	const struct cow_program *p = m->prog;

	*stuck = false;
	for (unsigned t = 0; t < p->nr_threads; t++) {
		const struct cow_thread *th = &p->threads[t];
		unsigned at = next_index(m, s, t);

		if (th->kind == COW_KERNEL || at >= th->nops)
			continue;
		if (enabled(m, s, t, at))
			return false;
		if (th->proc >= 0 && s->proc[th->proc].state == COW_RUNNING)
			*stuck = true;
	}
	return true;
}

/* ---- the step ---- */

static void (*const steps[COW_NR_OPS])(struct cow_model *, struct cow_state *,
				       const struct cow_op *) = {
#define OP(id, name, args, result, who, weight, what) [COW_OP_##id] = step_##id,
#include "ops.def"
#undef OP
};

bool cow_model_step(struct cow_model *m, struct cow_state *s, unsigned t)
{
	unsigned at = next_index(m, s, t);

	if (!enabled(m, s, t, at))
		return false;
	m->thread = t;
	m->cpu = m->prog->threads[t].cpu;
	s->pc[t] = (uint16_t)at;
	if (m->prog->step_grain && micro_step(m, s, &m->prog->threads[t].ops[at])) {
		state_hazards(m, s);
		return true;
	}
	s->pc[t] = (uint16_t)(at + 1);
	steps[m->prog->threads[t].ops[at].code](m, s, &m->prog->threads[t].ops[at]);
	state_hazards(m, s);
	return true;
}

void step_SET(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	(void)m;
	set_reg(s, op->dst, value_of(s, &op->value));
}

/* Decided by next_index(), on the way to the operation behind it. */
void step_IF(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	(void)m;
	(void)s;
	(void)op;
}

/* To a process that is gone: nobody takes it. */
void step_SEND(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	(void)m;
	if (s->proc[op->proc].state == COW_DEAD)
		return;
	s->proc[op->proc].has_mail = 1;
	s->proc[op->proc].mail = (int16_t)(op->pin >= 0 ? reg_value(s, op->pin)
							 : value_of(s, &op->value));
}

void step_RECV(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	struct cow_task *p = &s->proc[current_proc(m)];

	set_reg(s, op->dst, p->mail);
	p->has_mail = 0;
	p->mail = 0;
}

void step_BARRIER(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	(void)m;
	(void)s;
	(void)op;
}
