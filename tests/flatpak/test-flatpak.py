#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keelboat as people have it from a Flatpak: service and window each in a sandbox, the real portals
around them, and nothing of the host but Downloads."""

import os
import signal

from gi.repository import GLib

from flathouse import APPLICATION, FOLDER, IMPL, FlatHouse
from keelserver import Server, content
from keeltest import Case, contents_of, main, skip_all, wait_until
from keeltest.display import Display

MB = 1000 * 1000


class FlatCase(Case):
    with_portals = True

    def setUp(self):
        self.house = FlatHouse(self, portals=self.with_portals)
        self.server = Server(self)

    def add(self, name='a.bin', size=MB, limit='200k', *more):
        return self.house.add(self.server.url('good', name, size=size), f'--limit={limit}', *more)

    def check(self, name, size=MB, folder=None):
        self.assertEqual(contents_of(os.path.join(folder or self.house.downloads, name)),
                         content(name, size, 1))


class Downloads(FlatCase):
    def test_from_activation_to_the_file(self):
        """keel in one sandbox has the bus start the service in another."""
        number = self.add(limit='1M')
        self.assertEqual(len(self.house.service_pids()), 1)
        task = self.house.wait_task(number, 'finished', 60)
        self.assertEqual(task['file'], os.path.join(self.house.downloads, 'a.bin'))
        self.check('a.bin')
        self.assertEqual(sorted(os.listdir(self.house.downloads)), ['a.bin'])
        # It leaves by itself, and comes back with what it knew.
        self.house.wait_service_gone(60)
        self.assertEqual(self.house.task(number)['state'], 'finished')

    def test_what_the_sandbox_lets_through(self):
        """The network and Downloads; not the home, nor the host's processes, nor the whole bus."""
        with open(os.path.join(self.house.home, 'private.txt'), 'w', encoding='utf-8') as file:
            file.write('mine')
        told = self.house.run('-c', 'ls -A "$HOME"; ls / ; ls /run/host 2>/dev/null; '
                              'cat /.flatpak-info')
        self.assertNotIn('private.txt', told)
        self.assertIn('Downloads', told)
        self.assertNotIn('sockets=session-bus', told)
        self.assertIn('filesystems=xdg-download;', told)
        self.assertIn('shared=network;ipc;', told)


    def test_what_the_host_gets_of_it(self):
        """Names that are ours, and nothing that points at a file which the host does not have."""
        folder = os.path.join(self.house.installation, 'exports/share/dbus-1/services')
        self.assertEqual(sorted(os.listdir(folder)), [f'{APPLICATION}{name}.service' for name in
                                                      ['.SearchProvider', '.Service', '']])
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding='utf-8') as file:
                text = file.read()
            self.assertIn('Exec=/usr/bin/flatpak run', text)
            self.assertNotIn('SystemdService', text)


class Portals(FlatCase):
    def background_lines(self):
        """What the desktop shows of us among what runs in the background."""
        name = 'org.freedesktop.background.Monitor'
        self.assertIsNotNone(self.house.connection.owner_of(name))
        apps, = self.house.connection.call(
            name, '/org/freedesktop/background/monitor', 'org.freedesktop.DBus.Properties', 'Get',
            GLib.Variant('(ss)', (name, 'BackgroundApps')))
        return [app.get('message') for app in apps if app.get('app_id') == APPLICATION]

    def test_background_and_notification(self):
        number = self.add(size=2 * MB, limit='400k')
        wait_until('the desktop shows a line', lambda: any(
            line and line.startswith('1 download') for line in self.background_lines()), 30)
        self.house.wait_task(number, 'finished', 60)
        wait_until('it is told', self.house.backend.titles, 30)
        (app, _, notice), = self.house.backend.named('AddNotification')
        self.assertEqual(app, APPLICATION)
        self.assertIn('a.bin', notice['title'] + notice.get('body', ''))
        self.assertEqual(notice['default-action'][:4], 'app.')

    def test_keeping_awake(self):
        number = self.add(limit='100k')
        wait_until('it is asked', lambda: self.house.backend.named('Inhibit'), 30)
        (_, app, _, flags, options), = self.house.backend.named('Inhibit')
        self.assertEqual((app, flags), (APPLICATION, 4))
        self.assertIn('reason', options)
        self.house.keel('remove', str(number))

    def test_background_refused(self):
        """The person is told that downloads stop with the window."""
        self.house.connection.call(
            IMPL + 'PermissionStore', '/org/freedesktop/impl/portal/PermissionStore',
            IMPL + 'PermissionStore', 'SetPermission', GLib.Variant(
                '(sbssas)', ('background', True, 'background', APPLICATION, ['no'])))
        number = self.add(limit='300k')
        wait_until('it is told', lambda: [title for title in self.house.backend.titles()
                                          if 'may stop' in title], 30)
        self.house.wait_task(number, 'finished', 60)


