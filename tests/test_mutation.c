/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Is every rule of the history tested by the corpus?  For each rule, and each run of releases
 * in which it has one value, the value is replaced by every other one; some expectation of
 * some scenario must then be unmet.  A mutant that nothing notices is a rule that the
 * corpus does not hold.
 */
#include <ftw.h>
#include <stdio.h>
#include "scenario.h"

enum { MAX_TESTS = 2000, MAX_KERNELS = 200, MAX_EXPECT = 16 };

static struct {
	struct cow_test *test;
	/* Of each kernel, a bit for each expectation that covers it. */
	uint16_t covers[MAX_KERNELS];
	/* Rules that the exploration asks for on each kernel. */
	uint64_t consulted[MAX_KERNELS];
} corpus[MAX_TESTS];
static unsigned nr_tests;
static struct cow_history *history;
static struct cow_kernels kernels;

static int add_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *end = strrchr(path, '.');

	(void)st;
	(void)ftw;
	if (type != FTW_F || !end || strcmp(end, ".litmus"))
		return 0;
	assert_true(nr_tests < MAX_TESTS);
	corpus[nr_tests].test = cow_test_read(path, &scenario_diag);
	assert_non_null(corpus[nr_tests].test);
	nr_tests++;
	return 0;
}

static void find_coverage(unsigned i)
{
	const struct cow_test *t = corpus[i].test;

	assert_true(t->nr_expect <= MAX_EXPECT);
	for (unsigned e = 0; e < t->nr_expect; e++) {
		struct cow_kernels k;

		assert_int_equal(cow_kernels_select(history, t->expect[e].kernels, &k, NULL, 0, 0,
						    &scenario_diag), 0);
		for (size_t a = 0; a < k.nr; a++)
			for (size_t b = 0; b < kernels.nr; b++)
				if (k.kernel[a] == kernels.kernel[b])
					corpus[i].covers[b] |= (uint16_t)(1u << e);
		cow_kernels_free(&k);
	}
}

static struct cow_verdict verdict_of(const struct cow_test *t, const struct cow_rules *rules)
{
	struct cow_exploration x;
	struct cow_verdict v;

	assert_int_equal(cow_explore(t, rules, NULL, &x), 0);
	v = cow_exploration_verdict(t, &x);
	cow_exploration_free(&x);
	return v;
}

static bool met(const struct cow_expect *e, const struct cow_verdict *v)
{
	switch (e->what) {
	case COW_EXPECT_SAFE:
		return !v->hazards;
	case COW_EXPECT_HAZARD:
		return v->hazards == e->hazards;
	default:
		return (unsigned)e->what == (unsigned)v->observation;
	}
}

/* Kernels A and B are the same to scenario I: its expectations and the rules that it asks for. */
static bool same_to(unsigned i, size_t a, size_t b)
{
	const struct cow_rules *x = cow_kernel_rules(kernels.kernel[a]);
	const struct cow_rules *y = cow_kernel_rules(kernels.kernel[b]);

	if (corpus[i].covers[a] != corpus[i].covers[b] ||
	    corpus[i].consulted[a] != corpus[i].consulted[b])
		return false;
	for (unsigned r = 0; r < COW_NR_RULES; r++)
		if ((corpus[i].consulted[a] & UINT64_C(1) << r) && x->value[r] != y->value[r])
			return false;
	return true;
}

/* Some expectation notices that RULE is VALUE on kernels FIRST to LAST. */
static bool noticed(unsigned rule, uint8_t value, size_t first, size_t last)
{
	for (unsigned i = 0; i < nr_tests; i++) {
		for (size_t k = first; k <= last; k++) {
			struct cow_rules rules = *cow_kernel_rules(kernels.kernel[k]);
			struct cow_verdict v;

			if (!corpus[i].covers[k] ||
			    !(corpus[i].consulted[k] & UINT64_C(1) << rule) ||
			    (k > first && same_to(i, k - 1, k)))
				continue;
			rules.value[rule] = value;
			v = verdict_of(corpus[i].test, &rules);
			for (unsigned e = 0; e < corpus[i].test->nr_expect; e++)
				if ((corpus[i].covers[k] & 1u << e) &&
				    !met(&corpus[i].test->expect[e], &v))
					return true;
		}
	}
	return false;
}

/*
 * Mutants that nothing notices yet, a line each: the scenarios that are still to be written, and
 * mutants that cannot matter.  The list can only become shorter.
 */
