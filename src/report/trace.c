/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * trace.c - one run as a person would draw it in a mail: numbered steps, why each did what
 * it did, and after each step who maps or pins which page.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "../litmus/print.h"
#include "style.h"
#include "trace.h"
#include "words.h"

static bool frame_in_use(struct cow_model *m, const struct cow_state *s, unsigned frame)
{
	return s->frame[frame].lru_batch || cow_page_refs(m, s, frame).total;
}

static void name_anon(struct cow_frame_names *n, unsigned frame)
{
	static const char letters[] = "XYZUVW";
	unsigned i = n->next++;
	char number[12] = "";

	if (i >= sizeof(letters) - 1)
		snprintf(number, sizeof(number), "%u", i / (unsigned)(sizeof(letters) - 1) + 1);
	snprintf(n->name[frame], sizeof(n->name[frame]), "%c%s", letters[i % (sizeof(letters) - 1)],
		 number);
}

static void name_file(struct cow_frame_names *n, const struct cow_model *m, unsigned frame)
{
	const struct cow_program *p = m->prog;

	for (unsigned v = 0; v < p->nr_pages; v++) {
		const struct cow_region *r = &p->regions[p->page_region[v]];

		if (m->page_frame[v] != frame || r->moved_from >= 0)
			continue;
		snprintf(n->name[frame], sizeof(n->name[frame]), "%s:%s[%u]",
			 r->kind == COW_FILE ? "file" : "shmem", r->name, v - r->vpn);
	}
}

void cow_name_frames(struct cow_frame_names *n, struct cow_model *m, const struct cow_state *s)
{
	for (unsigned f = 0; f < m->nr_frames; f++) {
		bool used = frame_in_use(m, s, f);

		if (used && !n->used[f]) {
			if (f == COW_ZERO_FRAME)
				strcpy(n->name[f], "zero page");
			else if (!cow_frame_is_anon(m, f))
				name_file(n, m, f);
			else
				name_anon(n, f);
		}
		n->used[f] = used;
	}
}

/* ---- one picture ---- */

struct drawing {
	FILE *out;
	const struct cow_style *style;
	struct cow_model *m;
	const struct cow_state *s, *before;	/* before: NULL for the start */
	struct cow_frame_names *names;
};

/* Who owns an address space: the process of its number, or one that shares it. */
static const char *mm_name(const struct cow_program *p, unsigned mm)
{
	return p->procs[mm].name;
}

static const char *vma_word(uint8_t vma)
{
	if (vma & COW_VM_DONTCOPY)
		return " dontfork";
	return vma & COW_VM_WIPEONFORK ? " wipeonfork" : "";
}

/* Lines "A x[0] rw" and "p (pin …)" of all that refers to FRAME; their number. */
static unsigned referrers(struct drawing *d, unsigned frame, char line[][96], unsigned room)
{
	const struct cow_program *p = d->m->prog;
	const struct cow_state *s = d->s;
	unsigned n = 0;

	for (unsigned mm = 0; mm < p->nr_procs; mm++)
		for (unsigned v = 0; v < p->nr_pages && n < room; v++) {
			const struct cow_pte *pte = &s->mm[mm].pte[v];
			const struct cow_region *r = &p->regions[p->page_region[v]];

			if (!(pte->bits & COW_PTE_PRESENT) || pte->frame != frame)
				continue;
			snprintf(line[n++], 96, "%s %s[%u]  %s%s%s", mm_name(p, mm), r->name,
				 v - r->vpn, pte->bits & COW_PTE_WRITE ? "rw" : "r-",
				 pte->bits & COW_PTE_DIRTY ? " dirty" : "",
				 vma_word(s->mm[mm].vma[v]));
		}
	for (unsigned i = 0; i < p->nr_pins && n < room; i++) {
		const struct cow_op *op = cow_pin_op(p, i);
		unsigned flags = cow_pin_flags(d->m, i);

		if (s->pin[i].state != COW_PIN_LIVE || s->pin[i].frame != frame)
			continue;
		snprintf(line[n], 96, "%s%s  %s%s%s",
			 op->dst >= 0 ? p->regs[op->dst].name : "a pin",
			 op->code == COW_OP_VFIO_MAP ? " (IOMMU entry)" : "",
			 flags & COW_FOLL_PIN ? "PIN" : "GET",
			 flags & COW_FOLL_WRITE ? " rw" : " r-",
			 flags & COW_FOLL_LONGTERM ? " longterm" : "");
		if (op->npages > 1) {
			size_t at = strlen(line[n]);

			snprintf(line[n] + at, 96 - at, " page %u", i - (unsigned)op->slot);
		}
		n++;
	}
	return n;
}

