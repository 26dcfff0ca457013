#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a link leads to, asked before anything is downloaded."""

import os

from gi.repository import Gio, GLib

from keelserver import Server
from keeltest import Case, House, main, wait_until
from keeltest.bus import ERRORS, INTERFACES, SERVICE

TYPES = '(sa{sv})'
STARTS = 20


class Probe(Case):
    def setUp(self):
        # GNOME's way of finding a proxy opens settings, too.
        self.house = House(self, service_arguments='--test-clock',
                           environment={'XDG_CURRENT_DESKTOP': 'GNOME'})
        self.server = Server(self)
        self.connection = self.house.connection
        self.session = self.connection.open_session('probes')

    def probe(self, uri, session=None, **options):
        info, = self.connection.session(session or self.session, 'Probe',
                                        GLib.Variant(TYPES, (uri, options)))
        return info

    def refused(self, uri, **options):
        with self.assertRaises(GLib.Error) as caught:
            self.probe(uri, **options)
        return Gio.DBusError.get_remote_error(caught.exception).removeprefix(ERRORS)

    def requests(self, name=None):
        return self.server.requests(name)

    def test_a_file_that_can_be_resumed(self):
        info = self.probe(self.server.url('good', 'boat.iso', size=123456))
        self.assertEqual(info['name'], 'boat.iso')
        self.assertEqual(info['size'], 123456)
        self.assertIs(info['resumable'], True)
        self.assertEqual(info['http-status'], 206)
        self.assertNotIn('error-code', info)

    def test_the_first_of_all(self):
        """A worker asks which way leads out while settings are opened: GIO does not stand that, and
        the service hung in one of some dozen starts."""
        link = self.server.url('good', 'boat.iso', size=10)
        task = {'uri': GLib.Variant('s', link), 'start': GLib.Variant('b', False)}
        for _ in range(STARTS):
            self.house.keel('quit')
            self.house.wait_service_gone()
            self.house.keel('status')
            self.connection.bus.call(
                SERVICE, self.session, INTERFACES + 'Session', 'Probe',
                GLib.Variant(TYPES, (link, {})), None, Gio.DBusCallFlags.NONE, -1, None, None)
            self.connection.session(self.session, 'AddTasks', GLib.Variant(
                '(aa{sv}a{sv})', ([task], {})))

    def test_nothing_is_left_behind(self):
        self.probe(self.server.url('good', 'boat.iso', size=100_000_000))
        self.assertEqual(os.listdir(self.house.downloads), [])
        self.assertEqual(self.house.tasks(), [])
        self.assertEqual(len(self.requests('boat.iso')), 1)

    def test_one_that_cannot(self):
        info = self.probe(self.server.url('no-range', 'boat.iso', size=1234))
        self.assertEqual(info['size'], 1234)
        self.assertIs(info['resumable'], False)

    def test_one_of_unknown_size(self):
        info = self.probe(self.server.url('endless', 'boat.iso', chunked=1))
        self.assertNotIn('size', info)

    def test_an_empty_one(self):
        info = self.probe(self.server.url('good', 'nothing.txt', size=0))
        self.assertEqual(info['size'], 0)

    def test_redirects_are_followed(self):
        info = self.probe(self.server.url('redirect', 'boat.iso', to='good', size=99))
        self.assertEqual(info['size'], 99)
        self.assertIn('/good', info['effective-uri'])
        self.assertEqual(self.probe(self.server.url('loop', 'boat.iso'))['error-code'], 'redirect')

    def test_the_servers_name_and_ours(self):
        self.assertNotIn('/', self.probe(self.server.url('good', 'a%2Fb.zip', size=9))['name'])
        info = self.probe(self.server.url('good', 'a.zip', size=9),
                          name=GLib.Variant('s', 'mine.zip'))
        self.assertEqual(info['name'], 'mine.zip')

    def test_what_is_not_there(self):
        info = self.probe(self.server.url('status', 'lost.iso', code=404))
        self.assertEqual(info['error-code'], 'http-status')
        self.assertEqual(info['http-status'], 404)
        self.assertNotIn('name', info)
        self.assertEqual(len(self.requests('lost.iso')), 1)

    def test_a_server_that_does_not_like_the_range(self):
        """Asked for the whole, once, and not for its bytes."""
        info = self.probe(self.server.url('status', 'odd.iso', code=400, times=1, size=5000))
        self.assertEqual(info['size'], 5000)
        self.assertIs(info['resumable'], False)
        self.assertEqual(len(self.requests('odd.iso')), 2)

    def test_nobody_there(self):
        self.server.end()
        info = self.probe(self.server.url('good', 'boat.iso'))
        self.assertEqual(info['error-code'], 'connect')
        self.assertNotIn('http-status', info)

    def test_no_password_is_sent(self):
        link = self.server.url('basic', 'secret.iso', size=5)
        info = self.probe(link.replace('://', '://boat:keel@'))
        self.assertEqual(info['error-code'], 'auth-required')
        for exchange in self.requests('secret.iso'):
            self.assertIsNone(exchange.header('Authorization'))

    def test_headers_of_the_session_and_of_the_call(self):
        session, _ = self.connection.service('OpenSession', GLib.Variant(
            '(sa{sv}a{sv})', ('with-headers',
                              {'user-agent': GLib.Variant('s', 'Boat/1')}, {})))
        self.probe(self.server.url('good', 'a', size=5), session=session,
                   headers=GLib.Variant('a(ss)', [('X-Kind', 'keel')]))
        exchange, = self.requests('a')
        self.assertEqual(exchange.header('User-Agent'), 'Boat/1')
        self.assertEqual(exchange.header('X-Kind'), 'keel')

    def test_what_is_refused(self):
        self.assertEqual(self.refused('ftp://example.org/a'), 'BadUri')
        self.assertEqual(self.refused('no link'), 'BadUri')
        self.assertEqual(self.refused(self.server.url('good', 'a'),
                                      headers=GLib.Variant('a(ss)', [('Range', 'bytes=1-')])),
                         'InvalidArgument')

    def start(self, uri):
        """A call that is not waited for; the list that its outcome comes into."""
        outcome = []

        def answered(bus, result):
            try:
                outcome.append(bus.call_finish(result).unpack()[0])
            except GLib.Error as error:
                outcome.append(Gio.DBusError.get_remote_error(error).removeprefix(ERRORS))
        self.connection.bus.call(SERVICE, self.session, INTERFACES + 'Session', 'Probe',
                                 GLib.Variant(TYPES, (uri, {})), None, Gio.DBusCallFlags.NONE,
                                 60000, None, answered)
        return outcome

    def wait(self, outcome):
        def look():
            GLib.MainContext.default().iteration(False)
            return outcome
        return wait_until('an answer', look)[0]

    def test_a_server_that_never_answers(self):
        outcome = self.start(self.server.url('silent', 'boat.iso'))
        wait_until('it is asked', lambda: self.requests('boat.iso'))
        self.house.advance(25)
        self.assertEqual(self.wait(outcome)['error-code'], 'timeout')

    def test_few_at_once_and_not_too_many(self):
        outcomes = [self.start(self.server.url('silent', f'{number}')) for number in range(65)]
        self.assertEqual(self.wait(outcomes[64]), 'LimitsExceeded')
        wait_until('four are asked', lambda: len(self.requests()) == 4)
        self.assertEqual(self.requests()[4:], [])
        self.assertFalse(any(outcomes[:64]))
        # Whoever leaves tells everybody.
        self.house.keel('quit')
        for outcome in outcomes[:64]:
            self.assertEqual(self.wait(outcome), 'Restarting')


if __name__ == '__main__':
    main()
