/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include "explore.h"

enum { PROGRESS_EVERY = 1 << 14 };

/* Open addressing over state numbers + 1. */
struct table {
	uint32_t *slot;
	size_t mask;
};

static const unsigned char *key_of(const struct cow_exploration *x, uint64_t i)
{
	return x->key + i * x->size;
}

static void table_put(struct table *t, const struct cow_exploration *x, uint32_t i)
{
	size_t h = XXH3_64bits(key_of(x, i), x->size) & t->mask;

	while (t->slot[h])
		h = (h + 1) & t->mask;
	t->slot[h] = i + 1;
}

static int table_grow(struct table *t, const struct cow_exploration *x)
{
	size_t n = t->mask ? 2 * (t->mask + 1) : 256;
	uint32_t *slot = calloc(n, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	free(t->slot);
	t->slot = slot;
	t->mask = n - 1;
	for (uint32_t i = 0; i < x->nr; i++)
		table_put(t, x, i);
	return 0;
}

/* Room for one more state. */
static int reserve(struct cow_exploration *x, uint64_t *room)
{
	uint64_t n = *room ? 2 * *room : 128;
	unsigned char *key;
	struct cow_origin *origin;

	if (x->nr < *room)
		return 0;
	key = realloc(x->key, n * x->size);
	if (!key)
		return -ENOMEM;
	x->key = key;
	origin = realloc(x->origin, n * sizeof(*origin));
	if (!origin)
		return -ENOMEM;
	x->origin = origin;
	*room = n;
	return 0;
}

/* Adds the state at the end of x->key if it is new: 1, else 0; -ENOMEM. */
static int table_add(struct table *t, struct cow_exploration *x)
{
	const unsigned char *key = key_of(x, x->nr);
	size_t h = XXH3_64bits(key, x->size) & t->mask;

	for (; t->slot[h]; h = (h + 1) & t->mask)
		if (!memcmp(key_of(x, t->slot[h] - 1), key, x->size))
			return 0;
	t->slot[h] = (uint32_t)(++x->nr);
	if (x->nr > t->mask / 2 && table_grow(t, x))
		return -ENOMEM;
	return 1;
}

/* What is worth remembering of state I, which is new. */
static void look_at(struct cow_exploration *x, const struct cow_test *t,
		    const struct cow_state *s, uint32_t i)
{
	bool stuck, holds;

	for (unsigned h = 0; h < COW_NR_HAZARDS; h++)
		if ((s->hazards & 1u << h) && x->hazard[h] == COW_NO_STATE)
			x->hazard[h] = i;
	if (!cow_model_final(&x->model, s, &stuck))
		return;
	x->nr_stuck += stuck;
	if (x->final == COW_NO_STATE)
		x->final = i;
	if (t->quantifier == COW_NO_CONDITION)
		return;
	holds = cow_cond_holds(&x->model, s, t->cond, 0);
	if (holds && !x->nr_positive++)
		x->positive = i;
	if (!holds && !x->nr_negative++)
		x->negative = i;
}

static int search(struct cow_exploration *x, const struct cow_test *t,
		  const struct cow_options *o, struct table *table)
{
	uint64_t room = 0, max = o && o->max_states ? o->max_states : 50000000;
	struct cow_state s, next;
	int err = table_grow(table, x);

	if (max > COW_NO_STATE - 1)
		max = COW_NO_STATE - 1;
	if (!err)
		err = reserve(x, &room);
	if (err)
		return err;
	cow_model_start(&x->model, &s);
	cow_state_pack(&x->model, &s, x->key);
	x->origin[0] = (struct cow_origin){ COW_NO_STATE, 0 };
	table_add(table, x);
	look_at(x, t, &s, 0);
	for (uint64_t i = 0; i < x->nr; i++) {
		if (o && o->progress && i % PROGRESS_EVERY == PROGRESS_EVERY - 1 &&
		    o->progress(o->arg, x->nr))
			return 0;
		cow_state_unpack(&x->model, key_of(x, i), &s);
		for (unsigned th = 0; th < t->prog.nr_threads; th++) {
			next = s;
			if (!cow_model_step(&x->model, &next, th))
				continue;
			x->transitions++;
			err = reserve(x, &room);
			if (err)
				return err;
			cow_state_pack(&x->model, &next, x->key + x->nr * x->size);
			err = table_add(table, x);
			if (err < 0)
				return err;
			if (!err)
				continue;
			x->origin[x->nr - 1] = (struct cow_origin){ (uint32_t)i, (uint8_t)th };
			look_at(x, t, &next, (uint32_t)(x->nr - 1));
			if (x->nr >= max)
				return 0;
		}
	}
	x->complete = true;
	return 0;
}

int cow_explore(const struct cow_test *t, const struct cow_rules *rules,
		const struct cow_options *options, struct cow_exploration *x)
{
	struct table table = { 0 };
	int err;

	*x = (struct cow_exploration){
		.positive = COW_NO_STATE, .negative = COW_NO_STATE, .final = COW_NO_STATE,
	};
	for (unsigned h = 0; h < COW_NR_HAZARDS; h++)
		x->hazard[h] = COW_NO_STATE;
	cow_model_init(&x->model, &t->prog, rules);
	x->size = cow_state_size(&x->model);
	err = search(x, t, options, &table);
	free(table.slot);
	if (err)
		cow_exploration_free(x);
	return err;
}

void cow_exploration_free(struct cow_exploration *x)
{
	free(x->key);
	free(x->origin);
	x->key = NULL;
	x->origin = NULL;
}

unsigned cow_exploration_depth(const struct cow_exploration *x, uint32_t i)
{
	unsigned n = 0;

	for (; x->origin[i].from != COW_NO_STATE; i = x->origin[i].from)
		n++;
	return n;
}

void cow_exploration_path(const struct cow_exploration *x, uint32_t i, uint8_t *threads)
{
	for (unsigned n = cow_exploration_depth(x, i); n--; i = x->origin[i].from)
		threads[n] = x->origin[i].thread;
}

struct cow_verdict cow_exploration_verdict(const struct cow_test *t,
					   const struct cow_exploration *x)
{
	struct cow_verdict v = {
		.complete = x->complete,
		.states = x->nr,
		.transitions = x->transitions,
		.positive = x->nr_positive,
		.negative = x->nr_negative,
		.stuck = x->nr_stuck,
		.consulted = x->model.consulted,
	};

	for (unsigned h = 0; h < COW_NR_HAZARDS; h++) {
		if (x->hazard[h] == COW_NO_STATE)
			continue;
		v.hazards |= 1u << h;
		v.depth[h] = cow_exploration_depth(x, x->hazard[h]);
	}
	v.observation = !v.positive ? COW_NEVER : v.negative ? COW_SOMETIMES : COW_ALWAYS;
	v.bad = v.hazards || (t->quantifier == COW_NOT_EXISTS && v.positive) ||
		(t->quantifier == COW_FORALL && v.negative);
	return v;
}
