#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every word that can be seen or heard can be translated: in a language in which each message has
marks around it, nothing on any screen is without."""

import os
import re
import subprocess

import keeltest
import screens
from keeltest import processes, wait_until
from access import TYPE_NAME, frame_of
from keelui import LASTING_TOASTS, Program, is_showing
from mockdesk import MB, MockDesk, days_ago
from gi.repository import GLib

BEGIN, END = '⟦', '⟧'
MARKING = ['-z', '-E', f's/^(.*[^\\n])(\\n*)$/{BEGIN}\\1{END}\\2/']
# What is the same in every language: names, links and numbers of the samples, keys, units that the
# toolkit writes, and the time.
DATA = re.compile(
    r'https?://\S+|\S+\.iso|Keelboat|example\.org(:\d+)?|127\.0\.0\.1|~?/\S*|Downloads(?=$)|Staff'
    r'|\b(Ctrl|Shift|Alt)\b(\+\S+)?|F\d+'
    r'|[\d.,]+\s*(bytes|[kMGT]?B)\b|(sha|md)-?\d+', re.IGNORECASE)
# What the toolkit says, in its own translation.
TOOLKIT = {'Close', 'Close the window', 'Search', 'Show Text', 'Preferences', 'Shortcuts',
           'No Results Found', 'Try a different search.', 'Try a different search'}
# Of the keys in the shortcuts window.
KEYS = {'Delete', 'Space', 'Return', 'Escape', 'Menu', 'Up', 'Down', 'Left', 'Right'}

desk = None
words = None


def setUpModule():
    global desk, words
    desk = MockDesk()
    words = os.path.join(desk.house.root, 'words')
    make_words()
    screens.MARK[0] = BEGIN + '{}' + END


def tearDownModule():
    desk.end()


def make_words():
    """The translation with the marks."""
    template = os.path.join(os.environ['KEEL_SOURCE_ROOT'], 'po/keelboat.pot')
    folder = os.path.join(words, 'xx/LC_MESSAGES')
    os.makedirs(folder)
    same = subprocess.run(['msgen', '--lang=xx', template], check=True, capture_output=True).stdout
    marked = subprocess.run(['msgfilter', '--keep-header', 'sed', *MARKING], input=same,
                            check=True, capture_output=True).stdout
    subprocess.run(['msgfmt', '-o', os.path.join(folder, 'keelboat.mo'), '-'], input=marked,
                   check=True)


def without_marks(text):
    """What is outside of all messages."""
    while True:
        shorter = re.sub(f'{BEGIN}[^{BEGIN}{END}]*{END}', '', text)
        if shorter == text:
            return text
        text = shorter


def is_translated(text):
    rest = DATA.sub('', without_marks(text))
    return text in TOOLKIT or not re.search(r'[A-Za-z]{2}', rest)


def words_on(frame):
    """Names and descriptions of all that is shown, with the role that has them."""
    found = set()

    def walk(node):
        if node is None:
            return
        if is_showing(node):
            found.update((node.get_role_name(), text) for text in
                         (node.get_name(), node.get_description()) if text)
        for i in range(node.get_child_count()):
            walk(node.get_child_at_index(i))
    try:
        walk(frame)
    except GLib.Error as error:
        raise AssertionError(f'the tree changed: {error}') from error
    return found


# So that one window is enough: what leaves the focus elsewhere comes last. All pages of the
# preferences are in the tree at once.
ORDER = ['list', 'row_menu', 'selection', 'details', 'details_finished', 'add_options',
         'preferences', 'shortcuts', 'sign_in', 'new_link', 'search', 'menu']
REASONS = ['slot', 'offline', 'captive-portal', 'metered', 'power', 'schedule', 'low-disk', 'retry',
           'auth', 'destination', 'suspended']
ERRORS = ['dns', 'connect', 'tls', 'timeout', 'truncated', 'protocol', 'http-status',
          'content-changed', 'checksum', 'too-large', 'no-space', 'disk', 'destination', 'bad-uri',
          'redirect', 'auth-required', 'needs-new-url', 'unsupported', 'limits', 'internal']


class Marked(keeltest.Case):
    def setUp(self):
        desk.forget_all()
        desk.set_settings(window_width=900, window_height=852)

    def open(self):
        return Program(self, desk, environment={
            'LANGUAGE': 'xx', 'LC_ALL': 'C.UTF-8', 'KEEL_LOOK_WORDS': words, **LASTING_TOASTS})

    def check(self, program, title):
        frame = wait_until('there is a window', lambda: frame_of(program, title))
        found = wait_until('its words can be read', lambda: words_on(frame))
        self.assertTrue([text for _, text in found if BEGIN in text], 'no word is translated')
        self.assertEqual(sorted(pair for pair in found if not is_translated(pair[1]) and
                                not TYPE_NAME.match(pair[1]) and
                                not (pair[0] == 'label' and pair[1] in KEYS)), [])

    def test_screens(self):
        screens.fill(desk)
        program = self.open()
        program.row('a.iso')
        for name in ORDER:
            open_screen, title, _, _ = screens.SCREENS[name]
            title = title if title == screens.TITLE else screens.title(title)
            with self.subTest(name):
                program.activate()
                program.keys('Home')
                program.wait_focused('a.iso')
                open_screen(program)
                self.check(program, title)
            program.keys('Escape')
            if title != screens.TITLE:
                program.wait_window_gone(title)
        processes.end(program.process)

    def test_states(self):
        for reason in REASONS:
            desk.fill(name='w.iso', state='waiting', wait_reason=reason, received=MB, total=2 * MB,
                      wait_until=days_ago(-1))
        for state in ['queued', 'running', 'verifying', 'paused', 'cancelled']:
            desk.fill(name='s.iso', state=state, received=MB, total=2 * MB, rate=MB)
        program = self.open()
        program.row('s.iso')
        self.check(program, screens.TITLE)
        processes.end(program.process)

    def test_errors(self):
        for code in ERRORS:
            desk.fill(name='e.iso', state='failed', error_code=code, error_message='x',
                      error_http_status=418, received=MB, total=2 * MB)
        program = self.open()
        program.row('e.iso')
        self.check(program, screens.TITLE)
        program.activate()
        program.keys('ctrl+a', 'Delete')
        program.find('label', f'{len(ERRORS)} downloads removed')
        self.check(program, screens.TITLE)
        processes.end(program.process)

    def test_banners(self):
        for reason in ['metered', 'power', 'offline', 'captive-portal', 'low-disk', 'destination']:
            number = desk.fill(name='w.iso', state='waiting', wait_reason=reason)
            with self.subTest(reason):
                program = self.open()
                program.row('w.iso')
                self.check(program, screens.TITLE)
                processes.end(program.process)
            desk.change(number, state='paused')


if __name__ == '__main__':
    keeltest.main()
