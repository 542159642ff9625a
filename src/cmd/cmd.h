/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * cmd.h - what the subcommands share.  The program is a client of cowherd.h and of
 * nothing else of the library.
 */
#ifndef COW_CMD_H
#define COW_CMD_H

#include <argp.h>
#include <cowherd/cowherd.h>
#include <jansson.h>

/* Exit statuses; cowherd(1) promises them. */
enum {
	CMD_OK = 0,		/* as expected, nothing bad found */
	CMD_HAZARD = 1,		/* a hazard, an unmet expectation, a disagreement */
	CMD_USAGE = 2,		/* cannot be read or written, or makes no sense */
	CMD_INCOMPLETE = 3,	/* no answer, or only a part of it */
};

/* The worse of two for a set of scenarios: nothing hides what was not looked at. */
int cmd_worse(int a, int b);

/* ---- the subcommands: argv[0] is "cowherd VERB" ---- */

int cmd_check(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_bisect(int argc, char **argv);
int cmd_live(int argc, char **argv);
int cmd_gen(int argc, char **argv);
int cmd_list(int argc, char **argv);

/* ---- messages (message.c, the only place that writes to standard error) ---- */

/* Prints messages as FILE:LINE:COL: error: …, with the line and a caret. */
extern const struct cow_diag cmd_diag;
/* "cowherd: error: …" */
void cmd_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cmd_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Tells the user about a -errno of the library; returns the exit status for it. */
int cmd_failed(int error, const char *what);
/* Also write each message as a JSON object to standard output. */
void cmd_messages_as_json(void);
/* Whether to colour what goes to FD; MODE is auto, always or never. */
enum cmd_color { CMD_COLOR_AUTO, CMD_COLOR_ALWAYS, CMD_COLOR_NEVER };
bool cmd_use_color(enum cmd_color mode, int fd);
void cmd_messages_color(enum cmd_color mode);

/* ---- options that several subcommands have (options.c) ---- */

struct cmd_options {
	const char *kernels;		/* --kernel, or what the subcommand put there */
	const char **history_files;	/* --history */
	size_t nr_history_files;
	enum cmd_color color;
	bool json, verbose, quiet;
	enum { CMD_GRAIN_AS_SAID, CMD_GRAIN_CALL, CMD_GRAIN_STEP } grain;	/* --grain */
	bool quiet_kernel;		/* --quiet-kernel */
	uint64_t max_states;
};

/* Argp children; their input is a struct cmd_options. */
extern const struct argp cmd_kernel_argp;	/* --kernel --history */
extern const struct argp cmd_history_argp;	/* --history */
extern const struct argp cmd_limit_argp;	/* --max-states --grain --quiet-kernel */
extern const struct argp cmd_output_argp;	/* --json --color */

/* The number in ARG from MIN up; else a usage error. */
uint64_t cmd_number(struct argp_state *state, const char *arg, uint64_t min, const char *what);

/* The built-in history and the user's.  NULL: said why; *STATUS is the exit status. */
struct cow_history *cmd_history(const struct cmd_options *o, int *status);
/* The kernels of --kernel; an exit status. */
int cmd_kernels(const struct cmd_options *o, struct cow_history *h, struct cow_kernels *out);
/* The one kernel of SPEC; an exit status.  For a message: the subcommand is VERB. */
int cmd_one_kernel(const char *spec, struct cow_history *h, const char *verb,
		   const struct cow_kernel **out);
struct cow_style cmd_style(const struct cmd_options *o);

/* ---- scenario files (files.c) ---- */

struct cmd_files {
	char **name;
	size_t nr;
	bool directory;		/* some of them were found in a directory */
};

/* Adds PATH, or the *.litmus below it, sorted, if it is a directory.  An exit status. */
int cmd_files_add(struct cmd_files *f, const char *path);
void cmd_files_free(struct cmd_files *f);
/* The scenario of TEXT (said on the command line), or if that is NULL of FILE; NULL: said why. */
struct cow_test *cmd_read_test(const struct cmd_options *o, const char *text, const char *file);

/* ---- long work (progress.c) ---- */

/* From now on SIGINT and SIGTERM ask to stop; a second one kills. */
void cmd_catch_signals(void);
bool cmd_interrupted(void);
/* For struct cow_options and cow_live_options.  ARG: what is worked on, a string. */
bool cmd_progress_states(void *arg, uint64_t states);
bool cmd_progress_runs(void *arg, unsigned done, unsigned total);
/* Removes the progress line before something else is written. */
void cmd_progress_end(void);

/* ---- output (output.c) ---- */

/* What a report function of the library returned. */
void cmd_wrote(int error);
/* Writes OBJECT, which gets "schema" and "type" first, as a line; consumes it. */
void cmd_json(const char *type, json_t *object);
/* Flushes standard output; an exit status, and a message if it could not be written. */
int cmd_flush(void);

/* What hazard NAME is and how to get rid of it (hazards.c).  An exit status. */
int cmd_explain_hazard(unsigned hazard, const struct cmd_options *o);

#endif
