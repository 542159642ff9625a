/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The largest scenarios that there may be, one more than that, and hopeless input. */
#include "litmus.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "litmus/parse.h"

/* A text in the making. */
struct text {
	char *s;
	size_t len;
};

static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	char *more;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&more, fmt, ap);
	va_end(ap);
	assert_true(n >= 0);
	t->s = realloc(t->s, t->len + (size_t)n + 1);
	assert_non_null(t->s);
	memcpy(t->s + t->len, more, (size_t)n + 1);
	t->len += (size_t)n;
	free(more);
}

/* Parses T and forgets it; the messages, NULL if there were none. */
static char *messages(struct text *t)
{
	struct kept k = { NULL, 0, 0, "" };
	struct cow_diag diag = { keep, &k };
	struct cow_test *test = cow_test_parse("test", t->s, t->len, &diag);

	assert_int_equal(!test, k.nr > 0);
	if (test) {
		round_trip(test);
		cow_test_free(test);
	}
	free(t->s);
	t->s = NULL;
	t->len = 0;
	return k.text;
}

static void accepted(struct text *t)
{
	char *m = messages(t);

	if (m)
		fail_msg("%s", m);
}

/* Refused with MESSAGE, and with nothing else. */
static void refused(struct text *t, const char *message)
{
	char *m = messages(t);
	const char *text = m ? strstr(m, ": ") : NULL;

	assert_non_null(text);
	if (strncmp(text + 2, message, strlen(message)) || text[2 + strlen(message)] != '\n')
		fail_msg("%s", m);
	assert_null(strchr(strchr(text, '\n') + 1, '\n'));
	free(m);
}

/* N times FMT, which may name the turn. */
static void each(struct text *t, unsigned n, const char *fmt)
{
	for (unsigned i = 0; i < n; i++)
		put(t, fmt, i);
}

static void test_program(void **state)
{
	struct text t = { NULL, 0 };

	(void)state;
	each(&t, COW_MAX_REGIONS, "anon x%u;");
	put(&t, "A { }");
	accepted(&t);
	each(&t, COW_MAX_REGIONS + 1, "anon x%u;");
	put(&t, "A { }");
	refused(&t, "more than 16 regions");

	put(&t, "anon x[%d]; A { }", COW_MAX_PAGES);
	accepted(&t);
	put(&t, "anon x[%d]; anon y; A { }", COW_MAX_PAGES);
	refused(&t, "more than 16 pages of memory in all");
	put(&t, "anon x[%d]; A { y = mremap(x[0]); }", COW_MAX_PAGES);
	refused(&t, "more than 16 pages of memory in all");

	/* Each process may come to have huge pages of its own. */
	put(&t, "thp h[%d]; P { ", COW_MAX_PAGES);
	each(&t, 3, "fork(Q%u);");
	put(&t, "}");
	each(&t, 3, "Q%u { }");
	accepted(&t);
	put(&t, "thp h[%d]; P { ", COW_MAX_PAGES);
	each(&t, 4, "fork(Q%u);");
	put(&t, "}");
	each(&t, 4, "Q%u { }");
	refused(&t, "huge pages, processes and pins of this scenario may come to use 178 pages of "
		    "memory; at most 162 are possible");

	put(&t, "P { ");
	each(&t, COW_MAX_PROCS - 1, "fork(Q%u);");
	put(&t, "}");
	each(&t, COW_MAX_PROCS - 1, "Q%u { }");
	each(&t, COW_MAX_THREADS - COW_MAX_PROCS, "P.t%u { }");
	accepted(&t);
	put(&t, "P { ");
	each(&t, COW_MAX_PROCS, "fork(Q%u);");
	put(&t, "}");
	each(&t, COW_MAX_PROCS, "Q%u { }");
	free(messages(&t));	/* "more than 8 processes", and the last one is unknown then */
	put(&t, "P { }");
	each(&t, COW_MAX_THREADS, "device d%u { }");
	refused(&t, "more than 16 processes, threads, devices and daemons");

	put(&t, "anon x; A { repeat %d { x = 1; } }", COW_MAX_OPS);
	accepted(&t);
	put(&t, "anon x; A { repeat 16 { repeat 16 { x = 1; } } x = 2; }");
	refused(&t, "'A' has more than 256 operations (repetitions are unrolled)");
	put(&t, "anon x; A { r = 1; if (r) { repeat %d { x = 1; } } }", COW_MAX_OPS - 2);
	accepted(&t);

	put(&t, "anon x[%d]; A { p = pin_w(x); }", COW_MAX_PINS);
	accepted(&t);
	put(&t, "anon x[%d]; A { p = pin_w(x); q = pin_w(x[1]); q = pin_w(x); }", COW_MAX_PINS);
	refused(&t, "more than 16 pages are pinned in all");

	put(&t, "A { ");
	each(&t, COW_MAX_REGS, "r%u = 1;");
	put(&t, "}");
	accepted(&t);
	put(&t, "A { ");
	each(&t, COW_MAX_REGS + 2, "r%u = 1;");
	put(&t, "}");
	refused(&t, "more than 32 registers in all (those that a process inherits count as its "
		"own)");

	put(&t, "anon x; A { x.a = 1; x.b = 1; x.c = 1; x = 1; }");
	accepted(&t);
	put(&t, "anon x; A { x.a = 1; x.b = 1; x.c = 1; x.d = 1; x.e = 1; }");
	refused(&t, "more than 3 different parts of pages");
}

