/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Page kinds and what happens to pages behind the process's back, frame by frame, on the
 * kernels between which it differs.
 */
#include <errno.h>
#include "scenario.h"

#define NR(a) (sizeof(a) / sizeof((a)[0]))
#define W COW_PTE_WRITE
#define D COW_PTE_DIRTY
#define HUGE COW_PTE_HUGE

static unsigned frame_of(const struct scenario *sc, unsigned proc, unsigned vpn)
{
	assert_true(pte_of(sc, proc, vpn)->bits & COW_PTE_PRESENT);
	return pte_of(sc, proc, vpn)->frame;
}

static unsigned bits(const struct scenario *sc, unsigned proc, unsigned vpn)
{
	return pte_of(sc, proc, vpn)->bits;
}

static bool exclusive(const struct scenario *sc, unsigned proc, unsigned vpn)
{
	return sc->state.frame[frame_of(sc, proc, vpn)].exclusive;
}

static int value_at(const struct scenario *sc, unsigned proc, unsigned vpn)
{
	return sc->state.frame[frame_of(sc, proc, vpn)].cell[0].value;
}

/* ---- transparent huge pages ---- */

static void a_huge_page_is_one_folio(void **state)
{
	struct scenario sc;
	unsigned head;

	(void)state;
	scenario_start(&sc, "{ thp h[4] = 3; } A { p = pin_w(h[2]); h[1] = 5; }", "v6.12");
	head = frame_of(&sc, 0, 0);
	for (unsigned v = 0; v < 4; v++) {
		assert_int_equal(frame_of(&sc, 0, v), head + v);
		assert_int_equal(bits(&sc, 0, v), COW_PTE_PRESENT | W | D | HUGE);
		assert_int_equal(folio_head(&sc.model, head + v), head);
		assert_int_equal(value_at(&sc, 0, v), 3);
	}
	assert_true(exclusive(&sc, 0, 0));
	steps(&sc, "A A");
	assert_int_equal(value_at(&sc, 0, 1), 5);
	/* A pin of a part is one of the folio, and counted exactly. */
	assert_int_equal(cow_page_refs(&sc.model, &sc.state, head).total, 2);
	assert_int_equal(cow_page_refs(&sc.model, &sc.state, head + 3).pin, 1);
	scenario_end(&sc);
}

enum kept { REUSED, COPIED, SPLIT };

/* The parent writes to a huge page that it shares, or shared, with a child. */
static void check_wp(const char *kernel, const char *text, const char *schedule, enum kept want)
{
	struct scenario sc;
	unsigned head;
	bool huge;

	scenario_start(&sc, text, kernel);
	head = frame_of(&sc, 0, 0);
	steps(&sc, schedule);
	huge = bits(&sc, 0, 0) & HUGE;
	if (huge != (want != SPLIT))
		fail_msg("%s: %s: %s by a PMD", kernel, text, huge ? "mapped" : "not mapped");
	if (want == REUSED)
		assert_int_equal(frame_of(&sc, 0, 0), head);
	else
		assert_int_not_equal(frame_of(&sc, 0, 0), head);
	/* After a split the other pages stay where they are. */
	assert_int_equal(frame_of(&sc, 0, 1) == head + 1, want != COPIED);
	assert_true(bits(&sc, 0, 0) & W);
	scenario_end(&sc);
}

static void huge_cow_by_era(void **state)
{
	static const struct { const char *kernel; enum kept live, gone, held; } t[] = {
		/* child alive; child gone; child gone, but somebody has a reference */
		{ "v5.7", COPIED, REUSED, REUSED },
		{ "v5.4.286", COPIED, REUSED, REUSED },
		{ "v5.8", SPLIT, REUSED, REUSED },
		{ "v5.17", SPLIT, REUSED, REUSED },
		{ "v5.18", SPLIT, REUSED, SPLIT },
		{ "v5.19", SPLIT, REUSED, SPLIT },
		{ "v6.2", SPLIT, REUSED, SPLIT },
		{ "v7.3", SPLIT, REUSED, SPLIT },
	};

	(void)state;
	for (size_t i = 0; i < NR(t); i++) {
		check_wp(t[i].kernel, "{ thp h[2] = 1; } A { fork(B); h[0] = 2; } B { }", "A A",
			 t[i].live);
		check_wp(t[i].kernel, "{ thp h[2] = 1; } A { fork(B); h[0] = 2; } B { exit(); }",
			 "A B A", t[i].gone);
		check_wp(t[i].kernel, "{ thp h[2] = 1; } A { p = pin(h[1], FOLL_GET|FOLL_WRITE);"
			 " fork(B); h[0] = 2; } B { exit(); }", "A A B A", t[i].held);
	}
}

/* FOLL_PIN, mprotect(R), mprotect(RW), a store: T7 of a huge page. */
static void huge_mprotect(void **state)
{
	static const struct { const char *kernel; bool at_once, same; } t[] = {
		{ "v5.7", false, true }, { "v5.17", false, true }, { "v5.18", false, false },
		{ "v5.19", false, true }, { "v6.1", false, true }, { "v6.2", true, true },
	};

	(void)state;
	for (size_t i = 0; i < NR(t); i++) {
		struct scenario sc;
		unsigned head;

		scenario_start(&sc, "{ thp h[2] = 1; } A { p = pin_w(h[0]); mprotect(h, PROT_READ);"
				    " mprotect(h, PROT_READ|PROT_WRITE); h[0] = 2; }", t[i].kernel);
		head = frame_of(&sc, 0, 0);
		steps(&sc, "A A");
		assert_false(bits(&sc, 0, 0) & W);
		assert_true(bits(&sc, 0, 0) & HUGE);
		steps(&sc, "A");
		assert_int_equal(!!(bits(&sc, 0, 0) & W), t[i].at_once);
		steps(&sc, "A");
		assert_int_equal(frame_of(&sc, 0, 0) == head, t[i].same);
		assert_int_equal(sc.state.hazards, t[i].same ? 0 : COW_D);
		scenario_end(&sc);
	}
}

