/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Which files a list of paths stands for. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cmd.h"

static int add(struct cmd_files *f, const char *path)
{
	char **names = reallocarray(f->name, f->nr + 1, sizeof(*names));

	if (!names)
		return -ENOMEM;
	f->name = names;
	names[f->nr] = strdup(path);
	if (!names[f->nr])
		return -ENOMEM;
	f->nr++;
	return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static bool is_litmus(const char *name)
{
	size_t len = strlen(name), ending = strlen(".litmus");

	return len > ending && !strcmp(name + len - ending, ".litmus");
}

static int add_directory(struct cmd_files *f, const char *dir);

/*
 * Something found in a directory.  Links to directories are not followed, they could
 * lead round in circles; what is neither file nor directory is left alone.
 */
static int add_entry(struct cmd_files *f, const char *path, const char *name)
{
	struct stat st;

	if (lstat(path, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return add_directory(f, path);
	if (!is_litmus(name) || (S_ISLNK(st.st_mode) && stat(path, &st)) || !S_ISREG(st.st_mode))
		return 0;
	return add(f, path);
}

static int add_directory(struct cmd_files *f, const char *dir)
{
	struct dirent **entry;
	int nr = scandir(dir, &entry, visible, by_name);
	int error = nr < 0 ? -errno : 0;
	const char *slash = *dir && dir[strlen(dir) - 1] == '/' ? "" : "/";

	if (error)
		cmd_error("%s: %s", dir, strerror(errno));
	for (int i = 0; i < nr; i++) {
		char *path = NULL;

		if (!error && asprintf(&path, "%s%s%s", dir, slash, entry[i]->d_name) < 0)
			error = -ENOMEM;
		else if (!error) {
			error = add_entry(f, path, entry[i]->d_name);
			free(path);
		}
		free(entry[i]);
	}
	if (nr >= 0)
		free(entry);
	return error;
}

int cmd_files_add(struct cmd_files *f, const char *path)
{
	struct stat st;
	size_t before = f->nr;
	int error;

	/* A missing or odd file is a matter for the one who reads it. */
	if (!strcmp(path, "-") || stat(path, &st) || !S_ISDIR(st.st_mode)) {
		error = add(f, path);
	} else {
		f->directory = true;
		error = add_directory(f, path);
		if (!error && f->nr == before) {
			cmd_error("%s: no scenario (*.litmus) in this directory", path);
			return CMD_USAGE;
		}
	}
	if (error == -ENOMEM)
		cmd_error("%s: %s", path, strerror(ENOMEM));
	return error ? CMD_USAGE : CMD_OK;
}

void cmd_files_free(struct cmd_files *f)
{
	for (size_t i = 0; i < f->nr; i++)
		free(f->name[i]);
	free(f->name);
	*f = (struct cmd_files){ 0 };
}

struct cow_test *cmd_read_test(const struct cmd_options *o, const char *text, const char *file)
{
	struct cow_test *t = text ? cow_test_parse("-e", text, strlen(text), &cmd_diag)
				  : cow_test_read(file, &cmd_diag);

	if (t && o->grain)
		cow_test_set_grain(t, o->grain == CMD_GRAIN_STEP ? COW_GRAIN_STEP : COW_GRAIN_CALL);
	if (t && o->quiet_kernel)
		cow_test_quiet_kernel(t);
	return t;
}
