/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * steps.c - step grain: operations whose own sub-steps interleave with everybody else's.
 *
 * What the kernel does under one page-table lock is one sub-step.  Between two of them
 * only the mmap lock protects: faults, get_user_pages() and MADV_DONTNEED hold it for
 * reading, fork and the calls that change VMAs for writing; the lockless walk, reclaim
 * and a store through an entry that is writable already hold nothing.
 *
 * The thread in the middle of an operation keeps what it knows in its struct cow_micro.
 */
#include "mm.h"

enum {
	IDLE,
	/* get_user_pages() */
	FAST_READ, FAST_GRAB, FAST_CHECK, FAST_SEQ, SLOW_LOCK, SLOW_FOLLOW, SLOW_FAULT,
	/* fork() */
	FORK_TEST, FORK_COPY, FORK_END,
	/* reclaim, ksmd */
	RECLAIM_UNMAP, KSM_REPLACE,
	/* calls that split a PMD first */
	SPLIT_END,
};

/* cow_micro.flags */
enum { FAULTED = 1, WRITE_DROPPED = 2, EARLY_COPY = 4, FOR_WRITE = 8, FOR_UNSHARE = 16 };

static bool is_gup(const struct cow_op *op)
{
	return cow_op_info[op->code].result == 'h' || access_user(op->code) != COW_NR_RULES;
}

static bool is_fork(const struct cow_op *op)
{
	return op->code == COW_OP_FORK ||
	       (op->code == COW_OP_CLONE && !(op->flags & COW_CLONE_VM));
}

/* ---- the mmap lock ---- */

static bool can_read_lock(const struct cow_state *s, unsigned mm)
{
	return mm == COW_NO_MM || !s->mm[mm].lock_writer;
}

static bool can_write_lock(const struct cow_state *s, unsigned mm)
{
	return mm == COW_NO_MM || (!s->mm[mm].lock_writer && !s->mm[mm].lock_readers);
}

/* A load or store that needs no fault. */
static bool tlb_permits(const struct cow_state *s, unsigned mm, const struct cow_op *op)
{
	unsigned need = COW_PTE_PRESENT | (op->code == COW_OP_STORE ? COW_PTE_WRITE : 0);

	return mm != COW_NO_MM && (s->mm[mm].pte[op->vpn].bits & need) == need;
}

static bool somebody_is_busy(const struct cow_model *m, const struct cow_state *s, unsigned t)
{
	for (unsigned u = 0; u < m->prog->nr_threads; u++)
		if (u != t && m->prog->threads[u].proc == m->prog->threads[t].proc &&
		    s->micro[u].sub)
			return true;
	return false;
}

bool locks_permit(const struct cow_model *m, const struct cow_state *s, unsigned t,
		  const struct cow_op *op)
{
	int proc = m->prog->threads[t].proc;
	unsigned mm = proc < 0 ? COW_NO_MM : s->proc[proc].mm;

	if (s->micro[t].sub == SLOW_LOCK) {
		unsigned target = op->proc >= 0 ? s->proc[op->proc].mm : mm;

		return can_read_lock(s, target);
	}
	if (s->micro[t].sub || is_gup(op))
		return true;
	switch (op->code) {
	case COW_OP_LOAD:
	case COW_OP_STORE:
		return tlb_permits(s, mm, op) || can_read_lock(s, mm);
	case COW_OP_MADVISE:
		return op->flags == COW_MADV_DONTNEED || op->flags == COW_MADV_FREE ||
		       op->flags == COW_MADV_PAGEOUT ? can_read_lock(s, mm)
						     : can_write_lock(s, mm);
	case COW_OP_CLEAR_REFS:
	case COW_OP_UFFD_WP:
	case COW_OP_UFFD_UNPROTECT:
	case COW_OP_UFFD_CONTINUE:
		return can_read_lock(s, mm);
	case COW_OP_FORK:
	case COW_OP_CLONE:
	case COW_OP_MPROTECT:
	case COW_OP_MUNMAP:
	case COW_OP_MREMAP:
		return can_write_lock(s, mm);
	case COW_OP_COLLAPSE:
		return can_write_lock(s, op->proc >= 0 ? s->proc[op->proc].mm : mm);
	case COW_OP_EXEC:
	case COW_OP_EXIT:
		/* A thread that is killed finishes the call that it is in. */
		return can_write_lock(s, mm) && !somebody_is_busy(m, s, t);
	default:
		return true;
	}
}

/* ---- get_user_pages() ---- */

static void gup_finish(struct cow_model *m, struct cow_state *s, const struct cow_op *op,
		       unsigned mm, int err)
{
	if (mm != COW_NO_MM)
		s->mm[mm].lock_readers &= (uint16_t)~(1u << m->thread);
	s->micro[m->thread] = (struct cow_micro){ 0 };
	s->pc[m->thread]++;
	if (cow_op_info[op->code].result == 'h')
		pin_done(m, s, op, err);
	else if (err)
		set_reg(s, op->dst, access_error(op->code, err));
}

