/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* cowherd bisect: the commits at which the verdict of a scenario changed. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"

struct bisect {
	struct cmd_options o;
	const char *file;
	const char *text;	/* -e */
};

static const struct argp_option option_table[] = {
	{ "expression", 'e', "TEXT", 0, "A scenario on the command line", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct bisect *b = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &b->o;
		state->child_inputs[1] = &b->o;
		state->child_inputs[2] = &b->o;
		return 0;
	case 'e':
		b->text = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (b->file)
			argp_error(state, "one scenario at a time");
		b->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!b->file == !b->text)
			argp_error(state, "which scenario? FILE or -e TEXT");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {
	{ &cmd_history_argp, 0, 0, 0 }, { &cmd_limit_argp, 0, 0, 0 }, { &cmd_output_argp, 0, 0, 0 },
	{ 0 }
};

static const struct argp argp = {
	.options = option_table,
	.parser = parse,
	.args_doc = "FILE\n-e TEXT",
	.doc = "Walks the history of mainline commit by commit and names each one at which the "
	       "verdict of the scenario changed, for better or worse.\v"
	       "  cowherd bisect seed.litmus\n\n"
	       "Exit status: 0 done, 2 usage or syntax, 3 incomplete.",
	.children = children,
};

static int bisect_test(const struct bisect *b, const struct cow_test *t)
{
	struct cow_options options = { .max_states = b->o.max_states,
				       .progress = cmd_progress_states,
				       .arg = (void *)cow_test_name(t) };
	struct cow_style style = cmd_style(&b->o);
	struct cow_change *changes = NULL;
	size_t nr = 0;
	struct cow_history *h;
	int status = CMD_OK, error;

	h = cmd_history(&b->o, &status);
	if (!h)
		return status;
	error = cow_bisect(t, h, &options, &changes, &nr);
	cmd_progress_end();
	if (error) {
		status = cmd_failed(error, cow_test_file(t));
	} else {
		cmd_wrote(b->o.json ? cow_json_bisect(stdout, t, changes, nr) :
				      cow_report_bisect(stdout, t, changes, nr, &style));
		for (size_t i = 0; i < nr; i++)
			if (!changes[i].before.complete || !changes[i].after.complete)
				status = CMD_INCOMPLETE;
	}
	free(changes);
	cow_history_free(h);
	return status;
}

int cmd_bisect(int argc, char **argv)
{
	struct bisect b = { 0 };
	struct cow_test *t;
	int status = CMD_USAGE;

	argp_parse(&argp, argc, argv, 0, NULL, &b);
	cmd_catch_signals();
	t = cmd_read_test(&b.o, b.text, b.file);
	if (t)
		status = bisect_test(&b, t);
	cow_test_free(t);
	free(b.o.history_files);
	return status;
}
