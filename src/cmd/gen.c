/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* cowherd gen: prints generated scenarios, or writes them to a directory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cmd.h"

enum { OPT_SEED = 512, OPT_COUNT };

struct gen {
	struct cmd_options o;
	uint64_t seed, count;
	const char *dir;
};

static const struct argp_option option_table[] = {
	{ "seed", OPT_SEED, "N", 0, "The scenario of seed N (default 1)", 0 },
	{ "count", OPT_COUNT, "K", 0, "And of the next K - 1 seeds", 0 },
	{ "output", 'o', "DIR", 0, "Write each to DIR/seed-N.litmus", 0 },
	{ 0, 'h', 0, OPTION_HIDDEN, 0, 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct gen *g = state->input;

	switch (key) {
	case OPT_SEED:
		g->seed = cmd_number(state, arg, 0, "--seed");
		return 0;
	case OPT_COUNT:
		g->count = cmd_number(state, arg, 1, "--count");
		return 0;
	case 'o':
		g->dir = arg;
		return 0;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse,
	.doc = "Prints the scenario of a seed. One version of cowherd makes the same scenario of a "
	       "seed on every machine.\v"
	       "  cowherd gen --seed 7\n"
	       "  cowherd gen --count 2000 -o generated && cowherd live generated",
};

static int write_file(const char *dir, uint64_t seed, const struct cow_test *t)
{
	char *path;
	FILE *f;
	int error;

	if (asprintf(&path, "%s/seed-%llu.litmus", dir, (unsigned long long)seed) < 0)
		return cmd_failed(-ENOMEM, dir);
	f = fopen(path, "w");
	error = f ? cow_test_print(t, f) : -errno;
	if (f && fclose(f) && !error)
		error = -errno;
	if (error)
		cmd_error("%s: %s", path, strerror(-error));
	free(path);
	return error ? CMD_USAGE : CMD_OK;
}

int cmd_gen(int argc, char **argv)
{
	struct gen g = { .seed = 1, .count = 1 };
	int status = CMD_OK;

	argp_parse(&argp, argc, argv, 0, NULL, &g);
	cmd_catch_signals();
	if (g.dir && mkdir(g.dir, 0777) && errno != EEXIST) {
		cmd_error("%s: %s", g.dir, strerror(errno));
		return CMD_USAGE;
	}
	for (uint64_t i = 0; i < g.count && status == CMD_OK && !ferror(stdout); i++) {
		struct cow_test *t;

		if (cmd_interrupted())
			return CMD_INCOMPLETE;
		t = cow_gen_random(g.seed + i);
		if (!t)
			return cmd_failed(-ENOMEM, "gen");
		if (g.dir) {
			status = write_file(g.dir, g.seed + i, t);
		} else {
			if (i)
				putchar('\n');
			cmd_wrote(cow_test_print(t, stdout));
		}
		cow_test_free(t);
	}
	return status;
}
