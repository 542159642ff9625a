/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The history: its data, its language, and what names resolve to. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "history/internal.h"

/* ---- helpers ---- */

/* All messages of a test, as "line:col: text\n" or "text\n". */
static char said[8192];

static void remember(void *arg, const struct cow_message *m)
{
	size_t at = strlen(said);

	(void)arg;
	if (m->line)
		snprintf(said + at, sizeof(said) - at, "%u:%u: %s\n", m->line, m->col, m->text);
	else
		snprintf(said + at, sizeof(said) - at, "%s\n", m->text);
}

static const struct cow_diag diag = { .report = remember };

static int fresh(void **state)
{
	said[0] = '\0';
	*state = cow_history_new();
	return *state ? 0 : -1;
}

static int done(void **state)
{
	cow_history_free(*state);
	return 0;
}

/* What SPEC selects, "v5.9 v5.10", or "" after a message. */
static const char *selected(struct cow_history *h, const char *spec)
{
	static char names[8192];
	struct cow_kernels k;
	size_t at = 0;

	names[0] = '\0';
	if (cow_kernels_select(h, spec, &k, NULL, 0, 0, &diag))
		return names;
	for (size_t i = 0; i < k.nr; i++)
		at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s", i ? " " : "",
				       cow_kernel_name(k.kernel[i]));
	cow_kernels_free(&k);
	return names;
}

static const struct cow_kernel *kernel(struct cow_history *h, const char *name)
{
	const struct cow_kernel *found;
	struct cow_kernels k;

	assert_int_equal(cow_kernels_select(h, name, &k, NULL, 0, 0, &diag), 0);
	assert_int_equal(k.nr, 1);
	found = k.kernel[0];
	cow_kernels_free(&k);
	return found;
}

static const char *value_of(const struct cow_kernel *k, const char *rule)
{
	static char buf[96];
	int id = cow_rule_by_name(rule);

	assert_true(id >= 0);
	return cow_kernel_rule(k, (size_t)id, buf, sizeof(buf));
}

static const char *value(struct cow_history *h, const char *name, const char *rule)
{
	return value_of(kernel(h, name), rule);
}

static enum cow_confidence confidence(struct cow_history *h, const char *name, const char *rule)
{
	return cow_kernel_rule_confidence(kernel(h, name), (size_t)cow_rule_by_name(rule));
}

static int parse(struct cow_history *h, const char *text)
{
	return cow_history_parse(h, "own.hist", text, strlen(text), &diag);
}

/* ---- the data ---- */

/* Reads one of the data files with somebody listening, into a history with nothing in it. */
static void read_data(struct cow_history *h, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/data/history/%s", getenv("COW_SOURCE"), name);
	assert_int_equal(cow_history_read(h, path, &diag), 0);
	assert_string_equal(said, "");
}

static void data_reads_without_a_word(void **state)
{
	struct cow_history *h = calloc(1, sizeof(*h));

	(void)state;
	assert_non_null(h);
	said[0] = '\0';
	read_data(h, "mainline.hist");
	read_data(h, "distros.hist");
	assert_int_equal(h->nr_commits, cow_history_commits(*state));
	cow_history_free(h);
}

