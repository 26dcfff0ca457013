#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A signed repository, made with a key of the test's own, and who installs from it."""

import os
import shutil
import subprocess

from flathouse import APPLICATION, FOLDER
from keeltest import Case, main, processes, skip_all
from keeltest.bus import Bus

PUBLISH = os.path.join(os.environ['KEEL_SOURCE_ROOT'], 'flatpak/publish')


class Publishing(Case):
    def setUp(self):
        self.root = processes.make_folder('keel-publish-')
        self.environment = {
            'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8', 'HOME': self.root,
            'XDG_RUNTIME_DIR': self.root, 'FLATPAK_USER_DIR': os.path.join(self.root, 'user')}
        bus = Bus(self.root, self.environment)
        self.addCleanup(bus.end)
        self.environment |= {'DBUS_SESSION_BUS_ADDRESS': bus.address,
                             'DBUS_SYSTEM_BUS_ADDRESS': bus.address}
        self.repository = os.path.join(self.root, 'repository')
        self.export_again()

    def export_again(self):
        """As flatpak-builder leaves it, with nobody's signature."""
        shutil.rmtree(self.repository, ignore_errors=True)
        shutil.copytree(os.path.join(FOLDER, 'repository'), self.repository, symlinks=True)

    def run_it(self, *command, status=0):
        result = subprocess.run(command, env=self.environment, text=True, capture_output=True,
                                timeout=180, check=False, stdin=subprocess.DEVNULL)
        self.assertEqual(result.returncode, status,
                         f'{" ".join(command)}\n{result.stdout}{result.stderr}')
        return result.stdout + result.stderr

    def make_key(self, name):
        """Fingerprint of a new key, and the folder where gpg has it."""
        home = os.path.join(self.root, name)
        os.mkdir(home, 0o700)
        # With it gpg ends its agent.
        self.addCleanup(subprocess.run, ['gpgconf', '--homedir', home, '--kill', 'all'],
                        check=False, env=self.environment)
        self.run_it('gpg', '--homedir', home, '--batch', '--passphrase', '', '--quick-gen-key',
                    f'{name} <{name}@example.org>', 'ed25519', 'sign')
        told = self.run_it('gpg', '--homedir', home, '--batch', '--with-colons',
                           '--list-secret-keys')
        line, = [line for line in told.splitlines() if line.startswith('fpr:')]
        return line.split(':')[9], home

    def publish(self, name='publisher'):
        key, home = self.make_key(name)
        self.run_it(PUBLISH, '--key', key, '--gpg-home', home, '--url',
                    f'file://{self.repository}', self.repository)

    def test_signed_and_installed(self):
        self.publish()
        repo = os.path.join(self.repository, 'keelboat.flatpakrepo')
        ref = os.path.join(self.repository, APPLICATION + '.flatpakref')
        for path in [repo, ref]:
            with open(path, encoding='utf-8') as file:
                self.assertNotIn('@', file.read())
        self.run_it('flatpak', '--user', 'remote-add', 'keelboat', repo)
        self.assertIn('keelboat', self.run_it('flatpak', '--user', 'remotes', '--columns=name'))
        # The runtime is left out, it is large; the signature is looked at all the same.
        self.run_it('flatpak', '--user', 'install', '-y', '--noninteractive', '--no-deps',
                    '--from', ref)
        self.assertIn(APPLICATION, self.run_it('flatpak', '--user', 'list', '--app'))

    def test_signed_by_somebody_else(self):
        self.publish()
        repo = os.path.join(self.root, 'ours.flatpakrepo')
        shutil.copy(os.path.join(self.repository, 'keelboat.flatpakrepo'), repo)
        self.export_again()
        self.publish('another')
        told = self.run_it('flatpak', '--user', 'remote-add', 'keelboat', repo, status=1)
        self.assertIn('public key not found', told)

    def test_mistakes_are_told(self):
        for arguments, said in [
                (['--key', 'nobody', '--url', 'https://example.org', self.repository],
                 'no secret key'),
                (['--key', 'nobody', '--url', 'https://example.org', self.root], 'no repository')]:
            self.assertIn(said, self.run_it(PUBLISH, *arguments, status=1))
        self.assertIn('flatpak/publish', self.run_it(PUBLISH, self.repository, status=2))


if __name__ == '__main__':
    if not FOLDER or not os.path.isdir(FOLDER):
        skip_all('KEEL_FLATPAK names no folder that flatpak/debian-app made')
    main()