static void test_names(void **state)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyzabcdef";
	struct text t = { NULL, 0 };

	(void)state;
	assert_int_equal(strlen(name), COW_NAME);
	put(&t, "COW %s-%s anon %.31s; %.31s { %.31s = 1; }", name, name, name, name, name);
	accepted(&t);
	put(&t, "anon %s; A { }", name);
	refused(&t, "this name has 32 characters; at most 31 are allowed");
}

static void test_nesting(void **state)
{
	struct text t = { NULL, 0 };

	(void)state;
	/* The block itself is one level, an if with its '(' two while that is read. */
	put(&t, "A { r = 1; ");
	each(&t, MAX_DEPTH - 2, "if (r == 1) { ");
	each(&t, MAX_DEPTH - 1, "}");
	accepted(&t);
	put(&t, "A { r = 1; ");
	each(&t, MAX_DEPTH, "if (r == 1) { ");
	each(&t, MAX_DEPTH + 1, "}");
	refused(&t, "brackets are nested deeper than 32 levels here");
	put(&t, "A { } exists ");
	each(&t, MAX_DEPTH, "(");
	put(&t, "1=1");
	each(&t, MAX_DEPTH, ")");
	accepted(&t);
	put(&t, "A { } exists ");
	each(&t, MAX_DEPTH + 1, "(");
	put(&t, "1=1");
	each(&t, MAX_DEPTH + 1, ")");
	refused(&t, "brackets are nested deeper than 32 levels here");
	/* Empty repetitions in repetitions take no time. */
	put(&t, "A { ");
	each(&t, MAX_DEPTH - 1, "repeat 256 { ");
	each(&t, MAX_DEPTH - 1, "}");
	put(&t, "}");
	accepted(&t);
}

static void test_condition_size(void **state)
{
	struct text t = { NULL, 0 };

	(void)state;
	put(&t, "A { } exists (1=1");
	each(&t, (MAX_COND - 1) / 2, " /\\ 1=1");
	put(&t, ")");
	accepted(&t);
	put(&t, "A { } exists (1=1");
	each(&t, MAX_COND, " /\\ 1=1");
	put(&t, ")");
	refused(&t, "this condition has more than 1000 parts");
	put(&t, "A { } exists (");
	each(&t, 100000, "~");
	put(&t, "1=1)");
	refused(&t, "this is nested too deeply, or there is no memory left");
	put(&t, "A { } exists (");
	each(&t, 900, "~");
	put(&t, "1=1)");
	accepted(&t);
}

