#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What debian/ says is what the rest of the source says: the version, the symbols of the library,
and what is needed to build."""

import os
import re

import source
from keeltest import Case, main

# With build-essential, libglib2.0-dev and meson, on which every build for Debian depends here.
COME_WITH_OTHERS = {'gcc', 'libc6-dev', 'libglib2.0-bin', 'libglib2.0-dev-bin', 'ninja-build'}


def text_of(path):
    return '\n'.join(source.lines_of(path))


class Debian(Case):
    def test_version(self):
        upstream = re.search(r"(?m)^  version: '(.*)',$", text_of('meson.build'))[1]
        changelog = re.match(r'keelboat \((.*)-[^-]*\) ', text_of('debian/changelog'))
        self.assertEqual(changelog[1], upstream)

    def test_symbols(self):
        exported = [line for line in source.lines_of('src/lib/keel.symbols')
                    if not line.startswith('#')]
        packaged = re.findall(r'(?m)^ (\w+)@Base \S+$', text_of('debian/libkeel-1-0.symbols'))
        self.assertEqual(packaged, exported)
        self.assertGreater(len(packaged), 200)

    def test_what_is_needed_to_build(self):
        """A fresh machine gets it by build-aux/packages; dpkg-buildpackage looks at the other."""
        control = re.search(r'(?ms)^Build-Depends:\n(.*?)\n\n', text_of('debian/control'))[1]
        needed = set(re.findall(r'(?m)^ ([\w.+-]+)', control))
        # Provided by debhelper and gobject-introspection.
        needed = {{'debhelper-compat': 'debhelper', 'dh-sequence-gir': 'gobject-introspection'}
                  .get(name, name) for name in needed}
        listed = {group: set(re.findall(rf'(?m)^{group} (\S+)$', text_of('build-aux/packages')))
                  for group in ['build', 'deb']}
        self.assertEqual(needed - listed['build'] - listed['deb'], set())
        self.assertEqual(listed['build'] - needed, COME_WITH_OTHERS)

    def test_programs_may_be_run(self):
        for path in ['debian/rules', 'debian/keelboat.install', 'debian/tests/installed']:
            self.assertTrue(os.access(os.path.join(source.ROOT, path), os.X_OK), path)


if __name__ == '__main__':
    main()