/* The table of the eras, for the rules that there are.  "" is the value to the left. */
enum { NR_ERAS = 15 };
static const char *const eras[NR_ERAS] = {
	"legacy", "legacy-ksm", "gup-break", "v5.9-rc", "v5.9", "v5.9s", "v5.12", "v5.18",
	"v5.19", "v6.0", "v6.2", "v6.5", "v6.10", "v6.15", "v7.3",
};
static const struct {
	const char *rule, *value[NR_ERAS];
} table[] = {
	{ "wp-small", { "mapcount", "", "", "refcount", "", "", "", "refcount-drain", "exclusive",
			"", "", "", "", "", "exclusive-lru" } },
	{ "fork-small", { "share", "", "", "", "copy-pinned", "", "", "", "copy-pinned-exclusive",
			  "", "", "", "", "", "" } },
	{ "gup-read", { "as-is", "", "break-cow", "as-is", "", "", "", "", "unshare-anon", "",
			"unshare-longterm", "", "", "", "" } },
	{ "foll-pin", { "as-get", "counted", "", "", "", "", "", "", "", "", "", "", "", "", "" } },
	{ "foll-force", { "cow-flag", "", "cow-flag-any", "cow-flag", "", "", "", "", "",
			  "exclusive", "", "", "", "", "" } },
	{ "mprotect-write", { "fault", "", "", "", "", "", "", "", "", "exclusive-dirty",
			      "exclusive", "", "", "", "" } },
	{ "zap-drain", { "yes", "", "", "", "", "", "", "", "", "", "", "", "", "no", "" } },
	{ "zero-pin", { "counted", "", "", "", "", "", "", "", "", "", "", "uncounted", "", "",
			"" } },
	{ "zero-page", { "shared", "", "", "", "", "", "", "", "", "", "", "", "", "", "" } },
	{ "vfio-zero", { "leak", "", "", "", "", "", "", "", "", "put", "", "", "", "", "" } },
	{ "longterm-file", { "allow", "", "", "", "", "", "", "", "", "", "", "refuse", "", "",
			     "" } },
	{ "uring-file", { "refuse", "", "", "", "", "", "", "shmem", "", "", "", "allow", "", "",
			  "" } },
	{ "wipeonfork", { "anon", "", "", "", "", "", "", "", "", "", "", "", "", "", "" } },
	{ "reclaim-pinned", { "unmap", "", "", "", "", "refuse", "", "", "", "", "", "", "", "", "" } },
	{ "swap-in", { "mapcount", "", "", "", "", "", "", "refcount", "exclusive", "", "", "", "",
		       "exclusive-writable", "exclusive-only" } },
	{ "madv-pageout", { "none", "reclaim", "", "", "", "", "", "", "", "", "", "", "", "", "" } },
	{ "gup-seq", { "ignored", "", "", "", "", "checked", "", "", "", "", "", "", "", "", "" } },
	{ "exclusive-barriers", { "full", "", "", "", "", "", "", "", "none", "", "full", "", "", "",
				  "" } },
	{ "split-mapcount", { "torn", "", "locked", "", "", "", "", "", "", "", "", "", "", "", "" } },
	{ "uffd-continue", { "if-writable", "", "", "", "", "", "", "always", "", "", "", "", "", "",
			     "" } },
	{ "uffd-wp", { "none", "anon", "", "", "", "", "", "", "shmem", "", "", "", "", "", "" } },
	{ "madv-free", { "discard", "", "", "", "", "", "", "keep-referenced", "", "", "", "", "",
			 "", "" } },
	{ "clear-refs", { "protect", "", "", "", "", "skip-pinned", "", "", "", "", "", "", "", "",
			  "" } },
	{ "uffd-unprotect", { "fault", "", "", "", "", "", "", "", "", "", "", "exclusive", "", "",
			      "" } },
	{ "ksm-merge", { "dirty", "", "", "", "", "", "", "", "exclusive", "", "", "", "", "", "" } },
	{ "ksm-reuse", { "never", "alone", "", "never", "", "", "", "", "", "", "", "", "", "", "" } },
	{ "wp-thp", { "mapcount-copy", "", "mapcount-split", "", "", "", "", "refcount",
		      "exclusive", "", "", "", "", "", "" } },
	{ "wp-thp-zero", { "huge", "", "split", "", "", "", "", "", "", "", "", "", "", "huge",
			   "" } },
	{ "wp-large", { "as-small", "", "", "", "", "", "", "", "", "", "", "", "exclusive-only",
			"one-mm", "" } },
	{ "empty-table", { "keep", "", "", "", "", "", "", "", "", "", "", "", "", "free", "" } },
	{ "fork-thp", { "share", "", "", "", "split-pinned", "", "", "", "split-pinned-exclusive",
			"", "", "", "", "", "" } },
	{ "mprotect-write-thp", { "fault", "", "", "", "", "", "", "", "", "", "exclusive", "", "",
				  "", "" } },
	{ "wp-hugetlb", { "mapcount", "", "", "", "", "", "", "", "mapcount-exclusive", "", "", "",
			  "", "", "" } },
	{ "fork-hugetlb", { "share", "", "", "", "", "", "copy-pinned", "", "copy-pinned-exclusive",
			    "", "", "", "", "", "" } },
	{ "hugetlb-mkwrite", { "always", "", "", "", "", "", "", "", "", "", "", "", "",
			       "if-writable", "" } },
	{ "hugetlb-force", { "allow", "", "", "", "", "", "", "", "", "refuse", "", "", "",
			     "allow", "" } },
	{ "hugetlb-dontneed", { "refuse", "", "", "", "", "", "", "allow", "", "", "", "", "", "",
				"" } },
	{ "hugetlb-mremap", { "refuse", "", "", "", "", "", "", "allow", "", "", "", "", "", "",
			      "" } },
	{ "odirect-read", { "FOLL_GET|FOLL_WRITE|FOLL_FAST", "", "", "", "", "", "", "", "", "", "",
			    "FOLL_PIN|FOLL_WRITE|FOLL_FAST", "", "", "" } },
	{ "odirect-write", { "FOLL_GET|FOLL_FAST", "", "", "", "", "", "", "", "", "", "",
			     "FOLL_PIN|FOLL_FAST", "", "", "" } },
	{ "fuse-read", { "FOLL_GET|FOLL_WRITE|FOLL_FAST", "", "", "", "", "", "", "", "", "", "", "",
			 "FOLL_PIN|FOLL_WRITE|FOLL_FAST", "", "" } },
	{ "fuse-write", { "FOLL_GET|FOLL_FAST", "", "", "", "", "", "", "", "", "", "", "",
			  "FOLL_PIN|FOLL_FAST", "", "" } },
	{ "vmsplice", { "FOLL_GET|FOLL_FAST", "", "", "", "", "", "", "", "", "", "", "", "", "",
			"" } },
	{ "rdma-write", { "FOLL_GET|FOLL_WRITE|FOLL_LONGTERM",
			  "FOLL_PIN|FOLL_WRITE|FOLL_LONGTERM|FOLL_FAST", "", "", "", "", "", "", "",
			  "", "", "", "", "", "" } },
	{ "rdma-read", { "FOLL_GET|FOLL_WRITE|FOLL_FORCE|FOLL_LONGTERM",
			 "FOLL_PIN|FOLL_WRITE|FOLL_FORCE|FOLL_LONGTERM|FOLL_FAST", "", "", "", "",
			 "", "", "", "", "FOLL_PIN|FOLL_LONGTERM|FOLL_FAST", "", "", "", "" } },
	{ "vfio-write", { "FOLL_GET|FOLL_WRITE|FOLL_LONGTERM",
			  "FOLL_PIN|FOLL_WRITE|FOLL_LONGTERM|FOLL_REMOTE", "", "", "", "", "", "",
			  "", "", "", "", "", "", "" } },
	{ "vfio-read", { "FOLL_GET|FOLL_LONGTERM", "FOLL_PIN|FOLL_LONGTERM|FOLL_REMOTE", "", "", "",
			 "", "", "", "", "", "", "", "", "", "" } },
	{ "iommufd-write", { "FOLL_PIN|FOLL_WRITE|FOLL_LONGTERM|FOLL_FAST", "", "", "", "", "", "", "",
			     "", "", "", "", "", "", "" } },
	{ "iommufd-read", { "FOLL_PIN|FOLL_LONGTERM|FOLL_FAST", "", "", "", "", "", "", "", "", "",
			    "", "", "", "", "" } },
	{ "vdpa-write", { "FOLL_PIN|FOLL_WRITE|FOLL_LONGTERM", "", "", "", "", "", "", "", "", "",
			  "", "", "", "", "" } },
	{ "vdpa-read", { "FOLL_PIN|FOLL_LONGTERM", "", "", "", "", "", "", "", "", "", "", "", "",
			 "", "" } },
	{ "xdp-umem", { "FOLL_GET|FOLL_WRITE", "FOLL_PIN|FOLL_WRITE|FOLL_LONGTERM", "", "", "", "",
			"", "", "", "", "", "", "", "", "" } },
	{ "v4l2-capture", { "FOLL_GET|FOLL_WRITE|FOLL_FORCE", "FOLL_PIN|FOLL_WRITE|FOLL_FORCE", "", "",
			    "", "", "", "", "", "", "FOLL_PIN|FOLL_WRITE|FOLL_LONGTERM|FOLL_FAST",
			    "", "", "", "" } },
	{ "v4l2-output", { "FOLL_GET|FOLL_WRITE|FOLL_FORCE", "FOLL_PIN|FOLL_WRITE|FOLL_FORCE", "", "",
			   "", "", "", "", "", "", "FOLL_PIN|FOLL_LONGTERM|FOLL_FAST", "", "", "",
			   "" } },
	{ "nfs-read", { "FOLL_GET|FOLL_WRITE|FOLL_FAST", "", "", "", "", "", "", "", "", "", "", "",
			"", "", "" } },
	{ "nfs-write", { "FOLL_GET|FOLL_FAST", "", "", "", "", "", "", "", "", "", "", "", "", "",
			 "" } },
	{ "io-uring-buffers", { "FOLL_GET|FOLL_WRITE|FOLL_LONGTERM",
				"FOLL_PIN|FOLL_WRITE|FOLL_LONGTERM", "", "", "", "", "", "", "", "",
				"", "", "FOLL_PIN|FOLL_WRITE|FOLL_LONGTERM|FOLL_FAST", "", "" } },
	{ "process-vm-read", { "FOLL_GET|FOLL_REMOTE", "FOLL_PIN|FOLL_REMOTE", "", "", "", "", "",
			       "", "", "", "", "", "", "", "" } },
	{ "process-vm-write", { "FOLL_GET|FOLL_WRITE|FOLL_REMOTE", "FOLL_PIN|FOLL_WRITE|FOLL_REMOTE",
				"", "", "", "", "", "", "", "", "", "", "", "", "" } },
	{ "proc-mem-read", { "FOLL_GET|FOLL_FORCE|FOLL_REMOTE", "", "", "", "", "", "", "", "", "",
			     "", "", "", "", "" } },
	{ "proc-mem-write", { "FOLL_GET|FOLL_WRITE|FOLL_FORCE|FOLL_REMOTE", "", "", "", "", "", "",
			      "", "", "", "", "", "", "", "" } },
};

