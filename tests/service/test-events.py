#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an application is told of its session: what, when, in which order, and how often."""

import signal
import sqlite3

from gi.repository import GLib

from keelserver import Server
from keeltest import Case, Consumer, House, main, wait_until
from keeltest.bus import ERRORS, INTERFACES, SERVICE, Listener
from keyring import Keyring

ENDS = ['finished', 'completed']
MOST_UNACKNOWLEDGED = 256
MOST_EVENTS = 5000


class Stage(Case):
    def setUp(self):
        self.house = House(self)
        self.server = Server(self)

    def good(self, name, size=1000):
        return self.server.url('good', name, size=size)

    def missing(self, name):
        return self.server.url('status', name, code=404)

    def refused(self, code, call, *arguments):
        with self.assertRaises(GLib.Error) as caught:
            call(*arguments)
        self.assertIn(ERRORS + code, caught.exception.message)

    def restart(self, number=signal.SIGKILL):
        self.house.signal_service(number)


class Order(Stage):
    def test_ends(self):
        app = Consumer(self.house)
        self.assertEqual(app.info, {'consumer': True, 'pending': 0, 'last': 0})
        self.assertEqual(app.wait_drained(), [0])
        one, two = app.add(self.good('a.bin'), self.missing('b.bin'))
        app.wait_completed(one, two)
        app.wait_drained(3)
        self.assertEqual(app.kinds(one), ENDS)
        self.assertEqual(app.kinds(two), ['completed'])
        self.assertEqual([number for number, *_ in app.events], [1, 2, 3])
        self.assertEqual(app.drained, [0, 3])
        self.assertEqual(app.signals[-1][0], 'EventsDrained')
        ends = {task: details for _, task, kind, details in app.events if kind == 'completed'}
        self.assertEqual(ends[one], {'ok': True, 'state': 'finished'})
        self.assertEqual((ends[two]['ok'], ends[two]['error-code'], ends[two]['error-http-status']),
                         (False, 'http-status', 404))
        finished = app.events[app.kinds().index('finished')][3]
        self.assertEqual(bytes(finished['file']).rstrip(b'\0').decode(), app.task(one)['file']
                         if isinstance(app.task(one)['file'], str)
                         else bytes(app.task(one)['file']).rstrip(b'\0').decode())
        self.assertEqual(finished['received'], 1000)
        # Another run of the same task has another end.
        app.control('retry', two)
        app.wait_drained(4)
        self.assertEqual(app.kinds(two), ['completed', 'completed'])

    def test_going_on_and_progress(self):
        """Where bytes go on is told before they do, and the end after all of them; what is asked
        for after an event is as new as that."""
        app = Consumer(self.house)
        app.watch()
        url = self.server.url('drip', 'd', size=60_000, piece=1000)
        task, = app.add(url)
        wait_until('bytes come', lambda: app.task(task, 'received').get('received', 0) > 3000)
        app.control('pause', task)
        kept = app.task(task)['received']
        app.control('resume', task)
        app.wait_events(1)
        self.assertEqual(app.task(task)['state'], 'running')
        app.wait_completed(task)
        self.assertEqual(app.task(task)['state'], 'finished')
        self.assertEqual(app.kinds(), ['resumed', 'finished', 'completed'])
        self.assertEqual(app.events[0][3], {'offset': kept, 'reason': 'paused'})
        seen = []
        for member, body in app.signals:
            if member == 'Event':
                seen.append(body[2])
            elif member == 'Progress':
                seen += [numbers[1] for numbers in body[1]]
            elif member == 'TasksChanged':
                seen += [row['received'] for row in body[2]]
        before, after = seen[:seen.index('resumed')], seen[seen.index('resumed') + 1:]
        self.assertLessEqual(max(before), kept)
        self.assertGreater(min(number for number in after if isinstance(number, int)), kept - 1)
        self.assertFalse(any(member == 'Progress' for member, _ in app.signals[[
            member == 'Event' and body[2] == 'completed'
            for member, body in app.signals].index(True):]))

    def test_what_wants_somebody(self):
        app = Consumer(self.house)
        locked, = app.add(self.server.url('basic', 'l', size=1000))
        (_, task, kind, details), = app.wait_events(1)
        self.assertEqual((task, kind), (locked, 'challenge'))
        self.assertEqual(details['origin'], f'http://127.0.0.1:{self.server.port}')
        self.assertEqual(app.task(locked)['challenge-cookie'], details['cookie'])
        app.call('Answer', GLib.Variant('(sssa{sv})', (details['cookie'], *self.server.login, {})))
        app.wait_completed(locked)
        self.assertEqual(app.kinds(), ['challenge', 'finished', 'completed'])

    def test_what_the_keyring_answers_is_no_question(self):
        """It is held back for a moment, and with it what comes after it; then nobody asks it."""
        keyring = Keyring(self, self.house)
        keyring.put('org.example.App', f'http://127.0.0.1:{self.server.port}', *self.server.login)
        app = Consumer(self.house)
        locked, good = app.add(self.server.url('basic', 'l', size=1000), self.good('g'))
        app.wait_completed(locked, good)
        self.assertEqual((app.kinds(locked), app.kinds(good)), (ENDS, ENDS))
        app.acknowledge(*[event[0] for event in app.events])
        self.assertEqual(app.listen()['pending'], 0)

    def test_cancelled_and_removed(self):
        app = Consumer(self.house)
        one, two = app.add(self.good('a'), self.good('b'), start=False)
        app.control('cancel', one)
        app.control('remove', two)
        app.wait_drained(2)
        self.assertEqual([details['state'] for *_, details in app.events],
                         ['cancelled', 'removed'])
        # Its events outlive it.
        app.leave()
        self.restart()
        self.assertEqual([event[1] for event in Consumer(self.house).wait_events(2)], [one, two])


