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

/*
 * Resolves a fault of the mapping at VPN, which the caller found to permit it.  -EFAULT:
 * there is no page to be had (VM_FAULT_SIGBUS).
 */
int handle_mm_fault(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		    enum fault fault);
/* Takes the entry away, if there is one. */
void zap_pte(const struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn);
/* The VMA around VPN gets an anon_vma. */
void anon_vma_prepare(const struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn);

/* What goes into a writable entry of the VMA: maybe_mkwrite(pte_mkdirty()). */
uint8_t maybe_mkwrite(const struct cow_state *s, unsigned mm, unsigned vpn);

/* The VMA around VPN: [*FIRST, *END), the run of pages of its region with equal attributes. */
void find_vma(const struct cow_model *m, const struct cow_state *s, unsigned mm, unsigned vpn,
	      unsigned *first, unsigned *end);

/* ---- mmap.c ---- */

unsigned current_mm(const struct cow_model *m, const struct cow_state *s);
/*
 * vma_merge(): neighbours of VPN's region that are equal now are one VMA, which has an
 * anon_vma if one of them had.
 */
void merge_vmas(const struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn);
/* The mm on which OP of a daemon (or of a process, on its own) works; -ESRCH: it is gone. */
int daemon_mm(const struct cow_model *m, const struct cow_state *s, const struct cow_op *op);

/* ---- ksm.c ---- */

/* The two halves of ksmd's work on a page, for step grain. */
bool ksm_finds_no_reference(struct cow_model *m, const struct cow_state *s, unsigned mm,
			    unsigned vpn);
void ksm_merge_unchecked(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn);
int unmerge_ksm_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn);

/* ---- swapfile.c ---- */

bool reclaim_permits(struct cow_model *m, const struct cow_state *s, unsigned mm, unsigned vpn);
void reclaim_unmap(struct cow_model *m, struct cow_state *s, unsigned frame);
/* Both, one after the other. */
void reclaim_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn);

/* Swap entries that name the slot of FRAME, which is in the swap cache. */
unsigned page_swapcount(const struct cow_model *m, const struct cow_state *s, unsigned frame);
void delete_from_swap_cache(const struct cow_model *m, struct cow_state *s, unsigned frame);
bool try_to_free_swap(struct cow_model *m, struct cow_state *s, unsigned frame);
/* An entry that named SLOT is gone. */
void free_swap_and_cache(const struct cow_model *m, struct cow_state *s, unsigned slot);
void do_swap_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		  enum fault fault);

/* ---- huge_memory.c ---- */

/* PG_anon_exclusive of what is mapped at VPN: of a huge page mapped by a PMD, its head's. */
bool page_exclusive(const struct cow_model *m, const struct cow_state *s, unsigned mm, unsigned vpn);
unsigned max_mapcount(const struct cow_model *m, const struct cow_state *s, unsigned frame);
void map_thp_at_start(struct cow_model *m, struct cow_state *s, unsigned vpn, uint8_t init);
void split_huge_pmd(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn);
/* The first half of it, on kernels where it has two: true if there is something to split. */
bool split_begins(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		  unsigned npages);
/* The same if NPAGES from VPN on are not the whole. */
void split_huge_pmd_range(struct cow_model *m, struct cow_state *s, unsigned mm,
			  unsigned vpn, unsigned npages);
/* Both: false if the fault goes on page by page. */
bool do_huge_pmd_anonymous_page(struct cow_model *m, struct cow_state *s, unsigned mm,
				unsigned vpn, enum fault fault);
bool do_huge_pmd_wp_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
			 enum fault fault);
/* collapse_huge_page(): the caller found that it may. */
void collapse_region(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn);
bool can_reuse_large(struct cow_model *m, const struct cow_state *s, unsigned mm, unsigned frame);
void copy_huge_pmd(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned child,
		   unsigned vpn);

/* ---- hugetlb.c ---- */

static inline bool vma_hugetlb(const struct cow_model *m, unsigned vpn)
{
	return vma_kind(m, vpn) == COW_HUGETLB;
}