static void fork_of_a_pinned_huge_page(void **state)
{
	static const struct { const char *kernel; bool split; } t[] = {
		{ "v5.8", false }, { "v5.9-rc6", false }, { "v5.9", true }, { "v5.18", true },
		{ "v5.19", true }, { "v6.12", true }, { "v7.3", true },
	};

	(void)state;
	for (size_t i = 0; i < NR(t); i++) {
		struct scenario sc;
		unsigned head;

		scenario_start(&sc, "{ thp h[3] = 1; } A { p = pin_w(h[1]); fork(B); h[1] = 2; }"
				    " B { }", t[i].kernel);
		head = frame_of(&sc, 0, 0);
		steps(&sc, "A A");
		for (unsigned v = 0; v < 3; v++) {
			/* The count is the folio's: the child gets copies of all. */
			assert_int_equal(frame_of(&sc, 0, v), head + v);
			assert_int_equal(!(bits(&sc, 0, v) & HUGE), t[i].split);
			assert_int_equal(!!(bits(&sc, 0, v) & W), t[i].split);
			assert_int_equal(frame_of(&sc, 1, v) != head + v, t[i].split);
		}
		steps(&sc, "A");
		assert_int_equal(frame_of(&sc, 0, 1) == head + 1, t[i].split);
		assert_int_equal(sc.state.hazards, t[i].split ? 0 : COW_D);
		scenario_end(&sc);
	}
}

/* A page of a huge page that is mapped page by page, when its sharer is gone. */
static void reuse_of_parts(void **state)
{
	static const struct { const char *kernel; bool alone, held, lone; } t[] = {
		/* both pages mapped; a reference besides; only the one page mapped */
		{ "v5.7", true, true, true },
		{ "v5.9", false, false, true },
		{ "v6.8", false, false, true },
		{ "v6.10", false, false, false },
		{ "v6.14", false, false, false },
		{ "v6.15", true, false, false },
		{ "v7.3", true, false, false },
	};
	static const char *const text[3] = {
		"{ thp h[2]; } A { mprotect(h[1], PROT_READ); fork(B); h[0] = 2; } B { exit(); }",
		("{ thp h[2]; } A { mprotect(h[1], PROT_READ); p = pin(h[1], FOLL_GET); fork(B);"
		 " h[0] = 2; } B { exit(); }"),
		"{ thp h[2]; } A { munmap(h[1]); fork(B); h[0] = 2; } B { exit(); }",
	};
	static const char *const schedule[3] = { "A A B A", "A A A B A", "A A B A" };

	(void)state;
	for (size_t i = 0; i < NR(t); i++) {
		const bool want[3] = { t[i].alone, t[i].held, t[i].lone };

		for (unsigned k = 0; k < 3; k++) {
			struct scenario sc;
			unsigned head;

			scenario_start(&sc, text[k], t[i].kernel);
			head = frame_of(&sc, 0, 0);
			steps(&sc, schedule[k]);
			assert_false(bits(&sc, 0, 0) & HUGE);
			if ((frame_of(&sc, 0, 0) == head) != want[k])
				fail_msg("%s on %s", text[k], t[i].kernel);
			/* Only the one that was written is known to be exclusive. */
			if (k == 0 && want[0] && strcmp(t[i].kernel, "v5.7")) {
				assert_true(exclusive(&sc, 0, 0));
				assert_false(exclusive(&sc, 0, 1));
			}
			scenario_end(&sc);
		}
	}
}

static void the_huge_zero_page(void **state)
{
	static const struct { const char *kernel; bool huge; } t[] = {
		{ "v5.7", true }, { "v5.8", false }, { "v6.12", false }, { "v6.13", true },
	};

	(void)state;
	for (size_t i = 0; i < NR(t); i++) {
		struct scenario sc;

		scenario_start(&sc, "{ thp h[2] = 4; } A { madvise(h, MADV_DONTNEED); r = h[0];"
				    " h[1] = 2; s = h[0]; }", t[i].kernel);
		steps(&sc, "A A");
		assert_int_equal(reg_named(&sc, "A", "r"), 0);
		assert_int_equal(frame_of(&sc, 0, 0), COW_ZERO_FRAME);
		assert_true(bits(&sc, 0, 1) & HUGE);
		steps(&sc, "A A");
		assert_int_equal(!!(bits(&sc, 0, 0) & HUGE), t[i].huge);
		assert_int_equal(frame_of(&sc, 0, 0) != COW_ZERO_FRAME, t[i].huge);
		assert_true(bits(&sc, 0, 1) & W);
		assert_int_equal(reg_named(&sc, "A", "s"), 0);
		assert_int_equal(value_at(&sc, 0, 1), 2);
		assert_int_equal(sc.state.hazards, 0);
		scenario_end(&sc);
	}
}