class Again(Stage):
    """What is not acknowledged comes again, as it was."""

    def end_two(self, app):
        tasks = app.add(self.good('a'), self.missing('b'))
        app.wait_completed(*tasks)
        app.wait_drained(3)
        return app.events

    def assert_again(self, expected, app):
        self.assertEqual(app.info['consumer'], True)
        self.assertEqual(app.info['pending'], len(expected))
        app.wait_drained(3)
        self.assertEqual(app.events, expected)
        self.assertEqual(app.info['last'], 3)

    def test_the_application_dies(self):
        app = Consumer(self.house)
        events = self.end_two(app)
        app.leave()
        again = Consumer(self.house)
        self.assert_again(events, again)
        # In the same process, too, when it asks for that.
        self.assertEqual(again.listen()['pending'], 3)
        wait_until('all come once more', lambda: again.events == events + events)
        again.acknowledge(2, 99)
        again.leave()
        self.assert_again([event for event in events if event[0] != 2], Consumer(self.house))

    def test_the_service_dies(self):
        app = Consumer(self.house)
        events = self.end_two(app)
        self.restart()
        self.assert_again(events, Consumer(self.house))
        self.restart(signal.SIGTERM)
        again = Consumer(self.house)
        self.assert_again(events, again)
        again.acknowledge(1, 2, 3)
        self.restart()
        last = Consumer(self.house)
        self.assertEqual(last.info, {'consumer': True, 'pending': 0, 'last': 3})
        self.assertEqual(last.wait_drained(), [3])
        self.assertEqual(last.events, [])

    def test_the_bus_dies(self):
        app = Consumer(self.house)
        events = self.end_two(app)
        pid = self.house.service_pid()
        self.house.forget_bus()
        self.house.bus.end()
        self.house.kills += 1
        wait_until('the service ends', lambda: len(self.house.exits()) == 1)
        self.house.bus.start()
        self.assert_again(events, Consumer(self.house))
        self.assertNotEqual(self.house.service_pid(), pid)

    def test_acknowledging_is_for_who_was_told(self):
        app = Consumer(self.house, listen=False)
        self.refused('NotAllowed', app.acknowledge, 1)
        app.listen()
        self.end_two(app)
        app.listen(stop=True)
        self.refused('NotAllowed', app.acknowledge, 1)
        self.assertEqual(app.listen()['pending'], 3)

    def test_one_that_wants_none(self):
        app = Consumer(self.house, listen=False, events=False)
        self.refused('InvalidState', app.listen)


