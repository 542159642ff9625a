/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Statements become operations; blocks are flattened, repetitions unrolled. */
#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "../model/rules.h"
#include "words.h"

/* One thread's operations in the making. */
struct emit {
	struct build *b;
	unsigned thread;
	struct cow_thread *t;
	bool full;	/* more operations than fit: reported, nothing more is added */
	bool mapped[COW_MAX_REGIONS];	/* made by an mremap() of this thread */
};

static struct cow_op blank(unsigned code, const struct cow_loc *loc)
{
	return (struct cow_op){ .code = code, .dst = -1, .proc = -1, .pin = -1, .slot = -1,
				.region = -1, .value = { .reg = -1 }, .cond_reg = -1, .loc = *loc };
}

static bool add(struct emit *e, const struct cow_op *op, const struct op_source *src)
{
	struct build *b = e->b;

	if (e->t->nops == COW_MAX_OPS) {
		cow_parse_error(b->p, &op->loc, "'%s' has more than %d operations "
				"(repetitions are unrolled)", e->t->name, COW_MAX_OPS);
		e->full = true;
		return false;
	}
	if (!e->t->ops) {
		e->t->ops = calloc(COW_MAX_OPS, sizeof(*e->t->ops));
		b->source[e->thread] = cow_parse_alloc(b->p, COW_MAX_OPS * sizeof(*src));
		if (!e->t->ops || !b->source[e->thread]) {
			cow_parse_alloc(b->p, 0);
			e->full = b->p->stop = true;
			return false;
		}
	}
	b->source[e->thread][e->t->nops] = *src;
	e->t->ops[e->t->nops++] = *op;
	return true;
}

/* They work on one page of any process: "B:x[0]", or "B, x[0]". */
static bool names_process(unsigned code)
{
	return *cow_op_info[code].args == 'Q';
}

/* How an argument of each letter may look; flags apart. */
static const char *sample(char letter)
{
	switch (letter) {
	case 'P': return "x[0]";
	case 'Q': return "B:x[0]";
	case 'R':
	case 'S': return "x";
	case 'p': return "B";
	case 'h': return "p";
	default: return "1";
	}
}

/* "pin(x, FOLL_PIN)": how a call of the operation looks. */
static void usage(unsigned code, char *buf, size_t size)
{
	const struct cow_op_info *info = &cow_op_info[code];
	size_t at = (size_t)snprintf(buf, size, "%s(", info->name);

	for (const char *a = info->args; *a && at < size; a++) {
		const struct word *flags = cow_flag_words(*a);

		at += (size_t)snprintf(buf + at, size - at, "%s%s", a == info->args ? "" : ", ",
				       flags ? flags[0].name : sample(*a));
	}
	if (at < size)
		snprintf(buf + at, size - at, ")");
}

static bool who(struct emit *e, const struct cow_op *op, const struct cow_loc *loc)
{
	static const struct { char letter; const char *name; } kinds[] = {
		[COW_PROCESS] = { 'P', "a process" }, [COW_THREAD] = { 'P', "a thread" },
		[COW_DEVICE] = { 'D', "a device" }, [COW_KERNEL] = { 'K', "a kernel daemon" },
	};
	const struct cow_op_info *info = &cow_op_info[op->code];

	if (strchr(info->who, kinds[e->t->kind].letter))
		return true;
	if (*info->name)
		cow_parse_error(e->b->p, loc, "%s cannot do %s()", kinds[e->t->kind].name,
				info->name);
	else
		cow_parse_error(e->b->p, loc, "%s has no statements of this kind",
				kinds[e->t->kind].name);
	return false;
}

/* ---- results ---- */

/* The register left of '='; it was collected before. */
static bool destination(struct emit *e, struct cow_op *op, struct op_source *src,
			const struct ast_place *lhs)
{
	struct build *b = e->b;

	if (lhs->proc.text || lhs->indexed || lhs->part.text ||
	    cow_find_region(b->prog, lhs->name.text) >= 0) {
		cow_parse_error(b->p, &lhs->loc, "this result goes to a register, not to memory");
		return false;
	}
	op->dst = cow_find_reg(b->prog, e->t->proc, (int)e->thread, lhs->name.text);
	src->dst = lhs->loc;
	return op->dst >= 0;
}

