/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The history as an object, and what it tells about its kernels and commits. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *hist_strdup(struct cow_history *h, const char *s)
{
	char *copy = cow_arena_alloc(&h->arena, strlen(s) + 1);

	return copy ? strcpy(copy, s) : NULL;
}

char *hist_printf(struct cow_history *h, const char *fmt, ...)
{
	char *text, *out;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	out = hist_strdup(h, text);
	free(text);
	return out;
}

void hist_forget_kernels(struct cow_history *h)
{
	h->kernels = NULL;
	h->after = NULL;
	h->points = NULL;
	h->nr_points = 0;
}

struct cow_history *cow_history_new(void)
{
	struct cow_history *h = calloc(1, sizeof(*h));

	/* Errors in there are ours: the tests read these texts with a diag. */
	for (size_t i = 0; h && i < hist_nr_data; i++) {
		if (cow_history_parse(h, hist_data[i].name, (const char *)hist_data[i].text,
				      hist_data[i].len, NULL)) {
			cow_history_free(h);
			h = NULL;
		}
	}
	return h;
}

void cow_history_free(struct cow_history *h)
{
	if (!h)
		return;
	cow_arena_free(&h->arena);
	free(h);
}

const char *cow_confidence_name(enum cow_confidence c)
{
	static const char *const names[] = {
		[COW_READ_SOURCE] = "source",
		[COW_READ_COMMIT] = "commit",
		[COW_INFERRED] = "inferred",
		[COW_UNVERIFIED] = "unverified",
	};

	return (unsigned)c <= COW_UNVERIFIED ? names[c] : "?";
}

/* ---- kernels ---- */

const char *cow_kernel_name(const struct cow_kernel *k)
{
	return k->name;
}

bool cow_kernel_is_mainline(const struct cow_kernel *k)
{
	return k->mainline;
}

const char *cow_kernel_until(const struct cow_kernel *k)
{
	return k->until;
}

bool cow_kernel_precedes(const struct cow_kernel *a, const struct cow_kernel *b)
{
	return a->mainline && b->mainline && hist_version_cmp(&a->version, &b->version) < 0 &&
	       hist_version_cmp(&b->version, &a->change) <= 0;
}

const char *cow_kernel_definition(const struct cow_kernel *k)
{
	return k->definition;
}

const char *cow_kernel_note(const struct cow_kernel *k)
{
	return k->note;
}

const char *cow_kernel_rule(const struct cow_kernel *k, size_t rule, char *buf, size_t size)
{
	if (rule >= COW_NR_RULES)
		return NULL;
	return cow_rule_value_name((enum cow_rule_id)rule, k->rules.value[rule], buf,
				   (unsigned)size);
}

enum cow_confidence cow_kernel_rule_confidence(const struct cow_kernel *k, size_t rule)
{
	return rule < COW_NR_RULES ? (enum cow_confidence)k->confidence[rule] : COW_UNVERIFIED;
}

/* ---- commits ---- */

size_t cow_history_commits(const struct cow_history *h)
{
	return h->nr_commits;
}

const struct cow_commit *cow_history_commit(const struct cow_history *h, size_t i)
{
	return i < h->nr_commits ? h->commits[i] : NULL;
}

const char *cow_commit_id(const struct cow_commit *c)
{
	return c->id;
}

const char *cow_commit_title(const struct cow_commit *c)
{
	return c->title;
}

const char *cow_commit_release(const struct cow_commit *c)
{
	return c->release;
}

const char *cow_commit_note(const struct cow_commit *c)
{
	return c->note;
}

enum cow_confidence cow_commit_confidence(const struct cow_commit *c)
{
	return (enum cow_confidence)c->confidence;
}

size_t cow_commit_rules(const struct cow_commit *c)
{
	size_t n = 0;

	for (const struct hist_set *s = c->sets; s; s = s->next)
		n++;
	return n;
}

size_t cow_commit_rule(const struct cow_commit *c, size_t i, const char **value, char *buf,
		       size_t size)
{
	const struct hist_set *s = c->sets;

	while (s && i--)
		s = s->next;
	if (!s)
		return COW_NR_RULES;
	*value = cow_rule_value_name((enum cow_rule_id)s->rule, s->value, buf, (unsigned)size);
	return s->rule;
}

/* ---- rules ---- */

size_t cow_rules(void)
{
	return COW_NR_RULES;
}

const char *cow_rule_name(size_t rule)
{
	return rule < COW_NR_RULES ? cow_rule_info[rule].name : NULL;
}

const char *cow_rule_question(size_t rule)
{
	return rule < COW_NR_RULES ? cow_rule_info[rule].question : NULL;
}
