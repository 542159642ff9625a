/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The grammar of scenarios.  It knows no operation, flag, kind of memory or option by
 * name: those are words, and what they mean is looked up later (build.h), where a
 * wrong one can be answered with the right one.
 *
 * Recovery: inside a block an error costs the statement, outside of one everything up
 * to the next ';' or '}', the block that comes next, or the text before the next
 * condition, expectation or option.
 */
%define api.pure full
%define api.prefix {cow_litmus_}
%define api.token.prefix {TOK_}
%define api.location.type {struct cow_loc}
%define api.value.type union
%define parse.lac full
%define parse.error custom
%locations
%param {struct parse *p}
%expect 0

%code requires {
#include "litmus/parse.h"
}

%code {
#include <string.h>
#include "litmus/expected.h"
#include "litmus/make.h"
#include "litmus/scan.h"

#define YYLLOC_DEFAULT(cur, rhs, n)						\
	do {									\
		if (n) {							\
			(cur).line = YYRHSLOC(rhs, 1).line;			\
			(cur).col = YYRHSLOC(rhs, 1).col;			\
			(cur).end_line = YYRHSLOC(rhs, n).end_line;		\
			(cur).end_col = YYRHSLOC(rhs, n).end_col;		\
		} else {							\
			(cur).line = (cur).end_line = YYRHSLOC(rhs, 0).end_line; \
			(cur).col = (cur).end_col = YYRHSLOC(rhs, 0).end_col;	\
		}								\
	} while (0)

static int cow_litmus_lex(YYSTYPE *value, YYLTYPE *loc, struct parse *p);
static void cow_litmus_error(YYLTYPE *loc, struct parse *p, const char *message);

/* The node that an action makes; without memory the parse ends. */
#define NEW(node, make)				\
	do {					\
		(node) = (make);		\
		if (!(node))			\
			YYABORT;		\
	} while (0)
/* An action that reports by itself and wants the parse to go on behind the mistake. */
#define OR_RECOVER(ok)				\
	do {					\
		if (!(ok))			\
			YYERROR;		\
	} while (0)
}

%token END 0 "the end of the file"
%token COW "COW"
%token <struct ast_name> NAME "the scenario's name"
%token <struct ast_name> STRING "a string"
%token <struct ast_name> WORD "a name"
%token <struct ast_name> KERNELS "kernels"
%token <struct ast_name> SHARING "private or shared"
%token <struct ast_number> NUMBER "a number"
%token DEVICE "device" KERNEL "kernel" AFTER "after" IF "if" REPEAT "repeat"
%token EXISTS "exists" NOT_EXISTS "~exists" FORALL "forall"
%token EXPECT "expect" ON "on" OPTIONS "options" EOL "the end of the line"
%token EQ "==" NE "!=" AND "/\\" OR "\\/" NOT "~"

%left OR
%left AND
%precedence NOT

%nterm <struct ast_name> part doc sharing kind
%nterm <struct ast_place *> place base place_list
%nterm <struct ast_term *> term
%nterm <struct ast_expr *> expr
%nterm <struct ast_call *> call args
%nterm <struct ast_stmt *> simple compound condition_of_if
%nterm <struct ast_stmts> stmts block
%nterm <struct ast_decl *> decl
%nterm <struct ast_block *> who
%nterm <struct ast_number> size
%nterm <struct ast_cond *> cond compare
%nterm <struct ast_operand *> operand fact
%nterm <struct ast_expect *> words
%nterm <enum cow_quantifier> quantifier
%nterm <bool> same

%%

test:	header list
|	header list open
;

header:	%empty
|	COW NAME doc		{ cow_ast_name(p, &$2, &$3); }
|	COW error
;

doc:	%empty			{ $$ = (struct ast_name){ 0 }; }
|	STRING
;

list:	%empty
|	list ';'
|	list closed
|	list open ';'
|	list open control
|	list error ';'		{ yyerrok; }
|	list error '}'		{ yyerrok; }
|	list error block	{ yyerrok; }
|	list error control	{ yyerrok; }
;

/* What needs no ';' behind. */
closed:	'{' decls '}'
|	WORD block		{ cow_ast_block(p, AST_PROCESS, &$1, NULL, NULL, &$2); }
|	WORD '.' WORD block	{ cow_ast_block(p, AST_THREAD, &$1, &$3, NULL, &$4); }
|	DEVICE WORD block	{ cow_ast_block(p, AST_DEVICE, &$2, NULL, NULL, &$3); }
|	DEVICE WORD AFTER place_list block
				{ cow_ast_block(p, AST_DEVICE, &$2, NULL, $4, &$5); }
|	KERNEL WORD block	{ cow_ast_block(p, AST_KERNEL, &$2, NULL, NULL, &$3); }
|	DEVICE error block	{ yyerrok; }
|	KERNEL error block	{ yyerrok; }
|	who ':' compound	{ cow_ast_append(&$1->stmts, $3); }
|	control
;

