/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Registers: names that processes and devices assign.  A process also sees the
 * registers of the processes that it descends from, as they were at fork.
 */
#include "build.h"

#include <string.h>

#include "suggest.h"

const struct ast_place *cow_only_place(const struct ast_expr *e)
{
	if (!e || e->first->is_number || e->first->next)
		return NULL;
	return &e->first->place;
}

const struct ast_place *cow_only_name(const struct ast_expr *e)
{
	const struct ast_place *place = cow_only_place(e);

	if (!place || place->proc.text || place->indexed || place->part.text)
		return NULL;
	return place;
}

unsigned cow_range_pages(const struct cow_program *prog, const struct ast_place *place)
{
	int r = place ? cow_find_region(prog, place->name.text) : -1;

	return r < 0 || place->indexed ? 1 : prog->regions[r].npages;
}

int cow_find_reg(const struct cow_program *prog, int proc, int thread, const char *name)
{
	for (unsigned i = 0; i < prog->nr_regs; i++) {
		const struct cow_reg *r = &prog->regs[i];

		if (r->proc == proc && (proc >= 0 || r->thread == thread) &&
		    !strcmp(r->name, name))
			return (int)i;
	}
	return -1;
}

static int add(struct build *b, const char *name, int proc, int thread,
	       const struct cow_loc *loc)
{
	struct cow_program *prog = b->prog;
	struct cow_reg *r;

	if (prog->nr_regs == COW_MAX_REGS) {
		if (!b->full_regs)
			cow_parse_error(b->p, loc, "more than %d registers in all (those that "
					"a process inherits count as its own)", COW_MAX_REGS);
		b->full_regs = true;
		return -1;
	}
	r = &prog->regs[prog->nr_regs];
	strcpy(r->name, name);
	r->proc = proc;
	r->thread = proc < 0 ? thread : -1;
	r->npages = 0;
	r->inherit = -1;
	r->loc = *loc;
	return (int)prog->nr_regs++;
}

int cow_visible_reg(struct build *b, int proc, const char *name)
{
	struct cow_program *prog = b->prog;
	int chain[COW_MAX_PROCS], n = 0, reg = -1;

	/* Up to the process that has it … */
	for (int at = proc; at >= 0 && n < COW_MAX_PROCS; at = prog->procs[at].parent) {
		reg = cow_find_reg(prog, at, -1, name);
		if (reg >= 0)
			break;
		chain[n++] = at;
	}
	/* … and down again. */
	while (reg >= 0 && n--) {
		int from = reg;

		reg = add(b, name, chain[n], -1, &prog->regs[from].loc);
		if (reg < 0)
			break;
		prog->regs[reg].type = prog->regs[from].type;
		prog->regs[reg].npages = prog->regs[from].npages;
		prog->regs[reg].inherit = from;
		b->known[reg] = b->known[from];
	}
	return reg;
}

/* ---- which may have been meant? ---- */

struct candidates {
	const struct cow_program *prog;
	int proc, thread;
};

static const char *nth_reg(const void *arg, size_t i)
{
	const struct candidates *c = arg;
	const struct cow_reg *r = &c->prog->regs[i];

	if (i >= c->prog->nr_regs)
		return NULL;
	if (c->proc >= 0 && r->proc < 0)
		return "";	/* a device's: never meant by a process */
	return r->name;
}

const char *cow_suggest_reg(struct build *b, int proc, int thread, const char *name,
			    char *buf, size_t size)
{
	struct candidates c = { b->prog, proc, thread };
	const char *near = cow_suggest(name, nth_reg, &c);

	if (near && strcmp(near, name))
		snprintf(buf, size, "; did you mean '%s'?", near);
	else
		buf[0] = '\0';
	return buf;
}

