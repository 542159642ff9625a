/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Options that several subcommands have, and what follows from them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd.h"

enum { OPT_HISTORY = 256, OPT_MAX_STATES, OPT_JSON, OPT_COLOR, OPT_GRAIN, OPT_QUIET_KERNEL };

static const struct argp_option kernel_options[] = {
	{ "kernel", 'k', "SPEC", 0, "Kernels: v5.10, debian-11, ranges v5.9..v5.18, v5.19.., "
	  "mainline, all, running; several with commas", 0 },
	{ 0 }
};

static const struct argp_option history_options[] = {
	{ "history", OPT_HISTORY, "FILE", 0, "Also read kernels and commits from FILE", 0 },
	{ 0 }
};

static const struct argp_option limit_options[] = {
	{ "max-states", OPT_MAX_STATES, "N", 0, "Give up an exploration after N states", 0 },
	{ "grain", OPT_GRAIN, "GRAIN", 0, "call: whole calls interleave; step: their sub-steps, "
	  "too (default: as the scenario's options say)", 0 },
	{ "quiet-kernel", OPT_QUIET_KERNEL, 0, 0, "Kernel daemons do nothing", 0 },
	{ 0 }
};

static const struct argp_option output_options[] = {
	{ "json", OPT_JSON, 0, 0, "Print JSON, one object a line (cowherd-1.schema.json)", 0 },
	{ "color", OPT_COLOR, "WHEN", 0, "auto (as NO_COLOR, CLICOLOR_FORCE and the terminal "
	  "say), always, never", 0 },
	{ 0, 'h', 0, OPTION_HIDDEN, 0, 0 },
	{ 0 }
};

uint64_t cmd_number(struct argp_state *state, const char *arg, uint64_t min, const char *what)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(arg, &end, 0);
	if (errno || end == arg || *end || *arg == '-' || v < min)
		argp_error(state, "%s: \"%s\" is not a number from %llu up", what, arg,
			   (unsigned long long)min);
	return v;
}

static error_t parse_kernel(int key, char *arg, struct argp_state *state)
{
	struct cmd_options *o = state->input;

	if (key == ARGP_KEY_INIT)
		state->child_inputs[0] = o;
	if (key != 'k')
		return ARGP_ERR_UNKNOWN;
	o->kernels = arg;
	return 0;
}

static error_t parse_history(int key, char *arg, struct argp_state *state)
{
	struct cmd_options *o = state->input;
	const char **files;

	switch (key) {
	case OPT_HISTORY:
		files = reallocarray(o->history_files, o->nr_history_files + 1, sizeof(*files));
		if (!files)
			argp_failure(state, CMD_USAGE, ENOMEM, "--history");
		files[o->nr_history_files++] = arg;
		o->history_files = files;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_limit(int key, char *arg, struct argp_state *state)
{
	struct cmd_options *o = state->input;

	switch (key) {
	case OPT_MAX_STATES:
		o->max_states = cmd_number(state, arg, 1, "--max-states");
		return 0;
	case OPT_GRAIN:
		if (!strcmp(arg, "call"))
			o->grain = CMD_GRAIN_CALL;
		else if (!strcmp(arg, "step"))
			o->grain = CMD_GRAIN_STEP;
		else
			argp_error(state, "--grain: \"%s\" is not call or step", arg);
		return 0;
	case OPT_QUIET_KERNEL:
		o->quiet_kernel = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_output(int key, char *arg, struct argp_state *state)
{
	struct cmd_options *o = state->input;

	switch (key) {
	case OPT_JSON:
		o->json = true;
		return 0;
	case OPT_COLOR:
		if (!strcmp(arg, "auto"))
			o->color = CMD_COLOR_AUTO;
		else if (!strcmp(arg, "always"))
			o->color = CMD_COLOR_ALWAYS;
		else if (!strcmp(arg, "never"))
			o->color = CMD_COLOR_NEVER;
		else
			argp_error(state, "--color: \"%s\" is not auto, always or never", arg);
		return 0;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	case ARGP_KEY_SUCCESS:
		cmd_messages_color(o->color);
		if (o->json)
			cmd_messages_as_json();
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp cmd_history_argp = { history_options, parse_history, 0, 0, 0, 0, 0 };
static const struct argp_child history_child[] = { { &cmd_history_argp, 0, 0, 0 }, { 0 } };
const struct argp cmd_kernel_argp = { kernel_options, parse_kernel, 0, 0, history_child, 0, 0 };
const struct argp cmd_limit_argp = { limit_options, parse_limit, 0, 0, 0, 0, 0 };
const struct argp cmd_output_argp = { output_options, parse_output, 0, 0, 0, 0, 0 };

struct cow_style cmd_style(const struct cmd_options *o)
{
	return (struct cow_style){ .color = cmd_use_color(o->color, STDOUT_FILENO),
				   .verbose = o->verbose };
}

struct cow_history *cmd_history(const struct cmd_options *o, int *status)
{
	struct cow_history *h = cow_history_new();

	if (!h) {
		*status = cmd_failed(-ENOMEM, "history");
		return NULL;
	}
	for (size_t i = 0; i < o->nr_history_files; i++) {
		int error = cow_history_read(h, o->history_files[i], &cmd_diag);

		if (error) {
			if (error != -EINVAL)
				cmd_error("%s: %s", o->history_files[i], strerror(-error));
			*status = CMD_USAGE;
			cow_history_free(h);
			return NULL;
		}
	}
	return h;
}

/* A name that is not known is a mistake; a running kernel that is not, a limit of ours. */
static int unknown_kernel(int error, const char *spec)
{
	return error == -EINVAL && !strcmp(spec, "running") ? CMD_INCOMPLETE :
							       cmd_failed(error, "--kernel");
}

int cmd_kernels(const struct cmd_options *o, struct cow_history *h, struct cow_kernels *out)
{
	int error = cow_kernels_select(h, o->kernels, out, NULL, 0, 0, &cmd_diag);

	if (error)
		return unknown_kernel(error, o->kernels);
	if (!out->nr) {
		cmd_error("--kernel %s: that is no kernel at all", o->kernels);
		cow_kernels_free(out);
		return CMD_USAGE;
	}
	return CMD_OK;
}

int cmd_one_kernel(const char *spec, struct cow_history *h, const char *verb,
		   const struct cow_kernel **out)
{
	struct cow_kernels kernels = { 0 };
	int error = cow_kernels_select(h, spec, &kernels, NULL, 0, 0, &cmd_diag);

	if (error)
		return unknown_kernel(error, spec);
	if (kernels.nr != 1) {
		cmd_error("%s wants one kernel; \"%s\" is %zu", verb, spec, kernels.nr);
		cow_kernels_free(&kernels);
		return CMD_USAGE;
	}
	*out = kernels.kernel[0];
	cow_kernels_free(&kernels);
	return CMD_OK;
}

int cmd_worse(int a, int b)
{
	static const int rank[] = { [CMD_OK] = 0, [CMD_HAZARD] = 1, [CMD_INCOMPLETE] = 2,
				    [CMD_USAGE] = 3 };

	return rank[a] > rank[b] ? a : b;
}