class Folders(FlatCase):
    def setUp(self):
        super().setUp()
        self.folder = os.path.join(self.house.home, 'Elsewhere')
        os.mkdir(self.folder)

    def test_a_folder_that_a_person_chose(self):
        """It is outside of what the sandbox has; and is there again after a restart."""
        path, _ = self.house.grant(self.folder)
        number = self.add('b.bin', 2 * MB, '400k', f'--dir={path}')
        self.house.wait_task(number, lambda task: task['durable'] > 0, 60)
        os.kill(self.house.service_pids()[0], signal.SIGTERM)
        self.house.wait_service_gone()
        self.house.wait_task(number, 'finished', 60)
        self.check('b.bin', 2 * MB, self.folder)
        # With what was there, and nothing is left beside it.
        self.assertGreater(self.house.task(number)['resumed_bytes'], 0)
        self.assertEqual(os.listdir(self.folder), ['b.bin'])

    def test_a_grant_that_has_gone(self):
        path, number_of_grant = self.house.grant(self.folder)
        number = self.add('b.bin', 2 * MB, '200k', f'--dir={path}')
        self.house.wait_task(number, lambda task: task['durable'] > 0, 60)
        self.house.revoke(number_of_grant)
        os.kill(self.house.service_pids()[0], signal.SIGTERM)
        self.house.wait_service_gone()
        task = self.house.wait_task(number, 'waiting', 60)
        self.assertEqual(task['wait_reason'], 'destination')
        self.assertIn('older', self.house.keel('list').out)
        # Another one, and it goes on there.
        another = os.path.join(self.house.home, 'Another')
        os.mkdir(another)
        path, _ = self.house.grant(another)
        self.house.keel('set', number, f'--dir={path}', '--limit=0')
        self.house.wait_task(number, 'finished', 60)
        self.check('b.bin', 2 * MB, another)

    def test_a_folder_that_nobody_gave(self):
        """It is told, and nothing is written somewhere else."""
        result = self.house.keel('add', f'--dir={self.folder}',
                                 self.server.url('good', 'c.bin', size=1000), status=None)
        if result.status == 0:
            task = self.house.wait_task(1, 'waiting', 30)
            self.assertEqual(task['wait_reason'], 'destination')
        self.assertEqual(os.listdir(self.folder), [])

    def test_downloads_that_cannot_be_written(self):
        number = self.add('d.bin', 2 * MB, '200k')
        self.house.wait_task(number, lambda task: task['durable'] > 0, 60)
        self.house.keel('quit')
        self.house.wait_service_gone()
        self.house.flatpak('override', '--filesystem=xdg-download:ro', APPLICATION)
        task = self.house.wait_task(number, 'waiting', 60)
        self.assertEqual(task['wait_reason'], 'destination')
        self.house.flatpak('override', '--reset', APPLICATION)
        self.house.keel('quit')
        self.house.wait_service_gone()
        self.house.wait_task(number, 'finished', 60)
        self.check('d.bin', 2 * MB)


class Windows(Case):
    def setUp(self):
        self.display = Display(self)
        self.house = FlatHouse(self, environment=self.display.environment)
        self.server = Server(self)

    def test_closed_under_a_download(self):
        """Its sandbox goes with the window; the download goes on, and the person is told."""
        window = self.house.start()
        number = self.house.add(self.server.url('good', 'a.bin', size=2 * MB), '--limit=200k')
        title = self.display.wait_window('^Keelboat$', 60)
        self.house.wait_task(number, lambda task: task['durable'] > 0, 60)
        folder = os.path.join(os.environ['KEEL_BUILD_ROOT'], 'screenshots')
        os.makedirs(folder, exist_ok=True)
        self.display.picture(os.path.join(folder, 'flatpak.png'))
        self.display.close_window(title)
        wait_until('the window has gone', lambda: window.poll() is not None, 30)
        self.house.wait_task(number, 'finished', 60)
        self.assertEqual(contents_of(os.path.join(self.house.downloads, 'a.bin')),
                         content('a.bin', 2 * MB, 1))
        wait_until('it is told', lambda: any('a.bin' in str(arguments) for arguments in
                                             self.house.backend.named('AddNotification')), 30)


class NoPortals(FlatCase):
    with_portals = False

    def test_downloads_all_the_same(self):
        # libproxy's own words, when nobody knows of a proxy.
        self.house.expected_complaints = ['Could not query proxy']
        number = self.add(limit='1M')
        self.house.wait_task(number, 'finished', 60)
        self.check('a.bin')


class Updates(Case):
    def setUp(self):
        self.house = FlatHouse(self, has_copy=True)
        self.server = Server(self)

    def commit(self):
        """Of the application, as a sandbox that starts now has it."""
        info = self.house.run('-c', 'grep ^app-commit= /.flatpak-info')
        return info.strip().partition('=')[2]

    def test_update_and_removal(self):
        """The old service leaves, the new one goes on; and what people have stays with them."""
        number = self.house.add(self.server.url('good', 'a.bin', size=8 * MB), '--limit=500k')
        self.house.wait_task(number, lambda task: task['durable'] > MB, 60)
        before, = self.house.service_pids()
        old = self.commit()
        self.house.make_update()
        self.house.flatpak('update', '-y', '--noninteractive', APPLICATION)
        self.assertNotEqual(self.commit(), old)
        wait_until('another service is there', lambda: self.house.service_pids() and
                   before not in self.house.service_pids(), 60)
        task = self.house.wait_task(number, 'finished', 90)
        self.assertLess(task['refetched_bytes'], 2 * MB)
        self.assertEqual(contents_of(os.path.join(self.house.downloads, 'a.bin')),
                         content('a.bin', 8 * MB, 1))
        self.house.keel('quit')
        self.house.wait_service_gone()
        self.house.flatpak('uninstall', '-y', '--noninteractive', APPLICATION)
        self.assertEqual(os.listdir(self.house.downloads), ['a.bin'])
        self.assertTrue(os.path.exists(self.house.data('.local/state/keelboat/transfers.db')))


if __name__ == '__main__':
    if not FOLDER or not os.path.isdir(FOLDER):
        skip_all('KEEL_FLATPAK names no folder that flatpak/debian-app made')
    main()
