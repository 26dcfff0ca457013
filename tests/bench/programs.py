# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is compared: each program as a person would call it, its defaults untouched."""

import os
import shutil

import measure


class Peer:
    """A program that downloads in its own process."""

    def __init__(self, name, command):
        self.name = name
        self._command = command

    def is_here(self):
        return shutil.which(self._command[0]) is not None

    def fetch(self, url, folder, name, sample=False):
        command = [part.format(url=url, folder=folder, name=name,
                               path=os.path.join(folder, name)) for part in self._command]
        return measure.run(command, sample=sample)

    def forget(self):
        pass


class Keelboat:
    """The whole product: keel asks, the service works, and both count."""

    name = 'keelboat'

    def __init__(self, house):
        self._house = house
        house.keel('status')

    def is_here(self):
        return True

    def fetch(self, url, folder, name, sample=False):
        return measure.run([os.environ['KEEL'], 'add', '--wait', '--dir', folder, '--name', name,
                            url], servant=self._house.service_pid(), sample=sample,
                           env=self._house.environment)

    def forget(self):
        self._house.keel('remove', '--all')


PEERS = [
    Peer('curl', ['curl', '-sS', '--fail', '-o', '{path}', '{url}']),
    Peer('wget2', ['wget2', '-q', '-O', '{path}', '{url}']),
    Peer('aria2', ['aria2c', '-q', '--no-conf', '-d', '{folder}', '-o', '{name}', '{url}']),
    Peer('axel', ['axel', '-q', '-o', '{path}', '{url}']),
]
