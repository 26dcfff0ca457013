#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads in the overview of GNOME Shell: asked by the bus as the shell asks, over tasks in every
state; and the window, where what is chosen is shown."""

import configparser
import os
import signal

import keeltest
from keeltest import wait_until
from mockdesk import MB, MockDesk, days_ago
from keelui import APPLICATION, Activated, Program
from gi.repository import Gio, GLib

BUILD = os.environ['KEEL_BUILD_ROOT']
NAME = APPLICATION + '.SearchProvider'
INTERFACE = 'org.gnome.Shell.SearchProvider2'

desk = None


def setUpModule():
    global desk
    desk = MockDesk()
    desk.make_activatable()
    desk.house.bus.add_service(NAME, os.path.join(BUILD, 'src/app/keelboat-search-provider'))


def tearDownModule():
    desk.end()


class SearchCase(keeltest.Case):
    def setUp(self):
        desk.forget_all()
        desk.set_settings(window_width=700, window_height=600)
        # As it is installed.
        parser = configparser.ConfigParser(interpolation=None)
        parser.optionxform = str
        parser.read(os.path.join(BUILD, f'data/{APPLICATION}.search-provider.ini'))
        self.entry = parser['Shell Search Provider']

    def ask(self, method, *arguments):
        signature = {'GetInitialResultSet': '(as)', 'GetSubsearchResultSet': '(asas)',
                     'GetResultMetas': '(as)', 'ActivateResult': '(sasu)',
                     'LaunchSearch': '(asu)'}[method]
        return desk.house.connection.call(self.entry['BusName'], self.entry['ObjectPath'],
                                          INTERFACE, method, GLib.Variant(signature, arguments))

    def metas(self, *numbers):
        return self.ask('GetResultMetas', [str(number) for number in numbers])[0]

    def find(self, *terms):
        """Names of what is found, in the order in which it is shown."""
        numbers = self.ask('GetInitialResultSet', list(terms))[0]
        return [meta['name'] for meta in self.metas(*numbers)]

    def end_provider(self):
        pid = desk.house.connection.pid_of(NAME)
        if pid is not None:
            os.kill(pid, signal.SIGTERM)
        wait_until('it is gone', lambda: desk.house.connection.pid_of(NAME) is None)

    def wait_found(self, terms, *names):
        """What is new reaches it soon."""
        wait_until(f'{names} are found', lambda: self.find(*terms) == list(names))


class Finding(SearchCase):
    def test_by_name_and_by_server(self):
        desk.fill(name='Straße.iso', uri='https://alpha.example.org/1?beta#gamma', state='paused')
        desk.fill(name='boat.iso', uri='https://beta.example.org/boat', state='paused')
        self.wait_found(['iso'], 'Straße.iso', 'boat.iso')
        self.assertEqual(self.find('STRASSE'), ['Straße.iso'])
        self.assertEqual(self.find('beta'), ['boat.iso'])
        self.assertEqual(self.find('Example', 'strass'), ['Straße.iso'])
        self.assertEqual(self.find('boat', 'alpha'), [])
        self.assertEqual(self.find('https'), [], 'of a link only the server counts')
        self.assertEqual(self.find(), [])
        self.assertEqual(self.find(' '), [])
        everything = self.ask('GetInitialResultSet', ['iso'])[0]
        self.assertEqual(len(self.ask('GetSubsearchResultSet', everything, ['iso', 'boat'])[0]), 1)

    def test_the_order_of_the_list(self):
        desk.fill(name='4.zip', state='finished', received=MB, finished=days_ago(3))
        desk.fill(name='3.zip', state='finished', received=MB, finished=days_ago(1))
        desk.fill(name='2.zip', state='failed', error_code='dns', error_message='x')
        desk.fill(name='1.zip', state='paused')
        desk.fill(name='0.zip', state='running')
        self.wait_found(['zip'], *[f'{i}.zip' for i in range(5)])

    def test_those_of_other_programs(self):
        """They are in the list, too."""
        desk.fill(name='theirs.iso', app='org.example.Foo', state='paused')
        self.wait_found(['theirs'], 'theirs.iso')

    def test_what_is_said_of_them(self):
        desk.fill(name='boat.pdf', state='paused', pause_reason='user', received=MB, total=2 * MB)
        desk.fill(name='bad.iso', state='failed', error_code='dns', error_message='x')
        self.wait_found(['boat'], 'boat.pdf')
        number = self.ask('GetInitialResultSet', ['boat'])[0][0]
        meta, = self.metas(number)
        self.assertEqual(meta['id'], number)
        self.assertEqual(meta['description'].replace('\u00a0', ' '), 'Paused · 1.0 of 2 MB')
        self.assertIsInstance(Gio.Icon.new_for_string(meta['gicon']), Gio.ThemedIcon)
        self.assertIn('pdf', meta['gicon'])
        number = self.ask('GetInitialResultSet', ['bad'])[0][0]
        self.assertIn('The server was not found', self.metas(number)[0]['description'])

    def test_what_is_not_there(self):
        desk.fill(name='a', state='paused')
        self.assertEqual(self.metas('0', '-1', '99999', '', 'x', '18446744073709551616'), [])
        self.ask('ActivateResult', 'nonsense', [], 0)
        self.assertIsNone(desk.house.connection.pid_of(APPLICATION))

    def test_many(self):
        """It answers, in time, with no more than anybody looks at, and without a toolkit."""
        self.end_provider()
        desk.fill(2500, name='many.zip', state='finished', received=MB, finished=days_ago(1))
        desk.fill(name='boat.iso', state='paused')
        self.wait_found(['boat'], 'boat.iso')
        self.assertEqual(len(self.find('many')), 100)
        self.assertEqual(self.find('many', 'boat'), [])
        pid = desk.house.connection.pid_of(NAME)
        with open(f'/proc/{pid}/maps', encoding='utf-8') as maps:
            text = maps.read()
        self.assertIn('libgio', text)
        self.assertNotIn('libgtk', text)
        self.assertIsNone(desk.house.connection.pid_of(APPLICATION))

    def test_it_leaves(self):
        self.find('x')
        self.assertIsNotNone(desk.house.connection.pid_of(NAME))
        wait_until('it has left', lambda: desk.house.connection.pid_of(NAME) is None, 30)


class Choosing(SearchCase):
    def setUp(self):
        super().setUp()
        wait_until('the application is gone',
                   lambda: desk.house.connection.pid_of(APPLICATION) is None, 30)
        desk.fill(50, name='many.zip', state='paused', uri='https://example.org/many.zip')
        self.number = desk.fill(name='boat.iso', state='paused', uri='https://ship.example/boat')

    def wait_shown(self, program):
        """The tree does not tell of a focus that a row is born with, but keys go on from there."""
        program.row('boat.iso')
        program.keys('Up')
        program.wait_focused('many.zip')
        program.keys('Down')
        program.wait_focused('boat.iso')

    def test_a_result(self):
        """From no window, and in one that searches for something else."""
        self.ask('ActivateResult', str(self.number), ['boat'], 1000)
        program = Activated(self, desk)
        program.activate()
        self.wait_shown(program)
        program.keys('ctrl+f')
        program.wait_focused('Search downloads')
        program.type('many')
        program.wait_gone('list item', 'boat.iso')
        self.ask('ActivateResult', str(self.number), ['boat'], 0)
        self.wait_shown(program)
        program.close()

    def test_all_of_them(self):
        self.ask('LaunchSearch', ['boat', 'ship.ex'], 0)
        program = Activated(self, desk)
        wait_until('only what is found is shown', lambda: len(program.rows()) == 2 and
                   program.rows()[1].startswith('boat.iso'))
        self.ask('LaunchSearch', ['nothing', 'at all'], 0)
        program.find('label', 'Try a different search')
        self.ask('LaunchSearch', ['zip'], 0)
        program.row('many.zip')
        self.assertEqual([row for row in program.rows() if 'boat.iso' in row], [])
        program.close()

    def test_the_window_searches_likewise(self):
        program = Program(self, desk)
        program.row('many.zip')
        program.activate()
        program.keys('ctrl+f')
        program.wait_focused('Search downloads')
        program.type('SHIP iso')
        wait_until('only what is found is shown', lambda: len(program.rows()) == 2 and
                   program.rows()[1].startswith('boat.iso'))
        program.close()


if __name__ == '__main__':
    keeltest.main()
