/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * memory.c - the memory of a scenario: where regions are, the files behind them, and how
 * they are before the first step.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "live.h"

#ifndef MAP_HUGE_2MB
#define MAP_HUGE_2MB (21 << 26)
#endif
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

static bool is_huge(const struct cow_region *r)
{
	return r->kind == COW_THP || r->kind == COW_HUGETLB;
}

/* Where page K of region R is in it; K may be the number of its pages. */
static uint64_t offset_in(const struct cow_region *r, unsigned k)
{
	switch ((enum cow_kind)r->kind) {
	case COW_HUGETLB:
		return (uint64_t)k * LIVE_HUGE_PAGE;
	case COW_THP:
		return k < r->npages ? (uint64_t)k * LIVE_PAGE : LIVE_HUGE_PAGE;
	default:
		return (uint64_t)k * LIVE_PAGE;
	}
}

uint64_t live_address(const struct cow_program *p, unsigned vpn, unsigned part)
{
	unsigned i = p->page_region[vpn];
	const struct cow_region *r = &p->regions[i];
	uint64_t base = is_huge(r) ? LIVE_HUGE_WINDOW + (uint64_t)i * LIVE_HUGE_STRIDE
				   : LIVE_WINDOW + (uint64_t)i * LIVE_STRIDE * LIVE_PAGE;

	return base + offset_in(r, vpn - r->vpn) + part * LIVE_PART;
}

uint64_t live_length(const struct cow_program *p, unsigned vpn, unsigned npages)
{
	const struct cow_region *r = &p->regions[p->page_region[vpn]];

	/* What was moved is as large as it was. */
	while (r->moved_from >= 0) {
		vpn = (unsigned)r->moved_from;
		r = &p->regions[p->page_region[vpn]];
	}
	return offset_in(r, vpn - r->vpn + npages) - offset_in(r, vpn - r->vpn);
}

unsigned live_slice(const struct cow_program *p, unsigned vpn)
{
	return p->regions[p->page_region[vpn]].kind == COW_THP
		? (unsigned)(live_length(p, vpn, 1) / LIVE_PAGE) : 1;
}

/* ---- files ---- */

