/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * version.h - the versions that Linux gives itself: v5.9, v5.9-rc4, v5.10.218.
 */
#ifndef COW_HISTORY_VERSION_H
#define COW_HISTORY_VERSION_H

#include <stdbool.h>
#include <stddef.h>

struct hist_version {
	unsigned major, minor;
	unsigned rc;		/* 0: the release */
	unsigned point;		/* of the stable series; 0: none */
};

enum { HIST_VERSION_MAX = 48 };	/* bytes of a written version, with its NUL */

/*
 * Reads what S begins with: [v]MAJOR.MINOR[.POINT][-rcN], where a point of 0 is no
 * point (uname -r writes v5.9 as 5.9.0).  Returns how many bytes that is, 0 if S does
 * not begin with a version.
 */
size_t hist_version_scan(const char *s, struct hist_version *v);

/* S is a version and nothing else. */
bool hist_version_parse(const char *s, struct hist_version *v);

/* v5.9-rc4 < v5.9-rc5 < v5.9 < v5.9.1 < v5.10-rc1 < v5.10: negative, 0 or positive. */
int hist_version_cmp(const struct hist_version *a, const struct hist_version *b);

/* BUF, of HIST_VERSION_MAX bytes. */
const char *hist_version_name(const struct hist_version *v, char *buf);

/*
 * The first candidate of V's release: a commit that the data places in v5.18, without a
 * candidate, came in the merge window.
 */
struct hist_version hist_version_window(const struct hist_version *v);

#endif
