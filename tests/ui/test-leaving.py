#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Closing the window: that downloads go on is said once, quietly, where somebody can show it; and
what has happened meanwhile when it is opened again."""

import os
import sys
import time

import keeltest
from keeltest import wait_until
from keelui import Program
from mockdesk import MB, MockDesk

sys.path.append(os.path.join(os.environ['KEEL_SOURCE_ROOT'], 'tests/service'))
from notices import Daemon  # noqa: E402

desk = None


def setUpModule():
    global desk
    desk = MockDesk()


def tearDownModule():
    desk.end()


class LeavingCase(keeltest.Case):
    def setUp(self):
        desk.forget_all()
        desk.set_settings(window_width=900, window_height=700)

    def open(self):
        program = Program(self, desk)
        program.activate()
        return program


class Notice(LeavingCase):
    def setUp(self):
        super().setUp()
        self.daemon = Daemon(self, desk.house.bus.address)

    def leave(self, name):
        program = self.open()
        program.row(name)
        program.close()

    def test_once(self):
        desk.fill(name='a.iso', state='running', received=MB, total=2 * MB)
        self.leave('a.iso')
        notice = self.daemon.notified()[0]
        self.assertEqual(notice[3], 'Downloads go on in the background')
        self.assertEqual(notice[5][::2][-2:], ['app.show', 'app.pause-all'])
        self.assertEqual(notice[5][1::2][-2:], ['Show', 'Pause All'])
        self.assertEqual(desk.settings()['background-told'], 'true')
        self.leave('a.iso')
        self.assertEqual(len(self.daemon.named('Notify')), 1)

    def test_not_when_nothing_goes_on(self):
        desk.fill(name='a.iso', state='paused', received=MB, total=2 * MB)
        self.leave('a.iso')
        self.assertEqual(self.daemon.named('Notify'), [])
        self.assertNotIn('background-told', desk.settings())


class NobodyShowsNotices(LeavingCase):
    def test_it_is_not_told(self):
        desk.fill(name='a.iso', state='running', received=MB, total=2 * MB)
        program = self.open()
        program.row('a.iso')
        program.close()
        self.assertNotIn('background-told', desk.settings())


class Away(LeavingCase):
    def test_several_of_each(self):
        numbers = [desk.fill(name=f'{i}.iso', state='running', received=MB, total=2 * MB)
                   for i in range(6)]
        program = self.open()
        program.row('0.iso')
        program.close()
        time.sleep(1.1)  # the service tells whole seconds
        for number in numbers[:3]:
            desk.change(number, state='finished', finished=int(time.time() * 1000000))
        desk.change(numbers[3], state='failed', error_code='dns', error_message='x')
        desk.change(numbers[4], state='waiting', wait_reason='auth')
        program = self.open()
        program.find('label', 'While you were away: 3 finished, 2 need you')
        # Another state that lasts, and needs something done, comes first; then it is told again.
        desk.change(numbers[5], state='waiting', wait_reason='metered')
        program.find('label', 'Metered network')
        desk.change(numbers[5], state='running')
        program.find('label', 'While you were away: 3 finished, 2 need you')
        program.press('push button', 'Show')
        wait_until('one that needs somebody has the focus', lambda: [
            node for node in program.names('list item') if node.startswith(('3.iso', '4.iso'))])
        program.wait_gone('label', 'While you were away')
        program.close()
        # It has been told.
        program = self.open()
        program.row('3.iso')
        self.assertEqual(program.find_all('label', 'While you were away'), [])
        program.close()


if __name__ == '__main__':
    keeltest.main()
