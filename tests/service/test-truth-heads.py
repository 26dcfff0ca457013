#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads of answers: status lines and header fields that are junk, odd or without end."""

import os

from keeltest import main, rows, wait_until
from truth import NAME, SIZE, Truth


class Junk(Truth):
    """What does not begin like HTTP is no answer."""

    @rows({name: (line,) for name, line in [
        ('word', b'BLAH'), ('empty', b''), ('no_status', b'HTTP/1.1'),
        ('status_1000', b'HTTP/1.1 1000 OK'), ('status_099', b'HTTP/1.1 099 OK'),
        ('status_20', b'HTTP/1.1 20 OK'), ('status_negative', b'HTTP/1.1 -200 OK'),
        ('control', b'\x01\x02\x03\x04')]})
    def test_status_line(self, line):
        self.check_protocol(self.add('status-line', **{'as': line}))

    def test_http_0_9(self):
        self.check_protocol(self.add('no-head', size=1000))

    def test_another_protocol(self):
        """A mail server, say, which speaks first."""
        self.check_protocol(self.add('status-line', **{'as': b'220 mail.example ESMTP\r\n\r\n'}))

    @rows({'null': (b'X-Y: a\0b',), 'null_in_type': (b'Content-Type: text/\0plain',)})
    def test_field(self, lines):
        self.check_protocol(self.add('good', lines=lines))

    def test_junk_once(self):
        self.check_finished(self.add('status-line', times=1, **{'as': b'BLAH'}))


class Odd(Truth):
    """Not as the book has it, and no harm: the file is right."""

    @rows({name: (line,) for name, line in [
        ('reason_not_utf_8', b'HTTP/1.1 200 \xff\xfe\xc3'), ('no_reason', b'HTTP/1.1 200'),
        ('long_reason', b'HTTP/1.1 200 ' + b'O' * 700), ('http_1_0', b'HTTP/1.0 200 OK'),
        ('icy', b'ICY 200 OK')]})
    def test_status_line(self, line):
        self.check_finished(self.add('status-line', **{'as': line}))

    @rows({name: (lines,) for name, lines in [
        ('value_not_utf_8', b'X-Y: \xff\xfe\xc3'),
        ('name_not_utf_8', b'X-\xff: y'),
        ('type_not_utf_8', b'Content-Type: application/\xff\xfe; x=\xc3'),
        ('type_empty', b'Content-Type:'),
        ('type_wrong', b'Content-Type: image/png'),
        ('type_long', b'Content-Type: text/' + b'x' * 700),
        ('folded_line', b'X-Y: a\r\n  b\r\n\tc'),
        ('space_before_colon', b'X-Y : a'),
        ('no_colon', b'nothing'),
        ('lone_cr', b'X-Y: a\rb'),
        ('no_transform_is_missing', b'Cache-Control: public'),
        ('modified_is_no_date', b'Last-Modified: yesterday'),
        ('ranges_are_none', b'Accept-Ranges: none'),
        ('cookies', b'Set-Cookie: a=b; Path=/; Max-Age=99999\r\nSet-Cookie: c=d')]})
    def test_field(self, lines):
        task = self.check_finished(self.add('good', lines=lines))
        self.assertEqual(task['name'], NAME)

    def test_name_not_utf_8(self):
        lines = b'Content-Disposition: attachment; filename="\xff\xfe\xc3.bin"'
        task = self.end(self.add('good', lines=lines))
        self.assertEqual(task['state'], 'finished', task)
        self.assertEqual(os.listdir(self.house.downloads), [task['name']])

    def test_line_feeds_only(self):
        self.check_finished(self.add('bare-lines'))

    def test_no_cookie_comes_back(self):
        for _ in range(2):
            self.house.keel('add', '--wait', self.url('good', lines=b'Set-Cookie: a=b; Path=/'))
        self.assertEqual([exchange.header('Cookie') for exchange in self.server.requests()],
                         [None, None])

    def test_what_is_asked_for(self):
        """No coding, no session of a browser, nothing that tells more than it must."""
        self.check_finished(self.add('good'))
        exchange, = self.server.requests()
        self.assertEqual(exchange.header('Accept-Encoding'), 'identity')
        self.assertEqual({name.lower() for name, _ in exchange.headers} -
                         {'host', 'accept', 'accept-encoding', 'user-agent', 'connection'}, set())


class Large(Truth):
    """Heads without end or measure: refused at once, and not tried again."""

    def check_refused(self, number):
        self.wait_failed(number, 'protocol')
        self.check_nothing()
        self.check_asked_once()

    def test_many_fields_within_measure(self):
        self.check_finished(self.add('many-fields', bytes=30_000))

    @rows({
        'many_fields': ('many-fields', {'bytes': 200_000}),
        'long_field': ('long-field', {'bytes': 200_000}),
        'very_many_fields': ('many-fields', {'bytes': 20_000_000}),
        'very_long_field': ('long-field', {'bytes': 20_000_000}),
        'fields_without_end': ('endless-fields', {}),
        'line_without_end': ('endless-line', {}),
    })
    def test_head(self, behaviour, options):
        self.check_refused(self.add(behaviour, **options))

    @rows({'continue': (100, 16), 'hints': (103, 3), 'processing': (102, 1)})
    def test_informational(self, code, count):
        self.check_finished(self.add('informational', code=code, count=count))

    @rows({'one_too_many': ({'count': 17},), 'without_end': ({},),
           'hints_without_end': ({'code': 103},)})
    def test_too_many_informational(self, options):
        number = self.add('informational', **options)
        self.check_refused(number)
        wait_until('the connection is given up', lambda: self.server.requests()[0].ended)


class Sizes(Truth):
    """What other requests said counts for nothing."""

    def test_size_grows_between_two_requests_with_the_same_tag(self):
        number = self.cut('grows', extra=5000)
        task = self.end(number)
        self.assertEqual(task['state'], 'finished', task)
        self.assertEqual(os.path.getsize(task['file']), SIZE + 5000)


if __name__ == '__main__':
    main()
