#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# lint.sh BUILD: scripts, manual pages, licences; a case for each file, as TAP.
# shellcheck disable=SC2317	# functions that is() calls
set -u
cd "$COW_SOURCE" || exit 1
build=$1 number=0 result=0

is()	# NAME COMMAND…
{
	local name=$1 log
	shift
	number=$((number + 1))
	if log=$("$@" 2>&1); then
		echo "ok $number - $name"
	else
		echo "${log//$'\n'/$'\n'# }" | sed '1s/^/# /'
		echo "not ok $number - $name"
		result=1
	fi
}

skip()	# NAME REASON
{
	number=$((number + 1))
	echo "ok $number - $1 # SKIP $2"
}

# scdoc writes more paragraph macros than are needed; nothing else is forgiven.
manual_page()
{
	! mandoc -T lint -W warning "$1" | grep -v 'skipping paragraph macro'
}

if command -v shellcheck >/dev/null; then
	for script in build-aux/*.sh tests/*.sh fuzz/*.sh bench/*.sh .ci/run; do
		[ -f "$script" ] || continue
		is "shellcheck $script" shellcheck "$script"
	done
	is 'shellcheck completions/cowherd.bash' shellcheck -s bash completions/cowherd.bash
else
	skip 'shellcheck' 'shellcheck is not installed'
fi

if ! command -v mandoc >/dev/null; then
	skip 'manual pages' 'mandoc is not installed'
elif [ ! -f "$build/man/cowherd.1" ]; then
	skip 'manual pages' 'scdoc is not installed'
else
	for page in "$build"/man/*.[157]; do
		is "mandoc $(basename "$page")" manual_page "$page"
	done
fi

spdx()
{
	! find src include tests fuzz bench build-aux data -type f \
		\( -name '*.[ch]' -o -name '*.y' -o -name '*.re' -o -name '*.def' -o -name '*.sh' \
		   -o -name '*.py' -o -name '*.hist' -o -name '*.bats' -o -name meson.build \) \
		-exec grep -L 'SPDX-License-Identifier: GPL-2.0-only OR MIT' {} + | grep .
}
is 'every source file says its licence' spdx

# The options of the program, its manual pages and its completion are one.
documented()
{
	local verb option missing=0
	for verb in check explain bisect live gen list; do
		for option in $("$COWHERD" "$verb" --help | grep -oE -e '--[a-z][a-z-]+' | sort -u); do
			case $option in --usage) continue ;; esac
			grep -qe "\\*$option\\*" "man/cowherd-$verb.1.scd" man/cowherd.1.scd ||
				{ echo "$verb: $option"; missing=1; }
		done
	done
	return "$missing"
}
is 'every option stands in a manual page' documented

echo "1..$number"
exit $result
