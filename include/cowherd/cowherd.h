/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * cowherd.h - is fork() safe with my pinned memory, and on which kernels?
 *
 * The public interface of libcowherd.  Four kinds of objects:
 *
 *   struct cow_history   the commits and kernels that are known, and their rules
 *   struct cow_kernels   a chosen list of them
 *   struct cow_test      a scenario
 *   struct cow_result    what checking a scenario on kernels gave
 *
 * Conventions.  The library never prints, never exits and has no global mutable
 * state; different threads may use different objects.  What is returned by a
 * …_new or …_parse function belongs to the caller and is freed by the …_free
 * function of the same name (NULL is fine).  Strings returned as const char *
 * belong to their object.  Functions that return int return 0 or -errno; texts for
 * people go through struct cow_diag.  Reports are written to a FILE of the caller.
 */
#ifndef COWHERD_H
#define COWHERD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define COW_API __attribute__((visibility("default")))
#else
#define COW_API
#endif

/* "0.1.0" */
COW_API const char *cow_version(void);

/* ---- messages ---------------------------------------------------------- */

enum cow_severity { COW_ERROR, COW_WARNING, COW_NOTE };

/*
 * One message about some input.  line and columns are 1-based, columns count
 * bytes; line 0: about the file as a whole.  source is the text of that line
 * without its newline, or NULL.
 */
struct cow_message {
	enum cow_severity severity;
	const char *file;
	unsigned line, col, end_col;
	const char *source;
	const char *text;
};

/* Where messages go.  The message is valid during the call only. */
struct cow_diag {
	void (*report)(void *arg, const struct cow_message *message);
	void *arg;
};

/* "Did you mean …?": the one of NR known words nearest to WORD, or NULL if none is near. */
COW_API const char *cow_nearest_word(const char *word, const char *const *known, size_t nr);

/* ---- hazards and verdicts ---------------------------------------------- */

enum cow_hazard {
	COW_HAZARD_DIVERGED = 1,	/* D: device and process use different pages */
	COW_HAZARD_LEAKED = 2,		/* L: what one stored privately, another can read */
	COW_HAZARD_WRONG_PAGE = 4,	/* W: a store lands in somebody else's page */
	COW_HAZARD_HOLE = 8,		/* H: touched what MADV_DONTFORK took away */
	COW_HAZARD_BALANCE = 16,	/* B: a reference count goes wrong for good */
};
#define COW_NR_HAZARDS 5

/* Of one hazard bit: 'D', "diverged", and a sentence. */
COW_API char cow_hazard_letter(unsigned hazard);
COW_API const char *cow_hazard_name(unsigned hazard);
COW_API const char *cow_hazard_meaning(unsigned hazard);
/* The hazard of a letter or a name, 0 if there is none. */
COW_API unsigned cow_hazard_by_name(const char *name);

/* How often the condition held at the end of a run, as herd7 says it. */
enum cow_observation { COW_NEVER, COW_SOMETIMES, COW_ALWAYS };

/* ---- kernels ----------------------------------------------------------- */

struct cow_history;
struct cow_kernel;

/* How well a fact of the data is known, best first. */
enum cow_confidence { COW_READ_SOURCE, COW_READ_COMMIT, COW_INFERRED, COW_UNVERIFIED };
COW_API const char *cow_confidence_name(enum cow_confidence c);

/* The built-in history.  NULL: out of memory. */
COW_API struct cow_history *cow_history_new(void);
COW_API void cow_history_free(struct cow_history *h);

/* Adds what FILE says (own kernels, own commits).  -EINVAL: messages were given. */
COW_API int cow_history_read(struct cow_history *h, const char *file, const struct cow_diag *diag);

/* The same from memory; NAME is used in messages. */
COW_API int cow_history_parse(struct cow_history *h, const char *name, const char *text, size_t len,
			      const struct cow_diag *diag);

/* A list of kernels, in the order of the selection. */
struct cow_kernels {
	size_t nr;
	const struct cow_kernel **kernel;	/* owned by the history, the array by this */
};

