#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""C files are as build-aux/format writes them, and text files end and indent as they should.

Headers are not looked at: their prototypes are aligned over a whole block, by hand.
"""

import os
import re
import subprocess

import source
from keeltest import Case, main

SKIPPED = 77


class Format(Case):
    def test_c_files(self):
        result = subprocess.run([os.path.join(source.ROOT, 'build-aux/format'), '--check'],
                                capture_output=True, text=True, check=False)
        if result.returncode == SKIPPED:
            self.skipTest(result.stderr.strip())
        wrong = re.findall(r'^--- (.*)$', result.stdout, re.MULTILINE)
        self.assertEqual(wrong, [], '"make format" mends this')
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_white_space(self):
        wrong = []
        for path in source.files('.c', '.h', '.py', '.build', '.ui', '.xml', '.in'):
            with open(os.path.join(source.ROOT, path), encoding='utf-8') as file:
                text = file.read()
            if re.search(r'[ \t]+$', text, re.MULTILINE) or '\t' in text or '\r' in text:
                wrong.append(f'{path}: white space')
            if text and not text.endswith('\n') or text.endswith('\n\n'):
                wrong.append(f'{path}: end of file')
        self.assertEqual(wrong, [])


if __name__ == '__main__':
    main()
