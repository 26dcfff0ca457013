#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine is kept awake while bytes flow, by whoever can do that; all of them are played."""

import os

from keelserver import Server
from keeltest import Case, House, main, wait_until
from keeltest.played import InhibitPortal, Logind, PowerManagement, SessionManager, UPower
from keeltest.systembus import SystemBus

APP = 'io.github.keelboat.Keelboat'
LOGOUT, SUSPEND = 1, 4


class Awake(Case):
    def setUp(self):
        self.system = SystemBus(self, names=())
        self.house = House(self, environment={**self.system.environment,
                                              'GSETTINGS_BACKEND': 'keyfile'})
        self.server = Server(self)

    def play(self, kind):
        return kind(self, self.house.bus.address)

    def begin(self, name='a.bin', behaviour='good'):
        return self.house.add(self.server.url(behaviour, name, size=8_000_000), '--limit=200k')

    def wait_held(self, manager, *held):
        wait_until('what is held', lambda: list(manager.held.values()) == list(held))

    def wait_block(self, *whats):
        wait_until('the locks', lambda: [what for what, _ in self.logind.locks('block')] ==
                   list(whats))

    def end(self, *numbers):
        self.house.keel('remove', *[str(number) for number in numbers])

    def set_awake(self, is_wanted):
        folder = os.path.join(self.house.home, '.config/glib-2.0/settings')
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, 'keyfile')
        with open(path + '.new', 'w', encoding='utf-8') as file:
            file.write(f'[io/github/keelboat/Keelboat]\nkeep-awake={str(is_wanted).lower()}\n')
        os.rename(path + '.new', path)

    def test_session_manager(self):
        manager = self.play(SessionManager)
        other = self.play(PowerManagement)
        self.logind = Logind(self, self.system.address)
        number = self.begin()
        self.wait_held(manager, (APP, 'Downloading 1 file', SUSPEND))
        self.house.keel('pause', str(number))
        self.wait_held(manager)
        self.house.keel('resume', str(number))
        self.wait_held(manager, (APP, 'Downloading 1 file', SUSPEND))
        self.house.keel('quit')
        self.wait_held(manager)
        self.assertEqual(other.calls, [])
        self.assertEqual(self.logind.locks('block'), [])

    def test_several(self):
        manager = self.play(SessionManager)
        self.house.keel('limit', '--active=3')
        self.house.keel('add', '--limit=200k', *[self.server.url('good', f'{i}.bin', size=8_000_000)
                                                 for i in range(3)])
        self.wait_held(manager, (APP, 'Downloading 3 files', SUSPEND))
        self.house.keel('remove', '--all')
        self.wait_held(manager)

    def test_what_cannot_be_resumed_hinders_logging_out(self):
        manager = self.play(SessionManager)
        number = self.begin(behaviour='old')
        self.wait_held(manager, (APP, 'Downloading 1 file', SUSPEND | LOGOUT))
        self.end(number)
        self.wait_held(manager)

    def test_power_management(self):
        manager = self.play(PowerManagement)
        number = self.begin()
        self.wait_held(manager, ('Keelboat', 'Downloading 1 file'))
        self.end(number)
        self.wait_held(manager)

    def test_logind(self):
        self.logind = Logind(self, self.system.address)
        number = self.begin()
        self.wait_block('sleep')
        self.end(number)
        self.wait_block()

    def test_who_hangs_is_passed_over(self):
        manager = self.play(SessionManager)
        manager.hangs = True
        other = self.play(PowerManagement)
        number = self.begin()
        self.wait_held(other, ('Keelboat', 'Downloading 1 file'))
        # What comes late is given back.
        manager.answer_late()
        wait_until('it is given back', lambda: manager.named('Uninhibit'))
        self.assertEqual(manager.held, {})
        self.end(number)
        self.wait_held(other)

    def test_who_refuses_is_passed_over(self):
        manager = self.play(SessionManager)
        manager.refuses = True
        self.logind = Logind(self, self.system.address)
        number = self.begin()
        self.wait_block('sleep')
        self.end(number)
        self.wait_block()

    def test_who_dies_is_replaced(self):
        manager = self.play(SessionManager)
        self.logind = Logind(self, self.system.address)
        number = self.begin()
        self.wait_held(manager, (APP, 'Downloading 1 file', SUSPEND))
        manager.die()
        self.wait_block('sleep')
        self.end(number)
        self.wait_block()

    def test_nobody(self):
        number = self.begin()
        self.house.wait_task(number, lambda task: task['received'] > 400_000)
        self.house.keel('set', str(number), '--limit=off')
        self.house.wait_task(number, 'finished')

    def test_preference(self):
        manager = self.play(SessionManager)
        self.set_awake(False)
        number = self.begin()
        self.house.wait_task(number, lambda task: task['received'] > 300_000)
        self.assertEqual(manager.calls, [])
        self.set_awake(True)
        self.wait_held(manager, (APP, 'Downloading 1 file', SUSPEND))
        self.set_awake(False)
        self.wait_held(manager)
        self.end(number)

    def test_low_battery(self):
        manager = self.play(SessionManager)
        battery = UPower(self, self.system.address, 50, is_discharging=True)
        number = self.begin()
        self.wait_held(manager, (APP, 'Downloading 1 file', SUSPEND))
        battery.set(19, is_discharging=True)
        self.wait_held(manager)
        battery.set(19, is_discharging=False)
        self.wait_held(manager, (APP, 'Downloading 1 file', SUSPEND))
        self.end(number)

    def test_portal(self):
        """In a sandbox, and nobody else is asked there."""
        self.house.set_service(arguments='--token-mode')
        manager = self.play(SessionManager)
        portal = self.play(InhibitPortal)
        number = self.begin()
        self.wait_held(portal, ('', SUSPEND, {'reason': 'Downloading 1 file'}))
        self.house.keel('pause', str(number))
        self.wait_held(portal)
        self.assertEqual(manager.calls, [])


if __name__ == '__main__':
    main()
