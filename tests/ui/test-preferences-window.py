#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Preferences hold at once, and show what others have set; links are looked at before they are
added."""


import time
import types
import unittest

from gi.repository import GLib

import keeltest
from keelserver import Server
from keeltest import wait_until
from keeltest.played import Logind
from keeltest.systembus import SystemBus
from keelui import Atspi, Desk, Program
from proxies import HttpProxy

desk = None
system = None


def setUpModule():
    global desk, system
    system = SystemBus(types.SimpleNamespace(addCleanup=unittest.addModuleCleanup))
    desk = Desk(environment=system.environment)


def tearDownModule():
    desk.end()


class WindowCase(keeltest.Case):
    def setUp(self):
        desk.set_settings(window_width=900, window_height=640)
        self.house = desk.house

    def tearDown(self):
        self.house.remove_all()
        system.set_metered(False)

    def open(self, *arguments):
        return Program(self, desk, *arguments)

    def reach(self, program, name, skip=0):
        """Like tab_to, in no more time than it takes; skip are so many rows that are not it."""
        program.keys(*['Tab'] * skip)
        for _ in range(40):
            program.keys('Tab')
            if program.has_come_to(name, seconds=0.3):
                return
        raise AssertionError(f'Tab does not lead to "{name}"')

    def choose(self, program, row, *keys, skip=0):
        self.reach(program, row, skip)
        program.keys('space', *keys, 'Return')

    def wait_setting(self, name, value):
        wait_until(f'{name} is {value}', lambda: desk.settings().get(name) == value)

    def limits(self):
        return self.house.keel('limit', '--json').json

    def wait_schedule(self, *entries):
        wait_until(f'the schedule is {entries}',
                   lambda: self.limits()['schedule'] == list(entries))

    def open_preferences(self):
        program = self.open()
        program.activate()
        program.keys('ctrl+comma')
        program.find('check box', 'Finished Downloads')
        return program

    def show_network(self, program):
        program.activate('Preferences')
        program.tab_to('General')
        program.keys('Right', 'space')
        program.find('spin button', 'Downloads at Once')

    def value(self, program, name):
        return Atspi.Value.get_current_value(program.find('spin button', name))


class Preferences(WindowCase):
    def test_a_switch_is_a_setting(self):
        program = self.open_preferences()
        program.press('check box', 'Finished Downloads')
        wait_until('it is written down',
                   lambda: desk.settings().get('notify-finished') == 'false')

    def test_the_folder_is_tried(self):
        self.open_preferences().find('image', 'This folder can be written to')

    def test_a_folder_that_cannot_be_written_to(self):
        desk.set_settings(download_folder="b'/proc'")
        self.open_preferences().find('image', 'This folder cannot be written to')

    def test_limits_are_those_of_the_service(self):
        self.house.keel('limit', '--active', '6')
        program = self.open_preferences()
        self.show_network(program)
        wait_until('they are shown', lambda: self.value(program, 'Downloads at Once') == 6)
        self.house.keel('limit', '--active', '9')
        wait_until('another one is shown', lambda: self.value(program, 'Downloads at Once') == 9)


    def test_choices_are_settings(self):
        program = self.open_preferences()
        program.activate('Preferences')
        self.choose(program, 'When a Name Is Taken', 'Down')
        self.wait_setting('when-name-is-taken', "'replace'")
        program.press('check box', 'Failed Downloads')
        self.wait_setting('notify-failed', 'false')
        program.press('check box', 'Status Icon')
        self.wait_setting('status-icon', 'true')
        program.press('check box', 'Start at Login')
        self.wait_setting('start-at-login', 'false')
        program.press('check box', 'Keep the Computer Awake')
        self.wait_setting('keep-awake', 'false')

    def test_quiet_hours(self):
        program = self.open_preferences()
        program.find('label', 'No notifications, and a summary afterwards')
        program.press('check box', 'Quiet Hours')
        self.wait_setting('quiet-hours', 'true')
        program.find('label', 'Every day, 22:00–07:00')
        for day in ['Saturday', 'Sunday']:
            program.press(None, day)
        self.wait_setting('quiet-times', "'mon,tue,wed,thu,fri 22:00-07:00'")
        Atspi.Value.set_current_value(program.find('spin button', 'To'), 390)
        self.wait_setting('quiet-times', "'mon,tue,wed,thu,fri 22:00-06:30'")
        program.find('label', 'Working days, 22:00–06:30')

    def test_a_value_does_not_jump_back(self):
        """What the service tells of an older value comes while newer ones are being chosen."""
        program = self.open_preferences()
        self.show_network(program)
        spin = program.find('spin button', 'Downloads at Once')
        seen = []
        for value in range(2, 22):
            Atspi.Value.set_current_value(spin, value)
            seen.append(Atspi.Value.get_current_value(spin))
        ended = time.monotonic() + 1
        while time.monotonic() < ended:
            seen.append(Atspi.Value.get_current_value(spin))
        self.assertEqual(seen, sorted(seen))
        self.assertEqual(seen[-1], 21)
        wait_until('the service has it', lambda: self.limits()['active'] == 21)

    def test_a_speed_limit(self):
        program = self.open_preferences()
        self.show_network(program)
        self.choose(program, 'Speed Limit', 'Down', 'Down', skip=8)
        wait_until('the service has it',
                   lambda: self.limits()['rate'] == 250000)
        self.house.keel('limit', '123k')
        program.find('label', '123')

    def test_a_schedule_by_keyboard(self):
        program = self.open_preferences()
        self.show_network(program)
        program.press('check box', 'Limit by Schedule')
        self.wait_schedule('mon-fri 09:00-18:00 500k')
        self.reach(program, 'Limit by Schedule', skip=8)
        program.keys('space')
        program.activate('Schedule')
        self.reach(program, 'Working days')
        program.keys('space')
        program.press(None, 'Saturday')
        self.wait_schedule('mon-sat 09:00-18:00 500k')
        Atspi.Value.set_current_value(program.find('spin button', 'From'), 600)
        self.wait_schedule('mon-sat 10:00-18:00 500k')
        program.press('push button', 'Remove')
        self.wait_schedule()
        program.keys('Escape')
        program.wait_window_gone('Schedule')


class WhenDone(WindowCase):
    def open_menu(self, program, expected):
        """The menu shows what was known; what the system says now takes a moment."""
        program.activate()
        program.keys('F10')
        program.press('menu item', 'When All Is Done')
        program.find(None, expected)

    def chosen(self):
        info, = self.house.connection.manager('GetWhenDone', GLib.Variant('(a{sv})', ({},)))
        return info['action']

    def test_nobody_can_be_asked(self):
        program = self.open()
        self.open_menu(program, 'Suspend (not available)')

    def set(self, action):
        self.house.connection.manager('SetWhenDone', GLib.Variant('(sa{sv})', (action, {})))

    def test_it_is_chosen(self):
        logind = Logind(self, system.address)
        logind.can_power_off = 'na'
        program = self.open()
        self.open_menu(program, 'Shut Down (this computer cannot)')
        program.press(None, 'Suspend')
        wait_until('it is chosen', lambda: self.chosen() == 'suspend')
        self.set('nothing')

    def test_what_is_chosen_is_shown(self):
        """The service has it, and not the window."""
        Logind(self, system.address)
        self.set('power-off')
        program = self.open()
        self.open_menu(program, 'Shut Down')
        wait_until('it is marked', lambda: program.find(None, 'Shut Down').get_state_set()
                   .contains(Atspi.StateType.CHECKED))
        self.set('nothing')


class Reaching(WindowCase):
    """What is chosen here is what the service does."""

    def setUp(self):
        super().setUp()
        self.server = Server(self)

    def test_a_proxy(self):
        proxy = HttpProxy(self)
        program = self.open_preferences()
        self.show_network(program)
        self.choose(program, 'Proxy', 'Down', skip=10)
        program.find('text', 'Address')
        program.keys('Tab')
        program.type(f'http://127.0.0.1:{proxy.port}')
        self.wait_setting('proxy-uri', f"'{proxy.uri()}'")
        link = self.server.url('good', 'boat.iso', size=5000).replace('127.0.0.1', 'boats.example')

        def comes_through():
            self.house.add(link, '--network=any')
            return wait_until('somebody was asked', lambda: proxy.asked('boats.example'), 2)
        wait_until('the service uses it', comes_through)

    def test_half_an_address(self):
        program = self.open_preferences()
        self.show_network(program)
        self.choose(program, 'Proxy', 'Down', skip=10)
        program.find('text', 'Address')
        program.keys('Tab')
        program.type('harbour')
        self.wait_setting('proxy-mode', "'manual'")
        self.assertEqual(desk.settings().get('proxy-uri', "''"), "''")

    def test_closing_pauses(self):
        number = self.house.add(self.server.url('drip', 'slow.bin', size=500_000, piece=500))
        self.house.wait_task(number, 'running')
        program = self.open_preferences()
        program.activate('Preferences')
        self.choose(program, 'When the Window Closes', 'Down')
        self.wait_setting('when-window-closes', "'pause-all'")
        program.keys('Escape')
        program.wait_window_gone('Preferences')
        program.close()
        self.house.wait_task(number, 'paused')

    def test_a_metered_network(self):
        """It waits, and the banner is the way out; who has said otherwise does not wait."""
        system.set_metered(True)
        program = self.open(self.server.url('good', 'boat.iso', size=5000))
        program.press('push button', 'Download')
        program.wait_window_gone('Add Download')
        program.find('label', 'Metered network: downloads are waiting')
        program.press('push button', 'Download Anyway')
        number = self.house.tasks()[0]['id']
        self.house.wait_task(number, 'finished')
        program.activate()
        program.keys('ctrl+comma')
        program.find('check box', 'Finished Downloads')
        self.show_network(program)
        self.choose(program, 'On Metered Networks', 'Down')
        self.wait_setting('on-metered', "'anyway'")
        second = self.house.add(self.server.url('good', 'second.iso', size=5000))
        self.house.wait_task(second, 'finished')


class Links(WindowCase):
    def setUp(self):
        super().setUp()
        self.server = Server(self)

    def test_one_is_looked_at(self):
        program = self.open(self.server.url('good', 'boat.iso', size=1_500_000))
        program.find(None, 'Can be resumed')
        program.find('label', 'after this download')

    def test_one_that_leads_to_nothing(self):
        program = self.open(self.server.url('status', 'lost.iso', code=404))
        program.find(None, 'Not found on the server')
        program.press('push button', 'Download')
        wait_until('it is added all the same', lambda: len(self.house.tasks()) == 1)
        self.house.keel('remove', self.house.tasks()[0]['id'])

    def test_many(self):
        program = self.open(self.server.url('good', 'a[1-3].bin', size=1_000_000),
                            self.server.url('status', 'lost.bin', code=404))
        program.find('label', 'Not found on the server')
        program.find('label', '3 selected · 3')
        program.find('push button', 'Download 3')


if __name__ == '__main__':
    keeltest.main()
