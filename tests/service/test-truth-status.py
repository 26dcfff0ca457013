#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statuses other than success: waited for, asked about, or the end; and what comes with them is
never taken for the file."""

import time

from gi.repository import GLib

from keelserver import date
from keeltest import main, rows
from truth import NAME, SIZE, Truth

DAY = 24 * 3600
DETAILS_BYTES = 4096


class Passing(Truth):
    """Statuses that pass: asked again."""

    @rows({str(code): (code,) for code in [202, 408, 421, 425, 429, 500, 502, 503, 504, 599]})
    def test_status(self, code):
        number = self.add('status', code=code, times=1)
        task = self.wait_waiting(number, 'retry', 'http-status')
        self.assertEqual(task['error']['http_status'], code)
        self.assertIs(task['error']['retryable'], True)
        self.check_nothing()
        self.check_finished(number)

    def test_after_a_cut(self):
        number = self.cut('then', code=503, times=3)
        for _ in range(3):
            self.pass_retry(number)
            self.wait_waiting(number, 'retry')
            self.check_partial(number)
        self.check_finished(number)
        for exchange in self.server.requests()[1:]:
            self.check_rest(exchange)

    def test_fourteen_days(self):
        number = self.add('status', code=503)
        self.wait_waiting(number, 'retry')
        self.house.advance(13 * DAY)
        self.wait_asked(2)
        self.wait_waiting(number, 'retry')
        self.house.advance(2 * DAY)
        self.wait_failed(number, 'http-status', 503)
        self.retry(number)
        self.wait_waiting(number, 'retry')


class RetryAfter(Truth):
    """The server says when (RFC 9110 §10.2.3)."""

    @rows({
        'seconds': (b'3600', 3600), 'zero': (b'0', 0), 'too_long': (b'99999999', DAY),
        'overflow': (b'99999999999999999999999', DAY), 'words': (b'soon', 5),
        'negative': (b'-5', 5), 'fraction': (b'1.5', 5), 'empty': (b'', 5),
    })
    def test_value(self, value, seconds):
        self.check_wait(value, seconds)

    @rows({'in_an_hour': (3600, 3600), 'in_two_days': (2 * DAY, DAY), 'in_the_past': (-DAY, 0)})
    def test_date(self, ahead, seconds):
        self.check_wait(date(time.time() + ahead).encode(), seconds)

    def check_wait(self, value, seconds):
        number = self.add('status', code=503, lines=b'Retry-After: ' + value)
        task = self.wait_waiting(number, 'retry')
        until = time.strptime(task['wait_until'] + ' UTC', '%Y-%m-%dT%H:%M:%SZ %Z')
        self.assertAlmostEqual(time.mktime(until) - time.timezone - time.time(), seconds, delta=5)


class Final(Truth):
    """Statuses that trying again does not mend."""

    @rows({str(code): (code,) for code in
           [300, 305, 400, 402, 403, 404, 405, 406, 409, 410, 411, 412, 414, 418, 422, 451, 499]})
    def test_status(self, code):
        task = self.wait_failed(self.add('status', code=code), 'http-status', code)
        self.assertIs(task['error']['retryable'], False)
        self.check_nothing()
        self.check_asked_once()

    @rows({str(code): (code,) for code in [400, 405, 451]})
    def test_partial_is_kept(self, code):
        number = self.cut('then', code=code)
        self.retry(number)
        self.wait_failed(number, 'http-status', code)
        self.check_partial(number)

    def test_416_to_a_plain_request(self):
        self.wait_failed(self.add('status', code=416), 'http-status', 416)
        self.check_nothing()


class Gone(Truth):
    """404 after there was something: kept, and looked at for thirty days."""

    def test_comes_back(self):
        number = self.cut('then', code=404, times=2)
        for _ in range(2):
            self.retry(number)
            self.wait_waiting(number, 'retry', 'http-status')
            self.check_partial(number)
        self.retry(number)
        self.check_finished(number)

    def test_thirty_days(self):
        number = self.cut('then', code=404)
        self.retry(number)
        self.wait_waiting(number, 'retry', 'http-status')
        self.house.advance(29 * DAY)
        self.wait_asked(3)
        self.wait_waiting(number, 'retry')
        self.house.advance(2 * DAY)
        self.wait_failed(number, 'http-status', 404)
        self.check_partial(number)


class NewLink(Truth):
    """403 and 410 after there was something: the link has run out, and another is wanted."""

    def expire(self, code=403):
        number = self.cut('then', code=code)
        self.retry(number)
        task = self.wait_failed(number, 'needs-new-url', code)
        self.assertIs(task['error']['retryable'], False)
        self.check_partial(number)
        return number

    @rows({'403': (403,), '410': (410,)})
    def test_same_file(self, code):
        number = self.expire(code)
        self.house.keel('set', number, '--url', self.url('good', validator='none'))
        task = self.check_finished(number)
        self.check_continued()
        self.assertEqual(task['uri'], self.url('good', validator='none'))

    def test_same_size_and_other_bytes(self):
        number = self.expire()
        self.server.versions[NAME] = 2
        self.house.keel('set', number, '--url', self.url('good'))
        self.check_finished(number, version=2)

    def test_other_size(self):
        number = self.expire()
        self.house.keel('set', number, '--url', self.url('good', size=SIZE + 500))
        self.check_finished(number, size=SIZE + 500)

    def test_no_link_at_all(self):
        number = self.expire()
        for url in ['nothing', 'file:///etc/passwd', '']:
            with self.subTest(url):
                result = self.house.keel('set', number, '--url', url, status=2)
                self.assertTrue(result.err.strip())
        self.check_partial(number)

    def test_before_it_has_run_out(self):
        """A link may be replaced at any time that the task waits."""
        number = self.cut('then', code=503)
        self.house.keel('set', number, '--url', self.url('good'))
        self.check_finished(number)
        self.check_continued()

    def check_continued(self):
        """What is here is compared with the file of the new link; its tag would tell nothing."""
        last = self.server.requests()[-1]
        self.assertEqual(last.status, 206)
        self.assertIsNone(last.header('If-Range'))


class WhoIsThere(Truth):
    """401 and 407: the task waits for credentials, which come over the bus."""

    @rows({'basic': ('basic', {}), 'digest': ('digest', {}),
           'digest_as_of_old': ('digest', {'qop': 'none'}),
           'two_ways': ('challenge', {'as': b'Harbour pilot="1", Basic realm="a"'}),
           'realm_not_utf_8': ('challenge', {'as': b'Basic realm="\xff\xfe"'})})
    def test_waits(self, behaviour, options):
        number = self.add(behaviour, **options)
        self.wait_waiting(number, 'auth', 'auth-required')
        self.check_nothing()
        self.check_asked_once()

    @rows({'unknown_scheme': ('challenge', {'as': b'Harbour pilot="1"'}),
           'whole_body_signed': ('digest', {'qop': 'auth-int'}),
           'unknown_algorithm': ('digest', {'algorithm': 'SHA-512-256'}),
           'junk': ('challenge', {'as': b'\xff\xfe,,,=="'}),
           'no_challenge': ('status', {'code': 401}),
           'proxy_where_there_is_none': (
               'status', {'code': 407, 'lines': b'Proxy-Authenticate: Basic realm="a"'})})
    def test_asks_for_what_nobody_can_give(self, behaviour, options):
        self.wait_failed(self.add(behaviour, **options), 'auth-required')
        self.check_nothing()
        self.check_asked_once()

    def test_partial_is_kept(self):
        number = self.cut('basic-after-cut')
        self.retry(number)
        self.wait_waiting(number, 'auth', 'auth-required')
        self.check_partial(number)

    def test_credentials_of_the_caller_itself(self):
        number = self.add('basic', '--header', 'Authorization: Basic Ym9hdDprZWVs')
        self.check_finished(number)
        self.assertNotIn('Ym9hdDprZWVs', self.house.service_log())


class Details(Truth):
    """What a server says with an error is kept for the details view, as text, and no more of it."""

    def details(self, number):
        path = self.house.connection.open_session('default')
        _, tasks, _ = self.house.connection.session(path, 'GetTasks',
                                                    GLib.Variant('(a{sv}as)', ({}, [])))
        task, = [task for task in tasks if task['id'] == number]
        return task.get('error-details')

    def test_page(self):
        number = self.add('status', code=500, page=b'<html>The disk of the server is full.</html>')
        self.wait_waiting(number, 'retry')
        self.assertIn('The disk of the server is full.', self.details(number))

    @rows({'long': ('long-page', {'size': 100_000}), 'endless': ('endless', {'code': 500})})
    def test_no_more_than_needed(self, behaviour, options):
        number = self.add(behaviour, **options)
        self.wait_waiting(number, 'retry')
        self.assertLessEqual(len(self.details(number).encode()), DETAILS_BYTES)
        self.assertGreater(len(self.details(number)), 100)

    def test_not_utf_8(self):
        number = self.add('status', code=500, page=b'caf\xe9 \xff\0 ok')
        self.wait_waiting(number, 'retry')
        self.assertIn('caf', self.details(number))

    def test_not_of_a_file(self):
        number = self.add('good')
        self.check_finished(number)
        self.assertIn(self.details(number), [None, ''])


if __name__ == '__main__':
    main()
