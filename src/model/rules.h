/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * rules.h - the knobs in which kernels differ, see rules.def.
 *
 * struct cow_rules is one kernel as the model sees it: a value for each knob.
 * It is filled by history/ and read by model/ through cow_rule() only, which
 * remembers that the knob was asked for.
 */
#ifndef COW_MODEL_RULES_H
#define COW_MODEL_RULES_H

#include <stdbool.h>
#include <stdint.h>

enum cow_rule_id {
#define VALUE(id, name, meaning)
#define RULE(id, name, question, values) COW_RULE_##id,
#define USER(id, name, who) COW_RULE_##id,
#include "rules.def"
#undef VALUE
#undef RULE
#undef USER
	COW_NR_RULES
};

_Static_assert(COW_NR_RULES <= 64, "a set of rules is one 64-bit word");

/* The values of each rule: enum cow_wp_small { WP_MAPCOUNT, … } and so on. */
#define VALUE(id, name, meaning) id,
#define RULE(id, name, question, values) enum cow_##id { values };
#define USER(id, name, who)
#include "rules.def"
#undef VALUE
#undef RULE
#undef USER

/* How a user of pages takes them; include/linux/mm_types.h has the same names. */
enum cow_foll {
	COW_FOLL_GET = 1,
	COW_FOLL_PIN = 2,
	COW_FOLL_WRITE = 4,
	COW_FOLL_FORCE = 8,
	COW_FOLL_LONGTERM = 16,
	COW_FOLL_FAST = 32,	/* the lockless walk is tried first: pin_user_pages_fast() */
	COW_FOLL_REMOTE = 64,	/* another process's memory */
};

struct cow_rules {
	uint8_t value[COW_NR_RULES];	/* index of the VALUE, or COW_FOLL_ flags for a USER */
};

struct cow_rule_info {
	const char *name;	/* "wp-small" */
	const char *question;
	bool user;		/* the value is a set of COW_FOLL_ flags */
	unsigned nr_values;	/* 0 for a user */
	const struct cow_value_info {
		const char *name;
		const char *meaning;
	} *values;
};

extern const struct cow_rule_info cow_rule_info[COW_NR_RULES];

/* The rule called NAME, or -1. */
int cow_rule_by_name(const char *name);

/* The value of rule ID called NAME (for a user: "FOLL_PIN|FOLL_WRITE"), or -1. */
int cow_rule_value_by_name(enum cow_rule_id id, const char *name);

/*
 * Value V of rule ID in words, as the data spells it; BUF (of SIZE bytes, 96 is
 * enough) is used for flag sets.
 */
const char *cow_rule_value_name(enum cow_rule_id id, unsigned v, char *buf, unsigned size);

/* The name of one FOLL_ flag bit, "FOLL_WRITE"; and back, 0 if unknown. */
const char *cow_foll_name(unsigned bit);
unsigned cow_foll_by_name(const char *name);

#endif