static void split_and_collapse(void **state)
{
	struct scenario sc;
	unsigned head;

	(void)state;
	scenario_start(&sc, "{ thp h[2] = 1; } A { h[1] = 2; split_huge_page(h); h[0] = 3;"
			    " collapse(h); r = h[1]; }", "v6.12");
	head = frame_of(&sc, 0, 0);
	steps(&sc, "A A");
	assert_false(bits(&sc, 0, 0) & HUGE);
	assert_int_equal(folio_pages(&sc.model, frame_of(&sc, 0, 0)), 1);
	assert_int_equal(value_at(&sc, 0, 1), 2);
	assert_int_equal(cow_page_refs(&sc.model, &sc.state, head).total, 0);
	assert_true(exclusive(&sc, 0, 1));
	steps(&sc, "A A A");
	assert_true(bits(&sc, 0, 0) & HUGE);
	assert_int_equal(value_at(&sc, 0, 0), 3);
	assert_int_equal(reg_named(&sc, "A", "r"), 2);
	assert_true(exclusive(&sc, 0, 0));
	scenario_end(&sc);
	/* Not with a reference. */
	scenario_start(&sc, "{ thp h[2] = 1; } A { p = vmsplice(h[1]); split_huge_page(h);"
			    " madvise(h[0], MADV_DONTNEED); h[0] = 1; collapse(h); unpin(p);"
			    " collapse(h); }", "v6.12");
	steps(&sc, "A A");
	assert_true(bits(&sc, 0, 0) & HUGE);
	steps(&sc, "A A A");
	assert_false(bits(&sc, 0, 0) & HUGE);
	steps(&sc, "A A");
	assert_true(bits(&sc, 0, 0) & HUGE);
	scenario_end(&sc);
}

static void migration(void **state)
{
	struct scenario sc;
	unsigned frame;

	(void)state;
	scenario_start(&sc, "{ anon x = 1; } A { migrate(x); p = pin(x, FOLL_GET); migrate(x);"
			    " unpin(p); fork(B); } B { } kernel kcompactd { migrate(B:x); }", "v6.12");
	frame = frame_of(&sc, 0, 0);
	steps(&sc, "A");
	assert_int_not_equal(frame_of(&sc, 0, 0), frame);
	assert_int_equal(value_at(&sc, 0, 0), 1);
	assert_true(exclusive(&sc, 0, 0));
	assert_true(bits(&sc, 0, 0) & W);
	frame = frame_of(&sc, 0, 0);
	steps(&sc, "A A");
	assert_int_equal(frame_of(&sc, 0, 0), frame);
	/* All mappings move together. */
	steps(&sc, "A A kcompactd");
	assert_int_not_equal(frame_of(&sc, 0, 0), frame);
	assert_int_equal(frame_of(&sc, 1, 0), frame_of(&sc, 0, 0));
	assert_int_equal(sc.state.hazards, 0);
	scenario_end(&sc);
}

/* ---- hugetlb ---- */

static void hugetlb_fork(void **state)
{
	static const struct { const char *kernel; bool copied; } t[] = {
		{ "v5.8", false }, { "v5.11", false }, { "v5.12", true }, { "v5.18", true },
		{ "v5.19", true }, { "v7.3", true },
	};

	(void)state;
	for (size_t i = 0; i < NR(t); i++) {
		struct scenario sc;
		unsigned frame;

		scenario_start(&sc, "{ hugetlb g = 1; } A { p = pin_w(g); fork(B); g = 2; } B { }",
			       t[i].kernel);
		frame = frame_of(&sc, 0, 0);
		assert_int_equal(sc.state.frame[frame].flags, COW_FRAME_HUGETLB);
		steps(&sc, "A A");
		assert_int_equal(frame_of(&sc, 1, 0) != frame, t[i].copied);
		assert_int_equal(!!(bits(&sc, 0, 0) & W), t[i].copied);
		steps(&sc, "A");
		assert_int_equal(frame_of(&sc, 0, 0) == frame, t[i].copied);
		assert_int_equal(sc.state.hazards, t[i].copied ? 0 : COW_D);
		scenario_end(&sc);
	}
}

/* References have never mattered to a write fault. */
static void hugetlb_reuse(void **state)
{
	static const char *const kernels[] = { "v5.7", "v5.10", "v5.18", "v5.19", "v7.3" };

	(void)state;
	for (size_t i = 0; i < NR(kernels); i++) {
		struct scenario sc;
		unsigned frame;

		scenario_start(&sc, "{ hugetlb g = 1; } A { p = pin(g, FOLL_GET|FOLL_WRITE); fork(B);"
				    " g = 2; } B { exit(); }", kernels[i]);
		frame = frame_of(&sc, 0, 0);
		steps(&sc, "A A B A");
		assert_int_equal(frame_of(&sc, 0, 0), frame);
		assert_int_equal(sc.state.hazards, 0);
		scenario_end(&sc);
	}
}

