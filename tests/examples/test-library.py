#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The library with the real service: what needs two programs to agree about files and ends."""

import os
import sqlite3

import gi
from gi.repository import Gio, GLib

from keelserver import Server
from keelserver.exchange import content
from keeltest import Case, House, main, skip_all, wait_until

try:
    gi.require_version('Keel', '1')
    from gi.repository import Keel
except (ImportError, ValueError):
    skip_all('the library was built without introspection')

SIZE = 300_000


def run(begin, finish):
    """Calls begin(callback), runs the main loop, gives what finish(result) gives."""
    loop = GLib.MainLoop()
    results = []

    def done(source, result, *_):
        results.append(result)
        loop.quit()
    begin(done)
    loop.run()
    return finish(results[0])


def spin(what, condition):
    context = GLib.MainContext.default()

    def look():
        while context.iteration(False):
            pass
        return condition()
    return wait_until(what, look)


class Library(Case):
    @classmethod
    def setUpClass(cls):
        # One for all: a process knows only one session bus in its life.
        cls.house = House()
        os.environ.update(cls.house.environment)

    @classmethod
    def tearDownClass(cls):
        cls.house.close()

    def setUp(self):
        self.server = Server(self)
        self.folder = os.path.join(self.house.home, self.id().rpartition('.')[2])
        os.mkdir(self.folder)
        self.session = self.open_session(self.id())
        self.addCleanup(self.session.close)

    def open_session(self, identifier, **config):
        config = GLib.Variant('a{sv}', config)
        return run(lambda done: Keel.Session.open_async(identifier, config, None, done),
                   Keel.Session.open_finish)

    def download(self, name, behaviour='good', **properties):
        download = Keel.Download(uri=self.server.url(behaviour, name, size=SIZE), **properties)
        return download

    def add(self, download):
        return run(lambda done: self.session.add_download_async(download, None, done),
                   self.session.add_download_finish)

    def wait(self, task):
        self.assertTrue(run(lambda done: task.wait_async(None, done), task.wait_finish))

    def database(self, query):
        db = sqlite3.connect(f'file:{self.house.database}?mode=ro', uri=True)
        try:
            return db.execute(query).fetchall()
        finally:
            db.close()

    def assert_content(self, path, name):
        with open(path, 'rb') as file:
            self.assertEqual(file.read(), content(name, SIZE))

    def test_the_row_is_as_new_as_the_answer(self):
        """Who was told that it is done sees that it is done."""
        for _ in range(5):
            task = self.add(self.download('a.bin', 'hold', start=False))
            self.assertEqual(task.props.state, Keel.TaskState.PAUSED)
            for verb, states in [
                    ('resume', [Keel.TaskState.QUEUED, Keel.TaskState.RUNNING]),
                    ('pause', [Keel.TaskState.PAUSED]), ('cancel', [Keel.TaskState.CANCELLED]),
                    ('retry', [Keel.TaskState.QUEUED, Keel.TaskState.RUNNING])]:
                begin = getattr(task, f'{verb}_async')
                seen = []

                def done(_, result):
                    self.assertTrue(task.control_finish(result))
                    seen.append(task.props.state)
                begin(None, done)
                spin(f'{verb} is done', lambda: seen)
                self.assertIn(seen[0], states, verb)
            lengths = []

            def removed(_, result):
                self.assertTrue(task.control_finish(result))
                lengths.append(len(self.session))
            task.remove_async(None, removed)
            spin('it is removed', lambda: lengths)
            self.assertEqual(lengths, [0])

    def test_folder_by_descriptor(self):
        download = self.download('a.bin')
        fd = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        self.assertTrue(download.set_folder_fd(fd))
        os.close(fd)
        task = self.add(download)
        self.wait(task)
        self.assert_content(os.path.join(self.folder, 'a.bin'), 'a.bin')

    def test_many_folders_that_are_one(self):
        """A message carries no more than 64 descriptors."""
        fd = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        downloads = [self.download(f'{number}.bin', start=False) for number in range(100)]
        for download in downloads:
            self.assertTrue(download.set_folder_fd(fd))
        os.close(fd)
        tasks = run(lambda done: self.session.add_batch_async(downloads, None, done),
                    self.session.add_batch_finish)
        self.assertEqual(len(tasks), 100)
        self.assertEqual({task.props.directory.get_path() for task in tasks}, {self.folder})

    def test_bad_descriptor(self):
        download = self.download('a.bin')
        fd = os.open(self.folder, os.O_PATH)
        self.assertTrue(download.set_folder_fd(fd))
        os.close(fd)
        with self.assertRaises(GLib.Error) as caught:
            self.add(download)
        self.assertTrue(caught.exception.matches(Keel.error_quark(), Keel.Error.BAD_DESTINATION))
        with self.assertRaises(GLib.Error) as caught:
            download.set_folder_fd(fd)
        self.assertTrue(caught.exception.matches(Keel.error_quark(), Keel.Error.BAD_DESTINATION))

    def test_spool(self):
        task = self.add(self.download('b.bin', spool=True))
        with self.assertRaises(GLib.Error) as caught:
            held = self.add(self.download('c.bin', 'hold', spool=True))
            self.collect(held)
        self.assertTrue(caught.exception.matches(Keel.error_quark(), Keel.Error.INVALID_STATE))
        self.wait(task)
        spin('it can be taken', lambda: task.props.collectable)

        stream = run(lambda done: task.read_async(None, done), task.read_finish)
        self.assertEqual(stream.read_bytes(SIZE + 1, None).get_data(), content('b.bin', SIZE))
        self.assertTrue(stream.close(None))

        with open(os.path.join(self.folder, 'x.bin'), 'wb'):
            pass
        file = self.collect(task, 'x.bin')
        self.assertNotEqual(file.get_basename(), 'x.bin')
        self.assert_content(file.get_path(), 'b.bin')
        with self.assertRaises(GLib.Error) as caught:
            self.collect(task)
        self.assertTrue(caught.exception.matches(Keel.error_quark(), Keel.Error.INVALID_STATE))
        spin('that is known', lambda: not task.props.collectable)

    def collect(self, task, name=None):
        folder = Gio.File.new_for_path(self.folder)
        return run(lambda done: task.collect_async(folder, name, None, done), task.collect_finish)

    def test_collect_into_nothing(self):
        task = self.add(self.download('d.bin', spool=True))
        self.wait(task)
        os.rmdir(self.folder)
        with self.assertRaises(GLib.Error) as caught:
            self.collect(task)
        self.assertTrue(caught.exception.matches(Keel.error_quark(), Keel.Error.BAD_DESTINATION))

    def test_group(self):
        group = self.session.get_group('album')
        for name in ['1.bin', '2.bin']:
            self.add(self.download(name, group='album', directory=Gio.File.new_for_path(
                self.folder)))
        spin('the group is whole', lambda: (group.props.n_ended, group.props.fraction) == (2, 1.0))
        self.assertEqual((group.props.total, group.props.received), (2 * SIZE, 2 * SIZE))

    def test_end(self):
        gone = []
        self.session.connect('invalidated', gone.append)
        heard = []
        self.session.connect('event', lambda session, event: heard.append(event.props.kind))
        task = self.add(self.download('e.bin', 'hold'))
        self.assertTrue(run(lambda done: self.session.close_async(
            Keel.SessionEnd.CANCEL, None, done), self.session.close_finish))
        spin('it is over', lambda: gone)
        wait_until('all is acknowledged', lambda: not self.database(
            'SELECT number FROM events JOIN sessions ON sessions.id = events.session '
            f"WHERE identifier = '{self.id()}'"))
        self.assertEqual(heard, [Keel.EventKind.COMPLETED])
        self.assertEqual(task.props.state, Keel.TaskState.CANCELLED)

    def test_cancelled(self):
        """Before, and on the way: the caller is told so, once, and the objects go on working."""
        task = self.add(self.download('f.bin', spool=True))
        self.wait(task)
        folder = Gio.File.new_for_path(self.folder)
        calls = [
            (lambda *end: self.session.configure_async(GLib.Variant('a{sv}', {}), *end),
             self.session.configure_finish),
            (lambda *end: self.session.close_async(Keel.SessionEnd.DETACH, *end),
             self.session.close_finish),
            (task.read_async, task.read_finish),
            (lambda *end: task.collect_async(folder, None, *end), task.collect_finish),
        ]
        for begin, finish in calls:
            for is_before in [True, False]:
                cancellable = Gio.Cancellable()
                if is_before:
                    cancellable.cancel()

                def start(done):
                    begin(cancellable, done)
                    cancellable.cancel()
                with self.assertRaises(GLib.Error) as caught:
                    run(start, finish)
                self.assertTrue(caught.exception.matches(Gio.io_error_quark(),
                                                         Gio.IOErrorEnum.CANCELLED))
        self.assertEqual(self.add(self.download('g.bin')).props.session, self.id())

    def test_configure(self):
        def configure(**config):
            return run(lambda done: self.session.configure_async(
                GLib.Variant('a{sv}', config), None, done), self.session.configure_finish)
        self.assertTrue(configure(**{'max-rate': GLib.Variant('t', 1000)}))
        with self.assertRaises(GLib.Error) as caught:
            configure(**{'max-rate': GLib.Variant('s', 'x')})
        self.assertTrue(caught.exception.matches(Keel.error_quark(), Keel.Error.INVALID_ARGUMENT))


if __name__ == '__main__':
    main()