/* hugetlb_fault().  -EFAULT: no huge page is to be had, which kills by SIGBUS. */
int hugetlb_fault(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		  enum fault fault);
/* copy_hugetlb_page_range() of one page; -ENOMEM: the pool has none for the copy. */
int copy_hugetlb_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned child,
		      unsigned vpn);

/* ---- gup.c ---- */

/*
 * get_user_pages() of one page, without taking the reference: the frame, or -EFAULT.
 * pin_pages() takes them.
 */
int get_user_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		  unsigned flags);
/* FOLL_ flags of a pinning operation on this kernel. */
unsigned pin_op_flags(struct cow_model *m, const struct cow_op *op);

int check_vma_flags(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		    unsigned flags);
bool can_follow_write_pte(struct cow_model *m, const struct cow_state *s, unsigned mm,
			  unsigned vpn, unsigned flags, bool cow_broken);
bool gup_must_unshare(struct cow_model *m, const struct cow_state *s, unsigned mm, unsigned vpn,
		      unsigned flags);

/* ---- pin.c ---- */

/* The rule of those that take their page for the time of the call; COW_NR_RULES: none. */
enum cow_rule_id access_user(unsigned code);
/* What such a call reports instead of ERR of get_user_pages(). */
int access_error(unsigned code, int err);
/* What it does with the page. */
void access_page(struct cow_model *m, struct cow_state *s, const struct cow_op *op, unsigned mm,
		 unsigned frame);
/* The mm whose memory OP names: its own process's, or the B of B:x[0].  -ESRCH: none. */
int target_mm(const struct cow_model *m, const struct cow_state *s, const struct cow_op *op);
/* mm_set_has_pinned_flag(), 008cfe4418b3: before the walk, even if that fails. */
void mark_has_pinned(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned flags);
/* A live slot becomes STATE, and its frame has a reference less. */
void unpin(struct cow_model *m, struct cow_state *s, unsigned slot, unsigned state);
/* Every slot of OP is live, or (ERR) all are given back: its register says which. */
void pin_done(struct cow_model *m, struct cow_state *s, const struct cow_op *op, int err);
/* OP takes its pages for writing, or breaks copy-on-write as if it did. */
bool op_writes(struct cow_model *m, const struct cow_op *op);

/* ---- fork.c, exit.c ---- */

/* The child's VMA of VPN. */
void dup_vma(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned child, unsigned vpn);
/* Its entry is copied at all. */
bool fork_copies(const struct cow_model *m, const struct cow_state *s, unsigned mm, unsigned vpn);
/* The page of a small entry has to be copied for the child at once. */
bool fork_tests_pinned(struct cow_model *m, const struct cow_state *s, unsigned mm, unsigned vpn);
/* Copies the entry, or (EARLY) its page; -ENOMEM: no huge page for the copy. */
int copy_pte(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned child,
	     unsigned vpn, bool early);
/* From now on the child may know what its parent may know. */
void child_becomes_viewer(const struct cow_model *m, struct cow_state *s, unsigned mm,
			  unsigned child);
/* The child of OP begins to run, on address space MM; or (ERR) there is none. */
void fork_child(struct cow_model *m, struct cow_state *s, const struct cow_op *op, unsigned mm,
		int err);

/* ---- steps.c: step grain ---- */

/* The locks that OP of thread T needs next are free. */
bool locks_permit(const struct cow_model *m, const struct cow_state *s, unsigned t,
		  const struct cow_op *op);
/* Thread T dies in the middle of an operation. */
void micro_abort(struct cow_model *m, struct cow_state *s, unsigned t);
/* Takes the next sub-step of OP; false: it has none, it is one step. */
bool micro_step(struct cow_model *m, struct cow_state *s, const struct cow_op *op);

void do_exit(struct cow_model *m, struct cow_state *s, unsigned proc);
void segfault(struct cow_model *m, struct cow_state *s, unsigned proc);
void bus_error(struct cow_model *m, struct cow_state *s, unsigned proc);
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
