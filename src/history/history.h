/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * history.h - inside view of struct cow_history for explore/ and live/.
 */
#ifndef COW_HISTORY_HISTORY_H
#define COW_HISTORY_HISTORY_H

#include <cowherd/cowherd.h>
#include "../model/rules.h"

const struct cow_rules *cow_kernel_rules(const struct cow_kernel *k);

/*
 * Mainline just after commit I of the history (0 … cow_history_commits() - 1), and
 * for I = -1 the oldest kernel.  NULL: out of range or out of memory.  Owned by H.
 */
const struct cow_kernel *cow_history_after_commit(struct cow_history *h, long i);

#endif
