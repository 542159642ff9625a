/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* cowherd check: scenarios on kernels, and what their authors expect. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"

enum { OPT_NO_EXPECT = 512 };

enum judgement { AS_EXPECTED, UNEXPECTED, SAFE, HAZARDOUS, INCOMPLETE, UNREADABLE, NR_JUDGEMENTS };

static const struct {
	const char *line;	/* in front of a scenario's name */
	const char *count;	/* after a number of scenarios */
	const char *color;
	int status;
} judgement_info[] = {
	[AS_EXPECTED] = { "as expected", "as expected", "32", CMD_OK },
	[UNEXPECTED] = { "UNEXPECTED", "unexpected", "1;31", CMD_HAZARD },
	[SAFE] = { "safe", "safe", "32", CMD_OK },
	[HAZARDOUS] = { "HAZARD", "with a hazard", "1;31", CMD_HAZARD },
	[INCOMPLETE] = { "INCOMPLETE", "incomplete", "1;33", CMD_INCOMPLETE },
	[UNREADABLE] = { "UNREADABLE", "unreadable", "1;31", CMD_USAGE },
};

struct check {
	struct cmd_options o;
	struct cmd_files files;
	const char **texts;	/* -e */
	size_t nr_texts;
	bool no_expect;

	struct cow_history *history;
	struct cow_kernels kernels;
	struct cow_style style;
	bool many;		/* a line for each scenario, details of the bad ones only */
	size_t count[NR_JUDGEMENTS];
	int status;
};

