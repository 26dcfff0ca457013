#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: check-help.py SOURCE-ROOT

The pages of the help are valid, lead to each other, and are all installed; every language in
LINGUAS has every message, and is valid, too. What the pages call a button, a menu or a setting is
called so in the application, and in a translation as the translation of the application has it.
"""

import collections
import glob
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

# Found by its address in the catalogue of the system, never on the network.
SCHEMA = 'http://projectmallard.org/1.0/mallard-1.0.rng'
MALLARD = '{http://projectmallard.org/1.0/}'
GUI = re.compile(r'<gui(?: style="\w+")?>([^<]*)</gui>')
FORMAT = re.compile(r'%(?:\d\$)?[-+0]*[a-zA-Z]|%%')


def run(*command):
    return subprocess.run(command, text=True, capture_output=True, check=True).stdout


def messages_of(path):
    """(message, translation) of a catalogue, without the header."""
    def text(lines):
        quoted = re.findall(r'"(.*)"', lines)
        return ''.join(quoted).replace('\\"', '"').replace('\\n', '\n').replace('\\\\', '\\')
    blocks = run('msgcat', '--no-wrap', path).split('\n\n')
    for block in blocks:
        found = re.search(r'^msgid (".*")\n(?:msgid_plural ".*"\n)?msgstr(?:\[0\])? (".*")', block,
                          re.MULTILINE)
        if found and found[1] != '""':
            yield text(found[1]), text(found[2])


def names_of_application(root):
    """What the source of the application has to be translated."""
    names = set()
    for path in glob.glob(os.path.join(root, 'src/app/*.[cu]*')):
        with open(path, encoding='utf-8') as file:
            content = file.read()
        names.update(re.findall(r'translatable="yes"[^>]*>([^<]*)<', content))
        names.update(re.findall(r'_ ?\(\s*"([^"]*)"', content))
        names.update(re.findall(r'"([^"]*)"', ''.join(
            re.findall(r'ngettext \([^;]*', content))))
    return names


def is_name(name, names):
    """Also “Trying again in …” of “Trying again in %d seconds”."""
    if name in names:
        return True
    pattern = re.escape(name).replace('…', '.+')
    return '…' in name and any(re.match(pattern, FORMAT.sub('x', known)) for known in names)


def check_pages(folder, listed):
    """What is wrong with the pages of one language."""
    paths = sorted(glob.glob(os.path.join(folder, '*.page')))
    result = subprocess.run(['xmllint', '--nonet', '--noout', '--relaxng', SCHEMA, *paths],
                            text=True, capture_output=True, check=False)
    problems = [line for line in result.stderr.splitlines() if not line.endswith('validates')]
    if result.returncode != 0 and not problems:
        problems.append('xmllint refuses the pages')
    ids = set()
    linked = set()
    for path in paths:
        tree = ElementTree.parse(path).getroot()
        own = tree.get('id')
        ids.add(own)
        ids.update(f'{own}#{section.get("id")}' for section in tree.iter(MALLARD + 'section'))
        linked.update(link.get('xref') for link in tree.iter(MALLARD + 'link'))
        if own + '.page' != os.path.basename(path):
            problems.append(f'{path} calls itself {own}')
        if own != 'index' and not any(link.get('type') == 'guide'
                                      for link in tree.iter(MALLARD + 'link')):
            problems.append(f'nothing leads to {own}')
    problems += [f'a link leads to {name}, which is not there' for name in sorted(linked - ids)]
    problems += [f'{os.path.basename(path)} is not in meson.build' for path in paths
                 if os.path.basename(path) not in listed]
    return problems


def check_names(root, catalogue):
    """Whether the words for buttons are those of the application, in its language, too."""
    names = names_of_application(root)
    translated = collections.defaultdict(set)
    language = os.path.splitext(os.path.basename(catalogue))[0]
    for message, translation in messages_of(os.path.join(root, 'po', language + '.po')):
        translated[message].add(translation)
    problems = []
    for message, translation in messages_of(catalogue):
        originals = GUI.findall(message)
        there = GUI.findall(translation)
        problems += [f'the application has no “{name}”' for name in originals
                     if not is_name(name, names)]
        if len(there) != len(originals):
            problems.append(f'{language}: not all names are in “{translation}”')
        problems += [f'{language}: “{name}” is {sorted(translated[name])} in the application'
                     for name in originals if translated[name]
                     and not translated[name] & set(there)]
    return problems


def check_language(root, language, listed, folder):
    problems = []
    help_folder = os.path.join(root, 'help')
    pages = sorted(glob.glob(os.path.join(help_folder, 'C/*.page')))
    template = os.path.join(folder, 'help.pot')
    merged = os.path.join(folder, language + '.po')
    compiled = os.path.join(folder, language + '.mo')
    run('itstool', '-o', template, *pages)
    source = os.path.join(help_folder, language, language + '.po')
    run('msgmerge', '--quiet', '--no-fuzzy-matching', '-o', merged, source, template)
    run('msgfmt', '--check', '-o', compiled, merged)
    for kind in ['--untranslated', '--only-fuzzy', '--only-obsolete']:
        left = run('msgattrib', kind, '--no-wrap', merged)
        problems += [f'{language}: {kind[2:]}: {message}' for message in
                     re.findall(r'^(?:#~ )?msgid "(.+)"$', left, re.MULTILINE)]
    run('itstool', '-m', compiled, '-l', language, '-o', folder, *pages)
    return problems + check_pages(folder, listed) + check_names(root, merged)


def main():
    root = sys.argv[1]
    help_folder = os.path.join(root, 'help')
    if subprocess.run(['xmlcatalog', '/etc/xml/catalog', SCHEMA], stdout=subprocess.DEVNULL,
                      check=False).returncode != 0:
        print('the schema of Mallard is not installed')
        return 77
    with open(os.path.join(help_folder, 'meson.build'), encoding='utf-8') as file:
        listed = set(re.findall(r"'([\w-]+\.page)'", file.read()))
    with open(os.path.join(help_folder, 'LINGUAS'), encoding='utf-8') as file:
        languages = file.read().split()
    problems = check_pages(os.path.join(help_folder, 'C'), listed)
    for language in languages:
        with tempfile.TemporaryDirectory() as folder:
            problems += check_language(root, language, listed, folder)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
