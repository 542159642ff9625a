/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * build.h - from what was written to a program, in this order:
 *
 *   bind.c     operations: what each call is
 *   region.c   memory
 *   proc.c     processes, threads, devices, daemons; who forks whom
 *   reg.c      registers and pins: whose, and of which type
 *   emit.c     operations, with arg.c for their arguments
 *   flow.c     is a register assigned, a pin of the right kind, where it is used?
 *   order.c    what can never happen: fork twice, wait for ever, go on after exit
 *   cond.c     the condition
 *   judge.c    expectations and options
 *
 * The first parts report everything that they find; those that look at the whole
 * program (flow, order) run only if there was no error before, because a missing
 * statement would make them complain about others.
 */
#ifndef COW_LITMUS_BUILD_H
#define COW_LITMUS_BUILD_H

#include "parse.h"

/* How well the type of a register is known while registers are collected. */
enum reg_known {
	REG_MAIL,	/* assigned by recv() only: as what is sent there */
	REG_KNOWN,
	REG_ANY,	/* a mistake elsewhere: whatever is wanted */
};

/* Where parts of an operation stand, for messages about it. */
struct op_source {
	const struct ast_stmt *stmt;
	struct cow_loc dst, proc, pin, value, cond;
};

struct build {
	struct parse *p;
	struct cow_test *t;
	struct cow_program *prog;
	const struct ast_block *block[COW_MAX_THREADS];
	struct op_source *source[COW_MAX_THREADS];
	uint8_t known[COW_MAX_REGS];	/* enum reg_known */
	bool assigned[COW_MAX_REGS];	/* by the process itself, not only inherited */
	bool pinned[COW_MAX_REGS];	/* by an operation that pins */
	bool received[COW_MAX_REGS];	/* by recv() */
	struct {
		bool sent, known;
		uint8_t type, npages;	/* of what is sent to this process */
		struct cow_loc loc;
	} mail[COW_MAX_PROCS];
	struct cow_loc fork_loc[COW_MAX_PROCS];	/* first fork of each */
	bool full_regs, full_parts, full_pins;	/* reported already */
};

void cow_bind_calls(struct build *b);
void cow_build_regions(struct build *b);
void cow_build_procs(struct build *b);
void cow_build_tree(struct build *b);
void cow_build_regs(struct build *b);
void cow_emit(struct build *b);
void cow_check_flow(struct build *b);
void cow_check_order(struct build *b);
void cow_build_cond(struct build *b);
void cow_build_judgement(struct build *b);

/* Calls FN for each statement of the list and of the blocks in it, in order. */
typedef void stmt_fn(struct build *b, unsigned thread, struct ast_stmt *s);
void cow_each_stmt(struct build *b, unsigned thread, struct ast_stmt *first, stmt_fn *fn);

/* fork, vfork or clone. */
static inline bool cow_op_forks(int code)
{
	return code == COW_OP_FORK || code == COW_OP_VFORK || code == COW_OP_CLONE;
}

/* ---- names.c: looking things up; -1: there is none ---- */

int cow_find_region(const struct cow_program *prog, const char *name);
int cow_find_proc(const struct cow_program *prog, const char *name);
int cow_find_device(const struct cow_program *prog, const char *name);
/* A part of a page; a new one if there is room, else -1. */
int cow_find_part(struct build *b, const struct ast_name *part);
/* Report that there is no NAME; say which may have been meant. */
void cow_unknown_region(struct build *b, const struct ast_name *name);
void cow_unknown_proc(struct build *b, const struct ast_name *name);
void cow_unknown_device(struct build *b, const struct ast_name *name);
/* The process that may have been meant, or NULL. */
const char *cow_suggest_proc(struct build *b, const char *name);
/* The process called NAME; -1 and an error if there is none. */
int cow_named_proc(struct build *b, const struct ast_name *name);
/* The virtual page that PLACE names, -1 and an error if it cannot be. */
int cow_place_page(struct build *b, const struct ast_place *place);
/* "2 pages: 0 and 1" */
const char *cow_pages_text(unsigned npages, char *buf, size_t size);

/* ---- reg.c ---- */

/* Register NAME of a process (or of a device's thread): its own, else -1. */
int cow_find_reg(const struct cow_program *prog, int proc, int thread, const char *name);
/*
 * The same, or the one inherited from the nearest ancestor that has it; it is
 * entered for every process between.
 */
int cow_visible_reg(struct build *b, int proc, const char *name);
/*
 * What a device means with [A:]p: a pin, or a number if there is nothing better.  -1 if
 * there is none; with an error if it is not clear whose it is.
 */
int cow_global_pin(struct build *b, const struct ast_place *place);
/* "p = 3" in a device, where p is a pin: the device writes. */
bool cow_device_writes(struct build *b, const struct ast_stmt *s);
/* Pages that PLACE covers where a range is wanted; 1 if it is none. */
unsigned cow_range_pages(const struct cow_program *prog, const struct ast_place *place);
/* Says which register may have been meant instead of NAME, as "; did you mean …?" or "". */
const char *cow_suggest_reg(struct build *b, int proc, int thread, const char *name,
			    char *buf, size_t size);
/* The only place of an expression, NULL if it is anything else. */
const struct ast_place *cow_only_place(const struct ast_expr *e);
/* The same, a bare name. */
const struct ast_place *cow_only_name(const struct ast_expr *e);

/* ---- arg.c ---- */

/*
 * Fills in from E what letter LETTER of ops.def needs.  false: an error was reported.
 */
bool cow_arg(struct build *b, unsigned thread, struct cow_op *op, struct op_source *src,
	     char letter, const struct ast_expr *e);
/* A register of number type that the thread uses; -1 and an error. */
int cow_use_number(struct build *b, unsigned thread, const struct ast_place *place);

#endif