/* The page in hand is taken: the pin's next slot, or the access that the call makes. */
static void gup_take(struct cow_model *m, struct cow_state *s, const struct cow_op *op,
		     unsigned mm, unsigned frame)
{
	struct cow_micro *u = &s->micro[m->thread];

	if (cow_op_info[op->code].result == 'h')
		s->pin[op->slot + u->page] = (struct cow_pin){
			COW_PIN_LIVE, (uint8_t)frame, (uint8_t)mm, (uint8_t)(op->vpn + u->page) };
	else
		access_page(m, s, op, mm, frame);
}

static bool write_wanted(struct cow_model *m, const struct cow_state *s, unsigned vpn,
			 unsigned flags)
{
	if (s->micro[m->thread].flags & WRITE_DROPPED)
		return false;
	return (flags & COW_FOLL_WRITE) ||
	       (!vma_shared(m, vpn) && cow_rule(m, COW_RULE_gup_read) == GUP_BREAK_COW);
}

/* pte_access_permitted() of the lockless walk, which leaves the zero page to the slow one. */
static bool fast_permits(const struct cow_pte *pte, bool write)
{
	return (pte->bits & COW_PTE_PRESENT) && pte->frame != COW_ZERO_FRAME &&
	       (!write || (pte->bits & COW_PTE_WRITE));
}

/*
 * On a weakly ordered machine without barriers the lockless walk can look at the entry again
 * before others see its reference, and those who take a page away can look for references
 * before others see that the entry is gone.  088b8aa537c2
 */
static bool unordered(struct cow_model *m)
{
	return m->prog->weak_memory &&
	       cow_rule(m, COW_RULE_exclusive_barriers) == EXCLUSIVE_BARRIERS_NONE;
}

static void gup_fast(struct cow_model *m, struct cow_state *s, const struct cow_op *op,
		     unsigned mm, unsigned flags)
{
	struct cow_micro *u = &s->micro[m->thread];
	unsigned vpn = op->vpn + u->page;
	struct cow_pte *pte = &s->mm[mm].pte[vpn];

	switch (u->sub) {
	case FAST_READ:
		if (!fast_permits(pte, write_wanted(m, s, vpn, flags))) {
			note(m, "gup_fast: not for the lockless walk");
			u->sub = SLOW_LOCK;
			return;
		}
		note(m, "gup_fast: reads the entry");
		u->frame = pte->frame;
		u->bits = pte->bits;
		u->sub = unordered(m) ? FAST_CHECK : FAST_GRAB;
		return;
	case FAST_GRAB:
		if (!cow_page_refs(m, s, u->frame).total && cow_frame_is_anon(m, u->frame)) {
			u->sub = SLOW_LOCK;
			return;
		}
		note(m, "gup_fast: takes a reference to the page that it read");
		gup_take(m, s, op, mm, u->frame);
		u->sub = FAST_CHECK;
		if (unordered(m))
			u->sub = ++u->page < op->npages ? FAST_READ : FAST_SEQ;
		return;
	case FAST_CHECK:
		if (pte->frame != u->frame || pte->bits != u->bits ||
		    gup_must_unshare(m, s, mm, vpn, flags)) {
			note(m, "gup_fast: the entry changed, or the page is shared: put, and slowly");
			if (!unordered(m))
				unpin(m, s, op->slot + u->page, COW_PIN_NONE);
			u->sub = SLOW_LOCK;
			return;
		}
		note(m, "gup_fast: the entry is still the same%s",
		     unordered(m) ? "; others do not see the reference yet" : "");
		if (unordered(m)) {
			u->sub = FAST_GRAB;
			return;
		}
		u->sub = ++u->page < op->npages ? FAST_READ : FAST_SEQ;
		return;
	default:
		break;
	}
	if ((flags & COW_FOLL_PIN) && cow_rule(m, COW_RULE_gup_seq) == GUP_SEQ_CHECKED &&
	    s->mm[mm].seq != u->seq) {
		note(m, "gup_fast: a fork came between (write_protect_seq): unpinned, and slowly");
		for (unsigned i = 0; i < op->npages; i++)
			unpin(m, s, op->slot + i, COW_PIN_NONE);
		u->page = 0;
		u->sub = SLOW_LOCK;
		return;
	}
	gup_finish(m, s, op, mm, 0);
}

