# SPDX-License-Identifier: GPL-3.0-or-later
"""Sandboxes as Flatpak makes them, without Flatpak: the application in a Bubblewrap, and in one of
its own the bus proxy through which it speaks, at whose root Flatpak says who it is.

The service sees only the proxy. So for most tests it is enough to connect to the proxy's socket;
run() is for those that want a program inside.
"""

import itertools
import os
import shutil
import stat
import subprocess

from . import processes
from .bus import SERVICE, Connection
from .waiting import scaled

INFO = '''[Application]
name={app}
runtime=runtime/org.gnome.Platform/x86_64/47

[Instance]
instance-id={number}
instance-path={home}/.var/app/{app}
session-bus-proxy=true

[Context]
shared={shared}
sockets=wayland;pulseaudio;
'''
ADDRESS_INSIDE = 'unix:path=/run/flatpak/bus'
_numbers = itertools.count(1)


def why_not():
    """Why there can be no sandboxes here, or None."""
    for program in ['bwrap', 'xdg-dbus-proxy']:
        if shutil.which(program) is None:
            return f'{program} is not installed'
    tried = subprocess.run(['bwrap', '--ro-bind', '/', '/', '--unshare-all', 'true'],
                           capture_output=True, text=True, timeout=scaled(20), check=False)
    return None if tried.returncode == 0 else f'no namespaces here: {tried.stderr.strip()}'


def info_of(house, app, network=True):
    """What Flatpak says of a sandbox."""
    return INFO.format(app=app, number=next(_numbers), home=house.home,
                       shared='network;ipc;' if network else 'ipc;')


def _pipe_of(text):
    """A descriptor from which the text can be read."""
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    return reading


def whole_root():
    """Arguments that bind all that there is, at a root in which something can be added."""
    arguments = []
    for name in sorted(os.listdir('/')):
        path = '/' + name
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            arguments += ['--symlink', os.readlink(path), path]
        elif stat.S_ISDIR(mode):
            arguments += ['--dev-bind', path, path]
    return arguments


class Sandbox:
    """The sandbox of one application, with its own way to the bus of the house.

    info: the text at its root; None: there is no such file. wrapped: whether the proxy is in a
    Bubblewrap, as Flatpak starts it.
    """

    def __init__(self, case, house, app, network=True, info='', wrapped=True):
        self.house = house
        self.info = info_of(house, app, network) if info == '' else info
        self.network = network
        self.folder = processes.make_folder('proxy-', house.root)
        self.socket = os.path.join(self.folder, 'bus')
        self._case = case
        self._start_proxy(wrapped)

    def _start_proxy(self, wrapped):
        # It says there that it listens, and ends when nobody has the other side any more.
        reading, writing = os.pipe()
        passed = [writing]
        command = ['xdg-dbus-proxy', f'--fd={writing}', self.house.bus.address, self.socket,
                   '--filter', '--talk=' + SERVICE]
        if wrapped:
            before = ['bwrap', '--die-with-parent', *whole_root()]
            if self.info is not None:
                passed.append(_pipe_of(self.info))
                before += ['--file', str(passed[1]), '/.flatpak-info']
            command = before + command
        proxy = processes.start(command, env=self.house.environment, pass_fds=passed)
        for descriptor in passed:
            os.close(descriptor)
        self._case.addCleanup(os.close, reading)
        self._case.addCleanup(processes.end, proxy)
        if os.read(reading, 1) != b'x':
            raise RuntimeError('the proxy did not start')

    def connect(self):
        """One client that is seen as this application."""
        connection = Connection(f'unix:path={self.socket}')
        self._case.addCleanup(connection.close)
        return connection

    @property
    def address(self):
        return f'unix:path={self.socket}'

    def run(self, command, seconds=30, **environment):
        """Runs a program inside; gives the finished process."""
        passed = [_pipe_of(self.info)]
        inside = ['bwrap', '--die-with-parent', '--unshare-user', '--unshare-pid', '--unshare-ipc',
                  *([] if self.network else ['--unshare-net']), *whole_root(),
                  '--proc', '/proc', '--tmpfs', self.house.root, '--tmpfs', '/run',
                  '--file', str(passed[0]), '/.flatpak-info',
                  '--dir', '/run/flatpak', '--bind', self.socket, '/run/flatpak/bus',
                  '--dir', self.house.home, '--chdir', '/']
        process = subprocess.run([*inside, *command], capture_output=True, text=True,
                                 env={**self.house.environment, **environment,
                                      'DBUS_SESSION_BUS_ADDRESS': ADDRESS_INSIDE},
                                 timeout=scaled(seconds), pass_fds=passed, check=False)
        os.close(passed[0])
        return process