static void eras_have_their_values(void **state)
{
	size_t rows = sizeof(table) / sizeof(table[0]);
	int wrong = 0;

	/* Every rule has its row. */
	assert_int_equal(rows, cow_rules());
	for (size_t r = 0; r < rows; r++) {
		const char *want = NULL;

		for (int e = 0; e < NR_ERAS; e++) {
			const char *have = value(*state, eras[e], table[r].rule);

			if (*table[r].value[e])
				want = table[r].value[e];
			if (strcmp(have, want)) {
				print_error("%s on %s: %s, not %s\n", table[r].rule, eras[e], have,
					    want);
				wrong++;
			}
		}
	}
	assert_int_equal(wrong, 0);
}

static void boundaries_lie_where_they_were(void **state)
{
	static const struct { const char *rule, *before, *after; } change[] = {
		{ "foll-force", "v4.8", "v4.9" },
		{ "foll-force", "v4.9-rc1", "v4.9-rc2" },
		{ "wipeonfork", "v4.13", "v4.14" },
		{ "rdma-read", "v4.14", "v4.15" },
		{ "vfio-read", "v4.15", "v4.16" },
		{ "rdma-write", "v5.5", "v5.6" },
		{ "foll-pin", "v5.6", "v5.7" },
		{ "gup-read", "v5.7", "v5.8" },
		{ "gup-read", "v5.9-rc3", "v5.9-rc4" },
		{ "wp-small", "v5.9-rc3", "v5.9-rc4" },
		{ "fork-small", "v5.9-rc6", "v5.9-rc7" },
		{ "uring-file", "v5.13", "v5.14" },
		{ "wp-small", "v5.17", "v5.18" },
		{ "wp-small", "v5.18", "v5.19" },
		{ "fork-small", "v5.18", "v5.19" },
		{ "gup-read", "v5.18", "v5.19" },
		{ "mprotect-write", "v5.19", "v6.0-rc1" },
		{ "foll-force", "v6.0-rc2", "v6.0-rc3" },
		{ "vfio-zero", "v6.0-rc4", "v6.0-rc5" },
		{ "mprotect-write", "v6.1", "v6.2" },
		{ "gup-read", "v6.1", "v6.2" },
		{ "rdma-read", "v6.1", "v6.2" },
		{ "zero-pin", "v6.4", "v6.5" },
		{ "longterm-file", "v6.4", "v6.5" },
		{ "uring-file", "v6.4", "v6.5" },
		{ "odirect-read", "v6.4", "v6.5" },
		{ "fuse-read", "v6.8", "v6.9" },
		{ "zap-drain", "v6.13", "v6.14" },
		{ "wp-small", "v7.2", "v7.3" },
		{ "madv-free", "v4.4", "v4.5" },
		{ "ksm-reuse", "v5.0", "v5.1" },
		{ "madv-pageout", "v5.3", "v5.4" },
		{ "uffd-wp", "v5.6", "v5.7" },
		{ "uffd-wp", "v5.18", "v5.19" },
		{ "wp-thp", "v5.7", "v5.8" },
		{ "wp-thp-zero", "v5.7", "v5.8" },
		{ "ksm-reuse", "v5.9-rc3", "v5.9-rc4" },
		{ "fork-thp", "v5.9-rc6", "v5.9-rc7" },
		{ "clear-refs", "v5.11-rc3", "v5.11-rc4" },
		{ "reclaim-pinned", "v5.11-rc3", "v5.11-rc4" },
		{ "fork-hugetlb", "v5.11", "v5.12" },
		{ "hugetlb-mremap", "v5.15", "v5.16" },
		{ "hugetlb-dontneed", "v5.17", "v5.18" },
		{ "madv-free", "v5.17", "v5.18" },
		{ "swap-in", "v5.17", "v5.18" },
		{ "wp-thp", "v5.17", "v5.18" },
		{ "swap-in", "v5.18", "v5.19" },
		{ "ksm-merge", "v5.18", "v5.19" },
		{ "wp-hugetlb", "v5.18", "v5.19" },
		{ "hugetlb-force", "v5.19", "v6.0" },
		{ "mprotect-write-thp", "v6.1", "v6.2" },
		{ "uffd-unprotect", "v6.2", "v6.3" },
		{ "wp-large", "v6.8", "v6.9" },
		{ "swap-in", "v6.11", "v6.12" },
		{ "wp-thp-zero", "v6.12", "v6.13" },
		{ "empty-table", "v6.13", "v6.14" },
		{ "hugetlb-force", "v6.13", "v6.14" },
		{ "hugetlb-mkwrite", "v6.13", "v6.14" },
		{ "wp-large", "v6.14", "v6.15" },
		{ "swap-in", "v7.1", "v7.2" },
	};

	for (size_t i = 0; i < sizeof(change) / sizeof(change[0]); i++) {
		char before[96];

		snprintf(before, sizeof(before), "%s",
			 value(*state, change[i].before, change[i].rule));
		assert_string_not_equal(before, value(*state, change[i].after, change[i].rule));
	}
}

static void commits_stand_in_order(void **state)
{
	struct cow_history *h = *state;

	for (size_t i = 0; i < cow_history_commits(h); i++) {
		const struct cow_commit *c = cow_history_commit(h, i), *before;
		bool ambiguous;

		assert_true(strlen(cow_commit_title(c)) > 10);
		assert_true(strlen(cow_commit_release(c)) > 3);
		assert_true(strcmp(cow_commit_id(c), "-") ? strlen(cow_commit_id(c)) == 12 : 1);
		if (strcmp(cow_commit_id(c), "-"))
			assert_ptr_equal(hist_commit_by_id(h, cow_commit_id(c), &ambiguous), c);
		if (!i)
			continue;
		before = cow_history_commit(h, i - 1);
		assert_true(hist_version_cmp(&before->version, &c->version) <= 0);
	}
	assert_null(cow_history_commit(h, cow_history_commits(h)));
}

static void commits_tell_their_rules(void **state)
{
	struct cow_history *h = *state;
	bool ambiguous;
	const struct cow_commit *c = hist_commit_by_id(h, "17839856fd588f4ab6b789f482ed3ffd7c403e1f",
						       &ambiguous);
	const char *v;
	char buf[96];

	assert_non_null(c);
	assert_string_equal(cow_commit_id(c), "17839856fd58");
	assert_string_equal(cow_commit_release(c), "v5.8");
	assert_int_equal(cow_commit_confidence(c), COW_READ_COMMIT);
	assert_int_equal(cow_commit_rules(c), 2);
	assert_int_equal(cow_commit_rule(c, 0, &v, buf, sizeof(buf)), COW_RULE_gup_read);
	assert_string_equal(v, "break-cow");
	assert_int_equal(cow_commit_rule(c, 1, &v, buf, sizeof(buf)), COW_RULE_foll_force);
	assert_string_equal(v, "cow-flag-any");
	assert_int_equal(cow_commit_rule(c, 2, &v, buf, sizeof(buf)), cow_rules());
	assert_null(hist_commit_by_id(h, "-", &ambiguous));
	assert_null(hist_commit_by_id(h, "17839", &ambiguous));
}

