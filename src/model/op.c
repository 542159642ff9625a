/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include "program.h"

const struct cow_op_info cow_op_info[COW_NR_OPS] = {
#define OP(id, name, args, result, who, weight, what) \
	[COW_OP_##id] = { #id, name, args, #result[0], #who, weight, what },
#include "ops.def"
#undef OP
};
