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

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct list *l = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &l->o;
		state->child_inputs[1] = &l->o;
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
	.parser = parse,
	.args_doc = "kernels|commits|rules|ops|hazards",
	.doc = "Lists what is known. With --kernel: these kernels; rules: their values on them.\v"
	       "  cowherd list kernels\n"
	       "  cowherd list rules --kernel v5.9,debian-11",
	.children = children,
};

static void print_kernel(const struct list *l, const struct cow_kernel *k)
{
	const char *definition = cow_kernel_definition(k), *note = cow_kernel_note(k);

	if (l->o.json) {
		cmd_json("kernel", json_pack("{s:s, s:b, s:s*, s:s*}", "name", cow_kernel_name(k),
					     "mainline", cow_kernel_is_mainline(k), "definition",
					     definition, "note", note));
		return;
	}
	printf("%-16s", cow_kernel_name(k));
	/* A release of mainline is its own definition. */
	if (definition && !cow_kernel_is_mainline(k))
		printf(" %s", definition);
	putchar('\n');
	if (note && l->o.verbose)
		printf("%16s # %s\n", "", note);
}

static int list_kernels(struct list *l)
{
	for (size_t i = 0; i < l->kernels.nr; i++)
		print_kernel(l, l->kernels.kernel[i]);
	return CMD_OK;
}

static int list_commits(struct list *l)
{
	for (size_t i = 0; i < cow_history_commits(l->history); i++) {
		const struct cow_commit *c = cow_history_commit(l->history, i);
		const char *confidence = cow_confidence_name(cow_commit_confidence(c));

		if (l->o.json)
			cmd_json("commit", json_pack("{s:s, s:s, s:s, s:s}", "id", cow_commit_id(c),
						     "release", cow_commit_release(c), "title",
						     cow_commit_title(c), "confidence", confidence));
		else
			printf("%-12s  %-9s  %-11s  %s\n", cow_commit_id(c), cow_commit_release(c),
			       confidence, cow_commit_title(c));
	}
	return CMD_OK;
}

static void json_rule(const struct list *l, size_t rule)
{
	json_t *values = json_array(), *kernels = json_array();

	for (size_t i = 0; i < cow_rule_values(rule); i++)
		json_array_append_new(values, json_pack("{s:s, s:s}", "name", cow_rule_value(rule, i),
							"meaning", cow_rule_value_meaning(rule, i)));
	for (size_t i = 0; i < l->kernels.nr; i++) {
		const struct cow_kernel *k = l->kernels.kernel[i];
		char buf[96];

		json_array_append_new(kernels, json_pack("{s:s, s:s, s:s}", "kernel", cow_kernel_name(k),
			"value", cow_kernel_rule(k, rule, buf, sizeof(buf)), "confidence",
			cow_confidence_name(cow_kernel_rule_confidence(k, rule))));
	}
	cmd_json("rule", json_pack("{s:s, s:s, s:o, s:o}", "name", cow_rule_name(rule), "question",
				   cow_rule_question(rule), "values", values, "kernels", kernels));
}

static void print_rule(size_t rule)
{
	printf("%s\n    %s\n", cow_rule_name(rule), cow_rule_question(rule));
	for (size_t i = 0; i < cow_rule_values(rule); i++)
		printf("    %-26s %s\n", cow_rule_value(rule, i), cow_rule_value_meaning(rule, i));
}

static void print_rule_on_kernels(const struct list *l, size_t rule)
{
	for (size_t i = 0; i < l->kernels.nr; i++) {
		const struct cow_kernel *k = l->kernels.kernel[i];
		char buf[96];

		printf("%-18s %-16s %-34s %s\n", i ? "" : cow_rule_name(rule), cow_kernel_name(k),
		       cow_kernel_rule(k, rule, buf, sizeof(buf)),
		       cow_confidence_name(cow_kernel_rule_confidence(k, rule)));
	}
}

static int list_rules(struct list *l)
{
	for (size_t rule = 0; rule < cow_rules(); rule++) {
		if (l->o.json)
			json_rule(l, rule);
		else if (l->o.kernels)
			print_rule_on_kernels(l, rule);
		else
			print_rule(rule);
	}
	return CMD_OK;
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
			printf("%-52s %s\n", form, cow_operation_meaning(op));
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