/* One round of the loop in __get_user_pages(). */
static void gup_slow(struct cow_model *m, struct cow_state *s, const struct cow_op *op,
		     unsigned mm, unsigned flags)
{
	struct cow_micro *u = &s->micro[m->thread];
	unsigned vpn = op->vpn + u->page;
	struct cow_pte *pte = &s->mm[mm].pte[vpn];
	bool write = write_wanted(m, s, vpn, flags), taken;
	int err;

	if (u->sub == SLOW_LOCK) {
		note(m, "get_user_pages: takes the mmap lock for reading");
		s->mm[mm].lock_readers |= (uint16_t)(1u << m->thread);
		u->sub = SLOW_FOLLOW;
		return;
	}
	if (u->sub == SLOW_FAULT) {
		err = handle_mm_fault(m, s, mm, vpn, u->flags & FOR_UNSHARE ? FAULT_UNSHARE
						: u->flags & FOR_WRITE ? FAULT_WRITE : FAULT_READ);
		if (err) {
			gup_finish(m, s, op, mm, err);
			return;
		}
		u->flags |= FAULTED;
		if (write && !(s->mm[mm].vma[vpn] & COW_VM_WRITE) &&
		    cow_rule(m, COW_RULE_foll_force) == FORCE_DROP_WRITE) {
			note(m, "faultin_page: copy-on-write is broken, "
				"so FOLL_WRITE is dropped for the retry");
			u->flags |= WRITE_DROPPED;
		}
		u->sub = SLOW_FOLLOW;
		return;
	}
	err = check_vma_flags(m, s, mm, vpn, flags);
	if (err) {
		gup_finish(m, s, op, mm, err);
		return;
	}
	u->flags &= (uint8_t)~(FOR_WRITE | FOR_UNSHARE);
	taken = (pte->bits & COW_PTE_PRESENT) &&
		(write ? (pte->bits & COW_PTE_WRITE) ||
			 can_follow_write_pte(m, s, mm, vpn, flags, u->flags & FAULTED)
		       : (u->flags & WRITE_DROPPED) || !gup_must_unshare(m, s, mm, vpn, flags));
	if (!taken) {
		if (write)
			u->flags |= FOR_WRITE;
		else if (pte->bits & COW_PTE_PRESENT)
			u->flags |= FOR_UNSHARE;
		note(m, "follow_page: a fault is needed");
		u->sub = SLOW_FAULT;
		return;
	}
	note(m, "follow_page: takes the page");
	gup_take(m, s, op, mm, pte->frame);
	u->flags = 0;
	if (++u->page >= op->npages)
		gup_finish(m, s, op, mm, 0);
}

static void gup_step(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	struct cow_micro *u = &s->micro[m->thread];
	enum cow_rule_id user = access_user(op->code);
	unsigned flags = user == COW_NR_RULES ? pin_op_flags(m, op) : cow_rule(m, user);
	int mm = target_mm(m, s, op);

	if (mm < 0) {
		gup_finish(m, s, op, COW_NO_MM, mm);
		return;
	}
	if (u->sub == IDLE) {
		mark_has_pinned(m, s, (unsigned)mm, flags);
		u->sub = SLOW_LOCK;
		if (!(flags & COW_FOLL_FAST) || user != COW_NR_RULES)
			return;
		u->seq = s->mm[mm].seq;
		if ((flags & COW_FOLL_PIN) && (u->seq & 1) &&
		    cow_rule(m, COW_RULE_gup_seq) == GUP_SEQ_CHECKED) {
			note(m, "gup_fast: a fork is under way (write_protect_seq): slowly");
			return;
		}
		u->sub = FAST_READ;
	} else if (u->sub <= FAST_SEQ) {
		gup_fast(m, s, op, (unsigned)mm, flags);
	} else {
		gup_slow(m, s, op, (unsigned)mm, flags);
	}
}

/* ---- fork() ---- */

/* The next page from V on whose entry has to be looked at, or nr_pages. */
static unsigned next_copied(const struct cow_model *m, const struct cow_state *s, unsigned mm,
			    unsigned v)
{
	while (v < m->prog->nr_pages && !fork_copies(m, s, mm, v))
		v++;
	return v;
}

