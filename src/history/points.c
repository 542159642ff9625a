/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The points of mainline that the data lists. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static int by_version(const void *a, const void *b)
{
	return hist_version_cmp(a, b);
}

bool hist_points(struct cow_history *h)
{
	struct hist_version *p;
	size_t n = h->nr_releases, kept = 0;

	if (h->points)
		return true;
	p = cow_arena_alloc(&h->arena, (n + h->nr_commits + 1) * sizeof(*p));
	if (!p)
		return false;
	if (n)
		memcpy(p, h->releases, n * sizeof(*p));
	for (size_t i = 0; i < h->nr_commits; i++)
		if (h->commits[i]->candidate && h->commits[i]->sets)
			p[n++] = h->commits[i]->version;
	qsort(p, n, sizeof(*p), by_version);
	for (size_t i = 0; i < n; i++)
		if (!kept || hist_version_cmp(&p[kept - 1], &p[i]))
			p[kept++] = p[i];
	h->points = p;
	h->nr_points = kept;
	return true;
}
