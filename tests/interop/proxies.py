# SPDX-License-Identifier: GPL-3.0-or-later
"""Honest proxies: HTTP (absolute URLs and CONNECT) and SOCKS 5, with or without a password.

Whatever host they are asked for, they go to 127.0.0.1. So a test may use a host that does not
exist: what arrives then has certainly come through the proxy, and the name was looked up there.
"""

import base64
import selectors
import socket
import struct
import threading

from keeltest.webserver import hold_port

BLOCK = 1 << 16
MAX_HEAD = 1 << 16


class Gone(Exception):
    """The client has left, or is not worth an answer."""


class Proxy:
    """What both kinds have in common: a port, threads, the log.

    credentials: 'user:password' that clients must know, or None
    log: what was asked for, in order: (verb, target) with verb 'GET', 'CONNECT' or 'SOCKS'
    refused: how often somebody came with wrong credentials
    """

    scheme = ''

    def __init__(self, case, credentials=None):
        self.credentials = credentials
        self.log = []
        self.refused = 0
        self._lock = threading.Lock()
        self._connections = set()
        self._place = hold_port()
        self._port = self._place.getsockname()[1]
        self._listener = None
        self.start()
        case.addCleanup(self.end)

    def uri(self, credentials=None):
        return f'{self.scheme}://{credentials + "@" if credentials else ""}127.0.0.1:{self._port}'

    @property
    def port(self):
        return self._port

    def start(self):
        self._listener = socket.create_server(('127.0.0.1', self._port))
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def stop(self):
        """Breaks off everything; connections are refused until start()."""
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

    def end(self):
        self.stop()
        self._place.close()

    def asked(self, target):
        """The verbs with which this host was asked for."""
        return [verb for verb, found in list(self.log) if target in found]

    def serve(self, client):
        """One connection; Gone or OSError end it."""
        raise NotImplementedError

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client):
        with self._lock:
            self._connections.add(client)
        try:
            self.serve(client)
        except (Gone, OSError):
            pass
        finally:
            with self._lock:
                self._connections.discard(client)
            client.close()


def read_exactly(client, count):
    data = b''
    while len(data) < count:
        block = client.recv(count - len(data))
        if not block:
            raise Gone
        data += block
    return data


def say_goodbye(client, data):
    """The last words. What the client still says is read, or the system would throw ours away."""
    client.sendall(data)
    client.shutdown(socket.SHUT_WR)
    while client.recv(BLOCK):
        pass
    raise Gone


def relay(one, other):
    """Carries bytes both ways until both sides have ended, or one is broken."""
    towards = {one: other, other: one}
    with selectors.DefaultSelector() as selector:
        for side in towards:
            selector.register(side, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                data = key.fileobj.recv(BLOCK)
                if data:
                    towards[key.fileobj].sendall(data)
                else:
                    selector.unregister(key.fileobj)
                    towards[key.fileobj].shutdown(socket.SHUT_WR)


class HttpProxy(Proxy):
    scheme = 'http'

    def serve(self, client):
        while True:
            verb, target, lines = self._read_head(client)
            self.log.append((verb, target))
            if self._is_welcome(lines):
                break
            client.sendall(b'HTTP/1.1 407 Proxy Authentication Required\r\n'
                           b'Proxy-Authenticate: Basic realm="harbour"\r\n'
                           b'Content-Length: 5\r\n\r\nNo.\r\n')
        if verb == 'CONNECT':
            with self._connect(target) as server:
                client.sendall(b'HTTP/1.1 200 Connection established\r\n\r\n')
                relay(client, server)
        else:
            host, slash, path = target.removeprefix('http://').partition('/')
            with self._connect(host) as server:
                # One request a connection is the simplest thing that is right.
                head = [f'{verb} {slash}{path} HTTP/1.1',
                        *[line for line in lines if not line.lower().startswith(
                            ('proxy-', 'connection:'))], 'Connection: close', '', '']
                server.sendall('\r\n'.join(head).encode('latin-1'))
                relay(client, server)

    @staticmethod
    def _connect(target):
        return socket.create_connection(('127.0.0.1', int(target.rpartition(':')[2])))

    @staticmethod
    def _read_head(client):
        head = b''
        while not head.endswith(b'\r\n\r\n'):
            if len(head) > MAX_HEAD:
                raise Gone
            head += read_exactly(client, 1)
        first, *lines = head.decode('latin-1').rstrip('\r\n').split('\r\n')
        verb, target, _ = first.split(' ')
        return verb, target, lines

    def _is_welcome(self, lines):
        if self.credentials is None:
            return True
        given = [line.partition(':')[2].strip() for line in lines
                 if line.lower().startswith('proxy-authorization:')]
        wanted = 'Basic ' + base64.b64encode(self.credentials.encode()).decode()
        if given and given != [wanted]:
            self.refused += 1
        return given == [wanted]


class SocksProxy(Proxy):
    """RFC 1928 and, for the password, RFC 1929."""

    scheme = 'socks5'

    NO_AUTHENTICATION = 0
    PASSWORD = 2
    NOTHING_ACCEPTABLE = 0xff
    CONNECT = 1
    IPV4, NAME, IPV6 = 1, 3, 4

    def serve(self, client):
        version, count = read_exactly(client, 2)
        methods = read_exactly(client, count)
        wanted = self.NO_AUTHENTICATION if self.credentials is None else self.PASSWORD
        if version != 5:
            raise Gone
        if wanted not in methods:
            say_goodbye(client, bytes([5, self.NOTHING_ACCEPTABLE]))
        client.sendall(bytes([5, wanted]))
        if wanted == self.PASSWORD:
            if not self._is_welcome(client):
                say_goodbye(client, bytes([1, 1]))
            client.sendall(bytes([1, 0]))
        _, command, _, kind = read_exactly(client, 4)
        host = self._read_host(client, kind)
        port, = struct.unpack('!H', read_exactly(client, 2))
        self.log.append(('SOCKS', f'{host}:{port}'))
        if command != self.CONNECT:
            raise Gone
        with socket.create_connection(('127.0.0.1', port)) as server:
            client.sendall(bytes([5, 0, 0, self.IPV4, 0, 0, 0, 0, 0, 0]))
            relay(client, server)

    def _is_welcome(self, client):
        _, count = read_exactly(client, 2)
        user = read_exactly(client, count)
        count, = read_exactly(client, 1)
        password = read_exactly(client, count)
        good = f'{user.decode()}:{password.decode()}' == self.credentials
        self.refused += 0 if good else 1
        return good

    def _read_host(self, client, kind):
        if kind == self.NAME:
            count, = read_exactly(client, 1)
            return read_exactly(client, count).decode()
        if kind == self.IPV4:
            return socket.inet_ntop(socket.AF_INET, read_exactly(client, 4))
        if kind == self.IPV6:
            return socket.inet_ntop(socket.AF_INET6, read_exactly(client, 16))
        raise Gone


class DeafProxy(Proxy):
    """Hears what is said to it and hangs up, in good order and without a word."""

    scheme = 'socks5'

    def serve(self, client):
        self.log.append(('DEAF', ''))
        client.recv(BLOCK)
