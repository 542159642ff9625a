/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include "schedule.h"

enum {
	MAX_MEMORY = 64 << 20,	/* bytes of states remembered while counting */
	MAX_TRIES = 8,		/* to draw an interleaving that is new */
};

/* Of a branch; so that the sum over all threads does not overflow. */
#define MAX_WEIGHT (UINT64_C(1) << 56)

/* Interleavings from a state on, by packed state. */
struct counts {
	size_t key_size, nr, slots;	/* slots: a power of two */
	unsigned char *key;
	uint64_t *count;
	uint32_t *slot;			/* 1 + index, 0: empty */
	bool full;
};

struct walk {
	struct cow_model *m;
	struct counts counts;
	struct cow_state *state;	/* by depth */
	unsigned char *packed;		/* room for one */
	uint8_t *path;
	unsigned depth_max;
	struct live_schedules *out;
	unsigned max;
	uint64_t random;
	bool no_memory;
};

static uint64_t add(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

/* splitmix64 */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* ---- counts ---- */

static size_t find(const struct counts *c, const unsigned char *key)
{
	size_t i = XXH3_64bits(key, c->key_size) & (c->slots - 1);

	while (c->slot[i] && memcmp(c->key + (c->slot[i] - 1) * c->key_size, key, c->key_size))
		i = (i + 1) & (c->slots - 1);
	return i;
}

static bool grow(struct counts *c)
{
	size_t slots = c->slots ? c->slots * 2 : 1024;
	unsigned char *key = realloc(c->key, slots / 2 * c->key_size);
	uint64_t *count;

	if (!key)
		return false;
	c->key = key;
	count = realloc(c->count, slots / 2 * sizeof(*count));
	if (!count)
		return false;
	c->count = count;
	free(c->slot);
	c->slot = calloc(slots, sizeof(*c->slot));
	c->slots = slots;
	if (!c->slot)
		return false;
	for (size_t i = 0; i < c->nr; i++)
		c->slot[find(c, c->key + i * c->key_size)] = (uint32_t)i + 1;
	return true;
}

static bool remember(struct walk *w, const unsigned char *key, uint64_t count)
{
	struct counts *c = &w->counts;

	if (c->nr == MAX_MEMORY / c->key_size) {
		c->full = true;
		return true;
	}
	if (c->nr == c->slots / 2 && !grow(c))
		return false;
	memcpy(c->key + c->nr * c->key_size, key, c->key_size);
	c->count[c->nr] = count;
	c->slot[find(c, key)] = (uint32_t)++c->nr;
	return true;
}

static const uint64_t *recall(struct walk *w, const struct cow_state *s)
{
	struct counts *c = &w->counts;
	size_t i;

	cow_state_pack(w->m, s, w->packed);
	i = find(c, w->packed);
	return c->slot[i] ? &c->count[c->slot[i] - 1] : NULL;
}

/* Interleavings from state[DEPTH] on. */
static uint64_t count(struct walk *w, unsigned depth)
{
	struct cow_state *s = &w->state[depth];
	const uint64_t *known = recall(w, s);
	uint64_t n;
	bool stuck;

	if (known)
		return *known;
	/* More than can be remembered: it will not be the exact number. */
	if (w->counts.full || w->no_memory)
		return 1;
	n = cow_model_final(w->m, s, &stuck);
	for (unsigned t = 0; t < w->m->prog->nr_threads; t++) {
		w->state[depth + 1] = *s;
		if (cow_model_step(w->m, &w->state[depth + 1], t))
			n = add(n, count(w, depth + 1));
	}
	cow_state_pack(w->m, s, w->packed);
	w->no_memory |= !remember(w, w->packed, n);
	return n;
}

/* ---- the list ---- */

static bool same(const struct live_schedule *s, const uint8_t *path, unsigned n)
{
	return s->steps == n && !memcmp(s->thread, path, n);
}

static void emit(struct walk *w, unsigned n)
{
	struct live_schedule *s = &w->out->schedule[w->out->nr];

	s->thread = malloc(n ? n : 1);
	if (!s->thread) {
		w->no_memory = true;
		return;
	}
	memcpy(s->thread, w->path, n);
	s->steps = n;
	w->out->nr++;
}

static void list_all(struct walk *w, unsigned depth)
{
	struct cow_state *s = &w->state[depth];
	bool stuck;

	if (cow_model_final(w->m, s, &stuck))
		emit(w, depth);
	for (unsigned t = 0; t < w->m->prog->nr_threads && !w->no_memory; t++) {
		w->state[depth + 1] = *s;
		if (!cow_model_step(w->m, &w->state[depth + 1], t))
			continue;
		w->path[depth] = (uint8_t)t;
		list_all(w, depth + 1);
	}
}

/* One interleaving into w->path; its length. */
static unsigned draw_path(struct walk *w)
{
	unsigned depth = 0;

	for (;; depth++) {
		struct cow_state *s = &w->state[depth], *next = &w->state[depth + 1];
		uint64_t weight[COW_MAX_THREADS] = { 0 }, total, left;
		unsigned last = COW_MAX_THREADS;
		bool stuck;

		total = cow_model_final(w->m, s, &stuck);
		left = total;		/* ends here with that weight */
		for (unsigned t = 0; t < w->m->prog->nr_threads; t++) {
			const uint64_t *known;

			*next = *s;
			if (!cow_model_step(w->m, next, t))
				continue;
			known = recall(w, next);
			weight[t] = 1;
			if (known && !w->counts.full)
				weight[t] = *known < MAX_WEIGHT ? *known : MAX_WEIGHT;
			total += weight[t];
			last = t;
		}
		if (last == COW_MAX_THREADS)
			return depth;
		total = draw(&w->random) % total;
		if (total < left)
			return depth;
		total -= left;
		for (unsigned t = 0; t < w->m->prog->nr_threads; t++) {
			if (weight[t] && (total < weight[t] || t == last)) {
				last = t;
				break;
			}
			total -= weight[t];
		}
		*next = *s;
		cow_model_step(w->m, next, last);
		w->path[depth] = (uint8_t)last;
	}
}

static void sample(struct walk *w)
{
	for (unsigned i = 0; i < w->max && !w->no_memory; i++) {
		for (unsigned try = 0; try < MAX_TRIES; try++) {
			unsigned n = draw_path(w), k = 0;

			while (k < w->out->nr && !same(&w->out->schedule[k], w->path, n))
				k++;
			if (k < w->out->nr)
				continue;
			emit(w, n);
			break;
		}
	}
}

int live_schedules(struct cow_model *m, unsigned max, uint64_t seed, struct live_schedules *out)
{
	struct walk w = { .m = m, .out = out, .max = max, .random = seed };
	int err = -ENOMEM;

	*out = (struct live_schedules){ 0 };
	for (unsigned t = 0; t < m->prog->nr_threads; t++)
		w.depth_max += m->prog->threads[t].nops;
	w.counts.key_size = cow_state_size(m);
	w.packed = malloc(w.counts.key_size);
	w.state = malloc((w.depth_max + 2) * sizeof(*w.state));
	w.path = malloc(w.depth_max + 1);
	if (!w.packed || !w.state || !w.path || !grow(&w.counts))
		goto out;
	cow_model_start(m, &w.state[0]);
	out->total = count(&w, 0);
	if (w.counts.full)
		out->total = UINT64_MAX;
	out->schedule = calloc(out->total < max ? out->total : max, sizeof(*out->schedule));
	if (!out->schedule || w.no_memory)
		goto out;
	cow_model_start(m, &w.state[0]);
	if (out->total <= max)
		list_all(&w, 0);
	else
		sample(&w);
	err = w.no_memory ? -ENOMEM : 0;
out:
	free(w.packed);
	free(w.state);
	free(w.path);
	free(w.counts.key);
	free(w.counts.count);
	free(w.counts.slot);
	if (err)
		live_schedules_free(out);
	return err;
}

void live_schedules_free(struct live_schedules *s)
{
	for (unsigned i = 0; i < s->nr; i++)
		free(s->schedule[i].thread);
	free(s->schedule);
	*s = (struct live_schedules){ 0 };
}
