# SPDX-License-Identifier: GPL-3.0-or-later
"""What more of the same costs: connections, tasks, transfers at once.

A curve is told as the exponent between neighbouring points: 0 when it costs nothing, 1 when twice
as many cost twice as much; more than that is worth a look, and is said.
"""

import math
import os
import shutil
import signal
import tempfile
import threading
import time

from gi.repository import GLib

from keeltest import House, Nginx, wait_until
from keeltest.trust import trusting_house

import measure
import programs
import workloads

MIB = 1 << 20
WORSE_THAN_LINEAR = 1.1
# Below this a value is noise, and so is its exponent.
LEAST_SECONDS = 0.05
LEAST_MIB = 0.5

MOST_CONNECTIONS = 256
MOST_OF_A_TASK = 32
BYTES_OF_A_CONNECTION = 2 * MIB

MOST_TASKS = 100_000
NOTED_TASKS = 10_000
TASKS_SECONDS = 120
SETTLE_SECONDS = 1.0

ACTIVE = 16
ACTIVE_SECONDS = 3.0
BYTES_OF_AN_ACTIVE = 64 * MIB
# Workers and sessions are given up after thirty seconds.
IDLE_AGAIN_SECONDS = 40


class Curve:
    """Rows of values that belong to a number, printed as they come."""

    def __init__(self, what, columns):
        """columns: name: least value that says something, None for one that is only shown"""
        self._what = what
        self._columns = columns
        self._last = None
        self._worse = []
        print(f'{what:>12} ' + ' '.join(f'{name:>18}' for name in columns))

    def add(self, number, values):
        cells = []
        for (name, least), value in zip(self._columns.items(), values):
            exponent = self._exponent(number, name, least, value)
            cells.append(f'{value:10.3f} {exponent or "":>7}')
        print(f'{number:12} ' + ' '.join(cells), flush=True)
        self._last = number, dict(zip(self._columns, values))

    def _exponent(self, number, name, least, value):
        if self._last is None or least is None:
            return None
        before, values = self._last
        if value < least or values[name] <= 0:
            return None
        # From what is noise a curve seems to rise less than it does; from its edge it does not.
        exponent = math.log(value / max(values[name], least)) / math.log(number / before)
        if exponent > WORSE_THAN_LINEAR:
            self._worse.append(f'{name} at {number} {self._what} ({exponent:.2f})')
        return f'({exponent:.2f})'

    def give_up(self, number, error):
        """What did not end is not known to be worse than linear, but nobody will be content."""
        print(f'{number:12} {error}', flush=True)
        self._worse.append(f'perhaps {number} {self._what}, given up')

    def tell(self):
        print('worse than linear: ' + (', '.join(self._worse) or 'nothing'))


def set_limits(house, count):
    """As many at once, in all and from one server, as a user may choose."""
    house.connection.manager('SetLimits', GLib.Variant('(a{sv}a{sv})', (
        {name: GLib.Variant('u', count) for name in ['max-active', 'max-per-host']}, {})))


def points(most, step):
    number = 1
    while number <= most:
        yield number
        number *= step


class Counter:
    """The most connections that a server had at once, looked at ten times a second."""

    def __init__(self, port):
        self._local = f':{port:04X}'
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.most = 0

    def _watch(self):
        while not self._stopped.wait(0.1):
            with open('/proc/net/tcp', encoding='ascii') as file:
                found = sum(words[1].endswith(self._local) and words[3] == '01'
                            for words in map(str.split, file))
            self.most = max(self.most, found)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._stopped.set()
        self._thread.join()


def connections(stage, folder, factor, figures):
    """Each connection has the same to fetch at the same slow rate, so that the ideal is a flat line
    of two seconds, and processor time that rises with the bytes."""
    each = MOST_OF_A_TASK if programs.KEELBOAT_16.is_here() else 1
    most = max(int(MOST_CONNECTIONS * factor), 2)
    print(f'\nconnections: each fetches 2 MiB at 1 MiB/s; at most {each} a task, 32 tasks at once')
    nginx = Nginx(stage, parent=folder)
    house = House(stage, idle_timeout=workloads.IDLE_SECONDS)
    house.keel('status')
    set_limits(house, 32)
    curve = Curve('connections', {'tasks': None, 'reached': None, 'wall s': LEAST_SECONDS,
                                  'cpu s': LEAST_SECONDS})
    for number in points(most, 2):
        of_a_task = min(number, each)
        tasks = number // of_a_task
        workloads.make(nginx.file('file.bin'), of_a_task * BYTES_OF_A_CONNECTION, number)
        out = tempfile.mkdtemp(prefix='out-', dir=folder)
        option = ['--connections', str(of_a_task)] if each > 1 else []
        with Counter(nginx.port) as counter:
            run = measure.run([os.environ['KEEL'], 'add', '--wait', '--dir', out, *option,
                               *[nginx.url('file.bin', 'rate/1m')] * tasks],
                              servant=house.service_pid(), env=house.environment)
        found = [os.path.getsize(os.path.join(out, name)) for name in os.listdir(out)]
        if found != [of_a_task * BYTES_OF_A_CONNECTION] * tasks:
            raise RuntimeError(f'{len(found)} files of {tasks}, or not whole')
        shutil.rmtree(out)
        house.keel('remove', '--all')
        curve.add(number, [tasks, counter.most, run.wall, run.cpu])
    curve.tell()


