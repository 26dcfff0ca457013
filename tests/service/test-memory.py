#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory is short, says a LowMemoryMonitor that is played."""

import contextlib
import os

from keelserver import Server
from keeltest import Case, House, main, wait_until
from keeltest.played import LowMemoryMonitor
from keeltest.systembus import SystemBus


class Memory(Case):
    def workers(self):
        """Threads that are there to talk to servers, busy or not."""
        folder = f'/proc/{self.house.service_pid()}/task'
        names = []
        for thread in os.listdir(folder):
            # One that ends while it is looked at is not there.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                with open(os.path.join(folder, thread, 'comm'), encoding='utf-8') as file:
                    names.append(file.read().strip())
        return names.count('keel-worker')

    def test_what_is_idle_is_given_back(self):
        system = SystemBus(self, names=())
        monitor = LowMemoryMonitor(self, system.address)
        self.house = House(self, environment=system.environment)
        server = Server(self)
        self.house.keel('limit', '--active=8', '--per-host=8')
        # Long enough that it begins to be listened to.
        self.house.keel('add', '--wait', '--limit=100k',
                        *[server.url('good', f'{i}.bin', size=150_000) for i in range(6)])
        running = self.house.add(server.url('good', 'z.bin', size=4_000_000), '--limit=100k')
        self.house.wait_task(running, lambda task: task['received'] > 0)
        self.assertGreater(self.workers(), 2)

        def are_gone():
            monitor.warn()
            return self.workers() <= 2
        wait_until('idle workers have gone', are_gone)
        # Who is busy stays so, and all goes on.
        self.house.keel('set', str(running), '--limit=off')
        self.house.wait_task(running, 'finished')
        self.house.wait_task(self.house.add(server.url('good', 'y.bin', size=1000)), 'finished')


if __name__ == '__main__':
    main()
