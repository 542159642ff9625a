/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * scenario.h - for unit tests: a scenario from a string, stepped by hand.
 */
#ifndef COW_TESTS_SCENARIO_H
#define COW_TESTS_SCENARIO_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "explore/explore.h"
#include "history/history.h"

struct scenario {
	struct cow_history *history;
	struct cow_kernels kernels;
	struct cow_test *test;
	struct cow_model model;
	struct cow_state state;
};

static inline void scenario_message(void *arg, const struct cow_message *m)
{
	(void)arg;
	print_error("%s:%u:%u: %s\n", m->file, m->line, m->col, m->text);
}

static const struct cow_diag scenario_diag = { scenario_message, NULL };

/* TEXT at its start, on KERNEL. */
static inline void scenario_start(struct scenario *sc, const char *text, const char *kernel)
{
	memset(sc, 0, sizeof(*sc));
	sc->history = cow_history_new();
	assert_non_null(sc->history);
	assert_int_equal(cow_kernels_select(sc->history, kernel, &sc->kernels, NULL, 0, 0,
					    &scenario_diag), 0);
	sc->test = cow_test_parse("test", text, strlen(text), &scenario_diag);
	assert_non_null(sc->test);
	cow_model_init(&sc->model, &sc->test->prog, cow_kernel_rules(sc->kernels.kernel[0]));
	cow_model_start(&sc->model, &sc->state);
}

static inline void scenario_end(struct scenario *sc)
{
	cow_test_free(sc->test);
	cow_kernels_free(&sc->kernels);
	cow_history_free(sc->history);
}

static inline unsigned thread_named(const struct scenario *sc, const char *name)
{
	for (unsigned t = 0; t < sc->test->prog.nr_threads; t++)
		if (!strcmp(sc->test->prog.threads[t].name, name))
			return t;
	fail_msg("no thread %s", name);
	return 0;
}

/* Lets the threads named in SCHEDULE ("A A B A") step; each has to be able to. */
static inline void steps(struct scenario *sc, const char *schedule)
{
	char *copy = strdup(schedule), *at = copy;

	assert_non_null(copy);
	for (char *name = strsep(&at, " "); name; name = strsep(&at, " "))
		if (!cow_model_step(&sc->model, &sc->state, thread_named(sc, name)))
			fail_msg("%s cannot step", name);
	free(copy);
}

static inline bool can_step(struct scenario *sc, const char *name)
{
	struct cow_state s = sc->state;

	return cow_model_step(&sc->model, &s, thread_named(sc, name));
}

static inline int reg_named(const struct scenario *sc, const char *proc, const char *name)
{
	const struct cow_program *p = &sc->test->prog;

	for (unsigned r = 0; r < p->nr_regs; r++) {
		const struct cow_reg *reg = &p->regs[r];
		const char *owner = reg->proc >= 0 ? p->procs[reg->proc].name
						   : p->threads[reg->thread].name;

		if (!strcmp(reg->name, name) && !strcmp(owner, proc))
			return sc->state.reg[r];
	}
	fail_msg("no register %s:%s", proc, name);
	return 0;
}

static inline const struct cow_pte *pte_of(const struct scenario *sc, unsigned proc, unsigned vpn)
{
	return &sc->state.mm[sc->state.proc[proc].mm].pte[vpn];
}

#endif
