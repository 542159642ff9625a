/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Making a kernel from what the data says. */
#include "internal.h"

#include <limits.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * One change applied: a commit's values, one own value, or a word on all values so far.
 */
struct hist_step {
	const struct cow_commit *commit;	/* or NULL */
	const struct hist_set *sets;
	bool alone;				/* only the first of them */
	bool word;				/* no value: all are as well known as fallback */
	uint8_t confidence;			/* no value is known better; COW_READ_SOURCE */
	uint8_t fallback;			/* of values that say nothing */
};

/* The steps of the kernel being made. */
struct steps {
	struct hist_step *step;
	size_t nr, room;
	bool nomem;
};

static void add(struct steps *s, const struct hist_step *step)
{
	if (s->nomem)
		return;
	if (s->nr == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		struct hist_step *grown = realloc(s->step, room * sizeof(*grown));

		if (!grown) {
			s->nomem = true;
			return;
		}
		s->step = grown;
		s->room = room;
	}
	s->step[s->nr++] = *step;
}

static void add_commit(struct steps *s, const struct cow_commit *c, uint8_t confidence)
{
	const struct hist_step step = {
		.commit = c, .sets = c->sets, .fallback = c->confidence,
		.confidence = confidence == HIST_UNSAID ? COW_READ_SOURCE : confidence,
	};

	add(s, &step);
}

/* Where C is among the steps, or nr. */
static size_t find(const struct steps *s, const struct cow_commit *c)
{
	size_t i = 0;

	while (i < s->nr && s->step[i].commit != c)
		i++;
	return i;
}

/* 0, -EEXIST, -ENOENT: see hist_changes_try(). */
static int apply(struct steps *s, const struct hist_change *c)
{
	size_t at;

	switch (c->what) {
	case HIST_PLUS:
		if (find(s, c->commit) < s->nr)
			return -EEXIST;
		add_commit(s, c->commit, c->confidence);
		return 0;
	case HIST_MINUS:
		at = find(s, c->commit);
		if (at == s->nr)
			return -ENOENT;
		s->nr--;
		memmove(s->step + at, s->step + at + 1, (s->nr - at) * sizeof(*s->step));
		return 0;
	default:
		/* What its author writes down as his own is so by definition. */
		add(s, &(struct hist_step){ .sets = c->set, .alone = true,
					    .fallback = COW_READ_SOURCE });
		return 0;
	}
}

static void steps_base(const struct cow_history *h, struct steps *s)
{
	add(s, &(struct hist_step){ .sets = h->base, .fallback = COW_UNVERIFIED });
}

static void steps_version(const struct cow_history *h, const struct hist_version *v,
			  struct steps *s)
{
	const struct hist_version mainline = { v->major, v->minor, v->rc, 0 };

	steps_base(h, s);
	for (size_t i = 0; i < h->nr_commits; i++)
		if (hist_version_cmp(&h->commits[i]->version, &mainline) <= 0)
			add_commit(s, h->commits[i], HIST_UNSAID);
	for (const struct hist_series *series = v->point ? h->series : NULL; series;
	     series = series->next) {
		if (hist_version_cmp(&series->version, &mainline))
			continue;
		for (const struct hist_change *c = series->changes; c && c->point <= v->point;
		     c = c->next)
			apply(s, c);
	}
}

static void steps_name(const struct cow_history *h, const char *name, struct steps *s)
{
	const struct hist_named *n = hist_named_by_name(h, name);
	const struct hist_change *c;
	struct hist_version v;

	if (!n) {
		if (hist_version_parse(name, &v))
			steps_version(h, &v, s);
		return;
	}
	steps_name(h, n->base, s);
	for (c = n->changes; c && c->what != HIST_SET; c = c->next)
		apply(s, c);
	/* The word is about what it is built from, not about its own values. */
	if (n->confidence != HIST_UNSAID)
		add(s, &(struct hist_step){ .word = true, .fallback = n->confidence });
	for (; c; c = c->next)
		apply(s, c);
}

