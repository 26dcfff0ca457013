#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Telling the person that a transfer ended, or wants something: what a notification daemon gets.

The daemon is ours, on the private bus: it keeps what it was sent, can be slow, and can press
buttons. The application is played by a name that keeps the actions asked of it.
"""

import hashlib
import os
import signal
import sqlite3
import struct
import time
import zlib
from urllib.parse import quote

from gi.repository import GLib

from keelserver import Server
from keeltest import Case, House, main, scaled, wait_until
from keeltest.house import SOON_SECONDS
from keeltest.played import NotificationPortal
from keyring import Keyring
from notices import APPLICATION, Application, Daemon


class Notification(Case):
    def setUp(self):
        self.house = House(self)
        self.server = Server(self)

    def start_daemon(self, **options):
        return Daemon(self, self.house.bus.address, **options)

    def start_application(self):
        return Application(self, self.house.bus.address)

    def fetch(self, name='boat.bin', status=0, behaviour='good', **options):
        task, = self.house.keel('add', '--wait', '--json',
                                self.server.url(behaviour, name, size=1000, **options),
                                status=status).objects
        return task

    def test_finished_and_its_actions(self):
        daemon = self.start_daemon()
        application = self.start_application()
        task = self.fetch()
        _, _, _, summary, body, actions, hints, _ = daemon.notified()[0]
        self.assertIn('boat.bin', summary + body)
        self.assertEqual(hints.get('desktop-entry'), APPLICATION)
        # What a click does has a label, for those that show it.
        self.assertEqual(actions[:2], ['default', 'Open'])
        keys = [key for key in actions[::2] if key != 'default']
        self.assertEqual(len(keys), 2, actions)
        for count, key in enumerate(keys, start=1):
            daemon.press(1, key)
            wait_until('the application is asked',
                       lambda: len(application.named('ActivateAction')) >= count)
        asked = application.named('ActivateAction')
        self.assertEqual(len({name for name, _, _ in asked}), 2, asked)
        for _, parameters, _ in asked:
            self.assertIn(str(task['id']), str(parameters) + task['file'])

    def test_no_button_twice(self):
        """Xfce's daemon makes a button of what a click does."""
        daemon = self.start_daemon(name='Xfce Notify Daemon')
        self.fetch()
        actions = daemon.notified()[0][5]
        self.assertEqual(actions, ['default', 'Open', 'show-in-folder', 'Show in Folder'])

    def test_what_is_dangerous_is_not_opened(self):
        daemon = self.start_daemon()
        application = self.start_application()
        self.fetch('setup.EXE')
        _, _, keys, _ = daemon.shown('setup.EXE')
        self.assertEqual(keys, ['show-in-folder'])
        daemon.press(1, 'default')
        wait_until('the application is asked', lambda: application.named('ActivateAction'))
        self.assertEqual(application.named('ActivateAction')[0][0], 'show-in-folder')

    def test_the_one_thing_that_helps(self):
        """And the click takes it to the application, with the token that raises its window."""
        daemon = self.start_daemon()
        application = self.start_application()
        self.fetch('lost.bin', status=1, behaviour='status', code=404)
        title, body, keys, hints = daemon.shown('lost.bin')
        self.assertEqual(title, '“lost.bin” needs you')
        self.assertEqual((body, keys), ('The file is no longer on the server', ['new-link']))
        self.assertEqual((hints['category'], hints['urgency']), ('transfer.error', 1))
        daemon.emit_token(1, 'token-1')
        daemon.press(1, 'new-link')
        action, (number,), data = wait_until(
            'the application is asked', lambda: application.named('ActivateAction'))[0]
        self.assertEqual((action, number), ('new-link', 1))
        self.assertEqual(data['activation-token'], 'token-1')

    def test_what_was_told_to_need_somebody_is_withdrawn_when_it_does_not(self):
        daemon = self.start_daemon()
        self.fetch('lost.bin', status=1, behaviour='status', code=404)
        daemon.shown('lost.bin')
        self.assertEqual(daemon.named('CloseNotification'), [])
        self.house.keel('retry', '1')
        wait_until('it is withdrawn', lambda: daemon.named('CloseNotification') == [(1,)])

    def test_a_folder_that_is_not_there(self):
        daemon = self.start_daemon()
        folder = os.path.join(self.house.home, 'stick')
        os.mkdir(folder)
        number = self.house.add(self.server.url('good', 'far.bin', size=8_000_000), '--limit=100k',
                                '--dir', folder)
        wait_until('bytes come', lambda: self.house.task(number)['received'] > 0)
        self.house.keel('pause', str(number))
        wait_until('it rests', lambda: self.house.task(number)['state'] == 'paused')
        os.rename(folder, folder + '.away')
        self.house.keel('resume', str(number))
        _, body, keys, _ = daemon.shown('far.bin')
        self.assertEqual((body, keys), ('The folder is not reachable', ['choose-folder']))
        # It is known, also when the service is another one.
        self.house.signal_service(signal.SIGTERM)
        self.house.wait_task(number, 'waiting')
        self.fetch('near.bin')
        daemon.shown('near.bin')
        self.assertEqual(len([call for call in daemon.named('Notify') if 'far.bin' in call[3]]), 1)

    def test_a_password_is_wanted(self):
        daemon = self.start_daemon()
        self.fetch('locked.bin', status=1, behaviour='basic')
        title, body, keys, _ = daemon.shown('locked.bin')
        self.assertIn('needs you', title)
        self.assertEqual((body, keys), ('Sign-in needed', ['sign-in']))

    def test_a_picture_of_its_kind(self):
        daemon = self.start_daemon()
        self.fetch('one.png')
        _, _, _, hints = daemon.shown('one.png')
        self.assertEqual(hints['image-path'], 'image-x-generic')
        self.assertEqual(hints['category'], 'transfer.complete')

    def write_thumbnail(self, path, mtime):
        """Of the file with this path, as it was at this time."""
        def chunk(kind, data):
            return (struct.pack('>I', len(data)) + kind + data +
                    struct.pack('>I', zlib.crc32(kind + data)))
        uri = GLib.filename_to_uri(path)
        data = (b'\x89PNG\r\n\x1a\n' +
                chunk(b'IHDR', struct.pack('>IIBBBBB', 1, 1, 8, 0, 0, 0, 0)) +
                chunk(b'tEXt', b'Thumb::URI\0' + uri.encode()) +
                chunk(b'tEXt', f'Thumb::MTime\0{mtime}'.encode()) +
                chunk(b'IDAT', zlib.compress(b'\0\0')) + chunk(b'IEND', b''))
        cache = self.house.environment.get('XDG_CACHE_HOME', self.house.home + '/.cache')
        folder = os.path.join(cache, 'thumbnails/normal')
        os.makedirs(folder, exist_ok=True)
        name = os.path.join(folder, hashlib.md5(uri.encode()).hexdigest() + '.png')
        with open(name, 'wb') as file:
            file.write(data)
        return GLib.filename_to_uri(name)

    def test_a_thumbnail_of_what_the_file_is_now(self):
        self.house.set_service(arguments='--test-clock')
        daemon = self.start_daemon()
        for name, age in [('new.png', 0), ('old.png', 100)]:
            path = self.fetch(name)['file']
            uri = self.write_thumbnail(path, int(os.stat(path).st_mtime) - age)
            wait_until('it is decided', self.is_decided)
            self.assertEqual(daemon.shown(name)[3]['image-path'],
                             uri if age == 0 else 'image-x-generic')

    def test_a_thousand_in_ten_seconds(self):
        """Three at most, or, where this machine needs longer for them, one more in six seconds."""
        self.house.set_service(arguments='--test-clock')
        daemon = self.start_daemon()
        links = [self.server.url('good', f'{number}.bin', size=10) for number in range(1000)]
        began = time.monotonic()
        for first in range(0, 1000, 100):
            self.house.keel('add', *links[first:first + 100])
            self.house.advance(0.5)
        wait_until('all have ended', lambda: all(
            task['state'] == 'finished' for task in self.house.tasks()), seconds=40)
        seconds = time.monotonic() - began + 5
        self.house.advance(10)
        wait_until('all are told', lambda: any(
            call[3].startswith('1000 ') or call[3].startswith('999 ')
            for call in daemon.named('Notify')))
        self.assertLessEqual(len(daemon.named('Notify')), 3 + max(0, seconds - 10) // 6, seconds)

    def test_a_password_that_the_keyring_knows_is_not_asked_for(self):
        keyring = Keyring(self, self.house)
        keyring.put('host', f'http://127.0.0.1:{self.server.port}', *self.server.login)
        daemon = self.start_daemon()
        self.fetch('locked.bin', behaviour='basic')
        self.assertIn('finished', str(daemon.notified()[0]))
        self.assertEqual(len(daemon.named('Notify')), 1)

    def is_decided(self):
        """Whether it is on disk that all has ended, and that no end is to be told any more. Who
        waits for an end may hear of it before the one who tells the person does."""
        db = sqlite3.connect(f'file:{self.house.database}?mode=ro', uri=True)
        try:
            counts, = db.execute("SELECT (SELECT count(*) FROM tasks WHERE state <> 'finished'),"
                                 " (SELECT count(*) FROM events)").fetchall()
        finally:
            db.close()
        if counts == (0, 0):
            return True
        self.house.advance(1)
        return False

    def test_not_while_the_window_has_the_focus(self):
        self.house.set_service(arguments='--test-clock')
        daemon = self.start_daemon()
        window = self.house.bus.connect()
        window.manager('SetAttention', GLib.Variant('(ba{sv})', (True, {})))
        self.fetch('seen.bin')
        # What ends within a few seconds is told together, and only then it is decided.
        wait_until('it is decided', self.is_decided)
        window.close()
        self.fetch('unseen.bin')
        wait_until('the second one is told', lambda: any(
            'unseen.bin' in str(call) for call in daemon.named('Notify')))
        self.assertFalse(any("seen.bin" in str(call).replace('unseen.bin', '')
                             for call in daemon.named('Notify')))

    def test_once_although_the_service_dies_before(self):
        daemon = self.start_daemon()
        self.fetch('one.bin')
        self.house.signal_service(signal.SIGKILL)
        self.house.keel('status')
        self.assertIn('one.bin', daemon.notified()[0][3])
        self.house.signal_service(signal.SIGKILL)
        self.house.keel('status')
        self.fetch('two.bin')
        wait_until('the second one is told', lambda: any(
            'two.bin' in str(call) for call in daemon.named('Notify')))
        self.assertEqual(sum('one.bin' in str(call) for call in daemon.named('Notify')), 1)

    def test_the_list_was_damaged(self):
        self.house = House(self, environment={'G_DEBUG': ''})
        self.house.expected_complaints.append('rescued')
        daemon = self.start_daemon()
        self.fetch('one.bin')
        daemon.notified()
        self.house.signal_service(signal.SIGTERM)
        with open(self.house.database, 'r+b') as file:
            file.write(b'garbage' * 100)
        self.house.keel('status')
        wait_until('it is told', lambda: any('damaged' in str(call) and '1 download' in str(call)
                                             for call in daemon.named('Notify')))

    def test_odd_names(self):
        self.house.set_service(arguments='--test-clock')
        daemon = self.start_daemon()
        task = self.fetch('%3Cb%3Ebold%26.bin')
        self.assertTrue(os.path.exists(task['file']))
        self.assertIn('finished', daemon.shown('bold')[0])
        for name, shown in [('a' * 150 + 'b' * 80 + '.iso', 'a…' + 'b' * 16 + '.iso'),
                            ('m\u202egpj.exe.bin', 'gpj.exe.bin'),
                            ('\u0645\u0644\u0641.pdf', '\u2068\u0645\u0644\u0641.pdf\u2069')]:
            self.fetch(quote(name))
            self.house.advance(10)
            title = daemon.shown(shown)[0]
            self.assertLess(len(title), 90)
            self.assertNotIn('\u202e', title)

    def test_the_body_is_markup_only_where_it_is_read(self):
        for capabilities, shown in [(('actions', 'body', 'body-markup'), '&lt;b&gt;&amp;'),
                                    (('body',), '<b>&')]:
            self.house = House(self)
            daemon = self.start_daemon(capabilities=capabilities)
            folder = os.path.join(self.house.home, '<b>&')
            os.mkdir(folder)
            self.house.keel('add', '--wait', '--dir', folder,
                            self.server.url('good', 'a.bin', size=10))
            _, body, keys, _ = daemon.shown('a.bin')
            self.assertIn(shown, body)
            self.assertEqual(bool(keys), 'actions' in capabilities)

    def test_a_hanging_daemon_delays_nothing(self):
        self.start_daemon(delay=60)
        self.fetch('one.bin')
        began = time.monotonic()
        self.fetch('two.bin')
        self.house.keel('status')
        self.assertLess(time.monotonic() - began, scaled(2 * SOON_SECONDS))
        self.assertLess(self.house.signal_service(15), SOON_SECONDS)

    def test_in_a_sandbox(self):
        """The portal has it, with the application's own actions, and the service need not stay."""
        self.house.set_service(arguments='--token-mode --test-clock', idle_timeout=2)
        daemon = self.start_daemon()
        portal = NotificationPortal(self, self.house.bus.address)
        self.fetch('boat.pdf')
        notice = wait_until('it is told', lambda: portal.shown.get('1'))
        self.assertEqual(notice['title'], '“boat.pdf” finished')
        self.assertEqual(notice['default-action'], 'app.open-file')
        self.assertEqual(notice['default-action-target'], 1)
        self.assertEqual([(button['action'], button['target']) for button in notice['buttons']],
                         [('app.open-file', 1), ('app.show-in-folder', 1)])
        self.assertEqual(daemon.calls, [])
        self.fetch('lost.bin', status=1, behaviour='status', code=404)
        self.house.advance(10)
        wait_until('the other is told', lambda: '2' in portal.shown)
        self.house.keel('retry', '2')
        wait_until('it is withdrawn', lambda: 'RemoveNotification' in str(portal.calls))
        self.house.wait_service_gone()
        self.assertIn('1', portal.shown)

    def test_a_portal_that_hangs_or_is_not_there(self):
        self.house.set_service(arguments='--token-mode')
        self.fetch('one.bin')
        portal = NotificationPortal(self, self.house.bus.address)
        portal.hangs = True
        self.fetch('two.bin')
        wait_until('it is asked', lambda: portal.calls)
        self.fetch('three.bin')
        self.assertLess(self.house.signal_service(15), SOON_SECONDS)

    def test_nobody_to_notify(self):
        self.assertEqual(self.fetch()['state'], 'finished')


if __name__ == '__main__':
    main()