int cow_global_pin(struct build *b, const struct ast_place *place)
{
	struct cow_program *prog = b->prog;
	const char *name = place->name.text;
	int found = -1, received = -1, other = -1, number = -1;
	char buf[64];

	if (place->proc.text) {
		int proc = cow_named_proc(b, &place->proc);

		if (proc < 0)
			return -1;
		found = cow_visible_reg(b, proc, name);
		if (found < 0)
			cow_parse_error(b->p, &place->loc, "process '%s' has no pin '%s'%s",
					place->proc.text, name,
					cow_suggest_reg(b, proc, -1, name, buf, sizeof(buf)));
		return found;
	}
	/* Where it was pinned, before where it was received or inherited. */
	for (unsigned i = 0; i < prog->nr_regs; i++) {
		const struct cow_reg *r = &prog->regs[i];

		if (!b->assigned[i] || r->proc < 0 || strcmp(r->name, name))
			continue;
		if (b->known[i] == REG_ANY)
			return (int)i;
		if (r->type != COW_REG_PIN)
			number = i;
		else if (!b->pinned[i])
			received = i;
		else if (found < 0)
			found = i;
		else
			other = i;
	}
	if (found < 0)
		found = received >= 0 ? received : number;
	if (other >= 0) {
		const char *a = prog->procs[prog->regs[found].proc].name;
		const char *c = prog->procs[prog->regs[other].proc].name;

		cow_parse_error(b->p, &place->loc, "both '%s' and '%s' have a pin '%s': "
				"write %s:%s or %s:%s", a, c, name, a, name, c, name);
		return -1;
	}
	return found;
}

/* ---- collecting ---- */

static const char *const type_text[] = { [COW_REG_INT] = "a number", [COW_REG_PIN] = "a pin" };

/* A statement gives register REG a value of a type that is known or not. */
static void assign(struct build *b, int reg, enum reg_known known, unsigned type,
		   unsigned npages, const struct cow_loc *loc)
{
	struct cow_reg *r = &b->prog->regs[reg];

	if (!b->assigned[reg]) {
		b->assigned[reg] = true;
		b->known[reg] = known;
		r->type = type;
		r->npages = npages;
		return;
	}
	if (known == REG_MAIL || b->known[reg] == REG_ANY)
		return;
	if (known == REG_ANY || b->known[reg] == REG_MAIL) {
		b->known[reg] = known;
		r->type = type;
		r->npages = npages;
		return;
	}
	if (r->type != type) {
		cow_parse_error(b->p, loc, "'%s' holds %s since line %u: it cannot hold %s too",
				r->name, type_text[r->type], r->loc.line, type_text[type]);
		b->known[reg] = REG_ANY;
	} else if (npages < r->npages) {
		r->npages = npages;	/* what every pin in it has */
	}
}

static void collect(struct build *b, unsigned thread, struct ast_stmt *s)
{
	struct cow_program *prog = b->prog;
	const struct cow_thread *t = &prog->threads[thread];
	const struct ast_place *lhs = &s->lhs;
	enum reg_known known = REG_KNOWN;
	unsigned type = COW_REG_INT, npages = 0;
	bool pins = false;
	int reg;

	if ((s->kind != AST_CALL && s->kind != AST_ASSIGN) || !lhs->name.text ||
	    lhs->proc.text || lhs->indexed || lhs->part.text ||
	    cow_find_region(prog, lhs->name.text) >= 0)
		return;
	if (t->kind == COW_KERNEL || (t->proc < 0 && t->kind != COW_DEVICE))
		return;
	if (s->kind == AST_CALL && s->call->code < 0) {
		known = REG_ANY;
	} else if (s->kind == AST_CALL) {
		switch (cow_op_info[s->call->code].result) {
		case 'h':
			type = COW_REG_PIN;
			npages = !cow_arg_range(*cow_op_info[s->call->code].args) ? 1 :
				 cow_range_pages(prog, cow_only_place(s->call->args));
			pins = true;
			break;
		case 'm':
			known = REG_MAIL;
			break;
		case '-':
		case 'y':
			return;	/* reported with the operation, or a region */
		}
	} else if (t->kind == COW_DEVICE && cow_device_writes(b, s)) {
		return;
	}
	reg = cow_find_reg(prog, t->proc, (int)thread, lhs->name.text);
	if (reg < 0)
		reg = add(b, lhs->name.text, t->proc, (int)thread, &lhs->name.loc);
	if (reg < 0)
		return;
	b->pinned[reg] |= pins;
	b->received[reg] |= known == REG_MAIL;
	assign(b, reg, known, type, npages, &lhs->name.loc);
}

/* Or may be one, had there been no mistake. */
static bool is_pin(const struct build *b, const char *name)
{
	const struct cow_program *prog = b->prog;

	for (unsigned i = 0; i < prog->nr_regs; i++)
		if ((prog->regs[i].type == COW_REG_PIN || b->known[i] == REG_ANY) &&
		    prog->regs[i].proc >= 0 && !strcmp(prog->regs[i].name, name))
			return true;
	return false;
}

