/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * style.h - colours of the text reports.  The words carry the meaning; colour only
 * repeats it.
 */
#ifndef COW_REPORT_STYLE_H
#define COW_REPORT_STYLE_H

#include <cowherd/cowherd.h>

enum cow_ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_GOOD, INK_BAD, INK_NEW };

static inline const char *ink(const struct cow_style *style, enum cow_ink i)
{
	static const char *const code[] = {
		"\033[0m", "\033[1m", "\033[2m", "\033[32m", "\033[1;31m", "\033[33m",
	};

	return style && style->color ? code[i] : "";
}

#endif
