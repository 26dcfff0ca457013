#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the machine when all is done, with a logind that is played."""

import os

from gi.repository import GLib

from keelserver import Server
from keeltest import Case, House, main, wait_until
from keeltest.bus import ERRORS
from keeltest.house import SOON_SECONDS
from keeltest.played import Logind
from keeltest.systembus import SystemBus
from notices import Daemon


class WhenDone(Case):
    def setUp(self):
        self.system = SystemBus(self, names=())
        self.house = House(self, idle_timeout=10**6, service_arguments='--test-clock',
                           environment=self.system.environment)
        self.server = Server(self)
        self.daemon = Daemon(self, self.house.bus.address)
        self.logind = None

    def play_logind(self):
        self.logind = Logind(self, self.system.address)

    def choose(self, action):
        self.house.connection.manager('SetWhenDone', GLib.Variant('(sa{sv})', (action, {})))

    def chosen(self):
        info, = self.house.connection.manager('GetWhenDone', GLib.Variant('(a{sv})', ({},)))
        return info['action'], info['suspend'], info['power-off']

    def refused(self, action):
        with self.assertRaises(GLib.Error) as caught:
            self.choose(action)
        return caught.exception.message

    def begin(self, name='a.bin', behaviour='good', **options):
        number = self.house.add(self.server.url(behaviour, name, size=4_000_000, **options),
                                '--limit=200k')
        self.house.wait_task(number, lambda task: task['received'] > 0)
        return number

    def finish(self, number):
        self.house.keel('set', number, '--limit=off')
        self.house.wait_task(number, 'finished')
        self.settle()

    def settle(self):
        """What ends together is looked at together, a moment later."""
        self.house.keel('status')
        self.house.advance(3)

    def orders(self):
        return [call for call in list(self.logind.calls) if call[0] in ('Suspend', 'PowerOff')]

    def wait_countdown(self, body='The computer will be suspended in one minute'):
        title, said, keys, hints = self.daemon.shown('All downloads are done')
        self.assertEqual((title, said), ('All downloads are done', body))
        self.assertEqual((keys, hints['urgency'], hints['resident']), (['cancel'], 2, True))

    def number_of_countdown(self):
        """As the daemon has numbered it."""
        return 1 + [call[3] for call in self.daemon.named('Notify')].index('All downloads are done')

    def pass_by(self, seconds=61):
        self.house.keel('status')
        self.house.advance(seconds)
        self.house.keel('status')

    def test_suspended_once(self):
        self.play_logind()
        self.choose('suspend')
        self.assertEqual(self.chosen(), ('suspend', 'yes', 'yes'))
        first, second = self.begin(), self.begin('b.bin')
        self.finish(first)
        self.pass_by()
        self.assertEqual(self.orders(), [])
        self.finish(second)
        self.wait_countdown()
        self.pass_by(55)
        self.assertEqual(self.orders(), [])
        self.pass_by(10)
        # Nobody is asked for a password, and it is over when it was done.
        wait_until('logind is told', lambda: self.orders() == [('Suspend', (False,))])
        self.assertEqual(self.chosen()[0], 'nothing')
        wait_until('it is taken back', lambda: self.daemon.named('CloseNotification') ==
                   [(self.number_of_countdown(),)])
        self.finish(self.begin('c.bin'))
        self.pass_by()
        self.assertEqual(len(self.orders()), 1)

    def test_shut_down(self):
        self.play_logind()
        self.choose('power-off')
        self.finish(self.begin())
        self.wait_countdown('The computer will be shut down in one minute')
        self.pass_by()
        wait_until('logind is told', lambda: self.orders() == [('PowerOff', (False,))])

    def test_somebody_stops_it(self):
        self.play_logind()
        self.choose('suspend')
        self.finish(self.begin())
        self.wait_countdown()
        self.daemon.press(self.number_of_countdown(), 'cancel')
        wait_until('it is over', lambda: self.chosen()[0] == 'nothing')
        self.pass_by()
        self.assertEqual(self.orders(), [])

    def test_a_new_one_stops_it_until_it_has_ended(self):
        self.play_logind()
        self.choose('suspend')
        self.finish(self.begin())
        self.wait_countdown()
        number = self.begin('b.bin')
        wait_until('it is taken back', lambda: self.daemon.named('CloseNotification'))
        self.pass_by()
        self.assertEqual(self.orders(), [])
        self.assertEqual(self.chosen()[0], 'suspend')
        self.finish(number)
        self.pass_by()
        wait_until('logind is told', self.orders)

    def test_one_that_was_paused_or_cancelled_by_hand(self):
        """Is no end; and no reason to stay on when another one has ended."""
        self.play_logind()
        self.choose('suspend')
        self.house.keel('pause', self.begin())
        self.house.keel('cancel', self.begin('b.bin'))
        self.settle()
        self.pass_by()
        self.assertEqual(self.daemon.named('Notify'), [])
        self.house.keel('add', '--wait', self.server.url('status', 'c.bin', code=404), status=1)
        self.settle()
        self.pass_by()
        wait_until('logind is told', self.orders)

    def test_one_that_needs_somebody(self):
        self.play_logind()
        self.choose('suspend')
        number = self.begin()
        self.house.keel('add', '--wait', self.server.url('basic', 'locked.bin', size=1000),
                        status=1)
        self.finish(number)
        self.assertEqual(self.daemon.shown('The computer stays on')[1], '1 download needs you')
        self.pass_by()
        self.assertEqual(self.orders(), [])
        self.assertEqual(self.chosen()[0], 'suspend')

    def test_one_that_waits_for_its_time(self):
        self.play_logind()
        self.choose('suspend')
        self.house.add(self.server.url('good', 'later.bin', size=10), '--not-before=+1h')
        self.finish(self.begin())
        self.pass_by()
        self.assertEqual(self.orders(), [])
        self.pass_by(3600)
        self.house.wait_task(1, 'finished')
        self.settle()
        self.wait_countdown()
        self.pass_by()
        wait_until('logind is told', self.orders)

    def test_it_is_of_the_service_that_runs(self):
        self.play_logind()
        self.choose('suspend')
        self.house.signal_service(15)
        self.assertEqual(self.chosen()[0], 'nothing')
        self.choose('suspend')
        self.choose('nothing')
        self.finish(self.begin())
        self.pass_by()
        self.assertEqual(self.orders(), [])

    def test_what_cannot_be_chosen(self):
        self.assertEqual(self.chosen(), ('nothing', 'unavailable', 'unavailable'))
        self.assertIn(ERRORS + 'Unsupported', self.refused('suspend'))
        self.play_logind()
        self.logind.can_suspend, self.logind.can_power_off = 'na', 'challenge'
        self.assertEqual(self.chosen(), ('nothing', 'unsupported', 'not-allowed'))
        for action in ['suspend', 'power-off']:
            self.assertIn(ERRORS + 'Unsupported', self.refused(action))
        self.assertIn(ERRORS + 'InvalidArgument', self.refused('explode'))
        self.logind.can_power_off = 'yes'
        self.choose('power-off')

    def test_a_logind_that_hangs_when_it_is_asked(self):
        self.play_logind()
        self.logind.hangs = True
        self.assertEqual(self.chosen(), ('nothing', 'unavailable', 'unavailable'))

    def test_a_logind_that_refuses_or_is_gone(self):
        self.play_logind()
        told = 0
        for prepare in [lambda: setattr(self.logind, 'refuses', True), self.logind.die]:
            self.choose('suspend')
            self.finish(self.begin())
            self.wait_countdown()
            prepare()
            self.pass_by()
            told += 1
            wait_until('it is told', lambda: self.failures() == [
                ('The computer was not suspended', 'The system does not allow it now')
            ] * told)  # pylint: disable=cell-var-from-loop
            self.assertEqual(self.chosen()[0], 'nothing')
            self.logind.refuses = False
            self.pass_by(10)

    def failures(self):
        return [call[3:5] for call in self.daemon.named('Notify') if ' not ' in call[3]]

    def test_in_a_sandbox(self):
        self.play_logind()
        self.house.set_service(arguments='--token-mode')
        self.house.keel('status')
        with open(os.path.join(self.house.home, '.local/share/keelboat/token'), 'rb') as file:
            token = GLib.Variant('ay', file.read())
        self.house.connection.service('ListSessions', GLib.Variant('(a{sv})', ({
            'app-id': GLib.Variant('s', 'io.github.keelboat.Keelboat'), 'token': token},)))
        self.assertEqual(self.chosen(), ('nothing', 'sandbox', 'sandbox'))
        self.assertIn(ERRORS + 'Unsupported', self.refused('suspend'))
        self.assertEqual(self.logind.calls, [])

    def test_a_logind_that_hangs_when_it_is_told(self):
        self.play_logind()
        self.choose('suspend')
        self.finish(self.begin())
        self.wait_countdown()
        self.logind.hangs = True
        self.pass_by()
        wait_until('logind is told', self.orders)
        self.assertLess(self.house.signal_service(15), SOON_SECONDS)

    def test_with_nobody_to_tell(self):
        self.play_logind()
        self.daemon.end()
        self.choose('suspend')
        self.finish(self.begin())
        self.pass_by()
        wait_until('logind is told', self.orders)


if __name__ == '__main__':
    main()
