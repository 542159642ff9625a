/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What can never happen, seen from the order of operations. */
#include "build.h"

#include <string.h>

struct order {
	struct build *b;
	const struct cow_program *prog;
	unsigned thread;
};

/* ---- being forked at all ---- */

/* Does a chain of forks lead from the first process to PROC? */
static bool runs(const struct cow_program *prog, unsigned proc)
{
	for (unsigned steps = 0; proc && steps < prog->nr_procs; steps++) {
		if (prog->procs[proc].parent < 0)
			return false;
		proc = prog->procs[proc].parent;
	}
	return !proc;
}

static void check_forked(struct order *o)
{
	const struct cow_program *prog = o->prog;

	for (unsigned i = 1; i < prog->nr_procs; i++) {
		const struct cow_proc *p = &prog->procs[i];

		if (p->parent < 0)
			cow_parse_error(o->b->p, &p->loc, "process '%s' is never forked: "
					"no process calls fork(%s)", p->name, p->name);
		else if (!runs(prog, i))
			cow_parse_error(o->b->p, &p->loc, "process '%s' is never forked: "
					"'%s', which forks it, never runs itself", p->name,
					prog->procs[p->parent].name);
	}
}

/* ---- exit and exec ---- */

static bool allowed_after_exec(unsigned code)
{
	switch (code) {
	case COW_OP_EXIT:
	case COW_OP_WAIT:
	case COW_OP_BARRIER:
	case COW_OP_SEND:
	case COW_OP_RECV:
		return true;
	default:
		return false;
	}
}

/* One block; EXEC is the exec() that its process has gone through, or NULL. */
static void check_end(struct order *o, unsigned from, unsigned to, const struct cow_op *exec)
{
	const struct cow_thread *t = &o->prog->threads[o->thread];
	const struct cow_op *exit = NULL;

	for (unsigned i = from; i < to; i++) {
		const struct cow_op *op = &t->ops[i];

		if (exit) {
			cow_parse_error(o->b->p, &op->loc, "never reached: the process ends with "
					"exit() in line %u", exit->loc.line);
			return;
		}
		if (exec && !allowed_after_exec(op->code)) {
			cow_parse_error(o->b->p, &op->loc, "after exec() in line %u the process "
					"has another program and none of this memory",
					exec->loc.line);
			return;
		}
		if (op->code == COW_OP_EXIT)
			exit = op;
		else if (op->code == COW_OP_EXEC)
			exec = op;
		if (op->code == COW_OP_IF) {
			check_end(o, i + 1, i + 1 + op->number, exec);
			i += op->number;
		}
	}
}

/* ---- waiting ---- */

/* Does a thread of PROC have such an operation? */
static bool has_op(const struct cow_program *prog, int proc, unsigned code)
{
	for (unsigned i = 0; i < prog->nr_threads; i++)
		for (unsigned j = 0; j < prog->threads[i].nops; j++)
			if (prog->threads[i].proc == proc && prog->threads[i].ops[j].code == code)
				return true;
	return false;
}

static bool may_end(const struct cow_program *prog, int proc)
{
	return has_op(prog, proc, COW_OP_EXIT) || has_op(prog, proc, COW_OP_EXEC);
}

/* Is CHILD forked by operations FROM … TO - 1 of the thread? */
static bool forked_in(const struct cow_program *prog, unsigned thread, unsigned from, unsigned to,
		      int child)
{
	const struct cow_op *ops = prog->threads[thread].ops;

	for (unsigned i = from; i < to; i++)
		if (cow_op_forks(ops[i].code) && ops[i].proc == child)
			return true;
	return false;
}

static bool forked_elsewhere(const struct cow_program *prog, unsigned thread, int child)
{
	for (unsigned i = 0; i < prog->nr_threads; i++)
		if (i != thread && forked_in(prog, i, 0, prog->threads[i].nops, child))
			return true;
	return false;
}

static void check_wait(struct order *o, unsigned at)
{
	const struct cow_program *prog = o->prog;
	const struct cow_thread *t = &prog->threads[o->thread];
	const struct cow_op *op = &t->ops[at];
	const struct cow_loc *loc = &o->b->source[o->thread][at].proc;
	const struct cow_proc *child = &prog->procs[op->proc];

	if (child->parent != t->proc)
		cow_parse_error(o->b->p, loc, "'%s' cannot wait for '%s', which is not its child",
				prog->procs[t->proc].name, child->name);
	else if (!may_end(prog, op->proc))
		cow_parse_error(o->b->p, loc, "wait(%s) would never return: '%s' has no exit() and "
				"no exec()", child->name, child->name);
	else if (!forked_in(prog, o->thread, 0, at, op->proc) &&
		 !forked_elsewhere(prog, o->thread, op->proc))
		cow_parse_error(o->b->p, loc, "wait(%s) before fork(%s)", child->name, child->name);
}

