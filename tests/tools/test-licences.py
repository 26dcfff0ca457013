#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file says its licence in its first lines, and the right one: what other people's programs
compile against or link is LGPL, all the rest GPL."""

import os
import re

import source
from keeltest import Case, main

GPL = 'GPL-3.0-or-later'
LGPL = 'LGPL-2.1-or-later'
FREE = ('CC0-1.0', 'CC-BY-SA-4.0')
WORD = re.compile(r'SPDX-License-Identifier: ([\w.+-]+)')

# Formats without comments, texts, and lists that tools own.
WITHOUT = re.compile(r'(^|/)(COPYING|NEWS|LINGUAS|POTFILES)$'
                     r'|(^|/)\.(gitignore|editorconfig|clang-format)$'
                     r'|\.(md|png|svg|json|txt|patch|supp|options)$|\.po$|\.pot$|\.in$'
                     r'|^tests/[^/]+/data/|^tests/fixtures/'
                     r'|^debian/(changelog|copyright|source/format)$')
LGPL_PLACES = re.compile(r'^(src/lib/|src/ipc/|src/common/|src/base/keel-enums\.h$'
                         r'|data/dbus/.*\.xml$)')
EITHER_PLACES = re.compile(r'(metainfo|appdata)\.xml|\.desktop|^data/icons/|^tests/lib/'
                           r'|^src/lib/examples/|^examples/')


def licence_of(lines):
    for line in lines[:6]:
        match = WORD.search(line)
        if match:
            return match[1]
    return None


def is_right(path, licence):
    if EITHER_PLACES.search(path):
        return licence in (GPL, LGPL) + FREE
    return licence == (LGPL if LGPL_PLACES.search(path) else GPL)


class Licences(Case):
    def test_every_file(self):
        wrong = {}
        for path in source.files():
            if WITHOUT.search(path) and not path.endswith(('.c.in', '.h.in')):
                continue
            licence = licence_of(source.lines_of(path))
            if not is_right(path, licence):
                wrong[path] = licence
        self.assertEqual(wrong, {})

    def test_texts_are_there(self):
        for path, words in [('COPYING', 'GNU GENERAL PUBLIC LICENSE'),
                            ('src/lib/COPYING', 'GNU LESSER GENERAL PUBLIC LICENSE')]:
            with open(os.path.join(source.ROOT, path), encoding='utf-8') as file:
                self.assertIn(words, file.read(200))

    def test_this_test_can_fail(self):
        self.assertFalse(is_right('src/engine/keel-engine.c', None))
        self.assertFalse(is_right('src/engine/keel-engine.c', LGPL))
        self.assertFalse(is_right('src/lib/keel-task.c', GPL))
        self.assertTrue(is_right('src/base/keel-enums.h', LGPL))


if __name__ == '__main__':
    main()
