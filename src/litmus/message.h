/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * message.h - messages that point at a place of a text.
 */
#ifndef COW_LITMUS_MESSAGE_H
#define COW_LITMUS_MESSAGE_H

#include <stdarg.h>
#include <cowherd/cowherd.h>
#include "../model/program.h"

/*
 * Reports one message about the place LOC of FILE, whose text is TEXT (NUL-terminated,
 * or NULL: no source line is shown).  LOC may be NULL: about the file as a whole.
 * DIAG may be NULL: nobody wants to know.
 */
void cow_message_at(const struct cow_diag *diag, enum cow_severity severity, const char *file,
		    const char *text, const struct cow_loc *loc, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
void cow_vmessage_at(const struct cow_diag *diag, enum cow_severity severity, const char *file,
		     const char *text, const struct cow_loc *loc, const char *fmt, va_list ap)
	__attribute__((format(printf, 6, 0)));

#endif
