/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* "v5.9..v5.18, debian-11": from text to a list of kernels. */
#include "internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include "../litmus/message.h"

struct selection {
	struct cow_history *h;
	struct cow_kernels *out;
	size_t room;
	/* for messages */
	const struct cow_diag *diag;
	const char *file;
	struct cow_loc loc;	/* of the present word */
	int err;
};

/* Keeps K unless it is there already. */
static void take(struct selection *s, const struct cow_kernel *k)
{
	struct cow_kernels *out = s->out;

	if (!k) {
		s->err = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < out->nr; i++)
		if (out->kernel[i] == k)
			return;
	if (out->nr == s->room) {
		size_t room = s->room ? 2 * s->room : 32;
		const struct cow_kernel **grown = realloc(out->kernel, room * sizeof(*grown));

		if (!grown) {
			s->err = -ENOMEM;
			return;
		}
		out->kernel = grown;
		s->room = room;
	}
	out->kernel[out->nr++] = k;
}

__attribute__((format(printf, 2, 3)))
static void wrong(struct selection *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	cow_vmessage_at(s->diag, COW_ERROR, s->file, NULL, &s->loc, fmt, ap);
	va_end(ap);
	s->err = -EINVAL;
}

/* Mainline from FROM to TO. */
static void take_points(struct selection *s, const struct hist_version *from,
			const struct hist_version *to)
{
	if (!hist_points(s->h)) {
		s->err = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < s->h->nr_points && !s->err; i++) {
		const struct hist_version *v = &s->h->points[i];

		if (hist_version_cmp(v, from) >= 0 && hist_version_cmp(v, to) <= 0)
			take(s, hist_kernel_version(s->h, v));
	}
}

/* An end of a range. */
static bool end_of_range(struct selection *s, const char *text, struct hist_version *v)
{
	char why[160];

	if (hist_version_scan(text, v) != strlen(text)) {
		if (hist_named_by_name(s->h, text))
			wrong(s, "a range is one of mainline: '%s' cannot be an end of it", text);
		else
			wrong(s, "'%s' is not a version such as v5.9 or v5.9-rc4", text);
		return false;
	}
	if (v->point) {
		wrong(s, "a range is one of mainline: '%s' is of a stable series", text);
		return false;
	}
	if (hist_version_unknown(s->h, v, why, sizeof(why))) {
		wrong(s, "%s", why);
		return false;
	}
	return true;
}

static void take_range(struct selection *s, const char *from, const char *to)
{
	struct hist_version a, b;

	if (!s->h->nr_releases) {
		wrong(s, "no release is known");
		return;
	}
	a = s->h->releases[0];
	b = s->h->releases[s->h->nr_releases - 1];
	if ((*from && !end_of_range(s, from, &a)) || (*to && !end_of_range(s, to, &b)))
		return;
	if (hist_version_cmp(&a, &b) > 0) {
		wrong(s, "'%s' is newer than '%s': nothing is between them", from, to);
		return;
	}
	/* The ends may be candidates that the data does not list. */
	take(s, hist_kernel_version(s->h, &a));
	if (!s->err)
		take_points(s, &a, &b);
	if (!s->err)
		take(s, hist_kernel_version(s->h, &b));
}

static void take_all(struct selection *s)
{
	if (!s->h->nr_releases)
		return;
	take_points(s, &s->h->releases[0], &s->h->releases[s->h->nr_releases - 1]);
	for (const struct hist_named *n = s->h->named; n && !s->err; n = n->next)
		take(s, hist_kernel_named(s->h, n));
}

static void take_running(struct selection *s)
{
	const struct cow_kernel *k;
	struct utsname u;
	const char *why;
	int err;

	if (uname(&u) < 0) {
		wrong(s, "the running kernel: %s", strerror(errno));
		return;
	}
	err = hist_kernel_uname(s->h, u.release, u.version, true, &k, &why);
	if (err == -ENOENT)
		wrong(s, "the running kernel: %s", why);
	else if (err)
		s->err = err;
	else
		take(s, k);
}

static void take_word(struct selection *s, const char *word)
{
	const struct hist_named *named;
	const struct cow_kernel *k;
	struct hist_version v;
	const char *dots = strstr(word, ".."), *meant, *why;
	char text[160];
	size_t n;
	int err;

	if (dots) {
		char *from = strndup(word, (size_t)(dots - word));

		if (from)
			take_range(s, from, dots + 2);
		else
			s->err = -ENOMEM;
		free(from);
		return;
	}
	named = hist_named_by_name(s->h, word);
	if (named) {
		take(s, hist_kernel_named(s->h, named));
		return;
	}
	if (!strcmp(word, "mainline")) {
		if (s->h->nr_releases)
			take_points(s, &s->h->releases[0],
				    &s->h->releases[s->h->nr_releases - 1]);
		return;
	}
	if (!strcmp(word, "all")) {
		take_all(s);
		return;
	}
	if (!strcmp(word, "running")) {
		take_running(s);
		return;
	}
	n = hist_version_scan(word, &v);
	if (n && !word[n]) {
		if (hist_version_unknown(s->h, &v, text, sizeof(text)))
			wrong(s, "%s", text);
		else
			take(s, hist_kernel_version(s->h, &v));
		return;
	}
	if (n) {
		err = hist_kernel_uname(s->h, word, NULL, false, &k, &why);
		if (err == -ENOENT)
			wrong(s, "%s", why);
		else if (err)
			s->err = err;
		else
			take(s, k);
		return;
	}
	meant = hist_suggest_kernel(s->h, word);
	if (meant)
		wrong(s, "unknown kernel '%s', did you mean '%s'?", word, meant);
	else
		wrong(s, "unknown kernel '%s'; 'cowherd list kernels' shows those that are known",
		      word);
}

int cow_kernels_select(struct cow_history *h, const char *spec, struct cow_kernels *out,
		       const char *loc_file, unsigned line, unsigned col,
		       const struct cow_diag *diag)
{
	static const char blanks[] = ", \t\r\n";
	struct selection s = { .h = h, .out = out, .diag = diag, .file = loc_file };
	const char *at = spec;

	out->nr = 0;
	out->kernel = NULL;
	while (!s.err || s.err == -EINVAL) {
		int err = s.err;
		size_t len;
		char *word;

		at += strspn(at, blanks);
		len = strcspn(at, blanks);
		if (!len)
			break;
		if (line) {
			s.loc.line = s.loc.end_line = line;
			s.loc.col = col + (uint32_t)(at - spec);
			s.loc.end_col = s.loc.col + (uint32_t)len;
		}
		word = strndup(at, len);
		s.err = 0;
		if (word)
			take_word(&s, word);
		else
			s.err = -ENOMEM;
		free(word);
		if (!s.err)
			s.err = err;	/* of an earlier word */
		at += len;
	}
	if (!s.err && !out->nr)
		wrong(&s, "no kernel is named");
	if (s.err)
		cow_kernels_free(out);
	return s.err;
}

void cow_kernels_free(struct cow_kernels *k)
{
	free(k->kernel);
	k->kernel = NULL;
	k->nr = 0;
}
