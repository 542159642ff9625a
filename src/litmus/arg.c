/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The arguments of operations, one function for each letter of ops.def. */
#include "build.h"

#include <string.h>

#include "words.h"

struct arg {
	struct build *b;
	unsigned thread;
	struct cow_op *op;
	struct op_source *src;
	char letter;
};

static const char *op_name(const struct arg *a)
{
	return cow_op_info[a->op->code].name;
}

/* Those for which a part of a page means something. */
static bool takes_part(const struct arg *a)
{
	char result = cow_op_info[a->op->code].result;

	return cow_arg_range(a->letter) ? result == 'h' : result != 'y';
}

/* P, Q, R, S: memory. */
static bool memory(struct arg *a, const struct ast_expr *e)
{
	struct build *b = a->b;
	const struct cow_program *prog = b->prog;
	const struct ast_place *place = cow_only_place(e);
	int self = prog->threads[a->thread].proc, page, part;

	if (!place) {
		cow_parse_error(b->p, &e->loc, "expected memory here, as x or x[0]");
		return false;
	}
	if (cow_find_region(prog, place->name.text) < 0 && !place->proc.text &&
	    cow_find_reg(prog, self, (int)a->thread, place->name.text) >= 0) {
		cow_parse_error(b->p, &place->name.loc,
				"'%s' is a register; expected memory here, as x or x[0]",
				place->name.text);
		return false;
	}
	page = cow_place_page(b, place);
	if (page < 0)
		return false;
	if (place->part.text && !takes_part(a)) {
		cow_parse_error(b->p, &place->part.loc,
				"%s() works on whole pages: leave out '.%s'", op_name(a),
				place->part.text);
		return false;
	}
	part = cow_find_part(b, &place->part);
	if (part < 0)
		return false;
	if (place->proc.text) {
		int proc = cow_named_proc(b, &place->proc);

		if (proc < 0)
			return false;
		a->src->proc = place->proc.loc;
		if (proc != self) {
			if (!cow_arg_remote(a->letter)) {
				const char *name = op_name(a);

				cow_parse_error(b->p, &place->loc, "%s%s a process's own memory "
						"only", *name ? name : "loads and stores reach",
						*name ? "() works on" : "");
				return false;
			}
			a->op->proc = proc;
		}
	} else if (self < 0) {
		cow_parse_error(b->p, &place->loc, "whose memory? as in A:%s", place->name.text);
		return false;
	}
	a->op->vpn = page;
	a->op->npages = cow_arg_range(a->letter) ? cow_range_pages(prog, place) : 1;
	a->op->whole = cow_arg_range(a->letter) && !place->indexed;
	a->op->part = part;
	return true;
}

/* F M T A D C: names joined by |, or 0. */
static bool flags(struct arg *a, const struct ast_expr *e)
{
	const struct word *words = cow_flag_words(a->letter);
	bool one = a->letter == 'M', ok = true;

	if (e->first->is_number && !e->first->next && !e->first->number.value && !one)
		return true;
	for (const struct ast_term *t = e->first; t; t = t->next) {
		const char *name = t->place.name.text, *near;
		const struct word *w = t->is_number ? NULL : cow_word(words, name);

		if (t->op && t->op != '|') {
			cow_parse_error(a->b->p, &t->loc, "flags are joined by '|'");
			return false;
		}
		if (w && (one && t->op)) {
			cow_parse_error(a->b->p, &t->loc, "%s() takes one advice", op_name(a));
			ok = false;
		} else if (w && w->later) {
			cow_parse_error(a->b->p, &t->loc, "not supported yet: %s", name);
			ok = false;
		} else if (w) {
			a->op->flags |= w->value;
		} else if (t->is_number) {
			cow_parse_error(a->b->p, &t->loc, "expected a flag, as %s",
					words[0].name);
			ok = false;
		} else {
			near = cow_word_suggest(words, name);
			if (near)
				cow_parse_error(a->b->p, &t->loc,
						"unknown flag '%s'; did you mean '%s'?",
						name, near);
			else
				cow_parse_error(a->b->p, &t->loc,
						"unknown flag '%s'; %s() takes flags such as %s",
						name, op_name(a), words[0].name);
			ok = false;
		}
	}
	return ok;
}

static bool process(struct arg *a, const struct ast_expr *e)
{
	const struct ast_place *place = cow_only_name(e);
	int proc;

	if (!place) {
		cow_parse_error(a->b->p, &e->loc, "expected the name of a process");
		return false;
	}
	proc = cow_find_proc(a->b->prog, place->name.text);
	if (proc < 0) {
		cow_unknown_proc(a->b, &place->name);
		return false;
	}
	a->op->proc = proc;
	a->src->proc = place->loc;
	return true;
}

static bool constant(struct arg *a, const struct ast_expr *e)
{
	const struct ast_term *t = e->first;

	if (!t->is_number || t->next) {
		cow_parse_error(a->b->p, &e->loc, "expected a number");
		return false;
	}
	if (t->number.value < 0 || t->number.value > 255) {
		cow_parse_error(a->b->p, &t->loc, "%s are 0 to 255",
				a->letter == 'n' ? "numbers" : "values");
		return false;
	}
	if (a->letter == 'n')
		a->op->number = t->number.value;
	else
		a->op->value.add = t->number.value;
	return true;
}

