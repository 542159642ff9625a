/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * session.c - what outlives a run: the supervisor, sockets, shared control memory, files
 * and devices.
 *
 * The supervisor is cloned as posix_spawn() does it, sharing memory until it executes
 * the agent, so that the caller's address space is never duplicated: it may be
 * large, and may itself have pinned pages.  It sends no SIGCHLD.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "image.h"
#include "live.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

enum { SPAWN_STACK = 64 << 10 };

static unsigned nr_agents(const struct live *l)
{
	return 1 + l->prog.nr_threads;
}

/* ---- files that the agents share with the coordinator ---- */

static int memfd_exec(void)
{
	int fd = -1;

#ifdef MFD_EXEC
	fd = memfd_create("cowherd-agent", MFD_CLOEXEC | MFD_EXEC);
#endif
	if (fd < 0)
		fd = memfd_create("cowherd-agent", MFD_CLOEXEC);
	return fd;
}

static int open_shared(struct live *l)
{
	l->executable = memfd_exec();
	if (l->executable < 0)
		return -errno;
	for (size_t done = 0; done < cow_agent_image_size;) {
		ssize_t n = write(l->executable, cow_agent_image + done,
				  cow_agent_image_size - done);

		if (n <= 0)
			return n ? -errno : -EIO;
		done += (size_t)n;
	}
	l->control_fd = memfd_create("cowherd-control", MFD_CLOEXEC);
	if (l->control_fd < 0 || ftruncate(l->control_fd, sizeof(struct live_control)))
		return -errno;
	l->control = mmap(NULL, sizeof(struct live_control), PROT_READ | PROT_WRITE, MAP_SHARED,
			  l->control_fd, 0);
	if (l->control == MAP_FAILED) {
		l->control = NULL;
		return -errno;
	}
	return 0;
}

static int open_sockets(struct live *l)
{
	for (unsigned i = 0; i < nr_agents(l); i++) {
		int fds[2];

		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
			return -errno;
		l->socket[i] = fds[0];
		l->peer[i] = l->peer_number[i] = fds[1];
	}
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_pins(struct live *l)
{
	for (unsigned i = 0; i < COW_MAX_PINS; i++) {
		struct live_pin *pin = l->pin[i];

		if (!pin)
			continue;
		if (pin->live)
			pin->device->drop(pin);
		pin->device->close(pin);
		free(pin);
		l->pin[i] = NULL;
	}
}

static int open_pin(struct live *l, const struct cow_op *op, char *why, size_t size)
{
	struct live_pin *pin = calloc(1, sizeof(*pin));
	int err;

	if (!pin)
		return -ENOMEM;
	pin->device = live_device_for(l, op, why, size);
	pin->npages = op->npages;
	pin->huge = live_length(&l->prog, op->vpn, 1) != LIVE_PAGE;
	pin->write = live_pin_writes(op);
	err = pin->device->open(pin);
	if (err) {
		snprintf(why, size, "no %s here: %s", pin->device->name, strerror(-err));
		free(pin);
		return err;
	}
	l->pin[op->slot] = pin;
	return 0;
}

static int open_pins(struct live *l, char *why, size_t size)
{
	for (unsigned i = 0; i < l->prog.nr_pins; i++) {
		const struct cow_op *op = cow_pin_op(&l->prog, i);
		int err = op->slot == (int)i ? open_pin(l, op, why, size) : 0;

		if (err)
			return err;
	}
	return 0;
}

/* ---- the supervisor ---- */

struct spawn {
	const struct live *l;
	sigset_t mask;
	char index[4], socket[12];
	int err;
};

static void keep(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, 0);
}

/*
 * In the child, in the caller's memory: no more than system calls.  Nothing that the
 * caller has open goes on to the agents.
 */
static int spawned(void *arg)
{
	struct spawn *s = arg;
	const struct live *l = s->l;
	char *argv[] = { "cowherd-agent", s->index, s->socket, NULL }, *env[] = { NULL };

	if (syscall(SYS_close_range, 0u, ~0u, CLOSE_RANGE_CLOEXEC))
		for (int fd = 0; fd < 4096; fd++)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	keep(l->executable);
	keep(l->control_fd);
	for (unsigned i = 0; i < nr_agents(l); i++)
		keep(l->peer[i]);
	for (unsigned i = 0; i < l->prog.nr_regions; i++)
		keep(l->memory[i]);
	for (unsigned i = 0; i < l->prog.nr_pins; i++)
		for (unsigned k = 0; l->pin[i] && l->pin[i]->device->fd(l->pin[i], k) >= 0; k++)
			keep(l->pin[i]->device->fd(l->pin[i], k));
	syscall(SYS_execveat, l->executable, "", argv, env, AT_EMPTY_PATH);
	s->err = -errno;
	syscall(SYS_exit_group, 127);
	return 0;
}