int hist_changes_try(const struct cow_history *h, const char *base,
		     const struct hist_change *changes, const struct hist_change **wrong)
{
	struct steps s = { 0 };
	int err = 0;

	steps_name(h, base, &s);
	for (; changes && !err; changes = changes->next) {
		*wrong = changes;
		err = apply(&s, changes);
	}
	if (s.nomem)
		err = -ENOMEM;
	free(s.step);
	return err;
}

/* The values that the steps give, in K. */
static void take_values(const struct steps *s, struct cow_kernel *k)
{
	for (size_t i = 0; i < s->nr; i++) {
		const struct hist_step *step = &s->step[i];

		if (step->word)
			memset(k->confidence, step->fallback, sizeof(k->confidence));
		for (const struct hist_set *set = step->sets; set;
		     set = step->alone ? NULL : set->next) {
			uint8_t c = set->confidence == HIST_UNSAID ? step->fallback : set->confidence;

			k->rules.value[set->rule] = set->value;
			k->confidence[set->rule] = c > step->confidence ? c : step->confidence;
		}
	}
}

bool hist_kernels_equal(const struct cow_kernel *a, const struct cow_kernel *b)
{
	return !memcmp(&a->rules, &b->rules, sizeof(a->rules));
}

/* A kernel in the list of those made; NULL: no memory. */
static struct cow_kernel *made(struct cow_history *h, const char *name, const char *definition,
			       struct steps *s)
{
	struct cow_kernel *k = cow_arena_alloc(&h->arena, sizeof(*k));

	if (!k || s->nomem || !name || !definition) {
		free(s->step);
		return NULL;
	}
	k->name = name;
	k->definition = definition;
	take_values(s, k);
	free(s->step);
	k->next = h->kernels;
	h->kernels = k;
	return k;
}

static const struct cow_kernel *known(const struct cow_history *h, const char *name,
				      const char *note)
{
	for (const struct cow_kernel *k = h->kernels; k; k = k->next)
		if (!strcmp(k->name, name) &&
		    (k->note == note || (k->note && note && !strcmp(k->note, note))))
			return k;
	return NULL;
}

/* ---- definitions, as text ---- */

/* "v5.10 + 57efa1fe5957 { fork-small = share }"; NULL: no memory. */
static char *definition(struct cow_history *h, const char *base, const struct hist_change *c,
			unsigned point)
{
	char *text = NULL, buf[96], *out;
	bool open = false;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	fputs(base, f);
	for (; c && c->point <= point; c = c->next) {
		if (c->what != HIST_SET) {
			fprintf(f, "%s %c %s", open ? " }" : "",
				c->what == HIST_PLUS ? '+' : '-', c->commit->id);
			open = false;
			continue;
		}
		fprintf(f, "%s %s = %s", open ? ";" : " {", cow_rule_info[c->set->rule].name,
			cow_rule_value_name((enum cow_rule_id)c->set->rule, c->set->value, buf,
					    sizeof(buf)));
		open = true;
	}
	if (open)
		fputs(" }", f);
	out = fclose(f) ? NULL : hist_strdup(h, text);
	free(text);
	return out;
}

static char *definition_version(struct cow_history *h, const struct hist_version *v)
{
	const struct hist_version release = { .major = v->major, .minor = v->minor };
	char base[HIST_VERSION_MAX];
	const struct hist_series *s;

	if (!v->point)
		return hist_strdup(h, "mainline");
	for (s = h->series; s && hist_version_cmp(&s->version, &release); s = s->next)
		;
	return definition(h, hist_version_name(&release, base), s ? s->changes : NULL, v->point);
}

/* ---- kernels ---- */

/*
 * The last point of mainline up to which nothing changes after K, in words; the first at
 * which something does goes into k->change.
 */
