#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts: the shell ones pass shellcheck, the Python ones compile; and the counting is true."""

import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import unittest.mock

import source
from keeltest import Case, main


def load(path):
    """A program of build-aux as a module."""
    loader = importlib.machinery.SourceFileLoader('loaded', os.path.join(source.ROOT, path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader('loaded', loader))
    loader.exec_module(module)
    return module


def scripts(*interpreters):
    for path in source.files():
        with open(os.path.join(source.ROOT, path), 'rb') as file:
            first = file.readline(100)
        if first.startswith(b'#!') and any(first.strip().endswith(interpreter)
                                           for interpreter in interpreters):
            yield path


class Scripts(Case):
    def test_shell(self):
        if shutil.which('shellcheck') is None:
            self.skipTest('shellcheck is not installed')
        subprocess.run(['shellcheck', *scripts(b'/sh', b'/bash')], cwd=source.ROOT, check=True,
                       stdout=2)

    def test_python(self):
        for path in set(scripts(b'/python3')) | set(source.files('.py')):
            compile('\n'.join(source.lines_of(path)), path, 'exec')

    def test_programs_may_be_run(self):
        for path in scripts(b'/sh', b'/bash', b'/python3'):
            if path.startswith(('build-aux/', '.ci/', 'examples/', 'tests/')):
                self.assertTrue(os.access(os.path.join(source.ROOT, path), os.X_OK), path)


class Counting(Case):
    """What build-aux/test makes of the answers of test programs."""

    def setUp(self):
        self.count = load('build-aux/test').count_test

    def tap(self, text, result='OK'):
        counts, _ = self.count({'result': result, 'stdout': text}, 'tap')
        return counts

    def test_plain_programs(self):
        for result, counts in [('OK', (1, 0, 0)), ('FAIL', (0, 1, 0)), ('SKIP', (0, 0, 1)),
                               ('TIMEOUT', (0, 1, 0)), ('INTERRUPT', (0, 1, 0)),
                               ('ERROR', (0, 1, 0)), ('EXPECTEDFAIL', (1, 0, 0)),
                               ('UNEXPECTEDPASS', (0, 1, 0))]:
            with self.subTest(result):
                self.assertEqual(self.count({'result': result}, 'exitcode')[0], counts)

    def test_each_case_counts(self):
        text = 'TAP version 13\n# hello\n1..4\nok 1 a\nnot ok 2 b\nok 3 c # SKIP why\nok 4\n'
        self.assertEqual(self.tap(text, 'FAIL'), (2, 1, 1))

    def test_indented_lines_are_details(self):
        self.assertEqual(self.tap('1..1\n    ok 1 inner\n    not ok 2 inner\nok 1 outer\n'),
                         (1, 0, 0))

    def test_all_skipped(self):
        self.assertEqual(self.tap('1..0 # SKIP no display\n', 'SKIP'), (0, 0, 1))

    def test_silence_is_a_failure(self):
        self.assertEqual(self.tap('', 'SKIP'), (0, 1, 0))
        self.assertEqual(self.tap('', 'OK'), (0, 1, 0))

    def test_missing_cases_are_a_failure(self):
        self.assertEqual(self.tap('1..3\nok 1\nok 2\n', 'ERROR'), (2, 1, 0))

    def test_a_crash_after_the_last_case_is_a_failure(self):
        self.assertEqual(self.tap('1..2\nok 1\nok 2\n', 'ERROR'), (2, 1, 0))
        self.assertEqual(self.tap('1..2\nok 1\n', 'TIMEOUT'), (1, 1, 0))

    def test_bail_out(self):
        self.assertEqual(self.tap('1..2\nok 1\nBail out! no more\n', 'ERROR'), (1, 1, 0))

    def test_known_failures(self):
        self.assertEqual(self.tap('1..1\nnot ok 1 x # TODO later\n'), (1, 0, 0))


class Again(Case):
    """What fails is run once more, where that is said, and told."""

    TEST = 'apple', 'ui', 'tap'

    def count(self, *answers, group='ui', tests=(TEST,), ci='true'):
        """The tally of one group whose programs answer so, one answer for each time they run."""
        program = load('build-aux/test')
        logs = [{('ui', name): {'result': 'OK', 'stdout': text} for name, _, _ in tests}
                for text in answers]
        program.run_tests = lambda *_: logs.pop(0)
        with unittest.mock.patch.dict(os.environ, {'CI': ci}):
            tally = program.Tally({group: 1})
        program.run_group(tally, group, list(tests))
        self.assertEqual(logs, [])
        return tally

    GOOD = '1..2\nok 1 a\nok 2 b\n'
    BAD = '1..2\nok 1 a\nnot ok 2 b\n'

    def test_good(self):
        tally = self.count(self.GOOD)
        self.assertEqual((tally.counts, tally.notes), ([2, 0, 0], []))

    def test_good_the_second_time(self):
        tally = self.count(self.BAD, self.GOOD)
        self.assertEqual(tally.counts, [2, 0, 0])
        self.assertEqual(tally.notes, ['ui: apple: UNSTABLE, passed when run by itself: b'])

    def test_bad_twice(self):
        tally = self.count(self.BAD, self.BAD)
        self.assertEqual(tally.counts, [1, 1, 0])
        self.assertEqual(tally.notes, ['ui: apple: FAILED: b'])

    def test_no_second_time(self):
        self.assertEqual(self.count(self.BAD, ci='').counts, [1, 1, 0])
        self.assertEqual(self.count(self.BAD, group='crash').counts, [1, 1, 0])
        many = [(name, 'ui', 'tap') for name in 'abcd']
        self.assertEqual(self.count(self.BAD, tests=many).counts, [4, 4, 0])


if __name__ == '__main__':
    main()
