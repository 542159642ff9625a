/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * pinner.h - who takes pages, see pinners.def.  pin() and pin_fast(), which say their flags
 * themselves, have no row.
 */
#ifndef COW_MODEL_PINNER_H
#define COW_MODEL_PINNER_H

#include "program.h"
#include "rules.h"

struct cow_pinner {
	uint8_t op;		/* enum cow_opcode */
	bool writes;		/* the device always writes */
	uint8_t write_flags;	/* flags of the operation with which it does */
	enum cow_rule_id write_rule, read_rule;
	uint8_t release;	/* enum cow_opcode */
};

/* The row of operation CODE, or NULL. */
const struct cow_pinner *cow_pinner(unsigned code);

/* The device of pinning operation OP may write to its pages. */
bool cow_pin_writes(const struct cow_op *op);

/* The operation that lets go what OP took. */
enum cow_opcode cow_pin_release(const struct cow_op *op);

/* CODE lets go what some operation took. */
bool cow_is_release(unsigned code);

#endif
