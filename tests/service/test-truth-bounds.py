#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slow, silent and endless servers: bounded memory, a visible reason, and a way out at any time."""

import os
import socket
import time

from gi.repository import GLib

from keelserver import Server
from keeltest import main, rows, scaled, wait_until
from truth import AFTER, NAME, Truth

STALL_SECONDS = 30
SLOW_SECONDS = 600
CANCEL_SECONDS = 1
# A machine that does something else may stop somebody for longer, but not each time.
MOST_CANCELS = 3


class Stalled(Truth):
    """Less than a KiB in half a minute: dropped, and tried again."""

    def pass_time(self, until):
        """Half minutes pass until something is true; the service's timers run one after the
        other."""
        def step():
            self.house.advance(STALL_SECONDS + 1)
            return until()
        return wait_until('the time was enough', step, interval=0.1)

    def test_in_the_middle(self):
        number = self.add('stall')
        self.house.wait_task(number, lambda task: task['received'] == AFTER)
        self.pass_time(lambda: self.house.task(number)['state'] == 'waiting')
        self.wait_waiting(number, 'retry', 'timeout')
        self.check_partial(number)
        self.check_finished(number)
        self.assertEqual(len(self.asked()), 2)

    @rows({'silent': ('silent', {}), 'head_byte_by_byte': ('slow-head', {'every': 500}),
           'a_byte_now_and_then': ('drip', {'every': 500})})
    def test_nothing_to_speak_of(self, behaviour, options):
        number = self.add(behaviour, **options)
        self.wait_asked(1)
        self.pass_time(lambda: self.house.task(number)['state'] == 'waiting')
        task = self.wait_waiting(number, 'retry', 'timeout')
        self.assertIs(task['error']['retryable'], True)

    def test_nobody_accepts(self):
        """A port where connections are made by the kernel and served by nobody."""
        listener = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(listener.close)
        number = self.house.add(f'http://127.0.0.1:{listener.getsockname()[1]}/{NAME}')
        self.house.wait_task(number, 'running')
        self.pass_time(lambda: self.house.task(number)['state'] == 'waiting')
        self.wait_waiting(number, 'retry', 'timeout')

    def test_limit_of_our_own_is_no_stall(self):
        number = self.add('good', '--limit', '20')
        self.house.wait_task(number, lambda task: task['received'] > 0)
        for _ in range(5):
            self.house.advance(STALL_SECONDS + 1)
        self.assertEqual(self.house.task(number)['state'], 'running')
        self.assertEqual(len(self.asked()), 1)