static void fork_step(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	struct cow_micro *u = &s->micro[m->thread];
	unsigned mm = s->proc[current_proc(m)].mm, child = (unsigned)op->proc;

	if (u->sub == IDLE) {
		note(m, "dup_mmap: takes the mmap lock for writing");
		s->mm[mm].lock_writer = (uint8_t)(1 + m->thread);
		s->mm[mm].seq++;
		child_becomes_viewer(m, s, mm, child);
		for (unsigned v = 0; v < m->prog->nr_pages; v++)
			dup_vma(m, s, mm, child, v);
		u->page = (uint8_t)next_copied(m, s, mm, 0);
		u->sub = u->page < m->prog->nr_pages ? FORK_TEST : FORK_END;
		return;
	}
	if (u->sub == FORK_TEST) {
		bool early;

		copy_huge_pmd(m, s, mm, child, u->page);
		early = fork_tests_pinned(m, s, mm, u->page);
		note(m, "copy_present_pte: the page is %s", early ? "pinned" : "not pinned");
		u->flags = early ? EARLY_COPY : 0;
		u->sub = FORK_COPY;
		return;
	}
	if (u->sub == FORK_COPY) {
		if (copy_pte(m, s, mm, child, u->page, u->flags & EARLY_COPY))
			u->bits = 1;
		u->page = (uint8_t)next_copied(m, s, mm, u->page + 1u);
		u->sub = !u->bits && u->page < m->prog->nr_pages ? FORK_TEST : FORK_END;
		return;
	}
	note(m, "dup_mmap: done, the mmap lock is free");
	s->mm[mm].lock_writer = 0;
	s->mm[mm].seq++;
	child_becomes_viewer(m, s, mm, child);
	s->pc[m->thread]++;
	fork_child(m, s, op, child, u->bits ? -ENOMEM : 0);
	*u = (struct cow_micro){ 0 };
}

/* ---- reclaim ---- */

static void reclaim_step(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	struct cow_micro *u = &s->micro[m->thread];
	int mm = daemon_mm(m, s, op);

	if (u->sub == IDLE && mm >= 0 && reclaim_permits(m, s, (unsigned)mm, op->vpn)) {
		u->frame = s->mm[mm].pte[op->vpn].frame;
		u->sub = RECLAIM_UNMAP;
		return;
	}
	if (u->sub == RECLAIM_UNMAP && mm >= 0 &&
	    (s->mm[mm].pte[op->vpn].bits & COW_PTE_PRESENT) &&
	    s->mm[mm].pte[op->vpn].frame == u->frame)
		reclaim_unmap(m, s, u->frame);
	*u = (struct cow_micro){ 0 };
	s->pc[m->thread]++;
}

void micro_abort(struct cow_model *m, struct cow_state *s, unsigned t)
{
	const struct cow_op *op = &m->prog->threads[t].ops[s->pc[t]];

	if (!s->micro[t].sub)
		return;
	for (unsigned i = 0; cow_op_info[op->code].result == 'h' && i < op->npages; i++)
		if (s->pin[op->slot + i].state == COW_PIN_LIVE)
			unpin(m, s, op->slot + i, COW_PIN_NONE);
	for (unsigned mm = 0; mm < m->prog->nr_procs; mm++)
		s->mm[mm].lock_readers &= (uint16_t)~(1u << t);
	s->micro[t] = (struct cow_micro){ 0 };
}

/* ---- ksmd ---- */

/* Where nothing orders them, the look for references and the merge are two steps. */
static bool ksm_step(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	struct cow_micro *u = &s->micro[m->thread];
	int mm = daemon_mm(m, s, op);

	if (u->sub == IDLE) {
		if (mm < 0 || !unordered(m) || op->npages != 1 ||
		    !ksm_finds_no_reference(m, s, (unsigned)mm, op->vpn))
			return false;
		note(m, "write_protect_page: no reference but the mappings");
		u->frame = s->mm[mm].pte[op->vpn].frame;
		u->sub = KSM_REPLACE;
		return true;
	}
	if (mm >= 0 && (s->mm[mm].pte[op->vpn].bits & COW_PTE_PRESENT) &&
	    s->mm[mm].pte[op->vpn].frame == u->frame)
		ksm_merge_unchecked(m, s, (unsigned)mm, op->vpn);
	*u = (struct cow_micro){ 0 };
	s->pc[m->thread]++;
	return true;
}

/* ---- what splits a PMD ---- */

static bool splits(const struct cow_op *op)
{
	return op->code == COW_OP_MADVISE || op->code == COW_OP_MPROTECT ||
	       op->code == COW_OP_MUNMAP || op->code == COW_OP_MREMAP;
}

/* The split in two halves; the rest of the call goes with the second. */
static bool split_step(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	struct cow_micro *u = &s->micro[m->thread];
	unsigned mm = s->proc[current_proc(m)].mm;

	if (u->sub == SPLIT_END) {
		*u = (struct cow_micro){ 0 };
		return false;
	}
	if (mm == COW_NO_MM || !split_begins(m, s, mm, op->vpn, op->npages))
		return false;
	u->sub = SPLIT_END;
	return true;
}

bool micro_step(struct cow_model *m, struct cow_state *s, const struct cow_op *op)
{
	if (is_gup(op))
		gup_step(m, s, op);
	else if (is_fork(op) && s->proc[current_proc(m)].mm != COW_NO_MM)
		fork_step(m, s, op);
	else if (op->code == COW_OP_RECLAIM && op->npages == 1)
		reclaim_step(m, s, op);
	else if (op->code == COW_OP_KSM_SCAN)
		return ksm_step(m, s, op);
	else if (splits(op))
		return split_step(m, s, op);
	else
		return false;
	return true;
}
