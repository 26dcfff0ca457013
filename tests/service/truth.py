# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of bad servers have in common: one file, NAME, on a server that misbehaves.

A test says what the server does, lets the download run to where it must come to, and then looks at
the bytes in the folder and at what the server was asked. Nothing waits for the time of a retry:
the user's `keel retry` does it, or the test moves the clock of the service.
"""

import os

from keelserver import Server, content
from keeltest import Case, House, contents_of, wait_until

NAME = 'x.bin'
SIZE = 1_000_000
AFTER = 400_000
OVERLAP = 64 << 10
GROWTH_BYTES = 64 << 20
DEADLINE_SECONDS = 15
DAY_SECONDS = 24 * 3600
MOST_RETRIES = 20
PROTOCOL_TRIES = 3

# No retry is further away, unless the server says so.
ANY_RETRY_SECONDS = 750

# What the first request after a cut asks for: the rest, and a little more to compare.
REST = f'bytes={AFTER - OVERLAP}-'

ENDS = ('finished', 'failed', 'paused', 'cancelled')


class Truth(Case):
    """A house whose clock can be moved, and a server."""

    def setUp(self):
        self.house = House(self, service_arguments='--test-clock')
        self.server = Server(self)

    def url(self, behaviour, name=NAME, **options):
        if behaviour != 'status':  # where it is the time of Retry-After
            options.setdefault('after', AFTER)
        return self.server.url(behaviour, name, **{'size': SIZE, **options})

    def add(self, behaviour, *arguments, **options):
        return self.house.add(self.url(behaviour, **options), *arguments)

    # Where a download comes to

    def wait_settled(self, number):
        """Waits until the task has ended or waits for something other than its turn."""
        return self.house.wait_task(number, lambda task: task['state'] in ENDS or
                                    task['wait_reason'] not in (None, 'slot'), DEADLINE_SECONDS)

    def wait_waiting(self, number, reason, code=None):
        """Waits until the task waits, with this reason and error; gives the task."""
        task = self.wait_settled(number)
        self.assertEqual((task['state'], task['wait_reason']), ('waiting', reason), task)
        if code is not None:
            self.assertEqual(task['error']['code'], code, task)
        return task

    def wait_failed(self, number, code, status=None):
        task = self.wait_settled(number)
        self.assertEqual(task['state'], 'failed', task)
        self.assertEqual(task['error']['code'], code, task)
        self.assertTrue(task['error']['message'], task)
        if status is not None:
            self.assertEqual(task['error']['http_status'], status)
        return task

    def cut(self, behaviour, *arguments, **options):
        """A download whose first answer was cut after AFTER bytes, all of which are kept."""
        number = self.add(behaviour, *arguments, **options)
        self.wait_waiting(number, 'retry', 'truncated')
        self.house.wait_task(number, lambda task: task['durable'] == AFTER, DEADLINE_SECONDS)
        return number

    def retry(self, number):
        """The user does not want to wait; gives the task when it has settled again."""
        return self._next(number, lambda: self.house.keel('retry', number))

    def pass_retry(self, number):
        """The time of the next retry comes; gives the task when it has settled again."""
        return self._next(number, lambda: self.house.advance(ANY_RETRY_SECONDS))

    def _next(self, number, begin):
        count = self.house.task(number)['attempts']
        begin()
        self.house.wait_task(number, lambda task: task['attempts'] > count, DEADLINE_SECONDS)
        return self.wait_settled(number)

    def end(self, number):
        """Lets a download go on, as often as it waits for a retry, until it has ended."""
        task = self.wait_settled(number)
        for _ in range(MOST_RETRIES):
            if task['wait_reason'] != 'retry':
                break
            task = self.pass_retry(number)
        return task

    # What must be true then

    def check_finished(self, number, version=1, name=NAME, size=SIZE):
        """It ends well: with the bytes of this version, and nothing else in the folder."""
        task = self.end(number)
        self.assertEqual(task['state'], 'finished', task)
        self.assertEqual(os.path.basename(task['file']), name)
        self.check_bytes(contents_of(task['file']), content(name, size, version))
        self.assertEqual(os.listdir(self.house.downloads), [name])
        return task

    def check_bytes(self, found, expected):
        if found != expected:
            equal = next((index for index, (a, b) in enumerate(zip(found, expected)) if a != b),
                         min(len(found), len(expected)))
            self.fail(f'{len(found)} bytes of {len(expected)}, the first {equal} are right')

    def parts(self):
        """The part files, and no other file is there."""
        names = os.listdir(self.house.downloads)
        self.assertEqual([name for name in names if not name.endswith('.part')], [])
        return [os.path.join(self.house.downloads, name) for name in names]

    def check_partial(self, number, version=1, size=AFTER):
        """What had come is kept, is right, and is the only file in the folder."""
        task = self.house.task(number)
        self.assertEqual(task['durable'], size, task)
        part, = self.parts()
        self.check_bytes(contents_of(part), content(NAME, SIZE, version)[:size])

    def check_nothing(self):
        """No byte of what the server sent has become a file."""
        for part in self.parts():
            self.assertEqual(os.path.getsize(part), 0)

    def check_protocol(self, number, questions=1):
        """What came makes no sense: tried twice more, with so many questions each time, then
        failed, and no byte of it is kept."""
        for _ in range(PROTOCOL_TRIES - 1):
            self.wait_waiting(number, 'retry', 'protocol')
            self.check_nothing()
            self.pass_retry(number)
        self.wait_failed(number, 'protocol')
        self.check_nothing()
        self.assertEqual(len(self.asked()), PROTOCOL_TRIES * questions)

    def asked(self, name=NAME):
        """The Range of each request so far, None where there was none."""
        return [exchange.header('Range') for exchange in self.server.requests(name)]

    # The service

    def memory(self, field='VmRSS'):
        """Bytes of memory that the service has now, or had at most (VmHWM)."""
        self.house.keel('status')
        with open(f'/proc/{self.house.service_pid()}/status', encoding='ascii') as file:
            values = dict(line.split(':', 1) for line in file)
        return int(values[field].split()[0]) << 10

    def check_memory(self, before):
        """It never had much more than before. (The sanitizers keep what is freed: not with
        them.)"""
        if 'KEEL_TEST_SANITIZED' not in os.environ:
            self.assertLess(self.memory('VmHWM') - before, GROWTH_BYTES)

    def check_rest(self, exchange):
        """It asked for the rest of the first version, and for a little more to compare."""
        start = int((exchange.header('Range') or 'bytes=-1-')[6:-1])
        self.assertTrue(AFTER - OVERLAP <= start < AFTER, exchange.header('Range'))

    def check_asked_once(self):
        """It was not asked again, and will not be in a day."""
        self.house.advance(DAY_SECONDS)
        self.house.keel('status')
        self.assertEqual(len(self.asked()), 1)

    def wait_asked(self, count):
        """Waits until the server was asked so often."""
        return wait_until(f'{count} requests', lambda: len(self.asked()) >= count)