/* An unnamed file in DIR; -1 and errno.  ENOTBLK: only in memory there. */
static int file_in(const char *dir)
{
	struct statfs fs;
	char path[4096];
	int fd;

	if (statfs(dir, &fs))
		return -1;
	if (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC || fs.f_type == HUGETLBFS_MAGIC) {
		errno = ENOTBLK;
		return -1;
	}
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	if (snprintf(path, sizeof(path), "%s/cowherd-XXXXXX", dir) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static int file_somewhere(void)
{
	const char *const dirs[] = { getenv("TMPDIR"), "/tmp", "/var/tmp", "." };
	int fd = -1, why = ENOENT;

	for (unsigned i = 0; fd < 0 && i < sizeof(dirs) / sizeof(*dirs); i++) {
		if (!dirs[i])
			continue;
		fd = file_in(dirs[i]);
		/* That there is no such place matters less than what is wrong with one. */
		if (fd < 0 && (errno != ENOENT || why == ENOENT))
			why = errno;
	}
	errno = why;
	return fd;
}

int live_memory_open(struct live *l, char *why, size_t size)
{
	for (unsigned i = 0; i < l->prog.nr_regions; i++) {
		const struct cow_region *r = &l->prog.regions[i];
		int err;

		if (r->moved_from >= 0 || (r->kind != COW_FILE && r->kind != COW_MEMFD))
			continue;
		l->memory[i] = r->kind == COW_FILE ? file_somewhere()
						   : memfd_create("cowherd", MFD_CLOEXEC);
		if (l->memory[i] >= 0 && !ftruncate(l->memory[i], (off_t)r->npages * LIVE_PAGE))
			continue;
		err = -errno;
		snprintf(why, size, "no file for %s: %s", r->name,
			 errno == ENOTBLK ? "TMPDIR, /tmp and /var/tmp are in memory"
					  : strerror(errno));
		return err;
	}
	return 0;
}

void live_memory_close(struct live *l)
{
	for (unsigned i = 0; i < COW_MAX_REGIONS; i++) {
		if (l->memory[i] >= 0)
			close(l->memory[i]);
		l->memory[i] = -1;
	}
}

/* What earlier runs stored is overwritten.  Page by page: no large folios. */
static void fill_file(struct live *l, unsigned i)
{
	const struct cow_region *r = &l->prog.regions[i];
	uint8_t page[LIVE_PAGE];

	memset(page, r->init, sizeof(page));
	for (unsigned k = 0; k < r->npages && !l->failed; k++)
		if (pwrite(l->memory[i], page, sizeof(page), (off_t)k * LIVE_PAGE) != LIVE_PAGE)
			live_fail(l, "file of %s: %s", r->name, strerror(errno));
}

/* ---- the first process's mappings ---- */

/* Orders are sent ahead and their answers collected together. */
static bool queue6(struct live *l, unsigned *pending, int64_t nr,
		  const int64_t arg[COW_AGENT_ARGS])
{
	struct cow_order o = { .nr = nr, .drain = LIVE_DRAIN };

	memcpy(o.arg, arg, sizeof(o.arg));
	++*pending;
	return live_send(l, live_main_agent(l, 0), &o);
}
#define queue(l, pending, nr, ...) \
	queue6(l, pending, nr, (const int64_t[COW_AGENT_ARGS]){ __VA_ARGS__ })

static void collect(struct live *l, unsigned *pending, const char *name)
{
	struct live_reply r;

	for (; *pending; --*pending)
		if (live_receive(l, live_main_agent(l, 0), &r) &&
		    (r.kind != COW_ANSWER_RESULT || (r.value < 0 && r.value > -4096)))
			live_fail(l, "memory of %s: %s", name,
				  r.kind == COW_ANSWER_RESULT ? strerror((int)-r.value) : "SIGSEGV");
}

static void start_region(struct live *l, unsigned i)
{
	const struct cow_region *r = &l->prog.regions[i];
	bool file = l->memory[i] >= 0, touched = !file && r->kind != COW_UNTOUCHED;
	uint64_t addr = live_address(&l->prog, r->vpn, 0);
	int64_t len = (int64_t)live_length(&l->prog, r->vpn, r->npages);
	unsigned pending = 0;

	if (file)
		fill_file(l, i);
	queue(l, &pending, SYS_mmap, (int64_t)addr, len, PROT_READ | PROT_WRITE,
	      MAP_FIXED_NOREPLACE | (r->shared ? MAP_SHARED : MAP_PRIVATE) |
	      (file ? 0 : MAP_ANONYMOUS) |
	      (r->kind == COW_HUGETLB ? MAP_HUGETLB | MAP_HUGE_2MB : 0), l->memory[i], 0);
	collect(l, &pending, r->name);
	/* EINVAL where there are no huge pages. */
	live_call(l, live_main_agent(l, 0), SYS_madvise, (int64_t)addr, len,
		  r->kind == COW_THP ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	for (unsigned k = 0; touched && k < r->npages; k++)
		for (unsigned part = 0; part < l->prog.nr_parts; part++)
			queue(l, &pending, COW_ORDER_STORE,
			      (int64_t)live_address(&l->prog, r->vpn + k, part), r->init);
	/* Shared memory has its content, but nobody maps it yet. */
	if (touched && r->shared)
		queue(l, &pending, SYS_madvise, (int64_t)addr, len, MADV_DONTNEED);
	collect(l, &pending, r->name);
}

void live_memory_start(struct live *l)
{
	for (unsigned i = 0; i < l->prog.nr_regions && !l->failed; i++)
		if (l->prog.regions[i].moved_from < 0)
			start_region(l, i);
}
