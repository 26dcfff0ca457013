#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real service, killed at calls that change a disk: nothing is lost, and nothing is told twice.

As test-sweep.py, with a bus, `keel` and a notification daemon: a download is added, the service
dies at a point somewhere between its start and the notification, the next call starts it anew. The
file is there and right at the end, the list has the download once, and the daemon got at most one
notification of it; exactly one if the service had not yet acknowledged that it was to be told.

Likewise an application that listens: whenever the service dies, between the download being accepted
and the last acknowledgement, it is told everything, each event the same each time, and nothing
after it has acknowledged.

KEEL_CRASH_SERVICE_POINTS says how many points, 20; KEEL_CRASH_SEED chooses them.
"""

import collections
import os
import random
import shutil
import signal
import sqlite3
import threading

from gi.repository import Gio, GLib

from crashbench import SHIM
from keelserver import Server, content
from keeltest import Case, Consumer, House, contents_of, main, skip_all, wait_until
from keeltest.bus import INTERFACES, PATH, SERVICE, Connection
from keeltest.house import program

ROUNDS = int(os.environ.get('KEEL_CRASH_SERVICE_POINTS', '20'))
SEED = int(os.environ.get('KEEL_CRASH_SEED', str(random.SystemRandom().randrange(10**6))))
SIZE = 300_000
SECONDS = 20
# Longer than the service gathers what it tells.
GATHER = 3
LAST = 4
CLASSES = {'part', 'directory', 'database', 'wal'}

DAEMON = 'org.freedesktop.Notifications'
DAEMON_XML = '''<node><interface name="org.freedesktop.Notifications">
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
    <arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
    <arg type="u" direction="out"/></method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="GetServerInformation">
    <arg type="s" direction="out"/><arg type="s" direction="out"/>
    <arg type="s" direction="out"/><arg type="s" direction="out"/></method>
</interface></node>'''

# The first start after a fault was put down has it in its environment, later ones have not.
WRAPPER = '''#!/bin/sh
if mv "{folder}/fault" "{folder}/fault.used" 2>/dev/null; then
  . "{folder}/fault.used"
  export LD_PRELOAD="{shim}" KEEL_SHIM_STATE="{state}" KEEL_SHIM_DOWNLOADS="{downloads}"
fi
exec "{service}" "$@"
'''


class Daemon(threading.Thread):
    """Keeps what it is told to show."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.shown = []
        self._address = address
        self._context = GLib.MainContext()
        self._loop = GLib.MainLoop.new(self._context, False)
        self._ready = threading.Event()
        self.start()
        assert self._ready.wait(SECONDS)

    def run(self):
        self._context.push_thread_default()
        connection = Connection(self._address)
        node = Gio.DBusNodeInfo.new_for_xml(DAEMON_XML)
        connection.bus.register_object('/org/freedesktop/Notifications', node.interfaces[0],
                                       self._called, None, None)
        connection.ask_bus('RequestName', GLib.Variant('(su)', (DAEMON, 0)))
        self._ready.set()
        self._loop.run()
        connection.close()

    def _called(self, _connection, _sender, _path, _interface, method, parameters, invocation):
        reply = None
        if method == 'Notify':
            self.shown.append(' '.join(parameters.unpack()[3:5]))
            reply = GLib.Variant('(u)', (len(self.shown),))
        elif method == 'GetCapabilities':
            reply = GLib.Variant('(as)', (['body', 'actions'],))
        elif method == 'GetServerInformation':
            reply = GLib.Variant('(ssss)', ('played', 'keelboat', '1', '1.2'))
        invocation.return_value(reply)

    def count(self, name):
        return sum(name in text for text in self.shown)

    def end(self):
        self._loop.quit()
        self.join(SECONDS)


