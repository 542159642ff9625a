/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * mm.h - inside the model: what its files call of each other.
 *
 * One file per kernel concept, named as the kernel names it: memory.c faults,
 * gup.c pins, fork.c, exit.c, mmap.c the VMA calls, swap.c LRU batches.
 */
#ifndef COW_MODEL_MM_H
#define COW_MODEL_MM_H

#include <errno.h>
#include "model.h"

/* The value of a rule on this kernel; from now on the result depends on it. */
static inline unsigned cow_rule(struct cow_model *m, enum cow_rule_id id)
{
	m->consulted |= UINT64_C(1) << id;
	return m->rules.value[id];
}

/* A sentence on what the step in progress decided, for those who explain. */
__attribute__((format(printf, 2, 3)))
void note(struct cow_model *m, const char *fmt, ...);

/* ---- model.c ---- */

static inline unsigned mm_bit(unsigned mm)
{
	return 1u << mm;
}

static inline bool vma_shared(const struct cow_model *m, unsigned vpn)
{
	return m->prog->regions[m->prog->page_region[vpn]].shared;
}

static inline unsigned vma_kind(const struct cow_model *m, unsigned vpn)
{
	return m->prog->regions[m->prog->page_region[vpn]].kind;
}

/* Some running process uses address space MM. */
bool mm_alive(const struct cow_model *m, const struct cow_state *s, unsigned mm);

/* ---- page.c: frames and what refers to them ---- */

/* A frame that nothing refers to; its contents are zero and everybody may know that. */
unsigned alloc_frame(struct cow_model *m, struct cow_state *s);
/* Frees FRAME if nothing refers to it any more. */
void free_unused(const struct cow_model *m, struct cow_state *s, unsigned frame);
/* page_maybe_dma_pinned(): also true for very many ordinary references. */
bool page_maybe_dma_pinned(struct cow_model *m, const struct cow_state *s, unsigned frame);
void copy_contents(const struct cow_model *m, struct cow_state *s, unsigned to, unsigned from);
/* PG_anon_exclusive of a frame that only one mapping can have; nothing on kernels without. */
void set_exclusive(struct cow_model *m, struct cow_state *s, unsigned frame);

/* ---- memory.c ---- */

enum fault { FAULT_READ, FAULT_WRITE, FAULT_UNSHARE };

/* Resolves a fault of the mapping at VPN, which the caller found to permit it. */
void handle_mm_fault(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		     enum fault fault);
/* Takes the entry away, if there is one. */
void zap_pte(const struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn);
/* The VMA around VPN gets an anon_vma. */
void anon_vma_prepare(const struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn);

/* ---- gup.c ---- */

/*
 * get_user_pages() of one page, without taking the reference: the frame, or -EFAULT.
 * pin_pages() takes them.
 */
int get_user_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		  unsigned flags);
/* FOLL_ flags of a pinning operation on this kernel. */
unsigned pin_op_flags(struct cow_model *m, const struct cow_op *op);

/* ---- fork.c, exit.c ---- */

void do_exit(struct cow_model *m, struct cow_state *s, unsigned proc);
void segfault(struct cow_model *m, struct cow_state *s, unsigned proc);
/* The process leaves its address space. */
void exit_mm(struct cow_model *m, struct cow_state *s, unsigned proc);

/* ---- swap.c ---- */

void lru_add_drain_cpu(struct cow_model *m, struct cow_state *s, unsigned cpu);
/* Drain that munmap(), exit and MADV_DONTNEED did up to some release. */
void zap_drain(struct cow_model *m, struct cow_state *s);

/* ---- hazard.c ---- */

/* What a store of the process (or device) of MM at VPN into FRAME breaks. */
void store_hazards(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		   unsigned frame);
/* Somebody touched VPN of MM, which is not mapped. */
void hole_hazard(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn);
/* What can be seen from the state alone: D, L. */
void state_hazards(struct cow_model *m, struct cow_state *s);

/* Writes VALUE into a part of FRAME on behalf of MM's page VPN. */
void store_value(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		 unsigned frame, unsigned part, int value);

/* ---- registers: model.c ---- */

int value_of(const struct cow_state *s, const struct cow_value *v);
void set_reg(struct cow_state *s, int reg, int value);
/* Process that the step's thread belongs to. */
unsigned current_proc(const struct cow_model *m);

/* ---- the steps, one for each row of ops.def ---- */

/* Each takes operation OP in *S.  They are only called when the operation need not wait. */
#define OP(id, name, args, result, who, weight, what) \
	void step_##id(struct cow_model *m, struct cow_state *s, const struct cow_op *op);
#include "ops.def"
#undef OP

#endif
