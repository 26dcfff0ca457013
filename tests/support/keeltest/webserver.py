# SPDX-License-Identifier: GPL-3.0-or-later
"""What the real web servers of the tests have in common: a folder of their own, a port that is
theirs, starting and ending, and asking what was asked of them.

The port is held by a socket that never listens. So the server can be stopped and started again on
its port, and while it is stopped, connections are refused.
"""

import json
import os
import shutil
import socket
import ssl
import subprocess
import time
from urllib.parse import quote, unquote

from . import processes
from .files import make_file
from .waiting import wait_until


def hold_port(address='127.0.0.1'):
    """A socket that is bound to a free port and keeps it for us.

    Every server binds with SO_REUSEADDR, which lets it in beside a socket that has this too and
    does not listen; but the system gives the port to nobody else.
    """
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind((address, 0))
    return place


class WebServer:
    """Base of the servers; a subclass says how its program is called and configured.

    certificate: its chain and key are the files of a certificate; the server speaks only https
    address, port: where it listens; a free port by default
    inside: the beginning of a command line, to run it in another network namespace
    """

    program = ''
    log_name = 'access.log'

    def __init__(self, case=None, parent=None, certificate=None, address='127.0.0.1', port=0,
                 inside=()):
        self.binary = self.find()
        if self.binary is None:
            raise RuntimeError(f'{self.program} is not installed')
        self.root = processes.make_folder('keel-www-', parent)
        self.folder = self.path('www')
        os.mkdir(self.folder)
        self.certificate = certificate
        self.address = address
        self.port = port
        self._inside = list(inside)
        self._place = None
        if port == 0:
            self._place = hold_port(address)
            self.port = self._place.getsockname()[1]
        self._process = None
        self.start()
        if case is not None:
            case.addCleanup(self.end)

    @classmethod
    def find(cls):
        """Path of the program, or None where it is not installed."""
        return shutil.which(cls.program, path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin')

    # For the subclass

    def configuration(self):
        """Text of its configuration file, or None if it has none."""
        return None

    def command(self):
        """The command line; the configuration is in path('configuration')."""
        raise NotImplementedError

    def environment(self):
        return {}

    def parse(self, line):
        """A line of the log as a request (path, status, range, if_range, client), or None."""
        return json.loads(line) if line else None

    # Running

    def path(self, name):
        """A path beside the folder that is served."""
        return os.path.join(self.root, name)

    def start(self):
        """Starts it (again), on the same port."""
        text = self.configuration()
        if text is not None:
            with open(self.path('configuration'), 'w', encoding='utf-8') as file:
                file.write(text)
        with open(self.path('output'), 'ab') as out:
            self._process = processes.start(
                [*self._inside, *self.command()], env={**os.environ, **self.environment()},
                cwd=self.root, stdout=out, stderr=subprocess.STDOUT)
        if self._inside:
            self._wait_listening()
        else:
            wait_until(f'{self.program} answers', self._answers)

    def _check_alive(self):
        if self._process.poll() is not None:
            with open(self.path('output'), encoding='utf-8', errors='replace') as out:
                raise RuntimeError(f'{self.program} did not start: {out.read()}')

    def _answers(self):
        self._check_alive()
        try:
            with socket.create_connection((self.address, self.port), timeout=2) as client:
                if self.certificate is not None:
                    # Whether it is to be trusted is for the product to say.
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                    context.check_hostname = False
                    context.verify_mode = ssl.CERT_NONE
                    client = context.wrap_socket(client)
                with client:
                    client.sendall(b'GET /- HTTP/1.0\r\n\r\n')
                    return client.recv(16)
        except OSError as error:
            # Also one that has taken the connection, and has no time yet to answer it.
            raise AssertionError(error) from error

    def _wait_listening(self):
        """For a server whose network cannot be reached from here."""
        def listens():
            self._check_alive()
            answer = subprocess.run([*self._inside, 'ss', '-Hltn', 'sport', '=', f':{self.port}'],
                                    capture_output=True, check=True, timeout=20)
            return answer.stdout.strip()
        wait_until(f'{self.program} listens', listens)

    def stop(self):
        """Stops it: connections are refused until start()."""
        processes.end(self._process)

    def signal(self, number):
        self._process.send_signal(number)

    def end(self):
        processes.end(self._process)
        if self._place is not None:
            self._place.close()
        shutil.rmtree(self.root, ignore_errors=True)

    # Files

    def url(self, name, kind=''):
        """Address of a file; kind is one of the prefixes that the server knows."""
        scheme = 'http' if self.certificate is None else 'https'
        return (f'{scheme}://{self.address}:{self.port}/' + (f'{kind}/' if kind else '') +
                quote(name))

    def file(self, name):
        return os.path.join(self.folder, name)

    def make(self, name, size, seed=0):
        """Makes a file to serve, an hour old so that its date is a strong validator; its path."""
        path = make_file(self.file(name), size, seed)
        hour_ago = time.time() - 3600
        os.utime(path, (hour_ago, hour_ago))
        return path

    def replace(self, name, size, seed):
        """Another version of a file, under the same name; a minute later by its date."""
        old = os.stat(self.file(name))
        make_file(self.file(name) + '.new', size, seed)
        os.utime(self.file(name) + '.new', (old.st_atime, old.st_mtime + 60))
        os.rename(self.file(name) + '.new', self.file(name))

    # What was asked

    def requests(self, name=None):
        """What was asked so far and has ended, oldest first; for one file or for all.

        Servers write this down after the client has its answer: who counts on a request being
        there uses wait_requests().
        """
        try:
            with open(self.path(self.log_name), encoding='utf-8') as log:
                lines = log.read().splitlines()
        except FileNotFoundError:
            return []
        found = [request for request in map(self.parse, lines) if request]
        if name is None:
            return [request for request in found if request['path'] != '/-']
        return [request for request in found if unquote(request['path']).endswith('/' + name)]

    def wait_requests(self, name, count, seconds=20):
        """Waits until so many requests for the file have ended; gives them."""
        def enough():
            found = self.requests(name)
            assert len(found) >= count, found
            return found
        return wait_until(f'{count} requests for {name} have ended', enough, seconds)
