/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * program.h - what a scenario does: memory, processes, threads, devices, and the
 * operations of each, in the form that the model steps through.
 *
 * A program is loop-free and everything in it is numbered once and for all:
 * threads, registers, virtual pages, and one pin slot for each page that each
 * pinning operation takes.  It never changes while it is explored.  litmus/ makes
 * it from text, gen/ makes it from a seed.
 *
 * Virtual pages ("vpn") are numbered over all regions; a region occupies
 * consecutive numbers.  The region made by y = mremap(x[0]) has its own number.
 * A page can have named parts (x[0].a); part 0 is the page without a part name.
 */
#ifndef COW_MODEL_PROGRAM_H
#define COW_MODEL_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

enum {
	COW_MAX_PROCS = 8,
	COW_MAX_THREADS = 16,	/* of all kinds together */
	COW_MAX_PAGES = 16,	/* virtual pages */
	COW_MAX_PINS = 16,	/* pin slots */
	COW_MAX_REGS = 32,
	COW_MAX_PARTS = 4,
	COW_MAX_REGIONS = 16,
	COW_MAX_OPS = 256,	/* of one thread, after unrolling */
	COW_NAME = 32,		/* bytes of a name, with its NUL */
};

enum cow_opcode {
#define OP(id, name, args, result, who, weight, what) COW_OP_##id,
#include "ops.def"
#undef OP
	COW_NR_OPS
};

struct cow_op_info {
	const char *id;		/* "DMA_WRITE" */
	const char *name;	/* "dma_write", "" for own syntax */
	const char *args;
	char result;
	const char *who;
	unsigned weight;
	const char *what;
};

extern const struct cow_op_info cow_op_info[COW_NR_OPS];

/* Letters of ops.def: memory; a range of it; memory of any process. */
static inline bool cow_arg_memory(char letter)
{
	return letter == 'P' || letter == 'R' || letter == 'Q' || letter == 'S';
}

static inline bool cow_arg_range(char letter)
{
	return letter == 'R' || letter == 'S';
}

static inline bool cow_arg_remote(char letter)
{
	return letter == 'Q' || letter == 'S';
}

/* Where something stands in the text it came from; 1-based, line 0: nowhere. */
struct cow_loc {
	uint32_t line, col;		/* first character; col counts bytes */
	uint32_t end_line, end_col;	/* one past the last character */
};

/* A value: constant, or register plus constant.  Values are 0 … 255. */
struct cow_value {
	int8_t reg;		/* register, or -1 */
	int16_t add;
};

enum cow_advice { COW_MADV_DONTFORK, COW_MADV_DOFORK, COW_MADV_WIPEONFORK,
		  COW_MADV_KEEPONFORK, COW_MADV_DONTNEED, COW_MADV_MERGEABLE,
		  COW_MADV_UNMERGEABLE, COW_MADV_FREE, COW_MADV_PAGEOUT, COW_NR_ADVICE };
enum cow_prot { COW_PROT_NONE = 0, COW_PROT_READ = 1, COW_PROT_WRITE = 2 };
enum cow_ibv { COW_IBV_LOCAL_WRITE = 1, COW_IBV_REMOTE_WRITE = 2,
	       COW_IBV_REMOTE_READ = 4, COW_IBV_REMOTE_ATOMIC = 8 };
enum cow_vfio { COW_VFIO_READ = 1, COW_VFIO_WRITE = 2 };
enum cow_clone { COW_CLONE_VM = 1, COW_CLONE_VFORK = 2 };

/*
 * One operation.  Which fields count follows from cow_op_info[code].args and
 * .result; the others are zero (and -1 where -1 means none).
 */
struct cow_op {
	uint8_t code;		/* enum cow_opcode */
	int8_t dst;		/* register that receives the result, or -1 */
	int8_t proc;		/* p: process named, or the B of B:x[0]; -1: the own one */
	uint8_t vpn, npages;	/* P, Q, R, S: first virtual page and how many */
	bool whole;		/* R, S: written as the region's name alone */
	uint8_t part;		/* P, Q, pins: part of the page */
	int8_t pin;		/* h: register that holds the pin, or -1 */
	uint8_t pin_page;	/* h: which page of that pin */
	int8_t slot;		/* result h: first of its npages pin slots */
	int8_t region;		/* result y: region made */
	uint8_t flags;		/* F, M, T, A, D, C */
	uint8_t number;		/* n: barrier; IF: operations in the block */
	bool negate;		/* IF: r != v */
	struct cow_value value;	/* v, k, s (not a pin); IF: right-hand side */
	int8_t cond_reg;	/* IF: left-hand side */
	struct cow_loc loc;
};

enum cow_thread_kind {
	COW_PROCESS,	/* main thread of a process */
	COW_THREAD,	/* another thread of a process, runs from its start */
	COW_DEVICE,	/* runs when the pins it needs exist */
	COW_KERNEL,	/* a daemon: each operation at any moment, or never */
};

