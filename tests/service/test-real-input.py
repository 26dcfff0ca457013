#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real files from a real server, with checksums that somebody else made.

apt says at run time where three small packages are and what their SHA-256 is; nothing of that
stands here. Without a network, or where apt names no such thing, the test is skipped.
"""

import os
import re
import shutil
import socket
import subprocess
from urllib.parse import urlsplit

from keeltest import Case, House, main, sha256_of

PACKAGES = ['hello', 'bsdutils', 'hostname', 'sensible-utils', 'bc', 'time']
WANTED = 3
LINE = re.compile(r"^'(https?://[^']+)' (\S+) (\d+) SHA256:([0-9a-f]{64})$", re.MULTILINE)


def named_by_apt():
    """(address, size, SHA-256) of up to three packages."""
    if shutil.which('apt-get') is None:
        return []
    found = []
    for package in PACKAGES:
        result = subprocess.run(['apt-get', '--print-uris', 'download', package],
                                capture_output=True, text=True, timeout=60, check=False,
                                env={**os.environ, 'LC_ALL': 'C'})
        match = LINE.search(result.stdout)
        if match:
            found.append((match[1], int(match[3]), match[4]))
    return found[:WANTED]


def reachable(url):
    parts = urlsplit(url)
    try:
        port = parts.port or {'http': 80, 'https': 443}[parts.scheme]
        with socket.create_connection((parts.hostname, port), timeout=10):
            return True
    except OSError:
        return False


class RealInput(Case):
    def test_packages_named_by_apt(self):
        files = named_by_apt()
        if len(files) < WANTED:
            self.skipTest('apt names no http(s) address with a SHA-256 for three packages')
        if not all(reachable(url) for url, _, _ in files):
            self.skipTest('no network: the package server cannot be reached directly')
        house = House(self)
        for url, size, digest in files:
            with self.subTest(url):
                task, = house.keel('add', '--wait', '--json', '--checksum', f'sha-256:{digest}',
                                   url, seconds=120).objects
                self.assertEqual(task['state'], 'finished', task)
                self.assertIs(task['checksum']['ok'], True)
                self.assertEqual(os.path.getsize(task['file']), size)
                self.assertEqual(sha256_of(task['file']), digest)
        self.assertEqual(len(os.listdir(house.downloads)), WANTED)


if __name__ == '__main__':
    main()