class Slow(Truth):
    def test_slow_stays(self):
        """More than a KiB in half a minute is slow, and no failure."""
        number = self.add('drip', piece=500, every=20)
        self.crawl(number, STALL_SECONDS * 4)
        task = self.house.task(number)
        self.assertEqual((task['state'], task['error']), ('running', None), task)
        self.assertEqual(len(self.asked()), 1)

    def crawl(self, number, seconds):
        """Lets so much time pass while the server sends 2 KiB every twenty seconds of it."""
        for _ in range(seconds // 20):
            before = self.house.task(number)['received']
            wait_until('more has come', lambda: self.house.task(number)['received'] >= before + 2048
                       or self.house.task(number)['state'] != 'running', interval=0.01)
            self.house.advance(20)

    def test_slow_does_not_keep_others_waiting_for_ever(self):
        self.house.connection.manager('SetLimits', GLib.Variant(
            '(a{sv}a{sv})', ({'max-active': GLib.Variant('u', 1)}, {})))
        slow = self.add('drip', piece=500, every=20)
        self.house.wait_task(slow, lambda task: task['received'] > 0)
        other = self.house.add(self.url('good', name='other.bin'))
        self.assertEqual(self.house.task(other)['wait_reason'], 'slot')
        self.crawl(slow, SLOW_SECONDS - 60)
        self.assertEqual(self.house.task(other)['wait_reason'], 'slot')
        self.crawl(slow, 120)
        self.house.wait_task(other, 'finished')
        task = self.house.wait_task(slow, 'running')
        self.assertGreater(task['received'], 0)


class Endless(Truth):
    """What does not end is given up, without having been gathered first."""

    @rows({
        '401': ('endless', {'code': 401}, 'waiting'), '407': ('endless', {'code': 407}, 'failed'),
        '421': ('endless', {'code': 421}, 'waiting'), '404': ('endless', {'code': 404}, 'failed'),
        '500': ('endless', {'code': 500}, 'waiting'),
        '401_chunked': ('endless', {'code': 401, 'chunked': 1}, 'waiting'),
        '421_chunked': ('endless', {'code': 421, 'chunked': 1}, 'waiting'),
        '302': ('endless', {'code': 302}, 'finished'),
        '204': ('endless', {'code': 204}, 'failed'), '416': ('endless', {'code': 416}, 'failed'),
        'fields': ('endless-fields', {}, 'failed'), 'status_line': ('endless-line', {}, 'failed'),
        'informational': ('informational', {}, 'failed'),
        'early_hints': ('informational', {'code': 103}, 'failed'),
    })
    def test_memory(self, behaviour, options, state):
        before = self.memory()
        number = self.add(behaviour, **options)
        task = self.house.wait_task(number, lambda task: task['wait_reason'] != 'slot' and
                                    task['state'] not in ('queued', 'running', 'verifying'))
        self.assertEqual(task['state'], state, task)
        wait_until('the connection is given up', lambda: self.server.requests()[0].ended)
        self.check_memory(before)

    def test_body(self):
        """A file without an end goes to the disk, and the memory does not notice."""
        before = self.memory()
        number = self.add('endless', '--limit', '100M')
        self.house.wait_task(number, lambda task: task['received'] > 100_000_000)
        self.house.keel('cancel', number)
        self.check_memory(before)
        self.assertEqual(os.listdir(self.house.downloads), [])

    def test_chunk_line(self):
        before = self.memory()
        number = self.add('chunk-line-endless')
        task = self.house.wait_task(number, lambda task: task['state'] != 'running')
        self.check_memory(before)
        self.assertNotEqual(task['state'], 'cancelled')
        self.check_finished(number)


class Cancelled(Truth):
    """Whatever the server does, cancelling takes at most a second, and nothing is left."""

    @rows({
        'silent': ('silent', {}), 'slow_head': ('slow-head', {}), 'drip': ('drip', {}),
        'stall': ('stall', {}), 'hold': ('hold', {}), 'endless': ('endless', {}),
        'endless_chunks': ('endless', {'chunked': 1}), 'fast': ('good', {'size': 200_000_000}),
        'endless_fields': ('endless-fields', {}), 'informational': ('informational', {}),
        'chunk_line': ('chunk-line-endless', {}), 'circles': ('ping-pong', {}),
        'flips': ('always-new', {}), 'cut': ('short', {'times': 999}),
        'busy': ('status', {'code': 503}), 'who_is_there': ('basic', {}),
        'portal': ('sign-in', {}),
    })
    def test_at_any_point(self, behaviour, options):
        def begin():
            before = len(self.asked())
            number = self.add(behaviour, **options)
            self.wait_asked(before + 1)
            return number
        self.check_cancel(begin)

    def test_while_connecting(self):
        listener = socket.create_server(('127.0.0.1', 0), backlog=0)
        self.addCleanup(listener.close)
        numbers = [self.house.add(f'http://127.0.0.1:{listener.getsockname()[1]}/{index}')
                   for index in range(4)]
        # The first one has a connection, and one may be slow because the machine is.
        seconds = sorted(self.cancel(number) for number in numbers)
        self.assertLess(seconds[1], scaled(CANCEL_SECONDS))
        self.assertEqual(os.listdir(self.house.downloads), [])

    def test_during_the_handshake(self):
        listener = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(listener.close)

        def begin():
            number = self.house.add(f'https://127.0.0.1:{listener.getsockname()[1]}/{NAME}')
            connection, _ = listener.accept()
            self.addCleanup(connection.close)
            return number
        self.check_cancel(begin)

    def check_cancel(self, begin):
        for _ in range(MOST_CANCELS):
            seconds = self.cancel(begin())
            self.assertEqual(os.listdir(self.house.downloads), [])
            if seconds < scaled(CANCEL_SECONDS):
                return
        self.fail(f'{seconds} seconds')

    def cancel(self, number):
        began = time.monotonic()
        self.house.keel('cancel', number)
        seconds = time.monotonic() - began
        self.assertEqual(self.house.task(number)['state'], 'cancelled')
        return seconds


class Addresses(Truth):
    def test_ipv6(self):
        try:
            self.server = Server(self, '::1')
        except OSError:
            self.skipTest('no IPv6 here')
        self.check_finished(self.add('short'))

    def test_no_such_host(self):
        number = self.house.add('http://nowhere.invalid/x')
        task = self.house.wait_task(number, 'waiting')
        self.assertIn(task['wait_reason'], ['offline', 'retry'])
        self.assertEqual(task['error']['code'], 'dns')
        self.assertIs(task['error']['retryable'], True)


if __name__ == '__main__':
    main()
