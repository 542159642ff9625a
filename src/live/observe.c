/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * observe.c - what /proc shows of pages after a step, against the model's state.
 *
 * From /proc/PID/pagemap, for every page of every address space: mapped or not, of a
 * file or anonymous, mapped once or more; and with CAP_SYS_ADMIN the frame.  Frame
 * numbers mean nothing by themselves: compared is which places, and pins, have the
 * same frame, and which places keep theirs over a step.  Of each frame then, from
 * /proc/kpagecount and kpageflags: how often it is mapped, whether it is the zero page,
 * and PG_anon_exclusive.
 *
 * None of this touches a page: it takes no reference that a rule could see.
 */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "live.h"

struct live_entry live_entry(uint64_t raw)
{
	return (struct live_entry){
		.present = raw >> 63 & 1,
		.swapped = raw >> 62 & 1,
		.file = raw >> 61 & 1,
		.once = raw >> 56 & 1,
		.soft_dirty = raw >> 55 & 1,
		.pfn = raw >> 63 & 1 ? raw & ((UINT64_C(1) << 55) - 1) : 0,
	};
}

bool live_read_entries(const struct live *l, unsigned mm, struct live_entry *entry)
{
	for (unsigned v = 0; v < l->prog.nr_pages; v++) {
		uint64_t page = live_address(&l->prog, v, 0) / LIVE_PAGE, raw;

		if (pread(l->proc[mm].pagemap, &raw, sizeof(raw), (off_t)(page * sizeof(raw))) !=
		    sizeof(raw))
			return false;
		entry[v] = live_entry(raw);
	}
	return true;
}

struct live_frame_info live_frame_info(const struct live *l, uint64_t pfn)
{
	struct live_frame_info info = { .mapcount = -1 };
	uint64_t count;
	off_t at = (off_t)(pfn * sizeof(count));

	if (pread(l->kpagecount, &count, sizeof(count), at) == sizeof(count))
		info.mapcount = (int64_t)count;
	if (pread(l->kpageflags, &info.flags, sizeof(info.flags), at) != sizeof(info.flags))
		info.flags = 0;
	return info;
}

/* ---- frames: the model's numbers and the kernel's ---- */

/* One of the other, or none yet. */
struct frames {
	uint64_t pfn[COW_MAX_FRAMES];	/* of a frame of the model, 0: not met */
};

/* PFN was seen where the model has FRAME.  False: that cannot be. */
static bool frames_match(struct frames *f, unsigned nr, unsigned frame, uint64_t pfn)
{
	for (unsigned i = 0; i < nr; i++)
		if (i != frame && f->pfn[i] == pfn)
			return false;
	if (f->pfn[frame] && f->pfn[frame] != pfn)
		return false;
	f->pfn[frame] = pfn;
	return true;
}

static const char *page_name(const struct live *l, unsigned mm, unsigned vpn, char *buf,
			     size_t size)
{
	const struct cow_region *r = &l->prog.regions[l->prog.page_region[vpn]];

	snprintf(buf, size, "%s:%s[%u]", l->prog.procs[mm].name, r->name, vpn - r->vpn);
	return buf;
}

/* What is wrong with frame FRAME of the model, which is PFN of the kernel; NULL: nothing. */
static void compare_frame(struct live *l, const struct live_step *step, unsigned frame,
			  uint64_t pfn, const char *name)
{
	const struct cow_state *s = step->after;
	struct live_frame_info info = live_frame_info(l, pfn);
	bool anon = cow_frame_is_anon(&l->model, frame);
	unsigned mapcount = cow_page_mapcount(&l->model, s, frame);

	if (frame == COW_ZERO_FRAME) {
		l->result->observations++;
		if (l->kpageflags >= 0 && !(info.flags >> KPF_ZERO_PAGE & 1))
			live_disagree(l, step, "%s: not the zero page", name);
		return;
	}
	if (info.mapcount >= 0) {
		l->result->observations++;
		if (info.mapcount != mapcount)
			live_disagree(l, step, "%s: the page is mapped %lld times, not %u", name,
				      (long long)info.mapcount, mapcount);
	}
	/* Of the pages of a large folio the first one's flags are shown for all. */
	if (anon && l->sees_exclusive && frame == folio_head(&l->model, frame)) {
		l->result->observations++;
		if ((info.flags >> KPF_MAPPEDTODISK & 1) != s->frame[frame].exclusive)
			live_disagree(l, step, s->frame[frame].exclusive
				      ? "%s: the page is not exclusive"
				      : "%s: the page is exclusive", name);
	}
}

static bool is_thp(const struct live *l, unsigned vpn)
{
	return l->prog.regions[l->prog.page_region[vpn]].kind == COW_THP;
}

