#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an installation puts where, and that nothing of it is left afterwards.

files.txt is the list, relative to the prefix, of a build with everything that is optional. A line
that is new or gone is a decision: packages and other people's programs rely on it.
"""

import configparser
import json
import os
import shlex
import stat
import subprocess
import tempfile

from keeltest import Case, main

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ['KEEL_BUILD_ROOT']
# The reference is made by a tool that may make one page more tomorrow; the pages of the help are
# listed in help/meson.build.
WHOLE_FOLDERS = ['share/doc/keel-1/', 'share/help/C/keelboat/', 'share/help/zh_CN/keelboat/']
INSTALLED_TESTS = ('libexec/installed-tests/', 'share/installed-tests/')


def meson(*arguments, **options):
    return subprocess.run(['meson', *arguments], check=True, capture_output=True, text=True,
                          timeout=50, cwd=BUILD, **options).stdout


class Install(Case):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix='keel-install-')
        cls.addClassCleanup(cls.folder.cleanup)
        cls.options = {option['name']: option['value']
                       for option in json.loads(meson('introspect', '--buildoptions', '.'))}
        cls.root = cls.folder.name + cls.options['prefix']
        meson('install', '--no-rebuild', '--quiet',
              env={**os.environ, 'DESTDIR': cls.folder.name})
        cls.found = sorted(cls.walk())

    @classmethod
    def walk(cls):
        for folder, _, names in os.walk(cls.root):
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), cls.root)

    def path(self, name):
        return os.path.join(self.root, name)

    def test_1_files(self):
        with open(os.path.join(HERE, 'files.txt'), encoding='utf-8') as file:
            wanted = [line for line in file.read().splitlines() if not line.startswith('#')]
        libdir = self.options['libdir'] + '/'
        found = set()
        for name in self.found:
            if name.startswith(INSTALLED_TESTS):
                continue
            if name.startswith(libdir):
                name = 'LIBDIR/' + name[len(libdir):]
            whole = [folder for folder in WHOLE_FOLDERS if name.startswith(folder)]
            found.add(whole[0] if whole else name)
        self.assertEqual('\n'.join(sorted(found)), '\n'.join(sorted(wanted)))

    def test_2_nobody_else_can_write_them(self):
        wrong = {}
        for folder, folders, names in os.walk(self.root):
            for name in folders + names:
                state = os.lstat(os.path.join(folder, name))
                if not stat.S_ISLNK(state.st_mode) and state.st_mode & 0o022:
                    wrong[name] = oct(state.st_mode)
        self.assertEqual(wrong, {})

    def test_3_no_file_knows_where_it_was_built(self):
        """But for the prefix, which is below the build folder here."""
        wrong = []
        for name in self.found:
            if name.startswith(INSTALLED_TESTS) or name.startswith(tuple(WHOLE_FOLDERS)):
                continue
            if name.endswith(('.desktop', '.service', '.pc', '.xml', '.gir', '.vapi', '.h', '.1',
                              '.8', '.fish')):
                with open(self.path(name), 'rb') as file:
                    text = file.read()
                if BUILD.encode() in text.replace(self.options['prefix'].encode(), b''):
                    wrong.append(name)
        self.assertEqual(wrong, [])

    def test_4_installed_tests(self):
        tests = [name for name in self.found if name.endswith('.test')]
        if not self.options['installed_tests']:
            self.assertEqual(tests, [])
            self.skipTest('built without installed tests')
        self.assertGreater(len(tests), 90)
        for name in tests:
            parser = configparser.ConfigParser(interpolation=None)
            parser.read(self.path(name))
            words = shlex.split(parser['Test']['Exec'])
            for word in words:
                for path in word.rpartition('=')[2].split(':'):
                    if path.startswith(self.options['prefix']):
                        self.assertTrue(os.path.exists(self.folder.name + path), (name, path))
            self.assertEqual(parser['Test']['Type'], 'session')
        for name in ['unit-ranges', 'engine-download', 'service-download']:
            self.assertIn(f'share/installed-tests/keelboat-1/{name}.test', tests)

    def test_5_uninstall(self):
        meson('--internal', 'uninstall')
        left = [os.path.join(folder, name) for folder, folders, names in os.walk(self.root)
                for name in folders + names]
        self.assertEqual(left, [])


if __name__ == '__main__':
    main()
