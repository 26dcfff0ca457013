#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The library from a language that knows it by introspection only."""

import os

from mocked import MockedHouse
from keeltest import Case, main, skip_all, wait_until

import gi
from gi.repository import GLib

try:
    gi.require_version('Keel', '1')
    from gi.repository import Keel
except (ImportError, ValueError):
    skip_all('the library was built without introspection')


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


def spin(condition):
    context = GLib.MainContext.default()

    def look():
        while context.iteration(False):
            pass
        return condition()
    wait_until('the library has heard of it', look)


class Introspection(Case):
    @classmethod
    def setUpClass(cls):
        # One for all: a process knows only one session bus in its life.
        cls.house = MockedHouse()
        os.environ.update(cls.house.environment)

    @classmethod
    def tearDownClass(cls):
        cls.house.close()

    def setUp(self):
        self.house.tell('Reset')

    def open_session(self):
        return run(lambda done: Keel.Session.open_async('default', None, None, done),
                   Keel.Session.open_finish)

    def test_session(self):
        session = self.open_session()
        self.assertEqual(session.get_app(), 'host')
        downloads = [Keel.Download(uri=f'http://127.0.0.1:9/{i}') for i in range(3)]
        tasks = run(lambda done: session.add_batch_async(downloads, None, done),
                    session.add_batch_finish)
        self.assertEqual([task.props.uri[-1] for task in tasks], ['0', '1', '2'])
        self.assertEqual(list(session), tasks)
        self.assertEqual(session[1].get_state(), Keel.TaskState.QUEUED)
        session.close()

    def test_finished(self):
        session = self.open_session()
        task = run(lambda done: session.add_download_async(
            Keel.Download.new('http://127.0.0.1:9/x'), None, done), session.add_download_finish)
        heard = []
        session.connect('task-finished', lambda _, ended: heard.append(ended))
        task.connect('notify::state', lambda *_: heard.append(task.props.state))
        self.house.change(task.get_id(), state='finished', total=5, received=5)
        spin(lambda: len(heard) == 2)
        self.assertEqual(heard, [Keel.TaskState.FINISHED, task])
        self.assertTrue(run(lambda done: task.wait_async(None, done), task.wait_finish))

    def test_errors(self):
        session = self.open_session()
        with self.assertRaises(GLib.Error) as caught:
            run(lambda done: session.add_download_async(Keel.Download.new('ftp://x'), None, done),
                session.add_download_finish)
        self.assertTrue(caught.exception.matches(Keel.error_quark(), Keel.Error.BAD_URI))
        number = self.house.fill(state='failed', error_code='dns', error_message='m')
        spin(lambda: session.get_task(number))
        error = session.get_task(number).props.error
        self.assertTrue(error.matches(Keel.task_error_quark(), Keel.TaskError.DNS))
        self.assertEqual(error.message, 'm')

    def test_challenge(self):
        session = self.open_session()
        asked = []
        session.connect('challenge', lambda _, task: asked.append(task))
        self.house.fill(state='waiting', wait_reason='auth', challenge_cookie='c',
                        challenge_origin='http://h:80', challenge_scheme='digest')
        spin(lambda: asked)
        task = asked[0]
        self.assertTrue(task.has_challenge())
        self.assertEqual((task.props.challenge_origin, task.props.challenge_realm,
                          task.props.challenge_tries), ('http://h:80', None, 0))
        self.assertTrue(run(lambda done: task.answer_challenge_async('u', 'p', True, None, done),
                            task.answer_finish))
        spin(lambda: not task.has_challenge())
        self.assertTrue(run(lambda done: task.set_uri_async('http://127.0.0.1:9/new', None, done),
                            task.update_finish))

    def test_manager(self):
        manager = run(lambda done: Keel.Manager.open_async(Keel.ManagerFlags.LIVE, None, done),
                      Keel.Manager.open_finish)
        first = self.house.fill(2)
        spin(lambda: len(manager) == 2)
        refused = run(lambda done: manager.control_async(Keel.Verb.RESUME, [first, first + 1],
                                                         None, done), manager.control_finish)
        self.assertEqual(refused.unpack(), [(first, 'queued'), (first + 1, 'queued')])
        status = run(lambda done: manager.get_status_async(None, done), manager.get_status_finish)
        self.assertEqual(status.unpack()['states'], {'queued': 2})
        self.assertTrue(run(lambda done: manager.set_limits_async(
            GLib.Variant('a{sv}', {'max-rate': GLib.Variant('t', 5)}), None, done),
            manager.set_limits_finish))
        manager.set_attention(True, [first])
        tasks = run(lambda done: manager.fetch_tasks_async([first], None, done),
                    manager.fetch_tasks_finish)
        self.assertEqual([task.get_id() for task in tasks], [first])


if __name__ == '__main__':
    main()
