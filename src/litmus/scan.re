/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The scanner.  The text ends with a NUL and has none before that; it is valid UTF-8.
 *
 * Three places have rules of their own: the name of the scenario, the kernels of an
 * expectation (as they stand, to the end of the line), and options (which end with
 * their line).  The scanner knows by itself when it is there, from the words read
 * before, so that the parser's looking ahead cannot disturb it.
 */
#include "litmus/scan.h"

#include <string.h>

/* Only the kinds of tokens are wanted. */
#include "litmus/grammar.h"

void cow_scan_start(struct parse *p)
{
	p->cursor = p->line_start = p->text;
	if (!strncmp(p->text, "\xef\xbb\xbf", 3))	/* a byte order mark */
		p->cursor += 3;
	p->line = 1;
	p->mode = SCAN_START;
}

static uint32_t column(const struct parse *p, const char *at)
{
	return (uint32_t)(at - p->line_start) + 1;
}

static void newline(struct parse *p, const char *next)
{
	p->line++;
	p->line_start = next;
}

static struct cow_loc place(const struct parse *p, const char *from, const char *to)
{
	return (struct cow_loc){ p->line, column(p, from), p->line, column(p, to) };
}

static int token(struct parse *p, int kind, const char *from, const char *to)
{
	p->token = (struct scan_token){ from, (size_t)(to - from), kind, place(p, from, to) };
	p->cursor = to;
	return kind;
}

/* Skips a comment that starts at FROM and ends with CLOSE. */
static void comment(struct parse *p, const char *from, const char *close)
{
	const char *end = strstr(from + 2, close), *at = from;
	struct cow_loc loc = place(p, from, from + 2);

	if (!end) {
		cow_parse_error(p, &loc, "this comment has no end: '%s' is missing", close);
		end = from + strlen(from);
	} else {
		end += 2;
	}
	while ((at = memchr(at, '\n', (size_t)(end - at))))
		newline(p, ++at);
	p->cursor = end;
}

static int string(struct parse *p, const char *from)
{
	const char *end = from + 1;

	while (*end && *end != '"' && *end != '\n')
		end += *end == '\\' && end[1] && end[1] != '\n' ? 2 : 1;
	if (*end != '"') {
		struct cow_loc loc = place(p, from, end);

		cow_parse_error(p, &loc, "this string has no end: '\"' is missing");
		return token(p, TOK_STRING, from, end);
	}
	return token(p, TOK_STRING, from, end + 1);
}

/* The kernels of an expectation: to the end of the line, a ';' or a comment. */
static int kernels(struct parse *p)
{
	const char *from = p->cursor, *end;

	from += strspn(from, " \t\r");
	for (end = from; !strchr("\n;", *end); end++)	/* the final NUL counts */
		if (!strncmp(end, "//", 2) || !strncmp(end, "/*", 2) || !strncmp(end, "(*", 2))
			break;
	while (end > from && strchr(" \t\r", end[-1]))
		end--;
	p->mode = SCAN_NORMAL;
	return token(p, TOK_KERNELS, from, end);
}

/* Brackets are counted here, because only here no error recovery interferes. */
static int bracket_open(struct parse *p, int kind, const char *from)
{
	token(p, kind, from, from + 1);
	if (p->depth == MAX_DEPTH) {
		cow_parse_error(p, &p->token.loc, "brackets are nested deeper than %d levels here",
				MAX_DEPTH);
		p->stop = true;
		return token(p, TOK_END, from, from);
	}
	p->open[p->depth] = p->token.loc;
	p->open_char[p->depth++] = *from;
	return kind;
}

static int bracket_close(struct parse *p, int kind, const char *from)
{
	char open = *from == ')' ? '(' : *from == ']' ? '[' : '{';

	/* One that was not closed is closed by the next outer one. */
	for (unsigned i = p->depth; i-- > 0; )
		if (p->open_char[i] == open) {
			p->depth = i;
			break;
		}
	return token(p, kind, from, from + 1);
}

static int number(struct parse *p, const char *from, const char *to)
{
	static const char more[] = "0123456789_abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *end = to + strspn(to, more);

	token(p, TOK_NUMBER, from, end);
	if (end != to)
		cow_parse_error(p, &p->token.loc, "a number cannot go on with '%c'", *to);
	return TOK_NUMBER;
}

/*
 * Bytes that start no token, as many as there are together.  The parser recovers as
 * from a syntax error, without a message of its own.
 */
static int garbage(struct parse *p, const char *from)
{
	const char *to = from;
	struct cow_loc loc;
	int shown = 0;

	do
		to++;
	while ((*to & 0x80) || (*to > 0 && *to < ' ' && !strchr("\t\r\n", *to)));
	loc = place(p, from, to);
	/* One character of UTF-8. */
	do
		shown++;
	while ((from[shown] & 0xc0) == 0x80);
	if (*from > 0 && *from < ' ')
		cow_parse_error(p, &loc, "unexpected control character (byte %d)", *from);
	else
		cow_parse_error(p, &loc, "unexpected character '%.*s'", shown, from);
	return token(p, TOK_COW_LITMUS_error, from, to);
}

static int keyword(struct parse *p, int kind, const char *from, const char *to)
{
	p->mode = kind == TOK_EXPECT ? SCAN_EXPECT :
		  kind == TOK_OPTIONS ? SCAN_OPTIONS : SCAN_NORMAL;
	return token(p, kind, from, to);
}

