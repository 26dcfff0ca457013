#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: check-translations.py SOURCE-ROOT

Every file with words for people is in POTFILES, and every language in LINGUAS has every message:
nothing untranslated, nothing fuzzy, no format that does not fit.
"""

import os
import re
import subprocess
import sys
import tempfile

# As meson's preset 'glib' has them.
XGETTEXT = ['xgettext', '--from-code=UTF-8', '--add-comments',
            '--keyword=_', '--keyword=N_', '--keyword=C_:1c,2', '--keyword=NC_:1c,2',
            '--keyword=g_dcgettext:2', '--keyword=g_dngettext:2,3', '--keyword=g_dpgettext2:2c,3',
            '--flag=g_strdup_printf:1:c-format', '--flag=g_print:1:c-format',
            '--flag=g_printerr:1:c-format', '--flag=g_string_append_printf:2:c-format']
FOLDERS = ['src', 'data']
MARKED = {
    '.c': re.compile(r'\b(?:_|N_|C_|NC_|ngettext|g_dngettext)\s*\(\s*"'),
    '.ui': re.compile(r'translatable="yes"'),
    '.in': re.compile(r'^\[Desktop Entry\]|<component type="desktop-application">', re.MULTILINE),
}


def files_with_words(root):
    for folder in FOLDERS:
        for place, _, names in os.walk(os.path.join(root, folder)):
            for name in names:
                pattern = MARKED.get(os.path.splitext(name)[1])
                path = os.path.join(place, name)
                if pattern is None:
                    continue
                with open(path, encoding='utf-8') as file:
                    if pattern.search(file.read()):
                        yield os.path.relpath(path, root)


def lines_of(path):
    with open(path, encoding='utf-8') as file:
        return [line.strip() for line in file if line.strip() and not line.startswith('#')]


def check_language(language, root, template, folder):
    """What is wrong with one translation."""
    merged = os.path.join(folder, language + '.po')
    source = os.path.join(root, 'po', language + '.po')
    subprocess.run(['msgmerge', '--quiet', '--no-fuzzy-matching', '-o', merged, source, template],
                   check=True)
    result = subprocess.run(['msgfmt', '--check', '--statistics', '-o', os.devnull, merged],
                            text=True, capture_output=True, check=False,
                            env={**os.environ, 'LC_ALL': 'C'})
    print(f'{language}: {result.stderr.strip()}')
    if result.returncode != 0:
        return [f'{language}: msgfmt refuses it']
    problems = []
    for kind in ['untranslated', 'fuzzy']:
        listed = subprocess.run(['msgattrib', f'--only-{kind}' if kind == 'fuzzy' else f'--{kind}',
                                 '--no-obsolete', '--no-wrap', merged], text=True,
                                capture_output=True, check=True).stdout
        problems += [f'{language}: {kind}: {message}' for message in
                     re.findall(r'^msgid "(.+)"$', listed, re.MULTILINE)]
    return problems


def main():
    root = sys.argv[1]
    listed = lines_of(os.path.join(root, 'po/POTFILES'))
    found = sorted(files_with_words(root))
    problems = [f'po/POTFILES lacks {path}' for path in found if path not in listed]
    problems += [f'po/POTFILES names {path}, which has no words' for path in listed
                 if path not in found]
    if listed != sorted(listed):
        problems.append('po/POTFILES is not in alphabetical order')
    with tempfile.TemporaryDirectory() as folder:
        template = os.path.join(folder, 'keelboat.pot')
        present = [path for path in listed if os.path.exists(os.path.join(root, path))]
        subprocess.run(XGETTEXT + ['-o', template, *present], cwd=root, check=True)
        for language in lines_of(os.path.join(root, 'po/LINGUAS')):
            problems += check_language(language, root, template, folder)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
