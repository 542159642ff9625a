/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * huge_memory.c - transparent huge pages (mm/huge_memory.c).
 *
 * A region of kind thp is the range of one huge page: it is mapped as a whole by a PMD
 * (COW_PTE_HUGE in the entry of each of its pages) or page by page.  The frames of
 * a huge page stay together as one folio, with one reference count, however it is
 * mapped; a folio is free when none of its frames is referred to.
 */
#include <string.h>
#include "mm.h"

/* The region of VPN is mapped by a PMD. */
static bool pmd_mapped(const struct cow_state *s, unsigned mm, unsigned vpn)
{
	return s->mm[mm].pte[vpn].bits & COW_PTE_HUGE;
}

static const struct cow_region *region_of(const struct cow_model *m, unsigned vpn)
{
	return &m->prog->regions[m->prog->page_region[vpn]];
}

bool page_exclusive(const struct cow_model *m, const struct cow_state *s, unsigned mm, unsigned vpn)
{
	const struct cow_pte *pte = &s->mm[mm].pte[vpn];

	return s->frame[pte->bits & COW_PTE_HUGE ? folio_head(m, pte->frame)
						 : pte->frame].exclusive;
}

static void set_head_exclusive(struct cow_model *m, struct cow_state *s, unsigned head)
{
	s->frame[head].exclusive = cow_rule(m, COW_RULE_wp_thp) >= WP_THP_EXCLUSIVE;
}

/* The lowest folio of which no frame is in use, zeroed. */
static unsigned alloc_folio(struct cow_model *m, struct cow_state *s)
{
	unsigned f = m->first_folio;

	while (cow_page_refs(m, s, f).total)
		f += m->folio_size;
	for (unsigned i = 0; i < m->folio_size; i++)
		for (unsigned k = 0; k < m->prog->nr_parts; k++)
			s->frame[f + i].cell[k] = (struct cow_cell){ 0, COW_VIEWERS_ALL };
	return f;
}

/* Maps the region of VPN to the folio at HEAD, or (0) to the huge zero page. */
static void set_pmd(const struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		    unsigned head, uint8_t bits)
{
	const struct cow_region *r = region_of(m, vpn);

	for (unsigned i = 0; i < r->npages; i++)
		s->mm[mm].pte[r->vpn + i] = (struct cow_pte){
			head == COW_ZERO_FRAME ? COW_ZERO_FRAME : head + i,
			bits | COW_PTE_HUGE };
}

void map_thp_at_start(struct cow_model *m, struct cow_state *s, unsigned vpn, uint8_t init)
{
	unsigned head = alloc_folio(m, s);

	set_pmd(m, s, 0, vpn, head, COW_PTE_PRESENT | COW_PTE_WRITE | COW_PTE_DIRTY);
	set_head_exclusive(m, s, head);
	anon_vma_prepare(m, s, 0, vpn);
	for (unsigned i = 0; i < region_of(m, vpn)->npages; i++)
		for (unsigned k = 0; k < m->prog->nr_parts; k++)
			s->frame[head + i].cell[k].value = init;
}

/*
 * __split_huge_pmd(): the same pages, mapped one by one.  Each takes over the exclusive
 * mark of the whole; entries come out clean.
 */
void split_huge_pmd(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn)
{
	const struct cow_region *r = region_of(m, vpn);
	unsigned head = folio_head(m, s->mm[mm].pte[r->vpn].frame);

	if (!pmd_mapped(s, mm, vpn))
		return;
	note(m, "split_huge_pmd: mapped page by page from now on");
	for (unsigned i = 0; i < r->npages; i++) {
		s->mm[mm].pte[r->vpn + i].bits &= ~(COW_PTE_HUGE | COW_PTE_DIRTY | COW_PTE_UNCOUNTED);
		if (head != COW_ZERO_FRAME && s->frame[head].exclusive)
			s->frame[head + i].exclusive = 1;
	}
	s->mm[mm].pte_table |= 1u << m->prog->page_region[vpn];
}

bool split_begins(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		  unsigned npages)
{
	const struct cow_region *r = region_of(m, vpn);

	if (npages >= r->npages || !pmd_mapped(s, mm, vpn) ||
	    s->mm[mm].pte[vpn].frame == COW_ZERO_FRAME)
		return false;
	if (cow_rule(m, COW_RULE_split_mapcount) == SPLIT_MAPCOUNT_TORN) {
		note(m, "split_huge_pmd: the PMD is not counted any more, its pages not yet");
		for (unsigned i = 0; i < r->npages; i++)
			s->mm[mm].pte[r->vpn + i].bits |= COW_PTE_UNCOUNTED;
	}
	return true;
}

