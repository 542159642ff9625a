/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Finding things by name, and what was meant by a name that is not there. */
#include "internal.h"

#include <stdio.h>
#include <string.h>
#include "../litmus/suggest.h"

bool hist_is_release(const struct cow_history *h, const struct hist_version *v)
{
	for (size_t i = 0; i < h->nr_releases; i++)
		if (!hist_version_cmp(&h->releases[i], v))
			return true;
	return false;
}

const struct cow_commit *hist_commit_by_id(const struct cow_history *h, const char *id,
					   bool *ambiguous)
{
	enum { FEWEST = 7 };
	const struct cow_commit *found = NULL;
	size_t len = strlen(id);

	*ambiguous = false;
	for (size_t i = 0; i < h->nr_commits; i++) {
		const struct cow_commit *c = h->commits[i];
		size_t n = strlen(c->id), least = n < len ? n : len;

		if (!strcmp(c->id, id))
			return strcmp(id, "-") ? c : NULL;
		if (least < FEWEST || strncmp(c->id, id, least))
			continue;
		*ambiguous = found;
		found = c;
	}
	return *ambiguous ? NULL : found;
}

const struct hist_named *hist_named_by_name(const struct cow_history *h, const char *name)
{
	for (const struct hist_named *n = h->named; n; n = n->next)
		if (!strcmp(n->name, name))
			return n;
	return NULL;
}

static const char *nth_commit(const void *arg, size_t i)
{
	const struct cow_history *h = arg;

	return i < h->nr_commits ? h->commits[i]->id : NULL;
}

static const char *nth_rule(const void *arg, size_t i)
{
	(void)arg;
	return i < COW_NR_RULES ? cow_rule_info[i].name : NULL;
}

static const char *nth_value(const void *arg, size_t i)
{
	const struct cow_rule_info *info = arg;

	return i < info->nr_values ? info->values[i].name : NULL;
}

/* The kernels' own names, then the words of selections. */
static const char *nth_kernel(const void *arg, size_t i)
{
	static const char *const words[] = { "mainline", "all", "running" };
	const struct cow_history *h = arg;

	for (const struct hist_named *n = h->named; n; n = n->next)
		if (!i--)
			return n->name;
	return i < sizeof(words) / sizeof(words[0]) ? words[i] : NULL;
}

const char *hist_suggest_kernel(const struct cow_history *h, const char *name)
{
	return cow_suggest(name, nth_kernel, h);
}

const char *hist_suggest_commit(const struct cow_history *h, const char *id)
{
	return cow_suggest(id, nth_commit, h);
}

const char *hist_suggest_rule(const char *name)
{
	return cow_suggest(name, nth_rule, NULL);
}

const char *hist_suggest_value(unsigned rule, const char *name)
{
	return cow_suggest(name, nth_value, &cow_rule_info[rule]);
}

const char *hist_version_unknown(const struct cow_history *h, const struct hist_version *v,
				 char *buf, size_t size)
{
	char name[HIST_VERSION_MAX], other[HIST_VERSION_MAX], next[HIST_VERSION_MAX];
	struct hist_version release = { .major = v->major, .minor = v->minor };
	size_t i;

	hist_version_name(v, name);
	if (!h->nr_releases) {
		snprintf(buf, size, "unknown kernel '%s': no release is known", name);
		return buf;
	}
	if (hist_version_cmp(v, &h->releases[0]) < 0) {
		snprintf(buf, size, "unknown kernel '%s': the oldest known is %s", name,
			 hist_version_name(&h->releases[0], other));
		return buf;
	}
	if (hist_is_release(h, &release))
		return NULL;
	for (i = h->nr_releases; hist_version_cmp(&h->releases[i - 1], v) > 0; i--)
		;
	hist_version_name(&h->releases[i - 1], other);
	if (i == h->nr_releases)
		snprintf(buf, size, "unknown kernel '%s': the newest known is %s", name, other);
	else
		snprintf(buf, size, "there is no kernel '%s': %s was followed by %s", name, other,
			 hist_version_name(&h->releases[i], next));
	return buf;
}
