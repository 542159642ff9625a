/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What each call is: an operation of ops.def, or another name of one. */
#include "build.h"

#include <string.h>

#include "suggest.h"
#include "words.h"

/* Operations, then aliases. */
static const char *nth_operation(const void *arg, size_t i)
{
	(void)arg;
	if (i < COW_NR_OPS)	/* "" is as far away from any word as that is long */
		return cow_op_info[i].name;
	return cow_aliases[i - COW_NR_OPS].name;
}

static int find_operation(const char *name, const struct alias **alias)
{
	*alias = NULL;
	for (int i = 0; i < COW_NR_OPS; i++)
		if (*name && !strcmp(cow_op_info[i].name, name))
			return i;
	for (const struct alias *a = cow_aliases; a->name; a++)
		if (!strcmp(a->name, name)) {
			*alias = a;
			return a->code;
		}
	return -1;
}

/* "r = recv": the parentheses of a call without arguments may be left out. */
static void bare_call(struct build *b, struct ast_stmt *s)
{
	const struct ast_place *name = cow_only_name(s->rhs);
	const struct alias *alias;
	struct ast_call *call;
	int code;

	if (!name || name->proc.text)
		return;
	code = find_operation(name->name.text, &alias);
	if (code < 0 || *cow_op_info[code].args)
		return;
	call = cow_parse_alloc(b->p, sizeof(*call));
	if (!call)
		return;
	call->name = name->name;
	call->loc = name->loc;
	s->call = call;
	s->kind = AST_CALL;
}

static void bind(struct build *b, unsigned thread, struct ast_stmt *s)
{
	struct ast_call *call;
	const char *near;

	(void)thread;
	if (s->kind == AST_ASSIGN)
		bare_call(b, s);
	if (s->kind != AST_CALL)
		return;
	call = s->call;
	call->code = find_operation(call->name.text, &call->alias);
	if (call->code >= 0)
		return;
	if (cow_word(cow_later_ops, call->name.text)) {
		cow_parse_error(b->p, &call->name.loc, "not supported yet: operation %s",
				call->name.text);
		return;
	}
	near = cow_suggest(call->name.text, nth_operation, NULL);
	if (near)
		cow_parse_error(b->p, &call->name.loc,
				"unknown operation '%s'; did you mean '%s'?",
				call->name.text, near);
	else
		cow_parse_error(b->p, &call->name.loc, "unknown operation '%s'",
				call->name.text);
}

void cow_bind_calls(struct build *b)
{
	struct ast *ast = &b->p->ast;

	for (unsigned i = 0; i < ast->nr_blocks; i++)
		cow_each_stmt(b, i, ast->blocks[i].stmts.first, bind);
}
