/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What the statements of the language do to a history. */
#include "parse.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The set of RULE in LIST, other than SELF. */
static const struct hist_set *set_of(const struct hist_set *list, unsigned rule,
				     const struct hist_set *self)
{
	for (; list; list = list->next)
		if (list != self && list->rule == rule)
			return list;
	return NULL;
}

/* No rule twice in one block: which of them would count is nothing to guess at. */
static bool once(struct hist_parse *p, const struct hist_set *sets, const struct cow_loc *loc)
{
	for (const struct hist_set *s = sets; s; s = s->next) {
		if (set_of(s->next, s->rule, s)) {
			hist_error(p, loc, "'%s' is set twice here", cow_rule_info[s->rule].name);
			return false;
		}
	}
	return true;
}

static void unknown_value(struct hist_parse *p, unsigned rule, const char *value,
			  const struct cow_loc *loc)
{
	const struct cow_rule_info *info = &cow_rule_info[rule];
	const char *meant = hist_suggest_value(rule, value);
	char all[256];
	int at = 0;

	if (info->user) {
		hist_error(p, loc, "'%s' is not a set of FOLL_ flags: FOLL_GET or FOLL_PIN, with "
			   "FOLL_WRITE, FOLL_FORCE, FOLL_LONGTERM, FOLL_FAST, FOLL_REMOTE", value);
		return;
	}
	if (meant) {
		hist_error(p, loc, "'%s' has no value '%s', did you mean '%s'?", info->name, value,
			   meant);
		return;
	}
	for (unsigned v = 0; v < info->nr_values && at < (int)sizeof(all); v++)
		at += snprintf(all + at, sizeof(all) - (size_t)at, "%s%s", v ? ", " : "",
			       info->values[v].name);
	hist_error(p, loc, "'%s' has no value '%s'; it has %s", info->name, value, all);
}

struct hist_set *hist_define_set(struct hist_parse *p, const char *rule,
				 const struct cow_loc *rule_loc, const char *value,
				 const struct cow_loc *value_loc)
{
	int id = cow_rule_by_name(rule), v;
	struct hist_set *s;

	if (id < 0) {
		const char *meant = hist_suggest_rule(rule);

		if (meant)
			hist_error(p, rule_loc, "unknown rule '%s', did you mean '%s'?", rule, meant);
		else
			hist_error(p, rule_loc, "unknown rule '%s'", rule);
		return NULL;
	}
	v = cow_rule_value_by_name((enum cow_rule_id)id, value);
	/* A user takes pages by FOLL_GET or by FOLL_PIN. */
	if (v >= 0 && cow_rule_info[id].user &&
	    (!(v & (COW_FOLL_GET | COW_FOLL_PIN)) ||
	     (v & (COW_FOLL_GET | COW_FOLL_PIN)) == (COW_FOLL_GET | COW_FOLL_PIN)))
		v = -1;
	if (v < 0) {
		unknown_value(p, (unsigned)id, value, value_loc);
		return NULL;
	}
	s = hist_parse_alloc(p, sizeof(*s));
	if (s) {
		s->rule = (uint8_t)id;
		s->value = (uint8_t)v;
	}
	return s;
}

/* The text of a version that must be known. */
static bool known_version(struct hist_parse *p, const char *text, const struct cow_loc *loc,
			  struct hist_version *v)
{
	char why[160];

	if (!hist_version_parse(text, v)) {
		hist_error(p, loc, "'%s' is not a version such as v5.9 or v5.9-rc4", text);
		return false;
	}
	if (hist_version_unknown(p->h, v, why, sizeof(why))) {
		hist_error(p, loc, "%s", why);
		return false;
	}
	return true;
}

/* Puts V into the ascending list of releases. */
static bool add_release(struct hist_parse *p, const struct hist_version *v)
{
	struct cow_history *h = p->h;
	struct hist_version *grown = hist_parse_alloc(p, (h->nr_releases + 1) * sizeof(*grown));
	size_t at = h->nr_releases;

	if (!grown)
		return false;
	while (at && hist_version_cmp(&h->releases[at - 1], v) > 0)
		at--;
	if (at)
		memcpy(grown, h->releases, at * sizeof(*grown));
	grown[at] = *v;
	if (h->nr_releases - at)
		memcpy(grown + at + 1, h->releases + at, (h->nr_releases - at) * sizeof(*grown));
	h->releases = grown;
	h->nr_releases++;
	return true;
}

void hist_define_base(struct hist_parse *p, const char *version, const struct cow_loc *loc,
		      struct hist_set *sets)
{
	struct cow_history *h = p->h;
	struct hist_version v;

	if (h->base) {
		char name[HIST_VERSION_MAX];

		hist_error(p, loc, "there is a base already, %s",
			   hist_version_name(&h->releases[0], name));
		return;
	}
	if (!hist_version_parse(version, &v) || v.rc || v.point) {
		hist_error(p, loc, "'%s' is not a release such as v4.4", version);
		return;
	}
	if (!once(p, sets, loc))
		return;
	for (unsigned r = 0; r < COW_NR_RULES; r++) {
		if (!set_of(sets, r, NULL)) {
			hist_error(p, loc, "the base does not set '%s'", cow_rule_info[r].name);
			return;
		}
	}
	if (add_release(p, &v))
		h->base = sets;
}

