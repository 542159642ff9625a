/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * probe.c - how the running kernel is configured, and what can be seen of it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "live.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

struct live_entry live_probe_entry(pid_t pid, uint64_t addr)
{
	struct live_entry e = { 0 };
	uint64_t raw = 0;
	char path[40];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && pread(fd, &raw, sizeof(raw), (off_t)(addr / LIVE_PAGE * sizeof(raw))) ==
		       sizeof(raw))
		e = live_entry(raw);
	if (fd >= 0)
		close(fd);
	return e;
}

/* The zero page is mapped by many, and is not counted as mapped by one. */
void live_probe_zero_page(struct live *l)
{
	volatile uint8_t *page = mmap(NULL, LIVE_PAGE, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return;
	madvise((void *)page, LIVE_PAGE, MADV_NOHUGEPAGE);
	(void)page[0];
	if (live_probe_entry(getpid(), (uintptr_t)page).once)
		l->rules.value[COW_RULE_zero_page] = ZERO_PAGE_NEVER;
	munmap((void *)page, LIVE_PAGE);
}

/*
 * A page that was written shows whether frame numbers are seen, and whether an anonymous
 * page is seen to be exclusive and has left its LRU batch.
 */
static const char *probe_pages(struct live *l)
{
	struct cow_order store = { .nr = COW_ORDER_STORE, .arg = { LIVE_WINDOW, 1 },
				   .drain = LIVE_DRAIN };
	struct live_entry e;
	struct live_reply r;
	uint64_t flags;

	live_must(l, 0, "mmap", SYS_mmap, LIVE_WINDOW, LIVE_PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	live_order(l, 0, &store, &r);
	e = live_probe_entry(l->supervisor, LIVE_WINDOW);
	if (!l->failed && !e.present)
		return "/proc/PID/pagemap shows nothing";
	l->frames = e.pfn != 0;
	l->soft_dirty = e.soft_dirty;
	if (l->frames) {
		flags = live_frame_info(l, e.pfn).flags;
		l->sees_exclusive = flags >> KPF_MAPPEDTODISK & 1;
		if (!l->failed && l->kpageflags >= 0 && !(flags >> KPF_LRU & 1))
			return "the LRU batches cannot be drained";
	}
	live_must(l, 0, "munmap", SYS_munmap, LIVE_WINDOW, LIVE_PAGE);
	return NULL;
}

/* proc_mem.force_override may forbid what /proc/PID/mem otherwise does. */
static const char *probe_proc_mem(struct live *l)
{
	struct live_arguments *a = &l->control->agent[0];
	long fd, n;

	live_must(l, 0, "mmap", SYS_mmap, LIVE_WINDOW, LIVE_PAGE, PROT_READ,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	snprintf(a->text[0], sizeof(a->text[0]), "/proc/self/mem");
	fd = live_call(l, 0, SYS_openat, AT_FDCWD, (int64_t)live_shared(l, a->text[0]), O_RDWR);
	n = live_call(l, 0, SYS_pwrite64, fd, (int64_t)live_shared(l, a->data), 1, LIVE_WINDOW);
	live_call(l, 0, SYS_close, fd);
	live_must(l, 0, "munmap", SYS_munmap, LIVE_WINDOW, LIVE_PAGE);
	return n == 1 ? NULL : "/proc/PID/mem is restricted here (proc_mem.force_override)";
}

long live_setting(const char *path)
{
	FILE *f = fopen(path, "re");
	long value;

	if (!f)
		return -1;
	if (fscanf(f, "%ld", &value) != 1)
		value = -1;
	fclose(f);
	return value;
}

/* MADV_MERGEABLE is to change nothing but the VMA. */
static const char *probe_ksm(void)
{
	long run = live_setting("/sys/kernel/mm/ksm/run");

	return run < 0 ? "MADV_MERGEABLE: the kernel has no KSM" :
	       run == 1 ? "MADV_MERGEABLE: ksmd is running" : NULL;
}

static bool advises_ksm(const struct cow_program *p)
{
	for (unsigned t = 0; t < p->nr_threads; t++)
		for (unsigned i = 0; i < p->threads[t].nops; i++)
			if (p->threads[t].ops[i].code == COW_OP_MADVISE &&
			    (p->threads[t].ops[i].flags == COW_MADV_MERGEABLE ||
			     p->threads[t].ops[i].flags == COW_MADV_UNMERGEABLE))
				return true;
	return false;
}

static bool uses(const struct cow_program *p, enum cow_opcode a, enum cow_opcode b)
{
	for (unsigned t = 0; t < p->nr_threads; t++)
		for (unsigned i = 0; i < p->threads[t].nops; i++)
			if (p->threads[t].ops[i].code == a || p->threads[t].ops[i].code == b)
				return true;
	return false;
}

const char *live_configuration(struct live *l)
{
	const char *why = probe_pages(l);

	if (!why && uses(&l->prog, COW_OP_PROC_MEM_READ, COW_OP_PROC_MEM_WRITE))
		why = probe_proc_mem(l);
	/* Fresh pages are soft-dirty wherever that is tracked. */
	if (!why && uses(&l->prog, COW_OP_CLEAR_REFS, COW_OP_CLEAR_REFS) && !l->soft_dirty)
		why = "clear_refs: the kernel has no soft-dirty tracking (CONFIG_MEM_SOFT_DIRTY)";
	if (!why)
		why = live_huge_probe(l);
	if (!why && uses(&l->prog, COW_OP_UFFD_WP, COW_OP_UFFD_UNPROTECT))
		why = live_uffd_probe(l);
	if (!why && advises_ksm(&l->prog))
		why = probe_ksm();
	return why;
}
