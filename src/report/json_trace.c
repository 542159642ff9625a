/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* One run as JSON: its steps, why each did what it did, and the pages after it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "../litmus/print.h"
#include "json.h"
#include "trace.h"

/* What is needed to describe one moment of the run. */
struct moment {
	struct cow_model *m;
	struct cow_state s;
	struct cow_frame_names names;
};

/* "x[0]" */
static json_t *place(const struct cow_program *p, unsigned vpn)
{
	const struct cow_region *r = &p->regions[p->page_region[vpn]];

	return json_sprintf("%s[%u]", r->name, vpn - r->vpn);
}

static json_t *mappings(const struct moment *now, unsigned frame)
{
	const struct cow_program *p = now->m->prog;
	json_t *a = json_array();

	for (unsigned mm = 0; mm < p->nr_procs; mm++)
		for (unsigned v = 0; v < p->nr_pages; v++) {
			const struct cow_pte *pte = &now->s.mm[mm].pte[v];
			json_t *o;

			if (!(pte->bits & COW_PTE_PRESENT) || pte->frame != frame)
				continue;
			o = json_object();
			json_put(&o, "process", json_string(p->procs[mm].name));
			json_put(&o, "at", place(p, v));
			json_put(&o, "writable", json_boolean(pte->bits & COW_PTE_WRITE));
			json_put(&o, "dirty", json_boolean(pte->bits & COW_PTE_DIRTY));
			json_put(&o, "pmd", json_boolean(pte->bits & COW_PTE_HUGE));
			json_put(&o, "uffd_wp", json_boolean(pte->bits & COW_PTE_UFFD_WP));
			json_add(&a, o);
		}
	return a;
}

static json_t *foll_flags(unsigned flags)
{
	json_t *a = json_array();

	for (unsigned bit = 1; bit <= flags; bit <<= 1)
		if (flags & bit)
			json_add(&a, json_string(cow_foll_name(bit)));
	return a;
}

static json_t *pins(const struct moment *now, unsigned frame)
{
	const struct cow_program *p = now->m->prog;
	json_t *a = json_array();

	for (unsigned i = 0; i < p->nr_pins; i++) {
		const struct cow_op *op = cow_pin_op(p, i);
		json_t *o;

		if (now->s.pin[i].state != COW_PIN_LIVE || now->s.pin[i].frame != frame)
			continue;
		o = json_object();
		if (op->dst >= 0)
			json_put(&o, "register", json_string(p->regs[op->dst].name));
		json_put(&o, "page", json_integer((json_int_t)i - op->slot));
		json_put(&o, "flags", foll_flags(cow_pin_flags(now->m, i)));
		json_add(&a, o);
	}
	return a;
}

/* Part names and values; a page without parts has one, "". */
static json_t *contents(const struct cow_program *p, const struct cow_cell *cell)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < p->nr_parts; i++)
		json_put(&o, p->parts[i], json_integer(cell[i].value));
	return o;
}

static json_t *references(const struct cow_refs *r)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i}", "map", (int)r->map, "lru", (int)r->lru,
			 "swap", (int)r->swap, "get", (int)r->get, "pin", (int)r->pin, "total",
			 (int)r->total);
}

static json_t *pages(struct moment *now)
{
	json_t *a = json_array();

	cow_name_frames(&now->names, now->m, &now->s);
	for (unsigned f = 0; f < now->m->nr_frames; f++) {
		struct cow_refs r = cow_page_refs(now->m, &now->s, f);
		json_t *o, *maps, *held;

		if (!now->names.used[f])
			continue;
		maps = mappings(now, f);
		held = pins(now, f);
		/* The page cache is always there; it is of interest when somebody refers to it. */
		if (!cow_frame_is_anon(now->m, f) && !json_array_size(maps) &&
		    !json_array_size(held)) {
			json_decref(maps);
			json_decref(held);
			continue;
		}
		o = json_object();
		json_put(&o, "page", json_string(now->names.name[f]));
		json_put(&o, "anonymous", json_boolean(cow_frame_is_anon(now->m, f)));
		json_put(&o, "contents",
			 contents(now->m->prog, now->s.frame[f].cell));
		json_put(&o, "exclusive", json_boolean(now->s.frame[f].exclusive));
		json_put(&o, "folio_pages", json_integer(folio_pages(now->m, f)));
		json_put(&o, "hugetlb", json_boolean(now->s.frame[f].flags & COW_FRAME_HUGETLB));
		json_put(&o, "ksm", json_boolean(now->s.frame[f].flags & COW_FRAME_KSM));
		json_put(&o, "lazyfree", json_boolean(now->s.frame[f].flags & COW_FRAME_LAZYFREE));
		if (now->s.frame[f].swap)
			json_put(&o, "swap_slot", json_integer(now->s.frame[f].swap - 1));
		json_put(&o, "references", references(&r));
		json_put(&o, "mappings", maps);
		json_put(&o, "pins", held);
		json_add(&a, o);
	}
	return a;
}

