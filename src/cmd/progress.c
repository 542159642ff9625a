/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Being asked to stop, and saying how far long work has come. */
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "cmd.h"

static volatile sig_atomic_t interrupted;
static bool shown;

static void on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

static void catch(int sig)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESETHAND | SA_RESTART };
	struct sigaction old;

	sigemptyset(&sa.sa_mask);
	/* Who started us may want us to ignore it, as a shell does for what runs behind. */
	if (!sigaction(sig, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(sig, &sa, NULL);
}

void cmd_catch_signals(void)
{
	catch(SIGINT);
	catch(SIGTERM);
}

bool cmd_interrupted(void)
{
	return interrupted;
}

/* Time for a line: on a terminal, once it takes long, and then not too often. */
static bool worth_a_line(const char *what)
{
	static const char *current;
	static double began, last;
	struct timespec ts;
	double now;

	if (!isatty(STDERR_FILENO) || clock_gettime(CLOCK_MONOTONIC, &ts))
		return false;
	now = ts.tv_sec + ts.tv_nsec / 1e9;
	if (what != current) {
		current = what;
		began = now;
	}
	if (now - began < 1 || now - last < 0.1)
		return false;
	last = now;
	return true;
}

bool cmd_progress_states(void *arg, uint64_t states)
{
	const char *what = arg;

	if (worth_a_line(what)) {
		fprintf(stderr, "\r\033[K%s: %llu states", what, (unsigned long long)states);
		shown = true;
	}
	return interrupted;
}

bool cmd_progress_runs(void *arg, unsigned done, unsigned total)
{
	const char *what = arg;

	if (worth_a_line(what)) {
		fprintf(stderr, "\r\033[K%s: run %u of %u", what, done, total);
		shown = true;
	}
	return interrupted;
}

void cmd_progress_end(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = false;
}
