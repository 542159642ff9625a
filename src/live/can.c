/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * can.c - what cannot be run on this machine, told before anything runs.
 */
#include <stdio.h>
#include <string.h>
#include "live.h"

/* ---- programs ---- */

/* Calls MATCH for each operation of process PROC (-1: of all) until it says yes. */
static bool any_op(const struct cow_program *p, int proc,
		   bool (*match)(const struct cow_op *op))
{
	for (unsigned t = 0; t < p->nr_threads; t++)
		for (unsigned i = 0; i < p->threads[t].nops; i++)
			if ((proc < 0 || p->threads[t].proc == proc) && match(&p->threads[t].ops[i]))
				return true;
	return false;
}

static bool vforks(const struct cow_op *op)
{
	return op->code == COW_OP_VFORK ||
	       (op->code == COW_OP_CLONE && (op->flags & COW_CLONE_VFORK));
}

static bool execs(const struct cow_op *op)
{
	return op->code == COW_OP_EXEC;
}

static bool empties(const struct cow_op *op)
{
	return op->code == COW_OP_MADVISE &&
	       (op->flags == COW_MADV_DONTNEED || op->flags == COW_MADV_WIPEONFORK);
}

static bool pins(const struct cow_op *op)
{
	return cow_op_info[op->code].result == 'h';
}

bool live_pin_writes(const struct cow_op *op)
{
	return op->code == COW_OP_URING_REG || op->code == COW_OP_ODIRECT_READ ||
	       ((op->code == COW_OP_PIN || op->code == COW_OP_PIN_FAST) &&
		(op->flags & COW_FOLL_WRITE));
}

/* ---- which pins a register can hold ---- */

/* A bit for each first slot. */
static unsigned held_by(const struct cow_program *p, int reg)
{
	unsigned set = 0;

	for (; reg >= 0; reg = p->regs[reg].inherit)
		for (unsigned t = 0; t < p->nr_threads; t++)
			for (unsigned i = 0; i < p->threads[t].nops; i++) {
				const struct cow_op *op = &p->threads[t].ops[i];

				if (op->dst != reg)
					continue;
				/* What was sent can be any of them. */
				set |= pins(op) ? 1u << op->slot : op->code == COW_OP_RECV ? ~0u : 0;
			}
	return set;
}

static unsigned reads_of(const struct cow_program *p, unsigned slot)
{
	unsigned n = 0;

	for (unsigned t = 0; t < p->nr_threads; t++)
		for (unsigned i = 0; i < p->threads[t].nops; i++) {
			const struct cow_op *op = &p->threads[t].ops[i];

			n += op->code == COW_OP_DMA_READ && (held_by(p, op->pin) >> slot & 1);
		}
	return n;
}

/* ---- devices ---- */

/* A read may meet something else than anonymous pages in the private mapping R. */
static bool not_anonymous(const struct live *l, const struct cow_region *r)
{
	switch ((enum cow_kind)r->kind) {
	case COW_HUGETLB:
		return false;
	case COW_ANON:
	case COW_THP:
		return l->rules.value[COW_RULE_zero_page] != ZERO_PAGE_NEVER &&
		       any_op(&l->prog, -1, empties);
	case COW_UNTOUCHED:
		return l->rules.value[COW_RULE_zero_page] != ZERO_PAGE_NEVER;
	default:
		return true;
	}
}

/* What decides which page is taken; how the walk is made does not. */
static unsigned essential(const struct live *l, const struct cow_op *op, unsigned flags)
{
	const struct cow_region *r = &l->prog.regions[l->prog.page_region[op->vpn]];
	bool relevant;

	/*
	 * Zones that pages are moved out of are not met here.  A write cares for files on a
	 * filesystem, a read for what is not anonymous in a private mapping.
	 */
	if (flags & COW_FOLL_WRITE)
		relevant = r->shared && r->kind == COW_FILE;
	else
		relevant = !r->shared && not_anonymous(l, r);
	return flags & ~(unsigned)(COW_FOLL_FAST | (relevant ? 0 : COW_FOLL_LONGTERM));
}

static bool same_flags(const struct live *l, const struct cow_op *op, unsigned flags,
		       const struct live_device *d)
{
	return essential(l, op, flags) == essential(l, op, l->rules.value[d->user]);
}

/* IORING_REGISTER_BUFFERS refuses files where the rules say so; a plain pin does not. */
static bool refuses_files(const struct live *l, const struct live_device *d,
			  const struct cow_op *op)
{
	const struct cow_region *r = &l->prog.regions[l->prog.page_region[op->vpn]];
	bool file = r->kind == COW_FILE || r->kind == COW_MEMFD || r->shared;

	return d == &live_dev_uring && file &&
	       l->rules.value[COW_RULE_uring_file] != URING_FILE_ALLOW;
}