void split_huge_pmd_range(struct cow_model *m, struct cow_state *s, unsigned mm,
			  unsigned vpn, unsigned npages)
{
	if (npages < region_of(m, vpn)->npages)
		split_huge_pmd(m, s, mm, vpn);
}

/* The whole range of VPN is one VMA with nothing in it, not even a page table. */
static bool pmd_none(const struct cow_model *m, const struct cow_state *s, unsigned mm,
		     unsigned vpn)
{
	const struct cow_region *r = region_of(m, vpn);
	unsigned first, end;

	if (s->mm[mm].pte_table & 1u << m->prog->page_region[vpn])
		return false;
	find_vma(m, s, mm, vpn, &first, &end);
	return first == r->vpn && end == (unsigned)r->vpn + r->npages;
}

static void map_new_folio(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn)
{
	unsigned head = alloc_folio(m, s);

	set_pmd(m, s, mm, vpn, head, maybe_mkwrite(s, mm, vpn));
	set_head_exclusive(m, s, head);
	anon_vma_prepare(m, s, mm, vpn);
}

bool do_huge_pmd_anonymous_page(struct cow_model *m, struct cow_state *s, unsigned mm,
				unsigned vpn, enum fault fault)
{
	if (!pmd_none(m, s, mm, vpn)) {
		s->mm[mm].pte_table |= 1u << m->prog->page_region[vpn];
		return false;
	}
	if (fault == FAULT_WRITE || cow_rule(m, COW_RULE_zero_page) == ZERO_PAGE_NEVER) {
		note(m, "do_huge_pmd_anonymous_page: nothing mapped, a new zeroed huge page");
		map_new_folio(m, s, mm, vpn);
	} else {
		note(m, "do_huge_pmd_anonymous_page: the read gets the huge zero page");
		set_pmd(m, s, mm, vpn, COW_ZERO_FRAME, COW_PTE_PRESENT);
	}
	return true;
}

/* page_trans_huge_mapcount(): the most often mapped page of a folio. */
unsigned max_mapcount(const struct cow_model *m, const struct cow_state *s, unsigned frame)
{
	unsigned head = folio_head(m, frame), max = 0;

	for (unsigned i = 0; i < folio_pages(m, frame); i++) {
		unsigned n = cow_page_mapcount(m, s, head + i);

		if (n > max)
			max = n;
	}
	return max;
}

/*
 * mapcount-copy, mapcount-split: reuse_swap_page(), before and after v5.8
 * refcount:  do_huge_pmd_wp_page(), 3bff7e3f1f16
 * exclusive: 6c287605fd56
 */
static bool can_reuse_huge(struct cow_model *m, struct cow_state *s, unsigned head)
{
	unsigned rule = cow_rule(m, COW_RULE_wp_thp);
	bool reuse;

	if (rule <= WP_THP_MAPCOUNT_SPLIT) {
		note(m, "do_huge_pmd_wp_page: mapped %u times, references do not count",
		     max_mapcount(m, s, head));
		return max_mapcount(m, s, head) == 1;
	}
	if (rule == WP_THP_EXCLUSIVE && s->frame[head].exclusive) {
		note(m, "do_huge_pmd_wp_page: the huge page is exclusive");
		return true;
	}
	reuse = cow_page_refs(m, s, head).total == 1;
	note(m, "do_huge_pmd_wp_page: %u references", cow_page_refs(m, s, head).total);
	if (reuse)
		set_head_exclusive(m, s, head);
	return reuse;
}

/* The other way until v5.7: a huge page of one's own. */
static void copy_huge(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
		      unsigned old)
{
	unsigned head = alloc_folio(m, s), n = region_of(m, vpn)->npages;

	note(m, "do_huge_pmd_wp_page: a copy of the whole replaces it; pins stay on the old one");
	for (unsigned i = 0; i < n && old != COW_ZERO_FRAME; i++)
		copy_contents(m, s, head + i, old + i);
	set_pmd(m, s, mm, vpn, head, maybe_mkwrite(s, mm, vpn));
	set_head_exclusive(m, s, head);
	anon_vma_prepare(m, s, mm, vpn);
	free_unused(m, s, old);
}

