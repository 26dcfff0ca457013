#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the means of testing: servers that do what a test thinks they do, a private bus that is
private, processes that end."""

import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest.mock

from gi.repository import GLib

from keelserver import BEHAVIOURS, Server, content
from keeltest import Case, House, Nginx, Timeout, contents_of, main, processes, wait_until

SIZE = 200_000


def get(port, path, **headers):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=20)
    connection.request('GET', path, headers={key.replace('_', '-'): value
                                             for key, value in headers.items()})
    response = connection.getresponse()
    try:
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


class Misbehaving(Case):
    def setUp(self):
        self.server = Server(self)

    def get(self, behaviour, name='x', headers=None, **options):
        url = self.server.url(behaviour, name, size=SIZE, **options)
        return get(self.server.port, url.partition(str(self.server.port))[2], **(headers or {}))

    def test_good(self):
        status, headers, body = self.get('good')
        self.assertEqual(status, 200)
        self.assertTrue(body == content('x', SIZE))
        status, headers, body = self.get('good', headers={'Range': 'bytes=1000-',
                                                          'If_Range': headers['ETag']})
        self.assertEqual((status, headers['Content-Range']), (206, f'bytes 1000-{SIZE - 1}/{SIZE}'))
        self.assertTrue(body == content('x', SIZE)[1000:])
        self.assertEqual(self.get('good', headers={'Range': 'bytes=1000-', 'If_Range': '"y"'})[0],
                         200)
        self.assertEqual(self.get('good', headers={'Range': f'bytes={SIZE}-'})[0], 416)

    def test_versions_differ(self):
        first = self.get('good')
        self.server.versions['x'] = 2
        second = self.get('good')
        self.assertNotEqual(first[1]['ETag'], second[1]['ETag'])
        self.assertFalse(first[2] == second[2])

    def test_cuts(self):
        with self.assertRaises(http.client.IncompleteRead) as caught:
            self.get('short', after=5000)
        self.assertEqual(len(caught.exception.partial), 5000)
        self.assertEqual(self.get('short', after=5000)[0], 200)
        with self.assertRaises(ConnectionResetError):
            self.get('reset', after=5000)

    def test_chunks(self):
        self.assertTrue(self.get('chunked')[2] == content('x', SIZE))

    def test_lies(self):
        with self.assertRaises(http.client.IncompleteRead):
            self.get('lying-206')
        self.server.versions['x'] = 2
        status, _, body = self.get('lying-206', headers={'Range': 'bytes=7-', 'If_Range': '"x-v1"'})
        self.assertEqual(status, 206)
        self.assertTrue(body == content('x', SIZE, 2)[7:])

    def test_status(self):
        status, headers, _ = self.get('status', code=503, after=9, times=1)
        self.assertEqual((status, headers['Retry-After']), (503, '9'))
        self.assertEqual(self.get('status', code=503, after=9, times=1)[0], 200)

    def test_every_behaviour_says_what_it_does(self):
        for name, function in BEHAVIOURS.items():
            self.assertTrue(function.__doc__, name)


class RealServer(Case):
    def test_addresses(self):
        nginx = Nginx(self)
        data = contents_of(nginx.make('f.bin', SIZE))
        for kind, status, tag in [('', 206, r'"[^"]+"'), ('norange', 200, r'"[^"]+"'),
                                  ('weak', 206, r'W/"[^"]+"'), ('noetag', 206, ''),
                                  ('rate/50m', 206, r'"[^"]+"')]:
            with self.subTest(kind):
                path = nginx.url('f.bin', kind).partition(str(nginx.port))[2]
                found, headers, body = get(nginx.port, path, Range='bytes=100-')
                self.assertEqual(found, status)
                self.assertTrue(body == (data[100:] if status == 206 else data))
                self.assertTrue(re.fullmatch(tag, headers.get('ETag', '')), headers)
        self.assertEqual([request['range'] for request in nginx.wait_requests('f.bin', 5)],
                         ['bytes=100-'] * 5)

    def test_replaced_file_has_another_tag(self):
        nginx = Nginx(self)
        nginx.make('f.bin', SIZE)
        first = get(nginx.port, '/f.bin')
        nginx.replace('f.bin', SIZE, seed=5)
        second = get(nginx.port, '/f.bin')
        self.assertNotEqual(first[1]['ETag'], second[1]['ETag'])
        self.assertFalse(first[2] == second[2])

    def test_stop_and_start_on_the_same_port(self):
        nginx = Nginx(self)
        nginx.make('f.bin', 10)
        nginx.stop()
        with self.assertRaises(ConnectionRefusedError):
            get(nginx.port, '/f.bin')
        nginx.start()
        self.assertEqual(get(nginx.port, '/f.bin')[0], 200)


class Waiting(Case):
    def test_deadline(self):
        began = time.monotonic()
        with self.assertRaises(Timeout):
            wait_until('never', lambda: False, 0.1)
        self.assertLess(time.monotonic() - began, 10)


class Houses(Case):
    """A house must notice when its service was not well, whatever the test itself thought."""

    def live_with(self, script):
        """A house whose service is this shell script, called once; closed, with its complaint."""
        with tempfile.NamedTemporaryFile('w', suffix='.sh', delete=False) as file:
            file.write('#!/bin/sh\n' + script)
        self.addCleanup(os.unlink, file.name)
        os.chmod(file.name, 0o755)
        with unittest.mock.patch.dict(os.environ, {'KEELBOAT_SERVICE': file.name}):
            house = House()
        # Not 0: the bus would wait for such a service.
        house.expected_exits |= {3}
        with self.assertRaises(GLib.Error):
            house.connection.manager('GetStatus', GLib.Variant('(a{sv})', ({},)))
        wait_until('it has ended', house.exits)
        try:
            house.close()
        except AssertionError as error:
            return str(error)
        return ''

    def test_exit_status(self):
        self.assertEqual(self.live_with('exit 3'), '')
        self.assertIn('[139]', self.live_with('exit 139'))
        self.assertIn('SIGKILL', self.live_with('kill -9 $$'))

    def test_warnings(self):
        for line in ['(process:1): keel-service-WARNING **: 12:00:00.000: Something',
                     '(process:1): GLib-GObject-CRITICAL **: 12:00:00.000: g_object_unref',
                     '** (process:1): WARNING **: 12:00:00.000: Something',
                     'keel.c:5:3: runtime error: signed integer overflow']:
            with self.subTest(line):
                self.assertIn(line, self.live_with(f"echo '{line}'; exit 3"))
        self.assertEqual(self.live_with("echo 'keel-service-DEBUG: fine'; exit 3"), '')

    def test_sanitizers(self):
        with unittest.mock.patch.dict(os.environ, {'ASAN_OPTIONS': 'detect_leaks=1'}):
            self.assertIn('leaked', self.live_with(
                'echo leaked >"${ASAN_OPTIONS##*log_path=}.$$"; exit 3'))

    def test_nothing_of_the_caller_comes_in(self):
        with unittest.mock.patch.dict(os.environ, {'DISPLAY': ':77', 'http_proxy': 'http://x/',
                                                   'DBUS_SESSION_BUS_ADDRESS': 'unix:path=/x'}):
            house = House(self)
        self.assertNotIn('DISPLAY', house.environment)
        self.assertNotIn('http_proxy', house.environment)
        for name, value in house.environment.items():
            if name.startswith(('XDG_', 'HOME', 'DBUS_')):
                self.assertIn(house.root, value)


class Processes(Case):
    SCRIPT = ('import sys, time; sys.path[:0] = sys.argv[1:]\n'
              'from keeltest import processes\n'
              'child = processes.start(["sh", "-c", "setsid sleep 1000 & exec sleep 1000"])\n'
              'print(processes.MARK_NAME, flush=True)\n'
              'time.sleep(1000)\n')

    def test_nothing_outlives_a_test_that_is_ended(self):
        test = subprocess.Popen([sys.executable, '-c', self.SCRIPT, *sys.path],
                                stdout=subprocess.PIPE, text=True)
        mark = test.stdout.readline().strip()
        wait_until('the children run', lambda: len(processes.marked(mark)) >= 2)
        test.send_signal(signal.SIGTERM)
        self.assertEqual(test.wait(20), 128 + signal.SIGTERM)
        test.stdout.close()
        self.assertEqual(processes.marked(mark), [])

    def test_own_process_is_not_marked_as_a_child(self):
        self.assertNotIn(os.getpid(), processes.marked(processes.MARK_NAME))


if __name__ == '__main__':
    main()
