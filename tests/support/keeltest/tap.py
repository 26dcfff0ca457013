# SPDX-License-Identifier: GPL-3.0-or-later
"""unittest that speaks TAP, so that `make test` counts each case and not each file.

One line a test, whatever happens in it: a body, its subtests and its cleanups can all fail, and
that is still one test that failed. What went wrong goes to standard error, which meson shows.
"""

import functools
import os
import sys
import traceback
import unittest


class _TapResult(unittest.TestResult):
    def __init__(self, out):
        super().__init__()
        self._out = out
        self._number = 0
        self._errors = []
        self._skipped = None
        self.bad = False

    def startTest(self, test):
        super().startTest(test)
        self._errors = []
        self._skipped = None

    def stopTest(self, test):
        super().stopTest(test)
        self._say(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._errors.append(err)

    def addError(self, test, err):
        super().addError(test, err)
        self._errors.append(err)
        if not isinstance(test, unittest.TestCase):
            # The preparation of a whole class: stopTest() is not called for it.
            self._say(test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._skipped = reason

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            print(f'in {subtest}:', file=sys.stderr)
            self._errors.append(err)

    def _say(self, test):
        self._number += 1
        for error in self._errors:
            print(f'{test.id()}:', file=sys.stderr)
            traceback.print_exception(*error, file=sys.stderr)
        sys.stderr.flush()
        name = test.id().removeprefix('__main__.').replace('#', ' ')
        directive = ''
        if self._skipped is not None and not self._errors:
            directive = f' # SKIP {self._skipped}'
        print(f'{"not ok" if self._errors else "ok"} {self._number} {name}{directive}',
              file=self._out, flush=True)
        self.bad = self.bad or bool(self._errors)


def rows(table):
    """For a method of a Case that is the same test with other values: each row of the table, a name
    and arguments, becomes a test of its own. test_x and the row "y" give test_x_y."""
    def mark(method):
        method.rows = table
        return method
    return mark


class Case(unittest.TestCase):
    maxDiff = 4000

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        for name, method in list(vars(cls).items()):
            for row, arguments in getattr(method, 'rows', {}).items():
                setattr(cls, f'{name}_{row}', functools.partialmethod(method, *arguments))
            if hasattr(method, 'rows'):
                delattr(cls, name)

    def has_failed(self):
        """Whether this test has failed so far; for cleanups that then have more to tell."""
        result = self._outcome.result
        return any(self in (test, getattr(test, 'test_case', None))
                   for test, _ in result.errors + result.failures)


def skip_all(reason):
    """Ends the program: none of its tests can run here."""
    print(f'1..0 # SKIP {reason}')
    sys.exit(0)


def main(module='__main__'):
    """Runs the test cases of the calling program; names on the command line choose among them."""
    loader = unittest.TestLoader()
    names = sys.argv[1:]
    module = sys.modules[module]
    if names:
        suite = loader.loadTestsFromNames(names, module)
    else:
        suite = loader.loadTestsFromModule(module)
    # What tests and libraries print must not get between the TAP lines.
    out = os.fdopen(os.dup(1), 'w', buffering=1)
    os.dup2(2, 1)
    print(f'1..{suite.countTestCases()}', file=out, flush=True)
    result = _TapResult(out)
    suite.run(result)
    sys.exit(1 if result.bad else 0)
