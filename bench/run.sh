#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# What a user waits for, as whole processes, beside what a model checker's user waits for.
#
#   bench/run.sh COWHERD      (make bench)
#
# Rows: one scenario on every mainline kernel; the same with SPIN, which is
# translate + compile + search for one set of rules (bench/cowpin.pml, 2 processes, 1
# page, 1 pin: 9,822 states); the whole corpus on every kernel.  Medians of 20 (5 for SPIN
# and the corpus) runs in turn on this machine; the ratio is what to quote.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cowherd=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

for tool in hyperfine spin; do
	command -v "$tool" >/dev/null || {
		echo "bench: $tool is missing (apt-get install hyperfine spin)" >&2
		exit 2
	}
done

cat >"$tmp/spin.sh" <<'SPIN'
set -e
dir=$(mktemp -d)
cd "$dir"
spin -o2 -DP=2 -DN=1 -DS=1 -DRULE=1 -DFORKCOPY=1 -DWP=1 -DCHECK=1 -a "$1"
gcc -O3 -w -DSAFETY -DNOREDUCE -DNOFAIR -DNOBOUNDCHECK -o pan pan.c
./pan -E -m100000 -w22 >/dev/null
cd /
rm -rf "$dir"
SPIN

# median seconds of a command
median() {	# name runs command
	hyperfine -N -i --warmup 1 --runs "$2" --export-csv "$tmp/$1.csv" "$3" >/dev/null 2>&1
	awk -F, 'NR == 2 { print $4 }' "$tmp/$1.csv"
}

scenario=$here/../litmus/seed/vfio-readonly-pin-after-fork.litmus
one=$(median one 20 "$cowherd check -q $scenario")
spin=$(median spin 5 "sh $tmp/spin.sh $here/cowpin.pml")
corpus=$(median corpus 5 "$cowherd check -q $here/../litmus")
files=$(find "$here/../litmus" -name '*.litmus' | wc -l)

awk -v one="$one" -v spin="$spin" -v corpus="$corpus" -v files="$files" 'BEGIN {
	printf "%-58s %8.1f ms\n", "cowherd check: one scenario, every mainline kernel", 1000 * one
	printf "%-58s %8.1f ms   %.0f x as long\n", "spin + gcc + pan: one small system, one set of rules", 1000 * spin, spin / one
	printf "%-58s %8.1f ms   %.2f ms a scenario\n", "cowherd check: " files " scenarios, every kernel", 1000 * corpus, 1000 * corpus / files
}'
