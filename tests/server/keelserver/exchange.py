# SPDX-License-Identifier: GPL-3.0-or-later
"""One request, and the raw ways to answer it."""

import functools
import hashlib
import random
import re
import socket
import struct

DEFAULT_SIZE = 1 << 20


class Gone(Exception):
    """The exchange is over and its connection must not be used again."""


@functools.lru_cache(maxsize=16)
def content(name, size, version=1):
    """The bytes of a resource."""
    seed = int.from_bytes(hashlib.sha256(f'{name}/{version}'.encode()).digest()[:8], 'big')
    return random.Random(seed).randbytes(size)


class Exchange:
    """A request as it came in and the connection to answer on.

    server: memory shared by all exchanges (counters, switches set by the test)
    options: the KEY=VALUE pairs of the path
    """

    def __init__(self, server, connection, method, target, headers):
        self.server = server
        self.connection = connection
        self.method = method
        self.target = target
        self.headers = headers
        self.sent = 0
        self.status = None
        self.ended = False
        path = target.partition('?')[0]
        first, _, self.name = path.lstrip('/').partition('/')
        self.behaviour, *pairs = first.split(',')
        self.options = dict(pair.partition('=')[::2] for pair in pairs)
        self.key = path

    # The request

    def header(self, name):
        """The value of a request header, or None."""
        for found, value in self.headers:
            if found.lower() == name.lower():
                return value
        return None

    def number(self, option, default):
        return int(self.options.get(option, default))

    @property
    def size(self):
        return self.number('size', DEFAULT_SIZE)

    @property
    def version(self):
        """Version of the resource: the test moves it on by server.versions[NAME]."""
        return self.server.versions.get(self.name, 1)

    @property
    def body(self):
        return content(self.name, self.size, self.version)

    @property
    def etag(self):
        return f'"{self.name}-v{self.version}"'

    @property
    def attempt(self):
        """1 for the first request to this path, then counting up."""
        return self.server.attempts[self.key]

    def wanted_range(self, honour_if_range=True):
        """(first, last) of a plain "Range: bytes=A-[B]" that is to be answered by 206, or None."""
        match = re.fullmatch(r'bytes=(\d+)-(\d*)', self.header('Range') or '')
        if not match:
            return None
        condition = self.header('If-Range')
        if honour_if_range and condition is not None and condition != self.etag:
            return None
        last = int(match[2]) if match[2] else self.size - 1
        return int(match[1]), min(last, self.size - 1)

    # The answer

    def write(self, data):
        """Body bytes, counted; Gone if the client has left."""
        try:
            self.connection.sendall(data)
        except OSError as error:
            raise Gone from error
        self.sent += len(data)

    def head(self, status, *lines):
        """The status line ("200 OK") and header lines, exactly as given."""
        self.status = int(status[:3]) if status[:3].isdigit() else None
        block = '\r\n'.join([f'HTTP/1.1 {status}', *lines, '', ''])
        try:
            self.connection.sendall(block.encode('latin-1'))
        except OSError as error:
            raise Gone from error

    def close(self):
        """An orderly end of the connection (FIN)."""
        raise Gone

    def reset(self):
        """A rude end of it (RST); what is still in the socket's buffers is lost."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.connection.close()
        raise Gone

    def answer(self, body=None, status='200 OK', *lines):
        """A correct answer with Content-Length."""
        body = self.body if body is None else body
        self.head(status, f'Content-Length: {len(body)}', *lines)
        if self.method != 'HEAD':
            self.write(body)

    def answer_with_ranges(self, *lines):
        """What a good server does: 206 where a range is asked for and the validator holds."""
        lines = ('Accept-Ranges: bytes', f'ETag: {self.etag}', *lines)
        wanted = self.wanted_range()
        if wanted is None:
            self.answer(None, '200 OK', *lines)
        elif wanted[0] >= self.size:
            self.answer(b'', '416 Range Not Satisfiable', f'Content-Range: bytes */{self.size}')
        else:
            first, last = wanted
            self.answer(self.body[first:last + 1], '206 Partial Content',
                        f'Content-Range: bytes {first}-{last}/{self.size}', *lines)
