#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real thing: window, service, web server. What is added in the window arrives, whatever
becomes of the window."""

import os
import shutil
import signal
import subprocess

import keeltest
from keeltest import Nginx, sha256_of, wait_until
from handlers import FileManager, Viewer
from keelui import LASTING_TOASTS, Atspi, Desk, Program
from gi.repository import GLib

MB = 1000 * 1000

desk = None
server = None
file_manager = None
viewer = None


def setUpModule():
    global desk, server, file_manager, viewer
    desk = Desk()
    server = Nginx()
    file_manager = FileManager(desk.house.bus)
    viewer = Viewer(desk.house)
    desk.make_activatable()


def tearDownModule():
    server.end()
    file_manager.end()
    desk.end()


class DownloadCase(keeltest.Case):
    def setUp(self):
        desk.set_settings(window_width=900, window_height=640)
        self.house = desk.house

    def tearDown(self):
        self.house.remove_all()

    def open(self, *arguments, **options):
        return Program(self, desk, *arguments, **options)

    def add(self, program, url):
        """Adds a download with nothing but keys."""
        program.activate()
        program.keys('ctrl+n')
        program.find('text', 'File Name')
        program.activate('Add Download')
        program.type(url)
        program.find('push button', 'Download')
        program.keys('Return')
        program.wait_window_gone('Add Download')

    def hold_back(self, rate):
        """Nothing gets further than that until let_go(), however long it takes to look at it."""
        self.house.keel('limit', rate)
        self.addCleanup(self.let_go)

    def let_go(self):
        self.house.keel('limit', 'off')

    def only_task(self):
        return wait_until('there is one task', self.house.tasks)[0]


class Story(DownloadCase):
    def test_a_download_outlives_the_window(self):
        source = server.make('story.bin', 100 * MB)
        program = self.open()
        self.hold_back('2M')
        self.add(program, server.url('story.bin'))
        task = self.only_task()
        program.find('label', 'MB/s')
        program.wait_progress('story.bin', 0.03)

        program.press('push button', 'Pause', inside='story.bin')
        self.house.wait_task(task['id'], 'paused')
        program.wait_row('story.bin', 'Paused')
        program.find('label', 'All paused')
        program.press('push button', 'Resume', inside='story.bin')
        self.house.wait_task(task['id'], 'running')

        program.close()
        before = self.house.task(task['id'])
        self.assertEqual(before['state'], 'running')
        self.house.wait_task(task['id'], lambda now: now['received'] > before['received'])

        program = self.open()
        program.wait_row('story.bin', 'Active')
        program.wait_progress('story.bin', before['received'] / (100 * MB))
        self.take_picture('window.png')
        self.let_go()
        program.wait_row('story.bin', 'Finished', seconds=40)
        program.find('label', 'Today')
        program.close()
        path = os.path.join(self.house.downloads, 'story.bin')
        self.assertEqual(sha256_of(path), sha256_of(source))
        self.assertEqual(os.listdir(self.house.downloads), ['story.bin'])

    def take_picture(self, name):
        """A picture for people; here it is only made sure that something is on it."""
        folder = os.path.join(os.environ['KEEL_BUILD_ROOT'], 'screenshots')
        os.makedirs(folder, exist_ok=True)
        path = desk.display.picture(os.path.join(folder, name))
        colours = subprocess.run(['identify', '-format', '%k', path], check=True, text=True,
                                 capture_output=True).stdout
        self.assertGreater(int(colours), 50)

    def test_the_window_outlives_the_service(self):
        source = server.make('killed.bin', 50 * MB)
        program = self.open()
        self.hold_back('1M')
        self.add(program, server.url('killed.bin'))
        program.wait_progress('killed.bin', 0.02)
        self.house.signal_service(signal.SIGKILL)
        # The window has to bring it back, and not what lets go.
        wait_until('the service is back', self.house.service_pid)
        self.let_go()
        program.wait_row('killed.bin', 'Finished', seconds=60)
        program.close()
        path = os.path.join(self.house.downloads, 'killed.bin')
        self.assertEqual(sha256_of(path), sha256_of(source))


class Adding(DownloadCase):
    def test_a_folder_that_cannot_be_written(self):
        """The download is kept and says what it waits for."""
        program = self.open('https://example.org/a.iso')
        program.find('text', 'File Name')
        os.rename(self.house.downloads, self.house.downloads + '.away')
        try:
            with open(self.house.downloads, 'w', encoding='ascii'):
                pass
            program.press('push button', 'Download')
            program.wait_window_gone('Add Download')
            program.wait_row('a.iso', 'The folder is not reachable')
        finally:
            os.unlink(self.house.downloads)
            os.rename(self.house.downloads + '.away', self.house.downloads)
        program.close()

    def test_several_links_in_one_go(self):
        for name in ['one.bin', 'two.bin', 'three.bin']:
            server.make(name, MB)
        program = self.open(*[server.url(name) for name in ['one.bin', 'two.bin', 'three.bin']])
        program.find('label', '3 Links')
        program.activate('Add Downloads')
        program.tab_to('two.bin')
        program.keys('space')
        program.press('push button', 'Download 2')
        program.wait_window_gone('Add Downloads')
        wait_until('both have arrived', lambda: sorted(os.listdir(self.house.downloads)) ==
                   ['one.bin', 'three.bin'])
        program.wait_row('three.bin', 'Finished')
        program.close()

    def test_options(self):
        server.make('options.bin', MB)
        program = self.open(server.url('options.bin'))
        program.find('text', 'File Name')
        program.activate('Add Download')
        program.tab_to('More Options')
        program.keys('Return')
        program.find('text', 'Checksum')
        self.set_text(program, 'Checksum', 'abc')
        program.press('push button', 'Download')
        program.find(None, 'This is not an MD5')
        self.assertEqual(self.house.tasks(), [])
        self.set_text(program, 'Checksum', '0' * 64)
        self.set_text(program, 'File Name', 'renamed.bin')
        program.press('push button', 'Download')
        program.wait_window_gone('Add Download')
        program.wait_row('renamed.bin', 'The checksum does not match')
        program.find('push button', 'Download Again', inside='renamed.bin')
        self.assertEqual(self.only_task()['checksum']['expected'], '0' * 64)
        self.assertNotIn('renamed.bin', os.listdir(self.house.downloads))
        program.close()

    def set_text(self, program, name, text):
        entry = program.find('text', name)
        Atspi.EditableText.delete_text(entry, 0, Atspi.Text.get_character_count(entry))
        Atspi.EditableText.insert_text(entry, 0, text, len(text.encode()))


class Ending(DownloadCase):
    def test_what_is_not_there(self):
        program = self.open()
        self.add(program, server.url('missing.bin'))
        program.wait_row('missing.bin', 'The file is no longer on the server')
        program.find('push button', 'Paste New Link…', inside='missing.bin')
        server.make('missing.bin', MB)
        program.activate()
        program.wait_focused('missing.bin')
        program.keys('shift+F10')
        program.press('menu item', 'Retry')
        program.wait_row('missing.bin', 'Finished')
        program.close()

    def test_once_more(self):
        server.make('again.bin', MB)
        program = self.open()
        self.add(program, server.url('again.bin'))
        program.wait_row('again.bin', 'Finished')
        program.activate()
        program.wait_focused('again.bin')
        program.keys('shift+F10')
        program.press('menu item', 'Download Again')
        wait_until('both are there', lambda: sorted(os.listdir(self.house.downloads)) ==
                   ['again (1).bin', 'again.bin'])
        program.wait_row('again (1).bin', 'Finished')
        self.assertEqual(len(self.house.tasks()), 1)
        program.close()

    def choose_folder(self, program, folder):
        """In the dialog of GTK, by keys: a path is typed, and Return takes it."""
        program.activate('Choose Folder')
        program.keys('slash')
        program.type(folder[1:])
        program.keys('Return')
        program.wait_window_gone('Choose Folder')

    def test_another_folder(self):
        server.make('far.bin', 50 * MB)
        folder = os.path.join(self.house.home, 'Elsewhere')
        os.mkdir(folder)
        self.addCleanup(shutil.rmtree, folder)
        program = self.open()
        self.hold_back('1M')
        self.add(program, server.url('far.bin'))
        program.wait_progress('far.bin', 0.02)
        number = self.only_task()['id']
        self.house.keel('pause', number)
        self.let_go()
        os.rename(self.house.downloads, self.house.downloads + '.away')
        try:
            self.house.keel('resume', number)
            program.wait_row('far.bin', 'The folder is not reachable')
            program.find('label', 'The folder “Downloads” is not reachable')
            program.find('push button', 'Choose…')
            program.press('push button', 'Choose Folder…', inside='far.bin')
            self.choose_folder(program, folder)
            program.wait_row('far.bin', 'Finished', seconds=40)
            program.wait_gone('label', 'The folder “Downloads” is not reachable')
            self.assertEqual(os.listdir(folder), ['far.bin'])
        finally:
            os.rename(self.house.downloads + '.away', self.house.downloads)
        program.close()

    def test_removal_takes_the_partial_along(self):
        server.make('half.bin', 50 * MB)
        program = self.open(environment=LASTING_TOASTS)
        self.hold_back('500k')
        self.add(program, server.url('half.bin'))
        program.wait_progress('half.bin', 0.02)
        number = self.only_task()['id']
        program.activate()
        program.wait_focused('half.bin')
        program.keys('Delete')
        program.press('push button', 'Undo')
        program.row('half.bin')
        self.assertEqual(self.only_task()['id'], number)
        program.activate()
        program.wait_focused('half.bin')
        program.keys('Delete')
        program.find('label', '“half.bin” removed')
        program.close()
        self.assertEqual(self.house.tasks(), [])

        def look():
            self.assertEqual(os.listdir(self.house.downloads), [])
            return True
        wait_until('nothing is left', look)

    def test_open_and_show(self):
        server.make('paper.pdf', MB)
        server.make('game.AppImage', MB)
        for name in ['paper.pdf', 'game.AppImage']:
            self.house.add(server.url(name))
        program = self.open()
        program.wait_row('paper.pdf', 'Finished')
        program.wait_row('game.AppImage', 'Finished')
        program.press('push button', 'Open', inside='paper.pdf')
        viewer.wait_opened(os.path.join(self.house.downloads, 'paper.pdf'))
        program.press('push button', 'Show in Folder', inside='game.AppImage')
        file_manager.wait_shown(os.path.join(self.house.downloads, 'game.AppImage'))
        program.close()

    def install(self):
        """An application whose downloads have ended; gives what it leaves when it is started."""
        trace = os.path.join(self.house.home, 'foo-was-here')
        folder = os.path.join(self.house.home, '.local/share/applications')
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, 'org.example.Foo.desktop'), 'w', encoding='utf-8') as file:
            file.write(f'[Desktop Entry]\nType=Application\nName=Foo\nExec=/bin/touch {trace}\n')
        return trace

    def test_actions_without_a_window(self):
        """What the buttons of a notification do while the application is not running."""
        server.make('letter.pdf', MB)
        number = self.house.add(server.url('letter.pdf'))
        path = os.path.join(self.house.downloads, 'letter.pdf')
        self.house.wait_task(number, 'finished')
        before = len(viewer.opened())
        trace = self.install()
        for action in ['open-file', 'show-in-folder']:
            desk.call_application('ActivateAction', GLib.Variant(
                '(sava{sv})', (action, [GLib.Variant('t', number)], {})))
        file_manager.wait_shown(path)
        wait_until('it is opened', lambda: viewer.opened()[before:] == [path])
        desk.call_application('ActivateAction', GLib.Variant(
            '(sava{sv})', ('launch', [GLib.Variant('s', 'org.example.Foo')], {})))
        wait_until('the other application is started', lambda: os.path.exists(trace))
        self.assertEqual(desk.display.windows('^Keelboat$'), [])
        desk.call_application('ActivateAction', GLib.Variant(
            '(sava{sv})', ('show-task', [GLib.Variant('t', number)], {})))
        window = desk.display.wait_window('^Keelboat$')
        # Not before: without a window it stays for moments only, and it may be another one now.
        pid = self.house.connection.pid_of('io.github.keelboat.Keelboat')
        desk.display.close_window(window)
        wait_until('the application ends', lambda: not os.path.exists(f'/proc/{pid}'), 30)


if __name__ == '__main__':
    keeltest.main()
