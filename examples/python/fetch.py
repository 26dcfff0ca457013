#!/usr/bin/python3
# SPDX-License-Identifier: CC0-1.0
"""A small download program: `fetch-python LINK...` hands the links over and waits for their end.
Without links it waits for what is under way.

Interrupt it, kill it, log out: the downloads go on. When the last one has ended the program is
started in the background, notes what has come, and goes again.
"""

import sys

import gi

gi.require_version('Keel', '1')
from gi.repository import Gio, Keel  # noqa: E402

SESSION = 'downloads'


def say(*words):
    print(*words, flush=True)


class Fetch(Gio.Application):
    def __init__(self):
        super().__init__(application_id='org.example.FetchPython',
                         flags=Gio.ApplicationFlags.HANDLES_OPEN)
        self.session = None
        self.stays = False
        self.connect('activate', lambda _: self.open_session(SESSION, []))
        self.connect('open', lambda _, files, *rest: self.open_session(
            SESSION, [Keel.Download.new(file.get_uri()) for file in files]))
        # The one line that makes it wakeable.
        Keel.application_attach(self).connect('background-events', self.woken)

    def woken(self, background, identifier):
        say('background-events', identifier)
        self.open_session(identifier, [])

    def open_session(self, identifier, downloads):
        def opened(source, result):
            session = Keel.Session.open_finish(result)
            if self.session is None:
                self.session = session
                session.connect('events-began', lambda _, count: say('events-began', count))
                session.connect('task-finished', self.finished)
                session.connect('task-failed', self.failed)
                session.connect('events-drained', self.drained)
                say('opened', len(session))
            if downloads:
                session.add_batch_async(downloads, None, self.added)
            # In a terminal one wants to see the end.
            if not self.stays and (downloads or not self.all_ended()):
                self.stays = True
                self.hold()
            self.release()
        self.hold()
        Keel.Session.open_async(identifier, None, None, opened)

    def added(self, session, result):
        say('added', len(session.add_batch_finish(result)))

    def all_ended(self):
        return all(task.has_ended() for task in self.session)

    # What a program does with a file that has come. It may be called twice for the same file, if
    # the program was killed in it: so what it does should be harmless the second time.
    def finished(self, session, task):
        say('finished', task.get_file().get_path())

    def failed(self, session, task):
        say('failed', f'{task.props.uri}:', task.props.error.message if task.props.error else '?')

    def drained(self, session):
        say('events-drained')
        if self.stays and len(session) > 0 and self.all_ended():
            self.stays = False
            self.release()


if __name__ == '__main__':
    sys.exit(Fetch().run(sys.argv))
