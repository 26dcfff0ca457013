#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing grows out of sight: lines of a file, lines of a function, width of a line.

A function's lines are those from its opening to its closing brace, both in the first column, as
the house style has them.
"""

import statistics

import source
from keeltest import Case, main

FILE_LINES = 1000
MEDIAN_LINES = 300
FUNCTION_LINES = 60
COLUMNS = 100
CODE = ('.c', '.h', '.py', '.ui', '.c.in', '.h.in')


def long_functions(lines, limit=FUNCTION_LINES):
    """(name, lines) of the functions that are too long."""
    found = []
    start = None
    name = ''
    for number, line in enumerate(lines):
        if line == '{':
            start = number
            head = number - 1
            while head > 0 and lines[head].startswith((' ', '\t')):
                head -= 1
            name = lines[head].partition('(')[0].strip()
            is_function = '(' in lines[head]
        elif line.startswith('}') and start is not None:
            if is_function and number - start + 1 > limit:
                found.append((name, number - start + 1))
            start = None
    return found


class Sizes(Case):
    def setUp(self):
        self.files = {path: source.lines_of(path) for path in source.files(*CODE)}

    def test_files(self):
        self.assertEqual({path: len(lines) for path, lines in self.files.items()
                          if len(lines) > FILE_LINES}, {})

    def test_median(self):
        sizes = [len(lines) for path, lines in self.files.items() if path.endswith('.c')]
        if sizes:
            self.assertLessEqual(statistics.median(sizes), MEDIAN_LINES)

    def test_functions(self):
        found = [f'{path}: {name}: {count}' for path, lines in self.files.items()
                 if path.endswith(('.c', '.c.in')) for name, count in long_functions(lines)]
        self.assertEqual(found, [])

    def test_columns(self):
        found = [f'{path}:{number}' for path, lines in self.files.items()
                 if path.endswith(('.c', '.h', '.py'))
                 for number, line in enumerate(lines, 1) if len(line) > COLUMNS]
        self.assertEqual(found, [])

    def test_this_test_can_fail(self):
        body = ['static void', 'boat_sail (Boat *self,', '           int   knots)', '{',
                *['  x ();'] * 59, '}']
        self.assertEqual(long_functions(body), [('boat_sail', 61)])
        self.assertEqual(long_functions(body[:4] + body[5:]), [])
        self.assertEqual(long_functions(['static const int table[] =', '{', *['  1,'] * 90, '};']),
                         [])


if __name__ == '__main__':
    main()