static void hugetlb_pool(void **state)
{
	struct scenario sc;
	unsigned frame;

	(void)state;
	/* No page for the early copy. */
	scenario_start(&sc, "{ hugetlb g = 1; } A { p = pin_w(g); r = fork(B); g = 3; } B { }"
			    " options hugetlb=1", "v5.12");
	steps(&sc, "A A");
	assert_int_equal(reg_named(&sc, "A", "r"), -ENOMEM);
	assert_int_equal(sc.state.proc[1].state, COW_DEAD);
	assert_int_equal(sc.state.hazards, 0);
	scenario_end(&sc);
	/* The owner takes the page from its child, which dies when it comes back. */
	scenario_start(&sc, "{ hugetlb g = 1; } A { fork(B); g = 2; } B { r = g; exit(); }"
			    " options hugetlb=1", "v6.12");
	frame = frame_of(&sc, 0, 0);
	steps(&sc, "A A");
	assert_int_equal(frame_of(&sc, 0, 0), frame);
	assert_int_equal(bits(&sc, 1, 0), 0);
	steps(&sc, "B");
	assert_int_equal(sc.state.proc[1].faulted, 1);
	scenario_end(&sc);
	/* The child has nothing reserved. */
	scenario_start(&sc, "{ hugetlb g = 1; } A { fork(B); r = g; } B { g = 2; }"
			    " options hugetlb=1", "v6.12");
	steps(&sc, "A B");
	assert_int_equal(sc.state.proc[1].faulted, 1);
	steps(&sc, "A");
	assert_int_equal(reg_named(&sc, "A", "r"), 1);
	scenario_end(&sc);
	/* With one more it has its copy. */
	scenario_start(&sc, "{ hugetlb g = 1; } A { fork(B); } B { g = 2; } options hugetlb=2",
		       "v6.12");
	steps(&sc, "A B");
	assert_int_equal(value_at(&sc, 1, 0), 2);
	assert_int_equal(value_at(&sc, 0, 0), 1);
	scenario_end(&sc);
}

/* In a private mapping that may only be read: a pin, then a plain store. */
static void hugetlb_mkwrite(void **state)
{
	static const struct { const char *kernel, *pin; int err; bool stores; } t[] = {
		{ "v5.7", "vmsplice(g)", 0, false },
		{ "v5.4.286", "vmsplice(g)", 0, true },
		{ "v5.8", "vmsplice(g)", 0, true },
		{ "v5.8", "pin_r(g)", 0, true },
		{ "v5.9", "vmsplice(g)", 0, false },
		{ "v5.19", "pin(g, FOLL_PIN|FOLL_WRITE|FOLL_FORCE)", 0, true },
		{ "v5.10", "pin(g, FOLL_PIN|FOLL_WRITE|FOLL_FORCE)", 0, true },
		{ "v6.0", "pin(g, FOLL_PIN|FOLL_WRITE|FOLL_FORCE)", EFAULT, false },
		{ "v6.12", "pin(g, FOLL_PIN|FOLL_WRITE|FOLL_FORCE)", EFAULT, false },
		{ "v6.14", "pin(g, FOLL_PIN|FOLL_WRITE|FOLL_FORCE)", 0, false },
	};
	static const char *const kinds[] = { "hugetlb g", "anon g", "thp g[2]" };

	(void)state;
	for (size_t i = 0; i < NR(t); i++)
		for (unsigned k = 0; k < NR(kinds); k++) {
			struct scenario sc;
			char text[256];

			snprintf(text, sizeof(text), "{ %s; } A { mprotect(g, PROT_READ);"
				 " p = %s; g = 2; }", kinds[k], t[i].pin);
			scenario_start(&sc, text, t[i].kernel);
			steps(&sc, "A A");
			assert_int_equal(reg_named(&sc, "A", "p") < 0 ? -reg_named(&sc, "A", "p") : 0,
					 k ? 0 : t[i].err);
			steps(&sc, "A");
			/* Small and transparent huge pages are not concerned. */
			if (sc.state.proc[0].faulted == (!k && t[i].stores))
				fail_msg("%s on %s", text, t[i].kernel);
			scenario_end(&sc);
		}
}

static void hugetlb_system_calls(void **state)
{
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ hugetlb g = 1; } A { r = madvise(g, MADV_DONTNEED);"
			    " s = madvise(g, MADV_WIPEONFORK); t = madvise(g, MADV_FREE);"
			    " u = madvise(g, MADV_PAGEOUT); }", "v5.10");
	steps(&sc, "A A A A");
	assert_int_equal(reg_named(&sc, "A", "r"), -EINVAL);
	assert_int_equal(reg_named(&sc, "A", "s"), -EINVAL);
	assert_int_equal(reg_named(&sc, "A", "t"), -EINVAL);
	assert_int_equal(reg_named(&sc, "A", "u"), -EINVAL);
	scenario_end(&sc);
	scenario_start(&sc, "{ hugetlb g = 1; } A { p = pin_w(g); r = madvise(g, MADV_DONTNEED);"
			    " g = 2; }", "v5.19");
	steps(&sc, "A A A");
	assert_int_equal(reg_named(&sc, "A", "r"), 0);
	assert_int_equal(sc.state.hazards, COW_D);
	scenario_end(&sc);
	scenario_start(&sc, "{ hugetlb g = 1; } A { p = pin_w(g); y = mremap(g); y = 2; }", "v5.16");
	steps(&sc, "A A A");
	assert_int_equal(sc.state.hazards, 0);
	assert_int_equal(sc.state.pin[0].vpn, 1);
	scenario_end(&sc);
}

/* ---- swap ---- */

