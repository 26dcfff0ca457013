#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web servers that people meet: nginx, Apache httpd, lighttpd, Caddy and Python's http.server.

The same is asked of each. They differ in their tags, in how they answer a part that is no longer
there, in how they compress and how long they keep a connection, and none of it may show in the
file. With the name of a class as argument, only that server is tried.
"""

import os
import signal
import unittest
import urllib.request

from keelserver.certificates import Authority
from keeltest import Case, House, contents_of, main, wait_until
from keeltest.apache import Apache
from keeltest.caddy import Caddy
from keeltest.lighttpd import Lighttpd
from keeltest.nginx import Nginx
from keeltest.pythonserver import PythonServer
from keeltest.trust import trusting_house

# On its way for ten seconds and more, also when the sockets hold some of it.
SIZE = 50_000_000
PACE = 4 << 20
SMALL = 300_000
OVERLAP = 64 << 10
# Names that a URL has to write differently from how they are written on disk.
NAMES = ['größe 文件.bin', '100% sure.bin', 'a+b & c=d;e.bin', "it's (1)~[2].bin", '%41.bin']


class ServerTests:
    """What every server is asked; a class below says which one."""

    kind = None

    @classmethod
    def setUpClass(cls):
        if cls.kind.find() is None:
            raise unittest.SkipTest(f'{cls.kind.program} is not installed')
        cls.server = cls.kind()
        cls.addClassCleanup(cls.server.end)

    def setUp(self):
        self.house = House(self)

    def name(self, suffix='.bin'):
        """A name that no other test uses: the server is shared."""
        return self.id().rpartition('.')[2].replace('_', '-') + suffix

    def check(self, task, name, server=None):
        """The file is there, whole and alone."""
        server = server or self.server
        self.assertEqual(task['state'], 'finished', task)
        self.assertTrue(contents_of(task['file']) == contents_of(server.file(name)))
        self.assertEqual(os.listdir(self.house.downloads), [os.path.basename(task['file'])])

    def fetch(self, name, kind=''):
        task, = self.house.keel('add', '--wait', '--json', self.server.url(name, kind)).objects
        return task

    def begin(self, name, condition, server=None):
        """A slow download of a new file that is so far on its way; gives its id. It is held back
        on our side, so that hurry() can end that."""
        server = server or self.server
        server.make(name, SIZE)
        # What is asked for, and when, can be foretold with one connection.
        number = self.house.add(server.url(name), '--connections', '1', '--limit', PACE)
        self.house.wait_task(number, condition)
        return number

    def hurry(self, number):
        self.house.keel('set', number, '--limit', 'off')

    def check_continued(self, task, name, had):
        """The rest was asked for, with the tag of the first answer, and given as a part."""
        self.assertGreaterEqual(task['resumed_bytes'], had - OVERLAP)
        # A request is written down when it ends, and one that was left may end last.
        requests = self.server.wait_requests(name, 2)
        whole, part = sorted(requests, key=lambda request: request['status'])
        self.assertEqual((whole['status'], part['status']), (200, 206))
        self.assertEqual(part['if_range'], whole['etag'])
        start, _, end = part['range'].removeprefix('bytes=').partition('-')
        self.assertGreaterEqual(int(start), had - OVERLAP)
        self.assertEqual(end, '')

    def test_whole_file(self):
        name = self.name()
        self.server.make(name, SMALL)
        self.check(self.fetch(name), name)

    def test_empty_file(self):
        name = self.name()
        self.server.make(name, 0)
        self.check(self.fetch(name), name)

    def test_goes_on_after_sigkill(self):
        name = self.name()
        number = self.begin(name, lambda task: task['durable'] > 0)
        self.house.signal_service(signal.SIGKILL)
        durable = self.house.task(number)['durable']
        self.assertGreater(durable, 0)
        self.hurry(number)
        task = self.house.wait_task(number, 'finished')
        self.check(task, name)
        self.check_continued(task, name, durable)

    def test_goes_on_after_a_pause(self):
        name = self.name()
        number = self.begin(name, lambda task: task['received'] > 2_000_000)
        self.house.keel('pause', number)
        had = self.house.wait_task(number, 'paused')['durable']
        self.hurry(number)
        self.house.keel('resume', number)
        task = self.house.wait_task(number, 'finished')
        self.check(task, name)
        self.check_continued(task, name, had)

    def test_file_replaced_during_a_pause(self):
        name = self.name()
        number = self.begin(name, lambda task: task['received'] > 2_000_000)
        self.house.keel('pause', number)
        self.house.wait_task(number, 'paused')
        self.server.replace(name, SIZE, seed=1)
        self.hurry(number)
        self.house.keel('resume', number)
        self.check(self.house.wait_task(number, 'finished'), name)

    def test_server_restarted_on_the_way(self):
        name = self.name()
        server = self.kind(self)
        number = self.begin(name, lambda task: task['received'] > 2_000_000, server)
        server.stop()
        # What the sockets hold still comes, and then the end of it.
        self.hurry(number)
        task = self.house.wait_task(number, 'waiting')
        self.assertEqual(task['wait_reason'], 'retry')
        # It may try again by itself; one that had finished would be fetched a second time.
        self.house.keel('set', number, '--limit', PACE)
        server.start()
        self.house.keel('retry', number)
        self.hurry(number)
        self.check(self.house.wait_task(number, 'finished'), name, server)

    def test_names(self):
        for number, name in enumerate(NAMES):
            self.server.make(name, 1000, seed=number)
        for name in NAMES:
            with self.subTest(name):
                task = self.fetch(name)
                self.assertEqual(task['name'], name)
                self.assertTrue(contents_of(task['file']) == contents_of(self.server.file(name)))
        self.assertEqual(sorted(os.listdir(self.house.downloads)), sorted(NAMES))

    def test_many_at_once(self):
        names = [f'{number}-{self.name()}' for number in range(30)]
        for number, name in enumerate(names):
            self.server.make(name, 20_000, seed=number)
        tasks = self.house.keel('add', '--wait', '--json', *map(self.server.url, names)).objects
        self.assertEqual({task['state'] for task in tasks}, {'finished'})
        self.assertEqual(sorted(os.listdir(self.house.downloads)), sorted(names))
        for name in names:
            self.assertTrue(contents_of(os.path.join(self.house.downloads, name)) ==
                            contents_of(self.server.file(name)), name)

    def test_tls(self):
        authority = Authority(self)
        name = self.name()
        server = self.kind(self, certificate=authority.issue())
        server.make(name, SMALL)
        self.house = trusting_house(self, authority)
        task, = self.house.keel('add', '--wait', '--json', server.url(name)).objects
        self.check(task, name, server)

    def test_tls_of_an_unknown_authority(self):
        name = self.name()
        server = self.kind(self, certificate=Authority(self).issue())
        server.make(name, SMALL)
        task, = self.house.keel('add', '--wait', '--json', server.url(name), status=1).objects
        self.assertEqual((task['state'], task['error']['code']), ('failed', 'tls'))
        wait_until('nothing is left', lambda: os.listdir(self.house.downloads) == [])


class CapableServerTests(ServerTests):
    """For the servers that know HTTP/1.1: they can compress, and keep a connection."""

    def test_compression_switched_on(self):
        name = self.name('.txt')
        with open(self.server.make(name, 0), 'wb') as file:
            file.write(b'The same line, over and over.\n' * 20_000)
        self.assertEqual(self.coding_for_browsers(name), 'gzip')
        task = self.fetch(name, 'gzip')
        self.check(task, name)
        self.assertEqual(task['total'], os.path.getsize(task['file']))

    def coding_for_browsers(self, name):
        """The Content-Encoding for who accepts one: so it is really switched on."""
        request = urllib.request.Request(self.server.url(name, 'gzip'),
                                         headers={'Accept-Encoding': 'gzip'})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.headers['Content-Encoding']

    def test_connections_are_used_again(self):
        names = [f'{number}-{self.name()}' for number in range(30)]
        for name in names:
            self.server.make(name, 1000)
        self.house.keel('add', '--wait', *map(self.server.url, names))
        requests = [self.server.wait_requests(name, 1)[0] for name in names]
        self.assertLess(len({request['client'] for request in requests}), len(names))


class WithNginx(CapableServerTests, Case):
    kind = Nginx


class WithApache(CapableServerTests, Case):
    kind = Apache

    def test_archive_announced_as_compressed(self):
        """Its Content-Encoding belongs to the name: nobody wants an archive unpacked to a .tar."""
        for suffix in ['.tar.gz', '.tgz']:
            with self.subTest(suffix):
                name = self.name(suffix)
                number = self.begin(name, lambda task: task['received'] > 2_000_000)
                self.house.keel('pause', number)
                had = self.house.wait_task(number, 'paused')['durable']
                self.hurry(number)
                self.house.keel('resume', number)
                task = self.house.wait_task(number, 'finished')
                self.assertEqual(task['name'], name)
                self.assertTrue(contents_of(task['file']) == contents_of(self.server.file(name)))
                self.check_continued(task, name, had)


class WithLighttpd(CapableServerTests, Case):
    kind = Lighttpd


class WithCaddy(CapableServerTests, Case):
    kind = Caddy


class WithPythonServer(ServerTests, Case):
    kind = PythonServer

    def check_continued(self, task, name, had):
        """It has no parts to give: all of it came again, and was compared with what was there."""
        statuses = [request['status'] for request in self.server.wait_requests(name, 2)]
        self.assertEqual(statuses, [200, 200])


if __name__ == '__main__':
    main()
