/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * arena.h - memory that is given back all at once.  What the grammar builds lives
 * here, so that error recovery may drop any part of it.
 */
#ifndef COW_LITMUS_ARENA_H
#define COW_LITMUS_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;
	size_t used, room;	/* of the newest chunk */
	size_t total;
};

/* Zeroed memory, or NULL: none left, or the arena is larger than any scenario needs. */
void *cow_arena_alloc(struct arena *a, size_t size);
void cow_arena_free(struct arena *a);

#endif
