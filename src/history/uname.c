/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Which kernel is it that calls itself "5.10.0-43-cloud-amd64"? */
#include "internal.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

/* The named kernel whose pattern RELEASE matches; a user's own comes before ours. */
static const struct hist_named *matching(const struct cow_history *h, const char *release)
{
	const struct hist_named *found = NULL;

	for (const struct hist_named *n = h->named; n; n = n->next)
		for (const struct hist_glob *g = n->globs; g; g = g->next)
			if (!fnmatch(g->pattern, release, 0))
				found = n;
	return found;
}

/* Debian writes the point release that a kernel was made from into uname -v. */
static bool debian_version(const char *version, struct hist_version *v)
{
	static const char word[] = "Debian ";
	const char *at = version ? strstr(version, word) : NULL;

	return at && hist_version_scan(at + strlen(word), v);
}

/* "5.9.0-rc4-00012-gabc": after a point of 0 the candidate may follow. */
static size_t scan_release(const char *release, struct hist_version *v)
{
	size_t n = hist_version_scan(release, v);
	unsigned rc;
	int used = 0;

	if (!n || v->rc || v->point || sscanf(release + n, "-rc%4u%n", &rc, &used) != 1 || !rc)
		return n;
	v->rc = rc;
	return n + (size_t)used;
}

int hist_kernel_uname(struct cow_history *h, const char *release, const char *version,
		      bool guess, const struct cow_kernel **out, const char **why)
{
	const struct cow_kernel *of = NULL;
	const struct hist_named *named;
	struct hist_version v, debian;
	const char *note = NULL;
	char unknown[160];
	bool unverified = false;
	size_t n;

	*out = NULL;
	*why = NULL;
	if (*release == 'v')
		release++;
	n = scan_release(release, &v);
	if (!n) {
		*why = hist_printf(h, "unknown kernel '%s'", release);
		return *why ? -ENOENT : -ENOMEM;
	}
	named = matching(h, release);
	if (debian_version(version, &debian) &&
	    !hist_version_unknown(h, &debian, unknown, sizeof(unknown))) {
		char name[HIST_VERSION_MAX];

		of = hist_kernel_version(h, &debian);
		note = hist_printf(h, "Debian's, made from %s", hist_version_name(&debian, name));
	} else if (named) {
		of = hist_kernel_named(h, named);
		note = named->note ? hist_printf(h, "taken for %s: %s", named->name, named->note) :
				     hist_printf(h, "taken for %s", named->name);
	} else if (!hist_version_unknown(h, &v, unknown, sizeof(unknown))) {
		char name[HIST_VERSION_MAX];

		of = hist_kernel_version(h, &v);
		hist_version_name(&v, name);
		note = release[n] ? hist_printf(h, "taken for %s; what '%s' adds to it is not known",
						name, release + n) :
				    hist_printf(h, "taken for %s", name);
	} else if (guess && h->nr_releases &&
		   hist_version_cmp(&v, &h->releases[h->nr_releases - 1]) > 0) {
		char name[HIST_VERSION_MAX];

		of = hist_kernel_version(h, &h->releases[h->nr_releases - 1]);
		hist_version_name(&h->releases[h->nr_releases - 1], name);
		note = hist_printf(h, "newer than the newest known, %s, and taken for that one", name);
		unverified = true;
	} else {
		*why = hist_strdup(h, unknown);
		return *why ? -ENOENT : -ENOMEM;
	}
	if (of && note)
		*out = hist_kernel_alias(h, of, release, note, unverified);
	return *out ? 0 : -ENOMEM;
}
