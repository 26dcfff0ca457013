#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done with the list as a whole: selecting, sorting, searching by typing, the banner."""

import hashlib
import os
import subprocess
import time
from xml.etree import ElementTree

from gi.repository import GLib

import keeltest
from keeltest import processes, wait_until
from mockdesk import MB, MockDesk, days_ago
from keelui import LASTING_TOASTS, Atspi, Program

desk = None


def setUpModule():
    global desk
    desk = MockDesk()


def tearDownModule():
    desk.end()


class ListCase(keeltest.Case):
    def setUp(self):
        desk.forget_all()
        desk.set_settings(window_width=900, window_height=852)

    def open(self, *arguments, **options):
        program = Program(self, desk, *arguments, **options)
        program.activate()
        return program

    def wait_names(self, program, *names):
        """Waits until these downloads are listed, in this order."""
        def look():
            rows = [row.split(',')[0] for row in program.rows() if ',' in row]
            assert rows == list(names), rows
            return True
        wait_until(f'rows {names}', look)


class Selection(ListCase):
    def setUp(self):
        super().setUp()
        self.running = desk.fill(name='a.iso', state='running', received=MB, total=2 * MB)
        self.paused = desk.fill(name='b.iso', state='paused', received=MB, total=2 * MB)
        self.failed = desk.fill(name='c.iso', state='failed', error_code='dns', error_message='x')

    def test_all_and_none(self):
        program = self.open()
        program.wait_focused('a.iso')
        program.keys('ctrl+a')
        program.find('label', '3 Selected')
        for name in ['Select All', 'Cancel', 'Pause', 'Resume', 'Retry', 'Remove']:
            program.find('push button', name)
        program.keys('Escape')
        program.wait_gone('label', '3 Selected')
        program.find('push button', 'Add')
        program.find('push button', 'Pause', inside='a.iso')
        program.close()

    def test_a_verb_goes_to_those_that_it_fits(self):
        program = self.open()
        program.wait_focused('a.iso')
        program.keys('ctrl+a')
        program.find('label', '3 Selected')
        program.press('push button', 'Pause')
        wait_until('it is paused', lambda: desk.states()[self.running] == 'paused')
        self.assertEqual(desk.states()[self.failed], 'failed')
        # The selection goes along with what is moved, and what is possible changes.
        program.wait_gone('push button', 'Pause')
        program.find('label', '3 Selected')
        program.press('push button', 'Resume')
        wait_until('both go on', lambda: [desk.states()[number] for number in
                                          (self.running, self.paused)] == ['queued', 'queued'])
        program.close()

    def test_shift_and_headings(self):
        program = self.open()
        program.wait_focused('a.iso')
        program.keys('Down')
        program.wait_focused('b.iso')
        program.keys('shift+Down')
        program.wait_focused('c.iso')
        program.find('label', '2 Selected')
        program.keys('shift+Up')
        program.find('label', '1 Selected')
        # The last tick that is taken off ends it.
        program.keys('space')
        program.wait_gone('label', '1 Selected')
        self.assertEqual(desk.states()[self.paused], 'paused')
        program.close()

    def test_remove_and_undo(self):
        program = self.open(environment=LASTING_TOASTS)
        program.wait_focused('a.iso')
        program.keys('ctrl+a', 'Delete')
        program.find('label', '3 downloads removed')
        program.wait_gone('label', '3 Selected')
        program.keys('ctrl+z')
        self.wait_names(program, 'a.iso', 'b.iso', 'c.iso')
        program.close()

    def test_what_is_not_seen_is_not_selected(self):
        program = self.open()
        program.wait_focused('a.iso')
        program.keys('ctrl+a')
        program.find('label', '3 Selected')
        program.press('push button', 'Failed 1')
        program.find('label', '1 Selected')
        program.close()

    def click(self, program, name, *keys):
        """Clicks on the row, as it is drawn, with keys held down."""
        extents = Atspi.Component.get_extents(program.row(name), Atspi.CoordType.WINDOW)
        desk.display.move_pointer(extents.x + 300, extents.y + 30, program.window)
        desk.display.click(keys=keys)

    def test_by_pointer(self):
        program = self.open()
        program.wait_focused('a.iso')
        self.click(program, 'b.iso')
        program.wait_focused('b.iso')
        self.assertEqual(program.find_all('label', 'Selected'), [])
        # Not where it was clicked just now: two clicks are one double click.
        self.click(program, 'c.iso', 'ctrl')
        program.find('label', '1 Selected')
        # From now on a plain click is enough.
        self.click(program, 'a.iso')
        program.find('label', '2 Selected')
        self.click(program, 'a.iso')
        program.find('label', '1 Selected')
        # From the last click on.
        self.click(program, 'c.iso', 'shift')
        program.find('label', '3 Selected')
        desk.display.move_pointer(1, 1)
        program.close()

    def test_from_the_menu(self):
        program = self.open()
        program.wait_focused('a.iso')
        program.keys('shift+F10')
        program.press('menu item', 'Select')
        program.find('label', '1 Selected')
        program.close()

    def test_menu_of_the_selection(self):
        program = self.open(environment=LASTING_TOASTS)
        program.wait_focused('a.iso')
        program.keys('shift+Down')
        program.find('label', '2 Selected')
        # The row that is pointed at is meant as well.
        program.keys('Down')
        program.wait_focused('c.iso')
        program.keys('shift+F10')
        program.find('label', '3 Selected')
        program.find('menu item', 'Copy Links')
        self.assertEqual(program.find_all('menu item', 'Details'), [])
        program.press('menu item', 'Remove')
        program.find('label', '3 downloads removed')
        program.close()