bool cow_device_writes(struct build *b, const struct ast_stmt *s)
{
	const struct ast_place *rhs = cow_only_place(s->rhs);

	if (s->lhs.proc.text || s->lhs.indexed)
		return true;
	return is_pin(b, s->lhs.name.text) && !(rhs && is_pin(b, rhs->name.text));
}

/* ---- what recv() gives ---- */

/* Notes of which type the value of a send() is, if that is known. */
static void note_send(struct build *b, unsigned thread, struct ast_stmt *s)
{
	const struct cow_program *prog = b->prog;
	const struct ast_place *to, *what;
	unsigned type = COW_REG_INT, npages = 0;
	int proc, self = prog->threads[thread].proc, reg;

	if (s->kind != AST_CALL || s->call->code != COW_OP_SEND || s->call->nargs != 2 || self < 0)
		return;
	to = cow_only_name(s->call->args);
	proc = to ? cow_find_proc(prog, to->name.text) : -1;
	if (proc < 0)
		return;
	b->mail[proc].sent = true;
	what = cow_only_name(s->call->args->next);
	if (what) {
		reg = -1;
		for (int at = self; at >= 0 && reg < 0; at = prog->procs[at].parent)
			reg = cow_find_reg(prog, at, -1, what->name.text);
		if (reg < 0 || b->known[reg] != REG_KNOWN)
			return;
		type = prog->regs[reg].type;
		npages = prog->regs[reg].npages;
	}
	if (!b->mail[proc].known) {
		b->mail[proc].known = true;
		b->mail[proc].type = type;
		b->mail[proc].npages = npages;
		b->mail[proc].loc = s->loc;
	} else if (b->mail[proc].type != type) {
		cow_parse_error(b->p, &s->loc, "process '%s' is sent %s here and %s in line %u",
				prog->procs[proc].name, type_text[type], type_text[!type],
				b->mail[proc].loc.line);
	} else if (npages < b->mail[proc].npages) {
		b->mail[proc].npages = npages;
	}
}

static bool deliver(struct build *b)
{
	struct cow_program *prog = b->prog;
	bool news = false;

	for (unsigned i = 0; i < prog->nr_threads; i++)
		cow_each_stmt(b, i, b->block[i]->stmts.first, note_send);
	for (unsigned i = 0; i < prog->nr_regs; i++) {
		struct cow_reg *r = &prog->regs[i];

		if (b->known[i] == REG_MAIL && r->proc >= 0 && b->mail[r->proc].known) {
			b->known[i] = REG_KNOWN;
			r->type = b->mail[r->proc].type;
			r->npages = b->mail[r->proc].npages;
			news = true;
		} else if (b->received[i] && b->mail[r->proc].known &&
			   b->mail[r->proc].npages < r->npages) {
			r->npages = b->mail[r->proc].npages;
			news = true;
		}
	}
	return news;
}

void cow_build_regs(struct build *b)
{
	struct cow_program *prog = b->prog;

	for (unsigned i = 0; i < prog->nr_threads; i++)
		if (prog->threads[i].kind != COW_DEVICE)
			cow_each_stmt(b, i, b->block[i]->stmts.first, collect);
	/* Each round settles a type or takes away a page, so this ends. */
	while (deliver(b))
		;
	for (unsigned i = 0; i < prog->nr_regs; i++) {
		const struct cow_reg *r = &prog->regs[i];

		if (b->received[i] && b->known[i] == REG_KNOWN && b->mail[r->proc].known &&
		    b->mail[r->proc].type != r->type)
			cow_parse_error(b->p, &r->loc, "'%s' holds %s, but what '%s' receives "
					"is %s", r->name, type_text[r->type],
					prog->procs[r->proc].name, type_text[!r->type]);
		if (b->known[i] != REG_MAIL)
			continue;
		if (!b->mail[prog->regs[i].proc].sent)
			cow_parse_error(b->p, &prog->regs[i].loc, "nobody sends to '%s': "
					"recv() would never return",
					prog->procs[prog->regs[i].proc].name);
		else if (!b->p->errors)
			cow_parse_error(b->p, &prog->regs[i].loc,
					"what '%s' receives has no known type", prog->regs[i].name);
		b->known[i] = REG_ANY;
	}
	for (unsigned i = 0; i < prog->nr_threads; i++)
		if (prog->threads[i].kind == COW_DEVICE)
			cow_each_stmt(b, i, b->block[i]->stmts.first, collect);
}