static bool slots(struct emit *e, struct cow_op *op)
{
	struct cow_program *prog = e->b->prog;

	if (prog->nr_pins + op->npages > COW_MAX_PINS) {
		if (!e->b->full_pins)
			cow_parse_error(e->b->p, &op->loc, "more than %d pages are pinned in all",
					COW_MAX_PINS);
		e->b->full_pins = true;
		return false;
	}
	op->slot = prog->nr_pins;
	for (unsigned i = 0; i < op->npages; i++) {
		prog->pins[prog->nr_pins].thread = e->thread;
		prog->pins[prog->nr_pins++].op = e->t->nops;
	}
	return true;
}

static bool moved(struct emit *e, struct cow_op *op, const struct ast_place *lhs)
{
	int r = cow_find_region(e->b->prog, lhs->name.text);

	if (r < 0 || lhs->proc.text || lhs->indexed || lhs->part.text) {
		cow_parse_error(e->b->p, &lhs->loc, "mremap() makes a new region: "
				"y = mremap(x[0])");
		return false;
	}
	if (e->mapped[r]) {
		cow_parse_error(e->b->p, &lhs->loc, "there is a region '%s' already, in line %u",
				lhs->name.text, e->b->prog->regions[r].loc.line);
		return false;
	}
	e->mapped[r] = true;
	e->b->prog->regions[r].moved_from = op->vpn;
	op->region = r;
	return true;
}

static bool result(struct emit *e, struct cow_op *op, struct op_source *src,
		   const struct ast_place *lhs, const struct cow_loc *loc)
{
	const struct cow_op_info *info = &cow_op_info[op->code];
	const char *name = src->stmt->call->name.text;
	static const char *const needed[] = { ['r'] = "r", ['m'] = "r", ['h'] = "p", ['y'] = "y" };

	if (!lhs->name.text) {
		if (info->result == '-' || info->result == 'o')
			return true;
		cow_parse_error(e->b->p, loc, "the result of %s() is needed: %s = %s(…)", name,
				needed[(unsigned char)info->result], name);
		return false;
	}
	switch (info->result) {
	case '-':
		cow_parse_error(e->b->p, &lhs->loc, "%s() has no result", info->name);
		return false;
	case 'y':
		return moved(e, op, lhs);
	case 'h':
		return destination(e, op, src, lhs) && slots(e, op);
	default:
		return destination(e, op, src, lhs);
	}
}

/* ---- what only some operations demand ---- */

static bool check_foll(struct emit *e, const struct cow_op *op, const struct cow_loc *loc)
{
	unsigned kind = op->flags & (COW_FOLL_GET | COW_FOLL_PIN);

	if (!kind)
		cow_parse_error(e->b->p, loc, "either FOLL_PIN or FOLL_GET is needed");
	else if (kind == (COW_FOLL_GET | COW_FOLL_PIN))
		cow_parse_error(e->b->p, loc, "FOLL_PIN and FOLL_GET exclude each other");
	return kind == COW_FOLL_GET || kind == COW_FOLL_PIN;
}

static bool special(struct emit *e, struct cow_op *op, const struct ast_call *call)
{
	const struct cow_loc *last = call->last ? &call->last->loc : &call->loc;

	switch (op->code) {
	case COW_OP_PIN:
		return check_foll(e, op, last);
	case COW_OP_PIN_FAST:
		if (!check_foll(e, op, last))
			return false;
		op->flags |= COW_FOLL_FAST;
		return true;
	case COW_OP_VFIO_MAP:
	case COW_OP_IOMMUFD_MAP:
	case COW_OP_VDPA_MAP:
		if (op->flags)
			return true;
		cow_parse_error(e->b->p, last, "a map for reading, writing or both is needed");
		return false;
	case COW_OP_PTRACE_PEEK:
	case COW_OP_PTRACE_POKE:
		if (op->proc >= 0)
			return true;
		cow_parse_error(e->b->p, last, "a process cannot trace itself: name the other "
				"one, as %s(B:x[0])", cow_op_info[op->code].name);
		return false;
	default:
		return true;
	}
}

