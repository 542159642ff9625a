/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What is known of kernels, commits and rules, in words. */
#include <errno.h>
#include <string.h>
#include "list.h"
#include "style.h"

enum { BUF = 96 };	/* of a set of FOLL_ flags */

static const char *value_of(const struct cow_kernel *k, size_t rule, char *buf)
{
	return cow_kernel_rule(k, rule, buf, BUF);
}

bool list_same_value(const struct cow_kernel *a, const struct cow_kernel *b, size_t rule)
{
	char one[BUF], other[BUF];

	return !strcmp(value_of(a, rule, one), value_of(b, rule, other));
}

static bool same(const struct cow_kernel *a, const struct cow_kernel *b)
{
	for (size_t rule = 0; rule < cow_rules(); rule++)
		if (!list_same_value(a, b, rule))
			return false;
	return true;
}

size_t list_run(const struct cow_kernels *k, size_t first, size_t rule)
{
	size_t n = first + 1;

	while (n < k->nr && cow_kernel_is_mainline(k->kernel[n]) &&
	       list_same_value(k->kernel[first], k->kernel[n], rule))
		n++;
	return n;
}

/* ---- kernels ---- */

/* What is different on K than on BEFORE, a line each; INDENT columns are taken. */
static void print_changes(FILE *out, const struct cow_kernel *before, const struct cow_kernel *k,
			  int indent)
{
	char buf[BUF];
	bool first = true;

	for (size_t rule = 0; rule < cow_rules(); rule++) {
		if (list_same_value(before, k, rule))
			continue;
		if (!first)
			fprintf(out, "%*s", indent, "");
		fprintf(out, "%s = %s\n", cow_rule_name(rule), value_of(k, rule, buf));
		first = false;
	}
	if (first)
		fputc('\n', out);
}

/* "debian-11", what it is made of, and with which release of mainline it agrees. */
static void print_named(FILE *out, const struct cow_kernel *k, const struct cow_kernels *mainline,
			const struct cow_style *style)
{
	fprintf(out, "%s%-22s%s %s", ink(style, INK_BOLD), cow_kernel_name(k),
		ink(style, INK_PLAIN), cow_kernel_definition(k));
	for (size_t i = 0; i < mainline->nr; i++) {
		const char *until = cow_kernel_until(mainline->kernel[i]);

		if (!same(k, mainline->kernel[i]))
			continue;
		if (strcmp(cow_kernel_definition(k), cow_kernel_name(mainline->kernel[i])))
			fprintf(out, "%s, as %s", ink(style, INK_DIM),
				cow_kernel_name(mainline->kernel[i]));
		if (strcmp(until, cow_kernel_name(mainline->kernel[i])) &&
		    strcmp(cow_kernel_definition(k), cow_kernel_name(mainline->kernel[i])))
			fprintf(out, " .. %s", until);
		fputs(ink(style, INK_PLAIN), out);
		break;
	}
	fputc('\n', out);
	if (cow_kernel_note(k) && style && style->verbose)
		fprintf(out, "%22s # %s\n", "", cow_kernel_note(k));
}

int cow_report_kernels(FILE *out, struct cow_history *h, const struct cow_kernels *k,
		       const struct cow_style *style)
{
	const struct cow_kernel *before = NULL;
	struct cow_kernels mainline;
	int error = cow_kernels_select(h, "mainline", &mainline, NULL, 0, 0, NULL);

	if (error)
		return error;
	for (size_t i = 0; i < k->nr; ) {
		const struct cow_kernel *first = k->kernel[i], *last = first;
		char names[64];
		int n;

		i++;
		if (!cow_kernel_is_mainline(first)) {
			print_named(out, first, &mainline, style);
			continue;
		}
		/* Releases that follow each other and decide everything alike are one line. */
		while (i < k->nr && cow_kernel_precedes(last, k->kernel[i]) &&
		       same(first, k->kernel[i]))
			last = k->kernel[i++];
		n = snprintf(names, sizeof(names), "%s%s%s", cow_kernel_name(first),
			     last == first ? "" : " .. ", last == first ? "" : cow_kernel_name(last));
		fprintf(out, "%s%s%s", ink(style, INK_BOLD), names, ink(style, INK_PLAIN));
		if (before) {
			fprintf(out, "%*s", n < 22 ? 23 - n : 1, "");
			print_changes(out, before, first, 23);
		} else {
			fputc('\n', out);
		}
		before = first;
	}
	cow_kernels_free(&mainline);
	return ferror(out) ? -EIO : 0;
}