class Several(Stage):
    """Two processes of one application."""

    def test_copies_and_the_next_consumer(self):
        first = Consumer(self.house)
        early, = first.add(self.good('a'))
        first.wait_completed(early)
        second = Consumer(self.house)
        self.assertEqual(second.info, {'consumer': False, 'pending': 0, 'last': 0})
        late, = second.add(self.good('b'))
        second.wait_drained(4)
        self.assertEqual(second.kinds(), ENDS)
        self.assertEqual({event[1] for event in second.events}, {late})
        self.refused('NotAllowed', second.acknowledge, 3)
        first.acknowledge(1, 2, 3)
        first.leave()
        wait_until('the second is told what is left', lambda: len(second.events) == 3)
        self.assertEqual(second.events[-1], first.events[-1])
        second.acknowledge(4)
        self.assertEqual(second.drained, [4, 4])

    def test_nobody_else_hears(self):
        stranger = Listener(self.house.bus.address, [
            f"type='signal',sender='{SERVICE}'", f"type='signal',interface='{INTERFACES}Session'"])
        self.addCleanup(stranger.end)
        other = Consumer(self.house, app='org.example.Other')
        same = Consumer(self.house, listen=False)
        app = Consumer(self.house)
        app.wait_completed(*app.add(self.good('a')))
        app.wait_drained(2)
        self.assertEqual(stranger.members('Event') + stranger.members('EventsDrained'), [])
        self.assertEqual([other.events, same.signals], [[], []])


class Many(Stage):
    def fill(self, count):
        """As many events as nobody would wait for, of a task that there is."""
        app = Consumer(self.house, listen=False)
        app.add(self.good('a'), start=False)
        app.leave()
        self.restart(signal.SIGTERM)
        with sqlite3.connect(self.house.database) as db:
            db.execute('WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n'
                       ' WHERE i < ?) INSERT INTO events (session, number, task, kind, created)'
                       " SELECT (SELECT id FROM sessions), i, 1, 'completed', 1 FROM n", [count])
            db.execute('UPDATE sessions SET last_event = ?', [count])
        db.close()

    def test_quota_and_window(self):
        self.fill(MOST_EVENTS)
        app = Consumer(self.house)
        self.assertEqual(app.info['pending'], MOST_EVENTS)
        app.wait_events(MOST_UNACKNOWLEDGED)
        self.refused('LimitsExceeded', app.add, self.good('b'))
        # What it was not told it cannot have dealt with.
        app.acknowledge(MOST_EVENTS)
        self.refused('LimitsExceeded', app.add, self.good('b'))
        self.assertEqual(len(app.events), MOST_UNACKNOWLEDGED)
        self.assertEqual(app.drained, [])
        app.acknowledge(7)
        self.assertEqual(len(app.add(self.good('b'), start=False)), 1)
        while not app.drained:
            count = len(app.events)
            app.acknowledge(*range(1, count + 1))
            wait_until('more come', lambda: len(app.events) > count or app.drained)
        self.assertEqual([event[0] for event in app.events], list(range(1, MOST_EVENTS + 1)))
        self.assertEqual(app.drained, [MOST_EVENTS])
        app.acknowledge(*range(1, MOST_EVENTS + 1))
        self.restart()
        self.assertEqual(Consumer(self.house).info['pending'], 0)


class Close(Stage):
    def invalidated(self, app):
        return [member for member, _ in app.signals if member == 'Invalidated']

    def test_detach(self):
        app = Consumer(self.house)
        task, = app.add(self.server.url('drip', 'd', size=5000, piece=500))
        app.close('detach')
        other = Consumer(self.house)
        self.assertTrue(other.info['consumer'])
        other.wait_completed(task)
        self.assertEqual(app.events, [])
        self.assertEqual(self.invalidated(app), [])

    def test_finish(self):
        app = Consumer(self.house)
        task, = app.add(self.server.url('drip', 'd', size=5000, piece=500))
        app.close('finish')
        self.refused('InvalidState', app.add, self.good('b'))
        wait_until('it is over', lambda: self.invalidated(app))
        self.assertEqual(app.kinds(task), ENDS)
        self.assertEqual([member for member, _ in app.signals[-2:]],
                         ['EventsDrained', 'Invalidated'])
        # Opened anew, it is one like any other.
        app.open()
        self.assertEqual(app.listen()['pending'], 2)
        app.add(self.good('b'))
        app.wait_drained(4)

    def test_cancel(self):
        app = Consumer(self.house)
        running, waiting = app.add(self.server.url('drip', 'd', size=10**6), self.good('x'))[:2]
        app.wait_completed(waiting)
        app.close('cancel')
        wait_until('it is over', lambda: self.invalidated(app))
        self.assertEqual(app.kinds(running), ['completed'])
        self.assertEqual(app.task(running)['state'], 'cancelled')
        self.assertEqual(app.task(waiting)['state'], 'finished')
        self.refused('InvalidArgument', app.close, 'tomorrow')


if __name__ == '__main__':
    main()
