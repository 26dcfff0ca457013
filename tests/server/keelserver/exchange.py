# SPDX-License-Identifier: GPL-3.0-or-later
"""One request, and the raw ways to answer it."""

import email.utils
import functools
import hashlib
import random
import re
import socket
import ssl
import struct
import urllib.parse

DEFAULT_SIZE = 1 << 20
DEFAULT_AFTER = 65536
GOODBYE_SECONDS = 2
FIRST_DATE = 1_000_000_000
HOUR = 3600


class Gone(Exception):
    """The exchange is over and its connection must not be used again."""


@functools.lru_cache(maxsize=16)
def content(name, size, version=1):
    """The bytes of a resource."""
    seed = int.from_bytes(hashlib.sha256(f'{name}/{version}'.encode()).digest()[:8], 'big')
    return random.Random(seed).randbytes(size)


def date(seconds):
    """A time as header fields have it."""
    return email.utils.formatdate(seconds, usegmt=True)


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
        # Some clients write commas and equal signs as %2C and %3D.
        self.behaviour, *pairs = urllib.parse.unquote(first).split(',')
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

    def text(self, option):
        """An option that stands in the path in hex, as text of one byte a character."""
        return bytes.fromhex(self.options.get(option, '')).decode('latin-1')

    @property
    def size(self):
        return self.number('size', DEFAULT_SIZE)

    @property
    def after(self):
        return self.number('after', DEFAULT_AFTER)

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
    def modified(self):
        return FIRST_DATE + self.version * HOUR

    @property
    def validators(self):
        """Header lines that tell a version from others; the option `validator` chooses: tag, weak,
        date, fresh (a date too near to be strong) or none."""
        dated = f'Last-Modified: {date(self.modified)}'
        return {
            'tag': [f'ETag: {self.etag}'],
            'weak': [f'ETag: W/{self.etag}'],
            'date': [dated, f'Date: {date(self.modified + HOUR)}'],
            'fresh': [dated, f'Date: {date(self.modified + 1)}'],
            'none': [],
        }[self.options.get('validator', 'tag')]

    @property
    def lines(self):
        """Further header lines, which stand in the option `lines`."""
        return self.text('lines').split('\n') if 'lines' in self.options else []

    @property
    def attempt(self):
        """1 for the first request to this path, then counting up."""
        return self.server.attempts[self.key]

    def is_repeated(self, times=1):
        """Whether this path was asked for more than `times` times (an option of that name wins)."""
        return self.attempt > self.number('times', times)

    def wanted_range(self, honour_if_range=True):
        """(first, last) of a plain "Range: bytes=A-[B]" that is to be answered by 206, or None."""
        match = re.fullmatch(r'bytes=(\d+)-(\d*)', self.header('Range') or '')
        if not match:
            return None
        condition = self.header('If-Range')
        if honour_if_range and condition not in (None, self.etag, date(self.modified)):
            return None
        last = int(match[2]) if match[2] else self.size - 1
        return int(match[1]), min(last, self.size - 1)

    # The answer

    def raw(self, data):
        """Bytes that are no body; Gone if the client has left."""
        try:
            self.connection.sendall(data)
        except OSError as error:
            raise Gone from error

    def write(self, data):
        """Body bytes, counted."""
        self.raw(data)
        self.sent += len(data)

    def head(self, status, *lines):
        """The status line ("200 OK") and header lines, exactly as given."""
        self.status = int(status[:3]) if status[:3].isdigit() else None
        self.raw('\r\n'.join([f'HTTP/1.1 {status}', *lines, '', '']).encode('latin-1'))

    def close(self):
        """An orderly end of the connection (FIN; with TLS it is announced)."""
        if isinstance(self.connection, ssl.SSLSocket):
            try:
                self.connection.settimeout(GOODBYE_SECONDS)
                self.connection.unwrap()
            except (OSError, ValueError):
                pass
        raise Gone

    def drop(self):
        """An end (FIN) that TLS does not announce, as somebody in between could make it."""
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

    def begin(self, *lines, length=True):
        """The head of what a good server answers: 206 where a range is asked for and the validator
        holds. Gives (first, end) of the bytes that are due."""
        lines = ['Accept-Ranges: bytes', *self.validators, *self.lines, *lines]
        wanted = self.wanted_range()
        first, last = wanted or (0, self.size - 1)
        if first > last and wanted:
            self.head('416 Range Not Satisfiable', f'Content-Range: bytes */{self.size}',
                      'Content-Length: 0')
            return 0, 0
        if length:
            lines.insert(0, f'Content-Length: {last + 1 - first}')
        if wanted:
            self.head('206 Partial Content', f'Content-Range: bytes {first}-{last}/{self.size}',
                      *lines)
        else:
            self.head('200 OK', *lines)
        return (first, last + 1) if self.method != 'HEAD' else (0, 0)

    def answer_with_ranges(self, *lines):
        """What a good server does."""
        first, end = self.begin(*lines)
        self.write(self.body[first:end])

    def answer_cut(self, cut=None, *lines):
        """The same, and after `after` bytes, before the last, the connection ends."""
        first, end = self.begin(*lines)
        self.write(self.body[first:max(first, min(first + self.after, end - 1))])
        (cut or self.close)()
