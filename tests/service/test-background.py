#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""In a sandbox: asking the desktop whether downloads may go on without a window, and telling it
what goes on. The portal is ours, on the private bus."""

import os

from gi.repository import GLib

from keelserver import Server
from keeltest import Case, House, main, wait_until
from keeltest.bus import SERVICE
from keeltest.house import SOON_SECONDS
from notices import Player

PORTAL = 'org.freedesktop.portal.Desktop'
PORTAL_PATH = '/org/freedesktop/portal/desktop'
PORTAL_XML = '''<node><interface name="org.freedesktop.portal.Background">
  <method name="RequestBackground"><arg type="s" direction="in"/>
    <arg type="a{sv}" direction="in"/><arg type="o" direction="out"/></method>
  <method name="SetStatus"><arg type="a{sv}" direction="in"/></method>
</interface><interface name="org.freedesktop.portal.Notification">
  <method name="AddNotification"><arg type="s" direction="in"/>
    <arg type="a{sv}" direction="in"/></method>
  <method name="RemoveNotification"><arg type="s" direction="in"/></method>
</interface></node>'''
OLD_XML = PORTAL_XML.replace('<method name="SetStatus"><arg type="a{sv}" direction="in"/></method>',
                             '')
MB = 1000 * 1000


class Portal(Player):
    """Answers when it is told to; `path` is where it says that the answer will come."""

    def __init__(self, case, house, xml=PORTAL_XML, answer=None, path=None, delay=0):
        self.house = house
        self.answer_at_once = answer
        self.path = path
        self.delay = delay
        super().__init__(case, house.bus.address, PORTAL, PORTAL_PATH, xml, self._reply)

    def _reply(self, method, arguments):
        self.hang(self.delay)
        if method != 'RequestBackground':
            return None
        if self.path is None:
            sender = self.house.connection.owner_of(SERVICE)[1:].replace('.', '_')
            self.path = f'{PORTAL_PATH}/request/{sender}/{arguments[1]["handle_token"]}'
        # Some answer before they have said where.
        if self.answer_at_once is not None:
            self.answer(self.answer_at_once)
        return GLib.Variant('(o)', (self.path,))

    def answer(self, may, response=0):
        self.emit(self.path, 'org.freedesktop.portal.Request', 'Response', GLib.Variant(
            '(ua{sv})', (response, {'background': GLib.Variant('b', may),
                                    'autostart': GLib.Variant('b', False)})))

    def asked(self):
        return self.named('RequestBackground')

    def told(self):
        """The titles of notifications that say that downloads may stop."""
        return [notice['title'] for _, notice in self.named('AddNotification')
                if 'may stop' in notice['title']]

    def lines(self):
        """What is shown, one after the other; None: nothing."""
        return [options.get('message') for options, in self.named('SetStatus')]


class Background(Case):
    def setUp(self):
        self.house = House(self, service_arguments='--token-mode',
                           environment={'GSETTINGS_BACKEND': 'keyfile'})
        os.makedirs(os.path.join(self.house.home, '.config/glib-2.0/settings'))
        self.server = Server(self)

    def add(self, limit='20k', name='a.bin'):
        """Nobody waits for it."""
        return self.house.add(self.server.url('good', name, size=MB), f'--limit={limit}')

    def fetch(self, name='a.bin'):
        self.house.wait_task(self.add('500k', name), 'finished')

    def test_asked_once_and_told(self):
        portal = Portal(self, self.house, answer=True)
        self.fetch()
        self.fetch('b.bin')
        wait_until('all is told and taken away', lambda: portal.lines()[-1:] == [None])
        (parent, options), = portal.asked()
        self.assertEqual((parent, set(options)),
                         ('', {'autostart', 'commandline', 'handle_token', 'reason'}))
        self.assertTrue(options['autostart'])
        self.assertEqual(options['commandline'][1:], ['--at-login'])
        self.assertTrue(os.path.isabs(options['commandline'][0]), options)
        self.assertIn('Downloads', options['reason'])
        for line in portal.lines():
            if line is not None:
                self.assertRegex(line, r'^1 download, \d+%$')
                self.assertLessEqual(len(line.encode()), 96)
        self.assertGreater(len(portal.lines()), 1)

    def choose(self, at_login):
        self.house.write_settings(start_at_login=str(at_login).lower())

    def test_the_entry_that_is_started_at_login(self):
        """The portal writes it, or removes it, with each call."""
        self.choose(False)
        portal = Portal(self, self.house, answer=True)
        self.add()
        wait_until('it is asked', portal.asked)
        self.choose(True)
        wait_until('it is asked again', lambda: len(portal.asked()) == 2)
        self.assertEqual([options['autostart'] for _, options in portal.asked()], [False, True])
        wait_until('it goes on telling', portal.lines)

    def test_an_answer_that_takes_its_time(self):
        portal = Portal(self, self.house)
        self.add()
        wait_until('it is asked', lambda: portal.path)
        self.assertEqual(portal.lines(), [])
        portal.answer(True)
        wait_until('it is told', portal.lines)

    def test_a_portal_that_chooses_where_it_answers(self):
        portal = Portal(self, self.house, path=PORTAL_PATH + '/request/1_1/t7')
        self.add()
        wait_until('it is asked', portal.asked)
        wait_until('it is told', lambda: portal.answer(True) or portal.lines())

    def test_not_while_somebody_watches(self):
        portal = Portal(self, self.house, answer=True)
        self.house.keel('add', '--wait', '--limit=500k',
                        self.server.url('good', 'a.bin', size=MB))
        self.assertEqual(portal.asked(), [])
        self.add(name='b.bin')
        wait_until('it is asked', portal.asked)

    def test_refused(self):
        portal = Portal(self, self.house, answer=False)
        self.add()
        wait_until('it is told', portal.told)
        # Once, whatever comes.
        self.house.keel('quit')
        self.house.wait_service_gone()
        portal.path = None
        self.house.keel('status')
        wait_until('it is asked again', lambda: len(portal.asked()) == 2)
        self.fetch('b.bin')
        self.assertEqual(len(portal.told()), 1)
        self.assertEqual(portal.lines(), [])

    def test_cancelled(self):
        portal = Portal(self, self.house)
        self.add()
        wait_until('it is asked', lambda: portal.path)
        wait_until('it is told', lambda: portal.answer(False, 1) or portal.told())

    def test_a_portal_without_lines(self):
        portal = Portal(self, self.house, xml=OLD_XML, answer=True)
        self.fetch()
        self.assertEqual(len(portal.asked()), 1)

    def test_a_portal_that_hangs(self):
        portal = Portal(self, self.house, delay=60, path=PORTAL_PATH + '/request/late')
        self.fetch()
        self.assertEqual(len(portal.asked()), 1)
        self.assertLess(self.house.signal_service(15), SOON_SECONDS)

    def test_no_portal(self):
        self.fetch()

    def test_outside_a_sandbox(self):
        self.house.set_service()
        portal = Portal(self, self.house, answer=True)
        self.fetch()
        self.assertEqual(portal.calls, [])


if __name__ == '__main__':
    main()
