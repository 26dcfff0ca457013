#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links that lead elsewhere: followed where they may be, and nothing is taken along that was for
somebody else."""

from keelserver import Server
from keeltest import main, rows
from truth import NAME, REST, SIZE, Truth

OURS = [('Authorization', 'Bearer secret'), ('Cookie', 'a=secret'), ('X-Token', 'secret'),
        ('Accept-Language', 'zh')]
HEADERS = [word for name, value in OURS for word in ['--header', f'{name}: {value}']]


class Followed(Truth):
    @rows({str(code): (code,) for code in [301, 302, 303, 307, 308]})
    def test_status(self, code):
        task = self.check_finished(self.add('redirect', code=code))
        self.assertEqual(task['uri'], self.url('redirect', code=code))
        self.assertEqual(task['effective_uri'], f'http://{self.server.host}:{self.server.port}'
                         f'{self.server.requests()[-1].target}')

    def test_twenty(self):
        self.check_finished(self.add('redirect', times=20))
        self.assertEqual(len(self.asked()), 21)

    @rows({'relative': (f'../good,size={SIZE}/{NAME}',),
           'of_the_host': (f'/good,size={SIZE}/{NAME}',),
           'with_fragment': (f'/good,size={SIZE}/{NAME}#part',),
           'with_spaces_around': (f'  /good,size={SIZE}/{NAME}  ',)})
    def test_place(self, place):
        self.check_finished(self.add('redirect-to', url=place.encode()))

    def test_without_scheme(self):
        place = f'//127.0.0.1:{self.server.port}/good,size={SIZE}/{NAME}'
        self.check_finished(self.add('redirect-to', url=place.encode()))

    def test_again_after_a_cut(self):
        """Every try begins at the link that was given."""
        target = self.url('short')
        number = self.add('redirect-to', url=target.encode())
        self.wait_waiting(number, 'retry', 'truncated')
        self.check_finished(number)
        self.assertEqual(self.asked(), [None, None, REST, REST])

    def test_name_is_of_the_link_that_was_given(self):
        place = self.url('good', name='.wgetrc')
        self.check_finished(self.house.add(self.url('redirect-to', url=place.encode())))

    def check_finished(self, number, **options):
        """The last hop may have another name; the bytes are its."""
        last = options.pop('name', NAME)
        task = self.end(number)
        self.assertEqual(task['state'], 'finished', task)
        self.assertEqual(task['name'], last)
        return task


class Refused(Truth):
    @rows({name: (place,) for name, place in [
        ('file', 'file:///etc/passwd'), ('file_in_capitals', 'FILE:///etc/passwd'),
        ('data', 'data:text/plain,hello'), ('ftp', 'ftp://127.0.0.1/x'),
        ('javascript', 'javascript:alert(1)'), ('no_host', 'http:///x'),
        ('bad_port', 'http://127.0.0.1:99999/x'), ('empty_host', 'http://'),
        ('backslash', 'http://127.0.0.1\\@nowhere.invalid/x'), ('space', 'http://a b/x')]})
    def test_place(self, place):
        self.wait_failed(self.add('redirect-to', url=place.encode()), 'redirect')
        self.check_nothing()
        self.assertEqual(len(self.asked()), 1)

    @rows({'not_utf_8': (b'http://\xff\xfe/\xc3',), 'only_bytes': (b'\xff\xfe\xc3',)})
    def test_bytes(self, place):
        task = self.end(self.add('redirect-to', url=place))
        self.assertEqual(task['state'], 'failed', task)
        self.check_nothing()

    def test_no_place(self):
        self.wait_failed(self.add('redirect-nowhere'), 'redirect')

    @rows({'circle': ('loop', {}), 'other_address_each_time': ('ping-pong', {}),
           'twenty_one': ('redirect', {'times': 21})})
    def test_too_many(self, behaviour, options):
        self.wait_failed(self.add(behaviour, **options), 'redirect')
        self.check_nothing()
        self.assertLessEqual(len(self.server.requests()), 22)

    def test_after_a_cut(self):
        """The partial is kept when the way to the rest is refused."""
        number = self.cut('leads', to=b'file:///etc/passwd')
        self.retry(number)
        self.wait_failed(number, 'redirect')
        self.check_partial(number)

    def test_page_of_a_redirect_is_not_the_file(self):
        self.wait_failed(self.add('redirect-to', url=b'ftp://127.0.0.1/'), 'redirect')
        self.check_nothing()


class Headers(Truth):
    """The caller's header fields are for the server that it named, and for no other."""

    def setUp(self):
        super().setUp()
        self.other = Server(self)

    def sent(self, exchange):
        return {name for name, value in OURS if exchange.header(name) == value}

    def test_same_server(self):
        self.check_finished(self.add('redirect', *HEADERS))
        for exchange in self.server.requests():
            self.assertEqual(self.sent(exchange), {name for name, _ in OURS})

    @rows({str(code): (code,) for code in [302, 307, 308]})
    def test_another_server(self, code):
        place = self.other.url('good', NAME, size=SIZE)
        self.check_finished(self.add('redirect-to', '--referer', 'http://example.org/secret',
                                     *HEADERS, code=code, url=place.encode()))
        first, = self.server.requests()
        self.assertEqual(self.sent(first), {name for name, _ in OURS})
        second, = self.other.requests()
        for name, value in second.headers:
            self.assertNotIn('secret', value, name)
        self.assertIsNone(second.header('Referer'))
        self.assertIsNone(second.header('X-Token'))

    def test_there_and_back(self):
        back = self.server.url('good', NAME, size=SIZE)
        place = self.other.url('redirect-to', NAME, url=back.encode())
        self.check_finished(self.add('redirect-to', *HEADERS, url=place.encode()))
        self.assertEqual(self.sent(self.other.requests()[0]), set())

    def test_another_server_after_a_cut(self):
        place = self.other.url('short', NAME, size=SIZE, after=400_000)
        number = self.add('redirect-to', *HEADERS, url=place.encode())
        self.check_finished(number)
        self.assertEqual(len(self.other.requests()), 2)
        for exchange in self.other.requests():
            self.assertEqual(self.sent(exchange), set())

    def test_secrets_are_not_logged(self):
        place = self.other.url('good', NAME, size=SIZE) + '?token=secret'
        self.check_finished(self.add('redirect-to', *HEADERS, url=place.encode()))
        self.assertNotIn('secret', self.house.service_log())


if __name__ == '__main__':
    main()
