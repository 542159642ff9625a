/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * remote.c - orders to agents, and their answers.
 *
 * Whoever waits for an answer also waits for the end of the process that should give
 * it, and not for ever.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../litmus/print.h"
#include "live.h"

/* "step 3 of run 2: A: x[0] = 1", and what went wrong there. */
void live_fail(struct live *l, const char *fmt, ...)
{
	char *text = NULL;
	size_t size;
	FILE *f;
	va_list ap;

	if (l->failed)
		return;
	l->failed = true;
	l->used = true;
	f = open_memstream(&text, &size);
	if (!f)
		return;
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	if (l->run)
		fprintf(f, " (run %u, step %u)", l->run, l->step);
	if (fclose(f))
		return;
	free(l->result->reason);
	l->result->reason = text;
	l->result->outcome = COW_LIVE_ERROR;
}

/* Process whose agent this is: -1 the supervisor's. */
static int proc_of(const struct live *l, unsigned agent)
{
	return agent ? l->prog.threads[agent - 1].proc : -1;
}

static const char *agent_name(const struct live *l, unsigned agent, char *buf, size_t size)
{
	int p = proc_of(l, agent);

	if (p < 0)
		return "the supervisor";
	if (l->prog.threads[agent - 1].kind == COW_THREAD)
		snprintf(buf, size, "%s.%s", l->prog.procs[p].name, l->prog.threads[agent - 1].name);
	else
		snprintf(buf, size, "%s", l->prog.procs[p].name);
	return buf;
}

bool live_send(struct live *l, unsigned agent, const struct cow_order *order)
{
	char name[2 * COW_NAME];
	ssize_t n;

	if (l->failed)
		return false;
	do
		n = send(l->socket[agent], order, sizeof(*order), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n == sizeof(*order)) {
		l->owed += agent == 0;
		return true;
	}
	live_fail(l, "no order can be sent to %s: %s", agent_name(l, agent, name, sizeof(name)),
		  strerror(errno));
	return false;
}

/* 1: received, 0: nothing there, -errno. */
static int take_answer(struct live *l, unsigned agent, struct live_reply *reply)
{
	struct cow_answer a;
	ssize_t n;

	do
		n = recv(l->socket[agent], &a, sizeof(a), MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (n != sizeof(a))
		return -EPROTO;
	reply->kind = (enum cow_answer_kind)a.kind;
	reply->value = a.value;
	if (agent == 0 && reply->kind == COW_ANSWER_RESULT)
		l->owed--;
	return 1;
}

static void say_gone(struct live *l, unsigned agent)
{
	char name[2 * COW_NAME];

	live_fail(l, "%s died although it was not told to", agent_name(l, agent, name, sizeof(name)));
}

bool live_receive(struct live *l, unsigned agent, struct live_reply *reply)
{
	int p = proc_of(l, agent);
	struct pollfd fds[2] = {
		{ .fd = l->socket[agent], .events = POLLIN },
		{ .fd = p < 0 ? l->supervisor_pidfd : l->proc[p].pidfd, .events = POLLIN },
	};
	char name[2 * COW_NAME];
	int got, n;

	while (!l->failed) {
		got = take_answer(l, agent, reply);
		if (got > 0)
			return true;
		if (got < 0) {
			live_fail(l, "no answer from %s: %s",
				  agent_name(l, agent, name, sizeof(name)), strerror(-got));
			break;
		}
		/* Looked at after the socket: what it said before it died has been read. */
		if (fds[1].revents) {
			say_gone(l, agent);
			break;
		}
		n = poll(fds, 2, (int)l->options.timeout_ms);
		if (n == 0)
			live_fail(l, "%s did not answer within %u ms",
				  agent_name(l, agent, name, sizeof(name)), l->options.timeout_ms);
		else if (n < 0 && errno != EINTR)
			live_fail(l, "poll: %s", strerror(errno));
	}
	return false;
}

bool live_order(struct live *l, unsigned agent, const struct cow_order *order,
		struct live_reply *reply)
{
	return live_send(l, agent, order) && live_receive(l, agent, reply);
}

long live_call6(struct live *l, unsigned agent, long nr, const int64_t arg[COW_AGENT_ARGS])
{
	struct cow_order o = { .nr = nr, .drain = LIVE_DRAIN };
	struct live_reply r;

	memcpy(o.arg, arg, sizeof(o.arg));
	return live_order(l, agent, &o, &r) ? (long)r.value : -ECANCELED;
}

long live_must6(struct live *l, unsigned agent, const char *what, long nr,
		const int64_t arg[COW_AGENT_ARGS])
{
	long r = live_call6(l, agent, nr, arg);

	if (r < 0 && r > -4096)
		live_fail(l, "%s: %s", what, strerror((int)-r));
	return r;
}

void live_drain(struct live *l)
{
	live_call(l, 0, SYS_madvise, LIVE_DRAIN, LIVE_PAGE, MADV_COLD);
}

/* Exit status as /proc/PID/stat has it at its end. */
static int exit_status(pid_t pid)
{
	char path[32], buf[1024];
	const char *last;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return -1;
	n = fread(buf, 1, sizeof(buf) - 1, f);
	fclose(f);
	while (n && buf[n - 1] == '\n')
		n--;
	buf[n] = 0;
	last = strrchr(buf, ' ');
	return last ? atoi(last + 1) : -1;
}

void live_await_death(struct live *l, unsigned p)
{
	struct live_proc *proc = &l->proc[p];
	struct pollfd fd = { .fd = proc->pidfd, .events = POLLIN };
	int n;

	if (l->failed)
		return;
	do
		n = poll(&fd, 1, (int)l->options.timeout_ms);
	while (n < 0 && errno == EINTR);
	if (n <= 0) {
		live_fail(l, "%s did not end within %u ms", l->prog.procs[p].name,
			  l->options.timeout_ms);
		return;
	}
	proc->dead = true;
	proc->status = exit_status(proc->pid);
	live_drain(l);
}