/* What a PMD maps lies in one piece. */
static void compare_huge(struct live *l, const struct live_step *step, unsigned mm, unsigned vpn,
			 const struct live_entry *entry, const char *name)
{
	const struct cow_region *r = &l->prog.regions[l->prog.page_region[vpn]];
	uint64_t offset = live_address(&l->prog, vpn, 0) - live_address(&l->prog, r->vpn, 0);

	if (!(step->after->mm[mm].pte[vpn].bits & COW_PTE_HUGE))
		return;
	l->result->observations++;
	if (entry[vpn].pfn == entry[r->vpn].pfn + offset / LIVE_PAGE &&
	    entry[r->vpn].pfn % (LIVE_HUGE_PAGE / LIVE_PAGE) == 0)
		return;
	if (step->before)
		live_disagree(l, step, "%s: not a part of a huge page", name);
	else
		live_fail(l, "%s: there was no huge page to be had", name);
}

/* One present entry of the model. */
static void compare_present(struct live *l, const struct live_step *step, unsigned mm,
			    unsigned vpn, const struct live_entry *e, const char *name)
{
	unsigned frame = step->after->mm[mm].pte[vpn].frame;
	bool file = frame != COW_ZERO_FRAME && !cow_frame_is_anon(&l->model, frame);
	bool once = frame != COW_ZERO_FRAME &&
		    cow_page_mapcount(&l->model, step->after, frame) == 1;

	/* Of the huge zero page kernels say one thing or the other. */
	if (frame == COW_ZERO_FRAME && is_thp(l, vpn))
		return;
	l->result->observations += 2;
	if (e->file != file)
		live_disagree(l, step, file ? "%s: not the file's page" : "%s: a file's page", name);
	/* Of what a PMD maps, the first page's is shown for all. */
	else if (e->once != once && (!(step->after->mm[mm].pte[vpn].bits & COW_PTE_HUGE) ||
				     vpn == l->prog.regions[l->prog.page_region[vpn]].vpn))
		live_disagree(l, step, once ? "%s: the page is mapped more than once"
					    : "%s: the page is mapped only once", name);
}

/* The same place, before and after: does it keep its frame where the model keeps it? */
static void compare_change(struct live *l, const struct live_step *step, unsigned mm, unsigned vpn,
			   const struct live_entry *e, const char *name)
{
	const struct cow_pte *old, *new = &step->after->mm[mm].pte[vpn];
	const struct live_entry *seen = &l->entry[mm][vpn];

	if (!step->before || !seen->present || !seen->pfn)
		return;
	old = &step->before->mm[mm].pte[vpn];
	if (!(old->bits & COW_PTE_PRESENT))
		return;
	/* The huge zero page, or small ones in its place. */
	if (old->frame == COW_ZERO_FRAME && new->frame == COW_ZERO_FRAME && is_thp(l, vpn))
		return;
	l->result->observations++;
	if (old->frame == new->frame && seen->pfn != e->pfn)
		live_disagree(l, step, "%s: another page than before the step", name);
	else if (old->frame != new->frame && seen->pfn == e->pfn)
		live_disagree(l, step, "%s: still the page of before the step", name);
}

static void compare_mm(struct live *l, const struct live_step *step, unsigned mm,
		       const struct live_entry *entry, struct frames *frames)
{
	const struct cow_mm *model = &step->after->mm[mm];

	for (unsigned v = 0; v < l->prog.nr_pages && !l->disagreed; v++) {
		const struct live_entry *e = &entry[v];
		bool present = model->pte[v].bits & COW_PTE_PRESENT;
		char name[3 * COW_NAME];

		page_name(l, mm, v, name, sizeof(name));
		l->result->observations++;
		if (e->swapped) {
			live_fail(l, "%s was swapped out", name);
			return;
		}
		if (e->present != present) {
			live_disagree(l, step, present ? "%s: nothing is mapped"
						       : "%s: a page is mapped", name);
			return;
		}
		if (!present)
			continue;
		compare_present(l, step, mm, v, e, name);
		if (!l->frames || l->disagreed)
			continue;
		compare_change(l, step, mm, v, e, name);
		if (l->disagreed)
			return;
		compare_huge(l, step, mm, v, entry, name);
		if (l->disagreed || l->failed)
			return;
		if (!(is_thp(l, v) && model->pte[v].frame == COW_ZERO_FRAME) &&
		    !frames_match(frames, l->model.nr_frames, model->pte[v].frame, e->pfn)) {
			live_disagree(l, step, "%s: the page is shared with others than it should",
				      name);
			return;
		}
		compare_frame(l, step, model->pte[v].frame, e->pfn, name);
	}
}

