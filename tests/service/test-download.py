#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accept to finish, through keel: what arrives is what the server has, and nothing else is left."""

import hashlib
import os
import stat

from keelserver import Server, content
from keeltest import Case, House, Nginx, contents_of, main, wait_until

# The JSON task object of the command line's contract.
KEYS = {
    'id', 'session', 'app', 'kind', 'state', 'wait_reason', 'wait_detail', 'wait_until',
    'pause_reason', 'uri', 'effective_uri', 'mirrors', 'file', 'file_uri', 'name', 'received',
    'durable', 'total', 'rate', 'eta', 'connections', 'max_connections', 'resumable', 'attempts',
    'resumed_bytes', 'refetched_bytes', 'checksum', 'length_confirmed', 'mime_type', 'http_status',
    'error', 'created', 'finished',
}


class Download(Case):
    def setUp(self):
        self.house = House(self)
        self.nginx = Nginx(self)

    def test_bytes_mode_and_nothing_else(self):
        self.nginx.make('a.bin', 5_000_123)
        task, = self.house.keel('add', '--json', '--wait', self.nginx.url('a.bin')).objects
        path = os.path.join(self.house.downloads, 'a.bin')
        self.assertEqual(task['state'], 'finished')
        self.assertEqual(task['file'], path)
        self.assertEqual(task['received'], 5_000_123)
        self.assertEqual(task['total'], 5_000_123)
        self.assertTrue(contents_of(path) == contents_of(self.nginx.file('a.bin')))
        self.assertEqual(os.listdir(self.house.downloads), ['a.bin'])
        umask = os.umask(0)
        os.umask(umask)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o666 & ~umask)
        self.assertEqual(len(self.nginx.wait_requests('a.bin', 1)), 1)

    def test_json_keys_are_the_contract(self):
        self.nginx.make('a.bin', 1000)
        task, = self.house.keel('add', '--json', '--wait', self.nginx.url('a.bin')).objects
        self.assertEqual(set(task), KEYS)
        self.assertEqual(task['session'], 'default')
        self.assertEqual(task['kind'], 'download')
        self.assertEqual(task['uri'], self.nginx.url('a.bin'))
        self.assertEqual(task['file_uri'], 'file://' + task['file'])
        self.assertEqual(task['name'], 'a.bin')
        self.assertIs(task['length_confirmed'], True)
        self.assertEqual(task['http_status'], 200)
        for key in ['wait_reason', 'pause_reason', 'error', 'checksum']:
            self.assertIsNone(task[key], key)
        for key in ['created', 'finished']:
            self.assertRegex(task[key], r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$')
        self.assertEqual(self.house.tasks(), [task])
        self.assertEqual(self.house.task(task['id']), task)

    def test_empty_file(self):
        self.nginx.make('empty', 0)
        task, = self.house.keel('add', '--json', '--wait', self.nginx.url('empty')).objects
        self.assertEqual(task['state'], 'finished')
        self.assertEqual(contents_of(task['file']), b'')

    def test_one_id_a_line(self):
        names = ['a', 'b', 'c']
        for seed, name in enumerate(names):
            self.nginx.make(name, 300_000, seed)
        result = self.house.keel('add', *[self.nginx.url(name) for name in names])
        numbers = result.out.split()
        self.assertEqual(len(set(numbers)), 3, result)
        for number, name in zip(numbers, names):
            task = self.house.wait_task(number, 'finished')
            self.assertEqual(task['name'], name)
            self.assertTrue(contents_of(task['file']) == contents_of(self.nginx.file(name)))
        self.assertEqual(sorted(os.listdir(self.house.downloads)), names)

    def test_links_from_standard_input(self):
        self.nginx.make('a', 1000, 1)
        self.nginx.make('b', 1000, 2)
        links = self.nginx.url('a') + '\n' + self.nginx.url('b') + '\n'
        result = self.house.keel('add', '--wait', '--json', '--input', '-', input=links)
        self.assertEqual([task['state'] for task in result.objects], ['finished'] * 2)

    def test_relative_folder(self):
        self.nginx.make('a', 1000)
        os.mkdir(os.path.join(self.house.home, 'sub'))
        task, = self.house.keel('add', '--wait', '--json', '--dir', 'sub',
                                self.nginx.url('a')).objects
        self.assertEqual(task['file'], os.path.join(self.house.home, 'sub/a'))

    def test_paused_asks_nothing_until_resumed(self):
        self.nginx.make('a', 1000)
        number = self.house.add(self.nginx.url('a'), '--paused')
        task = self.house.wait_task(number, 'paused')
        self.assertEqual(task['pause_reason'], 'user')
        self.assertEqual(self.nginx.requests('a'), [])
        self.house.keel('resume', number)
        self.house.wait_task(number, 'finished')

    def test_checksum_right(self):
        data = contents_of(self.nginx.make('a', 700_000))
        for algorithm, digest in [('sha-256', hashlib.sha256), ('sha-512', hashlib.sha512),
                                  ('sha-1', hashlib.sha1), ('md5', hashlib.md5)]:
            with self.subTest(algorithm):
                value = digest(data).hexdigest()
                task, = self.house.keel('add', '--wait', '--json', '--name', algorithm,
                                        '--checksum', f'{algorithm}:{value}',
                                        self.nginx.url('a')).objects
                self.assertEqual(task['state'], 'finished')
                self.assertEqual(task['checksum'], {'algorithm': algorithm, 'expected': value,
                                                    'actual': value, 'ok': True})

    def test_checksum_wrong_never_appears(self):
        self.nginx.make('a', 700_000)
        task, = self.house.keel('add', '--wait', '--json', '--checksum', 'sha-256:' + '0' * 64,
                                self.nginx.url('a'), status=1).objects
        self.assertEqual(task['state'], 'failed')
        self.assertEqual(task['error']['code'], 'checksum')
        self.assertIs(task['checksum']['ok'], False)
        self.assertNotIn('a', os.listdir(self.house.downloads))

    def test_redirect(self):
        server = Server(self)
        task, = self.house.keel('add', '--wait', '--json',
                                server.url('redirect', 'r.bin', times=5, size=200_000)).objects
        self.assertEqual(task['state'], 'finished')
        self.assertIn('/redirect', task['uri'])
        self.assertIn('/good', task['effective_uri'])
        self.assertTrue(contents_of(task['file']) == content('r.bin', 200_000))

    def test_chunked(self):
        server = Server(self)
        task, = self.house.keel('add', '--wait', '--json',
                                server.url('chunked', 'c.bin', size=300_001)).objects
        self.assertEqual(task['state'], 'finished')
        self.assertTrue(contents_of(task['file']) == content('c.bin', 300_001))

    def test_request_headers(self):
        self.nginx.make('a', 1000)
        self.house.keel('add', '--wait', '--header', 'X-Test: 17 sails', '--user-agent', 'Boat/1',
                        self.nginx.url('a'))
        request, = self.nginx.wait_requests('a', 1)
        self.assertEqual(request['headers'], '17 sails')
        self.assertEqual(request['agent'], 'Boat/1')

    def test_removed_row_keeps_the_file(self):
        self.nginx.make('a', 1000)
        task, = self.house.keel('add', '--wait', '--json', self.nginx.url('a')).objects
        self.house.keel('remove', task['id'])
        self.assertEqual(self.house.tasks(), [])
        self.assertTrue(os.path.exists(task['file']))

    def test_retry_of_all_leaves_what_is_finished(self):
        self.nginx.make('a', 1000)
        self.house.keel('add', '--wait', self.nginx.url('a'))
        self.house.keel('retry', '--all', status=None)
        self.house.keel('quit')
        self.assertEqual(len(self.nginx.wait_requests('a', 1)), 1)
        self.assertEqual(os.listdir(self.house.downloads), ['a'])

    def test_cancel_drops_the_partial_and_keeps_the_row(self):
        self.nginx.make('a', 20_000_000)
        number = self.house.add(self.nginx.url('a', 'rate/2m'))
        self.house.wait_task(number, lambda task: task['received'] > 100_000)
        self.house.keel('cancel', number)
        self.house.wait_task(number, 'cancelled')
        wait_until('the folder is empty', lambda: os.listdir(self.house.downloads) == [])
        self.house.keel('remove', number)
        self.assertEqual(self.house.tasks(), [])

    def test_ids_are_never_used_again(self):
        self.nginx.make('a', 10)
        first = self.house.add(self.nginx.url('a'), '--paused')
        self.house.keel('remove', first)
        self.house.keel('quit')
        self.house.wait_service_gone()
        self.assertGreater(self.house.add(self.nginx.url('a'), '--paused'), first)

    def test_watch_tells_the_end(self):
        self.nginx.make('a', 3_000_000)
        number = self.house.add(self.nginx.url('a', 'rate/2m'))
        objects = self.house.keel('watch', '--json', number).objects
        self.assertEqual(objects[-1]['state'], 'finished')
        received = [task['received'] for task in objects]
        self.assertEqual(received, sorted(received))


if __name__ == '__main__':
    main()
