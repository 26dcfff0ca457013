#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Add window: what is filled in arrives at the service, what is wrong is said under the very
field, and what is in the list already is not added twice without a word."""

import os
import subprocess
import time

import keeltest
from keelserver import Server
from keeltest import processes, wait_until
from keelui import LASTING_TOASTS, Desk, Program
from gi.repository import GLib

desk = None


def setUpModule():
    global desk
    desk = Desk()


def tearDownModule():
    desk.end()


class AddCase(keeltest.Case):
    def setUp(self):
        desk.set_settings(window_width=900, window_height=640)
        self.house = desk.house
        self.server = Server(self)

    def tearDown(self):
        self.house.remove_all()

    def open(self, *links):
        program = Program(self, desk, *links)
        program.activate('Add Downloads?')
        return program

    def link(self, name='boat.iso', **options):
        return self.server.url('good', name, size=1_500_000, **options)

    # Fields are not told to have the focus by GTK 4.8, rows are.

    def tab(self, program, count, row=None):
        """So many times, and on to the row: some are only there when links have been looked at."""
        program.keys(*['Tab'] * count)
        for _ in range(4 if row is not None else 0):
            if program.has_come_to(row, seconds=2):
                return
            program.keys('Tab')
        if row is not None:
            program.wait_focused(row)

    def choose_start(self, program, steps):
        """From the field of the link."""
        self.tab(program, 4, 'Start')
        program.keys('space', *['Down'] * steps, 'Return')

    def unfold(self, program):
        """From there, too; then the row is focused that is followed by Checksum."""
        self.tab(program, 5, 'More Options')
        program.keys('space')
        program.find('text', 'Checksum')

    def add_line(self, program, row, text):
        """One more mirror or header."""
        before = len(program.find_all('text'))
        program.press('push button', row)
        wait_until('there is a line', lambda: len(program.find_all('text')) > before)
        program.type(text)

    def download(self, program):
        """The one task that comes of it."""
        program.press('push button', 'Download')
        program.wait_window_gone('Add Download')
        return wait_until('there is one task', self.house.tasks)[0]

    def row(self, task):
        """The task as the service tells it."""
        number = GLib.Variant('t', int(task['id']))
        filter_ = {'ids': GLib.Variant('at', [number.unpack()])}
        rows = self.house.connection.manager('GetTasks', GLib.Variant('(a{sv}as)', (filter_, [])))
        return rows[1][0]


class Start(AddCase):
    def test_later(self):
        program = self.open(self.link())
        self.choose_start(program, 2)
        # Late in the evening it is tomorrow.
        day = wait_until('there is a day', lambda: [
            name for name in program.names('label') if name in ('Today', 'Tomorrow')])[0]
        program.find('spin button', 'Time')
        task = self.download(program)
        self.assertEqual((task['state'], task['wait_reason']), ('waiting', 'schedule'))
        then = self.row(task)['wait-until'] / 1e6
        self.assertTrue(3500 < then - time.time() < 5500, then)
        is_today = time.localtime(then).tm_yday == time.localtime().tm_yday
        self.assertEqual(day, 'Today' if is_today else 'Tomorrow')

    def test_without_starting(self):
        program = self.open(self.link())
        self.choose_start(program, 3)
        program.press('push button', 'Add', inside=program.find(name='Add Download'))
        program.wait_window_gone('Add Download')
        self.assertEqual([task['state'] for task in self.house.tasks()], ['paused'])

    def test_when_unmetered(self):
        program = self.open(self.link())
        self.choose_start(program, 1)
        self.assertEqual(self.row(self.download(program))['network'], 'unmetered')


class Options(AddCase):
    def test_headers(self):
        program = self.open(self.link())
        self.unfold(program)
        self.add_line(program, 'Request Headers', 'X-Boat: keel')
        program.find('label', 'Request Headers')
        task = self.download(program)
        self.house.wait_task(task['id'], 'finished')
        self.assertIn('keel', [exchange.header('X-Boat') for exchange in self.server.requests()])

    def test_a_header_that_cannot_be_set(self):
        program = self.open(self.link())
        self.unfold(program)
        self.add_line(program, 'Request Headers', 'Host: elsewhere')
        program.press('push button', 'Download')
        program.find(None, 'This header cannot be set')
        self.assertEqual(self.house.tasks(), [])
        program.keys('ctrl+a')
        program.type('X-Boat: keel')
        program.wait_gone(None, 'This header cannot be set')
        self.download(program)

    def test_half_a_header(self):
        program = self.open(self.link())
        self.unfold(program)
        self.add_line(program, 'Request Headers', 'X-Boat')
        self.assertEqual(program.find_all(None, 'Write it as'), [])
        program.keys('Tab')
        program.find(None, 'Write it as')
        # The words are no obstacle on the way to the next row.
        self.tab(program, 1, 'Sign-in')

    def test_mirrors(self):
        program = self.open(self.link())
        self.unfold(program)
        for name in ['one', 'two']:
            self.add_line(program, 'Mirrors', f'http://127.0.0.1:9/{name}')
        task = self.download(program)
        self.assertEqual(task['mirrors'],
                         ['http://127.0.0.1:9/one', 'http://127.0.0.1:9/two'])

    def test_a_mirror_can_go(self):
        program = self.open(self.link())
        self.unfold(program)
        self.add_line(program, 'Mirrors', 'no link')
        program.press('push button', 'Download')
        program.find(None, 'The link is not valid')
        program.press('push button', 'Remove')
        program.wait_gone(None, 'The link is not valid')
        self.download(program)

    def test_a_wrong_checksum(self):
        program = self.open(self.link())
        self.unfold(program)
        self.tab(program, 1)
        program.type('1234')
        program.press('push button', 'Download')
        program.find(None, 'This is not an MD5')
        self.assertEqual(self.house.tasks(), [])
        program.keys('ctrl+a')
        program.type('d41d8cd98f00b204e9800998ecf8427e')
        program.wait_gone(None, 'This is not an MD5')
        task = self.download(program)
        self.assertEqual(task['checksum']['expected'], 'd41d8cd98f00b204e9800998ecf8427e')

    def test_sign_in(self):
        program = self.open(self.server.url('basic', 'boat.iso', user='ann', password='s3cret'))
        self.unfold(program)
        program.tab_to('Sign-in')
        program.keys('space')
        program.find('text', 'User Name')
        program.type('ann')
        self.tab(program, 1)
        program.type('s3cret')
        program.find('label', 'ann')
        task = self.download(program)
        self.house.wait_task(task['id'], 'finished')
        self.assertNotIn('s3cret', str(desk.settings()))

    def test_what_is_set_is_named(self):
        program = self.open(self.link())
        program.find('label', 'Checksum, mirrors, speed limit, connections, headers')
        self.unfold(program)
        program.tab_to('Connections')
        self.tab(program, 1)
        program.type('http://127.0.0.1/page')
        self.add_line(program, 'Mirrors', 'http://127.0.0.1:9/one')
        program.find('label', 'Mirrors · Referrer')


class Name(AddCase):
    def test_a_slash(self):
        program = self.open(self.link())
        self.tab(program, 2)
        program.keys('ctrl+a')
        program.type('a/b')
        program.find(None, 'A name cannot have a “/” in it')
        # The whole name is selected then.
        program.keys('Return')
        self.assertEqual(self.house.tasks(), [])
        program.type('keel.iso')
        program.wait_gone(None, 'A name cannot have')
        self.assertEqual(self.download(program)['name'], 'keel.iso')


class Known(AddCase):
    def test_one_is_shown(self):
        self.house.add(self.link())
        program = Program(self, desk)
        program.row('boat.iso')
        program.keys('ctrl+n')
        program.activate('Add Download')
        program.type(self.link())
        program.find('label', 'Already in the list')
        self.tab(program, 2, 'Already in the list')
        program.keys('space')
        program.wait_window_gone('Add Download')
        program.activate()
        program.wait_focused('boat.iso')

    def test_of_several_it_is_not_selected(self):
        self.house.add(self.link())
        program = self.open(self.link(), self.link('second.iso'))
        program.find('label', 'Already in the list')
        program.find('push button', 'Download 1')


class Many(AddCase):
    def test_patterns_unfold(self):
        program = Program(self, desk)
        program.keys('ctrl+n')
        program.activate('Add Download')
        program.type(self.link('part[08-12].bin'))
        program.press('push button', 'Show 5 Links')
        program.find('label', '5 Links')
        for number in ['08', '09', '10', '11', '12']:
            program.find('check box', f'part{number}.bin')
        program.find('push button', 'Download 5')

    def test_a_thousand(self):
        """Answers come by the hundred; the window goes on all the while."""
        program = self.open(*[self.link('x[001-500].bin'), self.link('y[001-600].bin')])
        program.find('label', '1000 Links')
        program.find('push button', 'Download 1000')
        began = time.monotonic()
        program.press('push button', 'Cancel')
        program.wait_window_gone('Add Downloads')
        print(f'# closed after {time.monotonic() - began:.1f} s', flush=True)


class Paste(AddCase):
    def copy(self, text):
        """Another program copies a text."""
        if desk.display.kind == 'wayland':
            self.skipTest('a program without a window that was clicked on cannot copy there')
        owner = processes.start(
            ['/usr/bin/python3', os.path.join(os.path.dirname(__file__), 'copier.py'), text],
            stdout=subprocess.PIPE, env={**os.environ, **desk.display.environment})
        self.addCleanup(owner.stdout.close)
        self.addCleanup(processes.end, owner)
        self.assertEqual(owner.stdout.readline(), b'copied\n')

    def test_links_among_words(self):
        program = Program(self, desk)
        program.activate()
        self.copy(f'Look, {self.link("one.iso")}, or\n({self.link("two.iso")}).')
        program.keys('ctrl+v')
        program.find('label', '2 Links')
        program.find('check box', 'one.iso')
        program.find('push button', 'Download 2')

    def test_words_without_a_link(self):
        program = Program(self, desk, environment=LASTING_TOASTS)
        program.activate()
        self.copy('Look, a boat!')
        program.keys('ctrl+v')
        program.find('label', 'There is no link in the clipboard')


class Folder(AddCase):
    def test_the_last_one_is_remembered(self):
        other = os.path.join(self.house.home, 'Boats')
        os.makedirs(other, exist_ok=True)
        desk.set_settings(last_folder=f"b'{other}'")
        program = self.open(self.link())
        program.find('label', 'Boats')
        self.assertEqual(os.path.dirname(self.house.wait_task(
            self.download(program)['id'], 'finished')['file']), other)

    def test_one_that_has_gone_is_not(self):
        desk.set_settings(last_folder=f"b'{self.house.home}/Gone'")
        program = self.open(self.link())
        program.find('label', 'Downloads')


if __name__ == '__main__':
    keeltest.main()
