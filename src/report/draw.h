/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef COW_REPORT_DRAW_H
#define COW_REPORT_DRAW_H

#include "style.h"
#include "trace.h"

struct drawing {
	FILE *out;
	const struct cow_style *style;
	struct cow_model *m;
	const struct cow_state *s, *before;	/* before: NULL for the start */
	struct cow_frame_names *names;
};

/* Who maps, pins or has swapped out which page; what did not change since BEFORE is pale. */
void draw_pages(struct drawing *d);

#endif
