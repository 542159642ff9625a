/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The condition: names become processes, pages, registers. */
#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "suggest.h"
#include "words.h"

/* mapcount(A:x[0]) and the like. */
static const struct fact {
	const char *name;
	enum cow_term_kind kind;
	unsigned nargs;
	const char *usage;
} facts[] = {
	{ "mapcount", COW_TERM_MAPCOUNT, 1, "mapcount(A:x[0])" },
	{ "exclusive", COW_TERM_EXCLUSIVE, 1, "exclusive(A:x[0])" },
	{ "writable", COW_TERM_WRITABLE, 1, "writable(A:x[0])" },
	{ "same_frame", COW_TERM_SAME_FRAME, 2, "same_frame(A:x[0], p)" },
	{ "faulted", COW_TERM_FAULTED, 1, "faulted(A)" },
	{ "errno", COW_TERM_ERRNO, 1, "errno(A:p)" },
	{ "hazard", COW_TERM_HAZARD, 1, "hazard(D)" },
	{ "dma_done", COW_TERM_DMA_DONE, 1, "dma_done(nic)" },
};

static const char *nth_fact(const void *arg, size_t i)
{
	(void)arg;
	return i < sizeof(facts) / sizeof(facts[0]) ? facts[i].name : NULL;
}

static struct cow_term blank(enum cow_term_kind kind)
{
	return (struct cow_term){ .kind = kind, .proc = -1, .proc2 = -1, .reg = -1, .reg2 = -1,
				  .thread = -1 };
}

static bool is_bare(const struct ast_place *place)
{
	return !place->proc.text && !place->indexed && !place->part.text;
}

/* Memory of a process: [A:]x[0][.a].  With one process, its name may be left out. */
static bool memory(struct build *b, const struct ast_place *place, int8_t *proc, uint8_t *vpn,
		   uint8_t *part)
{
	int page, p = 0, n;

	if (place->proc.text) {
		p = cow_named_proc(b, &place->proc);
		if (p < 0)
			return false;
	} else if (b->prog->nr_procs > 1) {
		cow_parse_error(b->p, &place->loc, "whose '%s'? write %s:%s", place->name.text,
				b->prog->procs[0].name, place->name.text);
		return false;
	}
	page = cow_place_page(b, place);
	if (page < 0)
		return false;
	if (place->part.text && !part) {
		cow_parse_error(b->p, &place->part.loc, "this is about the whole page: leave out "
				"'.%s'", place->part.text);
		return false;
	}
	n = cow_find_part(b, &place->part);
	if (n < 0)
		return false;
	*proc = p;
	*vpn = page;
	if (part)
		*part = n;
	return true;
}

/* A register: A:r, nic:r, or r if there is only one of that name. */
static int find_register(struct build *b, const struct ast_place *place)
{
	const struct cow_program *prog = b->prog;
	const char *name = place->name.text;
	int found = -1, proc = -1, thread = -1;
	char buf[64];

	if (place->proc.text) {
		proc = cow_find_proc(prog, place->proc.text);
		if (proc < 0)
			thread = cow_find_device(prog, place->proc.text);
		if (proc < 0 && thread < 0) {
			cow_unknown_proc(b, &place->proc);
			return -1;
		}
		found = proc >= 0 ? cow_visible_reg(b, proc, name) :
				    cow_find_reg(prog, -1, thread, name);
		if (found < 0)
			cow_parse_error(b->p, &place->loc, "'%s' has no register '%s'%s",
					place->proc.text, name,
					cow_suggest_reg(b, proc, thread, name, buf, sizeof(buf)));
		return found;
	}
	for (unsigned i = 0; i < prog->nr_regs; i++) {
		if (strcmp(prog->regs[i].name, name) || !b->assigned[i])
			continue;
		if (found >= 0) {
			const struct cow_reg *r = &prog->regs[found];

			cow_parse_error(b->p, &place->loc, "whose '%s'? several have one: write "
					"%s:%s", name, r->proc >= 0 ? prog->procs[r->proc].name :
					prog->threads[r->thread].name, name);
			return -1;
		}
		found = (int)i;
	}
	if (found < 0)
		cow_parse_error(b->p, &place->loc, "unknown register or region '%s'%s", name,
				cow_suggest_reg(b, -1, -1, name, buf, sizeof(buf)));
	return found;
}