static void test_many(void **state)
{
	struct text t = { NULL, 0 };
	struct kept k = { NULL, 0, 0, "" };
	struct cow_diag diag = { keep, &k };
	const char *last;

	(void)state;
	put(&t, "A { ");
	each(&t, MAX_ERRORS, "foo%u();\n");
	put(&t, "}");
	assert_null(cow_test_parse("test", t.s, t.len, &diag));
	assert_int_equal(k.nr, MAX_ERRORS);
	forget(&k);
	put(&t, "B { foo(); foo(); ");
	assert_null(cow_test_parse("test", t.s, t.len, &diag));
	forget(&k);
	free(t.s);

	t = (struct text){ NULL, 0 };
	put(&t, "A { ");
	each(&t, 1000, "foo%u();\n");
	put(&t, "}");
	assert_null(cow_test_parse("test", t.s, t.len, &diag));
	assert_int_equal(k.nr, MAX_ERRORS + 1);
	last = strstr(k.text, "0:0: ");
	assert_non_null(last);
	assert_string_equal(last, "0:0: too many errors\n");
	forget(&k);
	free(t.s);

	t = (struct text){ NULL, 0 };
	each(&t, MAX_EXPECTS, "expect safe on v5.%u\n");
	put(&t, "A { }");
	accepted(&t);
	each(&t, MAX_EXPECTS + 1, "expect safe on v5.%u\n");
	put(&t, "A { }");
	refused(&t, "more than 1000 expectations");
	put(&t, "A { ");
	each(&t, MAX_STMTS + 1, "repeat 1 { }");
	put(&t, "}");
	refused(&t, "this scenario has more than 5000 statements");
}

/* ---- hopeless text ---- */

static void test_bytes(void **state)
{
	static const struct { const char *text; size_t len; const char *message; } bad[] = {
		{ "A { \0 }", 7, "1:5: byte 0x00: this is not a text file\n" },
		{ "A {\n \xff }", 7, "2:2: byte 0xff: this is not UTF-8 text\n" },
		{ "// \xc3", 4, "1:4: byte 0xc3: this is not UTF-8 text\n" },
		{ "// \xc0\xaf", 5, "1:4: byte 0xc0: this is not UTF-8 text\n" },
		{ "// \xe0\x80\xaf", 6, "1:4: byte 0xe0: this is not UTF-8 text\n" },
		{ "// \xed\xa0\x80", 6, "1:4: byte 0xed: this is not UTF-8 text\n" },
		{ "// \xf4\x90\x80\x80", 7, "1:4: byte 0xf4: this is not UTF-8 text\n" },
		{ "// \xf5\x80\x80\x80", 7, "1:4: byte 0xf5: this is not UTF-8 text\n" },
		{ "// \x80", 4, "1:4: byte 0x80: this is not UTF-8 text\n" },
		{ "A { \001\002; }", 9, "1:5: unexpected control character (byte 1)\n" },
		{ "", 0, "0:0: nothing in it: a scenario needs at least a process, as in 'A { … "
		  "}'\n" },
		{ " \n/* */\n;", 9,
		  "0:0: nothing in it: a scenario needs at least a process, as in 'A { … }'\n" },
	};
	struct text t = { NULL, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct kept k = { NULL, 0, 0, "" };
		struct cow_diag diag = { keep, &k };

		assert_null(cow_test_parse("test", bad[i].text, bad[i].len, &diag));
		assert_string_equal(k.text, bad[i].message);
		forget(&k);
	}
	put(&t, "A { } // é € 𝄞 \xf4\x8f\xbf\xbf\n");
	accepted(&t);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* 1 MiB of the same, in time that is at most proportional to it. */
static void test_huge(void **state)
{
	static const char *const pieces[] = {
		"{", "}", "(", ")", "[", "~", ";", "\"", "\n", "/*", "(*", "//", "\\", "x ", "x;",
		"x=", "x(", "A:", "A{}", "A{", "A.b{}", "x=1;", "anon x;", "anon x=1;{", "exists(",
		"exists ", "~exists(A:x=1)", "expect ", "expect safe on v5\n", "options ",
		"options\n", "device ", "if(", "A{if(x){", "A:if(x){}", "repeat 2{", "A{repeat 2{}}",
		"1", "1 ", "0x", "|", "+", "COW ", "é", "A{x=x+", "A{f(x,", "forall(~",
		"exists(x=1/\\", "p=pin_w(x);",
	};
	double start = seconds();

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		size_t len = strlen(pieces[i]), n = MAX_TEXT / len;
		char *text = malloc(n * len);
		double before = seconds();

		assert_non_null(text);
		for (size_t j = 0; j < n; j++)
			memcpy(text + j * len, pieces[i], len);
		cow_test_free(cow_test_parse("test", text, n * len, NULL));
		free(text);
		if (seconds() - before > 5)
			fail_msg("1 MiB of '%s' takes %.1f s", pieces[i], seconds() - before);
	}
	assert_true(seconds() - start < 60);
}

