/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* A scenario as text that parses to the same scenario. */
#include "print.h"

#include <errno.h>
#include <string.h>

#include "words.h"

static void print_doc(FILE *out, const char *doc)
{
	fputc('"', out);
	for (; *doc; doc++) {
		if (*doc == '"' || *doc == '\\')
			fputc('\\', out);
		fputc(*doc == '\n' ? ' ' : *doc, out);
	}
	fputs("\"\n", out);
}

static void print_region(FILE *out, const struct cow_region *r)
{
	const struct word *w = cow_kind_words;

	while (w->later || w->value != r->kind)
		w++;
	fprintf(out, " %s %s[%u]", w->name, r->name, r->npages);
	if (r->kind != COW_UNTOUCHED)
		fprintf(out, " = %u", r->init);
	if (r->shared)
		fputs(" shared", out);
	fputc(';', out);
}

static void print_memory(FILE *out, const struct cow_program *prog)
{
	fputc('{', out);
	for (unsigned i = 0; i < prog->nr_regions; i++)
		if (prog->regions[i].moved_from < 0)
			print_region(out, &prog->regions[i]);
	fputs(" }\n", out);
}

/* Operations FROM … TO - 1; the block of an if is the operations that follow it. */
static void print_ops(FILE *out, const struct cow_program *prog, unsigned thread, unsigned from,
		      unsigned to, unsigned depth)
{
	const struct cow_thread *t = &prog->threads[thread];

	for (unsigned i = from; i < to; i++) {
		const struct cow_op *op = &t->ops[i];

		fprintf(out, "%*s", (int)depth * 4, "");
		cow_print_op(out, prog, thread, op);
		if (op->code != COW_OP_IF) {
			fputs(";\n", out);
			continue;
		}
		fputs(" {\n", out);
		print_ops(out, prog, thread, i + 1, i + 1 + op->number, depth + 1);
		fprintf(out, "%*s}\n", (int)depth * 4, "");
		i += op->number;
	}
}

static void print_thread(FILE *out, const struct cow_program *prog, unsigned thread)
{
	const struct cow_thread *t = &prog->threads[thread];

	switch (t->kind) {
	case COW_PROCESS:
		fprintf(out, "\n%s {\n", t->name);
		break;
	case COW_THREAD:
		fprintf(out, "\n%s.%s {\n", prog->procs[t->proc].name, t->name);
		break;
	case COW_DEVICE:
		fprintf(out, "\ndevice %s", t->name);
		if (t->after >= 0) {
			fputs(" after ", out);
			cow_print_pin(out, prog, true, t->after, 0);
		}
		fputs(" {\n", out);
		break;
	case COW_KERNEL:
		fprintf(out, "\nkernel %s {\n", t->name);
		break;
	}
	print_ops(out, prog, thread, 0, t->nops, 1);
	fputs("}\n", out);
}

static void print_expect(FILE *out, const struct cow_expect *e)
{
	static const char *const names[] = {
		[COW_EXPECT_NEVER] = "Never", [COW_EXPECT_SOMETIMES] = "Sometimes",
		[COW_EXPECT_ALWAYS] = "Always", [COW_EXPECT_SAFE] = "safe",
		[COW_EXPECT_HAZARD] = "hazard",
	};

	fprintf(out, "expect %s", names[e->what]);
	for (unsigned bit = 1; bit < 1u << COW_NR_HAZARDS; bit <<= 1)
		if (e->what == COW_EXPECT_HAZARD && e->hazards & bit)
			fprintf(out, " %c", cow_hazard_letter(bit));
	fprintf(out, " on %s\n", e->kernels);
}

/* Each process has its own CPU, or all have the first one. */
static bool one_cpu(const struct cow_program *prog)
{
	for (unsigned i = 0; i < prog->nr_threads; i++)
		if (prog->threads[i].cpu)
			return false;
	return prog->nr_procs > 1;
}

int cow_test_print(const struct cow_test *t, FILE *out)
{
	const struct cow_program *prog = &t->prog;

	fprintf(out, "COW %s\n", t->name);
	if (t->doc)
		print_doc(out, t->doc);
	fputc('\n', out);
	if (prog->nr_regions)
		print_memory(out, prog);
	for (unsigned i = 0; i < prog->nr_threads; i++)
		print_thread(out, prog, i);
	if (t->quantifier != COW_NO_CONDITION) {
		fprintf(out, "\n%s (", cow_quantifier_name(t->quantifier));
		cow_print_cond(out, prog, t->cond, 0);
		fputs(")\n", out);
	}
	if (t->nr_expect || prog->lru_batch || prog->hugetlb_pool || prog->step_grain ||
	    prog->weak_memory || one_cpu(prog))
		fputc('\n', out);
	for (unsigned i = 0; i < t->nr_expect; i++)
		print_expect(out, &t->expect[i]);
	if (prog->lru_batch)
		fputs("options lru=batch\n", out);
	if (prog->weak_memory)
		fputs("options memory=weak\n", out);
	if (prog->step_grain)
		fputs("options grain=step\n", out);
	if (prog->hugetlb_pool)
		fprintf(out, "options hugetlb=%u\n", prog->hugetlb_pool);
	if (one_cpu(prog))
		fputs("options cpus=1\n", out);
	return ferror(out) ? -EIO : 0;
}
