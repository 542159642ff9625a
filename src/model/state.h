/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * state.h - everything that can differ between two moments of a scenario.
 *
 * A state is a value: no pointers, copied by assignment.  Arrays have room for
 * the largest program; only the part that the program at hand uses is ever
 * touched, packed (state_pack()) and compared.
 *
 * Counts are not stored.  How often a page is mapped, how many references it has
 * and of which kind follows from page tables, pins and LRU batches:
 * page_mapcount(), page_count_parts().  A frame without any reference is free, and
 * then all of its fields are zero.
 *
 * Frames: 0 is the shared zero page; then one page-cache frame for each page of a
 * file or of shared memory, for good; then frames for anonymous pages, of which
 * there are enough that an allocation cannot fail; at the end, folio by folio, those of
 * transparent huge pages.
 */
#ifndef COW_MODEL_STATE_H
#define COW_MODEL_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "program.h"

enum {
	COW_MAX_MMS = COW_MAX_PROCS,
	COW_MAX_FRAMES = 1 + COW_MAX_PAGES + COW_MAX_MMS * COW_MAX_PAGES + COW_MAX_PINS + 1,
	COW_MAX_SWAP = 16,	/* swap slots */
	COW_ZERO_FRAME = 0,
	COW_NO_MM = 0xff,	/* after exec: none of the scenario's memory */
	COW_VIEWERS_ALL = 0xff,
	COW_PIN_BIAS = 1024,	/* GUP_PIN_COUNTING_BIAS */
};

/* Page-table entry. */
enum {
	COW_PTE_PRESENT = 1,
	COW_PTE_WRITE = 2,
	COW_PTE_DIRTY = 4,
	COW_PTE_UFFD_WP = 8,	/* userfaultfd write protection */
	COW_PTE_UNCOUNTED = 128,	/* a PMD half way through its split: in no map count */
	COW_PTE_SWAP = 32,	/* not present: frame is a swap slot */
	COW_PTE_SWAP_EXCLUSIVE = 64,	/* of a swap entry: _PAGE_SWP_EXCLUSIVE */
	COW_PTE_HUGE = 16,	/* by a PMD, as all pages of its region are */
};

struct cow_pte {
	uint8_t frame;
	uint8_t bits;
};

/* Attributes of the mapping at one virtual page; a VMA is a run of equal ones. */
enum {
	COW_VM_MAPPED = 1,
	COW_VM_READ = 2,
	COW_VM_WRITE = 4,
	COW_VM_DONTCOPY = 8,
	COW_VM_WIPEONFORK = 16,
	COW_VM_ANON_VMA = 32,	/* the VMA has an anon_vma: some page of it was anonymous */
	COW_VM_HOLE = 64,	/* not mapped, because of MADV_DONTFORK at fork */
	COW_VM_MERGEABLE = 256,
	COW_VM_STOLEN = 128,	/* hugetlb: HPAGE_RESV_UNMAPPED, the owner took the page back */
};

struct cow_mm {
	struct cow_pte pte[COW_MAX_PAGES];
	uint16_t vma[COW_MAX_PAGES];
	uint16_t pte_table;	/* bit per thp region: there is a page table, so no PMD */
	uint16_t lock_readers;	/* mmap lock, a bit per thread; step grain */
	uint8_t lock_writer;	/* 1 + thread */
	uint8_t seq;		/* write_protect_seq: odd while a fork is under way */
	uint8_t has_pinned;	/* MMF_HAS_PINNED: FOLL_PIN was used on this mm */
};

struct cow_cell {
	uint8_t value;
	/*
	 * Which address spaces may know this value, a bit each: the storer's and
	 * those forked from one that could see it.  For hazard L.
	 */
	uint8_t viewers;
};

enum {
	COW_FRAME_HUGETLB = 1,		/* a huge page of the pool */
	COW_FRAME_KSM = 2,		/* merged */
	COW_FRAME_LAZYFREE = 4,		/* MADV_FREE: not PG_swapbacked */
};

struct cow_frame {
	struct cow_cell cell[COW_MAX_PARTS];
	uint8_t exclusive;	/* PG_anon_exclusive */
	uint8_t flags;		/* COW_FRAME_… */
	uint8_t swap;		/* in the swap cache: 1 + slot */
	uint8_t lru_batch;	/* 1 + CPU in whose LRU-add batch it sits, 0: on the LRU */
};

enum cow_pin_state {
	COW_PIN_NONE,		/* not yet */
	COW_PIN_LIVE,
	COW_PIN_FAILED,		/* the operation returned an error: in its register */
	COW_PIN_DONE,		/* unpinned */
};

struct cow_pin {
	uint8_t state;
	uint8_t frame;		/* what the device addresses: an IOMMU or MR entry */
	uint8_t mm, vpn;	/* whose page it was; follows mremap() */
};

enum cow_proc_state { COW_UNBORN, COW_RUNNING, COW_DEAD };

struct cow_task {
	uint8_t state;
	uint8_t mm;		/* own index, or the parent's after CLONE_VM; COW_NO_MM */
	uint8_t faulted;	/* killed by SIGSEGV */
	uint8_t has_mail;
	int16_t mail;		/* sent to it, not yet received */
};

enum { COW_REG_UNSET = INT16_MIN };

/* A thread in the middle of an operation, at step grain (steps.c). */
struct cow_micro {
	uint8_t sub;		/* which sub-step is next; 0: none is under way */
	uint8_t page;		/* of the operation's range, or a vpn */
	uint8_t frame, bits;	/* entry that was read */
	uint8_t flags;
	uint8_t seq;		/* write_protect_seq as it was */
};

struct cow_state {
	struct cow_micro micro[COW_MAX_THREADS];
	uint16_t pc[COW_MAX_THREADS];
	struct cow_task proc[COW_MAX_PROCS];
	struct cow_mm mm[COW_MAX_MMS];
	struct cow_frame frame[COW_MAX_FRAMES];
	struct cow_pin pin[COW_MAX_PINS];
	struct { struct cow_cell cell[COW_MAX_PARTS]; } swap[COW_MAX_SWAP];	/* on the device */
	/*
	 * Registers.  A pin register holds 1 + its first slot.  Negative values
	 * are errors, -errno; COW_REG_UNSET was never assigned.
	 */
	int16_t reg[COW_MAX_REGS];
	uint16_t dma_error;	/* bit per thread: the device's access failed */
	uint8_t hazards;	/* enum cow_hazard bits met so far in this run */
};

/* Standing hazards; bit values.  cowherd.h has the same for users. */
enum cow_hazard_bit {
	COW_D = 1,	/* diverged: the process no longer uses the pinned frame */
	COW_L = 2,	/* leaked: somebody can read what another stored after the fork */
	COW_W = 4,	/* wrong page: a store lands in somebody else's page */
	COW_H = 8,	/* hole: touched what MADV_DONTFORK took away */
	COW_B = 16,	/* balance: a reference that never comes back */
};

/* What a page's reference count is made of. */
struct cow_refs {
	unsigned map;		/* page-table entries */
	unsigned lru;		/* LRU-add batch */
	unsigned swap;		/* swap cache */
	unsigned get;		/* FOLL_GET */
	unsigned pin;		/* FOLL_PIN */
	unsigned total;		/* as page_count() gives it */
};

#endif