class Order(ListCase):
    def test_sorting_is_kept(self):
        for name, size in [('b.iso', 3), ('a.iso', 1), ('c.iso', 2)]:
            desk.fill(name=name, state='paused', received=MB, total=size * MB)
        program = self.open()
        self.wait_names(program, 'b.iso', 'a.iso', 'c.iso')
        program.close()
        desk.set_settings(window_width=900, window_height=852, sort="'name'")
        program = self.open()
        self.wait_names(program, 'a.iso', 'b.iso', 'c.iso')
        program.close()
        desk.set_settings(window_width=900, window_height=852, sort="'size'")
        program = self.open()
        self.wait_names(program, 'b.iso', 'c.iso', 'a.iso')
        program.close()

    def test_sorting_by_menu(self):
        for name, size in [('b.iso', 3), ('a.iso', 1), ('c.iso', 2)]:
            desk.fill(name=name, state='paused', received=MB, total=size * MB)
        program = self.open()
        self.wait_names(program, 'b.iso', 'a.iso', 'c.iso')
        program.keys('F10')
        program.press('menu item', 'Sort By')
        program.press('menu item', 'Name')
        self.wait_names(program, 'a.iso', 'b.iso', 'c.iso')
        wait_until('it is kept', lambda: desk.settings().get('sort') == "'name'")
        program.close()

    def test_typing_searches(self):
        for name in ['alpha.iso', 'beta.iso']:
            desk.fill(name=name, state='paused', received=MB, total=2 * MB)
        program = self.open()
        program.wait_focused('alpha.iso')
        program.type('bet')
        self.wait_names(program, 'beta.iso')
        program.keys('Escape')
        self.wait_names(program, 'alpha.iso', 'beta.iso')
        program.close()

    def test_the_list_is_where_it_was(self):
        desk.fill(200, name='many.iso', state='paused', received=MB, total=2 * MB)
        desk.fill(name='last.iso', state='paused', received=MB, total=2 * MB)
        program = self.open()
        program.wait_focused('many.iso')
        program.keys('End')
        program.wait_focused('last.iso')
        program.close()
        self.assertNotEqual(desk.settings()['top-task'], 'uint64 0')
        program = self.open()
        program.row('last.iso')
        program.close()


