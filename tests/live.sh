#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# live.sh corpus|random: scenarios on the running kernel, as TAP.  KTAP is TAP but for
# its first line.
set -u
cd "$COW_SOURCE" || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
if ! "$COWHERD" list kernels --kernel running >/dev/null 2>"$tmp/err"; then
	echo "1..0 # SKIP $(sed -n '1s/.*error: //p' "$tmp/err")"
	exit 0
fi
case $1 in
corpus)
	"$COWHERD" live --ktap litmus >"$tmp/out" ;;
random)
	"$COWHERD" gen --count "${COW_RANDOM:-200}" -o "$tmp/generated" &&
	"$COWHERD" live --ktap --runs 1 --schedules 8 "$tmp/generated" >"$tmp/out" ;;
esac
status=$?
sed 1d "$tmp/out"

# Nothing of ours may be left: what runs the program in our session.
session()
{
	sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f4
}
program=$(readlink -f "$COWHERD")
for exe in /proc/[0-9]*/exe; do
	pid=${exe#/proc/}
	pid=${pid%/exe}
	if [ "$(readlink "$exe")" = "$program" ] && [ "$(session "$pid")" = "$(session $$)" ]; then
		echo "# process $pid is left behind"
		status=1
	fi
done
exit "$status"