/*
 * The kernels that SPEC names, separated by commas or blanks: v5.10, v5.9-rc5,
 * v5.10.218, debian-11, eras' names, ranges v5.9..v5.18, v5.19.., ..v5.8 over
 * mainline; "mainline" (every release, and the candidates at which some rule changed), "all" (also every
 * named kernel), "running" (what uname says).  -EINVAL: unknown; a message names
 * the nearest known ones.  LOC_FILE and LINE, COL say where SPEC stands, for the messages
 * (NULL, 0, 0: on the command line).
 */
COW_API int cow_kernels_select(struct cow_history *h, const char *spec, struct cow_kernels *out,
			       const char *loc_file, unsigned line, unsigned col,
			       const struct cow_diag *diag);
COW_API void cow_kernels_free(struct cow_kernels *k);

COW_API const char *cow_kernel_name(const struct cow_kernel *k);
/* A mainline release or release candidate (others: distributions, stable, own). */
COW_API bool cow_kernel_is_mainline(const struct cow_kernel *k);
/* The last release of mainline up to which nothing changes: "v5.10" of v5.9-rc7; others: the name. */
COW_API const char *cow_kernel_until(const struct cow_kernel *k);
/* Both are of mainline, and between A and the later B nothing changes before B. */
COW_API bool cow_kernel_precedes(const struct cow_kernel *a, const struct cow_kernel *b);
/* How the history defines it: "v5.10 + 57efa1fe5957 …", and a note or NULL. */
COW_API const char *cow_kernel_definition(const struct cow_kernel *k);
COW_API const char *cow_kernel_note(const struct cow_kernel *k);

struct cow_commit;
COW_API size_t cow_history_commits(const struct cow_history *h);
COW_API const struct cow_commit *cow_history_commit(const struct cow_history *h, size_t i);
/* Its abbreviated id, "-" if that is not known. */
COW_API const char *cow_commit_id(const struct cow_commit *c);
COW_API const char *cow_commit_title(const struct cow_commit *c);
COW_API const char *cow_commit_release(const struct cow_commit *c);
COW_API const char *cow_commit_note(const struct cow_commit *c);	/* or NULL */
COW_API enum cow_confidence cow_commit_confidence(const struct cow_commit *c);
/*
 * The rules that it sets; 0 if it concerns pages that the model does not have yet.  The
 * I-th of them: returns the rule, *VALUE is the value as the data spells it (BUF is used
 * for sets of flags).  I out of range: returns cow_rules().
 */
COW_API size_t cow_commit_rules(const struct cow_commit *c);
COW_API size_t cow_commit_rule(const struct cow_commit *c, size_t i, const char **value,
			       char *buf, size_t size);

/* Rules, by number; all kernels have a value for each. */
COW_API size_t cow_rules(void);
COW_API const char *cow_rule_name(size_t rule);
COW_API const char *cow_rule_question(size_t rule);
/* The value of RULE on K as the data spells it; BUF is used for sets of flags. */
COW_API const char *cow_kernel_rule(const struct cow_kernel *k, size_t rule, char *buf, size_t size);
/* How well that is known. */
COW_API enum cow_confidence cow_kernel_rule_confidence(const struct cow_kernel *k, size_t rule);
/* The values that RULE can have, the oldest kernel's first; 0 of them: it is a set of FOLL_ flags. */
COW_API size_t cow_rule_values(size_t rule);
COW_API const char *cow_rule_value(size_t rule, size_t i);
COW_API const char *cow_rule_value_meaning(size_t rule, size_t i);

/* ---- scenarios --------------------------------------------------------- */

struct cow_test;

/*
 * Reads a scenario from text.  FILE is used in messages.  NULL: there were errors,
 * each reported (several in one run).
 */
COW_API struct cow_test *cow_test_parse(const char *file, const char *text, size_t len,
					const struct cow_diag *diag);
/* The same from a file (at most 1 MiB; a regular file, or "-" for standard input). */
COW_API struct cow_test *cow_test_read(const char *file, const struct cow_diag *diag);
COW_API void cow_test_free(struct cow_test *t);
COW_API const char *cow_test_name(const struct cow_test *t);
COW_API const char *cow_test_doc(const struct cow_test *t);	/* or NULL */
COW_API const char *cow_test_file(const struct cow_test *t);
COW_API bool cow_test_has_condition(const struct cow_test *t);
/*
 * How finely runs interleave: whole calls, faults and DMA accesses (call), or also their
 * sub-steps (step).  Instead of what the scenario's options say.
 */
