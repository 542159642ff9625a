/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What registers can hold where they are used: nothing yet is an error, and so is a
 * pin with which the operation can do nothing.
 *
 * A set of possible origins is a word: a bit for each pinning operation (by its first
 * pin slot), and one for everything else.  Programs have no loops, so one walk over
 * each thread finds them all.  What another thread of the process assigns may be there
 * or not; using it waits until it is.  A child starts with what its parent had at the
 * fork.
 */
#include "../model/pinner.h"
#include "build.h"

#include <string.h>

#include "../model/rules.h"

#define OTHER (1u << 31)	/* assigned, but not by a pinning operation */

_Static_assert(COW_MAX_PINS < 31, "a pin slot has a bit of a set");

struct flow {
	struct build *b;
	const struct cow_program *prog;
	unsigned thread;
	bool quiet;		/* only look for what is inherited */
	bool news;		/* something more is inherited: walk again */
	uint32_t made[COW_MAX_REGS];	/* everything that it ever holds */
	uint32_t at_fork[COW_MAX_PROCS][COW_MAX_REGS];
	uint32_t others[COW_MAX_REGS];	/* assigned by other threads of the process */
};

struct held {
	uint32_t reg[COW_MAX_REGS];
};

static uint32_t origin(const struct flow *f, const struct cow_op *op, int proc)
{
	uint32_t set = OTHER;

	if (op->slot >= 0)
		return 1u << op->slot;
	if (op->code == COW_OP_RECV && f->prog->regs[op->dst].type == COW_REG_PIN)
		set = 0;
	for (unsigned i = 0; !set && i < f->prog->nr_threads; i++)
		for (unsigned j = 0; j < f->prog->threads[i].nops; j++) {
			const struct cow_op *send = &f->prog->threads[i].ops[j];

			if (send->code == COW_OP_SEND && send->proc == proc && send->pin >= 0)
				set |= f->made[send->pin];
		}
	return set;
}

/* Sums up every assignment of every register, until nothing new comes up. */
static void collect(struct flow *f)
{
	bool news = true;

	memset(f->made, 0, sizeof(f->made));
	while (news) {
		news = false;
		for (unsigned i = 0; i < f->prog->nr_threads; i++)
			for (unsigned j = 0; j < f->prog->threads[i].nops; j++) {
				const struct cow_op *op = &f->prog->threads[i].ops[j];
				uint32_t more;

				if (op->dst < 0)
					continue;
				more = origin(f, op, f->prog->threads[i].proc);
				news |= more & ~f->made[op->dst];
				f->made[op->dst] |= more;
			}
		for (unsigned i = 0; i < f->prog->nr_regs; i++) {
			const struct cow_reg *r = &f->prog->regs[i];

			if (r->inherit < 0)
				continue;
			news |= f->made[r->inherit] & ~f->made[i];
			f->made[i] |= f->made[r->inherit];
		}
	}
}

/* ---- pins and what can be done with them ---- */

static void check_pin(struct flow *f, const struct cow_op *op, const struct op_source *src,
		      const struct cow_op *pin)
{
	const char *name = f->prog->regs[op->pin].name, *maker = cow_op_info[pin->code].name;
	const struct alias *alias = src->stmt->kind == AST_CALL ? src->stmt->call->alias : NULL;
	unsigned line = pin->loc.line;
	struct parse *p = f->b->p;

	switch (op->code) {
	case COW_OP_DMA_WRITE:
	case COW_OP_DMA_READ:
		if (cow_pin_release(pin) == COW_OP_ODIRECT_END)
			cow_parse_error(p, &src->pin, "'%s' is a transfer in flight (%s() in line "
					"%u): odirect_end() moves its data", name, maker, line);
		else if (op->code == COW_OP_DMA_WRITE && !cow_pin_writes(pin))
			cow_parse_error(p, &src->pin, "the device cannot write through '%s': %s() "
					"in line %u pins for reading", name, maker, line);
		break;
	default:
		if (!cow_is_release(op->code))
			break;
		if (cow_pin_release(pin) != op->code)
			cow_parse_error(p, &src->pin, "'%s' comes from %s() in line %u: it is "
					"undone by %s()", name, maker, line,
					cow_op_info[cow_pin_release(pin)].name);
		else if (alias && pin->code != COW_OP_VMSPLICE)
			cow_parse_error(p, &src->pin, "'%s' comes from %s() in line %u: only what "
					"vmsplice() made can be closed", name, maker, line);
		break;
	}
}

static void check_pins(struct flow *f, const struct cow_op *op, const struct op_source *src,
		       uint32_t set)
{
	for (unsigned slot = 0; slot < f->prog->nr_pins && !f->quiet; slot++)
		if (set & 1u << slot)
			check_pin(f, op, src, cow_pin_op(f->prog, slot));
}

/* ---- one thread ---- */

