/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifdef COW_HAVE_URING
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "fuse.h"

/* ---- the server ---- */

int live_fuse_reply(struct transfer *f, uint64_t unique, int error, const void *data, size_t n)
{
	unsigned char buf[sizeof(struct fuse_out_header) + sizeof(struct fuse_attr_out)];
	_Static_assert(sizeof(struct fuse_attr_out) >= sizeof(struct fuse_init_out), "largest");
	struct fuse_out_header *h = (struct fuse_out_header *)buf;

	*h = (struct fuse_out_header){ .len = (uint32_t)(sizeof(*h) + n), .error = error,
				       .unique = unique };
	if (n)
		memcpy(buf + sizeof(*h), data, n);
	return write(f->dev, buf, h->len) == (ssize_t)h->len ? 0 : -errno;
}

static int reply_attr(struct transfer *f, uint64_t unique)
{
	struct fuse_attr_out o = {
		.attr_valid = 1 << 30,
		.attr = { .ino = FUSE_ROOT_ID, .size = LIVE_PAGE, .mode = S_IFREG | 0600,
			  .nlink = 1, .blksize = LIVE_PAGE },
	};

	return live_fuse_reply(f, unique, 0, &o, sizeof(o));
}

int live_fuse_fetch(struct transfer *f)
{
	ssize_t n = read(f->dev, f->request, sizeof(f->request));

	if (n < 0)
		return -errno;
	return n < (ssize_t)sizeof(struct fuse_in_header) ? -EIO : 0;
}

/*
 * Everything but transfers of a scenario.  What the file has not, the kernel asks for
 * once: FLUSH, which every close() would wait for, and security.capability.
 */
static int serve(struct transfer *f)
{
	const struct fuse_in_header *in = (const struct fuse_in_header *)f->request;
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION, .minor = 31, .max_readahead = LIVE_PAGE,
		.flags = FUSE_ASYNC_DIO, .max_write = FUSE_MAX_WRITE, .max_background = 16,
		.congestion_threshold = 12,
	};
	struct fuse_open_out open = { .open_flags = FOPEN_DIRECT_IO };
	struct fuse_write_out written;
	int err = live_fuse_fetch(f);

	if (err)
		return err == -EAGAIN ? 0 : err;
	switch (in->opcode) {
	case FUSE_INIT:
		return live_fuse_reply(f, in->unique, 0, &init, sizeof(init));
	case FUSE_OPEN:
		return live_fuse_reply(f, in->unique, 0, &open, sizeof(open));
	case FUSE_GETATTR:
		return reply_attr(f, in->unique);
	case FUSE_WRITE:
		written = (struct fuse_write_out){
			.size = ((const struct fuse_write_in *)(in + 1))->size };
		return live_fuse_reply(f, in->unique, 0, &written, sizeof(written));
	case FUSE_RELEASE:
		return live_fuse_reply(f, in->unique, 0, NULL, 0);
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return 0;
	default:
		return live_fuse_reply(f, in->unique, -ENOSYS, NULL, 0);
	}
}

/* A system call of the supervisor that needs the server. */
static long served_call(struct live *l, struct transfer *f, const struct cow_order *o)
{
	struct pollfd fds[2] = {
		{ .fd = l->socket[0], .events = POLLIN },
		{ .fd = f->dev, .events = POLLIN },
	};
	struct live_reply r;
	int n, err;

	if (!live_send(l, 0, o))
		return -ECANCELED;
	while (!(fds[0].revents & POLLIN)) {
		n = poll(fds, 2, (int)f->timeout_ms);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -ETIMEDOUT;
		if (!fds[1].revents)
			continue;
		err = serve(f);
		if (err)
			return err;
	}
	return live_receive(l, 0, &r) ? (long)r.value : -ECANCELED;
}

/* ---- the file ---- */

static int configure(int fs, unsigned cmd, const char *key, const char *value)
{
	return syscall(SYS_fsconfig, fs, cmd, key, value, 0) ? -errno : 0;
}

static int make_mount(struct transfer *f)
{
	int fs = (int)syscall(SYS_fsopen, "fuse", FSOPEN_CLOEXEC), err;
	char dev[12];

	if (fs < 0)
		return -errno;
	snprintf(dev, sizeof(dev), "%d", f->dev);
	err = configure(fs, FSCONFIG_SET_STRING, "fd", dev);
	if (!err)
		err = configure(fs, FSCONFIG_SET_STRING, "rootmode", "100600");
	if (!err)
		err = configure(fs, FSCONFIG_SET_STRING, "user_id", "0");
	if (!err)
		err = configure(fs, FSCONFIG_SET_STRING, "group_id", "0");
	if (!err)
		err = configure(fs, FSCONFIG_CMD_CREATE, NULL, NULL);
	if (!err) {
		f->mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC,
					MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
		err = f->mount < 0 ? -errno : 0;
	}
	close(fs);
	return err;
}

void live_fuse_disconnect(struct transfer *f)
{
	/* Without a server what is still in flight fails. */
	if (f->dev >= 0)
		close(f->dev);
	if (f->mount >= 0)
		close(f->mount);
	if (f->ring.ring_fd >= 0)
		io_uring_queue_exit(&f->ring);
}

int live_fuse_connect(struct transfer *f)
{
	int err;

	f->dev = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (f->dev < 0)
		return -errno;
	err = make_mount(f);
	if (err)
		return err;
	err = io_uring_queue_init(2, &f->ring, 0);
	if (err)
		f->ring.ring_fd = -1;
	return err;
}

/*
 * Opened, asked for its size, polled, written and closed once, so that the kernel knows how
 * large it is and what this server does not do, and opened again.
 */
int live_fuse_open_file(struct live *l, struct transfer *f)
{
	struct live_arguments *a = &l->control->agent[0];
	struct cow_order open = { .nr = SYS_openat, .arg = { AT_FDCWD,
		(int64_t)live_shared(l, a->text[0]), O_RDWR | O_DIRECT } };
	struct cow_order write = { .nr = SYS_pwrite64, .arg = { 0,
		(int64_t)live_shared(l, a->data), 1, 0 } };
	struct cow_order poll = { .nr = SYS_poll, .arg = { (int64_t)live_shared(l, a->data), 1, 0 } };
	struct cow_order seek = { .nr = SYS_lseek, .arg = { 0, 0, SEEK_END } };
	struct cow_order close = { .nr = SYS_close };
	struct pollfd *polled = (struct pollfd *)a->data;
	long n;

	f->timeout_ms = l->options.timeout_ms;
	snprintf(a->text[0], sizeof(a->text[0]), "/proc/self/fd/%d", f->mount);
	n = served_call(l, f, &open);
	if (n < 0)
		return (int)n;
	write.arg[0] = seek.arg[0] = close.arg[0] = n;
	*polled = (struct pollfd){ .fd = (int)n, .events = POLLIN };
	n = served_call(l, f, &seek);
	if (n >= 0)
		n = served_call(l, f, &poll);
	if (n >= 0)
		n = served_call(l, f, &write);
	if (n >= 0)
		n = served_call(l, f, &close);
	if (n >= 0)
		n = served_call(l, f, &open);
	f->file = (int)n;
	/* What came of the close() at last. */
	serve(f);
	return n < 0 ? (int)n : 0;
}

#endif
