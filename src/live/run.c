/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * run.c - one run of one interleaving: step by step, model and kernel side by side.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "live.h"

#ifndef PR_SET_PTRACER
#define PR_SET_PTRACER 0x59616d61
#endif

/* ---- processes ---- */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void start_thread(struct live *l, unsigned p, unsigned thread)
{
	unsigned agent = live_agent(thread);
	struct cow_order o = {
		.nr = COW_ORDER_CLONE,
		.arg = { CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			 CLONE_SYSVSEM, agent, l->peer_number[agent] },
		.drain = LIVE_DRAIN,
	};
	struct live_reply r;

	if (!live_order(l, live_main_agent(l, p), &o, &r))
		return;
	if (r.value < 0)
		live_fail(l, "%s.%s: %s", l->prog.procs[p].name, l->prog.threads[thread].name,
			  strerror((int)-r.value));
	else
		live_receive(l, agent, &r);
}

static bool touches_others(const struct cow_program *p)
{
	for (unsigned t = 0; t < p->nr_threads; t++)
		for (unsigned i = 0; i < p->threads[t].nops; i++)
			if (live_op_is_remote(&p->threads[t].ops[i]))
				return true;
	return false;
}

void live_proc_started(struct live *l, unsigned p, pid_t pid, bool own_mm)
{
	struct live_proc *proc = &l->proc[p];
	char path[40];

	proc->pid = pid;
	proc->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (proc->pidfd < 0) {
		live_fail(l, "pidfd_open: %s", strerror(errno));
		return;
	}
	if (own_mm) {
		snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
		proc->pagemap = open(path, O_RDONLY | O_CLOEXEC);
		if (proc->pagemap < 0)
			live_fail(l, "%s: %s", path, strerror(errno));
	}
	/* EINVAL without the Yama security module. */
	if (touches_others(&l->prog))
		live_call(l, live_main_agent(l, p), SYS_prctl, PR_SET_PTRACER, -1);
	for (unsigned t = 0; t < l->prog.nr_threads; t++)
		if (l->prog.threads[t].kind == COW_THREAD && l->prog.threads[t].proc == (int)p)
			start_thread(l, p, t);
}

