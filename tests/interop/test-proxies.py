#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Through a proxy: the product's own, the desktop's, and the one that a script chooses.

`files.test` does not exist: a file from there has come through a proxy. A file from 127.0.0.1 that
no proxy was asked for has come directly.
"""

import glob
import os

from keelserver.certificates import Authority
from keeltest import Case, House, Nginx, contents_of, main, wait_until
from keeltest.trust import trusting_house
from pacrunner import PacRunner
from proxies import DeafProxy, HttpProxy, SocksProxy
from settings import ENVIRONMENT, OURS, SYSTEM_PROXY, Settings

HOST = 'files.test'
USER = 'boatswain'
PASSWORD = 'sw0rdf1sh'
CREDENTIALS = f'{USER}:{PASSWORD}'
MAX_TRIES = 3
# So long a connection may take, or say nothing.
WATCHDOG_SECONDS = 30
# Before that; and a machine that stops for a while is no reason to give up.
PATIENCE = WATCHDOG_SECONDS - 5
# And so long a thread stays that has nothing to do.
QUIET_SECONDS = 40
SIZE = 50_000_000
RATE = 4 << 20


class ProxyCase(Case):
    def setUp(self):
        self.move_in(House(self, environment=ENVIRONMENT))
        self.nginx = Nginx(self)
        self.nginx.make('a.bin', 200_000)

    def move_in(self, house):
        self.house = house
        self.settings = Settings(house)

    def url(self, kind='', host=HOST):
        return self.nginx.url('a.bin', kind).replace('127.0.0.1', host)

    def fetch(self, url=None, status=0):
        task, = self.house.keel('add', '--wait', '--json', '--timeout', f'{PATIENCE}s',
                                url or self.url(), status=status).objects
        return task

    def check(self, task):
        self.assertEqual(task['state'], 'finished', task)
        self.assertTrue(contents_of(task['file']) == contents_of(self.nginx.file('a.bin')))

    def serve_tls(self):
        """From now on the server speaks TLS, and the house trusts it."""
        authority = Authority(self)
        self.move_in(trusting_house(self, authority, environment=ENVIRONMENT))
        self.nginx = Nginx(self, certificate=authority.issue(f'DNS:{HOST}'))
        self.nginx.make('a.bin', 200_000)

    def begin(self, past=1_000_000):
        """A slow download that is on its way through the proxy; gives its id."""
        self.nginx.make('a.bin', SIZE)
        number = self.house.add(self.url(f'rate/{RATE}'), '--connections', '1')
        self.house.wait_task(number, lambda task: task['received'] > past)
        return number

    def go_on(self, number):
        """Now and fast, whether it waits or has found its way already. If it were fast before,
        it might have ended, and to retry such a one is to fetch it anew."""
        self.house.keel('pause', number)
        self.nginx.hurry()
        self.house.keel('resume', number)


class ThroughOne:
    """What both kinds of proxy have to do; a class below says which one."""

    kind = None

    def test_plain(self):
        proxy = self.kind(self)
        self.settings.use_proxy(proxy.uri())
        self.check(self.fetch())
        self.assertEqual(proxy.asked(HOST), [self.verb])

    def test_tls(self):
        self.serve_tls()
        proxy = self.kind(self)
        self.settings.use_proxy(proxy.uri())
        self.check(self.fetch())
        self.assertEqual(proxy.asked(HOST), [self.tls_verb])

    def test_password(self):
        proxy = self.kind(self, CREDENTIALS)
        self.settings.use_proxy(proxy.uri(CREDENTIALS))
        self.check(self.fetch())
        self.assertEqual(proxy.refused, 0)
        self.check_secret_is_kept()

    def test_password_for_tls(self):
        self.serve_tls()
        proxy = self.kind(self, CREDENTIALS)
        self.settings.use_proxy(proxy.uri(CREDENTIALS))
        self.check(self.fetch())
        self.assertEqual(proxy.refused, 0)
        self.check_secret_is_kept()

    def check_refused(self, proxy):
        task = self.fetch(status=1)
        self.assertEqual(task['error']['code'], 'auth-required', task)
        self.assertIn((task['state'], task['wait_reason']), [('failed', None), ('waiting', 'auth')])
        # One that waits for an answer keeps its hidden part file.
        left = [name for name in os.listdir(self.house.downloads) if not name.startswith('.')]
        self.assertEqual(left, [])
        self.assertLessEqual(proxy.refused, MAX_TRIES)

    def test_wrong_password(self):
        proxy = self.kind(self, CREDENTIALS)
        self.settings.use_proxy(proxy.uri(f'{USER}:guess'))
        self.check_refused(proxy)
        self.assertGreater(proxy.refused, 0)

    def test_wrong_password_for_tls(self):
        self.serve_tls()
        proxy = self.kind(self, CREDENTIALS)
        self.settings.use_proxy(proxy.uri(f'{USER}:guess'))
        self.check_refused(proxy)
        self.assertGreater(proxy.refused, 0)

    def test_no_password(self):
        proxy = self.kind(self, CREDENTIALS)
        self.settings.use_proxy(proxy.uri())
        self.check_refused(proxy)

    def check_secret_is_kept(self):
        """The password is in the settings and nowhere else."""
        places = [self.house.database, *glob.glob(self.house.database + '-*')]
        self.assertTrue(os.path.exists(self.house.database))
        for place in filter(os.path.exists, places):
            self.assertNotIn(PASSWORD.encode(), contents_of(place))
        self.assertNotIn(PASSWORD, self.house.service_log())

    def test_proxy_goes_and_comes_back(self):
        proxy = self.kind(self)
        self.settings.use_proxy(proxy.uri())
        number = self.begin()
        proxy.stop()
        task = self.house.wait_task(number, lambda task: task['state'] == 'waiting' and
                                    task['error']['code'] == 'connect', seconds=20)
        self.assertEqual(task['wait_reason'], 'retry')
        proxy.start()
        self.go_on(number)
        task = self.house.wait_task(number, 'finished')
        self.check(task)
        self.assertGreater(task['resumed_bytes'], 0)

    def test_no_proxy_there(self):
        proxy = self.kind(self)
        self.settings.use_proxy(proxy.uri())
        proxy.stop()
        number = self.house.add(self.url())
        task = self.house.wait_task(number, 'waiting')
        self.assertEqual((task['wait_reason'], task['error']['code']), ('retry', 'connect'))
        proxy.start()
        self.house.keel('retry', number)
        self.check(self.house.wait_task(number, 'finished'))


class ThroughHttp(ThroughOne, ProxyCase):
    kind = HttpProxy
    verb = 'GET'
    tls_verb = 'CONNECT'


class ThroughSocks(ThroughOne, ProxyCase):
    kind = SocksProxy
    verb = tls_verb = 'SOCKS'

    def test_proxy_that_hangs_up(self):
        """GIO's SOCKS client takes no notice of the end and would ask for more for ever."""
        self.move_in(House(self, environment=ENVIRONMENT, service_arguments='--test-clock'))
        proxy = DeafProxy(self)
        self.settings.use_proxy(proxy.uri())
        number = self.house.add(self.url())
        wait_until('the proxy was asked', lambda: proxy.log)
        self.house.advance(WATCHDOG_SECONDS + 1)
        task = self.house.wait_task(number, 'waiting')
        self.assertEqual(task['wait_reason'], 'retry')
        self.assertIn(task['error']['code'], ['connect', 'timeout'])


