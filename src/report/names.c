/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Names for people: the version, hazards, operations. */
#include <cowherd/cowherd.h>
#include <string.h>
#include <strings.h>
#include "../litmus/suggest.h"
#include "../model/program.h"
#include "../model/rules.h"

const char *cow_version(void)
{
	return COW_VERSION;
}

struct words {
	const char *const *known;
	size_t nr;
};

static const char *nth_word(const void *arg, size_t i)
{
	const struct words *w = arg;

	return i < w->nr ? w->known[i] : NULL;
}

const char *cow_nearest_word(const char *word, const char *const *known, size_t nr)
{
	return cow_suggest(word, nth_word, &(struct words){ known, nr });
}

static const struct {
	enum cow_hazard bit;
	char letter;
	const char *name, *meaning;
} hazards[COW_NR_HAZARDS] = {
	{ COW_HAZARD_DIVERGED, 'D', "diverged",
	  "the process no longer uses the page that the device uses: "
	  "what one writes, the other does not see" },
	{ COW_HAZARD_LEAKED, 'L', "leaked",
	  "what a process stored into its private memory after the fork, another can read" },
	{ COW_HAZARD_WRONG_PAGE, 'W', "wrong page",
	  "a store lands in a page that is not the private page of the one who stores" },
	{ COW_HAZARD_HOLE, 'H', "hole",
	  "a child touches memory that MADV_DONTFORK took away from it" },
	{ COW_HAZARD_BALANCE, 'B', "balance",
	  "a reference to a page is never given back" },
};

static int index_of(unsigned hazard)
{
	for (int i = 0; i < COW_NR_HAZARDS; i++)
		if (hazards[i].bit == hazard)
			return i;
	return -1;
}

char cow_hazard_letter(unsigned hazard)
{
	int i = index_of(hazard);

	return i < 0 ? '?' : hazards[i].letter;
}

const char *cow_hazard_name(unsigned hazard)
{
	int i = index_of(hazard);

	return i < 0 ? "?" : hazards[i].name;
}

const char *cow_hazard_meaning(unsigned hazard)
{
	int i = index_of(hazard);

	return i < 0 ? "?" : hazards[i].meaning;
}

unsigned cow_hazard_by_name(const char *name)
{
	for (int i = 0; i < COW_NR_HAZARDS; i++) {
		const char letter[] = { hazards[i].letter, 0 };

		if (!strcasecmp(name, letter) || !strcasecmp(name, hazards[i].name))
			return hazards[i].bit;
	}
	return 0;
}

size_t cow_rule_values(size_t rule)
{
	return rule < COW_NR_RULES ? cow_rule_info[rule].nr_values : 0;
}

const char *cow_rule_value(size_t rule, size_t i)
{
	return i < cow_rule_values(rule) ? cow_rule_info[rule].values[i].name : NULL;
}

const char *cow_rule_value_meaning(size_t rule, size_t i)
{
	return i < cow_rule_values(rule) ? cow_rule_info[rule].values[i].meaning : NULL;
}

size_t cow_operations(void)
{
	return COW_NR_OPS;
}

/* Those with a syntax of their own say it first: "r = x[0]: load". */
const char *cow_operation_meaning(size_t op)
{
	const char *colon;

	if (op >= COW_NR_OPS)
		return NULL;
	colon = strstr(cow_op_info[op].what, ": ");
	return colon && !cow_op_info[op].name[0] ? colon + 2 : cow_op_info[op].what;
}

bool cow_operation_generated(size_t op)
{
	return op < COW_NR_OPS && cow_op_info[op].weight;
}

/* How an argument of each letter of ops.def is written. */
static const char *argument(char letter)
{
	switch (letter) {
	case 'P': return "x[0]";
	case 'Q': return "B:x[0]";
	case 'R':
	case 'S': return "x";
	case 'F': return "FOLL_…";
	case 'M': return "MADV_…";
	case 'T': return "PROT_…";
	case 'A': return "IBV_ACCESS_…";
	case 'D': return "VFIO_DMA_MAP_FLAG_…";
	case 'C': return "CLONE_VM";
	case 'p': return "B";
	case 'h': return "p";
	case 'n': return "1";
	case 's': return "r";
	default: return "v";
	}
}

static const char *left_hand_side(char letter)
{
	switch (letter) {
	case 'r': return "r = ";
	case 'h': return "p = ";
	case 'y': return "y = ";
	case 'm': return "r = ";
	case 'o': return "[r =] ";
	default: return "";
	}
}

const char *cow_operation_form(size_t op, char *buf, size_t size)
{
	const struct cow_op_info *info;
	size_t used;

	if (!size)
		return buf;
	buf[0] = 0;
	if (op >= COW_NR_OPS)
		return buf;
	info = &cow_op_info[op];
	if (!info->name[0]) {
		snprintf(buf, size, "%.*s", (int)strcspn(info->what, ":"), info->what);
		return buf;
	}
	used = snprintf(buf, size, "%s%s(", left_hand_side(info->result), info->name);
	for (const char *a = info->args; *a && used < size; a++)
		used += snprintf(buf + used, size - used, "%s%s", a == info->args ? "" : ", ",
				 argument(*a));
	if (used < size)
		snprintf(buf + used, size - used, ")");
	return buf;
}

const char *cow_live_outcome_name(enum cow_live_outcome outcome)
{
	static const char *const name[] = { "agree", "disagree", "skip", "error", "stopped" };

	return name[outcome];
}