static void check_vfork(struct order *o, unsigned at)
{
	const struct cow_op *op = &o->prog->threads[o->thread].ops[at];
	const char *name = o->prog->procs[op->proc].name;

	if (op->code != COW_OP_VFORK &&
	    !(op->code == COW_OP_CLONE && op->flags & COW_CLONE_VFORK))
		return;
	if (!may_end(o->prog, op->proc))
		cow_parse_error(o->b->p, &o->b->source[o->thread][at].proc,
				"this %s() would never return: '%s' has no exit() and no exec()",
				cow_op_info[op->code].name, name);
}

/* ---- forking twice ---- */

/* The ifs around an operation, outermost first. */
struct ifs {
	unsigned nr, at[MAX_DEPTH];
};

static struct ifs around(const struct cow_thread *t, unsigned at)
{
	struct ifs ifs = { .nr = 0 };

	for (unsigned i = 0; i < at && ifs.nr < MAX_DEPTH; i++)
		if (t->ops[i].code == COW_OP_IF && i + t->ops[i].number >= at)
			ifs.at[ifs.nr++] = i;
	return ifs;
}

/* Can both conditions hold?  Only constants are compared. */
static bool contradict(const struct cow_op *a, const struct cow_op *b)
{
	bool same = a->value.add == b->value.add;

	if (a->cond_reg != b->cond_reg || a->value.reg >= 0 || b->value.reg >= 0)
		return false;
	return a->negate == b->negate ? !a->negate && !same : same;
}

/* Is the register that the ifs A and B ask for the same all the time between? */
static bool unchanged(const struct order *o, unsigned a, unsigned b)
{
	const struct cow_thread *self = &o->prog->threads[o->thread];
	int reg = self->ops[a].cond_reg;

	for (unsigned i = 0; i < o->prog->nr_threads; i++) {
		const struct cow_thread *t = &o->prog->threads[i];
		bool own = t == self;

		for (unsigned j = own ? a : 0; j < (own ? b : t->nops); j++)
			if (t->ops[j].dst == reg)
				return false;
	}
	return true;
}

/* Never both in one run, because an if around each excludes the other. */
static bool exclusive(const struct order *o, unsigned first, unsigned second)
{
	const struct cow_thread *t = &o->prog->threads[o->thread];
	struct ifs a = around(t, first), b = around(t, second);

	for (unsigned i = 0; i < a.nr; i++)
		for (unsigned j = 0; j < b.nr; j++)
			if (contradict(&t->ops[a.at[i]], &t->ops[b.at[j]]) &&
			    unchanged(o, a.at[i], b.at[j]))
				return true;
	return false;
}

static void check_fork(struct order *o, unsigned at)
{
	const struct cow_thread *t = &o->prog->threads[o->thread];
	const struct cow_loc *loc = &o->b->source[o->thread][at].proc;
	int child = t->ops[at].proc;
	const char *name = o->prog->procs[child].name;

	for (unsigned i = 0; i < o->thread; i++)
		if (forked_in(o->prog, i, 0, o->prog->threads[i].nops, child)) {
			cow_parse_error(o->b->p, loc, "process '%s' is already running: thread "
					"'%s' forks it too", name, o->prog->threads[i].name);
			return;
		}
	for (unsigned i = 0; i < at; i++)
		if (cow_op_forks(t->ops[i].code) && t->ops[i].proc == child &&
		    !exclusive(o, i, at)) {
			cow_parse_error(o->b->p, loc, "process '%s' is already running: it is "
					"forked in line %u", name, t->ops[i].loc.line);
			return;
		}
}

void cow_check_order(struct build *b)
{
	struct order o = { .b = b, .prog = b->prog };

	check_forked(&o);
	for (o.thread = 0; o.thread < o.prog->nr_threads; o.thread++) {
		const struct cow_thread *t = &o.prog->threads[o.thread];

		check_end(&o, 0, t->nops, NULL);
		for (unsigned i = 0; i < t->nops; i++) {
			if (t->ops[i].code == COW_OP_WAIT)
				check_wait(&o, i);
			if (cow_op_forks(t->ops[i].code)) {
				check_vfork(&o, i);
				check_fork(&o, i);
			}
		}
	}
}