/* What does, unless it is the last of its kind. */
open:	decl			{ cow_ast_decl(p, $1); }
|	who ':' simple		{ cow_ast_append(&$1->stmts, $3); }
;

who:	WORD			{ NEW($$, cow_ast_block(p, AST_OPEN, &$1, NULL, NULL, NULL)); }
|	WORD '.' WORD		{ NEW($$, cow_ast_block(p, AST_THREAD, &$1, &$3, NULL, NULL)); }
;

/* ---- memory ---- */

decls:	decls_closed
|	decls_closed decl	{ cow_ast_decl(p, $2); }
|	decls_closed error
;

decls_closed:
	%empty
|	decls_closed ';'
|	decls_closed decl ';'	{ cow_ast_decl(p, $2); }
|	decls_closed error ';'	{ yyerrok; }
;

decl:	kind WORD size sharing
		{ NEW($$, cow_make_decl(p, &$1, &$2, &$3, NULL, &$4, &@$)); }
|	kind WORD size '=' NUMBER sharing
		{ NEW($$, cow_make_decl(p, &$1, &$2, &$3, &$5, &$6, &@$)); }
;

kind:	WORD			{ OR_RECOVER(cow_check_kind(p, &$1)); $$ = $1; }
;

size:	%empty			{ $$ = (struct ast_number){ 1, @$ }; }
|	'[' NUMBER ']'		{ $$ = $2; }
;

sharing: %empty			{ $$ = (struct ast_name){ 0 }; }
|	SHARING
;

/* ---- what processes do ---- */

block:	'{' stmts '}'		{ $$ = $2; }
|	'{' stmts simple '}'	{ $$ = $2; cow_ast_append(&$$, $3); }
|	'{' stmts error '}'	{ yyerrok; $$ = $2; }
;

stmts:	%empty			{ $$ = (struct ast_stmts){ 0 }; }
|	stmts ';'
|	stmts simple ';'	{ $$ = $1; cow_ast_append(&$$, $2); }
|	stmts compound		{ $$ = $1; cow_ast_append(&$$, $2); }
|	stmts error ';'		{ yyerrok; $$ = $1; }
|	stmts error block	{ yyerrok; $$ = $1; }
;

simple:	place			{ NEW($$, cow_make_bare(p, $1)); }
|	call			{ NEW($$, cow_make_call_stmt(p, NULL, $1, &@$)); }
|	place '=' call		{ NEW($$, cow_make_call_stmt(p, $1, $3, &@$)); }
|	place '=' expr		{ NEW($$, cow_make_assign(p, $1, $3, &@$)); }
;

compound:
	IF '(' condition_of_if ')' block
		{ $$ = $3; $$->body = $5.first; $$->loc = @3; }
|	IF '(' error ')' block	{ yyerrok; NEW($$, cow_make_repeat(p, NULL, &$5, &@1)); }
|	IF error block		{ yyerrok; NEW($$, cow_make_repeat(p, NULL, &$3, &@1)); }
|	REPEAT NUMBER block	{ NEW($$, cow_make_repeat(p, &$2, &$3, &@1)); }
|	REPEAT error block	{ yyerrok; NEW($$, cow_make_repeat(p, NULL, &$3, &@1)); }
;

condition_of_if:
	place			{ NEW($$, cow_make_if(p, $1, true, NULL, &@$)); }
|	NOT place		{ NEW($$, cow_make_if(p, $2, false, NULL, &@$)); }
|	place EQ expr		{ NEW($$, cow_make_if(p, $1, false, $3, &@$)); }
|	place NE expr		{ NEW($$, cow_make_if(p, $1, true, $3, &@$)); }
;

place:	base
|	WORD ':' base		{ $$ = $3; $$->proc = $1; $$->loc = @$; }
;

base:	WORD part		{ NEW($$, cow_make_place(p, &$1, NULL, &$2, &@$)); }
|	WORD '[' NUMBER ']' part	{ NEW($$, cow_make_place(p, &$1, &$3, &$5, &@$)); }
;

part:	%empty			{ $$ = (struct ast_name){ 0 }; }
|	'.' WORD		{ $$ = $2; }
;

call:	WORD '(' ')'		{ NEW($$, cow_make_call(p, &$1, &@$)); }
|	WORD '(' args ')'	{ $$ = $3; $$->name = $1; $$->loc = @$; }
;

args:	expr			{ NEW($$, cow_make_args(p, NULL, $1)); }
|	args ',' expr		{ NEW($$, cow_make_args(p, $1, $3)); }
;

expr:	term			{ NEW($$, cow_make_expr(p, NULL, 0, $1, &@$)); }
|	expr '+' term		{ NEW($$, cow_make_expr(p, $1, '+', $3, &@$)); }
|	expr '-' term		{ NEW($$, cow_make_expr(p, $1, '-', $3, &@$)); }
|	expr '|' term		{ NEW($$, cow_make_expr(p, $1, '|', $3, &@$)); }
;

