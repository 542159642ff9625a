/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * memo.c - one scenario on many kernels, explored as seldom as possible.
 */
#include <errno.h>
#include <stdlib.h>
#include "../history/history.h"
#include "explore.h"

static bool agree(const struct cow_rules *a, const struct cow_rules *b, uint64_t rules)
{
	for (unsigned i = 0; i < COW_NR_RULES; i++)
		if ((rules & UINT64_C(1) << i) && a->value[i] != b->value[i])
			return false;
	return true;
}

/* How well the worst known of the rules is known that the verdict rests on. */
static enum cow_confidence confidence(const struct cow_kernel *k, uint64_t consulted)
{
	enum cow_confidence worst = COW_READ_SOURCE;

	for (unsigned i = 0; i < COW_NR_RULES; i++)
		if (consulted & UINT64_C(1) << i) {
			enum cow_confidence c = cow_kernel_rule_confidence(k, i);

			if (c > worst)
				worst = c;
		}
	return worst;
}

static const struct cow_verdict *find(const struct cow_memo *memo, const struct cow_rules *rules)
{
	for (size_t i = 0; i < memo->nr; i++)
		if (memo->entry[i].verdict.complete &&
		    agree(&memo->entry[i].rules, rules, memo->entry[i].verdict.consulted))
			return &memo->entry[i].verdict;
	return NULL;
}

int cow_memo_check(struct cow_memo *memo, const struct cow_kernel *k, struct cow_verdict *out)
{
	const struct cow_rules *rules = cow_kernel_rules(k);
	const struct cow_verdict *known = find(memo, rules);

	if (!known) {
		struct cow_memo_entry *e = realloc(memo->entry, (memo->nr + 1) * sizeof(*e));
		struct cow_exploration x;
		int err;

		if (!e)
			return -ENOMEM;
		memo->entry = e;
		err = cow_explore(memo->test, rules, memo->options, &x);
		if (err)
			return err;
		e = &memo->entry[memo->nr++];
		e->rules = *rules;
		e->verdict = cow_exploration_verdict(memo->test, &x);
		cow_exploration_free(&x);
		known = &e->verdict;
	}
	*out = *known;
	out->kernel = k;
	out->confidence = confidence(k, out->consulted);
	return 0;
}

void cow_memo_free(struct cow_memo *memo)
{
	free(memo->entry);
	memo->entry = NULL;
	memo->nr = 0;
}
