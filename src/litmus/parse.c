/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "scan.h"

void cow_parse_error(struct parse *p, const struct cow_loc *loc, const char *fmt, ...)
{
	static const struct cow_loc nowhere;
	va_list ap;

	if (p->stop)
		return;
	if (!loc)
		loc = &nowhere;
	for (unsigned i = 0; i < p->errors; i++)
		if (p->error[i].loc.line == loc->line && p->error[i].loc.col == loc->col)
			return;
	if (p->errors == MAX_ERRORS) {
		p->too_many = p->stop = true;
		return;
	}
	p->error[p->errors].loc = *loc;
	va_start(ap, fmt);
	if (vasprintf(&p->error[p->errors].text, fmt, ap) < 0)
		p->error[p->errors].text = NULL;
	va_end(ap);
	p->errors++;
}

static int by_place(const void *a, const void *b)
{
	const struct cow_loc *x = a, *y = b;	/* first in struct parse_error */

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->col < y->col ? -1 : x->col > y->col;
}

/* Reports what was collected; returns whether there was nothing. */
static bool report(struct parse *p)
{
	qsort(p->error, p->errors, sizeof(p->error[0]), by_place);
	for (unsigned i = 0; i < p->errors; i++) {
		const char *text = p->error[i].text;

		cow_message_at(p->diag, COW_ERROR, p->file, p->text, &p->error[i].loc, "%s",
			       text ? text : "out of memory");
		free(p->error[i].text);
	}
	if (p->too_many)
		cow_message_at(p->diag, COW_ERROR, p->file, NULL, NULL, "too many errors");
	return !p->errors && !p->stop;
}

void *cow_parse_alloc(struct parse *p, size_t size)
{
	void *mem = size ? cow_arena_alloc(&p->arena, size) : NULL;

	if (!mem) {
		cow_parse_error(p, NULL, "out of memory, or the scenario is too large");
		p->stop = true;
	}
	return mem;
}

/* Bytes of the UTF-8 character at S (before END), 0 if it is none. */
static unsigned utf8(const unsigned char *s, const unsigned char *end)
{
	unsigned n = *s < 0x80 ? 1 : *s >= 0xc2 && *s < 0xe0 ? 2 : *s >= 0xe0 && *s < 0xf0 ? 3 :
		     *s >= 0xf0 && *s < 0xf5 ? 4 : 0;

	if (!n || (size_t)(end - s) < n)
		return 0;
	for (unsigned i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

bool cow_check_text(struct parse *p, size_t len)
{
	const unsigned char *s = (const unsigned char *)p->text, *end = s + len, *start = s;
	uint32_t line = 1;

	while (s < end) {
		unsigned n = utf8(s, end);
		struct cow_loc loc = { line, (uint32_t)(s - start) + 1, line,
				       (uint32_t)(s - start) + 2 };

		if (!*s || !n) {
			p->text = NULL;	/* the source line would be as unreadable */
			cow_parse_error(p, &loc, *s ? "byte 0x%02x: this is not UTF-8 text" :
					"byte 0x%02x: this is not a text file", *s);
			return false;
		}
		if (*s == '\n') {
			line++;
			start = s + 1;
		}
		s += n;
	}
	return true;
}

/* Nothing but blanks and comments. */
static bool is_empty(const struct parse *p)
{
	const struct ast *ast = &p->ast;

	return !ast->name.text && !ast->decls && !ast->nr_blocks && !ast->expects &&
	       !ast->options && ast->quantifier == COW_NO_CONDITION;
}

static bool set_text(struct cow_test *t, struct parse *p, const char *file, const char *text,
		     size_t len)
{
	t->file = strdup(file);
	t->text = malloc(len + 1);
	if (!t->file || !t->text) {
		cow_parse_alloc(p, 0);
		return false;
	}
	if (len)
		memcpy(t->text, text, len);
	t->text[len] = '\0';
	p->text = t->text;
	return true;
}

static bool set_names(struct cow_test *t, struct parse *p)
{
	const struct ast *ast = &p->ast;

	t->name = strdup(ast->name.text ? ast->name.text : "command-line");
	if (ast->doc.text)
		t->doc = strdup(ast->doc.text);
	if (t->name && (t->doc || !ast->doc.text))
		return true;
	cow_parse_alloc(p, 0);
	return false;
}

/* Operations were collected in arrays of the largest size. */
static void trim(struct cow_program *prog)
{
	for (unsigned i = 0; i < prog->nr_threads; i++) {
		struct cow_thread *t = &prog->threads[i];
		struct cow_op *ops = t->nops ? realloc(t->ops, t->nops * sizeof(*ops)) : NULL;

		if (ops)
			t->ops = ops;
	}
}

struct cow_test *cow_test_parse(const char *file, const char *text, size_t len,
				const struct cow_diag *diag)
{
	struct parse *p = calloc(1, sizeof(*p));
	struct cow_test *t = calloc(1, sizeof(*t));
	bool good;

	if (!p || !t) {
		cow_message_at(diag, COW_ERROR, file, NULL, NULL, "out of memory");
		free(p);
		free(t);
		return NULL;
	}
	p->file = file;
	p->diag = diag;
	if (len > MAX_TEXT) {
		cow_parse_error(p, NULL, "%zu bytes are too much: a scenario has at most %d", len,
				MAX_TEXT);
		goto out;
	}
	if (!set_text(t, p, file, text, len) || !cow_check_text(p, len))
		goto out;
	cow_scan_start(p);
	cow_litmus_parse(p);
	if (!p->errors && is_empty(p))
		cow_parse_error(p, NULL, "nothing in it: a scenario needs at least a process, as "
				"in 'A { … }'");
	if (!p->stop && set_names(t, p))
		cow_build(p, t);
	trim(&t->prog);
out:
	good = report(p);
	cow_arena_free(&p->arena);
	free(p);
	if (good)
		return t;
	cow_test_free(t);
	return NULL;
}