void hist_define_releases(struct hist_parse *p, const char *first, const struct cow_loc *first_loc,
			  const char *last, const struct cow_loc *last_loc)
{
	struct cow_history *h = p->h;
	struct hist_version from, to;

	if (!hist_version_parse(first, &from) || from.rc || from.point) {
		hist_error(p, first_loc, "'%s' is not a release such as v5.0", first);
		return;
	}
	if (!hist_version_parse(last, &to) || to.rc || to.point) {
		hist_error(p, last_loc, "'%s' is not a release such as v5.19", last);
		return;
	}
	if (from.major != to.major || from.minor > to.minor || to.minor - from.minor > 99) {
		hist_error(p, last_loc, "releases are listed upwards within one major number");
		return;
	}
	if (!h->base || hist_version_cmp(&from, &h->releases[0]) < 0) {
		hist_error(p, first_loc, h->base ? "'%s' is older than the base" :
			   "'%s' comes before the base is known", first);
		return;
	}
	for (; from.minor <= to.minor; from.minor++) {
		if (h->nr_releases == HIST_MAX_RELEASES) {
			hist_error(p, first_loc, "more than %u releases", HIST_MAX_RELEASES);
			return;
		}
		if (!hist_is_release(h, &from) && !add_release(p, &from))
			return;
	}
	hist_forget_kernels(h);
}

void hist_define_commit(struct hist_parse *p, const struct cow_commit *said,
			const struct cow_loc *id_loc, const struct cow_loc *release_loc)
{
	struct cow_history *h = p->h;
	const struct cow_commit *twin;
	struct cow_commit *c;
	bool ambiguous;
	size_t at;

	if (!once(p, said->sets, id_loc))
		return;
	c = hist_parse_alloc(p, sizeof(*c));
	if (!c)
		return;
	*c = *said;
	if (!known_version(p, c->release, release_loc, &c->version))
		return;
	if (c->version.point) {
		hist_error(p, release_loc, "'%s' is not mainline; what came there stands in "
			   "'stable'", c->release);
		return;
	}
	if (!hist_version_cmp(&c->version, &h->releases[0])) {
		hist_error(p, release_loc, "what %s has belongs into the base", c->release);
		return;
	}
	c->candidate = c->version.rc;
	c->version = hist_version_window(&c->version);
	if (c->confidence == HIST_UNSAID)
		c->confidence = COW_UNVERIFIED;
	if (strcmp(c->id, "-")) {
		twin = hist_commit_by_id(h, c->id, &ambiguous);
		if (twin || ambiguous) {
			hist_error(p, id_loc, "commit %s is there already%s%s", c->id,
				   twin ? ", in " : "", twin ? twin->release : "");
			return;
		}
	}
	if (h->nr_commits == HIST_MAX_COMMITS) {
		hist_error(p, id_loc, "more than %u commits", HIST_MAX_COMMITS);
		return;
	}
	if (h->nr_commits == h->room_commits) {
		size_t room = h->room_commits ? 2 * h->room_commits : 64;
		const struct cow_commit **grown = hist_parse_alloc(p, room * sizeof(*grown));

		if (!grown)
			return;
		if (h->nr_commits)
			memcpy(grown, h->commits, h->nr_commits * sizeof(*grown));
		h->commits = grown;
		h->room_commits = room;
	}
	/* Behind everything of its own time and before. */
	at = h->nr_commits;
	while (at && hist_version_cmp(&h->commits[at - 1]->version, &c->version) > 0)
		at--;
	memmove(h->commits + at + 1, h->commits + at, (h->nr_commits - at) * sizeof(*h->commits));
	h->commits[at] = c;
	h->nr_commits++;
	hist_forget_kernels(h);
}

struct hist_change *hist_define_change(struct hist_parse *p, bool plus, const char *id,
				       const struct cow_loc *loc)
{
	bool ambiguous;
	const struct cow_commit *c = hist_commit_by_id(p->h, id, &ambiguous);
	struct hist_change *change;

	if (ambiguous) {
		hist_error(p, loc, "more than one commit begins with '%s'", id);
		return NULL;
	}
	if (!c) {
		const char *meant = hist_suggest_commit(p->h, id);

		if (meant)
			hist_error(p, loc, "unknown commit '%s', did you mean '%s'?", id, meant);
		else
			hist_error(p, loc, "unknown commit '%s'", id);
		return NULL;
	}
	change = hist_parse_alloc(p, sizeof(*change));
	if (change) {
		change->what = plus ? HIST_PLUS : HIST_MINUS;
		change->commit = c;
		change->confidence = HIST_UNSAID;
		change->loc = *loc;
	}
	return change;
}

