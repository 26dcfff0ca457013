#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server of crash-run: quick, and it stops sending at certain places.

In a process of its own, so that it outlives what is killed. http://127.0.0.1:PORT/RUN/NAME is a
file; RUN is any word, and what is remembered is remembered for each. Until RUN/release has been
asked for, a body stops at the stops of its file until the client goes: there crash-run pauses,
cancels and removes. `changed.bin` is another file from its second request on, `coded.txt` comes
compressed although nobody asked for it. All have an ETag and ranges.

By hand: `crashserver.py` prints its port and serves until it is ended.
"""

import gzip
import os
import random
import re
import select
import signal
import socket
import sys
import threading
import time

MIB = 1 << 20
CHUNK = 256 * 1024
MAX_HEAD = 1 << 16
OVERLAP = 64 * 1024
# The name, its size and the places at which its body stops; crash-run.c knows the same ones.
FILES = {
    'plain.bin': (5 * MIB + 17, [3 * MIB]),
    'resumed.bin': (3 * MIB + 1, [MIB, 2 * MIB]),
    'segmented.bin': (8 * MIB + 4095, []),
    'pieces.bin': (9 * MIB + 333, []),
    'small-0.bin': (10_000, []),
    'small-1.bin': (30_000, []),
    'small-2.bin': (60_000, []),
    'coded.txt': (150_000, []),
    'changed.bin': (MIB + 5, [MIB // 2]),
    'cancelled.bin': (MIB + 9, [MIB // 4, MIB // 2]),
    'discarded.bin': (MIB + 9, [MIB // 4, MIB // 2]),
}
# Those of `crash-run --many`.
MANY_FILES = {f'many-{number}.bin': (1000 + 997 * number, []) for number in range(16)}
ALL_FILES = FILES | MANY_FILES
# Comes so slowly that several connections have their share of it.
PACED = 'pieces.bin'
PACE_SECONDS = 0.004
CODED = 'coded.txt'
CHANGED = 'changed.bin'


def contents(name, version=1):
    """The bytes of a file, the same in every process; a second version is a little longer."""
    size = ALL_FILES[name][0] + 1000 * (version - 1)
    generator = random.Random(f'{name} {version}')
    return generator.randbytes(size // 2 + 1).hex().encode()[:size] if name == CODED else \
        generator.randbytes(size)


class Server:
    def __init__(self):
        self._bodies = {(name, version): contents(name, version)
                        for name in ALL_FILES for version in (1, 2)}
        self._coded = gzip.compress(self._bodies[CODED, 1], 1, mtime=0)
        self._lock = threading.Lock()
        self._released = set()
        self._begun = set()
        self._listener = socket.create_server(('127.0.0.1', 0), backlog=256)
        self.port = self._listener.getsockname()[1]

    def serve(self):
        while True:
            connection, _ = self._listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection):
        data = b''
        try:
            with connection:
                while True:
                    while b'\r\n\r\n' not in data:
                        more = connection.recv(MAX_HEAD)
                        if not more or len(data) > MAX_HEAD:
                            return
                        data += more
                    head, _, data = data.partition(b'\r\n\r\n')
                    if not self._answer(connection, head.decode('latin-1')):
                        return
        except OSError:
            pass

    def _version(self, run, name):
        if name != CHANGED:
            return 1
        with self._lock:
            version = 2 if run in self._begun else 1
            self._begun.add(run)
        return version

    def _answer(self, connection, head):
        run, name = (head.split()[1].split('/') + ['', ''])[1:3]
        if name == 'release':
            self._released.add(run)
        if name not in ALL_FILES:
            connection.sendall(b'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n')
            return True
        version = self._version(run, name)
        body = self._coded if name == CODED else self._bodies[name, version]
        etag = f'"{name}-{version}"'
        first = last = None
        wanted = re.search(r'^range: *bytes=(\d+)-(\d*)', head, re.I | re.M)
        condition = re.search(r'^if-range: *(\S+)', head, re.I | re.M)
        if wanted and (condition is None or condition[1] == etag) and int(wanted[1]) < len(body):
            first = int(wanted[1])
            last = min(int(wanted[2] or len(body)), len(body) - 1)
        lines = ['HTTP/1.1 200 OK' if first is None else 'HTTP/1.1 206 Partial Content',
                 f'ETag: {etag}', 'Accept-Ranges: bytes', 'Content-Type: application/octet-stream']
        if name == CODED:
            lines.append('Content-Encoding: gzip')
        if first is not None:
            lines.append(f'Content-Range: bytes {first}-{last}/{len(body)}')
        else:
            first, last = 0, len(body) - 1
        lines.append(f'Content-Length: {last + 1 - first}')
        connection.sendall('\r\n'.join([*lines, '', '']).encode())
        pace = PACE_SECONDS if name == PACED else 0
        return self._send(connection, run, ALL_FILES[name][1], memoryview(body), first, last + 1,
                          pace)

    def _send(self, connection, run, stops, body, first, end, pace):
        # What is asked for once more for comparison lies before the stop that has been passed.
        beyond = first + OVERLAP if first > 0 else 0
        stops = [stop for stop in stops if beyond < stop < end]
        while first < end:
            if first in stops and not self._wait(connection, run):
                return False
            until = min([first + CHUNK, end] + [stop for stop in stops if stop > first])
            connection.sendall(body[first:until])
            first = until
            time.sleep(pace)
        return True

    def _wait(self, connection, run):
        """Until the client goes (False) or nothing of this run is to stop any more."""
        while run not in self._released:
            if select.select([connection], [], [], 0.02)[0]:
                return False
        return True


def main():
    signal.signal(signal.SIGTERM, lambda number, frame: os._exit(0))
    server = Server()
    print(server.port, flush=True)
    try:
        server.serve()
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == '__main__':
    main()
