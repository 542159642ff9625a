/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Conditions as text. */
#include "print.h"

static void print_frame(FILE *out, const struct cow_program *prog, int reg, unsigned page,
			int proc, unsigned vpn)
{
	if (reg < 0) {
		fprintf(out, "%s:", prog->procs[proc].name);
		cow_print_page(out, prog, vpn, 0);
		return;
	}
	cow_print_reg(out, prog, reg);
	if (page)
		fprintf(out, "[%u]", page);
}

static void print_term(FILE *out, const struct cow_program *prog, const struct cow_term *t)
{
	switch (t->kind) {
	case COW_TERM_CONST:
		fprintf(out, "%d", t->value);
		return;
	case COW_TERM_REG:
		cow_print_reg(out, prog, t->reg);
		return;
	case COW_TERM_MEM:
		fprintf(out, "%s:", prog->procs[t->proc].name);
		cow_print_page(out, prog, t->vpn, t->part);
		return;
	case COW_TERM_MAPCOUNT:
	case COW_TERM_EXCLUSIVE:
	case COW_TERM_WRITABLE:
		fputs(t->kind == COW_TERM_MAPCOUNT ? "mapcount(" :
		      t->kind == COW_TERM_EXCLUSIVE ? "exclusive(" : "writable(", out);
		print_frame(out, prog, -1, 0, t->proc, t->vpn);
		break;
	case COW_TERM_SAME_FRAME:
		fputs("same_frame(", out);
		print_frame(out, prog, t->reg, t->pin_page, t->proc, t->vpn);
		fputs(", ", out);
		print_frame(out, prog, t->reg2, t->pin_page2, t->proc2, t->vpn2);
		break;
	case COW_TERM_FAULTED:
		fprintf(out, "faulted(%s", prog->procs[t->proc].name);
		break;
	case COW_TERM_ERRNO:
		fputs("errno(", out);
		cow_print_reg(out, prog, t->reg);
		break;
	case COW_TERM_HAZARD:
		fprintf(out, "hazard(%c", cow_hazard_letter(t->hazard));
		break;
	case COW_TERM_DMA_DONE:
		fprintf(out, "dma_done(%s", prog->threads[t->thread].name);
		break;
	}
	fputc(')', out);
}

static bool is_fact(const struct cow_term *t)
{
	return t->kind > COW_TERM_MEM;
}

/* How tightly a node binds: \/ least. */
static unsigned binding(const struct cow_cond *c)
{
	return c->kind == COW_COND_OR ? 1 : c->kind == COW_COND_AND ? 2 : 3;
}

static void print_node(FILE *out, const struct cow_program *prog, const struct cow_cond *cond,
		       unsigned at, unsigned wanted)
{
	const struct cow_cond *c = &cond[at];
	bool parentheses = binding(c) < wanted;

	if (parentheses)
		fputc('(', out);
	switch (c->kind) {
	case COW_COND_COMPARE:
		print_term(out, prog, &c->a);
		if (is_fact(&c->a) && c->negate && c->b.kind == COW_TERM_CONST && !c->b.value)
			break;
		fputs(c->negate ? "!=" : "=", out);
		print_term(out, prog, &c->b);
		break;
	case COW_COND_NOT:
		fputc('~', out);
		print_node(out, prog, cond, c->left, 3);
		break;
	default:
		/* Operators group to the left. */
		print_node(out, prog, cond, c->left, binding(c));
		fputs(c->kind == COW_COND_AND ? " /\\ " : " \\/ ", out);
		print_node(out, prog, cond, c->right, binding(c) + 1);
	}
	if (parentheses)
		fputc(')', out);
}

void cow_print_cond(FILE *out, const struct cow_program *prog, const struct cow_cond *cond,
		    unsigned root)
{
	print_node(out, prog, cond, root, 0);
}

const char *cow_quantifier_name(enum cow_quantifier q)
{
	static const char *const names[] = {
		[COW_NO_CONDITION] = "", [COW_EXISTS] = "exists",
		[COW_NOT_EXISTS] = "~exists", [COW_FORALL] = "forall",
	};

	return names[q];
}