static int spawn_supervisor(struct live *l)
{
	struct spawn s = { .l = l, .index = "0" };
	sigset_t all;
	char *stack;
	int pid;

	snprintf(s.socket, sizeof(s.socket), "%d", l->peer[0]);
	stack = mmap(NULL, SPAWN_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack == MAP_FAILED)
		return -errno;
	/* No handler of the caller runs in the child. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &s.mask);
	pid = clone(spawned, stack + SPAWN_STACK, CLONE_VM | CLONE_VFORK, &s);
	if (pid < 0)
		s.err = -errno;
	pthread_sigmask(SIG_SETMASK, &s.mask, NULL);
	munmap(stack, SPAWN_STACK);
	if (pid > 0 && s.err)
		waitpid(pid, NULL, __WALL);
	if (s.err)
		return s.err;
	l->supervisor = pid;
	l->supervisor_pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return l->supervisor_pidfd < 0 ? -errno : 0;
}

/*
 * On one CPU, of which the LRU batches can be drained from any agent; it gets the orphans,
 * and dies with the caller.  Its children end with their sockets.
 */
static void settle_supervisor(struct live *l)
{
	struct live_arguments *a = &l->control->agent[0];
	struct rlimit no_core = { 0, 0 };
	struct live_reply hello;
	int cpu = sched_getcpu();

	live_receive(l, 0, &hello);
	live_must(l, 0, "setsid", SYS_setsid, 0);
	live_must(l, 0, "PR_SET_PDEATHSIG", SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
	live_must(l, 0, "PR_SET_CHILD_SUBREAPER", SYS_prctl, PR_SET_CHILD_SUBREAPER, 1);
	live_must(l, 0, "control memory", SYS_mmap, LIVE_CONTROL, sizeof(struct live_control),
		  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, l->control_fd, 0);
	live_must(l, 0, "mmap", SYS_mmap, LIVE_DRAIN, LIVE_PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	memcpy(a->data, &no_core, sizeof(no_core));
	live_call(l, 0, SYS_prlimit64, 0, RLIMIT_CORE, (int64_t)live_shared(l, a->data), 0);
	CPU_ZERO(&l->cpus);
	CPU_SET(cpu < 0 ? 0 : cpu, &l->cpus);
	_Static_assert(sizeof(l->cpus) <= sizeof(a->data), "an argument of the agents");
	memcpy(a->data, &l->cpus, sizeof(l->cpus));
	live_must(l, 0, "sched_setaffinity", SYS_sched_setaffinity, 0, sizeof(l->cpus),
		  (int64_t)live_shared(l, a->data));
}

static int start_pins(struct live *l, char *why, size_t size)
{
	for (unsigned i = 0; i < l->prog.nr_pins && !l->failed; i++) {
		const struct live_device *d = l->pin[i] ? l->pin[i]->device : NULL;
		int err = d && d->start ? d->start(l, l->pin[i]) : 0;

		if (err) {
			snprintf(why, size, "no %s here: %s", d->name, strerror(-err));
			return err;
		}
	}
	return 0;
}

int live_session_start(struct live *l, char *why, size_t size)
{
	int err = live_memory_open(l, why, size);

	if (!err)
		err = live_huge_reserve(l, why, size);
	if (!err)
		err = open_pins(l, why, size);
	if (err)
		return err;
	snprintf(why, size, "the agents cannot be started");
	err = open_shared(l);
	if (!err)
		err = open_sockets(l);
	if (!err)
		err = spawn_supervisor(l);
	if (err) {
		size_t n = strlen(why);

		snprintf(why + n, size - n, ": %s", strerror(-err));
		return err;
	}
	for (unsigned i = 0; i < nr_agents(l); i++)
		close_fd(&l->peer[i]);
	settle_supervisor(l);
	return start_pins(l, why, size);
}

/* An answer of the supervisor's within the timeout. */
static bool supervisor_answers(struct live *l, struct cow_answer *answer)
{
	struct pollfd fd = { .fd = l->socket[0], .events = POLLIN };
	int n;

	do
		n = poll(&fd, 1, (int)l->options.timeout_ms);
	while (n < 0 && errno == EINTR);
	return n > 0 && recv(l->socket[0], answer, sizeof(*answer), MSG_DONTWAIT) ==
			(ssize_t)sizeof(*answer);
}

/*
 * Whatever is wrong, so that it does not use live_call().  All of a run's processes are in
 * the process group of the first, which cannot be anybody else's before the
 * supervisor has waited for it.
 */
bool live_reap(struct live *l)
{
	struct cow_order o = { .nr = SYS_wait4, .arg = { -1, 0, __WALL }, .drain = LIVE_DRAIN };
	struct cow_answer a;

	if (!l->supervisor)
		return true;
	if (l->group > 0)
		kill(-l->group, SIGKILL);
	if (l->first > 0)
		kill(l->first, SIGKILL);
	l->group = l->first = 0;
	for (; l->owed; l->owed--)
		if (!supervisor_answers(l, &a))
			return false;
	do {
		if (send(l->socket[0], &o, sizeof(o), MSG_NOSIGNAL) != (ssize_t)sizeof(o) ||
		    !supervisor_answers(l, &a))
			return false;
	} while (a.value != -ECHILD);
	return true;
}

void live_session_stop(struct live *l)
{
	live_reap(l);
	if (l->supervisor) {
		kill(l->supervisor, SIGKILL);
		/* ECHILD: the caller waits for all of its children itself. */
		while (waitpid(l->supervisor, NULL, __WALL) < 0 && errno == EINTR)
			;
		l->supervisor = 0;
	}
	close_fd(&l->supervisor_pidfd);
	close_pins(l);
	live_huge_release(l);
	live_memory_close(l);
	for (unsigned i = 0; i < COW_AGENT_MAX; i++) {
		close_fd(&l->socket[i]);
		close_fd(&l->peer[i]);
	}
	if (l->control)
		munmap(l->control, sizeof(*l->control));
	l->control = NULL;
	close_fd(&l->control_fd);
	close_fd(&l->executable);
	l->used = false;
}
