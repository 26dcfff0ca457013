# SPDX-License-Identifier: GPL-3.0-or-later
"""A house for the product to live in: private bus, home and folders, the service on demand.

The session bus starts the service through a small shell script, which writes down each start and
exit status and keeps what the service prints. When the house is closed the service is ended as a
session would end it, and the test fails if it ever crashed, printed a warning, or if a sanitizer
had something to say: also when the test itself was content.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import time

from gi.repository import GLib

from . import processes
from .bus import INTERFACES, PATH, SERVICE, Bus
from .waiting import scaled, wait_until

BUILD_ROOT = os.environ.get('KEEL_BUILD_ROOT', '')
PROGRAMS = {
    'KEELBOAT_SERVICE': 'src/service/keelboat-service',
    'KEEL': 'src/cli/keel',
    'KEELBOAT': 'src/app/keelboat',
}

# What of the caller's environment may come into the house: enough to find programs, libraries and
# the ways of the sanitizers, nothing that points at a session.
KEPT = re.compile(r'^(PATH|TMPDIR|TZ|LD_LIBRARY_PATH|LD_PRELOAD|GI_TYPELIB_PATH|PYTHONPATH|'
                  r'GSETTINGS_SCHEMA_DIR|G_MESSAGES_DEBUG|G_DEBUG|MALLOC_PERTURB_|'
                  r'(A|L|UB|T)SAN_OPTIONS|KEEL.*)$')

COMPLAINT = re.compile(r'(?:-|\): )(?:WARNING|CRITICAL|ERROR) \*\*'
                       r'|AddressSanitizer|LeakSanitizer|runtime error:')

# In which the service leaves whoever hangs: less than the ten seconds that it waits for an answer,
# and more than a machine that does something else stops a process for.
SOON_SECONDS = 7

LAUNCHER = '''#!/bin/sh
echo "start $$" >>{folder}/service.starts
{service} --idle-timeout={idle} {arguments} >>{folder}/service.log 2>&1
status=$?
echo "$status" >>{folder}/service.exits
exit "$status"
'''


def program(name):
    """Path of one of the product's programs: KEELBOAT_SERVICE, KEEL or KEELBOAT."""
    return os.environ.get(name) or os.path.join(BUILD_ROOT, PROGRAMS[name])


class KeelResult:
    """What a run of `keel` gave."""

    def __init__(self, arguments, process):
        self.arguments = arguments
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def objects(self):
        """One object a line."""
        return [json.loads(line) for line in self.out.splitlines() if line.strip()]

    def __str__(self):
        return (f'keel {" ".join(self.arguments)}: status {self.status}\n'
                f'--- out\n{self.out}--- err\n{self.err}')