static void start_first(struct live *l)
{
	unsigned agent = live_main_agent(l, 0);
	struct cow_order o = {
		.nr = COW_ORDER_CLONE,
		.arg = { SIGCHLD, agent, l->peer_number[agent] },
	};
	struct live_reply r;

	if (!live_order(l, 0, &o, &r))
		return;
	if (r.value < 0) {
		live_fail(l, "clone: %s", strerror((int)-r.value));
		return;
	}
	l->first = (pid_t)r.value;
	if (!live_receive(l, agent, &r))
		return;
	live_must(l, agent, "PR_SET_PDEATHSIG", SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
	live_must(l, agent, "setpgid", SYS_setpgid, 0, 0);
	l->group = l->first;
	live_memory_start(l);
	live_proc_started(l, 0, l->first, true);
}

/* A process that leaves its parent's memory lets the parent's vfork() return. */
static void end_vforks(struct live *l)
{
	for (unsigned p = 0; p < l->prog.nr_procs; p++) {
		struct live_proc *proc = &l->proc[p];
		struct live_reply r;
		int parent;

		if (!proc->pid || proc->vforker < 0 || !(proc->dead || proc->execed))
			continue;
		parent = l->prog.threads[proc->vforker - 1].proc;
		if (!l->proc[parent].dead && live_receive(l, (unsigned)proc->vforker, &r) &&
		    r.value != proc->pid)
			live_fail(l, "vfork() returned %lld", (long long)r.value);
		proc->vforker = -1;
	}
}

/* ---- a step ---- */

/* The signal that kills who touches memory that is not to be had. */
static bool killed_by(const struct live *l, const struct cow_task *task, int status)
{
	int sig = status & 0x7f;

	return task->faulted ? sig == SIGSEGV || (l->prog.hugetlb_pool && sig == SIGBUS) : !sig;
}

/* Who is dead, and of what: /proc tells that only to those who may trace the process. */
static void compare_processes(struct live *l, const struct live_step *step)
{
	for (unsigned p = 0; p < l->prog.nr_procs && !l->failed && !l->disagreed; p++) {
		const struct cow_task *task = &step->after->proc[p];
		const struct live_proc *proc = &l->proc[p];

		if (!proc->pid)
			continue;
		l->result->observations++;
		if (proc->dead != (task->state == COW_DEAD))
			live_disagree(l, step, proc->dead ? "%s dies of SIGSEGV" :
				      task->faulted ? "%s does not die of SIGSEGV" :
				      "%s does not die", l->prog.procs[p].name);
		else if (proc->dead && l->frames && !killed_by(l, task, proc->status))
			live_fail(l, "%s ended with status %x", l->prog.procs[p].name,
				  (unsigned)proc->status);
	}
}

static void compare_result(struct live *l, const struct live_step *step)
{
	const struct cow_op *op = step->op;
	bool error = (step->after->dma_error & ~step->before->dma_error) >> step->thread & 1;
	bool known = step->before->dma_error >> step->thread & 1;

	if (!known && (op->code == COW_OP_DMA_READ || op->code == COW_OP_DMA_WRITE)) {
		l->result->observations++;
		if (step->dma_error != error)
			live_disagree(l, step, error ? "the device's access succeeds"
						     : "the device's access fails");
	}
	if (l->disagreed || !step->has_result || op->dst < 0)
		return;
	l->result->observations++;
	if (step->after->reg[op->dst] != step->result)
		live_disagree(l, step, "the result is %ld, not %d", step->result,
			      step->after->reg[op->dst]);
}

static void take_step(struct live *l, struct cow_state *s, unsigned thread)
{
	struct cow_state before = *s;
	struct live_step step = {
		.thread = thread,
		.op = cow_model_next(&l->model, s, thread),
		.before = &before,
		.after = s,
	};

	if (!cow_model_step(&l->model, s, thread)) {
		live_fail(l, "the model cannot take this step");
		return;
	}
	live_execute(l, &step);
	end_vforks(l);
	if (l->failed)
		return;
	compare_processes(l, &step);
	if (!l->failed && !l->disagreed)
		compare_result(l, &step);
	live_observe(l, &step);
}

/* ---- the run ---- */

static void forget_run(struct live *l)
{
	for (unsigned p = 0; p < COW_MAX_PROCS; p++) {
		close_fd(&l->proc[p].pidfd);
		close_fd(&l->proc[p].pagemap);
		l->proc[p] = (struct live_proc){ .pidfd = -1, .pagemap = -1, .uffd = -1,
						  .vforker = -1 };
	}
	memset(l->pin_pfn, 0, sizeof(l->pin_pfn));
	memset(l->entry, 0, sizeof(l->entry));
	for (unsigned i = 0; i < COW_MAX_PINS; i++)
		if (l->pin[i] && l->pin[i]->live) {
			l->pin[i]->live = false;
			if (l->pin[i]->device->drop(l->pin[i]))
				l->used = true;
		}
}

/* What agents said when they were already no longer listened to: vfork() that returned. */
static void empty_sockets(struct live *l)
{
	struct cow_answer a;

	for (unsigned i = 1; i <= l->prog.nr_threads; i++)
		while (recv(l->socket[i], &a, sizeof(a), MSG_DONTWAIT) > 0)
			;
}

void live_run(struct live *l, const uint8_t *schedule, unsigned n)
{
	struct cow_state s;
	struct live_step start = { .after = &s };

	l->failed = l->disagreed = false;
	l->schedule = schedule;
	l->step = 0;
	forget_run(l);
	cow_model_start(&l->model, &s);
	start_first(l);
	live_observe(l, &start);
	for (l->step = 1; l->step <= n && !l->failed && !l->disagreed; l->step++)
		take_step(l, &s, schedule[l->step - 1]);
	if (!l->failed && !l->disagreed)
		live_observe_values(l, &s);
	if (!live_reap(l))
		live_fail(l, "the run's processes do not end");
	empty_sockets(l);
	forget_run(l);
	l->used |= l->failed || l->disagreed;
	if (l->failed || l->disagreed || l->test->quantifier == COW_NO_CONDITION)
		return;
	if (cow_cond_holds(&l->model, &s, l->test->cond, 0))
		l->result->positive++;
	else
		l->result->negative++;
}
