/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include "build.h"

#include <string.h>

#include "suggest.h"

void cow_each_stmt(struct build *b, unsigned thread, struct ast_stmt *first, stmt_fn *fn)
{
	for (struct ast_stmt *s = first; s && !b->p->stop; s = s->next) {
		fn(b, thread, s);
		cow_each_stmt(b, thread, s->body, fn);
	}
}

int cow_find_region(const struct cow_program *prog, const char *name)
{
	for (unsigned i = 0; i < prog->nr_regions; i++)
		if (!strcmp(prog->regions[i].name, name))
			return (int)i;
	return -1;
}

int cow_find_proc(const struct cow_program *prog, const char *name)
{
	for (unsigned i = 0; i < prog->nr_procs; i++)
		if (!strcmp(prog->procs[i].name, name))
			return (int)i;
	return -1;
}

int cow_find_device(const struct cow_program *prog, const char *name)
{
	for (unsigned i = 0; i < prog->nr_threads; i++)
		if (prog->threads[i].kind == COW_DEVICE && !strcmp(prog->threads[i].name, name))
			return (int)i;
	return -1;
}

int cow_find_part(struct build *b, const struct ast_name *part)
{
	struct cow_program *prog = b->prog;

	if (!part->text)
		return 0;
	for (unsigned i = 1; i < prog->nr_parts; i++)
		if (!strcmp(prog->parts[i], part->text))
			return (int)i;
	if (prog->nr_parts == COW_MAX_PARTS) {
		if (!b->full_parts)
			cow_parse_error(b->p, &part->loc, "more than %d different parts of pages",
					COW_MAX_PARTS - 1);
		b->full_parts = true;
		return -1;
	}
	strcpy(prog->parts[prog->nr_parts], part->text);
	return (int)prog->nr_parts++;
}

/* ---- unknown names ---- */

static const char *nth_region(const void *arg, size_t i)
{
	const struct cow_program *prog = arg;

	return i < prog->nr_regions ? prog->regions[i].name : NULL;
}

static const char *nth_proc(const void *arg, size_t i)
{
	const struct cow_program *prog = arg;

	return i < prog->nr_procs ? prog->procs[i].name : NULL;
}

static const char *nth_device(const void *arg, size_t i)
{
	const struct cow_program *prog = arg;

	if (i >= prog->nr_threads)
		return NULL;
	return prog->threads[i].kind == COW_DEVICE ? prog->threads[i].name : "";
}

static void unknown(struct build *b, const char *what, const struct ast_name *name,
		    cow_nth_word *nth, const char *else_hint)
{
	const char *near = cow_suggest(name->text, nth, b->prog);

	if (near)
		cow_parse_error(b->p, &name->loc, "unknown %s '%s'; did you mean '%s'?",
				what, name->text, near);
	else
		cow_parse_error(b->p, &name->loc, "unknown %s '%s'%s", what, name->text,
				else_hint);
}

const char *cow_suggest_proc(struct build *b, const char *name)
{
	return cow_suggest(name, nth_proc, b->prog);
}

void cow_unknown_region(struct build *b, const struct ast_name *name)
{
	unknown(b, "region", name, nth_region, "");
}

void cow_unknown_proc(struct build *b, const struct ast_name *name)
{
	static const char *const kinds[] = {
		[COW_THREAD] = "thread", [COW_DEVICE] = "device", [COW_KERNEL] = "kernel daemon",
	};

	for (unsigned i = 0; i < b->prog->nr_threads; i++) {
		const struct cow_thread *t = &b->prog->threads[i];

		if (t->kind != COW_PROCESS && !strcmp(t->name, name->text)) {
			cow_parse_error(b->p, &name->loc, "'%s' is a %s, not a process", t->name,
					kinds[t->kind]);
			return;
		}
	}
	unknown(b, "process", name, nth_proc, ": there is no block of that name");
}

void cow_unknown_device(struct build *b, const struct ast_name *name)
{
	unknown(b, "device", name, nth_device, "");
}

int cow_named_proc(struct build *b, const struct ast_name *name)
{
	int proc = cow_find_proc(b->prog, name->text);

	if (proc < 0)
		cow_unknown_proc(b, name);
	return proc;
}

/* ---- pages ---- */

const char *cow_pages_text(unsigned npages, char *buf, size_t size)
{
	if (npages == 1)
		snprintf(buf, size, "1 page: 0");
	else
		snprintf(buf, size, "%u pages: 0 %s %u", npages, npages == 2 ? "and" : "to",
			 npages - 1);
	return buf;
}

int cow_place_page(struct build *b, const struct ast_place *place)
{
	int r = cow_find_region(b->prog, place->name.text);
	long index = place->indexed ? place->index.value : 0;
	char buf[32];

	if (r < 0) {
		cow_unknown_region(b, &place->name);
		return -1;
	}
	if (index >= b->prog->regions[r].npages) {
		cow_parse_error(b->p, &place->index.loc, "page %ld of '%s', which has %s", index,
				place->name.text,
				cow_pages_text(b->prog->regions[r].npages, buf, sizeof(buf)));
		return -1;
	}
	return b->prog->regions[r].vpn + (int)index;
}
