#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said in the preferences holds without a window; and who shows limits hears of others'."""

import os
import subprocess

from gi.repository import GLib

from keelserver import Server
from keeltest import Case, House, main, scaled, wait_until
from keeltest.bus import INTERFACES, PATH, SERVICE, Listener
from notices import Daemon


class Preferences(Case):
    def setUp(self):
        self.house = House(self, environment={'GSETTINGS_BACKEND': 'keyfile'})
        self.server = Server(self)

    def set(self, **settings):
        self.house.write_settings(**settings)

    def fetch(self, name, behaviour='good', status=0, **options):
        task, = self.house.keel('add', '--wait', '--json',
                                self.server.url(behaviour, name, size=1000, **options),
                                status=status).objects
        return task

    def test_folder(self):
        wanted = os.path.join(self.house.home, 'Elsewhere')
        os.mkdir(wanted)
        self.set(download_folder=GLib.Variant.new_bytestring(wanted.encode()).print_(False))
        self.assertEqual(self.fetch('a.bin')['file'], os.path.join(wanted, 'a.bin'))

    def test_a_folder_that_makes_no_sense(self):
        self.set(download_folder=GLib.Variant.new_bytestring(b'no/where').print_(False))
        self.assertEqual(self.fetch('a.bin')['file'], os.path.join(self.house.downloads, 'a.bin'))

    def test_notifications(self):
        daemon = Daemon(self, self.house.bus.address, 0)
        self.set(notify_finished='false')
        self.fetch('quiet.bin')
        self.fetch('lost.bin', 'status', status=1, code=404)
        self.assertIn('lost.bin', str(daemon.notified()))
        self.assertNotIn('quiet.bin', str(daemon.notified()))

    def test_no_notifications_of_failures(self):
        daemon = Daemon(self, self.house.bus.address, 0)
        self.set(notify_failed='false')
        self.fetch('lost.bin', 'status', status=1, code=404)
        self.fetch('loud.bin')
        self.assertIn('loud.bin', str(daemon.notified()))
        self.assertNotIn('lost.bin', str(daemon.notified()))


class Hearing(Case):
    """A service that runs hears of what another program changes, as in a sandbox, where settings
    are a file (GKeyfileSettingsBackend) that the other one writes anew and puts in its place."""

    TIMES = 20

    def setUp(self):
        self.house = House(self, environment={'GSETTINGS_BACKEND': 'keyfile'})
        self.server = Server(self)

    def set(self, key, value):
        subprocess.run(['gsettings', 'set', 'io.github.keelboat.Keelboat', key, value], check=True,
                       env=self.house.environment, timeout=scaled(20))

    def wait_folder(self, folder):
        """Waits until new downloads go there."""
        wanted = GLib.Variant.new_bytestring(os.fsencode(folder)).print_(False)
        self.set('download-folder', wanted)

        def look():
            number = self.house.add(self.server.url('good', 'a.bin', size=10), '--paused')
            row, = self.house.connection.manager('GetTasks', GLib.Variant(
                '(a{sv}as)', ({'ids': GLib.Variant('at', [number])}, ['directory'])))[1]
            self.assertEqual(bytes(row['directory']).rstrip(b'\0'), os.fsencode(folder))
            return True
        wait_until(f'it hears of {folder}', look, interval=0.1)

    def test_every_change(self):
        """Also when nothing was there when it looked first."""
        settings = os.path.join(self.house.home, '.config/glib-2.0')
        self.assertFalse(os.path.exists(settings))
        self.house.keel('add', '--wait', self.server.url('good', 'first.bin', size=10))
        pid = self.house.service_pid()
        for number in range(self.TIMES):
            self.wait_folder(os.path.join(self.house.home, f'folder {number}'))
        self.assertEqual(self.house.service_pid(), pid)


class Limits(Case):
    def setUp(self):
        self.house = House(self)
        self.listener = Listener(self.house.bus.address, [])
        self.addCleanup(self.listener.end)

    def watch(self, path, interface):
        self.listener.connection.call(SERVICE, path, INTERFACES + interface, 'Watch',
                                      GLib.Variant('(ua{sv})', (1000, {})))

    def test_who_watches_everything_hears_of_others(self):
        self.watch(PATH, 'Manager')
        self.house.keel('limit', '3M')
        (limits, _), = wait_until('news', lambda: self.listener.members('LimitsChanged'))
        self.assertEqual(limits['max-rate'], 3_000_000)
        self.assertEqual(limits['max-active'], 6)
        self.assertEqual(limits['schedule'], [])

    def test_a_session_does_not(self):
        session = self.listener.connection.open_session('other')
        self.watch(session, 'Session')
        self.house.keel('limit', '3M')
        self.house.keel('quit')
        wait_until('the service leaves', lambda: self.listener.members('Quitting'))
        self.assertEqual(self.listener.members('LimitsChanged'), [])


if __name__ == '__main__':
    main()
