#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""At login: what is unfinished goes on without a window, and where there is nothing to go on with
nothing happens. What would be installed for that is looked at, too."""

import configparser
import os
import shlex
import shutil
import signal
import sqlite3
import subprocess

from keelserver import Server
from keeltest import Case, House, main, processes, scaled, wait_until
from keeltest.bus import SERVICE
from keeltest.house import BUILD_ROOT, program

DATA = os.path.join(BUILD_ROOT, 'data')
ENTRY = os.path.join(DATA, 'autostart', SERVICE + '.desktop')
UNIT = os.path.join(DATA, 'systemd/keelboat.service')


def read(path):
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str
    if not parser.read(path, encoding='utf-8'):
        raise AssertionError(f'{path} is not there')
    return parser


class Login(Case):
    def setUp(self):
        self.house = House(self, idle_timeout=1, environment={'GSETTINGS_BACKEND': 'keyfile'})
        # A keel that is stopped between two calls finds another service than with its first one.
        self.starts = 0
        self.server = Server(self)

    def log_in(self, environment=None):
        """As the session does it: the line of the entry, without arguments of anybody."""
        arguments = shlex.split(read(ENTRY)['Desktop Entry']['Exec'])
        self.assertEqual(os.path.basename(arguments[0]), 'keelboat-service')
        process = subprocess.run([program('KEELBOAT_SERVICE'), *arguments[1:]], text=True,
                                 env={**self.house.environment, **(environment or {})},
                                 capture_output=True, timeout=scaled(30), check=False)
        return process.returncode, process.stdout + process.stderr

    def files(self):
        """All that is in the home, with what shows that it was touched."""
        return {path: (os.lstat(path).st_mtime_ns, os.lstat(path).st_ino)
                for folder, folders, names in os.walk(self.house.home)
                for path in [os.path.join(folder, name) for name in folders + names]}

    def log_out(self):
        """With something under way: else the service leaves by itself."""
        self.house.signal_service(signal.SIGTERM)
        self.starts = self.house.starts()

    def leave_idle(self):
        self.house.keel('status')
        self.house.wait_service_gone()
        self.starts = self.house.starts()

    def assert_started(self, times=1):
        """So often since the session before."""
        self.assertEqual(self.house.starts() - self.starts, times)

    def add(self, size=4_000_000):
        number = self.house.add(self.server.url('good', 'a.bin', size=size), '--limit=200k')
        self.house.wait_task(number, lambda task: task['received'] > 0)
        return number

    def assert_nothing(self):
        starts, before = self.house.starts(), self.files()
        self.assertEqual(self.log_in(), (0, ''))
        self.assertEqual(self.files(), before)
        self.assertEqual(self.house.starts(), starts)
        self.assertIsNone(self.house.service_pid())

    def test_unfinished_work_goes_on(self):
        number = self.add()
        self.log_out()
        self.assertEqual(self.log_in(), (0, ''))
        # It was started by the bus, and is already there.
        self.assert_started()
        self.assertIsNotNone(self.house.service_pid())
        # A second entry, or a second session, changes nothing.
        self.assertEqual(self.log_in(), (0, ''))
        self.assert_started()
        self.house.keel('set', number, '--limit=off')
        self.house.wait_task(number, 'finished')

    def test_nobody_was_ever_here(self):
        before = self.files()
        self.assert_nothing()
        self.assertFalse(os.listdir(os.path.join(self.house.home, '.local/share')))
        self.assertFalse(os.listdir(self.house.state))
        self.assertEqual(self.files(), before)

    def test_nothing_is_left_to_do(self):
        self.house.keel('add', '--wait', self.server.url('good', 'a.bin', size=10))
        self.house.keel('add', '--wait', self.server.url('status', 'b.bin', code=404), status=1)
        number = self.add()
        self.house.keel('pause', number)
        self.house.keel('cancel', self.add())
        # What has ended was told to the person; or there is nobody who could tell.
        self.house.wait_service_gone()
        self.assert_nothing()

    def test_the_switch_is_off(self):
        self.add()
        self.log_out()
        self.house.write_settings(start_at_login='false')
        self.assert_nothing()
        self.house.write_settings(start_at_login='true')
        self.assertEqual(self.log_in(), (0, ''))
        self.assert_started()

    def test_after_a_crash(self):
        number = self.add()
        self.house.signal_service(signal.SIGKILL)
        self.assertEqual(self.log_in(), (0, ''))
        self.house.keel('set', number, '--limit=off')
        self.house.wait_task(number, 'finished')

    def test_what_an_application_was_not_told(self):
        """Of what has ended it is told, or the person is: that is work, too."""
        self.leave_idle()
        with sqlite3.connect(self.house.database) as database:
            database.execute("INSERT INTO sessions (app, identifier, token, created, config) VALUES"
                             " ('org.example.App', 'one', 'x', 0, '{\"events\": <true>}')")
            session, = database.execute('SELECT max(id) FROM sessions').fetchone()
            database.execute("INSERT INTO events (session, number, task, kind, created, details)"
                             " VALUES (?, 1, 1, 'completed', 0, '@a{sv} {}')", (session,))
        database.close()
        for tries, starts in [(6, 0), (0, 1)]:
            with sqlite3.connect(self.house.database) as database:
                database.execute('UPDATE sessions SET wake_tries = ?', (tries,))
            database.close()
            self.assertEqual(self.log_in(), (0, ''))
            self.assert_started(starts)

    def test_a_list_that_cannot_be_read(self):
        """It takes a service to rescue it and to tell of it."""
        self.house = House(self, environment={'G_DEBUG': ''})
        self.house.expected_complaints.append('moved to')
        self.house.keel('status')
        self.log_out()
        with open(self.house.database, 'r+b') as file:
            file.truncate(5000)
        self.assertEqual(self.log_in()[0], 0)
        self.assert_started()

    def test_no_bus(self):
        self.add()
        self.log_out()
        status, said = self.log_in({'DBUS_SESSION_BUS_ADDRESS': 'unix:path=/nonexistent'})
        self.assertEqual(status, 1)
        self.assertIn('no session bus', said)

    def test_a_database_is_not_opened_for_writing(self):
        if shutil.which('strace') is None:
            self.skipTest('strace is not installed')
        self.house.keel('add', '--wait', self.server.url('good', 'a.bin', size=10))
        self.house.wait_service_gone()
        log = os.path.join(self.house.root, 'strace')
        # Only one can trace a process, and looking for leaks is done in that way, too.
        environment = {**self.house.environment, 'ASAN_OPTIONS': 'detect_leaks=0'}
        subprocess.run(['strace', '-f', '-o', log, '-e', 'trace=open,openat,connect',
                        program('KEELBOAT_SERVICE'), '--at-login'], env=environment,
                       timeout=scaled(30), check=True)
        with open(log, encoding='utf-8') as file:
            lines = file.read().splitlines()
        self.assertTrue([line for line in lines if 'transfers.db"' in line], lines)
        self.assertEqual([line for line in lines if 'O_RDWR' in line or 'O_WRONLY' in line or
                          'O_CREAT' in line or 'connect(' in line], [])


class Installed(Case):
    """What systemd and the desktop are told."""

    def test_entry(self):
        entry = read(ENTRY)['Desktop Entry']
        self.assertEqual(entry['Type'], 'Application')
        self.assertTrue(os.path.isabs(shlex.split(entry['Exec'])[0]), entry['Exec'])
        # Either would keep sessions that systemd runs from reading it.
        self.assertNotIn('X-systemd-skip', entry)
        self.assertNotIn('X-GNOME-HiddenUnderSystemd', entry)
        self.assertNotIn('X-GNOME-Autostart-Phase', entry)
        if shutil.which('desktop-file-validate') is None:
            self.skipTest('desktop-file-validate is not installed')
        subprocess.run(['desktop-file-validate', ENTRY], check=True)

    def unit(self):
        if not os.path.exists(UNIT):
            self.skipTest('configured without systemd')
        return read(UNIT)

    def test_unit_is_what_the_bus_starts(self):
        unit = self.unit()['Service']
        bus = read(os.path.join(DATA, 'dbus', SERVICE + '.service'))['D-BUS Service']
        self.assertEqual(bus['SystemdService'], os.path.basename(UNIT))
        self.assertEqual((unit['Type'], unit['BusName']), ('dbus', bus['Name']))
        self.assertEqual(unit['ExecStart'], bus['Exec'])
        # The bus starts it, and nobody else: it would not leave at once.
        self.assertNotIn('Install', self.unit())

    def analyze(self, *arguments):
        """systemd-analyze about our unit, as it stands, with a program that is there."""
        if shutil.which('systemd-analyze') is None:
            self.skipTest('systemd-analyze is not installed')
        folder = processes.make_folder('keel-unit-')
        self.addCleanup(shutil.rmtree, folder)
        path = os.path.join(folder, os.path.basename(UNIT))
        with open(UNIT, encoding='utf-8') as file:
            text = file.read()
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text.replace(self.unit()['Service']['ExecStart'],
                                    program('KEELBOAT_SERVICE')))
        return subprocess.run(['systemd-analyze', *arguments, '--user', path], text=True,
                              env={'PATH': os.environ['PATH'], 'HOME': folder, 'LC_ALL': 'C.UTF-8',
                                   'XDG_RUNTIME_DIR': folder, 'SYSTEMD_LOG_LEVEL': 'warning'},
                              capture_output=True, timeout=scaled(60), check=False)

    def test_systemd_understands_the_unit(self):
        self.unit()
        # What it does not understand it says and passes over.
        verdict = self.analyze('verify')
        self.assertEqual((verdict.returncode, verdict.stdout + verdict.stderr), (0, ''))

    def test_what_the_unit_shuts_out(self):
        self.unit()
        verdict = self.analyze('security', '--offline=yes', '--no-pager')
        if verdict.returncode != 0 and 'offline' in verdict.stderr:
            self.skipTest('this systemd-analyze looks only at what runs')
        held = {line.split()[1] for line in verdict.stdout.splitlines() if line.startswith('✓')}
        for name in ['NoNewPrivileges=', 'RestrictRealtime=', 'SystemCallArchitectures=',
                     'LockPersonality=', 'MemoryDenyWriteExecute=', 'RestrictSUIDSGID=',
                     'SystemCallFilter=~@mount', 'RestrictAddressFamilies=~AF_PACKET',
                     'RestrictNamespaces=~user']:
            self.assertIn(name, held, verdict.stdout + verdict.stderr)


if __name__ == '__main__':
    main()
