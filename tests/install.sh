#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# install.sh BUILD COMPILER: what is installed is there and can be used, as TAP.
set -u
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
number=0 result=0

is()	# NAME COMMAND…
{
	local name=$1
	shift
	number=$((number + 1))
	if "$@" >"$root/log" 2>&1; then
		echo "ok $number - $name"
	else
		sed 's/^/# /' "$root/log"
		echo "not ok $number - $name"
		result=1
	fi
}

cat >"$root/client.c" <<'END'
#include <cowherd/cowherd.h>
int main(void)
{
	struct cow_history *h = cow_history_new();
	struct cow_kernels k;

	if (!h || cow_kernels_select(h, "v5.10", &k, NULL, 0, 0, NULL) || k.nr != 1)
		return 1;
	puts(cow_kernel_name(k.kernel[0]));
	cow_kernels_free(&k);
	cow_history_free(h);
	return 0;
}
END
is 'meson install' env DESTDIR="$root" meson install -C "$1" --no-rebuild --quiet
prefix=$(meson introspect "$1" --buildoptions |
	 python3 -c 'import json,sys; print(next(o["value"] for o in json.load(sys.stdin) if o["name"]=="prefix"))')
usr=$root$prefix
pc=$(dirname "$(find "$usr" -name cowherd.pc | head -n 1)")
lib=$(dirname "$pc")
export PKG_CONFIG_PATH=$pc PKG_CONFIG_SYSROOT_DIR=$root
for file in bin/cowherd include/cowherd/cowherd.h share/cowherd/schema/cowherd-1.schema.json \
	    share/bash-completion/completions/cowherd; do
	is "$file" test -s "$usr/$file"
done
if [ -f "$1/man/cowherd.1" ]; then
	for page in "$COW_SOURCE"/man/*.scd; do
		page=$(basename "$page" .scd)
		is "manual page $page" test -s "$usr/share/man/man${page##*.}/$page"
	done
fi
is 'the program runs from where it is installed' "$usr/bin/cowherd" --version
# shellcheck disable=SC2046
is 'a client of the shared library' "$2" -Wall -Werror "$root/client.c" -o "$root/shared" \
	$(pkg-config --cflags --libs cowherd)
is 'it runs' env LD_LIBRARY_PATH="$lib" "$root/shared"
# shellcheck disable=SC2046
is 'a client of the static library' "$2" -Wall -Werror "$root/client.c" -o "$root/static" \
	$(pkg-config --cflags cowherd) "$lib/libcowherd.a" \
	$(PKG_CONFIG_SYSROOT_DIR='' pkg-config --static --libs-only-l cowherd | sed 's/-lcowherd//')
is 'it runs without the shared one' "$root/static"
if command -v c++ >/dev/null; then
	is 'the header is C++ too' c++ -x c++ -Wall -Werror -fsyntax-only -I"$usr/include" "$root/client.c"
fi
echo "1..$number"
exit $result
