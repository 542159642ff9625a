/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What stands at the top of a scenario: memory, blocks, the condition, expectations. */
#include "make.h"

#include <string.h>

#include "expected.h"
#include "words.h"

/* ---- memory ---- */

bool cow_check_kind(struct parse *p, const struct ast_name *kind)
{
	const struct word *w = cow_word(cow_kind_words, kind->text);
	const char *keyword = cow_keyword_suggest(kind->text);
	const char *near = cow_word_suggest(cow_kind_words, kind->text);

	if (w) {
		if (w->later)
			cow_parse_error(p, &kind->loc, "not supported yet: page kind %s", w->name);
		return true;	/* the declaration as such is understood */
	}
	if (near)
		cow_parse_error(p, &kind->loc, "unknown page kind '%s'; did you mean '%s'?",
				kind->text, near);
	else if (keyword)
		cow_parse_error(p, &kind->loc, "unknown word '%s'; did you mean '%s'?",
				kind->text, keyword);
	else
		cow_parse_error(p, &kind->loc, "unknown page kind '%s': "
				"expected anon, untouched, file, memfd, thp or hugetlb", kind->text);
	return near;
}

struct ast_decl *cow_make_decl(struct parse *p, const struct ast_name *kind,
			       const struct ast_name *name, const struct ast_number *size,
			       const struct ast_number *init, const struct ast_name *sharing,
			       const struct cow_loc *loc)
{
	struct ast_decl *d = cow_parse_alloc(p, sizeof(*d));

	if (!d)
		return NULL;
	d->kind = *kind;
	d->name = *name;
	d->size = *size;
	if (init) {
		d->initialised = true;
		d->init = *init;
	}
	d->sharing = *sharing;
	d->loc = *loc;
	return d;
}

void cow_ast_decl(struct parse *p, struct ast_decl *decl)
{
	struct ast *ast = &p->ast;

	if (ast->last_decl)
		ast->last_decl->next = decl;
	else
		ast->decls = decl;
	ast->last_decl = decl;
}

/* ---- blocks ---- */

static const char *kind_name(enum ast_block_kind kind)
{
	switch (kind) {
	case AST_THREAD: return "thread";
	case AST_DEVICE: return "device";
	case AST_KERNEL: return "kernel daemon";
	default: return "process";
	}
}

static struct ast_block *find_block(struct ast *ast, const struct ast_name *name,
				    const struct ast_name *thread)
{
	for (unsigned i = 0; i < ast->nr_blocks; i++) {
		struct ast_block *b = &ast->blocks[i];

		if (!strcmp(b->name.text, name->text) && !b->thread.text == !thread &&
		    (!thread || !strcmp(b->thread.text, thread->text)))
			return b;
	}
	return NULL;
}

static void join_stmts(struct ast_stmts *list, const struct ast_stmts *more)
{
	if (!more->first)
		return;
	if (list->last)
		list->last->next = more->first;
	else
		list->first = more->first;
	list->last = more->last;
}

struct ast_block *cow_ast_block(struct parse *p, enum ast_block_kind kind,
				const struct ast_name *name, const struct ast_name *thread,
				struct ast_place *after, const struct ast_stmts *stmts)
{
	struct ast *ast = &p->ast;
	struct ast_block *b = find_block(ast, name, thread);

	if (!b && ast->nr_blocks == COW_MAX_THREADS) {
		if (!ast->overflow.name.text)
			cow_parse_error(p, &name->loc,
					"more than %d processes, threads, devices and daemons",
					COW_MAX_THREADS);
		ast->overflow.name = *name;
		return &ast->overflow;
	}
	if (!b) {
		b = &ast->blocks[ast->nr_blocks++];
		b->kind = kind;
		b->name = *name;
		if (thread)
			b->thread = *thread;
	} else if (stmts && b->braces) {
		cow_parse_error(p, thread ? &thread->loc : &name->loc,
				"there is a %s '%s%s%s' already, in line %u", kind_name(b->kind),
				name->text, thread ? "." : "", thread ? thread->text : "",
				b->name.loc.line);
	}
	if (!stmts)
		return b;
	if (!b->braces) {
		b->braces = true;
		b->kind = kind;
		b->after = after;
	}
	join_stmts(&b->stmts, stmts);
	return b;
}

/* ---- conditions ---- */

static bool count_cond(struct parse *p, const struct cow_loc *loc)
{
	if (++p->ast.nr_cond <= MAX_COND)
		return true;
	cow_parse_error(p, loc, "this condition has more than %d parts", MAX_COND);
	p->stop = true;
	return false;
}

