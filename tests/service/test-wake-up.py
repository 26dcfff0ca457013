#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine sleeps in the middle of a download: it goes on over new connections, at once, and who
watched it still does."""

import os
import subprocess

from keeltest import Case, House, Nginx, contents_of, main

SIZE = 60_000_000
# Slowly, so that it has not ended before it sleeps; afterwards nothing is held back.
RATE = 4 << 20
HOUR = 3600


class WakeUp(Case):
    def setUp(self):
        self.house = House(self, service_arguments='--test-clock')
        self.nginx = Nginx(self)
        self.nginx.make('a.bin', SIZE)

    def test_goes_on_at_once(self):
        number = self.house.add(self.nginx.url('a.bin', f'rate/{RATE}'))
        self.house.wait_task(number, lambda task: task['received'] > SIZE // 8)
        self.nginx.hurry()
        self.house.suspend(8 * HOUR)
        task = self.house.wait_task(number, 'finished')
        self.assertTrue(contents_of(task['file']) == contents_of(self.nginx.file('a.bin')))
        requests = self.nginx.wait_requests('a.bin', 2)
        # They are noted when they end, and the first one is not the first to end.
        first, = [request for request in requests if request['range'] == '']
        for request in requests:
            if request is not first:
                self.assertTrue(request['range'].startswith('bytes='))
                self.assertEqual(request['if_range'], first['etag'])
        self.assertEqual(task['attempts'], 1)
        self.assertGreater(task['resumed_bytes'], 0)

    def test_who_watches_still_does(self):
        """Its lease ran out while it slept, too."""
        with subprocess.Popen([os.environ['KEEL'], 'add', '--wait',
                               self.nginx.url('a.bin', f'rate/{RATE}')], text=True,
                              env=self.house.environment, stdout=subprocess.PIPE) as keel:
            self.addCleanup(keel.kill)
            self.house.wait_task(1, lambda task: task['received'] > SIZE // 8)
            self.nginx.hurry()
            self.house.suspend(8 * HOUR)
            self.house.wait_task(1, 'finished')
            # Well before it renews its lease, which it does every ten seconds.
            self.assertEqual(keel.wait(7), 0)


if __name__ == '__main__':
    main()
