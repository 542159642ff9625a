/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include "arena.h"

#include <stdlib.h>
#include <string.h>

/* The text of a scenario is at most 1 MiB; a sensible one needs a few KiB here. */
enum { CHUNK = 32 << 10, MOST = 64 << 20 };

struct arena_chunk {
	struct arena_chunk *next;
	max_align_t data[];
};

void *cow_arena_alloc(struct arena *a, size_t size)
{
	size_t align = _Alignof(max_align_t);
	char *p;

	size = (size + align - 1) & ~(align - 1);
	if (!a->chunks || a->room - a->used < size) {
		size_t room = size > CHUNK ? size : CHUNK;
		struct arena_chunk *c;

		if (a->total + room > MOST)
			return NULL;
		c = calloc(1, sizeof(*c) + room);
		if (!c)
			return NULL;
		c->next = a->chunks;
		a->chunks = c;
		a->used = 0;
		a->room = room;
		a->total += room;
	}
	p = (char *)a->chunks->data + a->used;
	a->used += size;
	return p;
}

void cow_arena_free(struct arena *a)
{
	while (a->chunks) {
		struct arena_chunk *next = a->chunks->next;

		free(a->chunks);
		a->chunks = next;
	}
	memset(a, 0, sizeof(*a));
}
