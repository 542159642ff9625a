/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* cowherd live: scenarios on the running kernel, held against the model. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"

enum { OPT_RUNS = 512, OPT_SCHEDULES, OPT_SEED, OPT_TIMEOUT, OPT_KTAP };
enum { NR_OUTCOMES = COW_LIVE_STOPPED + 1 };

static const struct {
	const char *line, *count, *color;
	int status;
} outcome_info[NR_OUTCOMES] = {
	[COW_LIVE_AGREE] = { "agree", "agree", "32", CMD_OK },
	[COW_LIVE_DISAGREE] = { "DISAGREE", "disagree", "1;31", CMD_HAZARD },
	[COW_LIVE_SKIP] = { "skipped", "skipped", "33", CMD_OK },
	[COW_LIVE_ERROR] = { "ERROR", "with errors", "1;31", CMD_INCOMPLETE },
	[COW_LIVE_STOPPED] = { "stopped", "stopped", "1;33", CMD_INCOMPLETE },
};

struct live {
	struct cmd_options o;
	struct cow_live_options options;
	struct cmd_files files;
	const char *text;	/* -e */
	bool ktap;

	const struct cow_kernel *kernel;
	struct cow_style style;
	int status;
	size_t done, unreadable, count[NR_OUTCOMES];
	uint64_t schedules, runs, observations;
	bool frames;		/* some run saw frame numbers */
	char release[128];
};