class Menu(ListCase):
    def menu(self, program, name, *items):
        """Opens that of a row; the first three of its items are named, or all."""
        program.row(name)
        program.wait_focused(name)
        program.keys('shift+F10')
        program.wait_menu(*items, is_whole=len(items) > 3)

    def test_what_waits_for_a_network(self):
        number = desk.fill(name='a.iso', state='waiting', wait_reason='metered', received=MB,
                           total=2 * MB)
        program = self.open()
        self.menu(program, 'a.iso', 'Pause', 'Download Anyway', 'Move to Top', 'Copy Link',
                  'Paste New Link…', 'Details', 'Select', 'Cancel', 'Remove')
        program.press('menu item', 'Download Anyway')

        def look():
            last = desk.calls('Update')[1]
            assert str(number) in last and 'network' in last and 'any' in last, last
            return True
        wait_until('the service is told', look)
        program.close()

    def test_what_is_finished(self):
        path = os.path.join(desk.house.downloads, 'done.pdf')
        with open(path, 'w', encoding='ascii') as file:
            file.write('x')
        number = desk.fill(name='done.pdf', state='finished', received=1, finished=days_ago(0),
                           file=path)
        program = self.open(environment=LASTING_TOASTS)
        self.menu(program, 'done.pdf', 'Open', 'Download Again', 'Copy Link', 'Show in Folder',
                  'Verify Checksum…', 'Details', 'Select', 'Remove', 'Move to Trash')
        program.press('menu item', 'Move to Trash')
        program.find('label', '“done.pdf” moved to trash')
        self.assertTrue(os.path.exists(path), 'it went before it could be undone')
        program.press('push button', 'Undo')
        self.wait_names(program, 'done.pdf')
        self.assertTrue(os.path.exists(path))
        program.keys('shift+F10')
        program.press('menu item', 'Move to Trash')
        wait_until('it is in the trash', lambda: not os.path.exists(path), 40)
        wait_until('it is out of the list', lambda: number not in desk.states())
        program.close()

    def test_the_focus_stays_in_the_list(self):
        for name in ['a.iso', 'b.iso', 'c.iso']:
            path = os.path.join(desk.house.downloads, name)
            with open(path, 'w', encoding='ascii') as file:
                file.write('x')
            desk.fill(name=name, state='finished', received=1, finished=days_ago(0), file=path)
        program = self.open()
        for key, name, left in [('Escape', 'c.iso', 'c.iso'), ('Remove', 'c.iso', 'b.iso'),
                                ('Move to Trash', 'b.iso', 'a.iso')]:
            with self.subTest(key):
                program.wait_focused(name)
                self.menu(program, name)
                if key == 'Escape':
                    program.keys(key)
                else:
                    program.press('menu item', key)
                program.wait_focused(left)
        program.close()

    def test_verify_checksum(self):
        path = os.path.join(desk.house.downloads, 'done.bin')
        content = os.urandom(3 * MB)
        with open(path, 'wb') as file:
            file.write(content)
        self.addCleanup(os.unlink, path)
        desk.fill(name='done.bin', state='finished', received=3 * MB, finished=days_ago(0),
                  file=path)
        program = self.open()
        self.menu(program, 'done.bin')
        program.press('menu item', 'Verify Checksum…')
        entry = program.find('text', 'Checksum')
        program.activate('Verify Checksum')

        def paste(text):
            Atspi.EditableText.delete_text(entry, 0, Atspi.Text.get_character_count(entry))
            Atspi.EditableText.insert_text(entry, 0, text, len(text))
        for name in ['md5', 'sha1', 'sha256', 'sha512']:
            paste(hashlib.new(name, content).hexdigest().upper())
            program.find('label', 'Matches')
        paste('SHA256: ' + '0' * 64)
        program.find('label', 'Does not match')
        program.find('label', hashlib.sha256(content).hexdigest())
        paste('no checksum')
        program.wait_gone('label', 'Does not match')
        os.rename(path, path + '.away')
        paste('0' * 40)
        program.find('label', 'The file cannot be read')
        os.rename(path + '.away', path)
        program.keys('Escape')
        program.wait_window_gone('Verify Checksum')
        program.close()

    def test_move_to_top(self):
        for name in ['a.iso', 'b.iso', 'c.iso']:
            desk.fill(name=name, state='queued')
        program = self.open()
        self.wait_names(program, 'a.iso', 'b.iso', 'c.iso')
        program.wait_focused('a.iso')
        program.keys('Down', 'Down')
        program.wait_focused('c.iso')
        self.menu(program, 'c.iso')
        before = desk.calls('Update')[0]
        program.press('menu item', 'Move to Top')
        wait_until('the service is told', lambda: desk.calls('Update')[0] == before + 1)
        self.assertIn('first', desk.calls('Update')[1])
        self.wait_names(program, 'c.iso', 'a.iso', 'b.iso')
        program.wait_focused('c.iso')
        program.close()

    def test_the_order_of_the_queue(self):
        numbers = [desk.fill(name=name, state='queued') for name in ['a.iso', 'b.iso', 'c.iso']]
        low = desk.fill(name='d.iso', state='paused', priority='low')
        desk.fill(name='e.iso', state='running', received=MB, total=2 * MB)
        program = self.open()
        self.wait_names(program, 'e.iso', 'a.iso', 'b.iso', 'c.iso', 'd.iso')
        desk.change(low, priority='high')
        self.wait_names(program, 'e.iso', 'd.iso', 'a.iso', 'b.iso', 'c.iso')
        desk.change(numbers[0], rank=7)
        self.wait_names(program, 'e.iso', 'd.iso', 'b.iso', 'c.iso', 'a.iso')
        desk.change(numbers[2], rank=-7, state='running')
        self.wait_names(program, 'c.iso', 'e.iso', 'd.iso', 'b.iso', 'a.iso')
        desk.change(numbers[2], rank=9, state='queued')
        self.wait_names(program, 'e.iso', 'd.iso', 'b.iso', 'a.iso', 'c.iso')
        program.close()

    def test_what_waits_for_a_time(self):
        tomorrow = int((time.time() + 86400) * 1000000)
        number = desk.fill(name='a.iso', state='waiting', wait_reason='schedule',
                           wait_until=tomorrow)
        program = self.open()
        self.menu(program, 'a.iso', 'Pause', 'Start Now', 'Move to Top')
        program.press('menu item', 'Start Now')
        wait_until('it waits no longer', lambda: desk.states()[number] == 'queued')
        program.wait_row('a.iso', 'Waiting for its turn')
        program.close()