term:	NUMBER			{ NEW($$, cow_make_number(p, &$1, false, &@$)); }
|	'-' NUMBER		{ NEW($$, cow_make_number(p, &$2, true, &@$)); }
|	place			{ NEW($$, cow_make_term(p, $1)); }
;

place_list:
	place
|	place_list ',' place
		{ cow_parse_error(p, &@3, "only one pin after 'after' is supported yet"); $$ = $1; }
;

/* ---- how it is judged ---- */

control:
	quantifier '(' cond ')'	{ cow_ast_condition(p, $1, $3, &@$); }
|	quantifier '(' error ')'	{ yyerrok; cow_ast_condition(p, $1, NULL, &@$); }
|	EXPECT words ON KERNELS	{ cow_ast_expect(p, $2, &$4, &@$); }
|	OPTIONS options EOL
|	OPTIONS options error EOL	{ yyerrok; }
;

quantifier:
	EXISTS			{ $$ = COW_EXISTS; }
|	NOT_EXISTS		{ $$ = COW_NOT_EXISTS; }
|	FORALL			{ $$ = COW_FORALL; }
;

cond:	compare
|	'(' cond ')'		{ $$ = $2; }
|	NOT cond		{ NEW($$, cow_make_cond(p, AST_COND_NOT, $2, NULL, &@$)); }
|	cond AND cond		{ NEW($$, cow_make_cond(p, AST_COND_AND, $1, $3, &@$)); }
|	cond OR cond		{ NEW($$, cow_make_cond(p, AST_COND_OR, $1, $3, &@$)); }
;

compare:
	operand			{ NEW($$, cow_make_compare(p, $1, true, NULL, &@$)); }
|	operand same operand	{ NEW($$, cow_make_compare(p, $1, !$2, $3, &@$)); }
;

same:	'='			{ $$ = true; }
|	EQ			{ $$ = true; }
|	NE			{ $$ = false; }
;

operand:
	NUMBER			{ NEW($$, cow_make_operand(p, &$1, NULL, false, &@$)); }
|	'-' NUMBER		{ NEW($$, cow_make_operand(p, &$2, NULL, true, &@$)); }
|	place			{ NEW($$, cow_make_operand(p, NULL, $1, false, &@$)); }
|	'-' place		{ NEW($$, cow_make_operand(p, NULL, $2, true, &@$)); }
|	WORD '(' fact ')'	{ $$ = $3; $$->fact = $1; $$->loc = @$; }
;

fact:	place			{ NEW($$, cow_make_fact(p, NULL, $1)); }
|	fact ',' place		{ NEW($$, cow_make_fact(p, $1, $3)); }
;

words:	WORD			{ NEW($$, cow_make_words(p, NULL, &$1)); }
|	words WORD		{ NEW($$, cow_make_words(p, $1, &$2)); }
|	words ',' WORD		{ NEW($$, cow_make_words(p, $1, &$3)); }
;

options: %empty
|	options ','
|	options WORD '=' WORD	{ cow_ast_option(p, &$2, &$4); }
|	options WORD '=' NUMBER	{ cow_ast_option_number(p, &$2, &$4); }
;

%%

/* The scanner's token as a semantic value. */
static int cow_litmus_lex(YYSTYPE *value, YYLTYPE *loc, struct parse *p)
{
	int kind = cow_scan(p);

	*loc = p->token.loc;
	switch (kind) {
	case TOK_NAME:
		value->TOK_NAME = cow_token_name(p);
		break;
	case TOK_STRING:
		value->TOK_STRING = cow_token_string(p);
		break;
	case TOK_WORD:
		value->TOK_WORD = cow_token_word(p);
		break;
	case TOK_SHARING:
		value->TOK_SHARING = cow_token_name(p);
		break;
	case TOK_KERNELS:
		value->TOK_KERNELS = cow_token_name(p);
		break;
	case TOK_NUMBER:
		value->TOK_NUMBER = cow_token_number(p);
		break;
	}
	return kind;
}

/* Called by the parser for what is no syntax error: its stack is full. */
static void cow_litmus_error(YYLTYPE *loc, struct parse *p, const char *message)
{
	(void)message;
	cow_parse_error(p, loc, "this is nested too deeply, or there is no memory left");
	p->stop = true;
}

static int yyreport_syntax_error(const yypcontext_t *ctx, struct parse *p)
{
	yysymbol_kind_t kinds[YYNTOKENS];
	const char *names[YYNTOKENS];
	int n = yypcontext_expected_tokens(ctx, kinds, YYNTOKENS);

	if (n < 0)
		return n;
	for (int i = 0; i < n; i++)
		names[i] = yysymbol_name(kinds[i]);
	cow_syntax_error(p, names, (unsigned)n);
	return 0;
}
