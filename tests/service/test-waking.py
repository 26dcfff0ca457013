#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waking an application that has gone away, when its downloads have ended; and who is told when it
cannot be woken, or does not come round."""

import json
import os
import signal
import sqlite3
import sys
import time

from gi.repository import GLib

from keelserver import Server
from keeltest import Case, Consumer, House, main, wait_until
from notices import Application, Daemon

APP = 'org.example.Foo-App'
IDENTIFIER = 'org.example.Foo-App.downloads'
# From one try to the next, and from the last to the notification.
DELAYS = [30, 120, 600, 3600, 30]
GATHER = 2
PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'wakeable.py')


class Stage(Case):
    arguments = '--test-clock'
    idle = 10**6
    GOOD = 'good', {'size': 1000}
    LOST = 'status', {'code': 404}

    def setUp(self):
        self.house = House(self, idle_timeout=self.idle, service_arguments=self.arguments)
        self.server = Server(self)
        self.log = os.path.join(self.house.root, 'woken')
        self.passed = 0
        self.daemon = Daemon(self, self.house.bus.address)

    def install(self, mode='drain', is_activatable=True, app=APP):
        """As a package does it: a desktop file, and a file for the bus."""
        self.set_mode(mode)
        folder = os.path.join(self.house.environment['XDG_DATA_HOME'], 'applications')
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, app + '.desktop'), 'w', encoding='utf-8') as file:
            file.write('[Desktop Entry]\nType=Application\nName=Foo\nExec=foo\n')
            file.write(f'DBusActivatable={str(is_activatable).lower()}\n')
        self.house.bus.add_service(app, f'{sys.executable} {PROGRAM} {app} {self.log}')

    def set_mode(self, mode):
        with open(self.log + '.mode', 'w', encoding='utf-8') as file:
            file.write(mode)

    def fetch(self, *behaviours, app=APP, **config):
        """An application adds downloads and goes away; they end."""
        consumer = Consumer(self.house, IDENTIFIER, app=app, listen=False, **config)
        tasks = consumer.add(*[self.server.url(behaviour, f'{behaviour}{number}.bin', **options)
                               for number, (behaviour, options) in enumerate(behaviours)])
        ends = {'finished', 'failed', 'cancelled', 'waiting'}
        wait_until('all have ended', lambda: all(
            consumer.task(task)['state'] in ends for task in tasks))
        wait_until('that is in the journal', lambda: len(self.journal('completed')) +
                   len(self.journal('challenge')) >= len(tasks))
        consumer.leave()
        return tasks

    def database(self, query):
        db = sqlite3.connect(f'file:{self.house.database}?mode=ro', uri=True)
        try:
            return db.execute(query).fetchall()
        finally:
            db.close()

    def journal(self, kind):
        return self.database(f"SELECT number FROM events WHERE kind = '{kind}'")

    def noted(self, *whats):
        try:
            with open(self.log, encoding='utf-8') as file:
                return [entry for entry in map(json.loads, file) if entry[0] in whats]
        except FileNotFoundError:
            return []

    def wait_woken(self, count):
        wait_until(f'it is woken {count} times', lambda: len(self.noted('woken')) >= count)
        self.assertEqual(len(self.noted('woken')), count)

    def wait_gone(self):
        wait_until('it has left', lambda: self.house.connection.owner_of(APP) is None)

    def wait_tries(self, tries):
        """Until the service knows that it has to try again, or not."""
        wait_until(f'{tries} tries are on disk', lambda: self.database(
            'SELECT wake_tries FROM sessions')[0][0] == tries)

    def pass_by(self, seconds):
        """Lets so much time pass, of which the service must have seen the beginning."""
        self.house.connection.manager('GetStatus', GLib.Variant('(a{sv})', ({},)))
        self.house.advance(seconds)
        self.passed += seconds

    def begin_anew(self):
        """The clock of the next service is not ahead; it is put to where the last one's was."""
        self.house.connection.manager('GetStatus', GLib.Variant('(a{sv})', ({},)))
        self.house.advance(self.passed)



