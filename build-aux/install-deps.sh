#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# install-deps.sh build|test…: installs the Debian packages that are missing to build
# cowherd, or to test it.  Nothing happens if all are there.  Packages marked
# optional may be missing in the end; what needs them is then left out, and said so.
set -eu

required=
optional=
for purpose; do
	case $purpose in
	build)
		required="$required meson ninja-build pkg-config bison re2c xxd
			libjansson-dev libxxhash-dev"
		optional="$optional liburing-dev scdoc" ;;
	test)
		required="$required libcmocka-dev bats"
		optional="$optional clang libclang-rt-14-dev shellcheck mandoc python3-jsonschema" ;;
	*)
		echo "usage: $0 build|test..." >&2
		exit 2 ;;
	esac
done

missing()
{
	for package; do
		status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
		[ "$status" = installed ] || printf '%s ' "$package"
	done
}

# Word splitting of the lists is meant.
# shellcheck disable=SC2086
if ! command -v dpkg-query >/dev/null; then
	echo "$0: no dpkg here; these must be installed by hand:" $required >&2
	exit 0
fi

# shellcheck disable=SC2086
need=$(missing $required)
# shellcheck disable=SC2086
want=$(missing $optional)
[ -n "$need$want" ] || exit 0

if [ "$(id -u)" = 0 ]; then
	sudo=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
	sudo='sudo -n'
elif command -v sudo >/dev/null && [ -t 0 ]; then
	sudo=sudo
else
	sudo=none
fi

if [ "$sudo" = none ]; then
	[ -n "$need" ] || { echo "left out, not installed: $want"; exit 0; }
	echo "$0: missing packages, and neither root nor sudo to install them. As root:" >&2
	echo "    apt-get install $need$want" >&2
	exit 1
fi

apt_get()
{
	# shellcheck disable=SC2086
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
		-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" </dev/null
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "installing: $need$want"
apt_get update >"$log" 2>&1 || { cat "$log" >&2; echo "$0: apt-get update failed" >&2; }
# One by one: a release without an optional package must not stop the others.
# shellcheck disable=SC2086
if [ -n "$need" ] && ! apt_get install --no-install-recommends $need >"$log" 2>&1; then
	cat "$log" >&2
	echo "$0: could not install: $need" >&2
	exit 1
fi
for package in $want; do
	apt_get install --no-install-recommends "$package" >"$log" 2>&1 ||
		echo "left out, could not install: $package"
done
