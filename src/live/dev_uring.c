/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * dev_uring.c - io_uring fixed buffers: a write pin.
 *
 * IORING_REGISTER_BUFFERS takes the pages; READ_FIXED from a memfd is the device that
 * writes into them, WRITE_FIXED into it the device that reads.  The ring is the
 * coordinator's; the address of a request only selects a place in the registered pages.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "live.h"

#ifdef COW_HAVE_URING
#include <liburing.h>

struct uring {
	struct io_uring ring;
	int memory;	/* of the device: one byte */
};

static int uring_init(struct io_uring *ring)
{
	int err;

	/*
	 * Memory of rings closed a moment ago is given back late; until 5.12 it
	 * counts as locked memory.
	 */
	for (unsigned i = 0; i < 20; i++) {
		err = io_uring_queue_init(2, ring, 0);
		if (err != -ENOMEM)
			break;
		usleep(10000);
	}
	return err;
}

static int uring_open(struct live_pin *pin)
{
	struct uring *u = calloc(1, sizeof(*u));
	int err;

	if (!u)
		return -ENOMEM;
	u->memory = memfd_create("cowherd-device", MFD_CLOEXEC);
	if (u->memory < 0 || ftruncate(u->memory, 1)) {
		err = -errno;
		goto fail;
	}
	err = uring_init(&u->ring);
	if (err)
		goto fail;
	pin->own = u;
	return 0;
fail:
	if (u->memory >= 0)
		close(u->memory);
	free(u);
	return err;
}

static void uring_close(struct live_pin *pin)
{
	struct uring *u = pin->own;

	if (!u)
		return;
	io_uring_queue_exit(&u->ring);
	close(u->memory);
	free(u);
	pin->own = NULL;
}

static int uring_fd(const struct live_pin *pin, unsigned i)
{
	return i ? -1 : ((const struct uring *)pin->own)->ring.ring_fd;
}

static long uring_take(struct live *l, unsigned agent, struct live_pin *pin)
{
	struct live_arguments *a = &l->control->agent[agent];

	a->iov[0].base = pin->addr;
	a->iov[0].len = pin->len;
	return live_call(l, agent, SYS_io_uring_register, uring_fd(pin, 0), IORING_REGISTER_BUFFERS,
			 (int64_t)live_shared(l, a->iov), 1);
}

static int uring_drop(struct live_pin *pin)
{
	struct uring *u = pin->own;

	return io_uring_unregister_buffers(&u->ring);
}

/* One byte at OFFSET of the registered pages, from or to the device's memory. */
static int transfer(struct live_pin *pin, size_t offset, bool write)
{
	struct uring *u = pin->own;
	struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);
	struct io_uring_cqe *cqe;
	void *place = (void *)(uintptr_t)(pin->addr + offset);
	int n;

	if (!sqe)
		return -EBUSY;
	if (write)
		io_uring_prep_read_fixed(sqe, u->memory, place, 1, 0, 0);
	else
		io_uring_prep_write_fixed(sqe, u->memory, place, 1, 0, 0);
	n = io_uring_submit_and_wait(&u->ring, 1);
	if (n < 0)
		return n;
	n = io_uring_wait_cqe(&u->ring, &cqe);
	if (n < 0)
		return n;
	n = cqe->res;
	io_uring_cqe_seen(&u->ring, cqe);
	return n < 0 ? n : n == 1 ? 0 : -EIO;
}

static int uring_write(struct live_pin *pin, size_t offset, uint8_t value)
{
	struct uring *u = pin->own;

	if (pwrite(u->memory, &value, 1, 0) != 1)
		return -EIO;
	return transfer(pin, offset, true);
}

static int uring_read(struct live_pin *pin, size_t offset)
{
	struct uring *u = pin->own;
	uint8_t value;
	int err = transfer(pin, offset, false);

	if (err)
		return err;
	return pread(u->memory, &value, 1, 0) == 1 ? value : -EIO;
}

#else /* built without liburing */

static int uring_open(struct live_pin *pin)
{
	(void)pin;
	return -ENOSYS;
}

static void uring_close(struct live_pin *pin)
{
	(void)pin;
}

#define uring_fd NULL
#define uring_take NULL
#define uring_drop NULL
#define uring_write NULL
#define uring_read NULL

#endif

const struct live_device live_dev_uring = {
	.name = "io_uring",
	.user = COW_RULE_uring,
	.open = uring_open,
	.close = uring_close,
	.fd = uring_fd,
	.take = uring_take,
	.drop = uring_drop,
	.write = uring_write,
	.read = uring_read,
};
