#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps downloads waiting is told in a banner, and its way out leads out: the real service,
and a network and a battery that are played. (A metered network is in test-preferences-window.py.)
"""

import types
import unittest

import keeltest
from handlers import Viewer
from keelserver import Server, content
from keeltest import contents_of, wait_until
from keeltest.played import PowerProfiles
from keeltest.systembus import FULL, PORTAL, SystemBus
from keelui import Desk, Program
from proxies import HttpProxy

SIZE = 5000
# A server that is not on this machine, as far as anybody can tell: what keeps the network away
# keeps it away. It is reached through a proxy.
HOST = 'boats.example'

desk = None
system = None
browser = None


def setUpModule():
    global desk, system, browser
    system = SystemBus(types.SimpleNamespace(addCleanup=unittest.addModuleCleanup))
    desk = Desk(environment=system.environment)
    browser = Viewer(desk.house, 'x-scheme-handler/http', '%u')


def tearDownModule():
    desk.end()


class WaitingCase(keeltest.Case):
    settings = {}

    def setUp(self):
        self.house = desk.house
        self.server = Server(self)
        self.set_up_network()
        desk.set_settings(window_width=900, window_height=640, **self.settings)
        # From then on the service knows the network: what may not cost money has waited for that.
        self.house.keel('add', '--wait', '--network=unmetered',
                        self.server.url('good', 'first.iso', size=SIZE))
        self.house.remove_all()

    def set_up_network(self):
        pass

    def tearDown(self):
        system.set_on_battery(False)
        system.set_online(True)
        system.set_connectivity(FULL)
        self.house.remove_all()

    def add(self, host='127.0.0.1'):
        """In the window, which tells the service what its downloads do on battery."""
        link = self.server.url('good', 'boat.iso', size=SIZE).replace('127.0.0.1', host)
        self.program = Program(self, desk, link)
        self.program.press('push button', 'Download')
        self.program.wait_window_gone('Add Download')
        self.number = wait_until('it is added', self.house.tasks)[0]['id']

    def check_way_out(self, words, label):
        """The banner says why, and its button is enough."""
        self.program.find('label', words)
        self.program.find('list item', 'boat.iso')
        self.program.press('push button', label)
        self.check_over(words)

    def check_over(self, words):
        """It goes on, to the end, and nothing is told of what it had to wait for."""
        task = self.house.wait_task(self.number, 'finished')
        self.assertEqual(contents_of(task['file']), content('boat.iso', SIZE))
        self.program.wait_gone('label', words)
        self.program.close()


class Power(WaitingCase):
    settings = {'on_battery': "'wait'"}

    def test_battery(self):
        system.set_on_battery(True)
        self.add()
        self.check_way_out('No external power: downloads are waiting', 'Download Anyway')

    def test_saver(self):
        PowerProfiles(self, system.address, 'power-saver')
        self.add()
        self.program.wait_row('boat.iso', 'Waiting: power saver is on')
        self.check_way_out('Power saver is on: downloads are waiting', 'Continue')

    def test_plugged_in(self):
        """The other way out is a socket."""
        system.set_on_battery(True)
        self.add()
        self.program.find('label', 'No external power: downloads are waiting')
        system.set_on_battery(False)
        self.check_over('No external power: downloads are waiting')


class Network(WaitingCase):
    def set_up_network(self):
        self.proxy = HttpProxy(self)
        self.settings = {'proxy_mode': "'manual'", 'proxy_uri': f"'{self.proxy.uri()}'"}

    def test_offline(self):
        """There is nothing to be pressed: what is missing comes by itself."""
        words = 'Offline: downloads go on when the network is back'
        system.set_online(False)
        self.proxy.stop()
        self.add(HOST)
        self.program.find('label', words)
        self.program.wait_row('boat.iso', 'Waiting for a network connection')
        self.proxy.start()
        system.set_online(True)
        self.check_over(words)

    def test_portal(self):
        words = 'This network asks you to sign in'
        system.set_connectivity(PORTAL)
        self.add(HOST)
        self.program.find('label', words)
        self.program.press('push button', 'Sign In')
        browser.wait_opened(f'http://{HOST}/')
        system.set_connectivity(FULL)
        self.check_over(words)


if __name__ == '__main__':
    keeltest.main()
