/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * can.c - what cannot be run on this machine, told before anything runs.
 */
#include <stdio.h>
#include <string.h>
#include "live.h"

/* What decides which page is taken; how the walk is made does not. */
static unsigned essential(const struct live *l, const struct cow_op *op, unsigned flags)
{
	const struct cow_region *r = &l->prog.regions[l->prog.page_region[op->vpn]];

	flags &= ~(unsigned)COW_FOLL_FAST;
	/*
	 * With FOLL_WRITE it matters for files on a filesystem only, where no zone is one
	 * that pages are moved out of; a read is unshared or not because of it.
	 */
	if ((flags & COW_FOLL_WRITE) && !(r->kind == COW_FILE && r->shared))
		flags &= ~(unsigned)COW_FOLL_LONGTERM;
	return flags;
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

const struct live_device *live_device_for(const struct live *l, const struct cow_op *op,
					  char *why, size_t size)
{
	static const struct live_device *const devices[] = { &live_dev_uring, &live_dev_vmsplice };
	char flags[96];

	if (op->code == COW_OP_URING_REG)
		return &live_dev_uring;
	if (op->code == COW_OP_VMSPLICE)
		return &live_dev_vmsplice;
	for (unsigned i = 0; i < sizeof(devices) / sizeof(*devices); i++)
		if (essential(l, op, op->flags) ==
		    essential(l, op, l->rules.value[devices[i]->user]) &&
		    !refuses_files(l, devices[i], op))
			return devices[i];
	flag_names(op->flags, flags, sizeof(flags));
	snprintf(why, size, "no device here takes pages with %s", flags);
	return NULL;
}

static bool pins(const struct cow_op *op)
{
	return cow_op_info[op->code].result == 'h';
}

/* A parent stopped in vfork() cannot be stopped by a tracer. */
static bool vforks(const struct cow_program *p, unsigned proc)
{
	for (unsigned t = 0; t < p->nr_threads; t++)
		for (unsigned i = 0; p->threads[t].proc == (int)proc && i < p->threads[t].nops; i++) {
			const struct cow_op *op = &p->threads[t].ops[i];

			if (op->code == COW_OP_VFORK ||
			    (op->code == COW_OP_CLONE && (op->flags & COW_CLONE_VFORK)))
				return true;
		}
	return false;
}

/* The reason in WHY, or it stays empty. */
static void check_op(const struct live *l, const struct cow_thread *th, const struct cow_op *op,
		     char *why, size_t size)
{
	const char *missing = live_no_executor((enum cow_opcode)op->code);
	bool tracing = op->code == COW_OP_PTRACE_PEEK || op->code == COW_OP_PTRACE_POKE;

	if (missing)
		snprintf(why, size, "%s: %s", cow_op_info[op->code].name, missing);
	else if (pins(op) && op->proc >= 0 && op->proc != th->proc)
		snprintf(why, size, "no device here pins another process's memory");
	else if (pins(op))
		live_device_for(l, op, why, size);
	else if (tracing && op->proc >= 0 && vforks(&l->prog, (unsigned)op->proc))
		snprintf(why, size, "%s: a process that waits in vfork() cannot be stopped",
			 cow_op_info[op->code].name);
}

bool live_cannot(const struct live *l, char *why, size_t size)
{
	const struct cow_program *p = &l->prog;

	why[0] = 0;
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
