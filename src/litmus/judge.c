/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Expectations and options. */
#include "build.h"

#include <stdlib.h>
#include <string.h>

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

static void option(struct build *b, const struct ast_option *o)
{
	static const struct word options[] = { { "lru", 0, false }, { "cpus", 1, false },
					       { "grain", 2, false }, { NULL, 0, false } };
	static const struct word values[3][3] = {
		{ { "drained", 0, false }, { "batch", 1, false }, { NULL, 0, false } },
		{ { "1", 1, false }, { NULL, 0, false } },
		{ { "call", 0, false }, { "step", 1, true }, { NULL, 0, false } },
	};
	static const char *const wanted[] = { "drained or batch", "1", "call" };
	const struct word *w = cow_word(options, o->name.text), *v;
	const char *near = w ? NULL : cow_word_suggest(options, o->name.text);

	if (!w) {
		cow_parse_error(b->p, &o->name.loc, "unknown option '%s'%s%s%s", o->name.text,
				near ? "; did you mean '" : ": expected lru, cpus or grain",
				near ? near : "", near ? "'?" : "");
		return;
	}
	v = cow_word(values[w->value], o->value.text);
	if (!v)
		cow_parse_error(b->p, &o->value.loc, "option %s: expected %s, found '%s'", w->name,
				wanted[w->value], o->value.text);
	else if (v->later)
		cow_parse_error(b->p, &o->value.loc, "not supported yet: %s=%s", w->name, v->name);
	else if (w->value == 0)
		b->prog->lru_batch = v->value;
	else if (w->value == 1)
		for (unsigned i = 0; i < b->prog->nr_threads; i++)
			b->prog->threads[i].cpu = 0;
}

void cow_build_judgement(struct build *b)
{
	const struct ast *ast = &b->p->ast;
	struct cow_test *t = b->t;

	for (const struct ast_option *o = ast->options; o; o = o->next)
		option(b, o);
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
