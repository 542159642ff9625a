/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include "expected.h"

#include <string.h>

#include "litmus/grammar.h"
#include "suggest.h"

/* Tokens that may come next, as the grammar names them. */
struct expected {
	const char *names[64];
	unsigned n;
};

/* Short ones are left out: too many names are near to them. */
static const char *const keywords[] = {
	"device", "kernel", "after", "repeat", "exists", "forall", "expect", "options",
	"private", "shared", NULL
};

static const char *nth_keyword(const void *arg, size_t i)
{
	(void)arg;
	return keywords[i];
}

const char *cow_keyword_suggest(const char *word)
{
	return cow_suggest(word, nth_keyword, NULL);
}

/* Words of other languages. */
static const struct { const char *word, *hint; } foreign[] = {
	{ "else", "there is no else: write a second 'if' with '!='" },
	{ "while", "there are no loops but 'repeat N { … }'" },
	{ "for", "there are no loops but 'repeat N { … }'" },
	{ "locations", "final values need not be listed: a condition names what matters" },
};

static bool has(const struct expected *e, const char *name)
{
	for (unsigned i = 0; i < e->n; i++)
		if (!strcmp(e->names[i], name))
			return true;
	return false;
}

static void drop(struct expected *e, const char *const *names)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < e->n; i++) {
		const char *const *n = names;

		while (*n && strcmp(*n, e->names[i]))
			n++;
		if (!*n)
			e->names[kept++] = e->names[i];
	}
	e->n = kept;
}

static void add(struct expected *e, const char *name)
{
	if (e->n < sizeof(e->names) / sizeof(e->names[0]))
		e->names[e->n++] = name;
}

/* The name of a set goes first. */
static void add_first(struct expected *e, const char *name)
{
	memmove(e->names + 1, e->names, e->n * sizeof(e->names[0]));
	e->names[0] = name;
	e->n++;
}

/* What can always follow says nothing about the mistake, if something else could. */
static void drop_weak(struct expected *e)
{
	static const char *const suffixes[] = { "'['", "'.'", "':'", "'+'", "'-'", "'|'",
						"private or shared", NULL };
	struct expected strong = *e;

	drop(&strong, suffixes);
	if (strong.n)
		*e = strong;
}

/* Sets of tokens that have a name of their own. */
static void group(struct expected *e)
{
	static const char *const statement[] = { "a name", "if", "repeat", "';'", NULL };
	static const char *const judgement[] = { "exists", "~exists", "forall", "expect",
						 "options", NULL };
	static const char *const top[] = { "a name", "device", "kernel", "'{'", "';'",
					   "the end of the file", "COW", NULL };
	static const char *const end[] = { "the end of the file", NULL };
	static const char *const same[] = { "==", "!=", "'='", NULL };
	static const char *const close[] = { "'}'", NULL };
	static const char *const operand[] = { "a name", "a number", "'-'", NULL };

	if (has(e, "on")) {
		e->names[0] = "on";
		e->n = 1;
	}
	if (has(e, "';'") && !has(e, "if"))	/* of a statement, the last one or not */
		drop(e, close);
	if (has(e, "if") && has(e, "a name")) {
		drop(e, statement);
		add_first(e, "a statement");
	}
	if (has(e, "expect") && has(e, "device")) {
		drop(e, judgement);
		drop(e, top);
		add_first(e, "memory, a process, a device, a condition or an expectation");
	} else if (has(e, "expect")) {
		drop(e, judgement);
		drop(e, end);
	}
	if (has(e, "==") && has(e, "'='")) {
		drop(e, same);
		add_first(e, "a comparison");
	}
	if (has(e, "a number") && has(e, "a name")) {
		drop(e, operand);
		add_first(e, "a value");
	}
}

static bool in_words(const char *name)
{
	return *name == '\'' || !strncmp(name, "a ", 2) || !strncmp(name, "the ", 4) ||
	       strchr(name, ' ') || !strcmp(name, "kernels");
}

