#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Going on after an interruption: little is fetched twice, and versions are never mixed."""

import os
import re
import signal

from keelserver import Server, content
from keeltest import Case, House, Nginx, contents_of, main, wait_until

SIZE = 60_000_000
# Fourteen seconds for all of it, so that it has not ended before it is interrupted.
RATE = 4 << 20
LOSS_BYTES = 8 << 20
OVERLAP = 64 << 10
BLOCK = 1 << 20


def range_start(request):
    match = re.match(r'bytes=(\d+)-', request['range'])
    return int(match[1]) if match else None


class Resume(Case):
    def setUp(self):
        self.house = House(self)
        self.nginx = Nginx(self)

    def begin(self, *arguments, kind=f'rate/{RATE}', past=10_000_000):
        """A download that is well on its way; gives its id."""
        self.nginx.make('a.bin', SIZE)
        number = self.house.add(self.nginx.url('a.bin', kind), *arguments)
        self.house.wait_task(number, lambda task: task['received'] > past)
        return number

    def check_whole(self, number):
        task = self.house.wait_task(number, 'finished', seconds=60)
        self.assertTrue(contents_of(task['file']) == contents_of(self.nginx.file('a.bin')))
        self.assertEqual(os.listdir(self.house.downloads), ['a.bin'])
        return task

    def check_asked(self, had, loss):
        """But for the first request, all asked for what was missing, and that began at most `loss`
        before what was there, unless several connections had left gaps."""
        requests = self.nginx.wait_requests('a.bin', 2)
        # They are noted when they end, and the first one is not always the first to end.
        first, = [request for request in requests if request['range'] == '']
        others = [request for request in requests if request is not first]
        for other in others:
            self.assertIsNotNone(range_start(other), other)
            self.assertEqual(other['status'], 206)
            self.assertEqual(other['if_range'], first['etag'])
        if len(others) == 1:
            self.assertGreaterEqual(range_start(others[0]), had - loss - OVERLAP)

    def test_pause(self):
        number = self.begin()
        self.house.keel('pause', number)
        paused = self.house.wait_task(number, 'paused')
        self.assertEqual(paused['pause_reason'], 'user')
        self.assertEqual(paused['durable'], paused['received'])
        self.nginx.wait_requests('a.bin', 1)
        self.nginx.hurry()
        self.house.keel('resume', number)
        task = self.check_whole(number)
        self.check_asked(paused['received'], 0)
        self.assertGreaterEqual(task['resumed_bytes'], paused['received'] - OVERLAP)

    def test_a_pause_outlives_the_service(self):
        number = self.begin()
        self.house.keel('pause', number)
        paused = self.house.wait_task(number, 'paused')
        for number_of_signal in [signal.SIGTERM, signal.SIGKILL]:
            self.house.signal_service(number_of_signal)
            again = self.house.task(number)
            self.assertEqual(again['state'], 'paused')
            self.assertEqual(again['durable'], paused['durable'])
        self.nginx.hurry()
        self.house.keel('resume', number)
        self.check_whole(number)
        # Of what a killed service leaves behind, a block that is not whole does not count.
        self.check_asked(paused['received'], BLOCK)

    def test_quit(self):
        number = self.begin()
        before = self.house.task(number)['received']
        self.house.keel('quit')
        self.house.wait_service_gone()
        self.nginx.hurry()
        self.house.keel('status')
        self.check_whole(number)
        self.check_asked(before, 0)

    def test_sigterm_checkpoints_within_two_seconds(self):
        number = self.begin()
        # A machine that does something else may stop it for longer, but not each time.
        for _ in range(3):
            before = self.house.task(number)['received']
            seconds = self.house.signal_service(signal.SIGTERM)
            self.assertEqual(set(self.house.exits()), {0})
            self.assertGreaterEqual(self.house.task(number)['durable'], before)
            if seconds < 2:
                break
        self.assertLess(seconds, 2)
        self.check_whole(number)
        self.check_asked(before, 0)

    def test_sigkill_goes_on_by_itself(self):
        # Past the first checkpoint: before it, starting again is within what may be lost.
        number = self.begin(f'--limit={RATE}', kind='', past=4 * RATE)
        for _ in range(2):
            before = self.house.task(number)['received']
            self.house.signal_service(signal.SIGKILL)
            self.house.keel('status')
            self.house.wait_task(number, lambda task: task['state'] == 'running')
            asked = self.house.wait_task(number, lambda task: task['received'] > 0)
            self.assertGreaterEqual(asked['received'], before - max(LOSS_BYTES, 2 * RATE))
            self.house.wait_task(number, lambda task: task['received'] > before + 1_000_000)
        self.house.keel('set', number, '--limit=off')
        task = self.check_whole(number)
        requests = self.nginx.wait_requests('a.bin', 3)
        # They are noted when they end, and the first one is not the first to end.
        first, = [request for request in requests if range_start(request) is None]
        for request in requests:
            if request is not first:
                self.assertEqual(request['if_range'], first['etag'])
        self.assertLessEqual(task['refetched_bytes'], 2 * (max(LOSS_BYTES, 2 * RATE) + OVERLAP))

    def test_server_goes_and_comes_back(self):
        number = self.begin()
        self.nginx.stop()
        task = self.house.wait_task(number, lambda task: task['state'] == 'waiting')
        self.assertEqual(task['wait_reason'], 'retry')
        self.nginx.start()
        self.nginx.hurry()
        self.house.keel('retry', number)
        self.check_whole(number)

    def change_meanwhile(self, kind, size=SIZE):
        number = self.begin(kind=kind)
        self.house.keel('pause', number)
        self.house.wait_task(number, 'paused')
        self.nginx.replace('a.bin', size, seed=77)
        self.nginx.hurry()
        self.house.keel('resume', number)
        return self.check_whole(number)

    def test_changed_file_is_never_mixed(self):
        self.change_meanwhile(f'rate/{RATE}')

    def test_changed_file_of_another_size(self):
        self.change_meanwhile(f'rate/{RATE}', size=SIZE // 2)

    def test_changed_file_that_is_larger(self):
        self.change_meanwhile(f'rate/{RATE}', size=SIZE + 12345)

    def test_changed_while_the_service_was_dead(self):
        number = self.begin()
        self.house.signal_service(signal.SIGKILL)
        self.nginx.replace('a.bin', SIZE, seed=78)
        self.nginx.hurry()
        self.house.keel('status')
        self.check_whole(number)


class Validators(Case):
    """Servers whose answers cannot be trusted; half of version 1 is there, then it is version 2."""

    def setUp(self):
        self.house = House(self)
        self.server = Server(self)

    def check(self, behaviour, **options):
        size = 3_000_000
        number = self.house.add(self.server.url(behaviour, 'v.bin', size=size, after=1_000_000,
                                                **options))
        wait_until('the first answer is cut',
                   lambda: [exchange.ended for exchange in self.server.requests('v.bin')][:1] ==
                   [True])
        self.server.versions['v.bin'] = 2
        self.house.wait_task(number, lambda task: task['error'] is not None or
                             task['state'] == 'finished')
        self.house.keel('retry', number, status=None)
        task = self.house.wait_task(number, 'finished', seconds=90)
        self.assertTrue(contents_of(task['file']) == content('v.bin', size, 2))
        self.assertEqual(os.listdir(self.house.downloads), ['v.bin'])

    def test_honest_server(self):
        self.check('short', times=1)

    def test_if_range_ignored(self):
        self.check('lying-206')

    def test_tag_that_never_changes(self):
        self.check('same-tag')

    def test_part_from_another_offset(self):
        self.check('wrong-start')


if __name__ == '__main__':
    main()