/* ---- commits ---- */

int cow_report_commits(FILE *out, const struct cow_history *h, const struct cow_style *style)
{
	for (size_t i = 0; i < cow_history_commits(h); i++) {
		const struct cow_commit *c = cow_history_commit(h, i);

		fprintf(out, "%-12s  %-9s  %-10s  %s%s%s\n", cow_commit_id(c), cow_commit_release(c),
			cow_confidence_name(cow_commit_confidence(c)), ink(style, INK_BOLD),
			cow_commit_title(c), ink(style, INK_PLAIN));
		for (size_t s = 0; s < cow_commit_rules(c); s++) {
			const char *value;
			char buf[BUF];
			size_t rule = cow_commit_rule(c, s, &value, buf, sizeof(buf));

			fprintf(out, "%37s%s = %s\n", "", cow_rule_name(rule), value);
		}
		if (cow_commit_note(c) && style && style->verbose)
			fprintf(out, "%37s# %s\n", "", cow_commit_note(c));
	}
	return ferror(out) ? -EIO : 0;
}

/* ---- rules ---- */

/* The runs of releases on which RULE has the value VALUE: "v4.4 .. v5.7, v5.9-rc4 .. v5.18". */
static void print_where(FILE *out, const struct cow_kernels *mainline, size_t rule,
			const char *value)
{
	const char *separator = "";
	char buf[BUF];

	for (size_t i = 0, next; i < mainline->nr; i = next) {
		const char *first = cow_kernel_name(mainline->kernel[i]), *last;

		next = list_run(mainline, i, rule);
		if (strcmp(value_of(mainline->kernel[i], rule, buf), value))
			continue;
		last = cow_kernel_until(mainline->kernel[next - 1]);
		fprintf(out, "%s%s", separator, first);
		if (next == mainline->nr)
			fputs(" ..", out);
		else if (strcmp(first, last))
			fprintf(out, " .. %s", last);
		separator = ", ";
	}
	fputs(*separator ? "" : "no release of mainline", out);
}

static void print_value(FILE *out, const struct cow_kernels *mainline, size_t rule,
			const char *value, const struct cow_style *style)
{
	fprintf(out, "    %s%s%s: ", ink(style, INK_BOLD), value, ink(style, INK_PLAIN));
	print_where(out, mainline, rule, value);
	fputc('\n', out);
}

static void print_rule(FILE *out, const struct cow_kernels *mainline, size_t rule,
		       const struct cow_style *style)
{
	fprintf(out, "%s%s%s\n    %s\n", ink(style, INK_BOLD), cow_rule_name(rule),
		ink(style, INK_PLAIN), cow_rule_question(rule));
	for (size_t i = 0; i < cow_rule_values(rule); i++) {
		print_value(out, mainline, rule, cow_rule_value(rule, i), style);
		fprintf(out, "        %s\n", cow_rule_value_meaning(rule, i));
	}
	if (cow_rule_values(rule))
		return;
	/* A set of flags: those that mainline has had, each where it first appears. */
	for (size_t i = 0, next, j; i < mainline->nr; i = next) {
		char buf[BUF];

		next = list_run(mainline, i, rule);
		for (j = 0; !list_same_value(mainline->kernel[j], mainline->kernel[i], rule); j++)
			;
		if (j == i)
			print_value(out, mainline, rule, value_of(mainline->kernel[i], rule, buf),
				    style);
	}
}

int cow_report_rules(FILE *out, struct cow_history *h, const struct cow_kernels *k,
		     const struct cow_style *style)
{
	struct cow_kernels mainline;
	int error = cow_kernels_select(h, "mainline", &mainline, NULL, 0, 0, NULL);

	if (error)
		return error;
	for (size_t rule = 0; rule < cow_rules(); rule++) {
		if (!k)
			print_rule(out, &mainline, rule, style);
		for (size_t i = 0; k && i < k->nr; i++) {
			char buf[BUF];

			fprintf(out, "%-18s %-16s %-34s %s\n", i ? "" : cow_rule_name(rule),
				cow_kernel_name(k->kernel[i]), value_of(k->kernel[i], rule, buf),
				cow_confidence_name(cow_kernel_rule_confidence(k->kernel[i], rule)));
		}
	}
	cow_kernels_free(&mainline);
	return ferror(out) ? -EIO : 0;
}