/* Nothing is assigned yet: it may still be the parent's. */
static bool inherit(struct flow *f, int reg)
{
	struct cow_reg *r = &f->b->prog->regs[reg];
	int parent = r->proc >= 0 ? f->prog->procs[r->proc].parent : -1;
	int from;

	if (r->inherit >= 0 || parent < 0)
		return false;
	from = cow_visible_reg(f->b, parent, r->name);
	if (from < 0 || f->prog->regs[from].type != r->type)
		return false;
	r->inherit = from;
	if (f->prog->regs[from].npages < r->npages)
		r->npages = f->prog->regs[from].npages;
	f->news = true;
	return true;
}

/* Register REG is used at LOC; the set of what it can hold there. */
static uint32_t use(struct flow *f, const struct held *held, int reg, const struct cow_loc *loc)
{
	const struct cow_reg *r = &f->prog->regs[reg];
	const char *done = r->type == COW_REG_PIN ? "pinned" : "assigned";
	uint32_t set = held->reg[reg] | f->others[reg];

	if (set || inherit(f, reg) || f->quiet)
		return set;
	if (r->inherit >= 0 && !f->b->assigned[reg])
		cow_parse_error(f->b->p, loc, "'%s' does not have '%s': in '%s' it is %s only "
				"after the fork", f->prog->procs[r->proc].name, r->name,
				f->prog->procs[f->prog->procs[r->proc].parent].name, done);
	else
		cow_parse_error(f->b->p, loc, "use of '%s' before it is %s", r->name, done);
	return 0;
}

static void fork_with(struct flow *f, const struct held *held, int child)
{
	for (unsigned i = 0; i < f->prog->nr_regs; i++)
		f->at_fork[child][i] |= held->reg[i] | f->others[i];
}

static void walk(struct flow *f, struct held *held, unsigned from, unsigned to)
{
	const struct cow_thread *t = &f->prog->threads[f->thread];

	for (unsigned i = from; i < to; i++) {
		const struct cow_op *op = &t->ops[i];
		const struct op_source *src = &f->b->source[f->thread][i];

		if (op->pin >= 0)
			check_pins(f, op, src, use(f, held, op->pin, &src->pin));
		if (op->value.reg >= 0)
			use(f, held, op->value.reg, &src->value);
		if (op->cond_reg >= 0)
			use(f, held, op->cond_reg, &src->cond);
		if (cow_op_forks(op->code))
			fork_with(f, held, op->proc);
		if (op->dst >= 0)
			held->reg[op->dst] = origin(f, op, t->proc);
		if (op->code == COW_OP_IF) {
			struct held taken = *held;

			walk(f, &taken, i + 1, i + 1 + op->number);
			for (unsigned r = 0; r < COW_MAX_REGS; r++)
				held->reg[r] |= taken.reg[r];
			i += op->number;
		}
	}
}

static void walk_thread(struct flow *f, unsigned thread)
{
	const struct cow_thread *t = &f->prog->threads[thread];
	struct held held = { { 0 } };

	f->thread = thread;
	memset(f->others, 0, sizeof(f->others));
	for (unsigned i = 0; i < f->prog->nr_threads; i++) {
		const struct cow_thread *o = &f->prog->threads[i];

		for (unsigned j = 0; i != thread && o->proc == t->proc && j < o->nops; j++)
			if (o->ops[j].dst >= 0)
				f->others[o->ops[j].dst] |= origin(f, &o->ops[j], o->proc);
	}
	for (unsigned i = 0; i < f->prog->nr_regs; i++)
		if (f->prog->regs[i].proc == t->proc && f->prog->regs[i].inherit >= 0)
			held.reg[i] = f->at_fork[t->proc][f->prog->regs[i].inherit];
	walk(f, &held, 0, t->nops);
}

/* A device comes after everything: its pins are there or it waits for them. */
static void walk_device(struct flow *f, unsigned thread)
{
	const struct cow_thread *t = &f->prog->threads[thread];
	struct held held = { { 0 } };

	f->thread = thread;
	memset(f->others, 0, sizeof(f->others));
	for (unsigned i = 0; i < f->prog->nr_regs; i++)
		if (f->prog->regs[i].proc >= 0)
			held.reg[i] = f->made[i];
	walk(f, &held, 0, t->nops);
}

/* Parents before children: a child starts with what its parent had. */
static void walk_process(struct flow *f, int proc)
{
	for (unsigned i = 0; i < f->prog->nr_threads; i++)
		if (f->prog->threads[i].proc == proc)
			walk_thread(f, i);
	for (unsigned i = 1; i < f->prog->nr_procs; i++)
		if (f->prog->procs[i].parent == proc)
			walk_process(f, (int)i);
}

static void walk_all(struct flow *f)
{
	memset(f->at_fork, 0, sizeof(f->at_fork));
	f->news = false;
	collect(f);
	walk_process(f, 0);
	for (unsigned i = 0; i < f->prog->nr_threads; i++)
		if (f->prog->threads[i].kind == COW_DEVICE)
			walk_device(f, i);
}

void cow_check_flow(struct build *b)
{
	struct flow f = { .b = b, .prog = b->prog, .quiet = true };

	do
		walk_all(&f);
	while (f.news && !b->p->errors);
	if (b->p->errors)
		return;
	f.quiet = false;
	walk_all(&f);
}
