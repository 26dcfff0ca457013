# SPDX-License-Identifier: GPL-3.0-or-later
"""Who walks into the traps: each program as a careful person would call it.

Careful means: continue what is there (-c), take the server's name for the file where that is the
question, and do not retry by itself, so that the server can change in between.
"""

import os
import shutil
import subprocess
import time

SECONDS = 20
ASK_SECONDS = 0.1


class Peer:
    """A program that downloads in its own process."""

    def __init__(self, name, continued, named, trust):
        self.name = name
        self._continued = continued
        self._named = named
        self._trust = trust

    def is_here(self):
        return shutil.which(self._continued[0]) is not None

    def fetch(self, url, folder, authority):
        """Fetches or continues; gives the exit status, None when it did not end."""
        return self._run([*self._continued, self._trust, authority], url, folder)

    def fetch_named(self, url, folder):
        """Fetches under the name that the server says."""
        return self._run(self._named, url, folder)

    def _run(self, command, url, folder):
        try:
            return subprocess.run([*command, url], cwd=folder, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  timeout=SECONDS, check=False).returncode
        except subprocess.TimeoutExpired:
            return None


class Keelboat:
    """The whole product: `keel add --wait`, and somebody who does not like to wait for a retry.
    One call fetches and continues, so `between` is what happens on the server after the cut."""

    name = 'keelboat'

    def __init__(self, house):
        self._house = house

    def fetch(self, url, folder, between):
        process = self._house.start_keel('add', '--wait', '--dir', folder, url)
        deadline = time.monotonic() + SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            for task in self._house.tasks():
                if task['wait_reason'] == 'retry':
                    between()
                    self._house.keel('retry', task['id'], status=None)
            time.sleep(ASK_SECONDS)
        status = process.poll()
        process.kill()
        process.communicate()
        return status

    def forget(self):
        self._house.keel('remove', '--all')


def peers():
    """Those that are installed."""
    folder = os.curdir
    known = [
        Peer('curl', ['curl', '-sS', '--fail', '-C', '-', '-O'],
             ['curl', '-sS', '--fail', '-O', '-J'], '--cacert'),
        Peer('wget', ['wget', '-q', '-c', '--tries=1', '--no-hsts'],
             ['wget', '-q', '--tries=1', '--no-hsts', '--content-disposition'],
             '--ca-certificate'),
        Peer('wget2', ['wget2', '-q', '-c', '--tries=1', '--no-hsts'],
             ['wget2', '-q', '--tries=1', '--no-hsts', '--content-disposition'],
             '--ca-certificate'),
        Peer('aria2', ['aria2c', '-q', '--no-conf', '-c', '--max-tries=1', '-d', folder],
             ['aria2c', '-q', '--no-conf', '--max-tries=1', '-d', folder], '--ca-certificate'),
    ]
    return [peer for peer in known if peer.is_here()]
