/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Step grain: what its sub-steps are, and that it says what call grain says where nothing races. */
#include <dirent.h>
#include <stdio.h>
#include "scenario.h"

static struct cow_verdict verdict_on(const struct cow_test *t, const struct cow_kernel *k)
{
	struct cow_exploration x;
	struct cow_verdict v;

	assert_int_equal(cow_explore(t, cow_kernel_rules(k), NULL, &x), 0);
	assert_true(x.complete);
	v = cow_exploration_verdict(t, &x);
	cow_exploration_free(&x);
	return v;
}

static void fork_holds_the_lock(void **state)
{
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ anon x[2]; } A { fork(B); } A.t { x[0] = 1; madvise(x, MADV_DONTNEED);"
			    " x[1] = 1; } B { r = x[0]; } options grain=step", "v6.12");
	steps(&sc, "A");		/* dup_mmap() takes the mmap lock */
	assert_int_equal(sc.state.mm[0].lock_writer, 1 + thread_named(&sc, "A"));
	assert_int_equal(sc.state.mm[0].seq & 1, 1);
	assert_int_equal(sc.state.proc[1].state, COW_UNBORN);
	/* A store through a writable entry needs no lock; MADV_DONTNEED does. */
	steps(&sc, "t");
	assert_false(can_step(&sc, "t"));
	steps(&sc, "A A A A");		/* looked at and copied, page by page */
	assert_int_equal(pte_of(&sc, 0, 1)->bits & COW_PTE_WRITE, 0);
	assert_false(can_step(&sc, "B"));
	steps(&sc, "A");
	assert_int_equal(sc.state.mm[0].lock_writer, 0);
	assert_int_equal(sc.state.mm[0].seq & 1, 0);
	assert_int_equal(sc.state.proc[1].state, COW_RUNNING);
	steps(&sc, "B t t");
	assert_int_equal(reg_named(&sc, "B", "r"), 1);
	scenario_end(&sc);
}

static void gup_fast_looks_twice(void **state)
{
	struct scenario sc;
	unsigned frame;

	(void)state;
	scenario_start(&sc, "{ anon x; } A { p = pin_fast(x, FOLL_PIN|FOLL_WRITE); }"
			    " A.t { madvise(x, MADV_DONTNEED); x = 2; } options grain=step", "v6.12");
	frame = pte_of(&sc, 0, 0)->frame;
	steps(&sc, "A A A");		/* begins, reads the entry, takes the reference */
	assert_int_equal(sc.state.pin[0].state, COW_PIN_LIVE);
	assert_int_equal(sc.state.pin[0].frame, frame);
	steps(&sc, "t t");		/* the page is replaced under it */
	assert_int_not_equal(pte_of(&sc, 0, 0)->frame, frame);
	steps(&sc, "A");		/* notices, and puts it */
	assert_int_equal(sc.state.pin[0].state, COW_PIN_NONE);
	assert_int_equal(sc.state.hazards, 0);
	steps(&sc, "A");
	assert_int_equal(sc.state.mm[0].lock_readers, 1u << thread_named(&sc, "A"));
	steps(&sc, "A");
	assert_int_equal(sc.state.pin[0].frame, pte_of(&sc, 0, 0)->frame);
	assert_int_equal(sc.state.mm[0].lock_readers, 0);
	assert_int_equal(reg_named(&sc, "A", "p"), 1);
	scenario_end(&sc);
}

static void the_sequence_count_sends_it_round(void **state)
{
	static const char text[] =
		"{ anon x; } A { q = pin(x, FOLL_PIN); fork(B); } A.t1 { unpin(q);"
		" p = pin_fast(x, FOLL_PIN|FOLL_WRITE); } B { } options grain=step";
	static const struct { const char *kernel; bool shared; } t[] = {
		{ "v5.10", true }, { "v5.11", false }, { "v6.12", false },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct scenario sc;
		int slot;

		scenario_start(&sc, text, t[i].kernel);
		steps(&sc, "A A A t1");		/* has pinned; not pinned any more */
		steps(&sc, "t1 t1");		/* before the fork: reads the entry */
		steps(&sc, "A A");		/* fork: the page is not pinned */
		steps(&sc, "t1 t1");		/* reference taken, entry still the same */
		steps(&sc, "A A");		/* write-protected and shared */
		steps(&sc, "t1");
		slot = reg_named(&sc, "A", "p") - 1;
		assert_int_equal(slot >= 0, t[i].shared);
		if (t[i].shared)
			assert_int_equal(pte_of(&sc, 1, 0)->frame, sc.state.pin[slot].frame);
		scenario_end(&sc);
	}
}

