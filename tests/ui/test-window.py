#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window over tasks in every state: what it lists, says and offers, by keyboard and tree."""

import os
import subprocess

import handlers
import keeltest
from keeltest import wait_until
from mockdesk import GB, MB, MockDesk, days_ago
from gi.repository import GLib
from keelui import LASTING_TOASTS, Program, complaints_of

desk = None


def setUpModule():
    global desk
    desk = MockDesk()


def tearDownModule():
    desk.end()


class WindowCase(keeltest.Case):
    def setUp(self):
        desk.forget_all()
        desk.set_settings(window_width=900, window_height=852)

    def open(self, *arguments, **options):
        return Program(self, desk, *arguments, **options)

    def wait_rows(self, program, *beginnings):
        """Waits until the rows begin with these words, and no others are there."""
        def look():
            rows = program.rows()
            assert len(rows) == len(beginnings), rows
            for row, beginning in zip(rows, beginnings):
                assert row.startswith(beginning), rows
            return True
        wait_until(f'rows {beginnings}', look)


class Complaints(keeltest.Case):
    """No test passes whose application has complained."""

    def test_what_it_says(self):
        for line in ['(keelboat:7): Gtk-WARNING **: 12:00:00.000: Unknown key x in settings.ini',
                     '(keelboat:7): Gtk-CRITICAL **: 12:00:00.000: gtk_widget_show: assertion',
                     '(keelboat:7): GLib-GObject-CRITICAL **: 12:00:00.000: g_object_unref',
                     '(keelboat:7): Adwaita-WARNING **: 12:00:00.000: x',
                     '(process:7): WARNING **: 12:00:00.000: x', '** (process:7): CRITICAL **: x',
                     'Gdk-ERROR **: x', 'a.c:1:2: runtime error: x']:
            with self.subTest(line):
                self.assertEqual(complaints_of(f'good\n{line}\ngood\n'), [line])
        self.assertEqual(complaints_of('(keelboat:7): Gtk-Message: 12:00:00.000: x\n'), [])

    def test_how_it_ends(self):
        for status in [1, -5, -6, -11]:
            self.assertEqual(complaints_of('', status), [f'it ended with {status}'])
        for status in [0, -15, -9]:
            self.assertEqual(complaints_of('', status), [])


class Sections(WindowCase):
    def test_groups_in_their_order(self):
        desk.fill(name='last.iso', state='finished', received=MB, finished=days_ago(1))
        desk.fill(name='now.iso', state='finished', received=MB, finished=days_ago(0))
        desk.fill(name='bad.iso', state='failed', error_code='dns', error_message='x')
        desk.fill(name='held.iso', state='paused', pause_reason='user', received=MB, total=2 * MB)
        desk.fill(name='runs.iso', state='running', received=MB, total=2 * MB)
        program = self.open()
        self.wait_rows(program, 'Active', 'runs.iso, Active, 50%',
                       'Waiting', 'held.iso, 50%, Paused',
                       'Failed', 'bad.iso, Failed, The server was not found', 'Today',
                       'now.iso, Finished', 'Yesterday', 'last.iso, Finished')
        program.close()

    def test_only_a_new_state_moves_a_row(self):
        number = desk.fill(name='a.iso', state='running', received=MB, total=100 * MB)
        desk.fill(name='b.iso', state='running', received=MB, total=100 * MB)
        program = self.open()
        self.wait_rows(program, 'Active', 'a.iso', 'b.iso')
        desk.tick(number, 90 * MB, 5 * MB)
        program.wait_progress('a.iso', 0.89)
        program.wait_row('a.iso', '90 of 100')
        self.wait_rows(program, 'Active', 'a.iso', 'b.iso')
        desk.change(number, state='finished', received=100 * MB, finished=days_ago(0))
        self.wait_rows(program, 'Active', 'b.iso', 'Today', 'a.iso, Finished')
        program.close()

    def test_the_empty_window_offers_to_add(self):
        program = self.open()
        program.find('label', 'No Downloads Yet')
        program.press('push button', 'Add Download…')
        program.find('push button', 'Cancel')
        program.press('push button', 'Cancel')
        program.wait_window_gone('Add Download')
        program.close()

    def test_ten_thousand(self):
        desk.fill(10000, name='many.zip', state='finished', received=MB, finished=days_ago(1))
        program = self.open()
        program.find('push button', 'Finished 10000', seconds=60)
        program.activate()
        program.keys('End')
        program.wait_focused('many.zip')
        program.keys('Home')
        program.wait_focused('many.zip')
        self.assertLess(len(program.rows()), 500, 'every row has a widget')
        program.close()


    def test_ten_thousand_are_cleared_at_once(self):
        """The window answers meanwhile: the tree is asked, with a deadline of seconds."""
        desk.fill(10000, name='many.zip', state='finished', received=MB, finished=days_ago(1))
        program = self.open(environment=LASTING_TOASTS)
        program.find('push button', 'Finished 10000', seconds=60)
        program.activate()
        program.keys('F10')
        program.press('menu item', 'Clear Finished')
        program.find('label', 'No Downloads Yet')
        program.find('label', '10000 downloads removed')
        program.press('push button', 'Undo')
        program.find('push button', 'Finished 10000')
        program.close()


