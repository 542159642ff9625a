/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include "version.h"

#include <stdio.h>

/* A number of at most four digits; larger ones are no version. */
static size_t number(const char *s, unsigned *n)
{
	size_t i = 0;

	*n = 0;
	while (i < 4 && s[i] >= '0' && s[i] <= '9')
		*n = *n * 10 + (unsigned)(s[i++] - '0');
	if (s[i] >= '0' && s[i] <= '9') {
		*n = 0;
		i = 0;
	}
	return i;
}

size_t hist_version_scan(const char *s, struct hist_version *v)
{
	size_t at = s[0] == 'v', n;
	struct hist_version out = { 0 };

	n = number(s + at, &out.major);
	if (!n || s[at + n] != '.')
		return 0;
	at += n + 1;
	n = number(s + at, &out.minor);
	if (!n)
		return 0;
	at += n;
	/* "v5.9..v5.18" is a range, not a point release */
	if (s[at] == '.' && (n = number(s + at + 1, &out.point)))
		at += n + 1;
	if (!out.point && s[at] == '-' && s[at + 1] == 'r' && s[at + 2] == 'c' &&
	    (n = number(s + at + 3, &out.rc)) && out.rc)
		at += n + 3;
	*v = out;
	return at;
}

bool hist_version_parse(const char *s, struct hist_version *v)
{
	struct hist_version got;
	size_t n = hist_version_scan(s, &got);

	if (!n || s[n])
		return false;
	*v = got;
	return true;
}

static int cmp(unsigned a, unsigned b)
{
	return a < b ? -1 : a > b;
}

int hist_version_cmp(const struct hist_version *a, const struct hist_version *b)
{
	int c = cmp(a->major, b->major);

	if (!c)
		c = cmp(a->minor, b->minor);
	if (!c)		/* 0, the release, comes after every candidate */
		c = cmp(a->rc - 1, b->rc - 1);
	return c ? c : cmp(a->point, b->point);
}

const char *hist_version_name(const struct hist_version *v, char *buf)
{
	int n = snprintf(buf, HIST_VERSION_MAX, "v%u.%u", v->major, v->minor);

	if (v->rc)
		snprintf(buf + n, HIST_VERSION_MAX - (size_t)n, "-rc%u", v->rc);
	else if (v->point)
		snprintf(buf + n, HIST_VERSION_MAX - (size_t)n, ".%u", v->point);
	return buf;
}

struct hist_version hist_version_window(const struct hist_version *v)
{
	struct hist_version w = *v;

	w.point = 0;
	if (!w.rc)
		w.rc = 1;
	return w;
}