static int scan(struct parse *p)
{
	const char *s, *mark;

	/*!re2c
	re2c:define:YYCTYPE = "unsigned char";
	re2c:define:YYCURSOR = p->cursor;
	re2c:define:YYMARKER = mark;
	re2c:yyfill:enable = 0;

	blank = [ \t\r];
	letter = [A-Za-z_];
	word = letter [A-Za-z0-9_]*;
	digits = [0-9]+ | "0x" [0-9a-fA-F]+;
	*/

again:
	if (p->stop)
		return token(p, TOK_END, p->cursor, p->cursor);
	if (p->mode == SCAN_KERNELS)
		return kernels(p);
	s = p->cursor;
	if (p->mode != SCAN_NAME)
		goto normal;
	/*!re2c
	[A-Za-z0-9_.+@-]+ {
		p->mode = SCAN_NORMAL;
		return token(p, TOK_NAME, s, p->cursor);
	}
	[^ \t\r\n/(\x00] {
		p->mode = SCAN_NORMAL;
		p->cursor = s;
		goto normal;
	}
	* {	/* blanks and comments are skipped as everywhere */
		p->cursor = s;
		goto normal;
	}
	*/
normal:
	/*!re2c
	[\x00] {
		p->cursor = s;
		if (p->mode == SCAN_OPTIONS) {
			p->mode = SCAN_NORMAL;
			return token(p, TOK_EOL, s, s);
		}
		return token(p, TOK_END, s, s);
	}
	blank+   { goto again; }
	"\n" {
		if (p->mode == SCAN_OPTIONS) {
			p->mode = SCAN_NORMAL;
			p->cursor = s;	/* counted when it is read again */
			return token(p, TOK_EOL, s, s);
		}
		newline(p, p->cursor);
		goto again;
	}
	"//" [^\n\x00]*  { goto again; }
	"/" "*"  { comment(p, s, "*" "/"); goto again; }
	"(*"     { comment(p, s, "*)"); goto again; }

	"{"  { return bracket_open(p, '{', s); }
	"("  { return bracket_open(p, '(', s); }
	"["  { return bracket_open(p, '[', s); }
	"}"  { return bracket_close(p, '}', s); }
	")"  { return bracket_close(p, ')', s); }
	"]"  { return bracket_close(p, ']', s); }
	";" {
		if (p->mode == SCAN_OPTIONS) {
			p->mode = SCAN_NORMAL;
			return token(p, TOK_EOL, s, p->cursor);
		}
		p->mode = SCAN_NORMAL;
		return token(p, ';', s, p->cursor);
	}
	[.,:+|=-]        { return token(p, *s, s, p->cursor); }
	"=="             { return token(p, TOK_EQ, s, p->cursor); }
	"!="             { return token(p, TOK_NE, s, p->cursor); }
	"/\\" | "&&"     { return token(p, TOK_AND, s, p->cursor); }
	"\\/" | "||"     { return token(p, TOK_OR, s, p->cursor); }
	"~" | "!"        { return token(p, TOK_NOT, s, p->cursor); }
	["]              { return string(p, s); }

	"COW" / [^A-Za-z0-9_] {
		if (p->mode != SCAN_START)
			return token(p, TOK_WORD, s, p->cursor);
		p->mode = SCAN_NAME;
		return token(p, TOK_COW, s, p->cursor);
	}
	"on" / [^A-Za-z0-9_] {
		if (p->mode != SCAN_EXPECT)
			return token(p, TOK_WORD, s, p->cursor);
		p->mode = SCAN_KERNELS;
		return token(p, TOK_ON, s, p->cursor);
	}
	"device" / [^A-Za-z0-9_]   { return keyword(p, TOK_DEVICE, s, p->cursor); }
	"kernel" / [^A-Za-z0-9_]   { return keyword(p, TOK_KERNEL, s, p->cursor); }
	"after" / [^A-Za-z0-9_]    { return keyword(p, TOK_AFTER, s, p->cursor); }
	"if" / [^A-Za-z0-9_]       { return keyword(p, TOK_IF, s, p->cursor); }
	"repeat" / [^A-Za-z0-9_]   { return keyword(p, TOK_REPEAT, s, p->cursor); }
	"private" / [^A-Za-z0-9_]  { return keyword(p, TOK_SHARING, s, p->cursor); }
	"shared" / [^A-Za-z0-9_]   { return keyword(p, TOK_SHARING, s, p->cursor); }
	"exists" / [^A-Za-z0-9_]   { return keyword(p, TOK_EXISTS, s, p->cursor); }
	[~!] blank* "exists" / [^A-Za-z0-9_] { return keyword(p, TOK_NOT_EXISTS, s, p->cursor); }
	"forall" / [^A-Za-z0-9_]   { return keyword(p, TOK_FORALL, s, p->cursor); }
	"expect" / [^A-Za-z0-9_]   { return keyword(p, TOK_EXPECT, s, p->cursor); }
	"options" / [^A-Za-z0-9_]  { return keyword(p, TOK_OPTIONS, s, p->cursor); }
	word             { return token(p, TOK_WORD, s, p->cursor); }
	digits           { return number(p, s, p->cursor); }
	* {
		int kind = garbage(p, s);

		/* Before everything else there is nothing to recover to. */
		if (p->mode == SCAN_START)
			goto again;
		return kind;
	}
	*/
}

int cow_scan(struct parse *p)
{
	p->previous = p->token;
	scan(p);
	if ((p->mode == SCAN_START || p->mode == SCAN_NAME) && p->token.kind != TOK_COW)
		p->mode = SCAN_NORMAL;
	return p->token.kind;
}