int cow_use_number(struct build *b, unsigned thread, const struct ast_place *place)
{
	const struct cow_program *prog = b->prog;
	int proc = prog->threads[thread].proc, reg;
	const char *name = place->name.text;
	char buf[64];

	if (cow_find_region(prog, name) >= 0) {
		cow_parse_error(b->p, &place->loc, "load '%s' into a register first, as r = %s",
				name, name);
		return -1;
	}
	if (place->proc.text || place->indexed || place->part.text) {
		if (place->proc.text)
			cow_parse_error(b->p, &place->loc, "registers of other processes cannot "
					"be used: send() the value");
		else
			cow_unknown_region(b, &place->name);
		return -1;
	}
	reg = proc >= 0 ? cow_visible_reg(b, proc, name) :
			  cow_find_reg(prog, -1, (int)thread, name);
	if (reg < 0) {
		cow_parse_error(b->p, &place->loc, "use of '%s' before it is assigned%s", name,
				cow_suggest_reg(b, proc, (int)thread, name, buf, sizeof(buf)));
		return -1;
	}
	if (b->known[reg] != REG_ANY && prog->regs[reg].type != COW_REG_INT) {
		cow_parse_error(b->p, &place->loc, "'%s' is a pin, not a number; the device reads "
				"through it with dma_read(%s)", name, name);
		return -1;
	}
	return reg;
}

/* v: numbers and at most one register, added up. */
static bool value(struct arg *a, const struct ast_expr *e)
{
	long sum = 0;

	for (const struct ast_term *t = e->first; t; t = t->next) {
		int reg;

		if (t->op == '|') {
			cow_parse_error(a->b->p, &t->loc, "values are added, not joined by '|'");
			return false;
		}
		if (t->is_number) {
			sum += t->op == '-' ? -t->number.value : t->number.value;
			continue;
		}
		if (t->op == '-' || a->op->value.reg >= 0) {
			cow_parse_error(a->b->p, &t->loc, "a value is a number, or one register "
					"plus or minus a number");
			return false;
		}
		reg = cow_use_number(a->b, a->thread, &t->place);
		if (reg < 0)
			return false;
		a->op->value.reg = reg;
		a->src->value = t->loc;
	}
	if (sum > 255 || sum < (a->op->value.reg < 0 ? 0 : -255)) {
		cow_parse_error(a->b->p, &e->loc, a->op->value.reg < 0 ? "values are 0 to 255" :
				"at most 255 can be added or taken away");
		return false;
	}
	a->op->value.add = sum;
	return true;
}

/* h: a pin, or one page of it. */
static bool pin(struct arg *a, const struct ast_expr *e)
{
	struct build *b = a->b;
	const struct cow_program *prog = b->prog;
	const struct ast_place *place = cow_only_place(e);
	bool device = prog->threads[a->thread].kind == COW_DEVICE;
	int reg, proc = prog->threads[a->thread].proc;
	long page;
	char buf[64];

	if (!place || place->part.text) {
		cow_parse_error(b->p, &e->loc, "expected a pin, as p or p[1]");
		return false;
	}
	page = place->indexed ? place->index.value : 0;
	if (cow_find_region(prog, place->name.text) >= 0) {
		cow_parse_error(b->p, &place->loc, "'%s' is memory, not a pin; pin it first, as "
				"p = pin(%s, FOLL_PIN)", place->name.text, place->name.text);
		return false;
	}
	if (device) {
		unsigned errors = b->p->errors;

		reg = cow_global_pin(b, place);
		if (reg < 0 && b->p->errors != errors)
			return false;
	} else if (place->proc.text) {
		cow_parse_error(b->p, &place->loc, "only a device can use the pin of another "
				"process: send() it");
		return false;
	} else {
		reg = cow_visible_reg(b, proc, place->name.text);
	}
	if (reg < 0) {
		cow_parse_error(b->p, &place->loc, "use of '%s' before it is pinned%s",
				place->name.text,
				cow_suggest_reg(b, proc, (int)a->thread, place->name.text, buf,
						sizeof(buf)));
		return false;
	}
	if (b->known[reg] == REG_ANY)
		return false;
	if (prog->regs[reg].type != COW_REG_PIN) {
		cow_parse_error(b->p, &place->loc, "'%s' is a number, not a pin", place->name.text);
		return false;
	}
	if (page >= prog->regs[reg].npages) {
		cow_parse_error(b->p, &place->index.loc, "page %ld of pin '%s', which has %s", page,
				place->name.text,
				cow_pages_text(prog->regs[reg].npages, buf, sizeof(buf)));
		return false;
	}
	if (place->indexed && !strchr(cow_op_info[a->op->code].who, 'D')) {
		cow_parse_error(b->p, &place->loc, "%s() takes the whole pin, as %s", op_name(a),
				place->name.text);
		return false;
	}
	a->op->pin = reg;
	a->op->pin_page = page;
	a->src->pin = place->loc;
	return true;
}

/* s: a value or a pin. */
static bool sendable(struct arg *a, const struct ast_expr *e)
{
	const struct ast_place *place = cow_only_name(e);
	int proc = a->b->prog->threads[a->thread].proc;
	int reg = place && proc >= 0 ? cow_visible_reg(a->b, proc, place->name.text) : -1;

	if (reg >= 0 && a->b->known[reg] == REG_ANY)
		return false;
	if (reg >= 0 && a->b->prog->regs[reg].type == COW_REG_PIN)
		return pin(a, e);
	return value(a, e);
}

bool cow_arg(struct build *b, unsigned thread, struct cow_op *op, struct op_source *src,
	     char letter, const struct ast_expr *e)
{
	struct arg a = { b, thread, op, src, letter };

	switch (letter) {
	case 'P':
	case 'Q':
	case 'R':
	case 'S':
		return memory(&a, e);
	case 'p':
		return process(&a, e);
	case 'h':
		return pin(&a, e);
	case 'n':
	case 'k':
		return constant(&a, e);
	case 'v':
		return value(&a, e);
	case 's':
		return sendable(&a, e);
	default:
		return flags(&a, e);
	}
}
