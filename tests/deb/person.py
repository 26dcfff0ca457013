# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody who uses what is installed on this system: a home, a session bus that knows what is
installed and nothing else, and no variable that leads to a build folder. The programs are those
that PATH finds, and the bus starts the service by the file that was installed."""

import json
import os
import pwd
import subprocess

from keeltest import processes, wait_until
from keeltest.bus import SERVICE, Connection

KEPT = ('PATH', 'KEEL_TEST_MARK')


class Result:
    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr


class Person:
    def __init__(self, case, environment=None, user=None):
        """user: another one than the one who runs the test, which only root can ask for."""
        self._user = user
        self.home = processes.make_folder('keel-person-') if user is None else pwd.getpwnam(
            user).pw_dir
        self.downloads = os.path.join(self.home, 'Downloads')
        runtime = processes.make_folder('keel-run-')
        os.chmod(runtime, 0o700)
        if user is not None:
            os.chown(runtime, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        self.environment = {name: value for name, value in os.environ.items()
                            if name.startswith(KEPT)}
        self.environment |= {
            'HOME': self.home,
            'XDG_RUNTIME_DIR': runtime,
            'DBUS_SYSTEM_BUS_ADDRESS': f'unix:path={runtime}/no-system-bus',
            'GIO_USE_NETWORK_MONITOR': 'netlink',
            'GSETTINGS_BACKEND': 'memory',
            'LC_ALL': 'C.UTF-8',
        } | (environment or {})
        self.address = self._start_bus()
        self.environment['DBUS_SESSION_BUS_ADDRESS'] = self.address
        self._connection = None
        case.addCleanup(self.leave)

    def _as_user(self):
        if self._user is None:
            return {}
        entry = pwd.getpwnam(self._user)
        return {'user': entry.pw_uid, 'group': entry.pw_gid, 'extra_groups': []}

    def _start_bus(self):
        reading, writing = os.pipe()
        self._bus = processes.start(
            ['dbus-daemon', '--session', '--nofork', '--nopidfile', f'--print-address={writing}'],
            env=self.environment, pass_fds=[writing], cwd=self.home, **self._as_user())
        os.close(writing)
        with os.fdopen(reading) as answer:
            address = answer.readline().strip()
        if not address:
            raise RuntimeError('the session bus did not start')
        return address

    def run(self, *command, status=0):
        process = subprocess.run(command, env=self.environment, cwd=self.home, text=True,
                                 capture_output=True, timeout=120, check=False,
                                 stdin=subprocess.DEVNULL, **self._as_user())
        if process.returncode != status:
            raise AssertionError(f'{command}: {process.returncode}\n{process.stdout}'
                                 f'{process.stderr}')
        return Result(process)

    def keel(self, *arguments):
        return self.run('keel', *map(str, arguments))

    def add(self, url, *arguments):
        return int(self.keel('add', *arguments, url).out)

    def task(self, number):
        return json.loads(self.keel('show', '--json', number).out)

    def wait_task(self, number, condition, seconds=60):
        wanted = condition if callable(condition) else lambda task: task['state'] == condition

        def look():
            task = self.task(number)
            if not wanted(task):
                raise AssertionError(task)
            return task
        return wait_until(f'task {number}: {condition}', look, seconds, interval=0.2)

    @property
    def connection(self):
        """Only if the bus is this user's own."""
        if self._connection is None:
            self._connection = Connection(self.address)
        return self._connection

    def service_pid(self):
        """Of the service's process, or None; never starts it."""
        process = subprocess.run(
            ['dbus-send', f'--bus={self.address}', '--print-reply=literal', '--dest='
             'org.freedesktop.DBus', '/org/freedesktop/DBus',
             'org.freedesktop.DBus.GetConnectionUnixProcessID', f'string:{SERVICE}'],
            env=self.environment, text=True, capture_output=True, timeout=30, check=False,
            **self._as_user())
        return int(process.stdout.split()[-1]) if process.returncode == 0 else None

    def leave(self):
        """Logs out."""
        if self._connection is not None:
            self._connection.close()
        processes.end(self._bus)
