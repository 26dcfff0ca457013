#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""keel set --url: another link for a download that has a part of its file already.

That data is kept or not by what the bytes say is in test-truth-status.py; here it is who may
replace a link, in which states, and what goes along to which server.
"""

import base64
import signal

from gi.repository import GLib

from keelserver import Server
from keeltest import main
from keeltest.bus import ERRORS
from truth import NAME, Truth

# More than is compared behind a new link.
SIZE = 4_000_000
AFTER = 3_000_000
MOST_OVERLAP = 1 << 20

HEADER = 'X-Token: s3cret'
BASIC = 'Basic ' + base64.b64encode(b'boat:keel').decode()


class NewLink(Truth):
    def url(self, behaviour, name=NAME, **options):
        return super().url(behaviour, name, **{'size': SIZE, 'after': AFTER, **options})

    def cut(self, behaviour, *arguments, **options):
        number = self.add(behaviour, *arguments, **options)
        self.wait_waiting(number, 'retry', 'truncated')
        self.house.wait_task(number, lambda task: task['durable'] == AFTER)
        return number

    def check_rest_came(self, number, server):
        """The file is right, and of what was on disk only the end was asked for again."""
        task = self.check_finished(number, size=SIZE)
        self.assertEqual(server.requests()[-1].header('Range'), f'bytes={AFTER - MOST_OVERLAP}-')
        self.assertGreater(task['resumed_bytes'], 0)
        return task

    def expire(self, *arguments, **options):
        """A download with a part of its file, whose link the server has refused then."""
        number = self.cut('then', *arguments, code=403, **options)
        self.retry(number)
        self.wait_failed(number, 'needs-new-url', 403)
        return number

    def set_url(self, number, url, **options):
        return self.house.keel('set', number, '--url', url, **options)

    def values(self, server, header):
        """What a server was told in this header, request by request."""
        return [exchange.header(header) for exchange in server.requests()]


class States(NewLink):
    def test_failed_goes_on(self):
        number = self.expire()
        self.set_url(number, self.url('good'))
        task = self.check_rest_came(number, self.server)
        self.assertEqual(task['uri'], self.url('good'))

    def test_what_the_server_said_is_told(self):
        number = self.expire()
        row = self.house.connection.manager('GetTasks', GLib.Variant(
            '(a{sv}as)', ({'ids': GLib.Variant('at', [number])}, ['error-details'])))[1][0]
        self.assertIn('No more.', row['error-details'])

    def test_paused_stays_paused(self):
        number = self.cut('then', code=403)
        self.house.keel('pause', number)
        self.set_url(number, self.url('good'))
        task = self.house.task(number)
        self.assertEqual((task['state'], task['uri']), ('paused', self.url('good')))
        self.assertEqual(self.house.task(number)['durable'], AFTER)
        self.house.keel('resume', number)
        self.check_rest_came(number, self.server)

    def test_running_changes_over(self):
        number = self.add('stall')
        self.house.wait_task(number, lambda task: task['received'] == AFTER)
        self.set_url(number, self.url('good'))
        self.check_finished(number, size=SIZE)
        self.assertEqual([exchange.target.split(',')[0]
                          for exchange in self.server.requests(NAME)], ['/stall', '/good'])

    def test_finished_has_nothing_left(self):
        number = self.add('good')
        self.check_finished(number, size=SIZE)
        result = self.set_url(number, self.url('good', size=9), status=1)
        self.assertIn('nothing left to fetch', result.err)
        self.assertEqual(self.house.task(number)['uri'], self.url('good'))

    def test_outlives_the_service(self):
        number = self.cut('then', code=403)
        self.house.keel('pause', number)
        self.set_url(number, self.url('good'))
        self.house.signal_service(signal.SIGKILL)
        self.assertEqual(self.house.task(number)['uri'], self.url('good'))
        self.house.keel('resume', number)
        self.check_rest_came(number, self.server)


class Servers(NewLink):
    def setUp(self):
        super().setUp()
        self.other = Server(self)

    def test_headers_go_to_the_same_server(self):
        number = self.expire('--header', HEADER)
        self.set_url(number, self.url('good'))
        self.check_finished(number, size=SIZE)
        self.assertEqual(set(self.values(self.server, 'X-Token')), {'s3cret'})

    def test_headers_do_not_go_to_another(self):
        number = self.expire('--header', HEADER)
        self.set_url(number, self.other.url('good', NAME, size=SIZE))
        self.check_finished(number, size=SIZE)
        self.assertEqual(self.values(self.other, 'X-Token'), [None])

    def test_passwords_do_not_go_to_another(self):
        url = self.url('basic-after-cut').replace('//', '//boat:keel@')
        number = self.house.add(url)
        self.wait_waiting(number, 'retry', 'truncated')
        self.set_url(number, self.other.url('basic', NAME, size=SIZE))
        self.wait_waiting(number, 'auth')
        self.assertEqual(self.values(self.other, 'Authorization'), [None])

    def test_password_of_the_new_link(self):
        number = self.expire()
        url = self.other.url('basic', NAME, size=SIZE)
        self.set_url(number, url.replace('//', '//boat:keel@'))
        task = self.check_rest_came(number, self.other)
        self.assertEqual(task['uri'], url)
        self.assertEqual(self.values(self.other, 'Authorization'), [None, BASIC])

    def test_a_wrong_one_of_the_old_link_is_forgotten(self):
        number = self.house.add(self.url('basic').replace('//', '//boat:wrong@'))
        self.wait_waiting(number, 'auth')
        self.set_url(number, self.url('basic').replace('//', '//boat:keel@'))
        self.check_finished(number, size=SIZE)


class Callers(NewLink):
    def update(self, path, number, uri):
        self.house.connection.session(path, 'Update', GLib.Variant(
            '(ta{sv}a{sv})', (number, {'uri': GLib.Variant('s', uri)}, {})))

    def refused(self, path, number, uri):
        with self.assertRaises(GLib.Error) as caught:
            self.update(path, number, uri)
        return caught.exception.message.partition(ERRORS)[2].partition(':')[0]

    def test_only_the_owner(self):
        number = self.expire()
        stranger = self.house.connection.open_session('default', 'org.example.Other')
        self.assertEqual(self.refused(stranger, number, self.url('good')), 'NoSuchTask')
        owner = self.house.connection.open_session('default')
        self.update(owner, number, self.url('good'))
        self.check_finished(number, size=SIZE)

    def test_what_is_no_link_changes_nothing(self):
        number = self.expire()
        before = self.house.task(number)
        owner = self.house.connection.open_session('default')
        for uri in ['', 'x', 'file:///etc/passwd', 'http://h/\\', 'ftp://a:S3cret@h/', 'http://']:
            self.assertEqual(self.refused(owner, number, uri), 'BadUri', uri)
        self.assertEqual(self.house.task(number), before)


if __name__ == '__main__':
    main()
