/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * litmus.h - for unit tests of the language: messages kept, scenarios compared.
 */
#ifndef COW_TESTS_LITMUS_H
#define COW_TESTS_LITMUS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "litmus/test.h"

/* Messages as "line:col: text", one a line, and what was last shown with one. */
struct kept {
	char *text;
	unsigned nr;
	unsigned end_col;
	char source[128];
};

static inline void keep(void *arg, const struct cow_message *m)
{
	struct kept *k = arg;
	char *text;

	assert_int_equal(m->severity, COW_ERROR);
	assert_non_null(m->text);
	assert_true(asprintf(&text, "%s%u:%u: %s\n", k->text ? k->text : "", m->line, m->col,
			     m->text) > 0);
	free(k->text);
	k->text = text;
	k->nr++;
	k->end_col = m->end_col;
	snprintf(k->source, sizeof(k->source), "%s", m->source ? m->source : "");
}

static inline void forget(struct kept *k)
{
	free(k->text);
	memset(k, 0, sizeof(*k));
}

/* TEXT, which has to be right. */
static inline struct cow_test *parse(const char *text)
{
	struct kept k = { NULL, 0, 0, "" };
	struct cow_diag diag = { keep, &k };
	struct cow_test *t = cow_test_parse("test", text, strlen(text), &diag);

	if (!t)
		fail_msg("%s\n%s", text, k.text ? k.text : "(no message)");
	assert_int_equal(k.nr, 0);
	return t;
}

static __attribute__((noinline, unused)) char *printed(const struct cow_test *t)
{
	char *buf = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&buf, &size);

	assert_non_null(f);
	assert_int_equal(cow_test_print(t, f), 0);
	assert_int_equal(fclose(f), 0);
	return buf;
}

#define SAME(field) assert_int_equal(a->field, b->field)

static inline void same_op(const struct cow_op *a, const struct cow_op *b)
{
	SAME(code);
	SAME(dst);
	SAME(proc);
	SAME(vpn);
	SAME(npages);
	SAME(whole);
	SAME(part);
	SAME(pin);
	SAME(pin_page);
	SAME(slot);
	SAME(region);
	SAME(flags);
	SAME(number);
	SAME(negate);
	SAME(value.reg);
	SAME(value.add);
	SAME(cond_reg);
}

static inline void same_thread(const struct cow_thread *a, const struct cow_thread *b)
{
	assert_string_equal(a->name, b->name);
	SAME(kind);
	SAME(proc);
	SAME(after);
	SAME(cpu);
	SAME(nops);
	for (unsigned i = 0; i < a->nops; i++)
		same_op(&a->ops[i], &b->ops[i]);
}

static inline void same_term(const struct cow_term *a, const struct cow_term *b)
{
	SAME(kind);
	SAME(proc);
	SAME(proc2);
	SAME(vpn);
	SAME(vpn2);
	SAME(part);
	SAME(reg);
	SAME(reg2);
	SAME(pin_page);
	SAME(pin_page2);
	SAME(thread);
	SAME(hazard);
	SAME(value);
}

static inline void same_program(const struct cow_program *a, const struct cow_program *b)
{
	SAME(nr_procs);
	SAME(nr_threads);
	SAME(nr_regions);
	SAME(nr_regs);
	SAME(nr_parts);
	SAME(nr_pages);
	SAME(nr_pins);
	SAME(lru_batch);
	for (unsigned i = 0; i < a->nr_procs; i++) {
		assert_string_equal(a->procs[i].name, b->procs[i].name);
		SAME(procs[i].thread);
		SAME(procs[i].parent);
	}
	for (unsigned i = 0; i < a->nr_threads; i++)
		same_thread(&a->threads[i], &b->threads[i]);
	for (unsigned i = 0; i < a->nr_regions; i++) {
		assert_string_equal(a->regions[i].name, b->regions[i].name);
		SAME(regions[i].kind);
		SAME(regions[i].shared);
		SAME(regions[i].vpn);
		SAME(regions[i].npages);
		SAME(regions[i].init);
		SAME(regions[i].moved_from);
	}
	for (unsigned i = 0; i < a->nr_regs; i++) {
		assert_string_equal(a->regs[i].name, b->regs[i].name);
		SAME(regs[i].proc);
		SAME(regs[i].thread);
		SAME(regs[i].type);
		SAME(regs[i].npages);
		SAME(regs[i].inherit);
	}
	for (unsigned i = 0; i < a->nr_parts; i++)
		assert_string_equal(a->parts[i], b->parts[i]);
	for (unsigned i = 0; i < a->nr_pages; i++)
		SAME(page_region[i]);
	for (unsigned i = 0; i < a->nr_pins; i++) {
		SAME(pins[i].thread);
		SAME(pins[i].op);
	}
}

/* Equal in everything but where it stands in its text. */
static inline void same_test(const struct cow_test *a, const struct cow_test *b)
{
	assert_string_equal(a->name, b->name);
	assert_int_equal(!a->doc, !b->doc);
	if (a->doc)
		assert_string_equal(a->doc, b->doc);
	same_program(&a->prog, &b->prog);
	SAME(quantifier);
	SAME(nr_cond);
	for (unsigned i = 0; i < a->nr_cond; i++) {
		SAME(cond[i].kind);
		if (a->cond[i].kind == COW_COND_COMPARE) {
			SAME(cond[i].negate);
			same_term(&a->cond[i].a, &b->cond[i].a);
			same_term(&a->cond[i].b, &b->cond[i].b);
		} else {
			SAME(cond[i].left);
			SAME(cond[i].right);
		}
	}
	SAME(nr_expect);
	for (unsigned i = 0; i < a->nr_expect; i++) {
		SAME(expect[i].what);
		SAME(expect[i].hazards);
		assert_string_equal(a->expect[i].kernels, b->expect[i].kernels);
	}
}

#undef SAME

/* What T prints parses to the same, which prints the same. */
static inline void round_trip(const struct cow_test *t)
{
	char *once = printed(t), *twice;
	struct cow_test *again = parse(once);

	same_test(t, again);
	twice = printed(again);
	assert_string_equal(once, twice);
	cow_test_free(again);
	free(once);
	free(twice);
}

/* The whole way with a text that has to be right. */
static inline struct cow_test *good(const char *text)
{
	struct cow_test *t = parse(text);

	round_trip(t);
	return t;
}

/* The body of the first block that T prints, statements joined by a blank. */
static inline char *body(const struct cow_test *t)
{
	char *text = printed(t), *from, *to, *out, *p;

	from = strstr(text, "\nA {\n");
	assert_non_null(from);
	from += 5;
	to = strstr(from, "\n}\n");
	out = to ? strndup(from, (size_t)(to - from)) : strdup("");
	assert_non_null(out);
	/* Indentation and newlines become one blank. */
	p = out;
	for (char *s = out; *s; s++)
		if ((*s != ' ' && *s != '\n') || (p > out && p[-1] != ' '))
			*p++ = *s == '\n' ? ' ' : *s;
	*p = '\0';
	free(text);
	return out;
}

#endif
