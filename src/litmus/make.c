/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Tokens, expressions, statements. */
#include "make.h"

#include <stdlib.h>
#include <string.h>

/* ---- tokens ---- */

struct ast_name cow_token_name(struct parse *p)
{
	const struct scan_token *t = &p->token;
	char *text = cow_parse_alloc(p, t->len + 1);

	if (text)
		memcpy(text, t->text, t->len);
	return (struct ast_name){ text ? text : "", t->loc };
}

struct ast_name cow_token_word(struct parse *p)
{
	struct scan_token *t = &p->token;

	if (t->len >= COW_NAME) {
		cow_parse_error(p, &t->loc, "this name has %zu characters; at most %d are allowed",
				t->len, COW_NAME - 1);
		t->len = COW_NAME - 1;
	}
	return cow_token_name(p);
}

struct ast_name cow_token_string(struct parse *p)
{
	struct ast_name n = cow_token_name(p);
	size_t len = strlen(n.text);
	char *to = (char *)n.text;
	const char *from = n.text + 1, *end = n.text + len;

	if (len < 2 || end[-1] != '"')
		return n;	/* has no end, which was reported */
	for (end--; from < end; from++) {
		if (*from == '\\' && from + 1 < end)
			from++;
		*to++ = *from;
	}
	*to = '\0';
	return n;
}

struct ast_number cow_token_number(struct parse *p)
{
	unsigned long v = strtoul(p->token.text, NULL,
				  p->token.len > 2 && p->token.text[1] == 'x' ? 16 : 10);

	return (struct ast_number){ v > AST_HUGE ? AST_HUGE : (long)v, p->token.loc };
}

/* ---- expressions ---- */

struct ast_place *cow_make_place(struct parse *p, const struct ast_name *name,
				 const struct ast_number *index, const struct ast_name *part,
				 const struct cow_loc *loc)
{
	struct ast_place *a = cow_parse_alloc(p, sizeof(*a));

	if (!a)
		return NULL;
	a->name = *name;
	a->part = *part;
	if (index) {
		a->indexed = true;
		a->index = *index;
	}
	a->loc = *loc;
	return a;
}

struct ast_term *cow_make_number(struct parse *p, const struct ast_number *n, bool minus,
				 const struct cow_loc *loc)
{
	struct ast_term *t = cow_parse_alloc(p, sizeof(*t));

	if (!t)
		return NULL;
	t->is_number = true;
	t->number.value = minus ? -n->value : n->value;
	t->number.loc = t->loc = *loc;
	return t;
}

struct ast_term *cow_make_term(struct parse *p, const struct ast_place *place)
{
	struct ast_term *t = cow_parse_alloc(p, sizeof(*t));

	if (!t)
		return NULL;
	t->place = *place;
	t->loc = place->loc;
	return t;
}

struct ast_expr *cow_make_expr(struct parse *p, struct ast_expr *expr, char op,
			       struct ast_term *term, const struct cow_loc *loc)
{
	term->op = op;
	if (!expr) {
		expr = cow_parse_alloc(p, sizeof(*expr));
		if (!expr)
			return NULL;
		expr->first = term;
	} else {
		expr->last->next = term;
	}
	expr->last = term;
	expr->loc = *loc;
	return expr;
}

struct ast_call *cow_make_args(struct parse *p, struct ast_call *call, struct ast_expr *arg)
{
	if (!call) {
		call = cow_parse_alloc(p, sizeof(*call));
		if (!call)
			return NULL;
		call->args = arg;
	} else {
		call->last->next = arg;
	}
	call->last = arg;
	call->nargs++;
	return call;
}

struct ast_call *cow_make_call(struct parse *p, const struct ast_name *name,
			       const struct cow_loc *loc)
{
	struct ast_call *call = cow_parse_alloc(p, sizeof(*call));

	if (!call)
		return NULL;
	call->name = *name;
	call->loc = *loc;
	return call;
}

/* ---- statements ---- */

static struct ast_stmt *statement(struct parse *p, enum ast_stmt_kind kind,
				  const struct ast_place *lhs, const struct cow_loc *loc)
{
	struct ast_stmt *s = cow_parse_alloc(p, sizeof(*s));

	if (!s)
		return NULL;
	if (++p->ast.nr_stmts > MAX_STMTS) {
		cow_parse_error(p, loc, "this scenario has more than %d statements", MAX_STMTS);
		p->stop = true;
	}
	s->kind = kind;
	if (lhs)
		s->lhs = *lhs;
	s->loc = *loc;
	return s;
}

struct ast_stmt *cow_make_call_stmt(struct parse *p, const struct ast_place *lhs,
				    struct ast_call *call, const struct cow_loc *loc)
{
	struct ast_stmt *s = statement(p, AST_CALL, lhs, loc);

	if (s)
		s->call = call;
	return s;
}

struct ast_stmt *cow_make_bare(struct parse *p, const struct ast_place *place)
{
	struct ast_call *call;

	if (place->proc.text || place->indexed || place->part.text) {
		cow_parse_error(p, &place->loc, "this does nothing: expected '=' behind it");
		return cow_make_repeat(p, NULL, NULL, &place->loc);
	}
	call = cow_make_call(p, &place->name, &place->loc);
	return call ? cow_make_call_stmt(p, NULL, call, &place->loc) : NULL;
}

struct ast_stmt *cow_make_assign(struct parse *p, const struct ast_place *lhs,
				 struct ast_expr *rhs, const struct cow_loc *loc)
{
	struct ast_stmt *s = statement(p, AST_ASSIGN, lhs, loc);

	if (s)
		s->rhs = rhs;
	return s;
}

struct ast_stmt *cow_make_if(struct parse *p, const struct ast_place *lhs, bool negate,
			     struct ast_expr *rhs, const struct cow_loc *loc)
{
	struct ast_stmt *s = statement(p, AST_IF, lhs, loc);

	if (!s)
		return NULL;
	s->rhs = rhs;
	s->negate = negate;
	return s;
}

struct ast_stmt *cow_make_repeat(struct parse *p, const struct ast_number *count,
				 const struct ast_stmts *body, const struct cow_loc *loc)
{
	struct ast_stmt *s = statement(p, AST_REPEAT, NULL, loc);

	if (!s)
		return NULL;
	s->count = count ? *count : (struct ast_number){ 1, *loc };
	if (body)
		s->body = body->first;
	return s;
}

void cow_ast_append(struct ast_stmts *list, struct ast_stmt *stmt)
{
	if (list->last)
		list->last->next = stmt;
	else
		list->first = stmt;
	list->last = stmt;
}