enum cow_grain { COW_GRAIN_CALL, COW_GRAIN_STEP };
COW_API void cow_test_set_grain(struct cow_test *t, enum cow_grain grain);
/* Kernel daemons of the scenario do nothing. */
COW_API void cow_test_quiet_kernel(struct cow_test *t);
/* Writes the scenario as text that parses to the same scenario. */
COW_API int cow_test_print(const struct cow_test *t, FILE *out);

/* The operations of the language: how one is written ("p = pin(x, FOLL_…)") and what it is. */
COW_API size_t cow_operations(void);
COW_API const char *cow_operation_meaning(size_t op);
/* BUF (96 bytes are enough) receives the form; returns BUF. */
COW_API const char *cow_operation_form(size_t op, char *buf, size_t size);
/* The generator draws it. */
COW_API bool cow_operation_generated(size_t op);

/* ---- checking ---------------------------------------------------------- */

struct cow_options {
	uint64_t max_states;	/* of one exploration; 0: 50 million */
	/* Called now and then with the number of states so far; true: stop. */
	bool (*progress)(void *arg, uint64_t states);
	void *arg;
};

struct cow_result;

/*
 * Explores every interleaving of T on each of the kernels and judges it.  *OUT is made
 * even if a limit was met: see cow_verdict.complete.
 */
COW_API int cow_check(const struct cow_test *t, const struct cow_kernels *k,
		      const struct cow_options *options, struct cow_result **out);
COW_API void cow_result_free(struct cow_result *r);

/* What was found on one kernel. */
struct cow_verdict {
	const struct cow_kernel *kernel;
	bool complete;			/* every state was visited */
	uint64_t states, transitions;
	unsigned hazards;		/* met in some run, COW_HAZARD_ bits */
	unsigned depth[COW_NR_HAZARDS];	/* fewest steps to each of them */
	enum cow_observation observation;	/* of the condition; with a condition only */
	uint64_t positive, negative;	/* final states in which it holds, and not */
	uint64_t stuck;			/* final states in which a thread waits for ever */
	bool bad;			/* a hazard, or ~exists or forall violated (exists is only a question) */
	uint64_t consulted;		/* rules that the answer rests on, a bit each */
	enum cow_confidence confidence;	/* of the worst known of those */
};

COW_API size_t cow_result_verdicts(const struct cow_result *r);
COW_API const struct cow_verdict *cow_result_verdict(const struct cow_result *r, size_t i);

/*
 * Holds the scenario's own expectations against the history (not only the kernels of
 * some result): the number of unmet ones, each reported as a message at its line;
 * -EINVAL if a kernel in one is unknown; -EOVERFLOW if an exploration was incomplete.
 * *JUDGED (may be NULL): how many (expectation, kernel) pairs were judged.
 */
COW_API int cow_check_expectations(const struct cow_test *t, struct cow_history *h,
				   const struct cow_options *options,
				   const struct cow_diag *diag, size_t *judged);

/* ---- one run in detail ------------------------------------------------- */

struct cow_trace;

/* Which run to show. */
enum cow_outcome {
	COW_OUTCOME_WORST,	/* the shortest to a violated condition, a witness, a hazard; else a whole run */
	COW_OUTCOME_POSITIVE,	/* the shortest whole run in which the condition holds */
	COW_OUTCOME_NEGATIVE,	/* … does not hold */
	COW_OUTCOME_HAZARD,	/* the shortest to the given hazard */
};

/* -ENOENT: no such run on that kernel. */
COW_API int cow_trace_find(const struct cow_test *t, const struct cow_kernel *k,
			   enum cow_outcome what, unsigned hazard,
			   const struct cow_options *options, struct cow_trace **out);
COW_API void cow_trace_free(struct cow_trace *t);
COW_API size_t cow_trace_steps(const struct cow_trace *t);

/* ---- history of a verdict ---------------------------------------------- */

/* One commit at which the verdict of a scenario changed. */
struct cow_change {
	const struct cow_commit *commit;
	struct cow_verdict before, after;
	bool better, worse;	/* fewer, more hazards or bad conditions; both: mixed */
};

