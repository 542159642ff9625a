/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * fuse.h - a FUSE connection with one file of one page, whose server is the coordinator.
 *
 * It is mounted nowhere: fsmount() gives a detached mount, whose only file, its root, is
 * opened by the supervisor through /proc/self/fd.
 */
#ifndef COW_LIVE_FUSE_H
#define COW_LIVE_FUSE_H

#include <liburing.h>
#include "live.h"

enum { FUSE_MAX_WRITE = LIVE_PAGE, FUSE_REQUEST = FUSE_MAX_WRITE + 4096 };

/* A connection and the transfer of a page, or a part of it, that is made with it. */
struct transfer {
	int dev;			/* the server's end */
	int mount;
	int file;			/* in the agents: opened by the supervisor */
	struct io_uring ring;
	unsigned timeout_ms;
	uint64_t addr, len;
	bool write;			/* to memory */
	bool in_flight, fetched;
	uint64_t unique;		/* of the fetched request */
	unsigned char request[FUSE_REQUEST];
};

/* 0 or -errno; live_fuse_disconnect() in any case. */
int live_fuse_connect(struct transfer *f);
void live_fuse_disconnect(struct transfer *f);
/* The supervisor opens the file: f->file.  0 or -errno. */
int live_fuse_open_file(struct live *l, struct transfer *f);
/* Takes a request from the kernel, into f->request; 0, or -EAGAIN if there is none. */
int live_fuse_fetch(struct transfer *f);
int live_fuse_reply(struct transfer *f, uint64_t unique, int error, const void *data, size_t n);

#endif
