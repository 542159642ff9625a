/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Memory: what is declared, and what mremap() makes. */
#include "build.h"

#include <string.h>

#include "words.h"

/* A new region; it gets its pages if there is room, else an error is reported. */
static struct cow_region *add(struct build *b, const struct ast_name *name, unsigned npages,
			      const struct cow_loc *loc)
{
	struct cow_program *prog = b->prog;
	struct cow_region *r;
	int old = cow_find_region(prog, name->text);

	if (old >= 0) {
		cow_parse_error(b->p, &name->loc, "there is a region '%s' already, in line %u",
				name->text, prog->regions[old].loc.line);
		return NULL;
	}
	if (prog->nr_regions == COW_MAX_REGIONS) {
		cow_parse_error(b->p, &name->loc, "more than %d regions", COW_MAX_REGIONS);
		return NULL;
	}
	r = &prog->regions[prog->nr_regions];
	strcpy(r->name, name->text);
	r->npages = npages < COW_MAX_PAGES ? npages : COW_MAX_PAGES;
	r->moved_from = -1;
	r->loc = *loc;
	if (prog->nr_pages + npages > COW_MAX_PAGES) {
		cow_parse_error(b->p, &name->loc, "more than %d pages of memory in all",
				COW_MAX_PAGES);
	} else {
		r->vpn = prog->nr_pages;
		memset(prog->page_region + prog->nr_pages, prog->nr_regions, npages);
		prog->nr_pages += npages;
	}
	prog->nr_regions++;
	return r;
}

/* The range of one huge page; all huge pages of a scenario are equally large. */
static void thp(struct build *b, const struct ast_decl *d, const struct cow_region *r)
{
	const struct cow_program *prog = b->prog;

	if (r->shared)
		cow_parse_error(b->p, &d->sharing.loc, "a transparent huge page is private memory");
	if (r->npages < 2)
		cow_parse_error(b->p, &d->name.loc,
				"a huge page has at least 2 pages, as in thp %s[4]", r->name);
	for (unsigned i = 0; i + 1 < prog->nr_regions; i++) {
		const struct cow_region *o = &prog->regions[i];

		if (o->kind == COW_THP && o->npages > 1 && o->npages != r->npages &&
		    r->npages > 1) {
			cow_parse_error(b->p, &d->name.loc, "all huge pages are of one size: "
					"'%s' has %u pages", o->name, o->npages);
			return;
		}
	}
}

static void declare(struct build *b, const struct ast_decl *d)
{
	const struct word *kind = cow_word(cow_kind_words, d->kind.text);
	struct cow_region *r;

	if (!d->size.value)
		cow_parse_error(b->p, &d->size.loc, "a region has at least one page");
	r = add(b, &d->name, d->size.value ? d->size.value : 1, &d->loc);
	if (!r)
		return;
	if (d->init.value > 255)
		cow_parse_error(b->p, &d->init.loc, "values are 0 to 255");
	r->init = d->init.value;
	r->kind = kind ? kind->value : COW_ANON;
	r->shared = d->sharing.text && !strcmp(d->sharing.text, "shared");
	if (r->kind == COW_THP)
		thp(b, d, r);
	if (r->kind == COW_HUGETLB && r->shared)
		cow_parse_error(b->p, &d->sharing.loc,
				"not supported yet: hugetlb memory that is shared");
	if (r->kind == COW_UNTOUCHED && d->initialised)
		cow_parse_error(b->p, &d->init.loc,
				"memory that nobody has touched has no value but 0");
	if (r->kind == COW_UNTOUCHED && r->shared)
		cow_parse_error(b->p, &d->sharing.loc,
				"untouched memory is private; 'memfd %s' is shared and untouched",
				r->name);
}

/* y = mremap(x[0]) makes a region of one page, like the one it comes from. */
static void remap(struct build *b, unsigned thread, struct ast_stmt *s)
{
	const struct ast_place *from;
	struct cow_region *r;
	int old;

	(void)thread;
	if (s->kind != AST_CALL || s->call->code < 0 || !s->lhs.name.text ||
	    cow_op_info[s->call->code].result != 'y')
		return;
	r = add(b, &s->lhs.name, 1, &s->lhs.loc);
	from = s->call->nargs ? cow_only_place(s->call->args) : NULL;
	old = from ? cow_find_region(b->prog, from->name.text) : -1;
	if (!r || old < 0)
		return;	/* reported when the operation is looked at */
	r->kind = b->prog->regions[old].kind;
	r->shared = b->prog->regions[old].shared;
	r->init = b->prog->regions[old].init;
}

void cow_build_regions(struct build *b)
{
	struct ast *ast = &b->p->ast;

	for (const struct ast_decl *d = ast->decls; d && !b->p->stop; d = d->next)
		declare(b, d);
	for (unsigned i = 0; i < ast->nr_blocks; i++)
		cow_each_stmt(b, i, ast->blocks[i].stmts.first, remap);
}
