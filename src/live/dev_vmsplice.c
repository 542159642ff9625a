/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * dev_vmsplice.c - vmsplice() into a pipe: a plain reference, for reading, for as long as
 * the pipe holds it.  The device reads by tee() into a second pipe, which leaves
 * the pages where they are; emptying the pipe lets go of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "live.h"

struct splice {
	int pipe[2];		/* holds the pages */
	int scratch[2];		/* what tee() fills and the device reads */
};

static void splice_close(struct live_pin *pin)
{
	struct splice *s = pin->own;

	if (!s)
		return;
	for (int i = 0; i < 2; i++) {
		close(s->pipe[i]);
		close(s->scratch[i]);
	}
	free(s);
	pin->own = NULL;
}

static int splice_open(struct live_pin *pin)
{
	struct splice *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	if (pipe2(s->pipe, O_CLOEXEC | O_NONBLOCK)) {
		err = -errno;
		free(s);
		return err;
	}
	if (pipe2(s->scratch, O_CLOEXEC | O_NONBLOCK)) {
		err = -errno;
		close(s->pipe[0]);
		close(s->pipe[1]);
		free(s);
		return err;
	}
	pin->own = s;
	return 0;
}

static int splice_fd(const struct live_pin *pin, unsigned i)
{
	return i ? -1 : ((const struct splice *)pin->own)->pipe[1];
}

static int empty(int fd)
{
	char buf[LIVE_PAGE];
	ssize_t n;

	do
		n = read(fd, buf, sizeof(buf));
	while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 && errno != EAGAIN ? -errno : 0;
}

/* Of huge pages, and slices of them, the first small page is enough: it holds all of it. */
static size_t held(const struct live_pin *pin)
{
	return pin->huge ? (size_t)pin->npages * LIVE_PAGE : pin->len;
}

/* All or nothing, as a call of an application would have it. */
static long splice_take(struct live *l, unsigned agent, struct live_pin *pin)
{
	struct splice *s = pin->own;
	struct live_arguments *a = &l->control->agent[agent];
	unsigned nr = pin->huge ? pin->npages : 1;
	long n;

	for (unsigned i = 0; i < nr; i++) {
		a->iov[i].base = pin->addr + pin->start[i];
		a->iov[i].len = pin->huge ? LIVE_PAGE : pin->len;
	}
	n = live_call(l, agent, SYS_vmsplice, splice_fd(pin, 0), (int64_t)live_shared(l, a->iov), nr,
		      SPLICE_F_NONBLOCK);
	if (n == (long)held(pin))
		return 0;
	empty(s->pipe[0]);
	return n < 0 ? n : -EFAULT;
}

static int splice_drop(struct live_pin *pin)
{
	struct splice *s = pin->own;

	return empty(s->pipe[0]);
}

static int splice_read(struct live_pin *pin, size_t offset)
{
	struct splice *s = pin->own;
	size_t len = held(pin);
	uint8_t page[LIVE_PAGE];
	int value = -EIO;

	offset += live_pin_page(pin, offset) * (size_t)LIVE_PAGE -
		  pin->start[live_pin_page(pin, offset)];
	if (tee(s->pipe[0], s->scratch[1], len, SPLICE_F_NONBLOCK) != (ssize_t)len) {
		empty(s->scratch[0]);
		return -EIO;
	}
	for (size_t at = 0; at < len; at += LIVE_PAGE) {
		if (read(s->scratch[0], page, LIVE_PAGE) != LIVE_PAGE) {
			empty(s->scratch[0]);
			return -EIO;
		}
		if (at == offset - offset % LIVE_PAGE)
			value = page[offset % LIVE_PAGE];
	}
	return value;
}

const struct live_device live_dev_vmsplice = {
	.name = "vmsplice",
	.user = COW_RULE_vmsplice,
	.open = splice_open,
	.close = splice_close,
	.fd = splice_fd,
	.take = splice_take,
	.drop = splice_drop,
	.read = splice_read,
};