static bool is_pin(const struct build *b, int reg)
{
	return b->known[reg] != REG_ANY && b->prog->regs[reg].type == COW_REG_PIN;
}

/* A place of same_frame(): memory, or a pin. */
static bool frame(struct build *b, const struct ast_place *place, int8_t *proc, uint8_t *vpn,
		  int8_t *reg, uint8_t *pin_page)
{
	char buf[32];
	long page;

	if (cow_find_region(b->prog, place->name.text) >= 0)
		return memory(b, place, proc, vpn, NULL);
	page = place->indexed ? place->index.value : 0;
	*reg = find_register(b, place);
	if (*reg < 0 || b->known[*reg] == REG_ANY)
		return false;
	if (!is_pin(b, *reg) || place->part.text) {
		cow_parse_error(b->p, &place->loc, "expected memory or a pin here");
		return false;
	}
	if (page >= b->prog->regs[*reg].npages) {
		cow_parse_error(b->p, &place->index.loc, "page %ld of pin '%s', which has %s", page,
				place->name.text, cow_pages_text(b->prog->regs[*reg].npages, buf,
								 sizeof(buf)));
		return false;
	}
	*pin_page = page;
	return true;
}

/* A bare name, as in faulted(B). */
static const struct ast_name *bare_arg(struct build *b, const struct ast_operand *o,
				       const char *what)
{
	if (is_bare(o->arg[0]))
		return &o->arg[0]->name;
	cow_parse_error(b->p, &o->arg[0]->loc, "expected the name of %s", what);
	return NULL;
}

static bool fact(struct build *b, const struct ast_operand *o, struct cow_term *t)
{
	const struct fact *f = facts, *end = facts + sizeof(facts) / sizeof(facts[0]);
	const struct ast_name *name;
	const char *near;
	int found;

	while (f < end && strcmp(f->name, o->fact.text))
		f++;
	if (f == end) {
		near = cow_suggest(o->fact.text, nth_fact, NULL);
		if (near)
			cow_parse_error(b->p, &o->fact.loc, "unknown fact '%s'; did you mean "
					"'%s'?", o->fact.text, near);
		else
			cow_parse_error(b->p, &o->fact.loc, "unknown fact '%s'", o->fact.text);
		return false;
	}
	if (o->nargs != f->nargs) {
		cow_parse_error(b->p, &o->loc, "%s() takes %u argument%s: %s", f->name, f->nargs,
				f->nargs == 1 ? "" : "s", f->usage);
		return false;
	}
	*t = blank(f->kind);
	switch (f->kind) {
	case COW_TERM_MAPCOUNT:
	case COW_TERM_EXCLUSIVE:
	case COW_TERM_WRITABLE:
		return memory(b, o->arg[0], &t->proc, &t->vpn, NULL);
	case COW_TERM_SAME_FRAME:
		found = frame(b, o->arg[0], &t->proc, &t->vpn, &t->reg, &t->pin_page);
		return frame(b, o->arg[1], &t->proc2, &t->vpn2, &t->reg2, &t->pin_page2) && found;
	case COW_TERM_FAULTED:
		name = bare_arg(b, o, "a process");
		found = name ? cow_named_proc(b, name) : -1;
		t->proc = found;
		return found >= 0;
	case COW_TERM_ERRNO:
		if (o->arg[0]->indexed || o->arg[0]->part.text) {
			cow_parse_error(b->p, &o->arg[0]->loc, "expected a register, as A:%s",
					o->arg[0]->name.text);
			return false;
		}
		found = find_register(b, o->arg[0]);
		t->reg = found;
		return found >= 0;
	case COW_TERM_HAZARD:
		name = bare_arg(b, o, "a hazard");
		t->hazard = name ? cow_hazard_by_name(name->text) : 0;
		if (name && !t->hazard)
			cow_parse_error(b->p, &name->loc, "unknown hazard '%s': expected D, L, W, "
					"H or B", name->text);
		return t->hazard;
	default:	/* COW_TERM_DMA_DONE */
		name = bare_arg(b, o, "a device");
		found = name ? cow_find_device(b->prog, name->text) : -1;
		if (name && found < 0)
			cow_unknown_device(b, name);
		t->thread = found;
		return found >= 0;
	}
}

