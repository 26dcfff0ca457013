#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole job without a pointer: real window, service and web server, keys and the accessibility
tree. Somebody adds, looks, pauses, goes on, searches, sets, removes, changes his mind; the bytes
arrive."""

import os

import keeltest
from keeltest import Nginx, sha256_of, wait_until
from access import complaints, frame_of
from keelui import LASTING_TOASTS, TITLE, Atspi, Desk, Program

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


class Walk(keeltest.Case):
    def setUp(self):
        desk.set_settings(window_width=900, window_height=852)
        self.house = desk.house
        # So that the pace of the server is that of the download.
        self.house.keel('limit', '--connections', '1')
        self.addCleanup(self.house.remove_all)

    def open(self):
        program = Program(self, desk, environment=LASTING_TOASTS)
        program.activate()
        return program

    def task(self, name):
        """The download of that name, as the service has it."""
        found = [task for task in self.house.tasks() if task['name'] == name]
        assert found, [task['name'] for task in self.house.tasks()]
        return found[0]

    def number(self, name):
        return wait_until(f'there is a task "{name}"', lambda: self.task(name))['id']

    def add(self, program, name, way):
        program.keys('ctrl+n')
        program.find('text', 'File Name')
        program.activate('Add Download')
        program.type(server.url(name, way))
        program.find(None, 'Can be resumed')
        program.keys('Return')
        program.wait_window_gone('Add Download')
        program.activate()
        return self.number(name)

    def go_to(self, program, name):
        """Moves the focus to a row with the arrow keys."""
        program.keys('Home')
        for _ in range(10):
            if program.has_come_to(name):
                return
            program.keys('Down')
        raise AssertionError(f'no way to "{name}"')

    def test_the_job(self):
        # The first one runs for as long as it is looked at, however slow the machine is.
        server.make('first.bin', 200 * MB)
        source = server.make('second.bin', 4 * MB)
        program = self.open()
        program.find('label', 'No Downloads Yet')
        program.wait_focused('Add')

        first = self.add(program, 'first.bin', 'rate/1m')
        self.add(program, 'second.bin', 'rate/1m')
        program.find('label', ' active')
        before = program.wait_progress('first.bin', 0.002)
        program.wait_progress('first.bin', before + 0.002)

        program.wait_row('first.bin', 'first.bin, Active, ')
        self.go_to(program, 'first.bin')
        program.keys('space')
        self.house.wait_task(first, 'paused')
        program.wait_row('first.bin', 'Paused')
        self.assertEqual(complaints(frame_of(program, TITLE)), [])
        program.keys('space')
        self.house.wait_task(first, lambda task: task['state'] in ('queued', 'running'))

        self.search(program)
        self.change_mind(program)
        self.look_at_details(program)
        self.look_at_preferences(program)

        program.wait_row('second.bin', 'Finished', seconds=60)
        self.assertEqual(sha256_of(os.path.join(self.house.downloads, 'second.bin')),
                         sha256_of(source))
        self.remove_for_good(program)
        program.close()

    def search(self, program):
        program.keys('ctrl+f')
        program.wait_focused('Search downloads')
        program.type('SEC')

        def look():
            names = [row.split(',')[0] for row in program.rows() if ',' in row]
            assert names == ['second.bin'], names
            return True
        wait_until('only one is found', look)
        program.keys('Escape')
        program.row('first.bin')

    def change_mind(self, program):
        self.go_to(program, 'second.bin')
        program.keys('Delete')
        program.find('label', '“second.bin” removed')
        program.wait_gone('list item', 'second.bin')
        self.assertIn('second.bin', [task['name'] for task in self.house.tasks()])
        program.keys('ctrl+z')
        program.row('second.bin')
        program.wait_focused('second.bin')

    def look_at_details(self, program):
        self.go_to(program, 'first.bin')
        program.keys('F9')
        program.find('label', server.url('first.bin', 'rate/1m'))
        program.wait_gone('list item', 'second.bin')
        percent = program.find('label', '%').get_name()
        wait_until('the numbers move', lambda: program.find('label', '%').get_name() != percent)
        wait_until('the graph says how fast', lambda: [
            name for name in program.names('image') if 'now' in name and 'kB/s' in name or
            'MB/s' in name])
        program.press('push button', 'Pause')
        program.find('push button', 'Resume')
        wait_until('it is paused', lambda: self.task('first.bin')['state'] == 'paused')
        program.press('push button', 'Resume')
        # What cannot be seen is not selected.
        program.keys('ctrl+a')
        program.find('push button', 'Pause')
        program.keys('Escape')
        program.wait_focused('first.bin')
        self.assertEqual(program.find_all('label', 'Selected'), [])

    def look_at_preferences(self, program):
        program.keys('ctrl+comma')
        switch = program.find('check box', 'Finished Downloads')
        program.activate('Preferences')
        program.press('check box', 'Finished Downloads')
        wait_until('it is off', lambda: not switch.get_state_set().contains(
            Atspi.StateType.CHECKED))
        wait_until('it is written down',
                   lambda: desk.settings().get('notify-finished') == 'false')
        program.press('check box', 'Finished Downloads')
        program.keys('Escape')
        program.wait_window_gone('Preferences')
        program.activate()

    def remove_for_good(self, program):
        self.go_to(program, 'second.bin')
        program.keys('ctrl+a')
        program.find('label', '2 Selected')
        program.keys('Delete')
        program.find('label', '2 downloads removed')
        program.find('label', 'No Downloads Yet')
        wait_until('the service has been told', lambda: self.house.tasks() == [], 40)
        # What has arrived is the person's, and stays; half of one goes.
        wait_until('only that is left',
                   lambda: os.listdir(self.house.downloads) == ['second.bin'])


if __name__ == '__main__':
    keeltest.main()
