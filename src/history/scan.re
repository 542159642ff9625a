/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The words of the history language. */
#include "history/scan.h"

#include <stdlib.h>
#include <string.h>

static void place(const struct hist_parse *p, const char *from, struct cow_loc *loc)
{
	loc->line = loc->end_line = p->line;
	loc->col = (uint32_t)(from - p->line_start) + 1;
	loc->end_col = (uint32_t)(p->cursor - p->line_start) + 1;
}

static const char *copy(struct hist_parse *p, const char *s, size_t len)
{
	char *out = hist_parse_alloc(p, len + 1);

	if (out)
		memcpy(out, s, len);
	return out;
}

/* The text between the quotes, without backslashes. */
static const char *unquote(struct hist_parse *p, const char *s, size_t len)
{
	char *out = hist_parse_alloc(p, len + 1);
	size_t n = 0;

	for (size_t i = 0; out && i < len; i++) {
		if (s[i] == '\\')
			i++;
		out[n++] = s[i];
	}
	return out;
}

int hist_yylex(HIST_YYSTYPE *value, struct cow_loc *loc, struct hist_parse *p)
{
	const char *start, *marker;
	bool first;
	int kind;

again:
	if (p->stop)
		return TOK_END;
	start = p->cursor;
	first = !p->begun;
	p->begun = true;
	/*!re2c
	re2c:define:YYCTYPE = "unsigned char";
	re2c:define:YYCURSOR = p->cursor;
	re2c:define:YYMARKER = marker;
	re2c:yyfill:enable = 0;
	re2c:eof = -1;

	letter = [A-Za-z0-9_];
	word = letter+ ([.-] letter+)*;

	[ \t\r]+	{ p->begun = !first; goto again; }
	"#" [^\n\x00]*	{ p->begun = !first; goto again; }
	"\n"		{ p->line++; p->line_start = p->cursor; p->begun = false; goto again; }
	"\x00"		{
				if (start < p->end) {
					place(p, start, loc);
					hist_error(p, loc, "a zero byte: this is not a text");
					p->stop = true;
				}
				p->cursor = start;	/* there is nothing behind the end */
				place(p, start, loc);
				p->token.len = 0;
				return TOK_END;
			}
	".."		{ kind = TOK_DOTDOT; goto done; }
	"."[0-9]{1,4}	{ kind = TOK_POINT; value->number = (unsigned)atoi(start + 1); goto done; }
	"+"		{ kind = TOK_PLUS; goto done; }
	"-"		{ kind = TOK_MINUS; goto done; }
	"="		{ kind = TOK_EQUALS; goto done; }
	"|"		{ kind = TOK_OR; goto done; }
	","		{ kind = TOK_COMMA; goto done; }
	"{"		{ kind = TOK_OPEN; goto done; }
	"}"		{ kind = TOK_CLOSE; goto done; }
	"base"		{ kind = first ? TOK_BASE : TOK_WORD; goto text; }
	"releases"	{ kind = first ? TOK_RELEASES : TOK_WORD; goto text; }
	"stable"	{ kind = first ? TOK_STABLE : TOK_WORD; goto text; }
	"kernel"	{ kind = first ? TOK_KERNEL : TOK_WORD; goto text; }
	"matches"	{ kind = TOK_MATCHES; goto done; }
	"commit"	{
				if (first) {
					kind = TOK_COMMIT;
					goto done;
				}
				value->number = COW_READ_COMMIT;
				kind = TOK_CONFIDENCE;
				goto done;
			}
	"source"	{ kind = TOK_CONFIDENCE; value->number = COW_READ_SOURCE; goto done; }
	"inferred"	{ kind = TOK_CONFIDENCE; value->number = COW_INFERRED; goto done; }
	"unverified"	{ kind = TOK_CONFIDENCE; value->number = COW_UNVERIFIED; goto done; }
	word		{ kind = TOK_WORD; goto text; }
	"\"" ([^"\\\n\x00] | "\\" ["\\])* "\"" {
				kind = TOK_STRING;
				value->text = unquote(p, start + 1, (size_t)(p->cursor - start) - 2);
				if (!value->text)
					return TOK_END;
				goto done;
			}
	"\""		{
				place(p, start, loc);
				hist_error(p, loc, "this string has no end on its line");
				/* the rest of the line is no use */
				while (*p->cursor && *p->cursor != '\n')
					p->cursor++;
				return TOK_HIST_YYerror;
			}
	*		{
				unsigned char c = (unsigned char)*start;

				place(p, start, loc);
				if (c >= 0x20 && c < 0x7f)
					hist_error(p, loc, "'%c' has no meaning here", c);
				else
					hist_error(p, loc, "byte 0x%02x has no meaning here", c);
				return TOK_HIST_YYerror;
			}
	*/
text:
	value->text = copy(p, start, (size_t)(p->cursor - start));
	if (!value->text)
		return TOK_END;
done:
	place(p, start, loc);
	p->token.text = start;
	p->token.len = (size_t)(p->cursor - start);
	return kind;
}
