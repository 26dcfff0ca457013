#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every screen without a pointer and without eyes: each thing that can be used has a name and a
role, Tab comes by all of them, and Escape leads back to where it was."""

import keeltest
from keeltest import wait_until
from access import complaints, frame_of, missed, tab_round
from keelui import TITLE, Program
from mockdesk import MockDesk
from screens import SCREENS, fill, open_list

desk = None


def setUpModule():
    global desk
    desk = MockDesk()


def tearDownModule():
    desk.end()


class Screens(keeltest.Case):
    def setUp(self):
        desk.forget_all()
        desk.set_settings(window_width=900, window_height=852)
        fill(desk)

    def open(self):
        program = Program(self, desk)
        program.row('a.iso')
        program.activate()
        program.wait_focused('a.iso')
        return program

    @keeltest.rows(SCREENS)
    def test(self, open_screen, title, goes_round, known):
        program = self.open()
        open_screen(program)
        frame = wait_until('there is a window', lambda: frame_of(program, title))
        self.assertEqual(complaints(frame), [])
        if goes_round:
            came_by = tab_round(program, frame)
            if known is not None:
                self.assertEqual(missed(frame, came_by, *known), [])
            back = tab_round(program, frame, 'shift+Tab')
            paths = {node.path for node in back if node is not None}
            self.assertEqual([node for node in came_by if node and node.path not in paths], [])
        if open_screen is not open_list:
            self.leave(program, title)
        program.close()

    def leave(self, program, title):
        """Escape, once, and the focus is where it was; or at the button of the menu."""
        program.keys('Escape')
        if title != TITLE:
            program.wait_window_gone(title)
        program.find('push button', 'Add')
        if 'menu' != self._testMethodName.removeprefix('test_'):
            program.wait_focused('d.iso' if 'finished' in self._testMethodName else 'a.iso')


if __name__ == '__main__':
    keeltest.main()
