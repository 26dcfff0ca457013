#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL at random moments, again and again: every file arrives byte-exact and little is lost.

A plain download, one that has already been paused and resumed, and three small ones run; the
service is killed at a random moment, started again by the next call, and so on. The seed is told:
KEEL_CRASH_SEED and KEEL_CRASH_ROUNDS repeat or lengthen a run.
"""

import os
import random
import signal
import time

from gi.repository import GLib

from keeltest import Case, House, Nginx, contents_of, main, wait_until

ROUNDS = int(os.environ.get('KEEL_CRASH_ROUNDS', '12'))
SEED = int(os.environ.get('KEEL_CRASH_SEED', str(random.SystemRandom().randrange(10**6))))
RATE = 4 << 20
LARGE = RATE * ROUNDS
SMALL = 300_000


def loss(row):
    return max(8 << 20, 2 * RATE * row['connections'])


class Sigkill(Case):
    def setUp(self):
        print(f'# KEEL_CRASH_SEED={SEED} KEEL_CRASH_ROUNDS={ROUNDS}', flush=True)
        self.chance = random.Random(SEED)
        self.house = House(self, idle_timeout=60)
        self.nginx = Nginx(self)
        self.nginx.make('plain.bin', LARGE, 1)
        self.nginx.make('resumed.bin', LARGE, 2)
        self.ids = {}
        self.received = {}
        self.losses = 0

    def add(self, name, kind, *arguments):
        self.ids[name] = self.house.add(self.nginx.url(name, kind), *arguments)

    def add_small(self, crash):
        for number in range(3):
            name = f'small-{crash}-{number}.bin'
            self.nginx.make(name, SMALL, 1000 + crash * 3 + number)
            self.add(name, f'rate/{SMALL}')

    def rows(self):
        _, rows, _ = self.house.connection.manager('GetTasks', GLib.Variant(
            '(a{sv}as)', ({}, ['id', 'state', 'received', 'durable', 'connections',
                                'pause-reason'])))
        return {row['id']: row for row in rows}

    def check_loss(self, rows):
        """Nothing that was there has gone, but for what a checkpoint may be late: 8 MiB, or what
        comes in two seconds over as many connections."""
        for number, before in self.received.items():
            self.assertIn(number, rows)
            self.assertGreaterEqual(rows[number]['durable'], before, rows[number])

    def test_random_moments(self):
        self.add('plain.bin', f'rate/{RATE}')
        # Over as many as it likes it could have ended before it is paused.
        self.add('resumed.bin', f'rate/{RATE}', '--connections', '1')
        self.house.wait_task(self.ids['resumed.bin'], lambda task: task['received'] > 0)
        self.house.keel('pause', self.ids['resumed.bin'])
        self.house.keel('set', self.ids['resumed.bin'], '--connections', 'auto')
        self.house.keel('resume', self.ids['resumed.bin'])
        for crash in range(ROUNDS):
            self.add_small(crash)
            # Early moments are the interesting ones, so short times are as likely as long ones.
            time.sleep(0.02 * 200 ** self.chance.random())
            rows = self.rows()
            self.received = {number: row['received'] - loss(row) for number, row in rows.items()}
            self.losses += max(loss(row) for row in rows.values())
            self.house.signal_service(signal.SIGKILL)
            self.check_names()
            self.check_loss(self.rows())
            self.release()
        self.finish()

    def check_names(self):
        """At any moment: a file under a final name is whole."""
        for name in os.listdir(self.house.downloads):
            if not name.startswith('.'):
                self.assertIn(name, self.ids)
                self.assert_whole(name)

    def assert_whole(self, name):
        self.assertTrue(contents_of(os.path.join(self.house.downloads, name)) ==
                        contents_of(self.nginx.file(name)), name)

    def release(self):
        """Who was active in three crashes running is set aside (paused, said): let it go on."""
        for number, row in self.rows().items():
            if row['state'] == 'paused':
                self.assertEqual(row['pause-reason'], 'quarantined')
                self.house.keel('resume', number)

    def finish(self):
        def all_ended():
            rows = self.rows()
            bad = {number: row for number, row in rows.items() if row['state'] != 'finished'}
            assert not bad, bad
            return True
        for number, row in self.rows().items():
            if row['state'] in ('waiting', 'failed'):
                self.house.keel('retry', number, status=None)
        wait_until('all have finished', all_ended, ROUNDS * 4 + 60, interval=0.2)
        self.assertEqual(sorted(os.listdir(self.house.downloads)), sorted(self.ids))
        for name in self.ids:
            self.assert_whole(name)
        self.assertEqual(self.house.kills, ROUNDS)
        for name in ['plain.bin', 'resumed.bin']:
            task = self.house.task(self.ids[name])
            self.assertLessEqual(task['refetched_bytes'], self.losses)
        # It had a checkpoint before the first crash: from then on it never began at zero.
        self.assertGreater(task['resumed_bytes'], 0)


if __name__ == '__main__':
    main()