/* "'=', '(' or ';'" */
static void join(const struct expected *e, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < e->n && at < size; i++) {
		const char *quote = in_words(e->names[i]) ? "" : "'";
		int n = snprintf(buf + at, size - at, "%s%s%s%s",
				 !i ? "" : i + 1 == e->n ? " or " : ", ",
				 quote, e->names[i], quote);

		if (n < 0)
			break;
		at += (size_t)n;
	}
}

/* How a token is shown: quoted, and not too long. */
static const char *show(const struct scan_token *t, char *buf, size_t size)
{
	size_t len = t->len;

	if (t->kind == TOK_END)
		return "the end of the file";
	if (t->kind == TOK_EOL)
		return "the end of the line";
	if (len > 32) {
		for (len = 32; len && (t->text[len] & 0xc0) == 0x80; len--)
			;
		snprintf(buf, size, "'%.*s…'", (int)len, t->text);
	} else {
		snprintf(buf, size, "'%.*s'", (int)len, t->text);
	}
	return buf;
}

static bool word_of(const struct scan_token *t, char *buf, size_t size)
{
	if (t->kind != TOK_WORD || t->len >= size)
		return false;
	memcpy(buf, t->text, t->len);
	buf[t->len] = '\0';
	return true;
}

/* A mistyped or foreign word explains more than what was expected behind it. */
static bool explain_word(struct parse *p, const struct expected *e)
{
	char word[COW_NAME];
	const char *keyword;

	if (word_of(&p->token, word, sizeof(word))) {
		keyword = cow_keyword_suggest(word);
		if (keyword && has(e, keyword)) {
			cow_parse_error(p, &p->token.loc, "unknown word '%s'; did you mean '%s'?",
					word, keyword);
			return true;
		}
	}
	if (!word_of(&p->previous, word, sizeof(word)))
		return false;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (!strcmp(word, foreign[i].word)) {
			cow_parse_error(p, &p->previous.loc, "%s", foreign[i].hint);
			return true;
		}
	keyword = cow_keyword_suggest(word);
	if (!keyword)
		return false;
	cow_parse_error(p, &p->previous.loc, "unknown word '%s'; did you mean '%s'?",
			word, keyword);
	return true;
}

static bool missing_semicolon(struct parse *p, const struct expected *e)
{
	const struct scan_token *last = &p->previous, *t = &p->token;
	char buf[64];
	struct cow_loc loc;

	if (!has(e, "';'") || has(e, "if") || has(e, "device") || !last->loc.line)
		return false;
	if (t->loc.line == last->loc.end_line && t->kind != '}' && t->kind != TOK_END)
		return false;
	loc = (struct cow_loc){ last->loc.end_line, last->loc.end_col,
				last->loc.end_line, last->loc.end_col + 1 };
	cow_parse_error(p, &loc, "expected ';' after %s", show(last, buf, sizeof(buf)));
	return true;
}

void cow_syntax_error(struct parse *p, const char *const *expected, unsigned n)
{
	struct expected e = { .n = 0 };
	char found[64], list[256];

	for (unsigned i = 0; i < n; i++)
		add(&e, expected[i]);
	if (explain_word(p, &e))
		return;
	if (p->token.kind == TOK_END && p->depth) {
		const struct cow_loc *open = &p->open[p->depth - 1];

		cow_parse_error(p, open, "this '%c' is never closed", p->open_char[p->depth - 1]);
		return;
	}
	if (missing_semicolon(p, &e))
		return;
	show(&p->token, found, sizeof(found));
	if (p->token.kind == '=' && has(&e, "==") && !has(&e, "'='")) {
		cow_parse_error(p, &p->token.loc, "values are compared with '==' here");
		return;
	}
	if (p->token.kind == '.' && has(&e, "'{'") && has(&e, "':'")) {
		cow_parse_error(p, &p->token.loc, "a thread has no threads of its own");
		return;
	}
	drop_weak(&e);
	group(&e);
	join(&e, list, sizeof(list));
	if (e.n && e.n <= 6)
		cow_parse_error(p, &p->token.loc, "expected %s, found %s", list,
				show(&p->token, found, sizeof(found)));
	else
		cow_parse_error(p, &p->token.loc, "unexpected %s",
				show(&p->token, found, sizeof(found)));
}
