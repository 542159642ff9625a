/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * gen.c - cow_gen_random(): memory, who runs when, and the scenario's text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <cowherd/cowherd.h>
#include "gen.h"

/* ---- memory ---- */

static void add_region(struct gen *g, unsigned npages)
{
	static const char *const name[] = { "x", "f", "z" };
	static const struct { enum cow_kind kind; bool shared; } kinds[] = {
		{ COW_ANON, false }, { COW_UNTOUCHED, false }, { COW_FILE, false },
		{ COW_FILE, true }, { COW_MEMFD, false }, { COW_MEMFD, true }, { COW_ANON, true },
	};
	static const unsigned weight[] = { 60, 10, 10, 3, 6, 5, 6 };
	struct gen_region *r = &g->region[g->nr_regions];
	unsigned kind = gen_weighted(g, weight, 7);

	*r = (struct gen_region){ .name = name[g->nr_regions], .kind = kinds[kind].kind,
				  .shared = kinds[kind].shared, .page = g->nr_pages,
				  .npages = npages };
	g->nr_regions++;
	for (; npages; npages--, g->nr_pages++) {
		g->proc[0].mm.mapped[g->nr_pages] = true;
		g->proc[0].mm.prot[g->nr_pages] = COW_PROT_READ | COW_PROT_WRITE;
	}
}

static void add_memory(struct gen *g)
{
	static const unsigned weight[] = { 45, 25, 20, 10 };

	switch (gen_weighted(g, weight, 4)) {
	case 0:
		add_region(g, 1);
		break;
	case 1:
		add_region(g, 2);
		break;
	case 2:
		add_region(g, 1);
		add_region(g, 1);
		break;
	default:
		add_region(g, 1);
		add_region(g, 2);
		break;
	}
}

static void print_region(FILE *f, const struct gen_region *r)
{
	static const char *const kind[] = { [COW_ANON] = "anon", [COW_UNTOUCHED] = "untouched",
					    [COW_FILE] = "file", [COW_MEMFD] = "memfd" };

	fprintf(f, " %s %s[%u]", kind[r->kind], r->name, r->npages);
	if (r->kind != COW_UNTOUCHED)
		fprintf(f, " = 1");
	if (r->shared)
		fprintf(f, " shared");
	fputc(';', f);
}

/* ---- who runs ---- */

/* Somebody who can still do something; who just ran most likely goes on. */
static int draw_thread(struct gen *g, int last)
{
	unsigned weight[GEN_THREADS] = { 0 }, any = 0;

	for (unsigned t = 0; t < g->nr_threads; t++) {
		const struct gen_thread *th = &g->thread[t];
		bool spent = th->proc > 0 && !g->proc[th->proc].left;

		if (th->closed || (th->proc >= 0 && !g->proc[th->proc].started) ||
		    (th->proc < 0 && !g->nr_pins))
			continue;
		weight[t] = spent ? 0 : (int)t == last ? 5 : t == 0 ? 3 : 2;
		any |= weight[t];
	}
	return any ? (int)gen_weighted(g, weight, g->nr_threads) : -1;
}

/* A child that was just started, and its parent: who goes first, or do they not care? */
static void order(struct gen *g, unsigned parent, unsigned child)
{
	switch (gen_below(g, 5)) {
	case 0:
	case 1:
		/* All of the child, then the parent. */
		for (unsigned i = g->proc[g->thread[child].proc].left; i && !g->thread[child].closed;
		     i--)
			gen_operation(g, child);
		g->proc[g->thread[child].proc].left = 0;
		if (!g->thread[child].closed) {
			gen_say(g, child, "exit();");
			g->proc[g->thread[child].proc].ends = true;
			g->thread[child].closed = true;
		}
		if (!g->proc[g->thread[child].proc].execed) {
			gen_say(g, parent, "wait(%s);", (const char *[]){ "A", "B", "C" }[
				g->thread[child].proc]);
			g->proc[g->thread[child].proc].waited = true;
		}
		break;
	case 2:
		/* The parent some more, then the child. */
		g->nr_barriers++;
		gen_say(g, child, "barrier(%u);", g->nr_barriers);
		for (unsigned i = 1 + gen_below(g, 3); i && !g->thread[parent].closed; i--)
			if (g->nr_threads == child + 1)
				gen_operation(g, parent);
		if (!g->thread[parent].closed)
			gen_say(g, parent, "barrier(%u);", g->nr_barriers);
		break;
	default:
		break;
	}
}

