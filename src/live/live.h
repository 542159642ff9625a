/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * live.h - inside live/: a scenario on the running kernel.
 *
 * The coordinator is the thread that called cow_live().  It never forks itself: it
 * starts a supervisor (agent.h) and tells that and its descendants what to do, one order
 * at a time.  After each step it looks at their page tables through /proc
 * and holds what it sees against the state of the model.
 *
 *   can.c       what can be run here at all, told before anything runs
 *   schedule.c  the interleavings that the model lists
 *   probe.c     how this kernel is configured
 *   session.c   the supervisor and what outlives a run: sockets, files, devices
 *   remote.c    orders and answers
 *   memory.c    where regions are, and the files behind them
 *   uffd.c      userfaultfd
 *   huge.c      the huge pages of this machine
 *   run.c       one run of one interleaving
 *   ops.c       the executor of each operation
 *   observe.c   pages, frames, counts: looked at and compared
 *   differ.c    a disagreement in words
 *   dev_*.c     what pins pages here, see device.h; fuse.c: a FUSE server
 *
 * A failure of the harness itself (an agent hangs, a call that cannot fail fails) is
 * recorded by live_fail(); everything after it returns at once until the run is over.
 */
#ifndef COW_LIVE_LIVE_H
#define COW_LIVE_LIVE_H

#include <sched.h>
#include <sys/types.h>
#include "../litmus/test.h"
#include "../model/model.h"
#include "agent.h"
#include "device.h"

/* ---- memory of the agents ---- */

enum {
	LIVE_PAGE = 4096,
	LIVE_PART = 64,			/* bytes from one part of a page to the next */
	/*
	 * Pages from one region to the next.  Larger than a region, so that regions never
	 * become one VMA, and a multiple of what a read fault maps around itself.
	 */
	LIVE_STRIDE = 32,
	LIVE_HUGE_PAGE = 2 << 20,
	/* The same of regions of huge pages, of which COW_MAX_PAGES are in one. */
	LIVE_HUGE_STRIDE = 2 * COW_MAX_PAGES * LIVE_HUGE_PAGE,
};

#define LIVE_WINDOW UINT64_C(0x10000000000)	/* regions */
#define LIVE_HUGE_WINDOW UINT64_C(0x18000000000)	/* regions of huge pages */
#define LIVE_CONTROL UINT64_C(0x20000000000)	/* struct live_control, shared */
#define LIVE_DRAIN UINT64_C(0x30000000000)	/* never touched, see struct cow_order */

/* What orders point to: mapped by the coordinator and, at LIVE_CONTROL, by all agents. */
struct live_control {
	struct live_arguments {
		struct { uint64_t base, len; } iov[COW_MAX_PAGES];	/* its struct iovec */
		uint64_t pointer[4];			/* an argv */
		char text[4][32];
		uint8_t data[128] __attribute__((aligned(8)));
	} agent[COW_AGENT_MAX];
};

/* ---- observations ---- */

struct live_entry {
	bool present, swapped, file, once;	/* pagemap bits 63, 62, 61, 56 */
	bool soft_dirty;			/* 55 */
	uint64_t pfn;
};

/* What /proc says of a frame; mapcount -1: not known. */
struct live_frame_info {
	int64_t mapcount;
	uint64_t flags;		/* 1 << KPF_ */
};

/* Bits of /proc/kpageflags. */
enum {
	KPF_LRU = 5,
	KPF_ANON = 12,
	KPF_THP = 22,
	KPF_ZERO_PAGE = 24,
	/* Shared by PG_mappedtodisk, which anonymous pages have not, and PG_anon_exclusive. */
	KPF_MAPPEDTODISK = 34,
};

/* ---- the whole ---- */

struct live_proc {
	pid_t pid;		/* 0: not started in this run */
	int pidfd;
	int pagemap;		/* of the address space it started with, if that is its own */
	int uffd;		/* userfaultfd of that address space, in the agents, or -1 */
	bool dead, execed;
	int status;		/* of a dead one, as wait() gives it */
	int vforker;		/* agent whose clone() returns when this process leaves, or -1 */
};