static void out_and_in(void **state)
{
	static const struct { const char *kernel; unsigned read, write; bool mark, own; } t[] = {
		/* bits after a read fault, after a write fault; the entry's mark; exclusive after a read */
		{ "v5.8", 0, W | D, false, false },
		{ "v5.17", 0, W | D, false, false },
		{ "v5.18", 0, W | D, false, false },
		{ "v5.19", 0, W | D, true, true },
		{ "v6.11", 0, W | D, true, true },
		{ "v6.12", W | D, W | D, true, true },
		{ "v7.2", W | D, W | D, true, true },
	};

	(void)state;
	for (size_t i = 0; i < NR(t); i++) {
		struct scenario sc;

		scenario_start(&sc, "{ anon x = 7; } A { reclaim(x); r = x; }", t[i].kernel);
		steps(&sc, "A");
		assert_int_equal(bits(&sc, 0, 0), COW_PTE_SWAP |
				 (t[i].mark ? COW_PTE_SWAP_EXCLUSIVE : 0));
		assert_int_equal(sc.state.swap[0].cell[0].value, 7);
		steps(&sc, "A");
		assert_int_equal(reg_named(&sc, "A", "r"), 7);
		assert_int_equal(bits(&sc, 0, 0), COW_PTE_PRESENT | t[i].read);
		assert_int_equal(exclusive(&sc, 0, 0), t[i].own);
		scenario_end(&sc);
		scenario_start(&sc, "{ anon x = 7; } A { reclaim(x); x = 8; }", t[i].kernel);
		steps(&sc, "A A");
		assert_int_equal(bits(&sc, 0, 0), COW_PTE_PRESENT | t[i].write);
		scenario_end(&sc);
	}
}

static void swapped_out_and_shared(void **state)
{
	static const struct { const char *kernel; bool kept; } t[] = {
		/* The child is gone when the parent reads, then writes. */
		{ "v5.8", true }, { "v5.9", false }, { "v5.17", false }, { "v5.18", true },
		{ "v6.12", true }, { "v7.2", true },
	};

	(void)state;
	for (size_t i = 0; i < NR(t); i++) {
		struct scenario sc;
		unsigned frame;

		scenario_start(&sc, "{ anon x = 7; } A { reclaim(x); fork(B); r = x; x = 8; }"
				    " B { exit(); }", t[i].kernel);
		steps(&sc, "A A");
		assert_int_equal(bits(&sc, 0, 0), COW_PTE_SWAP);
		assert_int_equal(bits(&sc, 1, 0), COW_PTE_SWAP);
		steps(&sc, "B A");
		assert_false(bits(&sc, 0, 0) & W && !strcmp(t[i].kernel, "v7.2"));
		frame = frame_of(&sc, 0, 0);
		steps(&sc, "A");
		assert_int_equal(frame_of(&sc, 0, 0) == frame, t[i].kept);
		assert_int_equal(value_at(&sc, 0, 0), 8);
		scenario_end(&sc);
	}
}

/* Rows T8, T9a and T9b of the outcomes of eras: is the pinned page still the process's? */
static void pinned_and_reclaimed(void **state)
{
	static const struct { const char *kernel; bool t8, t9a, t9b; } t[] = {
		{ "v5.0", true, true, true }, { "v5.8", true, true, true },
		{ "v5.9-rc6", false, true, false }, { "v5.9", false, true, false },
		{ "v5.11", true, true, false }, { "v5.12", true, true, false },
		{ "v5.18", true, false, false }, { "v5.19", true, true, true },
		{ "v6.2", true, true, true }, { "v6.12", true, true, true },
		{ "v7.3", true, true, true },
	};
	static const char *const text[3] = {
		"{ anon x; } A { p = pin_w(x); reclaim(x); r = x; x = 1; }",
		"{ anon x; } A { p = get_w(x); reclaim(x); r = 0; x = 1; }",
		"{ anon x; } A { p = get_w(x); reclaim(x); r = x; x = 1; }",
	};

	(void)state;
	for (size_t i = 0; i < NR(t); i++) {
		const bool want[3] = { t[i].t8, t[i].t9a, t[i].t9b };

		for (unsigned k = 0; k < 3; k++) {
			struct scenario sc;

			scenario_start(&sc, text[k], t[i].kernel);
			steps(&sc, "A A A A");
			if ((sc.state.hazards == 0) != want[k] || sc.state.hazards & ~COW_D)
				fail_msg("%s on %s", text[k], t[i].kernel);
			assert_int_equal(frame_of(&sc, 0, 0) == sc.state.pin[0].frame, want[k]);
			scenario_end(&sc);
		}
	}
}

/* T6 of a page that was swapped out: the child reads the parent's secret from its pipe. */
static void swapped_out_pages_leak(void **state)
{
	static const struct { const char *kernel; bool leaks; } t[] = {
		{ "v5.0", true }, { "v5.9", true }, { "v5.17", true }, { "v5.18", false },
		{ "v5.19", false }, { "v7.3", false },
	};

	(void)state;
	for (size_t i = 0; i < NR(t); i++) {
		struct scenario sc;

		scenario_start(&sc, "{ anon x; } A { fork(B); reclaim(x); x = 9; }"
				    " B { p = vmsplice(x); munmap(x); r = dma_read(p); }", t[i].kernel);
		/* The page stays in the swap cache, because of the pipe. */
		steps(&sc, "A B A B A B");
		assert_int_equal(reg_named(&sc, "B", "r"), t[i].leaks ? 9 : 0);
		assert_int_equal(!!(sc.state.hazards & COW_L), t[i].leaks);
		scenario_end(&sc);
	}
}

