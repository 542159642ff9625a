// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Names for people: the version, hazards, operations. */
#include <cowherd/cowherd.h>
#include <strings.h>
#include "../model/program.h"

const char *cow_version(void)
{
	return COW_VERSION;
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
