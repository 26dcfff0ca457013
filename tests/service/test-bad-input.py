#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong is refused with a clear sentence and an exit status, or stands in the list as such.

No task too many, no hang, no crash (the house looks at that when it is closed).
"""

import os
import subprocess
import time

from keelserver import Server
from keeltest import Case, House, Nginx, main, wait_until
from keeltest.webserver import hold_port


class Refused(Case):
    def setUp(self):
        self.house = House(self)

    def refuse(self, *arguments, status=2, **options):
        result = self.house.keel(*arguments, status=status, **options)
        self.assertEqual(result.out, '')
        self.assertTrue(result.err.strip(), result)
        self.assertNotIn('Traceback', result.err)
        self.assertNotIn('GDBus.Error', result.err)
        return result

    def test_addresses(self):
        for url in ['', 'nothing', 'http://', 'http:///path', '//host/x', 'ftp://127.0.0.1/x',
                    'file:///etc/passwd', 'javascript:alert(1)', 'http://127.0.0.1:99999/',
                    'http://a b/', 'http://127.0.0.1/a\nb', 'http://exa\\mple/', 'data:,x',
                    'http://127.0.0.1:port/', 'x' * 10000]:
            with self.subTest(url[:40]):
                self.refuse('add', url)
        self.assertEqual(self.house.tasks(), [])

    def test_one_bad_address_refuses_the_batch(self):
        good = 'http://127.0.0.1:9/good'
        self.refuse('add', good, 'gopher://127.0.0.1/x', good)
        self.assertEqual(self.house.tasks(), [])
        self.refuse('add', '--input', '-', input=f'{good}\nnothing\n')
        self.assertEqual(self.house.tasks(), [])

    def test_usage(self):
        url = 'http://127.0.0.1:9/x'
        for arguments in [['add'], ['dance'], ['show'], ['add', '--no-such-option', url],
                          ['add', '--limit', 'fast', url], ['add', '--limit', '-5', url],
                          ['add', '--checksum', 'sha-256:xyz', url],
                          ['add', '--checksum', 'crc:00', url],
                          ['add', '--name', 'n', url, url],
                          ['add', '--header', 'Range: bytes=5-', url],
                          ['add', '--header', 'Host: other', url],
                          ['add', '--header', 'X-Y: a\r\nEvil: b', url],
                          ['add', '--header', 'no colon', url],
                          ['add', '--input', '/does/not/exist'],
                          ['limit', 'much'], ['pause'], ['show', 'seven'], ['show', '-1']]:
            with self.subTest(' '.join(arguments)[:60]):
                self.refuse(*arguments)
        self.assertEqual(self.house.tasks(), [])

    def test_unknown_task(self):
        for verb in ['show', 'pause', 'resume', 'retry', 'cancel', 'remove', 'watch']:
            with self.subTest(verb):
                result = self.house.keel(verb, '4711', status=[1, 2])
                self.assertIn('4711', result.err)

    def test_one_unknown_task_spares_the_others(self):
        number = self.house.add('http://127.0.0.1:9/x', '--paused')
        self.house.keel('remove', number, '4711', status=[1, 2])
        self.assertEqual([task['id'] for task in self.house.tasks()], [number])


class Folder(Case):
    def setUp(self):
        self.house = House(self)
        self.nginx = Nginx(self)
        self.nginx.make('a', 1000)

    def check_bad(self, folder):
        """Refused at once, or a row that says what is wrong; and never a folder made up."""
        result = self.house.keel('add', '--wait', '--json', '--dir', folder, self.nginx.url('a'),
                                 status=[1, 2])
        tasks = self.house.tasks()
        if tasks:
            task, = tasks
            self.assertEqual(result.status, 1)
            words = [task['wait_reason'], task['error'] and task['error']['code']]
            self.assertIn('destination', words, task)
        else:
            self.assertTrue(result.err.strip(), result)
        self.assertEqual(os.listdir(self.house.downloads), [])

    def test_missing(self):
        folder = os.path.join(self.house.home, 'missing')
        self.check_bad(folder)
        self.assertFalse(os.path.exists(folder))

    def test_file_in_its_place(self):
        place = os.path.join(self.house.home, 'place')
        with open(place, 'w', encoding='utf-8') as file:
            file.write('a file')
        self.check_bad(place)

    def test_folder_that_may_not_be_written(self):
        folder = os.path.join(self.house.home, 'closed')
        os.mkdir(folder, 0o500)
        if os.access(folder, os.W_OK):
            # Permission bits mean nothing to root; the immutable flag does.
            if subprocess.run(['chattr', '+i', folder], check=False,
                              capture_output=True).returncode != 0:
                self.skipTest('root, and no immutable flag on this file system')
            self.addCleanup(subprocess.run, ['chattr', '-i', folder], check=True)
        self.check_bad(folder)
        self.assertEqual(os.listdir(folder), [])

    def test_folder_that_goes_away(self):
        folder = os.path.join(self.house.home, 'gone')
        os.mkdir(folder)
        server = Server(self)
        number = self.house.add(server.url('short', 'g.bin', size=5_000_000, after=4_000_000,
                                           times=99),
                                '--dir', folder)
        self.house.wait_task(number, lambda task: task['error'] is not None)
        subprocess.run(['rm', '-r', folder], check=True)
        self.house.keel('retry', number, status=None)
        task = self.house.wait_task(number, lambda task: task['wait_reason'] == 'destination' or
                                    task['state'] in ['failed', 'paused'])
        self.assertNotEqual(task['state'], 'finished')
        self.assertFalse(os.path.exists(folder))


class Answers(Case):
    """Servers that give no file."""

    def setUp(self):
        self.house = House(self)
        self.server = Server(self)

    def fail(self, url, code, status=None):
        task, = self.house.keel('add', '--wait', '--json', url, status=1).objects
        self.assertEqual(task['state'], 'failed', task)
        self.assertEqual(task['error']['code'], code)
        self.assertTrue(task['error']['message'])
        if status is not None:
            self.assertEqual(task['error']['http_status'], status)
        # The part file goes a moment after it has been said, at the latest.
        wait_until('nothing is left', lambda: os.listdir(self.house.downloads) == [])
        return task

    def test_not_found(self):
        self.fail(self.server.url('status', 'x', code=404), 'http-status', 404)

    def test_redirects_that_lead_nowhere(self):
        self.fail(self.server.url('loop', 'x'), 'redirect')
        for place in ['file:///etc/passwd', 'ftp://127.0.0.1/x', 'javascript:alert(1)']:
            with self.subTest(place):
                self.house.keel('remove', '--all')
                url = self.server.url('redirect-to', 'x', url=place.encode().hex())
                self.fail(url, 'redirect')

    def test_busy_server_is_asked_again(self):
        number = self.house.add(self.server.url('status', 'busy.bin', code=503, after=1, times=1,
                                                size=1000))
        self.house.wait_task(number, lambda task: task['attempts'] >= 1)
        task = self.house.wait_task(number, 'finished', seconds=40)
        self.assertEqual(os.path.getsize(task['file']), 1000)

    def test_retry_after_is_honoured(self):
        self.house.set_service(arguments='--test-clock')
        number = self.house.add(self.server.url('status', 'later', code=503, after=3600))
        task = self.house.wait_task(number, 'waiting')
        self.assertEqual(task['wait_reason'], 'retry')
        self.assertEqual(task['error']['http_status'], 503)
        soon, late = [time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + seconds))
                      for seconds in [3000, 3700]]
        self.assertGreater(task['wait_until'], soon)
        self.assertLess(task['wait_until'], late)
        self.house.advance(3000)
        self.house.keel('status')
        self.assertEqual(len(self.server.requests('later')), 1)
        self.house.advance(700)
        wait_until('it asks again', lambda: len(self.server.requests('later')) == 2)

    def test_nobody_listens(self):
        place = hold_port()
        self.addCleanup(place.close)
        port = place.getsockname()[1]
        number = self.house.add(f'http://127.0.0.1:{port}/x')
        task = self.house.wait_task(number, 'waiting')
        self.assertEqual(task['wait_reason'], 'retry')
        self.assertEqual(task['error']['code'], 'connect')
        self.assertTrue(task['error']['retryable'])

    def test_wait_gives_up_after_its_timeout(self):
        self.house.keel('add', '--wait', '--timeout', '1', self.server.url('silent', 'x'),
                        status=4)
        task, = self.house.tasks()
        self.assertIn(task['state'], ['running', 'waiting'])

    def test_interrupted_wait_leaves_the_task(self):
        process = self.house.start_keel('add', '--wait', self.server.url('drip', 'd', size=10**6))
        wait_until('it runs', lambda: self.house.tasks() and
                   self.house.tasks()[0]['state'] == 'running')
        process.send_signal(2)
        _, errors = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 130)
        self.assertTrue(errors.strip(), 'it must say that the transfer goes on')
        task, = self.house.tasks()
        self.assertEqual(task['state'], 'running')


if __name__ == '__main__':
    main()
