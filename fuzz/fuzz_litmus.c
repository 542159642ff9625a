/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * fuzz_litmus.c - any bytes as a scenario: read, printed, read again, explored a little.
 *
 * Found are crashes, leaks and hangs of the parser, and scenarios that change by being
 * printed.
 */
#include <cowherd/cowherd.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *arg, const struct cow_message *m)
{
	/* What a message refers to must be there. */
	*(size_t *)arg += strlen(m->text) + (m->source ? strlen(m->source) : 0);
}

static char *print(const struct cow_test *t, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	if (!f || cow_test_print(t, f) || fclose(f))
		abort();
	return text;
}

static void explore(const struct cow_test *t)
{
	static struct cow_history *history;
	static struct cow_kernels kernels;
	struct cow_options options = { .max_states = 200 };
	struct cow_result *r = NULL;

	if (!history) {
		history = cow_history_new();
		if (!history || cow_kernels_select(history, "v4.4,v5.8,v5.9-rc5,v5.18,v6.12,v7.3", &kernels, NULL,
						   0, 0, NULL))
			abort();
	}
	if (cow_check(t, &kernels, &options, &r))
		abort();
	cow_result_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t seen = 0, len, again_len;
	struct cow_diag diag = { ignore, &seen };
	struct cow_test *t = cow_test_parse("fuzz", (const char *)data, size, &diag);
	struct cow_test *again;
	char *text, *again_text;

	if (!t) {
		if (!seen)	/* refused without a reason */
			abort();
		return 0;
	}
	text = print(t, &len);
	again = cow_test_parse("fuzz", text, len, &diag);
	if (!again)
		abort();
	again_text = print(again, &again_len);
	if (len != again_len || memcmp(text, again_text, len))
		abort();
	explore(t);
	free(text);
	free(again_text);
	cow_test_free(again);
	cow_test_free(t);
	return 0;
}