static const struct argp_option option_table[] = {
	{ "expression", 'e', "TEXT", 0, "A scenario on the command line (may be repeated)", 0 },
	{ "quiet", 'q', 0, 0, "Only what went wrong, and the exit status", 0 },
	{ "verbose", 'v', 0, 0, "The whole report of each of many scenarios", 0 },
	{ "no-expect", OPT_NO_EXPECT, 0, 0, "Judge by hazards and the condition alone, not by the "
	  "expectations in the file", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct check *c = state->input;
	const char **texts;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &c->o;
		state->child_inputs[1] = &c->o;
		state->child_inputs[2] = &c->o;
		return 0;
	case 'e':
		texts = reallocarray(c->texts, c->nr_texts + 1, sizeof(*texts));
		if (!texts)
			argp_failure(state, CMD_USAGE, ENOMEM, "-e");
		texts[c->nr_texts++] = arg;
		c->texts = texts;
		return 0;
	case 'q':
		c->o.quiet = true;
		return 0;
	case 'v':
		c->o.verbose = true;
		return 0;
	case OPT_NO_EXPECT:
		c->no_expect = true;
		return 0;
	case ARGP_KEY_ARG:
		c->status = cmd_worse(c->status, cmd_files_add(&c->files, arg));
		return 0;
	case ARGP_KEY_NO_ARGS:
		if (!c->nr_texts)
			argp_error(state, "which scenario? FILE, DIRECTORY or -e TEXT");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {
	{ &cmd_kernel_argp, 0, 0, 0 }, { &cmd_limit_argp, 0, 0, 0 }, { &cmd_output_argp, 0, 0, 0 },
	{ 0 }
};

static const struct argp argp = {
	.options = option_table,
	.parser = parse,
	.args_doc = "FILE|DIRECTORY…\n-e TEXT…",
	.doc = "Explores every interleaving of each scenario on each kernel and says whether data "
	       "can be lost, where, and the shortest way there.\v"
	       "Without --kernel: every mainline release, and the candidates at which some rule "
	       "changed. Expectations in a file are judged on the kernels that they name.\n\n"
	       "  cowherd check litmus/\n"
	       "  cowherd check --kernel debian-11,v5.19.. seed.litmus\n"
	       "  cowherd check -e 'anon x; A: p=pin_w(x); A: fork(B); B: exit; A: x=2'\n\n"
	       "Exit status: 0 every expectation met (without any: no hazard), 1 a hazard or an unmet "
	       "expectation, 2 usage or syntax, 3 incomplete.",
	.children = children,
};

static bool any_bad(const struct cow_result *r)
{
	for (size_t i = 0; i < cow_result_verdicts(r); i++)
		if (cow_result_verdict(r, i)->bad)
			return true;
	return false;
}

static bool all_complete(const struct cow_result *r)
{
	for (size_t i = 0; i < cow_result_verdicts(r); i++)
		if (!cow_result_verdict(r, i)->complete)
			return false;
	return true;
}

/*
 * What the scenario's author expects comes first.  If nothing is expected it is judged
 * by what was found on the kernels that were asked for.
 */
static enum judgement judge(struct check *c, const struct cow_test *t, const struct cow_result *r,
			    const struct cow_options *options, size_t *judged, int *unmet)
{
	*judged = 0;
	*unmet = 0;
	if (!all_complete(r))
		return INCOMPLETE;
	if (!c->no_expect) {
		*unmet = cow_check_expectations(t, c->history, options, &cmd_diag, judged);
		if (*unmet == -EINVAL)
			return UNREADABLE;
		if (*unmet < 0) {
			cmd_failed(*unmet, cow_test_file(t));
			return INCOMPLETE;
		}
		if (*unmet)
			return UNEXPECTED;
		if (*judged)
			return AS_EXPECTED;
	}
	return any_bad(r) ? HAZARDOUS : SAFE;
}

/* "D L on 12 of 23 kernels" */
static void print_hazards(const struct cow_result *r)
{
	unsigned hazards = 0;
	size_t bad = 0;

	for (size_t i = 0; i < cow_result_verdicts(r); i++) {
		hazards |= cow_result_verdict(r, i)->hazards;
		bad += cow_result_verdict(r, i)->hazards != 0;
	}
	for (unsigned bit = 1; bit <= hazards; bit <<= 1)
		if (hazards & bit)
			printf(" %c", cow_hazard_letter(bit));
	if (bad)
		printf(" on %zu of %zu kernels", bad, cow_result_verdicts(r));
}

static void print_line(struct check *c, enum judgement j, const char *name,
		       const struct cow_result *r)
{
	const char *color = judgement_info[j].color;

	if (c->style.color)
		printf("\033[%sm%-12s\033[0m %s", color, judgement_info[j].line, name);
	else
		printf("%-12s %s", judgement_info[j].line, name);
	if (r)
		print_hazards(r);
	putchar('\n');
}

static void print_json(const struct cow_test *t, const struct cow_result *r, enum judgement j,
		       size_t judged, int unmet)
{
	cmd_wrote(cow_json_check(stdout, t, r));
	cmd_json("judgement", json_pack("{s:s, s:s, s:I, s:i}", "name", cow_test_name(t), "judgement",
					judgement_info[j].count, "expectations", (json_int_t)judged,
					"unmet", unmet < 0 ? 0 : unmet));
}

static void print_result(struct check *c, const struct cow_test *t, const struct cow_result *r,
			 enum judgement j)
{
	bool good = j == AS_EXPECTED || j == SAFE;

	if (c->o.quiet && good)
		return;
	if (c->many)
		print_line(c, j, cow_test_file(t), r);
	if (c->many ? c->o.verbose || j == HAZARDOUS || j == INCOMPLETE :
		      !c->o.quiet || j != UNEXPECTED)
		cmd_wrote(cow_report_check(stdout, t, r, &c->style));
	if (!c->many && !c->o.quiet && (j == AS_EXPECTED || j == UNEXPECTED))
		printf("\n%s\n", j == AS_EXPECTED ? "Every expectation of the file is met." :
		       "Not every expectation of the file is met.");
}

static enum judgement check_test(struct check *c, const struct cow_test *t)
{
	struct cow_options options = { .max_states = c->o.max_states,
				       .progress = cmd_progress_states,
				       .arg = (void *)cow_test_name(t) };
	struct cow_result *r = NULL;
	enum judgement j;
	size_t judged;
	int unmet, error;

	error = cow_check(t, &c->kernels, &options, &r);
	cmd_progress_end();
	if (error && !r) {
		cmd_failed(error, cow_test_file(t));
		return INCOMPLETE;
	}
	j = judge(c, t, r, &options, &judged, &unmet);
	cmd_progress_end();
	if (c->o.json)
		print_json(t, r, j, judged, unmet);
	else
		print_result(c, t, r, j);
	cow_result_free(r);
	return j;
}

static void check_one(struct check *c, struct cow_test *t, const char *file)
{
	enum judgement j = UNREADABLE;

	if (t)
		j = check_test(c, t);
	else if (c->many && !c->o.json)
		print_line(c, j, file, NULL);
	cow_test_free(t);
	c->count[j]++;
	c->status = cmd_worse(c->status, judgement_info[j].status);
}

static void print_summary(const struct check *c, size_t done)
{
	size_t total = c->files.nr + c->nr_texts;

	printf("%zu scenario%s", done, done == 1 ? "" : "s");
	for (int j = 0; j < NR_JUDGEMENTS; j++)
		if (c->count[j] || j == AS_EXPECTED)
			printf(", %zu %s", c->count[j], judgement_info[j].count);
	if (done < total)
		printf("; interrupted, %zu not looked at", total - done);
	putchar('\n');
}

static void json_summary(const struct check *c, size_t done)
{
	json_t *o = json_pack("{s:s, s:I, s:I}", "command", "check", "scenarios", (json_int_t)done,
			      "not_looked_at", (json_int_t)(c->files.nr + c->nr_texts - done));

	for (int j = 0; o && j < NR_JUDGEMENTS; j++)
		json_object_set_new(o, judgement_info[j].count, json_integer(c->count[j]));
	if (o)
		json_object_set_new(o, "status", json_integer(c->status));
	cmd_json("summary", o);
}

static void check_all(struct check *c)
{
	size_t done = 0;

	for (size_t i = 0; i < c->nr_texts && !cmd_interrupted(); i++, done++)
		check_one(c, cmd_read_test(&c->o, c->texts[i], NULL), "-e");
	for (size_t i = 0; i < c->files.nr && !cmd_interrupted(); i++, done++)
		check_one(c, cmd_read_test(&c->o, NULL, c->files.name[i]), c->files.name[i]);
	if (done < c->files.nr + c->nr_texts)
		c->status = cmd_worse(c->status, CMD_INCOMPLETE);
	if (c->o.json)
		json_summary(c, done);
	else if (c->many)
		print_summary(c, done);
}

int cmd_check(int argc, char **argv)
{
	struct check c = { .o.kernels = "mainline" };
	int status = CMD_USAGE;

	argp_parse(&argp, argc, argv, 0, NULL, &c);
	c.style = cmd_style(&c.o);
	c.many = c.files.directory || c.files.nr + c.nr_texts > 1;
	cmd_catch_signals();
	c.history = cmd_history(&c.o, &status);
	if (c.history) {
		status = cmd_kernels(&c.o, c.history, &c.kernels);
		if (status == CMD_OK) {
			check_all(&c);
			status = c.status;
			cow_kernels_free(&c.kernels);
		}
	}
	cow_history_free(c.history);
	cmd_files_free(&c.files);
	free(c.texts);
	free(c.o.history_files);
	return status;
}