class FilterAndSearch(WindowCase):
    def setUp(self):
        super().setUp()
        desk.fill(name='Alpha.iso', state='running', received=MB, total=2 * MB)
        desk.fill(name='beta.iso', state='failed', error_code='dns', error_message='x')
        desk.fill(name='Straße.iso', state='finished', received=MB, finished=days_ago(0))

    def test_filters_have_counts_and_are_kept(self):
        program = self.open()
        for name in ['All 3', 'Active 1', 'Waiting 0', 'Finished 1', 'Failed 1']:
            program.find('push button', name)
        program.press('push button', 'Failed 1')
        self.wait_rows(program, 'Failed', 'beta.iso')
        program.press('push button', 'Waiting 0')
        self.wait_rows(program)
        program.press('push button', 'Finished 1')
        self.wait_rows(program, 'Today', 'Straße.iso')
        program.close()
        self.assertEqual(desk.settings()['filter'], "'finished'")
        program = self.open()
        self.wait_rows(program, 'Today', 'Straße.iso')
        program.close()

    def test_search(self):
        program = self.open()
        program.activate()
        program.keys('ctrl+f')
        program.wait_focused('Search downloads')
        program.type('alp')
        self.wait_rows(program, 'Active', 'Alpha.iso')
        program.type('xyz')
        self.wait_rows(program)
        program.find('label', 'Try a different search')
        program.keys('Escape')
        self.wait_rows(program, 'Active', 'Alpha.iso', 'Failed', 'beta.iso', 'Today', 'Straße.iso')
        program.close()


class Verbs(WindowCase):
    def test_pause_and_resume(self):
        number = desk.fill(name='a.iso', state='running', received=MB, total=2 * MB)
        program = self.open()
        program.press('push button', 'Pause', inside='a.iso')
        wait_until('it is paused', lambda: desk.states()[number] == 'paused')
        self.wait_rows(program, 'Waiting', 'a.iso, 50%, Paused')
        program.press('push button', 'Resume', inside='a.iso')
        wait_until('it goes on', lambda: desk.states()[number] == 'queued')
        program.wait_row('a.iso', 'Waiting for its turn')
        program.close()

    def test_a_refused_verb_is_said_and_taken_back(self):
        desk.fill(name='a.iso', state='running', received=MB, total=2 * MB)
        program = self.open(environment=LASTING_TOASTS)
        program.row('a.iso')
        desk.fail('Control', 'Busy')
        program.press('push button', 'Pause', inside='a.iso')
        program.find('label', 'The download service is busy')
        program.find('push button', 'Pause', inside='a.iso')
        program.close()

    def test_the_button_of_each_state(self):
        path = os.path.join(desk.house.downloads, 'real.pdf')
        with open(path, 'w', encoding='ascii') as file:
            file.write('x')
        desk.fill(name='1.iso', state='queued')
        desk.fill(name='2.iso', state='waiting', wait_reason='retry', wait_until=days_ago(0))
        desk.fill(name='3.iso', state='failed', error_code='checksum', error_message='x')
        desk.fill(name='4.iso', state='failed', error_code='unsupported', error_message='x')
        desk.fill(name='real.pdf', state='finished', received=1, finished=days_ago(0), file=path)
        desk.fill(name='gone.pdf', state='finished', received=1, finished=days_ago(0),
                  file='/nonexistent/gone.pdf')
        program = self.open()
        for name, button in [('1.iso', 'Pause'), ('2.iso', 'Retry'), ('3.iso', 'Download Again'),
                             ('4.iso', 'Remove'), ('real.pdf', 'Open'), ('gone.pdf', 'Remove')]:
            with self.subTest(name):
                program.find('push button', button, inside=name)
        program.wait_row('gone.pdf', 'Moved or deleted')
        program.close()

    def test_all_at_once(self):
        for name in ['a.iso', 'b.iso']:
            desk.fill(name=name, state='running', received=MB, total=2 * MB)
        program = self.open()
        program.row('a.iso')
        program.activate()
        program.keys('ctrl+p')
        self.wait_rows(program, 'Waiting', 'a.iso, 50%, Paused', 'b.iso, 50%, Paused')
        program.find('label', 'All paused')
        program.close()


