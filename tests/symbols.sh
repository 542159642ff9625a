#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# symbols.sh LIBRARY: exports exactly what cowherd.h marks with COW_API.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
grep -oE '^COW_API .*' "$COW_SOURCE/include/cowherd/cowherd.h" |
	grep -oE '\bcow_[a-z_]+ *\(' | tr -d ' (' | sort >"$tmp/header"
nm -D --defined-only "$1" | awk '$2 != "A" { print $3 }' | sort >"$tmp/library"
echo 1..3
result=0
case_of()
{
	if [ ! -s "$2" ]; then
		echo "ok $1 - $3"
	else
		sed 's/^/# /' "$2"
		echo "not ok $1 - $3"
		result=1
	fi
}
comm -13 "$tmp/header" "$tmp/library" >"$tmp/more"
comm -23 "$tmp/header" "$tmp/library" >"$tmp/less"
readelf -d "$1" | grep -q 'SONAME.*\[libcowherd\.so\.0\]' || echo 'no soname libcowherd.so.0' >"$tmp/soname"
touch "$tmp/soname"
case_of 1 "$tmp/more" 'nothing is exported but what the header offers'
case_of 2 "$tmp/less" 'all that the header offers is exported'
case_of 3 "$tmp/soname" 'soname'
[ -s "$tmp/header" ] || result=1
exit $result
