/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include <stddef.h>
#include "pinner.h"

static const struct cow_pinner pinners[] = {
#define PINNER(op, writes, flags, write_rule, read_rule, release) \
	{ COW_OP_##op, writes, flags, COW_RULE_##write_rule, COW_RULE_##read_rule, \
	  COW_OP_##release },
#include "pinners.def"
#undef PINNER
};

enum { NR_PINNERS = sizeof(pinners) / sizeof(pinners[0]) };

const struct cow_pinner *cow_pinner(unsigned code)
{
	for (unsigned i = 0; i < NR_PINNERS; i++)
		if (pinners[i].op == code)
			return &pinners[i];
	return NULL;
}

bool cow_pin_writes(const struct cow_op *op)
{
	const struct cow_pinner *p = cow_pinner(op->code);

	return p ? p->writes || (op->flags & p->write_flags) : op->flags & COW_FOLL_WRITE;
}

enum cow_opcode cow_pin_release(const struct cow_op *op)
{
	const struct cow_pinner *p = cow_pinner(op->code);

	return p ? p->release : COW_OP_UNPIN;
}

bool cow_is_release(unsigned code)
{
	for (unsigned i = 0; i < NR_PINNERS; i++)
		if (pinners[i].release == code)
			return true;
	return code == COW_OP_UNPIN;
}
