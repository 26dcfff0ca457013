#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written about keel's options elsewhere: the manual pages, and the completion of bash, zsh
and fish. Each has exactly the verbs and options that `keel --help` has, and a press of Tab never
starts the service."""

import os
import re
import shutil
import subprocess

from mocked import MockedHouse
from keeltest import Case, main
from keeltest.house import BUILD_ROOT, PROGRAMS, program

SOURCE = os.environ['KEEL_SOURCE_ROOT']
MAN = os.path.join(SOURCE, 'docs/man')
COMPLETIONS = os.path.join(SOURCE, 'data/completions')
# Pages of programs that are not always built.
PAGES = {'keel.1': 'KEEL', 'keelboat.1': 'KEELBOAT', 'keelboat-service.8': 'KEELBOAT_SERVICE'}
STATES = ['queued', 'waiting', 'running', 'verifying', 'paused', 'finished', 'failed', 'cancelled']

# Completion of zsh needs a terminal. What it is given is shown instead by functions of the same
# names; "numbers" calls what lists the transfers, anything else is a verb.
ZSH = '''
_arguments() { print -rl -- "$@" }
_describe() { print -rl -- ${(P)@[-1]} }
words=(keel) CURRENT=1
source "$1" >/dev/null
if [[ $2 = numbers ]]; then _keel_numbers "${@[3,-1]}"
elif [[ $2 = verbs ]]; then _keel_verbs
else _keel_arguments_of $2; fi
'''

BASH = '''
source "$1"
COMP_WORDS=("${@:2}")
COMP_CWORD=$(($# - 2))
_keel
printf '%s\\n' "${COMPREPLY[@]}"
'''


def options_in(text, pattern=r'(?m)^ +(?:-h, )?(--[a-z-]+)'):
    return set(re.findall(pattern, text))


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30,
                          **options).stdout


class Shells(Case):
    def setUp(self):
        self.house = MockedHouse(self)
        self.help = {}
        for verb in re.findall(r'(?m)^  ([a-z]+)  ', self.house.keel('--help').out):
            self.help[verb] = options_in(self.house.keel(verb, '--help').out)
        self.assertGreater(len(self.help), 12)
        self.assertIn('--checksum', self.help['add'])
        self.environment = {**self.house.environment, 'PATH': ':'.join(
            [os.path.dirname(program('KEEL')), os.environ['PATH']])}

    def need(self, name):
        if shutil.which(name) is None:
            self.skipTest(f'{name} is not installed')

    def bash(self, *words):
        return run('bash', '--norc', '-c', BASH, 'bash', f'{COMPLETIONS}/keel.bash', 'keel', *words,
                   env=self.environment).split()

    def fish(self, line):
        found = run('fish', '--no-config', '-c',
                    f'source {COMPLETIONS}/keel.fish; complete -C "{line}"', env=self.environment)
        return [line.split('\t')[0] for line in found.splitlines()]

    def zsh(self, *arguments):
        return run('zsh', '-f', '-c', ZSH, 'zsh', f'{COMPLETIONS}/_keel', *arguments,
                   env=self.environment)

    # The manual

    def test_manual(self):
        with open(os.path.join(MAN, 'keel.1.rst'), encoding='utf-8') as file:
            text = file.read()
        found = {}
        for verbs, body in re.findall(r'(?ms)^keel ([a-z, ]+)\n-+\n(.*?)(?=^\S[^\n]*\n[-=]{4,}\n)',
                                      text):
            for verb in verbs.split(', '):
                found[verb] = options_in(body, r'(?m)^(--[a-z-]+)') | {'--help'}
        self.assertEqual(found, self.help)

    def test_pages_of_the_others(self):
        for page, name in PAGES.items():
            # Not program(): the service of this house is the mock.
            command = os.path.join(BUILD_ROOT, PROGRAMS[name])
            if name == 'KEEL' or not os.path.exists(command):
                continue
            with self.subTest(page):
                with open(os.path.join(MAN, page + '.rst'), encoding='utf-8') as file:
                    text = file.read()
                said = run(command, '--help-all', env=self.house.environment)
                for option in options_in(said) - {'--help'}:
                    self.assertIn(option, text)

    def test_pages_are_well_formed(self):
        self.need('rst2man')
        self.need('man')
        for page in PAGES:
            with self.subTest(page):
                path = os.path.join(self.house.root, page)
                run('rst2man', '--strict', os.path.join(MAN, page + '.rst'), path)
                shown = subprocess.run(['man', '--warnings', '-E', 'UTF-8', '-l', path], text=True,
                                       capture_output=True, check=True, timeout=30,
                                       env={**os.environ, 'MANWIDTH': '80'})
                self.assertEqual(shown.stderr, '')
                self.assertIn('SEE ALSO', shown.stdout)
                if shutil.which('mandoc') is not None:
                    run('mandoc', '-T', 'lint', '-W', 'error', path)

    # Completion

    def test_bash_options(self):
        self.assertEqual(set(self.bash('')), set(self.help) | {'--help', '--version'})
        for verb, options in self.help.items():
            with self.subTest(verb):
                self.assertEqual(set(self.bash(verb, '--')), options)

    def test_bash_values(self):
        for words, found in [(['li'], 'list limit'), (['list', '--state', ''], ' '.join(STATES)),
                             (['add', '--priority', '=', 'h'], 'high'),
                             (['add', '--power', '='], 'any ac'), (['add', '--user', ''], ''),
                             (['set', '--connections', 'a'], 'auto'), (['limit', ''], 'off'),
                             (['add', '--checksum', 'sha-5'], 'sha-512:'), (['quit', ''], ''),
                             (['list', '--json', '--st'], '--state')]:
            with self.subTest(words):
                self.assertEqual(self.bash(*words), found.split())

    def test_fish_options(self):
        self.need('fish')
        self.assertEqual(set(self.fish('keel ')), set(self.help))
        for verb, options in self.help.items():
            with self.subTest(verb):
                self.assertEqual(set(self.fish(f'keel {verb} --')), options)
        self.assertEqual(self.fish('keel list --state='), [f'--state={s}' for s in sorted(STATES)])
        self.assertEqual(self.fish('keel add --priority h'), ['high'])

    def test_zsh_options(self):
        self.need('zsh')
        self.assertEqual(set(re.findall(r'(?m)^([a-z]+):', self.zsh('verbs'))), set(self.help))
        for verb, options in self.help.items():
            with self.subTest(verb):
                found = re.findall(r'(?m)^(?:\*|\([^)]*\))*(--[a-z-]+)(?==?\[)', self.zsh(verb))
                self.assertEqual(set(found), options)

    def test_numbers(self):
        running = self.house.fill(state='running', name='one.iso')
        paused = self.house.fill(state='paused', name='two: three.iso')
        finished = self.house.fill(state='finished', name='four.iso')
        every = [str(number) for number in (running, paused, finished)]
        for verb, numbers in [('pause', every[:1]), ('resume', every[1:2]), ('remove', every),
                              ('show', every), ('watch', every[:2]), ('retry', [])]:
            with self.subTest(verb):
                self.assertEqual(self.bash(verb, ''), numbers)
                if shutil.which('fish') is not None:
                    self.assertEqual(sorted(self.fish(f'keel {verb} ')), numbers)
        if shutil.which('zsh') is not None:
            self.assertRegex(self.zsh('numbers', 'paused'),
                             f'^{paused}:.*two\\\\: three.iso\n$')

    def test_the_service_is_not_started(self):
        self.assertEqual(self.house.keel('list', '--no-start').out, '')
        self.assertEqual(self.house.keel('list', '--no-start', '--json').json, [])
        self.assertEqual(self.bash('show', ''), [])
        if shutil.which('fish') is not None:
            self.assertEqual(self.fish('keel show '), [])
        if shutil.which('zsh') is not None:
            self.assertEqual(self.zsh('numbers').strip(), '')
        self.assertEqual(self.house.starts(), 0)

    def test_no_start_without_a_bus(self):
        result = self.house.keel('list', '--no-start', status=3, environment={
            'DBUS_SESSION_BUS_ADDRESS': 'unix:path=/does/not/exist'})
        self.assertIn('cannot be reached', result.err)


if __name__ == '__main__':
    main()
