/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* A scenario as an object. */
#include "test.h"

#include <stdlib.h>

void cow_test_free(struct cow_test *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < t->prog.nr_threads; i++)
		free(t->prog.threads[i].ops);
	for (unsigned i = 0; i < t->nr_expect; i++)
		free(t->expect[i].kernels);
	free(t->expect);
	free(t->cond);
	free(t->name);
	free(t->doc);
	free(t->file);
	free(t->text);
	free(t);
}

const char *cow_test_name(const struct cow_test *t)
{
	return t->name;
}

const char *cow_test_doc(const struct cow_test *t)
{
	return t->doc;
}

const char *cow_test_file(const struct cow_test *t)
{
	return t->file;
}

bool cow_test_has_condition(const struct cow_test *t)
{
	return t->quantifier != COW_NO_CONDITION;
}

void cow_test_set_grain(struct cow_test *t, enum cow_grain grain)
{
	t->prog.step_grain = grain == COW_GRAIN_STEP;
}

void cow_test_quiet_kernel(struct cow_test *t)
{
	for (unsigned i = 0; i < t->prog.nr_threads; i++)
		if (t->prog.threads[i].kind == COW_KERNEL)
			t->prog.threads[i].nops = 0;
}
