/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * check.c - the report of cowherd check: the verdict in one line, a row for each run of
 * kernels with the same verdict, the shortest counterexample, lines as herd7 prints them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "../explore/check.h"
#include "style.h"
#include "trace.h"
#include "words.h"

/* Nothing that the table shows differs. */
static bool same_row(const struct cow_verdict *a, const struct cow_verdict *b, bool condition)
{
	return a->complete == b->complete && a->bad == b->bad && a->hazards == b->hazards &&
	       (!condition || a->observation == b->observation);
}

/* Verdicts from I on that make one row. */
static size_t row_length(const struct cow_result *r, size_t i, bool condition)
{
	size_t n = 1;

	while (i + n < r->nr && same_row(&r->verdict[i], &r->verdict[i + n], condition))
		n++;
	return n;
}

/* The kernels whose verdict is (not) bad, run by run. */
static void print_kernels_that(FILE *out, const struct cow_result *r, bool bad)
{
	const char *separator = "";

	for (size_t i = 0, n; i < r->nr; i += n) {
		for (n = 1; i + n < r->nr && r->verdict[i + n].bad == r->verdict[i].bad; n++)
			;
		if (r->verdict[i].bad != bad)
			continue;
		fputs(separator, out);
		print_kernels(out, r, i, n);
		separator = ", ";
	}
}

static void print_headline(FILE *out, const struct cow_test *t, const struct cow_result *r,
			   const struct cow_style *style)
{
	unsigned hazards = 0;
	size_t bad = 0, incomplete = 0;
	char words[96];

	for (size_t i = 0; i < r->nr; i++) {
		hazards |= r->verdict[i].hazards;
		bad += r->verdict[i].bad;
		incomplete += !r->verdict[i].complete;
	}
	fprintf(out, "%s%s%s: ", ink(style, INK_BOLD), t->name, ink(style, INK_PLAIN));
	if (bad) {
		fprintf(out, "%sUNSAFE%s on ", ink(style, INK_BAD), ink(style, INK_PLAIN));
		print_kernels_that(out, r, true);
		if (hazards)
			fprintf(out, " (%s)", hazard_words(hazards, words, sizeof(words)));
		else
			fprintf(out, " (the condition is violated)");
	}
	if (bad < r->nr && !incomplete) {
		fprintf(out, "%s%ssafe%s on ", bad ? "; " : "", ink(style, INK_GOOD),
			ink(style, INK_PLAIN));
		print_kernels_that(out, r, false);
	}
	if (incomplete)
		fprintf(out, "%sUNKNOWN where nothing was found: stopped before every state "
			"was seen", bad ? "; " : "");
	fputc('\n', out);
}

/* Said of a row of which some verdict rests on facts that nobody read in source or commit. */
static const char *basis(const struct cow_result *r, size_t i, size_t n)
{
	enum cow_confidence worst = COW_READ_SOURCE;

	for (size_t k = i; k < i + n; k++)
		if (r->verdict[k].confidence > worst)
			worst = r->verdict[k].confidence;
	return worst >= COW_INFERRED ? cow_confidence_name(worst) : NULL;
}

static void print_table(FILE *out, const struct cow_test *t, const struct cow_result *r,
			const struct cow_style *style)
{
	bool condition = t->quantifier != COW_NO_CONDITION;
	size_t width = strlen("kernels");
	char words[96];

	/* First pass: the width of the first column. */
	for (size_t i = 0, n; i < r->nr; i += n) {
		char *text = NULL;
		size_t len = 0;
		FILE *f = open_memstream(&text, &len);

		n = row_length(r, i, condition);
		if (!f)
			continue;
		print_kernels(f, r, i, n);
		fclose(f);
		if (len > width && len <= 40)
			width = len;
		free(text);
	}
	fprintf(out, "\n  %-*s  ", (int)width, "kernels");
	if (condition)
		fprintf(out, "%-9s  ", "condition");
	fprintf(out, "%-32s  %8s\n", "hazards", "states");
	for (size_t i = 0, n; i < r->nr; i += n) {
		const struct cow_verdict *v = &r->verdict[i];
		long start;
		char *text = NULL;
		size_t len = 0;
		FILE *f = open_memstream(&text, &len);

		n = row_length(r, i, condition);
		if (!f)
			return;
		print_kernels(f, r, i, n);
		fclose(f);
		start = (long)len;
		fprintf(out, "  %s%s%s", ink(style, v->bad ? INK_BAD : v->complete ? INK_GOOD : INK_NEW), text,
			ink(style, INK_PLAIN));
		/* A long list of names gets a line of its own. */
		if (start > (long)width)
			fprintf(out, "\n  %*s  ", (int)width, "");
		else
			fprintf(out, "%*s  ", (int)(width - len), "");
		free(text);
		if (condition)
			fprintf(out, "%-9s  ", observation_word(v->observation));
		fprintf(out, "%-32s  %8llu", hazard_words(v->hazards, words, sizeof(words)),
			(unsigned long long)v->states);
		if (!v->complete)
			fprintf(out, "  incomplete");
		if (v->stuck)
			fprintf(out, "  %llu runs wait for ever", (unsigned long long)v->stuck);
		if (basis(r, i, n))
			fprintf(out, "  %s(rests on %s facts)%s", ink(style, INK_DIM),
				basis(r, i, n), ink(style, INK_PLAIN));
		fputc('\n', out);
	}
}

/* The newest kernel that is bad, because that is the one to worry about. */
static const struct cow_verdict *worst(const struct cow_result *r)
{
	const struct cow_verdict *w = NULL;

	for (size_t i = 0; i < r->nr; i++)
		if (r->verdict[i].bad &&
		    (!w || cow_kernel_is_mainline(r->verdict[i].kernel)))
			w = &r->verdict[i];
	return w;
}

static int print_counterexample(FILE *out, const struct cow_test *t, const struct cow_result *r,
				const struct cow_style *style)
{
	const struct cow_verdict *w = worst(r);
	struct cow_trace *trace;
	int err;

	if (!w)
		return 0;
	err = cow_trace_find(t, w->kernel, COW_OUTCOME_WORST, 0, NULL, &trace);
	if (err)
		return err == -ENOENT ? 0 : err;
	fputc('\n', out);
	cow_trace_print(out, t, trace, style);
	cow_trace_free(trace);
	return 0;
}

static void print_observations(FILE *out, const struct cow_test *t, const struct cow_result *r)
{
	for (size_t i = 0, n; i < r->nr; i += n) {
		const struct cow_verdict *v = &r->verdict[i];

		n = row_length(r, i, true);
		fprintf(out, "Observation %s %s %llu %llu", t->name,
			observation_word(v->observation), (unsigned long long)v->positive,
			(unsigned long long)v->negative);
		if (n < r->nr) {
			fputs("  # ", out);
			print_kernels(out, r, i, n);
		}
		fputc('\n', out);
	}
}

int cow_report_check(FILE *out, const struct cow_test *t, const struct cow_result *r,
		     const struct cow_style *style)
{
	int err;

	print_headline(out, t, r, style);
	if (t->doc)
		fprintf(out, "  %s\n", t->doc);
	print_table(out, t, r, style);
	err = print_counterexample(out, t, r, style);
	if (err)
		return err;
	if (t->quantifier != COW_NO_CONDITION) {
		fputs("\nCondition ", out);
		print_condition(out, t);
		fputc('\n', out);
		print_observations(out, t, r);
	}
	return ferror(out) ? -EIO : 0;
}
