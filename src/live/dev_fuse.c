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
 * Each page is a transfer with a FUSE connection of its own, so that fetching one request
 * does not fetch another one's data, and a range with a hole fails instead of being
 * transferred in part.
 */
#include <errno.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "live.h"

#ifdef COW_HAVE_URING
#include "fuse.h"

struct fuse {
	unsigned nr;
	struct transfer transfer[];
};

static void fuse_close(struct live_pin *pin)
{
	struct fuse *fuse = pin->own;

	for (unsigned i = 0; fuse && i < fuse->nr; i++)
		live_fuse_disconnect(&fuse->transfer[i]);
	free(fuse);
	pin->own = NULL;
}

static int fuse_open(struct live_pin *pin)
{
	struct fuse *fuse = calloc(1, sizeof(*fuse) + pin->npages * sizeof(fuse->transfer[0]));
	int err = 0;

	if (!fuse)
		return -ENOMEM;
	pin->own = fuse;
	for (; !err && fuse->nr < pin->npages; fuse->nr++) {
		struct transfer *f = &fuse->transfer[fuse->nr];

		f->mount = f->file = f->ring.ring_fd = -1;
		f->write = pin->write;
		err = live_fuse_connect(f);
	}
	if (err)
		fuse_close(pin);
	return err;
}

static int fuse_fd(const struct live_pin *pin, unsigned i)
{
	const struct fuse *fuse = pin->own;

	if (i / 2 >= fuse->nr)
		return -1;
	return i % 2 ? fuse->transfer[i / 2].mount : fuse->transfer[i / 2].ring.ring_fd;
}

static int fuse_start(struct live *l, struct live_pin *pin)
{
	struct fuse *fuse = pin->own;
	int err = 0;

	for (unsigned i = 0; !err && i < fuse->nr; i++)
		err = live_fuse_open_file(l, &fuse->transfer[i]);
	return err;
}

/* ---- transfers ---- */

/* The request is submitted by whoever enters the ring next. */
static int prepare(struct transfer *f)
{
	struct io_uring_sq *sq = &f->ring.sq;
	struct io_uring_sqe *sqe = io_uring_get_sqe(&f->ring);
	void *addr = (void *)(uintptr_t)f->addr;
	unsigned tail;

	if (!sqe)
		return -EBUSY;
	if (f->write)
		io_uring_prep_read(sqe, f->file, addr, (unsigned)f->len, 0);
	else
		io_uring_prep_write(sqe, f->file, addr, (unsigned)f->len, 0);
	tail = *sq->ktail;
	sq->array[tail & *sq->kring_mask] = (unsigned)(sqe - sq->sqes);
	sq->sqe_head = sq->sqe_tail;
	io_uring_smp_store_release(sq->ktail, tail + 1);
	return 0;
}

/* The result of the transfer, when it has one; *DONE is false if a request came first. */
static int await(struct transfer *f, bool request_too, bool *done)
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

/* AGENT submits it; 0 when the pages are held. */
static long submit(struct live *l, unsigned agent, struct transfer *f)
{
	struct live_arguments *a = &l->control->agent[agent];
	bool done = false;
	long n = prepare(f);

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
static int fetch_transfer(struct transfer *f)
{
	const struct fuse_in_header *in = (const struct fuse_in_header *)f->request;
	int err = live_fuse_fetch(f);

	if (err)
		return err;
	if (in->opcode != (f->write ? FUSE_READ : FUSE_WRITE))
		return -EPROTO;
	f->unique = in->unique;
	f->fetched = true;
	return 0;
}

static int finish(struct transfer *f, int error, const void *data, size_t n)
{
	bool done;
	int err = f->fetched ? 0 : fetch_transfer(f);

	if (!err)
		err = live_fuse_reply(f, f->unique, error, data, n);
	if (err)
		return err;
	f->in_flight = false;
	err = await(f, false, &done);
	return err == error || (!error && err > 0) ? 0 : err < 0 ? err : -EIO;
}

/* Memory stays as it is. */
static int give_up(struct transfer *f)
{
	struct fuse_write_out written = { .size = (uint32_t)f->len };

	if (!f->in_flight)
		return 0;
	return f->write ? finish(f, -EIO, NULL, 0) : finish(f, 0, &written, sizeof(written));
}

static int fuse_drop(struct live_pin *pin)
{
	struct fuse *fuse = pin->own;
	int err = 0;

	for (unsigned i = 0; !err && i < fuse->nr; i++)
		err = give_up(&fuse->transfer[i]);
	return err;
}

static long fuse_take(struct live *l, unsigned agent, struct live_pin *pin)
{
	struct fuse *fuse = pin->own;
	long err = 0;
	int left;

	for (unsigned i = 0; !err && i < fuse->nr; i++) {
		struct transfer *f = &fuse->transfer[i];

		f->addr = pin->addr + pin->start[i];
		f->len = pin->len < LIVE_PAGE ? pin->len : LIVE_PAGE;
		err = submit(l, agent, f);
	}
	left = err ? fuse_drop(pin) : 0;
	if (left)
		live_fail(l, "a direct transfer does not end: error %d", -left);
	return err;
}

/* The transfer is over with it. */
static int fuse_fill(struct live_pin *pin, size_t offset, uint8_t value)
{
	struct fuse *fuse = pin->own;

	(void)offset;
	return finish(&fuse->transfer[0], 0, &value, 1);
}

static int fuse_read(struct live_pin *pin, size_t offset)
{
	struct fuse *fuse = pin->own;
	struct transfer *f = &fuse->transfer[live_pin_page(pin, offset)];
	int err = f->fetched ? -EALREADY : fetch_transfer(f);
	if (err)
		return err;
	return f->request[sizeof(struct fuse_in_header) + sizeof(struct fuse_write_in) +
			  offset % LIVE_PAGE];
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
