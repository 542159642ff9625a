#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""summary.py FILE...: adds up test results, *.tap or meson's testlog.json.

A program that speaks TAP counts as its cases, any other as one.  A program that
failed though none of its cases did (it crashed, hung, or lost cases) counts as
one failure more.  Exit status 1 if anything failed or nothing passed.
"""
import json
import os
import re
import sys

CASE = re.compile(r'^(not )?ok\b *(\d+)? *(?:- )?([^#]*)(?:# *(SKIP|TODO)\S* *(.*))?', re.I)
PLAN = re.compile(r'^1\.\.(\d+)(?: *# *SKIP\S* *(.*))?', re.I)

passed, failed, skipped = 0, [], []


def read_tap(program, text):
    """Counts the cases of one program; how many were planned or seen, and failed."""
    global passed
    seen = bad = 0
    planned = None
    for line in text.splitlines():
        if plan := PLAN.match(line):
            planned = int(plan[1])
            if planned == 0:
                skipped.append((program, plan[2] or 'no reason given'))
        elif case := CASE.match(line):
            seen += 1
            name = f'{program}: {case[3].strip()}'
            if (case[4] or '').upper() == 'SKIP':
                skipped.append((name, case[5].strip() or 'no reason given'))
            elif case[1]:
                bad += 1
                failed.append(name)
            else:
                passed += 1
    if planned is not None and seen != planned:
        bad += 1
        failed.append(f'{program}: {seen} of {planned} cases ran')
    return seen if planned is None else max(seen, planned + 1), bad


def read_log(stage, path):
    global passed
    for line in open(path, encoding='utf-8', errors='replace'):
        test = json.loads(line)
        name = f"{stage}: {test['name'].split(' / ')[-1]}"
        cases, bad = read_tap(name, test.get('stdout', ''))
        result = test['result']
        if result in ('FAIL', 'ERROR', 'TIMEOUT', 'INTERRUPT', 'UNEXPECTEDPASS'):
            if not bad:
                failed.append(f"{name} ({result.lower()}, status {test.get('returncode')})")
        elif not cases:
            if result == 'SKIP':
                skipped.append((name, 'exit status 77'))
            else:
                passed += 1


for path in sys.argv[1:]:
    base = os.path.basename(path)
    if path.endswith('.json'):
        read_log(base[:-5].split('-', 1)[-1], path)
    else:
        cases, bad = read_tap(base[:-4] if not base[0].isdigit() else 'run',
                              open(path, encoding='utf-8', errors='replace').read())
        if not cases:
            failed.append(f'{base}: no test ran')

reasons = {}
for name, reason in skipped:
    reasons.setdefault(reason, []).append(name)
for reason, names in sorted(reasons.items(), key=lambda item: -len(item[1])):
    more = f' and {len(names) - 3} more' if len(names) > 3 else ''
    print(f"skipped {len(names)}: {reason}: {', '.join(names[:3])}{more}")
for name in failed:
    print(f'FAILED: {name}')
print(f'{passed} passed, {len(failed)} failed, {len(skipped)} skipped')
sys.exit(1 if failed or not passed else 0)