/* CHANGES can be made to BASE; else says why not. */
static bool changes_apply(struct hist_parse *p, const char *base, const struct hist_change *changes,
			  const struct cow_loc *loc)
{
	const struct hist_change *wrong;
	unsigned n = 0;
	int err;

	for (const struct hist_change *c = changes; c; c = c->next) {
		if (++n > HIST_MAX_CHANGES) {
			hist_error(p, loc, "more than %u changes", HIST_MAX_CHANGES);
			return false;
		}
	}
	err = hist_changes_try(p->h, base, changes, &wrong);
	if (err == -ENOMEM)
		p->nomem = p->stop = true;
	else if (err)
		hist_error(p, &wrong->loc, err == -EEXIST ? "commit %s is in %s already" :
			   "commit %s is not in %s", wrong->commit->id, base);
	return !err;
}

static struct hist_series *series_of(struct hist_parse *p, const struct hist_version *v)
{
	struct hist_series **at = &p->h->series;

	for (; *at; at = &(*at)->next)
		if (!hist_version_cmp(&(*at)->version, v))
			return *at;
	*at = hist_parse_alloc(p, sizeof(**at));
	if (*at)
		(*at)->version = *v;
	return *at;
}

void hist_define_stable(struct hist_parse *p, const char *version, const struct cow_loc *loc,
			struct hist_change *changes)
{
	char base[HIST_VERSION_MAX];
	struct hist_series *series;
	struct hist_change **tail;
	struct hist_version v;
	unsigned last = 0;

	if (!known_version(p, version, loc, &v))
		return;
	if (v.rc || v.point) {
		hist_error(p, loc, "'%s' is not a release such as v5.10", version);
		return;
	}
	series = series_of(p, &v);
	if (!series)
		return;
	for (tail = &series->changes; *tail; tail = &(*tail)->next)
		last = (*tail)->point;
	v.point = last;		/* the last of those known before */
	for (const struct hist_change *c = changes; c; c = c->next) {
		if (c->point <= v.point || c->point < last) {
			hist_error(p, &c->loc, "the points of %s go upwards: .%u comes after .%u",
				   version, c->point, last);
			return;
		}
		last = c->point;
	}
	if (!changes_apply(p, hist_version_name(&v, base), changes, loc))
		return;
	*tail = changes;
	hist_forget_kernels(p->h);
}

void hist_define_kernel(struct hist_parse *p, const struct hist_named *said,
			const struct cow_loc *name_loc, const struct cow_loc *base_loc)
{
	static const char *const taken[] = { "mainline", "all", "running" };
	struct hist_set *first = NULL, **tail = &first;
	const struct hist_named *base = hist_named_by_name(p->h, said->base);
	struct hist_named *n, **at;
	struct hist_version v;
	unsigned count = 0;

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (!strcmp(said->name, taken[i])) {
			hist_error(p, name_loc, "'%s' has a meaning of its own, a kernel needs "
				   "another name", said->name);
			return;
		}
	}
	if (hist_version_scan(said->name, &v) == strlen(said->name)) {
		hist_error(p, name_loc, "'%s' is a version, a kernel of one's own needs another name",
			   said->name);
		return;
	}
	if (hist_named_by_name(p->h, said->name)) {
		hist_error(p, name_loc, "there is a kernel '%s' already", said->name);
		return;
	}
	if (!base) {
		if (hist_version_scan(said->base, &v) != strlen(said->base)) {
			const char *meant = hist_suggest_kernel(p->h, said->base);

			if (meant)
				hist_error(p, base_loc, "unknown kernel '%s', did you mean '%s'?",
					   said->base, meant);
			else
				hist_error(p, base_loc, "unknown kernel '%s'", said->base);
			return;
		}
		if (!known_version(p, said->base, base_loc, &v))
			return;
	}
	/* The own values, to see that none is there twice. */
	for (struct hist_change *c = said->changes; c; c = c->next) {
		if (c->what != HIST_SET)
			continue;
		*tail = hist_parse_alloc(p, sizeof(**tail));
		if (!*tail)
			return;
		(*tail)->rule = c->set->rule;
		tail = &(*tail)->next;
	}
	if (!once(p, first, name_loc) || !changes_apply(p, said->base, said->changes, name_loc))
		return;
	for (at = &p->h->named; *at; at = &(*at)->next)
		count++;
	if (count == HIST_MAX_KERNELS || (base && base->depth == HIST_MAX_DEPTH)) {
		hist_error(p, name_loc, count == HIST_MAX_KERNELS ? "more than %u kernels" :
			   "more than %u kernels built upon each other",
			   count == HIST_MAX_KERNELS ? HIST_MAX_KERNELS : HIST_MAX_DEPTH);
		return;
	}
	n = hist_parse_alloc(p, sizeof(*n));
	if (!n)
		return;
	*n = *said;
	n->depth = base ? base->depth + 1 : 0;
	*at = n;
	hist_forget_kernels(p->h);
}