static void test_too_large(void **state)
{
	size_t size = 10 << 20;
	char *text = malloc(size);
	struct kept k = { NULL, 0, 0, "" };
	struct cow_diag diag = { keep, &k };

	(void)state;
	assert_non_null(text);
	memset(text, ' ', size);
	assert_null(cow_test_parse("test", text, size, &diag));
	assert_string_equal(k.text, "0:0: 10485760 bytes are too much: a scenario has at most "
			    "1048576\n");
	forget(&k);
	memcpy(text, "A { }", 5);
	cow_test_free(cow_test_parse("test", text, MAX_TEXT, &diag));
	assert_int_equal(k.nr, 0);
	free(text);
}

/* ---- files ---- */

static char dir[] = "/tmp/cow-test-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void write_file(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* Refused with this one message about the file as a whole. */
static void unreadable(const char *path, const char *message)
{
	struct kept k = { NULL, 0, 0, "" };
	struct cow_diag diag = { keep, &k };

	assert_null(cow_test_read(path, &diag));
	assert_int_equal(k.nr, 1);
	assert_memory_equal(k.text, "0:0: ", 5);
	if (!strstr(k.text, message))
		fail_msg("%s: %s", path, k.text);
	forget(&k);
}

static void test_files(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char *path = path_of("file"), *garbage;
	struct cow_test *t;
	int fd;

	(void)state;
	alarm(20);	/* nothing of this may hang */
	write_file(path, "COW it\nA { }\n", 13);
	t = cow_test_read(path, &(struct cow_diag){ NULL, NULL });
	assert_non_null(t);
	assert_string_equal(cow_test_name(t), "it");
	assert_string_equal(cow_test_file(t), path);
	cow_test_free(t);

	write_file(path, "", 0);
	unreadable(path, "nothing in it");
	garbage = malloc(10 << 20);
	assert_non_null(garbage);
	for (size_t i = 0; i < 10 << 20; i++)
		garbage[i] = (char)(i * 2654435761u >> 13);
	write_file(path, garbage, 10 << 20);
	unreadable(path, "this is too large: a scenario has at most 1048576 bytes");
	free(garbage);
	assert_int_equal(unlink(path), 0);

	unreadable(path, "No such file or directory");
	unreadable(dir, "this is a directory, not a scenario");
	unreadable("/dev/zero", "this is a device, not a file");
	assert_int_equal(mkfifo(path, 0600), 0);
	unreadable(path, "this is a FIFO");
	assert_int_equal(unlink(path), 0);

	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	unreadable(path, "this is a socket, not a file");
	close(fd);
	assert_int_equal(unlink(path), 0);

	assert_int_equal(symlink("file", path), 0);
	unreadable(path, "Too many levels of symbolic links");
	assert_int_equal(unlink(path), 0);
	alarm(0);
}

/* "-" is whatever standard input is, a pipe as well. */
static void test_standard_input(void **state)
{
	int ends[2], saved = dup(STDIN_FILENO);
	struct cow_test *t;

	(void)state;
	alarm(20);
	assert_true(saved >= 0);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "A { exit(); }", 13), 13);
	close(ends[1]);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	t = cow_test_read("-", NULL);
	assert_non_null(t);
	assert_string_equal(cow_test_file(t), "<stdin>");
	cow_test_free(t);
	assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
	close(saved);
	alarm(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_condition_size),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test_setup_teardown(test_files, make_dir, remove_dir),
		cmocka_unit_test(test_standard_input),
	};

	return cmocka_run_group_tests_name("litmus-limits", tests, NULL, NULL);
}