/* Entries that name a swap slot; what its page holds, on the disk or in the swap cache. */
static json_t *swapped(const struct moment *now)
{
	const struct cow_program *p = now->m->prog;
	json_t *a = json_array();

	for (unsigned mm = 0; mm < p->nr_procs; mm++)
		for (unsigned v = 0; v < p->nr_pages; v++) {
			const struct cow_pte *pte = &now->s.mm[mm].pte[v];
			json_t *o;

			if (!(pte->bits & COW_PTE_SWAP))
				continue;
			o = json_object();
			json_put(&o, "process", json_string(p->procs[mm].name));
			json_put(&o, "at", place(p, v));
			json_put(&o, "slot", json_integer(pte->frame));
			json_put(&o, "exclusive",
				 json_boolean(pte->bits & COW_PTE_SWAP_EXCLUSIVE));
			json_put(&o, "contents",
				 contents(p, cow_swapped_contents(now->m, &now->s, pte->frame)));
			json_add(&a, o);
		}
	return a;
}

static void take_note(void *arg, const char *fmt, va_list ap)
{
	json_t **notes = arg;

	json_add(notes, json_vsprintf(fmt, ap));
}

static json_t *operation(const struct cow_program *p, unsigned t, const struct cow_op *op)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	json_t *s = NULL;

	if (!f)
		return NULL;
	cow_print_op(f, p, t, op);
	if (!fclose(f))
		s = json_text(text);
	free(text);
	return s;
}

static json_t *thread(const struct cow_program *p, unsigned t)
{
	const struct cow_thread *th = &p->threads[t];

	if (th->kind == COW_THREAD)
		return json_sprintf("%s.%s", p->procs[th->proc].name, th->name);
	return json_string(th->name);
}

static json_t *step(struct moment *now, unsigned t)
{
	const struct cow_program *p = now->m->prog;
	const struct cow_op *op = cow_model_next(now->m, &now->s, t);
	unsigned hazards = now->s.hazards;
	json_t *o = json_object(), *notes = json_array();

	json_put(&o, "thread", thread(p, t));
	json_put(&o, "operation", operation(p, t, op));
	now->m->note = take_note;
	now->m->note_arg = &notes;
	cow_model_step(now->m, &now->s, t);
	now->m->note = NULL;
	if (op->dst >= 0 && (p->regs[op->dst].type == COW_REG_INT || now->s.reg[op->dst] < 0))
		json_put(&o, "result", json_integer(now->s.reg[op->dst]));
	json_put(&o, "notes", notes);
	json_put(&o, "hazards", json_hazards(now->s.hazards & ~hazards));
	json_put(&o, "pages", pages(now));
	json_put(&o, "swapped", swapped(now));
	return o;
}

int cow_json_trace(FILE *out, const struct cow_test *t, const struct cow_trace *trace)
{
	struct cow_model m;
	struct moment now = { .m = &m };
	json_t *o = json_about("trace", t), *steps = json_array();

	cow_trace_start(trace, &m, &now.s);
	json_put(&o, "kernel", json_text(cow_kernel_name(trace->kernel)));
	json_put(&o, "bad", json_boolean(trace->bad));
	json_put(&o, "start", pages(&now));
	for (size_t i = 0; i < trace->nr; i++)
		json_add(&steps, step(&now, trace->thread[i]));
	json_put(&o, "hazards", json_hazards(now.s.hazards));
	json_put(&o, "steps", steps);
	return json_line(out, o);
}
