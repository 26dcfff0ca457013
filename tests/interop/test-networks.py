#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks that change, lie or go away; see networks.py for the one that is built here."""

import json
import os

import networks
from keelserver import Server
from keeltest import Case, House, Nginx, Timeout, contents_of, main, processes, rows, wait_until
from networks import BLACK_HOLE_6, OTHER_SERVER, SERVER, SERVER_6, Network, name_host

PORT = 8000
SIZE = 8_000_000
LONG = 30_000_000
RATE = 2 << 20
OVERLAP = 64 << 10
# After so long without a byte the engine helps itself; so something else must have, before.
STALL_SECONDS = 30
# Before that; and a machine that stops for a while is no reason to give up.
PATIENCE = STALL_SECONDS - 5


class NetworkCase(Case):
    service_arguments = ''

    def setUp(self):
        self.network = Network(self)
        self.house = House(self, environment=networks.ENVIRONMENT,
                           service_arguments=self.service_arguments)

    def serve(self, address=SERVER):
        nginx = Nginx(self, address=address, port=PORT, inside=self.network.inside)
        nginx.make('a.bin', SIZE)
        return nginx

    def fetch(self, url, status=0):
        task, = self.house.keel('add', '--wait', '--json', '--timeout', f'{PATIENCE}s', url,
                                status=status).objects
        return task

    def check(self, task, nginx):
        self.assertEqual(task['state'], 'finished', task)
        self.assertTrue(contents_of(task['file']) == contents_of(nginx.file('a.bin')))


class Redirects(NetworkCase):
    """A server out there must not send us to what listens on this machine only."""

    def setUp(self):
        super().setUp()
        self.nginx = self.serve()
        self.local = Server(self)

    def check_refused(self, target):
        task = self.fetch(self.nginx.url('to') + '?' + target, status=1)
        self.assertEqual((task['state'], task['error']['code']), ('failed', 'redirect'), task)
        self.assertEqual(self.local.requests(), [])
        wait_until('nothing is left', lambda: os.listdir(self.house.downloads) == [])

    def test_to_this_machine(self):
        self.check_refused(self.local.url('good', 'x.bin'))

    def test_to_this_machine_by_name(self):
        name_host('inward.test', '127.0.0.1')
        self.check_refused(self.local.url('good', 'x.bin').replace('127.0.0.1', 'inward.test'))

    @rows({'another_number': ['127.9.9.9'], 'no_number': ['0.0.0.0'], 'ipv6': ['[::1]'],
           'ipv4_in_ipv6': ['[::ffff:127.0.0.1]']})
    def test_to_this_machine_by(self, host):
        self.check_refused(self.local.url('good', 'x.bin').replace('127.0.0.1', host))

    def test_to_this_machine_where_nobody_listens(self):
        """Refused, not tried: else the answer would tell what listens here."""
        self.check_refused('http://127.0.0.1:9/x.bin')

    def test_to_this_machine_over_a_connection_that_is_kept(self):
        self.house.keel('add', '--wait', self.local.url('good', 'mine.bin'))
        task = self.fetch(self.nginx.url('to') + '?' + self.local.url('good', 'x.bin'), status=1)
        self.assertEqual((task['state'], task['error']['code']), ('failed', 'redirect'), task)
        self.assertEqual(self.local.requests('x.bin'), [])

    def test_to_the_link(self):
        self.check_refused('http://169.254.169.254/latest/meta-data')

    def test_to_another_server(self):
        other = self.serve(OTHER_SERVER)
        self.check(self.fetch(self.nginx.url('to') + '?' + other.url('a.bin')), other)

    def test_to_itself(self):
        self.check(self.fetch(self.nginx.url('to') + '?' + self.nginx.url('a.bin')), self.nginx)


