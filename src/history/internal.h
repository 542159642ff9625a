/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * internal.h - how history/ keeps what the data says.
 *
 * The data is read into commits, stable series and named kernels, in the order of
 * the text.  A kernel is made from them when somebody asks for it: a list of steps (the
 * base's values, commits, own values) whose values are applied from first to last.
 * "plus a commit" appends a step; "minus a commit" takes its step out and applies the
 * others again.  So v5.8 without the commit that broke COW early is what it would be.
 *
 * What a user's file adds later makes all kernels anew (kernels == NULL); those handed
 * out before stay valid, and as they were.  Everything lives in one arena.
 */
#ifndef COW_HISTORY_INTERNAL_H
#define COW_HISTORY_INTERNAL_H

#include "../litmus/arena.h"
#include "../model/program.h"
#include "history.h"
#include "version.h"

/* Nothing was said about how well this is known. */
enum { HIST_UNSAID = COW_UNVERIFIED + 1 };

/* rule = value */
struct hist_set {
	struct hist_set *next;
	uint8_t rule, value;
	uint8_t confidence;		/* HIST_UNSAID: that of what it stands in */
	const char *note;		/* or NULL */
};

struct cow_commit {
	const char *id;			/* "-": not known */
	const char *title;
	const char *release;		/* as written */
	const char *note;		/* or NULL */
	struct hist_version version;	/* the first candidate that has it */
	struct hist_set *sets;
	uint8_t confidence;
	bool candidate;			/* a release candidate was named */
};

/* + commit, - commit, rule = value */
struct hist_change {
	struct hist_change *next;
	enum { HIST_PLUS, HIST_MINUS, HIST_SET } what;
	const struct cow_commit *commit;
	struct hist_set *set;
	uint8_t confidence;		/* that it is there at all; HIST_UNSAID */
	const char *note;
	unsigned point;			/* of a stable series: since which of its releases */
	struct cow_loc loc;		/* in its text, while that is read */
};

struct hist_series {
	struct hist_series *next;
	struct hist_version version;
	struct hist_change *changes;	/* points ascend */
};

struct hist_glob {
	struct hist_glob *next;
	const char *pattern;		/* of uname -r */
};

struct hist_named {
	struct hist_named *next;
	const char *name, *base;
	struct hist_change *changes;
	struct hist_glob *globs;
	const char *note;		/* or NULL */
	unsigned depth;			/* how many named kernels it is built upon */
	uint8_t confidence;		/* of every value, or HIST_UNSAID */
};

struct cow_kernel {
	struct cow_kernel *next;
	const char *name, *definition, *note, *until;
	struct hist_version version;	/* mainline and stable */
	struct hist_version change;	/* mainline: the first point after it that differs */
	bool mainline;
	struct cow_rules rules;
	uint8_t confidence[COW_NR_RULES];
};

struct cow_history {
	struct arena arena;
	struct hist_version *releases;		/* ascending */
	size_t nr_releases;
	const struct cow_commit **commits;	/* as they came into mainline */
	size_t nr_commits, room_commits;
	struct hist_set *base;			/* of the oldest release */
	struct hist_series *series;
	struct hist_named *named;
	/* Made from the data as it is now; NULL before somebody asks. */
	struct hist_version *points;		/* of mainline, ascending */
	size_t nr_points;
	struct cow_kernel *kernels;		/* newest first */
	const struct cow_kernel **after;	/* [i + 1]: mainline after commit i */
};

/* A copy in the history's arena, NULL: no memory. */
char *hist_strdup(struct cow_history *h, const char *s);
__attribute__((format(printf, 2, 3)))
char *hist_printf(struct cow_history *h, const char *fmt, ...);

/* ---- lookup.c */

/* Makes every kernel anew when it is next asked for. */
void hist_forget_kernels(struct cow_history *h);

bool hist_is_release(const struct cow_history *h, const struct hist_version *v);

/*
 * The commit called ID: its beginning, of at least 7 characters, as git takes it.
 * NULL: none, or *AMBIGUOUS.
 */
const struct cow_commit *hist_commit_by_id(const struct cow_history *h, const char *id,
					   bool *ambiguous);
const struct hist_named *hist_named_by_name(const struct cow_history *h, const char *name);

/* The nearest name of a kernel, of a commit, of a rule, or of a value of RULE; or NULL. */
const char *hist_suggest_kernel(const struct cow_history *h, const char *name);
const char *hist_suggest_commit(const struct cow_history *h, const char *id);
const char *hist_suggest_rule(const char *name);
const char *hist_suggest_value(unsigned rule, const char *name);

/*
 * Why mainline or a stable series has no such version, as the end of a message; a
 * version that is known gives NULL.  BUF has SIZE bytes.
 */
const char *hist_version_unknown(const struct cow_history *h, const struct hist_version *v,
				 char *buf, size_t size);

/* ---- kernel.c */

/*
 * The kernel, made if need be.  NULL: no memory.  V is a known version; the changes of
 * N were tried when N was read.
 */
const struct cow_kernel *hist_kernel_version(struct cow_history *h, const struct hist_version *v);
const struct cow_kernel *hist_kernel_named(struct cow_history *h, const struct hist_named *n);

/* K under another name (uname's, for instance), with a note or NULL. */
const struct cow_kernel *hist_kernel_alias(struct cow_history *h, const struct cow_kernel *k,
					   const char *name, const char *note, bool unverified);

/*
 * Do CHANGES apply on top of the kernel called BASE?  0, or -EEXIST: *WRONG is a commit
 * that is there already, -ENOENT: one that is not there, -ENOMEM.
 */
int hist_changes_try(const struct cow_history *h, const char *base,
		     const struct hist_change *changes, const struct hist_change **wrong);

/*
 * Fills h->points: every release, and every candidate with which some rule changed.
 * False: no memory.
 */
bool hist_points(struct cow_history *h);

/* Both kernels decide everything alike. */
bool hist_kernels_equal(const struct cow_kernel *a, const struct cow_kernel *b);

/* ---- uname.c */

/*
 * The kernel that calls itself RELEASE (uname -r), VERSION (uname -v, or NULL).  0, or
 * -ENOENT with *WHY, or -ENOMEM.  GUESS: a release newer than the newest known one is taken
 * for that one, and says so.
 */
int hist_kernel_uname(struct cow_history *h, const char *release, const char *version,
		      bool guess, const struct cow_kernel **out, const char **why);

/* ---- data.c: the built-in texts */
extern const struct hist_data {
	const char *name;
	const unsigned char *text;
	size_t len;
} hist_data[];
extern const size_t hist_nr_data;

#endif
