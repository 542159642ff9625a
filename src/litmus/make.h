/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * make.h - what the actions of the grammar call.  The functions that return a node
 * return NULL if there is no memory left, which has been reported then.
 */
#ifndef COW_LITMUS_MAKE_H
#define COW_LITMUS_MAKE_H

#include "parse.h"

/* The current token of the scanner. */
struct ast_name cow_token_name(struct parse *p);
struct ast_name cow_token_word(struct parse *p);	/* short enough for a name */
struct ast_name cow_token_string(struct parse *p);	/* without its quotes */
struct ast_number cow_token_number(struct parse *p);

struct ast_place *cow_make_place(struct parse *p, const struct ast_name *name,
				 const struct ast_number *index, const struct ast_name *part,
				 const struct cow_loc *loc);
struct ast_term *cow_make_number(struct parse *p, const struct ast_number *n, bool minus,
				 const struct cow_loc *loc);
struct ast_term *cow_make_term(struct parse *p, const struct ast_place *place);
/* EXPR op TERM, or a new expression of one term. */
struct ast_expr *cow_make_expr(struct parse *p, struct ast_expr *expr, char op,
			       struct ast_term *term, const struct cow_loc *loc);
/* A call whose name is not yet known, with one more argument. */
struct ast_call *cow_make_args(struct parse *p, struct ast_call *call, struct ast_expr *arg);
struct ast_call *cow_make_call(struct parse *p, const struct ast_name *name,
			       const struct cow_loc *loc);

struct ast_stmt *cow_make_call_stmt(struct parse *p, const struct ast_place *lhs,
				    struct ast_call *call, const struct cow_loc *loc);
/* "exit" without parentheses. */
struct ast_stmt *cow_make_bare(struct parse *p, const struct ast_place *place);
struct ast_stmt *cow_make_assign(struct parse *p, const struct ast_place *lhs,
				 struct ast_expr *rhs, const struct cow_loc *loc);
struct ast_stmt *cow_make_if(struct parse *p, const struct ast_place *lhs, bool negate,
			     struct ast_expr *rhs, const struct cow_loc *loc);
/* COUNT NULL: what is left of a broken statement. */
struct ast_stmt *cow_make_repeat(struct parse *p, const struct ast_number *count,
				 const struct ast_stmts *body, const struct cow_loc *loc);
void cow_ast_append(struct ast_stmts *list, struct ast_stmt *stmt);

/* Is this a kind of memory?  If not, says what may have been meant. */
bool cow_check_kind(struct parse *p, const struct ast_name *kind);
struct ast_decl *cow_make_decl(struct parse *p, const struct ast_name *kind,
			       const struct ast_name *name, const struct ast_number *size,
			       const struct ast_number *init, const struct ast_name *sharing,
			       const struct cow_loc *loc);
void cow_ast_decl(struct parse *p, struct ast_decl *decl);

/*
 * The block of that name, a new one if there is none yet.  STMTS: written as
 * NAME { … }, which may be done once.
 */
struct ast_block *cow_ast_block(struct parse *p, enum ast_block_kind kind,
				const struct ast_name *name, const struct ast_name *thread,
				struct ast_place *after, const struct ast_stmts *stmts);

struct ast_operand *cow_make_operand(struct parse *p, const struct ast_number *number,
				     const struct ast_place *place, bool minus,
				     const struct cow_loc *loc);
struct ast_operand *cow_make_fact(struct parse *p, struct ast_operand *fact,
				  struct ast_place *arg);
struct ast_cond *cow_make_compare(struct parse *p, struct ast_operand *a, bool negate,
				  struct ast_operand *b, const struct cow_loc *loc);
struct ast_cond *cow_make_cond(struct parse *p, enum ast_cond_kind kind, struct ast_cond *left,
			       struct ast_cond *right, const struct cow_loc *loc);
struct ast_expect *cow_make_words(struct parse *p, struct ast_expect *e,
				  const struct ast_name *word);

void cow_ast_name(struct parse *p, const struct ast_name *name, const struct ast_name *doc);
void cow_ast_condition(struct parse *p, enum cow_quantifier q, struct ast_cond *cond,
		       const struct cow_loc *loc);
void cow_ast_expect(struct parse *p, struct ast_expect *e, const struct ast_name *kernels,
		    const struct cow_loc *loc);
void cow_ast_option(struct parse *p, const struct ast_name *name, const struct ast_name *value);
void cow_ast_option_number(struct parse *p, const struct ast_name *name,
			   const struct ast_number *value);

#endif