static void nothing_is_left_in_the_swap_cache(void **state)
{
	struct scenario sc;
	unsigned frame;

	(void)state;
	scenario_start(&sc, "{ anon x = 7; } A { reclaim(x); r = x; munmap(x); }", "v6.1");
	steps(&sc, "A A");
	frame = frame_of(&sc, 0, 0);
	assert_int_equal(cow_page_refs(&sc.model, &sc.state, frame).swap, 1);
	steps(&sc, "A");
	assert_int_equal(cow_page_refs(&sc.model, &sc.state, frame).total, 0);
	assert_int_equal(sc.state.swap[0].cell[0].value, 0);
	scenario_end(&sc);
}

/* ---- MADV_FREE ---- */

/* B32: a direct read into memory that was given up, and reclaim meanwhile. */
static void given_up_under_a_direct_read(void **state)
{
	static const struct { const char *kernel; int r; } t[] = {
		{ "v5.17", 0 }, { "v5.17.3", 6 }, { "v5.10.262", 6 }, { "v5.18", 6 }, { "v6.12", 6 },
	};

	(void)state;
	for (size_t i = 0; i < NR(t); i++) {
		struct scenario sc;

		scenario_start(&sc, "{ anon x = 1; } A { madvise(x, MADV_FREE);"
				    " d = odirect_read_begin(x, 6); reclaim(x); odirect_end(d); r = x; }",
			       t[i].kernel);
		steps(&sc, "A A A A A");
		assert_int_equal(reg_named(&sc, "A", "r"), t[i].r);
		scenario_end(&sc);
	}
}

static void advice_that_is_not_known_yet(void **state)
{
	static const struct { const char *kernel; int given_up, paged_out; } t[] = {
		{ "v4.4", -EINVAL, -EINVAL }, { "v4.5", 0, -EINVAL }, { "v5.3", 0, -EINVAL },
		{ "v5.4", 0, 0 }, { "v6.12", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < NR(t); i++) {
		struct scenario sc;

		scenario_start(&sc, "{ anon x[2] = 1; } A { r = madvise(x[1], MADV_FREE);"
				    " s = madvise(x[0], MADV_PAGEOUT); }", t[i].kernel);
		steps(&sc, "A A");
		assert_int_equal(reg_named(&sc, "A", "r"), t[i].given_up);
		assert_int_equal(reg_named(&sc, "A", "s"), t[i].paged_out);
		assert_int_equal(!!(bits(&sc, 0, 0) & COW_PTE_SWAP), !t[i].paged_out);
		scenario_end(&sc);
	}
}

static void given_up_and_written_again(void **state)
{
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ anon x[2] = 1; } A { madvise(x, MADV_FREE); x[0] = 2; reclaim(x);"
			    " r = x[0]; s = x[1]; reclaim(x); }", "v6.12");
	steps(&sc, "A");
	assert_int_equal(bits(&sc, 0, 0), COW_PTE_PRESENT | W);
	assert_int_equal(sc.state.frame[frame_of(&sc, 0, 0)].flags, COW_FRAME_LAZYFREE);
	steps(&sc, "A A");
	assert_int_equal(bits(&sc, 0, 1), 0);
	steps(&sc, "A A");
	assert_int_equal(reg_named(&sc, "A", "r"), 2);
	assert_int_equal(reg_named(&sc, "A", "s"), 0);
	/* The written one is ordinary again. */
	assert_int_equal(sc.state.frame[frame_of(&sc, 0, 0)].flags, 0);
	steps(&sc, "A");
	assert_true(bits(&sc, 0, 0) & COW_PTE_SWAP);
	scenario_end(&sc);
}

/* ---- KSM ---- */

static void merging(void **state)
{
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ anon x[3] = 1; } A { madvise(x, MADV_MERGEABLE); x[2] = 2; ksm_scan(x);"
			    " x[0] = 3; r = x[1]; }", "v6.12");
	steps(&sc, "A A A");
	assert_int_equal(frame_of(&sc, 0, 0), frame_of(&sc, 0, 1));
	assert_int_not_equal(frame_of(&sc, 0, 2), frame_of(&sc, 0, 1));
	assert_int_equal(sc.state.frame[frame_of(&sc, 0, 0)].flags, COW_FRAME_KSM);
	assert_false(exclusive(&sc, 0, 0));
	assert_false(bits(&sc, 0, 1) & W);
	steps(&sc, "A A");
	assert_int_not_equal(frame_of(&sc, 0, 0), frame_of(&sc, 0, 1));
	assert_int_equal(reg_named(&sc, "A", "r"), 1);
	assert_int_equal(sc.state.hazards, 0);
	scenario_end(&sc);
}

static void merged_pages_and_write_faults(void **state)
{
	/* A merged page that is mapped once: kept from v5.1 to v5.8. */
	static const struct { const char *kernel; bool kept; } t[] = {
		{ "v5.0", false }, { "v5.1", true }, { "v5.8", true }, { "v5.9-rc4", false },
		{ "v6.12", false },
	};

	(void)state;
	for (size_t i = 0; i < NR(t); i++) {
		struct scenario sc;
		unsigned frame;

		scenario_start(&sc, "{ anon x[2] = 1; } A { madvise(x, MADV_MERGEABLE); ksm_scan(x);"
				    " munmap(x[1]); x[0] = 3; }", t[i].kernel);
		steps(&sc, "A A A");
		frame = frame_of(&sc, 0, 0);
		steps(&sc, "A");
		assert_int_equal(frame_of(&sc, 0, 0) == frame, t[i].kept);
		assert_int_equal(sc.state.frame[frame_of(&sc, 0, 0)].flags, 0);
		scenario_end(&sc);
	}
}