static const char *until(struct cow_history *h, struct cow_kernel *k)
{
	struct cow_kernel then = *k;
	struct hist_version last = k->version;
	char name[HIST_VERSION_MAX];
	size_t i = 0, p = 0;

	if (!hist_points(h))
		return NULL;
	k->change = (struct hist_version){ .major = UINT_MAX };
	while (i < h->nr_commits && hist_version_cmp(&h->commits[i]->version, &k->version) <= 0)
		i++;
	for (; p < h->nr_points; p++) {
		if (hist_version_cmp(&h->points[p], &k->version) <= 0)
			continue;
		for (; i < h->nr_commits &&
		       hist_version_cmp(&h->commits[i]->version, &h->points[p]) <= 0; i++)
			for (const struct hist_set *s = h->commits[i]->sets; s; s = s->next)
				then.rules.value[s->rule] = s->value;
		if (!hist_kernels_equal(&then, k)) {
			k->change = h->points[p];
			/* Not every candidate is listed, but there was one before. */
			if (h->points[p].rc > 1) {
				last = h->points[p];
				last.rc--;
			}
			break;
		}
		last = h->points[p];
	}
	return hist_strdup(h, hist_version_name(&last, name));
}

const struct cow_kernel *hist_kernel_version(struct cow_history *h, const struct hist_version *v)
{
	char name[HIST_VERSION_MAX];
	struct steps s = { 0 };
	const struct cow_kernel *old;
	struct cow_kernel *k;

	hist_version_name(v, name);
	old = known(h, name, NULL);
	if (old)
		return old;
	steps_version(h, v, &s);
	k = made(h, hist_strdup(h, name), definition_version(h, v), &s);
	if (!k)
		return NULL;
	k->version = *v;
	k->mainline = !v->point;
	k->until = k->mainline ? until(h, k) : k->name;
	return k->until ? k : NULL;
}

const struct cow_kernel *hist_kernel_named(struct cow_history *h, const struct hist_named *n)
{
	const struct cow_kernel *old = known(h, n->name, n->note);
	struct steps s = { 0 };
	struct cow_kernel *k;

	if (old)
		return old;
	steps_name(h, n->name, &s);
	k = made(h, n->name, definition(h, n->base, n->changes, 0), &s);
	if (!k)
		return NULL;
	k->note = n->note;
	k->until = k->name;
	return k;
}

const struct cow_kernel *hist_kernel_alias(struct cow_history *h, const struct cow_kernel *of,
					   const char *name, const char *note, bool unverified)
{
	const struct cow_kernel *old = known(h, name, note);
	struct cow_kernel *k;

	if (old)
		return old;
	k = cow_arena_alloc(&h->arena, sizeof(*k));
	if (!k)
		return NULL;
	k->name = k->until = hist_strdup(h, name);
	k->definition = of->name;
	k->note = note;
	k->rules = of->rules;
	memcpy(k->confidence, of->confidence, sizeof(k->confidence));
	if (unverified)
		memset(k->confidence, COW_UNVERIFIED, sizeof(k->confidence));
	if (!k->name)
		return NULL;
	k->next = h->kernels;
	h->kernels = k;
	return k;
}

const struct cow_kernel *cow_history_after_commit(struct cow_history *h, long i)
{
	const struct cow_commit *c = i >= 0 && (size_t)i < h->nr_commits ? h->commits[i] : NULL;
	struct steps s = { 0 };
	struct cow_kernel *k;

	if (i < -1 || (i >= 0 && !c) || !h->base)
		return NULL;
	if (i < 0)
		return hist_kernel_version(h, &h->releases[0]);
	if (!h->after)
		h->after = cow_arena_alloc(&h->arena, (h->nr_commits + 1) * sizeof(*h->after));
	if (!h->after)
		return NULL;
	if (h->after[i])
		return h->after[i];
	steps_base(h, &s);
	for (long j = 0; j <= i; j++)
		add_commit(&s, h->commits[j], HIST_UNSAID);
	k = cow_arena_alloc(&h->arena, sizeof(*k));
	if (k && !s.nomem) {
		k->name = k->until = hist_printf(h, "%s with %s", c->release, c->id);
		k->definition = "mainline just after this commit";
		take_values(&s, k);
		if (k->name)
			h->after[i] = k;
	}
	free(s.step);
	return h->after[i];
}

const struct cow_rules *cow_kernel_rules(const struct cow_kernel *k)
{
	return &k->rules;
}
