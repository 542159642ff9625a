/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Operations as text. */
#include <string.h>

#include "../model/rules.h"
#include "print.h"
#include "words.h"

void cow_print_page(FILE *out, const struct cow_program *prog, unsigned vpn, unsigned part)
{
	const struct cow_region *r = &prog->regions[prog->page_region[vpn]];

	fprintf(out, "%s[%u]", r->name, vpn - r->vpn);
	if (part)
		fprintf(out, ".%s", prog->parts[part]);
}

void cow_print_reg(FILE *out, const struct cow_program *prog, int reg)
{
	const struct cow_reg *r = &prog->regs[reg];

	fprintf(out, "%s:%s", r->proc >= 0 ? prog->procs[r->proc].name :
		prog->threads[r->thread].name, r->name);
}

static void print_memory(FILE *out, const struct cow_program *prog, const struct cow_op *op)
{
	if (op->proc >= 0)
		fprintf(out, "%s:", prog->procs[op->proc].name);
	if (!op->whole) {
		cow_print_page(out, prog, op->vpn, op->part);
		return;
	}
	fputs(prog->regions[prog->page_region[op->vpn]].name, out);
	if (op->part)
		fprintf(out, ".%s", prog->parts[op->part]);
}

static void print_flags(FILE *out, char letter, unsigned flags)
{
	const struct word *words = cow_flag_words(letter);
	const char *between = "";

	if (letter == 'F')
		flags &= ~(unsigned)(COW_FOLL_FAST | COW_FOLL_REMOTE);	/* in the name, the place */
	for (const struct word *w = words; w->name; w++) {
		bool set = letter == 'M' || !flags ? w->value == flags : w->value & flags;

		if (!set || w->later)
			continue;
		fprintf(out, "%s%s", between, w->name);
		between = "|";
	}
	if (!*between)
		fputc('0', out);
}

static void print_value(FILE *out, const struct cow_program *prog, const struct cow_value *v)
{
	if (v->reg < 0) {
		fprintf(out, "%d", v->add);
		return;
	}
	fputs(prog->regs[v->reg].name, out);
	if (v->add)
		fprintf(out, " %c %d", v->add < 0 ? '-' : '+', v->add < 0 ? -v->add : v->add);
}

void cow_print_pin(FILE *out, const struct cow_program *prog, bool device, int reg,
		   unsigned page)
{
	unsigned same = 0;

	for (unsigned i = 0; i < prog->nr_regs; i++)
		same += prog->regs[i].type == COW_REG_PIN &&
			!strcmp(prog->regs[i].name, prog->regs[reg].name);
	if (device && same > 1)
		cow_print_reg(out, prog, reg);
	else
		fputs(prog->regs[reg].name, out);
	if (page)
		fprintf(out, "[%u]", page);
}

static void print_arg(FILE *out, const struct cow_program *prog, bool device,
		      const struct cow_op *op, char letter)
{
	switch (letter) {
	case 'P':
	case 'Q':
	case 'R':
	case 'S':
		print_memory(out, prog, op);
		break;
	case 'p':
		fputs(prog->procs[op->proc].name, out);
		break;
	case 'h':
		cow_print_pin(out, prog, device, op->pin, op->pin_page);
		break;
	case 's':
		if (op->pin >= 0)
			cow_print_pin(out, prog, device, op->pin, 0);
		else
			print_value(out, prog, &op->value);
		break;
	case 'n':
		fprintf(out, "%u", op->number);
		break;
	case 'v':
	case 'k':
		print_value(out, prog, &op->value);
		break;
	default:
		print_flags(out, letter, op->flags);
	}
}

void cow_print_op(FILE *out, const struct cow_program *prog, unsigned thread,
		  const struct cow_op *op)
{
	const struct cow_op_info *info = &cow_op_info[op->code];
	bool device = prog->threads[thread].kind == COW_DEVICE;
	const char *between = "";

	if (op->code == COW_OP_IF) {
		fprintf(out, "if (%s %s ", prog->regs[op->cond_reg].name, op->negate ? "!=" : "==");
		print_value(out, prog, &op->value);
		fputc(')', out);
		return;
	}
	if (op->code == COW_OP_STORE)
		print_memory(out, prog, op);
	else if (op->region >= 0)
		fputs(prog->regions[op->region].name, out);
	else if (op->dst >= 0)
		fputs(prog->regs[op->dst].name, out);
	if (op->code == COW_OP_STORE || op->region >= 0 || op->dst >= 0)
		fputs(" = ", out);
	switch (op->code) {
	case COW_OP_LOAD:
		print_memory(out, prog, op);
		return;
	case COW_OP_STORE:
	case COW_OP_SET:
		print_value(out, prog, &op->value);
		return;
	}
	fprintf(out, "%s(", info->name);
	for (const char *a = info->args; *a; a++) {
		fputs(between, out);
		print_arg(out, prog, device, op, *a);
		between = ", ";
	}
	fputc(')', out);
}
