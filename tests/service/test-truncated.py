#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A body that ends early is never called finished: it is tried again from where it broke."""

import os

from keelserver import Server, content
from keeltest import Case, House, contents_of, main

SIZE = 3_000_000


class Truncated(Case):
    def setUp(self):
        self.house = House(self)
        self.server = Server(self)

    def check_cut(self, behaviour):
        name = behaviour + '.bin'
        number = self.house.add(self.server.url(behaviour, name, size=SIZE, after=1_000_000,
                                                times=1))
        waiting = self.house.wait_task(number, lambda task: task['error'] is not None or
                                       task['state'] == 'finished')
        if waiting['state'] != 'finished':
            self.assertEqual(waiting['error']['code'], 'truncated')
            self.assertTrue(waiting['error']['retryable'])
            self.assertFalse(os.path.exists(os.path.join(self.house.downloads, name)))
            self.assertIn(waiting['state'], ['waiting', 'queued', 'running'])
        task = self.house.wait_task(number, 'finished', seconds=60)
        self.assertTrue(contents_of(task['file']) == content(name, SIZE))
        self.assertEqual(os.listdir(self.house.downloads), [name])
        return self.server.requests(name)

    def test_end_of_stream(self):
        first, *later = self.check_cut('short')
        self.assertIsNone(first.header('Range'))
        self.check_continued(later)

    def test_reset(self):
        self.check_cut('reset')

    def check_continued(self, later):
        """The rest was asked for with a range from near the cut, bound to the validator."""
        self.assertEqual(len(later), 1)
        start = int(later[0].header('Range').removeprefix('bytes=').partition('-')[0])
        self.assertLessEqual(start, 1_000_000)
        self.assertGreaterEqual(start, 1_000_000 - 65536)
        self.assertEqual(later[0].header('If-Range'), later[0].etag)

    def test_waits_with_a_reason_and_a_time(self):
        number = self.house.add(self.server.url('short', 'w.bin', size=SIZE, after=10, times=99))
        task = self.house.wait_task(number, lambda task: task['state'] == 'waiting')
        self.assertEqual(task['wait_reason'], 'retry')
        self.assertIsNotNone(task['wait_until'])
        self.assertEqual(task['error']['code'], 'truncated')
        self.assertTrue(task['error']['message'])
        self.assertEqual(os.path.exists(os.path.join(self.house.downloads, 'w.bin')), False)

    def test_server_without_ranges_starts_again(self):
        number = self.house.add(self.server.url('no-range', 'n.bin', size=SIZE, after=1_000_000,
                                                times=1))
        task = self.house.wait_task(number, 'finished', seconds=60)
        self.assertTrue(contents_of(task['file']) == content('n.bin', SIZE))

    def test_more_than_announced(self):
        task, = self.house.keel('add', '--wait', '--json',
                                self.server.url('too-long', 'l.bin', size=SIZE)).objects
        self.assertEqual(task['state'], 'finished')
        self.assertTrue(contents_of(task['file']) == content('l.bin', SIZE))

    def test_no_length_at_all(self):
        task, = self.house.keel('add', '--wait', '--json',
                                self.server.url('close-delimited', 'c.bin', size=SIZE)).objects
        self.assertEqual(task['state'], 'finished')
        self.assertTrue(contents_of(task['file']) == content('c.bin', SIZE))


if __name__ == '__main__':
    main()