struct ast_operand *cow_make_operand(struct parse *p, const struct ast_number *number,
				     const struct ast_place *place, bool minus,
				     const struct cow_loc *loc)
{
	struct ast_operand *o = cow_parse_alloc(p, sizeof(*o));

	if (!o)
		return NULL;
	o->loc = *loc;
	if (number) {
		o->kind = AST_OP_NUMBER;
		o->number = *number;
		if (minus)
			o->number.value = -o->number.value;
	} else {
		o->kind = AST_OP_PLACE;
		o->place = *place;
		o->minus = minus;
	}
	return o;
}

struct ast_operand *cow_make_fact(struct parse *p, struct ast_operand *fact,
				  struct ast_place *arg)
{
	if (!fact) {
		fact = cow_parse_alloc(p, sizeof(*fact));
		if (!fact)
			return NULL;
		fact->kind = AST_OP_FACT;
	}
	if (fact->nargs < 2)
		fact->arg[fact->nargs] = arg;
	fact->nargs++;
	return fact;
}

struct ast_cond *cow_make_compare(struct parse *p, struct ast_operand *a, bool negate,
				  struct ast_operand *b, const struct cow_loc *loc)
{
	struct ast_cond *c = cow_make_cond(p, AST_COND_COMPARE, NULL, NULL, loc);

	if (!c)
		return NULL;
	c->a = a;
	c->b = b;
	c->negate = negate;
	return c;
}

struct ast_cond *cow_make_cond(struct parse *p, enum ast_cond_kind kind, struct ast_cond *left,
			       struct ast_cond *right, const struct cow_loc *loc)
{
	struct ast_cond *c;

	if (!count_cond(p, loc))
		return NULL;
	c = cow_parse_alloc(p, sizeof(*c));
	if (!c)
		return NULL;
	c->kind = kind;
	c->left = left;
	c->right = right;
	c->loc = *loc;
	return c;
}

/* ---- the rest ---- */

struct ast_expect *cow_make_words(struct parse *p, struct ast_expect *e,
				  const struct ast_name *word)
{
	enum { MOST = 8 };	/* "hazard" and a letter for each there is */

	if (!e) {
		e = cow_parse_alloc(p, sizeof(*e));
		if (!e)
			return NULL;
		e->words = cow_parse_alloc(p, MOST * sizeof(*e->words));
		if (!e->words)
			return NULL;
		e->loc = word->loc;
	}
	if (e->nwords == MOST)
		cow_parse_error(p, &word->loc, "too many words in this expectation");
	else
		e->words[e->nwords++] = *word;
	e->loc.end_line = word->loc.end_line;
	e->loc.end_col = word->loc.end_col;
	return e;
}

void cow_ast_name(struct parse *p, const struct ast_name *name, const struct ast_name *doc)
{
	p->ast.name = *name;
	p->ast.doc = *doc;
}

void cow_ast_condition(struct parse *p, enum cow_quantifier q, struct ast_cond *cond,
		       const struct cow_loc *loc)
{
	struct ast *ast = &p->ast;

	if (ast->quantifier != COW_NO_CONDITION) {
		cow_parse_error(p, loc, "there is a condition already, in line %u",
				ast->cond_loc.line);
		return;
	}
	ast->quantifier = q;
	ast->cond = cond;
	ast->cond_loc = *loc;
}

void cow_ast_expect(struct parse *p, struct ast_expect *e, const struct ast_name *kernels,
		    const struct cow_loc *loc)
{
	struct ast *ast = &p->ast;

	if (!*kernels->text)
		cow_parse_error(p, &kernels->loc, "expected kernels after 'on', as in v5.10, "
				"v6.1..");
	if (++ast->nr_expects > MAX_EXPECTS) {
		cow_parse_error(p, loc, "more than %d expectations", MAX_EXPECTS);
		p->stop = true;
		return;
	}
	e->kernels = *kernels;
	e->loc = *loc;
	if (ast->last_expect)
		ast->last_expect->next = e;
	else
		ast->expects = e;
	ast->last_expect = e;
}

void cow_ast_option(struct parse *p, const struct ast_name *name, const struct ast_name *value)
{
	struct ast_option *o = cow_parse_alloc(p, sizeof(*o));

	if (!o)
		return;
	o->name = *name;
	o->value = *value;
	if (p->ast.last_option)
		p->ast.last_option->next = o;
	else
		p->ast.options = o;
	p->ast.last_option = o;
}

void cow_ast_option_number(struct parse *p, const struct ast_name *name,
			   const struct ast_number *value)
{
	char text[24];
	struct ast_name n = { .loc = value->loc };
	int len = snprintf(text, sizeof(text), "%ld", value->value);
	char *copy = cow_parse_alloc(p, (size_t)len + 1);

	if (!copy)
		return;
	n.text = strcpy(copy, text);
	cow_ast_option(p, name, &n);
}
