/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Messages for people, on standard error. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd.h"

static bool as_json;
static bool color;

void cmd_messages_as_json(void)
{
	as_json = true;
}

bool cmd_use_color(enum cmd_color mode, int fd)
{
	const char *force = getenv("CLICOLOR_FORCE");
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (mode != CMD_COLOR_AUTO)
		return mode == CMD_COLOR_ALWAYS;
	if (no && *no)
		return false;
	if (force && *force && strcmp(force, "0"))
		return true;
	return isatty(fd) && term && strcmp(term, "dumb");
}

void cmd_messages_color(enum cmd_color mode)
{
	color = cmd_use_color(mode, STDERR_FILENO);
}

static const char *severity_name(enum cow_severity s)
{
	return s == COW_ERROR ? "error" : s == COW_WARNING ? "warning" : "note";
}

static void print_severity(enum cow_severity s)
{
	if (color)
		fprintf(stderr, "\033[1;%dm%s:\033[0m ",
			s == COW_ERROR ? 31 : s == COW_WARNING ? 35 : 36, severity_name(s));
	else
		fprintf(stderr, "%s: ", severity_name(s));
}

/* How much of a long line is shown on either side of the place. */
enum { CONTEXT = 60 };

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Input may be anything: what a terminal would act on is shown as '?'. */
static void print_byte(char c)
{
	unsigned char u = c;

	putc(u == '\t' || u >= 0x80 || (u >= ' ' && u < 0x7f) ? u : '?', stderr);
}

/*
 * The line and below it a caret under col, then ~ up to end_col.  Tabs stay tabs in
 * both lines, characters of several bytes take one column.
 */
static void print_source(const struct cow_message *m)
{
	const char *s = m->source;
	size_t len = strlen(s), col = m->col ? m->col - 1 : 0;
	size_t end = m->end_col > m->col ? m->end_col - 1 : col + 1;
	size_t from, to;

	if (col > len)
		col = len;
	from = col > CONTEXT ? col - CONTEXT : 0;
	while (from > 0 && continues(s[from]))
		from--;
	to = len - col > CONTEXT ? col + CONTEXT : len;
	while (to < len && continues(s[to]))
		to++;
	if (end > to)
		end = to;

	fputs(from ? "  …" : "   ", stderr);
	for (size_t i = from; i < to; i++)
		print_byte(s[i]);
	fputs(to < len ? "…\n   " : "\n   ", stderr);
	for (size_t i = from; i < col; i++)
		if (!continues(s[i]))
			putc(s[i] == '\t' ? '\t' : ' ', stderr);
	if (color)
		fputs("\033[1;32m", stderr);
	putc('^', stderr);
	for (size_t i = col + 1; i < end; i++)
		if (!continues(s[i]))
			putc('~', stderr);
	fputs(color ? "\033[0m\n" : "\n", stderr);
}

static void report(void *arg, const struct cow_message *m)
{
	(void)arg;
	cmd_progress_end();
	/* In the order in which they were written, if both go to the same place. */
	fflush(stdout);
	if (m->file && m->line && m->col)
		fprintf(stderr, "%s:%u:%u: ", m->file, m->line, m->col);
	else if (m->file && m->line)
		fprintf(stderr, "%s:%u: ", m->file, m->line);
	else
		fprintf(stderr, "%s: ", m->file ? m->file : "cowherd");
	print_severity(m->severity);
	fprintf(stderr, "%s\n", m->text);
	if (m->source && m->line && m->col)
		print_source(m);
	if (as_json)
		cow_json_message(stdout, m);
}

const struct cow_diag cmd_diag = { .report = report };

static void say(enum cow_severity severity, const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	report(NULL, &(struct cow_message){ .severity = severity,
					    .text = text ? text : "out of memory" });
	free(text);
}

void cmd_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(COW_ERROR, fmt, ap);
	va_end(ap);
}

void cmd_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(COW_NOTE, fmt, ap);
	va_end(ap);
}

int cmd_failed(int error, const char *what)
{
	switch (error) {
	case -EINVAL:	/* messages were given */
		return CMD_USAGE;
	case -EOVERFLOW:
		if (cmd_interrupted()) {
			cmd_error("%s: not finished: interrupted", what);
			return CMD_INCOMPLETE;
		}
		cmd_error("%s: not finished: the limit on states was met (--max-states)", what);
		return CMD_INCOMPLETE;
	default:
		cmd_error("%s: %s", what, strerror(-error));
		return CMD_INCOMPLETE;
	}
}
