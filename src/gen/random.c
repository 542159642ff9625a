/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#include "gen.h"

/* splitmix64: any seed is as good as any other. */
uint64_t gen_draw(struct gen *g)
{
	uint64_t z = g->random += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

unsigned gen_below(struct gen *g, unsigned n)
{
	return (unsigned)(gen_draw(g) % n);
}

bool gen_chance(struct gen *g, unsigned percent)
{
	return gen_below(g, 100) < percent;
}

unsigned gen_weighted(struct gen *g, const unsigned *weight, unsigned n)
{
	unsigned total = 0, at;

	for (unsigned i = 0; i < n; i++)
		total += weight[i];
	at = total ? gen_below(g, total) : 0;
	for (unsigned i = 0; i < n; i++) {
		if (at < weight[i])
			return i;
		at -= weight[i];
	}
	return n - 1;
}
