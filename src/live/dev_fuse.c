/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * dev_fuse.c - O_DIRECT transfers of a file on FUSE, which stay in flight for as long as its
 * server, the coordinator, does not answer.
 *
 * The pages of a write are held for reading, and their bytes are taken at the moment
 * when the server fetches the request: the device reads, once.  Those of a read are
 * held for writing, until the answer fills them.  The pinning process submits the
 * transfer through io_uring, as that lets it exit meanwhile.
 *
 * Each pin has a FUSE connection of its own, so that fetching one request does not
 * fetch another one's data.  It is mounted nowhere: fsmount() gives a detached mount,
 * whose only file, its root, is opened through /proc/self/fd.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "live.h"

#ifdef COW_HAVE_URING
#include <liburing.h>

enum { FILE_SIZE = 1 << 20, MAX_WRITE = 128 << 10, REQUEST = MAX_WRITE + 4096 };

struct fuse {
	int dev;			/* the server's end */
	int mount;
	int file;			/* in the agents: opened by the supervisor */
	struct io_uring ring;
	unsigned timeout_ms;
	bool in_flight, fetched;
	uint64_t unique;		/* of the fetched request */
	unsigned char request[REQUEST];
};

/* ---- the server ---- */

static int reply(struct fuse *f, uint64_t unique, int error, const void *data, size_t n)
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

static int reply_attr(struct fuse *f, uint64_t unique)
{
	struct fuse_attr_out o = {
		.attr_valid = 1 << 30,
		.attr = { .ino = FUSE_ROOT_ID, .size = FILE_SIZE, .mode = S_IFREG | 0600,
			  .nlink = 1, .blksize = LIVE_PAGE },
	};

	return reply(f, unique, 0, &o, sizeof(o));
}

/* Fetches a request; 0, or -EAGAIN if there is none. */
static int fetch(struct fuse *f)
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
static int serve(struct fuse *f)
{
	const struct fuse_in_header *in = (const struct fuse_in_header *)f->request;
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION, .minor = 31, .max_readahead = LIVE_PAGE,
		.flags = FUSE_ASYNC_DIO | FUSE_MAX_PAGES, .max_pages = MAX_WRITE / LIVE_PAGE,
		.max_write = MAX_WRITE, .max_background = 16, .congestion_threshold = 12,
	};
	struct fuse_open_out open = { .open_flags = FOPEN_DIRECT_IO };
	struct fuse_write_out written;
	int err = fetch(f);

	if (err)
		return err == -EAGAIN ? 0 : err;
	switch (in->opcode) {
	case FUSE_INIT:
		return reply(f, in->unique, 0, &init, sizeof(init));
	case FUSE_OPEN:
		return reply(f, in->unique, 0, &open, sizeof(open));
	case FUSE_GETATTR:
		return reply_attr(f, in->unique);
	case FUSE_WRITE:
		written = (struct fuse_write_out){
			.size = ((const struct fuse_write_in *)(in + 1))->size };
		return reply(f, in->unique, 0, &written, sizeof(written));
	case FUSE_RELEASE:
		return reply(f, in->unique, 0, NULL, 0);
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return 0;
	default:
		return reply(f, in->unique, -ENOSYS, NULL, 0);
	}
}

/* A system call of the supervisor that needs the server. */
static long served_call(struct live *l, struct fuse *f, const struct cow_order *o)
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

static int make_mount(struct fuse *f)
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

static void fuse_close(struct live_pin *pin)
{
	struct fuse *f = pin->own;

	if (!f)
		return;
	/* Without a server what is still in flight fails. */
	if (f->dev >= 0)
		close(f->dev);
	if (f->mount >= 0)
		close(f->mount);
	if (f->ring.ring_fd >= 0)
		io_uring_queue_exit(&f->ring);
	free(f);
	pin->own = NULL;
}

static int fuse_open(struct live_pin *pin)
{
	struct fuse *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	pin->own = f;
	f->mount = f->file = f->ring.ring_fd = -1;
	f->dev = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	err = f->dev < 0 ? -errno : make_mount(f);
	if (!err) {
		err = io_uring_queue_init(2, &f->ring, 0);
		if (err)
			f->ring.ring_fd = -1;
	}
	if (err)
		fuse_close(pin);
	return err;
}

static int fuse_fd(const struct live_pin *pin, unsigned i)
{
	const struct fuse *f = pin->own;

	return i == 0 ? f->ring.ring_fd : i == 1 ? f->mount : -1;
}

/*
 * Opened, asked for its size, polled, written and closed once, so that the kernel knows how
 * large it is and what this server does not do, and opened again.
 */
