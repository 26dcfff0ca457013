#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways in: what the desktop opens with the application, what its launcher offers, and what is
dragged to it. Whatever comes in fills the Add window, and nothing starts by itself."""

import configparser
import itertools
import os
import shlex
import subprocess
import sys
import tempfile
from urllib.parse import quote

import keeltest
from keeltest import Nginx, contents_of, processes, sha256_of, wait_until
from keelui import APPLICATION, LASTING_TOASTS, Activated, Desk, Program
from gi.repository import GLib

MB = 1000 * 1000
HERE = os.path.dirname(os.path.abspath(__file__))
LAUNCHER = os.path.join(os.environ['KEEL_BUILD_ROOT'], f'data/{APPLICATION}.desktop')
METALINK = '''<?xml version="1.0" encoding="UTF-8"?>
<metalink xmlns="urn:ietf:params:xml:ns:metalink">
{files}
</metalink>
'''

desk = None
server = None


def setUpModule():
    global desk, server
    desk = Desk()
    server = Nginx()
    desk.make_activatable()


def tearDownModule():
    server.end()
    desk.end()


class WaysCase(keeltest.Case):
    def setUp(self):
        desk.set_settings(window_width=700, window_height=600)
        self.house = desk.house

    def tearDown(self):
        self.house.remove_all()

    def wait_idle(self):
        """Until the application that the last test has used is gone."""
        wait_until('the application is gone',
                   lambda: self.house.connection.pid_of(APPLICATION) is None, 30)

    def ask(self, method, *arguments):
        """What a desktop asks of the application, which the bus starts for that."""
        desk.call_application(method, GLib.Variant(
            {'Activate': '(a{sv})', 'Open': '(asa{sv})', 'ActivateAction': '(sava{sv})'}[method],
            (*arguments, {})))

    def write(self, name, text):
        path = os.path.join(self.house.home, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        self.addCleanup(os.unlink, path)
        return path

    def metalink(self, name, *files):
        """Of dictionaries: name, checksum, links in the order of their priorities."""
        text = ''
        for file in files:
            text += f'<file name="{file["name"]}">\n'
            text += ''.join(f'<url priority="{i + 1}">{link}</url>\n'
                            for i, link in enumerate(file['links']))
            if 'checksum' in file:
                text += f'<hash type="sha-256">{file["checksum"]}</hash>\n'
            text += '</file>\n'
        return self.write(name, METALINK.format(files=text))

    def wait_download(self, program):
        """Presses Download and gives the one task that comes of it, finished."""
        self.assertEqual(self.house.tasks(), [], 'it has begun by itself')
        program.press('push button', 'Download')
        program.wait_window_gone('Add Download')
        task = wait_until('there is one task', self.house.tasks)[0]
        return self.house.wait_task(task['id'], 'finished')


class Launcher(WaysCase):
    """Everything that stands in the desktop file, with the application not running."""

    def entries(self):
        parser = configparser.ConfigParser(interpolation=None)
        parser.optionxform = str
        parser.read(LAUNCHER)
        return parser

    def action(self, name):
        """As the desktop does it: by the bus, with the same action as on the command line."""
        section = self.entries()[f'Desktop Action {name}']
        self.assertEqual(shlex.split(section['Exec']),
                         ['gapplication', 'action', APPLICATION, name])
        self.ask('ActivateAction', name, [])

    def test_what_it_says(self):
        entry = self.entries()['Desktop Entry']
        self.assertEqual(entry['DBusActivatable'], 'true')
        self.assertEqual(entry['Exec'].split()[1], '%U')
        self.assertEqual(set(entry['MimeType'].strip(';').split(';')),
                         {'application/metalink4+xml', 'x-scheme-handler/keelboat'})
        self.assertEqual(set(entry['Actions'].strip(';').split(';')),
                         {'new-download', 'pause-all', 'resume-all'}, 'and tested below')

    def test_activate(self):
        self.wait_idle()
        self.ask('Activate')
        Activated(self, desk).close()

    def test_new_download(self):
        self.wait_idle()
        self.action('new-download')
        program = Activated(self, desk)
        program.find('push button', 'Cancel')
        program.press('push button', 'Cancel')
        program.wait_window_gone('Add Download')
        program.close()

    def test_pause_all_and_resume_all(self):
        """Neither opens a window."""
        self.wait_idle()
        server.make('slow.bin', 20 * MB)
        # That of the server is for each connection, and there may be many.
        number = self.house.add(server.url('slow.bin'), '--limit=200k')
        self.house.wait_task(number, 'running')
        self.action('pause-all')
        self.house.wait_task(number, 'paused')
        self.wait_idle()
        self.action('resume-all')
        self.house.wait_task(number, 'running')
        self.assertEqual(desk.display.windows('^Keelboat$'), [])
        self.wait_idle()


class Links(WaysCase):
    """keelboat:add?..."""

    def link(self, url, **words):
        more = ''.join(f'&{key}={quote(value, safe="")}' for key, value in words.items())
        return f'keelboat:add?url={quote(url, safe="")}{more}'

    def test_it_fills_in_and_waits(self):
        self.wait_idle()
        source = server.make('boat.bin', MB)
        mirror = server.url('boat.bin', 'noetag')
        self.ask('Open', [self.link(server.url('boat.bin'), name='ferry.bin',
                                    checksum=f'sha-256:{sha256_of(source)}', mirror=mirror)])
        program = Activated(self, desk)
        program.find('label', 'Checksum · Mirrors')
        task = self.wait_download(program)
        self.assertEqual(task['name'], 'ferry.bin')
        self.assertEqual(task['checksum']['expected'], sha256_of(source))
        self.assertEqual(task['mirrors'], [mirror])
        self.assertEqual(contents_of(os.path.join(self.house.downloads, 'ferry.bin')),
                         contents_of(source))
        program.close()

    def test_what_it_must_not_say(self):
        program = Program(self, desk, self.link('https://example.org/x', dir='/etc'),
                          environment=LASTING_TOASTS)
        program.find('label', 'This “keelboat:” link asks for too much')
        self.ask('Open', ['keelboat:add?url=ftp://example.org/x'])
        program.find('label', 'This kind of link is not supported', seconds=40)
        self.assertEqual(desk.display.windows('^Add Download'), [])
        program.close()

    def test_what_was_filled_in_does_not_stay(self):
        """A checksum is that of one file."""
        program = Program(self, desk, self.link('http://127.0.0.1:9/x', name='x.bin',
                                                checksum='0' * 64))
        program.find('label', 'Checksum')
        self.ask('Open', [self.link('http://127.0.0.1:9/y.bin')])
        program.find('label', 'Checksum, mirrors, speed limit')
        self.ask('Open', [self.link('http://127.0.0.1:9/z', checksum='0' * 64)])
        program.find('label', 'Checksum')
        self.ask('Open', [self.link('http://127.0.0.1:9/1') + '&url=http://127.0.0.1:9/2'])
        program.find('label', '3 Links')
        program.find('label', '127.0.0.1 · Checksum')


class Metalinks(WaysCase):
    def test_one_file(self):
        source = server.make('boat.iso', MB)
        self.metalink('one.meta4', {'name': 'ferry.iso', 'checksum': sha256_of(source),
                                    'links': [server.url('boat.iso'),
                                              server.url('boat.iso', 'weak')]})
        program = Program(self, desk, 'one.meta4')
        program.find('label', 'Checksum · Mirrors')
        task = self.wait_download(program)
        self.assertEqual(task['name'], 'ferry.iso')
        self.assertEqual(task['checksum']['expected'], sha256_of(source))
        self.assertEqual(task['mirrors'], [server.url('boat.iso', 'weak')])
        program.close()

    def test_several_files(self):
        self.wait_idle()
        sources = [server.make(name, MB) for name in ['one.bin', 'two.bin']]
        path = self.metalink(
            'two.meta4', {'name': '../1.bin', 'checksum': sha256_of(sources[0]),
                          'links': [server.url('one.bin'), server.url('one.bin', 'weak')]},
            {'name': '2.bin', 'checksum': '0' * 64, 'links': [server.url('two.bin')]})
        self.ask('Open', [GLib.filename_to_uri(path)])
        program = Activated(self, desk)
        program.find('label', '2 Links')
        program.find('label', '127.0.0.1 · 1 mirror · Checksum')
        program.find('label', '127.0.0.1 · Checksum')
        self.assertEqual(self.house.tasks(), [], 'it has begun by itself')
        program.press('push button', 'Download 2')
        program.wait_window_gone('Add Downloads')
        program.wait_row('1.bin', 'Finished')
        program.wait_row('2.bin', 'The checksum does not match')
        names = [name for name in os.listdir(self.house.downloads) if name[0] != '.']
        self.assertEqual(names, ['1.bin'])
        program.close()

    def test_what_is_wrong_is_said(self):
        path = self.write('cut.meta4', METALINK.format(files='<file name="a">'))
        program = Program(self, desk, path, environment=LASTING_TOASTS)
        program.find('label', '“cut.meta4” is damaged')
        self.assertEqual(desk.display.windows('^Add Download'), [])
        program.close()

    def test_good_ones_among_others(self):
        good = self.metalink('good.meta4', {'name': 'a', 'links': ['http://127.0.0.1:9/a']})
        bad = self.write('poem.txt', 'Row your boat')
        program = Program(self, desk, good, bad)
        program.find('text', 'File Name')
        program.find(None, 'There are no links in “poem.txt”')


class Raising(WaysCase):
    def launch(self):
        """Once more, as from a launcher; ends at once, because there is a window."""
        subprocess.run([os.environ['KEELBOAT']], env=self.house.environment, timeout=30,
                       check=True)

    def is_active(self, number):
        return desk.display.run('xdotool', 'getactivewindow').strip() == number

    def wait_active(self, number):
        wait_until('the window has the keyboard', lambda: self.is_active(number))

    def other_window(self):
        """Of another program, in front of ours."""
        other = Other(self, 'target')
        desk.display.focus(other.window)
        self.wait_active(other.window)
        return other

    def test_behind_another(self):
        desk.display.run('xdotool', 'version')
        program = Program(self, desk)
        self.other_window()
        self.assertFalse(self.is_active(program.window))
        self.launch()
        self.wait_active(program.window)
        program.close()

    def test_minimised(self):
        desk.display.run('xdotool', 'version')
        program = Program(self, desk)
        other = self.other_window()
        desk.display.run('xdotool', 'windowminimize', program.window)
        wait_until('it is minimised', lambda: not desk.display.windows('^Keelboat$'))
        self.ask('Activate')
        wait_until('it is there again', lambda: desk.display.windows('^Keelboat$'))
        self.wait_active(program.window)
        desk.display.focus(other.window)
        program.close()

    def test_running_without_a_window(self):
        """It is there for a moment, for what somebody has clicked in a notification."""
        for _ in range(4):
            self.wait_idle()
            self.ask('ActivateAction', 'pause-all', [])
            self.assertEqual(desk.display.windows('^Keelboat$'), [])
            pid = self.house.connection.pid_of(APPLICATION)
            self.ask('Activate')
            program = Activated(self, desk)
            program.close()
            if program.pid == pid:
                return
            # The moment was over before it was asked again.
        self.fail('the window is always opened by another one')

    def test_the_token_is_used(self):
        """Whoever asks may hand over by what the desktop knows that somebody wanted it."""
        desk.display.run('xdotool', 'version')
        program = Program(self, desk)
        self.other_window()
        leader = desk.display.run('xprop', '-id', program.window, 'WM_CLIENT_LEADER').split()[-1]
        time = GLib.Variant('s', 'keelboat-test_TIME1000')
        desk.call_application('Activate', GLib.Variant('(a{sv})', ({'desktop-startup-id': time},)))

        def look():
            said = desk.display.run('xprop', '-id', leader, '_NET_STARTUP_ID')
            assert 'keelboat-test_TIME1000' in said, said
            return True
        wait_until('the toolkit has the token', look)
        program.close()


class Other:
    """A window of another program: one to drag from, or one to drop on."""

    def __init__(self, case, *arguments):
        self._log = tempfile.TemporaryFile()
        self._process = processes.start(
            [sys.executable, os.path.join(HERE, 'dragger.py'), *arguments],
            env={**desk.house.environment, 'G_DEBUG': ''}, stdout=self._log)
        case.addCleanup(self._end)
        self.window = desk.display.wait_window('^Dragger$')

    def _end(self):
        processes.end(self._process)
        self._log.close()

    def said(self):
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode().split()

    def wait_said(self, word):
        wait_until(f'the other program says "{word}"', lambda: word in self.said())


class Dragging(WaysCase):
    def setUp(self):
        super().setUp()
        desk.display.run('xdotool', 'version')

    def put(self, number, x, y):
        desk.display.run('xdotool', 'windowmove', '--sync', number, str(x), str(y))

    def drag(self, other, start, end):
        """With the pointer, as a hand does it: on and on, until something takes it. Each place is
        (window, x, y)."""
        window, x, y = end
        steps = itertools.cycle([0, 5, 10, 5])

        def move():
            step = next(steps)
            desk.display.move_pointer(x + step, y + step, window)
            return 'taken' in other.said()
        desk.display.move_pointer(start[1], start[2], start[0])
        desk.display.run('xdotool', 'mousedown', '1')
        try:
            for step in (10, 20, 30):
                desk.display.move_pointer(start[1] + step, start[2] + step, start[0])
            wait_until('it would be taken', move)
        finally:
            desk.display.run('xdotool', 'mouseup', '1')

    def drag_in(self, program, window, *arguments):
        """From the other program onto a window of ours."""
        other = Other(self, *arguments)
        self.put(other.window, 760, 500)
        self.put(program.window, 0, 0)
        self.drag(other, (other.window, 60, 60), (window, 200, 150))

    def test_a_link(self):
        program = Program(self, desk)
        self.drag_in(program, program.window, 'link', 'http://127.0.0.1:9/boat.iso')
        program.find('text', 'File Name')
        program.find('push button', 'Download')
        self.assertEqual(self.house.tasks(), [])

    def test_text_with_links(self):
        program = Program(self, desk)
        self.drag_in(program, program.window, 'text',
                     'One: http://127.0.0.1:9/1, two: http://127.0.0.1:9/2.')
        program.find('label', '2 Links')

    def test_a_file_with_links(self):
        program = Program(self, desk)
        path = self.write('links.txt', 'http://127.0.0.1:9/1\nhttp://127.0.0.1:9/2\n')
        self.drag_in(program, program.window, 'files', path)
        program.find('label', '2 Links')

    def test_files_on_the_add_window(self):
        """Beside what is there already, and into no field."""
        path = self.metalink('more.meta4', {'name': 'more.iso', 'checksum': '0' * 64,
                                            'links': ['http://127.0.0.1:9/more']})
        program = Program(self, desk, 'http://127.0.0.1:9/first.iso',
                          'http://127.0.0.1:9/second.iso')
        program.find('label', '2 Links')
        window = desk.display.wait_window('^Add Downloads$')
        self.put(window, 0, 0)
        self.drag_in(program, window, 'files', path)
        program.find('label', '3 Links')
        program.find('label', '127.0.0.1 · Checksum')
        program.find('label', 'more.iso')

    def test_a_finished_row(self):
        source = server.make('letter.pdf', MB)
        number = self.house.add(server.url('letter.pdf'))
        self.house.wait_task(number, 'finished')
        program = Program(self, desk)
        program.wait_row('letter.pdf', 'Finished')
        other = Other(self, 'target')
        self.put(other.window, 760, 500)
        self.put(program.window, 0, 0)
        row = self.place_of(program, 'letter.pdf')
        self.drag(other, (program.window, *row), (other.window, 60, 60))
        path = os.path.join(self.house.downloads, 'letter.pdf')
        other.wait_said(GLib.filename_to_uri(path))
        self.assertEqual(contents_of(path), contents_of(source))
        program.close()

    def count_windows(self):
        """What is dragged has one of its own."""
        return len(desk.display.run('xdotool', 'search', '--onlyvisible', '--class',
                                    '^keelboat$').split())

    def test_a_row_that_is_let_go_of(self):
        """Where it came from it is nothing that is handed over."""
        server.make('letter.pdf', MB)
        self.house.wait_task(self.house.add(server.url('letter.pdf')), 'finished')
        program = Program(self, desk)
        program.wait_row('letter.pdf', 'Finished')
        self.put(program.window, 0, 0)
        x, y = self.place_of(program, 'letter.pdf')
        before = self.count_windows()
        desk.display.move_pointer(x, y, program.window)
        desk.display.run('xdotool', 'mousedown', '1')
        try:
            for step in range(10, 100, 10):
                desk.display.move_pointer(x + step, y + 2 * step, program.window)
            wait_until('it is being dragged', lambda: self.count_windows() > before)
        finally:
            desk.display.run('xdotool', 'mouseup', '1')
        program.keys('ctrl+n')
        program.find('text', 'File Name')
        self.assertEqual(program.find_all('label', 'There are no links'), [])

    def place_of(self, program, name):
        extents = program.row(name).get_extents(1)
        return extents.x + 120, extents.y + extents.height // 2


if __name__ == '__main__':
    keeltest.main()
