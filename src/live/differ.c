/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * differ.c - a disagreement between model and kernel, for people: the steps so far, what
 * differs, and all pages as both have them.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "../litmus/print.h"
#include "live.h"

struct notes {
	FILE *out;
	bool first;
};

static void add_note(void *arg, const char *fmt, va_list ap)
{
	struct notes *n = arg;

	fputs(n->first ? "the model: " : "           ", n->out);
	n->first = false;
	vfprintf(n->out, fmt, ap);
	fputc('\n', n->out);
}

static void print_thread(FILE *out, const struct cow_program *p, unsigned t)
{
	const struct cow_thread *th = &p->threads[t];

	if (th->kind == COW_THREAD)
		fprintf(out, "%s.", p->procs[th->proc].name);
	fprintf(out, "%s: ", th->name);
}

/* The same operation without a register that only live/ has. */
static const struct cow_op *of_test(const struct live *l, unsigned t, const struct cow_op *op)
{
	return &l->test->prog.threads[t].ops[op - l->prog.threads[t].ops];
}

/* Plays the steps again in the model, and prints them; of the last one the model's reasons. */
static void print_steps(FILE *out, const struct live *l, unsigned n, struct cow_state *s)
{
	struct cow_model m = l->model;
	struct notes notes = { out, true };

	cow_model_start(&m, s);
	for (unsigned i = 0; i < n; i++) {
		unsigned t = l->schedule[i];
		const struct cow_op *op = cow_model_next(&m, s, t);

		fprintf(out, "%4u. ", i + 1);
		print_thread(out, &l->test->prog, t);
		if (op)
			cow_print_op(out, &l->test->prog, t, of_test(l, t, op));
		fputc('\n', out);
		if (i + 1 == n) {
			m.note = add_note;
			m.note_arg = &notes;
		}
		cow_model_step(&m, s, t);
	}
}

/* Letters in the order of appearance, so that equal sharing reads equally. */
static char letter(uint64_t *known, unsigned *nr, uint64_t value)
{
	unsigned i = 0;

	while (i < *nr && known[i] != value)
		i++;
	if (i == *nr)
		known[(*nr)++] = value;
	return (char)(i < 26 ? 'A' + i : '?');
}

struct letters {
	uint64_t model[COW_MAX_PROCS * COW_MAX_PAGES + COW_MAX_PINS];
	uint64_t kernel[COW_MAX_PROCS * COW_MAX_PAGES + COW_MAX_PINS];
	unsigned nr_model, nr_kernel;
};

static const char *model_page(const struct live *l, const struct cow_state *s, unsigned frame,
			      struct letters *x, char *buf, size_t size)
{
	if (frame == COW_ZERO_FRAME)
		snprintf(buf, size, "zero page");
	else
		snprintf(buf, size, "page %c, mapped %u, %s", letter(x->model, &x->nr_model, frame),
			 cow_page_mapcount(&l->model, s, frame),
			 !cow_frame_is_anon(&l->model, frame) ? "of the file" :
			 s->frame[frame].exclusive ? "exclusive" : "not exclusive");
	return buf;
}

static const char *kernel_page(const struct live *l, uint64_t pfn, struct letters *x, char *buf,
			       size_t size)
{
	struct live_frame_info info;
	bool file;

	if (!pfn) {
		snprintf(buf, size, "a page");
		return buf;
	}
	info = live_frame_info(l, pfn);
	file = !(info.flags >> KPF_ANON & 1);
	if (info.flags >> KPF_ZERO_PAGE & 1)
		snprintf(buf, size, "zero page");
	else
		snprintf(buf, size, "page %c, mapped %lld%s%s",
			 letter(x->kernel, &x->nr_kernel, pfn), (long long)info.mapcount,
			 file ? ", of the file" : !l->sees_exclusive ? "" :
			 info.flags >> KPF_MAPPEDTODISK & 1 ? ", exclusive" : ", not exclusive",
			 file || info.flags >> KPF_LRU & 1 ? "" : ", in an LRU batch");
	return buf;
}

static void print_row(FILE *out, const char *place, const char *model, const char *kernel)
{
	fprintf(out, "  %-14s %-32s %s\n", place, model, kernel);
}

static bool alive(const struct live *l, const struct cow_state *s, unsigned mm)
{
	for (unsigned p = 0; p < l->prog.nr_procs; p++)
		if (s->proc[p].state == COW_RUNNING && s->proc[p].mm == mm)
			return true;
	return false;
}

static void print_pages(FILE *out, const struct live *l, const struct cow_state *s)
{
	struct letters x = { .nr_model = 0 };
	char place[3 * COW_NAME], m[64], k[80];

	print_row(out, "page", "in the model", "on the kernel");
	for (unsigned mm = 0; mm < l->prog.nr_procs; mm++) {
		struct live_entry entry[COW_MAX_PAGES];

		if (!alive(l, s, mm) || !live_read_entries(l, mm, entry))
			continue;
		for (unsigned v = 0; v < l->prog.nr_pages; v++) {
			const struct cow_pte *pte = &s->mm[mm].pte[v];
			const struct cow_region *r = &l->prog.regions[l->prog.page_region[v]];

			snprintf(place, sizeof(place), "%s:%s[%u]", l->prog.procs[mm].name, r->name,
				 v - r->vpn);
			print_row(out, place,
				  pte->bits & COW_PTE_PRESENT
				  ? model_page(l, s, pte->frame, &x, m, sizeof(m)) : "not mapped",
				  entry[v].present ? kernel_page(l, entry[v].pfn, &x, k, sizeof(k))
						   : "not mapped");
		}
	}
	for (unsigned i = 0; i < l->prog.nr_pins; i++) {
		const struct cow_op *op = cow_pin_op(&l->prog, i);

		if (s->pin[i].state != COW_PIN_LIVE)
			continue;
		snprintf(place, sizeof(place), "pin %s[%u]", l->prog.regs[op->dst].name,
			 i - (unsigned)op->slot);
		print_row(out, place, model_page(l, s, s->pin[i].frame, &x, m, sizeof(m)),
			  kernel_page(l, l->pin_pfn[i], &x, k, sizeof(k)));
	}
}

static const char *when(const struct live *l, const struct live_step *step)
{
	return !step->op ? l->step ? "in the end" : "before the first step" : "after the last step";
}

void live_disagree(struct live *l, const struct live_step *step, const char *fmt, ...)
{
	struct cow_state s;
	char *text = NULL;
	size_t size;
	FILE *f;
	va_list ap;

	if (l->disagreed)
		return;
	l->disagreed = true;
	/* The first one is told. */
	if (l->result->outcome == COW_LIVE_DISAGREE)
		return;
	l->result->outcome = COW_LIVE_DISAGREE;
	f = open_memstream(&text, &size);
	if (!f)
		return;
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	fprintf(f, ", %s\n", when(l, step));
	print_steps(f, l, step->op ? l->step : l->step ? l->step - 1 : 0, &s);
	print_pages(f, l, step->after);
	if (fclose(f))
		return;
	free(l->result->reason);
	l->result->reason = text;
}