static char *open_text, *open_line[MAX_TESTS];
static bool open_found[MAX_TESTS];
static unsigned nr_open;

static void read_open(void)
{
	char path[4096];
	size_t len = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/mutation-open.txt", getenv("COW_SOURCE"));
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(getdelim(&open_text, &len, '\0', f) >= 0);
	fclose(f);
	for (char *at = open_text, *line; (line = strsep(&at, "\n")); )
		if (*line && *line != '#')
			open_line[nr_open++] = line;
}

static bool is_open(const char *mutant)
{
	for (unsigned i = 0; i < nr_open; i++)
		if (!strcmp(open_line[i], mutant)) {
			open_found[i] = true;
			return true;
		}
	return false;
}

static unsigned mutants, survivors;

static void try_mutant(unsigned rule, uint8_t from, uint8_t to, size_t first, size_t last)
{
	char a[96], b[96], mutant[384];
	const char *name_from = cow_rule_value_name(rule, from, a, sizeof(a));
	const char *name_to = cow_rule_value_name(rule, to, b, sizeof(b));

	if (from == to)
		return;
	mutants++;
	if (noticed(rule, to, first, last))
		return;
	snprintf(mutant, sizeof(mutant), "%s: %s for %s on %s .. %s", cow_rule_info[rule].name,
		 name_to, name_from, cow_kernel_name(kernels.kernel[first]),
		 cow_kernel_name(kernels.kernel[last]));
	if (is_open(mutant))
		return;
	survivors++;
	print_error("nothing notices %s\n", mutant);
}

static void mutate_run(unsigned rule, uint8_t value, size_t first, size_t last)
{
	static const uint8_t toggles[] = {
		COW_FOLL_GET | COW_FOLL_PIN, COW_FOLL_WRITE, COW_FOLL_FORCE, COW_FOLL_LONGTERM,
	};

	if (!cow_rule_info[rule].user) {
		for (unsigned v = 0; v < cow_rule_info[rule].nr_values; v++)
			try_mutant(rule, value, (uint8_t)v, first, last);
		return;
	}
	for (unsigned i = 0; i < sizeof(toggles); i++)
		try_mutant(rule, value, value ^ toggles[i], first, last);
}

static void every_rule_is_held(void **state)
{
	char path[4096];
	struct cow_memo memo;

	(void)state;
	read_open();
	history = cow_history_new();
	assert_non_null(history);
	assert_int_equal(cow_kernels_select(history, "mainline", &kernels, NULL, 0, 0,
					    &scenario_diag), 0);
	assert_true(kernels.nr <= MAX_KERNELS);
	snprintf(path, sizeof(path), "%s/litmus", getenv("COW_SOURCE"));
	assert_int_equal(nftw(path, add_file, 16, FTW_PHYS), 0);
	for (unsigned i = 0; i < nr_tests; i++) {
		find_coverage(i);
		memo = (struct cow_memo){ .test = corpus[i].test };
		for (size_t k = 0; k < kernels.nr; k++) {
			struct cow_verdict v;

			assert_int_equal(cow_memo_check(&memo, kernels.kernel[k], &v), 0);
			corpus[i].consulted[k] = v.consulted;
		}
		cow_memo_free(&memo);
	}
	for (unsigned rule = 0; rule < COW_NR_RULES; rule++)
		for (size_t first = 0, last; first < kernels.nr; first = last + 1) {
			uint8_t v = cow_kernel_rules(kernels.kernel[first])->value[rule];

			for (last = first; last + 1 < kernels.nr &&
			     cow_kernel_rules(kernels.kernel[last + 1])->value[rule] == v; last++)
				;
			mutate_run(rule, v, first, last);
		}
	print_message("# %u mutants, %u of them open, %u scenarios\n", mutants, nr_open, nr_tests);
	for (unsigned i = 0; i < nr_open; i++)
		if (!open_found[i]) {
			survivors++;
			print_error("noticed by now, and still listed as open: %s\n", open_line[i]);
		}
	free(open_text);
	for (unsigned i = 0; i < nr_tests; i++)
		cow_test_free(corpus[i].test);
	cow_kernels_free(&kernels);
	cow_history_free(history);
	assert_int_equal(survivors, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_is_held),
	};

	return cmocka_run_group_tests_name("mutation", tests, NULL, NULL);
}
