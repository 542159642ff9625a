/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* cowherd list: what is known of kernels, commits, rules, operations and hazards. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"

struct list {
	struct cmd_options o;
	const char *what;
	struct cow_history *history;
	struct cow_kernels kernels;
};

static const struct argp_option option_table[] = {
	{ "verbose", 'v', 0, 0, "Also notes", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct list *l = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &l->o;
		state->child_inputs[1] = &l->o;
		return 0;
	case 'v':
		l->o.verbose = true;
		return 0;
	case ARGP_KEY_ARG:
		if (l->what)
			argp_error(state, "one list at a time");
		l->what = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which list? kernels, commits, rules, ops, hazards");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {
	{ &cmd_kernel_argp, 0, 0, 0 }, { &cmd_output_argp, 0, 0, 0 }, { 0 }
};

static const struct argp argp = {
	.options = option_table,
	.parser = parse,
	.args_doc = "kernels|commits|rules|ops|hazards",
	.doc = "Lists what is known. With --kernel: these kernels; rules: their values on them.\v"
	       "  cowherd list kernels\n"
	       "  cowherd list rules --kernel v5.9,debian-11",
	.children = children,
};

static int list_kernels(struct list *l)
{
	const struct cow_style style = cmd_style(&l->o);

	cmd_wrote(l->o.json ? cow_json_kernels(stdout, &l->kernels) :
		  cow_report_kernels(stdout, l->history, &l->kernels, &style));
	return CMD_OK;
}

static int list_commits(struct list *l)
{
	const struct cow_style style = cmd_style(&l->o);

	cmd_wrote(l->o.json ? cow_json_commits(stdout, l->history) :
		  cow_report_commits(stdout, l->history, &style));
	return CMD_OK;
}

static int list_rules(struct list *l)
{
	const struct cow_kernels *k = l->o.kernels ? &l->kernels : NULL;
	const struct cow_style style = cmd_style(&l->o);

	cmd_wrote(l->o.json ? cow_json_rules(stdout, l->history, k) :
		  cow_report_rules(stdout, l->history, k, &style));
	return CMD_OK;
}

/* Blanks that bring TEXT, which is UTF-8, to WIDTH columns. */
static int padding(const char *text, int width)
{
	for (; *text; text++)
		width -= (*text & 0xc0) != 0x80;
	return width > 0 ? width : 0;
}

static int list_ops(struct list *l)
{
	for (size_t op = 0; op < cow_operations(); op++) {
		char form[96];

		cow_operation_form(op, form, sizeof(form));
		if (l->o.json)
			cmd_json("operation", json_pack("{s:s, s:s, s:b}", "form", form, "meaning",
							cow_operation_meaning(op), "generated",
							cow_operation_generated(op)));
		else
			printf("%s%*s %s\n", form, padding(form, 48), "", cow_operation_meaning(op));
	}
	return CMD_OK;
}

static int list_hazards(struct list *l)
{
	for (int i = 0; i < COW_NR_HAZARDS; i++) {
		unsigned hazard = 1u << i;
		char letter = cow_hazard_letter(hazard);

		if (l->o.json)
			cmd_json("hazard", json_pack("{s:s#, s:s, s:s}", "letter", &letter, 1, "name",
						     cow_hazard_name(hazard), "meaning",
						     cow_hazard_meaning(hazard)));
		else
			printf("%c  %-11s %s\n", letter, cow_hazard_name(hazard),
			       cow_hazard_meaning(hazard));
	}
	return CMD_OK;
}

static const struct {
	const char *name;
	int (*list)(struct list *l);
	bool all_kernels;	/* without --kernel: all of them, else none */
} lists[] = {
	{ "kernels", list_kernels, true },
	{ "commits", list_commits, false },
	{ "rules", list_rules, false },
	{ "ops", list_ops, false },
	{ "hazards", list_hazards, false },
};
enum { NR_LISTS = sizeof(lists) / sizeof(lists[0]) };

static int run(struct list *l, int which)
{
	struct cmd_options o = l->o;
	int status = CMD_OK;

	l->history = cmd_history(&o, &status);
	if (!l->history)
		return status;
	if (!o.kernels && lists[which].all_kernels)
		o.kernels = "all";
	if (o.kernels)
		status = cmd_kernels(&o, l->history, &l->kernels);
	if (status == CMD_OK)
		status = lists[which].list(l);
	cow_kernels_free(&l->kernels);
	cow_history_free(l->history);
	return status;
}

int cmd_list(int argc, char **argv)
{
	struct list l = { 0 };
	const char *names[NR_LISTS], *nearest;
	int status = CMD_USAGE, found = -1;

	argp_parse(&argp, argc, argv, 0, NULL, &l);
	for (int i = 0; i < NR_LISTS; i++) {
		names[i] = lists[i].name;
		if (!strncmp(l.what, lists[i].name, strlen(l.what)) && *l.what)
			found = i;
	}
	nearest = cow_nearest_word(l.what, names, NR_LISTS);
	if (found >= 0)
		status = run(&l, found);
	else if (nearest)
		cmd_error("no list \"%s\"; did you mean \"%s\"?", l.what, nearest);
	else
		cmd_error("no list \"%s\"; there are kernels, commits, rules, ops, hazards", l.what);
	free(l.o.history_files);
	return status;
}
