/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include <errno.h>
#include <stdlib.h>
#include "../history/history.h"
#include "trace.h"

void cow_trace_start(const struct cow_trace *t, struct cow_model *m, struct cow_state *s)
{
	cow_model_init(m, &t->test->prog, cow_kernel_rules(t->kernel));
	cow_model_start(m, s);
}

/* The hazard met in the fewest steps, or COW_NO_STATE. */
static uint32_t first_hazard(const struct cow_exploration *x, unsigned *hazard)
{
	uint32_t best = COW_NO_STATE;

	for (unsigned h = 0; h < COW_NR_HAZARDS; h++)
		if (x->hazard[h] < best) {
			best = x->hazard[h];
			*hazard = 1u << h;
		}
	return best;
}

/* The state that a run of the wished kind leads to. */
static uint32_t choose(const struct cow_exploration *x, struct cow_trace *t)
{
	uint32_t i = COW_NO_STATE;

	switch (t->what) {
	case COW_OUTCOME_POSITIVE:
		return x->positive;
	case COW_OUTCOME_NEGATIVE:
		return x->negative;
	case COW_OUTCOME_HAZARD:
		for (unsigned h = 0; h < COW_NR_HAZARDS; h++)
			if (t->hazard == 1u << h)
				i = x->hazard[h];
		t->bad = i != COW_NO_STATE;
		return i;
	case COW_OUTCOME_WORST:
		break;
	}
	t->bad = true;
	if (t->test->quantifier == COW_FORALL && x->negative != COW_NO_STATE)
		return x->negative;
	if (t->test->quantifier == COW_NOT_EXISTS && x->positive != COW_NO_STATE)
		return x->positive;
	i = first_hazard(x, &t->hazard);
	if (i == COW_NO_STATE)
		t->bad = false;
	/* What exists asks for tells more than the first step that goes wrong. */
	if (t->test->quantifier == COW_EXISTS && x->positive != COW_NO_STATE) {
		t->hazard = 0;
		return x->positive;
	}
	if (i == COW_NO_STATE)
		i = x->final;
	return i;
}

int cow_trace_find(const struct cow_test *test, const struct cow_kernel *k,
		   enum cow_outcome what, unsigned hazard, const struct cow_options *options,
		   struct cow_trace **out)
{
	struct cow_trace *t = calloc(1, sizeof(*t));
	struct cow_exploration x;
	uint32_t i;
	int err;

	*out = NULL;
	if (!t)
		return -ENOMEM;
	*t = (struct cow_trace){ .test = test, .kernel = k, .what = what, .hazard = hazard };
	err = cow_explore(test, cow_kernel_rules(k), options, &x);
	if (err) {
		free(t);
		return err;
	}
	i = choose(&x, t);
	if (i == COW_NO_STATE) {
		err = x.complete ? -ENOENT : -EOVERFLOW;
	} else {
		t->nr = cow_exploration_depth(&x, i);
		t->thread = malloc(t->nr ? t->nr : 1);
		if (t->thread)
			cow_exploration_path(&x, i, t->thread);
		else
			err = -ENOMEM;
	}
	cow_exploration_free(&x);
	if (err) {
		cow_trace_free(t);
		return err;
	}
	*out = t;
	return 0;
}

void cow_trace_free(struct cow_trace *t)
{
	if (!t)
		return;
	free(t->thread);
	free(t);
}

size_t cow_trace_steps(const struct cow_trace *t)
{
	return t->nr;
}