static void flag_names(unsigned flags, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = 0;
	for (unsigned bit = 1; bit && bit <= flags && n < size; bit <<= 1)
		if (flags & bit)
			n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? "|" : "",
					      cow_foll_name(bit));
}

/* Of a pin with flags.  FUSE that only reads once is the last choice. */
static const struct live_device *by_flags(const struct live *l, const struct cow_op *op,
					  char *why, size_t size)
{
	static const struct live_device *const devices[] = {
		&live_dev_uring, &live_dev_vmsplice, &live_dev_fuse_write };
	char flags[96];

	for (unsigned i = 0; i < sizeof(devices) / sizeof(*devices); i++)
		if (same_flags(l, op, op->flags, devices[i]) && !refuses_files(l, devices[i], op))
			return devices[i];
	flag_names(op->flags, flags, sizeof(flags));
	snprintf(why, size, "no device here takes pages with %s", flags);
	return NULL;
}

/* A file on FUSE stands for one on a block device, if that takes pages in the same way. */
static const struct live_device *direct(const struct live *l, const struct cow_op *op,
					char *why, size_t size)
{
	bool read = op->code == COW_OP_ODIRECT_READ;
	const struct live_device *d = read ? &live_dev_fuse_read : &live_dev_fuse_write;

	if (same_flags(l, op, l->rules.value[read ? COW_RULE_odirect_read
						  : COW_RULE_odirect_write], d))
		return d;
	snprintf(why, size, "O_DIRECT of FUSE takes pages otherwise than that of a block device");
	return NULL;
}

const struct live_device *live_device_for(const struct live *l, const struct cow_op *op,
					  char *why, size_t size)
{
	switch (op->code) {
	case COW_OP_URING_REG:
		return &live_dev_uring;
	case COW_OP_VMSPLICE:
		return &live_dev_vmsplice;
	case COW_OP_ODIRECT_READ:
	case COW_OP_ODIRECT_WRITE:
		return direct(l, op, why, size);
	default:
		return by_flags(l, op, why, size);
	}
}

/* ---- the reasons ---- */

/* Of a pinning operation; WHY stays empty if there is none. */
static void check_pin(const struct live *l, int proc, const struct cow_op *op, char *why,
		      size_t size)
{
	const struct cow_program *p = &l->prog;
	const struct live_device *d;

	if (op->proc >= 0 && op->proc != proc) {
		snprintf(why, size, "no device here pins another process's memory");
		return;
	}
	d = live_device_for(l, op, why, size);
	if (d != &live_dev_fuse_read && d != &live_dev_fuse_write)
		return;
	if (reads_of(p, (unsigned)op->slot) > 1)
		snprintf(why, size, "the only device for %s here can read once",
			 p->regs[op->dst].name);
	else if (any_op(p, proc, execs) || any_op(p, proc, vforks))
		snprintf(why, size, "exec() and vfork() would wait for the direct I/O in flight");
}

static void check_op(const struct live *l, const struct cow_thread *th, const struct cow_op *op,
		     char *why, size_t size)
{
	const char *missing = live_no_executor((enum cow_opcode)op->code);
	const struct cow_region *r = &l->prog.regions[l->prog.page_region[op->vpn]];
	bool tracing = op->code == COW_OP_PTRACE_PEEK || op->code == COW_OP_PTRACE_POKE;

	if (missing)
		snprintf(why, size, "%s: %s", cow_op_info[op->code].name, missing);
	else if (op->code == COW_OP_MADVISE && op->flags == COW_MADV_PAGEOUT)
		snprintf(why, size, "MADV_PAGEOUT: no swap here");
	else if ((op->code == COW_OP_UFFD_WP || op->code == COW_OP_UFFD_UNPROTECT) &&
		 (r->shared || r->kind == COW_FILE || r->kind == COW_MEMFD))
		snprintf(why, size, "%s: page cache that is watched is mapped otherwise",
			 cow_op_info[op->code].name);
	else if (pins(op))
		check_pin(l, th->proc, op, why, size);
	else if (tracing && op->proc >= 0 && any_op(&l->prog, op->proc, vforks))
		snprintf(why, size, "%s: a process that waits in vfork() cannot be stopped",
			 cow_op_info[op->code].name);
}

bool live_cannot(const struct live *l, char *why, size_t size)
{
	const struct cow_program *p = &l->prog;

	why[0] = 0;
	if (p->step_grain) {
		snprintf(why, size, "option grain=step: the sub-steps of a call cannot be driven from here");
		return true;
	}
	if (p->lru_batch) {
		snprintf(why, size, "option lru=batch: the LRU batches are drained after each step here");
		return true;
	}
	for (unsigned t = 0; t < p->nr_threads; t++)
		for (unsigned i = 0; i < p->threads[t].nops; i++) {
			check_op(l, &p->threads[t], &p->threads[t].ops[i], why, size);
			if (why[0])
				return true;
		}
	return false;
}
