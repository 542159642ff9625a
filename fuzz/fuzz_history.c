/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The history language, what it makes of kernels, and how they are named: the first line
 * of the input is a selection and a uname, the rest a history that adds to the built-in
 * one, or, if the line begins with '!', stands alone.
 */
#include <stdlib.h>
#include <string.h>
#include "../src/history/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hear(void *arg, const struct cow_message *m)
{
	(void)arg;
	if (!m->text || (m->line && (!m->col || m->end_col <= m->col)))
		abort();
}

static const struct cow_diag diag = { .report = hear };

static void select_kernels(struct cow_history *h, const char *spec, FILE *out)
{
	const struct cow_style style = { .verbose = true };
	struct cow_kernels k;

	if (cow_kernels_select(h, spec, &k, "x", 1, 1, &diag))
		return;
	for (size_t i = 0; i < k.nr; i++) {
		for (size_t rule = 0; rule < cow_rules(); rule++) {
			char buf[96];

			if (!*cow_kernel_rule(k.kernel[i], rule, buf, sizeof(buf)))
				abort();
		}
	}
	cow_report_kernels(out, h, &k, &style);
	cow_json_kernels(out, &k);
	cow_kernels_free(&k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *out;
	const uint8_t *text = memchr(data, '\n', size);
	const struct cow_kernel *k;
	const struct cow_style style = { .verbose = true };
	struct cow_history *h;
	const char *why;
	char *spec;
	int err;

	if (!text)
		return 0;
	if (!out)
		out = fopen("/dev/null", "w");
	spec = strndup((const char *)data, (size_t)(text - data));
	h = *data == '!' ? calloc(1, sizeof(*h)) : cow_history_new();
	if (!h || !spec || !out)
		abort();
	text++;
	err = cow_history_parse(h, "x", (const char *)text, size - (size_t)(text - data), &diag);
	select_kernels(h, spec + (*spec == '!'), out);
	hist_kernel_uname(h, spec, spec, true, &k, &why);
	/* Most inputs have errors; all that follows would be the built-in history again. */
	if (err)
		goto done;
	select_kernels(h, "all", out);
	for (long i = -1; i < (long)cow_history_commits(h); i++)
		if (!cow_history_after_commit(h, i) && h->base)
			abort();
	cow_report_commits(out, h, &style);
	cow_report_rules(out, h, NULL, &style);
done:
	cow_history_free(h);
	free(spec);
	return 0;
}