struct live {
	/* What to do. */
	const struct cow_test *test;
	struct cow_live_options options;
	struct cow_program prog;	/* the test's, with every result in a register */
	struct cow_rules rules;
	struct cow_model model;

	/* Session. */
	pid_t supervisor;		/* 0: none */
	int supervisor_pidfd;
	cpu_set_t cpus;			/* the one of the agents */
	unsigned owed;			/* answers that the supervisor has not given yet */
	int executable, control_fd;	/* memfds */
	struct live_control *control;
	int socket[COW_AGENT_MAX], peer[COW_AGENT_MAX];
	int peer_number[COW_AGENT_MAX];	/* of the agent's end, in the agents */
	int memory[COW_MAX_REGIONS];	/* file or memfd of a region, -1: anonymous */
	long pool_before;		/* nr_hugepages to be restored, or -1 */
	int pool_lock;
	struct live_pin *pin[COW_MAX_PINS];	/* by first slot of the operation */
	int kpagecount, kpageflags;	/* -1: not permitted */
	bool frames;			/* frame numbers are seen */
	bool soft_dirty;		/* it is tracked which pages are */
	bool sees_exclusive;		/* and so is PG_anon_exclusive */
	bool used;			/* something went wrong: do not run in this session again */

	/* Run. */
	pid_t first, group;		/* first process, and the process group when it leads one */
	struct live_proc proc[COW_MAX_PROCS];
	uint64_t pin_pfn[COW_MAX_PINS];
	struct live_entry entry[COW_MAX_PROCS][COW_MAX_PAGES];	/* last seen */
	const uint8_t *schedule;
	unsigned step, run;

	/* Result. */
	struct cow_live_result *result;
	bool failed;			/* the harness, in this run */
	bool disagreed;			/* the kernel, in this run */
};

/* One operation while it is executed. */
struct live_step {
	unsigned thread;
	const struct cow_op *op;
	const struct cow_state *before, *after;	/* of the model */
	/* What the kernel did. */
	bool has_result;
	long result;		/* as the register would hold it */
	bool faulted;		/* SIGSEGV */
	bool dma_error;
};

/* ---- remote.c ---- */

struct live_reply {
	enum cow_answer_kind kind;
	int64_t value;
};