def dirty_of(house):
    return measure.memory_of(house.service_pid())['Private_Dirty'] / MIB


def tasks(stage, folder, factor, figures):
    """Tasks that nobody lets run: what it costs to have them."""
    print('\ntasks: paused ones, handed over in one call of keel')
    curve = Curve('tasks', {
        'add s': LEAST_SECONDS, 'list --json s': LEAST_SECONDS, 'status s': LEAST_SECONDS,
        'start s': LEAST_SECONDS, 'more dirty MiB': LEAST_MIB, 'bytes each': None})
    for number in points(max(int(MOST_TASKS * factor), 10), 10):
        with workloads.Stage() as own:
            house = House(own, idle_timeout=workloads.IDLE_SECONDS)
            try:
                add, *others, start, more = have(house, number, os.path.join(folder, 'tasks.list'))
            except measure.TooLong as error:
                curve.give_up(number, error)
                break
        curve.add(number, [add, *others, start, more, more * MIB / number])
        figures.setdefault('tasks: start to first answer', start * 1000)
        if number == NOTED_TASKS:
            figures['tasks: 10,000 queued, private dirty more'] = more
    curve.tell()


def have(house, number, listed):
    """Seconds to add so many, to list them, to ask for the status and to do so of a service that
    has yet to start with them; and the private dirty memory that they take, in MiB."""
    def keel(*arguments):
        return measure.run([os.environ['KEEL'], *arguments], seconds=TASKS_SECONDS,
                           env=house.environment).wall

    with open(listed, 'w', encoding='utf-8') as file:
        file.writelines(f'http://127.0.0.1:9/folder/number-{i}.bin?with=a&query\n'
                        for i in range(number))
    keel('status')
    time.sleep(SETTLE_SECONDS)
    before = dirty_of(house)
    add = keel('add', '--paused', '--input', listed)
    time.sleep(SETTLE_SECONDS)
    more = max(dirty_of(house) - before, 0)
    asked = [keel('list', '--json'), keel('status')]
    house.signal_service(signal.SIGTERM)
    start = keel('status')
    if len(house.tasks()) != number:
        raise RuntimeError(f'not all of {number} tasks are there after a new start')
    return [add, *asked, start, more]


def active(stage, folder, factor, figures):
    """Memory of a service that has sixteen transfers running, and of one that had."""
    print(f'\nactive: {ACTIVE} transfers at once, and half a minute later; private dirty, MiB')
    authority = workloads.believable(stage)
    for title, certificate in [('plain', None), ('over TLS', authority.issue())]:
        nginx = Nginx(stage, parent=folder, certificate=certificate)
        house = trusting_house(stage, authority, idle_timeout=workloads.IDLE_SECONDS)
        house.keel('status')
        set_limits(house, ACTIVE)
        workloads.make(nginx.file('file.bin'), BYTES_OF_AN_ACTIVE, 1)
        house.keel('add', '--dir', tempfile.mkdtemp(prefix='out-', dir=folder),
                   *[nginx.url('file.bin', 'rate/2m')] * ACTIVE)
        wait_until('all run', lambda: [task['received'] > 0 for task in house.tasks()
                                       if task['state'] == 'running'] == [True] * ACTIVE)
        most = 0
        deadline = time.monotonic() + ACTIVE_SECONDS
        while time.monotonic() < deadline:
            most = max(most, dirty_of(house))
            time.sleep(measure.SAMPLE_SECONDS)
        figures[f'active: {ACTIVE} {title}, private dirty'] = most
        house.keel('cancel', '--all')
        house.keel('remove', '--all')
        time.sleep(IDLE_AGAIN_SECONDS)
        after = dirty_of(house)
        if certificate:
            figures['active: idle again after TLS, private dirty'] = after
        print(f'{title:10} {most:8.2f} {after:8.2f}', flush=True)


GROWTH = {'active': active, 'connections': connections, 'tasks': tasks}