class House:
    def __init__(self, case=None, idle_timeout=10, service_arguments='', environment=None):
        self.root = processes.make_folder('keel-')
        self.home = os.path.join(self.root, 'home')
        self.downloads = os.path.join(self.home, 'Downloads')
        self.state = os.path.join(self.home, '.local/state')
        self.database = os.path.join(self.state, 'keelboat/transfers.db')
        self.runtime = os.path.join(self.root, 'run')
        self._mark = 'KEEL_HOUSE_' + secrets.token_hex(6)
        self.kills = 0
        self.expected_exits = {0}
        self.expected_complaints = []
        self.case = case
        self._connection = None
        self._make_folders()
        self.environment = {**self._make_environment(), **(environment or {})}
        self.bus = Bus(self.root, self.environment)
        self.environment['DBUS_SESSION_BUS_ADDRESS'] = self.bus.address
        self.set_service(idle_timeout, service_arguments)
        if case is not None:
            case.addCleanup(self.close)

    def _make_folders(self):
        for folder in ['.config', '.cache', '.local/share', '.local/state', 'Downloads']:
            os.makedirs(os.path.join(self.home, folder))
        os.mkdir(self.runtime, 0o700)
        with open(os.path.join(self.home, '.config/user-dirs.dirs'), 'w', encoding='utf-8') as file:
            file.write('XDG_DOWNLOAD_DIR="$HOME/Downloads"\n')

    def _make_environment(self):
        environment = {name: value for name, value in os.environ.items() if KEPT.match(name)}
        environment |= {
            self._mark: '1',
            'HOME': self.home,
            'XDG_CACHE_HOME': os.path.join(self.home, '.cache'),
            'XDG_CONFIG_HOME': os.path.join(self.home, '.config'),
            'XDG_DATA_HOME': os.path.join(self.home, '.local/share'),
            'XDG_STATE_HOME': self.state,
            'XDG_RUNTIME_DIR': self.runtime,
            # That of the machine would be asked not to sleep.
            'DBUS_SYSTEM_BUS_ADDRESS': f'unix:path={self.root}/no-system-bus',
            'LC_ALL': 'C.UTF-8',
            'LANGUAGE': 'en',
            'GIO_USE_NETWORK_MONITOR': 'netlink',
            'GIO_USE_VFS': 'local',
            'GSETTINGS_BACKEND': 'memory',
            'no_proxy': '127.0.0.1,localhost',
        }
        environment.setdefault('G_DEBUG', 'fatal-warnings')
        for name in ['ASAN_OPTIONS', 'UBSAN_OPTIONS']:
            if name in environment:
                environment[name] += f':log_path={self.root}/sanitizer'
        return environment

    def set_service(self, idle_timeout=10, arguments=''):
        """How the bus starts the service from the next time on."""
        launcher = os.path.join(self.root, 'service')
        with open(launcher + '.new', 'w', encoding='utf-8') as file:
            file.write(LAUNCHER.format(folder=self.root, service=program('KEELBOAT_SERVICE'),
                                       idle=idle_timeout, arguments=arguments))
        os.chmod(launcher + '.new', 0o755)
        os.rename(launcher + '.new', launcher)
        self.bus.add_service(SERVICE, launcher)

    def write_settings(self, **settings):
        """What the person has chosen, as GVariant text by key; for an environment in which
        GSETTINGS_BACKEND is keyfile."""
        folder = os.path.join(self.home, '.config/glib-2.0/settings')
        os.makedirs(folder, exist_ok=True)
        lines = ''.join(f'{name.replace("_", "-")}={value}\n' for name, value in settings.items())
        path = os.path.join(folder, 'keyfile')
        with open(path + '.new', 'w', encoding='utf-8') as file:
            file.write(f'[io/github/keelboat/Keelboat]\n{lines}')
        os.rename(path + '.new', path)

    # The command line

    def keel(self, *arguments, status=0, seconds=60, **options):
        """Runs keel; status is the exit status that is right (None: any)."""
        arguments = [str(argument) for argument in arguments]
        environment = {**self.environment, **options.pop('environment', {})}
        process = subprocess.run([program('KEEL'), *arguments], env=environment, text=True,
                                 capture_output=True, timeout=scaled(seconds),
                                 stdin=None if 'input' in options else subprocess.DEVNULL,
                                 cwd=options.pop('cwd', self.home), check=False, **options)
        result = KeelResult(arguments, process)
        if status is not None and result.status not in ([status] if isinstance(status, int)
                                                        else status):
            raise AssertionError(f'expected exit status {status}; {result}')
        return result

    def start_keel(self, *arguments, **options):
        """Starts keel and leaves it running."""
        options.setdefault('stdout', subprocess.PIPE)
        options.setdefault('stderr', subprocess.PIPE)
        return processes.start([program('KEEL'), *map(str, arguments)], text=True,
                               env=self.environment, cwd=self.home, **options)

    def add(self, url, *arguments):
        """Hands a transfer over; gives its id."""
        return self.keel('add', '--json', *arguments, url).objects[0]['id']

    def tasks(self):
        return self.keel('list', '--json').json

    def tasks_of_all(self):
        """Those of the window as well as keel's own."""
        return self.keel('list', '--all-apps', '--json').json

    def task(self, number):
        return self.keel('show', '--json', number).json

    def wait_task(self, number, condition, seconds=30):
        """Waits until the task is in a state, or until condition(task) is true; gives the task."""
        wanted = condition
        if isinstance(condition, str):
            def condition(task):
                return task['state'] == wanted

        def look():
            task = self.task(number)
            if not condition(task):
                raise AssertionError(task)
            return task
        return wait_until(f'task {number}: {wanted}', look, seconds, interval=0.1)

    def remove_all(self):
        """Removes every task and what it has fetched. One that is just being finished cannot be
        removed yet."""
        def look():
            numbers = [task['id'] for task in self.tasks()]
            if numbers:
                self.keel('remove', *numbers, status=None)
            return not numbers
        wait_until('all downloads are removed', look)
        for name in os.listdir(self.downloads):
            # Half of a file goes by itself, after its row.
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(self.downloads, name))

    # The service process

    @property
    def connection(self):
        if self._connection is None:
            self._connection = self.bus.connect()
        return self._connection

    def forget_bus(self):
        """Before the bus is ended: our own connection to it will be of no use."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def service_pid(self):
        return self.connection.pid_of(SERVICE)

    def signal_service(self, number):
        """Sends the service a signal and waits until the process has gone; gives the seconds."""
        pid = self.service_pid()
        if pid is None:
            raise AssertionError('the service is not running')
        if number == signal.SIGKILL:
            self.kills += 1
        before = len(self.exits())
        began = time.monotonic()
        os.kill(pid, number)
        wait_until('the service ends', lambda: not os.path.exists(f'/proc/{pid}') or
                   _is_zombie(pid), 20, interval=0.005)
        seconds = time.monotonic() - began
        wait_until('its exit is written down', lambda: len(self.exits()) > before)
        wait_until('its name is free', lambda: self.service_pid() != pid)
        return seconds

    def advance(self, seconds):
        """Moves the clock of a service that was started with --test-clock."""
        self._move_clock('Advance', seconds)

    def suspend(self, seconds):
        """The same, and the service is to think that the machine slept."""
        self._move_clock('Sleep', seconds)

    def _move_clock(self, method, seconds):
        self.connection.call(SERVICE, PATH + '/test', INTERFACES + 'TestClock', method,
                             GLib.Variant('(x)', (int(seconds * 1e6),)))

    def wait_service_gone(self, seconds=20):
        wait_until('the service leaves', lambda: self.service_pid() is None, seconds)
        wait_until('all exits are written down', lambda: len(self.exits()) == self.starts())

    def starts(self):
        return len(self._lines('service.starts'))

    def exits(self):
        """Exit statuses of the service processes that have ended, in their order."""
        return [int(line) for line in self._lines('service.exits')]

    def service_log(self):
        return '\n'.join(self._lines('service.log'))

    def _lines(self, name):
        try:
            with open(os.path.join(self.root, name), encoding='utf-8', errors='replace') as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    # The end

    def close(self):
        """Ends all that lives here; raises AssertionError if the service was not well."""
        complaints = []
        try:
            if self.service_pid() is not None:
                self.signal_service(signal.SIGTERM)
        except AssertionError as error:
            complaints.append(f'ending the service: {error}')
        if self._connection is not None:
            self._connection.close()
        self.bus.end()
        processes.end_marked(self._mark)
        complaints += self._complaints()
        if complaints or (self.case is not None and self.case.has_failed()):
            self._tell()
        shutil.rmtree(self.root, ignore_errors=True)
        if complaints:
            raise AssertionError('the service was not well:\n' + '\n'.join(complaints))

    def _complaints(self):
        complaints = []
        exits = self.exits()
        killed = exits.count(128 + signal.SIGKILL)
        if killed > self.kills:
            complaints.append(f'{killed} exits by SIGKILL, the test made {self.kills}')
        bad = [status for status in exits
               if status not in self.expected_exits | {128 + signal.SIGKILL}]
        if bad:
            complaints.append(f'exit statuses of the service: {bad}')
        for line in self._lines('service.log'):
            if COMPLAINT.search(line) and not any(known in line
                                                  for known in self.expected_complaints):
                complaints.append(line)
        for name in sorted(os.listdir(self.root)):
            if name.startswith('sanitizer.'):
                complaints += self._lines(name)[:60]
        return complaints

    def _tell(self):
        for name in ['service.log', 'bus.log']:
            lines = self._lines(name)
            if lines:
                print(f'--- the last of {name}')
                print('\n'.join(lines[-60:]), flush=True)


def _is_zombie(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii', errors='replace') as stat:
            return stat.read().rpartition(')')[2].split()[0] == 'Z'
    except OSError:
        return True
