#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS: what is not secure is not fetched, and what ends without a word has been cut."""

import re
import socket
import threading

from keelserver import Authority, Server
from keeltest import Case, House, main, rows, trust
from truth import NAME, REST, SIZE, Truth


def answer_once_each(case, answer):
    """A port where each connection is answered as soon as it says something, and then closed."""
    listener = socket.create_server(('127.0.0.1', 0))

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(1 << 16)
                connection.sendall(answer)

    def end():
        # Wakes the thread in accept(), which closing alone does not.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    case.addCleanup(end)
    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


class Trusting(Truth):
    """A house that trusts an authority of ours, and a server with a good certificate of it."""

    def setUp(self):
        self.authority = Authority(self)
        self.house = trust.trusting_house(self, self.authority, service_arguments='--test-clock')
        self.server = Server(self, certificate=self.authority.issue())

    def serve(self, certificate):
        self.server = Server(self, certificate=certificate)


class Trusted(Trusting):
    def test_good(self):
        self.check_finished(self.add('good'))

    def test_through_another_authority(self):
        self.serve(self.authority.issue_through_another())
        self.check_finished(self.add('good'))

    def test_ipv6(self):
        if not socket.has_ipv6:
            self.skipTest('no IPv6')
        self.server = Server(self, '::1', self.authority.issue())
        self.check_finished(self.add('good'))

    def test_name(self):
        self.serve(self.authority.issue('DNS:localhost'))
        self.server.host = 'localhost'
        self.check_finished(self.add('good'))


class Refused(Trusting):
    """Fails closed: the server is not asked for anything, and the user is told why."""

    @rows({
        'expired': (Authority.issue_expired, 'expired'),
        'not_yet_valid': (Authority.issue_early, 'not valid yet|not yet valid|future'),
        'self_signed': (Authority.issue_self_signed, 'self-signed|trust|unknown|issue|authority'),
        'other_host': (lambda authority: authority.issue('DNS:other.example'),
                       'other host|other server|name|host|another'),
        'untrusted_root': (lambda authority: Authority(name='Nobody').issue(),
                           'trust|unknown|issue|authority'),
        'incomplete_chain': (lambda authority: authority.issue_through_another(complete=False),
                             'trust|unknown|issue|authority'),
    })
    def test_certificate(self, issue, words):
        self.serve(issue(self.authority))
        task = self.wait_failed(self.add('good'), 'tls')
        self.assertIs(task['error']['retryable'], False)
        self.assertTrue(re.search(words, task['error']['message'], re.IGNORECASE), task['error'])
        self.house.advance(100_000)
        self.house.keel('status')
        self.assertEqual(self.server.requests(), [])
        self.check_nothing()

    def test_protocol_of_yesterday(self):
        certificate = self.authority.issue()
        certificate.is_outdated = True
        self.serve(certificate)
        self.wait_failed(self.add('good'), 'tls')
        self.assertEqual(self.server.requests(), [])

    def test_no_tls_at_all(self):
        port = answer_once_each(self, b'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
        self.wait_failed(self.house.add(f'https://127.0.0.1:{port}/{NAME}'), 'tls')
        self.check_nothing()

    def test_hangs_up(self):
        """It may have been a cut by chance: it is tried again."""
        port = answer_once_each(self, b'')
        self.wait_waiting(self.house.add(f'https://127.0.0.1:{port}/{NAME}'), 'retry', 'tls')
        self.check_nothing()

    def test_silence(self):
        """A server that waits for more, where there should be a handshake."""
        listener = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(listener.close)
        number = self.house.add(f'https://127.0.0.1:{listener.getsockname()[1]}/{NAME}')
        with listener.accept()[0] as connection:
            connection.recv(1)
            for _ in range(8):
                self.house.advance(10)
            self.house.wait_task(number, lambda task: task['error'] and
                                 task['error']['code'] == 'timeout' and task['error']['retryable'])
        self.check_nothing()

    def test_leads_to_where_there_is_no_encryption(self):
        plain = Server(self)
        place = plain.url('good', NAME, size=SIZE)
        self.wait_failed(self.add('redirect-to', url=place.encode()), 'redirect')
        self.assertEqual(plain.requests(), [])
        self.check_nothing()

    def test_leads_to_encryption(self):
        plain = Server(self)
        place = self.server.url('good', NAME, size=SIZE)
        self.check_finished(self.house.add(plain.url('redirect-to', NAME, url=place.encode())))

    def test_certificate_that_is_bad_after_a_cut(self):
        """Another server under the same name: the way to the rest is closed, what came is kept."""
        number = self.cut('short')
        self.server.change_certificate(self.authority.issue_expired())
        self.retry(number)
        self.wait_failed(number, 'tls')
        self.check_partial(number)


class Ends(Trusting):
    """Anybody in between can end a connection; only the server can say that it is the end."""

    @rows({'with_length': ('dropped', {}), 'with_length_reset': ('reset', {}),
           'until_the_connection_ends': ('close-delimited-dropped', {}),
           'between_chunks': ('chunked-dropped', {}), 'announced': ('short', {})})
    def test_cut(self, behaviour, options):
        number = self.add(behaviour, **options)
        self.check_finished(number)
        self.assertGreater(len(self.asked()), 1)

    def test_cut_is_told(self):
        number = self.cut('dropped')
        self.check_partial(number)
        self.check_finished(number)
        self.assertEqual(self.asked(), [None, REST])

    def test_all_is_here_that_was_announced(self):
        self.check_finished(self.add('whole-dropped'))
        self.assertEqual(self.asked(), [None])


class Untrusting(Case):
    def test_authority_of_a_test_is_nobody(self):
        """Without the arrangement of the other tests the service does not know our authority."""
        server = Server(self, certificate=Authority(self).issue())
        house = House(self)
        task, = house.keel('add', '--wait', '--json', server.url('good', NAME), status=1).objects
        self.assertEqual((task['state'], task['error']['code']), ('failed', 'tls'))


if __name__ == '__main__':
    main()
