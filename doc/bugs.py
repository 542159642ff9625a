#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Makes doc/bugs.md of litmus/bugs, litmus/races and of what cowherd says about it.

    python3 doc/bugs.py [COWHERD] > doc/bugs.md
"""

import json
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent

# One release of each era, as eras are called; the columns of the table.
ERAS = [("legacy", "v4.19"), ("legacy-ksm", "v5.7"), ("gup-break", "v5.8"),
        ("v5.9-rc", "v5.9-rc4"), ("v5.9", "v5.10"), ("v5.9s", "v5.11"), ("v5.12", "v5.17"),
        ("v5.18", "v5.18"), ("v5.19", "v5.19"), ("v6.0", "v6.1"), ("v6.2", "v6.2"),
        ("v6.5", "v6.5"), ("v6.10", "v6.12"), ("v6.15", "v6.15"), ("v7.3", "v7.3")]

HEAD = """<!-- SPDX-License-Identifier: GPL-2.0-only OR MIT -->
<!-- Made by: python3 doc/bugs.py build/src/cmd/cowherd > doc/bugs.md -->
# Bugs of copy-on-write, pins and fork, kernel by kernel

Every row is a scenario of [litmus/bugs](../litmus/bugs/), or of [litmus/races](../litmus/races/) where
calls have to overlap, checked on every mainline release. *first bad* and
*fixed* are the releases at which the verdict changes; where a bug came back both have several. *before
v4.4* means: already in the oldest kernel that is modelled. A cell has the standing hazards that are met: D diverged,
L leaked, W wrong page, B balance; `x` is the scenario's own condition without any of them, `-` is safe, and
nothing stands where the kernel lacks the call. A column is called after its era, one release stands for it:
%s.
"""


def expectations(text):
    """The condition's kind, and the release before which the file expects nothing."""
    kind = re.search(r"^(~?exists|forall)", text, re.M)
    kernels = re.findall(r"^expect .* on (.*)$", text, re.M)
    if any(k == "all" or k.startswith("..") for k in kernels):
        return kind and kind[1], None
    starts = [re.match(r"(v[\d.]+?)(?=\.\.|,|$)", k) for k in kernels]
    return kind and kind[1], min((s[1] for s in starts if s), key=number, default=None)


FOLDERS = ["bugs", "races"]


def number(release):
    major, minor, rc = re.match(r"v(\d+)\.(\d+)(?:-rc(\d+))?", release).groups()
    return int(major), int(minor), int(rc) if rc else 99


def cell(verdict, kind):
    if verdict["hazards"]:
        return " ".join(verdict["hazards"])
    seen = verdict.get("observation", "Never")
    bad = seen != "Always" if kind == "forall" else seen != "Never"
    if kind == "~exists":
        bad = seen != "Never"
    return "x" if bad else "-"


def changes(cells):
    """Where the scenario turns bad, and where it is good again."""
    bad, fixed, was = [], [], False
    for n, (release, text) in enumerate(cells):
        is_bad = text != "-"
        if is_bad and not was:
            bad.append("before " + release if n == 0 and release == "v4.4" else release)
        elif was and not is_bad:
            fixed.append(release)
        was = is_bad
    if was:
        fixed.append("not fixed")
    return ", ".join(bad) or "never", ", ".join(fixed) or "-"


def row(check):
    path = next(TOP / "litmus" / f / (check["name"] + ".litmus") for f in FOLDERS
                if (TOP / "litmus" / f / (check["name"] + ".litmus")).exists())
    kind, since = expectations(path.read_text())
    cells = [(v["kernel"], cell(v, kind)) for v in check["verdicts"] if v["mainline"] and
             (since is None or number(v["kernel"]) >= number(since))]
    bad, fixed = changes(cells)
    by_release = dict(cells)
    return [check["name"].split("-")[0],
            "[%s](../litmus/%s/%s.litmus)<br>%s" % (check["name"].split("-", 1)[1],
                                                    path.parent.name, check["name"],
                                                    check["doc"]),
            bad, fixed] + [by_release.get(release, "") for _, release in ERAS]


def main():
    cowherd = sys.argv[1] if len(sys.argv) > 1 else "cowherd"
    # Its exit status only says that there are hazards.
    out = subprocess.run([cowherd, "check", "--json", "--no-expect", "--kernel", "mainline",
                          *(str(TOP / "litmus" / f) for f in FOLDERS)], stdout=subprocess.PIPE, text=True,
                         check=False).stdout
    checks = [j for j in map(json.loads, out.splitlines()) if j["type"] == "check"]
    if not checks:
        sys.exit("no answer from " + cowherd)
    print(HEAD % ", ".join("%s %s" % era if era[0] != era[1] else era[0] for era in ERAS))
    head = ["bug", "scenario", "first bad", "fixed"] + [era for era, _ in ERAS]
    print("| " + " | ".join(head) + " |")
    print("|---" * len(head) + "|")
    for check in sorted(checks, key=lambda c: c["name"]):
        print("| " + " | ".join(row(check)) + " |")


main()
