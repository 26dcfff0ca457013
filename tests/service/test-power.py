#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may only run on mains, with a UPower and a power-profiles-daemon that are played."""

from keelserver import Server
from keeltest import Case, House, main
from keeltest.played import PowerProfiles, UPower
from keeltest.systembus import SystemBus


class Power(Case):
    def setUp(self):
        self.system = SystemBus(self, names=())
        self.house = House(self, environment=self.system.environment)
        self.server = Server(self)

    def add(self, name='a.bin', power='ac'):
        return self.house.add(self.server.url('good', name, size=200_000), '--power', power)

    def wait(self, number, detail):
        self.house.wait_task(number, lambda task: (task['state'], task['wait_reason'],
                                                   task['wait_detail']) ==
                             ('waiting', 'power', detail))

    def test_battery(self):
        battery = UPower(self, self.system.address, 80, is_discharging=True)
        number = self.add()
        self.wait(number, 'battery')
        anyway = self.add('b.bin', 'any')
        self.assertIsNone(self.house.wait_task(anyway, 'finished')['wait_detail'])
        battery.set(80, is_discharging=False)
        self.house.wait_task(number, 'finished')

    def test_saver(self):
        profiles = PowerProfiles(self, self.system.address, 'power-saver')
        number = self.house.add(self.server.url('drip', 'a.bin', size=200_000, piece=500),
                                '--power', 'ac')
        self.wait(number, 'saver')
        profiles.set('performance')
        self.house.wait_task(number, lambda task: task['received'] > 2000)
        profiles.set('power-saver')
        self.wait(number, 'saver')
        self.house.keel('remove', str(number))

    def test_from_one_to_the_other(self):
        battery = UPower(self, self.system.address, 80, is_discharging=True)
        profiles = PowerProfiles(self, self.system.address, 'power-saver')
        number = self.add()
        self.wait(number, 'battery')
        battery.set(80, is_discharging=False)
        self.wait(number, 'saver')
        battery.set(80, is_discharging=True)
        self.wait(number, 'battery')
        battery.set(80, is_discharging=False)
        profiles.set('balanced')
        self.house.wait_task(number, 'finished')

    def test_who_comes_late_and_dies(self):
        number = self.add()
        self.house.wait_task(number, 'finished')
        battery = UPower(self, self.system.address, 80, is_discharging=True)
        number = self.add('b.bin')
        self.wait(number, 'battery')
        # Nobody knows of a battery any more.
        battery.die()
        self.house.wait_task(number, 'finished')


if __name__ == '__main__':
    main()
