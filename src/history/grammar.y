/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The language of data/history/ and of users' own kernels; doc: cowherd-history(5).
 */
%code requires {
#include "history/parse.h"
}

%code {
#include <stdio.h>
#include <string.h>
#include "history/scan.h"

#define YYLLOC_DEFAULT(cur, rhs, n) do {					\
	if (n) {								\
		(cur) = YYRHSLOC(rhs, 1);					\
		(cur).end_line = YYRHSLOC(rhs, n).end_line;			\
		(cur).end_col = YYRHSLOC(rhs, n).end_col;			\
	} else {								\
		(cur) = YYRHSLOC(rhs, 0);					\
		(cur).line = (cur).end_line;					\
		(cur).col = (cur).end_col;					\
	}									\
} while (0)

#define APPEND(list, item) do {							\
	if ((list).last)							\
		(list).last->next = (item);					\
	else									\
		(list).first = (item);						\
	if (item)								\
		(list).last = (item);						\
} while (0)

static void hist_yyerror(const struct cow_loc *loc, struct hist_parse *p, const char *what)
{
	hist_error(p, loc, "%s", what);
}

/* A piece of text behind another one. */
static const char *join(struct hist_parse *p, const char *a, const char *between, const char *b)
{
	char *s = hist_parse_alloc(p, strlen(a) + strlen(between) + strlen(b) + 1);

	if (s)
		stpcpy(stpcpy(stpcpy(s, a), between), b);
	return s;
}
}

%define api.pure full
%define api.prefix {hist_yy}
%define api.token.prefix {TOK_}
%define api.location.type {struct cow_loc}
%define api.header.include {"history-grammar.h"}
%define parse.error custom
%define parse.lac full
%locations
%param {struct hist_parse *p}

%union {
	const char *text;
	unsigned number;
	struct hist_sets sets;
	struct hist_set *set;
	struct hist_changes changes;
	struct hist_change *change;
	struct hist_globs globs;
}

%token END 0		"the end of the file"
%token BASE		"'base'"
%token RELEASES		"'releases'"
%token COMMIT		"'commit'"
%token STABLE		"'stable'"
%token KERNEL		"'kernel'"
%token MATCHES		"'matches'"
%token DOTDOT		"'..'"
%token PLUS		"'+'"
%token MINUS		"'-'"
%token EQUALS		"'='"
%token OR		"'|'"
%token COMMA		"','"
%token OPEN		"'{'"
%token CLOSE		"'}'"
%token <text> WORD	"a word"
%token <text> STRING	"a \"string\""
%token <number> POINT	"a point release"
%token <number> CONFIDENCE "a confidence"

%type <text> id value strings note
%type <number> confidence
%type <set> set
%type <sets> sets own
%type <change> change
%type <changes> changes items points
%type <globs> globs

%%

file:
	%empty
|	file statement
;

statement:
	BASE WORD OPEN sets CLOSE
		{ hist_define_base(p, $2, &@2, $4.first); }
|	RELEASES ranges
|	COMMIT id WORD STRING confidence note sets
		{
			struct cow_commit c = {
				.id = $2, .release = $3, .title = $4, .confidence = (uint8_t)$5,
				.note = $6, .sets = $7.first,
			};

			hist_define_commit(p, &c, &@2, &@3);
		}
|	STABLE WORD OPEN points CLOSE
		{ hist_define_stable(p, $2, &@2, $4.first); }
|	KERNEL WORD EQUALS WORD changes confidence note globs own
		{
			struct hist_named n = {
				.name = $2, .base = $4, .confidence = (uint8_t)$6, .note = $7,
				.globs = $8.first,
			};
			struct hist_changes all = $5;

			for (struct hist_set *s = $9.first; s; s = s->next) {
				struct hist_change *c = hist_parse_alloc(p, sizeof(*c));

				if (!c)
					YYABORT;
				c->what = HIST_SET;
				c->set = s;
				c->confidence = HIST_UNSAID;
				APPEND(all, c);
			}
			n.changes = all.first;
			hist_define_kernel(p, &n, &@2, &@4);
		}