/* A pinned page is not merged; but a clean read-only entry was not looked at until v5.19. */
static void merging_of_pinned_pages(void **state)
{
	static const struct { const char *kernel; bool merged; } t[] = {
		{ "v5.7", true }, { "v5.12", true }, { "v5.18", true }, { "v5.19", false },
		{ "v6.12", false },
	};

	(void)state;
	for (size_t i = 0; i < NR(t); i++) {
		struct scenario sc;

		scenario_start(&sc, "{ anon x[2] = 1; } A { p = pin_w(x[0]); madvise(x, MADV_MERGEABLE);"
				    " ksm_scan(x); }", t[i].kernel);
		steps(&sc, "A A A");
		assert_int_not_equal(frame_of(&sc, 0, 0), frame_of(&sc, 0, 1));
		assert_int_equal(frame_of(&sc, 0, 0), sc.state.pin[0].frame);
		scenario_end(&sc);
		scenario_start(&sc, "{ anon x[2] = 1; } A { reclaim(x[0]); mprotect(x, PROT_READ); r = x[0];"
				    " p = pin(x[0], FOLL_PIN); madvise(x, MADV_MERGEABLE); ksm_scan(x); }",
			       t[i].kernel);
		steps(&sc, "A A A A A A");
		if ((frame_of(&sc, 0, 0) == frame_of(&sc, 0, 1)) != t[i].merged)
			fail_msg("clean and read-only on %s", t[i].kernel);
		scenario_end(&sc);
	}
}

static void unmerging(void **state)
{
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ anon x[2] = 1; } A { madvise(x, MADV_MERGEABLE); ksm_scan(x);"
			    " madvise(x, MADV_UNMERGEABLE); }", "v6.12");
	steps(&sc, "A A A");
	assert_int_not_equal(frame_of(&sc, 0, 0), frame_of(&sc, 0, 1));
	assert_int_equal(sc.state.frame[frame_of(&sc, 0, 0)].flags, 0);
	assert_int_equal(value_at(&sc, 0, 0), 1);
	scenario_end(&sc);
}

/* ---- write protection ---- */

static void clear_refs(void **state)
{
	static const struct { const char *kernel; bool pin, get; } t[] = {
		/* The page stays the process's, with FOLL_PIN and with FOLL_GET. */
		{ "v5.8", true, true }, { "v5.10", false, false }, { "v5.10.9", true, false },
		{ "v5.11", true, false }, { "v5.18", true, false }, { "v5.19", true, true },
		{ "v6.12", true, true },
	};
	static const char *const text[2] = {
		"{ anon x; } A { p = pin_w(x); clear_refs(); x = 1; }",
		"{ anon x; } A { p = get_w(x); clear_refs(); x = 1; }",
	};

	(void)state;
	for (size_t i = 0; i < NR(t); i++)
		for (unsigned k = 0; k < 2; k++) {
			struct scenario sc;

			scenario_start(&sc, text[k], t[i].kernel);
			steps(&sc, "A A A");
			assert_int_equal(sc.state.hazards, (k ? t[i].get : t[i].pin) ? 0 : COW_D);
			scenario_end(&sc);
		}
}

static void userfaultfd(void **state)
{
	static const struct { const char *kernel; bool at_once, same; } t[] = {
		{ "v5.8", false, true }, { "v5.10", false, false }, { "v5.18", false, false },
		{ "v5.19", false, true }, { "v6.2", false, true }, { "v6.3", true, true },
		{ "v7.3", true, true },
	};

	(void)state;
	for (size_t i = 0; i < NR(t); i++) {
		struct scenario sc;

		scenario_start(&sc, "{ anon x = 1; } A { p = pin_w(x); uffd_wp(x); x = 2; }"
				    " A.t1 { barrier(1); r = x; uffd_unprotect(x); }"
				    " A.t2 { barrier(1); }", t[i].kernel);
		steps(&sc, "A A");
		assert_int_equal(bits(&sc, 0, 0), COW_PTE_PRESENT | D | COW_PTE_UFFD_WP);
		/* The write waits, a read does not. */
		assert_false(can_step(&sc, "A"));
		steps(&sc, "t1 t2 t1 t1");
		assert_int_equal(!!(bits(&sc, 0, 0) & W), t[i].at_once);
		steps(&sc, "A");
		assert_int_equal(sc.state.hazards, t[i].same ? 0 : COW_D);
		scenario_end(&sc);
	}
	/* The protection outlives swap, mprotect() and unsharing, not mremap(). */
	for (unsigned k = 0; k < 4; k++) {
		static const char *const doing[] = {
			"reclaim(x); r = x;", "mprotect(x, PROT_READ); mprotect(x, PROT_READ|PROT_WRITE);",
			"fork(B); p = pin_r(x);", "y = mremap(x); r = y;",
		};
		struct scenario sc;
		char text[128];

		snprintf(text, sizeof(text), "{ anon x; } A { uffd_wp(x); %s %s = 1; }%s", doing[k],
			 k == 3 ? "y" : "x", k == 2 ? " B { }" : "");
		scenario_start(&sc, text, "v6.12");
		steps(&sc, "A A A");
		assert_int_equal(can_step(&sc, "A"), k == 3);
		scenario_end(&sc);
	}
	/* Not known yet, or not of this memory. */
	for (unsigned i = 0; i < 4; i++) {
		static const struct { const char *kernel, *memory; int err; } u[] = {
			{ "v5.6", "anon x", -EINVAL }, { "v5.18", "hugetlb x", -EINVAL },
			{ "v5.19", "hugetlb x", 0 }, { "v6.12", "file x", -EINVAL },
		};
		struct scenario sc;
		char text[128];

		snprintf(text, sizeof(text), "{ %s; } A { r = uffd_wp(x); s = uffd_unprotect(x); }",
			 u[i].memory);
		scenario_start(&sc, text, u[i].kernel);
		steps(&sc, "A A");
		assert_int_equal(reg_named(&sc, "A", "r"), u[i].err);
		assert_int_equal(reg_named(&sc, "A", "s"), u[i].err);
		scenario_end(&sc);
	}
	/* B23: where reads break COW, they wait too. */
	for (unsigned old = 0; old < 2; old++) {
		struct scenario sc;

		scenario_start(&sc, "{ anon x; } A { uffd_wp(x); p = vmsplice(x); }",
			       old ? "v5.8" : "v5.9");
		steps(&sc, "A");
		assert_int_equal(can_step(&sc, "A"), !old);
		scenario_end(&sc);
	}
}

