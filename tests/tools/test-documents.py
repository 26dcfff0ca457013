#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the texts of the project name is there: files, folders, types, functions, targets of make,
verbs and options of keel, and whatever they link to. What they say of it, only a reader can check.
"""

import fnmatch
import functools
import os
import re

import source
from keeltest import Case, main

TEXTS = [path for path in source.files('.md') if os.path.dirname(path) in ('', 'docs', 'flatpak')]
QUOTED = re.compile(r'(?<!`)`([^`\n]+)`(?!`)')
BLOCK = re.compile(r'^```.*?\n(.*?)^```', re.MULTILINE | re.DOTALL)
LINK = re.compile(r'\]\((?!https?:|#)([^)#]+)[^)]*\)|(?:src|srcset)="(?!https?:)([^"]+)"')

# A name with one of these endings is a file, and one that begins so is in the source.
FILE = re.compile(r'[\w@.*/+-]+'
                  r'\.(?:c|h|md|in|xml|py|ui|css|build|symbols|supp|txt|service|html)')
FOLDERS = ('src', 'tests', 'docs', 'data', 'build-aux', 'examples', 'po', 'help', 'flatpak',
           'debian')
ROOM = re.compile(r'keel-[a-z0-9-]+')
TYPE = re.compile(r'Keel[A-Z]\w+')
FUNCTION = re.compile(r'(keel_\w+) ?\(\)')
MAKE = re.compile(r'\bmake ([a-z][a-z-]*)')
KEEL = re.compile(r'(?<![\w/=-])keel ([a-z]+)\b([^|;`\n]*)')

# Of a build, of a person or of an example, and not of the source.
ELSEWHERE = re.compile(r'^(build|build-asan|build-bench)/|^[~$/]|^(x|boat)\.|^org\.example\.'
                       r'|\.part$')


@functools.cache
def paths():
    found = set(source.files())
    for path in list(found):
        while path := os.path.dirname(path):
            found.add(path)
    return found


@functools.cache
def names():
    return {os.path.basename(path) for path in paths()}


@functools.cache
def code():
    return '\n'.join('\n'.join(source.lines_of(path))
                     for path in source.files('.c', '.h', under='src'))


@functools.cache
def built():
    """What meson makes under names of its own."""
    return '\n'.join('\n'.join(source.lines_of(path)) for path in source.files('meson.build'))


def is_file(name):
    name = name.rstrip('/')
    where = paths() if '/' in name else names()
    return name in where or bool(fnmatch.filter(where, name))


def is_room(name):
    """keel-x is a file of the source, something that is built, or whose messages those are."""
    return is_file(name + '.c') or is_file(name + '.h') or re.search(rf"['\"]{name}['\"]", built())


@functools.cache
def targets():
    text = '\n'.join(source.lines_of('Makefile'))
    return set(re.search(r'^\.PHONY: (.*)$', text, re.MULTILINE)[1].split())


def wrong_in_command(verb, rest):
    if not is_file(f'src/cli/keel-verb-{verb}.c') and f'"{verb}"' not in code():
        return [f'keel {verb}']
    return [f'keel {verb} --{option}' for option in re.findall(r'(?<!\S)--([a-z][a-z-]*)', rest)
            if f'"{option}"' not in code()]


def wrong_in_quote(text):
    """What a quoted word claims to be and is not."""
    if ELSEWHERE.search(text):
        return []
    wrong = []
    if FILE.fullmatch(text) or text.split('/')[0] in FOLDERS and re.fullmatch(r'[\w./*-]+', text):
        wrong += [] if is_file(text) else [text]
    elif ROOM.fullmatch(text):
        wrong += [] if is_room(text) else [text]
    elif TYPE.fullmatch(text):
        wrong += [] if re.search(rf'\b{text}\b', code()) else [text]
    wrong += [name for name in FUNCTION.findall(text)
              if not re.search(rf'\b{name} \(', code())]
    return wrong


def wrong_in(text):
    """Everything in a text that names what is not there."""
    wrong = []
    blocks = BLOCK.findall(text)
    plain = BLOCK.sub('', text)
    quotes = QUOTED.findall(plain)
    for quote in quotes:
        wrong += wrong_in_quote(quote)
    for command in quotes + blocks:
        wrong += [f'make {name}' for name in MAKE.findall(command) if name not in targets()]
        for verb, rest in KEEL.findall(command):
            wrong += wrong_in_command(verb, rest)
    wrong += [name for pair in LINK.findall(plain) for name in pair
              if name and name.endswith(('.md', '.png', 'NEWS', 'COPYING')) and not is_file(name)]
    return wrong


class Documents(Case):
    def test_what_they_name_is_there(self):
        wrong = {path: found for path in TEXTS
                 if (found := wrong_in('\n'.join(source.lines_of(path)) + '\n'))}
        self.assertEqual(wrong, {})

    def test_this_test_can_fail(self):
        for text in ['`keel-no-such.c`', '`tests/none`', '`keel-no-such`', '`keel_no_such()`',
                     '`KeelNoSuch`', '`make nothing`', '```\nmake nothing\n```', '`keel fly 3`',
                     '```\nkeel add --no-such x\n```', '[x](NONE.md)', '`test-none-*.py`']:
            with self.subTest(text):
                self.assertNotEqual(wrong_in(text + '\n'), [])
        for text in ['`keel-engine.c`', '`tests/unit`', '`keel-resume`', '`keel_engine_add()`',
                     '`make test`', '```\nkeel add --wait x\n```', '[x](README.md)',
                     '`test-truth-*.py`', '```\nx run --command=keel org.x\n```',
                     '`.XXXX.part`', '`~/.local/state/keelboat`']:
            with self.subTest(text):
                self.assertEqual(wrong_in(text + '\n'), [])


if __name__ == '__main__':
    main()
