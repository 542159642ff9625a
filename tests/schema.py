#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Every --json command says what schema/cowherd-1.schema.json promises, as TAP."""
import json
import os
import subprocess
import sys

try:
    import jsonschema
    validator = jsonschema.Draft202012Validator
except (ImportError, AttributeError):
    print('1..0 # SKIP python3-jsonschema is not installed')
    sys.exit(0)

cowherd, source = os.environ['COWHERD'], os.environ['COW_SOURCE']
with open(f'{source}/schema/cowherd-1.schema.json', encoding='utf-8') as file:
    schema = json.load(file)
validator.check_schema(schema)

SEED = ('anon x=1; A: fork(B); A: wait(B); A: p=pin_r(x); A: x=2; A: r=dma_read(p); B: exit; '
        'exists (A:r=1)')
PARTS = 'anon x; A: x[0].a=1; A: p=pin_w(x[0].b); A: fork(B); A: x[0].a=2; dev: p=3; B: r=x[0].b'
COMMANDS = [
    (['check', '--json', '-e', SEED], {'check', 'judgement', 'summary'}, 1),
    (['check', '--json', '--kernel', 'all', '-e', SEED, '-e', PARTS],
     {'check', 'judgement', 'summary'}, 1),
    (['check', '--json', '--max-states', '2', '-e', SEED], {'check', 'judgement', 'summary'}, 3),
    (['check', '--json', '-e', 'anon x; A: y[0]=frob(x'], {'message', 'summary'}, 2),
    (['check', '--json', '-e', SEED + ' expect Never on v5.10'],
     {'check', 'judgement', 'message', 'summary'}, 1),
    (['check', '--json', 'litmus/seed'], {'check', 'judgement', 'summary'}, 0),
    (['explain', '--json', '--kernel', 'v5.9-rc5', '-e', SEED], {'trace'}, 0),
    (['explain', '--json', '--kernel', 'v5.7', '-e', PARTS], {'trace'}, 0),
    (['explain', '--json', 'D'], {'hazard'}, 0),
    (['bisect', '--json', '-e', SEED], {'bisect'}, 0),
    (['bisect', '--json', '-e', 'anon x; A: x=1'], {'bisect'}, 0),
    (['list', '--json', 'kernels'], {'kernel'}, 0),
    (['list', '--json', 'commits'], {'commit'}, 0),
    (['list', '--json', 'rules'], {'rule'}, 0),
    (['list', '--json', 'rules', '--kernel', 'v5.9,debian-11'], {'rule'}, 0),
    (['list', '--json', 'ops'], {'operation'}, 0),
    (['list', '--json', 'hazards'], {'hazard'}, 0),
    (['live', '--json', '--kernel', 'v6.12', '--runs', '1', '--schedules', '2', '-e',
      'anon x=1; A: x=2; A: r=x'], {'live', 'summary'}, None),
    (['live', '--json', '--kernel', 'v6.12', '-e', PARTS], {'live', 'summary'}, None),
]


def problem(args, types, status):
    run = subprocess.run([cowherd, *args], cwd=source, capture_output=True, text=True, check=False)
    if status is not None and run.returncode != status:
        return f'exit status {run.returncode}, not {status}: {run.stderr}'
    seen = set()
    for line in run.stdout.splitlines():
        value = json.loads(line)
        seen.add(value['type'])
        # Against the one definition that is meant: that gives readable messages.
        kind = {'$ref': f"#/$defs/{value['type']}", '$defs': schema['$defs']}
        for error in validator(kind).iter_errors(value):
            return f'{error.json_path}: {error.message}'
        validator(schema).validate(value)
    if seen != types:
        return f'types {sorted(seen)}, not {sorted(types)}'
    return None


bad = 0
print(f'1..{len(COMMANDS)}')
for number, (args, types, status) in enumerate(COMMANDS, 1):
    try:
        why = problem(args, types, status)
    except (ValueError, KeyError, jsonschema.ValidationError) as error:
        why = repr(error)
    if why:
        bad = 1
        print('# ' + why.replace('\n', '\n# '))
    print(f"{'not ' if why else ''}ok {number} - {' '.join(args)[:70].replace('#', '')}")
sys.exit(bad)
