/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include "message.h"

#include <stdlib.h>
#include <string.h>

/* A longer line helps nobody who reads messages on a terminal. */
enum { LONGEST_LINE = 1000 };

/* A copy of line LINE of TEXT, or NULL. */
static char *source_line(const char *text, unsigned line)
{
	size_t len;

	while (--line) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	len = strcspn(text, "\n");
	if (len && text[len - 1] == '\r')
		len--;
	return len > LONGEST_LINE ? NULL : strndup(text, len);
}

void cow_vmessage_at(const struct cow_diag *diag, enum cow_severity severity, const char *file,
		     const char *text, const struct cow_loc *loc, const char *fmt, va_list ap)
{
	struct cow_message m = { .severity = severity, .file = file };
	char *what, *source = NULL;

	if (!diag || !diag->report)
		return;
	if (vasprintf(&what, fmt, ap) < 0)
		what = NULL;
	m.text = what ? what : "out of memory";
	if (loc && loc->line) {
		m.line = loc->line;
		m.col = loc->col;
		if (text)
			m.source = source = source_line(text, loc->line);
		if (loc->end_line == loc->line)
			m.end_col = loc->end_col;
		else if (source)	/* the rest of the first line */
			m.end_col = strlen(source) + 1;
		if (m.end_col <= m.col)
			m.end_col = m.col + 1;
	}
	diag->report(diag->arg, &m);
	free(source);
	free(what);
}

void cow_message_at(const struct cow_diag *diag, enum cow_severity severity, const char *file,
		    const char *text, const struct cow_loc *loc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	cow_vmessage_at(diag, severity, file, text, loc, fmt, ap);
	va_end(ap);
}