class Swept(Case):
    def setUp(self):
        print(f'# KEEL_CRASH_SEED={SEED} KEEL_CRASH_SERVICE_POINTS={ROUNDS}', flush=True)
        self.house = House(self, environment={'G_DEBUG': 'fatal-criticals'})
        self.state = os.path.join(self.house.state, 'keelboat')
        self.wrap_service()
        self.server = Server(self)
        self.daemon = Daemon(self.house.bus.address)
        self.addCleanup(self.daemon.end)
        # A kill is what this test is about, wherever it came from.
        self.house.expected_exits.add(128 + signal.SIGKILL)

    def wrap_service(self):
        wrapper = os.path.join(self.house.root, 'wrapper')
        with open(wrapper, 'w', encoding='utf-8') as file:
            file.write(WRAPPER.format(folder=self.house.root, shim=SHIM, state=self.state,
                                      downloads=self.house.downloads,
                                      service=program('KEELBOAT_SERVICE')))
        os.chmod(wrapper, 0o755)
        before = os.environ.get('KEELBOAT_SERVICE')
        os.environ['KEELBOAT_SERVICE'] = wrapper
        self.house.set_service(60, '--test-clock')
        if before is None:
            del os.environ['KEELBOAT_SERVICE']
        else:
            os.environ['KEELBOAT_SERVICE'] = before

    def put_fault(self, lines):
        with open(os.path.join(self.house.root, 'fault.new'), 'w', encoding='utf-8') as file:
            file.write(''.join(f'export {line}\n' for line in lines))
        os.rename(os.path.join(self.house.root, 'fault.new'),
                  os.path.join(self.house.root, 'fault'))

    def kills(self):
        """How often it was killed so far. Its launcher writes that down, after the name is free."""
        def are_all_written():
            is_alive = self.house.service_pid() is not None
            return len(self.house.exits()) + is_alive >= self.house.starts()
        wait_until('the exits are written down', are_all_written)
        return self.house.exits().count(128 + signal.SIGKILL)

    def stop(self):
        if self.house.service_pid() is not None:
            self.house.signal_service(signal.SIGTERM)

    def record_points(self, run):
        """The points that a run goes through, of a service that has run before."""
        path = os.path.join(self.house.root, 'points')
        self.stop()
        self.put_fault([f'KEEL_SHIM_POINTS={path}'])
        run()
        with open(path, encoding='ascii') as file:
            return [line for line in file.read().split() if line.split(':')[0] in CLASSES]


class Telling(Swept):
    """What an application is told."""

    def repeat(self, app, call):
        """What the library does when a call fails because the service has died."""
        for _ in range(10):
            try:
                return call()
            except GLib.Error:
                wait_until('the session is open again', lambda: self.is_open(app))
        raise AssertionError('ten times in vain')

    def start_app(self, name):
        try:
            return Consumer(self.house, name, listen=False)
        except GLib.Error:
            return None

    def is_open(self, app):
        try:
            return app.open()
        except GLib.Error:
            return False

    def take(self, app, task):
        """Listens until it has ended, and acknowledges. False: the service died."""
        before = self.kills()
        app.listen()
        wait_until('it has ended', lambda: 'completed' in app.kinds(task) or
                   self.kills() > before, interval=0.01)
        if 'completed' not in app.kinds(task):
            return False
        # Each by itself, so that there is something between them.
        for number in sorted({event[0] for event in app.events}):
            app.acknowledge(number)
        return True

    def run_app(self, name):
        """Adds a download, and takes everything that comes of it."""
        app = wait_until('there is a session', lambda: self.start_app(name))
        task, = self.repeat(app, lambda: app.add(self.server.url('good', name, size=SIZE),
                                                 nonce=name))
        for _ in range(5):
            if self.repeat(app, lambda: self.take(app, task)):
                break
            wait_until('the session is open again', lambda: self.is_open(app))
        count = len(app.events)
        self.assertEqual(self.repeat(app, app.listen)['pending'], 0)
        app.wait_drained()
        self.assertEqual(len(app.events), count)
        told = {event[0]: event for event in app.events}
        self.assertEqual([event for event in app.events if event != told[event[0]]], [])
        ends = [told[number][2] for number in sorted(told) if told[number][2] != 'resumed']
        self.assertEqual(ends, ['finished', 'completed'])
        app.leave()

    def test_points(self):
        self.run_app('first.bin')
        places = self.record_points(lambda: self.run_app('recorded.bin'))
        places = [place + when for place in places if place.startswith('wal:')
                  for when in ['', '+after']]
        chosen = random.Random(SEED).sample(places, min(ROUNDS, len(places)))
        killed = 0
        for index, place in enumerate(chosen):
            with self.subTest(f'KEEL_SHIM_POINT={place}'):
                self.stop()
                self.put_fault([f'KEEL_SHIM_POINT={place}', 'KEEL_SHIM_ACTION=kill'])
                before = self.kills()
                self.run_app(f'file-{index}.bin')
                killed += self.kills() > before
        print(f'# {len(chosen)} of {len(places)} points, killed {killed} times', flush=True)
        self.assertGreater(killed, len(chosen) / 2)
        self.house.kills = self.kills()