class Removal(WindowCase):
    def test_undo_leaves_everything_as_it_was(self):
        number = desk.fill(name='a.iso', state='running', received=MB, total=2 * MB)
        desk.fill(name='b.iso', state='running', received=MB, total=2 * MB)
        before = desk.calls('Control')[0]
        program = self.open(environment=LASTING_TOASTS)
        program.row('a.iso')
        program.activate()
        program.wait_focused('a.iso')
        program.keys('Delete')
        program.find('label', '“a.iso” removed')
        self.wait_rows(program, 'Active', 'b.iso')
        program.wait_focused('b.iso')
        program.keys('ctrl+z')
        self.wait_rows(program, 'Active', 'a.iso', 'b.iso')
        self.assertEqual(desk.calls('Control')[0], before, 'the service was told')
        self.assertIn(number, desk.states())
        program.close()
        self.assertIn(number, desk.states())

    def test_two_removals_are_one_undo(self):
        numbers = [desk.fill(name=name, state='paused', received=MB, total=2 * MB)
                   for name in ['a.iso', 'b.iso', 'c.iso']]
        program = self.open(environment=LASTING_TOASTS)
        program.row('a.iso')
        program.activate()
        program.wait_focused('a.iso')
        program.keys('Delete')
        program.wait_focused('b.iso')
        program.keys('Delete')
        program.find('label', '2 downloads removed')
        program.press('push button', 'Undo')
        self.wait_rows(program, 'Waiting', 'a.iso', 'b.iso', 'c.iso')
        self.assertEqual(sorted(desk.states()), numbers)
        program.close()

    def test_without_undo_it_happens_when_the_toast_has_gone(self):
        number = desk.fill(name='a.iso', state='running', received=MB, total=2 * MB)
        program = self.open(environment=LASTING_TOASTS)
        program.row('a.iso')
        program.activate()
        program.wait_focused('a.iso')
        program.keys('Delete')
        program.find('label', '“a.iso” removed')
        self.assertIn(number, desk.states())
        wait_until('the service is told', lambda: number not in desk.states(), 40)
        program.find('label', 'No Downloads Yet')
        program.close()

    def test_closing_carries_it_out(self):
        number = desk.fill(name='a.iso', state='finished', received=MB, finished=days_ago(0))
        kept = desk.fill(name='b.iso', state='running', received=MB, total=2 * MB)
        program = self.open(environment=LASTING_TOASTS)
        program.row('a.iso')
        program.activate()
        program.keys('F10')
        program.press('menu item', 'Clear Finished')
        program.find('label', '“a.iso” removed')
        program.close()
        self.assertEqual(sorted(desk.states()), [kept])
        self.assertNotIn(number, desk.states())

    def test_a_removal_that_fails_is_taken_back(self):
        number = desk.fill(name='a.iso', state='paused', received=MB, total=2 * MB)
        program = self.open(environment=LASTING_TOASTS)
        program.row('a.iso')
        program.activate()
        program.wait_focused('a.iso')
        desk.fail('Control', 'Busy')
        program.keys('Delete')
        self.wait_rows(program)
        program.find('label', 'The download service is busy', seconds=40)
        self.wait_rows(program, 'Waiting', 'a.iso')
        self.assertIn(number, desk.states())
        program.close()


class Keyboard(WindowCase):
    def test_arrows_step_over_headings(self):
        desk.fill(name='a.iso', state='running', received=MB, total=2 * MB)
        desk.fill(name='b.iso', state='paused', received=MB, total=2 * MB)
        desk.fill(name='c.iso', state='finished', received=MB, finished=days_ago(0))
        program = self.open()
        program.row('c.iso')
        program.activate()
        program.wait_focused('a.iso')
        for key, name in [('Down', 'b.iso'), ('Down', 'c.iso'), ('Down', 'c.iso'), ('Up', 'b.iso'),
                          ('Up', 'a.iso'), ('Up', 'a.iso'), ('End', 'c.iso'), ('Home', 'a.iso')]:
            with self.subTest(key + ' to ' + name):
                program.keys(key)
                program.wait_focused(name)
        program.close()

    def test_a_focused_row_keeps_its_place(self):
        desk.fill(name='a.iso', state='running', received=MB, total=2 * MB)
        desk.fill(name='b.iso', state='running', received=MB, total=2 * MB)
        program = self.open()
        program.row('b.iso')
        program.activate()
        program.wait_focused('a.iso')
        program.keys('Down', 'Up')
        program.wait_focused('a.iso')
        program.keys('space')
        program.wait_row('a.iso', 'Paused')
        self.wait_rows(program, 'Active', 'a.iso', 'b.iso')
        program.find('push button', 'Waiting 1')
        program.keys('Down')
        program.wait_focused('b.iso')
        self.wait_rows(program, 'Active', 'b.iso', 'Waiting', 'a.iso')
        program.close()

    def test_menu_key(self):
        number = desk.fill(name='a.iso', state='running', received=MB, total=2 * MB)
        program = self.open()
        program.row('a.iso')
        program.activate()
        program.wait_focused('a.iso')
        program.keys('shift+F10')
        program.wait_menu('Pause', 'Copy Link', 'Paste New Link…', 'Details', 'Select', 'Cancel',
                          'Remove')
        program.press('menu item', 'Cancel')
        wait_until('it is cancelled', lambda: desk.states()[number] == 'cancelled')
        program.wait_row('a.iso', 'Canceled')
        program.close()

    def test_shortcuts_and_about(self):
        program = self.open()
        program.activate()
        program.keys('ctrl+question')
        program.find('label', 'Pause or resume')
        program.keys('Escape')
        program.wait_window_gone('Shortcuts')
        program.keys('F10')
        program.press('menu item', 'About Keelboat')
        program.find('label', 'The Keelboat developers')
        program.keys('Escape')
        program.activate()
        program.keys('ctrl+w')
        program.wait_end()


