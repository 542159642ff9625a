/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Generated scenarios are scenarios, the same for ever, and of every kind. */
#include "scenario.h"

enum { SEEDS = 3000 };

static char *printed(const struct cow_test *t)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	assert_int_equal(cow_test_print(t, f), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void valid_and_prints_to_itself(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct cow_test *t = cow_gen_random(seed), *again;
		char *text, *text_again;

		if (!t)
			fail_msg("seed %llu is not valid", (unsigned long long)seed);
		text = printed(t);
		again = cow_test_parse("again", text, strlen(text), &scenario_diag);
		assert_non_null(again);
		text_again = printed(again);
		assert_string_equal(text, text_again);
		free(text);
		free(text_again);
		cow_test_free(again);
		cow_test_free(t);
	}
}

static void same_for_ever(void **state)
{
	(void)state;
	for (uint64_t seed = UINT64_MAX - 20; seed < UINT64_MAX; seed++) {
		struct cow_test *a = cow_gen_random(seed), *b = cow_gen_random(seed);
		char *text_a, *text_b;

		assert_non_null(a);
		assert_non_null(b);
		text_a = printed(a);
		text_b = printed(b);
		assert_string_equal(text_a, text_b);
		free(text_a);
		free(text_b);
		cow_test_free(a);
		cow_test_free(b);
	}
}

/* Every operation that has a weight comes up, those without never; small, but not too small. */
static void of_every_kind(void **state)
{
	unsigned seen[COW_NR_OPS] = { 0 }, procs[COW_MAX_PROCS + 1] = { 0 }, pins = 0, devices = 0;
	unsigned kind[2][4] = { { 0 } };

	(void)state;
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct cow_test *t = cow_gen_random(seed);
		const struct cow_program *p;

		assert_non_null(t);
		p = &t->prog;
		for (unsigned i = 0; i < p->nr_threads; i++) {
			devices += p->threads[i].kind == COW_DEVICE;
			for (unsigned k = 0; k < p->threads[i].nops; k++)
				seen[p->threads[i].ops[k].code]++;
		}
		for (unsigned i = 0; i < p->nr_regions; i++)
			kind[p->regions[i].shared][p->regions[i].kind]++;
		procs[p->nr_procs]++;
		pins += p->nr_pins != 0;
		assert_in_range(p->nr_pages, 1, 4);
		cow_test_free(t);
	}
	for (unsigned i = 0; i < COW_NR_OPS; i++) {
		bool drawn = cow_op_info[i].weight || i == COW_OP_BARRIER;

		if (drawn != (seen[i] > 0))
			fail_msg("%s: %u times", cow_op_info[i].id, seen[i]);
	}
	for (unsigned n = 1; n <= 3; n++)
		assert_true(procs[n] > SEEDS / 20);
	for (unsigned k = 0; k < 4; k++) {
		assert_true(kind[0][k] > SEEDS / 50);
		assert_true(k == COW_UNTOUCHED || kind[1][k] > SEEDS / 100);
	}
	assert_true(pins > SEEDS / 2);
	assert_true(devices > SEEDS / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_and_prints_to_itself),
		cmocka_unit_test(same_for_ever),
		cmocka_unit_test(of_every_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
