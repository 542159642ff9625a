/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * draw.c - the pages at one moment, and who refers to them:
 *
 *	A x[0]      rw dirty --+
 *	p  PIN rw longterm   --+--> X holds 1  ref 1025 = 1 map + 1 x 1024 pin
 *	A h[0..3]   PMD rw   -----> Z holds 5 5 5 5  ref 1 = 1 map (of 4 pages)
 *	A z[0]      swap slot 0 exclusive -----> the disk holds 3
 */
#include <string.h>
#include "draw.h"

enum { WIDTH = 96, MOST = 48 };

typedef char line_t[WIDTH];

static bool frame_in_use(struct cow_model *m, const struct cow_state *s, unsigned frame)
{
	return s->frame[frame].lru_batch || cow_page_refs(m, s, frame).total;
}

/* The pages of a huge page: Z, Z+1, Z+2, … */
static void name_part(struct cow_frame_names *n, const struct cow_model *m, unsigned frame)
{
	unsigned head = folio_head(m, frame);
	char whole[17];

	snprintf(whole, sizeof(whole), "%.16s", n->name[head]);
	snprintf(n->name[frame], sizeof(n->name[frame]), "%s+%u", whole, frame - head);
}

static void name_anon(struct cow_frame_names *n, unsigned frame)
{
	static const char letters[] = "XYZUVW";
	unsigned i = n->next++;
	char number[12] = "";

	if (i >= sizeof(letters) - 1)
		snprintf(number, sizeof(number), "%u", i / (unsigned)(sizeof(letters) - 1) + 1);
	snprintf(n->name[frame], sizeof(n->name[frame]), "%c%s", letters[i % (sizeof(letters) - 1)],
		 number);
}

static void name_file(struct cow_frame_names *n, const struct cow_model *m, unsigned frame)
{
	const struct cow_program *p = m->prog;

	for (unsigned v = 0; v < p->nr_pages; v++) {
		const struct cow_region *r = &p->regions[p->page_region[v]];

		if (m->page_frame[v] != frame || r->moved_from >= 0)
			continue;
		snprintf(n->name[frame], sizeof(n->name[frame]), "%s:%s[%u]",
			 r->kind == COW_FILE ? "file" : "shmem", r->name, v - r->vpn);
	}
}

void cow_name_frames(struct cow_frame_names *n, struct cow_model *m, const struct cow_state *s)
{
	for (unsigned f = 0; f < m->nr_frames; f++) {
		bool used = frame_in_use(m, s, f);

		if (used && !n->used[f]) {
			if (f == COW_ZERO_FRAME)
				strcpy(n->name[f], "zero page");
			else if (!cow_frame_is_anon(m, f))
				name_file(n, m, f);
			else if (folio_head(m, f) != f)
				name_part(n, m, f);
			else
				name_anon(n, f);
		}
		n->used[f] = used;
	}
}

/* Who owns an address space: the process of its number, or one that shares it. */
static const char *mm_name(const struct cow_program *p, unsigned mm)
{
	return p->procs[mm].name;
}

static const char *vma_word(uint16_t vma)
{
	if (vma & COW_VM_DONTCOPY)
		return " dontfork";
	if (vma & COW_VM_WIPEONFORK)
		return " wipeonfork";
	return vma & COW_VM_MERGEABLE ? " mergeable" : "";
}

/* "A x[0]  rw dirty"; a PMD stands for all pages of its region, in the line of the first. */
static void mapping(const struct drawing *d, unsigned mm, unsigned v, line_t line)
{
	const struct cow_program *p = d->m->prog;
	const struct cow_pte *pte = &d->s->mm[mm].pte[v];
	const struct cow_region *r = &p->regions[p->page_region[v]];
	char place[WIDTH / 2];

	if (pte->bits & COW_PTE_HUGE)
		snprintf(place, sizeof(place), "%s[0..%u]  PMD", r->name, r->npages - 1u);
	else
		snprintf(place, sizeof(place), "%s[%u] ", r->name, v - r->vpn);
	snprintf(line, WIDTH, "%s %s %s%s%s%s", mm_name(p, mm), place,
		 pte->bits & COW_PTE_WRITE ? "rw" : "r-", pte->bits & COW_PTE_DIRTY ? " dirty" : "",
		 pte->bits & COW_PTE_UFFD_WP ? " uffd-wp" : "", vma_word(d->s->mm[mm].vma[v]));
}

/* "A x[0]  swap slot 0 exclusive" */
static void swap_entry(const struct drawing *d, unsigned mm, unsigned v, line_t line)
{
	const struct cow_program *p = d->m->prog;
	const struct cow_pte *pte = &d->s->mm[mm].pte[v];
	const struct cow_region *r = &p->regions[p->page_region[v]];

	snprintf(line, WIDTH, "%s %s[%u]  swap slot %u%s", mm_name(p, mm), r->name, v - r->vpn,
		 pte->frame, pte->bits & COW_PTE_SWAP_EXCLUSIVE ? " exclusive" : "");
}

