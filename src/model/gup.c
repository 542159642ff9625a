/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * gup.c - get_user_pages(), pin_user_pages() (mm/gup.c): which page, and what happens
 * to copy-on-write before it is taken.
 */
#include "mm.h"

/*
 * check_vma_flags(): 0 or -EFAULT.
 */
int check_vma_flags(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		    unsigned flags)
{
	unsigned vma = s->mm[mm].vma[vpn];

	if (!(vma & COW_VM_MAPPED)) {
		hole_hazard(m, s, mm, vpn);
		note(m, "get_user_pages: nothing is mapped there: EFAULT");
		return -EFAULT;
	}
	if (flags & COW_FOLL_WRITE) {
		if ((flags & COW_FOLL_LONGTERM) && vma_shared(m, vpn) &&
		    vma_kind(m, vpn) == COW_FILE &&
		    cow_rule(m, COW_RULE_longterm_file) == LONGTERM_FILE_REFUSE) {
			note(m, "get_user_pages: a filesystem's file must not be pinned "
				"for writing for long: EFAULT");
			return -EFAULT;
		}
		if (!(vma & COW_VM_WRITE) && (flags & COW_FOLL_FORCE) && vma_hugetlb(m, vpn) &&
		    cow_rule(m, COW_RULE_hugetlb_force) == HUGETLB_FORCE_REFUSE) {
			note(m, "get_user_pages: no FOLL_FORCE write to hugetlb: EFAULT");
			return -EFAULT;
		}
		if (!(vma & COW_VM_WRITE) &&
		    (!(flags & COW_FOLL_FORCE) || vma_shared(m, vpn))) {
			note(m, "get_user_pages: the mapping is not writable: EFAULT");
			return -EFAULT;
		}
	} else if (!(vma & COW_VM_READ) && !(flags & COW_FOLL_FORCE)) {
		note(m, "get_user_pages: the mapping is not readable: EFAULT");
		return -EFAULT;
	}
	return 0;
}

/*
 * May a write go to a present entry that is not writable?  Only in a mapping that is not
 * writable either: FOLL_FORCE, and reads that break copy-on-write.
 *
 * drop-write, cow-flag: follow_page_pte() and faultin_page() before and after
 * 19be0eaffa3a; exclusive: can_follow_write_pte(), 5535be309971.
 */
bool can_follow_write_pte(struct cow_model *m, const struct cow_state *s, unsigned mm,
			  unsigned vpn, unsigned flags, bool cow_broken)
{
	const struct cow_pte *pte = &s->mm[mm].pte[vpn];
	bool dirty = pte->bits & COW_PTE_DIRTY;

	if (s->mm[mm].vma[vpn] & COW_VM_WRITE)
		return false;
	switch ((enum cow_foll_force)cow_rule(m, COW_RULE_foll_force)) {
	case FORCE_DROP_WRITE:
		return cow_broken;
	case FORCE_COW_FLAG:
		return (flags & COW_FOLL_FORCE) && cow_broken && dirty;
	case FORCE_COW_FLAG_ANY:
		return cow_broken && dirty;
	case FORCE_EXCLUSIVE:
		return (flags & COW_FOLL_FORCE) && cow_frame_is_anon(m, pte->frame) &&
		       page_exclusive(m, s, mm, vpn);
	}
	return false;
}

/* gup_must_unshare(): a read that has to own the page first. a7f226604170, 84209e87c696 */
bool gup_must_unshare(struct cow_model *m, const struct cow_state *s, unsigned mm, unsigned vpn,
		      unsigned flags)
{
	unsigned rule, frame = s->mm[mm].pte[vpn].frame;

	if (!(flags & COW_FOLL_PIN) || (flags & COW_FOLL_WRITE) || vma_shared(m, vpn))
		return false;
	rule = cow_rule(m, COW_RULE_gup_read);
	if (cow_frame_is_anon(m, frame))
		return rule >= GUP_UNSHARE_ANON && !page_exclusive(m, s, mm, vpn);
	return rule >= GUP_UNSHARE_LONGTERM && (flags & COW_FOLL_LONGTERM);
}

int get_user_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		  unsigned flags)
{
	const struct cow_pte *pte = &s->mm[mm].pte[vpn];
	bool write = flags & COW_FOLL_WRITE;
	unsigned faults = 0;
	int err = check_vma_flags(m, s, mm, vpn, flags);

	if (err)
		return err;
	/* should_force_cow_break(), 17839856fd58 */
	if (!write && !vma_shared(m, vpn) &&
	    cow_rule(m, COW_RULE_gup_read) == GUP_BREAK_COW) {
		note(m, "get_user_pages: the read breaks copy-on-write, as a write would");
		write = true;
	}
	for (;;) {
		enum fault fault = write ? FAULT_WRITE : FAULT_READ;

		if (pte->bits & COW_PTE_PRESENT) {
			if (write ? (pte->bits & COW_PTE_WRITE) ||
				    can_follow_write_pte(m, s, mm, vpn, flags, faults > 0)
				  : !gup_must_unshare(m, s, mm, vpn, flags)) {
				/* FOLL_TOUCH: the slow walk marks the page dirty, the fast does not. */
				if ((flags & COW_FOLL_WRITE) && !(flags & COW_FOLL_FAST))
					s->frame[pte->frame].flags &= ~COW_FRAME_LAZYFREE;
				return pte->frame;
			}
			if (!write) {
				note(m, "gup_must_unshare: shared, so a private page first");
				fault = FAULT_UNSHARE;
			}
		}
		err = handle_mm_fault(m, s, mm, vpn, fault);
		if (err)
			return err;
		/* No kernel is like this, but rules that somebody made up may be. */
		if (++faults > 4) {
			note(m, "get_user_pages: with these rules it never ends; EFAULT here");
			return -EFAULT;
		}
	}
}
