/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Scenarios from files. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"
#include "parse.h"

static void complain(const struct cow_diag *diag, const char *file, const char *text)
{
	cow_message_at(diag, COW_ERROR, file, NULL, NULL, "%s", text);
}

static const char *what_is(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR: return "this is a directory, not a scenario";
	case S_IFIFO: return "this is a FIFO; scenarios are read from regular files, or with '-' "
			     "from standard input";
	case S_IFSOCK: return "this is a socket, not a file";
	default: return "this is a device, not a file";
	}
}

/* Opens a regular file.  Nothing else is even tried: a FIFO or a tape would block. */
static int open_regular(const char *file, const struct cow_diag *diag)
{
	struct stat st;
	int fd;

	if (stat(file, &st)) {
		complain(diag, file, strerror(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		complain(diag, file, what_is(st.st_mode));
		return -1;
	}
	/* It may have been exchanged since. */
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		complain(diag, file, strerror(errno));
		return -1;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		complain(diag, file, "this is not a regular file any more");
		close(fd);
		return -1;
	}
	return fd;
}

struct cow_test *cow_test_read(const char *file, const struct cow_diag *diag)
{
	/* One more byte shows that there is too much. */
	size_t size = MAX_TEXT + 1, len = 0;
	bool standard = !strcmp(file, "-");
	int fd = standard ? STDIN_FILENO : open_regular(file, diag);
	struct cow_test *t = NULL;
	ssize_t n = 1;
	char *text;

	if (fd < 0)
		return NULL;
	if (standard)
		file = "<stdin>";
	text = malloc(size);
	if (!text) {
		complain(diag, file, "out of memory");
		goto out;
	}
	while (len < size && n) {
		n = read(fd, text + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			complain(diag, file, strerror(errno));
			goto out;
		}
		len += (size_t)n;
	}
	if (len == size)
		cow_message_at(diag, COW_ERROR, file, NULL, NULL,
			       "this is too large: a scenario has at most %d bytes", MAX_TEXT);
	else
		t = cow_test_parse(file, text, len, diag);
out:
	free(text);
	if (!standard)
		close(fd);
	return t;
}
