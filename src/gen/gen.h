/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * gen.h - inside gen/: random scenarios.
 *
 * A scenario is written as text and then read like anybody's, so that it is valid in the
 * same sense, prints and parses to itself, and has lines for messages to point at.
 * It is drawn as one sequence of operations in which each thread's part is
 * appended to its block; what the other interleavings do is up to them.  So an
 * operation is drawn knowing what could be the case when it runs, which
 * keeps most accesses inside mapped memory and most pins in use.
 */
#ifndef COW_GEN_GEN_H
#define COW_GEN_GEN_H

#include <stdbool.h>
#include <stdint.h>
#include "../model/program.h"

enum {
	GEN_PROCS = 3,
	GEN_THREADS = GEN_PROCS + 2,	/* one more thread, one device */
	GEN_REGIONS = 4,
	GEN_PAGES = 4,			/* with one that mremap() makes */
	GEN_PINS = 2,
	GEN_BLOCK = 2048,		/* bytes of a block's text */
};

struct gen_region {
	const char *name;
	enum cow_kind kind;
	bool shared;
	unsigned page, npages;
	bool moved;			/* made by mremap() */
};

/* What a process has mapped, in the order in which operations were drawn. */
struct gen_mm {
	uint8_t prot[GEN_PAGES];	/* COW_PROT_ */
	bool mapped[GEN_PAGES];
};

enum gen_taker { GEN_PIN, GEN_URING, GEN_VMSPLICE, GEN_DIRECT };

struct gen_pin {
	enum gen_taker taker;
	unsigned npages;
	bool writable;
	/* Live, only direct I/O pins in this way: the device reads once. */
	bool once, read;
	uint8_t known;			/* processes whose register holds it, a bit each */
};

struct gen_thread {
	int proc;			/* -1: the device */
	bool closed;			/* nothing can follow any more */
	char text[GEN_BLOCK];
	unsigned used;
	unsigned ops;
};

struct gen {
	uint64_t random;
	unsigned nr_regions, nr_pages, nr_procs, nr_threads, nr_pins, nr_regs, nr_barriers;
	struct gen_region region[GEN_REGIONS];
	struct gen_pin pin[GEN_PINS];
	struct gen_thread thread[GEN_THREADS];
	struct {
		struct gen_mm mm;
		int parent;
		unsigned main;		/* its thread */
		bool started, must_end, ends, execed, waited;
		bool direct;		/* has direct I/O in flight: exec() and vfork() wait for it */
		unsigned left;		/* operations that it may still have */
	} proc[GEN_PROCS];
	bool parts;			/* pages have a part .a */
	unsigned next_value;
};

/* ---- random.c ---- */

uint64_t gen_draw(struct gen *g);
/* 0 … N - 1 */
unsigned gen_below(struct gen *g, unsigned n);
/* True in PERCENT of cases. */
bool gen_chance(struct gen *g, unsigned percent);
/* An index, drawn by weight. */
unsigned gen_weighted(struct gen *g, const unsigned *weight, unsigned n);

/* ---- ops.c ---- */

/* One more operation for thread T.  False: nothing fits. */
bool gen_operation(struct gen *g, unsigned t);
/* Appends a statement. */
void gen_say(struct gen *g, unsigned t, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
