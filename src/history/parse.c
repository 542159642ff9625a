/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Reading one text, or a file, into a history. */
#include "parse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../litmus/message.h"
#include "history-grammar.h"

void hist_error(struct hist_parse *p, const struct cow_loc *loc, const char *fmt, ...)
{
	va_list ap;

	if (p->stop)
		return;
	va_start(ap, fmt);
	cow_vmessage_at(p->diag, COW_ERROR, p->file, p->text, loc, fmt, ap);
	va_end(ap);
	if (++p->errors >= HIST_MAX_ERRORS) {
		cow_message_at(p->diag, COW_ERROR, p->file, NULL, NULL,
			       "too many errors, not read any further");
		p->stop = true;
	}
}

void *hist_parse_alloc(struct hist_parse *p, size_t size)
{
	void *mem = cow_arena_alloc(&p->h->arena, size);

	if (!mem)
		p->stop = p->nomem = true;
	return mem;
}

int cow_history_parse(struct cow_history *h, const char *name, const char *text, size_t len,
		      const struct cow_diag *diag)
{
	struct hist_parse p = { .h = h, .diag = diag, .line = 1 };
	char *copy;
	int err = 0;

	if (len > HIST_MAX_TEXT) {
		cow_message_at(diag, COW_ERROR, name, NULL, NULL,
			       "%zu bytes are too many for a history, %u are allowed",
			       len, HIST_MAX_TEXT);
		return -EINVAL;
	}
	p.file = hist_strdup(h, name);
	copy = malloc(len + 1);
	if (!p.file || !copy) {
		free(copy);
		return -ENOMEM;
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	p.text = p.cursor = p.line_start = copy;
	p.end = copy + len;

	/* Kernels made before do not know what comes now. */
	hist_forget_kernels(h);
	if (hist_yyparse(&p) && !p.errors)
		err = -ENOMEM;
	hist_forget_kernels(h);
	if (p.nomem)
		err = -ENOMEM;
	else if (p.errors)
		err = -EINVAL;
	free(copy);
	return err;
}

/* All of FILE; 0, or -errno, or -EINVAL after a message. */
static int read_all(const char *file, const struct cow_diag *diag, char **text, size_t *len)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err = 0;
	const char *what = NULL;
	size_t got = 0, room;
	char *buf = NULL;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		err = -errno;
	else if (S_ISDIR(st.st_mode))
		err = -EISDIR;
	else if (!S_ISREG(st.st_mode))
		what = "not a regular file";
	else if (st.st_size > HIST_MAX_TEXT)
		what = "too large for a history";
	if (!err && !what) {
		room = (size_t)st.st_size + 1;
		buf = malloc(room);
		if (!buf)
			err = -ENOMEM;
		while (!err && got < room) {
			ssize_t n = read(fd, buf + got, room - got);

			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				err = -errno;
			if (n <= 0)
				break;
			got += (size_t)n;
		}
	}
	close(fd);
	if (what) {
		cow_message_at(diag, COW_ERROR, file, NULL, NULL, "%s", what);
		err = -EINVAL;
	}
	if (err) {
		free(buf);
		return err;
	}
	*text = buf;
	*len = got;
	return 0;
}

int cow_history_read(struct cow_history *h, const char *file, const struct cow_diag *diag)
{
	char *text = NULL;
	size_t len = 0;
	int err = read_all(file, diag, &text, &len);

	if (err) {
		if (err != -EINVAL && err != -ENOMEM) {
			cow_message_at(diag, COW_ERROR, file, NULL, NULL, "%s", strerror(-err));
			err = -EINVAL;
		}
		return err;
	}
	err = cow_history_parse(h, file, text, len, diag);
	free(text);
	return err;
}