|	error
;

ranges:
	range
|	ranges COMMA range
;

range:
	WORD
		{ hist_define_releases(p, $1, &@1, $1, &@1); }
|	WORD DOTDOT WORD
		{ hist_define_releases(p, $1, &@1, $3, &@3); }
;

id:
	WORD
|	MINUS
		{ $$ = "-"; }
;

sets:
	%empty
		{ $$.first = $$.last = NULL; }
|	sets set
		{ $$ = $1; APPEND($$, $2); }
;

set:
	WORD EQUALS value confidence note
		{
			$$ = hist_define_set(p, $1, &@1, $3, &@3);
			if ($$) {
				$$->confidence = (uint8_t)$4;
				$$->note = $5;
			}
		}
;

value:
	WORD
|	value OR WORD
		{ if (!($$ = join(p, $1, "|", $3))) YYABORT; }
;

confidence:
	%empty
		{ $$ = HIST_UNSAID; }
|	CONFIDENCE
;

note:
	%empty
		{ $$ = NULL; }
|	strings
;

strings:
	STRING
|	strings STRING
		{ if (!($$ = join(p, $1, "", $2))) YYABORT; }
;

changes:
	%empty
		{ $$.first = $$.last = NULL; }
|	changes change
		{ $$ = $1; APPEND($$, $2); }
;

change:
	PLUS WORD
		{ $$ = hist_define_change(p, true, $2, &@2); }
|	MINUS WORD
		{ $$ = hist_define_change(p, false, $2, &@2); }
;

points:
	%empty
		{ $$.first = $$.last = NULL; }
|	points POINT items
		{
			for (struct hist_change *c = $3.first; c; c = c->next)
				c->point = $2;
			$$ = $1;
			if ($3.first) {
				APPEND($$, $3.first);
				$$.last = $3.last;
			}
		}
;

items:
	%empty
		{ $$.first = $$.last = NULL; }
|	items change confidence note
		{
			if ($2) {
				$2->confidence = (uint8_t)$3;
				$2->note = $4;
			}
			$$ = $1;
			APPEND($$, $2);
		}
|	items set
		{
			$$ = $1;
			if ($2) {
				struct hist_change *c = hist_parse_alloc(p, sizeof(*c));

				if (!c)
					YYABORT;
				c->what = HIST_SET;
				c->set = $2;
				c->confidence = HIST_UNSAID;
				c->loc = @2;
				APPEND($$, c);
			}
		}
;

globs:
	%empty
		{ $$.first = $$.last = NULL; }
|	globs MATCHES STRING
		{
			struct hist_glob *g = hist_parse_alloc(p, sizeof(*g));

			if (!g)
				YYABORT;
			g->pattern = $3;
			$$ = $1;
			APPEND($$, g);
		}
;

own:
	%empty
		{ $$.first = $$.last = NULL; }
|	OPEN sets CLOSE
		{ $$ = $2; }
;

%%

/* "expected a word or '{', not 'xyz'" */
static int yyreport_syntax_error(const yypcontext_t *context, struct hist_parse *p)
{
	enum { MOST = 7 };	/* more are no help */
	yysymbol_kind_t expected[MOST];
	int n = yypcontext_expected_tokens(context, expected, MOST);
	const char *what = "", *found = yysymbol_name(yypcontext_token(context));
	const struct cow_loc *loc = yypcontext_location(context);
	char quoted[64];

	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		what = join(p, what, !i ? "" : i == n - 1 ? " or " : ", ", yysymbol_name(expected[i]));
		if (!what)
			return YYENOMEM;
	}
	if (yypcontext_token(context) > YYSYMBOL_YYUNDEF && p->token.len && p->token.len < 40) {
		snprintf(quoted, sizeof(quoted), "'%.*s'", (int)p->token.len, p->token.text);
		found = quoted;
	}
	if (n)
		hist_error(p, loc, "expected %s, not %s", what, found);
	else
		hist_error(p, loc, "did not expect %s here", found);
	return 0;
}
