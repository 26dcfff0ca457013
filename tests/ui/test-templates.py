#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every .ui file by gtk4-builder-tool: a mistake in one should not wait until it is shown."""

import glob
import os
import re
import shutil
import subprocess
import tempfile

import keeltest
from keeltest import Display, scaled

TYPES = os.path.join(os.environ['KEEL_BUILD_ROOT'], 'tests/ui/libtemplates.so')
FOLDER = os.path.join(os.environ['KEEL_SOURCE_ROOT'], 'src/app')


class Templates(keeltest.Case):
    def setUp(self):
        self.display = Display(self)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def validate(self, path):
        """What the tool says of it; nothing if it is good.

        Of a class that it does not know it makes one that has nothing but its parent. Newer tools
        find the real one, which has been made of the same file already, so that everything would
        be there twice: they are given it under another name."""
        with open(path, encoding='utf-8') as file:
            text = file.read()
        own = re.search(r'<template class="(\w+)"', text)
        if own:
            text = re.sub(rf'\b{own[1]}\b', own[1] + 'Anew', text)
        renamed = os.path.join(self.folder, 'template.ui')
        with open(renamed, 'w', encoding='utf-8') as file:
            file.write(text)
        result = subprocess.run(
            ['gtk4-builder-tool', 'validate', renamed], text=True, capture_output=True, check=False,
            timeout=scaled(30), env={**os.environ, **self.display.environment, 'G_DEBUG': '',
                                     'GTK_A11Y': 'none', 'LD_PRELOAD': TYPES})
        said = result.stdout + result.stderr
        return said or (f'status {result.returncode}' if result.returncode else '')

    def test_every_file(self):
        paths = sorted(glob.glob(f'{FOLDER}/*.ui'))
        self.assertGreater(len(paths), 10)
        for path in paths:
            with self.subTest(os.path.basename(path)):
                self.assertEqual(self.validate(path), '')

    def test_this_test_can_fail(self):
        with open(f'{FOLDER}/keel-window.ui', encoding='utf-8') as file:
            good = file.read()
        for right, wrong in [('"AdwHeaderBar"', '"AdwHeaderBra"'),
                             ('"KeelFilterBar"', '"KeelFilterBra"'),
                             ('"default-width"', '"default-widht"')]:
            with self.subTest(wrong):
                self.assertIn(right, good)
                path = os.path.join(self.folder, 'wrong.ui')
                with open(path, 'w', encoding='utf-8') as file:
                    file.write(good.replace(right, wrong))
                self.assertNotEqual(self.validate(path), '')


if __name__ == '__main__':
    if shutil.which('gtk4-builder-tool') is None:
        keeltest.skip_all('gtk4-builder-tool is not installed')
    keeltest.main()
