#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark can be run, finds out who cheats, and counts right. Nothing here is about speed:
the files are tiny and there is one round."""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile

from keeltest import Case, House, main, scaled

import source

FOLDER = os.path.join(source.ROOT, 'tests/bench')
sys.path.insert(0, FOLDER)

import growth
import measure
import targets

SECONDS = 50
SIZE = 8 << 20

# Of the right size, and nothing else is right.
LIAR = f'''#!/bin/sh
exec head -c {SIZE} /dev/zero >"$4"
'''


class Bench(Case):
    def run_bench(self, *workloads, path=''):
        options = ['--build', os.environ['KEEL_BUILD_ROOT'], '--size', str(SIZE), '--rounds', '1']
        for name in workloads:
            options += ['--workload', name]
        environment = {**os.environ, 'PATH': path + os.environ['PATH'], 'LC_ALL': 'C.UTF-8'}
        return subprocess.run(
            [sys.executable, os.path.join(FOLDER, 'bench'), *options], env=environment, text=True,
            capture_output=True, check=False, timeout=scaled(SECONDS))

    def test_it_runs(self):
        result = self.run_bench('large', 'small', 'delay')
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        for name in ['large', 'small']:
            _, _, table = result.stdout.partition(f'\n{name}; middle of 1 rounds')
            self.assertRegex(table.partition('\n\n')[0], r'\nkeelboat +\d+\.\d+ +\d+\.\d+ ')
        self.assertRegex(result.stdout, r'\ndelay; middle of 1 rounds|skipped: ')
        if shutil.which('curl'):
            self.assertRegex(result.stdout, r'large: wall of curl +0\.75 .*(met|missed by)')

    def test_other_bytes_are_found(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, 'curl'), 'w', encoding='ascii') as file:
                file.write(LIAR)
            os.chmod(file.name, 0o755)
            result = self.run_bench('large', path=folder + ':')
        self.assertEqual(result.returncode, 1)
        self.assertIn('large FAILED: curl: file-0.bin is not what is served', result.stdout)

    def test_unknown_workload(self):
        self.assertIn('no such workload: lare', self.run_bench('lare').stderr)


class Counting(Case):
    def test_curve(self):
        for values, worse in [([1, 10, 100], False), ([1, 10, 200], True),
                              ([0.001, 0.04, 0.5], False)]:
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                curve = growth.Curve('boats', {'s': 0.05})
                for power, value in enumerate(values):
                    curve.add(10**power, [value])
                curve.tell()
            last = out.getvalue().splitlines()[-1]
            self.assertEqual(bool(re.search(r's at 100 boats', last)), worse, last)

    def test_target(self):
        ours = [measure.Run(wall, 1, 0) for wall in [2, 4, 9]]
        fast = [measure.Run(wall, 1, 0) for wall in [1, 2, 3]]
        slow = [measure.Run(wall, 1, 0) for wall in [4, 4, 4]]
        ratio = targets.Ratio('bay', ['fast', 'slow'], 1.1)
        results = {'bay': {'keelboat': ours, 'fast': fast, 'slow': slow}}
        self.assertEqual(ratio.measured(results, {}), (2, 'keelboat, cpu 1.00'))
        del results['bay']['slow']
        self.assertIsNone(ratio.measured(results, {}))
        self.assertIsNone(ratio.measured({}, {}))

    def test_processor_time_of_another_process(self):
        house = House(self)
        house.keel('status')
        pid = house.service_pid()
        before = measure.cpu_of(pid)
        house.keel('list')
        self.assertGreater(measure.cpu_of(pid), before)
        self.assertGreater(before, 0)


if __name__ == '__main__':
    main()
