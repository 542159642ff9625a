/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef COW_REPORT_TRACE_H
#define COW_REPORT_TRACE_H

#include "../explore/trace.h"

/*
 * Frames as people name them in a mail: X, Y, Z, … in the order in which they appear; the
 * page of a file by the file's name.  A frame that is freed and taken again is
 * another page, with another name.
 */
struct cow_frame_names {
	char name[COW_MAX_FRAMES][COW_NAME + 8];
	bool used[COW_MAX_FRAMES];
	unsigned next;
};

/* Names what is new in *S.  Start with a zeroed struct. */
void cow_name_frames(struct cow_frame_names *n, struct cow_model *m, const struct cow_state *s);

/* What a trace shows, and its numbered steps with the pages after each. */
void cow_trace_print(FILE *out, const struct cow_test *t, const struct cow_trace *trace,
		     const struct cow_style *style);

#endif
