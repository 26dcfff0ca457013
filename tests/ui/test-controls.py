#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be set of a download on its page, by keyboard: it reaches the real service, and what the
service is told elsewhere is shown."""

import keeltest
from keeltest import Nginx, wait_until
from keelui import Desk, Program
from gi.repository import GLib

MB = 1000 * 1000

desk = None
server = None


def setUpModule():
    global desk, server
    desk = Desk()
    server = Nginx()


def tearDownModule():
    server.end()
    desk.end()


class Controls(keeltest.Case):
    def setUp(self):
        desk.set_settings(window_width=900, window_height=852)
        self.house = desk.house
        server.make('set.bin', 40 * MB)
        # So that it is still running at the end. A limit of the server's would be for each of many
        # connections, one of the download's own is what is set here.
        self.house.keel('limit', '200k')
        self.number = self.house.add(server.url('set.bin'))
        self.addCleanup(self.forget)
        self.house.wait_task(self.number, lambda task: task['received'] > 0)

    def forget(self):
        self.house.remove_all()
        self.house.keel('limit', 'off')

    def open_details(self):
        program = Program(self, desk)
        program.row('set.bin')
        program.activate()
        program.wait_focused('set.bin')
        program.keys('F9')
        program.find('label', 'Controls')
        return program

    def row(self):
        """The task, as the service tells of it."""
        empty = GLib.Variant('(a{sv}as)', ({}, []))
        rows = self.house.connection.manager('GetTasks', empty)[1]
        return [row for row in rows if row['id'] == self.number][0]

    def wait_set(self, key, value):
        def look():
            found = self.row().get(key)
            assert found == value, found
            return True
        wait_until(f'{key} is {value}', look)

    def choose(self, program, name, *keys):
        """Opens a row of choices, at the first of them, and goes to another one."""
        program.tab_to(name)
        program.keys('space', *keys, 'Return')

    def test_what_is_chosen_reaches_the_service(self):
        program = self.open_details()
        self.choose(program, 'Speed Limit', 'Down')
        self.wait_set('max-rate', 100000)
        self.choose(program, 'Connections', 'Down')
        self.wait_set('max-connections', 1)
        self.choose(program, 'Priority', 'End')
        self.wait_set('priority', 'high')
        program.press('check box', 'Only on Unmetered Networks')
        self.wait_set('network', 'unmetered')
        program.press('check box', 'Only on Unmetered Networks')
        self.wait_set('network', 'any')
        program.close()

    def test_what_is_set_elsewhere_is_shown(self):
        program = self.open_details()
        self.house.keel('set', '--limit', '3M', self.number)
        program.find('label', '3\N{NO-BREAK SPACE}MB/s')
        program.close()


if __name__ == '__main__':
    keeltest.main()
