/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * check.c - one scenario on a list of kernels, and against its own expectations.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "../history/history.h"
#include "check.h"

int cow_check(const struct cow_test *t, const struct cow_kernels *k,
	      const struct cow_options *options, struct cow_result **out)
{
	struct cow_memo memo = { .test = t, .options = options };
	struct cow_result *r = calloc(1, sizeof(*r));
	int err = 0;

	*out = NULL;
	if (!r)
		return -ENOMEM;
	r->verdict = calloc(k->nr ? k->nr : 1, sizeof(*r->verdict));
	if (!r->verdict)
		err = -ENOMEM;
	for (; !err && r->nr < k->nr; r->nr++) {
		err = cow_memo_check(&memo, k->kernel[r->nr], &r->verdict[r->nr]);
		if (err)
			break;
	}
	cow_memo_free(&memo);
	if (err) {
		cow_result_free(r);
		return err;
	}
	*out = r;
	return 0;
}

void cow_result_free(struct cow_result *r)
{
	if (!r)
		return;
	free(r->verdict);
	free(r);
}

size_t cow_result_verdicts(const struct cow_result *r)
{
	return r->nr;
}

const struct cow_verdict *cow_result_verdict(const struct cow_result *r, size_t i)
{
	return i < r->nr ? &r->verdict[i] : NULL;
}

/* ---- expectations ---- */

static const char *const observation_name[] = { "Never", "Sometimes", "Always" };

static void hazard_letters(unsigned hazards, char *buf)
{
	for (unsigned h = 0; h < COW_NR_HAZARDS; h++)
		if (hazards & 1u << h)
			*buf++ = cow_hazard_letter(1u << h);
	*buf = '\0';
}

/* Whether V is what E expects; what was expected and found, in words. */
static bool met(const struct cow_expect *e, const struct cow_verdict *v, char *expected,
		char *found, size_t size)
{
	char want[COW_NR_HAZARDS + 1], have[COW_NR_HAZARDS + 1];

	if (e->what <= COW_EXPECT_ALWAYS) {
		snprintf(expected, size, "%s", observation_name[e->what]);
		snprintf(found, size, "%s", observation_name[v->observation]);
		return (int)e->what == (int)v->observation;
	}
	hazard_letters(e->what == COW_EXPECT_SAFE ? 0 : e->hazards, want);
	hazard_letters(v->hazards, have);
	snprintf(expected, size, want[0] ? "hazard %s" : "safe", want);
	snprintf(found, size, have[0] ? "hazard %s" : "safe", have);
	return !strcmp(want, have);
}

/* The line of TEXT with number LINE, as a copy; NULL if there is none. */
static char *source_line(const char *text, unsigned line)
{
	if (!text)
		return NULL;
	for (; line > 1; line--) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	return strndup(text, strcspn(text, "\n"));
}

/* One message for each run of kernels that failed alike: "… on v5.9 .. v5.18 (14 kernels)". */
struct failure {
	const char *first, *last;
	size_t nr;
	char expected[32], found[32];
};

static void report_failure(const struct cow_test *t, const struct cow_expect *e,
			   const struct failure *f, const struct cow_diag *diag)
{
	char text[256];
	char *source = source_line(t->text, e->kernels_loc.line);
	struct cow_message m = {
		.severity = COW_ERROR,
		.file = t->file,
		.line = e->kernels_loc.line,
		.col = e->kernels_loc.col,
		.end_col = e->kernels_loc.end_line == e->kernels_loc.line
				   ? e->kernels_loc.end_col : e->kernels_loc.col + 1,
		.source = source,
		.text = text,
	};

	if (f->nr == 1)
		snprintf(text, sizeof(text), "expected %s on %s, found %s", f->expected,
			 f->first, f->found);
	else
		snprintf(text, sizeof(text), "expected %s on %s .. %s (%zu kernels), found %s",
			 f->expected, f->first, f->last, f->nr, f->found);
	if (diag && diag->report)
		diag->report(diag->arg, &m);
	free(source);
}

static int check_expectation(const struct cow_test *t, const struct cow_expect *e,
			     struct cow_history *h, struct cow_memo *memo,
			     const struct cow_diag *diag, size_t *judged, int *unmet)
{
	struct cow_kernels k;
	struct failure f = { 0 };
	int err = cow_kernels_select(h, e->kernels, &k, t->file, e->kernels_loc.line,
				     e->kernels_loc.col, diag);

	if (err)
		return err;
	for (size_t i = 0; i < k.nr; i++) {
		char expected[32], found[32];
		struct cow_verdict v;

		err = cow_memo_check(memo, k.kernel[i], &v);
		if (!err && !v.complete)
			err = -EOVERFLOW;
		if (err)
			break;
		++*judged;
		if (met(e, &v, expected, found, sizeof(found)))
			continue;
		++*unmet;
		if (f.nr && strcmp(f.found, found)) {
			report_failure(t, e, &f, diag);
			f.nr = 0;
		}
		if (!f.nr++)
			f.first = cow_kernel_name(k.kernel[i]);
		f.last = cow_kernel_name(k.kernel[i]);
		memcpy(f.expected, expected, sizeof(f.expected));
		memcpy(f.found, found, sizeof(f.found));
	}
	if (f.nr)
		report_failure(t, e, &f, diag);
	cow_kernels_free(&k);
	return err;
}

int cow_check_expectations(const struct cow_test *t, struct cow_history *h,
			   const struct cow_options *options, const struct cow_diag *diag,
			   size_t *judged)
{
	struct cow_memo memo = { .test = t, .options = options };
	size_t dummy;
	int unmet = 0, err = 0;

	if (!judged)
		judged = &dummy;
	*judged = 0;
	for (unsigned i = 0; !err && i < t->nr_expect; i++)
		err = check_expectation(t, &t->expect[i], h, &memo, diag, judged, &unmet);
	cow_memo_free(&memo);
	return err ? err : unmet;
}
