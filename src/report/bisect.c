/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include <errno.h>
#include "../litmus/test.h"
#include "style.h"
#include "words.h"

static void print_verdict(FILE *out, const struct cow_test *t, const struct cow_verdict *v)
{
	char words[96];

	if (t->quantifier != COW_NO_CONDITION)
		fprintf(out, "%s; ", observation_word(v->observation));
	fputs(v->hazards ? hazard_words(v->hazards, words, sizeof(words)) : "no hazard", out);
}

static const char *direction(const struct cow_change *c, enum cow_ink *i)
{
	*i = c->worse ? INK_BAD : c->better ? INK_GOOD : INK_PLAIN;
	if (c->better && c->worse)
		return "mixed";
	return c->worse ? "worse" : c->better ? "better" : "other";
}

int cow_report_bisect(FILE *out, const struct cow_test *t, const struct cow_change *changes,
		      size_t nr, const struct cow_style *style)
{
	fprintf(out, "%s%s%s: the verdict changed at %zu commit%s of mainline\n",
		ink(style, INK_BOLD), t->name, ink(style, INK_PLAIN), nr, nr == 1 ? "" : "s");
	for (size_t i = 0; i < nr; i++) {
		const struct cow_change *c = &changes[i];
		enum cow_ink color;
		const char *word = direction(c, &color);

		fprintf(out, "\n%s%-6s%s  %-9s  %s  %s\n", ink(style, color), word,
			ink(style, INK_PLAIN), cow_commit_release(c->commit),
			cow_commit_id(c->commit), cow_commit_title(c->commit));
		fputs("        before: ", out);
		print_verdict(out, t, &c->before);
		fputs("\n        after:  ", out);
		print_verdict(out, t, &c->after);
		fputc('\n', out);
	}
	return ferror(out) ? -EIO : 0;
}