struct cow_thread {
	char name[COW_NAME];	/* "A", "t1" (of A.t1), "nic", "kswapd" */
	uint8_t kind;		/* enum cow_thread_kind */
	int8_t proc;		/* process it belongs to; -1 for device and kernel */
	int8_t after;		/* device: pin register to wait for, or -1 */
	uint8_t cpu;		/* which CPU's LRU batches it fills and drains */
	uint16_t nops;
	struct cow_op *ops;
	struct cow_loc loc;
};

struct cow_proc {
	char name[COW_NAME];
	uint8_t thread;		/* its main thread */
	int8_t parent;		/* process that forks it, -1 for the first */
	struct cow_loc loc;
};

enum cow_kind {
	COW_ANON,	/* MAP_ANONYMOUS; shared: shmem */
	COW_UNTOUCHED,	/* private anonymous memory that nobody touched yet */
	COW_FILE,	/* a file on a filesystem that tracks dirty pages */
	COW_MEMFD,	/* memfd_create(), shmem */
	COW_THP,	/* private anonymous memory, the range of one transparent huge page */
	COW_HUGETLB,	/* private hugetlb memory; a virtual page is one huge page */
};

struct cow_region {
	char name[COW_NAME];
	uint8_t kind;		/* enum cow_kind */
	bool shared;		/* MAP_SHARED */
	uint8_t vpn, npages;
	uint8_t init;		/* value that every part of every page holds */
	int8_t moved_from;	/* made by mremap() of this vpn, or -1 */
	struct cow_loc loc;
};

enum cow_reg_type { COW_REG_INT, COW_REG_PIN };

struct cow_reg {
	char name[COW_NAME];
	int8_t proc;		/* process whose register it is; -1: a device's own */
	int8_t thread;		/* device's register: the device's thread, else -1 */
	uint8_t type;		/* enum cow_reg_type */
	uint8_t npages;		/* pin: pages it covers */
	int8_t inherit;		/* at fork its value comes from this register of the parent, or -1 */
	struct cow_loc loc;
};

struct cow_program {
	unsigned nr_procs, nr_threads, nr_regions, nr_regs, nr_parts, nr_pages, nr_pins;
	struct cow_proc procs[COW_MAX_PROCS];
	struct cow_thread threads[COW_MAX_THREADS];
	struct cow_region regions[COW_MAX_REGIONS];
	struct cow_reg regs[COW_MAX_REGS];
	char parts[COW_MAX_PARTS][COW_NAME];	/* parts[0] is "" */
	uint8_t page_region[COW_MAX_PAGES];	/* vpn -> region */
	/*
	 * What made each pin slot: the thread and index of its operation.  The
	 * page of that pin is slot - op->slot.
	 */
	struct { uint8_t thread; uint16_t op; } pins[COW_MAX_PINS];
	uint8_t hugetlb_pool;	/* option hugetlb=N: huge pages that there are; 0: enough */
	bool step_grain;	/* option grain=step: sub-steps of operations interleave */
	bool weak_memory;	/* option memory=weak: accesses pass each other without barriers */
	bool lru_batch;		/* option lru=batch: new pages sit in an LRU batch until drained */
};

/* Operation that fills pin slot SLOT. */
static inline const struct cow_op *
cow_pin_op(const struct cow_program *p, unsigned slot)
{
	return &p->threads[p->pins[slot].thread].ops[p->pins[slot].op];
}

/*
 * A condition over a state.  A node is a leaf (a comparison of two terms) or
 * AND, OR, NOT of nodes; `left` and `right` are indices into the array.
 */
enum cow_term_kind {
	COW_TERM_CONST,		/* value */
	COW_TERM_REG,		/* A:r */
	COW_TERM_MEM,		/* A:x[0].a: what the process would read there now */
	COW_TERM_MAPCOUNT,	/* mapcount(A:x[0]) */
	COW_TERM_EXCLUSIVE,	/* exclusive(A:x[0]): 0 or 1 */
	COW_TERM_WRITABLE,	/* writable(A:x[0]): the entry is, so that a store takes no fault */
	COW_TERM_SAME_FRAME,	/* same_frame(A:x[0], p) or of two places: 0 or 1 */
	COW_TERM_FAULTED,	/* faulted(B): 0 or 1 */
	COW_TERM_ERRNO,		/* errno(A:p): 0 or the positive error number */
	COW_TERM_HAZARD,	/* hazard(D): 0 or 1 */
	COW_TERM_DMA_DONE,	/* dma_done(nic): 0 or 1 */
};

struct cow_term {
	uint8_t kind;
	int8_t proc, proc2;	/* MEM, MAPCOUNT, EXCLUSIVE, SAME_FRAME, FAULTED */
	uint8_t vpn, vpn2, part;
	int8_t reg, reg2;	/* REG, ERRNO; SAME_FRAME: the pin, or -1 for a place */
	uint8_t pin_page, pin_page2;
	int8_t thread;		/* DMA_DONE */
	uint8_t hazard;		/* HAZARD: enum cow_hazard bit */
	int16_t value;
};

enum cow_cond_kind { COW_COND_COMPARE, COW_COND_AND, COW_COND_OR, COW_COND_NOT };

struct cow_cond {
	uint8_t kind;
	bool negate;		/* COMPARE: != */
	uint16_t left, right;	/* AND, OR, NOT (left only) */
	struct cow_term a, b;	/* COMPARE */
};

#endif