class Banner(ListCase):
    STATES = [
        ('destination', 'The folder is not reachable', 'Choose…'),
        ('low-disk', 'Not enough space', 'Choose Folder…'),
        ('captive-portal', 'This network asks you to sign in', 'Sign In'),
        ('offline', 'Offline: downloads go on when the network is back', None),
        ('metered', 'Metered network: downloads are waiting', 'Download Anyway'),
        ('power', 'No external power: downloads are waiting', 'Download Anyway'),
    ]

    def test_the_most_important_one_first(self):
        numbers = [desk.fill(name=f'{reason}.iso', state='waiting', wait_reason=reason,
                             received=MB, total=2 * MB) for reason, _, _ in self.STATES]
        program = self.open()
        for number, (reason, words, button) in zip(numbers, self.STATES):
            with self.subTest(reason):
                program.find('label', words)
                if button is not None:
                    program.find('push button', button)
                desk.change(number, state='running')
                program.wait_gone('label', words)
        program.close()

    def test_download_anyway(self):
        for name in ['a.iso', 'b.iso']:
            desk.fill(name=name, state='waiting', wait_reason='metered', received=MB, total=2 * MB)
        before = desk.calls('Update')[0]
        program = self.open()
        program.press('push button', 'Download Anyway')
        wait_until('the service is told of both', lambda: desk.calls('Update')[0] == before + 2)
        program.close()

    def test_while_you_were_away(self):
        known = desk.fill(name='known.iso', state='failed', error_code='dns', error_message='x')
        done = desk.fill(name='done.iso', state='running', received=MB, total=2 * MB)
        bad = desk.fill(name='bad.iso', state='running', received=MB, total=2 * MB)
        program = self.open()
        program.row('known.iso')
        self.assertEqual(program.find_all('label', 'While you were away'), [])
        program.close()
        time.sleep(1.1)  # the service tells whole seconds
        desk.change(done, state='finished', finished=int(time.time() * 1000000))
        desk.change(bad, state='failed', error_code='dns', error_message='x')
        program = self.open()
        program.find('label', 'While you were away: 1 finished, 1 needs you')
        program.press('push button', 'Show')
        program.wait_focused('bad.iso')
        program.wait_gone('label', 'While you were away')
        self.assertIn(known, desk.states())
        program.close()


class OtherApps(ListCase):
    def test_their_name(self):
        folder = os.path.join(desk.house.home, '.local/share/applications')
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, 'org.example.Casts.desktop'), 'w',
                  encoding='utf-8') as file:
            file.write('[Desktop Entry]\nType=Application\nName=Casts\nExec=true\n'
                       'Icon=multimedia-player\n')
        desk.fill(name='a.mp3', state='queued', app='org.example.Casts')
        desk.fill(name='b.mp3', state='waiting', wait_reason='suspended', app='org.example.Casts')
        desk.fill(name='c.mp3', state='queued', app='org.example.Nobody')
        desk.fill(name='d.mp3', state='queued', app='host')
        program = self.open()
        program.wait_row('a.mp3', 'a.mp3, Casts, Waiting for its turn')
        program.wait_row('b.mp3', 'b.mp3, Casts, Held')
        program.wait_row('c.mp3', 'c.mp3, org.example.Nobody, ')
        program.wait_row('d.mp3', 'd.mp3, Waiting for its turn')
        program.close()


