#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: test-upgrade.py USER

Upgrades, removes and purges the packages, as root of a system that is there for it. What USER has
is untouched by all of that, and a transfer that runs goes on in the new version."""

import glob
import hashlib
import os
import subprocess
import sys

from keeltest import Case, Nginx, contents_of, main, wait_until
from person import Person

USER = sys.argv.pop()
PACKAGES = ['keelboat', 'keelboat-doc', 'libkeel-1-0', 'libkeel-dev', 'gir1.2-keel-1']
SERVICE = '/usr/libexec/keelboat-service'
SIZE = 60_000_000
# Of what the system is made of, not what it says about itself or what people have.
ELSEWHERE = ('/proc', '/sys', '/dev', '/tmp', '/srv', '/home', '/var/log', '/var/cache/apt',
             '/var/lib/apt', '/run')
MADE_OF_FILES = ['/usr/share/glib-2.0/schemas/gschemas.compiled',
                 '/usr/share/applications/mimeinfo.cache',
                 '/usr/share/icons/hicolor/icon-theme.cache']


def system(*command):
    process = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if process.returncode != 0:
        raise AssertionError(f'{command}\n{process.stdout}{process.stderr}')
    return process.stdout


def names_of_ours():
    """Paths of the system with our name in them."""
    found = []
    for folder, folders, names in os.walk('/'):
        folders[:] = [name for name in folders
                      if not os.path.join(folder, name).startswith(ELSEWHERE)]
        found += [os.path.join(folder, name) for name in folders + names
                  if 'keelboat' in name.lower() or 'libkeel' in name or name == 'keel'
                  or name.startswith(('keel-1', 'Keel-1'))]
    return found


def belongings():
    """Path and content of all that the person has."""
    found = {}
    for folder, _, names in os.walk(f'/home/{USER}'):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, 'rb') as file:
                found[path] = hashlib.sha256(file.read()).hexdigest()
    return found


class Life(Case):
    """In the order of the names."""

    def test_1_upgrade(self):
        person = Person(self, user=USER)
        nginx = Nginx(self)
        nginx.make('long.bin', SIZE)
        number = person.add(nginx.url('long.bin', 'rate/3m'), '--connections', '1')
        person.wait_task(number, lambda task: task['received'] > 3_000_000)
        pid = person.service_pid()
        before = system('dpkg-query', '-W', '-f=${Version}', 'keelboat')
        system('dpkg', '--install', *glob.glob('/srv/next/*.deb'))
        self.assertNotEqual(system('dpkg-query', '-W', '-f=${Version}', 'keelboat'), before)
        new = wait_until('the old service has left for the new one',
                         lambda: person.service_pid() not in (None, pid) and person.service_pid(),
                         60)
        wait_until('the old one has gone', lambda: not os.path.exists(f'/proc/{pid}'))
        self.assertEqual(os.readlink(f'/proc/{new}/exe'), SERVICE)
        task = person.wait_task(number, 'finished', 120)
        self.assertEqual(contents_of(task['file']), contents_of(nginx.file('long.bin')))
        self.assertGreater(task['resumed_bytes'], 2_000_000)
        self.assertLess(task['refetched_bytes'], 2_000_000)
        # Something that is not finished, for the tests that follow.
        number = person.add(nginx.url('long.bin', 'rate/3m'), '--name', 'rest.bin')
        person.wait_task(number, lambda task: task['received'] > 3_000_000)
        person.keel('pause', number)
        person.keel('quit')
        wait_until('the service has left', lambda: person.service_pid() is None)

    def test_2_remove(self):
        Life.before = belongings()
        self.assertIn(f'/home/{USER}/Downloads/long.bin', Life.before)
        self.assertIn(f'/home/{USER}/.local/state/keelboat/transfers.db', Life.before)
        self.assertTrue(any(path.endswith('.part') for path in Life.before))
        self.assertIn(SERVICE, names_of_ours())
        system('apt-get', '--yes', 'remove', *PACKAGES)
        self.assertFalse(os.path.exists(SERVICE))
        self.assertEqual(belongings(), Life.before)

    def test_3_purge(self):
        # apt does not know any more those that left nothing to be purged.
        system('dpkg', '--purge', *PACKAGES)
        self.assertEqual(system('sh', '-c', "dpkg-query -W -f='${Package}\\n' | grep keel || true"),
                         '')
        self.assertEqual(names_of_ours(), [])
        for path in MADE_OF_FILES:
            if os.path.exists(path):
                with open(path, 'rb') as file:
                    self.assertNotIn(b'io.github.keelboat', file.read(), path)
        self.assertEqual(belongings(), Life.before)


if __name__ == '__main__':
    main()
