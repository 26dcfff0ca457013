#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The database is damaged, newer or out of reach; the service is not there at all."""

import os
import signal
import sqlite3

from keeltest import Case, House, Nginx, contents_of, main, sha256_of


class Database(Case):
    def setUp(self):
        # A service whose database is bad warns, which is right, and must then go on.
        self.house = House(self, environment={'G_DEBUG': ''})
        self.nginx = Nginx(self)
        self.nginx.make('a', 1000)
        self.folder = os.path.dirname(self.house.database)

    def stop(self):
        self.house.signal_service(signal.SIGTERM)

    def test_rows_outlive_the_service(self):
        numbers = [self.house.add(self.nginx.url('a'), '--paused') for _ in range(3)]
        for number_of_signal in [signal.SIGTERM, signal.SIGKILL]:
            self.house.signal_service(number_of_signal)
            self.assertEqual([task['id'] for task in self.house.tasks()], numbers)

    def test_damaged_is_set_aside(self):
        self.house.add(self.nginx.url('a'), '--paused')
        self.stop()
        rubbish = b'This was a database. ' * 5000
        for name in os.listdir(self.folder):
            if name.startswith('transfers.db'):
                os.unlink(os.path.join(self.folder, name))
        with open(self.house.database, 'wb') as file:
            file.write(rubbish)
        self.house.expected_complaints.append('cannot be read')
        self.assertEqual(self.house.tasks(), [])
        kept = [name for name in os.listdir(self.folder)
                if contents_of(os.path.join(self.folder, name)) == rubbish]
        self.assertEqual(len(kept), 1, os.listdir(self.folder))
        task, = self.house.keel('add', '--wait', '--json', self.nginx.url('a')).objects
        self.assertEqual(task['state'], 'finished')

    def test_damaged_in_the_middle_is_set_aside(self):
        for _ in range(30):
            self.house.add(self.nginx.url('a'), '--paused')
        self.stop()
        with open(self.house.database, 'r+b') as file:
            file.seek(4096)
            file.write(b'\xa5' * (os.path.getsize(self.house.database) - 4096))
        self.house.expected_complaints.append('cannot be read')
        self.house.tasks()
        self.assertGreater(len([name for name in os.listdir(self.folder)
                                if name.startswith('transfers.db')
                                and not name.endswith(('-wal', '-shm'))]), 1)
        self.house.add(self.nginx.url('a'), '--paused')

    def test_newer_is_refused_and_untouched(self):
        self.house.add(self.nginx.url('a'), '--paused')
        self.stop()
        with sqlite3.connect(self.house.database) as database:
            database.execute('PRAGMA user_version = 999')
        database.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        database.close()
        before = sha256_of(self.house.database)
        self.house.expected_complaints.append('newer version')
        self.house.expected_exits |= {1}
        for arguments in [['list'], ['add', self.nginx.url('a')], ['status']]:
            with self.subTest(arguments[0]):
                result = self.house.keel(*arguments, status=[1, 3])
                self.assertRegex(result.err, r'(?i)newer')
        self.assertEqual(sha256_of(self.house.database), before)

    def test_no_place_for_the_database(self):
        os.rmdir(self.house.state)
        with open(self.house.state, 'w', encoding='utf-8') as file:
            file.write('a file')
        self.house.expected_complaints.append('cannot be used')
        self.house.expected_exits |= {1}
        result = self.house.keel('add', self.nginx.url('a'), status=[1, 3])
        self.assertTrue(result.err.strip())
        self.assertEqual(self.nginx.requests('a'), [])


class NoService(Case):
    def setUp(self):
        self.house = House(self)

    def check_unreachable(self, **environment):
        for arguments in [['list'], ['status'], ['add', 'http://127.0.0.1:9/x']]:
            with self.subTest(arguments[0]):
                result = self.house.keel(*arguments, status=3, environment=environment, seconds=40)
                self.assertEqual(result.out, '')
                self.assertTrue(result.err.strip())

    def test_no_bus(self):
        self.check_unreachable(DBUS_SESSION_BUS_ADDRESS='unix:path=/does/not/exist')

    def test_bus_that_knows_no_service(self):
        os.unlink(os.path.join(self.house.bus.services,
                               'io.github.keelboat.Keelboat.Service.service'))
        self.house.connection.ask_bus('ReloadConfig')
        self.check_unreachable()

    def test_service_that_dies_at_once(self):
        with open(os.path.join(self.house.root, 'service'), 'w', encoding='utf-8') as file:
            file.write('#!/bin/sh\nexit 1\n')
        self.check_unreachable()


if __name__ == '__main__':
    main()