class Shortcuts(ListCase):
    """Every key of the shortcuts window does what it says there."""

    def test_all(self):
        told = {}
        ui = os.path.join(os.environ['KEEL_SOURCE_ROOT'], 'src/app/help-overlay.ui')
        for shortcut in ElementTree.parse(ui).iter('object'):
            if shortcut.get('class') == 'GtkShortcutsShortcut':
                values = {value.get('name'): value.text for value in shortcut.iter('property')}
                told[values['title']] = values['accelerator'].split()
        tried = {title: [key for key, _ in keys] for title, keys in self.table().items()}
        self.assertEqual({title: sorted(keys) for title, keys in tried.items()},
                         {title: sorted(keys) for title, keys in told.items()})
        for title, keys in self.table().items():
            for key, look in keys:
                with self.subTest(f'{title}: {key}'):
                    self.try_key(key, look)

    def table(self):
        """Title in the window -> its keys, each with what shows that it worked. Those that need
        more than that have tests of their own: None."""
        def label(text):
            return lambda program: program.find('label', text)

        def item(text):
            return lambda program: program.find('menu item', text)

        def ended(program):
            program.wait_end()
        return {
            'Add download': [('<Control>n', lambda program: program.find('push button',
                                                                         'Cancel'))],
            'Add from clipboard': [('<Control>v', None)],
            'Pause all': [('<Control>p', label('Paused'))],
            'Undo removal': [('<Control>z', None)],
            'Pause or resume': [('space', label('Paused'))],
            'Open file': [('Return', None)],
            'Details': [('F9', label('Source')), ('<Alt>Return', label('Source'))],
            'Copy link': [('<Control>c', label('Link copied'))],
            'Remove': [('Delete', label('“a.iso” removed'))],
            'Open menu': [('Menu', item('Copy Link')), ('<Shift>F10', item('Copy Link'))],
            'Select all': [('<Control>a', label('1 Selected'))],
            'Extend selection': [('<Shift>Up', None), ('<Shift>Down', None)],
            'Cancel selection': [('Escape', None)],
            'Search': [('<Control>f', lambda program: program.wait_focused('Search downloads'))],
            'Main menu': [('F10', item('About Keelboat'))],
            'Preferences': [('<Control>comma', lambda program: program.find('page tab',
                                                                            'General'))],
            'Help': [('F1', None)],
            'Keyboard shortcuts': [('<Control>question', label('Pause or resume'))],
            'Close window (downloads go on)': [('<Control>w', ended)],
            'Quit (downloads go on)': [('<Control>q', ended)],
        }

    def try_key(self, key, look):
        if look is None:
            return
        self.setUp()
        desk.fill(name='a.iso', state='running', received=MB, total=2 * MB,
                  uri='https://example.org/a.iso')
        program = self.open()
        program.wait_focused('a.iso')
        program.keys(key.replace('<Control>', 'ctrl+').replace('<Shift>', 'shift+')
                     .replace('<Alt>', 'alt+'))
        look(program)
        if program.process.poll() is None:
            processes.end(program.process)


class Clipboard(ListCase):
    def copy(self, text):
        """As another program does."""
        if desk.display.kind == 'wayland':
            self.skipTest('a program without a window that was clicked on cannot copy there')
        owner = processes.start(
            ['/usr/bin/python3', os.path.join(os.path.dirname(__file__), 'copier.py'), text],
            stdout=subprocess.PIPE, env={**os.environ, **desk.display.environment})
        self.addCleanup(owner.stdout.close)
        self.addCleanup(processes.end, owner)
        self.assertEqual(owner.stdout.readline(), b'copied\n')

    def test_asked_for_by_the_status_icon(self):
        desk.fill(name='a.iso', state='paused', received=MB, total=2 * MB)
        for text, *there in (('https://example.org/b.iso', 'text', 'File Name'),
                             ('no link', 'push button', 'Paste')):
            self.copy(text)
            program = self.open()
            desk.call_application('ActivateAction', GLib.Variant(
                '(sava{sv})', ('add-from-clipboard', [], {})))
            program.find(*there)
            program.press('push button', 'Cancel')
            program.wait_window_gone('Add Download')
            program.close()

    def test_a_copied_link_is_offered_once(self):
        self.copy('https://example.org/b.iso')
        desk.fill(name='a.iso', state='paused', received=MB, total=2 * MB)
        program = self.open(environment=LASTING_TOASTS)
        program.find('label', 'Download the copied link from example.org?')
        program.keys('ctrl+v')
        program.find('text', 'File Name')
        program.press('push button', 'Cancel')
        program.wait_window_gone('Add Download')
        program.close()


if __name__ == '__main__':
    keeltest.main()
