/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * device.h - what takes pages of a process on this machine, and then moves bytes from and
 * to them without that process's page tables.
 *
 * One file dev_*.c each.  A struct live_pin is one pinning operation of a program;
 * it is opened once for all runs, because what holds the pages must be there before
 * the process that pins, and belongs to the coordinator: that is "the device".
 */
#ifndef COW_LIVE_DEVICE_H
#define COW_LIVE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "../model/program.h"
#include "../model/rules.h"

struct live;

struct live_pin {
	const struct live_device *device;
	unsigned npages;
	bool write;		/* the device is to write */
	bool huge;		/* its pages are, or are slices of such */
	uint64_t addr, len;	/* what it pinned, in the process */
	uint64_t start[COW_MAX_PAGES];	/* of each page, from addr */
	bool live;
	void *own;		/* the device's */
};

struct live_device {
	const char *name;
	enum cow_rule_id user;	/* the rule that says how it takes pages */
	/* 0 or -errno. */
	int (*open)(struct live_pin *pin);
	void (*close)(struct live_pin *pin);
	/* Descriptors that the agents need, one after the other, then -1. */
	int (*fd)(const struct live_pin *pin, unsigned i);
	/* The supervisor is there now; may be NULL.  0 or -errno. */
	int (*start)(struct live *l, struct live_pin *pin);
	/* AGENT takes the pages: 0 or -errno. */
	long (*take)(struct live *l, unsigned agent, struct live_pin *pin);
	/* Lets go of them. */
	int (*drop)(struct live_pin *pin);
	/* One byte at OFFSET; 0 or -errno, the byte or -errno.  write may be NULL. */
	int (*write)(struct live_pin *pin, size_t offset, uint8_t value);
	int (*read)(struct live_pin *pin, size_t offset);
};

/* Which page of PIN is at OFFSET. */
static inline unsigned live_pin_page(const struct live_pin *pin, size_t offset)
{
	unsigned i = pin->npages - 1;

	while (i && pin->start[i] > offset)
		i--;
	return i;
}

extern const struct live_device live_dev_uring, live_dev_vmsplice, live_dev_fuse_read,
	live_dev_fuse_write;

#endif
