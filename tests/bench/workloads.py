# SPDX-License-Identifier: GPL-3.0-or-later
"""What is fetched, and from what kind of server.

A Workload is a line of the table: data only. A Scene is a workload being played: the server, the
files, a fresh house, and the rule that nobody is measured who did not bring the right bytes. A new
line of the table is a new entry in WORKLOADS.
"""

import contextlib
import dataclasses
import hashlib
import os
import random
import shutil

from keelserver.certificates import Authority
from keeltest import House, Nginx, sha256_of
from keeltest.trust import SYSTEM_LIST, is_possible, trusting_house

import path
import programs

MIB = 1 << 20
BLOCK = 64 * MIB
# So that the service is there from the first round to the last.
IDLE_SECONDS = 3600

ONE = [programs.KEELBOAT, programs.CURL, programs.WGET2, programs.ARIA2, programs.AXEL]
MANY = [programs.KEELBOAT_LIST, programs.CURL_LIST, programs.CURL_PARALLEL, programs.WGET2_LIST,
        programs.ARIA2_LIST]
THROTTLED = [programs.KEELBOAT, programs.KEELBOAT_16, programs.CURL, programs.WGET2,
             programs.ARIA2_16, programs.AXEL_16]
# Who has one connection takes as long as curl there, and once is long enough.
LOSSY = [programs.KEELBOAT, programs.KEELBOAT_16, programs.CURL, programs.WGET2,
         programs.ARIA2_16, programs.AXEL_16]
FAR = [programs.KEELBOAT, programs.KEELBOAT_16, programs.CURL, programs.WGET2, programs.ARIA2,
       programs.ARIA2_16, programs.AXEL_1, programs.AXEL_16]


@dataclasses.dataclass(frozen=True)
class Workload:
    """kind: an address of nginx that behaves so; link: what is between the programs and the server;
    most_rounds: for one that takes minutes."""

    name: str
    title: str
    size: int
    programs: list
    count: int = 1
    kind: str = ''
    is_tls: bool = False
    is_http2: bool = False
    link: path.Link = None
    most_rounds: int = 1000

    def why_not(self):
        """Why it cannot be played here, or None."""
        if self.is_tls and not is_possible():
            return 'nothing can be mounted for the service, so it would not believe our server'
        return path.Path.why_not() if self.link else None

    def scaled(self, factor):
        """The same with less to fetch: a smaller file, or fewer files of the same size."""
        if self.count > 1:
            return dataclasses.replace(self, count=max(int(self.count * factor), 2))
        return dataclasses.replace(self, size=max(int(self.size * factor), 1))

    def describe(self):
        what = (f'{self.count} files of {self.size / 1000:g} kB' if self.count > 1 else
                f'one file of {self.size / MIB:.4g} MiB')
        return f'{self.name}: {what}, ' + self.title.format(
            control=self.link.control if self.link else '')


class Stage(contextlib.ExitStack):
    """What servers and houses want of a test: to be told when it is over, and how it went."""

    addCleanup = contextlib.ExitStack.callback

    def has_failed(self):
        return False


class Scene:
    """A workload being played, until its stage is left."""

    def __init__(self, stage, workload, folder):
        self.workload = workload
        self._out = os.path.join(folder, 'out')
        self._path = path.Path(stage, workload.link, folder) if workload.link else path.NO_PATH
        authority = believable(stage) if workload.is_tls else None
        self._authority = authority and authority.certificate
        nginx = Nginx(stage, parent=folder, certificate=authority and authority.issue(),
                      http2=workload.is_http2, address=self._path.address, port=self._path.port,
                      inside=self._path.far)
        with self._path.service_inside(folder):
            self._house = (trusting_house(stage, authority, idle_timeout=IDLE_SECONDS) if authority
                           else House(stage, idle_timeout=IDLE_SECONDS))
        self._files = {}
        for number in range(workload.count):
            name = f'file-{number}.bin'
            self._files[name] = make(nginx.file(name), workload.size, number)
        self._urls = [nginx.url(name, workload.kind) for name in self._files]
        self._house.keel('status')

    def fetch(self, program, first=False):
        """Lets the program fetch it, checks and removes what it wrote. The first time its memory is
        looked at, and the bytes are compared, which would be too slow to do each time."""
        shutil.rmtree(self._out, ignore_errors=True)
        os.mkdir(self._out)
        order = programs.Order(self._house, self._out, self._urls, list(self._files),
                               self._authority, self._path.near)
        result = program.fetch(order, sample=first)
        self._check(program.name, first)
        if isinstance(program, programs.Keelboat):
            self._house.keel('remove', '--all')
        return result

    def _check(self, name, is_thorough):
        found = set(os.listdir(self._out))
        if found != self._files.keys():
            raise RuntimeError(f'{name}: these are missing, or nobody asked for them: '
                               f'{sorted(found ^ self._files.keys())[:5]}')
        for file, digest in self._files.items():
            path_of = os.path.join(self._out, file)
            if os.path.getsize(path_of) != self.workload.size or (
                    is_thorough and sha256_of(path_of) != digest):
                raise RuntimeError(f'{name}: {file} is not what is served')


def believable(stage):
    """An authority of ours, in one file with those whom the system believes: reading them all is
    part of what TLS costs."""
    authority = Authority(stage)
    with open(SYSTEM_LIST, 'rb') as known, open(authority.certificate, 'ab') as file:
        file.write(known.read())
    return authority


def make(file, size, seed):
    """Writes a file to serve; gives its SHA-256. A large one is a block again and again, which is
    quickly made, but each time with its own beginning, so that its place shows."""
    block = random.Random(seed).randbytes(min(BLOCK, size))
    digest = hashlib.sha256()
    with open(file, 'wb') as out:
        while out.tell() < size:
            part = (out.tell().to_bytes(8, 'big') + block[8:])[:size - out.tell()]
            digest.update(part)
            out.write(part)
    return digest.hexdigest()


# Sizes are for a factor of one: `bench --size` gives that of the first, the others follow.
WORKLOADS = [
    Workload('large', 'plain HTTP', 2048 * MIB, ONE),
    Workload('tls', 'over TLS', 512 * MIB, ONE, is_tls=True),
    Workload('http2', 'a server that speaks HTTP/2 over TLS', 512 * MIB, ONE, is_tls=True,
             is_http2=True),
    Workload('throttled', 'a server that gives each connection 16 MiB/s', 64 * MIB, THROTTLED,
             kind='rate/16m'),
    Workload('small', 'plain HTTP', 10_000, MANY, count=5000),
    Workload('small-tls', 'over TLS', 10_000, MANY, count=5000, is_tls=True),
    Workload('lossy', '{control}, 1 % of the packets lost, 40 ms, 100 Mbit/s', 12 * MIB, LOSSY,
             link=path.Link('reno', loss_percent=1), most_rounds=3),
    Workload('delay', '{control}, 40 ms, 100 Mbit/s, a queue as long as the path', 40 * MIB, FAR,
             link=path.Link('bbr')),
]