/* process_vm_readv(B, x[0]) is process_vm_readv(B:x[0]). */
static void name_process(const struct cow_op_info *info, struct ast_call *call)
{
	const struct ast_place *proc = cow_only_name(call->args), *place;

	if (!names_process((unsigned)call->code) || !proc ||
	    call->nargs != strlen(info->args) + 1)
		return;
	place = cow_only_place(call->args->next);
	if (!place || place->proc.text)
		return;
	call->args->next->first->place.proc = proc->name;
	call->args = call->args->next;
	call->nargs--;
}

static bool call(struct emit *e, struct ast_stmt *s)
{
	struct ast_call *call = s->call;
	const struct cow_op_info *info;
	struct op_source src = { .stmt = s };
	const struct ast_expr *arg;
	struct cow_op op;
	unsigned wanted;
	bool ok = true;
	char buf[128];

	if (call->code < 0)
		return false;
	info = &cow_op_info[call->code];
	op = blank(call->code, &s->loc);
	if (!who(e, &op, &call->name.loc))
		return false;
	name_process(info, call);
	wanted = strlen(info->args);
	if (call->alias && call->alias->flags) {
		op.flags = call->alias->flags;
		wanted--;
	}
	if (call->nargs != wanted) {
		usage(call->code, buf, sizeof(buf));
		cow_parse_error(e->b->p, &call->loc, "%s() takes %u argument%s, not %u%s%s",
				call->name.text, wanted, wanted == 1 ? "" : "s", call->nargs,
				call->alias || !wanted ? "" : ": ",
				call->alias || !wanted ? "" : buf);
		return false;
	}
	arg = call->args;
	for (const char *a = info->args; *a && arg; a++, arg = arg->next)
		ok &= cow_arg(e->b, e->thread, &op, &src, *a, arg);
	ok = ok && special(e, &op, call);
	ok = ok && result(e, &op, &src, &s->lhs, &s->loc);
	return ok && add(e, &op, &src);
}

/* ---- statements without a name ---- */

/* x[0] = v, r = x[0], r = v */
static bool assign(struct emit *e, struct ast_stmt *s)
{
	const struct ast_place *rhs = cow_only_place(s->rhs), *lhs = &s->lhs;
	struct build *b = e->b;
	struct op_source src = { .stmt = s };
	struct cow_op op;
	bool store = cow_find_region(b->prog, lhs->name.text) >= 0 || lhs->indexed ||
		     lhs->part.text || lhs->proc.text;

	if (store) {
		struct ast_term term = { .place = *lhs, .loc = lhs->loc };
		struct ast_expr left = { .first = &term, .last = &term, .loc = lhs->loc };
		bool ok;

		op = blank(COW_OP_STORE, &s->loc);
		ok = who(e, &op, &s->loc) && cow_arg(b, e->thread, &op, &src, 'P', &left);
		if (rhs && cow_find_region(b->prog, rhs->name.text) >= 0) {
			cow_parse_error(b->p, &rhs->loc, "a store takes a value: load it first, as "
					"r = %s", rhs->name.text);
			return false;
		}
		return cow_arg(b, e->thread, &op, &src, 'v', s->rhs) && ok && add(e, &op, &src);
	}
	op = blank(rhs && cow_find_region(b->prog, rhs->name.text) >= 0 ? COW_OP_LOAD :
		   COW_OP_SET, &s->loc);
	return who(e, &op, &s->loc) &&
	       cow_arg(b, e->thread, &op, &src, op.code == COW_OP_LOAD ? 'P' : 'v', s->rhs) &&
	       destination(e, &op, &src, lhs) && add(e, &op, &src);
}