bool do_huge_pmd_wp_page(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn,
			 enum fault fault)
{
	unsigned head = folio_head(m, s->mm[mm].pte[vpn].frame);

	if (head == COW_ZERO_FRAME) {
		if (cow_rule(m, COW_RULE_wp_thp_zero) == WP_THP_ZERO_HUGE) {
			note(m, "do_huge_pmd_wp_page: the huge zero page");
			copy_huge(m, s, mm, vpn, COW_ZERO_FRAME);
			return true;
		}
	} else if (can_reuse_huge(m, s, head)) {
		note(m, "do_huge_pmd_wp_page: the same huge page");
		if (fault == FAULT_WRITE)
			set_pmd(m, s, mm, vpn, head, maybe_mkwrite(s, mm, vpn));
		return true;
	} else if (cow_rule(m, COW_RULE_wp_thp) == WP_THP_MAPCOUNT_COPY) {
		copy_huge(m, s, mm, vpn, head);
		return true;
	}
	split_huge_pmd(m, s, mm, vpn);
	return false;
}

/*
 * Whether a write fault may keep a page of a folio that is mapped page by page, and that is
 * not exclusive.  exclusive-only since v6.10, one-mm: wp_can_reuse_anon_folio() with
 * 1da190f4d0a6.
 */
bool can_reuse_large(struct cow_model *m, const struct cow_state *s, unsigned mm, unsigned frame)
{
	struct cow_refs refs = cow_page_refs(m, s, frame);
	unsigned head = folio_head(m, frame), others = 0;

	if (cow_rule(m, COW_RULE_wp_large) == WP_LARGE_EXCLUSIVE_ONLY) {
		note(m, "do_wp_page: a part of a large folio that is not exclusive is not kept");
		return false;
	}
	for (unsigned o = 0; o < m->prog->nr_procs; o++)
		for (unsigned v = 0; o != mm && v < m->prog->nr_pages; v++)
			others += (s->mm[o].pte[v].bits & COW_PTE_PRESENT) &&
				  folio_head(m, s->mm[o].pte[v].frame) == head;
	note(m, "do_wp_page: a large folio, %u mappings, %u references, %s", refs.map, refs.total,
	     others ? "of more than one mm" : "all of this mm");
	return refs.map >= 2 && !others && refs.total == refs.map;
}

/*
 * copy_huge_pmd(): shared and write-protected in both, or split first, if it may be pinned.
 * d042035eaf5f, 6c287605fd56
 */
void copy_huge_pmd(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned child,
		   unsigned vpn)
{
	unsigned head = folio_head(m, s->mm[mm].pte[vpn].frame), rule;
	const struct cow_region *r = region_of(m, vpn);

	if (!pmd_mapped(s, mm, vpn) || vpn != r->vpn)
		return;
	if (head != COW_ZERO_FRAME) {
		rule = cow_rule(m, COW_RULE_fork_thp);
		if (rule != FORK_THP_SHARE && s->mm[mm].has_pinned &&
		    cow_page_refs(m, s, head).pin &&
		    (rule == FORK_THP_SPLIT_PINNED || s->frame[head].exclusive)) {
			note(m, "copy_huge_pmd: the huge page may be pinned");
			split_huge_pmd(m, s, mm, vpn);
			return;
		}
		s->frame[head].exclusive = 0;
	}
	for (unsigned i = 0; i < r->npages; i++) {
		s->mm[mm].pte[r->vpn + i].bits &= ~COW_PTE_WRITE;
		s->mm[child].pte[r->vpn + i] = s->mm[mm].pte[r->vpn + i];
		s->mm[child].pte[r->vpn + i].bits &= ~COW_PTE_UFFD_WP;
	}
}

void collapse_region(struct cow_model *m, struct cow_state *s, unsigned mm, unsigned vpn)
{
	const struct cow_region *r = region_of(m, vpn);
	unsigned head = alloc_folio(m, s);

	for (unsigned i = 0; i < r->npages; i++) {
		const struct cow_pte *pte = &s->mm[mm].pte[r->vpn + i];

		if (pte->bits & COW_PTE_PRESENT)
			copy_contents(m, s, head + i, pte->frame);
		zap_pte(m, s, mm, r->vpn + i);
	}
	set_pmd(m, s, mm, vpn, head, maybe_mkwrite(s, mm, vpn));
	set_head_exclusive(m, s, head);
	s->mm[mm].pte_table &= ~(1u << m->prog->page_region[vpn]);
}
