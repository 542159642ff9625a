/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * parse.h - what scanner, grammar and checks share while one scenario is read.
 */
#ifndef COW_LITMUS_PARSE_H
#define COW_LITMUS_PARSE_H

#include "arena.h"
#include "ast.h"

enum {
	MAX_TEXT = 1 << 20,	/* bytes of a scenario */
	MAX_ERRORS = 20,	/* reported in one run */
	MAX_DEPTH = 32,		/* brackets in brackets */
	MAX_COND = 1000,	/* nodes of a condition */
	MAX_STMTS = 5000,	/* as written, in all blocks */
	MAX_EXPECTS = 1000,
};

/* What the scanner takes the next characters for. */
enum scan_mode {
	SCAN_START,	/* nothing was read yet: COW is a keyword */
	SCAN_NAME,	/* the name of the scenario */
	SCAN_NORMAL,
	SCAN_EXPECT,	/* between "expect" and "on" */
	SCAN_KERNELS,	/* what follows "on" */
	SCAN_OPTIONS,	/* after "options": the end of the line counts */
};

struct scan_token {
	const char *text;
	size_t len;
	int kind;
	struct cow_loc loc;
};

struct parse {
	const char *file, *text;
	const struct cow_diag *diag;
	unsigned errors;
	bool stop;		/* too many errors, or no memory */
	bool too_many;
	struct parse_error { struct cow_loc loc; char *text; } error[MAX_ERRORS];
	struct arena arena;
	/* scanner */
	enum scan_mode mode;
	const char *cursor, *line_start;
	uint32_t line;
	unsigned depth;
	struct cow_loc open[MAX_DEPTH];	/* brackets not yet closed */
	char open_char[MAX_DEPTH];
	struct scan_token token, previous;
	struct ast ast;
};

/*
 * An error at LOC (NULL: the file as a whole); only the first one of each place counts.
 * They are reported together at the end, in the order of the text.
 */
void cow_parse_error(struct parse *p, const struct cow_loc *loc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Memory of the parse; failing is an error, reported once. */
void *cow_parse_alloc(struct parse *p, size_t size);

/* Text, NULL unless it is UTF-8 without NUL bytes: an error was reported. */
bool cow_check_text(struct parse *p, size_t len);

/* The generated parser; 0: everything was understood. */
int cow_litmus_parse(struct parse *p);

/*
 * Makes the program, condition and expectations of T from p->ast.  If there were errors,
 * only looks for some more of them.
 */
void cow_build(struct parse *p, struct cow_test *t);

#endif
