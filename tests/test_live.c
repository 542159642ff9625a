/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The kernel under our feet: what it does, and that live/ would notice if it did something
 * else, hangs, dies or leaves something behind.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "live/schedule.h"
#include "scenario.h"

static struct cow_live_result live_on(const char *text, const char *kernel,
				      const struct cow_live_options *options)
{
	struct cow_live_result r;
	struct scenario sc;

	scenario_start(&sc, text, kernel);
	assert_int_equal(cow_live(sc.test, sc.kernels.kernel[0], options, &r), 0);
	scenario_end(&sc);
	return r;
}

static bool known_kernel(void)
{
	struct cow_history *h = cow_history_new();
	struct cow_kernels k;
	bool known = !cow_kernels_select(h, "running", &k, NULL, 0, 0, NULL);

	if (known)
		cow_kernels_free(&k);
	cow_history_free(h);
	return known;
}

/* Agrees, and ends as CONDITION says in every run; what cannot run here is passed over. */
static void agrees(const char *text)
{
	struct cow_live_result r;

	if (!known_kernel())
		skip();
	r = live_on(text, "running", NULL);
	if (r.outcome == COW_LIVE_SKIP) {
		print_message("%s\n", r.reason);
		cow_live_result_free(&r);
		skip();
	}
	if (r.outcome != COW_LIVE_AGREE)
		fail_msg("%s: %s", cow_live_outcome_name(r.outcome), r.reason);
	assert_null(r.reason);
	assert_true(r.runs > 0 && r.runs == r.schedules * 3);
	assert_true(r.observations > 0);
	assert_int_equal(r.positive, r.runs);
	assert_int_equal(r.negative, 0);
	cow_live_result_free(&r);
}

static void uring_pin_stays(void **state)
{
	(void)state;
	agrees("{ anon x[1] = 1; } A { p = io_uring_register_buffers(x); fork(B); x[0] = 2; "
	       "dma_write(p, 3); r = x[0]; } B { } exists (A:r=3 /\\ same_frame(A:x[0], p)=1)");
}

static void vmsplice_diverges(void **state)
{
	(void)state;
	agrees("{ anon x[1] = 1; } A { p = vmsplice(x[0]); fork(B); x[0] = 2; r = dma_read(p); } "
	       "B { } exists (A:r=1 /\\ same_frame(A:x[0], p)=0)");
}

/* The six steps: a pin that only reads, after a fork whose child is gone, stays with its page. */
static void read_pin_stays(void **state)
{
	(void)state;
	agrees("{ anon x[2] = 1; } A { fork(B); wait(B); p = pin(x, FOLL_PIN|FOLL_LONGTERM); x[1] = 2; "
	       "r = dma_read(p[1]); unpin(p); x[1] = 3; s = x[1]; } B { exit(); } "
	       "exists (A:r=2 /\\ A:s=3)");
}

/* Direct I/O outlives the process that began it, and another one's copy of the memory. */
static void direct_io_stays_in_flight(void **state)
{
	(void)state;
	agrees("{ anon x[1] = 1; } A { p = odirect_read_begin(x[0].a, 7); fork(B); wait(B); x[0] = 2; "
	       "odirect_end(p); r = x[0].a; s = x[0]; } B { x[0] = 3; q = odirect_write_begin(x[0]); "
	       "x[0] = 4; exit(); } exists (A:r=7 /\\ A:s=2)");
}

static void segv_is_told(void **state)
{
	(void)state;
	agrees("{ anon x[2] = 1; } A { fork(B); wait(B); r = x[0]; } "
	       "B { munmap(x[0]); x[1] = 2; x[0] = 3; exit(); } "
	       "exists (faulted(B)=1 /\\ A:r=1 /\\ A:x[1]=1)");
	agrees("{ anon x[1] = 1; } A { mprotect(x, PROT_READ); r = x[0]; x[0] = 3; } "
	       "exists (faulted(A)=1)");
}

static void errors_are_results(void **state)
{
	(void)state;
	agrees("{ anon x[2] = 1; } A { fork(B); mprotect(x[1], PROT_READ); "
	       "p = io_uring_register_buffers(x); munmap(x[0]); r = madvise(x, MADV_DOFORK); wait(B); "
	       "s = process_vm_readv(B:x[0]); } B { exit(); } "
	       "exists (errno(A:p)=EFAULT /\\ A:r=-12 /\\ A:s=-3)");
}