/* "p  PIN rw longterm" */
static void pin(const struct drawing *d, unsigned slot, line_t line)
{
	const struct cow_program *p = d->m->prog;
	const struct cow_op *op = cow_pin_op(p, slot);
	unsigned flags = cow_pin_flags(d->m, slot);
	size_t at;

	snprintf(line, WIDTH, "%s%s  %s%s%s", op->dst >= 0 ? p->regs[op->dst].name : "a pin",
		 op->code == COW_OP_VFIO_MAP || op->code == COW_OP_IOMMUFD_MAP
			 ? " (IOMMU entry)" : "",
		 flags & COW_FOLL_PIN ? "PIN" : "GET", flags & COW_FOLL_WRITE ? " rw" : " r-",
		 flags & COW_FOLL_LONGTERM ? " longterm" : "");
	at = strlen(line);
	if (op->npages > 1)
		snprintf(line + at, WIDTH - at, " page %u", slot - (unsigned)op->slot);
}

/* The entry at V of MM is drawn at FRAME: it maps it, or has it in the swap cache. */
static bool entry_of(const struct drawing *d, unsigned mm, unsigned v, unsigned frame)
{
	const struct cow_pte *pte = &d->s->mm[mm].pte[v];

	if (pte->bits & COW_PTE_SWAP)
		return d->s->frame[frame].swap == pte->frame + 1;
	if (!(pte->bits & COW_PTE_PRESENT) || pte->frame != frame)
		return false;
	return !(pte->bits & COW_PTE_HUGE) ||
	       v == d->m->prog->regions[d->m->prog->page_region[v]].vpn;
}

/* A line for all that refers to FRAME; their number. */
static unsigned referrers(const struct drawing *d, unsigned frame, line_t line[MOST])
{
	const struct cow_program *p = d->m->prog;
	unsigned n = 0;

	for (unsigned mm = 0; mm < p->nr_procs; mm++)
		for (unsigned v = 0; v < p->nr_pages && n < MOST; v++) {
			if (!entry_of(d, mm, v, frame))
				continue;
			if (d->s->mm[mm].pte[v].bits & COW_PTE_SWAP)
				swap_entry(d, mm, v, line[n++]);
			else
				mapping(d, mm, v, line[n++]);
		}
	for (unsigned i = 0; i < p->nr_pins && n < MOST; i++)
		if (d->s->pin[i].state == COW_PIN_LIVE && d->s->pin[i].frame == frame)
			pin(d, i, line[n++]);
	return n;
}

/* Some PMD maps the huge page that begins at FRAME, so that it is drawn as one. */
static bool drawn_whole(const struct drawing *d, unsigned frame)
{
	for (unsigned mm = 0; mm < d->m->prog->nr_procs; mm++)
		for (unsigned v = 0; v < d->m->prog->nr_pages; v++)
			if ((d->s->mm[mm].pte[v].bits & COW_PTE_HUGE) &&
			    d->s->mm[mm].pte[v].frame == frame && folio_head(d->m, frame) == frame)
				return true;
	return false;
}

static void print_cells(const struct drawing *d, unsigned part, unsigned frame, unsigned pages)
{
	for (unsigned i = 0; i < pages; i++)
		fprintf(d->out, "%s%d", i ? " " : "", d->s->frame[frame + i].cell[part].value);
}

static void print_contents(const struct drawing *d, unsigned frame)
{
	const struct cow_program *p = d->m->prog;
	unsigned pages = drawn_whole(d, frame) ? folio_pages(d->m, frame) : 1;

	for (unsigned i = 0; i < p->nr_parts; i++) {
		if (p->parts[i][0])
			fprintf(d->out, "%s.%s=", i ? " " : "", p->parts[i]);
		else
			fputs("holds ", d->out);
		print_cells(d, i, frame, pages);
	}
}

static void print_refs(const struct drawing *d, unsigned frame)
{
	const struct cow_frame *f = &d->s->frame[frame];
	struct cow_refs r = cow_page_refs(d->m, d->s, frame);
	unsigned pages = folio_pages(d->m, frame);
	const char *plus = "";

	if (!cow_frame_is_anon(d->m, frame))
		return;
	fprintf(d->out, "  ref %u =", r.total);
	if (r.map)
		fprintf(d->out, " %u map", r.map), plus = " +";
	if (r.lru)
		fprintf(d->out, "%s 1 lru batch", plus), plus = " +";
	if (r.swap)
		fprintf(d->out, "%s 1 swap cache", plus), plus = " +";
	if (r.get)
		fprintf(d->out, "%s %u get", plus, r.get), plus = " +";
	if (r.pin && pages > 1)
		fprintf(d->out, "%s %u pin", plus, r.pin);
	else if (r.pin)
		fprintf(d->out, "%s %u x %u pin", plus, r.pin, COW_PIN_BIAS);
	if (pages > 1)
		fprintf(d->out, " (of %u pages)", pages);
	fprintf(d->out, "%s%s%s%s", f->exclusive ? "  exclusive" : "",
		f->flags & COW_FRAME_HUGETLB ? "  hugetlb" : "",
		f->flags & COW_FRAME_KSM ? "  KSM" : "",
		f->flags & COW_FRAME_LAZYFREE ? "  lazyfree" : "");
}

