/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include <string.h>
#include "../litmus/print.h"
#include "words.h"

const char *observation_word(enum cow_observation o)
{
	static const char *const word[] = { "Never", "Sometimes", "Always" };

	return word[o];
}

const char *hazard_words(unsigned hazards, char *buf, size_t size)
{
	size_t at = 0;

	snprintf(buf, size, "-");
	for (unsigned h = 0; h < COW_NR_HAZARDS; h++) {
		if (!(hazards & 1u << h) || at >= size)
			continue;
		at += (size_t)snprintf(buf + at, size - at, "%s%c %s", at ? ", " : "",
				       cow_hazard_letter(1u << h), cow_hazard_name(1u << h));
	}
	return buf;
}

/*
 * Kernels of mainline that follow each other are a range.  It ends where the next one
 * begins: candidates that were not selected because nothing changed in them belong to it.
 */
void print_kernels(FILE *out, const struct cow_result *r, size_t first, size_t n)
{
	const char *separator = "";

	for (size_t i = first; i < first + n; ) {
		const struct cow_kernel *k = cow_result_verdict(r, i)->kernel, *last = k;
		const char *to;

		for (i++; i < first + n; i++) {
			const struct cow_kernel *next = cow_result_verdict(r, i)->kernel;

			if (!cow_kernel_precedes(last, next))
				break;
			last = next;
		}
		to = cow_kernel_name(last);
		if (i < cow_result_verdicts(r) &&
		    cow_kernel_precedes(last, cow_result_verdict(r, i)->kernel))
			to = cow_kernel_until(last);
		fprintf(out, "%s%s", separator, cow_kernel_name(k));
		if (strcmp(to, cow_kernel_name(k)))
			fprintf(out, " .. %s", to);
		separator = ", ";
	}
}

void print_condition(FILE *out, const struct cow_test *t)
{
	fprintf(out, "%s (", cow_quantifier_name(t->quantifier));
	cow_print_cond(out, &t->prog, t->cond, 0);
	fputc(')', out);
}
