/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include "build.h"

void cow_build(struct parse *p, struct cow_test *t)
{
	struct build b = { .p = p, .t = t, .prog = &t->prog };
	bool broken = p->errors;

	t->prog.nr_parts = 1;	/* the page itself */
	cow_bind_calls(&b);
	/* What a broken statement would have declared, pinned or forked is missing. */
	if (broken)
		return;
	cow_build_regions(&b);
	cow_build_procs(&b);
	cow_build_tree(&b);
	if (p->stop)
		return;
	cow_build_regs(&b);
	cow_emit(&b);
	cow_build_cond(&b);
	cow_build_judgement(&b);
	if (p->errors)
		return;
	cow_check_flow(&b);
	cow_check_order(&b);
}