static void processes_of_all_kinds(void **state)
{
	(void)state;
	agrees("{ anon x[1] = 1; } A { vfork(B); r = x[0]; wait(B); } B { x[0] = 2; exec(); exit(); } "
	       "exists (A:r=2)");
	agrees("{ anon x[1] = 1; } A { clone(B, CLONE_VM); barrier(1); x[0] = 3; wait(B); r = x[0]; } "
	       "B { barrier(1); s = x[0]; x[0] = s + 1; exit(); } A.t1 { t = x[0]; } "
	       "exists (A:r=4 \\/ A:r=3 \\/ A:r=2)");
	agrees("{ anon x[1] = 1; } A { fork(B); s = ptrace_peek(B:x[0]); ptrace_poke(B:x[0], 5); "
	       "barrier(1); wait(B); } B { fork(C); barrier(1); r = x[0]; send(C, r); exit(); } "
	       "C { q = recv(); } exists (C:q=5 /\\ A:s=1)");
}

static void memory_of_all_kinds(void **state)
{
	(void)state;
	agrees("{ file f[2] = 5; memfd m[1] = 6 shared; untouched z[1]; anon s[1] = 7 shared; } "
	       "A { r = f[0]; f[1].a = 2; fork(B); m[0] = 1; s[0] = 2; q = z[0]; } "
	       "B { y = mremap(m[0]); barrier(1); } "
	       "forall (A:r=5 /\\ A:q=0 /\\ A:f[1]=5 /\\ A:f[1].a=2 /\\ B:y[0]=1 /\\ B:s[0]=2)");
}

/* A huge page of the pool stays with its pin, and a child gets its copy at once. */
static void huge_page_of_the_pool(void **state)
{
	(void)state;
	agrees("{ hugetlb g[2] = 1; } A { p = io_uring_register_buffers(g); fork(B); g[1] = 2; "
	       "dma_write(p[1], 3); r = g[1]; } B { } "
	       "exists (A:r=3 /\\ same_frame(A:g[1], p[1])=1 /\\ same_frame(A:g[1], B:g[1])=0)");
}

static void vmsplice_of_the_pool_leaks(void **state)
{
	(void)state;
	agrees("{ hugetlb g[1] = 1; } A { fork(B); barrier(1); g[0].a = 7; barrier(2); } "
	       "B { p = vmsplice(g[0].a); munmap(g); barrier(1); barrier(2); r = dma_read(p); } "
	       "exists (B:r=7 /\\ same_frame(A:g[0], B:p)=1)");
}

/* None is left: who has no right to one dies of SIGBUS. */
static void pool_runs_dry(void **state)
{
	(void)state;
	agrees("{ hugetlb g[1] = 1; } A { fork(B); wait(B); r = g[0]; } B { g[0] = 2; exit(); } "
	       "exists (A:r=1 /\\ faulted(B)=1) options hugetlb=1");
}

/* In pieces, as soon as a part of it is unmapped; before, it is shared as a whole. */
static void huge_page_is_split(void **state)
{
	(void)state;
	agrees("{ thp h[3] = 1; } A { munmap(h[1]); h[0] = 2; fork(B); h[2] = 3; wait(B); r = h[0]; } "
	       "B { h[0] = 4; exit(); } exists (A:r=2 /\\ A:h[2]=3)");
	agrees("{ thp h[2] = 1; } A { p = io_uring_register_buffers(h[0]); fork(B); h[0] = 2; "
	       "dma_write(p, 3); r = h[0]; } B { } exists (A:r=3 /\\ same_frame(A:h[0], p)=1)");
}

static void protected_by_userfaultfd(void **state)
{
	(void)state;
	agrees("{ anon x[2] = 1; } A { uffd_wp(x[0]); r = x[0]; uffd_unprotect(x[0]); x[0] = 2; } "
	       "exists (A:r=1 /\\ A:x[0]=2)");
}

static void advice_alone_moves_nothing(void **state)
{
	(void)state;
	agrees("{ anon x[1] = 1; } A { madvise(x, MADV_MERGEABLE); madvise(x, MADV_FREE); r = x[0]; } "
	       "exists (A:r=1)");
}

/* ---- it would notice ---- */

static void other_rules_are_wrong(void **state)
{
	struct cow_live_result r = live_on("{ anon x[1] = 1; } A { p = pin(x[0], FOLL_PIN|FOLL_WRITE); "
					   "fork(B); x[0] = 2; } B { }", "v5.9-rc5", NULL);

	(void)state;
	if (r.outcome == COW_LIVE_SKIP) {
		cow_live_result_free(&r);
		skip();
	}
	assert_int_equal(r.outcome, COW_LIVE_DISAGREE);
	assert_non_null(strstr(r.reason, "A:x[0]: the page is mapped only once, after the last step"));
	assert_non_null(strstr(r.reason, "   2. A: fork(B)\n"));
	assert_non_null(strstr(r.reason, "B:x[0]         page A, mapped 2"));
	assert_non_null(strstr(r.reason, "4 of 4 repetitions disagree as well"));
	assert_int_equal(r.runs, 1);
	cow_live_result_free(&r);
}

