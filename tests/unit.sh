#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# unit.sh PROGRAM: runs a cmocka program and mends its TAP.  cmocka 1.1.5 says "not ok"
# of skipped cases; the reason is the line that the case printed before.
set -u
"$1" | awk '
	/^not ok [0-9]+ # SKIP / {
		print "ok " $3 " - " $6 " # SKIP " (said ? said : "no reason given")
		said = ""
		next
	}
	/^(ok|not ok|#|1\.\.)/ { print; said = ""; next }
	{ said = $0; print "# " $0 }
	{ fflush() }
'
exit "${PIPESTATUS[0]}"