class SweptService(Swept):
    def has_untold(self, number):
        """Whether the journal says that the end of this task is still to be told."""
        folder = self.state
        is_alive = self.house.service_pid() is not None
        if not is_alive:
            # Reading repairs it, which is the business of the service.
            folder = shutil.copytree(self.state, os.path.join(self.house.root, 'copy'))
        database = sqlite3.connect(f'file:{folder}/transfers.db?mode={"ro" if is_alive else "rw"}',
                                   uri=True)
        row = database.execute('SELECT state FROM tasks WHERE id = ?', (number,)).fetchone()
        events = database.execute('SELECT 1 FROM events WHERE task = ?', (number,)).fetchall()
        database.close()
        if not is_alive:
            shutil.rmtree(folder)
        return row is None or row[0] not in ('finished', 'failed') or bool(events)

    def add(self, name):
        """As a person would: if it said no, look whether it is there, and say it again."""
        url = self.server.url('good', name, size=SIZE)
        for _ in range(3):
            answer = self.house.keel('add', '--json', url, status=None)
            tasks = [task for task in self.house.tasks() if name in task['uri']]
            if answer.status == 0:
                self.assertEqual(len(tasks), 1, f'{answer} {tasks}')
            if tasks:
                return tasks[0]['id']
        raise AssertionError(str(answer))

    def advance(self):
        """Past the gathering; the service may die of it. It is not started for that: what the one
        that died has left is to be looked at first."""
        try:
            self.house.connection.call(SERVICE, PATH + '/test', INTERFACES + 'TestClock', 'Advance',
                                       GLib.Variant('(x)', (GATHER * 1000000,)), start=False)
        except GLib.Error:
            pass

    def fetch(self, name):
        """One download to the end of its telling. Gives whether the service was killed."""
        before = self.kills()
        number = self.add(name)
        self.house.wait_task(number, 'finished')
        must_tell = self.has_untold(number) or not self.kills() > before

        def told():
            nonlocal must_tell
            if self.daemon.count(name):
                return True
            was_killed = self.kills() > before
            if self.house.service_pid() is not None:
                self.advance()
            else:
                must_tell = self.has_untold(number)
                self.house.keel('list', status=None)
            return was_killed and not must_tell
        wait_until(f'{name} is told', told, interval=0.05)
        return self.kills() > before

    def check(self, name):
        path = os.path.join(self.house.downloads, name)
        self.assertTrue(contents_of(path) == content(name, SIZE), name)
        self.assertLessEqual(self.daemon.count(name), 1, self.daemon.shown)
        tasks = [task for task in self.house.tasks() if name in task['uri']]
        self.assertEqual([task['state'] for task in tasks], ['finished'])

    def record(self):
        """The points between the start and the telling, of a service that has run before."""
        def run():
            self.assertFalse(self.fetch('recorded.bin'))
            self.advance()
        self.assertFalse(self.fetch('first.bin'))
        return self.record_points(run)

    def choose(self, places):
        """Some of each kind; and the last commits, which are about the telling."""
        chance = random.Random(SEED)
        chosen = [(place, action) for place in places if place.startswith('wal:')
                  for action in ('kill', 'stall')][-2 * LAST:]
        kinds = collections.defaultdict(list)
        for place in places:
            kinds[place.rpartition(':')[0]].append(place)
        while len(chosen) < ROUNDS and any(kinds.values()):
            for kind in sorted(kinds):
                if kinds[kind]:
                    place = kinds[kind].pop(chance.randrange(len(kinds[kind])))
                    chosen.append(chance.choice([(place, 'kill'), (place + '+after', 'kill'),
                                                 (place, 'stall')]))
        return chosen[:ROUNDS]

    def test_points(self):
        not_reached = []
        chosen = self.choose(self.record())
        for index, (place, action) in enumerate(chosen):
            name = f'file-{index}.bin'
            with self.subTest(f'KEEL_SHIM_POINT={place} KEEL_SHIM_ACTION={action}'):
                self.stop()
                self.put_fault([f'KEEL_SHIM_POINT={place}', f'KEEL_SHIM_ACTION={action}'])
                if not self.fetch(name):
                    not_reached.append(place)
                self.check(name)
        names = {name for name in os.listdir(self.house.downloads)}
        self.assertEqual(names, {'first.bin', 'recorded.bin'} |
                         {f'file-{index}.bin' for index in range(len(chosen))})
        print(f'# {len(chosen)} points, {len(not_reached)} not reached', flush=True)
        self.assertLess(len(not_reached), max(len(chosen) / 4, 1), not_reached)
        self.house.kills = self.kills()


if __name__ == '__main__':
    if os.environ.get('KEEL_TEST_SANITIZED'):
        skip_all('a sanitizer and the shim both want to be the first library')
    main()
