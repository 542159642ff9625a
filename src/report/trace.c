/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * trace.c - one run as a person would draw it in a mail: numbered steps, why each did what
 * it did, and after each step who maps or pins which page (draw.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "../litmus/print.h"
#include "draw.h"
#include "style.h"
#include "trace.h"
#include "words.h"

/* ---- steps ---- */

struct notes {
	FILE *out;
	const struct cow_style *style;
};

static void print_note(void *arg, const char *fmt, va_list ap)
{
	struct notes *n = arg;
	bool hazard = !strncmp(fmt, "hazard ", 7);

	fprintf(n->out, "      %s", ink(n->style, hazard ? INK_BAD : INK_NEW));
	vfprintf(n->out, fmt, ap);
	fprintf(n->out, "%s\n", ink(n->style, INK_PLAIN));
}

static void print_thread_name(FILE *out, const struct cow_program *p, unsigned t)
{
	const struct cow_thread *th = &p->threads[t];

	if (th->kind == COW_THREAD)
		fprintf(out, "%s.%s", p->procs[th->proc].name, th->name);
	else
		fputs(th->name, out);
}

/* " -> 3" for the register that an operation set. */
static void print_result(FILE *out, const struct cow_program *p, const struct cow_op *op,
			 const struct cow_state *s)
{
	int value;

	if (op->dst < 0)
		return;
	value = s->reg[op->dst];
	if (value < 0 && value != INT16_MIN)
		fprintf(out, "  -> %s", strerrorname_np(-value) ? strerrorname_np(-value) : "error");
	else if (p->regs[op->dst].type == COW_REG_INT)
		fprintf(out, "  -> %d", value);
}

static void print_step(struct drawing *d, const struct cow_trace *trace, size_t i,
		       struct cow_state *s)
{
	const struct cow_program *p = d->m->prog;
	const struct cow_op *op = cow_model_next(d->m, s, trace->thread[i]);
	struct cow_state before = *s, after = *s;
	struct notes notes = { d->out, d->style };

	/* The step is made twice: the result stands in its first line, the reasons below. */
	d->m->note = NULL;
	cow_model_step(d->m, &after, trace->thread[i]);
	fprintf(d->out, "\n%s%3zu  ", ink(d->style, INK_BOLD), i + 1);
	print_thread_name(d->out, p, trace->thread[i]);
	fputs(": ", d->out);
	cow_print_op(d->out, p, trace->thread[i], op);
	print_result(d->out, p, op, &after);
	fprintf(d->out, "%s\n", ink(d->style, INK_PLAIN));
	d->m->note = print_note;
	d->m->note_arg = &notes;
	cow_model_step(d->m, s, trace->thread[i]);
	d->m->note = NULL;
	cow_name_frames(d->names, d->m, s);
	d->s = s;
	d->before = &before;
	draw_pages(d);
}

static void print_title(FILE *out, const struct cow_test *t, const struct cow_trace *trace)
{
	const char *kernel = cow_kernel_name(trace->kernel);

	if (trace->hazard)
		fprintf(out, "Shortest way to hazard %c (%s) on %s:\n",
			cow_hazard_letter(trace->hazard), cow_hazard_name(trace->hazard), kernel);
	else if (trace->what == COW_OUTCOME_NEGATIVE)
		fprintf(out, "Shortest run in which the condition does not hold, on %s:\n", kernel);
	else if (trace->what == COW_OUTCOME_POSITIVE || trace->bad)
		fprintf(out, "Shortest run in which the condition %s, on %s:\n",
			t->quantifier == COW_FORALL && trace->what != COW_OUTCOME_POSITIVE
				? "is violated" : "is seen", kernel);
	else
		fprintf(out, "A run without any hazard, on %s:\n", kernel);
}

void cow_trace_print(FILE *out, const struct cow_test *t, const struct cow_trace *trace,
		     const struct cow_style *style)
{
	struct cow_frame_names names = { 0 };
	struct cow_model m;
	struct cow_state s;
	struct drawing d = { .out = out, .style = style, .m = &m, .s = &s, .names = &names };

	cow_trace_start(trace, &m, &s);
	print_title(out, t, trace);
	cow_name_frames(&names, &m, &s);
	fprintf(out, "\n  0  at the start\n");
	draw_pages(&d);
	for (size_t i = 0; i < trace->nr; i++)
		print_step(&d, trace, i, &s);
}

int cow_report_trace(FILE *out, const struct cow_test *t, const struct cow_trace *trace,
		     const struct cow_style *style)
{
	fprintf(out, "%s%s%s", ink(style, INK_BOLD), t->name, ink(style, INK_PLAIN));
	if (t->doc)
		fprintf(out, ": %s", t->doc);
	fputs("\n\n", out);
	cow_trace_print(out, t, trace, style);
	if (t->quantifier != COW_NO_CONDITION) {
		fputs("\nCondition ", out);
		print_condition(out, t);
		fputc('\n', out);
	}
	return ferror(out) ? -EIO : 0;
}
