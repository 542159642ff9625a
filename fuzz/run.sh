#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# run.sh [--tap] SECONDS: builds each fuzz target with clang's libFuzzer, ASan and
# UBSan, and lets it run for so long, from what the tree has of such text (litmus/,
# data/history/) and the inputs in fuzz/corpus/TARGET.  New inputs are kept in
# build/fuzz-corpus, and so is one that fails; what is worth it is copied by hand.
# --tap: results as TAP on standard output.
set -u
cd "$(dirname "$0")/.." || exit 2
tap=
[ "${1:-}" != --tap ] || { tap=1; shift; }
seconds=${1:?seconds}
number=0 status=0

result()
{
	number=$((number + 1))
	[ "$1" = ok ] || status=1
	[ -z "$tap" ] || printf '%s %d - %s\n' "$1" "$number" "$2"
}

finish()
{
	[ -z "$tap" ] || echo "1..$number"
	exit "$status"
}

exec 3>&2
[ -n "$tap" ] || exec 3>&1

reason=
if ! command -v clang >/dev/null; then
	reason='clang is not installed'
elif ! echo 'int LLVMFuzzerTestOneInput(const char *d, long n) { return d && n < 0; }' |
     clang -x c -fsanitize=fuzzer -o /dev/null - 2>/dev/null; then
	reason="libFuzzer's runtime is not installed (libclang-rt-14-dev)"
fi
if [ -n "$reason" ]; then
	echo "fuzzing: $reason" >&3
	result ok "fuzz # SKIP $reason"
	finish
fi

build=build/fuzz
if ! build-aux/setup.sh $build clang address,undefined -Dfuzz=true -Dtests=disabled >&3 2>&1 ||
   ! ninja -C $build --quiet >&3 2>&1; then
	result 'not ok' 'fuzz targets are built'
	finish
fi
# All at once, then a result for each.
declare -A pids
for source in fuzz/fuzz_*.c; do
	name=${source#fuzz/fuzz_}
	name=${name%.c}
	mkdir -p "build/fuzz-corpus/$name"
	set -- "build/fuzz-corpus/$name"
	[ ! -d "fuzz/corpus/$name" ] || set -- "$@" "fuzz/corpus/$name"
	case $name in
	litmus) set -- "$@" litmus ;;
	history) set -- "$@" data/history ;;
	esac
	echo "fuzzing $name for $seconds s" >&3
	"$build/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
		-max_len=65536 -print_final_stats=1 -artifact_prefix="build/fuzz-corpus/$name-" \
		-dict="fuzz/$name.dict" "$@" >"build/fuzz-corpus/$name.log" 2>&1 &
	pids[$name]=$!
done
for name in "${!pids[@]}"; do
	log=build/fuzz-corpus/$name.log
	if wait "${pids[$name]}"; then
		echo "$name: $(grep -o 'stat::number_of_executed_units: .*' "$log")" >&3
		result ok "fuzz $name for $seconds s"
	else
		tail -n 60 "$log" >&3
		result 'not ok' "fuzz $name for $seconds s"
	fi
done
finish
