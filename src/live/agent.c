/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * agent.c - the program that obeys (see agent.h).
 *
 * Free-standing: it consists of nothing but this file.  Each agent runs on its own
 * stack of the array below, which also tells a signal handler who it is: agents of
 * one address space are indistinguishable otherwise.
 *
 *   cowherd-agent AGENT SOCKET
 */
#include <asm/signal.h>
#include <asm/siginfo.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <asm/unistd.h>
#include "agent.h"

#ifndef __x86_64__
#error "agent.c knows x86-64 only"
#endif

enum { E_INTR = 4, PAGE = 4096, SIGNALS = 64 };

static struct agent {
	int socket;
	/* Of the order being obeyed. */
	unsigned char shared;
} agents[COW_AGENT_MAX];

static char stacks[COW_AGENT_MAX][COW_AGENT_STACK] __attribute__((aligned(PAGE)));

static long call(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

static void leave(void)
{
	for (;;)
		call(__NR_exit_group, 0, 0, 0, 0, 0, 0);
}

static void answer(const struct agent *a, long kind, long value)
{
	struct cow_answer m = { kind, value };
	long n;

	do
		n = call(__NR_write, a->socket, (long)&m, sizeof(m), 0, 0, 0);
	while (n == -E_INTR);
	if (n != sizeof(m))
		leave();
}

static void __attribute__((used, noreturn)) obey(unsigned index);

/* The child goes on in obey() on the stack of agent INDEX, whatever it shares. */
static long clone_agent(unsigned long flags, unsigned index)
{
	long *top = (long *)(stacks[index] + COW_AGENT_STACK);
	register long zero __asm__("r10") = 0;
	register long tls __asm__("r8") = 0;
	long ret;

	*--top = index;
	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "pop %%rdi\n\t"
			 "call obey\n"
			 "1:"
			 : "=a"(ret)
			 : "a"(__NR_clone), "D"(flags), "S"(top), "d"(0), "r"(zero), "r"(tls)
			 : "rcx", "r11", "memory");
	return ret;
}

/* ---- SIGSEGV, SIGBUS: told, and then died of ---- */

/* As rt_sigaction() takes it. */
struct action {
	void (*handler)(int sig, siginfo_t *info, void *context);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask;
};

extern void return_from_handler(void);
__asm__("return_from_handler:\n\t"
	"mov $15, %eax\n\t"		/* rt_sigreturn */
	"syscall\n");

static void set_handler(int sig, void (*handler)(int, siginfo_t *, void *))
{
	struct action act = { handler, SA_SIGINFO | SA_RESTORER, return_from_handler, 0 };

	call(__NR_rt_sigaction, sig, (long)&act, 0, sizeof(act.mask), 0, 0);
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	const struct agent *a = &agents[(here - (unsigned long)stacks) / COW_AGENT_STACK];

	(void)context;
	answer(a, COW_ANSWER_FAULT, (long)info->si_addr);
	/* It is to be seen in the exit status, not in a core file. */
	if (!a->shared)
		call(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0, 0);
	set_handler(sig, 0);
	/* Blocked as long as this handler runs. */
	call(__NR_tgkill, call(__NR_getpid, 0, 0, 0, 0, 0, 0),
	     call(__NR_gettid, 0, 0, 0, 0, 0, 0), sig, 0, 0, 0);
}

/* ---- orders ---- */

static long execute(const struct cow_order *o)
{
	const int64_t *arg = o->arg;
	long value;

	switch (o->nr) {
	case COW_ORDER_LOAD:
		value = *(volatile unsigned char *)arg[0];
		for (int64_t i = 1; i < arg[2]; i++)
			(void)((volatile unsigned char *)arg[0])[i * PAGE];
		return value;
	case COW_ORDER_STORE:
		*(volatile unsigned char *)arg[0] = (unsigned char)arg[1];
		for (int64_t i = 1; i < arg[2]; i++)
			((volatile unsigned char *)arg[0])[i * PAGE] = (unsigned char)arg[1];
		return 0;
	case COW_ORDER_CLONE:
		agents[arg[1]].socket = (int)arg[2];
		return clone_agent((unsigned long)arg[0], (unsigned)arg[1]);
	default:
		return call(o->nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	}
}

static void obey(unsigned index)
{
	struct agent *a = &agents[index];
	struct cow_order o;
	long n;

	answer(a, COW_ANSWER_HELLO, call(__NR_getpid, 0, 0, 0, 0, 0, 0));
	for (;;) {
		n = call(__NR_read, a->socket, (long)&o, sizeof(o), 0, 0, 0);
		if (n == -E_INTR)
			continue;
		if (n != sizeof(o))
			leave();
		a->shared = o.shared;
		n = execute(&o);
		if (o.drain)
			call(__NR_madvise, (long)o.drain, PAGE, MADV_COLD, 0, 0, 0);
		answer(a, COW_ANSWER_RESULT, n);
	}
}

static unsigned number(const char *s)
{
	unsigned n = 0;

	while (*s >= '0' && *s <= '9')
		n = n * 10 + (unsigned)(*s++ - '0');
	return n;
}

/* Signals as they are when a program is written for them: no mask, nothing ignored. */
static void reset_signals(void)
{
	unsigned long none = 0;

	for (int sig = 1; sig <= SIGNALS; sig++)
		set_handler(sig, 0);
	set_handler(SIGSEGV, on_fault);
	set_handler(SIGBUS, on_fault);
	call(__NR_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, sizeof(none), 0, 0);
}

/* Does not return: the agent moves to its own stack. */
static void __attribute__((used)) start(long *stack)
{
	char **argv = (char **)(stack + 1);
	unsigned index;

	if (stack[0] != 3)
		leave();
	index = number(argv[1]);
	if (index >= COW_AGENT_MAX)
		leave();
	agents[index].socket = (int)number(argv[2]);
	reset_signals();
	__asm__ volatile("mov %0, %%rsp\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "call obey"
			 :
			 : "r"(stacks[index] + COW_AGENT_STACK), "D"((long)index)
			 : "memory");
	__builtin_unreachable();
}

__asm__(".globl _start\n"
	"_start:\n\t"
	"xor %ebp, %ebp\n\t"
	"mov %rsp, %rdi\n\t"
	"and $-16, %rsp\n\t"
	"call start\n\t"
	"hlt\n");