static bool operand(struct build *b, const struct ast_operand *o, struct cow_term *t)
{
	const struct word *w;
	int reg;

	switch (o->kind) {
	case AST_OP_NUMBER:
		*t = blank(COW_TERM_CONST);
		t->value = o->number.value;
		if (o->number.value > 4095 || o->number.value < -4095) {
			cow_parse_error(b->p, &o->loc, "numbers are -4095 to 4095 here");
			return false;
		}
		return true;
	case AST_OP_FACT:
		return fact(b, o, t);
	case AST_OP_PLACE:
		break;
	}
	w = is_bare(&o->place) ? cow_word(cow_errno_words, o->place.name.text) : NULL;
	if (w) {
		*t = blank(COW_TERM_CONST);
		t->value = o->minus ? -(int)w->value : (int)w->value;
		return true;
	}
	if (o->minus) {
		cow_parse_error(b->p, &o->loc, "only numbers and errors as EFAULT can be negative");
		return false;
	}
	if (cow_find_region(b->prog, o->place.name.text) >= 0 || o->place.indexed ||
	    o->place.part.text) {
		*t = blank(COW_TERM_MEM);
		return memory(b, &o->place, &t->proc, &t->vpn, &t->part);
	}
	*t = blank(COW_TERM_REG);
	reg = find_register(b, &o->place);
	t->reg = reg;
	if (reg >= 0 && is_pin(b, reg)) {
		cow_parse_error(b->p, &o->loc, "'%s' is a pin and has no value; ask for errno(%s) "
				"or same_frame(…)", o->place.name.text, o->place.name.text);
		return false;
	}
	return reg >= 0;
}

/* Numbers the nodes: each before its left part, that before its right one. */
static unsigned flatten(struct build *b, const struct ast_cond *c)
{
	unsigned at = b->t->nr_cond++;
	struct cow_cond *node = &b->t->cond[at];

	switch (c->kind) {
	case AST_COND_COMPARE:
		node->kind = COW_COND_COMPARE;
		node->negate = c->negate;
		node->b = blank(COW_TERM_CONST);
		operand(b, c->a, &node->a);
		if (c->b)
			operand(b, c->b, &node->b);
		break;
	case AST_COND_NOT:
		node->kind = COW_COND_NOT;
		node->left = flatten(b, c->left);
		break;
	default:
		node->kind = c->kind == AST_COND_AND ? COW_COND_AND : COW_COND_OR;
		node->left = flatten(b, c->left);
		node->right = flatten(b, c->right);
	}
	return at;
}

void cow_build_cond(struct build *b)
{
	const struct ast *ast = &b->p->ast;
	struct cow_test *t = b->t;

	t->quantifier = ast->quantifier;
	t->cond_loc = ast->cond_loc;
	if (!ast->cond)
		return;
	/* Nodes that error recovery dropped are counted as well; no matter. */
	t->cond = calloc(ast->nr_cond, sizeof(*t->cond));
	if (!t->cond) {
		cow_parse_alloc(b->p, 0);
		b->p->stop = true;
		return;
	}
	flatten(b, ast->cond);
}