class Help(WindowCase):
    NONE = 'To read the help, install a help viewer'

    def test_it_is_shown_by_the_viewer(self):
        viewer = handlers.Viewer(desk.house, 'x-scheme-handler/help', '%u')
        desk.fill(name='a.iso', state='paused', received=MB, total=2 * MB)
        program = self.open()
        program.activate()
        program.wait_focused('a.iso')
        program.keys('F1')
        viewer.wait_opened('help:keelboat')
        program.keys('F10')
        program.press('menu item', 'Help')
        wait_until('it is asked for again',
                   lambda: viewer.opened() == ['help:keelboat', 'help:keelboat'])
        program.close()

    def test_there_is_no_viewer(self):
        handlers.remove_help_viewers(desk.house)
        desk.fill(name='a.iso', state='paused', received=MB, total=2 * MB)
        program = self.open(environment=LASTING_TOASTS)
        program.activate()
        program.wait_focused('a.iso')
        program.keys('F1')
        program.find('label', self.NONE)
        program.close()


class Life(WindowCase):
    def test_size_is_kept(self):
        program = self.open()
        desk.display.resize(program.window, 700, 500)
        program.wait_size(700, 500)
        program.close()
        program = self.open()
        program.wait_size(700, 500)
        program.close()

    def test_narrow(self):
        desk.fill(name='a.iso', state='failed', error_code='dns', error_message='x', received=MB,
                  total=2 * MB)
        program = self.open()
        program.wait_row('a.iso', 'of 2 MB kept')
        program.find('label', 'of 2 MB kept')
        desk.display.resize(program.window, 360, 600)
        program.wait_gone('label', 'of 2 MB kept')
        program.find('push button', 'Retry', inside='a.iso')
        # Now that it has folded, it fits to the last pixel.
        desk.display.resize(program.window, 360, 600)
        program.wait_size(360, 600)
        desk.display.resize(program.window, 800, 600)
        program.find('label', 'of 2 MB kept')
        program.close()

    def test_the_service_knows_what_has_been_seen(self):
        """It makes no notifications of what happens before somebody's eyes."""
        number = desk.fill(name='a.iso', state='finished', received=MB, finished=days_ago(0))
        program = self.open()
        program.row('a.iso')
        program.activate()

        def look():
            last = desk.calls('SetAttention')[1]
            assert last.startswith('(true') and str(number) in last, last
            return True
        wait_until('the service is told what is seen', look)
        program.close()

    def test_the_service_that_stopped(self):
        desk.fill(name='a.iso', state='paused', received=MB, total=2 * MB)
        program = self.open()
        program.row('a.iso')
        desk.house.connection.manager('Quit', GLib.Variant('(a{sv})', ({},)))
        program.find('label', 'The download service has stopped', seconds=15)
        program.press('push button', 'Restart')
        wait_until('the service is back', lambda: desk.house.service_pid() is not None)
        program.wait_gone('push button', 'Restart')
        program.row('a.iso')
        program.close()

    def test_one_instance_takes_links(self):
        program = self.open()
        second = desk.house.environment
        result = subprocess.run([os.environ['KEELBOAT'], 'https://example.org/x/file.iso'],
                                env=second, timeout=30, check=False)
        self.assertEqual(result.returncode, 0)
        program.find('text', 'File Name')
        program.press('push button', 'Cancel')
        program.wait_window_gone('Add Download')
        result = subprocess.run([os.environ['KEELBOAT'], 'nonsense'], env=second, text=True,
                                capture_output=True, timeout=30, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn('“nonsense” is neither a link nor a file', result.stderr)
        program.close()


if __name__ == '__main__':
    keeltest.main()
