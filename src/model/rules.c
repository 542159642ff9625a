/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include <stdio.h>
#include <string.h>
#include "rules.h"

#define VALUE(id, name, meaning) { name, meaning },
#define RULE(id, name, question, values) \
	static const struct cow_value_info values_##id[] = { values };
#define USER(id, name, who)
#include "rules.def"
#undef RULE
#undef USER

const struct cow_rule_info cow_rule_info[COW_NR_RULES] = {
#define RULE(id, name, question, values) \
	[COW_RULE_##id] = { name, question, false, \
			    sizeof(values_##id) / sizeof(values_##id[0]), values_##id },
#define USER(id, name, who) [COW_RULE_##id] = { name, who, true, 0, NULL },
#include "rules.def"
#undef RULE
#undef USER
#undef VALUE
};

/* In the order in which people write them. */
static const struct { unsigned bit; const char *name; } foll[] = {
	{ COW_FOLL_GET, "FOLL_GET" },
	{ COW_FOLL_PIN, "FOLL_PIN" },
	{ COW_FOLL_WRITE, "FOLL_WRITE" },
	{ COW_FOLL_FORCE, "FOLL_FORCE" },
	{ COW_FOLL_LONGTERM, "FOLL_LONGTERM" },
	{ COW_FOLL_FAST, "FOLL_FAST" },
	{ COW_FOLL_REMOTE, "FOLL_REMOTE" },
};

const char *cow_foll_name(unsigned bit)
{
	for (size_t i = 0; i < sizeof(foll) / sizeof(foll[0]); i++)
		if (foll[i].bit == bit)
			return foll[i].name;
	return NULL;
}

static unsigned foll_by_name(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(foll) / sizeof(foll[0]); i++)
		if (strlen(foll[i].name) == len && !memcmp(foll[i].name, name, len))
			return foll[i].bit;
	return 0;
}

unsigned cow_foll_by_name(const char *name)
{
	return foll_by_name(name, strlen(name));
}

int cow_rule_by_name(const char *name)
{
	for (int i = 0; i < COW_NR_RULES; i++)
		if (!strcmp(cow_rule_info[i].name, name))
			return i;
	return -1;
}

int cow_rule_value_by_name(enum cow_rule_id id, const char *name)
{
	const struct cow_rule_info *info = &cow_rule_info[id];
	unsigned flags = 0;

	for (unsigned v = 0; v < info->nr_values; v++)
		if (!strcmp(info->values[v].name, name))
			return (int)v;
	if (!info->user)
		return -1;
	for (;;) {
		size_t len = strcspn(name, "|");
		unsigned bit = foll_by_name(name, len);

		if (!bit)
			return -1;
		flags |= bit;
		if (!name[len])
			return (int)flags;
		name += len + 1;
	}
}

const char *cow_rule_value_name(enum cow_rule_id id, unsigned v, char *buf, unsigned size)
{
	const struct cow_rule_info *info = &cow_rule_info[id];
	unsigned at = 0;

	if (!info->user)
		return v < info->nr_values ? info->values[v].name : "?";
	if (size)
		buf[0] = '\0';
	for (size_t i = 0; i < sizeof(foll) / sizeof(foll[0]) && at < size; i++)
		if (v & foll[i].bit)
			at += (unsigned)snprintf(buf + at, size - at, "%s%s", at ? "|" : "",
						 foll[i].name);
	return buf;
}
