# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is compared: each program as a person would call it, its defaults untouched but for what a
workload is about (the number of connections, a list of addresses).

All of them get the same Order and answer with a measure.Run.
"""

import functools
import os
import shutil
import subprocess

import measure


class Order:
    """What is to be fetched into an empty folder.

    house: where Keelboat lives; inside: the beginning of a command line that leads to the network
    of the server; authority: whom to believe, None without TLS; list, config: files with all of the
    addresses, one a line and as curl wants them.
    """

    def __init__(self, house, folder, urls, names, authority=None, inside=()):
        self.house = house
        self.inside = list(inside)
        self.authority = authority
        self._words = {'folder': folder, 'url': urls[0], 'authority': authority,
                       'path': os.path.join(folder, names[0]), 'name': names[0],
                       'list': folder + '.list', 'config': folder + '.config'}
        with open(self._words['list'], 'w', encoding='utf-8') as file:
            file.writelines(f'{url}\n' for url in urls)
        with open(self._words['config'], 'w', encoding='utf-8') as file:
            file.writelines(f'url = "{url}"\noutput = "{os.path.join(folder, name)}"\n'
                            for url, name in zip(urls, names))

    def fill_in(self, command):
        return [part.format(**self._words) for part in command]


class Peer:
    """A program that downloads in its own process."""

    def __init__(self, name, command, trust=()):
        self.name = name
        self._command = command
        self._trust = list(trust)

    def is_here(self):
        return shutil.which(self._command[0]) is not None

    def fetch(self, order, sample=False):
        trust = self._trust if order.authority else []
        command = order.fill_in([self._command[0], *trust, *self._command[1:]])
        return measure.run(order.inside + command, sample=sample)


class Keelboat:
    """The whole product: keel asks, the service works, and both count."""

    def __init__(self, name, command):
        self.name = name
        self._command = command

    def is_here(self):
        # An option that this keel does not have yet.
        return all(part in _known_options() for part in self._command if part.startswith('--'))

    def fetch(self, order, sample=False):
        command = [os.environ['KEEL'], 'add', '--wait', *order.fill_in(self._command)]
        return measure.run(command, servant=order.house.service_pid(), sample=sample,
                           env=order.house.environment)


@functools.cache
def _known_options():
    return subprocess.run([os.environ['KEEL'], 'add', '--help'], capture_output=True, text=True,
                          check=True, timeout=60).stdout


_CURL = ['curl', '-sS', '--fail']
_CURL_TRUST = ['--cacert', '{authority}']
_WGET2 = ['wget2', '-q']
_WGET2_TRUST = ['--ca-certificate', '{authority}']
_ARIA2 = ['aria2c', '-q', '--no-conf', '-d', '{folder}']
_ARIA2_TRUST = ['--ca-certificate={authority}']
_AXEL = ['axel', '-q', '-o', '{path}']
# axel compares the address with the name of the certificate as if it were a host's.
_AXEL_TRUST = ['--insecure']
_KEEL = ['--dir', '{folder}']

# One file. Those of one name are rivals in different workloads.
KEELBOAT = Keelboat('keelboat', [*_KEEL, '{url}'])
KEELBOAT_16 = Keelboat('keelboat x16', [*_KEEL, '--connections', '16', '{url}'])
CURL = Peer('curl', [*_CURL, '-o', '{path}', '{url}'], _CURL_TRUST)
WGET2 = Peer('wget2', [*_WGET2, '-O', '{path}', '{url}'], _WGET2_TRUST)
ARIA2 = Peer('aria2', [*_ARIA2, '{url}'], _ARIA2_TRUST)
ARIA2_16 = Peer('aria2 x16', [*_ARIA2, '-x16', '-s16', '-k1M', '{url}'], _ARIA2_TRUST)
AXEL = Peer('axel', [*_AXEL, '{url}'], _AXEL_TRUST)
AXEL_1 = Peer('axel x1', [*_AXEL, '-n', '1', '{url}'], _AXEL_TRUST)
AXEL_16 = Peer('axel x16', [*_AXEL, '-n', '16', '{url}'], _AXEL_TRUST)

# Many files. axel does not know lists.
KEELBOAT_LIST = Keelboat('keelboat', [*_KEEL, '--input', '{list}'])
CURL_LIST = Peer('curl', [*_CURL, '-K', '{config}'], _CURL_TRUST)
CURL_PARALLEL = Peer('curl -Z', [*_CURL, '-Z', '--parallel-max', '16', '-K', '{config}'],
                     _CURL_TRUST)
WGET2_LIST = Peer('wget2', [*_WGET2, '-P', '{folder}', '-i', '{list}'], _WGET2_TRUST)
ARIA2_LIST = Peer('aria2', [*_ARIA2, '-j16', '-i', '{list}'], _ARIA2_TRUST)
