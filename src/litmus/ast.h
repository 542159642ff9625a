/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * ast.h - a scenario as it was written, before names mean anything.  Everything
 * lives in the arena of the parse.
 */
#ifndef COW_LITMUS_AST_H
#define COW_LITMUS_AST_H

#include "test.h"

struct ast_name {
	const char *text;	/* NULL: not written */
	struct cow_loc loc;
};

struct ast_number {
	long value;		/* saturated at AST_HUGE */
	struct cow_loc loc;
};
enum { AST_HUGE = 1000000 };

/* [proc:] name [ [index] ] [.part]: memory, a register, a pin, a flag … */
struct ast_place {
	struct ast_name proc, name, part;
	bool indexed;
	struct ast_number index;
	struct cow_loc loc;
};

/* Terms joined by + - |; also a list of arguments. */
struct ast_term {
	char op;		/* before it: + - |, 0 for the first */
	bool is_number;
	struct ast_number number;
	struct ast_place place;
	struct cow_loc loc;
	struct ast_term *next;
};

struct ast_expr {
	struct ast_term *first, *last;
	struct cow_loc loc;
	struct ast_expr *next;	/* next argument */
};

struct alias;

struct ast_call {
	struct ast_name name;
	struct ast_expr *args, *last;
	unsigned nargs;
	int code;		/* enum cow_opcode, -1: unknown (and reported) */
	const struct alias *alias;	/* if that is what was written */
	struct cow_loc loc;
};

enum ast_stmt_kind { AST_CALL, AST_ASSIGN, AST_IF, AST_REPEAT };

struct ast_stmt {
	enum ast_stmt_kind kind;
	struct ast_place lhs;	/* ASSIGN, CALL: name.text NULL if none; IF */
	struct ast_expr *rhs;	/* ASSIGN; IF: NULL if not compared */
	struct ast_call *call;
	bool negate;		/* IF: != */
	struct ast_number count;	/* REPEAT */
	struct ast_stmt *body;	/* IF, REPEAT */
	struct cow_loc loc;
	struct ast_stmt *next;
};

struct ast_stmts {
	struct ast_stmt *first, *last;
};

struct ast_decl {
	struct ast_name kind, name, sharing;
	bool sized, initialised;
	struct ast_number size, init;
	struct cow_loc loc;
	struct ast_decl *next;
};

enum ast_block_kind {
	AST_PROCESS, AST_THREAD, AST_DEVICE, AST_KERNEL,
	AST_OPEN,		/* named by "NAME: …" only: a process or a device */
};

struct ast_block {
	enum ast_block_kind kind;
	bool braces;		/* has been written as NAME { … } */
	struct ast_name name, thread;
	struct ast_place *after;
	struct ast_stmts stmts;
};

enum ast_cond_kind { AST_COND_COMPARE, AST_COND_AND, AST_COND_OR, AST_COND_NOT };

/* One side of a comparison. */
struct ast_operand {
	enum { AST_OP_NUMBER, AST_OP_PLACE, AST_OP_FACT } kind;
	bool minus;		/* PLACE: the name of an error number, negated */
	struct ast_number number;
	struct ast_place place;
	struct ast_name fact;
	struct ast_place *arg[2];
	unsigned nargs;
	struct cow_loc loc;
};

struct ast_cond {
	enum ast_cond_kind kind;
	bool negate;
	struct ast_operand *a, *b;	/* COMPARE; b may be NULL */
	struct ast_cond *left, *right;
	struct cow_loc loc;
};

struct ast_expect {
	struct ast_name *words;
	unsigned nwords;
	struct ast_name kernels;
	struct cow_loc loc;
	struct ast_expect *next;
};

struct ast_option {
	struct ast_name name, value;
	struct ast_option *next;
};

struct ast {
	struct ast_name name, doc;
	struct ast_decl *decls, *last_decl;
	struct ast_block blocks[COW_MAX_THREADS], overflow;
	unsigned nr_blocks;
	enum cow_quantifier quantifier;
	struct ast_cond *cond;
	struct cow_loc cond_loc;
	struct ast_expect *expects, *last_expect;
	unsigned nr_expects;
	struct ast_option *options, *last_option;
	unsigned nr_cond, nr_stmts;
};

#endif