class Waking(Stage):
    def test_it_takes_everything(self):
        self.install()
        tasks = self.fetch(self.GOOD, self.LOST)
        self.pass_by(GATHER)
        self.wait_woken(1)
        wait_until('it is through', lambda: self.noted('drained'))
        self.assertEqual(self.noted('woken')[0][2:], ['transfer-events', IDENTIFIER])
        events = [entry[2:] for entry in self.noted('event')]
        self.assertEqual([number for number, *_ in events], [1, 2, 3])
        self.assertEqual([kind for _, task, kind in events if task == tasks[0]],
                         ['finished', 'completed'])
        self.wait_tries(0)
        self.assertEqual(self.journal('completed'), [])
        self.pass_by(sum(DELAYS))
        self.assertEqual(len(self.noted('woken')), 1)
        self.assertEqual(self.daemon.named('Notify'), [])

    def test_it_dies_in_its_handler(self):
        """And the service is killed meanwhile, which must not make it try more often."""
        self.install('die')
        self.fetch(self.GOOD)
        self.pass_by(GATHER)
        for tries, delay in enumerate(DELAYS, start=1):
            self.wait_woken(tries)
            wait_until('it has been told', lambda: len(self.noted('event')) == tries)
            self.wait_gone()
            self.wait_tries(tries)
            if tries == 2:
                self.house.signal_service(signal.SIGKILL)
                self.begin_anew()
            # Far from the end, since the clock goes on by itself, too.
            self.pass_by(delay // 2)
            self.assertEqual(self.daemon.named('Notify'), [])
            self.assertEqual(len(self.noted('woken')), tries)
            self.pass_by(delay)
        notification, = self.daemon.notified()
        self.assertEqual(notification[3], 'Foo: 1 download finished')
        self.pass_by(sum(DELAYS))
        self.assertEqual(len(self.noted('woken')), len(DELAYS))
        self.assertEqual(len(self.daemon.named('Notify')), 1)
        # It comes by itself at last: then nobody needs to be told any more.
        app = Consumer(self.house, IDENTIFIER, app=APP)
        app.wait_drained()
        app.acknowledge(*[event[0] for event in app.events])
        self.wait_tries(0)
        wait_until('it is taken back', lambda: self.daemon.named('CloseNotification'))

    def test_it_cannot_be_woken(self):
        self.install(is_activatable=False)
        application = Application(self, self.house.bus.address)
        self.fetch(self.GOOD, self.GOOD, self.GOOD)
        self.pass_by(GATHER)
        notification, = self.daemon.notified()
        self.assertEqual(notification[3], 'Foo: 3 downloads finished')
        self.pass_by(sum(DELAYS))
        self.house.signal_service(signal.SIGKILL)
        self.begin_anew()
        self.pass_by(sum(DELAYS))
        self.assertEqual(len(self.daemon.named('Notify')), 1)
        # More of it is told in the same place.
        self.fetch(self.LOST)
        self.pass_by(GATHER)
        summary, body = self.daemon.notified(2)[1][3:5]
        self.assertEqual((summary, body), ('Foo: 3 downloads finished', '1 download needs you'))
        self.daemon.press(2, 'default')
        wait_until('it is started', lambda: application.named('ActivateAction'))
        self.assertEqual(application.named('ActivateAction')[0][:2], ('launch', [APP]))
        self.assertEqual(self.noted('woken'), [])

    def test_the_bus_does_not_know_it(self):
        self.install(app='org.example.Other')
        self.fetch(self.GOOD, title='Bar')
        self.pass_by(GATHER)
        self.assertEqual(self.daemon.notified()[0][3], 'Bar: 1 download finished')
        # One that does not say who it is.
        self.fetch(self.GOOD, app='host')
        self.pass_by(GATHER)
        self.assertEqual(self.daemon.notified(2)[1][3], '1 download finished')

    def test_it_wants_to_sleep(self):
        self.install()
        self.fetch(self.GOOD, launch_events=False)
        self.pass_by(sum(DELAYS))
        self.pass_by(sum(DELAYS))
        self.assertEqual((self.noted('woken'), self.daemon.named('Notify')), ([], []))
        self.assertEqual(len(self.journal('completed')), 1)

    def test_somebody_listens(self):
        self.install()
        app = Consumer(self.house, IDENTIFIER, app=APP)
        self.fetch(self.GOOD)
        self.pass_by(sum(DELAYS))
        self.assertEqual(self.noted('woken'), [])
        # It has taken nothing: now that it is gone, somebody has to.
        app.leave()
        wait_until('it is woken', lambda: self.pass_by(GATHER) or self.noted('woken'))
        wait_until('it is through', lambda: self.noted('drained'))

    def test_a_question(self):
        self.install('deaf')
        consumer = Consumer(self.house, IDENTIFIER, app=APP, listen=False)
        consumer.add(self.server.url('drip', 'd', size=10**6))
        self.fetch(self.GOOD)
        self.pass_by(sum(DELAYS))
        self.assertEqual(self.noted('woken'), [])
        self.fetch(('basic', {'size': 1000}))
        self.pass_by(GATHER)
        self.wait_woken(1)


class Leaving(Stage):
    idle = 0.5

    def test_not_for_what_is_due_in_an_hour(self):
        self.install('deaf')
        self.fetch(self.GOOD)
        self.pass_by(GATHER)
        for tries in [1, 2, 3]:
            self.wait_woken(tries)
            self.wait_tries(tries)
            self.wait_gone()
            if tries < 3:
                self.pass_by(DELAYS[tries - 1])
        self.house.wait_service_gone()
        due, = self.database('SELECT wake_due FROM sessions')[0]
        self.assertGreater(due / 1e6 - time.time(), 300)
        # The next one goes on with it, but not before it is due.
        self.house.keel('status')
        self.house.wait_service_gone()
        self.wait_woken(3)
        with sqlite3.connect(self.house.database) as db:
            db.execute('UPDATE sessions SET wake_due = 1')
        db.close()
        # It takes longer to come up than the service would stay; the bus would drop the call.
        self.set_mode('slow')
        self.pass_by(GATHER)
        self.wait_woken(4)


class RealTime(Stage):
    arguments = ''

    def test_how_long_it_takes(self):
        self.install()
        self.fetch(self.GOOD)
        ended, = self.database("SELECT created FROM events WHERE kind = 'completed'")[0]
        wait_until('it is through', lambda: self.noted('drained'))
        woken, told = self.noted('woken')[0][1], self.noted('event')[0][1]
        print(f'# from the last byte: woken {woken - ended / 1e6:.2f} s,'
              f' told {told - ended / 1e6:.2f} s')
        self.assertGreater(woken - ended / 1e6, GATHER - 0.1)


if __name__ == '__main__':
    main()
