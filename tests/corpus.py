#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""corpus.py COWHERD DIRECTORY: the scenarios and what they expect, as TAP.

Of each file: it carries its name, it stands in its folder's README with its sentence,
its expectations cover every point of mainline, each once, and every one of them is met.
And, so that this means something: with any of its expectations turned round it fails,
with exit status 1.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

EXPECT = re.compile(r'^expect[ \t]+(?P<what>Never|Sometimes|Always|safe|hazard(?:[ \t]+[A-Z])+)'
                    r'[ \t]+on[ \t]+(?P<kernels>.*\S)[ \t]*$', re.M)
HEADER = re.compile(r'^COW[ \t]+(\S+)\n"(.*)"$', re.M)
OTHER = {'Never': 'Always', 'Sometimes': 'Always', 'Always': 'Never', 'safe': 'hazard W H B'}

cowherd, top = sys.argv[1], pathlib.Path(sys.argv[2])
case = failed = 0
selections = {}


def result(good, name, why=''):
    global case, failed
    case += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {case} - {name}", flush=True)
    for line in '' if good else str(why).splitlines():
        print(f'# {line}')


def run(*args):
    done = subprocess.run([cowherd, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=100, check=False)
    return done.returncode, done.stdout


def kernels(spec):
    """The names that a list of kernels stands for."""
    if spec not in selections:
        status, out = run('list', 'kernels', '--json', '--kernel', spec)
        selections[spec] = None if status else {
            o['name'] for o in map(json.loads, out.splitlines()) if o.get('type') == 'kernel'}
    return selections[spec]


def in_order(spec):
    """The names that a list of kernels stands for, in its order."""
    _, out = run('list', 'kernels', '--json', '--kernel', spec)
    return [o['name'] for o in map(json.loads, out.splitlines()) if o.get('type') == 'kernel']


mainline = in_order('mainline')


def covered(expectations):
    """What is wrong with the kernels that EXPECTATIONS name, or ''."""
    seen = {}
    for what, spec in expectations:
        names = kernels(spec)
        if names is None:
            return f'no such kernels: {spec}'
        for name in names:
            if name in seen and seen[name] != what:
                return f'{name} is expected to be both {seen[name]} and {what}'
            seen[name] = what
    missing = kernels('mainline') - set(seen)
    # A scenario may begin with the release that brought what it is about.
    first = next((name for name in mainline if name in seen), None)
    missing -= set(mainline[:mainline.index(first)] if first else ())
    return f"nothing is expected of {', '.join(sorted(missing))}" if missing else ''


def judgements(directory):
    """Exit status, and the judgement of each scenario by its name."""
    status, out = run('check', '--json', str(directory))
    found = {}
    for line in out.splitlines():
        try:
            o = json.loads(line)
        except ValueError:
            continue
        if o.get('type') == 'judgement':
            found[o['name']] = o['judgement']
    return status, found, out


def complaints(out, name):
    return '\n'.join(line for line in out.splitlines() if f'/{name}.litmus' in line)[:2000]


def turned_round(text):
    """TEXT once for each of its expectations, that one turned into what it excludes."""
    for m in EXPECT.finditer(text):
        yield text[:m.start('what')] + OTHER.get(m['what'], 'safe') + text[m.end('what'):]


files = sorted(top.glob('**/*.litmus'))
status, found, out = judgements(top)
result(files and status == 0, f'{len(files)} scenarios checked', f'exit status {status}')
for path in files:
    text, name = path.read_text(encoding='utf-8'), f'{path.parent.name}/{path.stem}'
    header = HEADER.search(text)
    expectations = [(' '.join(m['what'].split()), m['kernels']) for m in EXPECT.finditer(text)]
    about = [e for e in expectations if e[0] in ('Never', 'Sometimes', 'Always')]
    hazards = [e for e in expectations if e not in about]
    wrong = [f"judged: {found.get(path.stem)}\n{complaints(out, path.stem)}"] \
        if found.get(path.stem) != 'as expected' else []
    if not header or header[1] != path.stem:
        wrong.append(f'its header is not COW {path.stem} and a sentence')
    elif f'| [`{path.stem}`]({path.name}) | {header[2]} |' not in \
            (path.parent / 'README.md').read_text(encoding='utf-8'):
        wrong.append(f'{path.parent.name}/README.md does not have it with its sentence')
    if not expectations:
        wrong.append('it expects nothing')
    for part in filter(None, (about, hazards)):
        if why := covered(part):
            wrong.append(why)
    result(not wrong, name, '\n'.join(wrong))

result(len({p.stem for p in files}) == len(files), 'every name stands for one file')

# A name is what a judgement goes by, so each changed text gets one of its own.
with tempfile.TemporaryDirectory() as scratch:
    names = []
    for path in files:
        for number, text in enumerate(turned_round(path.read_text(encoding='utf-8'))):
            names.append(f'{path.stem}-{number}')
            (pathlib.Path(scratch) / f'{names[-1]}.litmus').write_text(
                HEADER.sub(lambda m: m[0].replace(m[1], names[-1], 1), text), encoding='utf-8')
    status, found, out = judgements(scratch)
met = [name for name in names if found.get(name) != 'unexpected']
result(status == 1 and names and not met,
       f'{len(names)} expectations turned round are unmet, exit status 1',
       f"exit status {status}; {len(met)} not found out: {', '.join(met[:10])}")
print(f'1..{case}')
sys.exit(failed > 0)