static void values_alone_show_it(void **state)
{
	struct cow_live_result r = live_on("{ anon x[1] = 1; } A { fork(B); barrier(1); x[0] = 2; "
					   "barrier(2); } B { p = vmsplice(x[0]); munmap(x); "
					   "barrier(1); barrier(2); r = dma_read(p); }", "v5.7", NULL);

	(void)state;
	assert_int_equal(r.outcome, COW_LIVE_DISAGREE);
	cow_live_result_free(&r);
}

static void says_why_not(void **state)
{
	static const struct { const char *text, *reason; } cases[] = {
		{ "{ anon x; } A { v = vfio_map_dma(x, VFIO_DMA_MAP_FLAG_READ); }", "VFIO" },
		{ "{ anon x; } A { v = ibv_reg_mr(x, IBV_ACCESS_LOCAL_WRITE); }", "RDMA" },
		{ "{ anon x; } A { v = pin(x, FOLL_PIN|FOLL_FORCE); }", "FOLL_PIN|FOLL_FORCE" },
		{ "{ anon x; } A { fork(B); v = pin(B:x, FOLL_PIN|FOLL_WRITE); } B { }",
		  "another process" },
		{ "{ anon x; } A { x = 1; } options lru=batch", "lru=batch" },
		{ "{ memfd m; } A { uffd_wp(m); }", "page cache" },
		{ "{ anon x; } A { vfork(B); } B { r = ptrace_peek(A:x); exit(); }", "vfork" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct cow_live_result r = live_on(cases[i].text, "v6.12", NULL);

		assert_int_equal(r.outcome, COW_LIVE_SKIP);
		assert_non_null(strstr(r.reason, cases[i].reason));
		assert_int_equal(r.runs, 0);
		cow_live_result_free(&r);
	}
}

/* ---- agents that do not do what they should ---- */

/* Children of PID, into CHILD; how many. */
static unsigned children(pid_t pid, pid_t *child, unsigned max)
{
	struct dirent *e;
	DIR *d = opendir("/proc");
	unsigned n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) && n < max) {
		char path[300], line[512];
		int parent = 0;
		FILE *f;

		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
		f = fopen(path, "r");
		if (!f)
			continue;
		if (fgets(line, sizeof(line), f) &&
		    sscanf(strrchr(line, ')') + 1, " %*c %d", &parent) == 1 && parent == pid)
			child[n++] = atoi(e->d_name);
		fclose(f);
	}
	closedir(d);
	return n;
}

struct mischief {
	int signal;
	bool grandchild;
	unsigned at;
	pthread_t thread;
	bool started;
	atomic_bool stop;
};

/* Sends the signal to processes of the runs, until one of them is hit where it matters. */
static void *meddle(void *arg)
{
	struct mischief *m = arg;
	pid_t supervisor, agent;

	while (!m->stop)
		if (children(getpid(), &supervisor, 1) && children(supervisor, &agent, 1))
			kill(agent, m->signal);
	return NULL;
}

static bool meddle_at(void *arg, unsigned done, unsigned total)
{
	struct mischief *m = arg;
	pid_t supervisor;

	(void)total;
	if (done != m->at)
		return false;
	if (m->grandchild && !m->started)
		m->started = !pthread_create(&m->thread, NULL, meddle, m);
	else if (children(getpid(), &supervisor, 1))
		kill(supervisor, m->signal);
	return false;
}

static void check_mischief(int signal, bool grandchild, const char *reason)
{
	struct mischief m = { .signal = signal, .grandchild = grandchild, .at = 3 };
	struct cow_live_options options = { .runs = 1000, .timeout_ms = 200,
					    .progress = meddle_at, .arg = &m };
	struct cow_live_result r;
	pid_t left;

	r = live_on("{ anon x[1] = 1; } A { fork(B); x[0] = 1; wait(B); x[0] = 2; } "
		    "B { x[0] = 3; exit(); }", "v6.12", &options);
	m.stop = true;
	if (m.started)
		pthread_join(m.thread, NULL);
	assert_int_equal(r.outcome, COW_LIVE_ERROR);
	if (!strstr(r.reason, reason))
		fail_msg("%s", r.reason);
	assert_int_equal(children(getpid(), &left, 1), 0);
	cow_live_result_free(&r);
}

