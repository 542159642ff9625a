/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * live.c - cow_live(): every interleaving, so often.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "../history/history.h"
#include "live.h"
#include "schedule.h"

enum {
	DEFAULT_RUNS = 3,
	DEFAULT_SCHEDULES = 64,
	DEFAULT_TIMEOUT_MS = 2000,
	REPEATS = 4,	/* of an interleaving in which model and kernel disagree */
};

/* ---- the program: every operation gets a register for its result, if there are enough ---- */

static void free_program(struct cow_program *p)
{
	for (unsigned t = 0; t < p->nr_threads; t++)
		free(p->threads[t].ops);
}

static void give_register(struct cow_program *p, const struct cow_thread *th, struct cow_op *op)
{
	struct cow_reg *r;

	if (cow_op_info[op->code].result != 'o' || op->dst >= 0 || p->nr_regs == COW_MAX_REGS)
		return;
	r = &p->regs[p->nr_regs];
	*r = (struct cow_reg){ .proc = th->proc, .thread = -1, .type = COW_REG_INT, .inherit = -1 };
	op->dst = (int8_t)p->nr_regs++;
}

static int copy_program(struct cow_program *to, const struct cow_program *from)
{
	*to = *from;
	to->nr_threads = 0;
	for (unsigned t = 0; t < from->nr_threads; t++) {
		struct cow_thread *th = &to->threads[t];
		size_t size = from->threads[t].nops * sizeof(*th->ops);

		th->ops = malloc(size ? size : 1);
		if (!th->ops)
			return -ENOMEM;
		if (size)
			memcpy(th->ops, from->threads[t].ops, size);
		to->nr_threads++;
		for (unsigned i = 0; i < th->nops; i++)
			give_register(to, th, &th->ops[i]);
	}
	return 0;
}

/* ---- runs ---- */

static void set_reason(struct cow_live_result *r, enum cow_live_outcome outcome, const char *reason)
{
	free(r->reason);
	r->reason = strdup(reason);
	r->outcome = outcome;
}

/* A session in which nothing went wrong yet. */
static bool fresh_session(struct live *l)
{
	char why[256];

	if (!l->used)
		return true;
	live_session_stop(l);
	if (!live_session_start(l, why, sizeof(why)))
		return true;
	set_reason(l->result, COW_LIVE_ERROR, why);
	return false;
}

/* How often the interleaving that just disagreed does so again. */
static void repeat(struct live *l, const struct live_schedule *s)
{
	unsigned again = 0, done = 0;
	char *text;

	for (; done < REPEATS && fresh_session(l); done++) {
		live_run(l, s->thread, s->steps);
		if (l->failed)
			break;
		again += l->disagreed;
	}
	if (l->result->outcome != COW_LIVE_DISAGREE || !l->result->reason ||
	    asprintf(&text, "%s%u of %u repetitions disagree as well\n", l->result->reason, again,
		     done) < 0)
		return;
	free(l->result->reason);
	l->result->reason = text;
}

/* True: go on. */
static bool run_once(struct live *l, const struct live_schedule *s, unsigned total)
{
	if (l->options.progress && l->options.progress(l->options.arg, l->result->runs, total)) {
		l->result->outcome = COW_LIVE_STOPPED;
		return false;
	}
	if (!fresh_session(l))
		return false;
	live_run(l, s->thread, s->steps);
	l->result->runs++;
	if (l->disagreed)
		repeat(l, s);
	return !l->failed && !l->disagreed;
}

static void run_all(struct live *l, const struct live_schedules *list)
{
	unsigned total = list->nr * l->options.runs;

	l->result->schedules_total = list->total;
	for (unsigned i = 0; i < list->nr; i++) {
		l->result->schedules++;
		for (l->run = 1; l->run <= l->options.runs; l->run++)
			if (!run_once(l, &list->schedule[i], total))
				return;
	}
}

static int run(struct live *l)
{
	struct live_schedules list;
	const char *reason;
	char why[256] = "";
	int err;

	if (live_cannot(l, why, sizeof(why))) {
		set_reason(l->result, COW_LIVE_SKIP, why);
		return 0;
	}
	err = live_session_start(l, why, sizeof(why));
	if (err == -ENOMEM)
		return err;
	if (err) {
		set_reason(l->result, COW_LIVE_SKIP, why);
		return 0;
	}
	reason = live_configuration(l);
	l->result->frames = l->frames;
	if (l->failed)
		return 0;
	if (reason) {
		set_reason(l->result, COW_LIVE_SKIP, reason);
		return 0;
	}
	/* Before there was such a bit, the model says nothing about it. */
	l->sees_exclusive &= l->rules.value[COW_RULE_wp_small] >= WP_EXCLUSIVE;
	cow_model_init(&l->model, &l->prog, &l->rules);
	err = live_schedules(&l->model, l->options.max_schedules, l->options.seed, &list);
	if (err)
		return err;
	run_all(l, &list);
	live_schedules_free(&list);
	return 0;
}

static void set_options(struct live *l, const struct cow_live_options *o)
{
	if (o)
		l->options = *o;
	if (!l->options.runs)
		l->options.runs = DEFAULT_RUNS;
	if (!l->options.max_schedules)
		l->options.max_schedules = DEFAULT_SCHEDULES;
	if (!l->options.timeout_ms)
		l->options.timeout_ms = DEFAULT_TIMEOUT_MS;
}

/* No descriptor is open yet. */
static struct live *new_live(struct cow_live_result *out)
{
	struct live *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->result = out;
	l->pool_before = l->pool_lock = -1;
	l->supervisor_pidfd = l->executable = l->control_fd = -1;
	for (unsigned i = 0; i < COW_AGENT_MAX; i++)
		l->socket[i] = l->peer[i] = -1;
	for (unsigned i = 0; i < COW_MAX_REGIONS; i++)
		l->memory[i] = -1;
	for (unsigned i = 0; i < COW_MAX_PROCS; i++)
		l->proc[i] = (struct live_proc){ .pidfd = -1, .pagemap = -1, .uffd = -1,
						  .vforker = -1 };
	l->kpagecount = open("/proc/kpagecount", O_RDONLY | O_CLOEXEC);
	l->kpageflags = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	return l;
}

int cow_live(const struct cow_test *t, const struct cow_kernel *k,
	     const struct cow_live_options *options, struct cow_live_result *out)
{
	struct utsname u;
	struct live *l;
	int err;

	*out = (struct cow_live_result){ .outcome = COW_LIVE_AGREE };
	if (!uname(&u))
		snprintf(out->kernel, sizeof(out->kernel), "%s", u.release);
	l = new_live(out);
	if (!l)
		return -ENOMEM;
	l->test = t;
	l->rules = *cow_kernel_rules(k);
	live_probe_zero_page(l);
	set_options(l, options);
	err = copy_program(&l->prog, &t->prog);
	if (!err)
		err = run(l);
	live_session_stop(l);
	free_program(&l->prog);
	if (l->kpagecount >= 0)
		close(l->kpagecount);
	if (l->kpageflags >= 0)
		close(l->kpageflags);
	free(l);
	if (err)
		cow_live_result_free(out);
	return err;
}

void cow_live_result_free(struct cow_live_result *r)
{
	free(r->reason);
	r->reason = NULL;
}
