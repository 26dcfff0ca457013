#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""GetDetails: where the bytes of a task are, what it went through, what its server is."""

import signal

from gi.repository import GLib

from keelserver import Server
from keeltest import Case, House, Nginx, main
from keeltest.bus import ERRORS

SIZE = 60_000_000


class Details(Case):
    def setUp(self):
        self.house = House(self)

    def details(self, number, history=True):
        options = {} if history else {'history': GLib.Variant('b', False)}
        answer, = self.house.connection.manager('GetDetails',
                                                GLib.Variant('(ta{sv})', (number, options)))
        return answer

    def kinds(self, number):
        return [kind for _, kind, _ in self.details(number)['history']]

    def begin(self):
        """A slow download that is well on its way."""
        self.nginx = Nginx(self)
        self.nginx.make('a.bin', SIZE)
        number = self.house.add(self.nginx.url('a.bin', f'rate/{8 << 20}'))
        self.house.wait_task(number, lambda task: task['received'] > 10_000_000)
        return number

    def check_ranges(self, ranges, total):
        """In order, without overlaps, within the file."""
        end = 0
        for start, stop, kind in ranges:
            self.assertIn(kind, ['durable', 'written', 'arriving'])
            self.assertLessEqual(end, start)
            self.assertLess(start, stop)
            end = stop
        self.assertLessEqual(end, total)

    def test_one_to_which_nothing_happened(self):
        nginx = Nginx(self)
        nginx.make('b.bin', 1_000_000)
        number = self.house.add(nginx.url('b.bin'))
        self.house.wait_task(number, 'finished')
        details = self.details(number)
        self.assertEqual(self.kinds(number), ['added', 'finished'])
        self.assertEqual(details['ranges'], [(0, 1_000_000, 'durable')])
        self.assertEqual(details['total'], 1_000_000)
        self.assertEqual(details['resumes'], 0)
        self.assertTrue(details['server'].startswith('nginx'))
        self.assertEqual(details['http-version'], '1.1')
        self.assertGreater(details['last-modified'], 0)
        self.assertIn('etag', details)

    def test_what_it_went_through(self):
        number = self.begin()
        self.house.keel('pause', number)
        paused = self.house.wait_task(number, 'paused')
        # A second connection may have begun.
        ranges = self.details(number)['ranges']
        self.assertEqual({kind for _, _, kind in ranges}, {'durable'})
        self.assertEqual(sum(stop - start for start, stop, _ in ranges), paused['durable'])
        self.house.signal_service(signal.SIGTERM)
        self.house.keel('resume', number)
        self.house.wait_task(number, 'finished', seconds=60)
        history = self.details(number)['history']
        self.assertEqual([kind for _, kind, _ in history],
                         ['added', 'paused', 'resumed', 'finished'])
        self.assertEqual([when for when, _, _ in history], sorted(when for when, _, _ in history))
        self.assertEqual(history[1][2], {'reason': 'user'})
        self.assertEqual(history[2][2]['reason'], 'paused')
        self.assertLessEqual(history[2][2]['offset'], paused['durable'])
        details = self.details(number)
        self.assertEqual(details['resumes'], 1)
        self.assertGreater(details['resumed-bytes'], 5_000_000)
        self.assertGreater(details['running-time'], 1_000_000)

    def test_an_end_that_is_none_any_more_is_kept(self):
        server = Server(self)
        number = self.house.add(server.url('status', 'x', code=404))
        self.house.wait_task(number, 'failed')
        self.house.keel('retry', number)
        self.house.wait_task(number, lambda task: task['state'] == 'failed' and
                             self.kinds(number).count('failed') == 2)
        history = self.details(number)['history']
        self.assertEqual(history[1][2], {'error-code': 'http-status', 'error-http-status': 404})
        self.house.keel('cancel', number)
        self.assertEqual(self.kinds(number), ['added', 'failed', 'failed', 'cancelled'])

    def test_where_the_bytes_are_while_they_come(self):
        number = self.begin()
        details = self.details(number, history=False)
        self.assertNotIn('history', details)
        self.check_ranges(details['ranges'], SIZE)
        self.assertIn('arriving', [kind for _, _, kind in details['ranges']])
        self.assertEqual(details['ranges'][0][0], 0)

    def test_a_history_goes_with_its_task(self):
        number = self.begin()
        self.house.keel('pause', number)
        self.house.keel('remove', number)
        with self.assertRaises(GLib.Error) as caught:
            self.details(number)
        self.assertIn(ERRORS + 'NoSuchTask', caught.exception.message)


if __name__ == '__main__':
    main()