/* ---- versions ---- */

static void versions_have_an_order(void **state)
{
	static const char *const up[] = {
		"v4.4", "v4.4.26", "v4.4.289", "v4.9-rc2", "v4.9", "v4.19", "v4.20", "v5.0",
		"v5.8", "v5.9-rc1", "v5.9-rc4", "v5.9-rc10", "v5.9", "v5.9.1", "v5.9.16", "v5.10-rc1",
		"v5.10", "v6.0", "v7.3", "v10.0",
	};
	size_t n = sizeof(up) / sizeof(up[0]);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			char name[HIST_VERSION_MAX];
			struct hist_version a, b;
			int c;

			assert_true(hist_version_parse(up[i], &a));
			assert_true(hist_version_parse(up[j], &b));
			assert_string_equal(hist_version_name(&a, name), up[i]);
			c = hist_version_cmp(&a, &b);
			assert_int_equal(c < 0 ? -1 : c > 0, i < j ? -1 : i > j);
		}
	}
}

static void versions_are_read(void **state)
{
	static const struct { const char *text; size_t used; const char *name; } v[] = {
		{ "5.9", 3, "v5.9" },
		{ "v5.9.0", 6, "v5.9" },
		{ "v5.9-rc4", 8, "v5.9-rc4" },
		{ "v5.9-rc", 4, "v5.9" },
		{ "v5.9-rc0", 4, "v5.9" },
		{ "v5.9..v5.18", 4, "v5.9" },
		{ "v5.10.218", 9, "v5.10.218" },
		{ "v5.10.218-rc1", 9, "v5.10.218" },
		{ "6.18.44-fc", 7, "v6.18.44" },
		{ "v5", 0, NULL },
		{ "v5.", 0, NULL },
		{ "v.9", 0, NULL },
		{ "", 0, NULL },
		{ "debian-11", 0, NULL },
		{ "v99999.1", 0, NULL },
		{ "v5.99999", 0, NULL },
		{ "v5.9.99999", 4, "v5.9" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		char name[HIST_VERSION_MAX];
		struct hist_version got;

		assert_int_equal(hist_version_scan(v[i].text, &got), v[i].used);
		if (v[i].used)
			assert_string_equal(hist_version_name(&got, name), v[i].name);
	}
}

/* ---- selecting ---- */

static void ranges_are_mainline(void **state)
{
	assert_string_equal(selected(*state, "v5.8..v5.10"), "v5.8 v5.9-rc4 v5.9-rc7 v5.9 v5.10");
	assert_string_equal(selected(*state, "..v4.6"), "v4.4 v4.5 v4.6");
	assert_string_equal(selected(*state, "v7.2.."), "v7.2 v7.3");
	assert_string_equal(selected(*state, "5.19..6.1"), "v5.19 v6.0-rc3 v6.0-rc5 v6.0 v6.1");
	assert_string_equal(selected(*state, "v5.9-rc5..v5.9"), "v5.9-rc5 v5.9-rc7 v5.9");
	assert_string_equal(selected(*state, "v5.8..v5.9-rc6"), "v5.8 v5.9-rc4 v5.9-rc6");
	assert_string_equal(selected(*state, "v5.4..v5.4"), "v5.4");
	assert_string_equal(said, "");
}

static void lists_keep_their_order_and_say_nothing_twice(void **state)
{
	assert_string_equal(selected(*state, "v6.1, debian-11 v5.4,,v6.1\tv5.9-rc4"),
			    "v6.1 debian-11 v5.4 v5.9-rc4");
	assert_string_equal(selected(*state, "v5.10 v5.8..v5.10"),
			    "v5.10 v5.8 v5.9-rc4 v5.9-rc7 v5.9");
}

static void mainline_and_all(void **state)
{
	char mainline[8192];

	snprintf(mainline, sizeof(mainline), "%s", selected(*state, "mainline"));
	assert_int_equal(strncmp(mainline, "v4.4 v4.5 ", 10), 0);
	assert_non_null(strstr(mainline, " v5.8 v5.9-rc4 v5.9-rc7 v5.9 v5.10 v5.11-rc4 v5.11 v5.12 "));
	assert_string_equal(strrchr(mainline, ' '), " v7.3");
	assert_string_equal(mainline, selected(*state, ".."));
	assert_int_equal(strncmp(selected(*state, "all"), mainline, strlen(mainline)), 0);
	assert_non_null(strstr(selected(*state, "all"), " debian-11 "));
	assert_non_null(strstr(selected(*state, "all"), " v5.9s"));
}

static void mainline_knows_until_when_nothing_changes(void **state)
{
	assert_string_equal(cow_kernel_until(kernel(*state, "v5.9-rc4")), "v5.9-rc6");
	assert_string_equal(cow_kernel_until(kernel(*state, "v5.9")), "v5.11-rc3");
	assert_string_equal(cow_kernel_until(kernel(*state, "v5.12")), "v5.13");
	assert_string_equal(cow_kernel_until(kernel(*state, "v7.3")), "v7.3");
	assert_string_equal(cow_kernel_until(kernel(*state, "debian-11")), "debian-11");
	assert_true(cow_kernel_precedes(kernel(*state, "v5.9"), kernel(*state, "v5.10")));
	assert_true(cow_kernel_precedes(kernel(*state, "v5.9"), kernel(*state, "v5.11-rc4")));
	assert_false(cow_kernel_precedes(kernel(*state, "v5.9"), kernel(*state, "v5.11")));
	assert_false(cow_kernel_precedes(kernel(*state, "v5.10"), kernel(*state, "v5.9")));
	assert_false(cow_kernel_precedes(kernel(*state, "v5.10"), kernel(*state, "debian-11")));
	assert_true(cow_kernel_is_mainline(kernel(*state, "v5.9-rc5")));
	assert_false(cow_kernel_is_mainline(kernel(*state, "v5.10.4")));
}

static void stable_series_take_over(void **state)
{
	static const struct { const char *name, *rule, *value; } row[] = {
		{ "v4.4.25", "foll-force", "drop-write" },
		{ "v4.4.26", "foll-force", "cow-flag" },
		{ "v4.4.288", "gup-read", "as-is" },
		{ "v4.4.289", "gup-read", "break-cow" },
		{ "v4.9.287", "gup-read", "break-cow" },
		{ "v4.14.231", "gup-read", "as-is" },
		{ "v4.14.232", "gup-read", "break-cow" },
		{ "v4.19.78", "gup-read", "as-is" },
		{ "v4.19.300", "gup-read", "break-cow" },
		{ "v5.4.46", "gup-read", "as-is" },
		{ "v5.4.286", "gup-read", "break-cow" },
		{ "v5.4.286", "foll-force", "cow-flag-any" },
		/* Two eras in what reads do to small and to huge pages: v5.8 alone splits. */
		{ "v5.4.286", "wp-thp", "mapcount-copy" },
		{ "v5.7.14", "wp-thp", "mapcount-copy" },
		{ "v5.8.1", "wp-thp", "mapcount-split" },
		{ "v5.4.286", "madv-free", "keep-referenced" },
		{ "v5.4.189", "madv-free", "discard" },
		{ "v5.10.262", "madv-free", "keep-referenced" },
		{ "v5.15.33", "madv-free", "discard" },
		{ "v5.15.85", "madv-free", "keep-referenced" },
		{ "v5.10.8", "reclaim-pinned", "unmap" },
		{ "v5.10.9", "reclaim-pinned", "refuse" },
		{ "v5.10.9", "clear-refs", "skip-pinned" },
		{ "v5.10.262", "fork-hugetlb", "share" },
		{ "v5.6.19", "gup-read", "break-cow" },
		{ "v5.7.2", "gup-read", "as-is" },
		{ "v5.7.14", "gup-read", "break-cow" },
		{ "v5.8.18", "gup-read", "break-cow" },
		{ "v5.9.1", "gup-read", "as-is" },
		{ "v5.10.145", "vfio-zero", "leak" },
		{ "v5.10.218", "vfio-zero", "put" },
		{ "v5.10.152", "fork-small", "copy-pinned" },
		{ "v5.10.218", "fork-small", "copy-pinned-anon" },
		{ "v5.10.161", "uring-file", "refuse" },
		{ "v5.10.262", "uring-file", "shmem" },
		{ "v5.15.85", "vfio-zero", "put" },
		{ "v5.19.5", "foll-force", "cow-flag" },
		{ "v5.19.6", "foll-force", "exclusive" },
		{ "v6.1.129", "zero-pin", "counted" },
		{ "v6.1.192", "zero-pin", "uncounted" },
		{ "v6.1.192", "mprotect-write", "exclusive-dirty" },
		{ "v6.12.117", "gup-read", "unshare-longterm" },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_string_equal(value(*state, row[i].name, row[i].rule), row[i].value);
	assert_string_equal(cow_kernel_definition(kernel(*state, "v5.10.100")),
			    "v5.10 + 57efa1fe5957 + 9348b73c2e1b + feb889fb40fa");
	assert_string_equal(cow_kernel_definition(kernel(*state, "v5.10.153")),
			    "v5.10 + 57efa1fe5957 + 9348b73c2e1b + feb889fb40fa + 6c8e2a256915 + 873aefb376bb "
			    "{ fork-small = copy-pinned-anon }");
	assert_string_equal(cow_kernel_definition(kernel(*state, "v5.10")), "mainline");
	/* uname's way of writing a release */
	assert_string_equal(selected(*state, "v5.9.0"), "v5.9");
}

static void distributions_are_what_was_read(void **state)
{
	static const struct { const char *name, *rule, *value; } row[] = {
		{ "debian-9", "gup-read", "break-cow" },
		{ "debian-10", "gup-read", "break-cow" },
		{ "debian-11", "wp-small", "refcount" },
		{ "debian-11", "fork-small", "copy-pinned-anon" },
		{ "debian-12", "wp-small", "exclusive" },
		{ "debian-12", "gup-read", "unshare-anon" },
		{ "debian-13", "gup-read", "unshare-longterm" },
		{ "ubuntu-16.04", "gup-read", "break-cow" },
		{ "ubuntu-18.04", "gup-read", "break-cow" },
		{ "ubuntu-20.04", "gup-read", "break-cow" },
		{ "ubuntu-22.04", "wp-small", "refcount" },
		{ "ubuntu-24.04", "odirect-read", "FOLL_PIN|FOLL_WRITE|FOLL_FAST" },
		{ "rhel-8.1", "wp-small", "mapcount" },
		{ "rhel-8.3", "gup-read", "as-is" },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_string_equal(value(*state, row[i].name, row[i].rule), row[i].value);
	assert_int_equal(confidence(*state, "debian-11", "fork-small"), COW_READ_SOURCE);
	assert_int_equal(confidence(*state, "v5.10.218", "fork-small"), COW_READ_COMMIT);
	assert_int_equal(confidence(*state, "rhel-9", "wp-small"), COW_UNVERIFIED);
	assert_int_equal(confidence(*state, "v5.18", "wp-small"), COW_READ_COMMIT);
	assert_int_equal(confidence(*state, "v5.15.85", "vfio-zero"), COW_INFERRED);
}

static const struct cow_kernel *uname_is(struct cow_history *h, const char *release,
					 const char *version)
{
	const struct cow_kernel *k;
	const char *why;

	assert_int_equal(hist_kernel_uname(h, release, version, true, &k, &why), 0);
	assert_string_equal(cow_kernel_name(k), release);
	return k;
}

static void uname_names_a_kernel(void **state)
{
	static const char debian[] = "#1 SMP Debian 5.10.100-1 (2026-05-01)";
	const struct cow_kernel *k;

	k = uname_is(*state, "6.18.44-fc", "#1 SMP");
	assert_string_equal(cow_kernel_definition(k), "v6.18.44");
	assert_non_null(strstr(cow_kernel_note(k), "what '-fc' adds"));
	k = uname_is(*state, "5.10.0-43-cloud-amd64", debian);
	assert_string_equal(cow_kernel_definition(k), "v5.10.100");
	assert_string_equal(value_of(k, "fork-small"), "copy-pinned");
	k = uname_is(*state, "5.10.0-43-cloud-amd64", NULL);
	assert_string_equal(cow_kernel_definition(k), "debian-11");
	k = uname_is(*state, "5.9.0-rc4-00012-gabc", NULL);
	assert_string_equal(cow_kernel_definition(k), "v5.9-rc4");
	k = uname_is(*state, "5.9.0", NULL);
	assert_string_equal(cow_kernel_definition(k), "v5.9");
	k = uname_is(*state, "5.15.0-91-generic", "#101-Ubuntu SMP");
	assert_string_equal(cow_kernel_definition(k), "ubuntu-22.04");
	k = uname_is(*state, "4.18.0-240.el8.x86_64", NULL);
	assert_string_equal(cow_kernel_definition(k), "rhel-8.3");
	k = uname_is(*state, "4.18.0-553.el8_10.x86_64", NULL);
	assert_string_equal(cow_kernel_definition(k), "rhel-8");
	assert_int_equal(cow_kernel_rule_confidence(k, 0), COW_UNVERIFIED);
	/* Newer than anything known: the newest, and not sure of it. */
	k = uname_is(*state, "7.9.3", NULL);
	assert_string_equal(cow_kernel_definition(k), "v7.3");
	assert_non_null(strstr(cow_kernel_note(k), "newer than the newest known, v7.3"));
	assert_int_equal(cow_kernel_rule_confidence(k, 0), COW_UNVERIFIED);
	/* The same names may be written down. */
	assert_string_equal(selected(*state, "5.10.0-43-cloud-amd64"), "5.10.0-43-cloud-amd64");
	assert_string_equal(selected(*state, "v6.18.44-fc"), "6.18.44-fc");
	assert_string_not_equal(selected(*state, "running"), "");
	assert_string_equal(said, "");
}

static void uname_may_be_too_old(void **state)
{
	const struct cow_kernel *k;
	const char *why;

	assert_int_equal(hist_kernel_uname(*state, "3.10.0-1160.el7.x86_64", NULL, true, &k, &why),
			 -ENOENT);
	assert_string_equal(why, "unknown kernel 'v3.10': the oldest known is v4.4");
	assert_int_equal(hist_kernel_uname(*state, "7.9.0-x", NULL, false, &k, &why), -ENOENT);
	assert_string_equal(why, "unknown kernel 'v7.9': the newest known is v7.3");
	assert_int_equal(hist_kernel_uname(*state, "something", NULL, true, &k, &why), -ENOENT);
	assert_string_equal(why, "unknown kernel 'something'");
}

static void what_cannot_be_selected(void **state)
{
	static const struct { const char *spec, *message; } row[] = {
		{ "v7.9", "unknown kernel 'v7.9': the newest known is v7.3" },
		{ "v7.4-rc1", "unknown kernel 'v7.4-rc1': the newest known is v7.3" },
		{ "v3.10", "unknown kernel 'v3.10': the oldest known is v4.4" },
		{ "v4.4-rc3", "unknown kernel 'v4.4-rc3': the oldest known is v4.4" },
		{ "v5.25", "there is no kernel 'v5.25': v5.19 was followed by v6.0" },
		{ "v5.25.3", "there is no kernel 'v5.25.3': v5.19 was followed by v6.0" },
		{ "debain-11", "unknown kernel 'debain-11', did you mean 'debian-11'?" },
		{ "maineline", "unknown kernel 'maineline', did you mean 'mainline'?" },
		{ "frobnicate", "unknown kernel 'frobnicate'; 'cowherd list kernels' shows those "
				"that are known" },
		{ "debian-11..v6.1", "a range is one of mainline: 'debian-11' cannot be an end of it" },
		{ "v5.10.3..", "a range is one of mainline: 'v5.10.3' is of a stable series" },
		{ "v5.12..v5.9", "'v5.12' is newer than 'v5.9': nothing is between them" },
		{ "v5.9..v7.9", "unknown kernel 'v7.9': the newest known is v7.3" },
		{ "x..y", "'x' is not a version such as v5.9 or v5.9-rc4" },
		{ "", "no kernel is named" },
		{ " ,, ", "no kernel is named" },
		{ "v5.9 foo", "unknown kernel 'foo'; 'cowherd list kernels' shows those that are "
			      "known" },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct cow_kernels k;
		size_t len = strlen(row[i].message);

		said[0] = '\0';
		assert_int_equal(cow_kernels_select(*state, row[i].spec, &k, NULL, 0, 0, &diag),
				 -EINVAL);
		assert_int_equal(k.nr, 0);
		assert_int_equal(strncmp(said, row[i].message, len), 0);
		assert_string_equal(said + len, "\n");
	}
}

static void every_wrong_word_is_told_of_and_where(void **state)
{
	struct cow_kernels k;

	assert_int_equal(cow_kernels_select(*state, "v5.9, foo, v7.9", &k, "x.litmus", 7, 20, &diag),
			 -EINVAL);
	assert_string_equal(said, "7:26: unknown kernel 'foo'; 'cowherd list kernels' shows those "
				  "that are known\n"
				  "7:31: unknown kernel 'v7.9': the newest known is v7.3\n");
}

/* ---- own kernels ---- */

static void own_kernels(void **state)
{
	struct cow_history *h = *state;
	const struct cow_kernel *k;

	assert_int_equal(parse(h, "# an idea\n"
				  "kernel mine = v6.12 { fork-small = share }\n"
				  "kernel less = v5.8 - 17839856fd58\n"
				  "kernel none = mine \"nothing else\" {\n"
				  "    wp-small = mapcount unverified\n"
				  "    rdma-read = FOLL_GET|FOLL_WRITE \"as it was\" \" once\"\n"
				  "}\n"
				  "kernel back = v5.4 + 17839856fd58 matches \"5.4.0-own*\"\n"), 0);
	assert_string_equal(said, "");
	assert_string_equal(value(h, "mine", "fork-small"), "share");
	assert_string_equal(value(h, "mine", "wp-small"), "exclusive");
	assert_int_equal(confidence(h, "mine", "fork-small"), COW_READ_SOURCE);
	assert_string_equal(cow_kernel_definition(kernel(h, "mine")), "v6.12 { fork-small = share }");
	assert_string_equal(value(h, "less", "gup-read"), "as-is");
	assert_string_equal(value(h, "less", "foll-force"), "cow-flag");
	k = kernel(h, "none");
	assert_string_equal(value_of(k, "fork-small"), "share");
	assert_string_equal(value_of(k, "wp-small"), "mapcount");
	assert_string_equal(value_of(k, "rdma-read"), "FOLL_GET|FOLL_WRITE");
	assert_string_equal(cow_kernel_note(k), "nothing else");
	assert_string_equal(cow_kernel_definition(k),
			    "mine { wp-small = mapcount; rdma-read = FOLL_GET|FOLL_WRITE }");
	assert_int_equal(confidence(h, "none", "wp-small"), COW_UNVERIFIED);
	assert_string_equal(cow_kernel_definition(kernel(h, "back")), "v5.4 + 17839856fd58");
	assert_string_equal(cow_kernel_definition(uname_is(h, "5.4.0-own-1", NULL)), "back");
}

static void taking_a_commit_away_applies_the_others(void **state)
{
	struct cow_history *h = *state;

	assert_int_equal(parse(h, "kernel a = v5.12 - 09854ba94c6a\n"
				  "kernel b = v6.12 - 6c287605fd56\n"
				  "kernel c = debian-11 - 57efa1fe5957 - 70e806e4e645\n"
				  "kernel d = v5.9 - a308c71bf1e6\n"
				  "kernel e = a + 09854ba94c6a\n"), 0);
	assert_string_equal(value(h, "a", "wp-small"), "mapcount");
	assert_string_equal(value(h, "a", "fork-small"), "copy-pinned");
	assert_string_equal(value(h, "b", "wp-small"), "refcount-drain");
	assert_string_equal(value(h, "b", "fork-small"), "copy-pinned-anon");
	/* 5.10's own change stays. */
	assert_string_equal(value(h, "c", "fork-small"), "copy-pinned-anon");
	assert_string_equal(value(h, "d", "gup-read"), "break-cow");
	assert_string_equal(value(h, "e", "wp-small"), "refcount");
}

static void own_commits(void **state)
{
	struct cow_history *h = *state;
	const struct cow_kernel *before = kernel(h, "v7.3");
	size_t n = cow_history_commits(h);

	assert_int_equal(parse(h, "releases v7.4..v7.5, v8.0\n"
				  "commit 0123456789ab v7.5-rc2 \"mm: an idea\" commit \"from a mail\"\n"
				  "    wp-small = mapcount\n"
				  "commit 1123456789ab v6.16 \"mm: older\"\n"
				  "    zap-drain = yes\n"
				  "stable v7.3 { .9 + 0123456 }\n"), 0);
	assert_string_equal(said, "");
	assert_int_equal(cow_history_commits(h), n + 2);
	assert_string_equal(selected(h, "v7.3.."), "v7.3 v7.4 v7.5-rc2 v7.5 v8.0");
	assert_string_equal(value(h, "v7.4", "wp-small"), "exclusive-lru");
	assert_string_equal(value(h, "v7.5-rc1", "wp-small"), "exclusive-lru");
	assert_string_equal(value(h, "v7.5-rc2", "wp-small"), "mapcount");
	assert_string_equal(value(h, "v8.0", "wp-small"), "mapcount");
	assert_string_equal(value(h, "v7.3.8", "wp-small"), "exclusive-lru");
	assert_string_equal(value(h, "v7.3.9", "wp-small"), "mapcount");
	assert_int_equal(confidence(h, "v7.5", "wp-small"), COW_READ_COMMIT);
	assert_string_equal(value(h, "v6.15", "zap-drain"), "no");
	assert_string_equal(value(h, "v6.16", "zap-drain"), "yes");
	assert_int_equal(confidence(h, "v6.16", "zap-drain"), COW_UNVERIFIED);
	/* What was handed out is as it was. */
	assert_string_equal(value_of(before, "zap-drain"), "no");
	assert_string_equal(value(h, "v7.3", "zap-drain"), "yes");
}

static void after_each_commit(void **state)
{
	struct cow_history *h = *state;
	long n = (long)cow_history_commits(h);
	const struct cow_kernel *k, *last = cow_history_after_commit(h, -1);

	assert_string_equal(cow_kernel_name(last), "v4.4");
	for (long i = 0; i < n; i++) {
		const struct cow_commit *c = cow_history_commit(h, (size_t)i);

		k = cow_history_after_commit(h, i);
		assert_non_null(k);
		assert_ptr_equal(k, cow_history_after_commit(h, i));
		if (!cow_commit_rules(c))
			assert_memory_equal(cow_kernel_rules(k), cow_kernel_rules(last),
					    sizeof(struct cow_rules));
		last = k;
	}
	assert_memory_equal(cow_kernel_rules(last), cow_kernel_rules(kernel(h, "v7.3")),
			    sizeof(struct cow_rules));
	assert_null(cow_history_after_commit(h, n));
	assert_null(cow_history_after_commit(h, -2));
}

/* ---- errors ---- */

static void what_is_wrong_is_said_and_where(void **state)
{
	static const struct { const char *text, *message; } row[] = {
		{ "kernel a = v6.12 { fork-smal = share }",
		  "1:20: unknown rule 'fork-smal', did you mean 'fork-small'?" },
		{ "kernel a = v6.12 { x = share }", "1:20: unknown rule 'x'" },
		{ "kernel a = v6.12 { fork-small = shar }",
		  "1:33: 'fork-small' has no value 'shar', did you mean 'share'?" },
		{ "kernel a = v6.12 { zap-drain = frobnicate }",
		  "1:32: 'zap-drain' has no value 'frobnicate'; it has yes, no" },
		{ "kernel a = v6.12 { vmsplice = FOLL_GET|FOLL_PIN }",
		  "1:31: 'FOLL_GET|FOLL_PIN' is not a set of FOLL_ flags: FOLL_GET or FOLL_PIN, with "
		  "FOLL_WRITE, FOLL_FORCE, FOLL_LONGTERM, FOLL_FAST, FOLL_REMOTE" },
		{ "kernel a = v6.12 { vmsplice = FOLL_WRITE }",
		  "1:31: 'FOLL_WRITE' is not a set of FOLL_ flags: FOLL_GET or FOLL_PIN, with "
		  "FOLL_WRITE, FOLL_FORCE, FOLL_LONGTERM, FOLL_FAST, FOLL_REMOTE" },
		{ "kernel a = v6.12 { zap-drain = yes zap-drain = no }",
		  "1:8: 'zap-drain' is set twice here" },
		{ "kernel debian-11 = v6.12", "1:8: there is a kernel 'debian-11' already" },
		{ "kernel all = v6.12",
		  "1:8: 'all' has a meaning of its own, a kernel needs another name" },
		{ "kernel v6.12 = v6.12",
		  "1:8: 'v6.12' is a version, a kernel of one's own needs another name" },
		{ "kernel a = debian-111", "1:12: unknown kernel 'debian-111', did you mean 'debian-11'?" },
		{ "kernel a = what", "1:12: unknown kernel 'what'" },
		{ "kernel a = v9.9", "1:12: unknown kernel 'v9.9': the newest known is v7.3" },
		{ "kernel a = v5.8 + 17839856fd58", "1:19: commit 17839856fd58 is in v5.8 already" },
		{ "kernel a = v5.7 - 17839856fd58", "1:19: commit 17839856fd58 is not in v5.7" },
		{ "kernel a = v5.8 + 17839856fd59",
		  "1:19: unknown commit '17839856fd59', did you mean '17839856fd58'?" },
		{ "kernel a = v5.8 + what", "1:19: unknown commit 'what'" },
		{ "commit 17839856fd58aa v5.8 \"gup\"",
		  "1:8: commit 17839856fd58aa is there already, in v5.8" },
		{ "commit 01234567 v5.8.3 \"gup\"",
		  "1:17: 'v5.8.3' is not mainline; what came there stands in 'stable'" },
		{ "commit 01234567 v8.9 \"gup\"", "1:17: unknown kernel 'v8.9': the newest known is v7.3" },
		{ "commit 01234567 v4.4 \"gup\"", "1:17: what v4.4 has belongs into the base" },
		{ "commit 01234567 soon \"gup\"",
		  "1:17: 'soon' is not a version such as v5.9 or v5.9-rc4" },
		{ "commit 01234567 v5.8 \"gup\"\n zap-drain = no\n zap-drain = yes",
		  "1:8: 'zap-drain' is set twice here" },
		{ "stable v5.10.3 { .4 + 17839856fd58 }", "1:8: 'v5.10.3' is not a release such as v5.10" },
		{ "stable v5.10 { .4 + 17839856fd58 }",
		  "1:21: the points of v5.10 go upwards: .4 comes after .162" },
		{ "stable v5.12 { .4 + c8070b787519 .4 + 34ed8d0dcd69 .3 + 8ac268436e6d }",
		  "1:57: the points of v5.12 go upwards: .3 comes after .4" },
		{ "stable v5.12 { .4 + c8070b787519 .5 + c8070b787519 }",
		  "1:39: commit c8070b787519 is in v5.12 already" },
		{ "base v4.4 { zap-drain = yes }", "1:6: there is a base already, v4.4" },
		{ "releases v4.3", "1:10: 'v4.3' is older than the base" },
		{ "releases v7.4-rc1", "1:10: 'v7.4-rc1' is not a release such as v5.0" },
		{ "releases v7.4..8", "1:16: '8' is not a release such as v5.19" },
		{ "releases v7.9..v7.4", "1:16: releases are listed upwards within one major number" },
		{ "releases v7.4..v8.2", "1:16: releases are listed upwards within one major number" },
		{ "kernel a v6.12", "1:10: expected '=', not 'v6.12'" },
		{ "kernel a = ", "1:12: expected a word, not the end of the file" },
		{ "kernel a = v6.12 {", "1:19: expected '}' or a word, not the end of the file" },
		{ "kernel a = v6.12 }", "1:18: did not expect '}' here" },
		{ "kernels a = v6.12", "1:1: expected the end of the file, 'base', 'releases', "
				       "'commit', 'stable' or 'kernel', not 'kernels'" },
		{ "kernel a = v6.12 \"note", "1:18: this string has no end on its line" },
		{ "kernel a = v6.12 $", "1:18: '$' has no meaning here" },
		{ "kernel a = v6.12 \xc3\xa4", "1:18: byte 0xc3 has no meaning here" },
		{ "kernel a = v6.12\n\n  { zap-drain = 1 }",
		  "3:17: 'zap-drain' has no value '1'; it has yes, no" },
	};
	int wrong = 0;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct cow_history *h = cow_history_new();
		size_t len = strlen(row[i].message);

		(void)state;
		assert_non_null(h);
		said[0] = '\0';
		if (parse(h, row[i].text) != -EINVAL || strncmp(said, row[i].message, len) || said[len] != '\n') {
			print_error("%s\n said: %s want: %s\n", row[i].text, said, row[i].message);
			wrong++;
		}
		cow_history_free(h);
	}
	assert_int_equal(wrong, 0);
}

static void reading_goes_on_after_an_error(void **state)
{
	assert_int_equal(parse(*state, "kernel a = what\n"
				       "kernel b v6.12\n"
				       "kernel c = v6.12 { zap-drain = maybe }\n"
				       "commit x v5.0 y\n"
				       "kernel d = v6.12\n"), -EINVAL);
	assert_string_equal(said, "1:12: unknown kernel 'what'\n"
				  "2:10: expected '=', not 'v6.12'\n"
				  "3:32: 'zap-drain' has no value 'maybe'; it has yes, no\n"
				  "4:15: expected a \"string\", not 'y'\n");
	assert_string_equal(selected(*state, "d"), "d");
}

static void an_empty_history_is_none(void **state)
{
	struct cow_history *h = calloc(1, sizeof(*h));

	(void)state;
	assert_non_null(h);
	assert_int_equal(parse(h, "commit 01234567 v5.8 \"x\"\nreleases v5.0\nbase v4.4 { }\n"),
			 -EINVAL);
	assert_string_equal(said, "1:17: unknown kernel 'v5.8': no release is known\n"
				  "2:10: 'v5.0' comes before the base is known\n"
				  "3:6: the base does not set 'wp-small'\n");
	said[0] = '\0';
	assert_string_equal(selected(h, "v5.8"), "");
	assert_string_equal(selected(h, ".."), "");
	assert_string_equal(selected(h, "mainline"), "");
	assert_string_equal(said, "unknown kernel 'v5.8': no release is known\n"
				  "no release is known\nno kernel is named\n");
	assert_null(cow_history_after_commit(h, -1));
	cow_history_free(h);
}

static void too_much_is_too_much(void **state)
{
	char *text = malloc(2 << 20), *at = text;
	size_t lines = 0;

	assert_non_null(text);
	memset(text, ' ', 2 << 20);
	assert_int_equal(cow_history_parse(*state, "x", text, 2 << 20, &diag), -EINVAL);
	assert_string_equal(said, "2097152 bytes are too many for a history, 1048576 are allowed\n");

	for (int i = 0; i < 100; i++)
		at += sprintf(at, "kernel a%d = nothing\n", i);
	said[0] = '\0';
	assert_int_equal(cow_history_parse(*state, "x", text, (size_t)(at - text), &diag), -EINVAL);
	for (const char *s = said; (s = strchr(s, '\n')); s++)
		lines++;
	assert_int_equal(lines, 21);
	assert_non_null(strstr(said, "too many errors, not read any further\n"));

	at = text + sprintf(text, "kernel b0 = v5.9\n");
	for (int i = 1; i < 102; i++)
		at += sprintf(at, "kernel b%d = b%d\n", i, i - 1);
	said[0] = '\0';
	assert_int_equal(cow_history_parse(*state, "x", text, (size_t)(at - text), &diag), -EINVAL);
	assert_non_null(strstr(said, "102:8: more than 100 kernels built upon each other\n"));

	at = text;
	for (int i = 0; i < 1100; i++)
		at += sprintf(at, "kernel c%d = v5.9\n", i);
	said[0] = '\0';
	assert_int_equal(cow_history_parse(*state, "x", text, (size_t)(at - text), &diag), -EINVAL);
	assert_non_null(strstr(said, "more than 1000 kernels\n"));
	free(text);
}

static void zero_bytes_are_no_text(void **state)
{
	static const char text[] = "kernel a = v5.9\n\0kernel b = v5.9\n";

	assert_int_equal(cow_history_parse(*state, "x", text, sizeof(text) - 1, &diag), -EINVAL);
	assert_string_equal(said, "2:1: a zero byte: this is not a text\n");
}

static void files_are_files(void **state)
{
	char dir[] = "/tmp/cowherd-history-XXXXXX", path[64];
	FILE *f;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x", dir);
	assert_int_equal(cow_history_read(*state, path, &diag), -EINVAL);
	assert_int_equal(cow_history_read(*state, dir, &diag), -EINVAL);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(cow_history_read(*state, path, &diag), -EINVAL);
	assert_int_equal(unlink(path), 0);
	assert_string_equal(said, "No such file or directory\nIs a directory\n"
				  "not a regular file\n");
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(cow_history_read(*state, path, &diag), 0);
	assert_int_equal(truncate(path, 10 << 20), 0);
	said[0] = '\0';
	assert_int_equal(cow_history_read(*state, path, &diag), -EINVAL);
	assert_string_equal(said, "too large for a history\n");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void nobody_needs_to_listen(void **state)
{
	struct cow_kernels k;

	assert_int_equal(cow_history_parse(*state, "x", "kernel a =\n$", 12, NULL), -EINVAL);
	assert_int_equal(cow_kernels_select(*state, "what", &k, NULL, 0, 0, NULL), -EINVAL);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, done)
	const struct CMUnitTest tests[] = {
		T(data_reads_without_a_word),
		T(eras_have_their_values),
		T(boundaries_lie_where_they_were),
		T(commits_stand_in_order),
		T(commits_tell_their_rules),
		T(versions_have_an_order),
		T(versions_are_read),
		T(ranges_are_mainline),
		T(lists_keep_their_order_and_say_nothing_twice),
		T(mainline_and_all),
		T(mainline_knows_until_when_nothing_changes),
		T(stable_series_take_over),
		T(distributions_are_what_was_read),
		T(uname_names_a_kernel),
		T(uname_may_be_too_old),
		T(what_cannot_be_selected),
		T(every_wrong_word_is_told_of_and_where),
		T(own_kernels),
		T(taking_a_commit_away_applies_the_others),
		T(own_commits),
		T(after_each_commit),
		T(what_is_wrong_is_said_and_where),
		T(reading_goes_on_after_an_error),
		T(an_empty_history_is_none),
		T(too_much_is_too_much),
		T(zero_bytes_are_no_text),
		T(files_are_files),
		T(nobody_needs_to_listen),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