class Choice(ProxyCase):
    """Which proxy, if any."""

    def setUp(self):
        super().setUp()
        self.proxy = HttpProxy(self)

    def check_direct(self):
        self.check(self.fetch(self.url(host='127.0.0.1')))
        self.assertEqual(self.proxy.log, [])

    def test_hosts_to_ignore(self):
        self.settings.use_proxy(self.proxy.uri(), ['127.0.0.0/8', '*.example'])
        self.check_direct()
        self.check(self.fetch())
        self.assertEqual(self.proxy.asked(HOST), ['GET'])

    def test_none(self):
        self.settings.use_system_proxy('http', self.proxy.port)
        self.settings.set(OURS, proxy_mode='none', proxy_uri=self.proxy.uri())
        self.check_direct()

    def test_of_the_system(self):
        self.settings.use_system_proxy('http', self.proxy.port)
        self.check(self.fetch())
        self.assertEqual(self.proxy.asked(HOST), ['GET'])

    def test_of_the_system_changed_in_a_quiet_time(self):
        """Those who asked for the way before have gone, and with them whatever was theirs."""
        self.move_in(House(self, environment=ENVIRONMENT, idle_timeout=600,
                           service_arguments='--test-clock'))
        self.settings.set(SYSTEM_PROXY, mode='none')
        self.check_direct()
        self.house.advance(QUIET_SECONDS)
        wait_until('nobody is left', lambda: 'keel-worker' not in self.threads())
        self.settings.use_system_proxy('http', self.proxy.port)

        def look():
            number = self.house.add(self.url())
            self.house.wait_task(number, lambda task: task['attempts'] > 0)
            return wait_until('it is asked', lambda: self.proxy.asked(HOST), 1)
        wait_until('the proxy is used', look)

    def threads(self):
        """Names of the service's threads."""
        names = []
        for path in glob.glob(f'/proc/{self.house.service_pid()}/task/*/comm'):
            with open(path, encoding='utf-8') as file:
                names.append(file.read().strip())
        return names

    def test_of_the_system_by_socks(self):
        proxy = SocksProxy(self)
        self.settings.use_system_proxy('socks', proxy.port)
        self.check(self.fetch())
        self.assertEqual(proxy.asked(HOST), ['SOCKS'])

    def test_of_the_system_with_a_password(self):
        proxy = HttpProxy(self, CREDENTIALS)
        self.settings.use_system_proxy('http', proxy.port)
        self.settings.set(f'{SYSTEM_PROXY}/http', use_authentication=True,
                          authentication_user=USER, authentication_password=PASSWORD)
        self.check(self.fetch())
        self.assertEqual(proxy.refused, 0)

    def test_of_the_system_by_script(self):
        runner = PacRunner(self, self.house, [self.proxy.uri()])
        self.settings.set(SYSTEM_PROXY, mode='auto', autoconfig_url='http://wpad.test/proxy.pac')
        self.check(self.fetch())
        self.assertEqual(self.proxy.asked(HOST), ['GET'])
        self.assertTrue(runner.asked)
        for script, address in runner.asked:
            self.assertEqual(script, 'http://wpad.test/proxy.pac')
            self.assertIn(HOST, address)

    def test_script_says_direct(self):
        PacRunner(self, self.house, ['direct://'])
        self.settings.set(SYSTEM_PROXY, mode='auto', autoconfig_url='http://wpad.test/proxy.pac')
        self.check_direct()

    def test_script_names_two_and_the_first_is_gone(self):
        gone = HttpProxy(self)
        gone.stop()
        PacRunner(self, self.house, [gone.uri(), self.proxy.uri()])
        self.settings.set(SYSTEM_PROXY, mode='auto', autoconfig_url='http://wpad.test/proxy.pac')
        self.check(self.fetch())
        self.assertEqual(self.proxy.asked(HOST), ['GET'])

    def test_changed_on_the_way(self):
        self.settings.use_proxy(self.proxy.uri())
        number = self.begin()
        other = SocksProxy(self)
        self.settings.use_proxy(other.uri())
        self.proxy.stop()
        self.house.wait_task(number, lambda task: other.log or task['state'] == 'waiting')
        self.go_on(number)
        task = self.house.wait_task(number, 'finished')
        self.check(task)
        self.assertGreater(task['resumed_bytes'], 0)
        self.assertEqual(set(other.asked(HOST)), {'SOCKS'})

    def test_answer_of_the_proxy_script_changed_on_the_way(self):
        other = HttpProxy(self)
        runner = PacRunner(self, self.house, [self.proxy.uri()])
        self.settings.set(SYSTEM_PROXY, mode='auto', autoconfig_url='http://wpad.test/proxy.pac')
        number = self.begin()
        runner.answer = [other.uri()]
        self.proxy.stop()
        self.house.wait_task(number, lambda task: other.log or task['state'] == 'waiting')
        self.go_on(number)
        self.check(self.house.wait_task(number, 'finished'))
        self.assertEqual(set(other.asked(HOST)), {'GET'})


if __name__ == '__main__':
    main()
