/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * parse.h - what scanner, grammar and definitions share while one text is read.
 *
 * The language is line-oriented in one respect: "commit", "kernel", "stable", "base" and
 * "releases" begin a statement where they are the first word of a line, and are
 * ordinary words elsewhere.  That is why "commit" can be a degree of confidence too, and
 * why reading goes on at the next statement after an error.
 */
#ifndef COW_HISTORY_PARSE_H
#define COW_HISTORY_PARSE_H

#include "internal.h"

enum {
	HIST_MAX_TEXT = 1 << 20,	/* bytes of a file */
	HIST_MAX_ERRORS = 20,		/* reported in one run */
	/* More than anybody writes down; they keep every search short. */
	HIST_MAX_COMMITS = 4096,
	HIST_MAX_RELEASES = 1000,
	HIST_MAX_KERNELS = 1000,
	HIST_MAX_CHANGES = 4096,	/* of one kernel or stable series */
	HIST_MAX_DEPTH = 100,		/* kernels built upon kernels */
};

struct hist_parse {
	struct cow_history *h;
	const char *file, *text, *end;	/* *end is NUL */
	const struct cow_diag *diag;
	unsigned errors;
	bool stop;			/* too many errors, or no memory */
	bool nomem;
	/* scanner */
	const char *cursor, *line_start;
	uint32_t line;
	bool begun;			/* the line has a token already */
	struct { const char *text; size_t len; } token;
};

struct hist_sets { struct hist_set *first, *last; };
struct hist_changes { struct hist_change *first, *last; };
struct hist_globs { struct hist_glob *first, *last; };

__attribute__((format(printf, 3, 4)))
void hist_error(struct hist_parse *p, const struct cow_loc *loc, const char *fmt, ...);

/* Zeroed memory of the history; NULL ends the parse. */
void *hist_parse_alloc(struct hist_parse *p, size_t size);

/* ---- define.c: the statements.  Each says itself what is wrong. */
struct hist_set *hist_define_set(struct hist_parse *p, const char *rule,
				 const struct cow_loc *rule_loc, const char *value,
				 const struct cow_loc *value_loc);
void hist_define_base(struct hist_parse *p, const char *version, const struct cow_loc *loc,
		      struct hist_set *sets);
void hist_define_releases(struct hist_parse *p, const char *first, const struct cow_loc *first_loc,
			  const char *last, const struct cow_loc *last_loc);
void hist_define_commit(struct hist_parse *p, const struct cow_commit *said,
			const struct cow_loc *id_loc, const struct cow_loc *release_loc);
struct hist_change *hist_define_change(struct hist_parse *p, bool plus, const char *id,
				       const struct cow_loc *loc);
void hist_define_stable(struct hist_parse *p, const char *version, const struct cow_loc *loc,
			struct hist_change *changes);
void hist_define_kernel(struct hist_parse *p, const struct hist_named *said,
			const struct cow_loc *name_loc, const struct cow_loc *base_loc);

#endif
