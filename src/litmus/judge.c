/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Expectations and options. */
#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "../model/model.h"
#include "words.h"

static const struct word verdicts[] = {
	{ "Never", COW_EXPECT_NEVER, false },
	{ "Sometimes", COW_EXPECT_SOMETIMES, false },
	{ "Always", COW_EXPECT_ALWAYS, false },
	{ "safe", COW_EXPECT_SAFE, false },
	{ "hazard", COW_EXPECT_HAZARD, false },
	{ NULL, 0, false },
};

static bool expectation(struct build *b, const struct ast_expect *a, struct cow_expect *e)
{
	const struct ast_name *first = &a->words[0];
	const struct word *w = cow_word(verdicts, first->text);
	const char *near;

	if (!w) {
		near = cow_word_suggest(verdicts, first->text);
		if (near)
			cow_parse_error(b->p, &first->loc, "unknown expectation '%s'; did you mean "
					"'%s'?", first->text, near);
		else
			cow_parse_error(b->p, &first->loc, "unknown expectation '%s': expected "
					"Never, Sometimes, Always, safe or hazard", first->text);
		return false;
	}
	if (w->value < COW_EXPECT_SAFE && b->t->quantifier == COW_NO_CONDITION)
		cow_parse_error(b->p, &first->loc, "'%s' is about a condition, and there is none: "
				"expect 'safe' or 'hazard …'", w->name);
	if (w->value != COW_EXPECT_HAZARD && a->nwords > 1)
		cow_parse_error(b->p, &a->words[1].loc, "expected 'on', found '%s'",
				a->words[1].text);
	if (w->value == COW_EXPECT_HAZARD && a->nwords == 1)
		cow_parse_error(b->p, &first->loc, "which hazard? as in: expect hazard D on v5.10");
	e->what = w->value;
	for (unsigned i = 1; i < a->nwords && w->value == COW_EXPECT_HAZARD; i++) {
		unsigned bit = cow_hazard_by_name(a->words[i].text);

		if (!bit)
			cow_parse_error(b->p, &a->words[i].loc, "unknown hazard '%s': expected D, "
					"L, W, H or B", a->words[i].text);
		e->hazards |= bit;
	}
	e->loc = a->loc;
	e->kernels_loc = a->kernels.loc;
	e->kernels = strdup(a->kernels.text);
	if (!e->kernels) {
		cow_parse_alloc(b->p, 0);
		return false;
	}
	return true;
}

/* hugetlb=N: huge pages that there are.  The first process's are reserved by its mmap(). */
static void hugetlb_option(struct build *b, const struct ast_option *o)
{
	unsigned needed = 0;
	char *end;
	long n = strtol(o->value.text, &end, 10);

	for (unsigned i = 0; i < b->prog->nr_regions; i++)
		if (b->prog->regions[i].kind == COW_HUGETLB && b->prog->regions[i].moved_from < 0)
			needed += b->prog->regions[i].npages;
	if (*end || n < 1 || n > 255)
		cow_parse_error(b->p, &o->value.loc, "option hugetlb: expected a number of huge "
				"pages from 1 to 255, found '%s'", o->value.text);
	else if (!needed)
		cow_parse_error(b->p, &o->name.loc, "option hugetlb: there is no hugetlb memory");
	else if (n < (long)needed)
		cow_parse_error(b->p, &o->value.loc, "option hugetlb: the scenario begins with %u "
				"huge pages in use", needed);
	else
		b->prog->hugetlb_pool = n;
}

static void option(struct build *b, const struct ast_option *o)
{
	enum { LRU, CPUS, GRAIN, MEMORY, HUGETLB };
	static const struct word options[] = {
		{ "lru", LRU, false }, { "cpus", CPUS, false }, { "grain", GRAIN, false },
		{ "memory", MEMORY, false }, { "hugetlb", HUGETLB, false }, { NULL, 0, false },
	};
	static const struct word values[4][3] = {
		{ { "drained", 0, false }, { "batch", 1, false }, { NULL, 0, false } },
		{ { "1", 1, false }, { NULL, 0, false } },
		{ { "call", 0, false }, { "step", 1, false }, { NULL, 0, false } },
		{ { "ordered", 0, false }, { "weak", 1, false }, { NULL, 0, false } },
	};
	static const char *const wanted[] = { "drained or batch", "1", "call or step", "ordered or weak" };
	const struct word *w = cow_word(options, o->name.text), *v;
	const char *near = w ? NULL : cow_word_suggest(options, o->name.text);

	if (!w) {
		cow_parse_error(b->p, &o->name.loc, "unknown option '%s'%s%s%s", o->name.text,
				near ? "; did you mean '" : ": expected lru, cpus, grain, memory or hugetlb",
				near ? near : "", near ? "'?" : "");
		return;
	}
	if (w->value == HUGETLB) {
		hugetlb_option(b, o);
		return;
	}
	v = cow_word(values[w->value], o->value.text);
	if (!v)
		cow_parse_error(b->p, &o->value.loc, "option %s: expected %s, found '%s'", w->name,
				wanted[w->value], o->value.text);
	else if (v->later)
		cow_parse_error(b->p, &o->value.loc, "not supported yet: %s=%s", w->name, v->name);
	else if (w->value == LRU)
		b->prog->lru_batch = v->value;
	else if (w->value == GRAIN)
		b->prog->step_grain = v->value;
	else if (w->value == MEMORY)
		b->prog->weak_memory = v->value;
	else if (w->value == CPUS)
		for (unsigned i = 0; i < b->prog->nr_threads; i++)
			b->prog->threads[i].cpu = 0;
}

/* Each process may come to have copies of all memory; of huge pages that is much. */
static void check_frames(struct build *b)
{
	const struct cow_region *thp = NULL;
	unsigned n = cow_program_frames(b->prog);

	for (unsigned i = 0; i < b->prog->nr_regions && !thp; i++)
		if (b->prog->regions[i].kind == COW_THP)
			thp = &b->prog->regions[i];
	if (thp && n > COW_MAX_FRAMES)
		cow_parse_error(b->p, &thp->loc, "huge pages, processes and pins of this scenario "
				"may come to use %u pages of memory; at most %d are possible", n,
				COW_MAX_FRAMES);
}

void cow_build_judgement(struct build *b)
{
	const struct ast *ast = &b->p->ast;
	struct cow_test *t = b->t;

	for (const struct ast_option *o = ast->options; o; o = o->next)
		option(b, o);
	check_frames(b);
	if (!ast->expects)
		return;
	t->expect = calloc(ast->nr_expects, sizeof(*t->expect));
	if (!t->expect) {
		cow_parse_alloc(b->p, 0);
		return;
	}
	for (const struct ast_expect *a = ast->expects; a; a = a->next)
		if (expectation(b, a, &t->expect[t->nr_expect]))
			t->nr_expect++;
}