/* Only one thread can ever step: there is nothing to race with. */
static bool sequential(const struct cow_test *t, const struct cow_kernel *k)
{
	struct cow_model m;
	struct cow_state s;

	cow_model_init(&m, &t->prog, cow_kernel_rules(k));
	cow_model_start(&m, &s);
	for (;;) {
		int only = -1;

		for (unsigned i = 0; i < t->prog.nr_threads; i++) {
			struct cow_state next = s;

			if (!cow_model_step(&m, &next, i))
				continue;
			if (only >= 0)
				return false;
			only = (int)i;
		}
		if (only < 0)
			return true;
		cow_model_step(&m, &s, (unsigned)only);
	}
}

/*
 * Where nothing races both grains say the same; elsewhere step grain sees all that call
 * grain sees, since whole calls one after the other are among its runs.
 */
static unsigned compare_grains(struct cow_test *t, const struct cow_kernels *k)
{
	unsigned n = 0;

	for (size_t i = 0; i < k->nr; i++) {
		bool alone, step = t->prog.step_grain;
		struct cow_verdict call, fine;

		t->prog.step_grain = false;
		alone = sequential(t, k->kernel[i]);
		call = verdict_on(t, k->kernel[i]);
		t->prog.step_grain = true;
		fine = verdict_on(t, k->kernel[i]);
		t->prog.step_grain = step;
		if (call.hazards & ~fine.hazards || (call.positive && !fine.positive) ||
		    (call.negative && !fine.negative))
			fail_msg("%s on %s: step grain misses what call grain sees",
				 cow_test_file(t), cow_kernel_name(k->kernel[i]));
		if (!alone)
			continue;
		n++;
		if (call.hazards != fine.hazards || call.observation != fine.observation)
			fail_msg("%s on %s: the grains differ, and nothing races",
				 cow_test_file(t), cow_kernel_name(k->kernel[i]));
	}
	return n;
}

static unsigned compare_folder(const char *folder, const struct cow_kernels *k)
{
	char path[4096];
	struct dirent *e;
	unsigned n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/litmus/%s", getenv("COW_SOURCE"), folder);
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d))) {
		char file[8192];
		struct cow_test *t;

		if (!strstr(e->d_name, ".litmus"))
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		t = cow_test_read(file, &scenario_diag);
		assert_non_null(t);
		n += compare_grains(t, k);
		cow_test_free(t);
	}
	closedir(d);
	return n;
}

static void grains_agree_on_the_corpus(void **state)
{
	static const char *const folders[] = {
		"basic", "bugs", "matrix", "seed", "selftests", "users",
	};
	struct cow_history *h = cow_history_new();
	struct cow_kernels k;
	unsigned n = 0;

	(void)state;
	assert_non_null(h);
	assert_int_equal(cow_kernels_select(h, "v4.4, v5.8, v5.9-rc5, v5.10, v5.18, v5.19, v6.1, v7.3",
					    &k, NULL, 0, 0, &scenario_diag), 0);
	for (unsigned i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		n += compare_folder(folders[i], &k);
	assert_true(n > 500);
	cow_kernels_free(&k);
	cow_history_free(h);
}

static void grains_agree_on_random_scenarios(void **state)
{
	struct cow_history *h = cow_history_new();
	struct cow_kernels k;
	unsigned n = 0;

	(void)state;
	assert_non_null(h);
	assert_int_equal(cow_kernels_select(h, "v4.19, v5.10, v6.12", &k, NULL, 0, 0,
					    &scenario_diag), 0);
	for (uint64_t seed = 0; seed < 300; seed++) {
		struct cow_test *t = cow_gen_random(seed);

		assert_non_null(t);
		n += compare_grains(t, &k);
		cow_test_free(t);
	}
	assert_true(n > 50);
	cow_kernels_free(&k);
	cow_history_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fork_holds_the_lock),
		cmocka_unit_test(gup_fast_looks_twice),
		cmocka_unit_test(the_sequence_count_sends_it_round),
		cmocka_unit_test(grains_agree_on_the_corpus),
		cmocka_unit_test(grains_agree_on_random_scenarios),
	};

	return cmocka_run_group_tests_name("steps", tests, NULL, NULL);
}
