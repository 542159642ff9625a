/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The search: counts, shortest ways, verdicts, and what may be left out. */
#include <errno.h>
#include "explore/trace.h"
#include "scenario.h"

static const char race[] =
	"COW race { anon x = 1; } A { p = pin_w(x); fork(B); x = 2; r = x; } B { exit(); }"
	" device nic after p { dma_write(p, 3); } exists (A:r=2)";

static struct cow_verdict verdict(struct scenario *sc)
{
	struct cow_exploration x;
	struct cow_verdict v;

	assert_int_equal(cow_explore(sc->test, cow_kernel_rules(sc->kernels.kernel[0]), NULL, &x), 0);
	v = cow_exploration_verdict(sc->test, &x);
	cow_exploration_free(&x);
	return v;
}

/*
 * Two independent threads of m and n steps have (m+1)(n+1) states, and every step but the
 * last ones can be taken in each.
 */
static void counts_of_independent_threads(void **state)
{
	struct scenario sc;
	struct cow_verdict v;

	(void)state;
	scenario_start(&sc, "{ anon x[2]; } A { x[0] = 1; x[0] = 2; x[0] = 3; }"
			    " A.t { x[1] = 1; x[1] = 2; }", "v6.12");
	v = verdict(&sc);
	assert_true(v.complete);
	assert_int_equal(v.states, 4 * 3);
	assert_int_equal(v.transitions, 3 * 3 + 4 * 2);
	assert_int_equal(v.hazards, 0);
	scenario_end(&sc);
}

/* Pin, fork, store: the third step is the first at which the pages differ. */
static void shortest_way_to_diverge(void **state)
{
	struct scenario sc;
	struct cow_trace *trace;
	struct cow_verdict v;

	(void)state;
	scenario_start(&sc, race, "v5.9-rc5");
	v = verdict(&sc);
	assert_true(v.hazards & COW_HAZARD_DIVERGED);
	assert_int_equal(v.depth[0], 3);
	assert_int_equal(cow_trace_find(sc.test, sc.kernels.kernel[0], COW_OUTCOME_HAZARD,
					COW_HAZARD_DIVERGED, NULL, &trace), 0);
	assert_int_equal(cow_trace_steps(trace), 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(trace->thread[i], thread_named(&sc, "A"));
	cow_trace_free(trace);
	assert_int_equal(cow_trace_find(sc.test, sc.kernels.kernel[0], COW_OUTCOME_HAZARD,
					COW_HAZARD_HOLE, NULL, &trace), -ENOENT);
	scenario_end(&sc);
	scenario_start(&sc, race, "v6.12");
	v = verdict(&sc);
	assert_int_equal(v.hazards, 0);
	assert_int_equal(v.observation, COW_SOMETIMES);
	scenario_end(&sc);
}

static void a_limit_is_said(void **state)
{
	const struct cow_options o = { .max_states = 5 };
	struct cow_exploration x;
	struct scenario sc;

	(void)state;
	scenario_start(&sc, race, "v6.12");
	assert_int_equal(cow_explore(sc.test, cow_kernel_rules(sc.kernels.kernel[0]), &o, &x), 0);
	assert_false(x.complete);
	assert_int_equal(x.nr, 5);
	cow_exploration_free(&x);
	scenario_end(&sc);
}

static void waiting_for_ever_is_said(void **state)
{
	struct scenario sc;
	struct cow_verdict v;

	(void)state;
	scenario_start(&sc, "{ anon x; } A { fork(B); r = recv(); } B { if (q == 1) { send(A, 1); } }"
			    " B.t { q = x; }", "v6.12");
	v = verdict(&sc);
	assert_true(v.stuck > 0);
	scenario_end(&sc);
}

/* A result that is taken from another kernel's exploration is the one of its own. */
static void memo_is_sound(void **state)
{
	static const char *const texts[] = {
		race,
		"{ anon x = 1; } A { fork(B); wait(B); p = pin_r(x); x = 2; r = dma_read(p); }"
		" B { exit(); } exists (A:r=1)",
		"{ untouched z; file f; } A { p = pin_r(z); q = vmsplice(f); fork(B); z = 1; f = 2; }"
		" B { s = z; exit(); }",
		"{ anon x; } A { p = pin_w(x); mprotect(x, PROT_READ);"
		" mprotect(x, PROT_READ|PROT_WRITE); x = 1; fork(B); } B { x = 2; munmap(x); }",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct scenario sc;
		struct cow_memo memo;

		scenario_start(&sc, texts[i], "all");
		memo = (struct cow_memo){ .test = sc.test };
		for (size_t k = 0; k < sc.kernels.nr; k++) {
			const struct cow_kernel *kernel = sc.kernels.kernel[k];
			struct cow_exploration x;
			struct cow_verdict a, b;

			assert_int_equal(cow_memo_check(&memo, kernel, &a), 0);
			assert_int_equal(cow_explore(sc.test, cow_kernel_rules(kernel), NULL, &x), 0);
			b = cow_exploration_verdict(sc.test, &x);
			assert_int_equal(a.states, b.states);
			assert_int_equal(a.transitions, b.transitions);
			assert_int_equal(a.hazards, b.hazards);
			assert_int_equal(a.positive, b.positive);
			assert_int_equal(a.negative, b.negative);
			assert_memory_equal(a.depth, b.depth, sizeof(a.depth));
			cow_exploration_free(&x);
		}
		assert_true(memo.nr < sc.kernels.nr / 2);
		cow_memo_free(&memo);
		scenario_end(&sc);
	}
}

static void bisect_names_the_commits(void **state)
{
	static const char *const ids[] = { "09854ba94c6a", "70e806e4e645" };
	struct cow_change *c;
	struct scenario sc;
	size_t nr;

	(void)state;
	scenario_start(&sc, "{ anon x = 1; } A { p = pin_w(x); fork(B); wait(B); x = 2; dma_write(p, 3);"
			    " r = x; } B { exit(); } exists (A:r=2)", "v6.12");
	assert_int_equal(cow_bisect(sc.test, sc.history, NULL, &c, &nr), 0);
	assert_int_equal(nr, 2);
	for (unsigned i = 0; i < 2; i++)
		assert_string_equal(cow_commit_id(c[i].commit), ids[i]);
	assert_true(c[0].worse && !c[0].better);
	assert_true(c[1].better && !c[1].worse);
	free(c);
	scenario_end(&sc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_of_independent_threads),
		cmocka_unit_test(shortest_way_to_diverge),
		cmocka_unit_test(a_limit_is_said),
		cmocka_unit_test(waiting_for_ever_is_said),
		cmocka_unit_test(memo_is_sound),
		cmocka_unit_test(bisect_names_the_commits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
