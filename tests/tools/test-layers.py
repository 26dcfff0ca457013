#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may know whom: the table of ARCHITECTURE.md, held against every include in src.

meson's include directories hold most of this at compile time; this test also sees a header that
happens to be within reach, and the libraries, which are all within everybody's reach.
"""

import os
import re

import source
from keeltest import Case, main

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# Foreign headers, by the name of what they belong to; what is in none of these is libc.
FOREIGN = [
    ('glib', re.compile(r'^(glib|gobject|gmodule|gio)([-./].*)?$')),
    ('gtk', re.compile(r'^(gtk|gdk|gsk|graphene)([-/.].*)?$')),
    ('adwaita', re.compile(r'^adwaita')),
    ('soup', re.compile(r'^libsoup/')),
    ('sqlite', re.compile(r'^sqlite3')),
    ('nettle', re.compile(r'^nettle/')),
    ('xxhash', re.compile(r'^xxhash')),
    ('notify', re.compile(r'^libnotify/')),
    ('secret', re.compile(r'^libsecret/')),
    ('keel', re.compile(r'^keel/')),
]

# Folder: the folders whose headers it may include, and the libraries it may use.
MAY = {
    'base': ([], ['glib']),
    'ipc': ([], ['glib']),
    'common': ([], ['glib']),
    'engine': (['base'], ['glib', 'soup', 'sqlite', 'nettle', 'xxhash']),
    'service': (['base', 'common', 'ipc', 'engine'], ['glib', 'notify', 'secret']),
    'lib': (['common'], ['glib']),
    'app': (['common'], ['glib', 'gtk', 'adwaita', 'keel']),
    'cli': (['common'], ['glib', 'keel']),
}
# Only below these; what they bring with them is loaded when it is needed.
ONLY_IN = {
    'notify': 'src/service/keelboat-modules',
    'secret': 'src/service/keelboat-modules',
}
# The one header of the service's side that the library installs, and where it may be used.
SHARED = 'keel-enums.h'
SHARED_WITH = ['common', 'lib']
# Headers that meson generates, and where they belong.
GENERATED = {
    'keel-config.h': None,
    'keel-words.h': 'base',
    'keel-ipc.h': 'ipc',
    'keel-enum-types.h': 'lib',
}
# Code in these must not read settings: preferences are the application's and the service's.
NO_SETTINGS = ['base', 'common', 'engine', 'lib', 'cli']
# Code in these must not speak D-Bus at all; code in those must not know ours, the library does.
NO_BUS = ['base', 'common', 'engine']
NOT_OUR_BUS = ['base', 'common', 'engine', 'app', 'cli']


def headers(root):
    """Header: the folders that have one of this name, for all of src."""
    found = {name: {folder} for name, folder in GENERATED.items()}
    for folder in MAY:
        for _, _, names in os.walk(os.path.join(root, 'src', folder)):
            for name in names:
                if name.endswith(('.h', '.h.in')):
                    found.setdefault(name.removesuffix('.in'), set()).add(folder)
    return found


def sources(root, folder):
    for place, _, names in os.walk(os.path.join(root, 'src', folder)):
        for name in sorted(names):
            if name.endswith(('.c', '.h', '.c.in', '.h.in')):
                yield os.path.join(place, name)


def wrong_include(folder, name, known, place=''):
    """Why this include is wrong in a file of this folder that lies in place, or None."""
    may_folders, may_libraries = MAY[folder]
    for library, pattern in FOREIGN:
        if pattern.match(name) and not place.startswith(ONLY_IN.get(library, '')):
            return f'{library} is known only to {ONLY_IN[library]}'
        if pattern.match(name):
            return None if library in may_libraries else f'{folder} must not know {library}'
    owners = known.get(os.path.basename(name), {None})
    if os.path.basename(name) == SHARED and folder in SHARED_WITH:
        return None
    if owners & {None, folder, *may_folders}:
        return None
    return f'{folder} must not know {" or ".join(owners)}'


def violations(root):
    known = headers(root)
    found = []
    for folder in MAY:
        for path in sources(root, folder):
            with open(path, encoding='utf-8') as file:
                text = file.read()
            for line in text.splitlines():
                match = INCLUDE.match(line)
                place = os.path.relpath(path, root)
                why = match and wrong_include(folder, match[2], known, place)
                if why:
                    found.append(f'{os.path.relpath(path, root)}: {match[2]}: {why}')
            if folder in NO_SETTINGS and 'g_settings_' in text:
                found.append(f'{os.path.relpath(path, root)}: {folder} must not read settings')
            if folder in NO_BUS and re.search(r'\bg_dbus_', text):
                found.append(f'{os.path.relpath(path, root)}: {folder} must not speak D-Bus')
            if folder in NOT_OUR_BUS and 'keelboat.Transfers1' in text:
                found.append(f'{os.path.relpath(path, root)}: {folder} must not know our D-Bus')
    return found


class Layers(Case):
    def test_includes(self):
        self.assertEqual(violations(source.ROOT), [])

    def test_public_headers_need_only_gio(self):
        for path in source.files('.h', under='src/lib'):
            text = '\n'.join(source.lines_of(path))
            if 'KEEL_EXTERN' not in text:
                continue
            names = [match[2] for match in map(INCLUDE.match, text.splitlines()) if match]
            foreign = [name for name in names if not name.startswith('keel-')]
            self.assertLessEqual(set(foreign), {'gio/gio.h', 'glib-object.h', 'glib.h'}, path)

    def test_every_folder_is_in_the_table(self):
        folders = [name for name in os.listdir(os.path.join(source.ROOT, 'src'))
                   if os.path.isdir(os.path.join(source.ROOT, 'src', name))]
        self.assertLessEqual(set(folders), set(MAY))

    def test_this_test_can_fail(self):
        known = {'keel-engine.h': {'engine'}, 'keel-window.h': {'app'}, SHARED: {'base'}}
        for folder, name in [('app', 'libsoup/soup.h'), ('app', 'keel-engine.h'),
                             ('engine', 'gtk/gtk.h'), ('service', 'keel-window.h'),
                             ('lib', 'keel-engine.h'), ('cli', SHARED), ('base', 'sqlite3.h'),
                             ('service', 'libnotify/notify.h')]:
            self.assertIsNotNone(wrong_include(folder, name, known), (folder, name))
        for folder, name in [('service', 'keel-engine.h'), ('lib', SHARED), ('app', 'gtk/gtk.h'),
                             ('engine', 'fcntl.h'), ('cli', 'keel/keel.h')]:
            self.assertIsNone(wrong_include(folder, name, known), (folder, name))


if __name__ == '__main__':
    main()
