/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* cowherd: is fork() safe with my pinned memory, and on which kernels? */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd.h"

static int cmd_help(int argc, char **argv);

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} verbs[] = {
	{ "check", cmd_check, "is this scenario safe, on which kernels, and how is data lost?" },
	{ "explain", cmd_explain, "one run on one kernel, step by step; or what a hazard is" },
	{ "bisect", cmd_bisect, "the commits at which the verdict of a scenario changed" },
	{ "live", cmd_live, "does the running kernel really behave so?" },
	{ "gen", cmd_gen, "print generated scenarios" },
	{ "list", cmd_list, "kernels, commits, rules, ops, hazards that are known" },
	{ "help", cmd_help, "this, or more about a command" },
};
enum { NR_VERBS = sizeof(verbs) / sizeof(verbs[0]) };

static void usage(FILE *out)
{
	fputs("Usage: cowherd COMMAND [OPTION…] …\n"
	      "Is fork() safe with my pinned memory, on which kernels, and does my kernel agree?\n\n",
	      out);
	for (int i = 0; i < NR_VERBS; i++)
		fprintf(out, "  %-9s %s\n", verbs[i].name, verbs[i].what);
	fputs("\n"
	      "  cowherd check -e 'anon x=1; A: p=pin_w(x); A: fork(B); B: exit; A: x=2; nic: p=3; "
	      "A: r=x'\n"
	      "  cowherd check litmus/               a folder of scenarios\n"
	      "  cowherd explain FILE --kernel K     what happens, page by page\n"
	      "  cowherd COMMAND --help              options of a command; man cowherd-COMMAND\n\n"
	      "Exit status: 0 as expected, 1 a hazard or an unmet expectation, 2 usage or syntax,\n"
	      "3 the answer is incomplete.\n", out);
}

/* The verb that NAME is or begins, if it is only one. */
static const struct verb *find_verb(const char *name)
{
	const char *names[NR_VERBS], *nearest;
	const struct verb *found = NULL;
	int nr = 0;

	for (int i = 0; i < NR_VERBS; i++) {
		names[i] = verbs[i].name;
		if (!strcmp(name, verbs[i].name))
			return &verbs[i];
		if (*name && !strncmp(name, verbs[i].name, strlen(name))) {
			found = &verbs[i];
			nr++;
		}
	}
	if (nr == 1)
		return found;
	nearest = cow_nearest_word(name, names, NR_VERBS);
	if (nr > 1)
		cmd_error("command \"%s\" could be several; see cowherd help", name);
	else if (nearest)
		cmd_error("no command \"%s\"; did you mean \"%s\"?", name, nearest);
	else
		cmd_error("no command \"%s\"; see cowherd help", name);
	return NULL;
}

/* argp shows argv[0] as the name of the program: "cowherd check". */
static int run_verb(const struct verb *v, int argc, char **argv)
{
	char name[32];

	snprintf(name, sizeof(name), "cowherd %s", v->name);
	argv[0] = name;
	return v->run(argc, argv);
}

static int cmd_help(int argc, char **argv)
{
	const struct verb *v;
	char help[] = "--help";
	char *args[] = { argv[0], help, NULL };

	if (argc < 2 || argv[1][0] == '-') {
		usage(stdout);
		return CMD_OK;
	}
	v = find_verb(argv[1]);
	if (!v)
		return CMD_USAGE;
	if (v->run == cmd_help) {
		usage(stdout);
		return CMD_OK;
	}
	return run_verb(v, 2, args);
}

static void version(void)
{
	printf("cowherd %s (live: %s)\n", cow_version(),
#ifdef COW_HAVE_URING
	       "with io_uring"
#else
	       "without io_uring"
#endif
	);
}

/* Also for the ways out that argp takes. */
static void at_exit(void)
{
	if (cmd_flush())
		_exit(CMD_USAGE);
}

int main(int argc, char **argv)
{
	const struct verb *v;
	int status;

	argp_err_exit_status = CMD_USAGE;
	/* A closed pipe is to be an error with a message, not a silent death. */
	signal(SIGPIPE, SIG_IGN);
	cmd_messages_color(CMD_COLOR_AUTO);
	if (atexit(at_exit))
		return CMD_INCOMPLETE;

	if (argc < 2) {
		usage(stderr);
		return CMD_USAGE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		version();
		return CMD_OK;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		usage(stdout);
		return CMD_OK;
	}
	if (argv[1][0] == '-') {
		cmd_error("the command comes first: cowherd COMMAND %s …; see cowherd help", argv[1]);
		return CMD_USAGE;
	}
	v = find_verb(argv[1]);
	if (!v)
		return CMD_USAGE;
	status = run_verb(v, argc - 1, argv + 1);
	return cmd_flush() ? CMD_USAGE : status;
}
