#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of the service process: it comes when called, leaves when idle, and loses no call."""

import os
import random
import signal
import subprocess
import threading
import time

from gi.repository import GLib

from keeltest import Case, House, Nginx, contents_of, main, processes, wait_until
from keeltest.bus import SERVICE
from keeltest.house import program

CALLERS = 3
ROUNDS = 100
IDLE_SECONDS = 0.1
REPEAT = ['Error.Restarting', 'Error.NoSuchSession', 'DBus.Error.UnknownObject',
          'DBus.Error.UnknownMethod']


class Life(Case):
    def setUp(self):
        self.house = House(self, idle_timeout=0.3)
        self.nginx = Nginx(self)

    def test_leaves_when_idle(self):
        self.house.keel('status')
        self.house.wait_service_gone(seconds=10)
        # More than one if keel was stopped between two calls.
        self.assertEqual(set(self.house.exits()), {0})

    def test_leaves_after_the_last_task_was_removed(self):
        number = self.house.add('http://127.0.0.1:9/x', '--paused')
        self.house.keel('remove', number)
        self.house.wait_service_gone(seconds=10)

    def test_stays_while_something_runs(self):
        self.nginx.make('a', 4_000_000)
        number = self.house.add(self.nginx.url('a', 'rate/2m'))
        starts = self.house.starts()
        wait_until('the server has sent all', lambda: self.nginx.requests('a'))
        self.house.wait_service_gone()
        self.assertEqual(self.house.starts(), starts)
        self.assertEqual(self.house.task(number)['state'], 'finished')

    def test_quit_and_come_back(self):
        self.house.set_service(idle_timeout=30)
        number = self.house.add('http://127.0.0.1:9/x', '--paused')
        self.house.keel('quit')
        self.house.wait_service_gone()
        self.assertEqual([task['id'] for task in self.house.tasks()], [number])
        self.assertEqual(self.house.starts(), 2)

    def test_second_instance_leaves_the_first_alone(self):
        self.house.set_service(idle_timeout=30)
        self.nginx.make('a', 6_000_000)
        number = self.house.add(self.nginx.url('a', 'rate/2m'))
        owner = self.house.connection.owner_of(SERVICE)
        second = subprocess.run([program('KEELBOAT_SERVICE')], env=self.house.environment,
                                capture_output=True, timeout=30, check=False)
        self.assertEqual(second.returncode, 0, second.stderr)
        self.assertEqual(self.house.connection.owner_of(SERVICE), owner)
        task = self.house.wait_task(number, 'finished')
        self.assertTrue(contents_of(task['file']) == contents_of(self.nginx.file('a')))
        self.assertEqual(self.house.starts(), 1)

    def test_two_started_at_once(self):
        self.house.set_service(idle_timeout=30)
        pair = [processes.start([program('KEELBOAT_SERVICE'), '--idle-timeout=5'],
                                env=self.house.environment) for _ in range(2)]
        self.house.keel('status')
        wait_until('at most one of the two is left', lambda: any(
            process.poll() is not None for process in pair), 15)
        self.house.keel('status')
        self.house.keel('quit')
        for process in pair:
            self.assertEqual(process.wait(20), 0)

    def test_without_a_bus(self):
        process = subprocess.run(
            [program('KEELBOAT_SERVICE')], capture_output=True, timeout=30, check=False, text=True,
            env={**self.house.environment, 'DBUS_SESSION_BUS_ADDRESS': 'unix:path=/nonexistent'})
        self.assertEqual(process.returncode, 1)
        self.assertRegex(process.stderr, '^keelboat-service: There is no session bus: [^\n]*\n$')

    def test_sigterm_when_idle(self):
        self.house.set_service(idle_timeout=30)
        # A machine that does something else may stop it for longer, but not each time.
        for _ in range(3):
            self.house.keel('status')
            seconds = self.house.signal_service(signal.SIGTERM)
            self.assertEqual(set(self.house.exits()), {0})
            if seconds < 2:
                break
        self.assertLess(seconds, 2)


class Race(Case):
    """Calls that meet a service on its way out: each is answered, by the old or a new process."""

    def setUp(self):
        self.house = House(self, idle_timeout=IDLE_SECONDS)
        self.answers = []
        self.errors = []
        self.together = threading.Barrier(CALLERS)

    def call(self, seed, ask):
        chance = random.Random(seed)
        connection = self.house.bus.connect()
        for number in range(ROUNDS):
            # All wait for the last one's answer, then call around the moment of leaving.
            self.together.wait(60)
            time.sleep(IDLE_SECONDS + chance.uniform(-0.02, 0.03))
            try:
                self.answers.append(ask(connection, seed * ROUNDS + number))
            except GLib.Error as error:
                self.errors.append(f'{seed * ROUNDS + number}: {error.message}')
        connection.close()

    def run_callers(self, ask):
        threads = [threading.Thread(target=self.call, args=[seed, ask]) for seed in range(CALLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.errors, [])
        self.assertEqual(len(self.answers), CALLERS * ROUNDS)
        # The race must have been run: a service that never leaves would pass otherwise.
        self.assertGreater(self.house.starts(), 10)

    def repeat(self, call):
        """What the library does: "Restarting" and a session object that went with its process say
        that nothing was done and that the call is to be repeated."""
        for _ in range(20):
            try:
                return call()
            except GLib.Error as error:
                if not any(word in error.message for word in REPEAT):
                    raise
        raise AssertionError('to be repeated, twenty times')

    def test_300_calls_around_the_leaving(self):
        def ask(connection, _):
            return self.repeat(lambda: connection.manager(
                'GetStatus', GLib.Variant('(a{sv})', ({},))))
        self.run_callers(ask)

    def test_300_additions_around_the_leaving(self):
        """Each is added once, though each may have been asked for twice."""
        def ask(connection, number):
            def add():
                session = connection.open_session('race')
                task = {'uri': GLib.Variant('s', f'http://127.0.0.1:9/{number}'),
                        'dir': GLib.Variant('ay', os.fsencode(self.house.downloads) + b'\0'),
                        'start': GLib.Variant('b', False)}
                return connection.session(session, 'AddTasks', GLib.Variant(
                    '(aa{sv}a{sv})', ([task], {'nonce': GLib.Variant('s', f'race-{number}')})))[0]
            return self.repeat(add)[0]
        self.run_callers(ask)
        tasks = self.house.keel('list', '--json', '--all-apps', '--session', 'race').json
        self.assertEqual(sorted(task['id'] for task in tasks), sorted(self.answers))
        self.assertEqual(sorted(int(task['uri'].rpartition('/')[2]) for task in tasks),
                         list(range(CALLERS * ROUNDS)))


if __name__ == '__main__':
    main()