static void print_contents(struct drawing *d, unsigned frame)
{
	const struct cow_program *p = d->m->prog;

	for (unsigned i = 0; i < p->nr_parts; i++) {
		if (p->parts[i][0])
			fprintf(d->out, "%s.%s=%d", i ? " " : "", p->parts[i],
				d->s->frame[frame].cell[i].value);
		else
			fprintf(d->out, "holds %d", d->s->frame[frame].cell[i].value);
	}
}

static void print_refs(struct drawing *d, unsigned frame)
{
	struct cow_refs r = cow_page_refs(d->m, d->s, frame);
	const char *plus = "";

	if (!cow_frame_is_anon(d->m, frame))
		return;
	fprintf(d->out, "  ref %u =", r.total);
	if (r.map)
		fprintf(d->out, " %u map", r.map), plus = " +";
	if (r.lru)
		fprintf(d->out, "%s 1 lru batch", plus), plus = " +";
	if (r.get)
		fprintf(d->out, "%s %u get", plus, r.get), plus = " +";
	if (r.pin)
		fprintf(d->out, "%s %u x %u pin", plus, r.pin, COW_PIN_BIAS);
	if (d->s->frame[frame].exclusive)
		fputs("  exclusive", d->out);
}

/* Nothing about FRAME has changed since the step before. */
static bool unchanged(struct drawing *d, unsigned frame)
{
	char now[48][96], then[48][96];
	unsigned n, k;
	struct drawing old = *d;

	if (!d->before || memcmp(&d->s->frame[frame], &d->before->frame[frame],
				 sizeof(d->s->frame[frame])))
		return false;
	old.s = d->before;
	n = referrers(d, frame, now, 48);
	k = referrers(&old, frame, then, 48);
	if (n != k)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (strcmp(now[i], then[i]))
			return false;
	return true;
}

static void draw_frame(struct drawing *d, unsigned frame, unsigned width)
{
	char line[48][96];
	unsigned n = referrers(d, frame, line, 48);
	enum cow_ink i = unchanged(d, frame) ? INK_DIM : INK_PLAIN;

	for (unsigned k = 0; k < n; k++) {
		bool last = k + 1 == n;

		fprintf(d->out, "      %s%-*s %s", ink(d->style, i), (int)width, line[k],
			n == 1 ? "----->" : last ? "--+-->" : "--+");
		if (last) {
			fprintf(d->out, " %s%s%s ", ink(d->style, INK_BOLD),
				d->names->name[frame], ink(d->style, INK_PLAIN));
			fputs(ink(d->style, i), d->out);
			print_contents(d, frame);
			print_refs(d, frame);
		}
		fprintf(d->out, "%s\n", ink(d->style, INK_PLAIN));
	}
}

static void draw(struct drawing *d)
{
	unsigned width = 0;
	char line[48][96];

	for (unsigned f = 0; f < d->m->nr_frames; f++) {
		unsigned n = referrers(d, f, line, 48);

		for (unsigned k = 0; k < n; k++)
			if (strlen(line[k]) > width)
				width = (unsigned)strlen(line[k]);
	}
	for (unsigned f = 0; f < d->m->nr_frames; f++)
		draw_frame(d, f, width);
}

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
	draw(d);
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
	draw(&d);
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