/* Records why the run cannot go on; the first reason counts. */
void live_fail(struct live *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

bool live_send(struct live *l, unsigned agent, const struct cow_order *order);
bool live_receive(struct live *l, unsigned agent, struct live_reply *reply);
/* Both.  False: failed. */
bool live_order(struct live *l, unsigned agent, const struct cow_order *order,
		struct live_reply *reply);
/* A system call of AGENT; its result, -errno.  After a failure -ECANCELED. */
long live_call6(struct live *l, unsigned agent, long nr, const int64_t arg[COW_AGENT_ARGS]);
#define live_call(l, agent, nr, ...) \
	live_call6(l, agent, nr, (const int64_t[COW_AGENT_ARGS]){ __VA_ARGS__ })
/* The same, of a call that cannot fail. */
long live_must6(struct live *l, unsigned agent, const char *what, long nr,
		const int64_t arg[COW_AGENT_ARGS]);
#define live_must(l, agent, what, nr, ...) \
	live_must6(l, agent, what, nr, (const int64_t[COW_AGENT_ARGS]){ __VA_ARGS__ })

/* Waits until process P is gone, address space and all. */
void live_await_death(struct live *l, unsigned p);
/* Drains this CPU's LRU batches, in the supervisor. */
void live_drain(struct live *l);

/* Agent of a thread of the program, main agent of a process, process of an agent or -1. */
static inline unsigned live_agent(unsigned thread)
{
	return 1 + thread;
}
static inline unsigned live_main_agent(const struct live *l, unsigned proc)
{
	return live_agent(l->prog.procs[proc].thread);
}

/* Address, in the agents, of something in struct live_control. */
static inline uint64_t live_shared(const struct live *l, const void *p)
{
	return LIVE_CONTROL + (uint64_t)((const char *)p - (const char *)l->control);
}

/* ---- memory.c ---- */

/*
 * A page of the model is one of this machine, or a huge page of hugetlb.  Those of a
 * transparent huge page are its first small pages one by one, so that map counts are what
 * the model has, and the last one is the whole rest: small pages which are all treated
 * alike, the first of which shows the contents and the frame of all.
 */
uint64_t live_address(const struct cow_program *p, unsigned vpn, unsigned part);
/* Bytes of NPAGES pages. */
uint64_t live_length(const struct cow_program *p, unsigned vpn, unsigned npages);
/* How many small pages have to be treated alike: 1, or that rest. */
unsigned live_slice(const struct cow_program *p, unsigned vpn);
/* The files that regions need.  0 or -errno with a reason in WHY. */
int live_memory_open(struct live *l, char *why, size_t size);
void live_memory_close(struct live *l);
/* The state that the model starts in, in the first process. */
void live_memory_start(struct live *l);

/* ---- huge.c ---- */

/* Sees to it that there are as many huge pages as the program can use; 0 or -errno and WHY. */
int live_huge_reserve(struct live *l, char *why, size_t size);
void live_huge_release(struct live *l);
/* Whether a transparent huge page is to be had; reason to skip or NULL. */
const char *live_huge_probe(struct live *l);

/* ---- uffd.c ---- */

/* Write-protects memory of address space MM, which is AGENT's, or no longer; 0 or -errno. */
long live_uffd_protect(struct live *l, unsigned agent, unsigned mm, uint64_t addr, uint64_t len,
		       bool protect);
/* Reason to skip or NULL. */
const char *live_uffd_probe(struct live *l);

/* ---- session.c, probe.c ---- */

/* The page at ADDR in the page table of process PID. */
struct live_entry live_probe_entry(pid_t pid, uint64_t addr);

/* 0, or -errno with a reason in WHY. */
int live_session_start(struct live *l, char *why, size_t size);
void live_session_stop(struct live *l);
/* Kills every process of the run and collects it.  False: the supervisor does not answer. */
bool live_reap(struct live *l);
/* Corrects the rules if this kernel is one that never maps the zero page. */
void live_probe_zero_page(struct live *l);
/* A number in a file of /proc or /sys; -1: there is none. */
long live_setting(const char *path);
/* What can be seen here; reason to skip or NULL. */
const char *live_configuration(struct live *l);

/* ---- run.c ---- */

/* Process P was started by AGENT's clone(): learns its id, starts its threads. */
void live_proc_started(struct live *l, unsigned p, pid_t pid, bool own_mm);
/* Drives SCHEDULE of N steps once.  l->failed and l->disagreed say how it went. */
void live_run(struct live *l, const uint8_t *schedule, unsigned n);

/* ---- ops.c ---- */

/* Why this operation cannot be executed here at all, or NULL. */
const char *live_no_executor(enum cow_opcode code);
void live_execute(struct live *l, struct live_step *step);
/* Processes that other processes touch through the kernel; needs permission to. */
bool live_op_is_remote(const struct cow_op *op);

/* ---- can.c ---- */

/* Why T cannot be run here, in WHY; false if it can. */
bool live_cannot(const struct live *l, char *why, size_t size);
/* The device for a pinning operation, NULL: none here, reason in WHY. */
const struct live_device *live_device_for(const struct live *l, const struct cow_op *op,
					  char *why, size_t size);
/* The device is to write through what OP pins. */
bool live_pin_writes(const struct cow_op *op);

/* ---- observe.c ---- */

/* Looks at everything and compares it with step->after. */
void live_observe(struct live *l, const struct live_step *step);
/* What processes read in the end. */
void live_observe_values(struct live *l, const struct cow_state *s);
/* A word of /proc/PID/pagemap. */
struct live_entry live_entry(uint64_t raw);
/* The page table of address space MM.  False: that is gone. */
bool live_read_entries(const struct live *l, unsigned mm, struct live_entry *entry);
struct live_frame_info live_frame_info(const struct live *l, uint64_t pfn);

/* ---- differ.c ---- */

/* The kernel did something else than the model: WHAT, in words, with the pages. */
void live_disagree(struct live *l, const struct live_step *step, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