/* Walks mainline, commit by commit.  *CHANGES is freed with free(). */
COW_API int cow_bisect(const struct cow_test *t, struct cow_history *h,
		       const struct cow_options *options,
		       struct cow_change **changes, size_t *nr);

/* ---- reports ----------------------------------------------------------- */

struct cow_style {
	bool color;
	bool verbose;
};

/* check: verdict line, table of kernels, counterexample, Observation lines. */
COW_API int cow_report_check(FILE *out, const struct cow_test *t, const struct cow_result *r,
			     const struct cow_style *style);
/* explain: numbered steps, with the pages after each. */
COW_API int cow_report_trace(FILE *out, const struct cow_test *t, const struct cow_trace *trace,
			     const struct cow_style *style);
COW_API int cow_report_bisect(FILE *out, const struct cow_test *t, const struct cow_change *changes,
			      size_t nr, const struct cow_style *style);
/* Kernels: mainline in runs that decide alike, with what changed; others with what they are made of. */
COW_API int cow_report_kernels(FILE *out, struct cow_history *h, const struct cow_kernels *k,
			       const struct cow_style *style);
COW_API int cow_report_commits(FILE *out, const struct cow_history *h, const struct cow_style *style);
/* Rules: their values, what they mean and where mainline has them; or, with K, those on K. */
COW_API int cow_report_rules(FILE *out, struct cow_history *h, const struct cow_kernels *k,
			     const struct cow_style *style);
/* The same as JSON objects (schema "cowherd/1", see share/cowherd/schema). */
COW_API int cow_json_check(FILE *out, const struct cow_test *t, const struct cow_result *r);
COW_API int cow_json_trace(FILE *out, const struct cow_test *t, const struct cow_trace *trace);
COW_API int cow_json_bisect(FILE *out, const struct cow_test *t, const struct cow_change *changes, size_t nr);
COW_API int cow_json_kernels(FILE *out, const struct cow_kernels *k);
COW_API int cow_json_commits(FILE *out, const struct cow_history *h);
COW_API int cow_json_rules(FILE *out, struct cow_history *h, const struct cow_kernels *k);
COW_API int cow_json_message(FILE *out, const struct cow_message *message);

/* ---- real kernels ------------------------------------------------------ */

struct cow_live_options {
	unsigned runs;		/* of each interleaving; 0: 3 */
	unsigned max_schedules;	/* more interleavings than this are sampled; 0: 64 */
	uint64_t seed;		/* of the sample */
	unsigned timeout_ms;	/* of one step; 0: 2000 */
	bool (*progress)(void *arg, unsigned done, unsigned total);	/* true: stop */
	void *arg;
};

enum cow_live_outcome {
	COW_LIVE_AGREE,		/* every observation is one that the model allows */
	COW_LIVE_DISAGREE,
	COW_LIVE_SKIP,		/* cannot run here: reason */
	COW_LIVE_ERROR,		/* a process died or hung, a call failed unexpectedly: reason */
	COW_LIVE_STOPPED,	/* asked to stop: what there is so far */
};

struct cow_live_result {
	enum cow_live_outcome outcome;
	char *reason;		/* SKIP, ERROR, DISAGREE: what and where; else NULL */
	unsigned schedules;	/* interleavings driven */
	uint64_t schedules_total;	/* that there are, saturating */
	unsigned runs;		/* runs made */
	uint64_t observations;	/* facts compared */
	bool frames;		/* frame numbers were seen (CAP_SYS_ADMIN) */
	unsigned positive, negative;	/* runs at whose end the condition held, and not */
	char kernel[128];	/* uname -r */
};

/* Runs T on the running kernel, and holds what it does against rules K. */
COW_API int cow_live(const struct cow_test *t, const struct cow_kernel *k,
		     const struct cow_live_options *options, struct cow_live_result *out);
COW_API void cow_live_result_free(struct cow_live_result *r);
COW_API const char *cow_live_outcome_name(enum cow_live_outcome outcome);
COW_API int cow_json_live(FILE *out, const struct cow_test *t, const struct cow_kernel *k,
			  const struct cow_live_result *r);

/* ---- generated scenarios ----------------------------------------------- */

/* The scenario of a seed: the same for ever on every machine of one version. */
COW_API struct cow_test *cow_gen_random(uint64_t seed);

#ifdef __cplusplus
}
#endif
#endif