static void hanging_supervisor(void **state)
{
	(void)state;
	check_mischief(SIGSTOP, false, "the supervisor did not answer within 200 ms");
}

static void dead_supervisor(void **state)
{
	(void)state;
	check_mischief(SIGKILL, false, "the supervisor");
}

static void hanging_agent(void **state)
{
	(void)state;
	check_mischief(SIGSTOP, true, "within 200 ms");
}

static void dead_agent(void **state)
{
	(void)state;
	check_mischief(SIGKILL, true, "(run ");
}

static bool stop_at_5(void *arg, unsigned done, unsigned total)
{
	*(unsigned *)arg = total;
	return done == 5;
}

static void stops_when_asked(void **state)
{
	unsigned total = 0;
	struct cow_live_options options = { .runs = 20, .progress = stop_at_5, .arg = &total };
	struct cow_live_result r = live_on("{ anon x[1] = 1; } A { fork(B); x[0] = 2; } B { x[0] = 3; }",
					   "v6.12", &options);

	(void)state;
	assert_int_equal(r.outcome, COW_LIVE_STOPPED);
	assert_int_equal(r.runs, 5);
	assert_int_equal(total, 20 * r.schedules_total);
	cow_live_result_free(&r);
}

/* ---- nothing is left behind ---- */

static unsigned open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static unsigned mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned n = 0;
	int c;

	assert_non_null(f);
	while ((c = getc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}

static const char busy[] =
	"{ anon x[2] = 1; file f[1] = 2; } A { p = pin(x, FOLL_PIN|FOLL_WRITE); q = vmsplice(f); "
	"fork(B); x[0] = 2; } A.t1 { r = x[1]; } B { fork(C); munmap(x); r = x[0]; } C { exec(); }";

static void nothing_is_left(void **state)
{
	struct cow_live_options options = { .runs = 4, .max_schedules = 5 };
	unsigned files = 0, maps = 0;
	pid_t left;

	(void)state;
	for (unsigned i = 0; i < 11; i++) {
		struct cow_live_result r = live_on(busy, "v6.12", &options);

		assert_in_range(r.outcome, COW_LIVE_AGREE, COW_LIVE_SKIP);
		cow_live_result_free(&r);
		/* The first call may have made the C library open or map something. */
		if (!i) {
			files = open_files();
			maps = mappings();
		}
	}
	assert_int_equal(open_files(), files);
	assert_in_range(mappings(), 0, maps + 2);
	assert_int_equal(children(getpid(), &left, 1), 0);
	assert_int_equal(waitpid(-1, NULL, __WALL | WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void *run_busy(void *arg)
{
	struct cow_live_options options = { .runs = 2, .max_schedules = 8 };
	struct cow_live_result r = live_on(busy, "v6.12", &options);

	*(enum cow_live_outcome *)arg = r.outcome;
	if (r.reason)
		print_message("%s\n", r.reason);
	cow_live_result_free(&r);
	return NULL;
}

/* Callers with threads, signal handlers and signals that they ignore. */
static void callers_of_all_kinds(void **state)
{
	enum cow_live_outcome outcome[3];
	pthread_t thread[3];

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, run_busy, &outcome[i]), 0);
	for (unsigned i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(outcome[1], outcome[0]);
	assert_int_equal(outcome[2], outcome[0]);
	assert_in_range(outcome[0], COW_LIVE_AGREE, COW_LIVE_SKIP);
}

static long huge_pages(void)
{
	FILE *f = fopen("/proc/sys/vm/nr_hugepages", "r");
	long n = -1;

	if (f) {
		assert_int_equal(fscanf(f, "%ld", &n), 1);
		fclose(f);
	}
	return n;
}

/* Also when several sessions want some at the same time. */
static void *run_huge(void *arg)
{
	struct cow_live_options options = { .runs = 2 };

	(void)arg;
	for (unsigned i = 0; i < 3; i++) {
		struct cow_live_result r = live_on("{ hugetlb g[2] = 1; } A { p = vmsplice(g); fork(B); "
						   "g[0] = 2; } B { g[1] = 3; }", "v6.18", &options);

		if (r.reason)
			print_message("%s\n", r.reason);
		cow_live_result_free(&r);
	}
	return NULL;
}

static void pool_is_restored(void **state)
{
	long before = huge_pages();
	pthread_t thread[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, run_huge, NULL), 0);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(huge_pages(), before);
}

/* Without privileges: values, and what is mapped how often, but no frames. */
static void unprivileged(void **state)
{
	struct cow_live_options options = { .runs = 1, .max_schedules = 10 };
	int status;
	pid_t pid;

	(void)state;
	if (geteuid())
		skip();
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		enum cow_live_outcome outcome;
		struct cow_live_result r;

		if (setgid(65534) || setuid(65534))
			_exit(77);
		r = live_on(busy, "v6.12", &options);
		outcome = r.outcome;
		if (r.reason)
			print_message("%s\n", r.reason);
		_exit(r.frames ? 2 : outcome == COW_LIVE_SKIP ? 77 : outcome != COW_LIVE_AGREE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

/* ---- interleavings ---- */

static void schedules_are_counted(void **state)
{
	static const struct { const char *text; unsigned total; } cases[] = {
		{ "{ anon x; } A { x = 1; x = 2; x = 3; }", 1 },
		{ "{ anon x; } A { x = 1; x = 2; } A.t1 { x = 3; x = 4; }", 6 },
		{ "{ anon x; } A { fork(B); x = 1; x = 2; x = 3; } B { x = 3; x = 4; x = 5; }", 20 },
		{ "{ anon x; } A { fork(B); wait(B); x = 2; } B { x = 3; x = 4; exit(); }", 1 },
		/* A daemon's operation comes at any moment, or never. */
		{ "{ anon x; } A { x = 1; x = 2; } kernel k { lru_add_drain_all(); }", 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct live_schedules s;
		struct scenario sc;

		scenario_start(&sc, cases[i].text, "v6.12");
		assert_int_equal(live_schedules(&sc.model, 64, 0, &s), 0);
		assert_int_equal(s.total, cases[i].total);
		assert_int_equal(s.nr, cases[i].total);
		for (unsigned a = 0; a < s.nr; a++)
			for (unsigned b = 0; b < a; b++)
				assert_true(s.schedule[a].steps != s.schedule[b].steps ||
					    memcmp(s.schedule[a].thread, s.schedule[b].thread,
						   s.schedule[a].steps));
		live_schedules_free(&s);
		scenario_end(&sc);
	}
}

/* 12! / (4! 4! 4!) = 34650; each of the three threads ends last equally often. */
static void samples_are_fair(void **state)
{
	struct live_schedules s, again;
	unsigned last[3] = { 0 };
	struct scenario sc;

	(void)state;
	scenario_start(&sc, "{ anon x; } A { x = 1; x = 1; x = 1; x = 1; } "
		       "A.t { x = 1; x = 1; x = 1; x = 1; } A.u { x = 1; x = 1; x = 1; x = 1; }", "v6.12");
	assert_int_equal(live_schedules(&sc.model, 600, 7, &s), 0);
	assert_int_equal(live_schedules(&sc.model, 600, 7, &again), 0);
	assert_int_equal(s.total, 34650);
	assert_in_range(s.nr, 590, 600);
	assert_int_equal(again.nr, s.nr);
	for (unsigned i = 0; i < s.nr; i++) {
		assert_int_equal(s.schedule[i].steps, 12);
		assert_memory_equal(s.schedule[i].thread, again.schedule[i].thread, 12);
		last[s.schedule[i].thread[11]]++;
	}
	for (unsigned t = 0; t < 3; t++)
		assert_in_range(last[t], 150, 250);
	live_schedules_free(&s);
	live_schedules_free(&again);
	scenario_end(&sc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uring_pin_stays),
		cmocka_unit_test(vmsplice_diverges),
		cmocka_unit_test(read_pin_stays),
		cmocka_unit_test(direct_io_stays_in_flight),
		cmocka_unit_test(segv_is_told),
		cmocka_unit_test(errors_are_results),
		cmocka_unit_test(processes_of_all_kinds),
		cmocka_unit_test(memory_of_all_kinds),
		cmocka_unit_test(huge_page_of_the_pool),
		cmocka_unit_test(vmsplice_of_the_pool_leaks),
		cmocka_unit_test(pool_runs_dry),
		cmocka_unit_test(huge_page_is_split),
		cmocka_unit_test(protected_by_userfaultfd),
		cmocka_unit_test(advice_alone_moves_nothing),
		cmocka_unit_test(other_rules_are_wrong),
		cmocka_unit_test(values_alone_show_it),
		cmocka_unit_test(says_why_not),
		cmocka_unit_test(hanging_supervisor),
		cmocka_unit_test(dead_supervisor),
		cmocka_unit_test(hanging_agent),
		cmocka_unit_test(dead_agent),
		cmocka_unit_test(stops_when_asked),
		cmocka_unit_test(nothing_is_left),
		cmocka_unit_test(pool_is_restored),
		cmocka_unit_test(callers_of_all_kinds),
		cmocka_unit_test(unprivileged),
		cmocka_unit_test(schedules_are_counted),
		cmocka_unit_test(samples_are_fair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
