/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef COW_EXPLORE_CHECK_H
#define COW_EXPLORE_CHECK_H

#include "explore.h"

struct cow_result {
	struct cow_verdict *verdict;
	size_t nr;
};

#endif
