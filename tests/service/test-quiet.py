#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quiet hours: nothing is told in them, whatever it is, and all of it together afterwards.

It is eleven in the evening here, in whichever zone that is now; and the clock can be moved."""

import contextlib
import signal
import sqlite3
import time

from gi.repository import GLib

from keelserver import Server
from keeltest import Case, Consumer, House, main, wait_until
from notices import Daemon

HOUR = 3600
NIGHT = "'daily 22:00-07:00'"


class Quiet(Case):
    def setUp(self):
        """A zone in which it is eleven, with the minutes and seconds of UTC."""
        now = time.gmtime()
        ahead = (23 - now.tm_hour) % 24
        self.ahead = ahead - 24 if ahead > 12 else ahead
        self.zone = f'AAA{-self.ahead:+03d}:00'
        # What has passed of the hour.
        self.seconds = now.tm_min * 60 + now.tm_sec
        self.tomorrow = time.gmtime(time.time() + (self.ahead + 24) * HOUR).tm_yday - 1

    def set_up(self, idle=10**6, **settings):
        self.house = House(self, idle_timeout=idle, service_arguments='--test-clock',
                           environment={'GSETTINGS_BACKEND': 'keyfile',
                                        'TZ': self.zone})
        self.house.write_settings(**({'quiet_hours': 'true', 'quiet_times': NIGHT} | settings))
        self.server = Server(self)
        self.daemon = Daemon(self, self.house.bus.address)

    def titles(self):
        return [call[3] for call in self.daemon.named('Notify')]

    def fetch(self, name, behaviour='good', status=0, **options):
        self.house.keel('add', '--wait', self.server.url(behaviour, name, **options), status=status)

    def fetch_three(self):
        self.fetch('a.bin', size=10)
        self.fetch('b.bin', size=10)
        self.fetch('c.bin', 'status', status=1, code=404)
        # The state is told a moment before the end is committed, and the clock may jump between.
        wait_until('the ends are in the journal', lambda: self.count_events() == 3)
        self.house.keel('status')

    def count_events(self):
        database = sqlite3.connect(f'file:{self.house.database}?mode=ro', uri=True)
        with contextlib.closing(database):
            return database.execute("SELECT count(*) FROM events").fetchone()[0]

    def advance_to(self, hours, seconds=0):
        """So many hours, and seconds, after eleven, once and from the time of a new service."""
        self.house.advance(hours * HOUR + seconds - self.seconds)

    def assert_summary(self):
        wait_until('it is told', self.titles)
        _, _, _, title, body, _, _, _ = self.daemon.named('Notify')[0]
        self.assertEqual((title, body), ('2 downloads finished', '1 download needs you'))
        self.assertEqual(len(self.titles()), 1)

    def test_told_together_when_they_are_over(self):
        self.set_up(idle=2)
        self.fetch_three()
        # Over midnight, and until just before the end, nobody is told and nobody leaves.
        self.advance_to(8, -300)
        self.house.keel('status')
        pid = self.house.service_pid()
        self.assertEqual(self.titles(), [])
        self.house.advance(600)
        self.assert_summary()
        self.assertEqual(self.house.service_pid(), pid)

    def test_the_service_is_another_one(self):
        """The clock of the new one is not ahead: it is told when the night is over for that."""
        self.set_up()
        self.fetch_three()
        self.house.advance(10)
        self.house.signal_service(signal.SIGTERM)
        self.house.keel('status')
        self.house.signal_service(signal.SIGKILL)
        self.house.keel('status')
        self.house.advance(10)
        self.assertEqual(self.titles(), [])
        self.advance_to(8, 300)
        self.assert_summary()

    def test_the_window_is_looked_at(self):
        self.set_up()
        self.fetch_three()
        self.house.advance(10)
        window = self.house.bus.connect()
        self.addCleanup(window.close)
        for is_focused in [True, False]:
            window.manager('SetAttention', GLib.Variant('(ba{sv})', (is_focused, {})))
        self.advance_to(8, 300)
        self.house.advance(60)
        self.fetch('d.bin', size=10)
        self.daemon.shown('d.bin')
        self.assertEqual(len(self.titles()), 1)

    def test_switched_off_in_the_middle(self):
        self.set_up()
        self.fetch_three()
        self.house.advance(10)
        self.house.write_settings(quiet_hours='false')
        self.assert_summary()

    def test_the_clock_is_put_that_night(self):
        """At two in the morning it is three: the night is an hour shorter."""
        self.zone += (f'BBB{-self.ahead - 1:+03d}:00,{self.tomorrow}/2,'
                      f'{(self.tomorrow + 20) % 365}/2')
        self.set_up()
        self.fetch_three()
        self.advance_to(7, -300)
        self.house.keel('status')
        self.assertEqual(self.titles(), [])
        self.house.advance(600)
        self.assert_summary()

    def test_hours_that_make_no_sense(self):
        self.set_up(quiet_times="'whenever'")
        self.fetch('a.bin', size=10)
        self.daemon.shown('a.bin')

    def test_what_another_application_has_missed(self):
        self.set_up(idle=2)
        consumer = Consumer(self.house, 'org.example.Gone.all', app='org.example.Gone',
                            listen=False)
        task, = consumer.add(self.server.url('good', 'a.bin', size=10))
        wait_until('it has ended', lambda: consumer.task(task)['state'] == 'finished')
        consumer.leave()
        self.house.keel('status')
        self.house.advance(10)
        self.house.keel('status')
        self.advance_to(8, -300)
        self.house.keel('status')
        self.assertEqual(self.titles(), [])
        self.assertIsNotNone(self.house.service_pid())
        self.house.advance(600)
        self.daemon.shown('1 download finished')


if __name__ == '__main__':
    main()