/* Nothing about FRAME has changed since the step before. */
static bool unchanged(const struct drawing *d, unsigned frame)
{
	unsigned pages = drawn_whole(d, frame) ? folio_pages(d->m, frame) : 1, n, k;
	line_t now[MOST], then[MOST];
	struct drawing old = *d;

	if (!d->before || memcmp(&d->s->frame[frame], &d->before->frame[frame],
				 pages * sizeof(d->s->frame[frame])))
		return false;
	old.s = d->before;
	n = referrers(d, frame, now);
	k = referrers(&old, frame, then);
	if (n != k)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (strcmp(now[i], then[i]))
			return false;
	return true;
}

static void draw_line(const struct drawing *d, enum cow_ink i, const char *line, unsigned width,
		      const char *arrow)
{
	fprintf(d->out, "      %s%-*s %s", ink(d->style, i), (int)width, line, arrow);
}

static void draw_frame(const struct drawing *d, unsigned frame, unsigned width)
{
	line_t line[MOST];
	unsigned n = referrers(d, frame, line);
	enum cow_ink i = unchanged(d, frame) ? INK_DIM : INK_PLAIN;

	for (unsigned k = 0; k < n; k++) {
		bool last = k + 1 == n;

		draw_line(d, i, line[k], width, n == 1 ? "----->" : last ? "--+-->" : "--+");
		if (last) {
			fprintf(d->out, " %s%s%s ", ink(d->style, INK_BOLD),
				d->names->name[frame], ink(d->style, INK_PLAIN));
			fputs(ink(d->style, i), d->out);
			print_contents(d, frame);
			print_refs(d, frame);
		}
		fprintf(d->out, "%s\n", ink(d->style, INK_PLAIN));
	}
}

/* The entry at V of MM names a slot whose page is on the disk only. */
static bool on_disk(const struct drawing *d, unsigned mm, unsigned v)
{
	const struct cow_pte *pte = &d->s->mm[mm].pte[v];

	if (!(pte->bits & COW_PTE_SWAP))
		return false;
	for (unsigned f = d->m->first_anon; f < d->m->nr_frames; f++)
		if (d->s->frame[f].swap == pte->frame + 1)
			return false;
	return true;
}

static void draw_on_disk(const struct drawing *d, unsigned mm, unsigned v, unsigned width)
{
	const struct cow_pte *pte = &d->s->mm[mm].pte[v];
	bool same = d->before && !memcmp(&d->before->mm[mm].pte[v], pte, sizeof(*pte));
	const struct cow_program *p = d->m->prog;
	line_t line;

	swap_entry(d, mm, v, line);
	draw_line(d, same ? INK_DIM : INK_PLAIN, line, width, "-----> the disk ");
	for (unsigned i = 0; i < p->nr_parts; i++) {
		if (p->parts[i][0])
			fprintf(d->out, "%s.%s=", i ? " " : "", p->parts[i]);
		else
			fputs("holds ", d->out);
		fprintf(d->out, "%d", d->s->swap[pte->frame].cell[i].value);
	}
	fprintf(d->out, "%s\n", ink(d->style, INK_PLAIN));
}

void draw_pages(struct drawing *d)
{
	const struct cow_program *p = d->m->prog;
	unsigned width = 0;
	line_t line[MOST];

	for (unsigned f = 0; f < d->m->nr_frames; f++) {
		unsigned n = referrers(d, f, line);

		for (unsigned k = 0; k < n; k++)
			if (strlen(line[k]) > width)
				width = (unsigned)strlen(line[k]);
	}
	for (unsigned mm = 0; mm < p->nr_procs; mm++)
		for (unsigned v = 0; v < p->nr_pages; v++) {
			if (!on_disk(d, mm, v))
				continue;
			swap_entry(d, mm, v, line[0]);
			if (strlen(line[0]) > width)
				width = (unsigned)strlen(line[0]);
		}
	for (unsigned f = 0; f < d->m->nr_frames; f++)
		draw_frame(d, f, width);
	for (unsigned mm = 0; mm < p->nr_procs; mm++)
		for (unsigned v = 0; v < p->nr_pages; v++)
			if (on_disk(d, mm, v))
				draw_on_disk(d, mm, v, width);
}