static int fuse_start(struct live *l, struct live_pin *pin)
{
	struct fuse *f = pin->own;
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

/* ---- transfers ---- */

/* The request is submitted by whoever enters the ring next: that is AGENT. */
static int prepare(struct fuse *f, const struct live_pin *pin)
{
	struct io_uring_sq *sq = &f->ring.sq;
	struct io_uring_sqe *sqe = io_uring_get_sqe(&f->ring);
	void *addr = (void *)(uintptr_t)pin->addr;
	unsigned tail;

	if (!sqe)
		return -EBUSY;
	if (pin->write)
		io_uring_prep_read(sqe, f->file, addr, (unsigned)pin->len, 0);
	else
		io_uring_prep_write(sqe, f->file, addr, (unsigned)pin->len, 0);
	tail = *sq->ktail;
	sq->array[tail & *sq->kring_mask] = (unsigned)(sqe - sq->sqes);
	sq->sqe_head = sq->sqe_tail;
	io_uring_smp_store_release(sq->ktail, tail + 1);
	return 0;
}

/* The result of the transfer, when it has one; *DONE is false if a request came first. */
static int await(struct fuse *f, bool request_too, bool *done)
{
	struct pollfd fds[2] = {
		{ .fd = f->ring.ring_fd, .events = POLLIN },
		{ .fd = request_too ? f->dev : -1, .events = POLLIN },
	};
	struct io_uring_cqe *cqe;
	int n;

	do
		n = poll(fds, 2, (int)f->timeout_ms);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n ? -errno : -ETIMEDOUT;
	*done = !io_uring_peek_cqe(&f->ring, &cqe);
	if (!*done)
		return 0;
	n = cqe->res;
	io_uring_cqe_seen(&f->ring, cqe);
	return n;
}

static long fuse_take(struct live *l, unsigned agent, struct live_pin *pin)
{
	struct fuse *f = pin->own;
	struct live_arguments *a = &l->control->agent[agent];
	bool done = false;
	long n = prepare(f, pin);

	if (n)
		return n;
	/* If a worker does it: on the agents' CPU, where LRU batches are drained. */
	memcpy(a->data, &l->cpus, sizeof(l->cpus));
	live_call(l, agent, SYS_io_uring_register, f->ring.ring_fd, IORING_REGISTER_IOWQ_AFF,
		  (int64_t)live_shared(l, a->data), sizeof(l->cpus));
	n = live_call(l, agent, SYS_io_uring_enter, f->ring.ring_fd, 1, 0, 0, 0, 0);
	if (n != 1)
		return n < 0 ? n : -EIO;
	n = await(f, true, &done);
	live_drain(l);
	if (n < 0 || done) {
		if (n >= 0 || n == -ETIMEDOUT)
			live_fail(l, "the direct transfer is not in flight: %ld", n);
		return n;
	}
	f->in_flight = true;
	f->fetched = false;
	return 0;
}

/* Takes the request from the kernel: of a write, with the bytes that its pages have now. */
static int fetch_transfer(struct fuse *f, const struct live_pin *pin)
{
	const struct fuse_in_header *in = (const struct fuse_in_header *)f->request;
	int err = fetch(f);

	if (err)
		return err;
	if (in->opcode != (pin->write ? FUSE_READ : FUSE_WRITE))
		return -EPROTO;
	f->unique = in->unique;
	f->fetched = true;
	return 0;
}

static int finish(struct fuse *f, const struct live_pin *pin, int error, const void *data, size_t n)
{
	bool done;
	int err = f->fetched ? 0 : fetch_transfer(f, pin);

	if (!err)
		err = reply(f, f->unique, error, data, n);
	if (err)
		return err;
	f->in_flight = false;
	err = await(f, false, &done);
	return err == error || (!error && err > 0) ? 0 : err < 0 ? err : -EIO;
}

static int fuse_drop(struct live_pin *pin)
{
	struct fuse *f = pin->own;
	struct fuse_write_out written = { .size = (uint32_t)pin->len };

	if (!f->in_flight)
		return 0;
	/* Memory stays as it is. */
	if (pin->write)
		return finish(f, pin, -EIO, NULL, 0);
	return finish(f, pin, 0, &written, sizeof(written));
}

/* The transfer is over with it. */
static int fuse_fill(struct live_pin *pin, size_t offset, uint8_t value)
{
	(void)offset;
	return finish(pin->own, pin, 0, &value, 1);
}

static int fuse_read(struct live_pin *pin, size_t offset)
{
	struct fuse *f = pin->own;
	int err = f->fetched ? -EALREADY : fetch_transfer(f, pin);

	if (err)
		return err;
	return f->request[sizeof(struct fuse_in_header) + sizeof(struct fuse_write_in) + offset];
}

#else /* built without liburing */

static int fuse_open(struct live_pin *pin)
{
	(void)pin;
	return -ENOSYS;
}

static void fuse_close(struct live_pin *pin)
{
	(void)pin;
}

#define fuse_fd NULL
#define fuse_start NULL
#define fuse_take NULL
#define fuse_drop NULL
#define fuse_fill NULL
#define fuse_read NULL

#endif

const struct live_device live_dev_fuse_read = {
	.name = "FUSE",
	.user = COW_RULE_fuse_read,
	.open = fuse_open,
	.close = fuse_close,
	.fd = fuse_fd,
	.start = fuse_start,
	.take = fuse_take,
	.drop = fuse_drop,
	.write = fuse_fill,
};

const struct live_device live_dev_fuse_write = {
	.name = "FUSE",
	.user = COW_RULE_fuse_write,
	.open = fuse_open,
	.close = fuse_close,
	.fd = fuse_fd,
	.start = fuse_start,
	.take = fuse_take,
	.drop = fuse_drop,
	.read = fuse_read,
};