class Addresses(NetworkCase):
    def setUp(self):
        super().setUp()
        if not os.path.exists('/proc/net/if_inet6'):
            self.skipTest('this machine has no IPv6')
        self.network.add_ipv6()

    def test_ipv6(self):
        nginx = self.serve(f'[{SERVER_6}]')
        self.check(self.fetch(nginx.url('a.bin')), nginx)

    def test_ipv6_that_leads_nowhere(self):
        nginx = self.serve()
        name_host('both.test', BLACK_HOLE_6, SERVER)
        for _ in range(2):
            task = self.fetch(nginx.url('a.bin').replace(SERVER, 'both.test'))
            self.check(task, nginx)
            self.assertEqual(task['attempts'], 1)


class Interruptions(NetworkCase):
    service_arguments = '--test-clock'

    def begin(self):
        """A slow download that is on its way; every state of it will be in self.seen. What it
        asks for from now on comes at once."""
        self.nginx = self.serve()
        self.nginx.make('a.bin', LONG)
        number = self.house.add(self.nginx.url('a.bin', f'rate/{RATE}'), '--connections', '1')
        self.house.wait_task(number, lambda task: task['received'] > 1_000_000)
        self.log = os.path.join(self.house.root, 'watch.log')
        with open(self.log, 'wb') as log:
            watch = self.house.start_keel('watch', '--json', number, stdout=log)
        self.addCleanup(processes.end, watch)
        wait_until('it is watched', self.seen)
        self.nginx.hurry()
        return number

    def seen(self):
        """The states told so far, with what was waited for."""
        with open(self.log, encoding='utf-8') as log:
            # The last line may be on its way still.
            lines = log.read().split('\n')[:-1]
        tasks = [json.loads(line) for line in lines if line]
        return {(task['state'], task['wait_reason']) for task in tasks if 'state' in task}

    def check_went_on(self, number):
        task = self.house.wait_task(number, 'finished', seconds=PATIENCE)
        self.check(task, self.nginx)
        self.assertGreater(task['resumed_bytes'], 0)
        self.assertEqual(os.listdir(self.house.downloads), ['a.bin'])

    def test_move_to_another_network(self):
        number = self.begin()
        self.network.move()
        self.check_went_on(number)
        self.assertNotIn(('waiting', 'retry'), self.seen())

    def test_offline_and_back(self):
        number = self.begin()
        self.network.go_offline()
        task = self.house.wait_task(number, lambda task: task['wait_reason'] == 'offline')
        self.assertGreater(task['received'], 0)
        self.network.come_back()
        self.check_went_on(number)

    def test_added_while_offline(self):
        nginx = self.serve()
        self.network.go_offline()
        number = self.house.add(nginx.url('a.bin'))
        self.house.wait_task(number, lambda task: task['wait_reason'] == 'offline')
        self.network.come_back()
        self.check(self.house.wait_task(number, 'finished', seconds=PATIENCE), nginx)

    def test_this_machine_is_reached_while_offline(self):
        self.network.go_offline()
        nginx = Nginx(self)
        nginx.make('a.bin', SIZE)
        self.check(self.fetch(nginx.url('a.bin')), nginx)

    def test_nothing_arrives_any_more(self):
        """A connection that looks alive and is not; only time tells."""
        number = self.begin()
        self.network.lose_packets()
        had = self.house.task(number)['received']
        wait_until('it stands still', lambda: self.stands_still(number))
        self.house.advance(STALL_SECONDS + 1)
        try:
            task = self.house.wait_task(number, 'waiting', seconds=5)
        except Timeout:
            # It had seen bytes when it looked last.
            self.house.advance(STALL_SECONDS + 1)
            task = self.house.wait_task(number, 'waiting', seconds=PATIENCE)
        self.assertEqual((task['wait_reason'], task['error']['code']), ('retry', 'timeout'))
        # That is told when it has been committed, too.
        self.house.wait_task(number, lambda task: task['durable'] >= had)
        self.network.lose_no_packets()
        self.house.keel('retry', number)
        self.check_went_on(number)

    def stands_still(self, number):
        """Whether not a byte has come for some time."""
        before = self.house.task(number)['received']
        try:
            self.house.wait_task(number, lambda task: task['received'] > before, seconds=0.5)
        except Timeout:
            return True
        return False


if __name__ == '__main__':
    networks.enter()
    main()
