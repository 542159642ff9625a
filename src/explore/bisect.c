/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * bisect.c - every commit of mainline at which the verdict of a scenario changed.
 *
 * Called so for what people know; it needs no bisection, because a commit that sets no
 * rule that the exploration asked for costs nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include "../history/history.h"
#include "explore.h"

static bool same(const struct cow_test *t, const struct cow_verdict *a, const struct cow_verdict *b)
{
	return a->hazards == b->hazards && a->bad == b->bad &&
	       (t->quantifier == COW_NO_CONDITION || a->observation == b->observation);
}

/* How often the condition is violated: never, sometimes, always. */
static unsigned violated(const struct cow_test *t, const struct cow_verdict *v)
{
	switch (t->quantifier) {
	case COW_NOT_EXISTS:
		return v->observation;
	case COW_FORALL:
		return COW_ALWAYS - v->observation;
	case COW_EXISTS:
	case COW_NO_CONDITION:
		break;
	}
	return 0;
}

static void judge(const struct cow_test *t, struct cow_change *c)
{
	unsigned before = violated(t, &c->before), after = violated(t, &c->after);

	c->better = (c->before.hazards & ~c->after.hazards) || after < before;
	c->worse = (c->after.hazards & ~c->before.hazards) || after > before;
}

int cow_bisect(const struct cow_test *t, struct cow_history *h, const struct cow_options *options,
	       struct cow_change **changes, size_t *nr)
{
	struct cow_memo memo = { .test = t, .options = options };
	struct cow_verdict last, v;
	int err = 0;

	*changes = NULL;
	*nr = 0;
	for (long i = -1; !err && i < (long)cow_history_commits(h); i++) {
		const struct cow_kernel *k = cow_history_after_commit(h, i);
		struct cow_change *c;

		err = k ? cow_memo_check(&memo, k, &v) : -ENOMEM;
		if (!err && !v.complete)
			err = -EOVERFLOW;
		if (err)
			break;
		if (i >= 0 && !same(t, &last, &v)) {
			c = realloc(*changes, (*nr + 1) * sizeof(*c));
			if (!c) {
				err = -ENOMEM;
				break;
			}
			*changes = c;
			c[*nr] = (struct cow_change){
				.commit = cow_history_commit(h, (size_t)i),
				.before = last, .after = v,
			};
			judge(t, &c[(*nr)++]);
		}
		last = v;
	}
	cow_memo_free(&memo);
	if (err) {
		free(*changes);
		*changes = NULL;
		*nr = 0;
	}
	return err;
}
