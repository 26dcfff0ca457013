# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the project: what git would keep, with or without git."""

import os

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..'))


def is_ours(folder, name):
    """Build folders, caches and hidden folders are not ours, nor what a run leaves behind."""
    if folder == ROOT:
        return not (name.startswith(('build-', '_build')) and name != 'build-aux'
                    or name in ('build', '.git'))
    return name != '__pycache__' and not name.endswith('.pyc')


def files(*suffixes, under=''):
    """Paths relative to the root, sorted; only those with one of the suffixes, if any are given."""
    found = []
    for folder, folders, names in os.walk(os.path.normpath(os.path.join(ROOT, under))):
        folders[:] = sorted(name for name in folders if is_ours(folder, name))
        found += [os.path.relpath(os.path.join(folder, name), ROOT)
                  for name in names if is_ours(folder, name)
                  and (not suffixes or name.endswith(suffixes))]
    return sorted(found)


def lines_of(path):
    with open(os.path.join(ROOT, path), encoding='utf-8') as file:
        return file.read().splitlines()
