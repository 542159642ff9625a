/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * huge.c - huge pages of this machine: the pool of hugetlb, and whether a transparent huge
 * page is to be had.
 *
 * The pool is the machine's.  What is free in it may be promised to others, so
 * that the pages of a session are added, and taken away again in the end.  Whoever does so
 * holds a lock meanwhile: otherwise two of them would restore each other's numbers.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "live.h"

#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB"

static int set_pool(long n)
{
	FILE *f = fopen(POOL "/nr_hugepages", "we");
	int err;

	if (!f)
		return -errno;
	err = fprintf(f, "%ld\n", n) < 0 ? -EIO : 0;
	if (fclose(f) && !err)
		err = -errno;
	return err;
}

/*
 * As many as the program says, or as can ever be in use: one for each page of each process,
 * or kept by a pin.
 */
static long pages_needed(const struct cow_program *p)
{
	long pages = 0;

	if (p->hugetlb_pool)
		return p->hugetlb_pool;

	for (unsigned i = 0; i < p->nr_regions; i++)
		if (p->regions[i].kind == COW_HUGETLB)
			pages += p->regions[i].npages;
	return pages ? pages * p->nr_procs + p->nr_pins + 1 : 0;
}

int live_huge_reserve(struct live *l, char *why, size_t size)
{
	long need = pages_needed(&l->prog), old;
	int err;

	if (!need)
		return 0;
	l->pool_lock = open(POOL, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->pool_lock < 0) {
		snprintf(why, size, "no huge pages: the kernel has no pool of 2 MiB");
		return -ENOSYS;
	}
	while (flock(l->pool_lock, LOCK_EX)) {
		if (errno == EINTR)
			continue;
		err = -errno;
		snprintf(why, size, "no huge pages: flock: %s", strerror(-err));
		return err;
	}
	old = live_setting(POOL "/nr_hugepages");
	if (l->prog.hugetlb_pool && (old || live_setting(POOL "/nr_overcommit_hugepages"))) {
		snprintf(why, size, "option hugetlb=%u: the machine has huge pages already",
			 l->prog.hugetlb_pool);
		return -EBUSY;
	}
	err = old < 0 ? -EIO : set_pool(old + need);
	if (err) {
		snprintf(why, size, "no huge pages: nr_hugepages cannot be raised: %s",
			 strerror(-err));
		return err;
	}
	l->pool_before = old;
	if (live_setting(POOL "/nr_hugepages") < old + need) {
		snprintf(why, size, "no huge pages: memory is too fragmented");
		return -ENOSPC;
	}
	return 0;
}

void live_huge_release(struct live *l)
{
	if (l->pool_before >= 0)
		set_pool(l->pool_before);
	l->pool_before = -1;
	if (l->pool_lock >= 0)
		close(l->pool_lock);
	l->pool_lock = -1;
}

/* ---- transparent huge pages ---- */

static bool has_thp(const struct cow_program *p)
{
	for (unsigned i = 0; i < p->nr_regions; i++)
		if (p->regions[i].kind == COW_THP)
			return true;
	return false;
}

const char *live_huge_probe(struct live *l)
{
	struct cow_order store = { .nr = COW_ORDER_STORE, .arg = { LIVE_HUGE_WINDOW, 1 },
				   .drain = LIVE_DRAIN };
	struct live_entry e;
	struct live_reply r;
	bool huge;
	long n;

	if (!has_thp(&l->prog))
		return NULL;
	if (!l->frames || l->kpageflags < 0)
		return "no huge pages: without frame numbers small and huge pages look alike";
	live_must(l, 0, "mmap", SYS_mmap, LIVE_HUGE_WINDOW, LIVE_HUGE_PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	n = live_call(l, 0, SYS_madvise, LIVE_HUGE_WINDOW, LIVE_HUGE_PAGE, MADV_HUGEPAGE);
	live_order(l, 0, &store, &r);
	e = live_probe_entry(l->supervisor, LIVE_HUGE_WINDOW);
	huge = e.pfn && live_frame_info(l, e.pfn).flags >> KPF_THP & 1;
	live_must(l, 0, "munmap", SYS_munmap, LIVE_HUGE_WINDOW, LIVE_HUGE_PAGE);
	if (l->failed)
		return NULL;
	return n ? "no huge pages: MADV_HUGEPAGE is refused" :
	       !huge ? "no huge pages: the kernel gives small ones "
		       "(/sys/kernel/mm/transparent_hugepage)" : NULL;
}
