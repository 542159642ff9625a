/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* cowherd explain: one run on one kernel, step by step; or what a hazard is. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd.h"

enum { OPT_OUTCOME = 512 };

struct explain {
	struct cmd_options o;
	const char *what;	/* FILE or hazard */
	const char *text;	/* -e */
	enum cow_outcome outcome;
	const char *outcome_name;
	unsigned hazard;
};

static const struct argp_option option_table[] = {
	{ "outcome", OPT_OUTCOME, "WHICH", 0, "worst (the default), positive or negative (the "
	  "condition holds or not), or a hazard: D, L, W, H, B", 0 },
	{ "expression", 'e', "TEXT", 0, "A scenario on the command line", 0 },
	{ 0 }
};

static void set_outcome(struct explain *x, const char *arg, struct argp_state *state)
{
	x->outcome_name = arg;
	x->hazard = 0;
	if (!strcmp(arg, "worst")) {
		x->outcome = COW_OUTCOME_WORST;
	} else if (!strcmp(arg, "positive")) {
		x->outcome = COW_OUTCOME_POSITIVE;
	} else if (!strcmp(arg, "negative")) {
		x->outcome = COW_OUTCOME_NEGATIVE;
	} else {
		x->outcome = COW_OUTCOME_HAZARD;
		x->hazard = cow_hazard_by_name(arg);
		if (!x->hazard)
			argp_error(state, "--outcome: \"%s\" is not worst, positive, negative or a "
				   "hazard (cowherd list hazards)", arg);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct explain *x = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &x->o;
		state->child_inputs[1] = &x->o;
		state->child_inputs[2] = &x->o;
		return 0;
	case OPT_OUTCOME:
		set_outcome(x, arg, state);
		return 0;
	case 'e':
		x->text = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (x->what)
			argp_error(state, "one scenario at a time");
		x->what = arg;
		return 0;
	case ARGP_KEY_END:
		if (!x->what == !x->text)
			argp_error(state, "which scenario or hazard? FILE, -e TEXT, or D, L, W, H, B");
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
	.args_doc = "FILE\n-e TEXT\nHAZARD",
	.doc = "Shows one run of a scenario on one kernel as numbered steps, with the pages after "
	       "each. Or says what a hazard is, how programs come by it and what helps.\v"
	       "Without --kernel: the newest mainline release on which the scenario is bad, or the "
	       "newest of all.\n\n"
	       "  cowherd explain --kernel v5.9-rc5 seed.litmus\n"
	       "  cowherd explain --kernel debian-11 --outcome D seed.litmus\n"
	       "  cowherd explain D\n\n"
	       "Exit status: 0 shown, 1 no such run on that kernel, 2 usage or syntax, 3 incomplete.",
	.children = children,
};

/* The newest mainline release on which T is bad, or the newest of all. */
static int choose_kernel(const struct cow_test *t, struct cow_history *h,
			 const struct cow_options *options, const struct cow_kernel **out)
{
	struct cow_kernels kernels = { 0 };
	struct cow_result *r = NULL;
	int error = cow_kernels_select(h, "mainline", &kernels, NULL, 0, 0, &cmd_diag);

	if (!error && !kernels.nr)
		error = -ENOENT;
	if (!error)
		error = cow_check(t, &kernels, options, &r);
	if (error) {
		cow_kernels_free(&kernels);
		return cmd_failed(error, cow_test_file(t));
	}
	*out = kernels.kernel[kernels.nr - 1];
	for (size_t i = cow_result_verdicts(r); i-- > 0;)
		if (cow_result_verdict(r, i)->bad) {
			*out = cow_result_verdict(r, i)->kernel;
			break;
		}
	cow_result_free(r);
	cow_kernels_free(&kernels);
	return CMD_OK;
}

static int explain_on(const struct explain *x, const struct cow_test *t,
		      const struct cow_kernel *k, const struct cow_options *options)
{
	struct cow_trace *trace = NULL;
	struct cow_style style = cmd_style(&x->o);
	int error = cow_trace_find(t, k, x->outcome, x->hazard, options, &trace);

	cmd_progress_end();
	if (error == -ENOENT) {
		cmd_note("%s: on %s no run is %s%s", cow_test_name(t), cow_kernel_name(k),
			 x->outcome == COW_OUTCOME_HAZARD ? "one with hazard " : "",
			 x->outcome_name);
		return CMD_HAZARD;
	}
	if (error)
		return cmd_failed(error, cow_test_file(t));
	cmd_wrote(x->o.json ? cow_json_trace(stdout, t, trace) :
			      cow_report_trace(stdout, t, trace, &style));
	cow_trace_free(trace);
	return CMD_OK;
}

static int explain_test(struct explain *x, const struct cow_test *t)
{
	struct cow_options options = { .max_states = x->o.max_states,
				       .progress = cmd_progress_states,
				       .arg = (void *)cow_test_name(t) };
	const struct cow_kernel *k = NULL;
	struct cow_history *h;
	int status;

	h = cmd_history(&x->o, &status);
	if (!h)
		return status;
	if (x->o.kernels)
		status = cmd_one_kernel(x->o.kernels, h, "explain", &k);
	else
		status = choose_kernel(t, h, &options, &k);
	if (status == CMD_OK)
		status = explain_on(x, t, k, &options);
	cow_history_free(h);
	return status;
}

int cmd_explain(int argc, char **argv)
{
	struct explain x = { .outcome = COW_OUTCOME_WORST, .outcome_name = "worst" };
	struct cow_test *t;
	int status = CMD_USAGE;

	argp_parse(&argp, argc, argv, 0, NULL, &x);
	cmd_catch_signals();
	/* A file that is called D wins over hazard D. */
	if (x.what && access(x.what, F_OK) && cow_hazard_by_name(x.what)) {
		status = cmd_explain_hazard(cow_hazard_by_name(x.what), &x.o);
	} else {
		t = cmd_read_test(&x.o, x.text, x.what);
		if (t)
			status = explain_test(&x, t);
		cow_test_free(t);
	}
	free(x.o.history_files);
	return status;
}
