# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets, threads and the log; knows nothing about any fault."""

import collections
import functools
import socket
import threading
import time

from .exchange import Exchange, Gone

MAX_HEAD = 1 << 20

BEHAVIOURS = {}


def behaviour(function):
    """Registers a function under its name, underscores as dashes."""
    BEHAVIOURS[function.__name__.replace('_', '-')] = function
    return function


def resumption(function):
    """As behaviour, for what comes after a cut: the first answer to each path is good, with a
    Content-Type, and ends after `after` bytes; from then on it is the function's turn."""
    @functools.wraps(function)
    def behave(exchange):
        if exchange.attempt == 1:
            exchange.answer_cut(None, 'Content-Type: application/octet-stream')
        function(exchange)
    return behaviour(behave)


class Server:
    """Listens on a free loopback port; a thread a connection.

    certificate: speak TLS with it (see certificates.py)
    login: the user and the password that are right, where the link does not name others
    host: what stands in the links; a test may give it another name of the same address
    """

    def __init__(self, case=None, address='127.0.0.1', certificate=None):
        self.attempts = collections.Counter()
        self.versions = {}
        self.login = ('boat', 'keel')
        self.switches = collections.defaultdict(threading.Event)
        self.log = []
        self.ending = threading.Event()
        self._lock = threading.Lock()
        self._connections = set()
        self._context = certificate.server_context() if certificate else None
        family = socket.AF_INET6 if ':' in address else socket.AF_INET
        self._listener = socket.create_server((address, 0), family=family, backlog=256)
        self.port = self._listener.getsockname()[1]
        self.host = f'[{address}]' if ':' in address else address
        threading.Thread(target=self._accept, daemon=True).start()
        if case is not None:
            case.addCleanup(self.end)

    def url(self, behaviour_name, name, **options):
        """The link to a behaviour. Options that are bytes are written in hex."""
        pairs = ''.join(f',{key}={value.hex() if isinstance(value, bytes) else value}'
                        for key, value in options.items())
        scheme = 'https' if self._context else 'http'
        return f'{scheme}://{self.host}:{self.port}/{behaviour_name}{pairs}/{name}'

    def change_certificate(self, certificate):
        """What connections from now on are shown."""
        self._context = certificate.server_context()

    def requests(self, name=None):
        """Exchanges so far, oldest first, those under way included."""
        with self._lock:
            return [exchange for exchange in self.log if name in (None, exchange.name)]

    def end(self):
        self.ending.set()
        try:
            # Wakes the thread in accept(), which closing alone does not.
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _accept(self):
        while not self.ending.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
        except OSError:  # the client did not like the certificate
            connection.close()
            return
        with self._lock:
            self._connections.add(connection)
        reader = connection.makefile('rb')
        try:
            while self._serve_one(connection, reader):
                pass
        except (Gone, OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._connections.discard(connection)
            reader.close()
            connection.close()

    def _serve_one(self, connection, reader):
        line = reader.readline(MAX_HEAD)
        if not line.strip():
            return False
        method, target, _ = line.decode('latin-1').split(' ', 2)
        headers = []
        while (line := reader.readline(MAX_HEAD)) not in (b'\r\n', b'\n', b''):
            name, _, value = line.decode('latin-1').partition(':')
            headers.append((name, value.strip()))
        exchange = Exchange(self, connection, method, target, headers)
        exchange.began = time.monotonic()
        with self._lock:
            self.attempts[exchange.key] += 1
            self.log.append(exchange)
        try:
            known = BEHAVIOURS.get(exchange.behaviour)
            if known is None:
                exchange.answer(b'no such behaviour', '404 Not Found')
            else:
                known(exchange)
        finally:
            exchange.ended = True
        return True
