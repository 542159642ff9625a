/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include "words.h"

#include <errno.h>
#include <string.h>

#include "../model/program.h"
#include "../model/rules.h"
#include "suggest.h"

const struct word cow_kind_words[] = {
	{ "anon", COW_ANON, false },
	{ "untouched", COW_UNTOUCHED, false },
	{ "file", COW_FILE, false },
	{ "memfd", COW_MEMFD, false },
	{ "thp", COW_THP, false },
	{ "hugetlb", COW_HUGETLB, false },
	{ NULL, 0, false },
};

const struct word cow_errno_words[] = {
	{ "EFAULT", EFAULT, false },
	{ "ENOMEM", ENOMEM, false },
	{ "EINVAL", EINVAL, false },
	{ "EOPNOTSUPP", EOPNOTSUPP, false },
	{ "ESRCH", ESRCH, false },
	{ "EBADF", EBADF, false },
	{ NULL, 0, false },
};

const struct word cow_later_ops[] = {
	{ NULL, 0, false },
};

static const struct word foll[] = {
	{ "FOLL_GET", COW_FOLL_GET, false },
	{ "FOLL_PIN", COW_FOLL_PIN, false },
	{ "FOLL_WRITE", COW_FOLL_WRITE, false },
	{ "FOLL_FORCE", COW_FOLL_FORCE, false },
	{ "FOLL_LONGTERM", COW_FOLL_LONGTERM, false },
	{ NULL, 0, false },
};

static const struct word advice[] = {
	{ "MADV_DONTFORK", COW_MADV_DONTFORK, false },
	{ "MADV_DOFORK", COW_MADV_DOFORK, false },
	{ "MADV_WIPEONFORK", COW_MADV_WIPEONFORK, false },
	{ "MADV_KEEPONFORK", COW_MADV_KEEPONFORK, false },
	{ "MADV_DONTNEED", COW_MADV_DONTNEED, false },
	{ "MADV_MERGEABLE", COW_MADV_MERGEABLE, false },
	{ "MADV_UNMERGEABLE", COW_MADV_UNMERGEABLE, false },
	{ "MADV_FREE", COW_MADV_FREE, false },
	{ "MADV_PAGEOUT", COW_MADV_PAGEOUT, false },
	{ "MADV_COLD", 0, true },
	{ "MADV_HUGEPAGE", 0, true },
	{ NULL, 0, false },
};

static const struct word prot[] = {
	{ "PROT_NONE", COW_PROT_NONE, false },
	{ "PROT_READ", COW_PROT_READ, false },
	{ "PROT_WRITE", COW_PROT_WRITE, false },
	{ "PROT_EXEC", 0, true },
	{ NULL, 0, false },
};

static const struct word ibv[] = {
	{ "IBV_ACCESS_LOCAL_WRITE", COW_IBV_LOCAL_WRITE, false },
	{ "IBV_ACCESS_REMOTE_WRITE", COW_IBV_REMOTE_WRITE, false },
	{ "IBV_ACCESS_REMOTE_READ", COW_IBV_REMOTE_READ, false },
	{ "IBV_ACCESS_REMOTE_ATOMIC", COW_IBV_REMOTE_ATOMIC, false },
	{ "IBV_ACCESS_ON_DEMAND", 0, true },
	{ NULL, 0, false },
};

static const struct word vfio[] = {
	{ "VFIO_DMA_MAP_FLAG_READ", COW_VFIO_READ, false },
	{ "VFIO_DMA_MAP_FLAG_WRITE", COW_VFIO_WRITE, false },
	{ NULL, 0, false },
};

static const struct word clone[] = {
	{ "CLONE_VM", COW_CLONE_VM, false },
	{ "CLONE_VFORK", COW_CLONE_VFORK, false },
	{ NULL, 0, false },
};

const struct alias cow_aliases[] = {
	{ "pin_w", COW_OP_PIN, COW_FOLL_PIN | COW_FOLL_WRITE | COW_FOLL_LONGTERM },
	{ "pin_r", COW_OP_PIN, COW_FOLL_PIN | COW_FOLL_LONGTERM },
	{ "get_w", COW_OP_PIN, COW_FOLL_GET | COW_FOLL_WRITE },
	{ "get_r", COW_OP_PIN, COW_FOLL_GET },
	{ "close", COW_OP_UNPIN, 0 },	/* of a pipe: only for what vmsplice() made */
	{ NULL, 0, 0 },
};

const struct word *cow_flag_words(char letter)
{
	switch (letter) {
	case 'F': return foll;
	case 'M': return advice;
	case 'T': return prot;
	case 'A': return ibv;
	case 'D': return vfio;
	case 'C': return clone;
	default: return NULL;
	}
}

const struct word *cow_word(const struct word *words, const char *name)
{
	for (; words->name; words++)
		if (!strcmp(words->name, name))
			return words;
	return NULL;
}

static const char *nth(const void *words, size_t i)
{
	return ((const struct word *)words)[i].name;
}

const char *cow_word_suggest(const struct word *words, const char *name)
{
	const char *near = cow_suggest(name, nth, words);
	size_t len = strlen(name);

	/* DONTFORK for MADV_DONTFORK */
	for (; !near && words->name; words++) {
		size_t n = strlen(words->name);

		if (n > len && words->name[n - len - 1] == '_' &&
		    !strcmp(words->name + n - len, name))
			near = words->name;
	}
	return near;
}
