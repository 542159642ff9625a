/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * fuzz_history.c - any bytes as a user's history, added to the built-in one; its first line
 * also as a selection of kernels.
 */
#include <cowherd/cowherd.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *arg, const struct cow_message *m)
{
	*(size_t *)arg += strlen(m->text) + (m->source ? strlen(m->source) : 0);
}

static void select_kernels(struct cow_history *h, const char *spec, const struct cow_diag *diag)
{
	struct cow_kernels k = { 0 };
	char buf[96];

	if (cow_kernels_select(h, spec, &k, NULL, 0, 0, diag))
		return;
	for (size_t i = 0; i < k.nr; i++)
		for (size_t rule = 0; rule < cow_rules(); rule++)
			if (!cow_kernel_rule(k.kernel[i], rule, buf, sizeof(buf)))
				abort();
	cow_kernels_free(&k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t seen = 0;
	struct cow_diag diag = { ignore, &seen };
	struct cow_history *h = cow_history_new();
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	char *spec;
	int error;

	if (!h)
		abort();
	error = cow_history_parse(h, "fuzz", (const char *)data, size, &diag);
	if (error && !seen)	/* refused without a reason */
		abort();
	spec = strndup((const char *)data, end ? (size_t)(end - data) : size);
	if (!spec)
		abort();
	select_kernels(h, spec, &diag);
	if (!error)
		select_kernels(h, "all", &diag);
	free(spec);
	cow_history_free(h);
	return 0;
}
