/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * list.h - shared by the lists in words and as JSON.
 */
#ifndef COW_REPORT_LIST_H
#define COW_REPORT_LIST_H

#include <cowherd/cowherd.h>

bool list_same_value(const struct cow_kernel *a, const struct cow_kernel *b, size_t rule);

/* One behind the last of the kernels of mainline from FIRST on that decide RULE as that one does. */
size_t list_run(const struct cow_kernels *k, size_t first, size_t rule);

#endif