/* p = 3 and r = p */
static bool dma(struct emit *e, struct ast_stmt *s)
{
	struct op_source src = { .stmt = s };
	struct ast_term term = { .place = s->lhs, .loc = s->lhs.loc };
	struct ast_expr left = { .first = &term, .last = &term, .loc = s->lhs.loc };
	struct cow_op op;

	if (cow_device_writes(e->b, s)) {
		op = blank(COW_OP_DMA_WRITE, &s->loc);
		return cow_arg(e->b, e->thread, &op, &src, 'h', &left) &&
		       cow_arg(e->b, e->thread, &op, &src, 'v', s->rhs) && add(e, &op, &src);
	}
	op = blank(COW_OP_DMA_READ, &s->loc);
	if (!cow_only_place(s->rhs)) {
		cow_parse_error(e->b->p, &s->lhs.loc, "use of '%s' before it is pinned: a device "
				"writes as p = 3 and reads as r = p, where p is a pin",
				s->lhs.name.text);
		return false;
	}
	return cow_arg(e->b, e->thread, &op, &src, 'h', s->rhs) &&
	       destination(e, &op, &src, &s->lhs) && add(e, &op, &src);
}

static void list(struct emit *e, struct ast_stmt *first);

static void branch(struct emit *e, struct ast_stmt *s)
{
	struct op_source src = { .stmt = s };
	struct cow_op op = blank(COW_OP_IF, &s->loc);
	unsigned at = e->t->nops;
	bool ok = who(e, &op, &s->loc);

	if (ok) {
		op.negate = s->negate;
		op.cond_reg = cow_use_number(e->b, e->thread, &s->lhs);
		src.cond = s->lhs.loc;
		ok = op.cond_reg >= 0;
		if (s->rhs)
			ok &= cow_arg(e->b, e->thread, &op, &src, 'v', s->rhs);
	}
	/* What is in the block is looked at in any case. */
	if (!add(e, &op, &src))
		return;
	list(e, s->body);
	e->t->ops[at].number = e->t->nops - at - 1;
}

static void repeat(struct emit *e, struct ast_stmt *s)
{
	unsigned errors = e->b->p->errors;

	if (s->count.value < 1 || s->count.value > COW_MAX_OPS) {
		cow_parse_error(e->b->p, &s->count.loc, "a block can be repeated 1 to %d times",
				COW_MAX_OPS);
		return;
	}
	for (long i = 0; i < s->count.value; i++) {
		unsigned before = e->t->nops;

		list(e, s->body);
		/* A block that does nothing, or is wrong, is so every time. */
		if (e->t->nops == before || e->b->p->errors != errors)
			break;
	}
}

static void list(struct emit *e, struct ast_stmt *first)
{
	for (struct ast_stmt *s = first; s && !e->full && !e->b->p->stop; s = s->next) {
		switch (s->kind) {
		case AST_CALL:
			call(e, s);
			break;
		case AST_ASSIGN:
			if (e->t->kind == COW_DEVICE)
				dma(e, s);
			else
				assign(e, s);
			break;
		case AST_IF:
			branch(e, s);
			break;
		case AST_REPEAT:
			repeat(e, s);
			break;
		}
	}
}

/* device nic after p */
static int start(struct build *b, const struct ast_place *after)
{
	unsigned errors = b->p->errors;
	int reg = cow_global_pin(b, after);

	if (b->p->errors != errors)
		return -1;
	if (reg < 0)
		cow_parse_error(b->p, &after->loc, "there is no pin '%s'", after->name.text);
	else if (b->known[reg] != REG_ANY && b->prog->regs[reg].type != COW_REG_PIN)
		cow_parse_error(b->p, &after->loc, "'%s' is a number, not a pin",
				after->name.text);
	else if (after->indexed || after->part.text)
		cow_parse_error(b->p, &after->loc, "a device waits for a whole pin, as %s",
				after->name.text);
	return reg;
}

void cow_emit(struct build *b)
{
	struct cow_program *prog = b->prog;

	for (unsigned i = 0; i < prog->nr_threads; i++) {
		struct emit e = { .b = b, .thread = i, .t = &prog->threads[i] };

		if (b->block[i]->after)
			e.t->after = start(b, b->block[i]->after);
		/* A thread of an unknown process was reported. */
		if (e.t->proc >= 0 || e.t->kind == COW_DEVICE || e.t->kind == COW_KERNEL)
			list(&e, b->block[i]->stmts.first);
	}
}