/* What the state of all this packs to unpacks to the same. */
static void packing_loses_nothing(void **state)
{
	struct scenario sc;
	struct cow_state back;
	unsigned char key[4096];

	(void)state;
	scenario_start(&sc, "{ thp h[2] = 1; anon x[2] = 1; hugetlb g = 1; } A { p = pin_w(h[1]);"
			    " madvise(x, MADV_MERGEABLE); ksm_scan(x); reclaim(h[0]); fork(B); x[1] = 5;"
			    " reclaim(x[1]); uffd_wp(g); } B { h[0] = 3; }", "v6.12");
	steps(&sc, "A A A A A A A A B");
	assert_true(cow_state_size(&sc.model) <= sizeof(key));
	cow_state_pack(&sc.model, &sc.state, key);
	cow_state_unpack(&sc.model, key, &back);
	assert_memory_equal(&back, &sc.state, sizeof(back));
	scenario_end(&sc);
}

/* As long as one VMA covers the range, and all of it is emptied. */
static void empty_table_is_freed(void **state)
{
	static const struct { const char *kernel, *calls; bool huge; } t[] = {
		{ "v6.13", "madvise(h, MADV_DONTNEED);", false },
		{ "v6.14", "madvise(h, MADV_DONTNEED);", true },
		{ "v6.14", "madvise(h[0], MADV_DONTNEED); madvise(h[1], MADV_DONTNEED);", false },
		{ "v6.14", "mprotect(h[1], PROT_READ); madvise(h, MADV_DONTNEED); "
			   "mprotect(h[1], PROT_READ|PROT_WRITE);", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct scenario sc;
		struct cow_state s;
		char text[256];

		snprintf(text, sizeof(text), "{ thp h[2] = 1; } A { madvise(h[1], MADV_DONTFORK); "
			 "madvise(h[1], MADV_DOFORK); %s h[0] = 2; }", t[i].calls);
		scenario_start(&sc, text, t[i].kernel);
		cow_model_start(&sc.model, &s);
		while (cow_model_next(&sc.model, &s, 0))
			assert_true(cow_model_step(&sc.model, &s, 0));
		assert_int_equal(!!(s.mm[0].pte[1].bits & COW_PTE_PRESENT), t[i].huge);
		scenario_end(&sc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_huge_page_is_one_folio),
		cmocka_unit_test(huge_cow_by_era),
		cmocka_unit_test(huge_mprotect),
		cmocka_unit_test(fork_of_a_pinned_huge_page),
		cmocka_unit_test(reuse_of_parts),
		cmocka_unit_test(the_huge_zero_page),
		cmocka_unit_test(split_and_collapse),
		cmocka_unit_test(migration),
		cmocka_unit_test(hugetlb_fork),
		cmocka_unit_test(hugetlb_reuse),
		cmocka_unit_test(hugetlb_pool),
		cmocka_unit_test(hugetlb_mkwrite),
		cmocka_unit_test(hugetlb_system_calls),
		cmocka_unit_test(out_and_in),
		cmocka_unit_test(swapped_out_and_shared),
		cmocka_unit_test(pinned_and_reclaimed),
		cmocka_unit_test(swapped_out_pages_leak),
		cmocka_unit_test(nothing_is_left_in_the_swap_cache),
		cmocka_unit_test(given_up_under_a_direct_read),
		cmocka_unit_test(advice_that_is_not_known_yet),
		cmocka_unit_test(given_up_and_written_again),
		cmocka_unit_test(merging),
		cmocka_unit_test(merged_pages_and_write_faults),
		cmocka_unit_test(merging_of_pinned_pages),
		cmocka_unit_test(unmerging),
		cmocka_unit_test(clear_refs),
		cmocka_unit_test(userfaultfd),
		cmocka_unit_test(packing_loses_nothing),
		cmocka_unit_test(empty_table_is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
