#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# setup.sh DIR COMPILER SANITIZERS [meson options…]: configures a build directory.
# Empty strings: the default compiler, no sanitizers.
set -eu
dir=$1 compiler=$2 sanitizers=$3
shift 3
if [ -n "$sanitizers" ]; then
	# -fsanitize with a shared library leaves symbols for the program to define.
	set -- "$@" -Db_sanitize="$sanitizers" -Db_lundef=false
fi
if [ -n "$compiler" ]; then
	CC=$compiler
	export CC
fi
if ! command -v meson >/dev/null; then
	echo "meson is missing: build-aux/install-deps.sh build" >&2
	exit 1
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if [ -f "$dir/build.ninja" ]; then
	[ $# = 0 ] || meson configure "$dir" "$@" >"$log" 2>&1
else
	meson setup "$dir" "$@" >"$log" 2>&1
fi || { cat "$log" >&2; exit 1; }
