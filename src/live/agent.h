/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * agent.h - what the library and its agents say to each other.
 *
 * An agent is a process (or a thread of one) that obeys: it loads, it stores, it makes
 * the system call that it is told to make, it clones itself.  All agents run
 * agent.c, a program of a few pages without a C library that is embedded in the
 * library and executed from a memfd.  So the caller of the library is never forked, and
 * neither its memory, nor its threads, nor a sanitizer can disturb a scenario.
 *
 * Agent 0 is the supervisor, which starts the first process of each run and collects
 * the dead.  Agent 1 + t is thread t of the program.  Each agent has one
 * SOCK_SEQPACKET socket: a struct cow_order comes in, a struct cow_answer goes out.
 * Its end is the end of the agent.
 */
#ifndef COW_LIVE_AGENT_H
#define COW_LIVE_AGENT_H

#include <stdint.h>

enum {
	COW_AGENT_MAX = 17,
	COW_AGENT_STACK = 32 << 10,
	COW_AGENT_ARGS = 6,
};

/* Orders that are not the number of a system call. */
enum {
	/* In each of several pages that follow each other; the first one's value counts. */
	COW_ORDER_LOAD = -1,	/* address, 0, pages: the byte there */
	COW_ORDER_STORE = -2,	/* address, value, pages: stores a byte */
	COW_ORDER_CLONE = -3,	/* flags, agent, socket: starts that agent; its process id */
};

struct cow_order {
	int64_t nr;			/* system call, or COW_ORDER_ */
	int64_t arg[COW_AGENT_ARGS];
	/*
	 * An address range without pages, or 0: MADV_COLD on it is made after the order, for
	 * its side effect of draining this CPU's LRU batches.
	 */
	uint64_t drain;
	/* A SIGSEGV must not make the address space undumpable: others use it too. */
	uint8_t shared;
};

enum cow_answer_kind {
	COW_ANSWER_RESULT,	/* value: as the kernel gave it, -errno */
	COW_ANSWER_HELLO,	/* a new agent, or one after execve(); value: its process id */
	COW_ANSWER_FAULT,	/* SIGSEGV or SIGBUS at address value; the process is dying of it */
};

struct cow_answer {
	int64_t kind, value;
};

#endif
