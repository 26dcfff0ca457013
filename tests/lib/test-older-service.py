#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The library and keel with a service that was written before there were events: what it can do
works, and what it cannot is an error that says so."""

import os

from mocked import MockedHouse
from keeltest import Case, main, skip_all, wait_until

import gi
from gi.repository import Gio, GLib

try:
    gi.require_version('Keel', '1')
    from gi.repository import Keel
except (ImportError, ValueError):
    skip_all('the library was built without introspection')

MISSING = ['Configure', 'Listen', 'Acknowledge', 'Collect', 'Close', 'Event', 'EventsDrained',
           'Invalidated', 'GetDetails']


def run(begin, finish):
    loop = GLib.MainLoop()
    results = []

    def done(source, result, *_):
        results.append(result)
        loop.quit()
    begin(done)
    loop.run()
    return finish(results[0])


def spin(condition):
    context = GLib.MainContext.default()

    def look():
        while context.iteration(False):
            pass
        return condition()
    wait_until('the library has heard of it', look)


class OlderService(Case):
    @classmethod
    def setUpClass(cls):
        # One for all: a process knows only one session bus in its life.
        cls.house = MockedHouse(environment={'KEEL_MOCK_WITHOUT': ' '.join(MISSING)})
        os.environ.update(cls.house.environment)

    @classmethod
    def tearDownClass(cls):
        cls.house.close()

    def setUp(self):
        self.house.tell('Reset')

    def open_session(self, config=None):
        session = run(lambda done: Keel.Session.open_async('default', config, None, done),
                      Keel.Session.open_finish)
        self.addCleanup(session.close)
        return session

    def add(self, session):
        return run(lambda done: session.add_download_async(
            Keel.Download(uri='http://127.0.0.1:9/x'), None, done), session.add_download_finish)

    def refused(self, begin, finish):
        with self.assertRaises(GLib.Error) as caught:
            run(begin, finish)
        self.assertEqual(caught.exception.domain, 'keel-error-quark')
        self.assertIn('does not know this call', caught.exception.message)

    def test_ends_are_told_without_events(self):
        session = self.open_session()
        ended = []
        session.connect('task-finished', lambda _, task: ended.append(task.get_id()))
        session.connect('task-failed', lambda _, task: ended.append(-task.get_id()))
        good, bad = self.add(session), self.add(session)
        self.house.change(good.get_id(), state='finished')
        self.house.change(bad.get_id(), state='failed', error_code='dns')
        spin(lambda: len(ended) == 2)
        self.assertEqual(sorted(ended), [-bad.get_id(), good.get_id()])

    def test_what_is_missing_says_so(self):
        session = self.open_session(GLib.Variant('a{sv}', {
            'network': GLib.Variant('s', 'unmetered')}))
        config = GLib.Variant('a{sv}', {'network': GLib.Variant('s', 'any')})
        self.refused(lambda done: session.configure_async(config, None, done),
                     session.configure_finish)
        self.refused(lambda done: session.close_async(Keel.SessionEnd.FINISH, None, done),
                     session.close_finish)
        task = self.add(session)
        self.house.change(task.get_id(), state='finished')
        spin(lambda: task.get_state() == Keel.TaskState.FINISHED)
        self.refused(lambda done: task.get_details_async(True, None, done),
                     task.get_details_finish)
        folder = Gio.File.new_for_path(self.house.downloads)
        self.refused(lambda done: task.collect_async(folder, None, None, done),
                     task.collect_finish)

    def test_command_line(self):
        number = int(self.house.keel('add', '--network', 'unmetered', 'http://127.0.0.1:9/x').out)
        self.house.keel('pause', number)
        self.assertEqual(self.house.task(number)['state'], 'paused')
        self.assertEqual([task['id'] for task in self.house.tasks()], [number])
        self.house.keel('status')
        self.house.keel('remove', number)


if __name__ == '__main__':
    main()