static const struct argp_option option_table[] = {
	{ "runs", OPT_RUNS, "N", 0, "Runs of each interleaving (default 3)", 0 },
	{ "schedules", OPT_SCHEDULES, "N", 0, "Of more interleavings than this take a sample "
	  "(default 64)", 0 },
	{ "seed", OPT_SEED, "N", 0, "Of the sample (default 0)", 0 },
	{ "timeout", OPT_TIMEOUT, "MS", 0, "Of one step, in milliseconds (default 2000)", 0 },
	{ "quiet", 'q', 0, 0, "Only what went wrong, and the exit status", 0 },
	{ "ktap", OPT_KTAP, 0, 0, "Print KTAP, as the kernel's selftests do", 0 },
	{ "expression", 'e', "TEXT", 0, "A scenario on the command line", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct live *l = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &l->o;
		state->child_inputs[1] = &l->o;
		return 0;
	case OPT_RUNS:
		l->options.runs = cmd_number(state, arg, 1, "--runs");
		return 0;
	case OPT_SCHEDULES:
		l->options.max_schedules = cmd_number(state, arg, 1, "--schedules");
		return 0;
	case OPT_SEED:
		l->options.seed = cmd_number(state, arg, 0, "--seed");
		return 0;
	case OPT_TIMEOUT:
		l->options.timeout_ms = cmd_number(state, arg, 1, "--timeout");
		return 0;
	case 'q':
		l->o.quiet = true;
		return 0;
	case OPT_KTAP:
		l->ktap = true;
		return 0;
	case 'e':
		l->text = arg;
		return 0;
	case ARGP_KEY_ARG:
		l->status = cmd_worse(l->status, cmd_files_add(&l->files, arg));
		return 0;
	case ARGP_KEY_NO_ARGS:
		if (!l->text)
			argp_error(state, "which scenario? FILE, DIRECTORY or -e TEXT");
		return 0;
	case ARGP_KEY_END:
		if (l->ktap && l->o.json)
			argp_error(state, "--ktap and --json exclude each other");
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
	.args_doc = "FILE|DIRECTORY…\n-e TEXT",
	.doc = "Runs scenarios with real processes, system calls, pins and DMA on the running kernel, "
	       "along the interleavings that the model lists. Agree: everything observed is "
	       "something that the model allows.\v"
	       "--kernel says whose rules the machine is held against; by default those of the "
	       "running kernel. With CAP_SYS_ADMIN frame numbers are compared too.\n\n"
	       "  cowherd live litmus/\n"
	       "  cowherd live --ktap --runs 10 seed.litmus\n\n"
	       "Exit status: 0 all agree (skipped ones are counted), 1 a disagreement, 2 usage or "
	       "syntax, 3 errors, timeouts, or stopped.",
	.children = children,
};

/* Lines of TEXT, each behind PREFIX. */
static void print_lines(const char *prefix, const char *text)
{
	while (*text) {
		int len = strcspn(text, "\n");

		printf("%s%.*s\n", prefix, len, text);
		text += len;
		text += *text == '\n';
	}
}

static void print_ktap(const struct live *l, const char *name, enum cow_live_outcome outcome,
		       const char *reason)
{
	bool ok = outcome == COW_LIVE_AGREE || outcome == COW_LIVE_SKIP;

	if (reason && !ok)
		print_lines("# ", reason);
	printf("%s %zu %s", ok ? "ok" : "not ok", l->done, name);
	if (outcome == COW_LIVE_SKIP)
		printf(" # SKIP %.*s", (int)strcspn(reason ? reason : "", "\n"), reason ? reason : "");
	putchar('\n');
}

static void print_row(const struct live *l, const struct cow_test *t,
		      const struct cow_live_result *r)
{
	const char *line = outcome_info[r->outcome].line;

	if (l->style.color)
		printf("\033[%sm%-9s\033[0m ", outcome_info[r->outcome].color, line);
	else
		printf("%-9s ", line);
	printf("%-44s", cow_test_name(t));
	if (r->outcome == COW_LIVE_SKIP)
		printf(" %s", r->reason ? r->reason : "");
	else
		printf(" %u of %llu interleavings, %u runs", r->schedules,
		       (unsigned long long)r->schedules_total, r->runs);
	if (r->outcome != COW_LIVE_SKIP && cow_test_has_condition(t))
		printf(", condition held in %u", r->positive);
	putchar('\n');
	if (r->reason && r->outcome != COW_LIVE_SKIP)
		print_lines("          ", r->reason);
}

static void print_result(const struct live *l, const struct cow_test *t,
			 const struct cow_live_result *r)
{
	bool good = r->outcome == COW_LIVE_AGREE || r->outcome == COW_LIVE_SKIP;

	if (l->o.json)
		cmd_wrote(cow_json_live(stdout, t, l->kernel, r));
	else if (l->ktap)
		print_ktap(l, cow_test_name(t), r->outcome, r->reason);
	else if (!good || !l->o.quiet)
		print_row(l, t, r);
	/* Each as soon as it is known: the next one may take a while. */
	cmd_flush();
}

static void run_one(struct live *l, struct cow_test *t, const char *file)
{
	struct cow_live_result r = { 0 };
	int error;

	l->done++;
	if (!t) {
		l->unreadable++;
		l->status = cmd_worse(l->status, CMD_USAGE);
		if (l->ktap)
			print_ktap(l, file, COW_LIVE_ERROR, "cannot be read");
		return;
	}
	l->options.progress = cmd_progress_runs;
	l->options.arg = (void *)cow_test_name(t);
	error = cow_live(t, l->kernel, &l->options, &r);
	cmd_progress_end();
	if (error) {
		cmd_failed(error, cow_test_file(t));
		r.outcome = COW_LIVE_ERROR;
	}
	if (l->ktap || !error)
		print_result(l, t, &r);
	l->count[r.outcome]++;
	l->status = cmd_worse(l->status, outcome_info[r.outcome].status);
	l->schedules += r.schedules;
	l->runs += r.runs;
	l->observations += r.observations;
	l->frames |= r.frames;
	if (r.kernel[0])
		memcpy(l->release, r.kernel, sizeof(l->release));
	cow_live_result_free(&r);
	cow_test_free(t);
}

/* The running kernel is called as uname says; what it was taken for tells more. */
static const char *rules_name(const struct live *l)
{
	const char *name = cow_kernel_name(l->kernel), *made_of = cow_kernel_definition(l->kernel);

	return made_of && !strcmp(name, l->release) ? made_of : name;
}

static void print_summary(const struct live *l, size_t total)
{
	printf("%zu scenario%s", l->done, l->done == 1 ? "" : "s");
	for (int i = 0; i < NR_OUTCOMES; i++)
		if (l->count[i] || i <= COW_LIVE_SKIP)
			printf(", %zu %s", l->count[i], outcome_info[i].count);
	if (l->unreadable)
		printf(", %zu unreadable", l->unreadable);
	if (l->done < total)
		printf("; interrupted, %zu not run", total - l->done);
	printf("\n%llu interleavings, %llu runs, %llu facts compared on %s with the rules of %s",
	       (unsigned long long)l->schedules, (unsigned long long)l->runs,
	       (unsigned long long)l->observations, l->release[0] ? l->release : "this kernel",
	       rules_name(l));
	puts(l->runs && !l->frames ? "\nvalues only: frame numbers need CAP_SYS_ADMIN" : "");
}

static void json_summary(const struct live *l, size_t total)
{
	json_t *o = json_pack("{s:s, s:I, s:I, s:I}", "command", "live", "scenarios",
			      (json_int_t)l->done, "not_looked_at", (json_int_t)(total - l->done),
			      "unreadable", (json_int_t)l->unreadable);

	for (int i = 0; o && i < NR_OUTCOMES; i++)
		json_object_set_new(o, outcome_info[i].count, json_integer(l->count[i]));
	if (o)
		json_object_set_new(o, "status", json_integer(l->status));
	cmd_json("summary", o);
}

static void run_all(struct live *l)
{
	size_t total = l->files.nr + !!l->text;

	if (l->ktap)
		printf("KTAP version 1\n1..%zu\n", total);
	if (l->text)
		run_one(l, cmd_read_test(&l->o, l->text, NULL), "-e");
	for (size_t i = 0; i < l->files.nr && !cmd_interrupted() && !ferror(stdout); i++)
		run_one(l, cmd_read_test(&l->o, NULL, l->files.name[i]), l->files.name[i]);
	if (l->done < total)
		l->status = cmd_worse(l->status, CMD_INCOMPLETE);
	if (l->o.json)
		json_summary(l, total);
	else if (!l->ktap && (!l->o.quiet || l->status))
		print_summary(l, total);
}

int cmd_live(int argc, char **argv)
{
	struct live l = { .o.kernels = "running" };
	struct cow_history *h;
	int status = CMD_USAGE;

	argp_parse(&argp, argc, argv, 0, NULL, &l);
	l.style = cmd_style(&l.o);
	cmd_catch_signals();
	h = cmd_history(&l.o, &status);
	if (h) {
		status = cmd_one_kernel(l.o.kernels, h, "live", &l.kernel);
		if (status == CMD_OK) {
			run_all(&l);
			status = l.status;
		}
	}
	cow_history_free(h);
	cmd_files_free(&l.files);
	free(l.o.history_files);
	return status;
}
