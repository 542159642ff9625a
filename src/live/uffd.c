/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * uffd.c - write protection by userfaultfd.
 *
 * The process watches its own memory.  Nobody ever reads the events: the model does not let
 * a thread store to a page while that is protected.  The descriptor dies with the
 * processes of the run.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include "live.h"

enum { USER_MODE_ONLY = 1 };	/* UFFD_USER_MODE_ONLY, since v5.11 */

/* A descriptor for the memory of AGENT, or -errno. */
static long open_uffd(struct live *l, unsigned agent)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct live_arguments *a = &l->control->agent[agent];
	long fd = live_call(l, agent, SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK), err;

	if (fd < 0)
		fd = live_call(l, agent, SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | USER_MODE_ONLY);
	if (fd < 0)
		return fd;
	memcpy(a->data, &api, sizeof(api));
	err = live_call(l, agent, SYS_ioctl, fd, UFFDIO_API, (int64_t)live_shared(l, a->data));
	if (!err)
		return fd;
	live_call(l, agent, SYS_close, fd);
	return err;
}

long live_uffd_protect(struct live *l, unsigned agent, unsigned mm, uint64_t addr, uint64_t len,
		       bool protect)
{
	struct uffdio_register reg = { .range = { addr, len }, .mode = UFFDIO_REGISTER_MODE_WP };
	struct uffdio_writeprotect wp = { .range = { addr, len },
					  .mode = protect ? UFFDIO_WRITEPROTECT_MODE_WP : 0 };
	struct live_arguments *a = &l->control->agent[agent];
	struct live_proc *proc = &l->proc[mm];
	long err;

	if (proc->uffd < 0) {
		proc->uffd = (int)open_uffd(l, agent);
		if (proc->uffd < 0) {
			live_fail(l, "userfaultfd: %s", strerror(-proc->uffd));
			return -ECANCELED;
		}
	}
	memcpy(a->data, &reg, sizeof(reg));
	err = live_call(l, agent, SYS_ioctl, proc->uffd, UFFDIO_REGISTER,
			(int64_t)live_shared(l, a->data));
	if (err)
		return err;
	memcpy(a->data, &wp, sizeof(wp));
	return live_call(l, agent, SYS_ioctl, proc->uffd, UFFDIO_WRITEPROTECT,
			 (int64_t)live_shared(l, a->data));
}

const char *live_uffd_probe(struct live *l)
{
	long fd = open_uffd(l, 0);

	if (fd < 0)
		return "uffd_wp: userfaultfd is refused here";
	live_must(l, 0, "close", SYS_close, fd);
	return NULL;
}