static void end_children(struct gen *g)
{
	for (unsigned p = 1; p < g->nr_procs; p++) {
		unsigned t = g->proc[p].main;

		if (g->proc[p].ends || (!g->proc[p].must_end && gen_chance(g, 40)))
			continue;
		if (!g->proc[p].execed || g->proc[p].waited)
			gen_say(g, t, "exit();");
	}
}

static void add_operations(struct gen *g, unsigned n)
{
	int t = 0;

	while (n--) {
		unsigned threads = g->nr_threads, before;

		t = draw_thread(g, t);
		if (t < 0)
			return;
		before = g->thread[t].ops;
		if (!gen_operation(g, (unsigned)t))
			continue;
		if (g->thread[t].proc > 0)
			g->proc[g->thread[t].proc].left--;
		if (g->nr_threads > threads && g->thread[t].ops > before)
			order(g, (unsigned)t, threads);
	}
}

/* ---- text ---- */

static void print_block(FILE *f, const struct gen *g, unsigned t)
{
	static const char *const proc[] = { "A", "B", "C" };
	const struct gen_thread *th = &g->thread[t];

	if (!th->ops && (th->proc < 0 || g->proc[th->proc].main != t))
		return;
	if (th->proc < 0)
		fprintf(f, "\ndevice nic {\n");
	else if (g->proc[th->proc].main != t)
		fprintf(f, "\n%s.t1 {\n", proc[th->proc]);
	else
		fprintf(f, "\n%s {\n", proc[th->proc]);
	for (const char *s = th->text; *s; s++) {
		if (s == th->text || s[-1] == ';')
			fputs("    ", f);
		fputc(*s, f);
		if (*s == ';')
			fputc('\n', f);
	}
	fprintf(f, "}\n");
}

static void print(FILE *f, const struct gen *g, uint64_t seed)
{
	fprintf(f, "COW random-%llu\n\n{", (unsigned long long)seed);
	for (unsigned i = 0; i < g->nr_regions; i++)
		if (!g->region[i].moved)
			print_region(f, &g->region[i]);
	fprintf(f, " }\n");
	for (unsigned t = 0; t < g->nr_threads; t++)
		print_block(f, g, t);
}

/* The first process, perhaps another thread of it, perhaps a device. */
static void add_threads(struct gen *g)
{
	g->nr_procs = 1;
	g->nr_threads = 1;
	g->proc[0].parent = -1;
	g->proc[0].started = true;
	if (gen_chance(g, 10))
		g->thread[g->nr_threads++].proc = 0;
	if (gen_chance(g, 20))
		g->thread[g->nr_threads++].proc = -1;
}

struct cow_test *cow_gen_random(uint64_t seed)
{
	struct gen *g = calloc(1, sizeof(*g));
	struct cow_test *t = NULL;
	char *text = NULL;
	size_t size;
	FILE *f;

	if (!g)
		return NULL;
	g->random = seed;
	g->next_value = 2;
	g->parts = gen_chance(g, 25);
	add_memory(g);
	add_threads(g);
	add_operations(g, 4 + gen_below(g, 9));
	end_children(g);
	f = open_memstream(&text, &size);
	if (f) {
		print(f, g, seed);
		if (!fclose(f))
			t = cow_test_parse("generated", text, size, NULL);
	}
	free(text);
	free(g);
	return t;
}
