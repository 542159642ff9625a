#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# run.sh [SANITIZERS]: builds and runs every test.  Without an argument: with gcc and
# clang (warnings are errors), with sanitizers, and a short fuzz run.  With one: the
# whole suite once, in a build with these sanitizers.
#
# The last line is "N passed, N failed, N skipped", counting single cases.
set -u
cd "$(dirname "$0")/.." || exit 2

FUZZ_SECONDS=${FUZZ_SECONDS:-20}
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
stages=0

# One case that is no program of the suite: result ok|not ok|skip, what, why.
record()
{
	case $1 in
	skip) printf 'ok 1 - %s # SKIP %s\n' "$2" "$3" ;;
	*) printf '%s 1 - %s\n' "$1" "$2" ;;
	esac >"$results/$((++stages)).tap"
}

# stage NAME COMPILER SANITIZERS [meson test arguments…]
stage()
{
	local name=$1 compiler=$2 sanitizers=$3 dir=build/test-$1
	shift 3
	printf -- '-- %s: %s\n' "$name" "$dir"
	if [ -n "$compiler" ] && ! command -v "$compiler" >/dev/null; then
		record skip "build with $name" "$compiler is not installed"
		return
	fi
	if ! build-aux/setup.sh "$dir" "$compiler" "$sanitizers" -Dwerror=true -Dtests=enabled ||
	   ! ninja -C "$dir" --quiet; then
		record 'not ok' "build with $name"
		return
	fi
	record ok "build with $name"
	rm -f "$dir/meson-logs/testlog.json"
	meson test -C "$dir" --no-rebuild --print-errorlogs --quiet "$@"
	if [ -s "$dir/meson-logs/testlog.json" ]; then
		cp "$dir/meson-logs/testlog.json" "$results/$((++stages))-$name.json"
	else
		record 'not ok' "tests of $name ran"
	fi
}

if [ $# -gt 0 ] && [ -n "$1" ]; then
	stage "${1//,/-}" "" "$1" --no-suite source --timeout-multiplier 3
else
	stage gcc gcc ""
	stage clang clang "" --suite unit
	stage sanitize gcc address,undefined --no-suite source --timeout-multiplier 3
	fuzz/run.sh --tap "$FUZZ_SECONDS" >"$results/fuzz.tap"
fi
exec tests/summary.py "$results"/*
