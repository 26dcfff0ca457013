#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkManager that says what the network is like: what waits for it, and goes on after."""

from gi.repository import GLib

from keelserver import Server
from keeltest import Case, House, main, wait_until
from keeltest.systembus import FULL, PORTAL, SystemBus

# An address that no packet can be sent to: connecting fails at once, on any machine.
NOWHERE = 'http://255.255.255.255:1/'


class Network(Case):
    def setUp(self):
        self.system = SystemBus(self)
        self.house = House(self, environment=self.system.environment)
        self.server = Server(self)

    def wait(self, number, reason):
        return self.house.wait_task(number, lambda task: (task['state'], task['wait_reason']) ==
                                    ('waiting', reason))

    def test_captive_portal(self):
        self.system.set_connectivity(PORTAL)
        number = self.house.add(NOWHERE + 'a')
        self.wait(number, 'captive-portal')
        # This machine is reached without that network.
        self.house.wait_task(self.house.add(self.server.url('good', 'b', size=1000)), 'finished')
        # Somebody has signed in: now it is asked, and there is nobody.
        self.system.set_connectivity(FULL)
        task = self.wait(number, 'retry')
        self.assertEqual(task['error']['code'], 'connect')

    def test_offline(self):
        self.system.set_online(False)
        number = self.house.add(NOWHERE + 'a')
        task = self.wait(number, 'offline')
        self.assertIsNotNone(task['wait_until'])
        attempts = task['attempts']
        self.system.set_online(True)
        self.assertGreater(self.wait(number, 'retry')['attempts'], attempts)
        self.system.set_connectivity(PORTAL)
        self.wait(number, 'captive-portal')

    def test_metered_and_downloaded_anyway(self):
        self.system.set_metered(True)
        numbers = [self.house.add(self.server.url('good', name, size=1000), '--network=unmetered')
                   for name in ['a', 'b']]
        for number in numbers:
            self.wait(number, 'metered')
        self.assertEqual(self.server.requests('a'), [])
        self.house.connection.manager('Update', GLib.Variant(
            '(ta{sv}a{sv})', (int(numbers[0]), {'network': GLib.Variant('s', 'any')}, {})))
        self.house.wait_task(numbers[0], 'finished')
        self.wait(numbers[1], 'metered')

    def test_nobody_looks_while_it_waits(self):
        """What waits for another network asks for nothing until there is one."""
        self.system.set_metered(True)
        number = self.house.add(self.server.url('good', 'a', size=1000), '--network=unmetered')
        self.wait(number, 'metered')
        self.system.set_connectivity(PORTAL)
        self.system.set_connectivity(FULL)
        self.wait(number, 'metered')
        self.assertEqual(self.server.requests('a'), [])
        self.system.set_metered(False)
        self.house.wait_task(number, 'finished')
        wait_until('it was asked once', lambda: len(self.server.requests('a')) == 1)


if __name__ == '__main__':
    main()
