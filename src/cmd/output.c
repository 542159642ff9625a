/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Writing to standard output. */
#include <errno.h>
#include <string.h>
#include "cmd.h"

static bool failed;

void cmd_wrote(int error)
{
	/* A full disk or closed pipe is told of once, by cmd_flush(). */
	if (!error || ferror(stdout))
		return;
	cmd_error("cannot make this output: %s", strerror(-error));
	failed = true;
}

void cmd_json(const char *type, json_t *object)
{
	json_t *line = json_pack("{s:s, s:s}", "schema", "cowherd/1", "type", type);
	int error = 0;

	/*
	 * Update keeps the order: schema and type come first.  There is no object if
	 * there is no memory or some text is not UTF-8.
	 */
	if (!line || !object || json_object_update(line, object))
		error = -EILSEQ;
	else if (json_dumpf(line, stdout, JSON_COMPACT) || putchar('\n') == EOF)
		error = -EIO;
	json_decref(line);
	json_decref(object);
	cmd_wrote(error);
}

int cmd_flush(void)
{
	static bool said;

	cmd_progress_end();
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return failed ? CMD_USAGE : CMD_OK;
	if (!said)
		cmd_error("cannot write to standard output%s%s", errno ? ": " : "",
			  errno ? strerror(errno) : "");
	said = true;
	return CMD_USAGE;
}