/* Where a pin's page was mapped right after it was taken, that is the page. */
static void note_pins(struct live *l, const struct live_step *step)
{
	for (unsigned i = 0; i < l->prog.nr_pins; i++) {
		const struct cow_pin *pin = &step->after->pin[i];

		if (pin->state != COW_PIN_LIVE)
			l->pin_pfn[i] = 0;
		else if (!step->before || step->before->pin[i].state != COW_PIN_LIVE)
			l->pin_pfn[i] = l->entry[pin->mm][pin->vpn].pfn;
	}
}

static void compare_pins(struct live *l, const struct live_step *step, struct frames *frames)
{
	for (unsigned i = 0; i < l->prog.nr_pins && !l->disagreed; i++) {
		const struct cow_pin *pin = &step->after->pin[i];
		const struct cow_op *op = cow_pin_op(&l->prog, i);

		if (pin->state != COW_PIN_LIVE || !l->pin_pfn[i] ||
		    (pin->frame == COW_ZERO_FRAME && is_thp(l, op->vpn)))
			continue;
		l->result->observations++;
		if (!frames_match(frames, l->model.nr_frames, pin->frame, l->pin_pfn[i]))
			live_disagree(l, step, "the page that pin %s holds is mapped elsewhere "
				      "than it should", l->prog.regs[op->dst].name);
	}
}

static bool mm_alive(const struct live *l, const struct cow_state *s, unsigned mm)
{
	for (unsigned p = 0; p < l->prog.nr_procs; p++)
		if (s->proc[p].state == COW_RUNNING && s->proc[p].mm == mm)
			return true;
	return false;
}

void live_observe(struct live *l, const struct live_step *step)
{
	struct frames frames = { { 0 } };

	if (l->failed || l->disagreed)
		return;
	for (unsigned mm = 0; mm < l->prog.nr_procs && !l->failed && !l->disagreed; mm++) {
		struct live_entry entry[COW_MAX_PAGES];

		if (!mm_alive(l, step->after, mm)) {
			memset(l->entry[mm], 0, sizeof(l->entry[mm]));
			continue;
		}
		if (!live_read_entries(l, mm, entry)) {
			live_fail(l, "/proc/%d/pagemap cannot be read", (int)l->proc[mm].pid);
			return;
		}
		compare_mm(l, step, mm, entry, &frames);
		memcpy(l->entry[mm], entry, sizeof(entry));
	}
	if (!l->frames || l->failed || l->disagreed)
		return;
	note_pins(l, step);
	compare_pins(l, step, &frames);
}

/* ---- values, in the end ---- */

/* The first process that can still load from MM, or -1: its thread waits in vfork(). */
static bool can_load(const struct live *l, const struct cow_state *s, unsigned p)
{
	if (s->proc[p].state != COW_RUNNING || s->proc[p].mm == COW_NO_MM)
		return false;
	for (unsigned c = 0; c < l->prog.nr_procs; c++)
		if (l->proc[c].pid && l->proc[c].vforker == (int)live_main_agent(l, p))
			return false;
	return true;
}

static void compare_value(struct live *l, const struct cow_state *s, unsigned p, unsigned vpn,
			  unsigned part, const struct live_reply *r)
{
	struct cow_term term = { .kind = COW_TERM_MEM, .proc = (int8_t)p, .vpn = (uint8_t)vpn,
				 .part = (uint8_t)part };
	struct live_step end = { .after = s };
	char name[3 * COW_NAME];
	bool ok;
	int value = cow_term_value(&l->model, s, &term, &ok);

	l->result->observations++;
	page_name(l, p, vpn, name, sizeof(name));
	if (r->kind == COW_ANSWER_FAULT)
		live_disagree(l, &end, "%s: SIGSEGV when read in the end, not %d", name, value);
	else if (r->value != value)
		live_disagree(l, &end, "%s%s%s: %lld is read in the end, not %d", name,
			      part ? "." : "", l->prog.parts[part], (long long)r->value, value);
}

void live_observe_values(struct live *l, const struct cow_state *s)
{
	for (unsigned p = 0; p < l->prog.nr_procs; p++) {
		unsigned agent = live_main_agent(l, p);

		for (unsigned v = 0; v < l->prog.nr_pages && can_load(l, s, p); v++) {
			unsigned vma = s->mm[s->proc[p].mm].vma[v];

			if (!(vma & COW_VM_MAPPED) || !(vma & COW_VM_READ))
				continue;
			/* There may be no page for it. */
			if (l->prog.hugetlb_pool &&
			    !(s->mm[s->proc[p].mm].pte[v].bits & COW_PTE_PRESENT))
				continue;
			for (unsigned part = 0; part < l->prog.nr_parts; part++) {
				struct cow_order o = {
					.nr = COW_ORDER_LOAD,
					.arg = { (int64_t)live_address(&l->prog, v, part), 0, 1 },
				};
				struct live_reply r;

				if (!live_order(l, agent, &o, &r))
					return;
				compare_value(l, s, p, v, part, &r);
				if (l->disagreed)
					return;
			}
		}
	}
}
